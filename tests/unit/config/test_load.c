/* test_load.c -- what a good configuration becomes: values, defaults, places. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "base/mem.h"
#include "parse.h"

/* --- defaults --------------------------------------------------------------------------------- */

Test(load, an_empty_file_has_every_default)
{
    struct lg_config *config = parse_good("");

    cr_assert_str_eq(config->file, PARSE_FILE);
    cr_assert_str_eq(config->listen.host, "127.0.0.1");
    cr_assert_eq(config->listen.port, 8080);
    cr_assert(config->listen.path == NULL);
    cr_assert(config->admin.host == NULL);
    cr_assert_str_eq(config->admin.path, "/run/lambdagate/admin.sock");
    cr_assert_eq(config->admin_mode, 0660);
    cr_assert(!config->invoke_auth_none);
    cr_assert_eq(config->loops, 0);
    cr_assert_str_eq(config->apis->stage, "$default");
    cr_assert_eq(config->apis->stage_variables.count, 0);
    cr_assert_str_eq(config->account_id, "123456789012");
    cr_assert_str_eq(config->region, "us-east-1");
    cr_assert_str_eq(config->apis->api_id, "lambdagate");
    cr_assert_eq(config->drain_timeout_ms, 25000);
    cr_assert_eq(config->function_count, 0);
    cr_assert_eq(config->route_count, 0);
    lg_config_free(config);
}

Test(load, an_empty_group_has_every_default)
{
    struct lg_config *config = parse_good("log:\nlimits: {}\n");

    cr_assert_eq(config->log.level, 1);
    cr_assert_eq(config->log.format, LG_LOG_TEXT);
    cr_assert(config->log.access);
    cr_assert_eq(config->limits.header_bytes, 10240);
    cr_assert_eq(config->limits.headers, 100);
    cr_assert_eq(config->limits.header_timeout_ms, 10000);
    cr_assert_eq(config->limits.idle_timeout_ms, 60000);
    cr_assert_eq(config->limits.connections, 10000);
    cr_assert_eq(config->limits.body_bytes, 10485760);
    cr_assert_eq(config->limits.payload_bytes, 6291456);
    cr_assert_eq(config->limits.result_bytes, 6291556);
    cr_assert_eq(config->limits.stream_bytes, 200 << 20);
    cr_assert_eq(config->limits.requests, 10000);
    cr_assert_eq(config->limits.connections_per_peer, 0);
    cr_assert_eq(config->limits.requests_per_connection, 0);
    cr_assert_eq(config->limits.body_rate, 256);
    cr_assert_eq(config->limits.memory_budget, 512 << 20);
    cr_assert_eq(config->limits.token_cache, 10000);
    cr_assert_eq(config->limits.token_cache_bytes, 64 << 20);
    cr_assert_eq(config->limits.authorizer_cache, 10000);
    cr_assert_eq(config->limits.authorizer_cache_bytes, 64 << 20);
    lg_config_free(config);
}

Test(load, a_function_has_the_defaults_of_lambda)
{
    struct lg_config *config = parse_good(FUNCTION);
    const struct lg_config_function *function = config->functions;

    cr_assert_eq(config->function_count, 1);
    cr_assert_str_eq(function->name, "f");
    cr_assert_eq(function->timeout_ms, 3000);
    cr_assert_eq(function->queue_wait_ms, 5000);
    cr_assert_eq(function->queue, 1000);
    cr_assert_eq(function->memory_mb, 128);
    cr_assert_eq(function->environment.count, 0);
    cr_assert_eq(function->where.line, 2);
    cr_assert_eq(function->workers->runtime, LG_RUNTIME_PYTHON3);
    cr_assert_str_eq(function->workers->handler, "app.f");
    cr_assert_eq(function->workers->command.count, 0);
    cr_assert_str_eq(function->workers->directory, "/etc/lambdagate");
    cr_assert_eq(function->workers->min, 0);
    cr_assert_eq(function->workers->max, 4);
    cr_assert_eq(function->workers->idle_timeout_ms, 300000);
    cr_assert_eq(function->workers->init_timeout_ms, 10000);
    cr_assert_eq(function->workers->where.line, 3);
    cr_assert_str_eq(function->workers->where.path, "functions.f.workers");
    lg_config_free(config);
}

Test(load, a_route_has_the_defaults_of_an_http_api)
{
    struct lg_config *config = parse_good(FUNCTION "routes:\n  GET /x: { function: f }\n"
                                                   "  GET /y: { redirect: { to: /z } }\n"
                                                   "  $default: { respond: }\n");
    const struct lg_config_route *routes = config->routes;

    cr_assert_eq(config->route_count, 3);
    cr_assert_str_eq(routes[0].key, "GET /x");
    cr_assert_eq(routes[0].function, config->functions);
    cr_assert_eq(routes[0].payload, LG_PAYLOAD_V2);
    cr_assert(routes[0].body_count == 0 && routes[0].redirect == NULL);
    cr_assert_eq(routes[0].timeout_ms, 30000);
    cr_assert(routes[0].authorizer_name == NULL);
    cr_assert_eq(routes[0].where.line, 5);
    cr_assert_eq(routes[1].redirect->status, 302);
    cr_assert(routes[1].redirect->keep_query);
    cr_assert_eq(routes[1].redirect->add_query.count, 0);
    cr_assert_str_eq(routes[2].key, "$default");
    cr_assert_eq(routes[2].respond->status, 200);
    cr_assert(routes[2].respond->body == NULL && routes[2].respond->content_type == NULL);
    lg_config_free(config);
}

/* --- values ----------------------------------------------------------------------------------- */

Test(load, the_daemon_s_own_options)
{
    struct lg_config *config = parse_good(
        "listen: \"[::1]:0\"\nadmin: localhost:81\nadmin_mode: 0600\ninvoke_auth: none\nloops: 3\n"
        "stage: prod-1\nstage_variables: { backend: blue, n: 1 }\naccount_id: '000000000001'\n"
        "region: eu-west-1\napi_id: Ab-1\ndrain_timeout: 0s\n"
        "log: { level: error, format: json, access: false }\n"
        "limits: { header_bytes: 2KB, headers: 5, header_timeout: 1m, idle_timeout: 10ms,\n"
        "  connections: 1, body: 1, payload: 2KiB, result: 1GB }\n");

    cr_assert_str_eq(config->listen.host, "::1");
    cr_assert_eq(config->listen.port, 0);
    cr_assert_str_eq(config->admin.host, "localhost");
    cr_assert_eq(config->admin_mode, 0600);
    cr_assert(config->invoke_auth_none);
    cr_assert_eq(config->loops, 3);
    cr_assert_str_eq(config->apis->stage, "prod-1");
    cr_assert_eq(config->apis->stage_variables.count, 2);
    cr_assert_str_eq(config->apis->stage_variables.items[1].name, "n");
    cr_assert_str_eq(config->apis->stage_variables.items[1].value, "1");
    cr_assert_eq(config->apis->stage_variables.items[1].where.line, 7);
    cr_assert_str_eq(config->account_id, "000000000001");
    cr_assert_str_eq(config->region, "eu-west-1");
    cr_assert_str_eq(config->apis->api_id, "Ab-1");
    cr_assert_eq(config->drain_timeout_ms, 0);
    cr_assert_eq(config->log.level, 3);
    cr_assert_eq(config->log.format, LG_LOG_JSON);
    cr_assert(!config->log.access);
    cr_assert_eq(config->limits.header_bytes, 2048);
    cr_assert_eq(config->limits.headers, 5);
    cr_assert_eq(config->limits.header_timeout_ms, 60000);
    cr_assert_eq(config->limits.idle_timeout_ms, 10);
    cr_assert_eq(config->limits.connections, 1);
    cr_assert_eq(config->limits.body_bytes, 1);
    cr_assert_eq(config->limits.payload_bytes, 2048);
    cr_assert_eq(config->limits.result_bytes, 1 << 30);
    lg_config_free(config);
}

Test(load, every_level_of_the_log)
{
    static const char *const levels[] = { "debug", "info", "warn", "error" };

    for (size_t i = 0; i < LG_COUNT(levels); i++) {
        char text[50];
        snprintf(text, sizeof(text), "log: { level: %s }", levels[i]);
        struct lg_config *config = parse_good(text);
        cr_assert_eq(config->log.level, (int64_t)i);
        lg_config_free(config);
    }
}

Test(load, a_function_of_ones_own)
{
    struct lg_config *config = parse_good(
        "functions:\n  a:\n    timeout: 15m\n    queue_wait: 0s\n    queue: 0\n    memory: 10240\n"
        "    environment: { TABLE: items, FLAG: true, EMPTY: '' }\n    workers:\n"
        "      command: [node, --x, '']\n      handler: x\n      directory: ../code\n"
        "      min: 2\n      max: 2\n      idle_timeout: 1h\n      init_timeout: 1s\n"
        "  b:\n    workers: { runtime: nodejs, handler: a/b.c.d, directory: /srv/b }\n");
    const struct lg_config_function *a = &config->functions[0], *b = &config->functions[1];

    cr_assert_eq(a->timeout_ms, 900000);
    cr_assert_eq(a->queue_wait_ms, 0);
    cr_assert_eq(a->queue, 0);
    cr_assert_eq(a->memory_mb, 10240);
    cr_assert_eq(a->environment.count, 3);
    cr_assert_str_eq(a->environment.items[1].value, "true");
    cr_assert_str_eq(a->environment.items[2].value, "");
    cr_assert_eq(a->workers->runtime, LG_RUNTIME_COMMAND);
    cr_assert_eq(a->workers->command.count, 3);
    cr_assert_str_eq(a->workers->command.items[1], "--x");
    cr_assert_str_eq(a->workers->handler, "x");
    cr_assert_str_eq(a->workers->directory, "/etc/lambdagate/../code");
    cr_assert_eq(a->workers->min, 2);
    cr_assert_eq(a->workers->max, 2);
    cr_assert_eq(a->workers->idle_timeout_ms, 3600000);
    cr_assert_eq(a->workers->init_timeout_ms, 1000);
    cr_assert_eq(b->workers->runtime, LG_RUNTIME_NODEJS);
    cr_assert_str_eq(b->workers->directory, "/srv/b");
    lg_config_free(config);
}

Test(load, a_route_to_a_function)
{
    struct lg_config *config = parse_good(
        "routes:\n  POST /x:\n    function: f\n    payload: 2.0\n"
        "    body: ./schemas/item.json\n    timeout: 50ms\n    authorizer: none\n" FUNCTION);
    const struct lg_config_route *route = config->routes;

    cr_assert_eq(route->function, config->functions);
    cr_assert_eq(route->body_count, 1);
    cr_assert_str_eq(route->bodies[0].media_type, "");
    cr_assert_str_eq(route->bodies[0].file, "/etc/lambdagate/schemas/item.json");
    cr_assert_eq(route->bodies[0].where.line, 5);
    cr_assert_str_eq(route->bodies[0].where.path, "routes.\"POST /x\".body");
    cr_assert_eq(route->timeout_ms, 50);
    cr_assert(strcmp(route->authorizer_name, "none") == 0);
    lg_config_free(config);
}

Test(load, a_redirect)
{
    struct lg_config *config =
        parse_good("routes:\n  GET /x:\n    redirect:\n      to: https://x/{y}\n      status: 308\n"
                   "      query: drop\n      add_query: { a: 1, b: '' }\n");
    const struct lg_config_redirect *redirect = config->routes->redirect;

    cr_assert_str_eq(redirect->to, "https://x/{y}");
    cr_assert_eq(redirect->status, 308);
    cr_assert(!redirect->keep_query);
    cr_assert_eq(redirect->add_query.count, 2);
    cr_assert_str_eq(redirect->add_query.items[0].value, "1");
    cr_assert_eq(redirect->where.line, 3);
    lg_config_free(config);
}

static const struct lg_config_respond *respond_of(struct lg_config **config, const char *inner)
{
    char text[300];

    snprintf(text, sizeof(text), "routes: { GET /x: { respond: { %s } } }", inner);
    *config = parse_good(text);
    return (*config)->routes->respond;
}

Test(load, an_answer_in_json)
{
    struct lg_config *config;
    const struct lg_config_respond *respond =
        respond_of(&config, "status: 599, json: { ok: true, n: [1, 2.50, ~, '3', x] }");

    cr_assert_eq(respond->status, 599);
    cr_assert_str_eq(respond->body, "{\"ok\":true,\"n\":[1,2.50,null,\"3\",\"x\"]}");
    cr_assert_str_eq(respond->content_type, "application/json");
    lg_config_free(config);
}

Test(load, null_is_an_answer_in_json)
{
    struct lg_config *config;
    const struct lg_config_respond *respond = respond_of(&config, "json: null");

    cr_assert_str_eq(respond->body, "null");
    cr_assert_str_eq(respond->content_type, "application/json");
    lg_config_free(config);
}

Test(load, an_answer_in_text)
{
    struct lg_config *config;
    const struct lg_config_respond *respond = respond_of(&config, "text: ''");

    cr_assert_str_eq(respond->body, "");
    cr_assert_str_eq(respond->content_type, "text/plain; charset=utf-8");
    lg_config_free(config);
}

Test(load, a_content_type_among_the_headers_wins)
{
    struct lg_config *config;
    const struct lg_config_respond *respond =
        respond_of(&config, "text: '<p>', headers: { Content-Type: text/html, x-a: \"a\\tb\" }");

    cr_assert(respond->content_type == NULL);
    cr_assert_eq(respond->headers.count, 2);
    cr_assert_str_eq(respond->headers.items[1].value, "a\tb");
    lg_config_free(config);
}

Test(load, other_headers_leave_the_content_type)
{
    struct lg_config *config;
    const struct lg_config_respond *respond = respond_of(&config, "json: 1, headers: { x-a: b }");

    cr_assert_str_eq(respond->content_type, "application/json");
    lg_config_free(config);
    respond = respond_of(&config, "json: 1, headers: { CONTENT-TYPE: a/b }");
    cr_assert(respond->content_type == NULL);
    lg_config_free(config);
}

Test(load, an_answer_without_a_body)
{
    struct lg_config *config;
    const struct lg_config_respond *respond = respond_of(&config, "status: 204");

    cr_assert(respond->body == NULL && respond->content_type == NULL);
    lg_config_free(config);
}

Test(load, two_addresses_with_port_0_are_not_the_same)
{
    lg_config_free(parse_good("listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\ninvoke_auth: none\n"));
}

/* --- the environment -------------------------------------------------------------------------- */

Test(load, options_come_from_the_environment)
{
    setenv("LG_TEST_ADDRESS", "127.0.0.1:9999", 1);
    setenv("LG_TEST_MAX", "7", 1);
    unsetenv("LG_TEST_UNSET");
    struct lg_config *config = parse_good(
        "{\"listen\": \"${LG_TEST_ADDRESS}\", \"log\": {\"access\": \"${LG_TEST_UNSET:-false}\"},\n"
        "\"functions\": {\"f\": {\"environment\": {\"DB\": \"${LG_TEST_UNSET:-}\"}, \"workers\":\n"
        "{\"command\": [\"$${x}\"], \"max\": \"${LG_TEST_MAX}\"}}}}");

    cr_assert_eq(config->listen.port, 9999);
    cr_assert(!config->log.access);
    cr_assert_eq(config->functions->workers->max, 7);
    cr_assert_str_eq(config->functions->workers->command.items[0], "${x}");
    cr_assert_str_eq(config->functions->environment.items[0].value, "");
    lg_config_free(config);
}

Test(load, an_empty_default_without_quotes_is_an_empty_string)
{
    struct lg_config *config =
        parse_good("functions:\n  f:\n    environment: { DB: \"${LG_TEST_UNSET:-}\" }\n" WORKERS);

    cr_assert_str_eq(config->functions->environment.items[0].value, "");
    lg_config_free(config);
    config =
        parse_good("functions:\n  f:\n    environment:\n      DB: ${LG_TEST_UNSET:-}\n" WORKERS);
    cr_assert_str_eq(config->functions->environment.items[0].value, "");
    lg_config_free(config);
}

/* --- files ------------------------------------------------------------------------------------ */

static struct lg_config *load(const char *file, const char *fault)
{
    struct lg_faults *faults = lg_faults_new();
    struct lg_config *config = lg_config_load(file, faults);

    if (fault != NULL) {
        cr_assert(config == NULL);
        cr_assert_eq(lg_faults_count(faults), 1);
        cr_assert_str_eq(lg_faults_line(faults, 0), fault);
    }
    lg_faults_free(faults);
    return config;
}

Test(load, a_file_that_is_not_there)
{
    load("/nonexistent/lambdagate.yaml",
         "/nonexistent/lambdagate.yaml: the file cannot be read: No such file or directory");
}

Test(load, a_folder_is_no_file)
{
    load("/", "/: the file cannot be read: Is a directory");
}

Test(load, a_file_without_end)
{
    load("/dev/zero", "/dev/zero: found more than 4MB, expected a smaller file");
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    cr_assert(file != NULL);
    fputs(text, file);
    fclose(file);
}

Test(load, relative_paths_start_at_the_folder_of_the_file)
{
    char folder[] = "/tmp/lambdagate-config-XXXXXX";
    char expected[100];

    cr_assert(mkdtemp(folder) != NULL);
    cr_assert_eq(chdir(folder), 0);
    write_file("a.yaml", FUNCTION);
    struct lg_config *config = load("a.yaml", NULL);
    cr_assert_str_eq(config->functions->workers->directory, folder);
    lg_config_free(config);
    config = load("./a.yaml", NULL);
    cr_assert_str_eq(config->functions->workers->directory, folder);
    lg_config_free(config);
    cr_assert_eq(chdir("/tmp"), 0);
    snprintf(expected, sizeof(expected), "%s/a.yaml", folder + strlen("/tmp/"));
    config = load(expected, NULL);
    cr_assert_str_eq(config->functions->workers->directory, folder);
    cr_assert_str_eq(config->file, expected);
    lg_config_free(config);
    snprintf(expected, sizeof(expected), "%s/a.yaml", folder);
    unlink(expected);
    rmdir(folder);
}

Test(load, a_path_at_the_root_has_one_slash)
{
    static const char text[] = "functions: { f: { workers: { command: [x], directory: ./code } } }";
    struct lg_faults *faults = lg_faults_new();
    struct lg_config *config = lg_config_parse("/t.yaml", lg_str_of(text), faults);

    cr_assert_str_eq(config->functions->workers->directory, "/code");
    lg_config_free(config);
    lg_faults_free(faults);
}

Test(load, faults_come_after_those_that_were_there)
{
    struct lg_faults *faults = lg_faults_new();

    lg_faults_add(faults, &(struct lg_where){ .file = "other", .line = 99 }, "x");
    cr_assert(lg_config_parse("t", LG_STR("a: 1"), faults) == NULL);
    cr_assert_str_eq(lg_faults_line(faults, 0), "other:99: x");
    cr_assert_eq(lg_faults_count(faults), 2);
    struct lg_config *config = lg_config_parse("t", LG_STR(""), faults);
    cr_assert(config != NULL);
    lg_config_free(config);
    lg_config_free(NULL);
    lg_faults_free(faults);
    lg_faults_free(NULL);
}
