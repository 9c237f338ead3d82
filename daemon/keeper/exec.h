/*
 * exec.h -- from a request to a running process, without waiting for it.
 *
 * fork(2) answers at once; whether exec worked is told later through a pipe that exec closes:
 * its end is success, what is written into it is the reason. A slow disk so never stops the
 * keeper.
 *
 * The process leads its own session and group, dies with the keeper (SIGKILL), reads /dev/null,
 * writes to `output`, has no other descriptor, default signal dispositions, none blocked, and
 * umask 0077: what a function writes is its user's alone unless it says otherwise.
 */
#ifndef LG_KEEPER_EXEC_H
#define LG_KEEPER_EXEC_H

#include <sys/types.h>

#include "base/err.h"
#include "keeper/protocol.h"

/* What was made for the process before. */
struct lg_exec_place {
    int output;         /* becomes stdout and stderr */
    int join;           /* of its cgroup, or -1 */
    const char *tmp;    /* its directory for temporary files, or NULL */
    const char *helper; /* see private_tmp.h; NULL: there is none */
};

/* Returns 0 or an errno. ret_report is a non-blocking descriptor for lg_exec_result(). */
LG_MUST_CHECK int lg_exec_start(const struct lg_keeper_message *spawn,
                                const struct lg_exec_place *place, pid_t *ret_pid, int *ret_report);

struct lg_exec_failure {
    int error, step; /* an errno, and an enum lg_keeper_step */
};

/* LG_OK: it runs. LG_ERR_BUSY: not known yet. LG_ERR_REFUSED: it does not, and why. */
LG_MUST_CHECK enum lg_err lg_exec_result(int report, struct lg_exec_failure *reterr_failure);

/* The last steps of a process on its way, in whatever program it is. */
struct lg_exec_end {
    int report;
    pid_t keeper; /* its parent: without that it ends */
    const char *directory;
    const char *const *argv;
    const char *const *environment;
    const char *tmp; /* named by TMPDIR, unless the environment does; NULL: none */
};

_Noreturn void lg_exec_finish(const struct lg_exec_end *end);

#endif
