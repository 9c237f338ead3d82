/* redis.c -- what all loops share: the configuration, our name, the queues that we know. */
#include "redis/redis.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/id.h"
#include "base/mem.h"
#include "redis/hub.h"

#define HOST_PART 40

/* --- names ------------------------------------------------------------------------------------ */

const char *lg_redis_key(struct lg_arena *arena, const struct lg_redis *redis, const char *kind,
                         const char *name, const char *suffix)
{
    return lg_arena_printf(arena, "%s:%s:{%s}%s", redis->config->prefix, kind, name, suffix);
}

/* The host for people, something random so that no two have it, not even one after the other. */
static const char *make_name(struct lg_arena *arena)
{
    char host[HOST_PART + 1] = "", uuid[LG_UUID_SIZE];

    (void)gethostname(host, sizeof(host) - 1);
    for (char *at = host; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && *at != '-' && *at != '.')
            *at = '-';
    lg_id_uuid(uuid);
    return lg_arena_printf(arena, "%s-%.12s", *host != '\0' ? host : "gateway", uuid + 24);
}

/* --- queues ----------------------------------------------------------------------------------- */

static struct lg_redis_known *find_known(struct lg_redis *redis, const char *key)
{
    for (struct lg_link *link = lg_list_first(&redis->known); link != NULL;
         link = lg_list_after(&redis->known, link)) {
        struct lg_redis_known *known = LG_LIST_OF(link, struct lg_redis_known, link);

        if (strcmp(known->key, key) == 0)
            return known;
    }
    return NULL;
}

void lg_redis_learn(struct lg_redis *redis, const char *key)
{
    struct lg_redis_known *known;

    pthread_mutex_lock(&redis->lock);
    known = find_known(redis, key);
    if (known == NULL) {
        known = LG_NEW(struct lg_redis_known);
        known->key = lg_strdup(key);
        lg_list_add_last(&redis->known, &known->link);
    }
    known->users++;
    pthread_mutex_unlock(&redis->lock);
}

void lg_redis_forget(struct lg_redis *redis, const char *key)
{
    struct lg_redis_known *known;

    pthread_mutex_lock(&redis->lock);
    known = find_known(redis, key);
    assert(known != NULL);
    if (--known->users == 0) {
        lg_list_remove(&known->link);
        free(known->key);
        free(known);
    }
    pthread_mutex_unlock(&redis->lock);
}

char *lg_redis_known_at(struct lg_redis *redis, size_t index)
{
    struct lg_link *link;
    char *key = NULL;

    pthread_mutex_lock(&redis->lock);
    link = lg_list_first(&redis->known);
    while (link != NULL && index-- > 0)
        link = lg_list_after(&redis->known, link);
    if (link != NULL)
        key = lg_strdup(LG_LIST_OF(link, struct lg_redis_known, link)->key);
    pthread_mutex_unlock(&redis->lock);
    return key;
}

/* --- life ------------------------------------------------------------------------------------- */

static enum lg_err make_tls(struct lg_redis *redis, char reterr_text[LG_TLS_ERROR_SIZE])
{
    const struct lg_tls_client_options options = {
        .ca_file = redis->config->ca_file,
        .certificate_file = redis->config->client_certificate,
        .key_file = redis->config->client_key,
    };

    return redis->config->tls ? lg_tls_client_new(&options, &redis->tls, reterr_text) : LG_OK;
}

static void get_metrics(struct lg_redis *redis)
{
    redis->metrics.late = lg_metric_get(LG_METRIC_COUNTER, "lambdagate_redis_late_replies_total",
                                        "", "Replies of workers that nobody waited for any more.");
    redis->metrics.expired =
        lg_metric_get(LG_METRIC_COUNTER, "lambdagate_redis_expired_total", "",
                      "Calls that a worker took after their deadline, and did not run.");
    redis->metrics.bad = lg_metric_get(LG_METRIC_COUNTER, "lambdagate_redis_bad_replies_total", "",
                                       "Replies that are none by the protocol.");
}

struct lg_redis *lg_redis_new(const struct lg_redis_env *env, const struct lg_config_redis *config,
                              char reterr_text[LG_TLS_ERROR_SIZE])
{
    struct lg_redis *redis = LG_NEW(struct lg_redis);

    redis->env = *env;
    lg_arena_init(&redis->arena);
    redis->config = lg_redis_copy_config(&redis->arena, config);
    redis->gateway = config->gateway != NULL ? redis->config->gateway : make_name(&redis->arena);
    redis->client_name = lg_arena_printf(&redis->arena, "lambdagate:%s", redis->gateway);
    redis->lock_key = lg_redis_key(&redis->arena, redis, "gw", redis->gateway, "");
    redis->gateways_key = lg_arena_printf(&redis->arena, "%s:gateways", config->prefix);
    lg_id_uuid(redis->token);
    atomic_store(&redis->held_until_ms, INT64_MIN);
    atomic_store(&redis->unsettled, env->loops);
    redis->hubs = lg_calloc(env->loops, sizeof(struct lg_redis_hub *));
    pthread_mutex_init(&redis->lock, NULL);
    lg_list_init(&redis->known);
    get_metrics(redis);
    if (make_tls(redis, reterr_text) == LG_OK)
        return redis;
    lg_redis_free(redis);
    return NULL;
}

void lg_redis_free(struct lg_redis *redis)
{
    if (redis == NULL)
        return;
    assert(lg_list_empty(&redis->known));
    lg_tls_client_free(redis->tls);
    pthread_mutex_destroy(&redis->lock);
    free(redis->hubs);
    lg_arena_done(&redis->arena);
    free(redis);
}

bool lg_redis_is_settled(const struct lg_redis *redis)
{
    return atomic_load(&redis->unsettled) == 0;
}
