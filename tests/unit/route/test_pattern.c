/* test_pattern.c -- what a route key may look like, and what is said about a bad one. */
#include "route/pattern.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct lg_arena arena;

static void start(void)
{
    lg_arena_init(&arena);
}

static void stop(void)
{
    lg_arena_done(&arena);
}

TestSuite(pattern, .init = start, .fini = stop);

static struct lg_pattern good(const char *key)
{
    struct lg_pattern pattern = { .segment_count = 999 };
    const char *message = "";
    enum lg_err err = lg_pattern_parse(&arena, lg_str_of(key), &pattern, &message);

    cr_assert(eq(int, err, LG_OK), "%s: %s", key, message);
    return pattern;
}

static const char *message_of(struct lg_str key)
{
    struct lg_pattern pattern;
    const char *message = NULL;
    enum lg_err err = lg_pattern_parse(&arena, key, &pattern, &message);

    cr_assert(eq(int, err, LG_ERR_SYNTAX), "%.*s", LG_STR_ARG(key));
    return message;
}

static void bad(const char *key, const char *part)
{
    const char *message = message_of(lg_str_of(key));

    cr_assert(ne(ptr, strstr(message, part), NULL), "%s: \"%s\" says nothing of \"%s\"", key,
              message, part);
}

static void check_segment(const struct lg_pattern *pattern, size_t index, int kind,
                          const char *text)
{
    cr_assert(lt(sz, index, pattern->segment_count));
    cr_assert(eq(int, (int)pattern->segments[index].kind, kind));
    cr_assert(lg_str_is(pattern->segments[index].text, text), "%.*s",
              LG_STR_ARG(pattern->segments[index].text));
}

Test(pattern, a_key_is_a_method_and_segments_of_three_kinds)
{
    struct lg_pattern pattern = good("GET /items/{id}/{rest+}");

    cr_assert(lg_str_is(pattern.key, "GET /items/{id}/{rest+}"));
    cr_assert(lg_str_is(pattern.method, "GET"));
    cr_assert(not(pattern.is_default));
    cr_assert(eq(sz, pattern.segment_count, 3));
    check_segment(&pattern, 0, LG_SEGMENT_LITERAL, "items");
    check_segment(&pattern, 1, LG_SEGMENT_PARAM, "id");
    check_segment(&pattern, 2, LG_SEGMENT_GREEDY, "rest");
}

Test(pattern, the_root_has_no_segment)
{
    cr_assert(eq(sz, good("GET /").segment_count, 0));
}

Test(pattern, default_has_no_method_and_no_path)
{
    struct lg_pattern pattern = good("$default");

    cr_assert(pattern.is_default);
    cr_assert(eq(sz, pattern.method.size, 0));
    cr_assert(eq(sz, pattern.segment_count, 0));
    cr_assert(lg_str_is(pattern.key, "$default"));
    bad("GET $default", "start with \"/\"");
}

Test(pattern, the_methods_are_those_of_http_apis_and_any)
{
    static const char *const keys[] = { "GET /",    "POST /", "PUT /",     "PATCH /",
                                        "DELETE /", "HEAD /", "OPTIONS /", "ANY /" };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        good(keys[i]);
    bad("FETCH /", "expected GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS or ANY");
    bad("TRACE /", "found the method \"TRACE\"");
    bad(" GET /", "found the method \"\"");
}

Test(pattern, a_lower_case_method_gets_a_hint)
{
    bad("get /items", "did you mean GET?");
    bad("Any /items", "did you mean ANY?");
}

Test(pattern, a_path_starts_with_one_slash_and_does_not_end_with_one)
{
    bad("/items", "expected a method and a path");
    bad("", "expected a method and a path");
    bad("GET items", "expected it to start with \"/\"");
    bad("GET  /items", "expected it to start with \"/\"");
    bad("GET ", "expected it to start with \"/\"");
    bad("GET /items/", "expected it not to end with \"/\"");
    bad("GET //", "expected it not to end with \"/\"");
    bad("GET /a//b", "no empty segment");
    bad("GET //a", "no empty segment");
}

Test(pattern, a_variable_is_a_whole_segment)
{
    bad("GET /a{id}", "whole segment");
    bad("GET /{id}.json", "whole segment");
    bad("GET /{id", "whole segment");
    bad("GET /id}", "whole segment");
    bad("GET /{a}-{b}", "letters, digits");
}

Test(pattern, a_variable_has_a_name_of_its_own)
{
    check_segment(&(struct lg_pattern[]){ good("GET /{a-B_0.c}") }[0], 0, LG_SEGMENT_PARAM,
                  "a-B_0.c");
    bad("GET /{}", "without a name");
    bad("GET /{+}", "without a name");
    bad("GET /{a b}", "letters, digits");
    bad("GET /{a+b}", "letters, digits");
    bad("GET /{a++}", "letters, digits");
    bad("GET /{\xc3\xa9}", "letters, digits");
    bad("GET /{a}/x/{a}", "{a} twice");
    bad("GET /{a}/{a+}", "{a} twice");
    good("GET /{a}/a/{A}");
}

Test(pattern, a_greedy_variable_comes_last)
{
    bad("GET /{a+}/b", "expected a greedy variable to be the last segment");
    bad("GET /{a+}/{b+}", "expected a greedy variable to be the last segment");
    good("GET /{a}/{b+}");
}

Test(pattern, a_literal_is_kept_decoded)
{
    struct lg_pattern pattern = good("GET /caf%C3%A9/caf\xc3\xa9/a%2Fb/a+b");

    check_segment(&pattern, 0, LG_SEGMENT_LITERAL, "caf\xc3\xa9");
    check_segment(&pattern, 1, LG_SEGMENT_LITERAL, "caf\xc3\xa9");
    check_segment(&pattern, 2, LG_SEGMENT_LITERAL, "a/b");
    check_segment(&pattern, 3, LG_SEGMENT_LITERAL, "a+b");
    good("GET /-._~!$&'()*+,;=:@/x");
}

Test(pattern, what_cannot_stand_in_a_path_is_refused)
{
    bad("GET /a b", "0x20");
    bad("GET /a\tb", "0x09");
    bad("GET /a?b", "\"?\"");
    bad("GET /a/*", "expected {name} for one segment, {name+} for all that are left, or %2A");
    bad("GET /**", "found the segment \"**\"");
    good("GET /a/%2A");
    bad("GET /a#b", "expected it as %23");
    bad("GET /a\\b", "\"\\\"");
    bad("GET /a\"b", "expected it as %22");
    bad("GET /50%", "two hex digits");
    bad("GET /%zz", "two hex digits");
    cr_assert(ne(ptr, strstr(message_of(LG_STR("GET /a\0b")), "0x00"), NULL));
    cr_assert(ne(ptr, strstr(message_of(LG_STR("GET /{a\0}")), "letters, digits"), NULL));
}

Test(pattern, a_path_has_at_most_64_segments)
{
    const char *key = "GET ";

    for (size_t i = 0; i < LG_SEGMENTS_MAX; i++)
        key = lg_arena_printf(&arena, "%s/a", key);
    cr_assert(eq(sz, good(key).segment_count, LG_SEGMENTS_MAX));
    bad(lg_arena_printf(&arena, "%s/a", key), "more than 64 segments");
}
