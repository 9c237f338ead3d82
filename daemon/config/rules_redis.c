/* rules_redis.c -- the address of a Redis, and what its functions cannot have. */
#include <ctype.h>
#include <string.h>
#include <sys/un.h>

#include "config/rules.h"
#include "config/values.h"
#include "config/words.h"

#define DEFAULT_PORT ":6379"
#define DEFAULT_SENTINEL_PORT ":26379"
#define NODES_MAX 32
#define DATABASE_MAX 1000000

static const char expected_url[] =
    "expected redis://HOST:PORT, rediss://HOST:PORT or unix:/PATH, such as redis://127.0.0.1:6379";

static void refuse_url(struct lg_rule_call *call, const struct lg_config_redis *redis)
{
    lg_faults_add(call->faults, lg_rule_where(call->node, "url"), "found %s, %s",
                  lg_words_quote(call->arena, redis->url), expected_url);
}

static bool read_database(struct lg_rule_call *call, struct lg_config_redis *redis,
                          struct lg_str path)
{
    uint64_t number;

    if (path.size == 0)
        return true;
    if (lg_str_to_u64(path, &number) != LG_OK || number > DATABASE_MAX)
        return false;
    if (lg_node_get(call->node, "database") != NULL && redis->database != (int64_t)number)
        lg_faults_add(call->faults, lg_rule_where(call->node, "database"),
                      "found %lld beside %llu in the URL, expected one of them",
                      (long long)redis->database, (unsigned long long)number);
    redis->database = (int64_t)number;
    return true;
}

static bool has_port(struct lg_str place)
{
    return place.size > 0 &&
           lg_str_find(place, ':', lg_str_find(place, ']', 0) % place.size) < place.size;
}

static bool read_node(struct lg_rule_call *call, const struct lg_config_redis *redis,
                      struct lg_str place, struct lg_config_redis_node *ret_node)
{
    const char *port = redis->sentinel_master != NULL ? DEFAULT_SENTINEL_PORT : DEFAULT_PORT;
    const char *text =
        lg_arena_printf(call->arena, "%.*s%s", LG_STR_ARG(place), has_port(place) ? "" : port);
    struct lg_config_address address;
    const char *expected;

    if (place.size == 0 || lg_value_address(call->arena, text, &address, &expected) != LG_OK ||
        address.host == NULL || address.port == 0)
        return false;
    *ret_node = (struct lg_config_redis_node){ .host = address.host, .port = address.port };
    return true;
}

/* "HOST:PORT,HOST:PORT,..." */
static bool read_nodes(struct lg_rule_call *call, struct lg_config_redis *redis,
                       struct lg_str places)
{
    struct lg_config_redis_node nodes[NODES_MAX];
    size_t count = 0;

    for (size_t at = 0, comma; at <= places.size; at = comma + 1) {
        comma = lg_str_find(places, ',', at);
        if (count == NODES_MAX ||
            !read_node(call, redis, lg_str_part(places, at, comma), &nodes[count++]))
            return false;
    }
    redis->nodes = lg_arena_copy(call->arena, nodes, count * sizeof(*nodes));
    redis->node_count = count;
    return true;
}

static bool read_hosts(struct lg_rule_call *call, struct lg_config_redis *redis, struct lg_str rest)
{
    size_t slash = lg_str_find(rest, '/', 0);

    return read_nodes(call, redis, lg_str_part(rest, 0, slash)) &&
           read_database(call, redis, lg_str_part(rest, slash + 1, rest.size));
}

static bool read_path(struct lg_rule_call *call, struct lg_config_redis *redis, struct lg_str path)
{
    struct lg_config_redis_node node = { 0 };

    if (lg_str_starts(path, LG_STR("///")))
        path = lg_str_part(path, 2, path.size);
    if (path.size < 2 || path.data[0] != '/' || path.data[1] == '/' ||
        path.size >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
        return false;
    node.path = path.data;
    redis->nodes = lg_arena_copy(call->arena, &node, sizeof(node));
    redis->node_count = 1;
    return true;
}

/* Which servers make no sense with what stands beside the URL. */
static void check_nodes(struct lg_rule_call *call, const struct lg_config_redis *redis)
{
    const char *beside = redis->sentinel_master != NULL ? "sentinel_master" : "cluster";
    bool many = redis->sentinel_master != NULL || redis->cluster;

    if (many && redis->nodes[0].path != NULL)
        lg_faults_add(call->faults, lg_rule_where(call->node, "url"),
                      "found a unix socket beside \"%s\", expected hosts, such as "
                      "redis://host-1,host-2,host-3",
                      beside);
    else if (!many && redis->node_count > 1)
        lg_faults_add(call->faults, lg_rule_where(call->node, "url"),
                      "found %zu hosts, expected one, or \"sentinel_master\" or \"cluster: true\" "
                      "beside them",
                      redis->node_count);
}

static void check_cluster(struct lg_rule_call *call, const struct lg_config_redis *redis)
{
    const char *database = lg_node_get(call->node, "database") != NULL ? "database" : "url";

    if (redis->sentinel_master != NULL)
        lg_faults_add(
            call->faults, lg_rule_where(call->node, "cluster"),
            "found beside \"sentinel_master\", expected one of them: a Cluster looks after "
            "itself");
    if (redis->database != 0)
        lg_faults_add(call->faults, lg_rule_where(call->node, database),
                      "found database %lld beside \"cluster\", expected 0: a Cluster has no other",
                      (long long)redis->database);
}

/* A password in it would be shown by every message about it. */
static bool holds_password(const char *url)
{
    return strncmp(url, "redis", 5) == 0 && strchr(url, '@') != NULL;
}

static void read_url(struct lg_rule_call *call, struct lg_config_redis *redis)
{
    struct lg_str url = lg_str_of(redis->url);
    bool good = false;

    if (holds_password(redis->url)) {
        lg_faults_add(call->faults, lg_rule_where(call->node, "url"),
                      "found a user or a password in it, expected them as \"username\" and "
                      "\"password_file\" or \"password\" beside it");
        return;
    }
    redis->tls = lg_str_starts(url, LG_STR("rediss://"));
    if (redis->tls)
        good = read_hosts(call, redis, lg_str_part(url, strlen("rediss://"), url.size));
    else if (lg_str_starts(url, LG_STR("redis://")))
        good = read_hosts(call, redis, lg_str_part(url, strlen("redis://"), url.size));
    else if (lg_str_starts(url, LG_STR("unix:")))
        good = read_path(call, redis, lg_str_part(url, strlen("unix:"), url.size));
    if (good)
        check_nodes(call, redis);
    else
        refuse_url(call, redis);
}

void lg_rule_redis(struct lg_rule_call *call, void *values)
{
    static const char *const of_tls[] = { "ca_file", "client_certificate" };
    struct lg_config_redis *redis = values;

    read_url(call, redis);
    if (redis->cluster)
        check_cluster(call, redis);
    if (redis->tls)
        return;
    for (size_t i = 0; i < sizeof(of_tls) / sizeof(*of_tls); i++)
        if (lg_node_get(call->node, of_tls[i]) != NULL)
            lg_faults_add(call->faults, lg_rule_where(call->node, of_tls[i]),
                          "found without TLS, expected a URL with rediss:// beside it");
}

void lg_rule_redis_function(struct lg_rule_call *call, const struct lg_config_function *function)
{
    static const char *const of_workers[] = { "memory", "environment", "credentials", "user",
                                              "queue" };

    (void)function;
    for (size_t i = 0; i < sizeof(of_workers) / sizeof(*of_workers); i++) {
        const struct lg_node *child = lg_node_get(call->node, of_workers[i]);

        if (child == NULL)
            continue;
        lg_faults_add(call->faults, &child->where,
                      strcmp(of_workers[i], "queue") == 0
                          ? "found beside \"redis\", expected \"depth\" in \"redis\""
                          : "found beside \"redis\", whose workers are started elsewhere, expected "
                            "it beside \"workers\" only");
    }
}

void lg_rule_redis_needed(struct lg_rule_call *call, const struct lg_config *config)
{
    for (size_t i = 0; i < config->function_count && config->redis == NULL; i++) {
        const struct lg_config_redis_target *target = config->functions[i].redis;

        if (target != NULL)
            lg_faults_add(call->faults, &target->where,
                          "found without \"redis\" at the top level, expected \"redis: { url: "
                          "redis://127.0.0.1:6379 }\" there, which says where it is");
    }
}
