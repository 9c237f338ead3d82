/* What is remembered of tokens, and what goes first. */
#include "authorize/token_cache.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static void digest_of(unsigned number, unsigned char digest[LG_TOKEN_DIGEST_SIZE])
{
    memset(digest, 7, LG_TOKEN_DIGEST_SIZE); /* all in one slot */
    memcpy(digest + 16, &number, sizeof(number));
}

static void add(struct lg_token_cache *cache, unsigned number, size_t size)
{
    struct lg_identity *identity = lg_identity_new();

    digest_of(number, identity->digest);
    identity->authorizer = 1;
    (void)lg_arena_alloc(&identity->arena, size);
    lg_token_cache_add(cache, identity);
    lg_identity_unref(identity);
}

static struct lg_identity *find(struct lg_token_cache *cache, unsigned number)
{
    unsigned char digest[LG_TOKEN_DIGEST_SIZE];

    digest_of(number, digest);
    return lg_token_cache_find(cache, digest, 1);
}

Test(token_cache, what_was_added_is_found_under_its_digest_and_authorizer_alone)
{
    struct lg_token_cache *cache = lg_token_cache_new(10, 1 << 20);
    unsigned char digest[LG_TOKEN_DIGEST_SIZE];

    add(cache, 1, 0);
    add(cache, 2, 0);
    cr_expect(find(cache, 1) != NULL);
    cr_expect(find(cache, 2) != find(cache, 1));
    cr_expect(find(cache, 3) == NULL);
    digest_of(1, digest);
    cr_expect(lg_token_cache_find(cache, digest, 2) == NULL);
    lg_token_cache_remove(cache, find(cache, 1));
    cr_expect(find(cache, 1) == NULL);
    cr_expect(find(cache, 2) != NULL);
    lg_token_cache_free(cache);
}

Test(token_cache, the_ones_unused_for_longest_go_first)
{
    struct lg_token_cache *cache = lg_token_cache_new(3, 1 << 20);

    for (unsigned i = 0; i < 3; i++)
        add(cache, i, 0);
    cr_expect(find(cache, 0) != NULL);
    add(cache, 3, 0);
    cr_expect(find(cache, 1) == NULL);
    cr_expect(find(cache, 0) != NULL);
    cr_expect(find(cache, 3) != NULL);
    cr_expect(eq(sz, lg_token_cache_count(cache), 3));
    lg_token_cache_free(cache);
}

Test(token_cache, what_is_too_much_to_remember_goes)
{
    struct lg_token_cache *cache = lg_token_cache_new(100, 40000);

    add(cache, 1, 15000);
    add(cache, 2, 15000);
    cr_expect(find(cache, 1) != NULL);
    add(cache, 3, 15000);
    cr_expect(find(cache, 2) == NULL);
    cr_expect(find(cache, 1) != NULL);
    cr_expect(find(cache, 3) != NULL);
    add(cache, 4, 50000);
    cr_expect(eq(sz, lg_token_cache_count(cache), 0), "one that is too large alone is not kept");
    lg_token_cache_resize(cache, 0, 1 << 20);
    add(cache, 5, 0);
    cr_expect(eq(sz, lg_token_cache_count(cache), 0));
    lg_token_cache_free(cache);
}

Test(token_cache, what_is_in_use_outlives_its_place)
{
    struct lg_token_cache *cache = lg_token_cache_new(1, 1 << 20);

    add(cache, 1, 0);
    struct lg_identity *held = lg_identity_ref(find(cache, 1));
    add(cache, 2, 0);
    cr_expect(find(cache, 1) == NULL);
    cr_expect(eq(u64, held->authorizer, 1));
    lg_token_cache_free(cache);
    cr_expect(eq(u64, held->authorizer, 1));
    lg_identity_unref(held);
}
