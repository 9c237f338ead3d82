/* test_result_v1.c -- what a client sees of what a function returned, format 1.0. */
#include "integrate/result_v1.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "answer.h"
#include "base/buf.h"

static struct lg_arena arena;
static struct lg_config_api api;
static struct lg_result result;
static struct lg_str accept;

static void start(void)
{
    lg_arena_init(&arena);
}

static void start_rest(void)
{
    start();
    api.kind = LG_API_REST;
}

static void stop(void)
{
    lg_arena_done(&arena);
}

TestSuite(rest, .init = start_rest, .fini = stop);
TestSuite(rest_malformed, .init = start_rest, .fini = stop);
TestSuite(rest_base64, .init = start_rest, .fini = stop);
TestSuite(rest_remapped, .init = start_rest, .fini = stop);
TestSuite(http, .init = start, .fini = stop);
TestSuite(http_malformed, .init = start, .fini = stop);

static void reads(const char *bytes)
{
    const char *message = "";
    enum lg_err err = lg_result_v1_read(&arena, lg_str_of(bytes), &api, accept, &result, &message);

    cr_assert(eq(int, err, LG_OK), "%s: %s", bytes, message);
}

static void refuses(const char *bytes, enum lg_err expected, const char *part)
{
    struct lg_result before = { .status = 12345 }, after = before;
    const char *message = NULL;
    enum lg_err err = lg_result_v1_read(&arena, lg_str_of(bytes), &api, accept, &after, &message);

    cr_assert(eq(int, err, expected), "%s", bytes);
    cr_assert(message != NULL);
    cr_assert(ne(ptr, strstr(message, part), NULL), "\"%s\" says nothing of \"%s\"", message, part);
    cr_assert(eq(int, after.status, before.status));
}

static void malformed(const char *bytes, const char *part)
{
    refuses(bytes, LG_ERR_SYNTAX, part);
}

static void sends(const char *members, const char *headers)
{
    reads(lg_arena_printf(&arena, "{\"statusCode\":200,%s}", members));
    answer_has_headers(&result, headers);
}

/* --- REST: the table, row by row -------------------------------------------------------------- */

Test(rest, an_answer_is_taken_as_it_says)
{
    reads("{\"statusCode\":201,\"headers\":{\"Content-Type\":\"a/b\",\"X-One\":\"a\"},"
          "\"multiValueHeaders\":{\"Set-Cookie\":[\"a=1; Path=/\",\"b=2; Path=/\"]},"
          "\"body\":\"{\\\"ok\\\":true}\",\"isBase64Encoded\":false}");
    answer_has_status(&result, 201);
    answer_has_headers(&result, "Set-Cookie: a=1; Path=/|Set-Cookie: b=2; Path=/|"
                                "Content-Type: a/b|X-One: a");
    answer_has_body(&result, "{\"ok\":true}");
}

Test(rest_malformed, what_is_no_object)
{
    malformed("\"Hello\"", "JSON of type string");
    malformed("42", "JSON of type number");
    malformed("[{\"statusCode\":200}]", "JSON of type array");
    malformed("null", "JSON of type null");
    malformed("true", "JSON of type true");
    malformed("", "no JSON");
    malformed("<html>", "no JSON");
    malformed("{\"statusCode\":200} x", "no JSON");
}

Test(rest_malformed, any_other_key)
{
    malformed("{\"statusCode\":200,\"foo\":1}", "\"foo\"");
    malformed("{\"statusCode\":200,\"cookies\":[\"a=1\"]}", "\"cookies\"");
    malformed("{\"statusCode\":200,\"statuscode\":200}", "\"statuscode\"");
    malformed("{\"a\":1}", "\"a\"");
}

Test(rest, all_keys_are_optional)
{
    reads("{}");
    answer_has_status(&result, 200);
    answer_has_headers(&result, "content-type: application/json");
    answer_has_body(&result, "");
    reads("{\"headers\":{\"x\":\"y\"}}");
    answer_has_status(&result, 200);
    answer_has_headers(&result, "x: y|content-type: application/json");
    reads("{\"statusCode\":null}");
    answer_has_status(&result, 200);
}

Test(rest, the_status_code_may_be_an_integer_or_a_numeric_string)
{
    reads("{\"statusCode\":201}");
    answer_has_status(&result, 201);
    reads("{\"statusCode\":\"201\"}");
    answer_has_status(&result, 201);
}

Test(rest_malformed, status_code_0_and_what_is_no_number)
{
    malformed("{\"statusCode\":0}", "outside 200 to 599");
    malformed("{\"statusCode\":\"0\"}", "outside 200 to 599");
    malformed("{\"statusCode\":\"OK\"}", "no integer");
    malformed("{\"statusCode\":{}}", "no integer");
    malformed("{\"statusCode\":200.5}", "no integer");
    malformed("{\"statusCode\":600}", "outside 200 to 599");
}

Test(rest, headers_may_be_null)
{
    sends("\"headers\":null,\"multiValueHeaders\":null", "content-type: application/json");
}

Test(rest, booleans_become_header_text)
{
    sends("\"headers\":{\"a\":true,\"b\":false},\"multiValueHeaders\":{\"c\":[true]}",
          "c: true|a: true|b: false|content-type: application/json");
}

Test(rest_malformed, header_values_of_other_types)
{
    malformed("{\"headers\":{\"a\":1}}", "header of type number");
    malformed("{\"headers\":{\"a\":null}}", "header of type null");
    malformed("{\"headers\":{\"a\":{}}}", "header of type object");
    malformed("{\"headers\":{\"a\":[\"b\"]}}", "header of type array");
    malformed("{\"multiValueHeaders\":{\"a\":[1]}}", "header of type number");
    malformed("{\"headers\":[\"a\"]}", "headers of type array");
    malformed("{\"headers\":\"a: b\"}", "headers of type string");
    malformed("{\"multiValueHeaders\":[]}", "multiValueHeaders of type array");
}

Test(rest_malformed, multi_value_headers_that_are_no_arrays)
{
    malformed("{\"multiValueHeaders\":{\"a\":\"b\"}}", "of type string in multiValueHeaders");
    malformed("{\"multiValueHeaders\":{\"a\":[\"b\"],\"c\":null}}",
              "of type null in multiValueHeaders");
}

Test(rest, the_body_may_be_absent_or_null)
{
    reads("{\"statusCode\":200,\"body\":null}");
    answer_has_body(&result, "");
}

Test(rest_malformed, a_body_that_is_no_string)
{
    malformed("{\"body\":{\"a\":1}}", "body of type object");
    malformed("{\"body\":[]}", "body of type array");
    malformed("{\"body\":7}", "body of type number");
}

Test(rest, several_values_come_before_the_single_one_spelt_as_the_several)
{
    sends("\"headers\":{\"X-TAG\":\"solo\"},\"multiValueHeaders\":{\"x-tag\":[\"multi\"]}",
          "x-tag: multi, solo|content-type: application/json");
    sends("\"headers\":{\"X-TAG\":\"3\"},\"multiValueHeaders\":{\"x-tag\":[\"1\",\"2\"]}",
          "x-tag: 1, 2, 3|content-type: application/json");
}

Test(rest, cookies_are_never_joined)
{
    sends("\"headers\":{\"set-cookie\":\"c=3\"},"
          "\"multiValueHeaders\":{\"Set-Cookie\":[\"a=1\",\"b=2\"]}",
          "Set-Cookie: a=1|Set-Cookie: b=2|set-cookie: c=3|content-type: application/json");
}

Test(rest, a_field_that_has_one_value_by_its_definition_keeps_the_last)
{
    sends("\"headers\":{\"content-type\":\"c/d\",\"LOCATION\":\"/b\"},"
          "\"multiValueHeaders\":{\"Content-Type\":[\"a/b\"],\"Location\":[\"/a\"]}",
          "Content-Type: c/d|Location: /b");
}

Test(rest, an_empty_list_of_values_is_no_header)
{
    sends("\"multiValueHeaders\":{\"a\":[]}", "content-type: application/json");
}

Test(rest, without_content_type_it_is_json)
{
    reads("{\"statusCode\":200,\"body\":\"plain\"}");
    answer_has_headers(&result, "content-type: application/json");
}

Test(rest_malformed, what_could_not_be_sent_safely)
{
    malformed("{\"headers\":{\"a b\":\"c\"}}", "no HTTP token");
    malformed("{\"headers\":{\"\":\"c\"}}", "no HTTP token");
    malformed("{\"multiValueHeaders\":{\"a\":[\"b\\r\\nc: d\"]}}", "header a");
    malformed("{\"headers\":{\"Connection\":\"b\\nc\"}}", "header x-amzn-Remapped-Connection");
}

Test(rest_malformed, is_base64_encoded_that_is_no_boolean)
{
    malformed("{\"body\":\"eA==\",\"isBase64Encoded\":\"true\"}", "isBase64Encoded of type string");
}

Test(rest_malformed, more_fields_than_a_client_would_take)
{
    struct lg_buf text;

    for (int count = 256; count <= 257; count++) {
        lg_buf_init(&text, SIZE_MAX);
        lg_buf_add_cstr(&text, "{\"headers\":{\"a\":\"b\"},\"multiValueHeaders\":{\"c\":[");
        for (int i = 1; i < count; i++)
            lg_buf_printf(&text, "%s\"%d\"", i > 1 ? "," : "", i);
        lg_buf_add_cstr(&text, "]}}");
        lg_buf_add_char(&text, '\0');
        if (count == 257)
            malformed(text.data, "found 257 headers");
        else
            reads(text.data);
        lg_buf_done(&text);
    }
}

Test(rest_malformed, more_bytes_of_fields_than_a_client_would_take)
{
    char *value = lg_arena_zalloc(&arena, 10241);

    memset(value, 'y', 10240 - strlen("a: \r\nb: \r\n") - 1);
    reads(lg_arena_printf(&arena, "{\"headers\":{\"a\":\"%s\",\"b\":\"1\"}}", value));
    malformed(lg_arena_printf(&arena, "{\"headers\":{\"a\":\"%s\",\"b\":\"12\"}}", value),
              "found 10241 bytes");
}

Test(rest_malformed, an_answer_nested_deeper_than_is_read)
{
    char text[512] = "{\"body\":";

    memset(text + strlen(text), '[', 300);
    malformed(text, "nested deeper");
}

/* --- REST: isBase64Encoded against Accept and binaryMediaTypes -------------------------------- */

static const char *const png[] = { "image/png", "application/pdf" };
static const char *const all_types[] = { "*/*" };

static void decodes(const char *const *types, size_t count, const char *client, bool decoded)
{
    api.binary_media_types = (struct lg_config_strings){ types, count };
    accept = lg_str_of(client);
    reads("{\"body\":\"aGk=\",\"isBase64Encoded\":true}");
    answer_has_body(&result, decoded ? "hi" : "aGk=");
}

Test(rest_base64, is_decoded_when_the_client_accepts_a_listed_type)
{
    decodes(png, 2, "image/png", true);
    decodes(png, 2, "application/PDF;q=0.5", true);
}

Test(rest_base64, only_the_first_type_that_the_client_accepts_counts)
{
    decodes(png, 2, "image/png, text/html", true);
    decodes(png, 2, "text/html, image/png", false);
}

Test(rest_base64, asterisks_of_the_client_match_no_particular_type)
{
    decodes(png, 2, "*/*", false);
    decodes(png, 2, "image/*", false);
}

Test(rest_base64, listed_asterisks_match_everything)
{
    decodes(all_types, 1, "text/html", true);
    decodes(all_types, 1, "*/*", true);
    decodes(all_types, 1, NULL, true);
}

Test(rest_base64, is_sent_as_it_is_when_nothing_is_listed_or_accepted)
{
    decodes(NULL, 0, "image/png", false);
    decodes(png, 2, NULL, false);
}

Test(rest_base64, goes_by_accept_and_not_by_the_answers_own_type)
{
    api.binary_media_types = (struct lg_config_strings){ png, 2 };
    accept = LG_STR("*/*");
    reads("{\"headers\":{\"Content-Type\":\"image/"
          "png\"},\"body\":\"aGk=\",\"isBase64Encoded\":true}");
    answer_has_body(&result, "aGk=");
}

Test(rest_base64, is_not_decoded_unasked)
{
    api.binary_media_types = (struct lg_config_strings){ all_types, 1 };
    reads("{\"body\":\"aGk=\"}");
    answer_has_body(&result, "aGk=");
    reads("{\"body\":\"aGk=\",\"isBase64Encoded\":null}");
    answer_has_body(&result, "aGk=");
}

Test(rest_base64, may_be_called_base64_encoded)
{
    api.binary_media_types = (struct lg_config_strings){ all_types, 1 };
    reads("{\"body\":\"aGk=\",\"base64Encoded\":true}");
    answer_has_body(&result, "hi");
}

Test(rest_base64, that_cannot_be_decoded_is_a_fault_of_another_kind)
{
    api.binary_media_types = (struct lg_config_strings){ all_types, 1 };
    refuses("{\"body\":\"a*b=\",\"isBase64Encoded\":true}", LG_ERR_REFUSED, "not base64");
    api.binary_media_types.count = 0;
    reads("{\"body\":\"a*b=\",\"isBase64Encoded\":true}");
    answer_has_body(&result, "a*b=");
}

/* --- REST: the table of header restrictions, the column of answers ---------------------------- */

static void becomes(const char *name, const char *headers)
{
    sends(lg_arena_printf(&arena, "\"headers\":{\"%s\":\"v\",\"content-type\":\"x/y\"}", name),
          headers);
}

static void is_remapped(const char *name)
{
    becomes(name, lg_arena_printf(&arena, "x-amzn-Remapped-%s: v|content-type: x/y", name));
}

static void is_passed(const char *name)
{
    becomes(name, lg_arena_printf(&arena, "%s: v|content-type: x/y", name));
}

static void is_dropped(const char *name)
{
    becomes(name, "content-type: x/y");
}

Test(rest_remapped, recorded_ones)
{
    is_remapped("Connection");
    is_remapped("Content-Length");
    is_remapped("Date");
    is_remapped("Server");
    is_remapped("x-amzn-RequestId");
}

Test(rest_remapped, documented_ones)
{
    is_remapped("Authorization");
    is_remapped("Content-MD5");
    is_remapped("Max-Forwards");
    is_remapped("User-Agent");
    is_remapped("WWW-Authenticate");
}

Test(rest_remapped, the_spelling_is_kept)
{
    is_remapped("cOnNeCtIoN");
    is_remapped("www-authenticate");
}

Test(rest_remapped, of_several_values_too)
{
    sends("\"multiValueHeaders\":{\"Server\":[\"a\",\"b\"]}",
          "x-amzn-Remapped-Server: a, b|content-type: application/json");
}

Test(rest_remapped, dropped_ones)
{
    is_dropped("Expect");
    is_dropped("Host");
    is_dropped("Proxy-Authenticate");
    is_dropped("TE");
    is_dropped("Trailer");
    is_dropped("Upgrade");
    is_dropped("Transfer-Encoding");
    is_dropped("Via");
    is_dropped("Keep-Alive");
}

Test(rest_remapped, the_gateways_own_ids_are_dropped)
{
    is_dropped("x-amz-apigw-id");
    is_dropped("X-Amzn-Trace-Id");
}

Test(rest_remapped, passed_ones)
{
    is_passed("Age");
    is_passed("Accept");
    is_passed("Accept-Charset");
    is_passed("Accept-Encoding");
    is_passed("Content-Encoding");
    is_passed("Pragma");
    is_passed("Range");
    is_passed("Referer");
    is_passed("Warn");
    is_passed("Cache-Control");
    is_passed("x-amzn-ErrorType");
    is_passed("x-amzn-Remapped-Date");
}

/* --- HTTP APIs, format 1.0 -------------------------------------------------------------------- */

Test(http, unknown_keys_are_ignored)
{
    reads("{\"statusCode\":200,\"foo\":{},\"cookies\":[\"a=1\"],\"body\":\"x\"}");
    answer_has_headers(&result, "content-type: text/plain; charset=utf-8");
    answer_has_body(&result, "x");
}

Test(http, the_single_value_comes_before_the_several)
{
    sends("\"multiValueHeaders\":{\"x-tag\":[\"2\",\"3\"],\"Set-Cookie\":[\"b=2\"]},"
          "\"headers\":{\"X-Tag\":\"1\",\"Set-Cookie\":\"a=1\"}",
          "X-Tag: 1, 2, 3|Set-Cookie: a=1|Set-Cookie: b=2|"
          "content-type: text/plain; charset=utf-8");
}

Test(http_malformed, no_status_code)
{
    malformed("{}", "no statusCode");
    malformed("{\"body\":\"x\"}", "no statusCode");
    malformed("{\"statusCode\":null}", "no integer");
    malformed("{\"statusCode\":0}", "outside 200 to 599");
}

Test(http_malformed, what_is_no_object)
{
    malformed("\"Hello\"", "JSON of type string");
    malformed("null", "JSON of type null");
    malformed("Hello", "no JSON");
}

Test(http, the_status_code_may_be_a_numeric_string)
{
    reads("{\"statusCode\":\"404\"}");
    answer_has_status(&result, 404);
}

Test(http, without_content_type_it_is_plain_text)
{
    reads("{\"statusCode\":200,\"body\":\"{}\"}");
    answer_has_headers(&result, "content-type: text/plain; charset=utf-8");
}

Test(http, base64_is_decoded_whatever_the_client_accepts)
{
    reads("{\"statusCode\":200,\"body\":\"aGk=\",\"isBase64Encoded\":true}");
    answer_has_body(&result, "hi");
}

Test(http_malformed, base64_that_cannot_be_decoded)
{
    malformed("{\"statusCode\":200,\"body\":\"a*b=\",\"isBase64Encoded\":true}", "not base64");
}

Test(http, numbers_become_header_text_too)
{
    sends("\"headers\":{\"a\":1.50,\"b\":true}",
          "a: 1.50|b: true|content-type: text/plain; charset=utf-8");
}

Test(http, fields_of_the_connection_are_left_out_and_none_is_remapped)
{
    sends("\"headers\":{\"Connection\":\"close\",\"Transfer-Encoding\":\"chunked\","
          "\"apigw-requestid\":\"x\",\"Server\":\"x\",\"WWW-Authenticate\":\"Basic\"}",
          "Server: x|WWW-Authenticate: Basic|content-type: text/plain; charset=utf-8");
}
