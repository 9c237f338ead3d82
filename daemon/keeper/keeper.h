/*
 * keeper.h -- the process that spawns, reaps and kills workers, seen from the daemon.
 *
 * It is forked before any thread starts, stays single-threaded, is the subreaper of everything
 * below it, and on the end of its pipe kills every descendant: a worker never outlives the
 * daemon, however that dies, grandchildren and double forks included.
 */
#ifndef LG_KEEPER_KEEPER_H
#define LG_KEEPER_KEEPER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct lg_keeper;      /* the process */
struct lg_keeper_line; /* one loop's own connection to it: no lock, no other thread */
struct lg_loop;

/* Forks the keeper, with a line for each of `loops`. Only while there is one thread. NULL, errno. */
struct lg_keeper *lg_keeper_fork(unsigned loops);
pid_t lg_keeper_pid(const struct lg_keeper *keeper);

/*
 * Ties the line of loop number `index` to `loop`. on_lost (once, on that loop): the keeper itself
 * died; nothing can be spawned or reaped any more and the daemon should end.
 */
struct lg_keeper_line *lg_keeper_attach(struct lg_keeper *keeper, unsigned index,
                                        struct lg_loop *loop, void (*on_lost)(void *context),
                                        void *context);
/* Before the loop is freed; owners get no further event. */
void lg_keeper_detach(struct lg_keeper_line *line);

/* Ends the keeper and every descendant, waits for it (bounded), frees. NULL is fine. */
void lg_keeper_free(struct lg_keeper *keeper);

struct lg_keeper_events {
    /* The process runs (exec succeeded); pid is its group and session too. */
    void (*on_spawned)(void *owner, pid_t pid);
    /*
     * It could not be started (error is an errno, at_exec tells fork and exec apart) or it
     * ended (error 0, status as waitpid(2)). Last call.
     */
    void (*on_exit)(void *owner, int error, int status);
};

struct lg_keeper_spawn {
    const char *const *argv;        /* NULL-ended; argv[0] is looked up as execvp does */
    const char *const *environment; /* NULL-ended NAME=VALUE: all of it, nothing is inherited */
    const char *directory;          /* working directory */
    int output;                     /* becomes stdout and stderr; the caller keeps and closes its copy */
    const struct lg_keeper_events *events;
    void *owner;
};

/*
 * Asks for a process; stdin is /dev/null, no other descriptor is inherited, signals are reset.
 * Returns a positive ticket for lg_keeper_signal(). LG_ERR_TOO_BIG: arguments and environment
 * exceed one message (128 KiB); LG_ERR_FULL: the keeper does not keep up; LG_ERR_CLOSED: it is
 * gone. All on the loop of the line.
 */
LG_MUST_CHECK enum lg_err lg_keeper_spawn(struct lg_keeper_line *line,
                                          const struct lg_keeper_spawn *spawn,
                                          uint64_t *ret_ticket);

/* Signals the process and its whole group; a SIGKILL also reaches strayed descendants. */
void lg_keeper_signal(struct lg_keeper_line *line, uint64_t ticket, int signal);

/* The owner is going: no more events for this ticket; the process is killed. */
void lg_keeper_forget(struct lg_keeper_line *line, uint64_t ticket);

#endif
