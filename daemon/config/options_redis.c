/* options_redis.c -- the options of a Redis and of functions whose workers take calls from it. */
#include "base/mem.h"
#include "config/config.h"
#include "config/options.h"

#define REDIS(member) LG_OPTION_AT(lg_config_redis, member)
#define TARGET(member) LG_OPTION_AT(lg_config_redis_target, member)

static const struct lg_shape prefix_shape = {
    "[a-zA-Z0-9_.:-]{1,64}",
    "up to 64 letters, digits, _, ., : and -",
};
static const struct lg_shape name_shape = {
    "[a-zA-Z0-9_.-]{1,64}",
    "up to 64 letters, digits, _, . and -",
};

static const struct lg_shape master_shape = {
    "[a-zA-Z0-9_.-]{1,128}",
    "up to 128 letters, digits, _, . and -",
};

static const struct lg_option redis_options[] = {
    { .key = "url",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_REQUIRED | LG_OPTION_FIXED,
      REDIS(url),
      .example = "rediss://redis.example.com:6380",
      .help = "Where it is: `redis://HOST:PORT/DATABASE`, `rediss://` for TLS, or `unix:/PATH` for "
              "a socket of this machine. Port 6379 and database 0 need not be written. With "
              "`sentinel_master` these are the Sentinels, with `cluster` some nodes, with a comma "
              "between them; the port of a Sentinel is 26379 unless it is written. No password "
              "stands here: errors and logs show addresses." },
    { .key = "cluster",
      .type = LG_OPTION_BOOL,
      .flags = LG_OPTION_FIXED,
      REDIS(cluster),
      .fallback = "false",
      .help = "Whether `url` names nodes of a Redis Cluster. One that answers is enough: it knows "
              "the others." },
    { .key = "sentinel_master",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_FIXED,
      REDIS(sentinel_master),
      .shape = &master_shape,
      .instead = "`url` says where Redis itself is",
      .example = "mymaster",
      .help = "What Sentinels call the master. They are asked where it is whenever a connection "
              "is made, and every 5 seconds while it stands. With `rediss://` Sentinels and Redis "
              "both have TLS." },
    { .key = "sentinel_username",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_FIXED,
      REDIS(sentinel_login.username),
      .instead = "it is the default user",
      .example = "lambdagate",
      .help = "The user of the Sentinels' own access control lists." },
    { .key = "sentinel_password",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_FIXED,
      REDIS(sentinel_login.password),
      .instead = "Sentinels are sent none",
      .example = "${SENTINEL_PASSWORD:-}",
      .help = "The password of the Sentinels, as `password` is that of Redis." },
    { .key = "sentinel_password_file",
      .type = LG_OPTION_PATH,
      .flags = LG_OPTION_FIXED,
      REDIS(sentinel_login.password_file),
      .instead = "Sentinels are sent none",
      .example = "/run/credentials/lambdagated.service/sentinel",
      .help = "A file with the password of the Sentinels, as `password_file` is for Redis." },
    { .key = "username",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_FIXED,
      REDIS(login.username),
      .instead = "it is the default user",
      .example = "lambdagate",
      .help = "The user of Redis's access control lists (ACL)." },
    { .key = "password",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_FIXED,
      REDIS(login.password),
      .instead = "no password is sent",
      .example = "${REDIS_PASSWORD:-}",
      .help = "The password, best taken from the environment or from `password_file`." },
    { .key = "password_file",
      .type = LG_OPTION_PATH,
      .flags = LG_OPTION_FIXED,
      REDIS(login.password_file),
      .instead = "no password is sent",
      .example = "/run/credentials/lambdagated.service/redis",
      .help = "A file with the password; a newline at its end does not count. It is read anew for "
              "each connection, and counts before `password`." },
    { .key = "database",
      .type = LG_OPTION_INTEGER,
      .flags = LG_OPTION_FIXED,
      REDIS(database),
      .min = 0,
      .max = 1000000,
      .fallback = "0",
      .instead = "it is the one of the URL, or 0",
      .help = "The number of the database." },
    { .key = "ca_file",
      .type = LG_OPTION_PATH,
      .flags = LG_OPTION_FIXED,
      REDIS(ca_file),
      .instead = "the authorities of the system count",
      .example = "redis-ca.pem",
      .help = "Certificates of the authorities that vouch for the server. Its certificate must "
              "name the host of the URL; with Sentinels or a Cluster also the hosts that these "
              "tell. It is read at the start." },
    { .key = "client_certificate",
      .type = LG_OPTION_PATH,
      .flags = LG_OPTION_FIXED,
      REDIS(client_certificate),
      .instead = "none is shown",
      .example = "redis-client.pem",
      .help = "The certificate that is shown to the server, which asks for one by default. It and "
              "its key are read at the start." },
    { .key = "client_key",
      .type = LG_OPTION_PATH,
      .flags = LG_OPTION_FIXED,
      REDIS(client_key),
      .example = "redis-client.key",
      .help = "The private key of that certificate." },
    { .key = "prefix",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_FIXED,
      REDIS(prefix),
      .shape = &prefix_shape,
      .fallback = "lg",
      .help = "What the names of all keys begin with." },
    { .key = "gateway",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_FIXED,
      REDIS(gateway),
      .shape = &name_shape,
      .instead = "it is the name of the host with something random, new at every start",
      .example = "gateway-1",
      .help = "The name of this gateway. No other may have it at the same time: the second one "
              "refuses calls until the first has gone." },
    { .key = "connect_timeout",
      .type = LG_OPTION_DURATION,
      .flags = LG_OPTION_FIXED,
      REDIS(connect_timeout_ms),
      .min = 10,
      .max = 60000,
      .fallback = "1s",
      .help = "How long connecting may take, names included; then TLS may take as long again." },
    { .key = "command_timeout",
      .type = LG_OPTION_DURATION,
      .flags = LG_OPTION_FIXED,
      REDIS(command_timeout_ms),
      .min = 10,
      .max = 60000,
      .fallback = "2s",
      .help = "How long an answer to a command may take. Then the connection is given up, and "
              "calls that it was to tell about end as of unknown outcome." },
};

static const struct lg_need redis_needs[] = {
    { "client_certificate", "client_key" },          { "client_key", "client_certificate" },
    { "sentinel_username", "sentinel_master" },      { "sentinel_password", "sentinel_master" },
    { "sentinel_password_file", "sentinel_master" }, { NULL, NULL },
};

const struct lg_group lg_options_redis = {
    .name = "redis",
    .help = "The Redis (7.0 or later) that carries calls to workers on other hosts.",
    .size = sizeof(struct lg_config_redis),
    .where_at = offsetof(struct lg_config_redis, where),
    .options = redis_options,
    .count = LG_COUNT(redis_options),
    .needs = redis_needs,
    .rule = lg_rule_redis,
};

static const struct lg_choice priorities[] = {
    { "normal", LG_PRIORITY_NORMAL, false },
    { "high", LG_PRIORITY_HIGH, false },
    { "low", LG_PRIORITY_LOW, false },
};

static const struct lg_option target_options[] = {
    { .key = "queue",
      .type = LG_OPTION_STRING,
      TARGET(queue),
      .shape = &name_shape,
      .instead = "it is the name of the function",
      .example = "resize",
      .help = "The name of the queue that workers take calls from." },
    { .key = "depth",
      .type = LG_OPTION_INTEGER,
      TARGET(depth),
      .min = 1,
      .max = 1000000,
      .fallback = "1000",
      .help = "Calls that may wait in the queue at once, those of other gateways included. More "
              "are refused." },
    { .key = "priority",
      .type = LG_OPTION_ENUM,
      TARGET(priority),
      .choices = priorities,
      .choice_count = LG_COUNT(priorities),
      .noun = "priority",
      .fallback = "normal",
      .help = "Workers that know priorities take calls of `high` first and of `low` last." },
    { .key = "start_receipts",
      .type = LG_OPTION_BOOL,
      TARGET(start_receipts),
      .fallback = "false",
      .help = "Whether workers are asked to tell when they take a call. Then `timeout` runs from "
              "there, and not from the moment at which the call is found gone from the queue." },
    { .key = "expect_workers",
      .type = LG_OPTION_BOOL,
      TARGET(expect_workers),
      .fallback = "false",
      .help = "Whether calls are refused at once while no worker has said within the last 60 "
              "seconds that it is there. Only for workers that say so." },
};

const struct lg_group lg_options_redis_target = {
    .name = "redis_target",
    .help = "Workers on any host that take calls from a queue in Redis (docs/worker-protocol.md). "
            "`redis` at the top level says where that is.",
    .size = sizeof(struct lg_config_redis_target),
    .where_at = offsetof(struct lg_config_redis_target, where),
    .options = target_options,
    .count = LG_COUNT(target_options),
};
