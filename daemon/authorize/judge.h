/*
 * judge.h -- one token against the issuers of an authorizer: the order in which things are
 * believed.
 *
 *     read -> issuer -> algorithm -> key -> signature -> times, audience, claims
 *
 * `iss` only selects among the configured issuers; a key of one issuer never verifies for another.
 * Pure: keys and the time are given. Scopes are the route's affair: lg_claims_have_scope().
 */
#ifndef LG_AUTHORIZE_JUDGE_H
#define LG_AUTHORIZE_JUDGE_H

#include "authorize/claims.h"
#include "authorize/jwks.h"
#include "authorize/signature.h"

struct lg_issuer {
    struct lg_str_list names; /* exact values of `iss`; none: only with a secret */
    unsigned algs;            /* bits of LG_JWT_BIT() */
    struct lg_claim_rules rules;
};

struct lg_judgement {
    enum lg_jwt_fault fault;
    size_t issuer;     /* index; meaningless before it was found */
    struct lg_str kid; /* of LG_JWT_UNKNOWN_KID: the key to ask the issuer for; in the arena */
    const struct lg_json *claims; /* in the arena; set once the token could be read, believed only
                                     when good */
};

/* The keys of an issuer now; borrowed until the judgement is there. NULL: never had any. */
typedef const struct lg_jwks *lg_keys_fn(void *context, size_t issuer);

/* Whom an authorizer believes. Borrowed. */
struct lg_issuers {
    const struct lg_issuer *items;
    size_t count;
    lg_keys_fn *keys;
    void *context;      /* of keys */
    size_t token_limit; /* bytes */
};

/* The steps that lg_judge() takes between reading a token and looking at its claims. */
bool lg_judge_find_issuer(const struct lg_issuers *issuers, struct lg_str name, size_t *ret_index);
bool lg_judge_algorithm(const struct lg_issuer *issuer, enum lg_jwt_alg alg);
/* `keys` may be NULL. *ret_key, borrowed, is set when good. */
enum lg_jwt_fault lg_judge_key(const struct lg_jwks *keys, const struct lg_jwt *jwt,
                               const struct lg_jwk **ret_key);

/* Keys that were never there are LG_JWT_UNKNOWN_KID. */
struct lg_judgement lg_judge(struct lg_verifier *verifier, struct lg_arena *arena,
                             const struct lg_issuers *issuers, struct lg_str token, int64_t now_ms);

#endif
