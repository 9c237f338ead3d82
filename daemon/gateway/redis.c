/*
 * redis.c -- the Redis of functions behind queues: every loop enters it when the first
 * configuration names one, and leaves it at the end. Later ones must name the same.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "gateway/private.h"
#include "observe/log.h"
#include "redis/redis.h"

/* What a lane is asked while its loop runs. */
struct entrance {
    struct lg_letter letter;
    struct lg_lane *lane;
};

static bool enter(struct lg_lane *lane)
{
    struct lg_gateway *gateway = lane->gateway;

    if (lg_lane_resolver(lane) == NULL)
        return false;
    lg_redis_enter(gateway->redis, lane->loop, lane->resolver, &lane->redis_limits);
    return true;
}

static void enter_later(struct lg_letter *letter)
{
    struct entrance *entrance = LG_CONTAINER(letter, struct entrance, letter);

    if (!enter(entrance->lane))
        lg_gateway_cut(entrance->lane->gateway, "a loop cannot watch for names of hosts");
    free(entrance);
}

/* Makes what the loops share. False after the fault was added. */
static bool prepare(struct lg_gateway *gateway, const struct lg_config *config,
                    struct lg_faults *faults)
{
    const struct lg_redis_env env = {
        .mailboxes = gateway->mailboxes,
        .loops = gateway->lane_count,
    };
    char error[LG_TLS_ERROR_SIZE] = LG_NO_NAMES;

    if (lg_gateway_need_names(gateway))
        gateway->redis = lg_redis_new(&env, config->redis, error);
    if (gateway->redis == NULL)
        lg_faults_add(faults, &config->redis->where, "%s", error);
    return gateway->redis != NULL;
}

bool lg_gateway_prepare_redis(struct lg_gateway *gateway, const struct lg_config *config,
                              struct lg_faults *faults)
{
    if (config->redis == NULL)
        return true;
    if (gateway->redis == NULL)
        return prepare(gateway, config, faults);
    if (lg_redis_is(gateway->redis, config->redis))
        return true;
    lg_faults_add(faults, &config->redis->where,
                  "changed, but what was there once is read at start only");
    return false;
}

bool lg_gateway_enter_redis(struct lg_gateway *gateway, bool running)
{
    bool good = true;

    if (gateway->redis == NULL || gateway->redis_entered)
        return true;
    gateway->redis_entered = true;
    for (unsigned i = 0; i < gateway->lane_count && good; i++) {
        struct lg_lane *lane = &gateway->lanes[i];

        if (running) {
            struct entrance *entrance = LG_NEW(struct entrance);

            entrance->lane = lane;
            lg_mailbox_post_always(lane->mailbox, &entrance->letter, enter_later);
        } else {
            good = enter(lane);
        }
    }
    return good;
}

/* --- the end ---------------------------------------------------------------------------------- */

static void on_left(struct lg_letter *letter)
{
    struct entrance *entrance = LG_CONTAINER(letter, struct entrance, letter);
    struct lg_gateway *gateway = entrance->lane->gateway;

    free(entrance);
    if (--gateway->redis_to_leave == 0)
        gateway->redis_left(gateway);
}

static void leave(struct lg_letter *letter)
{
    struct entrance *entrance = LG_CONTAINER(letter, struct entrance, letter);
    struct lg_gateway *gateway = entrance->lane->gateway;

    lg_redis_leave(gateway->redis, entrance->lane->index);
    lg_mailbox_post_always(gateway->lanes[0].mailbox, letter, on_left);
}

bool lg_gateway_leave_redis(struct lg_gateway *gateway, void (*then)(struct lg_gateway *gateway))
{
    if (!gateway->redis_entered)
        return false;
    gateway->redis_entered = false;
    gateway->redis_left = then;
    gateway->redis_to_leave = gateway->lane_count;
    for (unsigned i = 0; i < gateway->lane_count; i++) {
        struct entrance *entrance = LG_NEW(struct entrance);

        entrance->lane = &gateway->lanes[i];
        lg_mailbox_post_always(entrance->lane->mailbox, &entrance->letter, leave);
    }
    return true;
}

bool lg_gateway_awaits_redis(const struct lg_gateway *gateway)
{
    return gateway->redis != NULL && !lg_redis_is_settled(gateway->redis);
}
