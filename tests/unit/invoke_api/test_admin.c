#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "stand.h"
#include "wire/pool.h"

TestSuite(admin, .init = stand_open, .fini = stand_close, .timeout = 60);

static const char *answer;

static const char *get_with(const char *method, const char *target, const char *headers)
{
    char request[1024];
    int size = snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nConnection: close\r\n%s\r\n",
                        method, target, headers);

    return answer = stand_send(request, (size_t)size);
}

static const char *get(const char *target)
{
    return get_with("GET", target, "Host: x\r\n");
}

static void has(const char *part)
{
    cr_assert_not_null(strstr(answer, part), "no %s in:\n%s", part, answer);
}

static void has_not(const char *part)
{
    cr_assert_null(strstr(answer, part), "%s in:\n%s", part, answer);
}

Test(admin, health_is_ok)
{
    get("/healthz");
    has("HTTP/1.1 200 ");
    has("{\"status\":\"ok\"}");
}

static enum lg_admin_state starting(void *context)
{
    (void)context;
    return LG_ADMIN_STARTING;
}

static enum lg_admin_state draining(void *context)
{
    (void)context;
    return LG_ADMIN_DRAINING;
}

Test(admin, readiness_tells_where_the_process_is_in_its_life)
{
    get("/readyz");
    has("HTTP/1.1 200 ");
    has("{\"status\":\"ready\"}");
    stand_admin.state = starting;
    get("/readyz");
    has("HTTP/1.1 503 ");
    has("{\"status\":\"starting\"}");
    stand_admin.state = draining;
    get("/readyz");
    has("HTTP/1.1 503 ");
    has("{\"status\":\"draining\"}");
    get("/healthz");
    has("HTTP/1.1 200 ");
}

Test(admin, metrics_are_text)
{
    get("/metrics");
    has("HTTP/1.1 200 ");
    has("text/plain; version=0.0.4");
    has("\nlambdagate_build_info{version=");
}

Test(admin, functions_and_routes_are_listed)
{
    get("/functions");
    has("{\"functions\":[{\"name\":\"demo\","
        "\"arn\":\"arn:aws:lambda:eu-west-1:123456789012:function:demo\",\"target\":\"stand\","
        "\"timeoutMs\":3050,\"memoryMb\":128,\"inFlight\":0},{\"name\":\"demo\"");
    get("/routes");
    has("{\"routes\":["
        "{\"api\":\"shop\",\"kind\":\"rest\","
        "\"at\":[\"a.example.com/v1\",\"*.example.com/v1\"],"
        "\"route\":\"POST /a\",\"integration\":\"function\",\"function\":\"demo\","
        "\"payload\":\"1.0\",\"body\":\"/s.json\",\"timeoutMs\":30000},"
        "{\"api\":\"default\",\"kind\":\"http\",\"at\":[\"*\"],\"route\":\"GET "
        "/b/{p+}\",\"integration\":\"redirect\",\"to\":\"https://x/{p}\","
        "\"status\":308,\"timeoutMs\":30000},"
        "{\"api\":\"default\",\"kind\":\"http\",\"at\":[\"*\"],\"route\":\"$default\","
        "\"integration\":\"respond\",\"status\":204,\"timeoutMs\":1000}]}");
}

Test(admin, other_paths_and_methods_are_refused)
{
    get("/nothing");
    has("HTTP/1.1 404 ");
    has("{\"message\":\"Not Found\"}");
    get_with("POST", "/healthz", "Host: x\r\nContent-Length: 0\r\n");
    has("HTTP/1.1 405 ");
    has("GET, HEAD");
    get("/2015-03-31/functions/demo/invocations");
    has("HTTP/1.1 405 ");
    has("POST");
    get_with("HEAD", "/healthz", "Host: x\r\n");
    has("HTTP/1.1 200 ");
}

Test(admin, over_tcp_a_web_page_is_refused_in_words)
{
    stand_admin.host = "127.0.0.1";
    get_with("GET", "/metrics", "Host: evil.example\r\n");
    has("HTTP/1.1 403 ");
    has("this Host is refused");
    has_not("lambdagate_");
    get_with("GET", "/metrics", "Host: localhost\r\nOrigin: null\r\n");
    has("HTTP/1.1 403 ");
    get_with("GET", "/metrics", "Host: localhost\r\n");
    has("HTTP/1.1 200 ");
}

/* --- the Invoke API --------------------------------------------------------------------------- */

static const char *invoke(const char *name, const char *headers, const char *payload)
{
    static char request[4096 + 2 * LG_POOL_WORTH];
    int size = snprintf(request, sizeof(request),
                        "POST /2015-03-31/functions/%s/invocations HTTP/1.1\r\nHost: localhost\r\n"
                        "Connection: close\r\nContent-Length: %zu\r\n%s\r\n%s",
                        name, strlen(payload), headers, payload);

    return answer = stand_send(request, (size_t)size);
}

static void ends(const char *body)
{
    const char *found = strstr(answer, "\r\n\r\n");

    cr_assert_not_null(found);
    cr_assert_str_eq(found + 4, body, "%s", answer);
}

Test(admin, a_call_passes_bytes_both_ways)
{
    stand_target.data = " {\"b\" : 1.50}";
    invoke("demo", "", "{ \"a\": 1.0 }");
    has("HTTP/1.1 200 ");
    has("X-Amz-Executed-Version: $LATEST\r\n");
    has("Content-Type: application/json\r\n");
    has("X-Amzn-Trace-Id: Root=1-");
    has_not("X-Amz-Function-Error");
    has_not("X-Amz-Log-Result");
    ends(" {\"b\" : 1.50}");
    cr_assert_str_eq(stand_target.payload, "{ \"a\": 1.0 }");
    cr_assert_str_eq(stand_target.arn, "arn:aws:lambda:eu-west-1:123456789012:function:demo");
    cr_assert(not(stand_target.want_log_tail));

    char header[100];
    snprintf(header, sizeof(header), "x-amzn-RequestId: %s\r\n", stand_target.id);
    has(header);
}

Test(admin, the_arn_is_the_one_that_was_called)
{
    stand_target.data = "null";
    invoke("demo", "", "1");
    invoke("123456789012%3Afunction%3Ademo%3APROD", "", "1");
    has("HTTP/1.1 200 ");
    cr_assert_str_eq(stand_target.arn, "arn:aws:lambda:eu-west-1:123456789012:function:demo:PROD");
}

Test(admin, an_empty_payload_becomes_an_empty_object)
{
    stand_target.data = "null";
    invoke("demo", "", "");
    cr_assert_str_eq(stand_target.payload, "{}");
    ends("null");
}

Test(admin, trace_and_client_context_travel)
{
    stand_target.data = "null";
    invoke("demo",
           "X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1\r\n"
           "X-Amz-Client-Context: eyJhIjoxfQ==\r\n",
           "{}");
    cr_assert_str_eq(stand_target.client_context, "{\"a\":1}");
    cr_assert_str_eq(stand_target.trace, "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1");
    has("X-Amzn-Trace-Id: Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1\r\n");
}

Test(admin, the_log_tail_comes_when_it_was_asked_for)
{
    stand_target.data = "null";
    stand_target.log_tail = "hello";
    invoke("demo", "X-Amz-Log-Type: Tail\r\n", "{}");
    cr_assert(stand_target.want_log_tail);
    has("X-Amz-Log-Result: aGVsbG8=\r\n");
    invoke("demo", "", "{}");
    has_not("X-Amz-Log-Result");
}

Test(admin, a_function_error_is_a_200_with_a_mark)
{
    stand_target.data = "{\"errorType\":\"E\"}";
    stand_target.function_error = true;
    invoke("demo", "", "{}");
    has("HTTP/1.1 200 ");
    has("X-Amz-Function-Error: Unhandled\r\n");
    ends("{\"errorType\":\"E\"}");
}

Test(admin, a_timeout_gives_lambdas_document)
{
    char body[256];

    stand_target.cause = LG_CAUSE_TIMEOUT;
    invoke("demo", "", "{}");
    has("HTTP/1.1 200 ");
    has("X-Amz-Function-Error: Unhandled\r\n");
    snprintf(body, sizeof(body),
             "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: %s Error: Task "
             "timed out after 3.05 seconds\"}",
             stand_target.id);
    ends(body);
}

Test(admin, a_result_over_the_limit_gives_lambdas_document)
{
    stand_admin.result_bytes = 5;
    stand_target.data = "123456";
    invoke("demo", "", "{}");
    has("HTTP/1.1 200 ");
    has("X-Amz-Function-Error: Unhandled\r\n");
    ends("{\"errorType\":\"Function.ResponseSizeTooLarge\",\"errorMessage\":\"Response payload "
         "size exceeded maximum allowed payload size (5 bytes).\"}");
}

Test(admin, a_full_function_throttles)
{
    stand_target.start = LG_ERR_FULL;
    invoke("demo", "", "{}");
    has("HTTP/1.1 429 ");
    has("x-amzn-ErrorType: TooManyRequestsException\r\n");
    has("Retry-After: 1\r\n");
    has("x-lambdagate-outcome: not-started\r\n");
    has("\"Reason\":\"ReservedFunctionConcurrentInvocationLimitExceeded\"");
}

Test(admin, what_never_ran_and_what_may_have_run_are_told_apart)
{
    stand_target.cause = LG_CAUSE_NEVER_STARTED;
    invoke("demo", "", "{}");
    has("HTTP/1.1 500 ");
    has("x-lambdagate-outcome: not-started\r\n");
    stand_target.cause = LG_CAUSE_UNKNOWN;
    invoke("demo", "", "{}");
    has("HTTP/1.1 500 ");
    has("x-amzn-ErrorType: ServiceException\r\n");
    has("x-lambdagate-outcome: unknown\r\n");
}

Test(admin, a_dry_run_runs_nothing)
{
    invoke("demo", "X-Amz-Invocation-Type: DryRun\r\n", "");
    has("HTTP/1.1 204 ");
    cr_assert(eq(uint, stand_target.started, 0));
    invoke("other", "X-Amz-Invocation-Type: DryRun\r\n", "");
    has("HTTP/1.1 404 ");
}

Test(admin, an_asynchronous_call_is_refused_and_not_lost_silently)
{
    invoke("demo", "X-Amz-Invocation-Type: Event\r\n", "{}");
    has("HTTP/1.1 400 ");
    has("x-amzn-ErrorType: InvalidParameterValueException\r\n");
    cr_assert(eq(uint, stand_target.started, 0));
}

Test(admin, an_unknown_function_is_404_with_its_arn)
{
    invoke("other", "", "{}");
    has("HTTP/1.1 404 ");
    has("x-amzn-ErrorType: ResourceNotFoundException\r\n");
    ends("{\"Type\":\"User\",\"Message\":\"Function not found: "
         "arn:aws:lambda:eu-west-1:123456789012:function:other:$LATEST\"}");
    invoke("other:7", "", "{}");
    has("function:other:7\"}");
}

Test(admin, other_regions_and_accounts_are_elsewhere)
{
    invoke("arn:aws:lambda:us-west-2:123456789012:function:demo", "", "{}");
    has("HTTP/1.1 404 ");
    has("Functions from 'us-west-2' are not reachable in this region ('eu-west-1')");
    invoke("999999999999:function:demo", "", "{}");
    has("HTTP/1.1 403 ");
    has("x-amzn-ErrorType: AccessDeniedException\r\n");
    cr_assert(eq(uint, stand_target.started, 0));
}

Test(admin, a_payload_that_is_no_json_is_refused)
{
    invoke("demo", "", "hello");
    has("HTTP/1.1 400 ");
    has("x-amzn-ErrorType: InvalidRequestContentException\r\n");
    has("Could not parse request body into json: Could not parse payload into json: ");
    cr_assert(eq(uint, stand_target.started, 0));
}

/* A text of JSON of so many bytes; without its end it is none. */
static char *large(size_t size, bool whole)
{
    char *text = lg_alloc(size + 1);

    memset(text, 'x', size);
    text[0] = '"';
    text[size - 1] = whole ? '"' : 'x';
    text[size] = '\0';
    return text;
}

Test(admin, a_large_payload_is_checked_too)
{
    char *good = large(LG_POOL_WORTH, true), *bad = large(LG_POOL_WORTH, false);

    stand_target.data = "1";
    invoke("demo", "", good);
    has("HTTP/1.1 200 ");
    cr_assert(eq(str, stand_target.payload, good));
    invoke("demo", "", bad);
    has("HTTP/1.1 400 ");
    has("x-amzn-ErrorType: InvalidRequestContentException\r\n");
    has("(at byte 65536)");
    cr_assert(eq(uint, stand_target.started, 1));
    free(good);
    free(bad);
}

Test(admin, too_many_large_payloads_at_once_are_throttled)
{
    struct lg_pool *full = lg_pool_new(1, 0);
    char *text = large(LG_POOL_WORTH, true);

    stand_admin.pool = full;
    invoke("demo", "", text);
    has("HTTP/1.1 429 ");
    has("x-amzn-ErrorType: TooManyRequestsException\r\n");
    cr_assert(eq(uint, stand_target.started, 0));
    free(text);
    lg_pool_free(full);
}

Test(admin, a_declared_payload_over_the_limit_is_refused_unread)
{
    stand_admin.payload_bytes = 4;
    invoke("demo", "", "12345");
    has("HTTP/1.1 413 ");
    has("x-amzn-ErrorType: RequestEntityTooLargeException\r\n");
    has("Request must be smaller than 4 bytes for the InvokeFunction operation");
    stand_target.data = "1";
    invoke("demo", "", "1234");
    has("HTTP/1.1 200 ");
}

Test(admin, a_chunked_payload_over_the_limit_is_refused)
{
    static const char request[] =
        "POST /2015-03-31/functions/demo/invocations HTTP/1.1\r\nHost: localhost\r\n"
        "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\n123\r\n3\r\n456\r\n0\r\n\r\n";

    stand_admin.payload_bytes = 4;
    answer = stand_send(request, strlen(request));
    has("HTTP/1.1 413 ");
    cr_assert(eq(uint, stand_target.started, 0));
}

Test(admin, existence_is_checked_before_size_and_size_before_json)
{
    stand_admin.payload_bytes = 4;
    invoke("other", "", "hello");
    has("HTTP/1.1 404 ");
    invoke("demo", "", "hello");
    has("HTTP/1.1 413 ");
}

Test(admin, over_tcp_calls_need_an_open_door)
{
    stand_admin.host = "127.0.0.1";
    stand_target.data = "1";
    invoke("demo", "", "{}");
    has("HTTP/1.1 403 ");
    has("invoke_auth: none");
    cr_assert(eq(uint, stand_target.started, 0));
    stand_admin.invoke_auth_none = true;
    invoke("demo", "", "{}");
    has("HTTP/1.1 200 ");
}

Test(admin, a_caller_that_leaves_withdraws_its_call)
{
    stand_target.silent = true;
    stand_target.cause = LG_CAUSE_NEVER_STARTED;
    stand_send_and_leave("POST /2015-03-31/functions/demo/invocations HTTP/1.1\r\n"
                         "Host: localhost\r\nContent-Length: 2\r\n\r\n{}");
    cr_assert(eq(uint, stand_target.cancelled, 1));
}
