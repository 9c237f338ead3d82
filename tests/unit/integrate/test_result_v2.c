/* test_result_v2.c -- what a client sees of what a function returned, format 2.0. */
#include "integrate/result_v2.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "answer.h"
#include "base/buf.h"

static struct lg_arena arena;
static struct lg_result result;
static const char *message;

static void start(void)
{
    lg_arena_init(&arena);
}

static void stop(void)
{
    lg_arena_done(&arena);
}

TestSuite(inferred, .init = start, .fini = stop);
TestSuite(structured, .init = start, .fini = stop);
TestSuite(malformed, .init = start, .fini = stop);

static void reads_str(struct lg_str bytes)
{
    enum lg_err err;

    message = "";
    err = lg_result_v2_read(&arena, bytes, &result, &message);
    cr_assert(eq(int, err, LG_OK), "%.*s: %s", LG_STR_ARG(bytes), message);
}

static void reads(const char *bytes)
{
    reads_str(lg_str_of(bytes));
}

static void has_status(int status)
{
    answer_has_status(&result, status);
}

static void has_body(const char *body)
{
    answer_has_body(&result, body);
}

static void has_headers(const char *expected)
{
    answer_has_headers(&result, expected);
}

static void infers(const char *bytes, const char *body)
{
    reads(bytes);
    has_status(200);
    has_headers("content-type: application/json");
    has_body(body);
}

static void malformed_str(struct lg_str bytes, const char *part)
{
    struct lg_result before = { .status = 12345 }, after = before;

    message = NULL;
    cr_assert(eq(int, lg_result_v2_read(&arena, bytes, &after, &message), LG_ERR_SYNTAX), "%.*s",
              LG_STR_ARG(bytes));
    cr_assert(message != NULL);
    cr_assert(ne(ptr, strstr(message, part), NULL), "\"%s\" says nothing of \"%s\"", message, part);
    cr_assert(eq(int, after.status, before.status));
}

static void malformed(const char *bytes, const char *part)
{
    malformed_str(lg_str_of(bytes), part);
}

/* --- the table "handler returned", row by row ------------------------------------------------ */

Test(inferred, an_object_without_status_code_is_the_body)
{
    infers("{\"a\":1}", "{\"a\":1}");
    infers(" {\"a\": 1}\n", " {\"a\": 1}\n");
}

Test(inferred, a_string_is_the_body_without_its_quotes)
{
    infers("\"Hello\"", "Hello");
    infers(" \"caf\\u00e9 \\\"x\\\"\\n\" ", "caf\xc3\xa9 \"x\"\n");
}

Test(inferred, a_number_an_array_and_a_boolean_are_the_body)
{
    infers("42", "42");
    infers("[1,2]", "[1,2]");
    infers("true", "true");
}

Test(inferred, an_empty_string_is_an_empty_body)
{
    infers("\"\"", "");
}

Test(inferred, null_is_the_body_null)
{
    infers("null", "null");
}

Test(inferred, bytes_that_are_not_json_are_passed_as_they_are)
{
    infers("<html>", "<html>");
    infers("", "");
    infers(" ", " ");
    infers("\"open", "\"open");
    infers("{\"statusCode\":201", "{\"statusCode\":201");
    infers("{\"statusCode\":201} x", "{\"statusCode\":201} x");
    infers("\"\\ud800\"", "\"\\ud800\"");
    reads_str(LG_STR("\0\xff{"));
    cr_assert(lg_str_eq(result.body, LG_STR("\0\xff{")));
    reads_str(LG_STR_NONE);
    cr_assert(eq(sz, result.body.size, 0));
}

Test(inferred, body_and_headers_without_status_code_are_not_applied)
{
    infers("{\"body\":\"x\",\"headers\":{\"a\":\"b\"}}",
           "{\"body\":\"x\",\"headers\":{\"a\":\"b\"}}");
}

Test(inferred, only_an_object_of_its_own_can_hold_the_status_code)
{
    infers("[{\"statusCode\":201}]", "[{\"statusCode\":201}]");
    infers("{\"a\":{\"statusCode\":201}}", "{\"a\":{\"statusCode\":201}}");
    infers("{\"a\":\"statusCode\"}", "{\"a\":\"statusCode\"}");
    infers("{\"statuscode\":201}", "{\"statuscode\":201}");
    infers("\"{\\\"statusCode\\\":201}\"", "{\"statusCode\":201}");
}

/* --- structured ---------------------------------------------------------------------------------
 */

Test(structured, an_object_with_a_status_code_is_an_answer)
{
    reads("{\"statusCode\":201,\"headers\":{\"content-type\":\"application/json\"},"
          "\"body\":\"{\\\"id\\\":7}\",\"isBase64Encoded\":false}");
    has_status(201);
    has_headers("content-type: application/json");
    has_body("{\"id\":7}");
}

Test(structured, the_name_may_be_written_with_escapes)
{
    reads("{\"status\\u0043ode\":204}");
    has_status(204);
}

Test(structured, without_content_type_it_is_plain_text)
{
    reads("{\"statusCode\":200,\"body\":\"x\"}");
    has_headers("content-type: text/plain; charset=utf-8");
    reads("{\"statusCode\":200,\"headers\":{\"x-a\":\"b\"}}");
    has_headers("x-a: b|content-type: text/plain; charset=utf-8");
}

Test(structured, a_content_type_in_any_case_is_kept)
{
    reads("{\"statusCode\":200,\"headers\":{\"CONTENT-Type\":\"image/png\"}}");
    has_headers("CONTENT-Type: image/png");
}

Test(structured, the_status_code_may_be_a_numeric_string)
{
    reads("{\"statusCode\":\"201\"}");
    has_status(201);
}

Test(structured, the_status_code_may_be_a_whole_number_in_any_spelling)
{
    reads("{\"statusCode\":2.02e2}");
    has_status(202);
    reads("{\"statusCode\":404.0}");
    has_status(404);
}

Test(structured, the_status_code_lies_from_200_to_599)
{
    reads("{\"statusCode\":200}");
    has_status(200);
    reads("{\"statusCode\":599}");
    has_status(599);
    reads("{\"statusCode\":\"599\"}");
    has_status(599);
}

Test(structured, unknown_members_are_ignored)
{
    reads("{\"statusCode\":200,\"foo\":[{}],\"multiValueHeaders\":{\"a\":[\"b\"]},\"body\":\"x\"}");
    has_headers("content-type: text/plain; charset=utf-8");
    has_body("x");
}

Test(structured, cookies_become_set_cookie_fields_one_each)
{
    reads("{\"statusCode\":200,\"cookies\":[\"sid=1; Secure; HttpOnly\",\"lang=nl\"]}");
    has_headers("set-cookie: sid=1; Secure; HttpOnly|set-cookie: lang=nl|"
                "content-type: text/plain; charset=utf-8");
}

Test(structured, cookies_stand_before_a_set_cookie_of_the_headers)
{
    reads("{\"statusCode\":200,\"headers\":{\"Set-Cookie\":\"c=3\",\"content-type\":\"a/b\"},"
          "\"cookies\":[\"a=1\",\"b=2\"]}");
    has_headers("set-cookie: a=1|set-cookie: b=2|Set-Cookie: c=3|content-type: a/b");
}

Test(structured, cookies_may_be_null_or_empty)
{
    reads("{\"statusCode\":200,\"cookies\":null}");
    has_headers("content-type: text/plain; charset=utf-8");
    reads("{\"statusCode\":200,\"cookies\":[]}");
    has_headers("content-type: text/plain; charset=utf-8");
}

Test(structured, headers_may_be_null_or_empty)
{
    reads("{\"statusCode\":200,\"headers\":null}");
    has_headers("content-type: text/plain; charset=utf-8");
    reads("{\"statusCode\":200,\"headers\":{}}");
    has_headers("content-type: text/plain; charset=utf-8");
}

Test(structured, header_values_may_be_numbers_and_booleans)
{
    reads("{\"statusCode\":200,\"headers\":{\"a\":42,\"b\":1.50,\"c\":true,\"d\":false,"
          "\"content-type\":\"x/y\"}}");
    has_headers("a: 42|b: 1.50|c: true|d: false|content-type: x/y");
}

Test(structured, a_header_value_with_commas_stays_one_line)
{
    reads("{\"statusCode\":200,\"headers\":{\"vary\":\"a, b,c\",\"content-type\":\"x/y\"}}");
    has_headers("vary: a, b,c|content-type: x/y");
}

Test(structured, header_values_lose_blanks_around_them)
{
    reads(
        "{\"statusCode\":200,\"headers\":{\"a\":\" b \\t\",\"e\":\"\",\"content-type\":\"x/y\"}}");
    has_headers("a: b|e: |content-type: x/y");
}

Test(structured, of_header_names_that_differ_in_case_the_last_counts)
{
    reads("{\"statusCode\":200,\"headers\":{\"Content-Type\":\"a/b\",\"x\":\"1\","
          "\"content-type\":\"c/d\"}}");
    has_headers("content-type: c/d|x: 1");
}

Test(structured, set_cookie_in_several_spellings_is_sent_each_time)
{
    reads("{\"statusCode\":200,\"headers\":{\"Set-Cookie\":\"a=1\",\"set-cookie\":\"b=2\","
          "\"content-type\":\"x/y\"}}");
    has_headers("Set-Cookie: a=1|set-cookie: b=2|content-type: x/y");
}

Test(structured, of_a_member_that_comes_twice_the_last_counts)
{
    reads("{\"statusCode\":200,\"statusCode\":201,\"body\":\"a\",\"body\":\"b\"}");
    has_status(201);
    has_body("b");
}

Test(structured, headers_of_the_connection_are_left_out)
{
    reads("{\"statusCode\":200,\"headers\":{\"Transfer-Encoding\":\"chunked\",\"Connection\":\"x\","
          "\"Upgrade\":\"h2c\",\"content-type\":\"x/y\"}}");
    has_headers("content-type: x/y");
}

Test(structured, the_id_of_the_request_is_the_gateways)
{
    reads("{\"statusCode\":200,\"headers\":{\"Apigw-RequestId\":\"x\",\"content-type\":\"x/y\"}}");
    has_headers("content-type: x/y");
}

Test(structured, the_body_may_be_absent_or_null)
{
    reads("{\"statusCode\":204}");
    has_body("");
    reads("{\"statusCode\":200,\"body\":null,\"isBase64Encoded\":true}");
    has_body("");
}

Test(structured, a_base64_body_is_decoded)
{
    reads("{\"statusCode\":200,\"body\":\"iVBORw==\",\"isBase64Encoded\":true}");
    has_body("\x89PNG");
}

Test(structured, a_body_that_looks_like_base64_is_not_decoded_unasked)
{
    reads("{\"statusCode\":200,\"body\":\"iVBORw==\"}");
    has_body("iVBORw==");
    reads("{\"statusCode\":200,\"body\":\"iVBORw==\",\"isBase64Encoded\":false}");
    has_body("iVBORw==");
    reads("{\"statusCode\":200,\"body\":\"iVBORw==\",\"isBase64Encoded\":null}");
    has_body("iVBORw==");
}

/* --- malformed ----------------------------------------------------------------------------------
 */

Test(malformed, status_code_0)
{
    malformed("{\"statusCode\":0}", "outside 200 to 599");
    malformed("{\"statusCode\":\"0\"}", "outside 200 to 599");
}

Test(malformed, status_code_with_a_fraction)
{
    malformed("{\"statusCode\":200.5}", "no integer");
    malformed("{\"statusCode\":\"200.0\"}", "no integer");
}

Test(malformed, status_code_out_of_range)
{
    malformed("{\"statusCode\":199}", "outside 200 to 599");
    malformed("{\"statusCode\":100}", "outside 200 to 599");
    malformed("{\"statusCode\":600}", "outside 200 to 599");
    malformed("{\"statusCode\":-200}", "outside 200 to 599");
    malformed("{\"statusCode\":4294967496}", "outside 200 to 599");
    malformed("{\"statusCode\":\"4294967496\"}", "outside 200 to 599");
    malformed("{\"statusCode\":1e400}", "no integer");
}

Test(malformed, status_code_that_is_no_number)
{
    malformed("{\"statusCode\":null}", "no integer");
    malformed("{\"statusCode\":true}", "no integer");
    malformed("{\"statusCode\":[200]}", "no integer");
    malformed("{\"statusCode\":{}}", "no integer");
    malformed("{\"statusCode\":\"\"}", "no integer");
    malformed("{\"statusCode\":\"OK\"}", "no integer");
    malformed("{\"statusCode\":\" 200\"}", "no integer");
    malformed("{\"statusCode\":\"+200\"}", "no integer");
}

Test(malformed, headers_that_are_no_object)
{
    malformed("{\"statusCode\":200,\"headers\":[]}", "headers of type array");
    malformed("{\"statusCode\":200,\"headers\":\"a: b\"}", "headers of type string");
}

Test(malformed, header_values_of_other_types)
{
    malformed("{\"statusCode\":200,\"headers\":{\"a\":null}}", "header of type null");
    malformed("{\"statusCode\":200,\"headers\":{\"a\":[\"b\"]}}", "header of type array");
    malformed("{\"statusCode\":200,\"headers\":{\"a\":{}}}", "header of type object");
}

Test(malformed, header_values_that_would_split_the_answer)
{
    malformed("{\"statusCode\":200,\"headers\":{\"a\":\"b\\r\\nSet-Cookie: c=d\"}}", "header a");
    malformed("{\"statusCode\":200,\"headers\":{\"a\":\"b\\nc\"}}", "control character");
    malformed("{\"statusCode\":200,\"headers\":{\"a\":\"b\\n\"}}", "control character");
    malformed("{\"statusCode\":200,\"headers\":{\"a\":\"\\u0000\"}}", "control character");
}

Test(malformed, header_names_that_are_no_tokens)
{
    malformed("{\"statusCode\":200,\"headers\":{\"\":\"b\"}}", "no HTTP token");
    malformed("{\"statusCode\":200,\"headers\":{\"a b\":\"b\"}}", "no HTTP token");
    malformed("{\"statusCode\":200,\"headers\":{\"a:\":\"b\"}}", "no HTTP token");
    malformed("{\"statusCode\":200,\"headers\":{\"a\\r\\nb\":\"b\"}}", "no HTTP token");
    malformed("{\"statusCode\":200,\"headers\":{\"caf\xc3\xa9\":\"b\"}}", "no HTTP token");
}

Test(malformed, cookies_that_are_no_array_of_strings)
{
    malformed("{\"statusCode\":200,\"cookies\":\"a=1\"}", "cookies of type string");
    malformed("{\"statusCode\":200,\"cookies\":{}}", "cookies of type object");
    malformed("{\"statusCode\":200,\"cookies\":[1]}", "cookie of type number");
    malformed("{\"statusCode\":200,\"cookies\":[\"a\",null]}", "cookie of type null");
}

Test(malformed, a_cookie_that_would_split_the_answer)
{
    malformed("{\"statusCode\":200,\"cookies\":[\"a=1\\r\\nb: c\"]}", "header set-cookie");
}

Test(malformed, a_body_that_is_no_string)
{
    malformed("{\"statusCode\":200,\"body\":{\"a\":1}}", "body of type object");
    malformed("{\"statusCode\":200,\"body\":[]}", "body of type array");
    malformed("{\"statusCode\":200,\"body\":7}", "body of type number");
    malformed("{\"statusCode\":200,\"body\":false}", "body of type false");
}

Test(malformed, a_body_that_is_not_the_base64_it_claims_to_be)
{
    malformed("{\"statusCode\":200,\"body\":\"a*b=\",\"isBase64Encoded\":true}", "not base64");
}

Test(malformed, is_base64_encoded_that_is_no_boolean)
{
    malformed("{\"statusCode\":200,\"body\":\"eA==\",\"isBase64Encoded\":\"true\"}",
              "isBase64Encoded of type string");
    malformed("{\"statusCode\":200,\"isBase64Encoded\":1}", "isBase64Encoded of type number");
}

Test(malformed, more_fields_than_a_client_would_take)
{
    struct lg_buf text;

    for (int count = 256; count <= 257; count++) {
        lg_buf_init(&text, SIZE_MAX);
        lg_buf_add_cstr(&text, "{\"statusCode\":200,\"cookies\":[\"a\"],\"headers\":{");
        for (int i = 1; i < count; i++)
            lg_buf_printf(&text, "%s\"h%d\":1", i > 1 ? "," : "", i);
        lg_buf_add_cstr(&text, "}}");
        if (count == 257)
            malformed_str(lg_buf_str(&text), "found 257 headers and cookies");
        else
            reads_str(lg_buf_str(&text));
        lg_buf_done(&text);
    }
}

Test(malformed, more_bytes_of_fields_than_a_client_would_take)
{
    const size_t around = strlen("x-a: \r\nset-cookie: c\r\n");

    for (size_t more = 0; more <= 1; more++) {
        size_t size = 10240 - around + more;
        char *value = lg_arena_alloc(&arena, size);

        memset(value, 'y', size);
        const char *text = lg_arena_printf(
            &arena, "{\"statusCode\":200,\"headers\":{\"x-a\":\"%.*s\"},\"cookies\":[\"c\"]}",
            (int)size, value);
        if (more == 0)
            reads(text);
        else
            malformed(text, "found 10241 bytes of headers and cookies, expected at most 10240");
    }
}

Test(malformed, an_answer_nested_deeper_than_is_read)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    lg_buf_add_cstr(&text, "{\"statusCode\":200,\"x\":");
    for (int i = 0; i < 200; i++)
        lg_buf_add_char(&text, '[');
    for (int i = 0; i < 200; i++)
        lg_buf_add_char(&text, ']');
    lg_buf_add_char(&text, '}');
    malformed_str(lg_buf_str(&text), "nested deeper than");
    lg_buf_done(&text);
}
