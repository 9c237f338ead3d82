/* clock.c -- TIME, and how far it is from our clock in the middle of the question. */
#include "redis/clock.h"

#include <stdlib.h>

#include "base/mem.h"
#include "observe/log.h"

#define CLOCK_MS 10000
#define SKEW_MS 1000

void lg_redis_clock_init(struct lg_redis_clock *clock, struct lg_loop *loop,
                         struct lg_redis_link *link, bool speaks)
{
    *clock = (struct lg_redis_clock){ .loop = loop, .link = link, .speaks = speaks };
}

void lg_redis_clock_done(struct lg_redis_clock *clock)
{
    lg_timer_clear(clock->loop, &clock->timer);
}

int64_t lg_redis_clock_now_ms(const struct lg_redis_clock *clock)
{
    return lg_loop_wall_ms(clock->loop) + clock->offset_ms;
}

static void on_time(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_clock *clock = context;
    uint64_t seconds, micros;
    int64_t now_ms = lg_loop_wall_ms(clock->loop), before = clock->offset_ms;

    if (fate != LG_REDIS_ANSWERED || reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        lg_str_to_u64(lg_resp_text(reply->element[0]), &seconds) != LG_OK ||
        lg_str_to_u64(lg_resp_text(reply->element[1]), &micros) != LG_OK ||
        seconds > INT64_MAX / 2000)
        return;
    clock->known = true;
    clock->offset_ms = (int64_t)(seconds * 1000 + micros / 1000 % 1000) -
                       (clock->asked_wall_ms + (now_ms - clock->asked_wall_ms) / 2);
    if (clock->speaks && llabs(clock->offset_ms - before) > SKEW_MS)
        lg_log(LG_LOG_INFO, "redis", NULL,
               "its clock is %lld ms %s ours; deadlines follow its clock",
               llabs((long long)clock->offset_ms), clock->offset_ms > 0 ? "ahead of" : "behind");
}

static void on_timer(struct lg_timer *timer)
{
    lg_redis_clock_ask(LG_CONTAINER(timer, struct lg_redis_clock, timer));
}

void lg_redis_clock_ask(struct lg_redis_clock *clock)
{
    struct lg_str arguments[] = { LG_STR("TIME") };

    if (!lg_redis_link_is_up(clock->link))
        return; /* asked again when it is */
    clock->asked_wall_ms = lg_loop_wall_ms(clock->loop);
    lg_redis_link_send(clock->link, arguments, 1, 0, on_time, clock);
    lg_timer_set(clock->loop, &clock->timer, lg_loop_now_ms(clock->loop) + CLOCK_MS, on_timer);
}
