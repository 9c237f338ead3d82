/*
 * stage_http.h -- a request on its way to an upstream server: what request.c, stage_body.c and
 * stage_integrate.c have to know of it.
 */
#ifndef LG_STAGE_HTTP_H
#define LG_STAGE_HTTP_H

#include "request/request.h"

/* Whether the body is read whole before the server is asked. */
bool lg_pass_buffers(const struct lg_request *request);

/* Begins the first try; a stage's answer. */
enum lg_next lg_pass_begin(struct lg_request *request);

/* Whether the exchange's body goes to the server as it comes. */
bool lg_pass_streams_body(const struct lg_request *request);
enum lg_flow lg_pass_on_data(struct lg_request *request, const void *data, size_t size);
void lg_pass_on_body(struct lg_request *request);

/* The client takes more of the answer. */
void lg_pass_on_room(struct lg_request *request);

/* Nobody wants the answer any more. Fine when there is no call. */
void lg_pass_cancel(struct lg_request *request);

#endif
