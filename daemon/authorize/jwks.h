/*
 * jwks.h -- a set of public keys (RFC 7517), parsed once and never changed.
 *
 * What a token may be verified with is fixed here, by the key, never by the token: a key knows
 * its kind, and its algorithm when the set names one. What cannot be used safely is left out of
 * the set, with a note for the log: RSA below 2048 or above 8192 bits or with an odd exponent, a
 * point off its curve, a key for encryption, one whose private part is there for all to read.
 *
 * A set is reference-counted; keys of it may be used by any number of threads at once.
 */
#ifndef LG_AUTHORIZE_JWKS_H
#define LG_AUTHORIZE_JWKS_H

#include <openssl/evp.h>
#include <stdint.h>

#include "authorize/algorithm.h"
#include "base/err.h"
#include "base/str.h"

#define LG_JWKS_MAX_BYTES ((size_t)256 * 1024)
#define LG_JWKS_MAX_KEYS 64
#define LG_JWKS_MAX_KID 256 /* bytes */

struct lg_jwk {
    struct lg_str kid;
    enum lg_jwk_kind kind;
    enum lg_jwt_alg alg;   /* NONE: whatever its kind and the issuer allow */
    EVP_PKEY *key;         /* owned; NULL for a secret */
    struct lg_str secret;  /* owned; of LG_JWK_SECRET */
    size_t signature_size; /* bytes of an RSA signature */
};

struct lg_jwks;

/* A member of "keys" that is not used. */
struct lg_jwks_note {
    size_t index;
    const char *reason; /* static */
};

/*
 * Reads a JWKS document. LG_ERR_TOO_BIG, LG_ERR_SYNTAX (no JWKS, or two keys of one id and
 * algorithm), LG_ERR_NOT_FOUND (none of its keys can be used); *reterr_reason (static) says more.
 * One reference.
 */
LG_MUST_CHECK enum lg_err lg_jwks_read(struct lg_str text, struct lg_jwks **ret_jwks,
                                       const char **reterr_reason);

/* A set of one secret for HS256, HS384 and HS512, as far as it is long enough: for any `kid`. */
struct lg_jwks *lg_jwks_of_secret(struct lg_str secret);

struct lg_jwks *lg_jwks_ref(struct lg_jwks *jwks);
void lg_jwks_unref(struct lg_jwks *jwks); /* NULL is fine */

size_t lg_jwks_count(const struct lg_jwks *jwks);
const struct lg_jwk *lg_jwks_at(const struct lg_jwks *jwks, size_t index);
const struct lg_jwks_note *lg_jwks_notes(const struct lg_jwks *jwks, size_t *ret_count);

/* Drawn for every set that is read: what was verified with another set is not verified. */
uint64_t lg_jwks_generation(const struct lg_jwks *jwks);

/* Whether both hold the same keys under the same names. */
bool lg_jwks_same(const struct lg_jwks *a, const struct lg_jwks *b);

/*
 * The key `kid` that may verify `alg`. NULL: none; *ret_known_kid then says whether there is a key
 * of that id at all, since only an unknown one is a reason to fetch the set again.
 */
const struct lg_jwk *lg_jwks_find(const struct lg_jwks *jwks, struct lg_str kid,
                                  enum lg_jwt_alg alg, bool *ret_known_kid);

#endif
