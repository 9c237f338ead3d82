/* node.c -- a server with its connections, each opened when it is needed. */
#include <stdlib.h>

#include "base/mem.h"
#include "redis/net_parts.h"

/* --- events of its connections ---------------------------------------------------------------- */

static void on_up(void *context)
{
    struct lg_redis_wire *wire = context;
    struct lg_redis_net *net = wire->node->net;

    wire->tried = true;
    if (wire->lane == LG_REDIS_COMMANDS)
        lg_redis_clock_ask(&wire->node->clock);
    lg_redis_cluster_release(wire);
    if (!wire->node->gone)
        net->events->on_up(net->context, wire->lane, wire->link);
}

static void on_down(void *context, const char *why)
{
    struct lg_redis_wire *wire = context;
    struct lg_redis_net *net = wire->node->net;

    wire->tried = true;
    lg_redis_cluster_refuse(wire);
    if (net->only == NULL)
        lg_redis_map_refresh(net);
    if (!wire->node->gone)
        net->events->on_down(net->context, why);
}

static void on_element(void *context, struct lg_str element)
{
    const struct lg_redis_wire *wire = context;

    wire->node->net->events->on_element(wire->node->net->context, element);
}

static size_t ceiling(void *context)
{
    const struct lg_redis_wire *wire = context;

    return wire->node->net->events->ceiling(wire->node->net->context, wire->lane);
}

static const struct lg_redis_link_events events[LG_REDIS_LANES] = {
    [LG_REDIS_COMMANDS] = { on_up, on_down, NULL, ceiling },
    [LG_REDIS_POPS] = { on_up, on_down, on_element, ceiling },
};

/* --- connections ------------------------------------------------------------------------------ */

void lg_redis_wire_open(struct lg_redis_wire *wire)
{
    struct lg_redis_node *node = wire->node;
    struct lg_redis_net *net = node->net;
    const struct lg_redis_link_options options = {
        .config = net->options.config,
        .node = net->options.config->cluster ? &node->address : NULL,
        .tls = net->options.tls,
        .name = net->options.name,
        .after_others = wire->lane == LG_REDIS_POPS,
        .cuts = net->options.cuts && wire->lane == LG_REDIS_POPS,
    };

    if (wire->link != NULL)
        return;
    wire->link = lg_redis_link_new(net->loop, net->resolver, &options, &events[wire->lane], wire);
    if (wire->lane == LG_REDIS_COMMANDS)
        lg_redis_clock_init(&node->clock, net->loop, wire->link, net->options.speaks);
}

bool lg_redis_wire_is_up(const struct lg_redis_wire *wire)
{
    return wire->link != NULL && lg_redis_link_is_up(wire->link);
}

bool lg_redis_wire_is_ready(const struct lg_redis_wire *wire)
{
    return !wire->tried || lg_redis_wire_is_up(wire);
}

/* --- life ------------------------------------------------------------------------------------- */

struct lg_redis_node *lg_redis_node_new(struct lg_redis_net *net,
                                        const struct lg_config_redis_node *address)
{
    struct lg_redis_node *node = LG_NEW(struct lg_redis_node);

    node->net = net;
    node->address = *address;
    if (address->host != NULL)
        node->address.host = lg_strdup(address->host);
    for (size_t i = 0; i < LG_REDIS_LANES; i++) {
        node->wires[i].node = node;
        node->wires[i].lane = (enum lg_redis_lane)i;
        lg_list_init(&node->wires[i].waiting);
    }
    lg_list_add_last(&net->nodes, &node->link);
    net->node_count++;
    return node;
}

struct lg_redis_node *lg_redis_node_get(struct lg_redis_net *net, struct lg_str host, uint16_t port)
{
    struct lg_config_redis_node address = { .port = port };
    struct lg_redis_node *node;

    for (struct lg_link *at = lg_list_first(&net->nodes); at != NULL;
         at = lg_list_after(&net->nodes, at)) {
        node = LG_LIST_OF(at, struct lg_redis_node, link);
        if (node->address.port == port && lg_str_is(host, node->address.host))
            return node;
    }
    if (net->node_count == LG_REDIS_NODES_MAX)
        return NULL;
    address.host = lg_strndup(host.data, host.size);
    node = lg_redis_node_new(net, &address);
    free((char *)(uintptr_t)address.host);
    return node;
}

/* Nothing of it is in the map any more. */
void lg_redis_node_free(struct lg_redis_node *node)
{
    if (node->wires[LG_REDIS_COMMANDS].link != NULL)
        lg_redis_clock_done(&node->clock);
    for (size_t i = 0; i < LG_REDIS_LANES; i++) {
        struct lg_redis_link *link = node->wires[i].link;

        node->wires[i].link = NULL; /* who is told looks for another */
        lg_redis_cluster_refuse(&node->wires[i]);
        lg_redis_link_free(link);
    }
    lg_list_remove(&node->link);
    node->net->node_count--;
    free((char *)(uintptr_t)node->address.host);
    free(node);
}
