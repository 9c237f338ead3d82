/* What a function URL answers becomes a result, and the service's own words are known. */
#include "lambda/url_answer.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/arena.h"
#include "base/mem.h"

TestSuite(url_answer, .timeout = 20);

static struct lg_http_response answer_of(int status, const struct lg_header *headers, size_t count)
{
    return (struct lg_http_response){
        .status = status, .headers = headers, .header_count = count, .length = -1
    };
}

#define FIELD(name, value)                                                                         \
    {                                                                                              \
        { name, sizeof(name) - 1 },                                                                \
        {                                                                                          \
            value, sizeof(value) - 1                                                               \
        }                                                                                          \
    }

static void writes(const struct lg_http_response *answer, struct lg_str body, const char *expected)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_url_answer_begin(&out, answer);
    lg_url_answer_end_result(&out, body, lg_url_answer_is_plain(answer));
    cr_assert(lg_str_is(lg_buf_str(&out), expected), "%.*s", LG_STR_ARG(lg_buf_str(&out)));
    lg_buf_done(&out);
}

Test(url_answer, status_fields_cookies_and_body_become_a_result)
{
    static const struct lg_header headers[] = {
        FIELD("Content-Type", "text/plain"),
        FIELD("Set-Cookie", "a=b; Path=/"),
        FIELD("x-a", "1"),
        FIELD("set-cookie", "c=\"d\""),
        FIELD("X-A", "2"),
    };
    const struct lg_http_response answer = answer_of(201, headers, LG_COUNT(headers));

    writes(&answer, LG_STR("h\xc3\xa9\n"),
           "{\"statusCode\":201,\"headers\":{\"Content-Type\":\"text/plain\",\"x-a\":\"1, 2\"},"
           "\"cookies\":[\"a=b; Path=/\",\"c=\\\"d\\\"\"],\"body\":\"h\xc3\xa9\\n\","
           "\"isBase64Encoded\":false}");
}

Test(url_answer, a_body_that_is_no_text_is_in_base64)
{
    static const struct lg_header coded[] = { FIELD("content-encoding", "gzip") };
    static const struct lg_header identity[] = { FIELD("content-encoding", "identity") };
    struct lg_http_response answer = answer_of(200, NULL, 0);

    writes(&answer, LG_STR("\0\xff"),
           "{\"statusCode\":200,\"headers\":{},\"body\":\"AP8=\",\"isBase64Encoded\":true}");
    answer = answer_of(200, coded, 1);
    writes(&answer, LG_STR("x"),
           "{\"statusCode\":200,\"headers\":{\"content-encoding\":\"gzip\"},\"body\":\"eA==\","
           "\"isBase64Encoded\":true}");
    answer = answer_of(200, identity, 1);
    cr_assert(lg_url_answer_is_plain(&answer));
}

Test(url_answer, what_means_the_connection_or_is_the_services_does_not_travel)
{
    static const struct lg_header headers[] = {
        FIELD("Connection", "keep-alive, x-hop"),
        FIELD("X-Hop", "1"),
        FIELD("Transfer-Encoding", "chunked"),
        FIELD("Content-Length", "2"),
        FIELD("Date", "now"),
        FIELD("x-amzn-RequestId", "r"),
        FIELD("X-Amzn-Trace-Id", "t"),
        FIELD("etag", "e"),
    };
    const struct lg_http_response answer = answer_of(304, headers, LG_COUNT(headers));

    writes(&answer, LG_STR(""),
           "{\"statusCode\":304,\"headers\":{\"etag\":\"e\"},\"body\":\"\",\"isBase64Encoded\":"
           "false}");
}

Test(url_answer, a_head_ends_with_eight_zero_bytes)
{
    const struct lg_http_response answer = answer_of(200, NULL, 0);
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_url_answer_begin(&out, &answer);
    lg_url_answer_end_head(&out);
    cr_assert(
        lg_str_eq(lg_buf_str(&out), LG_STR("{\"statusCode\":200,\"headers\":{}}\0\0\0\0\0\0\0\0")));
    lg_buf_done(&out);
}

/* --- the service's own words --- */

static bool may_be(int status, const struct lg_header *header, int64_t length)
{
    struct lg_http_response answer = answer_of(status, header, header == NULL ? 0 : 1);

    answer.length = length;
    return lg_url_answer_may_be_error(&answer);
}

Test(url_answer, only_an_answer_that_names_an_error_or_a_short_502_is_held)
{
    static const struct lg_header named[] = { FIELD("x-amzn-ErrorType", "AccessDeniedException") };

    cr_assert(may_be(403, named, 20));
    cr_assert(may_be(502, NULL, 21));
    cr_assert(not(may_be(200, named, 20)));
    cr_assert(not(may_be(403, NULL, 20)));
    cr_assert(not(may_be(502, NULL, 22)));
    cr_assert(not(may_be(502, NULL, -1)));
    cr_assert(not(may_be(500, NULL, 21)));
}

static bool is_error(int status, const char *body, const char *message)
{
    struct lg_arena arena;
    struct lg_str found;

    lg_arena_init(&arena);
    bool is = lg_url_answer_is_error(&arena, status, lg_str_of(body), &found);
    cr_expect(lg_str_is(found, message), "%s: %.*s", body, LG_STR_ARG(found));
    lg_arena_done(&arena);
    return is;
}

Test(url_answer, the_body_tells_whose_word_it_is)
{
    cr_assert(is_error(403, "{\"Message\":\"Forbidden\"}", "Forbidden"));
    cr_assert(is_error(429, "{\"Reason\":\"x\",\"message\":\"Rate Exceeded.\"}", "Rate Exceeded."));
    cr_assert(is_error(403, "{\"Message\":null}", ""));
    cr_assert(is_error(502, "Internal Server Error", "Internal Server Error"));
    cr_assert(not(is_error(500, "Internal Server Error", "")));
    cr_assert(not(is_error(403, "{\"error\":\"mine\"}", "")));
    cr_assert(not(is_error(403, "[\"message\"]", "")));
    cr_assert(not(is_error(403, "", "")));
}
