/*
 * pull.c -- BLPOP on a connection of its own, and only while there is room for one more call.
 *
 * What a broken connection had popped already is lost, as with every worker: its caller learns that
 * the outcome is unknown.
 */
#include <stdio.h>

#include "base/mem.h"
#include "bridge/parts.h"

#define POP_WAIT_MS 2000
#define POP_WAIT "2" /* seconds; so long does an idle bridge take to stop */
#define WHY_SIZE 256

static void on_popped(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_bridge *bridge = context;

    bridge->popping = false;
    if (fate == LG_REDIS_ANSWERED && lg_resp_is_error(reply)) {
        char why[WHY_SIZE];

        (void)snprintf(why, sizeof(why), "BLPOP: %.*s", LG_STR_ARG(lg_resp_text(reply)));
        lg_redis_link_drop(bridge->pops, why);
    } else if (fate == LG_REDIS_ANSWERED) {
        bridge->complained = false; /* whatever it was, it is over */
    }
    lg_bridge_go_on(bridge);
}

void lg_bridge_on_element(void *bridge, struct lg_str element)
{
    lg_bridge_take(bridge, element);
}

void lg_bridge_pull(struct lg_bridge *bridge)
{
    struct lg_str arguments[] = { LG_STR("BLPOP"), lg_str_of(bridge->keys[0]),
                                  lg_str_of(bridge->keys[1]), lg_str_of(bridge->keys[2]),
                                  LG_STR(POP_WAIT) };

    if (bridge->draining || bridge->popping || bridge->running >= bridge->env.concurrency)
        return;
    /* Without the other connection there is no way to answer, and without the time no deadline. */
    if (!lg_redis_link_is_up(bridge->pops) || !lg_redis_link_is_up(bridge->commands) ||
        !bridge->clock.known)
        return;
    bridge->popping = true;
    lg_redis_link_send(bridge->pops, arguments, LG_COUNT(arguments), POP_WAIT_MS, on_popped,
                       bridge);
}
