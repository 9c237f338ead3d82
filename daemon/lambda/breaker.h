/*
 * breaker.h -- an endpoint that failed several times in a row is left alone for a while; then one
 * call goes ahead, and the others follow if it comes back well.
 *
 *     closed -> (failures in a row) -> open -> (time) -> half open: one probe -> closed, or open
 *
 * Pure: the caller passes the clock in.
 */
#ifndef LG_LAMBDA_BREAKER_H
#define LG_LAMBDA_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define LG_BREAKER_FAILURES 10  /* in a row */
#define LG_BREAKER_MIN_MS 1000  /* it stays open at first */
#define LG_BREAKER_MAX_MS 30000 /* and after many probes in vain */

/* Zero-initialised is closed. */
struct lg_breaker {
    unsigned failures;
    int64_t open_until_ms, wait_ms;
    bool is_open, probing;
};

/* Whether a call may go ahead now. True makes it the probe where one is due. */
bool lg_breaker_enter(struct lg_breaker *breaker, int64_t now_ms);
/* How a call that went ahead has ended. True: it has just opened, or closed. */
bool lg_breaker_leave(struct lg_breaker *breaker, bool good, int64_t now_ms);
/* A call that went ahead came to nothing: it says neither. */
void lg_breaker_forget(struct lg_breaker *breaker);

#endif
