/* call.h -- one call of a function in Lambda, for call.c and stream.c. */
#ifndef LG_LAMBDA_CALL_H
#define LG_LAMBDA_CALL_H

#include "lambda/answer.h"
#include "lambda/private.h"

#define LG_LAMBDA_REASON_SIZE 512

enum lg_lambda_kind {
    LG_LAMBDA_NOTHING_YET,
    LG_LAMBDA_RESULT, /* the function's own bytes, or its error document */
    LG_LAMBDA_STREAM, /* frames */
    LG_LAMBDA_ERROR   /* of the API */
};

struct lg_lambda_call {
    struct lg_lambda *lambda;
    struct lg_lambda_seat *seat;
    struct lg_invocation *invocation;
    struct lg_loop *loop;
    struct lg_task task;
    struct lg_timer timer; /* the pause before another try */
    struct lg_credential_waiter waiter;
    struct lg_http_call *http; /* NULL: nothing is under way */
    bool started, abandoned;
    bool renewed, corrected; /* its credentials, its clock: each helps once */
    unsigned tries;

    /* the answer to the last try */
    int status;
    enum lg_lambda_kind kind;
    bool function_error, passed_on;
    int64_t date_ms, retry_after_ms;
    char error_type[96], request_id[64];
    struct lg_buf body; /* of an error; frames that are not whole */
    struct lg_buf log_tail;
    /* of a stream */
    struct lg_buf beginning; /* what came before it was known whether there is a prelude */
    bool complete;
    struct lg_buf document; /* why it failed */

    /* what is to be told once this turn is over */
    enum lg_cause cause;
    char reason[LG_LAMBDA_REASON_SIZE];
};

/* stream.c: bytes of the answer. False: they are no frames; `reason` says why. */
bool lg_lambda_stream_feed(struct lg_lambda_call *call, const void *data, size_t size,
                           enum lg_flow *ret_flow);
/* It has ended: what was held back goes out. */
void lg_lambda_stream_flush(struct lg_lambda_call *call);

#endif
