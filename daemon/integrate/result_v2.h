/*
 * result_v2.h -- what a function returned as an HTTP answer, payload format 2.0.
 *
 * Contract: API Gateway HTTP API, "Lambda proxy responses", format 2.0, inferred ones included.
 */
#ifndef LG_INTEGRATE_RESULT_V2_H
#define LG_INTEGRATE_RESULT_V2_H

#include "integrate/result.h"

/*
 * Maps the bytes that the function returned. All of the result lies in the arena or points into
 * `bytes`. LG_ERR_SYNTAX: a malformed answer, which the client sees as the API kind's error;
 * *reterr_message (static or arena) is the reason for the log. Header names and values that could
 * not be sent safely make the answer malformed.
 */
LG_MUST_CHECK enum lg_err lg_result_v2_read(struct lg_arena *arena, struct lg_str bytes,
                                            struct lg_result *ret_result,
                                            const char **reterr_message);

#endif
