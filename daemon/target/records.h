/*
 * records.h -- what the platform says about a function in JSON: Lambda's platform records.
 *
 * The same facts as the lines of report.h, in the members and words of CloudWatch's JSON format.
 * Everything here is pure: values in, text out, one record a call and without its end of line.
 */
#ifndef LG_TARGET_RECORDS_H
#define LG_TARGET_RECORDS_H

#include "target/report.h"

struct lg_record_init {
    const char *function, *runtime, *region;
    bool provisioned; /* the process was started ahead of any call */
    enum lg_report_status status;
    const char *error_type; /* with LG_REPORT_ERROR */
    int64_t duration_us;
};

void lg_record_init_start(struct lg_buf *out, int64_t wall_ms, const struct lg_record_init *init);
void lg_record_init_runtime_done(struct lg_buf *out, int64_t wall_ms,
                                 const struct lg_record_init *init);
void lg_record_init_report(struct lg_buf *out, int64_t wall_ms, const struct lg_record_init *init);

void lg_record_start(struct lg_buf *out, int64_t wall_ms, const char *id, const char *arn);

/* When the answer of a call came, by the clock of lg_report.duration_us; -1: it never did. */
struct lg_record_answer {
    int64_t picked_wall_ms;
    int64_t begun_us, ended_us; /* since the worker took the call */
    int64_t bytes;
};

/* The word for a status: what a process that died did is a failure to one, an error to the other.
 */
void lg_record_runtime_done(struct lg_buf *out, int64_t wall_ms, const struct lg_report *report,
                            const struct lg_record_answer *answer);
void lg_record_report(struct lg_buf *out, int64_t wall_ms, const struct lg_report *report);

#endif
