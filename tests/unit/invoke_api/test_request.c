#include "invoke_api/request.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static struct lg_arena arena;
static struct lg_invoke_request request;
static struct lg_invoke_fault fault;

static void set_up(void)
{
    lg_arena_init(&arena);
}

static void tear_down(void)
{
    lg_arena_done(&arena);
}

TestSuite(request, .init = set_up, .fini = tear_down);

static bool stream; /* InvokeWithResponseStream */

static bool read(const char *segment, const char *query, const char *name, const char *value)
{
    const struct lg_header header = { lg_str_of(name), lg_str_of(value) };
    const struct lg_head head = { .query = lg_str_of(query),
                                  .headers = &header,
                                  .header_count = name == NULL ? 0 : 1 };

    const struct lg_invoke_path path = { lg_str_of(segment), stream };

    return lg_invoke_request_read(&arena, &head, &path, &request, &fault) == LG_OK;
}

/* Refused as `error` in words that hold `part`. */
static void refused(bool accepted, enum lg_invoke_error error, const char *part)
{
    cr_assert(not(accepted));
    const char *message = lg_arena_cstr(&arena, fault.message);
    cr_assert(eq(int, fault.error, error), "%s", message);
    cr_assert_not_null(strstr(message, part), "%s", message);
}

static void is(struct lg_str text, const char *expected)
{
    cr_assert_str_eq(lg_arena_cstr(&arena, text), expected);
}

static bool is_path(const char *text, struct lg_invoke_path *ret_path)
{
    return lg_invoke_path_read(lg_str_of(text), ret_path);
}

Test(request, the_path_has_one_segment_for_the_name)
{
    struct lg_invoke_path path;

    cr_assert(is_path("/2015-03-31/functions/demo%3APROD/invocations", &path));
    is(path.segment, "demo%3APROD");
    cr_assert(not(path.stream));
    cr_assert(not(is_path("/2015-03-31/functions/a/b/invocations", &path)));
    cr_assert(not(is_path("/2015-03-31/functions//invocations", &path)));
    cr_assert(not(is_path("/2015-03-31/functions/invocations", &path)));
    cr_assert(not(is_path("/2015-03-31/functions/demo/invocations/", &path)));
    cr_assert(not(is_path("/2015-03-31/functions/demo", &path)));
    cr_assert(not(is_path("/2014-11-13/functions/demo/invocations", &path)));
}

Test(request, a_stream_has_a_path_of_its_own)
{
    struct lg_invoke_path path;

    cr_assert(is_path("/2021-11-15/functions/demo/response-streaming-invocations", &path));
    is(path.segment, "demo");
    cr_assert(path.stream);
    cr_assert(not(is_path("/2015-03-31/functions/demo/response-streaming-invocations", &path)));
    cr_assert(not(is_path("/2021-11-15/functions/demo/invocations", &path)));
}

Test(request, a_stream_is_no_event)
{
    stream = true;
    cr_assert(read("demo", NULL, "x-amz-invocation-type", "RequestResponse"));
    cr_assert(request.stream);
    refused(read("demo", NULL, "x-amz-invocation-type", "Event"), LG_INVOKE_VALIDATION,
            "enum value set: [RequestResponse, DryRun]");
}

Test(request, a_plain_call_has_the_defaults)
{
    cr_assert(read("demo", NULL, NULL, NULL));
    is(request.name.name, "demo");
    is(request.name.qualifier, "");
    cr_assert(not(request.dry_run));
    cr_assert(not(request.want_log_tail));
    is(request.client_context, "");
    is(request.trace, "");
}

Test(request, the_name_is_decoded_once)
{
    cr_assert(read("demo%3A%24LATEST", NULL, NULL, NULL));
    is(request.name.name, "demo");
    is(request.name.qualifier, "$LATEST");
    refused(read("demo%253APROD", NULL, NULL, NULL), LG_INVOKE_VALIDATION,
            "Value 'demo%3APROD' at 'functionName'");
    refused(read("a%2Fb", NULL, NULL, NULL), LG_INVOKE_VALIDATION,
            "1 validation error detected: Value 'a/b' at 'functionName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: (arn:");
}

Test(request, a_long_name_is_told_its_limit)
{
    char name[300];

    memset(name, 'a', sizeof(name));
    name[299] = '\0';
    refused(read(name, NULL, NULL, NULL), LG_INVOKE_VALIDATION,
            "have length less than or equal to 256");
}

Test(request, the_qualifier_may_stand_in_the_query)
{
    cr_assert(read("demo", "a=b&Qualifier=%24LATEST&c", NULL, NULL));
    is(request.name.qualifier, "$LATEST");
    cr_assert(read("demo:PROD", "Qualifier=PROD", NULL, NULL));
    is(request.name.qualifier, "PROD");
}

Test(request, two_qualifiers_must_agree)
{
    refused(read("demo:PROD", "Qualifier=7", NULL, NULL), LG_INVOKE_INVALID_PARAMETER,
            "The derived qualifier from the function name does not match the specified "
            "qualifier.");
}

Test(request, a_bad_qualifier_is_refused)
{
    refused(read("demo", "Qualifier=a.b", NULL, NULL), LG_INVOKE_VALIDATION,
            "Value 'a.b' at 'qualifier'");
    refused(read("demo", "Qualifier=", NULL, NULL), LG_INVOKE_VALIDATION, "at 'qualifier'");
}

Test(request, invocation_types)
{
    cr_assert(read("demo", NULL, "X-Amz-Invocation-Type", "RequestResponse"));
    cr_assert(not(request.dry_run));
    cr_assert(read("demo", NULL, "x-amz-invocation-type", "DryRun"));
    cr_assert(request.dry_run);
    refused(read("demo", NULL, "X-Amz-Invocation-Type", "Event"), LG_INVOKE_INVALID_PARAMETER,
            "nothing was accepted");
    refused(read("demo", NULL, "X-Amz-Invocation-Type", "event"), LG_INVOKE_VALIDATION,
            "Value 'event' at 'invocationType'");
}

Test(request, log_types)
{
    cr_assert(read("demo", NULL, "X-Amz-Log-Type", "Tail"));
    cr_assert(request.want_log_tail);
    cr_assert(read("demo", NULL, "X-Amz-Log-Type", "None"));
    cr_assert(not(request.want_log_tail));
    refused(read("demo", NULL, "X-Amz-Log-Type", "All"), LG_INVOKE_VALIDATION, "at 'logType'");
}

static bool read_context(const char *json)
{
    struct lg_buf encoded;

    lg_buf_init(&encoded, SIZE_MAX);
    lg_base64_encode(&encoded, lg_str_of(json));
    char *text = lg_buf_take(&encoded, NULL);
    bool accepted = read("demo", NULL, "X-Amz-Client-Context", text);
    free(text);
    return accepted;
}

Test(request, the_client_context_is_decoded)
{
    cr_assert(read_context("{\"custom\":{\"a\":1}}"));
    is(request.client_context, "{\"custom\":{\"a\":1}}");
}

Test(request, the_client_context_becomes_one_line_of_ascii)
{
    cr_assert(read_context("{\r\n\t\"\xc3\xa9\": \"\xf0\x9f\x8e\x89 \\n\"\n}"));
    is(request.client_context, "{   \"\\u00e9\": \"\\ud83c\\udf89 \\n\" }");
}

Test(request, a_bad_client_context_is_refused)
{
    static const char words[] = "Client context must be a valid Base64-encoded JSON object.";

    refused(read_context("[1]"), LG_INVOKE_INVALID_CONTENT, words);
    refused(read_context("{"), LG_INVOKE_INVALID_CONTENT, words);
    refused(read_context("{\"a\":\"x\ny\"}"), LG_INVOKE_INVALID_CONTENT, words);
    refused(read("demo", NULL, "X-Amz-Client-Context", "{}"), LG_INVOKE_INVALID_CONTENT, words);

    char text[3600];
    memset(text, 'A', sizeof(text));
    text[3584] = '\0';
    refused(read("demo", NULL, "X-Amz-Client-Context", text), LG_INVOKE_INVALID_CONTENT, "3583");
}

Test(request, a_trace_is_continued_if_it_is_one)
{
    cr_assert(read("demo", NULL, "X-Amzn-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793"));
    is(request.trace, "Root=1-5759e988-bd862e3fe1be46a994272793");
    cr_assert(read("demo", NULL, "X-Amzn-Trace-Id", "nonsense"));
    is(request.trace, "");
}
