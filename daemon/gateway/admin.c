/* admin.c -- what the admin listener may ask of the running daemon. */
#include <stdio.h>

#include "base/map.h"
#include "gateway/private.h"

static enum lg_admin_state state(void *context)
{
    struct lg_gateway *gateway = context;

    switch (atomic_load(&gateway->life)) {
    case LG_LIFE_STARTING:
        return LG_ADMIN_STARTING;
    case LG_LIFE_READY:
        return LG_ADMIN_READY;
    default:
        return LG_ADMIN_DRAINING;
    }
}

static struct lg_function *find_function(void *context, struct lg_str name)
{
    struct lg_gateway *gateway = context;
    struct lg_place *place = lg_map_get(gateway->functions, name);

    return place == NULL ? NULL : lg_function_ref(place->function);
}

static void each_function(void *context, void (*show)(void *to, struct lg_function *function),
                          void *to)
{
    struct lg_gateway *gateway = context;

    for (size_t i = 0; i < lg_map_count(gateway->functions); i++) {
        struct lg_place *place = lg_map_at(gateway->functions, i, NULL);

        show(to, place->function);
    }
}

static void each_route(void *context, void (*show)(void *to, const struct lg_config_route *route),
                       void *to)
{
    struct lg_gateway *gateway = context;
    const struct lg_config *config = lg_snapshot_config(gateway->snapshot);

    for (size_t i = 0; i < config->route_count; i++)
        show(to, &config->routes[i]);
}

static enum lg_err reload(void *context, void (*on_end)(void *to, const struct lg_faults *faults),
                          void *to)
{
    return lg_gateway_reload(context, on_end, to);
}

static void refresh_mailbox(const struct lg_lane *lane)
{
    char labels[32];

    (void)snprintf(labels, sizeof(labels), "loop=\"%u\"", lane->index);
    lg_metric_set(lg_metric_get(LG_METRIC_GAUGE, "lambdagate_loop_mailbox_depth", labels,
                                "Letters of other threads that wait for a loop."),
                  (int64_t)lg_mailbox_depth(lane->mailbox));
}

static void refresh(void *context)
{
    struct lg_gateway *gateway = context;

    for (unsigned i = 0; i < gateway->lane_count; i++)
        refresh_mailbox(&gateway->lanes[i]);
    lg_metric_set(lg_metric_get(LG_METRIC_GAUGE, "lambdagate_memory_budget_used_bytes", "",
                                "Memory that requests hold of limits.memory_budget."),
                  (int64_t)lg_budget_used(&gateway->shared.memory));
    lg_metric_set(lg_metric_get(LG_METRIC_GAUGE, "lambdagate_memory_budget_bytes", "",
                                "limits.memory_budget."),
                  (int64_t)atomic_load(&gateway->shared.memory.limit));
}

void lg_gateway_fill_admin(struct lg_gateway *gateway)
{
    const struct lg_config *config = lg_snapshot_config(gateway->snapshot);

    gateway->admin = (struct lg_admin){
        .host = gateway->admin_host,
        .invoke_auth_none = config->invoke_auth_none,
        .account_id = gateway->account_id,
        .region = gateway->region,
        .payload_bytes = config->limits.payload_bytes,
        .result_bytes = config->limits.result_bytes,
        .pool = gateway->shared.pool,
        .mailbox = gateway->lanes[0].mailbox,
        .context = gateway,
        .state = state,
        .find_function = find_function,
        .each_function = each_function,
        .each_route = each_route,
        .reload = reload,
        .refresh = refresh,
    };
}
