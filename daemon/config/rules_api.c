/* rules_api.c -- what an API's options must be together, and all APIs with each other. */
#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "base/map.h"
#include "config/rules.h"
#include "config/words.h"

#define DEFAULT_STAGE "$default"
#define TIMEOUT_HTTP_MS 30000
#define TIMEOUT_REST_MS 29000

/* --- routes ----------------------------------------------------------------------------------- */

static bool in_resource(char byte)
{
    return isalnum((unsigned char)byte) || (byte != '\0' && strchr("_-.,:{}+/ ", byte) != NULL);
}

static void check_rest_route(struct lg_rule_call *call, const struct lg_config_route *route)
{
    const struct lg_node *node = lg_node_get(lg_node_get(call->node, "routes"), route->key);

    if (strcmp(route->key, "$default") == 0) {
        lg_faults_add(call->faults, &route->where,
                      "found $default, expected a method and a path: a REST API knows no default "
                      "route");
        return;
    }
    for (const char *at = route->key; *at != '\0'; at++) {
        if (in_resource(*at))
            continue;
        lg_faults_add(call->faults, &route->where,
                      "found %s, expected the path of a REST API to hold letters, digits, "
                      "_-.,: and variables only",
                      lg_words_quote(call->arena, route->key));
        break;
    }
    if (route->payload == LG_PAYLOAD_V2)
        lg_faults_add(call->faults, lg_rule_where(node, "payload"),
                      "found 2.0 in a REST API, expected 1.0, which is all that it knows");
}

static void complete_route(struct lg_rule_call *call, struct lg_config_route *route,
                           enum lg_config_api_kind kind)
{
    lg_rule_body(call, route);
    if (route->payload == LG_PAYLOAD_BY_KIND)
        route->payload = kind == LG_API_REST ? LG_PAYLOAD_V1 : LG_PAYLOAD_V2;
    if (route->timeout_ms == 0)
        route->timeout_ms = kind == LG_API_REST ? TIMEOUT_REST_MS : TIMEOUT_HTTP_MS;
}

/* --- one API ---------------------------------------------------------------------------------- */

static void lower_hosts(struct lg_arena *arena, struct lg_config_strings *hosts)
{
    const char **items = lg_arena_zalloc(arena, hosts->count * sizeof(*items));

    for (size_t i = 0; i < hosts->count; i++) {
        char *host = lg_arena_cstr(arena, lg_str_of(hosts->items[i]));
        for (char *at = host; *at != '\0'; at++)
            *at = (char)tolower((unsigned char)*at);
        items[i] = host;
    }
    hosts->items = items;
}

static void check_rest(struct lg_rule_call *call, const struct lg_config_api *api)
{
    if (strcmp(api->stage, DEFAULT_STAGE) == 0)
        lg_faults_add(call->faults, lg_rule_where(call->node, "stage"),
                      "found no name of a stage, expected one such as prod: a REST API knows no "
                      "$default");
    for (size_t i = 0; i < api->route_count; i++)
        check_rest_route(call, &api->routes[i]);
}

static void check_http(struct lg_rule_call *call, const struct lg_config_api *api)
{
    if (api->binary_media_types.count > 0)
        lg_faults_add(call->faults, lg_rule_where(call->node, "binary_media_types"),
                      "found in an HTTP API, expected it in a REST API: the type of a body alone "
                      "decides here");
    if (api->gateway_response_count > 0)
        lg_faults_add(call->faults, lg_rule_where(call->node, "gateway_responses"),
                      "found in an HTTP API, expected it in a REST API: the answers of an HTTP API "
                      "cannot be changed");
}

void lg_rule_api(struct lg_rule_call *call, void *values)
{
    struct lg_config_api *api = values;

    if (api->validation == NULL)
        api->validation = LG_ARENA_NEW(call->arena, struct lg_config_validation);
    if (api->stage == NULL)
        api->stage = DEFAULT_STAGE;
    if (api->base_path == NULL)
        api->base_path = "";
    if (api->api_id == NULL)
        api->api_id = api->name;
    api->stage_in_path =
        api->hosts.count == 0 && *api->base_path == '\0' && strcmp(api->stage, DEFAULT_STAGE) != 0;
    api->mount =
        api->stage_in_path ? lg_arena_printf(call->arena, "/%s", api->stage) : api->base_path;
    lower_hosts(call->arena, &api->hosts);
    if (api->kind == LG_API_REST)
        check_rest(call, api);
    else
        check_http(call, api);
}

/* --- all APIs --------------------------------------------------------------------------------- */

/* What stands at the top level is an API where there are routes, or no other API. */
static bool is_simple(struct lg_rule_call *call, const struct lg_config *config)
{
    static const char *const keys[] = { "stage", "stage_variables", "api_id",    "errors",
                                        "cors",  "models",          "validation" };

    if (lg_node_get(call->node, "routes") != NULL && config->simple.route_count > 0)
        return true;
    if (config->api_count == 0)
        return true;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        const struct lg_node *node = lg_node_get(call->node, keys[i]);
        if (node != NULL && !lg_node_is_null(node))
            lg_faults_add(call->faults, &node->where,
                          "found beside \"apis\" without \"routes\", expected it in the API that "
                          "it is meant for");
    }
    return false;
}

static const struct lg_where *where_of_hosts(struct lg_rule_call *call,
                                             const struct lg_config_api *api)
{
    const struct lg_node *node = lg_node_get(lg_node_get(call->node, "apis"), api->name);

    return node != NULL ? lg_rule_where(node, "host") : &api->where;
}

static void claim(struct lg_rule_call *call, struct lg_map *taken, const struct lg_config_api *api,
                  const char *host)
{
    struct lg_str place = lg_str_of(lg_arena_printf(call->arena, "%s %s", host, api->mount));
    const struct lg_config_api *other = lg_map_get(taken, place);

    if (other == NULL) {
        enum lg_err err = lg_map_put(taken, place, (void *)(uintptr_t)api);
        assert(err == LG_OK);
        (void)err;
        return;
    }
    lg_faults_add(call->faults, where_of_hosts(call, api),
                  "found %s%s%s%s, which the API \"%s\" in line %u has already, expected another "
                  "host or base_path",
                  *host != '\0' ? "the host " : "every host", host,
                  *api->mount != '\0' ? " with paths below " : "", api->mount, other->name,
                  other->where.line);
}

/* Every request must have one API at most. */
static void check_places(struct lg_rule_call *call, const struct lg_config *config)
{
    struct lg_map *taken = lg_map_new();

    for (size_t i = 0; i < config->api_count; i++) {
        const struct lg_config_api *api = &config->apis[i];
        for (size_t h = 0; h < api->hosts.count; h++)
            claim(call, taken, api, api->hosts.items[h]);
        if (api->hosts.count == 0)
            claim(call, taken, api, "");
    }
    lg_map_free(taken, NULL);
}

static void add_simple(struct lg_rule_call *call, struct lg_config *config)
{
    struct lg_config_api *apis =
        lg_arena_zalloc(call->arena, (config->api_count + 1) * sizeof(*apis));

    config->simple.name = "default";
    config->simple.where = *lg_rule_where(call->node, "routes");
    lg_rule_api(call, &config->simple);
    apis[0] = config->simple;
    for (size_t i = 0; i < config->api_count; i++) {
        apis[i + 1] = config->apis[i];
        if (strcmp(config->apis[i].name, config->simple.name) == 0)
            lg_faults_add(call->faults, &config->apis[i].where,
                          "found the name of the API that \"routes\" at the top level are, "
                          "expected another");
    }
    config->apis = apis;
    config->api_count++;
}

/* Puts the routes of all APIs behind each other. */
static void gather_routes(struct lg_rule_call *call, struct lg_config *config)
{
    struct lg_config_api *apis =
        lg_arena_copy(call->arena, config->apis, config->api_count * sizeof(*apis));
    struct lg_config_route *next;
    size_t count = 0;

    for (size_t i = 0; i < config->api_count; i++) {
        if (apis[i].kind == LG_API_REST)
            lg_rule_options_methods(call, &apis[i]);
        count += apis[i].route_count;
    }
    next = lg_arena_zalloc(call->arena, count * sizeof(*next));
    config->apis = apis;
    config->routes = next;
    config->route_count = count;
    for (size_t i = 0; i < config->api_count; i++) {
        const struct lg_config_route *from = apis[i].routes;
        config->any_rest = config->any_rest || apis[i].kind == LG_API_REST;
        apis[i].routes = next;
        for (size_t r = 0; r < apis[i].route_count; r++, next++) {
            *next = from[r];
            next->api = &apis[i];
            complete_route(call, next, apis[i].kind);
        }
    }
}

void lg_rule_apis(struct lg_rule_call *call, void *values)
{
    struct lg_config *config = values;
    bool simple = is_simple(call, config);

    if (simple)
        add_simple(call, config);
    gather_routes(call, config);
    check_places(call, config);
}
