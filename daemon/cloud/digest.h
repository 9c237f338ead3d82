/*
 * digest.h -- SHA-256 and HMAC-SHA256 with what OpenSSL needs for them fetched once.
 *
 * HMAC() and SHA256() look their algorithms up at every call, which costs more than hashing a
 * request. Threads: one at a time each.
 */
#ifndef LG_CLOUD_DIGEST_H
#define LG_CLOUD_DIGEST_H

#include "base/str.h"

#define LG_DIGEST_SIZE 32
#define LG_DIGEST_HEX_SIZE 65 /* with its NUL */

struct lg_digest;

struct lg_digest *lg_digest_new(void);
void lg_digest_free(struct lg_digest *digest); /* NULL is fine */

void lg_digest_sha256(struct lg_digest *digest, struct lg_str bytes,
                      unsigned char ret_hash[LG_DIGEST_SIZE]);
void lg_digest_hmac(struct lg_digest *digest, struct lg_str key, struct lg_str bytes,
                    unsigned char ret_hash[LG_DIGEST_SIZE]);

/* Lower case, terminated. */
void lg_digest_hex(const unsigned char hash[LG_DIGEST_SIZE], char ret_text[LG_DIGEST_HEX_SIZE]);

#endif
