/*
 * lambda.h -- functions in AWS Lambda: a call is an Invoke, or a request to a function URL, signed
 * and sent from its caller's loop.
 *
 *     call.c     one call: made ready -> credentials -> sent -> answer, and tries again
 *     invoke.c   its way by the Invoke API
 *     url.c      its way by a function URL
 *     seat.c     what a loop has of it: connections, signer, credentials, breaker
 *     target.c   the function: its address, its path, its end
 *     answer.c   what an answer that is no result means, and whether the function may have run
 *     breaker.c  when an endpoint is not worth a try
 *     stream.c   InvokeWithResponseStream
 *
 * What was sent is never sent again unless the answer says that the function has not run.
 */
#ifndef LG_LAMBDA_LAMBDA_H
#define LG_LAMBDA_LAMBDA_H

#include "cloud/credential_set.h"
#include "config/config.h"
#include "target/target.h"
#include "wire/http_client.h"

struct lg_mailbox;
struct lg_pool;

/* What functions in Lambda need from the process. Copied; what it points to outlives them. */
struct lg_lambda_env {
    struct lg_mailbox *const *mailboxes; /* of all loops, by index */
    unsigned loops;
    struct lg_pool *pool; /* for work on large payloads */
    struct lg_credential_home *credentials;
    const char *region; /* where nobody says another */
    /* The client of the loop that it is called on; NULL: there can be none. */
    struct lg_http_client *(*client)(void *context, unsigned loop);
    void *context;
};

/* The function's configuration is copied. Never NULL. */
struct lg_target *lg_lambda_target_new(const struct lg_lambda_env *env, struct lg_loop *home,
                                       const struct lg_config_function *function);

#endif
