/*
 * invocation.h -- private to the Invoke API: one call of it, and what its files share.
 *
 *     invoke.c         the head, the payload, the life of a call
 *     invoke_answer.c  answers that leave whole
 *     invoke_stream.c  those of InvokeWithResponseStream
 */
#ifndef LG_INVOKE_API_INVOCATION_H
#define LG_INVOKE_API_INVOCATION_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/id.h"
#include "invoke_api/admin.h"
#include "invoke_api/error.h"
#include "invoke_api/json_check.h"
#include "invoke_api/request.h"
#include "wire/pool.h"

#define LG_INVOKE_HEADERS_MAX 8

struct lg_invoke {
    const struct lg_admin *admin;
    struct lg_arena arena;
    struct lg_exchange *exchange; /* NULL: done */
    struct lg_call *call;         /* NULL: not begun, or ended */
    struct lg_function *function; /* one reference, once it was found */
    struct lg_invoke_request request;
    int64_t start_us;
    char id[LG_UUID_SIZE];
    char trace[LG_TRACE_ROOT_SIZE]; /* where the caller sent none */
    struct lg_buf payload;          /* an empty one becomes {} */
    struct lg_job job;              /* checks it */
    bool working;                   /* the job is under way: payload and what follows are its */
    bool is_json;
    struct lg_json_check_fault fault;
    struct lg_buf body; /* of the answer; of a stream, the next piece */
    bool streams;       /* the head of a stream has been sent */
    struct lg_header headers[LG_INVOKE_HEADERS_MAX];
    size_t header_count;
};

/* --- invoke_answer.c --- */

void lg_invoke_add_header(struct lg_invoke *invocation, const char *name, struct lg_str value);
/* Those that every answer has. */
void lg_invoke_add_ids(struct lg_invoke *invocation);
void lg_invoke_log(const struct lg_invoke *invocation, int status, const char *outcome);
/* The last 4 KiB of the log in base64, in the arena; empty where the caller did not ask for it. */
struct lg_str lg_invoke_log_tail(struct lg_invoke *invocation, struct lg_str tail);

/* Sends the body with what every answer carries. `outcome` is for the log. */
void lg_invoke_answer(struct lg_invoke *invocation, int status, const char *outcome);
void lg_invoke_answer_error(struct lg_invoke *invocation, enum lg_invoke_error error,
                            struct lg_str message);
void lg_invoke_answer_too_large(struct lg_invoke *invocation);
/* An error document that the platform makes where the function made none, into the body. */
void lg_invoke_write_document(struct lg_invoke *invocation, const struct lg_call_end *end);
void lg_invoke_answer_end(struct lg_invoke *invocation, const struct lg_call_end *end);

/* --- invoke_stream.c --- */

extern const struct lg_call_stream lg_invoke_stream; /* the owner is a struct lg_invoke */
void lg_invoke_on_room(void *invocation);
void lg_invoke_end_stream(struct lg_invoke *invocation, const struct lg_call_end *end);

#endif
