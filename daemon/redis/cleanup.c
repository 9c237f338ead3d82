/*
 * cleanup.c -- what a gateway left that is gone: its requests in our queues, its lists of replies.
 *
 *     who was silent for long? -> take its name -> queue by queue: LRANGE, LREM -> DEL its lists
 *
 * Its name is taken meanwhile, so that it does not come back in the middle, and no other peer does
 * the same. One gateway at a time, one step after the other; what is broken off is done again.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "observe/log.h"
#include "redis/hub.h"

#define LOOK_MS 15000
#define HOLD_MS "60000"
#define PAGE 4 /* requests looked at in one step: each may have megabytes */
#define LOOPS_MAX 64

struct lg_redis_cleanup {
    struct lg_redis_hub *hub;
    struct lg_timer timer;
    char *gone;              /* whose; NULL: none */
    char *lock_key, *prefix; /* of its replies: "lg:r:{NAME}:" */
    size_t queue;            /* of those known, at which we are */
    char *queue_key;
    int64_t at; /* in the queue */
    int64_t removed;
};

static void next_queue(struct lg_redis_cleanup *cleanup);

static void forget(struct lg_redis_cleanup *cleanup)
{
    free(cleanup->gone);
    free(cleanup->lock_key);
    free(cleanup->prefix);
    free(cleanup->queue_key);
    cleanup->gone = cleanup->lock_key = cleanup->prefix = cleanup->queue_key = NULL;
    cleanup->queue = 0;
    cleanup->removed = 0;
}

static void put(struct lg_redis_cleanup *cleanup, const char *key, const struct lg_str *arguments,
                size_t count, lg_redis_reply_fn *fn)
{
    if (lg_redis_hub_reaches(cleanup->hub, key))
        lg_redis_hub_send(cleanup->hub, key, arguments, count, fn, cleanup);
    else
        forget(cleanup);
}

/* False: it was broken off meanwhile, or is now. */
static bool goes_on(struct lg_redis_cleanup *cleanup, enum lg_redis_fate fate)
{
    if (fate != LG_REDIS_ANSWERED)
        forget(cleanup);
    return cleanup->gone != NULL;
}

static void on_nothing(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    (void)context, (void)fate, (void)reply;
}

/* --- the lists of replies, and the name ------------------------------------------------------- */

static void on_lists_gone(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_cleanup *cleanup = context;
    struct lg_redis *redis = cleanup->hub->redis;

    if (!goes_on(cleanup, fate))
        return;
    if (lg_resp_is_error(reply)) {
        forget(cleanup);
        return;
    }
    struct lg_str leave[] = { LG_STR("ZREM"), lg_str_of(redis->gateways_key),
                              lg_str_of(cleanup->gone) };
    struct lg_str release[] = { LG_STR("DEL"), lg_str_of(cleanup->lock_key) };

    lg_log(LG_LOG_INFO, "redis", NULL,
           "cleaned up after gateway \"%s\", which is gone: %lld of its calls still waited",
           cleanup->gone, (long long)cleanup->removed);
    put(cleanup, redis->gateways_key, leave, LG_COUNT(leave), on_nothing);
    put(cleanup, cleanup->lock_key, release, LG_COUNT(release), on_nothing);
    forget(cleanup);
    lg_timer_set(cleanup->hub->loop, &cleanup->timer, lg_loop_now_ms(cleanup->hub->loop),
                 cleanup->timer.fn);
}

static void remove_lists(struct lg_redis_cleanup *cleanup)
{
    struct lg_str arguments[1 + LOOPS_MAX] = { LG_STR("DEL") };
    struct lg_arena arena;

    lg_arena_init(&arena);
    for (int i = 0; i < LOOPS_MAX; i++)
        arguments[1 + i] = lg_str_of(lg_arena_printf(&arena, "%s%d", cleanup->prefix, i));
    put(cleanup, cleanup->prefix, arguments, LG_COUNT(arguments), on_lists_gone);
    lg_arena_done(&arena);
}

/* --- its requests in a queue ------------------------------------------------------------------ */

static void on_removed(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_cleanup *cleanup = context;

    if (fate == LG_REDIS_ANSWERED)
        cleanup->removed += lg_resp_integer(reply, 0);
}

static bool is_of_the_gone(const struct lg_redis_cleanup *cleanup, struct lg_str message)
{
    struct lg_redis_request request;
    struct lg_arena arena;
    bool its;

    lg_arena_init(&arena);
    its = lg_redis_request_read(&arena, message, &request) == LG_OK &&
          lg_str_starts(request.reply, lg_str_of(cleanup->prefix));
    lg_arena_done(&arena);
    return its;
}

static void look_at_page(struct lg_redis_cleanup *cleanup);

static void on_page(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_cleanup *cleanup = context;

    if (!goes_on(cleanup, fate))
        return;
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0) {
        next_queue(cleanup);
        return;
    }
    for (size_t i = 0; i < reply->elements && cleanup->gone != NULL; i++) {
        struct lg_str message = lg_resp_text(reply->element[i]);
        struct lg_str arguments[] = { LG_STR("LREM"), lg_str_of(cleanup->queue_key), LG_STR("1"),
                                      message };

        if (is_of_the_gone(cleanup, message))
            put(cleanup, cleanup->queue_key, arguments, LG_COUNT(arguments), on_removed);
        else
            cleanup->at++;
    }
    if (cleanup->gone != NULL)
        look_at_page(cleanup);
}

static void look_at_page(struct lg_redis_cleanup *cleanup)
{
    char from[LG_I64_SIZE], to[LG_I64_SIZE];
    size_t from_digits = lg_i64_text(cleanup->at, from);
    size_t to_digits = lg_i64_text(cleanup->at + PAGE - 1, to);
    struct lg_str arguments[] = { LG_STR("LRANGE"), lg_str_of(cleanup->queue_key),
                                  lg_str_make(from, from_digits), lg_str_make(to, to_digits) };

    put(cleanup, cleanup->queue_key, arguments, LG_COUNT(arguments), on_page);
}

static void next_queue(struct lg_redis_cleanup *cleanup)
{
    free(cleanup->queue_key);
    cleanup->at = 0;
    cleanup->queue_key = lg_redis_known_at(cleanup->hub->redis, cleanup->queue++);
    if (cleanup->queue_key != NULL)
        look_at_page(cleanup);
    else
        remove_lists(cleanup);
}

/* --- who is gone ------------------------------------------------------------------------------ */

static void on_taken(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_cleanup *cleanup = context;

    if (!goes_on(cleanup, fate))
        return;
    if (reply->type == REDIS_REPLY_STATUS)
        next_queue(cleanup);
    else
        forget(cleanup); /* it lives, or another cleans up */
}

static void begin(struct lg_redis_cleanup *cleanup, struct lg_str name)
{
    struct lg_redis *redis = cleanup->hub->redis;
    struct lg_arena arena;

    lg_arena_init(&arena);
    cleanup->gone = lg_strndup(name.data, name.size);
    cleanup->lock_key = lg_strdup(lg_redis_key(&arena, redis, "gw", cleanup->gone, ""));
    cleanup->prefix = lg_strdup(lg_redis_key(&arena, redis, "r", cleanup->gone, ":"));
    lg_arena_done(&arena);
    struct lg_str arguments[] = { LG_STR("SET"),
                                  lg_str_of(cleanup->lock_key),
                                  lg_str_of(redis->token),
                                  LG_STR("NX"),
                                  LG_STR("PX"),
                                  LG_STR(HOLD_MS) };
    put(cleanup, cleanup->lock_key, arguments, LG_COUNT(arguments), on_taken);
}

static void on_silent(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_cleanup *cleanup = context;
    const char *own = cleanup->hub->redis->gateway;

    if (fate != LG_REDIS_ANSWERED || reply->type != REDIS_REPLY_ARRAY)
        return;
    for (size_t i = 0; i < reply->elements && cleanup->gone == NULL; i++) {
        struct lg_str name = lg_resp_text(reply->element[i]);

        if (name.size > 0 && !lg_str_is(name, own))
            begin(cleanup, name);
    }
}

static void look(struct lg_timer *timer)
{
    struct lg_redis_cleanup *cleanup = LG_CONTAINER(timer, struct lg_redis_cleanup, timer);
    struct lg_redis_hub *hub = cleanup->hub;
    char why[LG_REDIS_REASON_SIZE], since[LG_I64_SIZE];
    size_t digits = lg_i64_text(
        lg_redis_hub_now_ms(hub, hub->redis->gateways_key) / 1000 - LG_REDIS_GONE_S, since);
    struct lg_str arguments[] = { LG_STR("ZRANGEBYSCORE"),
                                  lg_str_of(hub->redis->gateways_key),
                                  LG_STR("-inf"),
                                  lg_str_make(since, digits),
                                  LG_STR("LIMIT"),
                                  LG_STR("0"),
                                  LG_STR("16") };

    lg_timer_set(hub->loop, timer, lg_loop_now_ms(hub->loop) + LOOK_MS, look);
    if (!lg_redis_hub_is_ready(hub, hub->redis->gateways_key, why)) {
        forget(cleanup);
        return;
    }
    if (cleanup->gone == NULL)
        put(cleanup, hub->redis->gateways_key, arguments, LG_COUNT(arguments), on_silent);
}

struct lg_redis_cleanup *lg_redis_cleanup_new(struct lg_redis_hub *hub)
{
    struct lg_redis_cleanup *cleanup = LG_NEW(struct lg_redis_cleanup);

    cleanup->hub = hub;
    lg_timer_set(hub->loop, &cleanup->timer, lg_loop_now_ms(hub->loop) + 1000, look);
    return cleanup;
}

void lg_redis_cleanup_free(struct lg_redis_cleanup *cleanup)
{
    if (cleanup == NULL)
        return;
    lg_timer_clear(cleanup->hub->loop, &cleanup->timer);
    forget(cleanup);
    free(cleanup);
}
