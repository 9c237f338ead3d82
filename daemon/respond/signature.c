/* signature.c -- the words for an Authorization header that is no signature. */
#include "respond/signature.h"

#include <openssl/sha.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/text.h"

bool lg_signature_present(struct lg_str authorization)
{
    return lg_str_starts(authorization, LG_STR("AWS4-"));
}

const char *lg_signature_refusal(struct lg_arena *arena, struct lg_str authorization)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    struct lg_buf text;
    const char *message;

    SHA256((const unsigned char *)authorization.data, authorization.size, digest);
    lg_buf_init(&text, SIZE_MAX);
    lg_buf_add_cstr(&text, "Invalid key=value pair (missing equal-sign) in Authorization header "
                           "(hashed with SHA-256 and encoded with Base64): '");
    lg_base64_encode(&text, lg_str_make((const char *)digest, sizeof(digest)));
    lg_buf_add_cstr(&text, "'.");
    message = lg_arena_cstr(arena, lg_buf_str(&text));
    lg_buf_done(&text);
    return message;
}
