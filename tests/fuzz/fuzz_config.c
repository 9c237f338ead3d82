/* fuzz_config.c -- whatever bytes a configuration is made of, it is whole or there are faults. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "config/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What everybody who reads a configuration relies on. */
static void check_route(const struct lg_config *config, const struct lg_config_route *route)
{
    int ways = (route->function != NULL) + (route->redirect != NULL) + (route->respond != NULL);

    assert(route->key != NULL && ways == 1);
    assert(route->timeout_ms >= 50);
    assert(route->payload != LG_PAYLOAD_BY_KIND);
    if (route->function != NULL)
        assert(route->function >= config->functions &&
               route->function < config->functions + config->function_count);
    assert(route->body_count == 0 || route->function != NULL);
    assert(route->scopes.count == 0 || route->authorizer != NULL);
    if (route->redirect != NULL)
        assert(route->redirect->to != NULL && route->redirect->status > 300);
    if (route->respond != NULL && route->respond->content_type != NULL)
        assert(route->respond->body != NULL);
}

static void check_json(const struct lg_config_respond *respond)
{
    struct lg_arena arena;
    struct lg_json *value;

    if (respond == NULL || respond->content_type == NULL ||
        strcmp(respond->content_type, "application/json") != 0)
        return;
    lg_arena_init(&arena);
    enum lg_err err =
        lg_json_read(&arena, lg_str_of(respond->body), &lg_json_default_limits, &value, NULL);
    assert(err == LG_OK);
    lg_arena_done(&arena);
}

static void check_function(const struct lg_config_function *function)
{
    const struct lg_config_workers *workers = function->workers;

    assert(function->name != NULL && workers != NULL);
    assert(workers->directory[0] == '/' && workers->min <= workers->max && workers->max > 0);
    assert((workers->runtime == LG_RUNTIME_COMMAND) == (workers->command.count > 0));
    assert(workers->runtime == LG_RUNTIME_COMMAND || workers->handler != NULL);
    for (size_t i = 0; i < function->environment.count; i++)
        assert(lg_utf8_valid(lg_str_of(function->environment.items[i].value)));
}

static void check_api(const struct lg_config *config, const struct lg_config_api *api)
{
    assert(api->name != NULL && api->stage != NULL && api->mount != NULL && api->api_id != NULL);
    assert(api->base_path != NULL);
    assert(api->kind == LG_API_HTTP || strcmp(api->stage, "$default") != 0);
    for (size_t i = 0; i < api->route_count; i++) {
        assert(&api->routes[i] >= config->routes);
        assert(&api->routes[i] < config->routes + config->route_count);
        assert(api->routes[i].api == api);
    }
}

static void check_whole(const struct lg_config *config)
{
    assert((config->listen.host == NULL) != (config->listen.path == NULL));
    assert((config->admin.host == NULL) != (config->admin.path == NULL));
    assert(config->region != NULL && config->api_count > 0);
    for (size_t i = 0; i < config->api_count; i++)
        check_api(config, &config->apis[i]);
    assert(strlen(config->account_id) == 12);
    for (size_t i = 0; i < config->function_count; i++)
        check_function(&config->functions[i]);
    for (size_t i = 0; i < config->route_count; i++) {
        check_route(config, &config->routes[i]);
        check_json(config->routes[i].respond);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lg_faults *faults = lg_faults_new();
    struct lg_config *config =
        lg_config_parse("/etc/t.yaml", lg_str_make((const char *)data, size), faults);

    assert((config == NULL) == (lg_faults_count(faults) > 0));
    if (config != NULL)
        check_whole(config);
    for (size_t i = 0; i < lg_faults_count(faults); i++)
        assert(strchr(lg_faults_line(faults, i), '\n') == NULL);
    lg_config_free(config);
    lg_faults_free(faults);
    return 0;
}
