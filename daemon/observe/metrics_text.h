/*
 * metrics_text.h -- private to observe/: numbers as text, and the bounds of histograms.
 */
#ifndef LG_OBSERVE_METRICS_TEXT_H
#define LG_OBSERVE_METRICS_TEXT_H

#include "observe/metrics.h"

struct lg_bucket {
    int64_t us; /* this long or shorter */
    const char *seconds;
};
extern const struct lg_bucket lg_buckets[LG_HISTOGRAM_BUCKETS];

void lg_metric_write_head(struct lg_buf *out, enum lg_metric_type type, const char *name,
                          const char *help);
/* `number` is what `type` says. `labels` and `more` are joined; either may be "". */
void lg_metric_write(struct lg_buf *out, enum lg_metric_type type, const char *name,
                     const char *labels, const char *more, const void *number);

/* metric_sets.c: all sets. */
void lg_metric_sets_write(struct lg_buf *out);

#endif
