/* fuzz_jwks.c -- a document of keys from a server that may be anybody's. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "authorize/jwks.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lg_jwks *jwks = NULL;
    const char *reason = NULL;

    if (lg_jwks_read(lg_str_make((const char *)data, size), &jwks, &reason) != LG_OK) {
        assert(jwks == NULL && reason != NULL);
        return 0;
    }
    assert(lg_jwks_count(jwks) > 0 && lg_jwks_count(jwks) <= LG_JWKS_MAX_KEYS);
    assert(lg_jwks_same(jwks, jwks));
    lg_jwks_unref(jwks);
    return 0;
}
