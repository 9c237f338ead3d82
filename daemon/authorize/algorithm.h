/*
 * algorithm.h -- the signature algorithms of JOSE that are believed, and the kind of key of each.
 *
 * Names are compared exactly (RFC 7518: case matters); `none` is not among them. An ECDSA algorithm
 * belongs to one curve: ES384 made with a P-256 key is refused.
 */
#ifndef LG_AUTHORIZE_ALGORITHM_H
#define LG_AUTHORIZE_ALGORITHM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum lg_jwt_alg {
    LG_JWT_ALG_NONE, /* not one of ours; never believed */
    LG_JWT_RS256,
    LG_JWT_RS384,
    LG_JWT_RS512,
    LG_JWT_PS256,
    LG_JWT_PS384,
    LG_JWT_PS512,
    LG_JWT_ES256,
    LG_JWT_ES384,
    LG_JWT_ES512,
    LG_JWT_EDDSA, /* Ed25519 */
    LG_JWT_HS256,
    LG_JWT_HS384,
    LG_JWT_HS512,
    LG_JWT_ALG_COUNT
};

enum lg_jwk_kind {
    LG_JWK_RSA,
    LG_JWK_P256,
    LG_JWK_P384,
    LG_JWK_P521,
    LG_JWK_ED25519,
    LG_JWK_SECRET
};

/* A set of algorithms is an unsigned with these bits. */
#define LG_JWT_BIT(alg) (1U << (alg))
#define LG_JWT_ANY_RSA                                                                             \
    (LG_JWT_BIT(LG_JWT_RS256) | LG_JWT_BIT(LG_JWT_RS384) | LG_JWT_BIT(LG_JWT_RS512))

struct lg_jwt_algorithm {
    const char *name;
    enum lg_jwk_kind kind;
    const char *digest;    /* OpenSSL's name; NULL for EdDSA */
    size_t digest_size;    /* bytes; an HMAC secret is at least as long (RFC 7518 section 3.2) */
    size_t signature_size; /* bytes; 0: the size of the RSA modulus */
    bool pss;
};

/* The row of `alg`, which is not LG_JWT_ALG_NONE. */
const struct lg_jwt_algorithm *lg_jwt_algorithm(enum lg_jwt_alg alg);

/* LG_JWT_ALG_NONE for a name that is none of ours. */
enum lg_jwt_alg lg_jwt_alg_of(struct lg_str name);

#endif
