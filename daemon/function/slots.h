/*
 * slots.h -- how many calls of a function are under way, in the whole process.
 *
 * The count belongs to the name: a reload that changes a function's options makes a new function,
 * which goes on counting where the old one's calls still run.
 * Threads: any.
 */
#ifndef LG_FUNCTION_SLOTS_H
#define LG_FUNCTION_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

struct lg_slots;

/* One reference, the caller's. Never NULL. */
struct lg_slots *lg_slots_new(void);
struct lg_slots *lg_slots_ref(struct lg_slots *slots);
void lg_slots_unref(struct lg_slots *slots);

/* Counts one more if that leaves the count at or below `limit`; -1: always. */
bool lg_slots_take(struct lg_slots *slots, int64_t limit);
void lg_slots_give(struct lg_slots *slots);
int64_t lg_slots_taken(const struct lg_slots *slots);

#endif
