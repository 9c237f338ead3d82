/*
 * signature.h -- verifies signatures with keys that were parsed before.
 *
 * A verifier holds what OpenSSL would otherwise look up for each token. One a thread.
 */
#ifndef LG_AUTHORIZE_SIGNATURE_H
#define LG_AUTHORIZE_SIGNATURE_H

#include "authorize/jwks.h"

struct lg_verifier;

struct lg_verifier *lg_verifier_new(void); /* NULL: OpenSSL lacks an algorithm */
void lg_verifier_free(struct lg_verifier *verifier);

/* Whether `signature` is `key`'s over `text` by `alg`, which the key was found for
 * (lg_jwks_find()). */
bool lg_verifier_check(struct lg_verifier *verifier, const struct lg_jwk *key, enum lg_jwt_alg alg,
                       struct lg_str text, struct lg_str signature);

#endif
