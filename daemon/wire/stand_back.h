/*
 * stand_back.h -- a thread that lets the loops go first.
 *
 * All calls come on the thread itself. What the kernel does not know or does not allow is left
 * out: then the thread works with less regard for others.
 */
#ifndef LG_WIRE_STAND_BACK_H
#define LG_WIRE_STAND_BACK_H

#include <stdbool.h>
#include <time.h>

struct lg_stand_back {
    timer_t timer;
    bool has_timer;
};

/*
 * Takes a lower rank: a tenth of the processor where all of it is wanted, and never at once when
 * it wakes.
 */
void lg_stand_back_init(struct lg_stand_back *aside);
void lg_stand_back_done(struct lg_stand_back *aside);

/*
 * Between these the thread offers the processor to others twice a millisecond. Without that
 * a loop waits for the kernel's next tick (4 ms) whenever it was not served the moment it woke.
 * System calls in between are begun again when that interrupts them.
 */
void lg_stand_back_begin(struct lg_stand_back *aside);
void lg_stand_back_end(struct lg_stand_back *aside);

#endif
