/* jwk.h -- private to authorize/: one member of "keys" to a key, or the reason why not. */
#ifndef LG_AUTHORIZE_JWK_H
#define LG_AUTHORIZE_JWK_H

#include <jansson.h>

#include "authorize/jwks.h"

/* NULL and *ret_jwk set (the key owned by the caller, kid borrowed from `entry`), or a reason. */
const char *lg_jwk_read(const json_t *entry, struct lg_jwk *ret_jwk);

#endif
