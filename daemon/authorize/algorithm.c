/* algorithm.c -- one table: name, key, digest, sizes. RFC 7518 section 3, RFC 8037. */
#include "authorize/algorithm.h"

#include <assert.h>

static const struct lg_jwt_algorithm algorithms[LG_JWT_ALG_COUNT] = {
    [LG_JWT_RS256] = { "RS256", LG_JWK_RSA, "SHA2-256", 32, 0, false },
    [LG_JWT_RS384] = { "RS384", LG_JWK_RSA, "SHA2-384", 48, 0, false },
    [LG_JWT_RS512] = { "RS512", LG_JWK_RSA, "SHA2-512", 64, 0, false },
    [LG_JWT_PS256] = { "PS256", LG_JWK_RSA, "SHA2-256", 32, 0, true },
    [LG_JWT_PS384] = { "PS384", LG_JWK_RSA, "SHA2-384", 48, 0, true },
    [LG_JWT_PS512] = { "PS512", LG_JWK_RSA, "SHA2-512", 64, 0, true },
    [LG_JWT_ES256] = { "ES256", LG_JWK_P256, "SHA2-256", 32, 64, false },
    [LG_JWT_ES384] = { "ES384", LG_JWK_P384, "SHA2-384", 48, 96, false },
    [LG_JWT_ES512] = { "ES512", LG_JWK_P521, "SHA2-512", 64, 132, false },
    [LG_JWT_EDDSA] = { "EdDSA", LG_JWK_ED25519, NULL, 0, 64, false },
    [LG_JWT_HS256] = { "HS256", LG_JWK_SECRET, "SHA2-256", 32, 32, false },
    [LG_JWT_HS384] = { "HS384", LG_JWK_SECRET, "SHA2-384", 48, 48, false },
    [LG_JWT_HS512] = { "HS512", LG_JWK_SECRET, "SHA2-512", 64, 64, false },
};

const struct lg_jwt_algorithm *lg_jwt_algorithm(enum lg_jwt_alg alg)
{
    assert(alg > LG_JWT_ALG_NONE && alg < LG_JWT_ALG_COUNT);
    return &algorithms[alg];
}

enum lg_jwt_alg lg_jwt_alg_of(struct lg_str name)
{
    for (enum lg_jwt_alg alg = LG_JWT_RS256; alg < LG_JWT_ALG_COUNT; alg++) {
        if (lg_str_is(name, algorithms[alg].name))
            return alg;
    }
    return LG_JWT_ALG_NONE;
}
