/*
 * starts.h -- how many processes of one loop's pools may be starting at once.
 *
 * A crowd of calls, or a machine that has just booted, would else start everything in the same
 * moment, and nothing would be ready before init_timeout. Those who must wait get their turn in
 * order; a pool of which nothing starts may always start one, so that a function whose processes
 * hang cannot keep the others from running.
 * Threads: the loop's.
 */
#ifndef LG_TARGET_STARTS_H
#define LG_TARGET_STARTS_H

#include <stdbool.h>

#include "base/list.h"
#include "wire/loop.h"

#define LG_STARTS_AT_ONCE 16

/* Embedded, one a loop; outlives its pools. */
struct lg_starts {
    struct lg_loop *loop;
    unsigned under_way;
    struct lg_link waiting; /* of struct lg_starter, in order */
    struct lg_task task;
};

/* Embedded in a pool. */
struct lg_starter {
    struct lg_link link;
    void (*again)(struct lg_starter *starter); /* there may be room now */
};

void lg_starts_init(struct lg_starts *starts, struct lg_loop *loop);

/* Whether a pool with `own` processes starting may start one more; if not, it is told later. */
bool lg_starts_may(struct lg_starts *starts, struct lg_starter *starter, unsigned own);
void lg_starts_begin(struct lg_starts *starts);
void lg_starts_end(struct lg_starts *starts);
/* The pool is going. Fine when it does not wait. */
void lg_starts_leave(struct lg_starter *starter);

#endif
