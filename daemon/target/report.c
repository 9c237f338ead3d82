/* report.c -- START, END, REPORT and the rest, tabs and all. */
#include "target/report.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"

/* As Go prints them, because the messages of the real service come from there. */
static const char *const signal_names[] = {
    [1] = "hangup",
    [2] = "interrupt",
    [3] = "quit",
    [4] = "illegal instruction",
    [5] = "trace/breakpoint trap",
    [6] = "aborted",
    [7] = "bus error",
    [8] = "floating point exception",
    [9] = "killed",
    [10] = "user defined signal 1",
    [11] = "segmentation fault",
    [12] = "user defined signal 2",
    [13] = "broken pipe",
    [14] = "alarm clock",
    [15] = "terminated",
};

/* By hand: a line is written for every call, and printf would cost more than all the rest of it. */

/* "12.34": hundredths of `unit_us`, rounded. */
static void add_hundredths(struct lg_buf *out, int64_t us, int64_t unit_us)
{
    int64_t hundredths = (us * 100 + unit_us / 2) / unit_us;

    lg_buf_add_i64(out, hundredths / 100);
    lg_buf_add_char(out, '.');
    lg_buf_add_char(out, (char)('0' + hundredths / 10 % 10));
    lg_buf_add_char(out, (char)('0' + hundredths % 10));
}

static void add_ms(struct lg_buf *out, const char *label, int64_t us)
{
    lg_buf_add_cstr(out, label);
    add_hundredths(out, us, 1000);
    lg_buf_add_cstr(out, " ms\t");
}

static void add_whole(struct lg_buf *out, const char *label, int64_t number, const char *unit)
{
    lg_buf_add_cstr(out, label);
    lg_buf_add_i64(out, number);
    lg_buf_add_cstr(out, unit);
}

static void add_status(struct lg_buf *out, enum lg_report_status status, const char *error_type)
{
    if (status == LG_REPORT_TIMEOUT)
        lg_buf_add_cstr(out, "Status: timeout");
    else if (status == LG_REPORT_ERROR)
        lg_buf_printf(out, "Status: error\tError Type: %s", error_type);
}

void lg_report_init_start(struct lg_buf *out, const char *runtime, const char *region)
{
    lg_buf_printf(out,
                  "INIT_START Runtime Version: %s\t"
                  "Runtime Version ARN: arn:aws:lambda:%s::runtime:%s",
                  runtime, region, runtime);
}

void lg_report_init_failed(struct lg_buf *out, int64_t init_us, enum lg_report_status status,
                           const char *error_type)
{
    lg_buf_add_cstr(out, "INIT_REPORT ");
    add_ms(out, "Init Duration: ", init_us);
    lg_buf_add_cstr(out, "Phase: init\t");
    add_status(out, status, error_type);
}

void lg_report_start(struct lg_buf *out, const char *id)
{
    lg_buf_add_cstr(out, "START RequestId: ");
    lg_buf_add_cstr(out, id);
    lg_buf_add_cstr(out, " Version: $LATEST");
}

void lg_report_end(struct lg_buf *out, const char *id)
{
    lg_buf_add_cstr(out, "END RequestId: ");
    lg_buf_add_cstr(out, id);
}

int64_t lg_report_duration_us(const struct lg_report *report)
{
    int64_t limit_us = report->timeout_ms * 1000;

    /* Timers count whole milliseconds: one may run out a moment before the microseconds have. */
    if (report->status == LG_REPORT_TIMEOUT || report->duration_us > limit_us)
        return limit_us;
    return report->duration_us;
}

/* Since August 2025 the start of a process is billed like its work. */
int64_t lg_report_billed_ms(const struct lg_report *report)
{
    int64_t init_us = report->init_us > 0 ? report->init_us : 0;
    int64_t billed_ms = (lg_report_duration_us(report) + init_us + 999) / 1000;

    return billed_ms < 1 ? 1 : billed_ms;
}

int64_t lg_report_used_mb(const struct lg_report *report)
{
    return (report->used_kib + 1023) / 1024;
}

void lg_report_line(struct lg_buf *out, const struct lg_report *report)
{
    lg_buf_add_cstr(out, "REPORT RequestId: ");
    lg_buf_add_cstr(out, report->id);
    lg_buf_add_char(out, '\t');
    add_ms(out, "Duration: ", lg_report_duration_us(report));
    add_whole(out, "Billed Duration: ", lg_report_billed_ms(report), " ms\t");
    add_whole(out, "Memory Size: ", report->memory_mb, " MB\t");
    add_whole(out, "Max Memory Used: ", lg_report_used_mb(report), " MB\t");
    if (report->init_us >= 0)
        add_ms(out, "Init Duration: ", report->init_us);
    if (report->status != LG_REPORT_OK) {
        add_status(out, report->status, report->error_type);
        lg_buf_add_char(out, '\t');
    }
}

void lg_report_timeout_text(int64_t timeout_ms, char ret_text[LG_REPORT_TEXT_SIZE])
{
    int64_t hundredths = (timeout_ms + 5) / 10;

    snprintf(ret_text, LG_REPORT_TEXT_SIZE,
             "Task timed out after %" PRId64 ".%02" PRId64 " seconds", hundredths / 100,
             hundredths % 100);
}

void lg_report_timed_out(struct lg_buf *out, int64_t wall_ms, const char *id, int64_t timeout_ms)
{
    char stamp[LG_CLOCK_ISO_SIZE], text[LG_REPORT_TEXT_SIZE];

    lg_clock_iso(wall_ms, stamp);
    lg_report_timeout_text(timeout_ms, text);
    lg_buf_printf(out, "%s %s %s", stamp, id, text);
}

void lg_report_exit_text(int status, char ret_text[LG_REPORT_TEXT_SIZE])
{
    int number;

    if (WIFEXITED(status)) {
        snprintf(ret_text, LG_REPORT_TEXT_SIZE, "exit status %d", WEXITSTATUS(status));
        return;
    }
    number = WTERMSIG(status);
    if ((size_t)number < LG_COUNT(signal_names) && signal_names[number] != NULL)
        snprintf(ret_text, LG_REPORT_TEXT_SIZE, "signal: %s%s", signal_names[number],
                 WCOREDUMP(status) ? " (core dumped)" : "");
    else
        snprintf(ret_text, LG_REPORT_TEXT_SIZE, "signal: signal %d", number);
}

void lg_report_exit_message(struct lg_buf *out, int status)
{
    char text[LG_REPORT_TEXT_SIZE];

    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        lg_buf_add_cstr(out, "Runtime exited without providing a reason");
        return;
    }
    lg_report_exit_text(status, text);
    lg_buf_printf(out, "Runtime exited with error: %s", text);
}

static void add_error(struct lg_buf *out, const char *type, struct lg_str message)
{
    bool first = true;

    lg_buf_add_char(out, '{');
    lg_json_add_name(out, &first, "errorType");
    lg_json_add_string(out, lg_str_of(type));
    lg_json_add_name(out, &first, "errorMessage");
    lg_json_add_string(out, message);
    lg_buf_add_char(out, '}');
}

void lg_report_document(struct lg_buf *out, const char *type, const char *id, struct lg_str message)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    lg_buf_printf(&text, "RequestId: %s Error: ", id);
    lg_buf_add_str(&text, message);
    add_error(out, type, lg_buf_str(&text));
    lg_buf_done(&text);
}

void lg_report_too_large_document(struct lg_buf *out, int64_t limit)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    lg_buf_printf(
        &text, "Response payload size exceeded maximum allowed payload size (%" PRId64 " bytes).",
        limit);
    add_error(out, "Function.ResponseSizeTooLarge", lg_buf_str(&text));
    lg_buf_done(&text);
}
