/*
 * metrics.h -- numbers that can be scraped, in the Prometheus text format.
 *
 * A name with the same labels is the same number, so a reload goes on counting. Numbers of what a
 * reload can take away (a route, a function) go with it. Counting is one relaxed atomic add.
 * Threads: any.
 */
#ifndef LG_OBSERVE_METRICS_H
#define LG_OBSERVE_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum lg_metric_type { LG_METRIC_COUNTER, LG_METRIC_GAUGE, LG_METRIC_HISTOGRAM };

/* A counter or a gauge. */
struct lg_metric {
    _Atomic int64_t value;
};

#define LG_HISTOGRAM_BUCKETS 17 /* from 0.5 ms to 60 s, and what took longer */

struct lg_histogram {
    _Atomic int64_t sum_us;
    _Atomic int64_t counts[LG_HISTOGRAM_BUCKETS]; /* one a bucket, not cumulative */
};

void lg_metric_add(struct lg_metric *metric, int64_t value);
/* Adds 1 unless that would exceed `limit`. For a gauge that is a limit at the same time. */
bool lg_metric_enter(struct lg_metric *metric, int64_t limit);
void lg_metric_set(struct lg_metric *metric, int64_t value); /* a gauge */
int64_t lg_metric_value(const struct lg_metric *metric);
void lg_histogram_observe_us(struct lg_histogram *histogram, int64_t microseconds);
int64_t lg_histogram_count(const struct lg_histogram *histogram);

/* Appends name="value" with the value escaped, and a comma before it when needed. */
void lg_metric_label(struct lg_buf *labels, const char *name, const char *value);

/* --- one by one ------------------------------------------------------------------------------- */

/*
 * A counter or a gauge. `name` starts with lambdagate_; `labels` is the text between the braces
 * without them, made by lg_metric_label(), or "". The pointer stays valid for ever, unless the
 * first label is dropped below.
 */
struct lg_metric *lg_metric_get(enum lg_metric_type type, const char *name, const char *labels,
                                const char *help);
/* Seconds, in fixed buckets. */
struct lg_histogram *lg_histogram_get(const char *name, const char *labels, const char *help);

/*
 * Ties what is got from now on with name="value" as its first label to whoever keeps it: after as
 * many drops as keeps its numbers are gone, and begin at zero when they are got again.
 */
void lg_metrics_keep(const char *name, const char *value);
void lg_metrics_drop(const char *name, const char *value);

/* --- side by side ----------------------------------------------------------------------------- */

/* A number within a set. */
struct lg_metric_row {
    enum lg_metric_type type;
    size_t offset;      /* of its struct lg_metric or lg_histogram */
    const char *name;   /* rows of one name stand together */
    const char *labels; /* behind those of the set; "" for none */
    const char *help;
};

/* Numbers of one thing, in one struct: one access to it brings near what belongs together. */
struct lg_metric_class {
    size_t size; /* of that struct */
    const struct lg_metric_row *rows;
    size_t count;
};

/*
 * One reference to the numbers with these labels, all zero when they are new; on cache lines of
 * their own. `class` is static storage. They are gone with their last reference.
 */
void *lg_metric_set_get(const struct lg_metric_class *class, const char *labels);
void lg_metric_set_unref(const struct lg_metric_class *class, void *set); /* NULL is fine */

/* --- all of them ------------------------------------------------------------------------------ */

/* Everything, grouped by name, with HELP and TYPE lines. */
void lg_metrics_write(struct lg_buf *out);

#endif
