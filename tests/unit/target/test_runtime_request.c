/* Which call a request is, and whether the state machine allows it. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "base/mem.h"
#include "target/runtime_request.h"

#define BASE "/2018-06-01/runtime/"
#define ID "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

static struct lg_runtime_request request;

static void read_with(const char *method, const char *path, const struct lg_header *headers,
                      size_t count)
{
    struct lg_head head = { .method = lg_str_of(method),
                            .target = lg_str_of(path),
                            .path = lg_str_of(path),
                            .headers = headers,
                            .header_count = count };

    lg_runtime_request_read(&head, &request);
}

static void assert_call(const char *method, const char *path, enum lg_runtime_call call,
                        const char *id)
{
    read_with(method, path, NULL, 0);
    cr_assert(eq(int, (int)request.call, (int)call), "%s %s", method, path);
    cr_assert(lg_str_is(request.id, id), "%s %s", method, path);
}

Test(runtime_request, paths_are_told_apart)
{
    assert_call("GET", BASE "invocation/next", LG_RUNTIME_NEXT, "");
    assert_call("POST", BASE "invocation/" ID "/response", LG_RUNTIME_RESPONSE, ID);
    assert_call("POST", BASE "invocation/" ID "/error", LG_RUNTIME_ERROR, ID);
    assert_call("POST", BASE "invocation/next/error", LG_RUNTIME_ERROR, "next");
    assert_call("POST", BASE "init/error", LG_RUNTIME_INIT_ERROR, "");
    assert_call("GET", "/2018-06-01/ping", LG_RUNTIME_PING, "");
}

Test(runtime_request, a_path_with_another_method_is_told)
{
    assert_call("POST", BASE "invocation/next", LG_RUNTIME_WRONG_METHOD, "");
    assert_call("get", BASE "invocation/next", LG_RUNTIME_WRONG_METHOD, "");
    assert_call("PUT", BASE "invocation/" ID "/response", LG_RUNTIME_WRONG_METHOD, ID);
    assert_call("GET", BASE "invocation/" ID "/error", LG_RUNTIME_WRONG_METHOD, ID);
    assert_call("GET", BASE "init/error", LG_RUNTIME_WRONG_METHOD, "");
    assert_call("HEAD", "/2018-06-01/ping", LG_RUNTIME_WRONG_METHOD, "");
}

Test(runtime_request, everything_else_is_unknown)
{
    static const char *const paths[] = {
        "/",
        "",
        "*",
        BASE,
        BASE "invocation",
        BASE "invocation/",
        BASE "invocation/next/",
        BASE "invocation//response",
        BASE "invocation/" ID,
        BASE "invocation/" ID "/",
        BASE "invocation/" ID "/responses",
        BASE "invocation/" ID "/response/",
        BASE "invocation/a/b/response",
        BASE "restore/next",
        "/2018-06-02/runtime/invocation/next",
        "/2018-06-01/runtimes/invocation/next",
        "/2018-06-01/ping/",
    };

    for (size_t i = 0; i < LG_COUNT(paths); i++) {
        read_with("POST", paths[i], NULL, 0);
        cr_assert(eq(int, (int)request.call, LG_RUNTIME_UNKNOWN), "%s", paths[i]);
    }
}

/* --- headers -------------------------------------------------------------------------------- */

static enum lg_runtime_mode mode_of(const char *value)
{
    const struct lg_header header = { LG_STR("Lambda-Runtime-Function-Response-Mode"),
                                      lg_str_of(value) };

    read_with("POST", BASE "invocation/" ID "/response", &header, 1);
    return request.mode;
}

Test(runtime_request, the_mode_is_buffered_unless_it_says_streaming)
{
    cr_assert(eq(int, (int)mode_of("streaming"), LG_RUNTIME_STREAMING));
    cr_assert(eq(int, (int)mode_of("STREAMING"), LG_RUNTIME_STREAMING));
    cr_assert(eq(int, (int)mode_of("buffered"), LG_RUNTIME_BUFFERED));
    cr_assert(eq(int, (int)mode_of(""), LG_RUNTIME_BUFFERED));
    cr_assert(eq(int, (int)mode_of("stream"), LG_RUNTIME_BAD_MODE));
    read_with("POST", BASE "invocation/" ID "/response", NULL, 0);
    cr_assert(eq(int, (int)request.mode, LG_RUNTIME_BUFFERED));
}

Test(runtime_request, an_answer_with_a_prelude_streams_unless_it_says_that_it_is_buffered)
{
    const struct lg_header headers[] = {
        { LG_STR("content-type"), LG_STR("application/vnd.awslambda.http-integration-response") },
        { LG_STR("lambda-runtime-function-response-mode"), LG_STR("buffered") },
    };

    read_with("POST", BASE "invocation/" ID "/response", headers, 1);
    cr_assert(eq(int, (int)request.mode, LG_RUNTIME_STREAMING));
    read_with("POST", BASE "invocation/" ID "/response", headers, 2);
    cr_assert(eq(int, (int)request.mode, LG_RUNTIME_BUFFERED));
}

static void assert_type(const char *text, const char *expected)
{
    const struct lg_header header = { LG_STR("lambda-runtime-function-error-type"),
                                      lg_str_of(text) };

    read_with("POST", BASE "invocation/" ID "/error", &header, 1);
    cr_assert_str_eq(request.error_type, expected, "%s", text);
}

Test(runtime_request, error_types_are_normalised)
{
    assert_type("Runtime.ExitError", "Runtime.ExitError");
    assert_type("Function.Throttled", "Function.Throttled");
    assert_type("Function.bad", "Function.Unknown");
    assert_type("Function.", "Function.Unknown");
    assert_type("Function.X", "Function.Unknown");
    assert_type("Function", "Runtime.Unknown");
    assert_type("unhandled", "Runtime.Unknown");
    assert_type("", "Runtime.Unknown");
    assert_type("Runtime.Exit Error", "Runtime.Unknown");
    assert_type("Runtime.Exit9", "Runtime.Unknown");
    assert_type("Runtime.A.B", "Runtime.Unknown");
    assert_type("runtime.ExitError", "Runtime.Unknown");
    assert_type("Runtime.ExitErrorExitErrorExitErrorExitErrorExitErrorExitErrorExitError",
                "Runtime.Unknown");
}

static void assert_header_json(const char *json, const char *expected)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_runtime_header_json(&out, lg_str_of(json));
    cr_assert(lg_buf_add_char(&out, '\0'));
    cr_assert_str_eq(out.data, expected);
    lg_buf_done(&out);
}

Test(runtime_request, json_becomes_a_header_value_of_plain_ascii)
{
    assert_header_json("{\"a\": 1}", "{\"a\": 1}");
    assert_header_json("{\r\n\t\"a\":1}", "{   \"a\":1}");
    assert_header_json("\"\xc3\xa4\xe2\x82\xac\"", "\"\\u00e4\\u20ac\"");
    assert_header_json("\"\xf0\x9f\x98\x80\"", "\"\\ud83d\\ude00\"");
    assert_header_json("\"\xff\x80\xc3\"", "\"\\ufffd\\ufffd\\ufffd\"");
    assert_header_json("\xe2\x82", "\\ufffd\\ufffd");
    assert_header_json("\x7f", " ");
    assert_header_json("", "");
}

/* --- the state machine ---------------------------------------------------------------------- */

static const enum lg_runtime_state states[] = { LG_RUNTIME_STARTED, LG_RUNTIME_READY,
                                                LG_RUNTIME_RUNNING, LG_RUNTIME_RESPONSE_SENT,
                                                LG_RUNTIME_INIT_ERROR_SENT };

static int status_in(enum lg_runtime_state state, const char *running)
{
    struct lg_runtime_refusal refusal;

    return lg_runtime_allowed(&request, state, running, &refusal) ? 0 : refusal.status;
}

Test(runtime_request, next_is_allowed_always_but_after_an_init_error)
{
    static const int expected[] = { 0, 0, 0, 0, 403 };

    read_with("GET", BASE "invocation/next", NULL, 0);
    for (size_t i = 0; i < LG_COUNT(states); i++)
        cr_assert(eq(int, status_in(states[i], i == 2 ? ID : NULL), expected[i]));
}

Test(runtime_request, init_error_is_allowed_only_at_the_start)
{
    static const int expected[] = { 0, 403, 403, 403, 403 };

    read_with("POST", BASE "init/error", NULL, 0);
    for (size_t i = 0; i < LG_COUNT(states); i++)
        cr_assert(eq(int, status_in(states[i], i == 2 ? ID : NULL), expected[i]));
}

Test(runtime_request, an_answer_is_allowed_only_to_what_runs)
{
    static const int expected[] = { 400, 400, 0, 400, 400 };

    for (int verb = 0; verb < 2; verb++) {
        read_with("POST",
                  verb == 0 ? BASE "invocation/" ID "/response" : BASE "invocation/" ID "/error",
                  NULL, 0);
        for (size_t i = 0; i < LG_COUNT(states); i++)
            cr_assert(eq(int, status_in(states[i], i == 2 ? ID : NULL), expected[i]));
        cr_assert(eq(int, status_in(LG_RUNTIME_RUNNING, NULL), 400));
        cr_assert(eq(int, status_in(LG_RUNTIME_RUNNING, "another"), 400));
    }
}

Test(runtime_request, ping_is_always_allowed)
{
    read_with("GET", "/2018-06-01/ping", NULL, 0);
    for (size_t i = 0; i < LG_COUNT(states); i++)
        cr_assert(eq(int, status_in(states[i], NULL), 0));
}

static void assert_refusal(enum lg_runtime_state state, const char *expected)
{
    struct lg_runtime_refusal refusal;
    struct lg_buf out;

    cr_assert_not(lg_runtime_allowed(&request, state, NULL, &refusal));
    lg_buf_init(&out, SIZE_MAX);
    lg_runtime_refusal_write(&refusal, &out);
    cr_assert(lg_buf_add_char(&out, '\0'));
    cr_assert_str_eq(out.data, expected);
    lg_buf_done(&out);
}

Test(runtime_request, refusals_are_json_with_a_type)
{
    read_with("POST", BASE "invocation/x/response", NULL, 0);
    assert_refusal(LG_RUNTIME_READY, "{\"errorMessage\":\"Invalid request ID\","
                                     "\"errorType\":\"InvalidRequestID\"}");
    read_with("POST", BASE "init/error", NULL, 0);
    assert_refusal(LG_RUNTIME_READY,
                   "{\"errorMessage\":\"State transition from Ready to InitError failed for "
                   "runtime. Error: State transition is not allowed\","
                   "\"errorType\":\"InvalidStateTransition\"}");
    read_with("GET", "/other", NULL, 0);
    assert_refusal(LG_RUNTIME_READY, "{\"errorMessage\":\"Not Found\",\"errorType\":\"NotFound\"}");
    read_with("DELETE", BASE "init/error", NULL, 0);
    assert_refusal(LG_RUNTIME_STARTED,
                   "{\"errorMessage\":\"Method Not Allowed\",\"errorType\":\"MethodNotAllowed\"}");
}
