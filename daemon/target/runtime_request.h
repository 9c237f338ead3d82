/*
 * runtime_request.h -- the Lambda Runtime API as a pure function: a request's head and the state
 * of the process in, a decision out. No socket, no clock, no log; runtime_api.c acts on it.
 *
 *     Started --next--> Ready --event--> Running --response|error--> ResponseSent --next--> Ready
 *     Started --init/error--> InitError
 */
#ifndef LG_TARGET_RUNTIME_REQUEST_H
#define LG_TARGET_RUNTIME_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "listen/exchange.h"

enum lg_runtime_call {
    LG_RUNTIME_NEXT,
    LG_RUNTIME_RESPONSE,
    LG_RUNTIME_ERROR,
    LG_RUNTIME_INIT_ERROR,
    LG_RUNTIME_PING,
    LG_RUNTIME_UNKNOWN,     /* no such path */
    LG_RUNTIME_WRONG_METHOD /* the path exists, the method does not fit */
};

enum lg_runtime_mode { LG_RUNTIME_BUFFERED, LG_RUNTIME_STREAMING, LG_RUNTIME_BAD_MODE };

#define LG_ERROR_TYPE_SIZE 64

struct lg_runtime_request {
    enum lg_runtime_call call;
    struct lg_str id; /* of RESPONSE and ERROR: a slice of the path; else empty */
    enum lg_runtime_mode mode;
    struct lg_str content_type;
    char error_type[LG_ERROR_TYPE_SIZE]; /* of ERROR and INIT_ERROR, normalised */
};

void lg_runtime_request_read(const struct lg_head *head, struct lg_runtime_request *ret_request);

/*
 * "Runtime.Unknown" unless the text is "Runtime." or "Function." and a word in capital camel case;
 * another "Function." becomes "Function.Unknown". What clients send here is free text, and ours
 * goes into log lines and labels.
 */
void lg_runtime_error_type(struct lg_str text, char ret_type[LG_ERROR_TYPE_SIZE]);

enum lg_runtime_state {
    LG_RUNTIME_STARTED,
    LG_RUNTIME_READY,
    LG_RUNTIME_RUNNING,
    LG_RUNTIME_RESPONSE_SENT,
    LG_RUNTIME_INIT_ERROR_SENT
};

/* An answer that is not the one the runtime hoped for. */
struct lg_runtime_refusal {
    int status;
    const char *type; /* "InvalidRequestID" */
    char message[160];
};

/*
 * Whether `request` is allowed in `state`. `running` is the id of the invocation that runs and has
 * no answer yet, NULL in other states. On false only *reterr_refusal is set.
 */
bool lg_runtime_allowed(const struct lg_runtime_request *request, enum lg_runtime_state state,
                        const char *running, struct lg_runtime_refusal *reterr_refusal);

/* The refusal of a body over `limit` bytes. */
void lg_runtime_too_large(int64_t limit, struct lg_runtime_refusal *ret_refusal);

/* {"errorMessage":...,"errorType":...} */
void lg_runtime_refusal_write(const struct lg_runtime_refusal *refusal, struct lg_buf *out);

/*
 * JSON as a header value: line breaks between its tokens become blanks, and what is not ASCII
 * becomes \uXXXX, because clients disagree on the encoding of headers.
 */
void lg_runtime_header_json(struct lg_buf *out, struct lg_str json);

#endif
