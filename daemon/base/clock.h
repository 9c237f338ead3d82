/*
 * clock.h -- two clocks. Timers run on the monotonic one; the wall clock is only for stamps,
 * token times, signatures and schedules. Threads: any.
 */
#ifndef LG_BASE_CLOCK_H
#define LG_BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

int64_t lg_clock_mono_us(void);
int64_t lg_clock_mono_ms(void);
int64_t lg_clock_wall_ms(void); /* unix milliseconds */

#define LG_CLOCK_ISO_SIZE 25 /* 2026-01-31T10:00:03.004Z and its NUL */
void lg_clock_iso(int64_t wall_ms, char ret_text[LG_CLOCK_ISO_SIZE]);

#define LG_CLOCK_CLF_SIZE 27 /* 10/Jul/2026:19:19:04 +0000 and its NUL */
void lg_clock_clf(int64_t wall_ms, char ret_text[LG_CLOCK_CLF_SIZE]);

#endif
