/* metrics.c -- families by name, numbers by labels; made under a lock, counted without one. */
#include "observe/metrics.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/list.h"
#include "base/map.h"
#include "base/mem.h"
#include "observe/metrics_text.h"
#include "observe/process.h"

/* What has one name. */
struct family {
    enum lg_metric_type type;
    char *name, *help;
    struct lg_map *series; /* by labels */
};

/* A number with its labels. */
struct series {
    struct lg_link link; /* in its keep's series, or in none */
    struct family *family;
    char *labels;
    void *number; /* on lines of its own, so that two loops never fight over neighbours */
};

/* A first label that somebody keeps. */
struct keep {
    unsigned count;
    struct lg_link series;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct lg_map *families; /* by name; lives as long as the process */
static struct lg_map *keeps;    /* by label; as long */

/* --- counting --------------------------------------------------------------------------------- */

void lg_metric_add(struct lg_metric *metric, int64_t value)
{
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
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

int64_t lg_metric_value(const struct lg_metric *metric)
{
    return atomic_load_explicit(&metric->value, memory_order_relaxed);
}

void lg_histogram_observe_us(struct lg_histogram *histogram, int64_t microseconds)
{
    size_t bucket = 0;

    if (microseconds < 0)
        microseconds = 0;
    while (microseconds > lg_buckets[bucket].us)
        bucket++;
    atomic_fetch_add_explicit(&histogram->counts[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&histogram->sum_us, microseconds, memory_order_relaxed);
}

int64_t lg_histogram_count(const struct lg_histogram *histogram)
{
    int64_t sum = 0;

    for (size_t i = 0; i < LG_HISTOGRAM_BUCKETS; i++)
        sum += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
    return sum;
}

/* --- getting ---------------------------------------------------------------------------------- */

/* Where `map` is kept: made when first needed. */
static struct lg_map *map_at(struct lg_map **map)
{
    if (*map == NULL)
        *map = lg_map_new();
    return *map;
}

static void put(struct lg_map *map, struct lg_str name, void *value)
{
    enum lg_err err = lg_map_put(map, name, value);

    assert(err == LG_OK);
    (void)err;
}

static struct family *family_of(enum lg_metric_type type, const char *name, const char *help)
{
    struct family *family = lg_map_get(map_at(&families), lg_str_of(name));

    assert(strncmp(name, "lambdagate_", strlen("lambdagate_")) == 0);
    if (family == NULL) {
        family = LG_NEW(struct family);
        family->type = type;
        family->name = lg_strdup(name);
        family->help = lg_strdup(help);
        family->series = lg_map_new();
        put(families, lg_str_of(name), family);
    }
    assert(family->type == type);
    return family;
}

/* name="value": a quote that is the value's own stands behind a backslash. */
static struct lg_str first_label(const char *labels)
{
    struct lg_str text = lg_str_of(labels);
    size_t at = lg_str_find(text, '"', 0) + 1;

    while (at < text.size && text.data[at] != '"')
        at += text.data[at] == '\\' ? 2 : 1;
    return lg_str_part(text, 0, at + 1);
}

static struct series *new_series(struct family *family, const char *labels)
{
    bool histogram = family->type == LG_METRIC_HISTOGRAM;
    struct series *series = LG_NEW(struct series);
    struct keep *keep = lg_map_get(map_at(&keeps), first_label(labels));

    series->family = family;
    series->labels = lg_strdup(labels);
    series->number =
        lg_lines_alloc(histogram ? sizeof(struct lg_histogram) : sizeof(struct lg_metric));
    if (keep != NULL)
        lg_list_add_last(&keep->series, &series->link);
    put(family->series, lg_str_of(labels), series);
    return series;
}

static void *number_of(enum lg_metric_type type, const char *name, const char *labels,
                       const char *help)
{
    pthread_mutex_lock(&lock);
    struct family *family = family_of(type, name, help);
    struct series *series = lg_map_get(family->series, lg_str_of(labels));
    if (series == NULL)
        series = new_series(family, labels);
    pthread_mutex_unlock(&lock);
    return series->number;
}

struct lg_metric *lg_metric_get(enum lg_metric_type type, const char *name, const char *labels,
                                const char *help)
{
    assert(type != LG_METRIC_HISTOGRAM);
    return number_of(type, name, labels, help);
}

struct lg_histogram *lg_histogram_get(const char *name, const char *labels, const char *help)
{
    return number_of(LG_METRIC_HISTOGRAM, name, labels, help);
}

/* --- keeping ---------------------------------------------------------------------------------- */

/* Its list ends with it. */
static void free_series(struct series *series)
{
    const struct series *removed = lg_map_remove(series->family->series, lg_str_of(series->labels));

    assert(removed == series);
    (void)removed;
    free(series->labels);
    free(series->number);
    free(series);
}

static void free_keep(struct keep *keep, struct lg_str label)
{
    struct lg_link *link, *next;

    for (link = keep->series.next; link != &keep->series; link = next) {
        next = link->next;
        free_series(LG_LIST_OF(link, struct series, link));
    }
    (void)lg_map_remove(keeps, label);
    free(keep);
}

void lg_metrics_keep(const char *name, const char *value)
{
    struct lg_buf label;
    struct keep *keep;

    lg_buf_init(&label, SIZE_MAX);
    lg_metric_label(&label, name, value);
    pthread_mutex_lock(&lock);
    keep = lg_map_get(map_at(&keeps), lg_buf_str(&label));
    if (keep == NULL) {
        keep = LG_NEW(struct keep);
        lg_list_init(&keep->series);
        put(keeps, lg_buf_str(&label), keep);
    }
    keep->count++;
    pthread_mutex_unlock(&lock);
    lg_buf_done(&label);
}

void lg_metrics_drop(const char *name, const char *value)
{
    struct lg_buf label;
    struct keep *keep;

    lg_buf_init(&label, SIZE_MAX);
    lg_metric_label(&label, name, value);
    pthread_mutex_lock(&lock);
    keep = lg_map_get(map_at(&keeps), lg_buf_str(&label));
    assert(keep != NULL);
    if (--keep->count == 0)
        free_keep(keep, lg_buf_str(&label));
    pthread_mutex_unlock(&lock);
    lg_buf_done(&label);
}

/* --- writing ---------------------------------------------------------------------------------- */

/* One whose last number is gone is not worth its head. */
static void write_family(struct lg_buf *out, const struct family *family)
{
    size_t count = lg_map_count(family->series);

    if (count > 0)
        lg_metric_write_head(out, family->type, family->name, family->help);
    for (size_t i = 0; i < count; i++) {
        const struct series *series = lg_map_at(family->series, i, NULL);

        lg_metric_write(out, family->type, family->name, series->labels, "", series->number);
    }
}

void lg_metrics_write(struct lg_buf *out)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; families != NULL && i < lg_map_count(families); i++)
        write_family(out, lg_map_at(families, i, NULL));
    pthread_mutex_unlock(&lock);
    lg_metric_sets_write(out);
    lg_process_metrics_write(out);
}
