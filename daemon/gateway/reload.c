/*
 * reload.c -- a new configuration under traffic.
 *
 *     load and build (a thread) -> what must not change -> Redis -> new functions on their loops
 *       -> swap loop by loop -> functions that nobody wants any more retire
 *
 * Until the swap nothing is changed: a bad file leaves everything as it was, and says why. A
 * request follows the snapshot that it began with to its end.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "config/fixed.h"
#include "gateway/private.h"
#include "observe/log.h"

struct lg_reload {
    struct lg_gateway *gateway;
    char *file;
    struct lg_faults *faults;
    struct lg_snapshot *snapshot; /* the new one */
    struct lg_map *functions;     /* name -> struct lg_place, adopted and new */
    pthread_t thread;
    struct lg_letter built_letter;
    struct lg_timer redis_timer; /* until every loop has entered it */
    int64_t redis_by_ms;
    unsigned to_open, to_swap;
    void (*on_end)(void *context, const struct lg_faults *faults);
    void *context;
};

/* What a lane is handed. */
struct swap {
    struct lg_letter letter, swapped;
    struct lg_lane *lane;
    struct lg_reload *reload;
    struct lg_snapshot *snapshot; /* one reference */
};

static void end_reload(struct lg_reload *reload)
{
    struct lg_gateway *gateway = reload->gateway;
    size_t faults = lg_faults_count(reload->faults);

    gateway->reload = NULL;
    lg_gateway_notify_ready(gateway);
    lg_metric_add(lg_metric_get(LG_METRIC_COUNTER, "lambdagate_reloads_total",
                                faults == 0 ? "result=\"ok\"" : "result=\"refused\"",
                                "Reloads of the configuration."),
                  1);
    for (size_t i = 0; i < faults; i++)
        lg_log(LG_LOG_ERROR, "reload", NULL, "%s", lg_faults_line(reload->faults, i));
    if (faults == 0)
        lg_log(LG_LOG_INFO, "reload", NULL, "done: %zu routes, %zu functions",
               lg_snapshot_config(gateway->snapshot)->route_count,
               lg_map_count(gateway->functions));
    else
        lg_log(LG_LOG_ERROR, "reload", NULL, "refused, the configuration in use stays");
    if (reload->on_end != NULL)
        reload->on_end(reload->context, reload->faults);
    lg_faults_free(reload->faults);
    free(reload->file);
    free(reload);
    if (gateway->drain_wanted != NULL)
        lg_gateway_begin_drain(gateway, gateway->drain_wanted);
    else if (gateway->reload_again)
        lg_gateway_reload_soon(gateway);
}

/* --- swap --- */

static void retire_unwanted(struct lg_gateway *gateway)
{
    for (struct lg_link *link = lg_list_first(&gateway->places); link != NULL;
         link = lg_list_after(&gateway->places, link)) {
        struct lg_place *place = LG_LIST_OF(link, struct lg_place, link);
        struct lg_str name = lg_str_of(lg_function_name(place->function));

        if (place->state == LG_PLACE_ACTIVE && lg_map_get(gateway->functions, name) != place)
            lg_place_retire(place);
    }
}

static void on_swapped(struct lg_letter *letter)
{
    struct swap *swap = LG_CONTAINER(letter, struct swap, swapped);
    struct lg_reload *reload = swap->reload;

    free(swap);
    if (--reload->to_swap > 0)
        return;
    retire_unwanted(reload->gateway);
    end_reload(reload);
}

static void swap_lane(struct lg_letter *letter)
{
    struct swap *swap = LG_CONTAINER(letter, struct swap, letter);
    struct lg_lane *lane = swap->lane;
    struct lg_snapshot *old = lane->front.snapshot;

    lane->front.snapshot = swap->snapshot;
    lg_lane_set_limits(lane, lg_snapshot_config(swap->snapshot));
    lg_snapshot_unref(old);
    lg_mailbox_post_always(lane->gateway->lanes[0].mailbox, &swap->swapped, on_swapped);
}

/* The memory of its connections was made for heads as large as they could be at the start. */
static void set_admin_limits(struct lg_gateway *gateway, const struct lg_config *config)
{
    const struct lg_listen_limits old = gateway->admin_limits;

    gateway->admin_limits = lg_gateway_admin_limits(config);
    gateway->admin_limits.header_bytes = old.header_bytes;
    gateway->admin_limits.headers = old.headers;
    gateway->admin.payload_bytes = config->limits.payload_bytes;
    gateway->admin.result_bytes = config->limits.result_bytes;
}

static struct lg_function *find_function(void *context, const char *name)
{
    struct lg_reload *reload = context;
    struct lg_place *place = lg_map_get(reload->functions, lg_str_of(name));

    return lg_function_ref(place->function);
}

static void swap_all(struct lg_reload *reload)
{
    struct lg_gateway *gateway = reload->gateway;
    const struct lg_config *config = lg_snapshot_config(reload->snapshot);

    lg_snapshot_attach(reload->snapshot, find_function, reload);
    if (lg_gateway_attach_keys(gateway, reload->snapshot) != LG_OK)
        lg_log(LG_LOG_ERROR, "reload", NULL, "cannot start the thread that fetches keys");
    lg_snapshot_unref(gateway->snapshot);
    gateway->snapshot = reload->snapshot;
    lg_map_free(gateway->functions, NULL);
    gateway->functions = reload->functions;
    lg_gateway_set_shared(gateway, config);
    set_admin_limits(gateway, config);
    lg_log_set_level((enum lg_log_level)config->log.level);
    reload->to_swap = gateway->lane_count;
    for (unsigned i = 0; i < gateway->lane_count; i++) {
        struct swap *swap = LG_NEW(struct swap);

        swap->lane = &gateway->lanes[i];
        swap->reload = reload;
        swap->snapshot = lg_snapshot_ref(reload->snapshot);
        lg_mailbox_post_always(swap->lane->mailbox, &swap->letter, swap_lane);
    }
}

/* --- functions --- */

static void on_opened(struct lg_letter *letter)
{
    struct lg_place *place = LG_CONTAINER(letter, struct lg_place, drained_letter);
    struct lg_reload *reload = place->gateway->reload;

    if (--reload->to_open == 0)
        swap_all(reload);
}

static void open_at_home(struct lg_letter *letter)
{
    struct lg_place *place = LG_CONTAINER(letter, struct lg_place, letter);

    lg_place_open(place);
    lg_mailbox_post_always(place->gateway->lanes[0].mailbox, &place->drained_letter, on_opened);
}

static void open_functions(struct lg_reload *reload)
{
    struct lg_gateway *gateway = reload->gateway;
    const struct lg_config *config = lg_snapshot_config(reload->snapshot);

    reload->functions = lg_map_new();
    reload->to_open = 1;
    for (size_t i = 0; i < config->function_count; i++) {
        const struct lg_config_function *function = &config->functions[i];
        struct lg_place *place = lg_map_get(gateway->functions, lg_str_of(function->name));
        bool adopted = place != NULL && lg_place_is(place, function);

        if (!adopted)
            place = lg_place_new(gateway, function);
        lg_gateway_name_place(reload->functions, function->name, place);
        if (adopted)
            continue;
        reload->to_open++;
        lg_mailbox_post_always(place->home->mailbox, &place->letter, open_at_home);
    }
    if (--reload->to_open == 0)
        swap_all(reload);
}

/* --- what must not change --- */

/* A file that was cut to nothing is a file half written, and not what anybody wants served. */
static void check_content(struct lg_reload *reload)
{
    const struct lg_config *config = lg_snapshot_config(reload->snapshot);
    const struct lg_where where = { reload->file, 0, "" };

    if (config->route_count == 0 && config->function_count == 0)
        lg_faults_add(reload->faults, &where,
                      "found neither routes nor functions, expected some: stop the daemon if it is "
                      "to serve nothing");
}

/* --- the beginning --- */

/* Functions behind a Redis that this configuration names first are called once it knows us. */
static void await_redis(struct lg_timer *timer)
{
    struct lg_reload *reload = LG_CONTAINER(timer, struct lg_reload, redis_timer);
    struct lg_loop *loop = reload->gateway->lanes[0].loop;
    int64_t now_ms = lg_loop_now_ms(loop);

    if (lg_gateway_awaits_redis(reload->gateway) && now_ms < reload->redis_by_ms)
        lg_timer_set(loop, timer, now_ms + LG_AWAIT_LOOK_MS, await_redis);
    else
        open_functions(reload);
}

static void on_built(struct lg_letter *letter)
{
    struct lg_reload *reload = LG_CONTAINER(letter, struct lg_reload, built_letter);
    struct lg_gateway *gateway = reload->gateway;

    pthread_join(reload->thread, NULL);
    if (reload->snapshot != NULL) {
        lg_config_check_fixed(lg_snapshot_config(gateway->snapshot),
                              lg_snapshot_config(reload->snapshot), reload->faults);
        check_content(reload);
    }
    if (gateway->drain_wanted != NULL) {
        const struct lg_where where = { reload->file, 0, "" };

        lg_faults_add(reload->faults, &where, "the daemon is stopping");
    }
    if (lg_faults_count(reload->faults) == 0 &&
        lg_gateway_prepare_outward(gateway, lg_snapshot_config(reload->snapshot), reload->faults) &&
        lg_gateway_prepare_redis(gateway, lg_snapshot_config(reload->snapshot), reload->faults)) {
        (void)lg_gateway_enter_redis(gateway, true);
        reload->redis_by_ms = lg_loop_now_ms(gateway->lanes[0].loop) + LG_AWAITED_MS;
        await_redis(&reload->redis_timer);
        return;
    }
    lg_snapshot_unref(reload->snapshot);
    end_reload(reload);
}

/* Reading and compiling may take long: no loop waits for it. */
static void *build(void *context)
{
    struct lg_reload *reload = context;
    struct lg_config *config = lg_config_load(reload->file, reload->faults);

    if (config != NULL)
        reload->snapshot = lg_snapshot_build(config, reload->faults);
    lg_mailbox_post_always(reload->gateway->lanes[0].mailbox, &reload->built_letter, on_built);
    return NULL;
}

enum lg_err lg_gateway_reload(struct lg_gateway *gateway,
                              void (*on_end)(void *context, const struct lg_faults *faults),
                              void *context)
{
    struct lg_reload *reload;

    if (atomic_load(&gateway->life) != LG_LIFE_READY)
        return LG_ERR_CLOSED;
    if (gateway->reload != NULL)
        return LG_ERR_BUSY;
    reload = LG_NEW(struct lg_reload);
    reload->gateway = gateway;
    reload->file = lg_strdup(lg_snapshot_config(gateway->snapshot)->file);
    reload->faults = lg_faults_new();
    reload->on_end = on_end;
    reload->context = context;
    gateway->reload = reload;
    lg_log(LG_LOG_INFO, "reload", NULL, "reading %s", reload->file);
    lg_gateway_notify_reloading();
    if (pthread_create(&reload->thread, NULL, build, reload) == 0)
        return LG_OK;
    gateway->reload = NULL;
    lg_gateway_notify_ready(gateway);
    lg_faults_free(reload->faults);
    free(reload->file);
    free(reload);
    return LG_ERR_FULL;
}

void lg_gateway_reload_soon(struct lg_gateway *gateway)
{
    enum lg_err err = lg_gateway_reload(gateway, NULL, NULL);

    gateway->reload_again = err == LG_ERR_BUSY || atomic_load(&gateway->life) == LG_LIFE_STARTING;
    if (err == LG_ERR_FULL)
        lg_log(LG_LOG_ERROR, "reload", NULL, "cannot start a thread for it");
}
