/* test_signature.c -- what is said of an Authorization header that is no signature. */
#include "respond/signature.h"

#include <criterion/criterion.h>
#include <string.h>

Test(signature, sigv4_is_one_and_a_bearer_token_is_none)
{
    cr_assert(lg_signature_present(LG_STR("AWS4-HMAC-SHA256 Credential=x")));
    cr_assert(!lg_signature_present(LG_STR("Bearer x")));
    cr_assert(!lg_signature_present(LG_STR("")));
}

Test(signature, the_refusal_tells_a_hash_and_never_the_value)
{
    struct lg_arena arena;

    lg_arena_init(&arena);
    const char *message = lg_signature_refusal(&arena, LG_STR("abc"));
    cr_assert_str_eq(message,
                     "Invalid key=value pair (missing equal-sign) in Authorization header (hashed "
                     "with SHA-256 and encoded with Base64): "
                     "'ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0='.");
    lg_arena_done(&arena);
}
