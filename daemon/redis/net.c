/* net.c -- one server or many: who has a key, and what is sent there. */
#include "redis/net.h"

#include <stdlib.h>

#include "base/mem.h"
#include "redis/net_parts.h"

static struct lg_redis_node *node_of(const struct lg_redis_net *net, const char *key)
{
    return net->only != NULL ? net->only : lg_redis_map_find(net, key);
}

static const struct lg_redis_wire *wire_of(const struct lg_redis_net *net, enum lg_redis_lane lane,
                                           const char *key)
{
    const struct lg_redis_node *node = net->ending ? NULL : node_of(net, key);

    return node == NULL ? NULL : &node->wires[lane];
}

/* --- what stands ------------------------------------------------------------------------------ */

bool lg_redis_net_is_whole(const struct lg_redis_net *net)
{
    if (net->only == NULL && net->map == NULL)
        return false;
    for (struct lg_link *at = lg_list_first(&net->nodes); at != NULL;
         at = lg_list_after(&net->nodes, at)) {
        const struct lg_redis_node *node = LG_LIST_OF(at, struct lg_redis_node, link);

        for (size_t i = 0; i < LG_REDIS_LANES && !node->gone; i++)
            if (node->wires[i].link != NULL && !lg_redis_wire_is_up(&node->wires[i]))
                return false;
    }
    return true;
}

bool lg_redis_net_is_ready(const struct lg_redis_net *net, enum lg_redis_lane lane, const char *key)
{
    const struct lg_redis_wire *wire = wire_of(net, lane, key);

    if (wire == NULL)
        return false;
    return net->only != NULL ? lg_redis_wire_is_up(wire) : lg_redis_wire_is_ready(wire);
}

bool lg_redis_net_is_up(const struct lg_redis_net *net, enum lg_redis_lane lane, const char *key)
{
    const struct lg_redis_wire *wire = wire_of(net, lane, key);

    return wire != NULL && lg_redis_wire_is_up(wire);
}

void lg_redis_net_open(struct lg_redis_net *net, enum lg_redis_lane lane, const char *key)
{
    struct lg_redis_node *node = net->ending ? NULL : node_of(net, key);

    if (node != NULL)
        lg_redis_wire_open(&node->wires[lane]);
}

bool lg_redis_net_uses(const struct lg_redis_net *net, const struct lg_redis_link *link,
                       const char *key)
{
    const struct lg_redis_wire *wire = wire_of(net, LG_REDIS_COMMANDS, key);

    return wire != NULL && wire->link == link;
}

const char *lg_redis_net_trouble(const struct lg_redis_net *net, enum lg_redis_lane lane,
                                 const char *key)
{
    const struct lg_redis_wire *wire = wire_of(net, lane, key);

    if (wire != NULL)
        return wire->link != NULL ? lg_redis_link_trouble(wire->link) : "still connecting";
    if (*net->why != '\0')
        return net->why;
    return net->map == NULL ? "still connecting" : "no node has the slot of its key";
}

/* --- commands --------------------------------------------------------------------------------- */

static struct lg_buf encode(const struct lg_str *arguments, size_t count, bool joined)
{
    struct lg_buf bytes;

    lg_buf_init(&bytes, SIZE_MAX);
    lg_resp_add_command(&bytes, arguments, count, joined);
    return bytes;
}

void lg_redis_net_send(struct lg_redis_net *net, enum lg_redis_lane lane, const char *key,
                       const struct lg_str *arguments, size_t count, int64_t wait_ms,
                       lg_redis_reply_fn *fn, void *context)
{
    struct lg_buf bytes;

    if (net->only != NULL) {
        lg_redis_link_send(net->only->wires[lane].link, arguments, count, wait_ms, fn, context);
        return;
    }
    bytes = encode(arguments, count, false);
    lg_redis_cluster_send(net, lane, key, &bytes, wait_ms, fn, context);
}

void lg_redis_net_send_joined(struct lg_redis_net *net, const char *key,
                              const struct lg_str *arguments, size_t count, lg_redis_reply_fn *fn,
                              void *context)
{
    struct lg_buf bytes;

    if (net->only != NULL) {
        lg_redis_link_send_joined(net->only->wires[LG_REDIS_COMMANDS].link, arguments, count, fn,
                                  context);
        return;
    }
    bytes = encode(arguments, count, true);
    lg_redis_cluster_send(net, LG_REDIS_COMMANDS, key, &bytes, 0, fn, context);
}

size_t lg_redis_net_backlog(const struct lg_redis_net *net)
{
    return net->only != NULL ? lg_redis_link_backlog(net->only->wires[LG_REDIS_COMMANDS].link)
                             : net->held;
}

void lg_redis_net_flush(struct lg_redis_net *net)
{
    for (struct lg_link *at = lg_list_first(&net->nodes); at != NULL;
         at = lg_list_after(&net->nodes, at)) {
        struct lg_redis_node *node = LG_LIST_OF(at, struct lg_redis_node, link);
        struct lg_redis_link *link = node->wires[LG_REDIS_COMMANDS].link;

        if (link != NULL)
            lg_redis_link_flush(link);
    }
}

void lg_redis_net_drop(struct lg_redis_net *net, enum lg_redis_lane lane, const char *key,
                       const char *why)
{
    const struct lg_redis_wire *wire = wire_of(net, lane, key);

    if (wire != NULL && wire->link != NULL)
        lg_redis_link_drop(wire->link, why);
}

/* --- time ------------------------------------------------------------------------------------- */

bool lg_redis_net_knows_time(const struct lg_redis_net *net, const char *key)
{
    const struct lg_redis_node *node = node_of(net, key);

    return node != NULL && node->clock.known;
}

int64_t lg_redis_net_now_ms(const struct lg_redis_net *net, const char *key)
{
    const struct lg_redis_node *node = node_of(net, key);

    if (node != NULL && node->clock.known)
        return lg_redis_clock_now_ms(&node->clock);
    for (struct lg_link *at = lg_list_first(&net->nodes); at != NULL;
         at = lg_list_after(&net->nodes, at)) {
        node = LG_LIST_OF(at, struct lg_redis_node, link);
        if (node->clock.known)
            return lg_redis_clock_now_ms(&node->clock);
    }
    return lg_loop_wall_ms(net->loop);
}

/* --- life ------------------------------------------------------------------------------------- */

struct lg_redis_net *lg_redis_net_new(struct lg_loop *loop, struct lg_resolver *resolver,
                                      const struct lg_redis_net_options *options,
                                      const struct lg_redis_net_events *events, void *context)
{
    struct lg_redis_net *net = LG_NEW(struct lg_redis_net);

    net->loop = loop;
    net->resolver = resolver;
    net->options = *options;
    net->events = events;
    net->context = context;
    lg_list_init(&net->nodes);
    if (options->config->cluster) {
        lg_redis_map_begin(net);
        return net;
    }
    net->only = lg_redis_node_new(net, &options->config->nodes[0]);
    for (size_t i = 0; i < LG_REDIS_LANES; i++)
        lg_redis_wire_open(&net->only->wires[i]);
    return net;
}

void lg_redis_net_free(struct lg_redis_net *net)
{
    if (net == NULL)
        return;
    net->ending = true;
    if (net->only == NULL)
        lg_redis_map_end(net);
    for (struct lg_link *at = lg_list_first(&net->nodes), *next; at != NULL; at = next) {
        next = lg_list_after(&net->nodes, at);
        lg_redis_node_free(LG_LIST_OF(at, struct lg_redis_node, link));
    }
    free(net);
}
