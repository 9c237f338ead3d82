/*
 * error.h -- the errors of Lambda's Invoke API: one table of status, shape and spelling.
 *
 * Contract: Lambda API, Invoke, errors; some shapes spell their text "Message", others "message",
 * and clients read the one they know.
 */
#ifndef LG_INVOKE_API_ERROR_H
#define LG_INVOKE_API_ERROR_H

#include "base/buf.h"

enum lg_invoke_error {
    LG_INVOKE_VALIDATION,        /* 400: a value breaks a constraint */
    LG_INVOKE_INVALID_PARAMETER, /* 400 */
    LG_INVOKE_INVALID_CONTENT,   /* 400: the payload or the client context is not JSON */
    LG_INVOKE_ACCESS_DENIED,     /* 403 */
    LG_INVOKE_NOT_FOUND,         /* 404 */
    LG_INVOKE_TOO_LARGE,         /* 413 */
    LG_INVOKE_THROTTLED,         /* 429 */
    LG_INVOKE_SERVICE            /* 500 */
};

struct lg_invoke_error_form {
    int status;
    const char *shape; /* x-amzn-ErrorType */
};

const struct lg_invoke_error_form *lg_invoke_error_form(enum lg_invoke_error error);

/* Appends the body. */
void lg_invoke_error_write(struct lg_buf *out, enum lg_invoke_error error, struct lg_str message);

#endif
