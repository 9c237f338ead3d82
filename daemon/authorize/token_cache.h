/*
 * token_cache.h -- tokens that were found good, so that their signature is verified once.
 *
 * Known by the SHA-256 of the token, the authorizer, and the keys it was verified with: what was
 * believed with other keys is not believed. Only good tokens come in, so nobody without one can
 * push others out. One a loop; nothing locks.
 */
#ifndef LG_AUTHORIZE_TOKEN_CACHE_H
#define LG_AUTHORIZE_TOKEN_CACHE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/json.h"
#include "base/list.h"
#include "listen/exchange.h"

struct lg_grant;
struct lg_token_cache;

#define LG_TOKEN_DIGEST_SIZE 32

/* Who a token, or a Lambda authorizer, says that its bearer is. Counted by references on one loop.
 */
struct lg_identity {
    unsigned references;
    struct lg_arena arena; /* of all below */
    const struct lg_json *claims;
    struct lg_str claims_text;       /* as functions get them: {"sub":"...",...} */
    struct lg_str scopes_text;       /* ["a","b"] */
    const struct lg_header *members; /* of claims_text, one by one */
    size_t member_count;
    const struct lg_grant *grant; /* of a Lambda authorizer, which has no claims; or NULL */
    int64_t expires_ms;           /* unix, leeway included */
    size_t issuer;
    /* what it is known by */
    unsigned char digest[LG_TOKEN_DIGEST_SIZE];
    uint64_t authorizer, generation;
    struct lg_link link; /* in the cache, the one used last at the end */
    struct lg_identity *next_in_slot;
};

struct lg_identity *lg_identity_new(void); /* one reference */
struct lg_identity *lg_identity_ref(struct lg_identity *identity);
void lg_identity_unref(struct lg_identity *identity); /* NULL is fine */

/* `entries` and `bytes` at most; 0 entries: it keeps nothing. */
struct lg_token_cache *lg_token_cache_new(size_t entries, size_t bytes);
void lg_token_cache_free(struct lg_token_cache *cache); /* NULL is fine */
/* Others from now on; what is too much goes. */
void lg_token_cache_resize(struct lg_token_cache *cache, size_t entries, size_t bytes);

/* Borrowed until the next call; NULL: not known. The caller judges its time and its keys. */
struct lg_identity *lg_token_cache_find(struct lg_token_cache *cache,
                                        const unsigned char digest[LG_TOKEN_DIGEST_SIZE],
                                        uint64_t authorizer);
/* Takes a reference of its own; the ones unused for longest go for it. */
void lg_token_cache_add(struct lg_token_cache *cache, struct lg_identity *identity);
void lg_token_cache_remove(struct lg_token_cache *cache, struct lg_identity *identity);
size_t lg_token_cache_count(const struct lg_token_cache *cache);

#endif
