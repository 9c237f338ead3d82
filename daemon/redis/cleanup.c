/*
 * cleanup.c -- what a gateway left that is gone: its requests in our queues, its lists of replies.
 *
 *     whom does silent.c give? -> take its name -> queue by queue: LRANGE, LREM -> DEL its lists
 *
 * Its name is taken meanwhile, so that it does not come back in the middle, and no other peer does
 * the same. One gateway at a time, one step after the other; what is broken off is done again.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "observe/log.h"
#include "redis/hub.h"

#define HOLD_MS "60000"
#define SURE_MS 20000 /* then it is asked whether its name is still held */
#define PAGE 4        /* requests looked at in one step: each may have megabytes */
#define LOOPS_MAX 64

struct lg_redis_cleanup {
    struct lg_redis_hub *hub;
    struct lg_redis_silent *silent;
    char *gone;              /* whose; NULL: none */
    char *lock_key, *prefix; /* of its replies: "lg:r:{NAME}:" */
    size_t queue;            /* of those known, at which we are */
    char *queue_key;
    int64_t at; /* in the queue */
    int64_t removed;
    int64_t asked_ms, held_ms; /* when its name was asked for last, and found to be held */
    void (*then)(struct lg_redis_cleanup *cleanup); /* when that is sure again */
};

static void next_queue(struct lg_redis_cleanup *cleanup);
static void begin_next(struct lg_redis_cleanup *cleanup);

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

/* --- its name is held ------------------------------------------------------------------------- */

static int64_t now_ms(const struct lg_redis_cleanup *cleanup)
{
    return lg_loop_now_ms(cleanup->hub->loop);
}

static void on_owner(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_cleanup *cleanup = context;

    if (!goes_on(cleanup, fate))
        return;
    if (!lg_str_is(lg_resp_text(reply), cleanup->hub->redis->token)) {
        lg_log(LG_LOG_INFO, "redis", NULL, "gateway \"%s\" is back, and keeps what is its own",
               cleanup->gone);
        forget(cleanup);
        return;
    }
    cleanup->held_ms = cleanup->asked_ms;
    cleanup->then(cleanup);
}

/* Goes on once it is sure that its name is ours for a while. */
static void make_sure(struct lg_redis_cleanup *cleanup,
                      void (*then)(struct lg_redis_cleanup *cleanup))
{
    const char *key = cleanup->lock_key;
    struct lg_str extend[] = { LG_STR("PEXPIRE"), lg_str_of(key), LG_STR(HOLD_MS) };
    struct lg_str owner[] = { LG_STR("GET"), lg_str_of(key) };

    cleanup->asked_ms = now_ms(cleanup);
    cleanup->then = then;
    put(cleanup, key, extend, LG_COUNT(extend), on_nothing);
    if (cleanup->gone != NULL)
        put(cleanup, key, owner, LG_COUNT(owner), on_owner);
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
    lg_redis_silent_forget(cleanup->silent, cleanup->gone);
    put(cleanup, redis->gateways_key, leave, LG_COUNT(leave), on_nothing);
    if (cleanup->gone != NULL)
        put(cleanup, cleanup->lock_key, release, LG_COUNT(release), on_nothing);
    forget(cleanup);
    begin_next(cleanup);
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

    if (!goes_on(cleanup, fate))
        return;
    if (lg_resp_is_error(reply))
        forget(cleanup); /* it would be found at the same place for ever */
    else
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

/* A queue that cannot be looked at, however often. */
static bool is_for_good(struct lg_str error)
{
    return lg_str_starts(error, LG_STR("WRONGTYPE")) || lg_str_starts(error, LG_STR("NOPERM"));
}

static void on_page(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_cleanup *cleanup = context;

    if (!goes_on(cleanup, fate))
        return;
    if (lg_resp_is_error(reply) && !is_for_good(lg_resp_text(reply))) {
        forget(cleanup);
        return;
    }
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

    if (now_ms(cleanup) - cleanup->held_ms < SURE_MS)
        put(cleanup, cleanup->queue_key, arguments, LG_COUNT(arguments), on_page);
    else
        make_sure(cleanup, look_at_page);
}

static void next_queue(struct lg_redis_cleanup *cleanup)
{
    free(cleanup->queue_key);
    cleanup->at = 0;
    cleanup->queue_key = lg_redis_known_at(cleanup->hub->redis, cleanup->queue++);
    if (cleanup->queue_key != NULL)
        look_at_page(cleanup);
    else
        make_sure(cleanup, remove_lists);
}

/* --- who is gone ------------------------------------------------------------------------------ */

static void on_taken(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_cleanup *cleanup = context;

    if (!goes_on(cleanup, fate))
        return;
    if (reply->type == REDIS_REPLY_STATUS) {
        cleanup->held_ms = cleanup->asked_ms;
        next_queue(cleanup);
        return;
    }
    forget(cleanup); /* it lives, or another cleans up */
    begin_next(cleanup);
}

static void begin(struct lg_redis_cleanup *cleanup, char *name)
{
    struct lg_redis *redis = cleanup->hub->redis;
    struct lg_arena arena;

    lg_arena_init(&arena);
    cleanup->gone = name;
    cleanup->asked_ms = now_ms(cleanup);
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

static void begin_next(struct lg_redis_cleanup *cleanup)
{
    char *name = cleanup->gone != NULL ? NULL : lg_redis_silent_next(cleanup->silent);

    if (name != NULL)
        begin(cleanup, name);
}

/* silent.c: whoever is known to be gone can be asked for. */
static void on_known(void *context)
{
    begin_next(context);
}

struct lg_redis_cleanup *lg_redis_cleanup_new(struct lg_redis_hub *hub)
{
    struct lg_redis_cleanup *cleanup = LG_NEW(struct lg_redis_cleanup);

    cleanup->hub = hub;
    cleanup->silent = lg_redis_silent_new(hub, on_known, cleanup);
    return cleanup;
}

void lg_redis_cleanup_free(struct lg_redis_cleanup *cleanup)
{
    if (cleanup == NULL)
        return;
    lg_redis_silent_free(cleanup->silent);
    forget(cleanup);
    free(cleanup);
}
