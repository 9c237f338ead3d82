/*
 * map.c -- who has which slots: asked for at the start, and whenever a redirection, a failure or a
 * lost connection says that it is old, never more often than every REFRESH_MS.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "redis/net_parts.h"

#define REFRESH_MS 500
#define SWEEP_MS 1000

static const struct lg_str question[] = { { "CLUSTER", 7 }, { "SLOTS", 5 } };

struct lg_redis_node *lg_redis_map_find(const struct lg_redis_net *net, const char *key)
{
    return net->map == NULL ? NULL : net->map[lg_redis_slot(lg_str_of(key))];
}

/* --- the answer ------------------------------------------------------------------------------- */

/* Nodes without slots end later: what is under way there has its answer first. */
static void mark(struct lg_redis_net *net)
{
    for (struct lg_link *at = lg_list_first(&net->nodes); at != NULL;
         at = lg_list_after(&net->nodes, at))
        LG_LIST_OF(at, struct lg_redis_node, link)->gone = true;
    for (size_t i = 0; net->map != NULL && i < LG_REDIS_SLOTS; i++)
        if (net->map[i] != NULL)
            net->map[i]->gone = false;
}

/* False with words: it is no map. */
static bool draw(struct lg_redis_net *net, const char *asked_host, const redisReply *reply,
                 struct lg_redis_node **map, char reterr_why[LG_REDIS_WHY_SIZE])
{
    struct lg_redis_range range;
    size_t slots = 0;

    lg_cstr_copy(reterr_why, LG_REDIS_WHY_SIZE, "it knows of no slots");
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0)
        return false;
    for (size_t i = 0; i < reply->elements; i++) {
        struct lg_redis_node *node;

        lg_cstr_copy(reterr_why, LG_REDIS_WHY_SIZE, "its slots cannot be read");
        if (!lg_redis_range_read(reply, i, &range) ||
            (slots += range.to - range.from + 1) > LG_REDIS_SLOTS)
            return false;
        lg_cstr_copy(reterr_why, LG_REDIS_WHY_SIZE, "it has too many nodes");
        node = lg_redis_node_get(net, range.host.size > 0 ? range.host : lg_str_of(asked_host),
                                 range.port);
        if (node == NULL)
            return false;
        for (unsigned slot = range.from; slot <= range.to; slot++)
            map[slot] = node;
    }
    return true;
}

static bool take(void *context, const struct lg_config_redis_node *asked, const redisReply *reply,
                 char reterr_why[LG_REDIS_WHY_SIZE])
{
    struct lg_redis_net *net = context;
    struct lg_redis_node **map = lg_calloc(LG_REDIS_SLOTS, sizeof(struct lg_redis_node *));
    struct lg_redis_node **old = net->map;
    bool good = draw(net, asked->host, reply, map, reterr_why);

    if (good)
        net->map = map;
    free(good ? old : map);
    mark(net);
    return good;
}

/* --- the question ----------------------------------------------------------------------------- */

/* Everybody that we know, then those of the configuration. */
static void gather(struct lg_redis_net *net)
{
    const struct lg_config_redis *config = net->options.config;
    size_t count = 0;

    net->asked = lg_calloc(net->node_count + config->node_count, sizeof(*net->asked));
    for (struct lg_link *at = lg_list_first(&net->nodes); at != NULL;
         at = lg_list_after(&net->nodes, at)) {
        net->asked[count] = LG_LIST_OF(at, struct lg_redis_node, link)->address;
        net->asked[count].host = lg_strdup(net->asked[count].host);
        count++;
    }
    for (size_t i = 0; i < config->node_count; i++, count++) {
        net->asked[count] = config->nodes[i];
        net->asked[count].host = lg_strdup(config->nodes[i].host);
    }
    net->asked_count = count;
}

static void forget_asked(struct lg_redis_net *net)
{
    for (size_t i = 0; i < net->asked_count; i++)
        free((char *)(uintptr_t)net->asked[i].host);
    free(net->asked);
    net->asked = NULL;
    net->asked_count = 0;
}

static void on_refresh(struct lg_timer *timer)
{
    struct lg_redis_net *net = LG_CONTAINER(timer, struct lg_redis_net, refresh);

    net->asked_ms = lg_loop_now_ms(net->loop);
    net->again = false;
    gather(net);
    lg_redis_ask_begin(net->ask, net->asked, net->asked_count);
}

void lg_redis_map_refresh(struct lg_redis_net *net)
{
    int64_t now = lg_loop_now_ms(net->loop), due = net->asked_ms + REFRESH_MS;

    if (net->ending)
        return;
    if (lg_redis_ask_is_busy(net->ask))
        net->again = true;
    else if (!lg_timer_armed(&net->refresh))
        lg_timer_set(net->loop, &net->refresh, due > now ? due : now, on_refresh);
}

static void on_done(void *context, const char *why)
{
    struct lg_redis_net *net = context;

    forget_asked(net);
    if (why == NULL)
        net->why[0] = '\0';
    else
        (void)snprintf(net->why, sizeof(net->why), "no node tells of the Cluster: %.*s",
                       LG_REDIS_WHY_SIZE - 64, why);
    /* As long as something is amiss, and as soon as it may be told. */
    if (net->again || !lg_redis_net_is_whole(net))
        lg_redis_map_refresh(net);
    if (why == NULL)
        net->events->on_map(net->context);
    else
        net->events->on_down(net->context, net->why);
}

/* --- nodes that went -------------------------------------------------------------------------- */

static bool is_idle(const struct lg_redis_node *node)
{
    for (size_t i = 0; i < LG_REDIS_LANES; i++)
        if (!lg_list_empty(&node->wires[i].waiting) ||
            (node->wires[i].link != NULL && !lg_redis_link_is_idle(node->wires[i].link)))
            return false;
    return true;
}

static void on_sweep(struct lg_timer *timer)
{
    struct lg_redis_net *net = LG_CONTAINER(timer, struct lg_redis_net, sweep);

    for (struct lg_link *at = lg_list_first(&net->nodes), *next; at != NULL; at = next) {
        struct lg_redis_node *node = LG_LIST_OF(at, struct lg_redis_node, link);

        next = lg_list_after(&net->nodes, at);
        if (node->gone && is_idle(node))
            lg_redis_node_free(node);
    }
    lg_timer_set(net->loop, timer, lg_loop_now_ms(net->loop) + SWEEP_MS, on_sweep);
}

/* --- life ------------------------------------------------------------------------------------- */

void lg_redis_map_begin(struct lg_redis_net *net)
{
    const struct lg_config_redis *config = net->options.config;
    const struct lg_redis_ask_options options = {
        .login = &config->login,
        .tls = net->options.tls,
        .connect_ms = config->connect_timeout_ms,
        .command = question,
        .count = LG_COUNT(question),
        .take = take,
        .on_done = on_done,
    };

    net->ask = lg_redis_ask_new(net->loop, net->resolver, &options, net);
    net->asked_ms = lg_loop_now_ms(net->loop) - REFRESH_MS;
    lg_redis_map_refresh(net);
    lg_timer_set(net->loop, &net->sweep, lg_loop_now_ms(net->loop) + SWEEP_MS, on_sweep);
}

void lg_redis_map_end(struct lg_redis_net *net)
{
    lg_timer_clear(net->loop, &net->refresh);
    lg_timer_clear(net->loop, &net->sweep);
    lg_redis_ask_free(net->ask);
    forget_asked(net);
    free(net->map);
    net->map = NULL;
}
