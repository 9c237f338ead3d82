/* private.h -- what the files of daemon/lambda share. */
#ifndef LG_LAMBDA_PRIVATE_H
#define LG_LAMBDA_PRIVATE_H

#include <stdatomic.h>

#include "cloud/sigv4.h"
#include "lambda/breaker.h"
#include "lambda/lambda.h"
#include "wire/mailbox.h"

#define LG_LAMBDA_CLOSED 1L /* of jobs */
#define LG_LAMBDA_ONE_JOB 2L

struct lg_lambda;
struct lg_lambda_way;

/*
 * What a loop has of the function, made by need. The retry budget is as in AWS's SDKs: each try
 * costs what a few good calls give back, so that a crowd of retries ends by itself.
 */
struct lg_lambda_seat {
    struct lg_lambda *lambda;
    struct lg_loop *loop;
    struct lg_http_pool *pool;
    struct lg_signer *signer;
    struct lg_credential_view *view;
    struct lg_breaker breaker;
    unsigned retry_budget;
};

struct lg_lambda {
    struct lg_target target; /* first */
    struct lg_lambda_env env;
    struct lg_loop *home;
    struct lg_arena arena;
    const char *function, *who;
    struct lg_config_lambda config; /* its texts are copied */
    const struct lg_lambda_way *way;
    bool is_signed;
    /* The endpoint. `fault`: why there can be no connection to it; NULL: none. */
    const char *host, *fault;
    uint16_t port;
    struct lg_str authority; /* for Host */
    /* Of the Invoke API; with a function URL `path` is what stands before the event's. */
    struct lg_str path, stream_path, query;
    struct lg_str region;
    struct lg_tls_client *tls; /* NULL: plain */
    struct lg_http_proxy proxy;
    bool has_proxy;
    struct lg_credential_set *credentials;
    struct lg_lambda_seat *seats; /* by loop; a seat without a pool is not made */

    _Atomic long jobs; /* calls and the closed bit */
    void (*on_drained)(void *context);
    void *drained_context;
    struct lg_letter letter; /* goes from loop to loop at the end */
    unsigned closing;

    struct {
        struct lg_metric *in_flight, *retries, *breaker_open;
    } metrics;
};

/* seat.c: the seat of the current loop; NULL: it cannot be made. */
struct lg_lambda_seat *lg_lambda_seat(struct lg_lambda *lambda);
void lg_lambda_seat_close(struct lg_lambda_seat *seat);
/* Takes a retry from the budget; false: there is none left. A good call gives something back. */
bool lg_lambda_retry_take(struct lg_lambda_seat *seat);
void lg_lambda_retry_give(struct lg_lambda_seat *seat);

/* call.c */
void lg_lambda_call_begin(struct lg_lambda *lambda, struct lg_invocation *invocation);
void lg_lambda_call_cancel(struct lg_invocation *invocation, enum lg_cancel why);
void lg_lambda_call_resume(struct lg_invocation *invocation);
/* target.c: a call has ended. */
void lg_lambda_leave(struct lg_lambda *lambda);

#endif
