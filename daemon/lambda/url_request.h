/*
 * url_request.h -- an event of payload format 2.0 as the request of HTTP that it was made of, for a
 * function URL, which makes the same event of it again.
 *
 * Pure: bytes in, values out. What names the connection, the host and, where we sign, the signature
 * of somebody else does not travel. What cannot be sent safely is refused.
 */
#ifndef LG_LAMBDA_URL_REQUEST_H
#define LG_LAMBDA_URL_REQUEST_H

#include <stdbool.h>

#include "base/arena.h"
#include "wire/http_field.h"

#define LG_URL_REQUEST_HEADERS ((size_t)256)
#define LG_URL_REQUEST_HEAD_BYTES ((size_t)64 * 1024) /* path, query, fields and cookies */
#define LG_URL_REQUEST_ADDED 2                        /* room behind the headers, for the caller */

struct lg_url_request {
    struct lg_str method;
    struct lg_str path;   /* encoded; begins with a slash */
    struct lg_str query;  /* without `?`; may be empty */
    struct lg_str target; /* both */
    struct lg_header *headers;
    size_t header_count;
    bool has_agent, has_trace; /* User-Agent and X-Amzn-Trace-Id are among them */
    struct lg_str body;
};

/*
 * `prefix` is the path of the URL, without a slash at its end. `is_signed`: Authorization and the
 * names that a signature has are ours. All of the request lies in the arena, in `event` or in
 * `prefix`. LG_ERR_SYNTAX: *reterr_reason (static) says why.
 */
LG_MUST_CHECK enum lg_err lg_url_request_read(struct lg_arena *arena, struct lg_str event,
                                              struct lg_str prefix, bool is_signed,
                                              struct lg_url_request *ret_request,
                                              const char **reterr_reason);

#endif
