/* options.c -- the options of the daemon itself: listening, identity, log, limits. */
#include "config/options.h"

#include "base/mem.h"
#include "config/config.h"

#define AT(member) LG_OPTION_AT(lg_config, member)

/* --- log -------------------------------------------------------------------------------------- */

/* The numbers are those of enum lg_log_level in observe/, which lies above this folder. */
static const struct lg_choice levels[] = {
    { "debug", 0, false },
    { "info", 1, false },
    { "warn", 2, false },
    { "error", 3, false },
};

static const struct lg_choice formats[] = {
    { "text", LG_LOG_TEXT, false },
    { "json", LG_LOG_JSON, false },
};

static const struct lg_option log_options[] = {
    { .key = "level",
      .type = LG_OPTION_ENUM,
      AT(log.level),
      .choices = levels,
      .choice_count = LG_COUNT(levels),
      .fallback = "info",
      .help = "The lowest level that is written." },
    { .key = "format",
      .type = LG_OPTION_ENUM,
      .flags = LG_OPTION_FIXED,
      AT(log.format),
      .choices = formats,
      .choice_count = LG_COUNT(formats),
      .fallback = "text",
      .help = "Lines for people (`text`), or one JSON object a line for machines (`json`)." },
    { .key = "access",
      .type = LG_OPTION_BOOL,
      AT(log.access),
      .fallback = "true",
      .help = "Whether every request gets a line when it ends." },
};

static const struct lg_group log_group = {
    .name = "log",
    .help = "What the daemon writes to standard error.",
    .options = log_options,
    .count = LG_COUNT(log_options),
};

/* --- limits ----------------------------------------------------------------------------------- */

#define BYTES_MAX (INT64_C(1) << 30)
#define STREAM_MAX (INT64_C(1) << 40)

static const struct lg_option limit_options[] = {
    { .key = "header_bytes",
      .type = LG_OPTION_SIZE,
      AT(limits.header_bytes),
      .min = 1024,
      .max = 256 << 10,
      .fallback = "10KB",
      .help = "Request line and header fields of a request together; in a REST API the values of "
              "its header fields alone, and its target alone. Larger ones are answered with 431, "
              "and with 414 where the target is too large by itself." },
    { .key = "headers",
      .type = LG_OPTION_INTEGER,
      AT(limits.headers),
      .min = 1,
      .max = 1000,
      .fallback = "100",
      .help = "Header fields of a request. More are answered with 431." },
    { .key = "header_timeout",
      .type = LG_OPTION_DURATION,
      AT(limits.header_timeout_ms),
      .min = 10,
      .max = 600000,
      .fallback = "10s",
      .help = "How long a client may take to send a request line and its header fields." },
    { .key = "idle_timeout",
      .type = LG_OPTION_DURATION,
      AT(limits.idle_timeout_ms),
      .min = 10,
      .max = 3600000,
      .fallback = "60s",
      .help = "How long a connection may rest between two requests, and between two bytes of "
              "one." },
    { .key = "connections",
      .type = LG_OPTION_INTEGER,
      AT(limits.connections),
      .min = 1,
      .max = 1000000,
      .fallback = "10000",
      .help = "Connections of clients that may be open at once. More are closed as they come." },
    { .key = "connections_per_peer",
      .type = LG_OPTION_INTEGER,
      AT(limits.connections_per_peer),
      .min = 0,
      .max = 1000000,
      .fallback = "0",
      .help = "Connections that one address (an IPv6 network of 64 bits) may have open at once. "
              "More are closed as they come. 0 is no limit: behind a proxy all clients share its "
              "address." },
    { .key = "requests_per_connection",
      .type = LG_OPTION_INTEGER,
      AT(limits.requests_per_connection),
      .min = 0,
      .max = 1000000000,
      .fallback = "0",
      .help = "Requests after which a connection is closed, with `Connection: close` in the last "
              "answer. 0 is no limit." },
    { .key = "requests",
      .type = LG_OPTION_INTEGER,
      AT(limits.requests),
      .min = 1,
      .max = 1000000,
      .fallback = "10000",
      .help = "Requests that may be worked on at once. More are answered with 503 and "
              "`Retry-After`, before their bodies are read." },
    { .key = "body_rate",
      .type = LG_OPTION_SIZE,
      AT(limits.body_rate),
      .min = 0,
      .max = BYTES_MAX,
      .fallback = "256",
      .help = "Bytes a second that the body of a request must come with on average, after 5 "
              "seconds. Slower clients are cut off. 0 is no limit." },
    { .key = "memory_budget",
      .type = LG_OPTION_SIZE,
      AT(limits.memory_budget),
      .min = 1 << 20,
      .max = INT64_C(1) << 40,
      .fallback = "512MB",
      .help = "Memory for bodies, waiting events and results of all requests together. From 80 % "
              "on large bodies wait unread; what still finds no room is answered with 503 and "
              "`Retry-After` before it is read." },
    { .key = "token_cache",
      .type = LG_OPTION_INTEGER,
      AT(limits.token_cache),
      .min = 0,
      .max = 10000000,
      .fallback = "10000",
      .help = "Tokens that were found good and are remembered, so that their signature is verified "
              "once; those unused for longest go first. Each loop has its share. 0 remembers "
              "none." },
    { .key = "token_cache_bytes",
      .type = LG_OPTION_SIZE,
      AT(limits.token_cache_bytes),
      .min = 0,
      .max = INT64_C(1) << 40,
      .fallback = "64MB",
      .help = "Memory for these tokens and their claims." },
    { .key = "authorizer_cache",
      .type = LG_OPTION_INTEGER,
      AT(limits.authorizer_cache),
      .min = 0,
      .max = 10000000,
      .fallback = "10000",
      .help = "Answers of Lambda authorizers that are remembered for their `cache_ttl`; those "
              "unused for longest go first. Each loop has its share. 0 remembers none." },
    { .key = "authorizer_cache_bytes",
      .type = LG_OPTION_SIZE,
      AT(limits.authorizer_cache_bytes),
      .min = 0,
      .max = INT64_C(1) << 40,
      .fallback = "64MB",
      .help = "Memory for these answers: policies and contexts." },
    { .key = "body",
      .type = LG_OPTION_SIZE,
      AT(limits.body_bytes),
      .min = 1,
      .max = BYTES_MAX,
      .fallback = "10MB",
      .help = "The body of a request. Larger ones are answered with 413, as API Gateway does "
              "beyond 10MB." },
    { .key = "payload",
      .type = LG_OPTION_SIZE,
      AT(limits.payload_bytes),
      .min = 1,
      .max = BYTES_MAX,
      .fallback = "6MB",
      .help = "An event on its way to a function. Lambda takes 6MB." },
    { .key = "result",
      .type = LG_OPTION_SIZE,
      AT(limits.result_bytes),
      .min = 1,
      .max = BYTES_MAX,
      .fallback = "6291556",
      .help = "What a function may return. Lambda's limit is 6MB and 100 bytes." },
    { .key = "stream",
      .type = LG_OPTION_SIZE,
      AT(limits.stream_bytes),
      .min = 0,
      .max = STREAM_MAX,
      .fallback = "200MB",
      .help = "What a function may send as one streamed answer. Lambda's limit is 200MB; 0 is no "
              "limit." },
};

static const struct lg_group limits_group = {
    .name = "limits",
    .help = "Ceilings for everything that a stranger can make grow.",
    .options = limit_options,
    .count = LG_COUNT(limit_options),
};

/* --- the file --------------------------------------------------------------------------------- */

static const struct lg_choice invoke_auths[] = { { "none", 1, false } };
static const struct lg_choice loops_words[] = { { "auto", 0, false } };

static const struct lg_shape account_shape = { "[0-9]{12}", "12 digits" };
static const struct lg_shape function_name = {
    "[a-zA-Z0-9_-]{1,64}",
    "up to 64 letters, digits, - and _",
};

static const struct lg_sample function_samples[] = {
    { "put-item", "redis lambda command access_key_id secret_access_key_file session_token_file" },
    { "report",
      "redis lambda user file profile concurrency private_tmp reload_on_change runtime handler "
      "environment timeout memory logging "
      "invoke_mode queue queue_wait" },
    { "resize",
      "workers lambda queue user credentials concurrency environment timeout memory logging "
      "invoke_mode "
      "queue_wait" },
    { "authorize", "redis lambda user credentials concurrency environment timeout memory logging "
                   "invoke_mode "
                   "queue queue_wait command min max idle_timeout init_timeout private_tmp "
                   "reload_on_change" },
    { "billing", "workers redis queue user credentials concurrency environment timeout memory "
                 "logging invoke_mode queue_wait function url auth_type" },
    { "catalog", "workers redis queue user credentials concurrency environment timeout memory "
                 "logging invoke_mode queue_wait function arn qualifier region endpoint ca_file "
                 "fips dual_stack invocation_type retries connections connect_timeout" },
};
static const struct lg_sample aws_sample[] = { { "aws", "credentials" } };
#define MAPPED "parameters request_parameters response_parameters cors"
static const struct lg_sample route_samples[] = {
    { "POST /items", "http redirect respond cors" },
    { "GET /docs/{page+}",
      "http function payload invoke_mode body timeout respond scopes " MAPPED },
    { "GET /ping",
      "http function payload invoke_mode body timeout redirect text authorizer scopes " MAPPED },
    { "GET /robots.txt",
      "http function payload invoke_mode body timeout redirect json status headers "
      "authorizer scopes " MAPPED },
    { "ANY /shop/{proxy+}", "function payload invoke_mode body redirect respond concurrency "
                            "authorizer scopes ca_file certificate key " MAPPED },
};

static const struct lg_sample authorizer_samples[] = {
    { "shop", "lambda jwt issuers jwks_file" },
    { "idp", "lambda cognito issuers identity token_bytes jwks_url secret_file" },
    { "partners", "lambda cognito jwt identity token_bytes" },
    { "gate", "cognito jwt issuers identity token_bytes" },
};

static const struct lg_sample api_samples[] = { { "shop", NULL } };

static const struct lg_option options[] = {
    { .key = "listen",
      .type = LG_OPTION_ADDRESS,
      .flags = LG_OPTION_FIXED,
      AT(listen),
      .fallback = "127.0.0.1:8080",
      .help = "Where clients send their requests. Port 0 takes any free port." },
    { .key = "admin",
      .type = LG_OPTION_ADDRESS,
      .flags = LG_OPTION_FIXED,
      AT(admin),
      .fallback = "/run/lambdagate/admin.sock",
      .help = "Where the operator asks for health and metrics, and functions are invoked by hand. "
              "A TCP address needs `invoke_auth` as well." },
    { .key = "admin_mode",
      .type = LG_OPTION_MODE,
      .flags = LG_OPTION_FIXED,
      AT(admin_mode),
      .fallback = "0660",
      .help = "Permissions of the admin socket: whoever may write to it may invoke functions." },
    { .key = "invoke_auth",
      .type = LG_OPTION_ENUM,
      .flags = LG_OPTION_FIXED,
      AT(invoke_auth_none),
      .choices = invoke_auths,
      .choice_count = LG_COUNT(invoke_auths),
      .instead = "only a unix socket will do for `admin`",
      .example = "none",
      .help = "Who may invoke functions over the admin address. `none` lets everybody who can "
              "reach it, so it must be written out, and the address must belong to this machine "
              "alone. There is no other value so far." },
    { .key = "loops",
      .type = LG_OPTION_INTEGER,
      .flags = LG_OPTION_FIXED,
      AT(loops),
      .min = 1,
      .max = 64,
      .choices = loops_words,
      .choice_count = LG_COUNT(loops_words),
      .fallback = "auto",
      .help = "Threads that serve connections. `auto` takes as many as there are usable "
              "processors, but no more than 4." },
    { .key = "stage",
      .type = LG_OPTION_STRING,
      AT(simple.stage),
      .shape = &lg_shape_stage,
      .fallback = "$default",
      .help = "The stage that functions find in their events. Paths begin with it, unless it is "
              "`$default`." },
    { .key = "stage_variables",
      .type = LG_OPTION_PAIRS,
      AT(simple.stage_variables),
      .name = &lg_shape_variable_name,
      .shape = &lg_shape_variable_value,
      .example = "{ backend: blue }",
      .help = "Names and values that functions find in their events as stageVariables." },
    { .key = "account_id",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_FIXED,
      AT(account_id),
      .shape = &account_shape,
      .fallback = "123456789012",
      .help = "The AWS account that functions are told they run in." },
    { .key = "region",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_FIXED,
      AT(region),
      .shape = &lg_shape_region,
      .fallback = "us-east-1",
      .help = "The AWS region that functions are told they run in, also as AWS_REGION." },
    { .key = "api_id",
      .type = LG_OPTION_STRING,
      AT(simple.api_id),
      .shape = &lg_shape_api_id,
      .fallback = "lambdagate",
      .help = "The id of the API that functions find in their events." },
    { .key = "log",
      .type = LG_OPTION_GROUP,
      .group = &log_group,
      .help = "What the daemon writes to standard error." },
    { .key = "limits",
      .type = LG_OPTION_GROUP,
      .group = &limits_group,
      .help = "Ceilings for everything that a stranger can make grow." },
    { .key = "drain_timeout",
      .type = LG_OPTION_DURATION,
      AT(drain_timeout_ms),
      .min = 0,
      .max = 3600000,
      .fallback = "25s",
      .help = "How long the daemon, once told to stop, waits for requests in flight." },
    { .key = "redis",
      .type = LG_OPTION_GROUP,
      AT(redis),
      .group = &lg_options_redis,
      .help = "The Redis that carries calls to workers on other hosts, for functions with `redis`. "
              "It should evict nothing (`maxmemory-policy noeviction`) and keep an append-only "
              "file." },
    { .key = "aws",
      .type = LG_OPTION_GROUP,
      AT(aws),
      .group = &lg_options_aws,
      .samples = aws_sample,
      .sample_count = 1,
      .help = "How AWS is called, and with whose credentials, by whatever needs it." },
    { .key = "functions",
      .type = LG_OPTION_MAP,
      AT(functions),
      .count_at = offsetof(struct lg_config, function_count),
      .name = &function_name,
      .group = &lg_options_function,
      .samples = function_samples,
      .sample_count = LG_COUNT(function_samples),
      .help = "The functions by name, each with what runs it." },
    { .key = "authorizers",
      .type = LG_OPTION_MAP,
      AT(authorizers),
      .count_at = offsetof(struct lg_config, authorizer_count),
      .name = &function_name,
      .group = &lg_options_authorizer,
      .samples = authorizer_samples,
      .sample_count = LG_COUNT(authorizer_samples),
      .help = "Who may use routes, by names that routes refer to. Where there is one, every route "
              "must say which it needs, or `none`." },
    { .key = "authorizer",
      .type = LG_OPTION_STRING,
      AT(simple.authorizer_name),
      .where_at = offsetof(struct lg_config, simple.authorizer_where),
      .instead = "every route names its own",
      .example = "shop",
      .help = "Who may use the routes that name no authorizer of their own: a name under "
              "`authorizers`, or `none`." },
    { .key = "models",
      .type = LG_OPTION_PAIRS,
      .flags = LG_OPTION_PATHS,
      AT(simple.models),
      .name = &lg_shape_model,
      .example = "{ Item: schemas/item.json }",
      .help = "JSON Schemas by name, for `body` of the routes." },
    { .key = "validation",
      .type = LG_OPTION_GROUP,
      AT(simple.validation),
      .group = &lg_options_validation,
      .help = "How bodies are checked." },
    { .key = "routes",
      .type = LG_OPTION_MAP,
      AT(simple.routes),
      .count_at = offsetof(struct lg_config, simple.route_count),
      .group = &lg_options_route,
      .samples = route_samples,
      .sample_count = LG_COUNT(route_samples),
      .help = "Which request goes where, by route key: a method (or ANY) and a path, as in "
              "`GET /items/{id}`, or `$default` for whatever no other route takes. `{name}` "
              "stands for one segment of the path, `{name+}` for all that are left. They are the "
              "one API of a simple configuration, an HTTP API called `default`." },
    { .key = "errors",
      .type = LG_OPTION_ENUM,
      AT(simple.errors),
      .choices = lg_choices_errors,
      .choice_count = LG_CHOICES_ERRORS,
      .fallback = "aws",
      .help = "The status of errors of the gateway's own: as API Gateway has them, or `distinct`, "
              "where 503 says that no function has run and 504 that one may have. "
              "`x-lambdagate-outcome` tells both apart in any case." },
    { .key = "cors",
      .type = LG_OPTION_GROUP,
      AT(simple.cors),
      .group = &lg_options_cors,
      .help = "What pages of other origins may do, on every route that does not say it itself." },
    { .key = "apis",
      .type = LG_OPTION_MAP,
      AT(apis),
      .count_at = offsetof(struct lg_config, api_count),
      .name = &lg_shape_api_id,
      .group = &lg_options_api,
      .samples = api_samples,
      .sample_count = LG_COUNT(api_samples),
      .help = "Several APIs by name, each with routes of its own. `routes`, `stage`, "
              "`stage_variables`, `api_id`, `errors` and `cors` at the top level are no part of "
              "them: they make one more API." },
};

const struct lg_group lg_options = {
    .name = "lambdagate",
    .help = "What stands at the top level of the file.",
    .options = options,
    .count = LG_COUNT(options),
    .rule = lg_rule_root,
};
