/* gateway.c -- builds what the loops share and the loops, runs them, takes them apart. */
#include "gateway/gateway.h"

#include <assert.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/mem.h"
#include "gateway/private.h"
#include "observe/log.h"
#include "process/startup.h"
#include "redis/redis.h"
#include "target/runtime_directory.h"

#define CPU_THREADS 2 /* for large bodies, at most */
#define CPU_JOBS 1024
#define LOOPS_BY_DEFAULT 4
/* At the admin address, beside a request's head: that of its answer, and a window of its body. */
#define HEAD_MEMORY 12288
#define FIELD_MEMORY 64 /* of libmicrohttpd, for each header field */
#define ADMIN_IDLE_S 300

/* Processors that we may use. */
static unsigned usable_cpus(void)
{
    cpu_set_t cpus;

    return sched_getaffinity(0, sizeof(cpus), &cpus) != 0 ? 1 : (unsigned)CPU_COUNT(&cpus);
}

unsigned lg_gateway_loops(const struct lg_config *config)
{
    unsigned count = usable_cpus();

    if (config->loops > 0)
        return (unsigned)config->loops;
    return count < LOOPS_BY_DEFAULT ? count : LOOPS_BY_DEFAULT;
}

/* One processor is left for the loops, whatever large bodies need. */
static unsigned cpu_threads(void)
{
    return usable_cpus() > CPU_THREADS ? CPU_THREADS : 1;
}

/* --- functions --- */

void lg_gateway_name_place(struct lg_map *functions, const char *name, struct lg_place *place)
{
    enum lg_err err = lg_map_put(functions, lg_str_of(name), place);

    assert(err == LG_OK);
    (void)err;
}

static void open_functions(struct lg_gateway *gateway)
{
    const struct lg_config *config = lg_snapshot_config(gateway->snapshot);

    for (size_t i = 0; i < config->function_count; i++) {
        struct lg_place *place = lg_place_new(gateway, &config->functions[i]);

        lg_place_open(place);
        lg_gateway_name_place(gateway->functions, config->functions[i].name, place);
    }
}

static struct lg_function *find_function(void *context, const char *name)
{
    struct lg_gateway *gateway = context;
    struct lg_place *place = lg_map_get(gateway->functions, lg_str_of(name));

    return lg_function_ref(place->function);
}

static void free_places(struct lg_gateway *gateway)
{
    while (!lg_list_empty(&gateway->places))
        lg_place_free_now(LG_LIST_OF(lg_list_first(&gateway->places), struct lg_place, link));
}

/* --- listeners --- */

/* Binds, says where, and starts accepting. NULL after the reason was logged. */
static struct lg_listener *open_listener(struct lg_gateway *gateway,
                                         struct lg_server *const *servers, size_t count,
                                         const struct lg_config_address *where, unsigned mode,
                                         const struct lg_service *service, const char *what)
{
    int fd;

    if (lg_startup_listen(where, mode, what, &fd) != LG_OK)
        return NULL;
    return lg_listener_open(servers, gateway->mailboxes, count, fd, service);
}

static struct lg_metric *connection_metric(unsigned loop)
{
    char labels[32];

    (void)snprintf(labels, sizeof(labels), "loop=\"%u\"", loop);
    return lg_metric_get(LG_METRIC_COUNTER, "lambdagate_loop_connections_total", labels,
                         "Connections of clients that a loop got.");
}

static bool open_public(struct lg_gateway *gateway)
{
    const struct lg_config *config = lg_snapshot_config(gateway->snapshot);

    for (unsigned i = 0; i < gateway->lane_count; i++) {
        struct lg_lane *lane = &gateway->lanes[i];

        gateway->services[i] = (struct lg_service){
            .limits = &lane->limits,
            .connections = connection_metric(i),
            .on_request = lg_request_begin,
            .on_refuse = lg_request_refuse,
            .context = &lane->front,
        };
    }
    gateway->services[0].open = lg_metric_get(LG_METRIC_GAUGE, "lambdagate_connections", "",
                                              "Connections of clients that are open.");
    gateway->public_listener = open_listener(gateway, gateway->servers, gateway->lane_count,
                                             &config->listen, 0666, gateway->services, "listening");
    return gateway->public_listener != NULL;
}

/*
 * libmicrohttpd clears this much after every request: no more than a head at its limits needs.
 */
static size_t connection_memory(const struct lg_config *config)
{
    return (size_t)config->limits.header_bytes + (size_t)config->limits.headers * FIELD_MEMORY +
           HEAD_MEMORY;
}

static bool open_admin(struct lg_gateway *gateway)
{
    const struct lg_config *config = lg_snapshot_config(gateway->snapshot);
    const struct lg_server_options options = { ADMIN_IDLE_S, true, connection_memory(config) };

    gateway->admin_limits = lg_gateway_admin_limits(config);
    gateway->admin_server = lg_server_new(gateway->lanes[0].loop, &options);
    if (gateway->admin_server == NULL)
        return false;
    lg_gateway_fill_admin(gateway);
    gateway->admin_service = (struct lg_service){
        .limits = &gateway->admin_limits,
        .on_request = lg_admin_request,
        .context = &gateway->admin,
    };
    gateway->admin_listener =
        open_listener(gateway, &gateway->admin_server, 1, &config->admin,
                      (unsigned)config->admin_mode, &gateway->admin_service, "admin");
    gateway->admin_path = config->admin.path == NULL ? NULL : lg_strdup(config->admin.path);
    if (gateway->admin_listener != NULL && config->invoke_auth_none && config->admin.path == NULL)
        lg_log(LG_LOG_WARN, "listen", NULL,
               "invoke_auth: none: every process of this machine may invoke every function through "
               "the admin address");
    return gateway->admin_listener != NULL;
}

/* --- signals --- */

static void on_signal(struct lg_watch *watch, uint32_t events)
{
    struct lg_gateway *gateway = LG_CONTAINER(watch, struct lg_gateway, signal_watch);
    struct signalfd_siginfo info;

    (void)events;
    while (read(gateway->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
        if (info.ssi_signo == SIGHUP)
            lg_gateway_reload_soon(gateway);
        else
            lg_gateway_begin_drain(gateway, strsignal((int)info.ssi_signo));
    }
}

static bool open_signals(struct lg_gateway *gateway)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    gateway->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return gateway->signals >= 0 && lg_watch_add(gateway->lanes[0].loop, &gateway->signal_watch,
                                                 gateway->signals, EPOLLIN, on_signal) == LG_OK;
}

/* --- life --- */

static bool open_redis(struct lg_gateway *gateway)
{
    struct lg_faults *faults = lg_faults_new();
    const struct lg_config *config = lg_snapshot_config(gateway->snapshot);
    bool good = lg_gateway_prepare_redis(gateway, config, faults) &&
                lg_gateway_enter_redis(gateway, false) &&
                lg_gateway_prepare_outward(gateway, config, faults);

    for (size_t i = 0; i < lg_faults_count(faults); i++)
        lg_log(LG_LOG_ERROR, "daemon", NULL, "%s", lg_faults_line(faults, i));
    lg_faults_free(faults);
    return good;
}

static bool open_all(struct lg_gateway *gateway)
{
    for (unsigned i = 0; i < gateway->lane_count; i++) {
        if (!lg_lane_open(gateway, i)) {
            lg_log(LG_LOG_ERROR, "daemon", NULL, "cannot start loop %u: %s", i, strerror(errno));
            return false;
        }
    }
    if (!open_signals(gateway)) {
        lg_log(LG_LOG_ERROR, "daemon", NULL, "cannot watch signals: %s", strerror(errno));
        return false;
    }
    gateway->shared.pool = lg_pool_new(cpu_threads(), CPU_JOBS);
    if (gateway->shared.pool == NULL) {
        lg_log(LG_LOG_ERROR, "daemon", NULL, "cannot start a CPU thread: %s", strerror(errno));
        return false;
    }
    /* Sockets first: a port that is taken ends the start before any worker is spawned. */
    if (!open_public(gateway) || !open_admin(gateway))
        return false;
    if (!open_redis(gateway))
        return false;
    open_functions(gateway);
    lg_snapshot_attach(gateway->snapshot, find_function, gateway);
    if (lg_gateway_attach_keys(gateway, gateway->snapshot) != LG_OK) {
        lg_log(LG_LOG_ERROR, "daemon", NULL, "cannot start the thread that fetches keys: %s",
               strerror(errno));
        return false;
    }
    return true;
}

struct lg_gateway *lg_gateway_open(struct lg_snapshot *snapshot, struct lg_keeper *keeper)
{
    struct lg_gateway *gateway = LG_NEW(struct lg_gateway);
    const struct lg_config *config = lg_snapshot_config(snapshot);
    unsigned count = lg_gateway_loops(config);

    gateway->snapshot = snapshot;
    gateway->keeper = keeper;
    gateway->signals = -1;
    gateway->credentials = lg_credential_home_new();
    gateway->lane_count = count;
    gateway->lanes = lg_calloc(count, sizeof(struct lg_lane));
    gateway->mailboxes = lg_calloc(count, sizeof(struct lg_mailbox *));
    gateway->servers = lg_calloc(count, sizeof(struct lg_server *));
    gateway->services = lg_calloc(count, sizeof(struct lg_service));
    gateway->functions = lg_map_new();
    lg_list_init(&gateway->places);
    gateway->account_id = lg_strdup(config->account_id);
    gateway->region = lg_strdup(config->region);
    gateway->admin_host = config->admin.host == NULL ? NULL : lg_strdup(config->admin.host);
    lg_gateway_set_shared(gateway, config);
    gateway->function_env = (struct lg_function_env){ gateway->account_id, gateway->region };
    gateway->runtime_directory = lg_runtime_directory();
    if (!open_all(gateway)) {
        lg_gateway_free(gateway);
        return NULL;
    }
    return gateway;
}

/* Not before the keys are there, unless they take too long: then requests find out by themselves.
 */
static void become_ready(struct lg_timer *timer)
{
    struct lg_gateway *gateway = LG_CONTAINER(timer, struct lg_gateway, ready_timer);
    int64_t now_ms = lg_clock_mono_ms();

    if (atomic_load(&gateway->life) != LG_LIFE_STARTING)
        return;
    if ((lg_gateway_awaits_keys(gateway) || lg_gateway_awaits_redis(gateway)) &&
        now_ms < gateway->ready_by_ms) {
        lg_timer_set(gateway->lanes[0].loop, timer, now_ms + LG_AWAIT_LOOK_MS, become_ready);
        return;
    }
    atomic_store(&gateway->life, LG_LIFE_READY);
    lg_gateway_notify_ready(gateway);
    lg_log(LG_LOG_INFO, "daemon", NULL, "ready: %zu routes, %zu functions, %u loops",
           lg_snapshot_config(gateway->snapshot)->route_count, lg_map_count(gateway->functions),
           gateway->lane_count);
    if (gateway->reload_again)
        lg_gateway_reload_soon(gateway);
}

int lg_gateway_run(struct lg_gateway *gateway)
{
    lg_gateway_watchdog(gateway);
    for (unsigned i = 1; i < gateway->lane_count; i++) {
        if (!lg_lane_start(&gateway->lanes[i])) {
            lg_log(LG_LOG_ERROR, "daemon", NULL, "cannot start the thread of loop %u", i);
            gateway->exit_status = 1;
            return 1;
        }
    }
    gateway->ready_by_ms = lg_clock_mono_ms() + LG_AWAITED_MS;
    become_ready(&gateway->ready_timer);
    lg_loop_run(gateway->lanes[0].loop);
    return gateway->exit_status;
}

static void close_listeners(struct lg_gateway *gateway)
{
    lg_listener_close(gateway->public_listener);
    lg_listener_close(gateway->admin_listener);
    if (gateway->admin_listener != NULL && gateway->admin_path != NULL)
        unlink(gateway->admin_path);
    lg_server_free(gateway->admin_server);
    if (gateway->lanes[0].loop != NULL)
        lg_timer_clear(gateway->lanes[0].loop, &gateway->retire_timer);
    if (gateway->lanes[0].loop != NULL)
        lg_timer_clear(gateway->lanes[0].loop, &gateway->ready_timer);
    if (gateway->signals >= 0) {
        lg_watch_remove(gateway->lanes[0].loop, &gateway->signal_watch);
        close(gateway->signals);
    }
}

/* Where one that was cut short is still found, so that nothing of it counts as leaked. */
static struct lg_gateway *left_behind __attribute__((used));

void lg_gateway_free(struct lg_gateway *gateway)
{
    for (unsigned i = 0; i < gateway->lane_count; i++)
        lg_lane_join(&gateway->lanes[i]);
    lg_gateway_control_end(gateway);
    if (gateway->exit_status != 0) {
        /*
         * Cut short: requests and workers are where they are, and taking them apart by hand would
         * only find new ways to fail. The keeper kills every worker; the kernel does the rest.
         */
        left_behind = gateway;
        if (gateway->admin_path != NULL)
            unlink(gateway->admin_path);
        for (unsigned i = 0; i < gateway->lane_count; i++)
            lg_keeper_detach(gateway->lanes[i].keeper);
        lg_keeper_free(gateway->keeper);
        return;
    }
    lg_pool_free(gateway->shared.pool);
    close_listeners(gateway);
    lg_gateway_watchdog_end(gateway);
    for (unsigned i = 0; i < gateway->lane_count; i++)
        lg_lane_close(&gateway->lanes[i]);
    lg_snapshot_unref(gateway->snapshot);
    lg_map_free(gateway->functions, NULL);
    free_places(gateway);
    lg_redis_free(gateway->redis);
    lg_lookups_free(gateway->lookups);
    lg_credential_home_free(gateway->credentials);
    lg_gateway_control_free(gateway);
    lg_keeper_free(gateway->keeper);
    for (unsigned i = 0; i < gateway->lane_count; i++)
        lg_loop_free(gateway->lanes[i].loop);
    free(gateway->runtime_directory);
    free(gateway->account_id);
    free(gateway->region);
    free(gateway->admin_host);
    free(gateway->admin_path);
    free(gateway->lanes);
    free(gateway->mailboxes);
    free(gateway->servers);
    free(gateway->services);
    free(gateway);
}
