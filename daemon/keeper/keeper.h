/*
 * keeper.h -- the process that spawns, reaps and kills workers, seen from the daemon.
 *
 * It is forked before any thread starts, stays single-threaded, is the subreaper of everything
 * below it, and on the end of its pipe kills every descendant: a worker never outlives the
 * daemon, however that dies, grandchildren and double forks included.
 *
 * A process that ends takes with it its group, and descendants that left it: all that live in no
 * session of another living process here and carry no other's AWS_LAMBDA_RUNTIME_API in the
 * environment they were started with. They were sent their SIGKILL when on_exit comes.
 */
#ifndef LG_KEEPER_KEEPER_H
#define LG_KEEPER_KEEPER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "keeper/confine.h"

struct lg_keeper;      /* the process */
struct lg_keeper_line; /* one loop's own connection to it: no lock, no other thread */
struct lg_loop;

/* Forks the keeper, with a line for each of `loops`. Only while there is one thread. NULL, errno.
 */
struct lg_keeper *lg_keeper_fork(unsigned loops);
pid_t lg_keeper_pid(const struct lg_keeper *keeper);
/* The cgroup in which each worker gets one of its own, or NULL: memory is not limited here. */
const char *lg_keeper_cgroup(const struct lg_keeper *keeper);

/*
 * Before lg_keeper_fork(): `program`, which outlives all, calls lg_private_tmp_main() when its
 * first argument is LG_PRIVATE_TMP_WORD (private_tmp.h). Without one, a daemon that is not root
 * mounts nothing over /tmp.
 */
void lg_keeper_use_helper(const char *program);

/*
 * Ties the line of loop number `index` to `loop`. on_lost (once, on that loop, after the on_exit of
 * every owner): the keeper itself died; nothing can be spawned or reaped any more and the daemon
 * should end. NULL with errno when the loop cannot watch it. `keeper` owns the line.
 */
struct lg_keeper_line *lg_keeper_attach(struct lg_keeper *keeper, unsigned index,
                                        struct lg_loop *loop, void (*on_lost)(void *context),
                                        void *context);
/*
 * Before the loop is freed; owners get no further event. Processes live on until
 * lg_keeper_free(), which must come after.
 */
void lg_keeper_detach(struct lg_keeper_line *line);

/* Ends the keeper and every descendant, waits for it (bounded), frees. NULL is fine. */
void lg_keeper_free(struct lg_keeper *keeper);

/* How far a process came that could not be started. */
enum lg_keeper_step {
    LG_KEEPER_STEP_FORK = 1,  /* no process: the machine is short of something, try again later */
    LG_KEEPER_STEP_DIRECTORY, /* its directory could not be entered */
    LG_KEEPER_STEP_EXEC,      /* its command could not be executed */
    LG_KEEPER_STEP_USER,      /* it could not become its user */
    LG_KEEPER_STEP_TMP,       /* no directory for its temporary files */
    LG_KEEPER_STEP_MEMORY     /* no cgroup for it */
};
#define LG_KEEPER_STEP_LAST LG_KEEPER_STEP_MEMORY

/*
 * It could not be started (error is an errno, status an enum lg_keeper_step), it ended (error 0,
 * status as waitpid(2)), or the keeper died (EPIPE, status 0).
 */
struct lg_keeper_exit {
    int error, status;
    int64_t peak_kib;   /* the most memory that it used, with a cgroup all of it; 0: not known */
    bool out_of_memory; /* the kernel killed it over its limit */
};

struct lg_keeper_events {
    /* The process runs (exec succeeded); pid is its group and session too. `limited`: the kernel
     * holds it to its memory. */
    void (*on_spawned)(void *owner, pid_t pid, bool limited);
    void (*on_exit)(void *owner, const struct lg_keeper_exit *how); /* last call */
};

struct lg_keeper_spawn {
    const char *const *argv;        /* NULL-ended; argv[0] is looked up as execvp does */
    const char *const *environment; /* NULL-ended NAME=VALUE: all of it, nothing is inherited */
    const char *directory;          /* working directory */
    int output; /* becomes stdout and stderr; the caller keeps and closes its copy */
    struct lg_keeper_confine confine;
    const struct lg_keeper_events *events;
    void *owner;
};

/*
 * Asks for a process; stdin is /dev/null, no other descriptor is inherited, signals are reset,
 * umask is 0077 (what a function writes is its user's alone unless it says otherwise).
 * Returns a positive ticket for lg_keeper_signal(). LG_ERR_TOO_BIG: arguments and environment
 * exceed one message (128 KiB); LG_ERR_FULL: the keeper does not keep up; LG_ERR_CLOSED: it is
 * gone. All on the loop of the line.
 */
LG_MUST_CHECK enum lg_err lg_keeper_spawn(struct lg_keeper_line *line,
                                          const struct lg_keeper_spawn *spawn,
                                          uint64_t *ret_ticket);

/*
 * Signals the process and its whole group; a SIGKILL also reaches strayed descendants. Never
 * lost, and fine after the process ended.
 */
void lg_keeper_signal(struct lg_keeper_line *line, uint64_t ticket, int signal);

/* The most memory that the process had so far, in KiB; 0: it has no cgroup. */
int64_t lg_keeper_peak_kib(struct lg_keeper_line *line, uint64_t ticket);

/* The owner is going: no more events for this ticket; the process is killed. Fine after its end. */
void lg_keeper_forget(struct lg_keeper_line *line, uint64_t ticket);

#endif
