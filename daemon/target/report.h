/*
 * report.h -- what the platform itself says about an invocation: the log lines around it, and
 * the error documents that take the place of a result.
 *
 * The wording is Lambda's, so that tools which read CloudWatch logs read ours. Everything here
 * is pure: values in, text out. Lines are without their end of line.
 */
#ifndef LG_TARGET_REPORT_H
#define LG_TARGET_REPORT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

enum lg_report_status { LG_REPORT_OK, LG_REPORT_TIMEOUT, LG_REPORT_ERROR };

struct lg_report {
    const char *id;
    int64_t duration_us; /* from pick-up until the runtime asked for the next one */
    int64_t timeout_ms;  /* a longer duration is shown as this */
    int64_t init_us;     /* how long the process took to start, for its first call; else -1 */
    int64_t memory_mb;   /* configured */
    int64_t used_kib;    /* most that the process ever used; 0: not known */
    enum lg_report_status status;
    const char *error_type; /* with LG_REPORT_ERROR */
};

/* What REPORT shows of it. */
int64_t lg_report_duration_us(const struct lg_report *report);
int64_t lg_report_billed_ms(const struct lg_report *report);
int64_t lg_report_used_mb(const struct lg_report *report);

void lg_report_init_start(struct lg_buf *out, const char *runtime, const char *region);
/* The end of an initialisation that failed. */
void lg_report_init_failed(struct lg_buf *out, int64_t init_us, enum lg_report_status status,
                           const char *error_type);
void lg_report_start(struct lg_buf *out, const char *id);
void lg_report_end(struct lg_buf *out, const char *id);
void lg_report_line(struct lg_buf *out, const struct lg_report *report);
void lg_report_timed_out(struct lg_buf *out, int64_t wall_ms, const char *id, int64_t timeout_ms);

/* "Task timed out after 3.00 seconds" */
#define LG_REPORT_TEXT_SIZE 64
void lg_report_timeout_text(int64_t timeout_ms, char ret_text[LG_REPORT_TEXT_SIZE]);
/* How a process ended, from its waitpid(2) status: "exit status 1", "signal: killed". */
void lg_report_exit_text(int status, char ret_text[LG_REPORT_TEXT_SIZE]);
/* The same as the message of an error: "Runtime exited with error: exit status 1". */
void lg_report_exit_message(struct lg_buf *out, int status);

/* {"errorType":TYPE,"errorMessage":"RequestId: ID Error: MESSAGE"} */
void lg_report_document(struct lg_buf *out, const char *type, const char *id,
                        struct lg_str message);
/* {"errorType":"Function.ResponseSizeTooLarge",...} which names no request. */
void lg_report_too_large_document(struct lg_buf *out, int64_t limit);

#endif
