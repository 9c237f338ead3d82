/*
 * redis.h -- functions whose workers take calls from a queue in Redis (docs/worker-protocol.md).
 *
 *     call -> queue.c: RPUSH the request -> a worker takes it, runs it, RPUSHes a reply
 *          -> hub.c: BLMPOP on this loop's list of replies -> job.c: the call's end
 *
 * Each loop has a hub with connections of its own, for commands and for what waits for replies. A
 * call begins and ends on the loop of its caller; nothing of it travels to another.
 *
 *     redis.c     what all loops share       hub.c       a loop and its Redis
 *     queue.c     the target                 job.c       one call, from start() to on_end
 *     identity.c  the gateway's name         cleanup.c   what gateways left that are gone
 *     presence.c  workers and depth          silent.c    which gateways these are
 *     line.c      the lines
 *
 *     net.c       who has a key              map.c       a Cluster's slots (slots.c)
 *     node.c      a server                   cluster.c   commands that are redirected
 *     link.c      a connection, kept up      sentinel.c  who is the master (ask.c)
 *     pipe.c      one while it lasts         resp.c      the bytes (cut.c)
 */
#ifndef LG_REDIS_REDIS_H
#define LG_REDIS_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "target/target.h"
#include "wire/resolve.h"
#include "wire/tls_client.h"

struct lg_mailbox;
struct lg_redis;

struct lg_redis_env {
    struct lg_mailbox *const *mailboxes; /* of all loops, by index; outlives it */
    unsigned loops;
};

/* What a loop holds to; it may change there. */
struct lg_redis_limits {
    int64_t payload_bytes, result_bytes;
};

/*
 * Connects nothing yet. The configuration is copied. NULL with words when a certificate cannot be
 * used.
 */
struct lg_redis *lg_redis_new(const struct lg_redis_env *env, const struct lg_config_redis *config,
                              char reterr_text[LG_TLS_ERROR_SIZE]);
/* After every loop was left, and every target freed. NULL is fine. */
void lg_redis_free(struct lg_redis *redis);

/* A loop begins: on it, or before it runs. What is its own outlives the hub. */
void lg_redis_enter(struct lg_redis *redis, struct lg_loop *loop, struct lg_resolver *resolver,
                    const struct lg_redis_limits *limits);
/* On the loop, or after it ended. Fine for a loop that has not entered. */
void lg_redis_leave(struct lg_redis *redis, unsigned loop);

/* Whether every loop is connected, or has tried in vain. Any thread. */
bool lg_redis_is_settled(const struct lg_redis *redis);

/* Whether `config` asks for the same as this was made from. */
bool lg_redis_is(const struct lg_redis *redis, const struct lg_config_redis *config);

/* The target of a function, on its home loop. The function's configuration is copied. */
struct lg_target *lg_redis_target_new(struct lg_redis *redis, struct lg_loop *home,
                                      const struct lg_config_function *function);

/* For `lambdagate functions`. Any thread. */
struct lg_redis_state {
    const char *queue; /* the name of its key; as long as the target */
    int64_t depth, workers, in_flight;
};
void lg_redis_target_state(const struct lg_target *target, struct lg_redis_state *ret_state);

#endif
