/* metrics_text.c -- the Prometheus text format. Written by hand: a scrape may have many lines. */
#include "observe/metrics_text.h"

#include <stdatomic.h>
#include <string.h>

const struct lg_bucket lg_buckets[LG_HISTOGRAM_BUCKETS] = {
    { 500, "0.0005" },     { 1000, "0.001" },  { 2500, "0.0025" }, { 5000, "0.005" },
    { 10000, "0.01" },     { 25000, "0.025" }, { 50000, "0.05" },  { 100000, "0.1" },
    { 250000, "0.25" },    { 500000, "0.5" },  { 1000000, "1" },   { 2500000, "2.5" },
    { 5000000, "5" },      { 10000000, "10" }, { 30000000, "30" }, { 60000000, "60" },
    { INT64_MAX, "+Inf" },
};

void lg_metric_label(struct lg_buf *labels, const char *name, const char *value)
{
    if (labels->size > 0)
        lg_buf_add_char(labels, ',');
    lg_buf_printf(labels, "%s=\"", name);
    for (; *value != '\0'; value++) {
        if (*value == '\n')
            lg_buf_add_cstr(labels, "\\n");
        else if (*value == '"' || *value == '\\')
            lg_buf_printf(labels, "\\%c", *value);
        else
            lg_buf_add_char(labels, *value);
    }
    lg_buf_add_char(labels, '"');
}

/* HELP knows two escapes: of the backslash and of the line feed. */
void lg_metric_write_head(struct lg_buf *out, enum lg_metric_type type, const char *name,
                          const char *help)
{
    static const char *const types[] = {
        [LG_METRIC_COUNTER] = "counter",
        [LG_METRIC_GAUGE] = "gauge",
        [LG_METRIC_HISTOGRAM] = "histogram",
    };

    lg_buf_printf(out, "# HELP %s ", name);
    for (const char *at = help; *at != '\0'; at++) {
        if (*at == '\n')
            lg_buf_add_cstr(out, "\\n");
        else if (*at == '\\')
            lg_buf_add_cstr(out, "\\\\");
        else
            lg_buf_add_char(out, *at);
    }
    lg_buf_printf(out, "\n# TYPE %s %s\n", name, types[type]);
}

/* A line as far as its value. `bound` is that of a bucket, or NULL. */
static void write_name(struct lg_buf *out, const char *name, const char *suffix, const char *labels,
                       const char *more, const char *bound)
{
    bool first = true;

    lg_buf_add_cstr(out, name);
    lg_buf_add_cstr(out, suffix);
    if (labels[0] != '\0' || more[0] != '\0' || bound != NULL)
        lg_buf_add_char(out, '{');
    if (labels[0] != '\0') {
        lg_buf_add_cstr(out, labels);
        first = false;
    }
    if (more[0] != '\0') {
        lg_buf_add_cstr(out, first ? "" : ",");
        lg_buf_add_cstr(out, more);
        first = false;
    }
    if (bound != NULL) {
        lg_buf_add_cstr(out, first ? "le=\"" : ",le=\"");
        lg_buf_add_cstr(out, bound);
        lg_buf_add_char(out, '"');
        first = false;
    }
    lg_buf_add_cstr(out, first ? " " : "} ");
}

static void write_seconds(struct lg_buf *out, int64_t us)
{
    char fraction[8] = ".000000";
    int64_t rest = us % 1000000;

    for (int i = 6; i > 0; i--, rest /= 10)
        fraction[i] = (char)('0' + rest % 10);
    lg_buf_add_i64(out, us / 1000000);
    lg_buf_add_cstr(out, fraction);
}

static void write_histogram(struct lg_buf *out, const char *name, const char *labels,
                            const char *more, const struct lg_histogram *histogram)
{
    int64_t sum_us = atomic_load_explicit(&histogram->sum_us, memory_order_relaxed);
    int64_t count = 0;

    for (size_t i = 0; i < LG_HISTOGRAM_BUCKETS; i++) {
        count += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
        write_name(out, name, "_bucket", labels, more, lg_buckets[i].seconds);
        lg_buf_add_i64(out, count);
        lg_buf_add_char(out, '\n');
    }
    write_name(out, name, "_sum", labels, more, NULL);
    write_seconds(out, sum_us);
    lg_buf_add_char(out, '\n');
    write_name(out, name, "_count", labels, more, NULL);
    lg_buf_add_i64(out, count);
    lg_buf_add_char(out, '\n');
}

void lg_metric_write(struct lg_buf *out, enum lg_metric_type type, const char *name,
                     const char *labels, const char *more, const void *number)
{
    if (type == LG_METRIC_HISTOGRAM) {
        write_histogram(out, name, labels, more, number);
        return;
    }
    write_name(out, name, "", labels, more, NULL);
    lg_buf_add_i64(out, lg_metric_value(number));
    lg_buf_add_char(out, '\n');
}
