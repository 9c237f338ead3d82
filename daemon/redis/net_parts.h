/* net_parts.h -- what net.c, node.c, cluster.c and map.c share; nobody else includes it. */
#ifndef LG_REDIS_NET_PARTS_H
#define LG_REDIS_NET_PARTS_H

#include "base/list.h"
#include "redis/ask.h"
#include "redis/clock.h"
#include "redis/net.h"
#include "redis/slots.h"

struct lg_redis_node;

/* One of a node's connections, once it was needed. */
struct lg_redis_wire {
    struct lg_redis_node *node;
    enum lg_redis_lane lane;
    struct lg_redis_link *link; /* NULL: not needed yet */
    bool tried;                 /* it was up once, or has failed */
    struct lg_link waiting;     /* commands, until it is up */
};

struct lg_redis_node {
    struct lg_redis_net *net;
    struct lg_link link; /* in the net */
    struct lg_config_redis_node address;
    bool gone; /* it has no slots any more: it ends when nothing is under way there */
    struct lg_redis_wire wires[LG_REDIS_LANES];
    struct lg_redis_clock clock; /* once there is a connection for commands */
};

struct lg_redis_net {
    struct lg_loop *loop;
    struct lg_resolver *resolver;
    struct lg_redis_net_options options;
    const struct lg_redis_net_events *events;
    void *context;
    struct lg_link nodes;
    size_t node_count;
    bool ending;
    struct lg_redis_node *only; /* NULL in a Cluster */

    /* Of a Cluster alone: */
    struct lg_redis_node **map; /* by slot; NULL: nobody has it. The array is NULL until known */
    size_t held;                /* bytes of commands without an answer */
    struct lg_redis_ask *ask;
    struct lg_config_redis_node *asked; /* those that are being asked; owned */
    size_t asked_count;
    bool again; /* the map is old already while it is asked for */
    int64_t asked_ms;
    struct lg_timer refresh, sweep;
    char why[LG_REDIS_WHY_SIZE]; /* nobody told the map; "" when one did */
};

/* node.c */
/* One that exists, or a new one; NULL: there are too many. `host` lasts for the call. */
struct lg_redis_node *lg_redis_node_get(struct lg_redis_net *net, struct lg_str host,
                                        uint16_t port);
struct lg_redis_node *lg_redis_node_new(struct lg_redis_net *net,
                                        const struct lg_config_redis_node *address);
void lg_redis_node_free(struct lg_redis_node *node);
/* Connects it unless it is. */
void lg_redis_wire_open(struct lg_redis_wire *wire);
bool lg_redis_wire_is_up(const struct lg_redis_wire *wire);
/* Whether what is sent will be under way soon. */
bool lg_redis_wire_is_ready(const struct lg_redis_wire *wire);

/* cluster.c: a command that is held until it has its answer. */
void lg_redis_cluster_send(struct lg_redis_net *net, enum lg_redis_lane lane, const char *key,
                           struct lg_buf *bytes, int64_t wait_ms, lg_redis_reply_fn *fn,
                           void *context);
/* What waits for it leaves; or is told that it never did. */
void lg_redis_cluster_release(struct lg_redis_wire *wire);
void lg_redis_cluster_refuse(struct lg_redis_wire *wire);

/* map.c */
void lg_redis_map_begin(struct lg_redis_net *net);
void lg_redis_map_end(struct lg_redis_net *net);
/* The map may be old: it is asked for soon. */
void lg_redis_map_refresh(struct lg_redis_net *net);
struct lg_redis_node *lg_redis_map_find(const struct lg_redis_net *net, const char *key);

#endif
