/* test_prelude.c -- the head of a streamed answer: where it ends, and what it says. */
#include "integrate/prelude.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/mem.h"

#define NULS "\0\0\0\0\0\0\0\0"

static struct lg_prelude prelude;
static struct lg_arena arena;
static struct lg_result result;
static const char *message;

static void start(void)
{
    lg_arena_init(&arena);
    lg_prelude_init(&prelude);
}

static void stop(void)
{
    lg_prelude_done(&prelude);
    lg_arena_done(&arena);
}

TestSuite(prelude, .init = start, .fini = stop);

static enum lg_prelude_state feed(const char *bytes, size_t size, size_t *ret_used)
{
    return lg_prelude_feed(&prelude, lg_str_make(bytes, size), ret_used);
}

Test(prelude, is_told_by_the_content_type_alone)
{
    static const struct {
        const char *type;
        bool expected;
    } cases[] = {
        { "application/vnd.awslambda.http-integration-response", true },
        { "Application/VND.awslambda.HTTP-integration-response ; charset=utf-8", true },
        { "application/vnd.awslambda.http-integration-response2", false },
        { "application/json", false },
        { "", false },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        cr_assert(eq(int, lg_prelude_expected(lg_str_of(cases[i].type)), cases[i].expected), "%s",
                  cases[i].type);
}

Test(prelude, ends_at_eight_zero_bytes_and_the_rest_is_body)
{
    static const char bytes[] = "{}" NULS "\0body";
    size_t used;

    cr_assert(eq(int, feed(bytes, sizeof(bytes) - 1, &used), LG_PRELUDE_WHOLE));
    cr_assert(eq(sz, used, 10));
    cr_assert(lg_str_is(lg_buf_str(&prelude.text), "{}"));
}

Test(prelude, may_be_split_anywhere)
{
    static const char bytes[] = "{\"a\":\0\0\0\0\0\0\0\"b\"}" NULS "x";

    for (size_t size = 1; size < sizeof(bytes) - 1; size++) {
        size_t at = 0, used = 0;
        enum lg_prelude_state state = LG_PRELUDE_MORE;

        lg_prelude_done(&prelude);
        lg_prelude_init(&prelude);
        for (; state == LG_PRELUDE_MORE; at += used) {
            size_t part = sizeof(bytes) - 1 - at < size ? sizeof(bytes) - 1 - at : size;

            cr_assert(part > 0);
            state = feed(bytes + at, part, &used);
        }
        cr_assert(eq(int, state, LG_PRELUDE_WHOLE));
        cr_assert(eq(sz, at, sizeof(bytes) - 2), "in pieces of %zu", size);
        cr_assert(eq(sz, prelude.text.size, sizeof(bytes) - 2 - 8));
    }
}

Test(prelude, has_an_end_within_16_kb_or_none)
{
    char bytes[LG_PRELUDE_MAX + 1];
    size_t used;

    memset(bytes, ' ', sizeof(bytes));
    memset(bytes + LG_PRELUDE_MAX - 8, '\0', 8);
    cr_assert(eq(int, feed(bytes, sizeof(bytes), &used), LG_PRELUDE_WHOLE));
    cr_assert(eq(sz, used, LG_PRELUDE_MAX));
    lg_prelude_done(&prelude);
    lg_prelude_init(&prelude);
    bytes[LG_PRELUDE_MAX - 8] = ' ';
    bytes[LG_PRELUDE_MAX] = '\0';
    cr_assert(eq(int, feed(bytes, 100, &used), LG_PRELUDE_MORE));
    cr_assert(eq(int, feed(bytes + 100, sizeof(bytes) - 100, &used), LG_PRELUDE_TOO_LONG));
}

/* --- what it says ----------------------------------------------------------------------------- */

static enum lg_config_api_kind kind = LG_API_HTTP;

static void reads(const char *json)
{
    enum lg_err err = lg_prelude_read(&arena, kind, lg_str_of(json), &result, &message);

    cr_assert(eq(int, err, LG_OK), "%s: %s", json, message);
}

static void refuses(const char *json, const char *reason)
{
    enum lg_err err = lg_prelude_read(&arena, kind, lg_str_of(json), &result, &message);

    cr_assert(eq(int, err, LG_ERR_SYNTAX), "%s was read", json);
    cr_assert(strstr(message, reason) != NULL, "%s: %s, not %s", json, message, reason);
}

/* "name: value" of all fields in order, with "|" between. */
static void has_fields(const char *expected)
{
    const char *all = "";

    for (size_t i = 0; i < result.header_count; i++)
        all = lg_arena_printf(&arena, "%s%s%.*s: %.*s", all, i > 0 ? "|" : "",
                              LG_STR_ARG(result.headers[i].name),
                              LG_STR_ARG(result.headers[i].value));
    cr_assert(strcmp(all, expected) == 0, "%s, not %s", all, expected);
}

Test(prelude, without_members_is_200_and_octets)
{
    reads("{}");
    cr_assert(eq(int, result.status, 200));
    has_fields("content-type: application/octet-stream");
    reads("{\"statusCode\":null,\"headers\":null,\"cookies\":null,\"multiValueHeaders\":null}");
    cr_assert(eq(int, result.status, 200));
}

Test(prelude, has_status_fields_and_cookies)
{
    reads("{\"statusCode\":\"404\",\"headers\":{\"Content-Type\":\"a/b\",\"x\":1,\"y\":true},"
          "\"cookies\":[\"a=b\",\"c=d\"],\"other\":[]}");
    cr_assert(eq(int, result.status, 404));
    has_fields("set-cookie: a=b|set-cookie: c=d|Content-Type: a/b|x: 1|y: true");
}

Test(prelude, has_fields_of_several_values_as_answers_that_are_not_streamed)
{
    static const char json[] =
        "{\"headers\":{\"X\":\"3\",\"Server\":\"s\"},"
        "\"multiValueHeaders\":{\"x\":[\"1\",\"2\"],\"content-type\":[\"a/b\",\"c/d\"]}}";

    reads(json);
    has_fields("X: 3, 1, 2|Server: s|content-type: c/d");
    kind = LG_API_REST;
    reads(json);
    has_fields("x: 1, 2, 3|content-type: c/d|x-amzn-Remapped-Server: s");
}

Test(prelude, leaves_the_connection_to_the_listener)
{
    reads("{\"headers\":{\"Transfer-Encoding\":\"chunked\",\"connection\":\"close\"},"
          "\"multiValueHeaders\":{\"Keep-Alive\":[\"1\"]}}");
    has_fields("content-type: application/octet-stream");
}

Test(prelude, that_is_none_is_refused_in_words)
{
    refuses("", "no JSON object");
    refuses("[]", "no JSON object");
    refuses("{} x", "no JSON object");
    refuses("{\"statusCode\":199}", "outside 200 to 599");
    refuses("{\"statusCode\":2.5}", "no integer");
    refuses("{\"headers\":[]}", "headers of type array");
    refuses("{\"headers\":{\"a\":{}}}", "header of type object");
    refuses("{\"headers\":{\"a b\":\"\"}}", "no HTTP token");
    refuses("{\"headers\":{\"a\":\"b\\r\\nc: d\"}}", "control character");
    refuses("{\"multiValueHeaders\":[]}", "multiValueHeaders of type array");
    refuses("{\"multiValueHeaders\":{\"a\":\"b\"}}", "of type string in multiValueHeaders");
    refuses("{\"cookies\":\"a=b\"}", "cookies of type string");
    refuses("{\"cookies\":[1]}", "cookie of type number");
}

Test(prelude, holds_no_more_fields_than_any_answer)
{
    struct lg_buf json;

    lg_buf_init(&json, SIZE_MAX);
    lg_buf_add_cstr(&json, "{\"multiValueHeaders\":{\"x\":[\"\"");
    for (size_t i = 0; i < LG_RESULT_FIELDS_MAX; i++)
        lg_buf_add_cstr(&json, ",\"\"");
    lg_buf_add(&json, "]}}", 4);
    refuses(json.data, "257 headers and cookies");
    lg_buf_done(&json);
}

Test(prelude, of_an_answer_that_is_there_whole_is_split_off)
{
    static const char bytes[] = "{\"statusCode\":201}" NULS "body\0more";

    cr_assert(eq(int,
                 lg_prelude_split(&arena, LG_API_HTTP, lg_str_make(bytes, sizeof(bytes) - 1),
                                  &result, &message),
                 LG_OK));
    cr_assert(eq(int, result.status, 201));
    cr_assert(lg_str_eq(result.body, LG_STR("body\0more")));
    cr_assert(eq(
        int, lg_prelude_split(&arena, LG_API_HTTP, LG_STR("{}\0\0\0\0\0\0\0"), &result, &message),
        LG_ERR_SYNTAX));
    cr_assert(strstr(message, "no end of the prelude") != NULL);
}

Test(prelude, may_come_as_long_as_nothing_speaks_against_it)
{
    static const char *const possible[] = {
        "{",
        "{ \n",
        "{\"",
        "{\"stat",
        "{\"statusCode\"",
        "{\"statusCode\":2",
        "{\"headers\":{\"a\":\"}",
        "{\"cookies\":[\"\\\"}\"]}",
        "{}",
    };
    static const char *const impossible[] = {
        "{\"item", "{\"status\":1",     "{\"statusCodes\"", "{1", "{\"statusCode\":200}\n",
        "{}x",     "{\"headers\":{}} ",
    };

    for (size_t i = 0; i < LG_COUNT(possible); i++)
        cr_expect(lg_prelude_may_come(lg_str_of(possible[i])), "%s", possible[i]);
    for (size_t i = 0; i < LG_COUNT(impossible); i++)
        cr_expect(not(lg_prelude_may_come(lg_str_of(impossible[i]))), "%s", impossible[i]);
    cr_expect(lg_prelude_may_come(LG_STR("{\"statusCode\":200}\0\0")));
    cr_expect(not(lg_prelude_may_come(LG_STR("{\"statusCode\":200}\0x"))));
}

Test(prelude, does_not_come_any_more_once_it_is_too_long)
{
    struct lg_buf bytes;

    lg_buf_init(&bytes, SIZE_MAX);
    lg_buf_add_cstr(&bytes, "{\"headers\":{\"a\":\"");
    while (bytes.size < LG_PRELUDE_MAX - 1)
        lg_buf_add_char(&bytes, 'x');
    cr_expect(lg_prelude_may_come(lg_buf_str(&bytes)));
    lg_buf_add_char(&bytes, 'x');
    cr_expect(not(lg_prelude_may_come(lg_buf_str(&bytes))));
    lg_buf_done(&bytes);
}
