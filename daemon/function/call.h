/*
 * call.h -- private to function/: what a call needs to know of its function.
 */
#ifndef LG_FUNCTION_CALL_H
#define LG_FUNCTION_CALL_H

#include "function/function.h"
#include "observe/metrics.h"

/* What was full. */
enum lg_throttle { LG_THROTTLE_CONCURRENCY, LG_THROTTLE_QUEUE, LG_THROTTLE_QUEUE_WAIT };
#define LG_THROTTLES (LG_THROTTLE_QUEUE_WAIT + 1)

struct lg_function_metrics {
    struct lg_metric *running;
    struct lg_histogram *duration;
    struct lg_metric *ended[LG_CAUSE_COUNT];
    struct lg_metric *throttled[LG_THROTTLES];
};

const struct lg_function_metrics *lg_function_metrics(const struct lg_function *function);
int64_t lg_function_queue_wait_ms(const struct lg_function *function);

#endif
