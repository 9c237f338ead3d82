/*
 * line.h -- the lines of the worker protocol (docs/worker-protocol.md): JSON, a newline, a body.
 *
 * All is pure: bytes in, values out. Whatever is read lies in the text or in the arena.
 */
#ifndef LG_REDIS_LINE_H
#define LG_REDIS_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

#define LG_REDIS_LINE_MAX ((size_t)64 * 1024) /* of a line; longer ones are refused */
#define LG_REDIS_ID_MAX 64

/* What a worker is asked. */
struct lg_redis_request {
    struct lg_str id, function, reply; /* `reply` names the list that the answer goes to */
    int64_t deadline_ms;               /* unix, by Redis's clock: after it nobody waits */
    int64_t timeout_ms;                /* from pick-up */
    int64_t attempt;                   /* from 1 */
    bool async;
    bool start;                                         /* a receipt is wanted when it is taken */
    struct lg_str trace, arn, client_context, identity; /* empty: none */
    struct lg_str body;                                 /* of a line that was read */
};

/* The line with its newline; the body is not added. */
void lg_redis_request_write(struct lg_buf *out, const struct lg_redis_request *request);
LG_MUST_CHECK enum lg_err lg_redis_request_read(struct lg_arena *arena, struct lg_str text,
                                                struct lg_redis_request *ret_request);

enum lg_redis_status {
    LG_REDIS_OK,
    LG_REDIS_ERROR,   /* the body is {errorType, errorMessage, stackTrace} */
    LG_REDIS_EXPIRED, /* its deadline had passed: it was not run */
    LG_REDIS_START    /* it was taken; another reply follows */
};
#define LG_REDIS_STATUS_COUNT (LG_REDIS_START + 1)

const char *lg_redis_status_text(enum lg_redis_status status);

struct lg_redis_reply {
    struct lg_str id;
    enum lg_redis_status status;
    struct lg_str worker; /* who says so; empty: it was not said */
    struct lg_str body;
};

void lg_redis_reply_write(struct lg_buf *out, const struct lg_redis_reply *reply);
/* LG_ERR_SYNTAX: no such line. Members that are not known are no fault. */
LG_MUST_CHECK enum lg_err lg_redis_reply_read(struct lg_arena *arena, struct lg_str text,
                                              struct lg_redis_reply *ret_reply);

/*
 * The `errorType` of an error document, for logs and answers: printable ASCII, cut to the room.
 * "" when the document has none.
 */
void lg_redis_error_type(struct lg_str document, char *ret_type, size_t room);

#endif
