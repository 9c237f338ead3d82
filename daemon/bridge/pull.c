/*
 * pull.c -- BLPOP on a connection of its own, and only while there is room for one more call.
 *
 * What a broken connection had popped already is lost, as with every worker: its caller learns that
 * the outcome is unknown.
 */
#include <stdio.h>

#include "base/mem.h"
#include "bridge/parts.h"
#include "redis/slots.h"

#define POP_WAIT_MS 2000
#define POP_WAIT "2" /* seconds; so long does an idle bridge take to stop */
#define SINGLES 9    /* pops of one list, before three are tried at once again */
#define SINGLE_WAIT "0.1"
#define REST_MS 50
#define WHY_SIZE 256

/*
 * A Cluster that is busy with itself is asked again soon; any other fault needs a new connection.
 * While a slot moves, three lists at once may be refused for as long as that takes (TRYAGAIN): then
 * they are asked one by one.
 */
static void refused(struct lg_bridge *bridge, struct lg_str error)
{
    char why[WHY_SIZE];

    if (bridge->env.redis->cluster && lg_redis_is_passing(error)) {
        if (lg_str_starts(error, LG_STR("TRYAGAIN")))
            bridge->singles = SINGLES;
        lg_bridge_rest(bridge, REST_MS);
        return;
    }
    (void)snprintf(why, sizeof(why), "BLPOP: %.*s", LG_STR_ARG(error));
    lg_redis_net_drop(bridge->net, LG_REDIS_POPS, bridge->keys[1], why);
}

static void on_popped(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_bridge *bridge = context;

    bridge->popping = false;
    if (fate == LG_REDIS_ANSWERED && lg_resp_is_error(reply))
        refused(bridge, lg_resp_text(reply));
    else if (fate == LG_REDIS_ANSWERED)
        bridge->complained = false; /* whatever it was, it is over */
    lg_bridge_go_on(bridge);
}

void lg_bridge_on_element(void *bridge, struct lg_str element)
{
    lg_bridge_take(bridge, element);
}

static void pop(struct lg_bridge *bridge)
{
    struct lg_str arguments[] = { LG_STR("BLPOP"), lg_str_of(bridge->keys[0]),
                                  lg_str_of(bridge->keys[1]), lg_str_of(bridge->keys[2]),
                                  LG_STR(POP_WAIT) };
    size_t count = LG_COUNT(arguments);

    if (bridge->singles > 0) {
        arguments[1] = lg_str_of(bridge->keys[--bridge->singles % LG_COUNT(bridge->keys)]);
        arguments[2] = LG_STR(SINGLE_WAIT);
        count = 3;
    }
    bridge->popping = true;
    lg_redis_net_send(bridge->net, LG_REDIS_POPS, bridge->keys[1], arguments, count, POP_WAIT_MS,
                      on_popped, bridge);
}

void lg_bridge_pull(struct lg_bridge *bridge)
{
    const char *queue = bridge->keys[1];

    if (bridge->draining || bridge->popping || bridge->resting ||
        bridge->running >= bridge->env.concurrency)
        return;
    lg_redis_net_open(bridge->net, LG_REDIS_POPS, queue);
    /* Without the other connection there is no way to answer, and without the time no deadline. */
    if (lg_redis_net_is_up(bridge->net, LG_REDIS_POPS, queue) && lg_bridge_reaches(bridge, queue) &&
        lg_redis_net_knows_time(bridge->net, queue))
        pop(bridge);
}
