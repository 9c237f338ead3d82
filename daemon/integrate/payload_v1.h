/*
 * payload_v1.h -- an HTTP request as a Lambda event, payload format 1.0.
 *
 * Contract: API Gateway, "Lambda proxy events": format 1.0 as REST APIs send it, and as HTTP APIs
 * do. Every member is always there: what there is nothing of is null. An authorizer's event has no
 * body, and {} in the place of null.
 */
#ifndef LG_INTEGRATE_PAYLOAD_V1_H
#define LG_INTEGRATE_PAYLOAD_V1_H

#include "integrate/event_source.h"

/* Appends the event as JSON text, in the way of the API's kind. Check lg_buf_failed(out). */
void lg_payload_v1_write(struct lg_arena *arena, const struct lg_event_source *source,
                         struct lg_buf *out);

/* The event of an authorizer of type TOKEN: `question` and nothing else. */
void lg_payload_token_write(const struct lg_event_source *source, struct lg_buf *out);

#endif
