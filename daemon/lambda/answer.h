/*
 * answer.h -- an answer of Lambda's API that is no result: what it means for the caller, and
 * whether another try is safe.
 *
 * Pure. Contract: Lambda API, Invoke, errors. The name of an error comes as "Shape",
 * "Shape:http://..." or "namespace#Shape", in a header or in the body.
 */
#ifndef LG_LAMBDA_ANSWER_H
#define LG_LAMBDA_ANSWER_H

#include "base/str.h"
#include "target/target.h"

enum lg_lambda_remedy {
    LG_LAMBDA_GIVE_UP,
    LG_LAMBDA_TRY_AGAIN,       /* after a pause */
    LG_LAMBDA_NEW_CREDENTIALS, /* those that were used have ended */
    LG_LAMBDA_OTHER_CLOCK      /* if AWS's is found to be another */
};

struct lg_lambda_verdict {
    enum lg_cause cause;
    enum lg_lambda_remedy remedy; /* only where the function surely has not run */
    bool sick;                    /* the endpoint is not well: it counts for the breaker */
};

/* `type` may be empty. */
struct lg_lambda_verdict lg_lambda_judge(int status, struct lg_str type);

/* The shape's name: without what stands around it. */
struct lg_str lg_lambda_error_type(struct lg_str text);

#endif
