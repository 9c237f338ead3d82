/*
 * request.h -- what one call of the Invoke API asks for, read from its head alone.
 *
 * Pure: a head in, values or an error of the API out. Contract: Lambda API, Invoke.
 */
#ifndef LG_INVOKE_API_REQUEST_H
#define LG_INVOKE_API_REQUEST_H

#include <stdbool.h>

#include "base/arena.h"
#include "invoke_api/error.h"
#include "invoke_api/name.h"
#include "listen/exchange.h"

/* Every slice lies in the arena: the head may be gone before the call ends. */
struct lg_invoke_request {
    struct lg_invoke_name name; /* its qualifier: of the name or of the query, or empty */
    bool dry_run;               /* nothing runs */
    bool want_log_tail;
    struct lg_str client_context; /* JSON, fit for a header of the Runtime API; or empty */
    struct lg_str trace;          /* X-Amzn-Trace-Id as the caller sent it, or empty */
};

struct lg_invoke_fault {
    enum lg_invoke_error error;
    struct lg_str message; /* in the arena, or static */
};

/* The {FunctionName} of `path`, still encoded. false: the path is not one of Invoke. */
bool lg_invoke_path(struct lg_str path, struct lg_str *ret_segment);

/* `segment` is from lg_invoke_path(). LG_ERR_SYNTAX: *reterr_fault is set. */
LG_MUST_CHECK enum lg_err lg_invoke_request_read(struct lg_arena *arena, const struct lg_head *head,
                                                 struct lg_str segment,
                                                 struct lg_invoke_request *ret_request,
                                                 struct lg_invoke_fault *reterr_fault);

#endif
