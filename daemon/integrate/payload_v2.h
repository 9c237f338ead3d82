/*
 * payload_v2.h -- an HTTP request as a Lambda event, payload format 2.0.
 *
 * Contract: API Gateway HTTP API, "Lambda proxy events", format 2.0. Absent is absent, never null.
 */
#ifndef LG_INTEGRATE_PAYLOAD_V2_H
#define LG_INTEGRATE_PAYLOAD_V2_H

#include "integrate/event_source.h"

/*
 * Appends the event as JSON text. Adds the headers that the gateway adds (x-amzn-trace-id,
 * x-forwarded-for, -port, -proto); hop-by-hop fields do not appear. The path is that of the head:
 * a named stage is put before it unless it is its first segment already. Check
 * lg_buf_failed(out).
 */
void lg_payload_v2_write(struct lg_arena *arena, const struct lg_event_source *source,
                         struct lg_buf *out);

#endif
