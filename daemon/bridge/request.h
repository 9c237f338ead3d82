/*
 * request.h -- a request line as an invocation: values in, values out, no clock and no connection.
 */
#ifndef LG_BRIDGE_REQUEST_H
#define LG_BRIDGE_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "redis/line.h"
#include "target/target.h"

#define LG_BRIDGE_LONGEST_MS ((int64_t)30 * 24 * 3600 * 1000) /* later deadlines count as this */

/*
 * Whether it may be run: what becomes a header has no control characters, and the reply goes to a
 * list whose name begins with `reply_prefix`, whatever a request says.
 */
bool lg_bridge_request_good(const struct lg_redis_request *request, struct lg_str reply_prefix);

/* Unix milliseconds by the clock that says `now_ms`: never below 0, never beyond LONGEST_MS. */
int64_t lg_bridge_deadline_ms(const struct lg_redis_request *request, int64_t now_ms);

/*
 * What the request says, for a target: it may take `left_ms` at most, and what its own timeout says
 * where that is above 0. Events and owner are the caller's. Lies in the request's text and the
 * arena.
 */
void lg_bridge_invocation(struct lg_arena *arena, const struct lg_redis_request *request,
                          int64_t left_ms, struct lg_invocation *ret_invocation);

#endif
