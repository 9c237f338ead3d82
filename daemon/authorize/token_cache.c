/* token_cache.c -- a table by digest, and a list by use. */
#include "authorize/token_cache.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define SLOTS_MAX 65536

struct lg_token_cache {
    size_t entries, bytes; /* at most */
    size_t count, used;
    struct lg_identity **slots; /* a power of two of them */
    size_t slot_count;
    struct lg_link all;
};

/* --- identities ------------------------------------------------------------------------------- */

struct lg_identity *lg_identity_new(void)
{
    struct lg_arena arena;

    lg_arena_init(&arena);
    struct lg_identity *identity = LG_ARENA_NEW(&arena, struct lg_identity);
    identity->arena = arena;
    identity->references = 1;
    return identity;
}

struct lg_identity *lg_identity_ref(struct lg_identity *identity)
{
    identity->references++;
    return identity;
}

void lg_identity_unref(struct lg_identity *identity)
{
    if (identity == NULL || --identity->references > 0)
        return;
    struct lg_arena arena = identity->arena; /* it lies in there itself */
    lg_arena_done(&arena);
}

/* --- the cache -------------------------------------------------------------------------------- */

static size_t slots_for(size_t entries)
{
    size_t count = 16;

    while (count < entries && count < SLOTS_MAX)
        count *= 2;
    return count;
}

/* A digest is as good as chance, and it is a good token's: nobody can choose it. */
static struct lg_identity **slot_of(struct lg_token_cache *cache, const unsigned char *digest)
{
    size_t number;

    memcpy(&number, digest, sizeof(number));
    return &cache->slots[number & (cache->slot_count - 1)];
}

struct lg_token_cache *lg_token_cache_new(size_t entries, size_t bytes)
{
    struct lg_token_cache *cache = LG_NEW(struct lg_token_cache);

    cache->entries = entries;
    cache->bytes = bytes;
    cache->slot_count = slots_for(entries);
    cache->slots = lg_calloc(cache->slot_count, sizeof(struct lg_identity *));
    lg_list_init(&cache->all);
    return cache;
}

static size_t size_of(const struct lg_identity *identity)
{
    return identity->arena.used + sizeof(*identity);
}

void lg_token_cache_remove(struct lg_token_cache *cache, struct lg_identity *identity)
{
    struct lg_identity **slot = slot_of(cache, identity->digest);

    while (*slot != identity) {
        assert(*slot != NULL);
        slot = &(*slot)->next_in_slot;
    }
    *slot = identity->next_in_slot;
    lg_list_remove(&identity->link);
    cache->count--;
    cache->used -= size_of(identity);
    lg_identity_unref(identity);
}

static void shrink(struct lg_token_cache *cache)
{
    while (cache->count > cache->entries || cache->used > cache->bytes) {
        struct lg_link *oldest = lg_list_first(&cache->all);
        assert(oldest != NULL);
        lg_token_cache_remove(cache, LG_LIST_OF(oldest, struct lg_identity, link));
    }
}

void lg_token_cache_free(struct lg_token_cache *cache)
{
    if (cache == NULL)
        return;
    lg_token_cache_resize(cache, 0, 0);
    free(cache->slots);
    free(cache);
}

void lg_token_cache_resize(struct lg_token_cache *cache, size_t entries, size_t bytes)
{
    cache->entries = entries;
    cache->bytes = bytes;
    shrink(cache);
}

struct lg_identity *lg_token_cache_find(struct lg_token_cache *cache,
                                        const unsigned char digest[LG_TOKEN_DIGEST_SIZE],
                                        uint64_t authorizer)
{
    struct lg_identity *identity = *slot_of(cache, digest);

    while (identity != NULL && (identity->authorizer != authorizer ||
                                memcmp(identity->digest, digest, LG_TOKEN_DIGEST_SIZE) != 0))
        identity = identity->next_in_slot;
    if (identity != NULL) {
        lg_list_remove(&identity->link);
        lg_list_add_last(&cache->all, &identity->link);
    }
    return identity;
}

void lg_token_cache_add(struct lg_token_cache *cache, struct lg_identity *identity)
{
    struct lg_identity **slot = slot_of(cache, identity->digest);

    assert(!lg_link_in_list(&identity->link));
    identity->next_in_slot = *slot;
    *slot = lg_identity_ref(identity);
    lg_list_add_last(&cache->all, &identity->link);
    cache->count++;
    cache->used += size_of(identity);
    shrink(cache);
}

size_t lg_token_cache_count(const struct lg_token_cache *cache)
{
    return cache->count;
}
