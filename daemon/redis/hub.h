/* hub.h -- what the files of this folder share; nobody else includes it. */
#ifndef LG_REDIS_HUB_H
#define LG_REDIS_HUB_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/list.h"
#include "observe/metrics.h"
#include "redis/line.h"
#include "redis/net.h"
#include "redis/redis.h"
#include "wire/loop.h"
#include "wire/mailbox.h"

#define LG_REDIS_TOKEN_SIZE LG_UUID_SIZE
#define LG_REDIS_BACKLOG_MAX ((size_t)64 << 20) /* bytes that wait to leave a loop */
#define LG_REDIS_PRESENCE_S 60                  /* how long a worker's word is good */
#define LG_REDIS_GONE_S 60                      /* silence after which a gateway is gone */
#define LG_REDIS_REASON_SIZE 256

struct lg_redis_hub;

/* --- shared by all loops ---------------------------------------------------------------------- */

/* A queue that some function of this gateway uses, for cleaning it up. */
struct lg_redis_known {
    struct lg_link link;
    char *key;
    unsigned users;
};

struct lg_redis {
    struct lg_arena arena;
    struct lg_redis_env env;
    const struct lg_config_redis *config; /* a copy */
    struct lg_tls_client *tls;            /* or NULL */
    const char *gateway;                  /* our name */
    const char *client_name;
    const char *lock_key, *gateways_key;
    char token[LG_REDIS_TOKEN_SIZE]; /* what our lock holds */
    /* Until when (monotonic) the name is ours for sure; read by all loops. */
    _Atomic int64_t held_until_ms;
    atomic_bool name_taken; /* another has it */
    atomic_uint unsettled;  /* loops */
    struct lg_redis_hub **hubs;
    pthread_mutex_t lock; /* over `known` */
    struct lg_link known;
    struct {
        struct lg_metric *late, *expired, *bad;
    } metrics;
};

/* "PREFIX:KIND:{NAME}SUFFIX" in the arena. */
const char *lg_redis_key(struct lg_arena *arena, const struct lg_redis *redis, const char *kind,
                         const char *name, const char *suffix);
void lg_redis_learn(struct lg_redis *redis, const char *key);
void lg_redis_forget(struct lg_redis *redis, const char *key);
/* The key at `index` of those that are known, copied to the heap; NULL: there are no more. */
char *lg_redis_known_at(struct lg_redis *redis, size_t index);

/* settings.c */
const struct lg_config_redis *lg_redis_copy_config(struct lg_arena *arena,
                                                   const struct lg_config_redis *config);

/* --- one call --------------------------------------------------------------------------------- */

struct lg_redis_queue;

struct lg_redis_job {
    struct lg_redis_job *next; /* in the table */
    struct lg_redis_hub *hub;
    struct lg_redis_queue *queue;     /* NULL once ended */
    struct lg_invocation *invocation; /* NULL once ended */
    char *line;                       /* of the request, owned; the payload follows it */
    size_t line_size;
    unsigned references; /* its own, and one for each command under way */
    bool started;        /* on_start was told */
    bool taken;          /* a worker has it, or it is lost: it is in no queue */
    bool pushing;        /* RPUSH is under way */
    bool unwanted;       /* ... and LREM must follow it */
    bool removing;       /* LREM is under way */
    bool over_depth;     /* ... since the queue is too deep */
    struct lg_task task; /* an end that must wait for the turn's */
    enum lg_cause cause;
    char reason[LG_REDIS_REASON_SIZE];
};

/* Counts the job in `queue`, which has room for it. */
struct lg_redis_job *lg_redis_job_new(struct lg_redis_hub *hub, struct lg_redis_queue *queue,
                                      struct lg_invocation *invocation);
/* Sends the request. */
void lg_redis_job_push(struct lg_redis_job *job);
void lg_redis_job_cancel(struct lg_redis_job *job, enum lg_cancel why);
/* Ends it when the turn ends. */
void lg_redis_job_end_later(struct lg_redis_job *job, enum lg_cause cause, const char *reason);
void lg_redis_job_reply(struct lg_redis_job *job, const struct lg_redis_reply *reply);

/* --- the target ------------------------------------------------------------------------------- */

struct lg_redis_presence;

#define LG_REDIS_CLOSED 1
#define LG_REDIS_ONE_JOB 2

struct lg_redis_queue {
    struct lg_target target;
    struct lg_redis *redis;
    struct lg_loop *home;
    struct lg_arena arena;
    const char *function, *key, *presence_key;
    int64_t depth_max, wait_ms;
    bool start_receipts, expect_workers;
    atomic_long jobs; /* LG_REDIS_ONE_JOB each, and LG_REDIS_CLOSED */
    struct lg_letter drained_letter;
    void (*on_drained)(void *context);
    void *drained_context;
    struct lg_redis_presence *presence;
    struct {
        struct lg_metric *depth, *workers, *in_flight;
    } metrics;
};

/* A job of it is over. */
void lg_redis_queue_leave(struct lg_redis_queue *queue);

/* presence.c */
struct lg_redis_presence *lg_redis_presence_new(struct lg_redis_queue *queue);
void lg_redis_presence_free(struct lg_redis_presence *presence);
/* False: for sure no worker is there. Any thread. */
bool lg_redis_presence_any(const struct lg_redis_presence *presence);

/* --- a loop's connections ----------------------------------------------------------------- */

struct lg_redis_table {
    struct lg_redis_job **buckets;
    size_t room, count; /* room is a power of two */
};

void lg_redis_table_init(struct lg_redis_table *table);
void lg_redis_table_done(struct lg_redis_table *table);
void lg_redis_table_add(struct lg_redis_table *table, struct lg_redis_job *job);
void lg_redis_table_remove(struct lg_redis_table *table, struct lg_redis_job *job);
struct lg_redis_job *lg_redis_table_find(const struct lg_redis_table *table, struct lg_str id);

struct lg_redis_identity;
struct lg_redis_cleanup;

struct lg_redis_hub {
    struct lg_redis *redis;
    unsigned index;
    struct lg_loop *loop;
    const struct lg_redis_limits *limits;
    struct lg_redis_net *net;
    const char *reply_key;
    struct lg_redis_table jobs;
    struct lg_timer look_timer; /* while our name is not ours */
    bool reading;               /* a pop is under way */
    bool resting;               /* ... or will be soon */
    bool settled;
    bool complained;                    /* of the trouble that is now */
    struct lg_redis_identity *identity; /* loop 0 only */
    struct lg_redis_cleanup *cleanup;   /* loop 0 only */
    struct lg_metric *up, *reconnects;
};

/* Whether calls can be sent to the queue `key` now; else why not. */
bool lg_redis_hub_is_ready(const struct lg_redis_hub *hub, const char *key,
                           char ret_why[LG_REDIS_REASON_SIZE]);
/* Unix milliseconds by the clock of the Redis that has `key`. */
int64_t lg_redis_hub_now_ms(const struct lg_redis_hub *hub, const char *key);
/* Whether commands about `key` can be sent now; and one that is. */
bool lg_redis_hub_reaches(const struct lg_redis_hub *hub, const char *key);
void lg_redis_hub_send(struct lg_redis_hub *hub, const char *key, const struct lg_str *arguments,
                       size_t count, lg_redis_reply_fn *fn, void *context);

/* identity.c; all on loop 0. */
struct lg_redis_identity *lg_redis_identity_new(struct lg_redis_hub *hub);
/* At the end, so that the next one of this name need not wait. Only while it is surely ours. */
void lg_redis_identity_let_go(struct lg_redis_identity *identity);
/* After the link of its commands. */
void lg_redis_identity_free(struct lg_redis_identity *identity);
void lg_redis_identity_on_up(struct lg_redis_identity *identity);

/* cleanup.c; all on loop 0. */
struct lg_redis_cleanup *lg_redis_cleanup_new(struct lg_redis_hub *hub);
void lg_redis_cleanup_free(struct lg_redis_cleanup *cleanup);

/* silent.c; all on loop 0. on_known() comes whenever there may be one to ask for. */
struct lg_redis_silent *lg_redis_silent_new(struct lg_redis_hub *hub,
                                            void (*on_known)(void *context), void *context);
void lg_redis_silent_free(struct lg_redis_silent *silent);
/* A gateway that is gone, told once; the caller's to free(). NULL: none is known. */
char *lg_redis_silent_next(struct lg_redis_silent *silent);
/* One that was cleaned up after is not told again. */
void lg_redis_silent_forget(struct lg_redis_silent *silent, const char *name);

/* doubts.c: warns of settings with which queues get lost. */
void lg_redis_doubt(struct lg_redis_link *link);

#endif
