/* Events of payload format 2.0 become the requests that they were made of. */
#include "lambda/url_request.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/buf.h"
#include "base/json.h"

#define HTTP(method) "\"version\":\"2.0\",\"requestContext\":{\"http\":{\"method\":\"" method "\"}}"

static struct lg_arena arena;
static struct lg_url_request request;
static const char *reason;

static void setup(void)
{
    lg_arena_init(&arena);
    reason = NULL;
}

static void teardown(void)
{
    lg_arena_done(&arena);
}

TestSuite(url_request, .init = setup, .fini = teardown, .timeout = 20);

static enum lg_err read_signed(const char *event, bool is_signed)
{
    return lg_url_request_read(&arena, lg_str_of(event), LG_STR(""), is_signed, &request, &reason);
}

static void reads(const char *event)
{
    cr_assert(eq(int, (int)read_signed(event, true), LG_OK), "%s: %s", event, reason);
}

static void refused(const char *event, const char *why)
{
    cr_assert(eq(int, (int)read_signed(event, true), LG_ERR_SYNTAX), "%s", event);
    cr_expect(eq(str, (char *)reason, (char *)why));
}

static void is(struct lg_str found, const char *expected)
{
    cr_expect(lg_str_is(found, expected), "found %.*s, expected %s", LG_STR_ARG(found), expected);
}

static const struct lg_header *find(const char *name)
{
    for (size_t i = 0; i < request.header_count; i++)
        if (lg_str_iis(request.headers[i].name, name))
            return &request.headers[i];
    return NULL;
}

static void has(const char *name, const char *value)
{
    cr_assert(find(name) != NULL, "no %s", name);
    is(find(name)->value, value);
}

Test(url_request, method_path_query_fields_cookies_and_body_are_those_of_the_event)
{
    reads("{" HTTP(
        "POST") ",\"rawPath\":\"/a b/\xc3\xa9%\",\"rawQueryString\":\"x=1&y=a%20b\","
                "\"cookies\":[\"a=b\",\"c=d\"],\"headers\":{\"content-type\":\"text/plain\","
                "\"x-forwarded-for\":\"1.2.3.4\"},\"body\":\"h\\u00e9\\n\"}");
    is(request.method, "POST");
    is(request.path, "/a%20b/%C3%A9%25");
    is(request.query, "x=1&y=a%20b");
    is(request.target, "/a%20b/%C3%A9%25?x=1&y=a%20b");
    is(request.body, "h\xc3\xa9\n");
    has("cookie", "a=b; c=d");
    has("content-type", "text/plain");
    has("x-forwarded-for", "1.2.3.4");
    cr_assert(eq(sz, request.header_count, 3));
}

Test(url_request, what_an_event_need_not_have_is_empty)
{
    reads("{" HTTP("GET") "}");
    is(request.target, "/");
    is(request.query, "");
    cr_assert(eq(sz, request.header_count, 0));
    cr_assert(eq(sz, request.body.size, 0));
    cr_assert(not(request.has_agent || request.has_trace));
    reads("{" HTTP("GET") ",\"rawPath\":null,\"headers\":null,\"cookies\":null,\"body\":null}");
    is(request.target, "/");
}

Test(url_request, the_path_of_the_url_stands_before_that_of_the_event)
{
    const char *event = "{" HTTP("GET") ",\"rawPath\":\"/x\",\"rawQueryString\":\"q\"}";

    cr_assert(eq(int,
                 (int)lg_url_request_read(&arena, lg_str_of(event), LG_STR("/pre/fix"), true,
                                          &request, &reason),
                 LG_OK));
    is(request.target, "/pre/fix/x?q");
    is(request.path, "/pre/fix/x");
    is(request.query, "q");
}

Test(url_request, a_body_in_base64_is_decoded)
{
    reads("{" HTTP("PUT") ",\"body\":\"AP8=\",\"isBase64Encoded\":true}");
    cr_assert(lg_str_eq(request.body, LG_STR("\0\xff")));
    reads("{" HTTP("PUT") ",\"body\":\"AP8=\",\"isBase64Encoded\":false}");
    is(request.body, "AP8=");
    refused("{" HTTP("PUT") ",\"body\":\"?\",\"isBase64Encoded\":true}",
            "the event's body is no base64");
}

Test(url_request, the_host_of_the_client_is_told_beside)
{
    reads("{" HTTP("GET") ",\"headers\":{\"host\":\"shop.example\"}}");
    has("X-Forwarded-Host", "shop.example");
    cr_assert(find("host") == NULL);
    reads("{" HTTP("GET") ",\"headers\":{\"host\":\"a\",\"x-forwarded-host\":\"b\"}}");
    has("X-Forwarded-Host", "b");
    cr_assert(eq(sz, request.header_count, 1));
}

Test(url_request, what_means_the_connection_does_not_travel)
{
    reads(
        "{" HTTP("GET") ",\"headers\":{\"connection\":\"x\",\"Transfer-Encoding\":\"chunked\","
                        "\"content-length\":\"7\",\"expect\":\"100-continue\",\"te\":\"trailers\","
                        "\"user-agent\":\"curl\",\"X-Amzn-Trace-Id\":\"Root=1\"}}");
    cr_assert(eq(sz, request.header_count, 2));
    cr_assert(request.has_agent && request.has_trace);
}

Test(url_request, a_signature_of_somebody_else_goes_only_where_we_do_not_sign)
{
    const char *event = "{" HTTP("GET") ",\"headers\":{\"authorization\":\"Bearer x\","
                                        "\"x-amz-date\":\"d\",\"X-Amz-Security-Token\":\"t\","
                                        "\"x-amz-content-sha256\":\"h\",\"x-amz-other\":\"o\"}}";

    reads(event);
    cr_assert(eq(sz, request.header_count, 1));
    has("x-amz-other", "o");
    cr_assert(eq(int, (int)read_signed(event, false), LG_OK));
    cr_assert(eq(sz, request.header_count, 5));
    has("authorization", "Bearer x");
}

Test(url_request, bytes_that_no_request_line_has_are_encoded)
{
    reads(
        "{" HTTP("GET") ",\"rawPath\":\"/a?b#c\\r\\n\",\"rawQueryString\":\"a=#\\r\\n \xc3\xa9\"}");
    is(request.target, "/a%3Fb%23c%0D%0A?a=%23%0D%0A%20%C3%A9");
}

Test(url_request, an_event_of_anything_else_is_refused)
{
    const char *why = "a function URL takes events of HTTP in payload format 2.0 only";

    refused("{}", why);
    refused("[1]", why);
    refused("{\"Records\":[]}", why);
    refused("{\"version\":\"1.0\",\"httpMethod\":\"GET\",\"path\":\"/\"}", why);
    refused("{\"version\":\"2.0\",\"requestContext\":{\"http\":{\"method\":7}}}", why);
    refused("{\"version\":2.0,\"requestContext\":{\"http\":{\"method\":\"GET\"}}}", why);
    refused("x", "the event is no JSON, or has too many values");
}

Test(url_request, what_cannot_be_sent_safely_is_refused)
{
    refused("{" HTTP("G T") "}", "the event's method is none");
    refused("{" HTTP("") "}", "the event's method is none");
    refused("{" HTTP("CONNECT") "}", "the event's method is none");
    refused("{" HTTP("GET") ",\"rawPath\":\"x\"}",
            "the event's rawPath does not begin with a slash");
    refused("{" HTTP("GET") ",\"rawPath\":1}", "the event's rawPath is no text");
    refused("{" HTTP("GET") ",\"rawQueryString\":1}", "the event's rawQueryString is no text");
    refused("{" HTTP("GET") ",\"headers\":{\"a b\":\"x\"}}",
            "a header of the event cannot be sent");
    refused("{" HTTP("GET") ",\"headers\":{\"a\":\"x\\r\\ny: z\"}}",
            "a header of the event cannot be sent");
    refused("{" HTTP("GET") ",\"headers\":{\"a\":1}}", "a header of the event is no text");
    refused("{" HTTP("GET") ",\"headers\":[]}", "the event's headers are no object");
    refused("{" HTTP("GET") ",\"cookies\":{}}", "the event's cookies are no array");
    refused("{" HTTP("GET") ",\"cookies\":[1]}", "a cookie of the event is no text");
    refused("{" HTTP("GET") ",\"cookies\":[\"a\\u0000\"]}", "a header of the event cannot be sent");
    refused("{" HTTP("GET") ",\"body\":{}}", "the event's body is no text");
}

static void refused_with(const char *before, const char *piece, size_t count, const char *after,
                         const char *why)
{
    struct lg_buf event;

    lg_buf_init(&event, SIZE_MAX);
    lg_buf_add_cstr(&event, before);
    for (size_t i = 0; i < count; i++) {
        if (strchr(piece, '%') != NULL)
            lg_buf_printf(&event, "%s\"h%zu\":\"\"", i == 0 ? "" : ",", i);
        else
            lg_buf_add_cstr(&event, piece);
    }
    lg_buf_add_cstr(&event, after);
    lg_buf_add_char(&event, '\0');
    refused(event.data, why);
    lg_buf_done(&event);
}

Test(url_request, the_head_is_bounded)
{
    refused_with("{" HTTP("GET") ",\"rawPath\":\"/", "x", LG_URL_REQUEST_HEAD_BYTES, "\"}",
                 "the event's path and query are too long");
    refused_with("{" HTTP("GET") ",\"rawQueryString\":\"", "x", LG_URL_REQUEST_HEAD_BYTES, "\"}",
                 "the event's path and query are too long");
    refused_with("{" HTTP("GET") ",\"headers\":{\"a\":\"", "x", LG_URL_REQUEST_HEAD_BYTES, "\"}}",
                 "the event has more headers than are sent");
    refused_with("{" HTTP("GET") ",\"cookies\":[\"", "x", LG_URL_REQUEST_HEAD_BYTES, "\"]}",
                 "the event has more cookies than are sent");
    refused_with("{" HTTP("GET") ",\"headers\":{", "%", LG_URL_REQUEST_HEADERS + 1, "}}",
                 "the event has more headers than are sent");
}
