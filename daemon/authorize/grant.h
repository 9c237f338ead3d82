/*
 * grant.h -- what a Lambda authorizer answered: yes or no, or a policy, and a context.
 *
 * Contract: API Gateway, "Lambda authorizers". The answer comes from a function of the operator's,
 * yet is read as strictly as what strangers send: what is not understood is no answer. Pure.
 */
#ifndef LG_AUTHORIZE_GRANT_H
#define LG_AUTHORIZE_GRANT_H

#include "authorize/policy.h"
#include "authorize/token_cache.h"

#define LG_GRANT_BYTES 65536 /* of an answer, at most */

struct lg_grant_form {
    bool simple;    /* {"isAuthorized": true, ...}; else principalId and policyDocument */
    bool strings;   /* REST: the context holds no lists and objects, and all is told as text */
    bool no_claims; /* `claims` is a reserved name of the context */
};

struct lg_grant {
    bool simple, authorized;    /* authorized: of a simple one */
    struct lg_policy policy;    /* of any other */
    struct lg_str principal;    /* data == NULL: none was named */
    struct lg_str usage_key;    /* usageIdentifierKey; data == NULL: none */
    struct lg_str context_text; /* members of a JSON object, without its braces */
};

/*
 * Reads an answer. On LG_OK *ret_identity is one reference, with a grant, and with the members of
 * the context and `principalId` as text. LG_ERR_SYNTAX: not an answer of that form; *reterr_reason,
 * static, says why.
 */
LG_MUST_CHECK enum lg_err lg_grant_read(struct lg_str answer, const struct lg_grant_form *form,
                                        struct lg_identity **ret_identity,
                                        const char **reterr_reason);

/* What a grant says of a request. */
enum lg_policy_verdict lg_grant_judge(const struct lg_grant *grant,
                                      const struct lg_policy_request *request);

/* Whether an error document of a function says exactly "Unauthorized". */
bool lg_grant_says_unauthorized(struct lg_str document);

#endif
