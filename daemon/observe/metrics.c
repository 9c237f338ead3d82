/* metrics.c -- families by name, metrics by labels; made under a lock, counted without one. */
#include "observe/metrics.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "observe/process.h"

#define CACHE_LINE 64

static const struct {
    int64_t us;
    const char *seconds;
} buckets[] = {
    { 500, "0.0005" },     { 1000, "0.001" },  { 2500, "0.0025" }, { 5000, "0.005" },
    { 10000, "0.01" },     { 25000, "0.025" }, { 50000, "0.05" },  { 100000, "0.1" },
    { 250000, "0.25" },    { 500000, "0.5" },  { 1000000, "1" },   { 2500000, "2.5" },
    { 5000000, "5" },      { 10000000, "10" }, { 30000000, "30" }, { 60000000, "60" },
    { INT64_MAX, "+Inf" },
};

struct lg_metric {
    enum lg_metric_type type;
    char *labels;
    _Atomic int64_t value;   /* counter, gauge; histogram: sum of microseconds */
    _Atomic int64_t *counts; /* histogram: one a bucket, not cumulative */
};

/* What has one name. */
struct family {
    enum lg_metric_type type;
    char *help;
    struct lg_map *metrics; /* by labels */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct lg_map *families; /* by name; lives as long as the process */

/* Memory of its own cache lines, so that two loops never fight over neighbours. */
static void *new_lines(size_t size)
{
    size_t whole = (size + CACHE_LINE - 1) & ~(size_t)(CACHE_LINE - 1);
    void *memory = aligned_alloc(CACHE_LINE, whole);

    if (memory == NULL)
        abort();
    memset(memory, 0, whole);
    return memory;
}

static struct lg_metric *new_metric(enum lg_metric_type type, const char *labels)
{
    struct lg_metric *metric = new_lines(sizeof(*metric));

    metric->type = type;
    metric->labels = lg_strdup(labels);
    if (type == LG_METRIC_HISTOGRAM)
        metric->counts = new_lines(LG_COUNT(buckets) * sizeof(metric->counts[0]));
    return metric;
}

static struct family *family_of(enum lg_metric_type type, const char *name, const char *help)
{
    if (families == NULL)
        families = lg_map_new();

    struct family *family = lg_map_get(families, lg_str_of(name));
    if (family == NULL) {
        family = LG_NEW(struct family);
        family->type = type;
        family->help = lg_strdup(help);
        family->metrics = lg_map_new();
        enum lg_err err = lg_map_put(families, lg_str_of(name), family);
        assert(err == LG_OK);
    }
    assert(family->type == type);
    return family;
}

struct lg_metric *lg_metric_get(enum lg_metric_type type, const char *name, const char *labels,
                                const char *help)
{
    assert(strncmp(name, "lambdagate_", strlen("lambdagate_")) == 0);

    pthread_mutex_lock(&lock);
    struct family *family = family_of(type, name, help);
    struct lg_metric *metric = lg_map_get(family->metrics, lg_str_of(labels));
    if (metric == NULL) {
        metric = new_metric(type, labels);
        enum lg_err err = lg_map_put(family->metrics, lg_str_of(labels), metric);
        assert(err == LG_OK);
    }
    pthread_mutex_unlock(&lock);
    return metric;
}

void lg_metric_add(struct lg_metric *metric, int64_t value)
{
    assert(metric->type == LG_METRIC_GAUGE || (metric->type == LG_METRIC_COUNTER && value >= 0));
    atomic_fetch_add_explicit(&metric->value, value, memory_order_relaxed);
}

bool lg_metric_enter(struct lg_metric *metric, int64_t limit)
{
    int64_t value = atomic_load_explicit(&metric->value, memory_order_relaxed);

    do {
        if (value >= limit)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&metric->value, &value, value + 1,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

void lg_metric_set(struct lg_metric *metric, int64_t value)
{
    assert(metric->type == LG_METRIC_GAUGE);
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void lg_metric_observe_us(struct lg_metric *metric, int64_t microseconds)
{
    size_t bucket = 0;

    assert(metric->type == LG_METRIC_HISTOGRAM);
    if (microseconds < 0)
        microseconds = 0;
    while (microseconds > buckets[bucket].us)
        bucket++;
    atomic_fetch_add_explicit(&metric->counts[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&metric->value, microseconds, memory_order_relaxed);
}

static int64_t count_of(const struct lg_metric *metric, size_t bucket)
{
    return atomic_load_explicit(&metric->counts[bucket], memory_order_relaxed);
}

int64_t lg_metric_value(const struct lg_metric *metric)
{
    int64_t sum = 0;

    if (metric->type != LG_METRIC_HISTOGRAM)
        return atomic_load_explicit(&metric->value, memory_order_relaxed);
    for (size_t i = 0; i < LG_COUNT(buckets); i++)
        sum += count_of(metric, i);
    return sum;
}

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

/* --- the text format -------------------------------------------------------------------------- */

/* HELP knows two escapes: of the backslash and of the line feed. */
static void write_head(struct lg_buf *out, const char *name, const struct family *family)
{
    static const char *const types[] = {
        [LG_METRIC_COUNTER] = "counter",
        [LG_METRIC_GAUGE] = "gauge",
        [LG_METRIC_HISTOGRAM] = "histogram",
    };

    lg_buf_printf(out, "# HELP %s ", name);
    for (const char *at = family->help; *at != '\0'; at++) {
        if (*at == '\n')
            lg_buf_add_cstr(out, "\\n");
        else if (*at == '\\')
            lg_buf_add_cstr(out, "\\\\");
        else
            lg_buf_add_char(out, *at);
    }
    lg_buf_printf(out, "\n# TYPE %s %s\n", name, types[family->type]);
}

static void write_labels(struct lg_buf *out, const char *labels)
{
    if (labels[0] != '\0')
        lg_buf_printf(out, "{%s}", labels);
}

static void write_histogram(struct lg_buf *out, const char *name, const struct lg_metric *metric)
{
    const char *comma = metric->labels[0] != '\0' ? "," : "";
    int64_t sum_us = atomic_load_explicit(&metric->value, memory_order_relaxed);
    int64_t count = 0;

    for (size_t i = 0; i < LG_COUNT(buckets); i++) {
        count += count_of(metric, i);
        lg_buf_printf(out, "%s_bucket{%s%sle=\"%s\"} %lld\n", name, metric->labels, comma,
                      buckets[i].seconds, (long long)count);
    }
    lg_buf_printf(out, "%s_sum", name);
    write_labels(out, metric->labels);
    lg_buf_printf(out, " %lld.%06d\n", (long long)(sum_us / 1000000), (int)(sum_us % 1000000));
    lg_buf_printf(out, "%s_count", name);
    write_labels(out, metric->labels);
    lg_buf_printf(out, " %lld\n", (long long)count);
}

static void write_metric(struct lg_buf *out, const char *name, const struct lg_metric *metric)
{
    if (metric->type == LG_METRIC_HISTOGRAM) {
        write_histogram(out, name, metric);
        return;
    }
    lg_buf_add_cstr(out, name);
    write_labels(out, metric->labels);
    lg_buf_printf(out, " %lld\n", (long long)lg_metric_value(metric));
}

static void write_family(struct lg_buf *out, const char *name, const struct family *family)
{
    write_head(out, name, family);
    for (size_t i = 0; i < lg_map_count(family->metrics); i++)
        write_metric(out, name, lg_map_at(family->metrics, i, NULL));
}

void lg_metrics_write(struct lg_buf *out)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; families != NULL && i < lg_map_count(families); i++) {
        struct lg_str name;
        const struct family *family = lg_map_at(families, i, &name);
        char *text = lg_strndup(name.data, name.size);
        write_family(out, text, family);
        free(text);
    }
    pthread_mutex_unlock(&lock);
    lg_process_metrics_write(out);
}
