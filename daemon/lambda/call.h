/* call.h -- one call of a function in Lambda: what its files share. */
#ifndef LG_LAMBDA_CALL_H
#define LG_LAMBDA_CALL_H

#include "cloud/digest.h"
#include "lambda/answer.h"
#include "lambda/private.h"
#include "lambda/url_request.h"
#include "wire/pool.h"

#define LG_LAMBDA_REASON_SIZE 512
#define LG_LAMBDA_PAYLOAD_MAX 6291456 /* of Lambda; limits.payload may be more */
#define LG_LAMBDA_ERROR_BODY_MAX 16384
#define LG_LAMBDA_LOG_MAX 8192 /* 4 KB in base64, and some */
#define LG_LAMBDA_SEND_MS 30000

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
    uint64_t edition;        /* of the credentials that it was signed with ... */
    int64_t skew_ms;         /* ... and of the clock */
    unsigned tries;

    /* what is sent, made once: on a thread of the pool where it is large */
    struct lg_job job;
    bool working, prepared; /* `working`: the job has the rest of these */
    const char *refused;    /* static */
    struct lg_arena arena;
    struct lg_url_request request; /* of a function URL */
    char body_hash[LG_DIGEST_HEX_SIZE];

    /* the answer to the last try */
    int status;
    enum lg_lambda_kind kind;
    bool function_error, passed_on;
    int64_t date_ms, retry_after_ms;
    char error_type[96], request_id[64];
    struct lg_buf body; /* of an error; frames that are not whole */
    struct lg_buf log_tail;
    /* of a function URL */
    struct lg_buf result; /* its head, in the end all of it */
    bool held;            /* it may be the service's own word */
    bool is_plain;        /* its body may be text */
    /* of a stream */
    struct lg_buf beginning; /* what came before it was known whether there is a prelude ... */
    unsigned pieces;         /* ... and in how many */
    bool complete, broken;   /* the function's last word came, or the service's */
    struct lg_buf document;  /* why it failed */

    /* what is to be told once this turn is over */
    enum lg_cause cause;
    char reason[LG_LAMBDA_REASON_SIZE];
};

/* How a function is called. */
struct lg_lambda_way {
    /* Why this cannot be sent at all, static; NULL: it can. */
    const char *(*refusal)(const struct lg_lambda_call *call);
    /* Once a call; touches nothing but `request`, `arena` and `body_hash`. The same. */
    const char *(*prepare)(struct lg_lambda_call *call);
    /* Ends in lg_lambda_send(). No credentials where nothing is signed. */
    void (*send)(struct lg_lambda_call *call, const struct lg_credentials *credentials);
};

extern const struct lg_lambda_way lg_lambda_invoke, lg_lambda_url;

/* --- call.c --- */

/* The end, at once; `call` is gone then. */
void lg_lambda_give_up(struct lg_lambda_call *call, enum lg_cause cause, const char *reason);
/* The same once this turn is over. */
void lg_lambda_end_later(struct lg_lambda_call *call, enum lg_cause cause, const char *reason);
/* The same, and what is under way is cut. */
void lg_lambda_break_off(struct lg_lambda_call *call, enum lg_cause cause, const char *reason);
/* The breaker hears of it. */
void lg_lambda_note_health(struct lg_lambda_call *call, bool good);
/* An answer came as it should. */
void lg_lambda_went_well(struct lg_lambda_call *call);
/* None came whole: another try where nothing was sent, or the end. */
void lg_lambda_not_whole(struct lg_lambda_call *call, const struct lg_http_end *how);
/* The service refused, for what `reason` says: another try where that is safe, or the end. */
void lg_lambda_follow(struct lg_lambda_call *call, const struct lg_lambda_verdict *verdict);
/* Forgets the last try's answer, and begins this. The context of the events is the call. */
void lg_lambda_send(struct lg_lambda_call *call, const struct lg_http_request *request,
                    const struct lg_http_call_events *events);
/* The time that it is signed with. */
int64_t lg_lambda_signing_ms(struct lg_lambda_call *call);
/* Gives the job to the pool. False: it is full. */
bool lg_lambda_work(struct lg_lambda_call *call, void (*run)(struct lg_job *job),
                    void (*done)(struct lg_job *job));

/* --- both.c --- */

/* Type of an error, request id, clock, time to wait. */
void lg_lambda_read_header(struct lg_lambda_call *call, const struct lg_header *header);
/* Where that is much work; small bodies are left to the signer. */
void lg_lambda_hash(struct lg_lambda_call *call, struct lg_str body);
/* For struct lg_signing. */
const char *lg_lambda_body_hash(const struct lg_lambda_call *call);

/* stream.c: bytes of the answer. False: they are no frames; `reason` says why. */
bool lg_lambda_stream_feed(struct lg_lambda_call *call, const void *data, size_t size,
                           enum lg_flow *ret_flow);
/* It has ended: what was held back goes out. */
void lg_lambda_stream_flush(struct lg_lambda_call *call);

#endif
