/* digest.c -- one EVP context, used again and again; HMAC by its definition (RFC 2104). */
#include "cloud/digest.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BLOCK 64

struct lg_digest {
    EVP_MD *sha256;
    EVP_MD_CTX *context;
};

struct lg_digest *lg_digest_new(void)
{
    struct lg_digest *digest = LG_NEW(struct lg_digest);

    digest->sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    digest->context = EVP_MD_CTX_new();
    assert(digest->sha256 != NULL && digest->context != NULL); /* libcrypto without it is broken */
    return digest;
}

void lg_digest_free(struct lg_digest *digest)
{
    if (digest == NULL)
        return;
    EVP_MD_CTX_free(digest->context);
    EVP_MD_free(digest->sha256);
    free(digest);
}

/* Of two runs of bytes, one behind the other. */
static void hash_pair(struct lg_digest *digest, struct lg_str first, struct lg_str second,
                      unsigned char ret_hash[LG_DIGEST_SIZE])
{
    unsigned size = 0;
    int good = EVP_DigestInit_ex(digest->context, digest->sha256, NULL);

    good &= EVP_DigestUpdate(digest->context, first.data, first.size);
    good &= EVP_DigestUpdate(digest->context, second.data, second.size);
    good &= EVP_DigestFinal_ex(digest->context, ret_hash, &size);
    assert(good == 1 && size == LG_DIGEST_SIZE);
}

void lg_digest_sha256(struct lg_digest *digest, struct lg_str bytes,
                      unsigned char ret_hash[LG_DIGEST_SIZE])
{
    hash_pair(digest, bytes, LG_STR_NONE, ret_hash);
}

void lg_digest_hmac(struct lg_digest *digest, struct lg_str key, struct lg_str bytes,
                    unsigned char ret_hash[LG_DIGEST_SIZE])
{
    unsigned char block[BLOCK] = { 0 }, inner[LG_DIGEST_SIZE];
    const struct lg_str pad = lg_str_make((const char *)block, BLOCK);

    if (key.size > BLOCK)
        lg_digest_sha256(digest, key, block);
    else if (key.size > 0)
        memcpy(block, key.data, key.size);
    for (size_t i = 0; i < BLOCK; i++)
        block[i] ^= 0x36;
    hash_pair(digest, pad, bytes, inner);
    for (size_t i = 0; i < BLOCK; i++)
        block[i] ^= 0x36 ^ 0x5c;
    hash_pair(digest, pad, lg_str_make((const char *)inner, sizeof(inner)), ret_hash);
    explicit_bzero(block, sizeof(block));
}

void lg_digest_hex(const unsigned char hash[LG_DIGEST_SIZE], char ret_text[LG_DIGEST_HEX_SIZE])
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < LG_DIGEST_SIZE; i++) {
        ret_text[2 * i] = digits[hash[i] >> 4];
        ret_text[2 * i + 1] = digits[hash[i] & 15];
    }
    ret_text[LG_DIGEST_HEX_SIZE - 1] = '\0';
}
