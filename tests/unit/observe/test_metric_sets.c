/* test_metric_sets.c -- numbers side by side, and numbers that go with the last who wants them. */
#include "observe/metrics.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/mem.h"

struct numbers {
    struct lg_metric open, good, bad;
    struct lg_histogram took;
};

#define AT(member) offsetof(struct numbers, member)

static const struct lg_metric_row rows[] = {
    { LG_METRIC_COUNTER, AT(good), "lambdagate_t_total", "how=\"good\"", "T." },
    { LG_METRIC_COUNTER, AT(bad), "lambdagate_t_total", "how=\"bad\"", "T." },
    { LG_METRIC_GAUGE, AT(open), "lambdagate_t_open", "", "Open." },
    { LG_METRIC_HISTOGRAM, AT(took), "lambdagate_t_seconds", "", "Took." },
};
static const struct lg_metric_class class = { sizeof(struct numbers), rows, LG_COUNT(rows) };

static const char *written(void)
{
    static char *text;
    struct lg_buf out;

    free(text);
    lg_buf_init(&out, SIZE_MAX);
    lg_metrics_write(&out);
    text = lg_buf_take(&out, NULL);
    cr_assert_not_null(text);
    return text;
}

static bool says(const char *part)
{
    return strstr(written(), part) != NULL;
}

static struct numbers *get(const char *labels)
{
    return lg_metric_set_get(&class, labels);
}

static void unref(struct numbers *numbers)
{
    lg_metric_set_unref(&class, numbers);
}

Test(sets, numbers_of_one_name_stand_together_whatever_set_they_are_of)
{
    struct numbers *one = get("f=\"1\""), *two = get("f=\"2\"");

    lg_metric_add(&one->good, 3);
    lg_metric_add(&two->bad, 4);
    lg_metric_set(&two->open, 5);
    lg_histogram_observe_us(&one->took, 700);
    cr_assert(says("# HELP lambdagate_t_total T.\n# TYPE lambdagate_t_total counter\n"
                   "lambdagate_t_total{f=\"1\",how=\"good\"} 3\n"
                   "lambdagate_t_total{f=\"1\",how=\"bad\"} 0\n"
                   "lambdagate_t_total{f=\"2\",how=\"good\"} 0\n"
                   "lambdagate_t_total{f=\"2\",how=\"bad\"} 4\n"
                   "# HELP lambdagate_t_open Open.\n# TYPE lambdagate_t_open gauge\n"
                   "lambdagate_t_open{f=\"1\"} 0\nlambdagate_t_open{f=\"2\"} 5\n"));
    cr_assert(says("lambdagate_t_seconds_bucket{f=\"1\",le=\"0.0005\"} 0\n"
                   "lambdagate_t_seconds_bucket{f=\"1\",le=\"0.001\"} 1\n"));
    cr_assert(says("lambdagate_t_seconds_sum{f=\"1\"} 0.000700\n"
                   "lambdagate_t_seconds_count{f=\"1\"} 1\n"));
    unref(one);
    unref(two);
}

Test(sets, a_set_is_counted_on_as_long_as_anyone_refers_to_it)
{
    struct numbers *one = get("f=\"1\"");

    lg_metric_add(&one->good, 3);
    cr_assert(eq(ptr, get("f=\"1\""), one));
    unref(one);
    cr_assert(says("lambdagate_t_total{f=\"1\",how=\"good\"} 3\n"));
    unref(one);
    cr_assert(not(says("lambdagate_t_")));
}

Test(sets, a_set_that_comes_again_begins_at_zero)
{
    struct numbers *one = get("f=\"1\""), *other = get("f=\"2\"");

    lg_metric_add(&one->good, 3);
    lg_histogram_observe_us(&one->took, 70000000);
    unref(one);
    one = get("f=\"1\"");
    cr_assert(eq(i64, lg_metric_value(&one->good), 0));
    cr_assert(eq(i64, lg_histogram_count(&one->took), 0));
    cr_assert(eq(i64, lg_metric_value(&other->good), 0));
    unref(one);
    unref(other);
    lg_metric_set_unref(&class, NULL);
}

/* Names that change with every reload must not make the process grow. */
Test(sets, cells_are_used_again)
{
    struct numbers *seen[200];

    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 200; i++) {
            char labels[64];
            struct numbers *numbers;

            snprintf(labels, sizeof(labels), "f=\"%d-%d\"", round, i);
            numbers = get(labels);
            cr_assert(eq(sz, (size_t)(uintptr_t)numbers % LG_LINE, 0));
            cr_assert(eq(i64, lg_metric_value(&numbers->good), 0));
            lg_metric_add(&numbers->good, 1);
            if (round == 0) {
                seen[i] = numbers;
                continue;
            }
            size_t at = 0;
            while (at < 200 && seen[at] != numbers)
                at++;
            cr_assert(lt(sz, at, 200), "a new cell in round %d", round);
        }
        for (int i = 0; i < 200; i++)
            unref(seen[i]);
    }
}

/* --- kept labels --- */

static struct lg_metric *counter(const char *labels)
{
    return lg_metric_get(LG_METRIC_COUNTER, "lambdagate_k_total", labels, "K.");
}

Test(keeps, what_nobody_keeps_stays)
{
    lg_metric_add(counter("f=\"a\""), 1);
    cr_assert(says("lambdagate_k_total{f=\"a\"} 1\n"));
}

Test(keeps, numbers_go_with_the_last_who_keeps_their_first_label)
{
    lg_metrics_keep("f", "a");
    lg_metric_add(counter("f=\"a\",c=\"1\""), 1);
    lg_histogram_observe_us(lg_histogram_get("lambdagate_k_seconds", "f=\"a\"", "K."), 5);
    lg_metrics_keep("f", "a");
    lg_metrics_keep("f", "b");
    lg_metric_add(counter("f=\"a\""), 2);
    lg_metric_add(counter("f=\"b\""), 3);
    lg_metrics_drop("f", "a");
    cr_assert(says("lambdagate_k_total{f=\"a\",c=\"1\"} 1\n"));
    cr_assert(says("lambdagate_k_total{f=\"a\"} 2\n"));
    lg_metrics_drop("f", "a");
    cr_assert(not(says("f=\"a\"")));
    cr_assert(not(says("lambdagate_k_seconds")), "a head without a number");
    cr_assert(says("lambdagate_k_total{f=\"b\"} 3\n"));
    lg_metrics_keep("f", "a");
    cr_assert(eq(i64, lg_metric_value(counter("f=\"a\"")), 0));
    lg_metrics_drop("f", "a");
    lg_metrics_drop("f", "b");
    cr_assert(not(says("lambdagate_k_total")));
}

Test(keeps, a_quote_within_a_value_does_not_end_the_label)
{
    struct lg_buf labels;

    lg_metrics_keep("f", "a\"b\\");
    lg_buf_init(&labels, SIZE_MAX);
    lg_metric_label(&labels, "f", "a\"b\\");
    lg_metric_label(&labels, "c", "1");
    lg_buf_add_char(&labels, '\0');
    lg_metric_add(counter(labels.data), 1);
    lg_buf_done(&labels);
    cr_assert(says("lambdagate_k_total{f=\"a\\\"b\\\\\",c=\"1\"} 1\n"));
    lg_metrics_drop("f", "a\"b\\");
    cr_assert(not(says("lambdagate_k_total")));
}
