/*
 * policy.h -- an IAM policy document of a Lambda authorizer: read once, judged against requests.
 *
 * A request is allowed when a statement allows it and none denies it. Whatever is not understood
 * counts against the request: a statement with conditions never allows but does deny; where two
 * readings of a pattern are possible, one that allows takes the narrower and one that denies the
 * wider; a document of another shape is none. Pure: no clock, no log.
 *
 * Contract: IAM's policy grammar, as far as an API needs it.
 */
#ifndef LG_AUTHORIZE_POLICY_H
#define LG_AUTHORIZE_POLICY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/json.h"

#define LG_POLICY_RESOURCE_MAX 512 /* characters of a resource in a policy, as on the service */
#define LG_POLICY_FUEL 2000000     /* steps of comparing, for one judgement */

struct lg_policy_texts {
    const struct lg_str *items;
    size_t count;
    bool but; /* all others are meant: NotAction, NotResource */
};

struct lg_policy_statement {
    bool denies;
    bool conditional;
    struct lg_policy_texts actions, resources;
};

struct lg_policy {
    const struct lg_policy_statement *statements;
    size_t count;
};

struct lg_policy_request {
    struct lg_str action;   /* execute-api:Invoke */
    struct lg_str resource; /* an ARN, with the path as it came */
    struct lg_str decoded;  /* the same with the path decoded, for what denies */
};

enum lg_policy_verdict {
    LG_POLICY_ALLOW,
    LG_POLICY_NO_ALLOW,      /* no statement allows it */
    LG_POLICY_EXPLICIT_DENY, /* one denies it */
    LG_POLICY_GAVE_UP        /* out of fuel */
};

/*
 * Reads a policy document into the arena, where nothing of `document` is referred to any more.
 * LG_ERR_SYNTAX: it is none; *reterr_reason, static, says why.
 */
LG_MUST_CHECK enum lg_err lg_policy_read(struct lg_arena *arena, const struct lg_json *document,
                                         struct lg_policy *ret_policy, const char **reterr_reason);

enum lg_policy_verdict lg_policy_judge(const struct lg_policy *policy,
                                       const struct lg_policy_request *request);

#endif
