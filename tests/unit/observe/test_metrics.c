#include "observe/metrics.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

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

static void has(const char *part)
{
    cr_assert_not_null(strstr(written(), part), "no %s in\n%s", part, written());
}

Test(metrics, a_counter_counts_and_is_written_with_help_and_type)
{
    struct lg_metric *metric =
        lg_metric_get(LG_METRIC_COUNTER, "lambdagate_x_total", "", "Things\\that\nhappened.");

    lg_metric_add(metric, 2);
    lg_metric_add(metric, 3);
    cr_assert(eq(i64, lg_metric_value(metric), 5));
    has("# HELP lambdagate_x_total Things\\\\that\\nhappened.\n"
        "# TYPE lambdagate_x_total counter\nlambdagate_x_total 5\n");
}

Test(metrics, a_gauge_goes_up_and_down)
{
    struct lg_metric *metric = lg_metric_get(LG_METRIC_GAUGE, "lambdagate_g", "", "G.");

    lg_metric_set(metric, 10);
    lg_metric_add(metric, -13);
    has("# TYPE lambdagate_g gauge\nlambdagate_g -3\n");
}

Test(metrics, the_same_name_and_labels_are_the_same_metric)
{
    struct lg_metric *one = lg_metric_get(LG_METRIC_COUNTER, "lambdagate_s", "a=\"1\"", "S.");
    struct lg_metric *two = lg_metric_get(LG_METRIC_COUNTER, "lambdagate_s", "a=\"2\"", "S.");

    cr_assert(ne(ptr, one, two));
    cr_assert(eq(ptr, lg_metric_get(LG_METRIC_COUNTER, "lambdagate_s", "a=\"1\"", "S."), one));
}

Test(metrics, metrics_of_one_name_are_written_together_under_one_head)
{
    lg_metric_add(lg_metric_get(LG_METRIC_COUNTER, "lambdagate_a", "f=\"1\"", "A."), 1);
    lg_metric_add(lg_metric_get(LG_METRIC_COUNTER, "lambdagate_b", "", "B."), 1);
    lg_metric_add(lg_metric_get(LG_METRIC_COUNTER, "lambdagate_a", "f=\"2\"", "A."), 2);
    has("# TYPE lambdagate_a counter\nlambdagate_a{f=\"1\"} 1\nlambdagate_a{f=\"2\"} 2\n# HELP "
        "lambdagate_b B.\n");
}

Test(metrics, a_histogram_counts_up_to_each_bound_inclusive)
{
    struct lg_histogram *metric = lg_histogram_get("lambdagate_h_seconds", "f=\"x\"", "H.");

    lg_histogram_observe_us(metric, 500); /* on the bound: in the bucket */
    lg_histogram_observe_us(metric, 501); /* past it: in the next */
    lg_histogram_observe_us(metric, 60000000);
    lg_histogram_observe_us(metric, 60000001); /* only in +Inf */
    lg_histogram_observe_us(metric, -5);       /* a clock that went back counts as nothing */
    cr_assert(eq(i64, lg_histogram_count(metric), 5));
    has("# TYPE lambdagate_h_seconds histogram\n"
        "lambdagate_h_seconds_bucket{f=\"x\",le=\"0.0005\"} 2\n"
        "lambdagate_h_seconds_bucket{f=\"x\",le=\"0.001\"} 3\n");
    has("lambdagate_h_seconds_bucket{f=\"x\",le=\"30\"} 3\n"
        "lambdagate_h_seconds_bucket{f=\"x\",le=\"60\"} 4\n"
        "lambdagate_h_seconds_bucket{f=\"x\",le=\"+Inf\"} 5\n"
        "lambdagate_h_seconds_sum{f=\"x\"} 120.001002\n"
        "lambdagate_h_seconds_count{f=\"x\"} 5\n");
}

Test(metrics, a_histogram_without_labels_has_only_its_bound)
{
    lg_histogram_observe_us(lg_histogram_get("lambdagate_i", "", "I."), 1);
    has("lambdagate_i_bucket{le=\"0.0005\"} 1\n");
    has("lambdagate_i_sum 0.000001\nlambdagate_i_count 1\n");
}

Test(metrics, label_values_are_escaped_and_separated)
{
    struct lg_buf labels;

    lg_buf_init(&labels, SIZE_MAX);
    lg_metric_label(&labels, "a", "x\"y\\z\nw");
    lg_metric_label(&labels, "b", "");
    char *text = lg_buf_take(&labels, NULL);
    cr_assert_str_eq(text, "a=\"x\\\"y\\\\z\\nw\",b=\"\"");
    free(text);
}

static double number_after(const char *name)
{
    const char *at = strstr(written(), name);

    cr_assert_not_null(at, "no %s", name);
    return strtod(at + strlen(name), NULL);
}

Test(metrics, the_process_tells_about_itself)
{
    /* A metric starts its line; in HELP and TYPE lines the name follows a blank. */
    cr_assert(gt(dbl, number_after("\nlambdagate_process_resident_memory_bytes "), 100000.0));
    cr_assert(ge(dbl, number_after("\nlambdagate_process_open_fds "), 3.0));
    cr_assert(ge(dbl, number_after("\nlambdagate_process_cpu_seconds_total "), 0.0));
    cr_assert(gt(dbl, number_after("\nlambdagate_process_start_time_seconds "), 1.7e9));
    has("\nlambdagate_log_lines_dropped_total 0\n");
    has("\nlambdagate_build_info{version=\"" LG_VERSION "\"} 1\n");
}
