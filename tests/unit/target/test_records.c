/* Platform records of Lambda's JSON log format, member by member. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "target/records.h"

#define STAMP "\"time\":\"2026-01-31T10:00:03.004Z\""
#define WALL_MS 1769853603004
#define ID "7f4f5f1e-0000-4000-8000-000000000001"

static struct lg_buf out;
static const struct lg_record_init init = {
    .function = "put-item", .runtime = "python3", .region = "eu-west-1", .duration_us = 125330
};
static const struct lg_report report = { .id = ID,
                                         .duration_us = 3014,
                                         .timeout_ms = 3000,
                                         .init_us = -1,
                                         .memory_mb = 256,
                                         .used_kib = 36 * 1024 };
static const struct lg_record_answer answer = {
    .picked_wall_ms = WALL_MS - 3, .begun_us = 2000, .ended_us = 2500, .bytes = 16
};

static void begin(void)
{
    lg_buf_init(&out, SIZE_MAX);
}

static void end(void)
{
    lg_buf_done(&out);
}

TestSuite(records, .init = begin, .fini = end);

static void assert_out(const char *expected)
{
    cr_assert(lg_str_is(lg_buf_str(&out), expected), "%.*s", (int)out.size, out.data);
}

Test(records, init_start_names_function_and_runtime)
{
    lg_record_init_start(&out, WALL_MS, &init);
    assert_out("{" STAMP ",\"type\":\"platform.initStart\",\"record\":{"
               "\"initializationType\":\"on-demand\",\"phase\":\"init\","
               "\"runtimeVersion\":\"python3\","
               "\"runtimeVersionArn\":\"arn:aws:lambda:eu-west-1::runtime:python3\","
               "\"functionName\":\"put-item\",\"functionVersion\":\"$LATEST\"}}");
}

Test(records, a_process_that_was_started_ahead_of_calls_is_provisioned)
{
    struct lg_record_init ahead = init;

    ahead.provisioned = true;
    lg_record_init_runtime_done(&out, WALL_MS, &ahead);
    assert_out("{" STAMP ",\"type\":\"platform.initRuntimeDone\",\"record\":{"
               "\"initializationType\":\"provisioned-concurrency\",\"phase\":\"init\","
               "\"status\":\"success\"}}");
}

Test(records, init_report_has_the_duration)
{
    lg_record_init_report(&out, WALL_MS, &init);
    assert_out("{" STAMP ",\"type\":\"platform.initReport\",\"record\":{"
               "\"initializationType\":\"on-demand\",\"phase\":\"init\","
               "\"status\":\"success\",\"metrics\":{\"durationMs\":125.33}}}");
}

Test(records, an_initialisation_that_failed_is_a_failure_with_its_type)
{
    struct lg_record_init failed = init;

    failed.status = LG_REPORT_ERROR;
    failed.error_type = "Runtime.ExitError";
    lg_record_init_report(&out, WALL_MS, &failed);
    assert_out("{" STAMP ",\"type\":\"platform.initReport\",\"record\":{"
               "\"initializationType\":\"on-demand\",\"phase\":\"init\","
               "\"status\":\"failure\",\"errorType\":\"Runtime.ExitError\","
               "\"metrics\":{\"durationMs\":125.33}}}");
}

Test(records, start_names_the_call_and_the_function_as_it_was_called)
{
    lg_record_start(&out, WALL_MS, ID, "arn:aws:lambda:x:0:function:f:live");
    assert_out("{" STAMP ",\"type\":\"platform.start\",\"record\":{\"requestId\":\"" ID
               "\",\"functionArn\":\"arn:aws:lambda:x:0:function:f:live\","
               "\"version\":\"$LATEST\"}}");
}

Test(records, runtime_done_tells_when_the_answer_came)
{
    lg_record_runtime_done(&out, WALL_MS, &report, &answer);
    assert_out("{" STAMP ",\"type\":\"platform.runtimeDone\",\"record\":{\"requestId\":\"" ID
               "\",\"status\":\"success\",\"spans\":["
               "{\"name\":\"responseLatency\",\"start\":\"2026-01-31T10:00:03.001Z\","
               "\"durationMs\":2},"
               "{\"name\":\"responseDuration\",\"start\":\"2026-01-31T10:00:03.003Z\","
               "\"durationMs\":0.5},"
               "{\"name\":\"runtimeOverhead\",\"start\":\"2026-01-31T10:00:03.003Z\","
               "\"durationMs\":0.514}],"
               "\"metrics\":{\"durationMs\":3.014,\"producedBytes\":16}}}");
}

Test(records, a_call_that_was_never_answered_has_no_spans)
{
    const struct lg_record_answer none = { .ended_us = -1 };
    struct lg_report late = report;

    late.status = LG_REPORT_TIMEOUT;
    late.duration_us = 3000500; /* a little over its timeout */
    lg_record_runtime_done(&out, WALL_MS, &late, &none);
    assert_out("{" STAMP ",\"type\":\"platform.runtimeDone\",\"record\":{\"requestId\":\"" ID
               "\",\"status\":\"timeout\",\"spans\":[],"
               "\"metrics\":{\"durationMs\":3000,\"producedBytes\":0}}}");
}

Test(records, a_process_that_died_is_a_failure_of_the_runtime_and_an_error_of_the_call)
{
    const struct lg_record_answer none = { .ended_us = -1 };
    struct lg_report died = report;

    died.status = LG_REPORT_ERROR;
    died.error_type = "Runtime.ExitError";
    lg_record_runtime_done(&out, WALL_MS, &died, &none);
    lg_record_report(&out, WALL_MS, &died);
    assert_out("{" STAMP ",\"type\":\"platform.runtimeDone\",\"record\":{\"requestId\":\"" ID
               "\",\"status\":\"failure\",\"errorType\":\"Runtime.ExitError\",\"spans\":[],"
               "\"metrics\":{\"durationMs\":3.014,\"producedBytes\":0}}}"
               "{" STAMP ",\"type\":\"platform.report\",\"record\":{\"requestId\":\"" ID
               "\",\"metrics\":{\"durationMs\":3.014,\"billedDurationMs\":4,"
               "\"memorySizeMB\":256,\"maxMemoryUsedMB\":36},"
               "\"status\":\"error\",\"errorType\":\"Runtime.ExitError\"}}");
}

Test(records, report_shows_a_cold_start_and_bills_it)
{
    struct lg_report cold = report;

    cold.init_us = 110100;
    lg_record_report(&out, WALL_MS, &cold);
    assert_out("{" STAMP ",\"type\":\"platform.report\",\"record\":{\"requestId\":\"" ID
               "\",\"metrics\":{\"durationMs\":3.014,\"billedDurationMs\":114,"
               "\"memorySizeMB\":256,\"maxMemoryUsedMB\":36,\"initDurationMs\":110.1},"
               "\"status\":\"success\"}}");
}

Test(records, an_error_type_is_escaped)
{
    struct lg_report odd = report;

    odd.status = LG_REPORT_ERROR;
    odd.error_type = "a\"b";
    lg_record_report(&out, WALL_MS, &odd);
    lg_buf_add_char(&out, '\0');
    cr_assert_not_null(strstr(out.data, "\"a\\\"b\""));
}
