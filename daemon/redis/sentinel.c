/* sentinel.c -- the question to Sentinels, and what may be an answer. */
#include "redis/sentinel.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "redis/ask.h"
#include "redis/slots.h"

struct lg_redis_sentinel {
    const struct lg_config_redis *config;
    lg_redis_master_fn *fn;
    void *context;
    struct lg_str command[3];
    struct lg_redis_ask *ask;
    char *host; /* of the master that was named; owned */
    uint16_t port;
};

/* [host, port], or nothing. */
static bool take(void *context, const struct lg_config_redis_node *node, const redisReply *reply,
                 char reterr_why[LG_REDIS_WHY_SIZE])
{
    struct lg_redis_sentinel *sentinel = context;
    struct lg_str host;
    uint64_t port;

    (void)node;
    if (reply->type == REDIS_REPLY_NIL) {
        (void)snprintf(reterr_why, LG_REDIS_WHY_SIZE, "it knows no master \"%s\"",
                       sentinel->config->sentinel_master);
        return false;
    }
    lg_cstr_copy(reterr_why, LG_REDIS_WHY_SIZE, "its answer is no address");
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2)
        return false;
    host = lg_resp_text(reply->element[0]);
    if (!lg_redis_is_host(host) || lg_str_to_u64(lg_resp_text(reply->element[1]), &port) != LG_OK ||
        port == 0 || port > UINT16_MAX)
        return false;
    free(sentinel->host);
    sentinel->host = lg_strndup(host.data, host.size);
    sentinel->port = (uint16_t)port;
    return true;
}

static void on_done(void *context, const char *why)
{
    struct lg_redis_sentinel *sentinel = context;
    const struct lg_config_redis_node master = { .host = sentinel->host, .port = sentinel->port };

    sentinel->fn(sentinel->context, why == NULL ? &master : NULL, why);
}

struct lg_redis_sentinel *lg_redis_sentinel_new(struct lg_loop *loop, struct lg_resolver *resolver,
                                                const struct lg_config_redis *config,
                                                struct lg_tls_client *tls, lg_redis_master_fn *fn,
                                                void *context)
{
    struct lg_redis_sentinel *sentinel = LG_NEW(struct lg_redis_sentinel);
    const struct lg_redis_ask_options options = {
        .login = &config->sentinel_login,
        .tls = tls,
        .connect_ms = config->connect_timeout_ms,
        .command = sentinel->command,
        .count = LG_COUNT(sentinel->command),
        .take = take,
        .on_done = on_done,
    };

    sentinel->config = config;
    sentinel->fn = fn;
    sentinel->context = context;
    sentinel->command[0] = LG_STR("SENTINEL");
    sentinel->command[1] = LG_STR("get-master-addr-by-name");
    sentinel->command[2] = lg_str_of(config->sentinel_master);
    sentinel->ask = lg_redis_ask_new(loop, resolver, &options, sentinel);
    return sentinel;
}

void lg_redis_sentinel_free(struct lg_redis_sentinel *sentinel)
{
    if (sentinel == NULL)
        return;
    lg_redis_ask_free(sentinel->ask);
    free(sentinel->host);
    free(sentinel);
}

void lg_redis_sentinel_ask(struct lg_redis_sentinel *sentinel)
{
    if (!lg_redis_ask_is_busy(sentinel->ask))
        lg_redis_ask_begin(sentinel->ask, sentinel->config->nodes, sentinel->config->node_count);
}

void lg_redis_sentinel_distrust(struct lg_redis_sentinel *sentinel)
{
    lg_redis_ask_distrust(sentinel->ask);
}
