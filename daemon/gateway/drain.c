/*
 * drain.c -- the end in order: listeners, requests, invocations, workers, loops.
 *
 *     begin -> every lane: no connection left -> every function: drained -> loops stop
 *
 * A deadline over all of it, or a second signal, cuts what is left.
 */
#include <signal.h>

#include "base/map.h"
#include "gateway/private.h"
#include "observe/log.h"

#define LOOK_MS 20 /* how often a lane looks whether its last connection is gone */

static void stop_loops(struct lg_gateway *gateway)
{
    lg_timer_clear(gateway->lanes[0].loop, &gateway->deadline);
    for (unsigned i = 0; i < gateway->lane_count; i++)
        lg_loop_stop(gateway->lanes[i].loop);
}

void lg_gateway_cut(struct lg_gateway *gateway, const char *why)
{
    lg_log(LG_LOG_ERROR, "daemon", NULL, "stops at once: %s; requests that are cut: %zu", why,
           lg_budget_used(&gateway->shared.requests));
    gateway->exit_status = 1;
    stop_loops(gateway);
}

/* --- functions --- */

void lg_gateway_place_drained(struct lg_gateway *gateway)
{
    /* A function that a reload had retired may end while requests still do: nobody counts yet. */
    if (gateway->places_to_drain > 0 && --gateway->places_to_drain == 0 &&
        !lg_gateway_leave_redis(gateway, stop_loops))
        stop_loops(gateway);
}

static void drain_functions(struct lg_gateway *gateway)
{
    struct lg_link *link = lg_list_first(&gateway->places);

    gateway->places_to_drain = 1;
    for (; link != NULL; link = lg_list_after(&gateway->places, link)) {
        struct lg_place *place = LG_LIST_OF(link, struct lg_place, link);

        if (place->state == LG_PLACE_DRAINED)
            continue;
        gateway->places_to_drain++;
        lg_place_drain(place);
    }
    lg_gateway_place_drained(gateway);
}

/* --- lanes --- */

static void lane_drained(struct lg_letter *letter)
{
    struct lg_lane *lane = LG_CONTAINER(letter, struct lg_lane, drained_letter);
    struct lg_gateway *gateway = lane->gateway;

    if (--gateway->lanes_to_drain == 0)
        drain_functions(gateway);
}

static void look_at_lane(struct lg_timer *timer)
{
    struct lg_lane *lane = LG_CONTAINER(timer, struct lg_lane, drain_timer);

    if (lg_server_connections(lane->server) == 0 && lane->front.requests == 0) {
        lg_mailbox_post_always(lane->gateway->lanes[0].mailbox, &lane->drained_letter,
                               lane_drained);
        return;
    }
    /* A connection that was idle but for an unread request ends with that request's answer. */
    lg_server_drain(lane->server);
    lg_timer_set(lane->loop, timer, lg_loop_now_ms(lane->loop) + LOOK_MS, look_at_lane);
}

static void drain_lane(struct lg_letter *letter)
{
    struct lg_lane *lane = LG_CONTAINER(letter, struct lg_lane, drain_letter);

    look_at_lane(&lane->drain_timer);
}

static void on_deadline(struct lg_timer *timer)
{
    lg_gateway_cut(LG_CONTAINER(timer, struct lg_gateway, deadline), "drain_timeout is over");
}

void lg_gateway_begin_drain(struct lg_gateway *gateway, const char *why)
{
    struct lg_loop *loop = gateway->lanes[0].loop;
    int64_t patience = lg_snapshot_config(gateway->snapshot)->drain_timeout_ms;

    if (atomic_load(&gateway->life) == LG_LIFE_DRAINING ||
        (gateway->reload != NULL && gateway->drain_wanted != NULL)) {
        lg_gateway_cut(gateway, why);
        return;
    }
    lg_timer_set(loop, &gateway->deadline, lg_loop_now_ms(loop) + patience, on_deadline);
    /* A reload is making functions: it ends first, which takes milliseconds unless its file stalls.
     */
    if (gateway->reload != NULL) {
        gateway->drain_wanted = why;
        lg_log(LG_LOG_INFO, "daemon", NULL, "stopping once the reload has ended: %s", why);
        return;
    }
    lg_log(LG_LOG_INFO, "daemon", NULL, "stopping: %s", why);
    atomic_store(&gateway->life, LG_LIFE_DRAINING);
    lg_gateway_notify_stopping(gateway);
    lg_listener_close(gateway->public_listener);
    gateway->public_listener = NULL;
    gateway->lanes_to_drain = gateway->lane_count;
    for (unsigned i = 0; i < gateway->lane_count; i++)
        lg_mailbox_post_always(gateway->lanes[i].mailbox, &gateway->lanes[i].drain_letter,
                               drain_lane);
}
