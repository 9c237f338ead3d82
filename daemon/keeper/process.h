/*
 * process.h -- what runs inside the keeper: its loop over lines, starting and ended processes.
 *
 *     forked -> starting -> running -> ended (-> told, forgotten)
 *                  \__ exec failed _____/
 *
 * When a process ends, its group is killed before it is reaped, then its strayed descendants:
 * our children (we are the subreaper) that are in no session of a living process of ours and do
 * not carry its marker. The marker is AWS_LAMBDA_RUNTIME_API, whose port is one worker's own.
 */
#ifndef LG_KEEPER_PROCESS_H
#define LG_KEEPER_PROCESS_H

#define LG_KEEPER_MARKER "AWS_LAMBDA_RUNTIME_API"

/* Processes at a time, of all lines; one more is refused with EAGAIN. */
#define LG_KEEPER_PROCESSES_MAX 4096

/*
 * Turns the calling process into the keeper and serves `lines` until one of them ends; then kills
 * every descendant and ends the process. Closes every other descriptor but stderr. `helper` is the
 * program of private_tmp.h, `cgroup` the path of ours; NULL: there is none.
 */
_Noreturn void lg_keeper_process(const int *lines, unsigned count, const char *helper,
                                 const char *cgroup);

#endif
