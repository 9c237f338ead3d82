/*
 * pool.h -- what the files of the workers target share; nobody else includes it.
 *
 *     caller's loop   hop.c         start, cancel and the ends travel between two loops
 *     home loop       pool.c        who waits, who works, how many there should be
 *                     worker.c      one process: its states, its end
 *                     spawn.c       how it comes to life
 *                     run.c         the log lines around its invocation
 *                     runtime_api.c what it asks for over HTTP
 *                     ask.c         the answers that it brings
 *                     job.c         one accepted invocation and its result
 *                     stream.c      an answer that travels while it comes
 *                     cut.c         ... and ends before it is whole
 *
 * Everything below lives on the home loop, except where it says so.
 */
#ifndef LG_TARGET_POOL_H
#define LG_TARGET_POOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/list.h"
#include "cloud/credentials.h"
#include "keeper/confine.h"
#include "listen/server.h"
#include "observe/metrics.h"
#include "target/output.h"
#include "target/report.h"
#include "target/runtime_request.h"
#include "target/starts.h"
#include "target/stream.h"
#include "target/target.h"
#include "target/workers.h"
#include "wire/loop.h"
#include "wire/mailbox.h"

struct lg_pool;
struct lg_worker;
struct lg_port;
struct lg_ask;

/* --- a job: one accepted invocation, from start() to on_end --------------------------------- */

#define LG_REASON_SIZE 192

struct lg_result {
    enum lg_cause cause;
    bool has_head, function_error, streaming;
    char *content_type;          /* owned, or NULL */
    struct lg_buf body;          /* owned */
    char reason[LG_REASON_SIZE]; /* "": none */
    char error_type[LG_ERROR_TYPE_SIZE];
    char *log_tail; /* owned, or NULL */
    size_t log_tail_size;
};

struct lg_job {
    struct lg_pool *pool;
    struct lg_invocation *invocation; /* the caller's, immutable until on_end */

    struct lg_link link;      /* in pool->waiting */
    struct lg_worker *worker; /* that runs it; NULL before and after */
    struct lg_link sends;     /* requests for `next` through which its payload is being sent */
    struct lg_ask *claim;     /* the request that brings its answer */
    bool tail_due;            /* its log is not complete yet */
    bool ended;               /* the result stands */
    int64_t came_us;
    struct lg_result result;
    struct lg_stream stream;

    /* hop.c's: how it goes back to its caller */
    struct lg_loop *from; /* the caller's loop */
    struct lg_task task;
    struct lg_letter request, started, end, cancel, answer;
    bool start_due, stream_due, end_due; /* same loop only */
    size_t untold;                       /* other loops only: of pool->untold */
    /* read and written on the caller's loop only */
    bool cancelling;      /* a cancel is under way ... */
    unsigned cancel_next; /* ... and these are to follow: 1 << enum lg_cancel */
    bool data_given, paused, over;
    enum lg_cancel why;
};

struct lg_job *lg_job_new(struct lg_pool *pool, struct lg_invocation *invocation,
                          struct lg_loop *from);
void lg_job_free(struct lg_job *job);

/* The result stands, with what job->result holds by now. Nothing is called back before a later
 * task. */
void lg_job_end(struct lg_job *job, enum lg_cause cause, const char *reason);
/* Puts an error document of that type into the result; empties `document`. */
void lg_job_document(struct lg_job *job, const char *error_type, struct lg_buf *document);
/* Goes on with an end that waited for the payload's last byte or for the log. */
void lg_job_settle(struct lg_job *job);

/* hop.c: bring it to the caller's loop. */
void lg_job_tell_start(struct lg_job *job);
void lg_job_tell_stream(struct lg_job *job); /* the stream's load */
void lg_job_tell_end(struct lg_job *job);

/* --- a worker: one process ------------------------------------------------------------------ */

#define LG_CREDENTIALS_TOKEN_BYTES 32

/* Its state is the list it is on; lg_worker_move() is the only way there. */
enum lg_worker_state {
    LG_WORKER_STARTING, /* has not asked for its first invocation */
    LG_WORKER_IDLE,     /* waits in `next` */
    LG_WORKER_BUSY,     /* has an invocation */
    LG_WORKER_AWAY,     /* has answered, or left `next`, and did not ask again */
    LG_WORKER_STOPPING  /* was told to end, or will end by itself */
};
#define LG_WORKER_STATES (LG_WORKER_STOPPING + 1)

/* The invocation a process works on, kept until its last line is written. */
struct lg_run {
    bool open; /* REPORT is still to come */
    char id[LG_UUID_SIZE];
    char request_id[64]; /* for the log */
    int64_t picked_us, timeout_ms;
    int64_t deadline_ms; /* monotonic: until then the runtime may work on after its answer */
    int64_t init_us;     /* of its process, for the first invocation; else -1 */
    int64_t answer_us, answered_us; /* when its answer began and was whole; 0: not yet */
    int64_t answer_bytes;
    enum lg_report_status status;
    char error_type[LG_ERROR_TYPE_SIZE];
    struct lg_job *tail_job; /* waits for the log */
};

struct lg_worker {
    struct lg_pool *pool;
    enum lg_worker_state state;
    struct lg_link link;   /* in pool->workers[state] */
    struct lg_timer timer; /* how long it may be in its state */
    struct lg_port *port;
    uint64_t ticket; /* of the keeper */
    pid_t pid;       /* 0: not known yet */
    struct lg_output output;
    struct lg_ask *next; /* its waiting request; with STARTING and BUSY always NULL */
    struct lg_job *job;  /* with BUSY */
    struct lg_run run;
    int64_t spawned_us, ready_us, away_ms;
    bool limited;                   /* the kernel holds it to its memory */
    int64_t used_kib, used_read_ms; /* memory */
    uint64_t served;
    bool init_error_sent;
    bool turned_away;    /* its connection, as nobody could tell whose it was */
    unsigned generation; /* of the code that it started with */
    bool provisioned;    /* started ahead of any call */
    char credentials_token[2 * LG_CREDENTIALS_TOKEN_BYTES + 1]; /* "": it gets none */
    const char *why; /* it is stopping, or being killed: a word for metrics */
};

/* Starts a process; on failure the pool has been told by lg_pool_init_failed(). */
void lg_worker_start(struct lg_pool *pool);
void lg_worker_move(struct lg_worker *worker, enum lg_worker_state state);
/* Hands a waiting job to an idle worker. */
void lg_worker_give(struct lg_worker *worker, struct lg_job *job);
/* It asks for an invocation. */
void lg_worker_next(struct lg_worker *worker, struct lg_ask *ask);
/* Its `next` is gone, without an invocation. */
void lg_worker_next_lost(struct lg_worker *worker);
/* It answered its invocation: the report's status is as given, the job is its caller's to end. */
void lg_worker_answered(struct lg_worker *worker, enum lg_report_status status,
                        const char *error_type);
/* Its answer was cut before its end: it is about to die, or to go on. */
void lg_worker_cut(struct lg_worker *worker);
/* It was, and the process is known to live. */
void lg_worker_truncated(struct lg_worker *worker);
/* Its caller takes no answer, or no more of the one that streams. */
void lg_worker_abandoned(struct lg_worker *worker);
/* It said why it cannot start. Empties `body`. */
void lg_worker_init_error(struct lg_worker *worker, struct lg_buf *body, const char *error_type);
/* Its invocation ran out of time. */
void lg_worker_timed_out(struct lg_worker *worker);
/* SIGTERM, and after a while SIGKILL. */
void lg_worker_stop(struct lg_worker *worker, const char *why);
void lg_worker_kill(struct lg_worker *worker, const char *why);
enum lg_runtime_state lg_worker_runtime_state(const struct lg_worker *worker);

/* --- a port: one worker's Runtime API ------------------------------------------------------- */

/* Outlives its worker until the last connection is gone. */
struct lg_port {
    struct lg_service service;
    struct lg_listener *listener;
    struct lg_worker *worker; /* NULL: the worker is gone */
    struct lg_pool *pool;     /* NULL: the pool is gone too */
    struct lg_link link;      /* in pool->ports */
    struct lg_server *server; /* the listener points here */
    struct lg_mailbox *mailbox;
    struct lg_link asks;
    uint16_t number;
    uid_t uid;   /* who alone may connect */
    bool unused; /* the listener is closed, and nobody is connected any more */
};

/* One request. */
struct lg_ask {
    struct lg_port *port;
    struct lg_exchange *exchange;
    struct lg_runtime_request request;
    struct lg_link link;      /* in port->asks */
    struct lg_link send_link; /* in job->sends, while the job's payload is being sent */
    struct lg_job *job;       /* being sent, or claimed */
    struct lg_buf body;       /* what came, then what is answered */
    bool too_large;
    bool passes_on;                      /* its body goes into the job's stream */
    struct lg_credentials_request fetch; /* credentials_api.h */
    bool fetching;                       /* it is out */
    bool secret;                         /* the body holds one */
};

/* NULL, errno: no socket. */
struct lg_port *lg_port_open(struct lg_worker *worker);
/* Cuts its connections and frees it when they are gone. */
void lg_port_close(struct lg_port *port);

/* Answers a waiting `next` with the job's invocation. */
void lg_ask_send(struct lg_ask *ask, struct lg_job *job);
/* Cuts it: its request is not wanted any more. */
void lg_ask_abort(struct lg_ask *ask);
/* There is room again for the answer that it brings. */
void lg_ask_go_on(struct lg_ask *ask);

/* --- the pool ------------------------------------------------------------------------------- */

/* Why the last process could not start, for calls that wait for one. */
struct lg_init_error {
    bool scarce;        /* the machine was short of something, and no code of the function ran */
    bool verbatim;      /* `text` is the runtime's own document; else the message of one */
    struct lg_buf text; /* owned */
    char type[LG_ERROR_TYPE_SIZE];
    char reason[LG_REASON_SIZE];
};

struct lg_pool_metrics {
    struct lg_metric *workers[LG_WORKER_STATES];
    struct lg_metric *starts, *start_failures, *cold_starts;
    struct lg_metric *waiting;
    struct lg_histogram *init;
};

struct lg_pool {
    struct lg_target target; /* first */
    struct lg_workers_env env;
    struct lg_arena arena;
    const struct lg_config_function *function; /* a copy, in the arena */
    const char *who, *arn, *search_path;
    uid_t uid;                                   /* of its processes */
    struct lg_credentials_provider *credentials; /* for them; NULL: none */
    struct lg_keeper_confine confine;            /* how they are kept apart */

    struct lg_link workers[LG_WORKER_STATES];
    unsigned counts[LG_WORKER_STATES];
    struct lg_link waiting; /* jobs, oldest first */
    size_t waiting_count;
    size_t jobs;          /* accepted, and not given back yet */
    struct lg_link ports; /* open, or still connected */

    struct lg_starter starter;     /* its place in line for a start */
    struct lg_timer memory_timer;  /* memory.h; while processes run that no cgroup limits */
    int64_t idle_looked_ms;        /* at the memory of idle ones */
    int64_t shrunk_ms;             /* when a process was last ended for having nothing to do */
    struct lg_changes *changes;    /* in the code; NULL: nobody looks */
    unsigned generation;           /* of the code: one more with each change */
    struct lg_timer scale_timer;   /* a worker that is away was trusted to come back */
    struct lg_timer backoff_timer; /* armed: nothing is started */
    atomic_size_t untold;          /* bytes of results that other loops have not heard of yet */
    struct lg_timer untold_timer;  /* armed: calls wait until they have */
    unsigned failures;             /* starts that failed in a row */
    struct lg_init_error init_error;

    atomic_bool closed; /* any thread: nothing new */
    bool draining;
    bool drained;   /* and said so */
    bool impatient; /* connections to ports of the past do not count any more */
    struct lg_timer patience_timer;
    struct lg_letter drain, drained_letter;
    struct lg_task drained_task;
    struct lg_loop *drained_loop;
    void (*on_drained)(void *context);
    void *drained_context;

    struct lg_pool_metrics metrics;
    struct { /* any thread */
        atomic_uint workers[LG_WORKER_STATES];
        atomic_uint waiting;
        atomic_ullong started;
    } shown;
};

/* LG_OK, LG_ERR_FULL or LG_ERR_CLOSED, as the target's start(). */
LG_MUST_CHECK enum lg_err lg_pool_start(struct lg_pool *pool, struct lg_job *job);
void lg_pool_cancel(struct lg_pool *pool, struct lg_job *job, enum lg_cancel why);
void lg_pool_drain(struct lg_pool *pool);
/* Something changed: gives jobs to idle workers, starts and stops processes. */
void lg_pool_balance(struct lg_pool *pool);
/* Its turn to start processes has come. */
void lg_pool_start_again(struct lg_starter *starter);
/* Its code has changed: processes that do nothing are replaced now, the others when they are done.
 */
void lg_pool_replace(struct lg_pool *pool);
/* A process could not start; `error` is taken over. */
void lg_pool_init_failed(struct lg_pool *pool, struct lg_init_error *error);
/* A process that just started died without having served: slow down as if it had failed. `error`
 * is taken over: calls that find no other process until the next start get it. */
void lg_pool_back_off(struct lg_pool *pool, struct lg_init_error *error);
/* Processes that run or start and were not told to end. */
unsigned lg_pool_live(const struct lg_pool *pool);
/* Says that the pool is drained, once it is. */
void lg_pool_check_drained(struct lg_pool *pool);
/* Counts the end of a process. */
void lg_pool_count_exit(struct lg_pool *pool, const char *cause);

/* hop.c: the target's functions for workers.c's class, and the word that it is drained. */
enum lg_err lg_hop_start(struct lg_target *target, struct lg_invocation *invocation);
void lg_hop_cancel(struct lg_target *target, struct lg_invocation *invocation, enum lg_cancel why);
void lg_hop_resume(struct lg_target *target, struct lg_invocation *invocation);
void lg_hop_drain(struct lg_target *target, void (*on_drained)(void *context), void *context);
void lg_hop_tell_drained(struct lg_pool *pool);

#endif
