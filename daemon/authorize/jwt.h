/*
 * jwt.h -- a signed token (RFC 7519 in RFC 7515's compact form) taken apart, believing nothing.
 *
 * Strict where readers differ: three parts of unpadded base64url with one spelling each, JSON
 * without duplicate names, without NUL in a string, members of their types. `crit`, `b64`, `enc`
 * and `cty` are refused; `jwk`, `jku` and `x5u` are never looked at. Pure.
 */
#ifndef LG_AUTHORIZE_JWT_H
#define LG_AUTHORIZE_JWT_H

#include "authorize/algorithm.h"
#include "authorize/jwt_fault.h"
#include "base/arena.h"
#include "base/json.h"

#define LG_JWT_MAX_SIGNATURE 1024 /* bytes: RSA with 8192 bits */

struct lg_jwt {
    struct lg_str parts[3];       /* as they came */
    const struct lg_json *header; /* NULL: not read */
    enum lg_jwt_alg alg;
    struct lg_str kid; /* data == NULL: none */
    struct lg_str signed_part;
    struct lg_str signature;
    struct lg_str issuer; /* data == NULL: none */
    const struct lg_json *claims;
};

/*
 * The three steps of lg_jwt_read(), for whoever wants to know more than the first fault: each fills
 * its members of *jwt, which begins zeroed, and needs those before it to be good or, for the
 * payload, the split alone.
 */
enum lg_jwt_fault lg_jwt_split(struct lg_arena *arena, struct lg_str token, size_t limit,
                               struct lg_jwt *jwt);
enum lg_jwt_fault lg_jwt_read_header(struct lg_arena *arena, struct lg_jwt *jwt);
enum lg_jwt_fault lg_jwt_read_payload(struct lg_arena *arena, struct lg_jwt *jwt);

/*
 * Takes `token` apart; slices of *ret_jwt lie in the arena or point into the token. `limit`: bytes
 * that the token may have. Anything but LG_JWT_GOOD leaves *ret_jwt alone.
 */
enum lg_jwt_fault lg_jwt_read(struct lg_arena *arena, struct lg_str token, size_t limit,
                              struct lg_jwt *ret_jwt);

#endif
