/* lane.c -- a loop with what lives on it: made, run in a thread of its own, taken apart. */
#include <stdio.h>

#include "authorize/signature.h"
#include "base/id.h"
#include "gateway/private.h"
#include "upstream/outbound.h"
#include "wire/http_client.h"

#define MAILBOX_ROOM 65536

static void cut_for_keeper(struct lg_letter *letter)
{
    lg_gateway_cut(LG_CONTAINER(letter, struct lg_gateway, lost_letter),
                   "the keeper died, workers can no longer be supervised");
}

/* Every lane notices; the first one's letter is enough. */
static void on_keeper_lost(void *context)
{
    struct lg_gateway *gateway = context;

    if (!atomic_exchange(&gateway->keeper_lost, true))
        lg_mailbox_post_always(gateway->lanes[0].mailbox, &gateway->lost_letter, cut_for_keeper);
}

static bool open_servers(struct lg_lane *lane, const struct lg_config *config)
{
    const struct lg_server_options public = { .idle_timeout_s = lg_gateway_idle_timeout_s(config) };
    /* A runtime waits in `next` for hours, and keeps its connection while a handler runs. */
    const struct lg_server_options runtime = { .idle_timeout_s = 0 };

    lane->server = lg_server_new(lane->loop, &public);
    lane->runtime = lg_server_new(lane->loop, &runtime);
    return lane->server != NULL && lane->runtime != NULL;
}

static void make_error_metrics(struct lg_front *front)
{
    for (int error = LG_ERROR_NONE + 1; error < LG_ERROR_COUNT; error++) {
        char labels[64];

        (void)snprintf(labels, sizeof(labels), "cause=\"%s\"",
                       lg_error_row((enum lg_error)error)->word);
        front->errors[error] = lg_metric_get(LG_METRIC_COUNTER, "lambdagate_errors_total", labels,
                                             "Answers of the gateway's own, by cause.");
    }
}

static bool open_authorize(struct lg_front *front, unsigned index, const struct lg_config *config,
                           unsigned lanes)
{
    for (int fault = LG_JWT_GOOD + 1; fault < LG_JWT_FAULT_COUNT; fault++) {
        char labels[64];

        (void)snprintf(labels, sizeof(labels), "reason=\"%s\"",
                       lg_jwt_fault_name((enum lg_jwt_fault)fault));
        front->tokens_refused[fault] =
            lg_metric_get(LG_METRIC_COUNTER, "lambdagate_tokens_refused_total", labels,
                          "Tokens that were not believed, or not good for the route, by reason.");
    }
    front->authorize.index = index;
    front->authorize.verifier = lg_verifier_new();
    front->authorize.cache = lg_token_cache_new((size_t)config->limits.token_cache / lanes,
                                                (size_t)config->limits.token_cache_bytes / lanes);
    front->authorize.grants =
        lg_token_cache_new((size_t)config->limits.authorizer_cache / lanes,
                           (size_t)config->limits.authorizer_cache_bytes / lanes);
    lg_random(front->authorize.salt, sizeof(front->authorize.salt));
    return front->authorize.verifier != NULL;
}

static struct lg_http_client *http_client(struct lg_front *front)
{
    struct lg_lane *lane = LG_CONTAINER(front, struct lg_lane, front);

    return lg_gateway_client(lane->gateway, lane->index);
}

bool lg_lane_open(struct lg_gateway *gateway, unsigned index)
{
    const struct lg_config *config = lg_snapshot_config(gateway->snapshot);
    struct lg_lane *lane = &gateway->lanes[index];

    lane->gateway = gateway;
    lane->index = index;
    lane->loop = lg_loop_new(index);
    if (lane->loop == NULL)
        return false;
    lane->mailbox = lg_mailbox_new(lane->loop, MAILBOX_ROOM);
    lane->keeper = lg_keeper_attach(gateway->keeper, index, lane->loop, on_keeper_lost, gateway);
    if (lane->mailbox == NULL || lane->keeper == NULL || !open_servers(lane, config))
        return false;
    gateway->mailboxes[index] = lane->mailbox;
    gateway->servers[index] = lane->server;
    lane->front.loop = lane->loop;
    lane->front.shared = &gateway->shared;
    lane->front.mailbox = lane->mailbox;
    lane->front.http_client = http_client;
    lg_list_init(&lane->front.waiting);
    lane->front.snapshot = lg_snapshot_ref(gateway->snapshot);
    lane->front.refused = lg_metric_get(LG_METRIC_COUNTER, "lambdagate_heads_refused_total", "",
                                        "Request heads that were refused as unsafe or too large.");
    lane->front.fuel_exhausted =
        lg_metric_get(LG_METRIC_COUNTER, "lambdagate_validation_fuel_exhausted_total", "",
                      "Bodies that were refused because they took too much work to check.");
    make_error_metrics(&lane->front);
    if (!open_authorize(&lane->front, index, config, gateway->lane_count))
        return false;
    lg_lane_set_limits(lane, config);
    lg_starts_init(&lane->starts, lane->loop);
    lane->workers = (struct lg_workers_env){
        .loop = lane->loop,
        .mailbox = lane->mailbox,
        .mailboxes = gateway->mailboxes,
        .server = lane->runtime,
        .keeper = lane->keeper,
        .starts = &lane->starts,
        .runtime_directory = gateway->runtime_directory,
        .account_id = gateway->account_id,
        .region = gateway->region,
        .credentials = gateway->credentials,
        .limits = &lane->workers_limits,
    };
    return true;
}

static void *run(void *context)
{
    struct lg_lane *lane = context;
    char name[16];

    (void)snprintf(name, sizeof(name), "lg-loop-%u", lane->index);
    (void)pthread_setname_np(pthread_self(), name);
    lg_loop_run(lane->loop);
    return NULL;
}

bool lg_lane_start(struct lg_lane *lane)
{
    lane->has_thread = pthread_create(&lane->thread, NULL, run, lane) == 0;
    return lane->has_thread;
}

void lg_lane_join(struct lg_lane *lane)
{
    if (!lane->has_thread)
        return;
    lg_loop_stop(lane->loop);
    pthread_join(lane->thread, NULL);
}

void lg_lane_close(struct lg_lane *lane)
{
    if (lane->loop == NULL)
        return;
    lg_timer_clear(lane->loop, &lane->drain_timer);
    lg_timer_clear(lane->loop, &lane->front.memory_timer);
    lg_timer_clear(lane->loop, &lane->front.trim_timer);
    lg_redis_leave(lane->gateway->redis, lane->index);
    lg_server_free(lane->server);
    lg_server_free(lane->runtime);
    lg_outbound_free(lane->front.outbound);
    lg_http_client_free(lane->client);
    lg_resolver_free(lane->resolver);
    if (lane->keeper != NULL)
        lg_keeper_detach(lane->keeper);
    lg_snapshot_unref(lane->front.snapshot);
    lg_token_cache_free(lane->front.authorize.cache);
    lg_token_cache_free(lane->front.authorize.grants);
    lg_verifier_free(lane->front.authorize.verifier);
    lg_mailbox_free(lane->mailbox);
}
