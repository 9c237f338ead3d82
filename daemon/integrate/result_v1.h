/*
 * result_v1.h -- what a function returned as an HTTP answer, payload format 1.0.
 *
 * Contract: API Gateway, "Lambda proxy responses": REST APIs, which are strict, and format 1.0 of
 * HTTP APIs, which are not.
 */
#ifndef LG_INTEGRATE_RESULT_V1_H
#define LG_INTEGRATE_RESULT_V1_H

#include "config/config.h"
#include "integrate/result.h"

/*
 * Maps the bytes that the function returned. `accept` is the client's Accept field: a REST API
 * decodes base64 only for clients whose first media type is one of binaryMediaTypes. All of the
 * result lies in the arena or points into `bytes`. LG_ERR_SYNTAX: a malformed answer.
 * LG_ERR_REFUSED: a body that could not be decoded, which a REST API takes for a fault of its
 * configuration. *reterr_message (static or arena) is the reason for the log.
 */
LG_MUST_CHECK enum lg_err lg_result_v1_read(struct lg_arena *arena, struct lg_str bytes,
                                            const struct lg_config_api *api, struct lg_str accept,
                                            struct lg_result *ret_result,
                                            const char **reterr_message);

#endif
