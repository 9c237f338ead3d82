/*
 * request.h -- what one call of the Invoke API asks for, read from its head alone.
 *
 * Pure: a head in, values or an error of the API out. Contract: Lambda API, Invoke.
 */
#ifndef LG_INVOKE_API_REQUEST_H
#define LG_INVOKE_API_REQUEST_H

#include <stdbool.h>

#include "base/arena.h"
#include "cloud/function_name.h"
#include "invoke_api/error.h"
#include "listen/exchange.h"

/* What a path of the API names. */
struct lg_invoke_path {
    struct lg_str segment; /* {FunctionName}, still encoded */
    bool stream;           /* InvokeWithResponseStream */
};

/* Every slice lies in the arena: the head may be gone before the call ends. */
struct lg_invoke_request {
    struct lg_invoke_name name; /* its qualifier: of the name or of the query, or empty */
    bool stream;                /* the answer is wanted as a stream of events */
    bool dry_run;               /* nothing runs */
    bool want_log_tail;
    struct lg_str client_context; /* JSON, fit for a header of the Runtime API; or empty */
    struct lg_str trace;          /* X-Amzn-Trace-Id as the caller sent it, or empty */
};

struct lg_invoke_fault {
    enum lg_invoke_error error;
    struct lg_str message; /* in the arena, or static */
};

/* false: the path is not one of Invoke. */
bool lg_invoke_path_read(struct lg_str path, struct lg_invoke_path *ret_path);

/* LG_ERR_SYNTAX: *reterr_fault is set. */
LG_MUST_CHECK enum lg_err lg_invoke_request_read(struct lg_arena *arena, const struct lg_head *head,
                                                 const struct lg_invoke_path *path,
                                                 struct lg_invoke_request *ret_request,
                                                 struct lg_invoke_fault *reterr_fault);

#endif
