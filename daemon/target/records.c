/* records.c -- platform.start, platform.report and the rest. */
#include "target/records.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"

static void add_text(struct lg_buf *out, bool *first, const char *name, const char *text)
{
    lg_json_add_name(out, first, name);
    lg_json_add_string(out, lg_str_of(text));
}

static void add_number(struct lg_buf *out, bool *first, const char *name, int64_t number)
{
    lg_json_add_name(out, first, name);
    lg_buf_add_i64(out, number);
}

/* Milliseconds with what is left of them: 3, 3.5, 3.014. */
static void add_ms(struct lg_buf *out, bool *first, const char *name, int64_t us)
{
    int64_t rest = us % 1000;

    add_number(out, first, name, us / 1000);
    if (rest == 0)
        return;
    lg_buf_add_char(out, '.');
    for (int64_t unit = 100; rest > 0; unit /= 10) {
        lg_buf_add_char(out, (char)('0' + rest / unit));
        rest %= unit;
    }
}

static void add_time(struct lg_buf *out, bool *first, const char *name, int64_t wall_ms)
{
    char stamp[LG_CLOCK_ISO_SIZE];

    lg_clock_iso(wall_ms, stamp);
    add_text(out, first, name, stamp);
}

/* {"time":...,"type":"platform.TYPE","record":{ */
static void open_record(struct lg_buf *out, int64_t wall_ms, const char *type)
{
    bool first = true;

    lg_buf_add_char(out, '{');
    add_time(out, &first, "time", wall_ms);
    lg_buf_add_cstr(out, ",\"type\":\"platform.");
    lg_buf_add_cstr(out, type);
    lg_buf_add_cstr(out, "\",\"record\":{");
}

static void close_record(struct lg_buf *out)
{
    lg_buf_add_cstr(out, "}}");
}

static const char *status_word(enum lg_report_status status)
{
    switch (status) {
    case LG_REPORT_TIMEOUT:
        return "timeout";
    case LG_REPORT_ERROR:
        return "error";
    case LG_REPORT_OK:
        break;
    }
    return "success";
}

static void add_status(struct lg_buf *out, bool *first, const char *word,
                       enum lg_report_status status, const char *error_type)
{
    add_text(out, first, "status", word);
    if (status == LG_REPORT_ERROR)
        add_text(out, first, "errorType", error_type);
}

/* --- the start of a process ------------------------------------------------------------------- */

static bool open_init(struct lg_buf *out, int64_t wall_ms, const char *type,
                      const struct lg_record_init *init)
{
    bool first = true;

    open_record(out, wall_ms, type);
    add_text(out, &first, "initializationType",
             init->provisioned ? "provisioned-concurrency" : "on-demand");
    add_text(out, &first, "phase", "init");
    return first;
}

void lg_record_init_start(struct lg_buf *out, int64_t wall_ms, const struct lg_record_init *init)
{
    bool first = open_init(out, wall_ms, "initStart", init);
    struct lg_buf arn;

    lg_buf_init(&arn, SIZE_MAX);
    lg_buf_printf(&arn, "arn:aws:lambda:%s::runtime:%s", init->region, init->runtime);
    add_text(out, &first, "runtimeVersion", init->runtime);
    lg_json_add_name(out, &first, "runtimeVersionArn");
    lg_json_add_string(out, lg_buf_str(&arn));
    add_text(out, &first, "functionName", init->function);
    add_text(out, &first, "functionVersion", "$LATEST");
    close_record(out);
    lg_buf_done(&arn);
}

static const char *init_word(const struct lg_record_init *init)
{
    return init->status == LG_REPORT_ERROR ? "failure" : status_word(init->status);
}

void lg_record_init_runtime_done(struct lg_buf *out, int64_t wall_ms,
                                 const struct lg_record_init *init)
{
    bool first = open_init(out, wall_ms, "initRuntimeDone", init);

    add_status(out, &first, init_word(init), init->status, init->error_type);
    close_record(out);
}

void lg_record_init_report(struct lg_buf *out, int64_t wall_ms, const struct lg_record_init *init)
{
    bool first = open_init(out, wall_ms, "initReport", init);

    add_status(out, &first, init_word(init), init->status, init->error_type);
    lg_buf_add_cstr(out, ",\"metrics\":{");
    first = true;
    add_ms(out, &first, "durationMs", init->duration_us);
    lg_buf_add_char(out, '}');
    close_record(out);
}

/* --- a call ----------------------------------------------------------------------------------- */

void lg_record_start(struct lg_buf *out, int64_t wall_ms, const char *id, const char *arn)
{
    bool first = true;

    open_record(out, wall_ms, "start");
    add_text(out, &first, "requestId", id);
    add_text(out, &first, "functionArn", arn);
    add_text(out, &first, "version", "$LATEST");
    close_record(out);
}

static void add_span(struct lg_buf *out, const char *name, int64_t picked_wall_ms, int64_t from_us,
                     int64_t to_us)
{
    bool first = true;

    lg_buf_add_char(out, '{');
    add_text(out, &first, "name", name);
    add_time(out, &first, "start", picked_wall_ms + from_us / 1000);
    add_ms(out, &first, "durationMs", to_us - from_us);
    lg_buf_add_char(out, '}');
}

static void add_spans(struct lg_buf *out, const struct lg_report *report,
                      const struct lg_record_answer *answer)
{
    lg_buf_add_cstr(out, ",\"spans\":[");
    if (answer->ended_us >= 0) {
        add_span(out, "responseLatency", answer->picked_wall_ms, 0, answer->begun_us);
        lg_buf_add_char(out, ',');
        add_span(out, "responseDuration", answer->picked_wall_ms, answer->begun_us,
                 answer->ended_us);
        lg_buf_add_char(out, ',');
        add_span(out, "runtimeOverhead", answer->picked_wall_ms, answer->ended_us,
                 report->duration_us);
    }
    lg_buf_add_char(out, ']');
}

void lg_record_runtime_done(struct lg_buf *out, int64_t wall_ms, const struct lg_report *report,
                            const struct lg_record_answer *answer)
{
    bool exited =
        report->status == LG_REPORT_ERROR && strcmp(report->error_type, "Runtime.ExitError") == 0;
    bool first = true;

    open_record(out, wall_ms, "runtimeDone");
    add_text(out, &first, "requestId", report->id);
    add_status(out, &first, exited ? "failure" : status_word(report->status), report->status,
               report->error_type);
    add_spans(out, report, answer);
    lg_buf_add_cstr(out, ",\"metrics\":{");
    first = true;
    add_ms(out, &first, "durationMs", lg_report_duration_us(report));
    add_number(out, &first, "producedBytes", answer->bytes);
    lg_buf_add_char(out, '}');
    close_record(out);
}

void lg_record_report(struct lg_buf *out, int64_t wall_ms, const struct lg_report *report)
{
    bool first = true;

    open_record(out, wall_ms, "report");
    add_text(out, &first, "requestId", report->id);
    lg_buf_add_cstr(out, ",\"metrics\":{");
    first = true;
    add_ms(out, &first, "durationMs", lg_report_duration_us(report));
    add_number(out, &first, "billedDurationMs", lg_report_billed_ms(report));
    add_number(out, &first, "memorySizeMB", report->memory_mb);
    add_number(out, &first, "maxMemoryUsedMB", lg_report_used_mb(report));
    if (report->init_us >= 0)
        add_ms(out, &first, "initDurationMs", report->init_us);
    lg_buf_add_char(out, '}');
    add_status(out, &first, status_word(report->status), report->status, report->error_type);
    close_record(out);
}
