/*
 * bridge.h -- Redis on one side, a target on the other: calls are taken from a queue and run here
 * (docs/worker-protocol.md, seen from the worker).
 *
 *     pull.c: BLPOP on a connection of its own -> job.c: the target runs it -> RPUSH of the reply
 *     presence.c: says that we are there
 *
 * A call counts from the moment it is taken until Redis has its reply, so that no more than
 * `concurrency` are ever held. What was taken is run at most once. A reply that Redis does not take
 * is pushed again until nobody can wait for it any more.
 *
 * Threads: all on its loop.
 */
#ifndef LG_BRIDGE_BRIDGE_H
#define LG_BRIDGE_BRIDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "target/target.h"
#include "wire/resolve.h"
#include "wire/tls_client.h"

#define LG_BRIDGE_EVENT_MAX                                                                        \
    ((size_t)64 << 20)           /* bytes of an event, unless limits.payload is more */
#define LG_BRIDGE_GRACE_MS 10000 /* after its deadline a reply is pushed no longer than this */

struct lg_bridge;

/* All of it outlives the bridge. */
struct lg_bridge_env {
    struct lg_loop *loop;
    struct lg_resolver *resolver;
    const struct lg_config_redis *redis;
    struct lg_tls_client *tls; /* or NULL */
    struct lg_target *target;  /* of the same loop */
    const char *queue;         /* without prefix and braces */
    const char *arn;           /* of calls that name none */
    int64_t timeout_ms;        /* of calls that name none */
    int64_t payload_bytes, result_bytes;
    unsigned concurrency; /* above 0 */
    int64_t grace_ms;     /* LG_BRIDGE_GRACE_MS */
};

struct lg_bridge_counts {
    uint64_t taken;    /* requests */
    uint64_t answered; /* Redis has the reply */
    uint64_t expired;  /* of these, not run */
    uint64_t dropped;  /* replies that Redis did not take in time, and calls without a known end */
    uint64_t refused;  /* what was no request */
};

/* Begins to connect. */
struct lg_bridge *lg_bridge_new(const struct lg_bridge_env *env);
/* Takes nothing more. on_drained(context) comes once, never within this call, after the last reply.
 */
void lg_bridge_drain(struct lg_bridge *bridge, void (*on_drained)(void *context), void *context);
/* After it was drained. */
void lg_bridge_free(struct lg_bridge *bridge);

/* Whether calls are taken, or would be if there were room. */
bool lg_bridge_is_ready(const struct lg_bridge *bridge);

/* The same are metrics: lambdagate_bridge_..., by queue. */
void lg_bridge_counts(const struct lg_bridge *bridge, struct lg_bridge_counts *ret_counts);

#endif
