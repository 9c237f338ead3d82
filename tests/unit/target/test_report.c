/* The texts that tools for CloudWatch logs read, and the documents that callers parse. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdlib.h>

#include "target/report.h"

#define ID "8476a536-e9f4-11e8-9739-2dfe598c3fcd"

static struct lg_buf out;

static void begin(void)
{
    lg_buf_init(&out, SIZE_MAX);
}

static void end(void)
{
    lg_buf_done(&out);
}

TestSuite(report, .init = begin, .fini = end);

static void assert_text(const char *expected)
{
    cr_assert(lg_buf_add_char(&out, '\0'));
    cr_assert_str_eq(out.data, expected);
    lg_buf_clear(&out);
}

static void assert_report(const struct lg_report *report, const char *expected)
{
    lg_report_line(&out, report);
    assert_text(expected);
}

static struct lg_report warm(void)
{
    return (struct lg_report){ .id = ID,
                               .duration_us = 3010,
                               .timeout_ms = 3000,
                               .init_us = -1,
                               .memory_mb = 128,
                               .used_kib = 36 * 1024 };
}

Test(report, start_and_end_name_the_request)
{
    lg_report_start(&out, ID);
    assert_text("START RequestId: " ID " Version: $LATEST");
    lg_report_end(&out, ID);
    assert_text("END RequestId: " ID);
}

Test(report, init_start_names_the_runtime)
{
    lg_report_init_start(&out, "python3", "eu-west-1");
    assert_text("INIT_START Runtime Version: python3\t"
                "Runtime Version ARN: arn:aws:lambda:eu-west-1::runtime:python3");
}

Test(report, a_warm_call_is_reported_with_tabs_and_one_at_the_end)
{
    struct lg_report report = warm();

    assert_report(&report, "REPORT RequestId: " ID "\tDuration: 3.01 ms\tBilled Duration: 4 ms\t"
                           "Memory Size: 128 MB\tMax Memory Used: 36 MB\t");
}

Test(report, a_cold_call_tells_and_bills_the_start)
{
    struct lg_report report = warm();

    report.init_us = 110100;
    assert_report(&report,
                  "REPORT RequestId: " ID "\tDuration: 3.01 ms\tBilled Duration: 114 ms\t"
                  "Memory Size: 128 MB\tMax Memory Used: 36 MB\tInit Duration: 110.10 ms\t");
}

Test(report, a_timeout_takes_as_long_as_the_timeout_is)
{
    static const int64_t seen_us[] = { 3000900, 2999452 }; /* a timer is no stop-watch */
    struct lg_report report = warm();

    report.status = LG_REPORT_TIMEOUT;
    for (size_t i = 0; i < 2; i++) {
        report.duration_us = seen_us[i];
        assert_report(&report,
                      "REPORT RequestId: " ID "\tDuration: 3000.00 ms\tBilled Duration: 3000 ms\t"
                      "Memory Size: 128 MB\tMax Memory Used: 36 MB\tStatus: timeout\t");
    }
}

Test(report, an_error_tells_its_type)
{
    struct lg_report report = warm();

    report.status = LG_REPORT_ERROR;
    report.error_type = "Runtime.ExitError";
    assert_report(&report, "REPORT RequestId: " ID "\tDuration: 3.01 ms\tBilled Duration: 4 ms\t"
                           "Memory Size: 128 MB\tMax Memory Used: 36 MB\tStatus: error\t"
                           "Error Type: Runtime.ExitError\t");
}

Test(report, at_least_one_millisecond_is_billed_and_whole_ones_are_not_rounded_up)
{
    struct lg_report report = warm();

    report.duration_us = 0;
    report.used_kib = 1;
    assert_report(&report, "REPORT RequestId: " ID "\tDuration: 0.00 ms\tBilled Duration: 1 ms\t"
                           "Memory Size: 128 MB\tMax Memory Used: 1 MB\t");
    report.duration_us = 2000;
    assert_report(&report, "REPORT RequestId: " ID "\tDuration: 2.00 ms\tBilled Duration: 2 ms\t"
                           "Memory Size: 128 MB\tMax Memory Used: 1 MB\t");
    report.duration_us = 1999;
    assert_report(&report, "REPORT RequestId: " ID "\tDuration: 2.00 ms\tBilled Duration: 2 ms\t"
                           "Memory Size: 128 MB\tMax Memory Used: 1 MB\t");
}

Test(report, a_failed_start_is_reported_by_phase)
{
    lg_report_init_failed(&out, 10009130, LG_REPORT_TIMEOUT, "");
    assert_text("INIT_REPORT Init Duration: 10009.13 ms\tPhase: init\tStatus: timeout");
    lg_report_init_failed(&out, 20000, LG_REPORT_ERROR, "Runtime.ExitError");
    assert_text("INIT_REPORT Init Duration: 20.00 ms\tPhase: init\tStatus: error\t"
                "Error Type: Runtime.ExitError");
}

Test(report, a_timeout_line_carries_the_time_and_seconds_with_two_decimals)
{
    lg_report_timed_out(&out, 1769853603004, ID, 3000);
    assert_text("2026-01-31T10:00:03.004Z " ID " Task timed out after 3.00 seconds");
    lg_report_timed_out(&out, 1769853603004, ID, 900000);
    assert_text("2026-01-31T10:00:03.004Z " ID " Task timed out after 900.00 seconds");
    lg_report_timed_out(&out, 1769853603004, ID, 1250);
    assert_text("2026-01-31T10:00:03.004Z " ID " Task timed out after 1.25 seconds");
}

static void assert_exit(int status, const char *text, const char *message)
{
    char words[LG_REPORT_TEXT_SIZE];

    lg_report_exit_text(status, words);
    cr_assert_str_eq(words, text);
    lg_report_exit_message(&out, status);
    assert_text(message);
}

Test(report, ends_of_processes_are_told_as_lambda_tells_them)
{
    assert_exit(127 << 8, "exit status 127", "Runtime exited with error: exit status 127");
    assert_exit(0, "exit status 0", "Runtime exited without providing a reason");
    assert_exit(SIGKILL, "signal: killed", "Runtime exited with error: signal: killed");
    assert_exit(SIGSEGV | 0x80, "signal: segmentation fault (core dumped)",
                "Runtime exited with error: signal: segmentation fault (core dumped)");
    assert_exit(SIGTERM, "signal: terminated", "Runtime exited with error: signal: terminated");
    assert_exit(40, "signal: signal 40", "Runtime exited with error: signal: signal 40");
}

Test(report, documents_name_the_request_and_are_json)
{
    lg_report_document(&out, "Runtime.ExitError", ID, LG_STR("Runtime exited \"so\""));
    assert_text("{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: " ID
                " Error: Runtime exited \\\"so\\\"\"}");
}

Test(report, a_result_over_the_limit_names_the_limit)
{
    lg_report_too_large_document(&out, 6291556);
    assert_text("{\"errorType\":\"Function.ResponseSizeTooLarge\",\"errorMessage\":\"Response "
                "payload size exceeded maximum allowed payload size (6291556 bytes).\"}");
}
