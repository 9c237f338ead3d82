/* bridge.c -- a bridge and its Redis, its beginning and its end. */
#include "bridge/bridge.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"
#include "bridge/parts.h"
#include "observe/log.h"

#define LINE_ROOM ((size_t)1 << 20) /* of a request beside its event */
#define LOOK_MS 20
#define HOST_SIZE 256

/* --- its Redis ----------------------------------------------------------------------------------
 */

bool lg_bridge_reaches(const struct lg_bridge *bridge, const char *key)
{
    return lg_redis_net_is_ready(bridge->net, LG_REDIS_COMMANDS, key);
}

int64_t lg_bridge_now_ms(const struct lg_bridge *bridge)
{
    return lg_redis_net_now_ms(bridge->net, bridge->keys[1]);
}

bool lg_bridge_is_ready(const struct lg_bridge *bridge)
{
    const char *queue = bridge->keys[1];

    return !bridge->draining && lg_bridge_reaches(bridge, queue) &&
           lg_redis_net_is_ready(bridge->net, LG_REDIS_POPS, queue) &&
           lg_redis_net_knows_time(bridge->net, queue);
}

static void tell_state(struct lg_bridge *bridge)
{
    lg_metric_set(bridge->metrics.up, lg_bridge_is_ready(bridge));
}

/* --- going on --------------------------------------------------------------------------------- */

static void on_drained(struct lg_task *task)
{
    struct lg_bridge *bridge = LG_CONTAINER(task, struct lg_bridge, drained);

    bridge->on_drained(bridge->drained_context);
}

void lg_bridge_go_on(struct lg_bridge *bridge)
{
    if (!bridge->draining) {
        lg_bridge_pull(bridge);
    } else if (!bridge->popping && bridge->running == 0 && !bridge->told) {
        bridge->told = true;
        lg_task_queue(bridge->env.loop, &bridge->drained, on_drained);
    }
}

/* --- up and down ------------------------------------------------------------------------------ */

/* Until it has told the time, which deadlines and presence follow. */
static void look(struct lg_timer *timer)
{
    struct lg_bridge *bridge = LG_CONTAINER(timer, struct lg_bridge, pull_timer);
    bool rested = bridge->resting;

    bridge->resting = false;
    tell_state(bridge);
    if (lg_redis_net_knows_time(bridge->net, bridge->keys[1])) {
        if (!rested)
            lg_bridge_announce(bridge);
        lg_bridge_go_on(bridge);
    } else if (lg_bridge_reaches(bridge, bridge->keys[1])) {
        lg_timer_set(bridge->env.loop, timer, lg_loop_now_ms(bridge->env.loop) + LOOK_MS, look);
    }
}

void lg_bridge_rest(struct lg_bridge *bridge, int64_t ms)
{
    bridge->resting = true;
    lg_timer_set(bridge->env.loop, &bridge->pull_timer, lg_loop_now_ms(bridge->env.loop) + ms,
                 look);
}

static void on_up(void *context, enum lg_redis_lane lane, struct lg_redis_link *link)
{
    struct lg_bridge *bridge = context;
    const char *queue = bridge->keys[1];

    tell_state(bridge);
    if (lane == LG_REDIS_POPS) {
        lg_bridge_go_on(bridge);
        return;
    }
    if (lg_redis_net_uses(bridge->net, link, queue))
        lg_log(LG_LOG_INFO, "worker", NULL, "connected to %s: takes calls of %s, %u at once",
               lg_redis_link_place(link), queue, bridge->env.concurrency);
    lg_bridge_push_all(bridge);
    look(&bridge->pull_timer);
}

/* The queue, and lists of replies, may be elsewhere now. */
static void on_map(void *context)
{
    struct lg_bridge *bridge = context;

    lg_redis_net_open(bridge->net, LG_REDIS_COMMANDS, bridge->keys[1]);
    lg_bridge_push_all(bridge);
    look(&bridge->pull_timer);
}

/* Said once an outage. */
static void on_down(void *context, const char *why)
{
    struct lg_bridge *bridge = context;

    if (!bridge->complained)
        lg_log(LG_LOG_ERROR, "worker", NULL, "%s: %s; trying again", bridge->env.redis->url, why);
    bridge->complained = true;
    tell_state(bridge);
}

static size_t ceiling_of(void *context, enum lg_redis_lane lane)
{
    const struct lg_bridge *bridge = context;
    size_t payload = (size_t)bridge->env.payload_bytes;

    if (lane == LG_REDIS_COMMANDS)
        return LINE_ROOM;
    return (payload > LG_BRIDGE_EVENT_MAX ? payload : LG_BRIDGE_EVENT_MAX) + LINE_ROOM;
}

static const struct lg_redis_net_events events = { on_up, on_down, on_map, lg_bridge_on_element,
                                                   ceiling_of };

/* --- life ------------------------------------------------------------------------------------- */

static void name_all(struct lg_bridge *bridge)
{
    static const char *const suffixes[] = { ":hi", "", ":lo" };
    const char *prefix = bridge->env.redis->prefix, *queue = bridge->env.queue;
    char host[HOST_SIZE] = "";

    (void)gethostname(host, sizeof(host) - 1);
    for (size_t i = 0; i < LG_COUNT(suffixes); i++)
        bridge->keys[i] =
            lg_arena_printf(&bridge->arena, "%s:q:{%s}%s", prefix, queue, suffixes[i]);
    bridge->presence_key = lg_arena_printf(&bridge->arena, "%s:w:{%s}", prefix, queue);
    bridge->reply_prefix = lg_arena_printf(&bridge->arena, "%s:r:", prefix);
    bridge->member = lg_arena_printf(&bridge->arena, "%s:%d", host, (int)getpid());
    bridge->client_name = lg_arena_printf(&bridge->arena, "lambdagate-worker:%d", (int)getpid());
}

struct lg_bridge *lg_bridge_new(const struct lg_bridge_env *env)
{
    struct lg_bridge *bridge = LG_NEW(struct lg_bridge);
    struct lg_redis_net_options options = { .config = env->redis, .tls = env->tls, .speaks = true };

    assert(env->concurrency > 0);
    bridge->env = *env;
    lg_arena_init(&bridge->arena);
    lg_list_init(&bridge->jobs);
    name_all(bridge);
    lg_bridge_get_metrics(bridge);
    options.name = bridge->client_name;
    bridge->net = lg_redis_net_new(env->loop, env->resolver, &options, &events, bridge);
    return bridge;
}

void lg_bridge_drain(struct lg_bridge *bridge, void (*drained)(void *context), void *context)
{
    assert(!bridge->draining);
    lg_bridge_retract(bridge);
    bridge->draining = true;
    tell_state(bridge);
    bridge->on_drained = drained;
    bridge->drained_context = context;
    lg_bridge_go_on(bridge);
}

void lg_bridge_free(struct lg_bridge *bridge)
{
    assert(lg_list_empty(&bridge->jobs));
    lg_timer_clear(bridge->env.loop, &bridge->presence_timer);
    lg_timer_clear(bridge->env.loop, &bridge->retry_timer);
    lg_timer_clear(bridge->env.loop, &bridge->pull_timer);
    lg_task_cancel(&bridge->drained);
    lg_redis_net_flush(bridge->net);
    lg_redis_net_free(bridge->net);
    lg_arena_done(&bridge->arena);
    free(bridge);
}
