/*
 * gateway_response.h -- what a REST API says by itself, as its configuration wants it said.
 *
 * Contract: API Gateway, "Gateway responses". A type without an entry of its own uses DEFAULT_4XX
 * or DEFAULT_5XX, with its status too; REQUEST_TOO_LARGE uses none.
 * Threads: compiled responses from any number at once.
 */
#ifndef LG_RESPOND_GATEWAY_RESPONSE_H
#define LG_RESPOND_GATEWAY_RESPONSE_H

#include "config/fault.h"
#include "listen/exchange.h"
#include "respond/errors.h"
#include "respond/response_text.h"

#define LG_RESPONSE_BODY_MAX ((size_t)256 * 1024) /* a larger body is given up */
#define LG_RESPONSE_FIELDS_MAX ((size_t)10240)    /* so is a header field, if all are larger */

struct lg_gateway_responses;

/* Everything wrong is added to `faults`: NULL then, and if the API has no such responses. */
struct lg_gateway_responses *lg_gateway_responses_compile(const struct lg_config_api *api,
                                                          struct lg_faults *faults);
void lg_gateway_responses_free(struct lg_gateway_responses *responses); /* NULL is fine */

/*
 * Changes status, body and content type of `answer`, and gives the header fields to add; all lies
 * in the arena or in the responses. `responses` may be NULL.
 */
void lg_gateway_responses_apply(const struct lg_gateway_responses *responses,
                                const struct lg_response_source *source, struct lg_arena *arena,
                                struct lg_error_answer *answer,
                                const struct lg_header **ret_headers, size_t *ret_count);

#endif
