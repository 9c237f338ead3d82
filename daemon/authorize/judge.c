/* judge.c -- the steps, each before whatever costs more or trusts more. */
#include "authorize/judge.h"

static bool is_name_of(const struct lg_issuer *issuer, struct lg_str name)
{
    for (size_t i = 0; i < issuer->names.count; i++) {
        if (lg_str_eq(issuer->names.items[i], name))
            return true;
    }
    return false;
}

bool lg_judge_find_issuer(const struct lg_issuers *issuers, struct lg_str name, size_t *ret_index)
{
    for (size_t i = 0; i < issuers->count && name.data != NULL; i++) {
        if (is_name_of(&issuers->items[i], name)) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

static bool needs_kid(enum lg_jwt_alg alg)
{
    return lg_jwt_algorithm(alg)->kind != LG_JWK_SECRET;
}

bool lg_judge_algorithm(const struct lg_issuer *issuer, enum lg_jwt_alg alg)
{
    return (issuer->algs & LG_JWT_BIT(alg)) != 0;
}

enum lg_jwt_fault lg_judge_key(const struct lg_jwks *keys, const struct lg_jwt *jwt,
                               const struct lg_jwk **ret_key)
{
    bool known = false;

    if (jwt->kid.data == NULL && needs_kid(jwt->alg))
        return LG_JWT_NO_KID;
    const struct lg_jwk *key = keys != NULL ? lg_jwks_find(keys, jwt->kid, jwt->alg, &known) : NULL;
    if (key == NULL)
        return known ? LG_JWT_KEY_ALGORITHM : LG_JWT_UNKNOWN_KID;
    *ret_key = key;
    return LG_JWT_GOOD;
}

static enum lg_jwt_fault check_signature(struct lg_verifier *verifier, const struct lg_jwks *keys,
                                         const struct lg_jwt *jwt)
{
    const struct lg_jwk *key;
    enum lg_jwt_fault fault = lg_judge_key(keys, jwt, &key);

    if (fault != LG_JWT_GOOD)
        return fault;
    if (!lg_verifier_check(verifier, key, jwt->alg, jwt->signed_part, jwt->signature))
        return LG_JWT_BAD_SIGNATURE;
    return LG_JWT_GOOD;
}

struct lg_judgement lg_judge(struct lg_verifier *verifier, struct lg_arena *arena,
                             const struct lg_issuers *issuers, struct lg_str token, int64_t now_ms)
{
    struct lg_judgement judgement = { .fault = LG_JWT_GOOD };
    struct lg_jwt jwt;

    judgement.fault = lg_jwt_read(arena, token, issuers->token_limit, &jwt);
    if (judgement.fault != LG_JWT_GOOD)
        return judgement;
    judgement.claims = jwt.claims;
    if (!lg_judge_find_issuer(issuers, jwt.issuer, &judgement.issuer)) {
        judgement.fault = LG_JWT_UNKNOWN_ISSUER;
        return judgement;
    }
    const struct lg_issuer *issuer = &issuers->items[judgement.issuer];
    if (!lg_judge_algorithm(issuer, jwt.alg)) {
        judgement.fault = LG_JWT_BAD_ALGORITHM;
        return judgement;
    }
    judgement.fault =
        check_signature(verifier, issuers->keys(issuers->context, judgement.issuer), &jwt);
    if (judgement.fault == LG_JWT_UNKNOWN_KID)
        judgement.kid = jwt.kid;
    if (judgement.fault == LG_JWT_GOOD)
        judgement.fault = lg_claims_check(jwt.claims, &issuer->rules, now_ms);
    return judgement;
}
