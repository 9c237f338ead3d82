/* presence.c -- says now and then that a worker is there, and that it goes. */
#include "base/mem.h"
#include "bridge/parts.h"

#define ANNOUNCE_MS 20000 /* a word counts for 60 seconds */

/* Whoever may not say it is only not seen. */
static void on_nothing(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    (void)context, (void)fate, (void)reply;
}

static void say(struct lg_bridge *bridge, const struct lg_str *arguments, size_t count)
{
    lg_redis_net_send(bridge->net, LG_REDIS_COMMANDS, bridge->presence_key, arguments, count, 0,
                      on_nothing, bridge);
}

static void on_timer(struct lg_timer *timer)
{
    lg_bridge_announce(LG_CONTAINER(timer, struct lg_bridge, presence_timer));
}

void lg_bridge_announce(struct lg_bridge *bridge)
{
    struct lg_loop *loop = bridge->env.loop;
    char seconds[LG_I64_SIZE];
    size_t digits = lg_i64_text(lg_bridge_now_ms(bridge) / 1000, seconds);
    struct lg_str arguments[] = { LG_STR("ZADD"), lg_str_of(bridge->presence_key),
                                  lg_str_make(seconds, digits), lg_str_of(bridge->member) };

    if (bridge->draining || !lg_bridge_reaches(bridge, bridge->presence_key))
        return;
    say(bridge, arguments, LG_COUNT(arguments));
    lg_timer_set(loop, &bridge->presence_timer, lg_loop_now_ms(loop) + ANNOUNCE_MS, on_timer);
}

void lg_bridge_retract(struct lg_bridge *bridge)
{
    struct lg_str arguments[] = { LG_STR("ZREM"), lg_str_of(bridge->presence_key),
                                  lg_str_of(bridge->member) };

    lg_timer_clear(bridge->env.loop, &bridge->presence_timer);
    if (lg_bridge_reaches(bridge, bridge->presence_key))
        say(bridge, arguments, LG_COUNT(arguments));
}
