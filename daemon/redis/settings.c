/* settings.c -- the configuration, kept and compared. */
#include <string.h>

#include "redis/hub.h"

static void copy_login(struct lg_arena *arena, struct lg_config_redis_login *login)
{
    login->username = lg_arena_cstr_or_null(arena, login->username);
    login->password = lg_arena_cstr_or_null(arena, login->password);
    login->password_file = lg_arena_cstr_or_null(arena, login->password_file);
}

static const struct lg_config_redis_node *copy_nodes(struct lg_arena *arena,
                                                     const struct lg_config_redis *config)
{
    struct lg_config_redis_node *nodes =
        lg_arena_copy(arena, config->nodes, config->node_count * sizeof(*nodes));

    for (size_t i = 0; i < config->node_count; i++) {
        nodes[i].host = lg_arena_cstr_or_null(arena, nodes[i].host);
        nodes[i].path = lg_arena_cstr_or_null(arena, nodes[i].path);
    }
    return nodes;
}

const struct lg_config_redis *lg_redis_copy_config(struct lg_arena *arena,
                                                   const struct lg_config_redis *config)
{
    struct lg_config_redis *own = lg_arena_copy(arena, config, sizeof(*config));

    own->url = lg_arena_cstr_or_null(arena, config->url);
    own->nodes = copy_nodes(arena, config);
    own->sentinel_master = lg_arena_cstr_or_null(arena, config->sentinel_master);
    copy_login(arena, &own->login);
    copy_login(arena, &own->sentinel_login);
    own->ca_file = lg_arena_cstr_or_null(arena, config->ca_file);
    own->client_certificate = lg_arena_cstr_or_null(arena, config->client_certificate);
    own->client_key = lg_arena_cstr_or_null(arena, config->client_key);
    own->prefix = lg_arena_cstr_or_null(arena, config->prefix);
    own->gateway = lg_arena_cstr_or_null(arena, config->gateway);
    own->where = (struct lg_where){ 0 };
    return own;
}

static bool same(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static bool same_login(const struct lg_config_redis_login *a, const struct lg_config_redis_login *b)
{
    return same(a->username, b->username) && same(a->password, b->password) &&
           same(a->password_file, b->password_file);
}

/* The nodes follow from the URL. */
bool lg_redis_is(const struct lg_redis *redis, const struct lg_config_redis *config)
{
    const struct lg_config_redis *own = redis->config;

    return same(own->url, config->url) && same(own->sentinel_master, config->sentinel_master) &&
           own->cluster == config->cluster && same_login(&own->login, &config->login) &&
           same_login(&own->sentinel_login, &config->sentinel_login) &&
           own->database == config->database && same(own->ca_file, config->ca_file) &&
           same(own->client_certificate, config->client_certificate) &&
           same(own->client_key, config->client_key) && same(own->prefix, config->prefix) &&
           same(own->gateway, config->gateway) &&
           own->connect_timeout_ms == config->connect_timeout_ms &&
           own->command_timeout_ms == config->command_timeout_ms;
}
