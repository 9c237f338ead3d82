/*
 * cluster.c -- a command in a Cluster: held until it has its answer, and followed from node to node
 * as long as each says that it has not carried it out.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "redis/net_parts.h"

struct held {
    struct lg_link link; /* while it waits for a connection */
    struct lg_redis_net *net;
    struct lg_redis_node *node; /* where it was sent last */
    enum lg_redis_lane lane;
    unsigned redirects;
    bool asking;
    char *bytes;
    size_t size;
    int64_t wait_ms;
    lg_redis_reply_fn *fn;
    void *context;
};

static void finish(struct held *held, enum lg_redis_fate fate, const redisReply *reply)
{
    held->net->held -= held->size;
    held->fn(held->context, fate, reply);
    free(held->bytes);
    free(held);
}

/* --- on its way ------------------------------------------------------------------------------- */

static void on_asking(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    (void)context, (void)fate, (void)reply; /* without it the command itself is refused */
}

static void on_answer(void *context, enum lg_redis_fate fate, const redisReply *reply);

static void transmit(struct held *held, struct lg_redis_link *link)
{
    struct lg_str asking[] = { LG_STR("ASKING") };

    if (held->asking)
        lg_redis_link_send(link, asking, 1, 0, on_asking, NULL);
    lg_redis_link_send_bytes(link, lg_str_make(held->bytes, held->size), held->wait_ms, on_answer,
                             held);
}

static void send_to(struct held *held, struct lg_redis_node *node, bool asking)
{
    struct lg_redis_wire *wire = &node->wires[held->lane];

    held->node = node;
    held->asking = asking;
    lg_redis_wire_open(wire);
    if (lg_redis_wire_is_up(wire))
        transmit(held, wire->link);
    else
        lg_list_add_last(&wire->waiting, &held->link);
}

/* --- redirections ----------------------------------------------------------------------------- */

/* Where else it is to be sent; NULL: nowhere. */
static struct lg_redis_node *follow(const struct held *held, struct lg_str error, bool *ret_asking)
{
    struct lg_redis_net *net = held->net;
    struct lg_redis_redirect redirect;
    struct lg_redis_node *node;

    if (net->ending || held->redirects >= LG_REDIS_REDIRECTS_MAX ||
        !lg_redis_redirect_read(error, &redirect))
        return NULL;
    if (redirect.host.size == 0)
        redirect.host = lg_str_of(held->node->address.host);
    node = lg_redis_node_get(net, redirect.host, redirect.port);
    if (node != NULL && !redirect.ask && net->map != NULL)
        net->map[redirect.slot] = node;
    if (node != NULL)
        node->gone = false; /* the next map tells */
    *ret_asking = redirect.ask;
    return node;
}

static void on_answer(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct held *held = context;
    struct lg_redis_node *node;
    bool asking = false;

    if (fate != LG_REDIS_ANSWERED || !lg_resp_is_error(reply)) {
        finish(held, fate, reply);
        return;
    }
    node = follow(held, lg_resp_text(reply), &asking);
    if (!asking && lg_redis_is_passing(lg_resp_text(reply)) && !held->net->ending)
        lg_redis_map_refresh(held->net);
    if (node == NULL) {
        finish(held, fate, reply);
        return;
    }
    held->redirects++;
    send_to(held, node, asking);
}

/* --- the beginning, and what waits ------------------------------------------------------------ */

void lg_redis_cluster_send(struct lg_redis_net *net, enum lg_redis_lane lane, const char *key,
                           struct lg_buf *bytes, int64_t wait_ms, lg_redis_reply_fn *fn,
                           void *context)
{
    struct held *held = LG_NEW(struct held);
    struct lg_redis_node *node;

    held->net = net;
    held->lane = lane;
    held->bytes = lg_buf_take(bytes, &held->size);
    held->wait_ms = wait_ms;
    held->fn = fn;
    held->context = context;
    net->held += held->size;
    node = lg_redis_map_find(net, key);
    assert(node != NULL && "sent while it was not ready");
    send_to(held, node, false);
}

/* What is told may send again, and that waits anew. */
static void take_waiting(struct lg_redis_wire *wire, struct lg_link *ret_list)
{
    struct lg_link *first;

    lg_list_init(ret_list);
    while ((first = lg_list_first(&wire->waiting)) != NULL) {
        lg_list_remove(first);
        lg_list_add_last(ret_list, first);
    }
}

void lg_redis_cluster_release(struct lg_redis_wire *wire)
{
    struct lg_link list;

    take_waiting(wire, &list);
    for (struct lg_link *at = lg_list_first(&list), *next; at != NULL; at = next) {
        next = lg_list_after(&list, at);
        lg_list_remove(at);
        transmit(LG_LIST_OF(at, struct held, link), wire->link);
    }
}

void lg_redis_cluster_refuse(struct lg_redis_wire *wire)
{
    struct lg_link list;

    take_waiting(wire, &list);
    for (struct lg_link *at = lg_list_first(&list), *next; at != NULL; at = next) {
        next = lg_list_after(&list, at);
        finish(LG_LIST_OF(at, struct held, link), LG_REDIS_UNSENT, NULL);
    }
}
