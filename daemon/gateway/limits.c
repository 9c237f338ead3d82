/* limits.c -- what the limits of a configuration mean to the parts that hold to them. */
#include "gateway/private.h"

#define ADMIN_CONNECTIONS 256
#define ADMIN_DROP_UNREAD 33554432

/* What an HTTP API takes as a whole, a REST API takes as target, as values, and (here) as names. */
#define REST_PARTS 3

static struct lg_listen_limits public_limits(const struct lg_config *config)
{
    return (struct lg_listen_limits){
        .header_bytes = (size_t)config->limits.header_bytes * (config->any_rest ? REST_PARTS : 1),
        .headers = (size_t)config->limits.headers,
        .header_timeout_ms = config->limits.header_timeout_ms,
        .connections = (size_t)config->limits.connections,
        .connections_per_peer = (size_t)config->limits.connections_per_peer,
        .requests_per_connection = (size_t)config->limits.requests_per_connection,
        .body_rate = config->limits.body_rate,
        .drop_bytes = (size_t)config->limits.body_bytes,
    };
}

struct lg_listen_limits lg_gateway_admin_limits(const struct lg_config *config)
{
    struct lg_listen_limits limits = public_limits(config);

    limits.header_bytes = (size_t)config->limits.header_bytes;
    limits.connections = ADMIN_CONNECTIONS;
    /* What keeps strangers from taking everything must not keep the operator out. */
    limits.connections_per_peer = 0;
    limits.requests_per_connection = 0;
    /* SDKs send a payload whole before they read that it is too large. */
    limits.drop_unread_bytes = ADMIN_DROP_UNREAD;
    return limits;
}

unsigned lg_gateway_idle_timeout_s(const struct lg_config *config)
{
    return (unsigned)((config->limits.idle_timeout_ms + 999) / 1000);
}

void lg_lane_set_limits(struct lg_lane *lane, const struct lg_config *config)
{
    unsigned lanes = lane->gateway->lane_count;

    lane->limits = public_limits(config);
    lane->workers_limits = (struct lg_workers_limits){
        .result_bytes = config->limits.result_bytes,
        .stream_bytes = config->limits.stream_bytes,
    };
    lane->redis_limits = (struct lg_redis_limits){
        .payload_bytes = config->limits.payload_bytes,
        .result_bytes = config->limits.result_bytes,
    };
    lg_server_set_idle_timeout(lane->server, lg_gateway_idle_timeout_s(config));
    lg_token_cache_resize(lane->front.authorize.cache, (size_t)config->limits.token_cache / lanes,
                          (size_t)config->limits.token_cache_bytes / lanes);
    lg_token_cache_resize(lane->front.authorize.grants,
                          (size_t)config->limits.authorizer_cache / lanes,
                          (size_t)config->limits.authorizer_cache_bytes / lanes);
}

void lg_gateway_set_shared(struct lg_gateway *gateway, const struct lg_config *config)
{
    atomic_store(&gateway->shared.memory.limit, (size_t)config->limits.memory_budget);
    atomic_store(&gateway->shared.requests.limit, (size_t)config->limits.requests);
}
