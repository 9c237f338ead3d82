/*
 * worker.c -- builds the loop of `lambdagate worker` and what lives on it, ends it in
 * order.
 *
 *     signal -> the bridge takes no more -> last reply -> the pool is drained -> the loop stops
 *
 * A second signal, or drain_timeout over all of it, cuts what is left: the keeper kills it.
 */
#include "process/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "base/mem.h"
#include "bridge/bridge.h"
#include "cloud/credential_set.h"
#include "keeper/keeper.h"
#include "listen/server.h"
#include "observe/log.h"
#include "process/startup.h"
#include "process/worker_admin.h"
#include "target/runtime_directory.h"
#include "target/starts.h"
#include "target/workers.h"
#include "wire/mailbox.h"

#define MAILBOX_ROOM 65536
#define LOOKUP_THREADS 1
#define LOOKUPS 256
#define STOP_MARGIN_MS 5000 /* the service manager must not lose patience first */

struct process {
    const struct lg_worker_options *options;
    struct lg_keeper *keeper;
    struct lg_keeper_line *line;
    struct lg_loop *loop;
    struct lg_mailbox *mailbox;
    struct lg_server *runtime;
    struct lg_lookups *lookups;
    struct lg_resolver *resolver;
    struct lg_tls_client *tls;
    struct lg_credential_home *credentials;
    char *runtime_directory, *arn;
    struct lg_starts starts;
    struct lg_workers_limits limits;
    struct lg_target *target;
    struct lg_bridge *bridge;
    struct lg_worker_admin *admin;
    int signals;
    struct lg_watch signal_watch;
    struct lg_timer deadline, leave_timer;
    bool draining;
    int status;
};

/* --- the end ---------------------------------------------------------------------------------- */

static void cut(struct process *process, const char *why)
{
    lg_log(LG_LOG_ERROR, "worker", NULL, "stops at once: %s", why);
    process->status = 1;
    lg_loop_stop(process->loop);
}

static void on_keeper_lost(void *context)
{
    cut(context, "the keeper died, workers can no longer be supervised");
}

static void on_deadline(struct lg_timer *timer)
{
    cut(LG_CONTAINER(timer, struct process, deadline), "drain_timeout is over");
}

static void say_counts(const struct lg_bridge *bridge);

static void on_leave(struct lg_timer *timer)
{
    lg_loop_stop(LG_CONTAINER(timer, struct process, leave_timer)->loop);
}

/* Connections are let go of at the end of a turn: the loop turns once more after the bridge went.
 */
static void on_pool_drained(void *context)
{
    struct process *process = context;

    say_counts(process->bridge);
    lg_bridge_free(process->bridge);
    process->bridge = NULL;
    lg_timer_set(process->loop, &process->leave_timer, lg_loop_now_ms(process->loop) + 1, on_leave);
}

static void on_bridge_drained(void *context)
{
    struct process *process = context;

    process->target->class->drain(process->target, on_pool_drained, process);
}

static void begin_drain(struct process *process, const char *why)
{
    int64_t patience = process->options->drain_timeout_ms;

    if (process->draining) {
        cut(process, why);
        return;
    }
    process->draining = true;
    lg_log(LG_LOG_INFO, "worker", NULL, "stopping: %s", why);
    (void)sd_notifyf(0, "STOPPING=1\nSTATUS=draining\nEXTEND_TIMEOUT_USEC=%lld",
                     (long long)(patience + STOP_MARGIN_MS) * 1000);
    lg_timer_set(process->loop, &process->deadline, lg_loop_now_ms(process->loop) + patience,
                 on_deadline);
    lg_bridge_drain(process->bridge, on_bridge_drained, process);
}

static void on_signal(struct lg_watch *watch, uint32_t events)
{
    struct process *process = LG_CONTAINER(watch, struct process, signal_watch);
    struct signalfd_siginfo info;

    (void)events;
    while (read(process->signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
        if (info.ssi_signo != SIGHUP)
            begin_drain(process, strsignal((int)info.ssi_signo));
}

/* --- the beginning ---------------------------------------------------------------------------- */

static bool open_signals(struct process *process)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP); /* there is nothing to read again: it is no reason to end */
    process->signals = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return process->signals >= 0 && lg_watch_add(process->loop, &process->signal_watch,
                                                 process->signals, EPOLLIN, on_signal) == LG_OK;
}

static bool open_loop(struct process *process)
{
    /* A runtime waits in `next` for hours, and keeps its connection while a handler runs. */
    const struct lg_server_options runtime = { .idle_timeout_s = 0 };

    process->loop = lg_loop_new(0);
    if (process->loop == NULL)
        return false;
    process->mailbox = lg_mailbox_new(process->loop, MAILBOX_ROOM);
    process->line = lg_keeper_attach(process->keeper, 0, process->loop, on_keeper_lost, process);
    process->runtime = lg_server_new(process->loop, &runtime);
    process->lookups = lg_lookups_new(LOOKUP_THREADS, LOOKUPS, NULL);
    if (process->mailbox == NULL || process->line == NULL || process->runtime == NULL ||
        process->lookups == NULL)
        return false;
    process->resolver = lg_resolver_new(process->loop, process->lookups);
    return process->resolver != NULL && open_signals(process);
}

static bool open_tls(struct process *process)
{
    const struct lg_config_redis *redis = process->options->redis;
    const struct lg_tls_client_options options = {
        .ca_file = redis->ca_file,
        .certificate_file = redis->client_certificate,
        .key_file = redis->client_key,
    };
    char error[LG_TLS_ERROR_SIZE];

    if (!redis->tls || lg_tls_client_new(&options, &process->tls, error) == LG_OK)
        return true;
    lg_log(LG_LOG_ERROR, "worker", NULL, "%s", error);
    return false;
}

static void open_pool(struct process *process)
{
    const struct lg_config *config = process->options->config;
    const struct lg_workers_env env = {
        .loop = process->loop,
        .mailbox = process->mailbox,
        .mailboxes = &process->mailbox,
        .server = process->runtime,
        .keeper = process->line,
        .starts = &process->starts,
        .runtime_directory = process->runtime_directory,
        .account_id = config->account_id,
        .region = config->region,
        .credentials = process->credentials,
        .limits = &process->limits,
    };

    process->limits = (struct lg_workers_limits){ .result_bytes = config->limits.result_bytes,
                                                  .stream_bytes = config->limits.stream_bytes };
    lg_starts_init(&process->starts, process->loop);
    process->target = lg_workers_new(&env, process->options->function);
}

static void open_bridge(struct process *process)
{
    const struct lg_worker_options *options = process->options;
    const struct lg_bridge_env env = {
        .loop = process->loop,
        .resolver = process->resolver,
        .redis = options->redis,
        .tls = process->tls,
        .target = process->target,
        .queue = options->queue,
        .arn = process->arn,
        .timeout_ms = options->function->timeout_ms,
        .payload_bytes = options->config->limits.payload_bytes,
        .result_bytes = options->config->limits.result_bytes,
        .concurrency = (unsigned)options->function->workers->max,
        .grace_ms = LG_BRIDGE_GRACE_MS,
    };

    process->bridge = lg_bridge_new(&env);
}

/* Ready is one that takes calls: it has both connections, and the time. */
static enum lg_admin_state state_of(void *context)
{
    const struct process *process = context;

    if (process->draining)
        return LG_ADMIN_DRAINING;
    return lg_bridge_is_ready(process->bridge) ? LG_ADMIN_READY : LG_ADMIN_STARTING;
}

static bool open_admin(struct process *process)
{
    const struct lg_worker_options *options = process->options;

    if (options->admin == NULL)
        return true;
    process->admin = lg_worker_admin_new(process->loop, process->mailbox, options->admin,
                                         options->admin_mode, state_of, process);
    return process->admin != NULL;
}

static bool open_all(struct process *process)
{
    const struct lg_worker_options *options = process->options;

    process->signals = -1;
    process->credentials = lg_credential_home_new();
    process->runtime_directory = lg_runtime_directory();
    process->arn = lg_sprintf("arn:aws:lambda:%s:%s:function:%s", options->config->region,
                              options->config->account_id, options->function->name);
    if (!open_loop(process)) {
        lg_log(LG_LOG_ERROR, "worker", NULL, "cannot start: %s", strerror(errno));
        return false;
    }
    if (!open_tls(process))
        return false;
    open_pool(process);
    open_bridge(process);
    return open_admin(process);
}

/* --- the whole -------------------------------------------------------------------------------- */

static void say_counts(const struct lg_bridge *bridge)
{
    struct lg_bridge_counts counts;

    lg_bridge_counts(bridge, &counts);
    lg_log(LG_LOG_INFO, "worker", NULL,
           "stopped: %llu calls taken, %llu answered (%llu of them expired), %llu without a reply, "
           "%llu that were no requests",
           (unsigned long long)counts.taken, (unsigned long long)counts.answered,
           (unsigned long long)counts.expired, (unsigned long long)counts.dropped,
           (unsigned long long)counts.refused);
}

/* Where one that was cut short is still found, so that nothing of it counts as leaked. */
static struct process *left_behind __attribute__((used));

/* The keeper kills every worker; the kernel does the rest. */
static void leave(struct process *process)
{
    left_behind = process;
    lg_worker_admin_unlink(process->admin);
    if (process->line != NULL)
        lg_keeper_detach(process->line);
    lg_keeper_free(process->keeper);
}

static void close_all(struct process *process)
{
    lg_timer_clear(process->loop, &process->deadline);
    lg_timer_clear(process->loop, &process->leave_timer);
    lg_watch_remove(process->loop, &process->signal_watch);
    close(process->signals);
    lg_worker_admin_free(process->admin);
    lg_resolver_free(process->resolver);
    lg_server_free(process->runtime);
    lg_keeper_detach(process->line);
    lg_mailbox_free(process->mailbox);
    process->target->class->free(process->target);
    lg_lookups_free(process->lookups);
    lg_tls_client_free(process->tls);
    lg_credential_home_free(process->credentials);
    lg_keeper_free(process->keeper);
    lg_loop_free(process->loop);
    free(process->runtime_directory);
    free(process->arn);
    free(process);
}

static int serve(struct process *process)
{
    if (!open_all(process)) {
        leave(process);
        return 1;
    }
    (void)sd_notifyf(0, "READY=1\nSTATUS=takes calls of %s", process->options->queue);
    lg_loop_run(process->loop);
    if (process->bridge != NULL)
        say_counts(process->bridge);
    if (process->status != 0) {
        leave(process);
        return 1;
    }
    close_all(process);
    return 0;
}

int lg_worker_process(const struct lg_worker_options *options)
{
    struct process *process = LG_NEW(struct process);
    int status;

    lg_mem_tune();
    lg_startup_protect();
    lg_startup_block_signals();
    lg_keeper_use_helper("/proc/self/exe");
    process->options = options;
    process->keeper = lg_keeper_fork(1);
    lg_startup_raise_descriptor_limit();
    if (process->keeper == NULL || lg_startup_log(options->config) != LG_OK) {
        fprintf(stderr, "lambdagate: cannot start: %s\n", strerror(errno));
        lg_keeper_free(process->keeper);
        free(process);
        return 1;
    }
    lg_startup_say_memory(process->keeper);
    status = serve(process);
    lg_log_stop();
    return status;
}
