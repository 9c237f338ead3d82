/*
 * errors.h -- what a client hears when the gateway answers by itself: one table.
 *
 * Contract: API Gateway HTTP API, "Error mapping". The client hears the class, the log the reason.
 * Status and body follow the API kind; whether a repeat is safe travels beside them in
 * x-lambdagate-outcome and Retry-After.
 */
#ifndef LG_RESPOND_ERRORS_H
#define LG_RESPOND_ERRORS_H

#include "target/target.h"

enum lg_error {
    LG_ERROR_NONE,
    LG_ERROR_BAD_REQUEST,
    LG_ERROR_UNKNOWN_METHOD,
    LG_ERROR_URI_TOO_LONG,
    LG_ERROR_HEADERS_TOO_LARGE,
    LG_ERROR_NOT_FOUND,
    LG_ERROR_BODY_TOO_LARGE,
    LG_ERROR_INVALID_BODY,
    LG_ERROR_FUNCTION,    /* it failed */
    LG_ERROR_MALFORMED,   /* its answer is not one */
    LG_ERROR_TOO_LARGE,   /* its answer is over the limit */
    LG_ERROR_TIMEOUT,     /* it may have run */
    LG_ERROR_NOT_STARTED, /* it surely did not run */
    LG_ERROR_THROTTLED,   /* too many wait already: it did not run */
    LG_ERROR_ROUTE_BUSY,  /* the route's own limit */
    LG_ERROR_OVERLOADED,  /* a limit of the process: it did not run */
    LG_ERROR_NO_ROOM,     /* it ran, and its result finds no memory */
    LG_ERROR_INTERNAL
};
#define LG_ERROR_COUNT (LG_ERROR_INTERNAL + 1)

struct lg_error_row {
    int status;
    const char *body;    /* JSON */
    const char *outcome; /* "not-started", "unknown", or NULL: nothing was at stake */
    bool retry_after;    /* a later try may find room */
    const char *word;    /* for logs and metrics */
};

/* The row of `error`, static; not for LG_ERROR_NONE. */
const struct lg_error_row *lg_error_row(enum lg_error error);

/* The error that a call's cause means for an HTTP client; LG_ERROR_NONE for LG_CAUSE_OK. */
enum lg_error lg_error_of_cause(enum lg_cause cause);

/* The error of a head that listen/ refused with `status`. */
enum lg_error lg_error_of_head(int status);

#endif
