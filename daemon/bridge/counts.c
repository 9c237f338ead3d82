/* counts.c -- what a bridge counts, as metrics and for its last line. */
#include "base/mem.h"
#include "bridge/parts.h"

void lg_bridge_get_metrics(struct lg_bridge *bridge)
{
    struct lg_bridge_metrics *metrics = &bridge->metrics;
    const struct {
        struct lg_metric **metric;
        enum lg_metric_type type;
        const char *name, *help;
    } all[] = {
        { &metrics->taken, LG_METRIC_COUNTER, "lambdagate_bridge_calls_total",
          "Calls that were taken from the queue." },
        { &metrics->answered, LG_METRIC_COUNTER, "lambdagate_bridge_replies_total",
          "Calls whose reply Redis has." },
        { &metrics->expired, LG_METRIC_COUNTER, "lambdagate_bridge_expired_total",
          "Calls that were not run: it was too late, or there was no room." },
        { &metrics->dropped, LG_METRIC_COUNTER, "lambdagate_bridge_dropped_total",
          "Calls without a reply: Redis did not take it in time, or their end is not known." },
        { &metrics->refused, LG_METRIC_COUNTER, "lambdagate_bridge_bad_requests_total",
          "What was in the queue and is no request." },
        { &metrics->in_flight, LG_METRIC_GAUGE, "lambdagate_bridge_in_flight",
          "Calls that were taken, until Redis has their reply." },
        { &metrics->up, LG_METRIC_GAUGE, "lambdagate_bridge_up",
          "Whether calls can be taken: both connections stand, and the time is known." },
    };
    struct lg_buf labels;
    const char *text;

    lg_buf_init(&labels, SIZE_MAX);
    lg_metric_label(&labels, "queue", bridge->env.queue);
    text = lg_arena_cstr(&bridge->arena, lg_buf_str(&labels));
    lg_buf_done(&labels);
    for (size_t i = 0; i < LG_COUNT(all); i++)
        *all[i].metric = lg_metric_get(all[i].type, all[i].name, text, all[i].help);
}

void lg_bridge_counts(const struct lg_bridge *bridge, struct lg_bridge_counts *ret_counts)
{
    const struct lg_bridge_metrics *metrics = &bridge->metrics;

    *ret_counts = (struct lg_bridge_counts){
        .taken = (uint64_t)lg_metric_value(metrics->taken),
        .answered = (uint64_t)lg_metric_value(metrics->answered),
        .expired = (uint64_t)lg_metric_value(metrics->expired),
        .dropped = (uint64_t)lg_metric_value(metrics->dropped),
        .refused = (uint64_t)lg_metric_value(metrics->refused),
    };
}
