/*
 * slots.h -- what Redis Cluster says and means: the slot of a key, redirections, who has which
 * slots.
 *
 * All is pure: bytes in, values out.
 */
#ifndef LG_REDIS_SLOTS_H
#define LG_REDIS_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "redis/resp.h"

#define LG_REDIS_SLOTS 16384
#define LG_REDIS_HOST_MAX 255 /* bytes of the name of a host that a server told */

/* Below LG_REDIS_SLOTS: of what stands between the first { and the next }, or of all of it. */
unsigned lg_redis_slot(struct lg_str key);

/* Whether a text can be the name of a host, or its address. */
bool lg_redis_is_host(struct lg_str text);

struct lg_redis_redirect {
    bool ask; /* for this command alone, and after ASKING */
    unsigned slot;
    struct lg_str host; /* in the error; empty: the host that said so */
    uint16_t port;
};

/* Of "MOVED SLOT HOST:PORT" and "ASK SLOT HOST:PORT". False: it is another error. */
bool lg_redis_redirect_read(struct lg_str error, struct lg_redis_redirect *ret_redirect);

/* Whether an error of a Cluster passes by itself: CLUSTERDOWN, TRYAGAIN, one redirection too many.
 */
bool lg_redis_is_passing(struct lg_str error);

/* Who has the slots `from` to `to`, both included. An empty host: the one that was asked. */
struct lg_redis_range {
    unsigned from, to;
    struct lg_str host;
    uint16_t port;
};

/* The range at `index` of an answer to CLUSTER SLOTS. False: it is none, or of no use. */
bool lg_redis_range_read(const redisReply *reply, size_t index, struct lg_redis_range *ret_range);

#endif
