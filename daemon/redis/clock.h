/*
 * clock.h -- what time it is by Redis, which deadlines follow: asked for now and then.
 *
 * Threads: all on its loop.
 */
#ifndef LG_REDIS_CLOCK_H
#define LG_REDIS_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "redis/link.h"
#include "wire/loop.h"

/* Embedded in its owner. */
struct lg_redis_clock {
    struct lg_loop *loop;
    struct lg_redis_link *link;
    int64_t offset_ms;     /* Redis's wall clock ahead of ours */
    int64_t asked_wall_ms; /* when we asked for it */
    bool known;            /* it was answered once */
    bool speaks;           /* of a clock that is not ours */
    struct lg_timer timer;
};

/* `link` outlives the clock's use, and takes it along: its last answer comes before it is gone. */
void lg_redis_clock_init(struct lg_redis_clock *clock, struct lg_loop *loop,
                         struct lg_redis_link *link, bool speaks);
/* Before the link is freed. */
void lg_redis_clock_done(struct lg_redis_clock *clock);

/* Asks now, and again by itself as long as the link is up: for whenever it comes up. */
void lg_redis_clock_ask(struct lg_redis_clock *clock);

/* Unix milliseconds by Redis's clock; by ours before it was ever asked. */
int64_t lg_redis_clock_now_ms(const struct lg_redis_clock *clock);

#endif
