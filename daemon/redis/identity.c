/*
 * identity.c -- our name: PREFIX:gw:NAME holds our token and expires unless we renew it.
 *
 * Who holds the name reads its lists of replies, so two must never have it. It is ours until a
 * while before the key can expire, counted from when we asked.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "observe/log.h"
#include "redis/hub.h"

#define EXPIRY_MS 15000
#define EXPIRY "15000"
#define MARGIN_MS 7000 /* longer than a read of replies that began while it was ours */
#define RENEW_MS 4000
#define TAKEN_LOOK_MS 250 /* while another has it */

struct lg_redis_identity {
    struct lg_redis_hub *hub;
    struct lg_timer timer;
    int64_t asked_ms;
    bool extended; /* by the last PEXPIRE */
    bool told;     /* that another has it */
};

static void ask(struct lg_redis_identity *identity);

static void on_timer(struct lg_timer *timer)
{
    ask(LG_CONTAINER(timer, struct lg_redis_identity, timer));
}

static void ask_in(struct lg_redis_identity *identity, int64_t ms)
{
    struct lg_loop *loop = identity->hub->loop;

    lg_timer_set(loop, &identity->timer, lg_loop_now_ms(loop) + ms, on_timer);
}

static void hold(struct lg_redis_identity *identity)
{
    struct lg_redis *redis = identity->hub->redis;

    atomic_store(&redis->held_until_ms, identity->asked_ms + EXPIRY_MS - MARGIN_MS);
    atomic_store(&redis->name_taken, false);
    if (identity->told)
        lg_log(LG_LOG_INFO, "redis", NULL, "the name \"%s\" is ours now", redis->gateway);
    identity->told = false;
    ask_in(identity, RENEW_MS);
}

static void lose(struct lg_redis_identity *identity)
{
    struct lg_redis *redis = identity->hub->redis;

    atomic_store(&redis->held_until_ms, INT64_MIN);
    atomic_store(&redis->name_taken, true);
    if (!identity->told)
        lg_log(LG_LOG_ERROR, "redis", NULL,
               "another gateway has the name \"%s\": calls are refused until it lets go of it "
               "(each gateway needs a redis.gateway of its own)",
               redis->gateway);
    identity->told = true;
    ask_in(identity, TAKEN_LOOK_MS);
}

static void on_extended(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_identity *identity = context;

    identity->extended = fate == LG_REDIS_ANSWERED && lg_resp_integer(reply, 0) == 1;
}

static void on_owner(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_identity *identity = context;

    if (fate != LG_REDIS_ANSWERED)
        return;
    if (identity->extended && lg_str_is(lg_resp_text(reply), identity->hub->redis->token))
        hold(identity);
    else
        ask_in(identity, TAKEN_LOOK_MS); /* it went in between */
}

/* Whose it was when it was extended is asked after that: it may have gone to another on the way. */
static void renew(struct lg_redis_identity *identity)
{
    struct lg_redis *redis = identity->hub->redis;
    struct lg_str key = lg_str_of(redis->lock_key);
    struct lg_str extend[] = { LG_STR("PEXPIRE"), key, LG_STR(EXPIRY) };
    struct lg_str owner[] = { LG_STR("GET"), key };

    identity->extended = false; /* in a Cluster the answers may come the other way round */
    if (!lg_redis_hub_reaches(identity->hub, redis->lock_key))
        return; /* on_up asks again */
    lg_redis_hub_send(identity->hub, redis->lock_key, extend, LG_COUNT(extend), on_extended,
                      identity);
    lg_redis_hub_send(identity->hub, redis->lock_key, owner, LG_COUNT(owner), on_owner, identity);
}

static bool is_held(const struct lg_redis_identity *identity)
{
    const struct lg_redis_hub *hub = identity->hub;

    return atomic_load(&hub->redis->held_until_ms) > lg_loop_now_ms(hub->loop);
}

/* SET ... NX GET gives what was there before: nothing, our token, or that of another. */
static void on_set(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_identity *identity = context;

    if (fate != LG_REDIS_ANSWERED)
        return;
    /* A Redis that is full sets nothing, but lets us keep what we have. */
    if ((lg_resp_is_error(reply) && is_held(identity)) ||
        lg_str_is(lg_resp_text(reply), identity->hub->redis->token)) {
        renew(identity);
    } else if (lg_resp_is_error(reply)) {
        lg_log(LG_LOG_ERROR, "redis", NULL, "cannot take the name \"%s\": %.*s",
               identity->hub->redis->gateway, LG_STR_ARG(lg_resp_text(reply)));
        ask_in(identity, RENEW_MS);
    } else if (reply->type == REDIS_REPLY_NIL) {
        hold(identity);
    } else {
        lose(identity);
    }
}

/* The place in which peers look for those that are gone. */
static void register_name(struct lg_redis_identity *identity);

static void ask(struct lg_redis_identity *identity)
{
    struct lg_redis_hub *hub = identity->hub;
    struct lg_str arguments[] = { LG_STR("SET"),
                                  lg_str_of(hub->redis->lock_key),
                                  lg_str_of(hub->redis->token),
                                  LG_STR("NX"),
                                  LG_STR("GET"),
                                  LG_STR("PX"),
                                  LG_STR(EXPIRY) };

    if (!lg_redis_hub_reaches(hub, hub->redis->lock_key))
        return; /* on_up asks again */
    identity->asked_ms = lg_loop_now_ms(hub->loop);
    lg_redis_hub_send(hub, hub->redis->lock_key, arguments, LG_COUNT(arguments), on_set, identity);
    if (!identity->told)
        register_name(identity);
}

static void on_nothing(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    (void)context, (void)fate, (void)reply;
}

static void register_name(struct lg_redis_identity *identity)
{
    struct lg_redis_hub *hub = identity->hub;
    char seconds[LG_I64_SIZE];
    const char *key = hub->redis->gateways_key;
    size_t digits = lg_i64_text(lg_redis_hub_now_ms(hub, key) / 1000, seconds);
    struct lg_str arguments[] = { LG_STR("ZADD"), lg_str_of(key), lg_str_make(seconds, digits),
                                  lg_str_of(hub->redis->gateway) };

    if (lg_redis_hub_reaches(hub, key))
        lg_redis_hub_send(hub, key, arguments, LG_COUNT(arguments), on_nothing, identity);
}

struct lg_redis_identity *lg_redis_identity_new(struct lg_redis_hub *hub)
{
    struct lg_redis_identity *identity = LG_NEW(struct lg_redis_identity);

    identity->hub = hub;
    return identity;
}

void lg_redis_identity_on_up(struct lg_redis_identity *identity)
{
    ask(identity);
}

void lg_redis_identity_let_go(struct lg_redis_identity *identity)
{
    struct lg_redis_hub *hub = identity->hub;
    struct lg_redis *redis = hub->redis;
    struct lg_str forget[] = { LG_STR("ZREM"), lg_str_of(redis->gateways_key),
                               lg_str_of(redis->gateway) };
    struct lg_str release[] = { LG_STR("DEL"), lg_str_of(redis->lock_key) };

    if (!is_held(identity))
        return;
    if (lg_redis_hub_reaches(hub, redis->gateways_key))
        lg_redis_hub_send(hub, redis->gateways_key, forget, LG_COUNT(forget), on_nothing, identity);
    if (lg_redis_hub_reaches(hub, redis->lock_key))
        lg_redis_hub_send(hub, redis->lock_key, release, LG_COUNT(release), on_nothing, identity);
    lg_redis_net_flush(hub->net);
}

void lg_redis_identity_free(struct lg_redis_identity *identity)
{
    if (identity == NULL)
        return;
    lg_timer_clear(identity->hub->loop, &identity->timer);
    free(identity);
}
