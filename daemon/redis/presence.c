/*
 * presence.c -- which workers have said that they are there, and how many calls wait: looked at
 * every few seconds on the function's home loop.
 *
 * Commands under way outlive what asked: the last of them frees it.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "redis/hub.h"

#define LOOK_MS 2000

struct lg_redis_presence {
    struct lg_redis_queue *queue; /* NULL once it was let go of */
    struct lg_loop *loop;
    struct lg_timer timer;
    unsigned references;
    _Atomic int64_t workers; /* -1: not known */
};

static void unref(struct lg_redis_presence *presence)
{
    if (--presence->references == 0)
        free(presence);
}

static void on_count(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_presence *presence = context;
    int64_t count = lg_resp_integer(reply, -1);

    if (presence->queue != NULL && fate == LG_REDIS_ANSWERED) {
        atomic_store(&presence->workers, count);
        lg_metric_set(presence->queue->metrics.workers, count < 0 ? 0 : count);
    }
    unref(presence);
}

static void on_depth(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_presence *presence = context;
    int64_t depth = lg_resp_integer(reply, -1);

    if (presence->queue != NULL && fate == LG_REDIS_ANSWERED && depth >= 0)
        lg_metric_set(presence->queue->metrics.depth, depth);
    unref(presence);
}

static void on_trimmed(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    (void)fate, (void)reply;
    unref(context);
}

static void ask(struct lg_redis_presence *presence, struct lg_redis_hub *hub)
{
    const char *key = presence->queue->presence_key, *queue = presence->queue->key;
    struct lg_str workers = lg_str_of(key);
    char since[LG_I64_SIZE];
    size_t digits = lg_i64_text(lg_redis_hub_now_ms(hub, key) / 1000 - LG_REDIS_PRESENCE_S, since);
    struct lg_str trim[] = { LG_STR("ZREMRANGEBYSCORE"), workers, LG_STR("-inf"),
                             lg_str_make(since, digits) };
    struct lg_str count[] = { LG_STR("ZCARD"), workers };
    struct lg_str depth[] = { LG_STR("LLEN"), lg_str_of(queue) };

    presence->references += 3;
    lg_redis_hub_send(hub, key, trim, LG_COUNT(trim), on_trimmed, presence);
    lg_redis_hub_send(hub, key, count, LG_COUNT(count), on_count, presence);
    lg_redis_hub_send(hub, queue, depth, LG_COUNT(depth), on_depth, presence);
}

static void look(struct lg_timer *timer)
{
    struct lg_redis_presence *presence = LG_CONTAINER(timer, struct lg_redis_presence, timer);
    struct lg_redis_hub *hub = presence->queue->redis->hubs[lg_loop_index(presence->loop)];
    bool up = hub != NULL && lg_redis_hub_reaches(hub, presence->queue->key);

    if (up)
        ask(presence, hub);
    else
        atomic_store(&presence->workers, -1);
    /* Sooner while it is not known yet: a start takes milliseconds. */
    lg_timer_set(presence->loop, timer, lg_loop_now_ms(presence->loop) + (up ? LOOK_MS : 50), look);
}

struct lg_redis_presence *lg_redis_presence_new(struct lg_redis_queue *queue)
{
    struct lg_redis_presence *presence = LG_NEW(struct lg_redis_presence);

    presence->queue = queue;
    presence->loop = queue->home;
    presence->references = 1;
    atomic_store(&presence->workers, -1);
    lg_timer_set(presence->loop, &presence->timer, lg_loop_now_ms(presence->loop), look);
    return presence;
}

void lg_redis_presence_free(struct lg_redis_presence *presence)
{
    lg_timer_clear(presence->loop, &presence->timer);
    presence->queue = NULL;
    unref(presence);
}

bool lg_redis_presence_any(const struct lg_redis_presence *presence)
{
    return atomic_load(&presence->workers) != 0;
}
