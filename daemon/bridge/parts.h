/* parts.h -- what the files of this folder share; nobody else includes it. */
#ifndef LG_BRIDGE_PARTS_H
#define LG_BRIDGE_PARTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/list.h"
#include "bridge/bridge.h"
#include "observe/metrics.h"
#include "redis/line.h"
#include "redis/net.h"
#include "wire/loop.h"

struct lg_bridge_metrics {
    struct lg_metric *taken, *answered, *expired, *dropped, *refused, *in_flight, *up;
};

struct lg_bridge {
    struct lg_bridge_env env;
    struct lg_arena arena;
    const char *keys[3]; /* of the queue, in the order of priority */
    const char *presence_key, *member;
    const char *reply_prefix; /* that lists of replies begin with */
    const char *client_name;
    struct lg_redis_net *net;
    unsigned singles; /* pops of one list each that are still to be made: pull.c */
    bool resting;     /* until pull_timer */
    struct lg_timer presence_timer;
    struct lg_timer retry_timer; /* for replies that Redis refused */
    struct lg_timer pull_timer;
    struct lg_link jobs;
    unsigned running;    /* jobs, from taken to answered */
    bool popping;        /* a pop is under way */
    bool complained;     /* of the trouble that is now */
    bool draining, told; /* told: that it is drained; connections may still come and go */
    struct lg_task drained;
    void (*on_drained)(void *context);
    void *drained_context;
    struct lg_bridge_metrics metrics;
};

/* bridge.c: whether commands about a key can be sent now. */
bool lg_bridge_reaches(const struct lg_bridge *bridge, const char *key);
int64_t lg_bridge_now_ms(const struct lg_bridge *bridge); /* by the Redis that has the queue */

/* bridge.c: nothing is taken for so long. */
void lg_bridge_rest(struct lg_bridge *bridge, int64_t ms);

/* bridge.c: a job is over, or a pop is: more may be taken, or the drain may be complete. */
void lg_bridge_go_on(struct lg_bridge *bridge);

/* counts.c */
void lg_bridge_get_metrics(struct lg_bridge *bridge);

/* pull.c */
void lg_bridge_pull(struct lg_bridge *bridge); /* if there is room, and a connection */
void lg_bridge_on_element(void *bridge, struct lg_str element);

/* job.c */
void lg_bridge_take(struct lg_bridge *bridge, struct lg_str text);
/* Those whose replies Redis does not have yet. */
void lg_bridge_push_all(struct lg_bridge *bridge);

/* presence.c */
void lg_bridge_announce(struct lg_bridge *bridge); /* whenever the connection comes up */
void lg_bridge_retract(struct lg_bridge *bridge);

#endif
