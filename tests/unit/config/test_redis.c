/* test_redis.c -- where a Redis is, and what a function in front of one can have. */
#include <stdio.h>

#include <criterion/criterion.h>

#include "parse.h"

#define QUEUED "functions:\n  f: { redis: {} }\n"
#define WITH(redis) "redis: { " redis " }\n" QUEUED

static void is_at(const char *url, const char *host, int port, int database, bool tls)
{
    char text[200];
    snprintf(text, sizeof(text), "redis: { url: \"%s\" }\n" QUEUED, url);
    struct lg_config *config = parse_good(text);

    cr_assert_str_eq(config->redis->nodes[0].host, host);
    cr_assert_eq(config->redis->nodes[0].port, port);
    cr_assert_eq(config->redis->database, database);
    cr_assert_eq(config->redis->tls, tls);
    cr_assert_null(config->redis->nodes[0].path);
    lg_config_free(config);
}

Test(redis, urls_name_hosts_ports_and_databases)
{
    is_at("redis://127.0.0.1:7000", "127.0.0.1", 7000, 0, false);
    is_at("redis://localhost", "localhost", 6379, 0, false);
    is_at("rediss://r.example.com:6380/3", "r.example.com", 6380, 3, true);
    is_at("redis://[::1]", "::1", 6379, 0, false);
    is_at("redis://[::1]:7000/15", "::1", 7000, 15, false);
    is_at("redis://h/", "h", 6379, 0, false);
}

Test(redis, urls_of_unix_sockets)
{
    struct lg_config *config = parse_good(WITH("url: unix:/run/redis.sock"));
    cr_assert_str_eq(config->redis->nodes[0].path, "/run/redis.sock");
    cr_assert_null(config->redis->nodes[0].host);
    lg_config_free(config);
    config = parse_good(WITH("url: \"unix:///run/redis.sock\""));
    cr_assert_str_eq(config->redis->nodes[0].path, "/run/redis.sock");
    lg_config_free(config);
}

#define EXPECTED                                                                                   \
    "\", expected redis://HOST:PORT, rediss://HOST:PORT or unix:/PATH, such as "                   \
    "redis://127.0.0.1:6379"

Test(redis, sentinels)
{
    struct lg_config *config =
        parse_good(WITH("url: \"rediss://s1,s2:7000,[::1]/2\", sentinel_master: shop-1, "
                        "sentinel_username: u, sentinel_password: p, password: r"));
    const struct lg_config_redis *redis = config->redis;

    cr_assert_eq(redis->node_count, 3);
    cr_assert_str_eq(redis->nodes[0].host, "s1");
    cr_assert_eq(redis->nodes[0].port, 26379);
    cr_assert_str_eq(redis->nodes[1].host, "s2");
    cr_assert_eq(redis->nodes[1].port, 7000);
    cr_assert_str_eq(redis->nodes[2].host, "::1");
    cr_assert_eq(redis->nodes[2].port, 26379);
    cr_assert_str_eq(redis->sentinel_master, "shop-1");
    cr_assert_str_eq(redis->sentinel_login.username, "u");
    cr_assert_str_eq(redis->sentinel_login.password, "p");
    cr_assert_str_eq(redis->login.password, "r");
    cr_assert_eq(redis->database, 2);
    cr_assert(redis->tls);
    lg_config_free(config);
}

Test(redis, sentinels_that_are_none)
{
    ONE_FAULT(WITH("url: unix:/run/x, sentinel_master: m"),
              "t.yaml:1: redis.url: found a unix socket beside \"sentinel_master\", expected "
              "hosts, such as redis://host-1,host-2,host-3");
    ONE_FAULT(WITH("url: redis://h, sentinel_password: p"),
              "t.yaml:1: redis.sentinel_password: found without \"sentinel_master\", expected the "
              "two together");
    ONE_FAULT(WITH("url: redis://h, sentinel_master: \"a b\""),
              "t.yaml:1: redis.sentinel_master: found \"a b\", expected up to 128 letters, digits, "
              "_, . and -");
    ONE_FAULT(WITH("url: \"redis://h,i\""),
              "t.yaml:1: redis.url: found 2 hosts, expected one, or \"sentinel_master\" or "
              "\"cluster: true\" beside them");
    ONE_FAULT(WITH("url: \"redis://h,\", sentinel_master: m"),
              "t.yaml:1: redis.url: found \"redis://h," EXPECTED);
}

Test(redis, clusters)
{
    struct lg_config *config = parse_good(WITH("url: \"redis://a,b:7000/0\", cluster: true"));
    const struct lg_config_redis *redis = config->redis;

    cr_assert(redis->cluster);
    cr_assert_eq(redis->node_count, 2);
    cr_assert_eq(redis->nodes[0].port, 6379);
    cr_assert_str_eq(redis->nodes[1].host, "b");
    cr_assert_eq(redis->nodes[1].port, 7000);
    lg_config_free(config);
}

Test(redis, clusters_that_are_none)
{
    ONE_FAULT(WITH("url: unix:/run/x, cluster: true"),
              "t.yaml:1: redis.url: found a unix socket beside \"cluster\", expected hosts, such "
              "as redis://host-1,host-2,host-3");
    ONE_FAULT(WITH("url: redis://h/1, cluster: true"),
              "t.yaml:1: redis.url: found database 1 beside \"cluster\", expected 0: a Cluster has "
              "no other");
    ONE_FAULT(WITH("url: redis://h, cluster: true, sentinel_master: m"),
              "t.yaml:1: redis.cluster: found beside \"sentinel_master\", expected one of them: a "
              "Cluster looks after itself");
}

Test(redis, defaults)
{
    struct lg_config *config = parse_good(WITH("url: redis://h"));
    const struct lg_config_function *function = &config->functions[0];

    cr_assert_str_eq(config->redis->prefix, "lg");
    cr_assert_null(config->redis->gateway);
    cr_assert_eq(config->redis->connect_timeout_ms, 1000);
    cr_assert_eq(config->redis->command_timeout_ms, 2000);
    cr_assert_null(function->workers);
    cr_assert_null(function->redis->queue);
    cr_assert_eq(function->redis->depth, 1000);
    cr_assert_eq(function->redis->priority, LG_PRIORITY_NORMAL);
    cr_assert(!function->redis->start_receipts);
    lg_config_free(config);
}

Test(redis, urls_that_are_none)
{
    ONE_FAULT(WITH("url: localhost"), "t.yaml:1: redis.url: found \"localhost" EXPECTED);
    ONE_FAULT(WITH("url: redis://"), "t.yaml:1: redis.url: found \"redis://" EXPECTED);
    ONE_FAULT(WITH("url: redis://h:0"), "t.yaml:1: redis.url: found \"redis://h:0" EXPECTED);
    ONE_FAULT(WITH("url: redis://h:99999"),
              "t.yaml:1: redis.url: found \"redis://h:99999" EXPECTED);
    ONE_FAULT(WITH("url: redis://h/x"), "t.yaml:1: redis.url: found \"redis://h/x" EXPECTED);
    ONE_FAULT(WITH("url: redis://h/1/2"), "t.yaml:1: redis.url: found \"redis://h/1/2" EXPECTED);
    ONE_FAULT(WITH("url: redis:///tmp/x"), "t.yaml:1: redis.url: found \"redis:///tmp/x" EXPECTED);
    ONE_FAULT(WITH("url: unix:run/x"), "t.yaml:1: redis.url: found \"unix:run/x" EXPECTED);
    ONE_FAULT(WITH("url: http://h"), "t.yaml:1: redis.url: found \"http://h" EXPECTED);
}

Test(redis, a_password_in_the_url_is_not_shown)
{
    ONE_FAULT(WITH("url: redis://u:secret@h"),
              "t.yaml:1: redis.url: found a user or a password in it, expected them as "
              "\"username\" and \"password_file\" or \"password\" beside it");
}

Test(redis, two_databases)
{
    ONE_FAULT(WITH("url: redis://h/1, database: 2"),
              "t.yaml:1: redis.database: found 2 beside 1 in the URL, expected one of them");
}

Test(redis, certificates_without_tls)
{
    ONE_FAULT(WITH("url: redis://h, ca_file: ca.pem"),
              "t.yaml:1: redis.ca_file: found without TLS, expected a URL with rediss:// beside "
              "it");
    ONE_FAULT(WITH("url: rediss://h, client_certificate: c.pem"),
              "t.yaml:1: redis.client_certificate: found without \"client_key\", expected the two "
              "together");
}

Test(redis, no_url)
{
    ONE_FAULT("redis: { prefix: x }\n", "t.yaml:1: redis: found no \"url\", expected it here");
}

Test(redis, a_function_without_a_redis)
{
    ONE_FAULT(QUEUED, "t.yaml:2: functions.f.redis: found without \"redis\" at the top level, "
                      "expected \"redis: { url: redis://127.0.0.1:6379 }\" there, which says "
                      "where it is");
}

Test(redis, a_function_with_two_places_to_run)
{
    ONE_FAULT("redis: { url: redis://h }\nfunctions:\n  f:\n    workers: { command: [a] }\n"
              "    redis: {}\n",
              "t.yaml:5: functions.f.redis: found beside \"workers\", expected only one of them");
}

Test(redis, what_only_processes_of_ours_can_have)
{
    ONE_FAULT("redis: { url: redis://h }\nfunctions:\n  f:\n    redis: {}\n    memory: 256\n",
              "t.yaml:5: functions.f.memory: found beside \"redis\", whose workers are started "
              "elsewhere, expected it beside \"workers\" only");
    ONE_FAULT("redis: { url: redis://h }\nfunctions:\n  f:\n    redis: {}\n    queue: 5\n",
              "t.yaml:5: functions.f.queue: found beside \"redis\", expected \"depth\" in "
              "\"redis\"");
}

Test(redis, queues_and_priorities)
{
    ONE_FAULT("redis: { url: redis://h }\nfunctions:\n  f: { redis: { queue: \"a b\" } }\n",
              "t.yaml:3: functions.f.redis.queue: found \"a b\", expected up to 64 letters, "
              "digits, _, . and -");
    ONE_FAULT("redis: { url: redis://h }\nfunctions:\n  f: { redis: { priority: urgent } }\n",
              "t.yaml:3: functions.f.redis.priority: found \"urgent\", an unknown priority, "
              "expected normal, high or low");
}
