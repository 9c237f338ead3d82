/*
 * world.h -- a bridge between a Redis of a few lines and a target that does as a test tells it.
 *
 * The Redis is a thread: one queue, one list of replies. The target holds what it is given until
 * the test says what becomes of it, between two runs of the loop.
 */
#ifndef LG_TEST_BRIDGE_WORLD_H
#define LG_TEST_BRIDGE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/bridge.h"
#include "wire/loop.h"

#define HELD_MAX 16

struct world {
    struct lg_loop *loop;
    struct lg_bridge *bridge;
    struct lg_bridge_env env; /* set what differs before world_open() */
    struct lg_invocation *held[HELD_MAX];
    size_t held_count;
    enum lg_err start_answers; /* of the target: LG_OK holds it */
    int cancelled[HELD_MAX];   /* -1, or enum lg_cancel */
    bool drained;
};
extern struct world world;

void world_init(void); /* the fixture */
void world_done(void); /* drains what was opened; nothing may be held */
void world_open(void);
void world_drain(void); /* begins to */

/* Turns the loop until it is so, for at most 20 seconds. */
void world_until(bool (*is_so)(void), const char *what);
/* Turns the loop for a while, in which nothing should happen. */
void world_rest(void);

/* --- Redis --- */

int64_t redis_now_ms(void); /* by its clock */
void redis_set_clock(int64_t ahead_ms);
void redis_queue(const char *id, int64_t deadline_ms, const char *more, const char *body);
void redis_queue_text(const char *text);
void redis_refuse(bool refuse); /* to take replies */
void redis_stand_still(bool stand);
void redis_cut_next_push(void); /* and close the connection instead of an answer */
size_t redis_waiting(void);     /* requests in the queue */
size_t redis_replies(void);     /* that were taken */
size_t redis_refusals(void);    /* and those that were not */
const char *redis_reply(size_t index);
/* A command by its first words; NULL: it did not come. */
const char *redis_heard(const char *command);
size_t redis_count(const char *command);

/* --- the target --- */

void target_start(size_t index);
void target_answer(size_t index, bool error, const char *data, enum lg_cause cause);

#endif
