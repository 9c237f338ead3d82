/* function.c -- a named function: its limits, its numbers, its target. */
#include "function/function.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "function/call.h"
#include "function/slots.h"

struct lg_function {
    atomic_uint references;
    uint64_t serial;
    char *name;
    char *arn;
    int64_t timeout_ms, queue_wait_ms, memory_mb, concurrency;
    struct lg_slots *slots;   /* one reference */
    struct lg_target *target; /* owned */
    struct lg_function_metrics metrics;
};

static struct lg_metric *throttle_metric(const char *name, const char *reason)
{
    struct lg_metric *metric;
    struct lg_buf labels;
    char *text;

    lg_buf_init(&labels, SIZE_MAX);
    lg_metric_label(&labels, "function", name);
    lg_metric_label(&labels, "reason", reason);
    text = lg_buf_take(&labels, NULL);
    metric = lg_metric_get(LG_METRIC_COUNTER, "lambdagate_throttles_total", text,
                           "Invocations that were refused for lack of room, by what was full.");
    free(text);
    return metric;
}

static void make_throttle_metrics(struct lg_function *function)
{
    static const char *const reasons[LG_THROTTLES] = {
        [LG_THROTTLE_CONCURRENCY] = "concurrency",
        [LG_THROTTLE_QUEUE] = "queue",
        [LG_THROTTLE_QUEUE_WAIT] = "queue_wait",
    };

    for (int why = 0; why < LG_THROTTLES; why++)
        function->metrics.throttled[why] = throttle_metric(function->name, reasons[why]);
}

static void make_metrics(struct lg_function *function)
{
    struct lg_buf labels;
    char *text;

    lg_buf_init(&labels, SIZE_MAX);
    lg_metric_label(&labels, "function", function->name);
    text = lg_buf_take(&labels, NULL);
    function->metrics.running = lg_metric_get(LG_METRIC_GAUGE, "lambdagate_invocations_in_flight",
                                              text, "Invocations that wait or run.");
    function->metrics.duration =
        lg_histogram_get("lambdagate_invocation_duration_seconds", text,
                         "Time from pick-up by a worker to the end of an invocation.");
    free(text);
    for (int cause = 0; cause < LG_CAUSE_COUNT; cause++) {
        lg_buf_init(&labels, SIZE_MAX);
        lg_metric_label(&labels, "function", function->name);
        lg_metric_label(&labels, "cause", lg_cause_text((enum lg_cause)cause));
        text = lg_buf_take(&labels, NULL);
        function->metrics.ended[cause] =
            lg_metric_get(LG_METRIC_COUNTER, "lambdagate_invocations_total", text,
                          "Invocations that ended, by cause.");
        free(text);
    }
    make_throttle_metrics(function);
}

struct lg_function *lg_function_new(const struct lg_function_env *env,
                                    const struct lg_config_function *config,
                                    struct lg_target *target, struct lg_slots *slots)
{
    static _Atomic uint64_t serials;
    struct lg_function *function = LG_NEW(struct lg_function);

    atomic_init(&function->references, 1);
    function->serial = atomic_fetch_add_explicit(&serials, 1, memory_order_relaxed) + 1;
    function->name = lg_strdup(config->name);
    function->arn =
        lg_sprintf("arn:aws:lambda:%s:%s:function:%s", env->region, env->account_id, config->name);
    function->timeout_ms = config->timeout_ms;
    function->queue_wait_ms = config->queue_wait_ms;
    function->memory_mb = config->memory_mb;
    function->concurrency = config->concurrency;
    function->slots = slots != NULL ? lg_slots_ref(slots) : lg_slots_new();
    function->target = target;
    lg_metrics_keep("function", function->name);
    make_metrics(function);
    return function;
}

struct lg_function *lg_function_ref(struct lg_function *function)
{
    atomic_fetch_add_explicit(&function->references, 1, memory_order_relaxed);
    return function;
}

void lg_function_unref(struct lg_function *function)
{
    if (function == NULL ||
        atomic_fetch_sub_explicit(&function->references, 1, memory_order_acq_rel) != 1)
        return;
    function->target->class->free(function->target);
    lg_slots_unref(function->slots);
    lg_metrics_drop("function", function->name);
    free(function->name);
    free(function->arn);
    free(function);
}

unsigned lg_function_references(const struct lg_function *function)
{
    return atomic_load_explicit(&function->references, memory_order_acquire);
}

uint64_t lg_function_serial(const struct lg_function *function)
{
    return function->serial;
}

const char *lg_function_name(const struct lg_function *function)
{
    return function->name;
}

const char *lg_function_arn(const struct lg_function *function)
{
    return function->arn;
}

int64_t lg_function_timeout_ms(const struct lg_function *function)
{
    return function->timeout_ms;
}

int64_t lg_function_queue_wait_ms(const struct lg_function *function)
{
    return function->queue_wait_ms;
}

int64_t lg_function_memory_mb(const struct lg_function *function)
{
    return function->memory_mb;
}

int64_t lg_function_concurrency(const struct lg_function *function)
{
    return function->concurrency;
}

struct lg_slots *lg_function_slots(const struct lg_function *function)
{
    return function->slots;
}

struct lg_target *lg_function_target(const struct lg_function *function)
{
    return function->target;
}

const struct lg_function_metrics *lg_function_metrics(const struct lg_function *function)
{
    return &function->metrics;
}
