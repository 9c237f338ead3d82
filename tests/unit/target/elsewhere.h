/* elsewhere.h -- a second loop on a thread of its own, for callers that are not at the pool's home.
 */
#ifndef LG_TEST_TARGET_ELSEWHERE_H
#define LG_TEST_TARGET_ELSEWHERE_H

struct lg_loop;

extern struct lg_loop *away;

/* In place of world_begin() and world_end(); the puppets of the world are killed at the end. */
void begin_away(void);
void end_away(void);

/* Runs `fn` on the other loop, and waits for it while the world's own loop turns. */
void over_there(void (*fn)(void));

#endif
