/*
 * call.h -- private to function/: what a call needs to know of its function.
 */
#ifndef LG_FUNCTION_CALL_H
#define LG_FUNCTION_CALL_H

#include "function/function.h"
#include "observe/metrics.h"

struct lg_function_metrics {
    struct lg_metric *running;
    struct lg_metric *duration;
    struct lg_metric *ended[LG_CAUSE_COUNT];
};

const struct lg_function_metrics *lg_function_metrics(const struct lg_function *function);
int64_t lg_function_queue_wait_ms(const struct lg_function *function);

#endif
