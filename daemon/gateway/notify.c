/*
 * notify.c -- what the service manager is told: ready, reloading, stopping, and that
 * every loop still turns. Outside systemd all of it does nothing.
 */
#include <systemd/sd-daemon.h>

#include "base/clock.h"
#include "gateway/private.h"
#include "observe/log.h"

void lg_gateway_notify_ready(struct lg_gateway *gateway)
{
    const struct lg_config *config = lg_snapshot_config(gateway->snapshot);

    (void)sd_notifyf(0, "READY=1\nSTATUS=serving %zu routes, %zu functions", config->route_count,
                     config->function_count);
}

void lg_gateway_notify_reloading(void)
{
    (void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=reading the configuration",
                     (long long)lg_clock_mono_us());
}

/* The manager must not lose patience before the drain timeout does. */
void lg_gateway_notify_stopping(const struct lg_gateway *gateway)
{
    int64_t patience = lg_snapshot_config(gateway->snapshot)->drain_timeout_ms + 5000;

    (void)sd_notifyf(0, "STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=%lld",
                     (long long)patience * 1000);
}

/* --- the watchdog: loop 0 speaks for all, if all turned since it last spoke --- */

static void tick(struct lg_timer *timer)
{
    struct lg_lane *lane = LG_CONTAINER(timer, struct lg_lane, tick_timer);

    atomic_fetch_add_explicit(&lane->ticks, 1, memory_order_relaxed);
    lg_timer_set(lane->loop, timer, lg_loop_now_ms(lane->loop) + lane->gateway->tick_ms, tick);
}

static void speak(struct lg_timer *timer)
{
    struct lg_gateway *gateway = LG_CONTAINER(timer, struct lg_gateway, watchdog);
    struct lg_loop *loop = gateway->lanes[0].loop;
    bool all = true;

    for (unsigned i = 0; i < gateway->lane_count; i++) {
        struct lg_lane *lane = &gateway->lanes[i];
        unsigned ticks = atomic_load_explicit(&lane->ticks, memory_order_relaxed);

        if (ticks == lane->ticks_seen) {
            lg_log(LG_LOG_ERROR, "daemon", NULL, "loop %u does not turn", i);
            all = false;
        }
        lane->ticks_seen = ticks;
    }
    if (all)
        (void)sd_notify(0, "WATCHDOG=1");
    lg_timer_set(loop, timer, lg_loop_now_ms(loop) + 2 * gateway->tick_ms, speak);
}

void lg_gateway_watchdog(struct lg_gateway *gateway)
{
    uint64_t period_us;

    if (sd_watchdog_enabled(0, &period_us) <= 0)
        return;
    /* Spoken twice a period; every loop ticks twice as often, so that a tick is never missed. */
    gateway->tick_ms = (int64_t)(period_us / 1000 / 4);
    if (gateway->tick_ms < 1)
        gateway->tick_ms = 1;
    for (unsigned i = 0; i < gateway->lane_count; i++)
        lg_timer_set(gateway->lanes[i].loop, &gateway->lanes[i].tick_timer, 0, tick);
    lg_timer_set(gateway->lanes[0].loop, &gateway->watchdog,
                 lg_loop_now_ms(gateway->lanes[0].loop) + 2 * gateway->tick_ms, speak);
}

/* After the loops ended. */
void lg_gateway_watchdog_end(struct lg_gateway *gateway)
{
    for (unsigned i = 0; i < gateway->lane_count; i++) {
        if (gateway->lanes[i].loop != NULL)
            lg_timer_clear(gateway->lanes[i].loop, &gateway->lanes[i].tick_timer);
    }
    if (gateway->lanes[0].loop != NULL)
        lg_timer_clear(gateway->lanes[0].loop, &gateway->watchdog);
}
