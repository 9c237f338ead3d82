/* test_table.c -- which route takes a request, and what it captures. */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "routes.h"

static void finds(struct routes *routes, const char *request, const char *key)
{
    cr_assert(ne(ptr, routes->table, NULL), "%s",
              lg_faults_count(routes->faults) > 0 ? lg_faults_line(routes->faults, 0) : "");
    const char *found = routes_find(routes, request);
    cr_assert(eq(int, strcmp(found, key), 0), "%s went to %s, not to %s", request, found, key);
}

static void captures(struct routes *routes, const char *request, const char *expected)
{
    const char *key = routes_find(routes, request);
    const char *found = routes_captures(routes);

    cr_assert(ne(int, strcmp(key, "none"), 0), "%s", request);
    cr_assert(eq(int, strcmp(found, expected), 0), "%s captured %s, not %s", request, found,
              expected);
}

/* --- the example of the reference, row by row ----------------------------------------------- */

static struct routes *example(void)
{
    return ROUTES("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}",
                  "$default");
}

Test(table, get_pets_dog_1_goes_to_the_literal_route)
{
    finds(example(), "GET /pets/dog/1", "GET /pets/dog/1");
}

Test(table, get_pets_dog_2_goes_to_the_variable)
{
    struct routes *routes = example();

    finds(routes, "GET /pets/dog/2", "GET /pets/dog/{id}");
    captures(routes, "GET /pets/dog/2", "id=2=2");
}

Test(table, get_pets_cat_1_goes_to_the_greedy_route_with_the_longer_prefix)
{
    struct routes *routes = example();

    finds(routes, "GET /pets/cat/1", "GET /pets/{proxy+}");
    captures(routes, "GET /pets/cat/1", "proxy=cat/1=cat/1");
}

Test(table, post_elsewhere_goes_to_any_greedy)
{
    finds(example(), "POST /test/5", "ANY /{proxy+}");
}

Test(table, post_to_a_path_known_for_get_goes_to_any_greedy)
{
    finds(example(), "POST /pets/dog/1", "ANY /{proxy+}");
}

Test(table, the_root_goes_to_default_since_greedy_needs_a_segment)
{
    finds(example(), "GET /", "$default");
}

/* --- the rules -------------------------------------------------------------------------------- */

Test(table, nothing_fits_without_a_default)
{
    struct routes *routes = ROUTES("GET /a", "GET /a/{x+}");

    finds(routes, "GET /b", "none");
    finds(routes, "GET /", "none");
    finds(routes, "GET /a/", "none");
    finds(routes, "GET *", "none");
}

Test(table, an_empty_table_finds_nothing)
{
    struct routes *routes = ROUTES(NULL);

    finds(routes, "GET /", "none");
    routes_done(routes);
}

Test(table, literals_beat_variables_position_by_position)
{
    struct routes *routes =
        ROUTES("GET /{a}/b/c", "GET /a/{b}/c", "GET /a/b/{c}", "GET /{a}/{b}/d");

    finds(routes, "GET /a/b/c", "GET /a/b/{c}");
    finds(routes, "GET /a/x/c", "GET /a/{b}/c");
    finds(routes, "GET /x/b/c", "GET /{a}/b/c");
    finds(routes, "GET /x/b/d", "GET /{a}/{b}/d");
}

Test(table, a_literal_that_leads_nowhere_gives_way_to_a_variable)
{
    struct routes *routes = ROUTES("GET /a/b/c", "GET /{x}/b/d", "GET /a/{y}/e");

    finds(routes, "GET /a/b/d", "GET /{x}/b/d");
    finds(routes, "GET /a/b/e", "GET /a/{y}/e");
    finds(routes, "GET /a/b/f", "none");
}

Test(table, a_full_match_beats_a_greedy_one_with_a_longer_literal_prefix)
{
    struct routes *routes = ROUTES("GET /a/b/{rest+}", "GET /{x}/{y}/{z}");

    finds(routes, "GET /a/b/c", "GET /{x}/{y}/{z}");
    finds(routes, "GET /a/b/c/d", "GET /a/b/{rest+}");
}

Test(table, of_greedy_routes_the_longest_literal_prefix_wins)
{
    struct routes *routes =
        ROUTES("GET /{p+}", "GET /a/{p+}", "GET /a/b/{p+}", "GET /{x}/b/c/{p+}");

    finds(routes, "GET /a/b/c/d", "GET /a/b/{p+}");
    finds(routes, "GET /a/c/c/d", "GET /a/{p+}");
    finds(routes, "GET /b/b/c/d", "GET /{x}/b/c/{p+}");
    finds(routes, "GET /b/b/d", "GET /{p+}");
}

Test(table, greedy_after_a_variable_beats_greedy_in_its_place)
{
    struct routes *routes = ROUTES("GET /a/{p+}", "GET /a/{x}/{p+}");

    finds(routes, "GET /a/b/c", "GET /a/{x}/{p+}");
    captures(routes, "GET /a/b/c/d", "x=b=b p=c/d=c/d");
    finds(routes, "GET /a/b", "GET /a/{p+}");
}

Test(table, a_concrete_method_beats_any_on_one_path)
{
    struct routes *routes = ROUTES("ANY /a", "GET /a", "ANY /g/{p+}", "GET /g/{p+}");

    finds(routes, "GET /a", "GET /a");
    finds(routes, "POST /a", "ANY /a");
    finds(routes, "GET /g/x", "GET /g/{p+}");
    finds(routes, "DELETE /g/x", "ANY /g/{p+}");
}

Test(table, any_on_a_literal_path_beats_a_concrete_method_on_a_variable)
{
    finds(ROUTES("ANY /a", "GET /{x}"), "GET /a", "ANY /a");
}

Test(table, a_path_without_a_fitting_method_goes_on_to_the_next_candidate)
{
    struct routes *routes =
        ROUTES("POST /a/b", "PUT /a/{x}", "DELETE /a/{p+}", "PATCH /{p+}", "$default");

    finds(routes, "POST /a/b", "POST /a/b");
    finds(routes, "PUT /a/b", "PUT /a/{x}");
    finds(routes, "DELETE /a/b", "DELETE /a/{p+}");
    finds(routes, "PATCH /a/b", "PATCH /{p+}");
    finds(routes, "GET /a/b", "$default");
}

Test(table, head_and_options_are_methods_like_others)
{
    struct routes *routes = ROUTES("GET /a");

    finds(routes, "HEAD /a", "none");
    finds(routes, "OPTIONS /a", "none");
}

Test(table, the_method_is_compared_exactly)
{
    struct routes *routes = ROUTES("GET /a", "$default");

    finds(routes, "get /a", "$default");
    finds(routes, "GETS /a", "$default");
    finds(routes, "ANY /a", "$default");
}

Test(table, every_method_has_a_place_of_its_own)
{
    struct routes *routes =
        ROUTES("GET /a", "POST /a", "PUT /a", "PATCH /a", "DELETE /a", "HEAD /a", "OPTIONS /a");

    finds(routes, "GET /a", "GET /a");
    finds(routes, "POST /a", "POST /a");
    finds(routes, "PUT /a", "PUT /a");
    finds(routes, "PATCH /a", "PATCH /a");
    finds(routes, "DELETE /a", "DELETE /a");
    finds(routes, "HEAD /a", "HEAD /a");
    finds(routes, "OPTIONS /a", "OPTIONS /a");
}

Test(table, paths_are_case_sensitive)
{
    struct routes *routes = ROUTES("GET /Pets", "$default");

    finds(routes, "GET /Pets", "GET /Pets");
    finds(routes, "GET /pets", "$default");
}

Test(table, a_trailing_slash_goes_to_greedy_or_default)
{
    struct routes *routes = ROUTES("GET /pets", "GET /pets/{id}", "$default");

    finds(routes, "GET /pets/", "$default");
    finds(routes, "GET /pets/7/", "$default");
    routes_done(routes);
    routes = ROUTES("GET /pets", "ANY /{p+}", "GET /pets/{q+}", "$default");
    finds(routes, "GET /pets/", "ANY /{p+}");
    captures(routes, "GET /pets/", "p=pets=pets");
}

Test(table, an_empty_segment_never_fits_a_variable)
{
    struct routes *routes = ROUTES("GET /{a}/{b}", "GET /a/{b}/c", "GET /x/{p+}");

    finds(routes, "GET //b", "none");
    finds(routes, "GET /a//c", "none");
    finds(routes, "GET /a/", "none");
    finds(routes, "GET //", "none");
    finds(routes, "GET /x/", "none");
    finds(routes, "GET /x//", "none");
}

Test(table, a_greedy_value_has_no_slash_around_it_and_keeps_those_within)
{
    struct routes *routes = ROUTES("GET /a/{p+}");

    captures(routes, "GET /a/b/c", "p=b/c=b/c");
    captures(routes, "GET /a/b/c/", "p=b/c=b/c");
    captures(routes, "GET /a/b//c//", "p=b//c=b//c");
    captures(routes, "GET /a//b", "p=b=b");
}

Test(table, an_encoded_slash_never_splits_a_segment)
{
    struct routes *routes = ROUTES("GET /a/{x}", "GET /a/b/c");

    finds(routes, "GET /a%2Fx", "none");
    captures(routes, "GET /a/b%2Fc", "x=b%2Fc=b/c");
    captures(routes, "GET /a/%2f", "x=%2f=/");
}

Test(table, an_encoded_slash_stays_in_the_raw_greedy_value)
{
    captures(ROUTES("GET /{p+}"), "GET /%2Fa%2F/b", "p=%2Fa%2F/b=/a//b");
}

Test(table, segments_are_compared_decoded)
{
    struct routes *routes = ROUTES("GET /caf%C3%A9/{x}", "GET /a%2Fb");

    captures(routes, "GET /caf\xc3\xa9/1", "x=1=1");
    captures(routes, "GET /%63af%c3%a9/%20", "x=%20= ");
    finds(routes, "GET /a%2fb", "GET /a%2Fb");
    finds(routes, "GET /a/b", "none");
}

Test(table, a_plus_and_a_lone_percent_are_themselves)
{
    captures(ROUTES("GET /{x}"), "GET /a+b%zz%", "x=a+b%zz%=a+b%zz%");
}

Test(table, captures_carry_the_names_of_the_route_that_won)
{
    struct routes *routes = ROUTES("GET /{a}/x", "GET /{b}/y", "POST /{c}/x", "GET /{d}/{e}/{f+}");

    captures(routes, "GET /1/x", "a=1=1");
    captures(routes, "GET /1/y", "b=1=1");
    captures(routes, "POST /1/x", "c=1=1");
    captures(routes, "GET /1/2/3/4", "d=1=1 e=2=2 f=3/4=3/4");
}

Test(table, default_takes_anything_and_captures_nothing)
{
    struct routes *routes = ROUTES("$default", "GET /{x}");

    finds(routes, "OPTIONS *", "$default");
    finds(routes, "GET /a/b", "$default");
    cr_assert(eq(sz, routes->match.capture_count, 0));
    cr_assert(routes->match.pattern->is_default);
}

Test(table, an_asterisk_is_not_the_root)
{
    struct routes *routes = ROUTES("ANY /", "$default");

    finds(routes, "OPTIONS *", "$default");
    finds(routes, "OPTIONS /", "ANY /");
}

Test(table, nul_and_bytes_that_are_no_utf8_are_bytes_like_others)
{
    struct routes *routes = ROUTES("GET /a/{x}", "GET /b");
    struct lg_str value;

    cr_assert(eq(int, strcmp(routes_find(routes, "GET /a/%00%ff"), "GET /a/{x}"), 0));
    value = routes->match.captures[0].value;
    cr_assert(lg_str_eq(value, LG_STR("\0\xff")));
    finds(routes, "GET /b%00", "none");
    cr_assert(eq(int, strcmp(routes_find_str(routes, "GET", LG_STR("/b\0")), "none"), 0));
}

/* --- size ------------------------------------------------------------------------------------- */

Test(table, a_path_of_more_segments_than_any_pattern_goes_to_greedy)
{
    struct routes *routes = ROUTES("GET /a/{p+}", "GET /{x}");
    char path[2 * 3000 + 1];

    for (size_t i = 0; i < 3000; i++)
        memcpy(path + 2 * i, "/a", 3);
    cr_assert(eq(int, strcmp(routes_find_str(routes, "GET", lg_str_of(path)), "GET /a/{p+}"), 0));
    cr_assert(lg_str_eq(routes->match.captures[0].value, lg_str_of(path + 3)));
}

static const char *deep_key(struct lg_arena *arena, const char *segment, const char *last)
{
    const char *key = "GET ";

    for (int i = 0; i < LG_SEGMENTS_MAX - 1; i++)
        key = lg_arena_printf(arena, "%s/%s", key, segment);
    return lg_arena_printf(arena, "%s/%s", key, last);
}

Test(table, the_deepest_pattern_takes_its_own_length_only)
{
    struct lg_arena arena;
    lg_arena_init(&arena);
    const char *key = deep_key(&arena, "a", "z");
    const char *greedy = deep_key(&arena, "a", "{p+}");
    struct routes *routes = ROUTES(key, greedy);
    const char *longer = lg_arena_printf(&arena, "%s/z", key);

    finds(routes, key, key);
    finds(routes, longer, greedy);
    captures(routes, longer, "p=z/z=z/z");
    lg_arena_done(&arena);
}

/*
 * Every position may be a literal or a variable: 2^12 routes that all fit until the last
 * segment, and beside them long ones that fit for 63. One that tried every way through a graph
 * of positions, in place of every node of a tree once, would not come back from the long ones.
 */
Test(table, a_hostile_table_costs_no_more_than_its_size)
{
    static const char *keys[(1 << 12) + LG_SEGMENTS_MAX];
    struct lg_arena arena;
    size_t count = 0;

    lg_arena_init(&arena);
    for (unsigned bits = 0; bits < 1 << 12; bits++) {
        const char *key = "GET ";

        for (unsigned i = 0; i < 12; i++)
            key = bits >> i & 1 ? lg_arena_printf(&arena, "%s/{v%u}", key, i)
                                : lg_arena_printf(&arena, "%s/a", key);
        keys[count++] = lg_arena_printf(&arena, "%s/z", key);
    }
    for (int variable = 0; variable < LG_SEGMENTS_MAX - 1; variable++) {
        const char *key = "GET ";

        for (int i = 0; i < LG_SEGMENTS_MAX - 1; i++)
            key = lg_arena_printf(&arena, i == variable ? "%s/{v}" : "%s/a", key);
        keys[count++] = lg_arena_printf(&arena, "%s/z", key);
    }
    struct routes *routes = routes_build(keys);
    finds(routes, "GET /a/a/a/a/a/a/a/a/a/a/a/a/q", "none");
    finds(routes, "GET /b/b/b/b/b/b/b/b/b/b/b/b/z", keys[(1 << 12) - 1]);
    finds(routes, deep_key(&arena, "a", "q"), "none");
    lg_arena_done(&arena);
}

Test(table, ten_thousand_routes_are_all_found)
{
    static const char *keys[10001];
    struct lg_arena arena;

    lg_arena_init(&arena);
    for (int i = 0; i < 10000; i++)
        keys[i] = lg_arena_printf(&arena, "GET /s%d/{id}/t%d", i % 5000, i);
    struct routes *routes = routes_build(keys);
    for (int i = 0; i < 10000; i += 7) {
        finds(routes, lg_arena_printf(&arena, "GET /s%d/x/t%d", i % 5000, i), keys[i]);
        finds(routes, lg_arena_printf(&arena, "GET /s%d/x/t%d", (i + 1) % 5000, i), "none");
    }
    routes_done(routes);
    lg_arena_done(&arena);
}

/* --- faults ----------------------------------------------------------------------------------- */

static void faulty(struct routes *routes, size_t count)
{
    cr_assert(eq(ptr, routes->table, NULL));
    cr_assert(eq(sz, lg_faults_count(routes->faults), count));
}

static void says(struct routes *routes, size_t index, const char *part)
{
    const char *line = lg_faults_line(routes->faults, index);

    cr_assert(ne(ptr, strstr(line, part), NULL), "%s", line);
}

Test(table, the_same_shape_twice_is_a_fault_that_names_both_places)
{
    struct routes *routes = ROUTES("GET /a/{x}", "POST /a/{z}", "GET /a/{y}");

    faulty(routes, 1);
    says(routes, 0, "routes.yaml:3:");
    says(routes, 0, "found \"GET /a/{y}\"");
    says(routes, 0, "\"GET /a/{x}\" at routes.yaml:1");
    routes_done(routes);
}

Test(table, equal_shapes_are_seen_through_their_spelling)
{
    faulty(ROUTES("GET /a/{p+}", "GET /a/{q+}"), 1);
    faulty(ROUTES("GET /caf%C3%A9", "GET /caf\xc3\xa9"), 1);
    faulty(ROUTES("$default", "$default"), 1);
    faulty(ROUTES("ANY /", "ANY /"), 1);
}

Test(table, all_faults_are_told_at_once)
{
    struct routes *routes = ROUTES("get /a", "GET /b", "GET /b/", "GET /b");

    faulty(routes, 3);
    says(routes, 0, "did you mean GET?");
    says(routes, 1, "not to end with");
    says(routes, 2, "at routes.yaml:2");
}

Test(table, any_behind_all_seven_methods_can_never_be_reached)
{
    struct routes *routes =
        ROUTES("ANY /a/{x}", "GET /a/{x}", "POST /a/{x}", "PUT /a/{x}", "PATCH /a/{x}",
               "DELETE /a/{x}", "HEAD /a/{y}", "OPTIONS /a/{x}");

    faulty(routes, 1);
    says(routes, 0, "routes.yaml:1:");
    says(routes, 0, "no request can reach");
    says(routes, 0, "routes.yaml:2");
    routes_done(routes);
    routes = ROUTES("ANY /{x+}", "GET /{x+}", "POST /{x+}", "PUT /{x+}", "PATCH /{x+}",
                    "DELETE /{x+}", "HEAD /{y+}", "OPTIONS /{x+}");
    faulty(routes, 1);
}

Test(table, any_behind_six_methods_takes_the_seventh)
{
    struct routes *routes =
        ROUTES("ANY /", "GET /", "POST /", "PUT /", "PATCH /", "DELETE /", "HEAD /");

    finds(routes, "OPTIONS /", "ANY /");
}

Test(table, routes_that_look_hidden_but_can_be_reached_are_no_fault)
{
    struct routes *routes =
        ROUTES("ANY /", "ANY /{p+}", "$default", "GET /a/{x}", "GET /a/{x}/{q+}", "GET /a/{r+}");

    finds(routes, "GET //", "$default");
    finds(routes, "GET /a/b/", "GET /a/{r+}");
}
