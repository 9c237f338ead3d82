/*
 * metrics.h -- numbers that can be scraped, in the Prometheus text format.
 *
 * Metrics are made at load and live as long as the process; a name with the same labels is the
 * same metric, so a reload goes on counting. Counting is one relaxed atomic add.
 * Threads: any.
 */
#ifndef LG_OBSERVE_METRICS_H
#define LG_OBSERVE_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

struct lg_metric;

enum lg_metric_type { LG_METRIC_COUNTER, LG_METRIC_GAUGE, LG_METRIC_HISTOGRAM };

/*
 * `name` starts with lambdagate_; `labels` is the text between the braces without them, made by
 * lg_metric_labels(), or "". Histograms count seconds in fixed buckets from 0.5 ms to 60 s.
 * The pointer stays valid for ever.
 */
struct lg_metric *lg_metric_get(enum lg_metric_type type, const char *name, const char *labels,
                                const char *help);

void lg_metric_add(struct lg_metric *metric, int64_t value); /* counter, gauge */
/* Adds 1 unless that would exceed `limit`. For a gauge that is a limit at the same time. */
bool lg_metric_enter(struct lg_metric *metric, int64_t limit);
void lg_metric_set(struct lg_metric *metric, int64_t value);               /* gauge */
void lg_metric_observe_us(struct lg_metric *metric, int64_t microseconds); /* histogram */
int64_t lg_metric_value(const struct lg_metric *metric); /* counter, gauge; histogram: count */

/* Appends name="value" with the value escaped, and a comma before it when needed. */
void lg_metric_label(struct lg_buf *labels, const char *name, const char *value);

/* Everything, grouped by name, with HELP and TYPE lines. */
void lg_metrics_write(struct lg_buf *out);

#endif
