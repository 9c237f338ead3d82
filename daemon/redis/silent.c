/*
 * silent.c -- which gateways are gone: those that said nothing for long, and nothing between two
 * looks.
 *
 * One look is not enough. When the clock of Redis steps, or Redis was away for longer than names
 * last, all seem to be gone for a moment, until each has said again that it is there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "redis/hub.h"

#define FIRST_LOOK_MS 1000
#define LOOK_MS 15000
#define AGAIN_MS 6000 /* a gateway speaks every 4 seconds */
#define SUSPECTS_MAX 16
#define SUSPECTS "16"

struct suspect {
    char *name;  /* NULL: none */
    char *score; /* when it spoke last, as Redis has it */
    bool sure;
};

struct lg_redis_silent {
    struct lg_redis_hub *hub;
    struct lg_timer timer;
    struct suspect suspects[SUSPECTS_MAX];
    void (*on_known)(void *context);
    void *context;
};

static void clear(struct suspect *suspects)
{
    for (size_t i = 0; i < SUSPECTS_MAX; i++) {
        free(suspects[i].name);
        free(suspects[i].score);
        suspects[i] = (struct suspect){ 0 };
    }
}

static bool was_seen(const struct suspect *suspects, struct lg_str name, struct lg_str score)
{
    for (size_t i = 0; i < SUSPECTS_MAX; i++)
        if (suspects[i].name != NULL && lg_str_is(name, suspects[i].name) &&
            lg_str_is(score, suspects[i].score))
            return true;
    return false;
}

/* [name, score, name, score, ...] */
static void on_answer(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_silent *silent = context;
    struct lg_loop *loop = silent->hub->loop;
    struct suspect found[SUSPECTS_MAX] = { 0 };
    bool again = false;

    if (fate != LG_REDIS_ANSWERED || reply->type != REDIS_REPLY_ARRAY)
        return;
    for (size_t i = 0; i < SUSPECTS_MAX && 2 * i + 1 < reply->elements; i++) {
        struct lg_str name = lg_resp_text(reply->element[2 * i]);
        struct lg_str score = lg_resp_text(reply->element[2 * i + 1]);

        if (name.size == 0 || lg_str_is(name, silent->hub->redis->gateway))
            continue;
        found[i].name = lg_strndup(name.data, name.size);
        found[i].score = lg_strndup(score.data, score.size);
        found[i].sure = was_seen(silent->suspects, name, score);
        again = again || !found[i].sure;
    }
    clear(silent->suspects);
    for (size_t i = 0; i < SUSPECTS_MAX; i++)
        silent->suspects[i] = found[i];
    if (again)
        lg_timer_set(loop, &silent->timer, lg_loop_now_ms(loop) + AGAIN_MS, silent->timer.fn);
    silent->on_known(silent->context);
}

static void look(struct lg_timer *timer)
{
    struct lg_redis_silent *silent = LG_CONTAINER(timer, struct lg_redis_silent, timer);
    struct lg_redis_hub *hub = silent->hub;
    const char *key = hub->redis->gateways_key;
    char why[LG_REDIS_REASON_SIZE], since[LG_I64_SIZE];
    size_t digits = lg_i64_text(lg_redis_hub_now_ms(hub, key) / 1000 - LG_REDIS_GONE_S, since);
    struct lg_str arguments[] = {
        LG_STR("ZRANGEBYSCORE"), lg_str_of(key),  LG_STR("-inf"), lg_str_make(since, digits),
        LG_STR("WITHSCORES"),    LG_STR("LIMIT"), LG_STR("0"),    LG_STR(SUSPECTS)
    };

    lg_timer_set(hub->loop, timer, lg_loop_now_ms(hub->loop) + LOOK_MS, look);
    if (lg_redis_hub_is_ready(hub, key, why))
        lg_redis_hub_send(hub, key, arguments, LG_COUNT(arguments), on_answer, silent);
    else
        clear(silent->suspects); /* whoever could not speak either is not silent */
}

char *lg_redis_silent_next(struct lg_redis_silent *silent)
{
    for (size_t i = 0; i < SUSPECTS_MAX; i++) {
        struct suspect *suspect = &silent->suspects[i];
        char *name = suspect->name;

        if (name == NULL || !suspect->sure)
            continue;
        free(suspect->score);
        *suspect = (struct suspect){ 0 };
        return name;
    }
    return NULL;
}

void lg_redis_silent_forget(struct lg_redis_silent *silent, const char *name)
{
    for (size_t i = 0; i < SUSPECTS_MAX; i++)
        if (silent->suspects[i].name != NULL && strcmp(silent->suspects[i].name, name) == 0)
            silent->suspects[i].sure = false;
}

struct lg_redis_silent *lg_redis_silent_new(struct lg_redis_hub *hub,
                                            void (*on_known)(void *context), void *context)
{
    struct lg_redis_silent *silent = LG_NEW(struct lg_redis_silent);

    silent->hub = hub;
    silent->on_known = on_known;
    silent->context = context;
    lg_timer_set(hub->loop, &silent->timer, lg_loop_now_ms(hub->loop) + FIRST_LOOK_MS, look);
    return silent;
}

void lg_redis_silent_free(struct lg_redis_silent *silent)
{
    lg_timer_clear(silent->hub->loop, &silent->timer);
    clear(silent->suspects);
    free(silent);
}
