/*
 * payload_v2.h -- an HTTP request as a Lambda event, payload format 2.0.
 *
 * Contract: API Gateway HTTP API, "Lambda proxy events", format 2.0. Absent is absent, never null.
 */
#ifndef LG_INTEGRATE_PAYLOAD_V2_H
#define LG_INTEGRATE_PAYLOAD_V2_H

#include "base/buf.h"
#include "config/config.h"
#include "listen/exchange.h"
#include "route/table.h"

/* What the event is made of; borrowed for the call. */
struct lg_event_source {
    const struct lg_head *head;
    const struct lg_route_match *match;
    struct lg_str body;
    const char *request_id; /* requestContext.requestId, the apigw-requestid header */
    const char *trace_id;   /* X-Amzn-Trace-Id as created or continued */
    const char *account_id, *api_id, *stage;
    const struct lg_config_pairs *stage_variables;
    int64_t wall_ms; /* when the request came */
};

/*
 * Appends the event as JSON text. Adds the headers that the gateway adds (x-amzn-trace-id,
 * x-forwarded-for, -port, -proto); hop-by-hop fields do not appear. The path is that of the head:
 * a named stage is put before it unless it is its first segment already. Check
 * lg_buf_failed(out).
 */
void lg_payload_v2_write(struct lg_arena *arena, const struct lg_event_source *source,
                         struct lg_buf *out);

/* Whether API Gateway would hand over a body of this type as base64. */
bool lg_payload_v2_binary(struct lg_str content_type);

#endif
