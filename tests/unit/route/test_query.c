/* test_query.c -- the parameters of a raw query. */
#include "route/query.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static const char *all(struct lg_arena *arena, const char *query, bool semicolons)
{
    struct lg_str rest = lg_str_of(query);
    struct lg_query_pair pair;
    const char *text = "";
    size_t count = 0;

    while (lg_query_next(&rest, semicolons, &pair)) {
        text = lg_arena_printf(arena, "%s<%.*s|%.*s>", text, LG_STR_ARG(pair.name),
                               LG_STR_ARG(pair.value));
        count++;
    }
    cr_assert(count <= lg_query_count(lg_str_of(query), semicolons));
    return text;
}

Test(query, parameters_come_one_by_one)
{
    struct lg_arena arena;

    lg_arena_init(&arena);
    cr_assert(strcmp(all(&arena, "a=1&b&c==2&=d&&", false), "<a|1><b|><c|=2><|d>") == 0);
    cr_assert(strcmp(all(&arena, "a=1;b=2&c", false), "<a|1;b=2><c|>") == 0);
    cr_assert(strcmp(all(&arena, "a=1;b=2&c;;", true), "<a|1><b|2><c|>") == 0);
    cr_assert(strcmp(all(&arena, "", false), "") == 0);
    lg_arena_done(&arena);
}

Test(query, names_are_compared_decoded_and_by_case)
{
    struct lg_query_pair pair = { .name = LG_STR("caf%C3%A9+x") };
    struct lg_arena arena;

    lg_arena_init(&arena);
    cr_assert(lg_query_is(&arena, &pair, LG_STR("caf\xc3\xa9 x")));
    cr_assert(not(lg_query_is(&arena, &pair, LG_STR("Caf\xc3\xa9 x"))));
    cr_assert(not(lg_query_is(&arena, &pair, LG_STR("caf%C3%A9+x"))));
    lg_arena_done(&arena);
}
