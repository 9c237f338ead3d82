/*
 * lambda_authorizer.h -- an authorizer that is a function of this gateway: what is known of it
 * before any request.
 *
 * Made with a snapshot and never changed. Threads: any.
 */
#ifndef LG_LAMBDA_AUTHORIZER_H
#define LG_LAMBDA_AUTHORIZER_H

#include "authorize/authorizer.h"
#include "authorize/grant.h"
#include "authorize/token_pattern.h"
#include "function/function.h"
#include "observe/metrics.h"

enum lg_decision {
    LG_DECISION_ALLOW,
    LG_DECISION_DENY,
    LG_DECISION_UNAUTHORIZED, /* nobody was named, or the function says so */
    LG_DECISION_FAILED        /* there is none */
};
#define LG_DECISION_COUNT (LG_DECISION_FAILED + 1)

struct lg_authorizer_numbers {
    struct lg_metric decisions[LG_DECISION_COUNT];
    struct lg_metric remembered; /* of them: without a call */
};

struct lg_lambda_authorizer {
    const char *name;
    const struct lg_config_lambda_authorizer *config;
    struct lg_arena arena;
    struct lg_token_source *sources;
    size_t source_count;
    struct lg_token_pattern *validation; /* owned, or NULL */
    struct lg_function *function; /* one reference; NULL in a snapshot that is only checked */
    struct lg_authorizer_numbers *numbers; /* one reference */
    struct lg_str identity;                /* its options, and which function: as one text */
    bool used_by[2];                       /* by kind of API */
};

/*
 * Compiles an authorizer, whose `config` must outlive it. What is wrong is added to `faults`; NULL
 * then.
 */
struct lg_lambda_authorizer *lg_lambda_authorizer_build(const struct lg_config_authorizer *config,
                                                        struct lg_faults *faults);
void lg_lambda_authorizer_free(struct lg_lambda_authorizer *lambda); /* NULL is fine */

/* A route of an API of that kind uses it: its context variables must be the kind's. */
void lg_lambda_authorizer_use(struct lg_lambda_authorizer *lambda, enum lg_config_api_kind kind,
                              struct lg_faults *faults);

/* Takes over a reference. Once, before it is used. */
void lg_lambda_authorizer_attach(struct lg_lambda_authorizer *lambda, struct lg_function *function);

/* What is left to the kind of the API. */
bool lg_lambda_authorizer_is_v1(const struct lg_lambda_authorizer *lambda,
                                enum lg_config_api_kind kind);
int64_t lg_lambda_authorizer_ttl_ms(const struct lg_lambda_authorizer *lambda,
                                    enum lg_config_api_kind kind);

#endif
