/* rules_cors.c -- what the options of CORS must be together, and the OPTIONS methods they make. */
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "config/rules.h"
#include "config/words.h"

#define LIST_MAX 100 /* entries of one list */

static void check_count(struct lg_rule_call *call, const char *key,
                        const struct lg_config_strings *list)
{
    if (list->count > LIST_MAX)
        lg_faults_add(call->faults, lg_rule_where(call->node, key),
                      "found %zu entries, expected at most %d", list->count, LIST_MAX);
}

/* --- origins ---------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);

    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static bool is_for_all(const char *origin)
{
    return strcmp(origin, "*") == 0 || ends_with(origin, "://*");
}

static void check_origin(struct lg_rule_call *call, const struct lg_config_cors *cors,
                         const char *origin)
{
    const struct lg_where *where = lg_rule_where(call->node, "allow_origins");
    const char *found = lg_words_quote(call->arena, origin);

    if ((strncasecmp(origin, "https:", 6) == 0 && ends_with(origin, ":443")) ||
        (strncasecmp(origin, "http:", 5) == 0 && ends_with(origin, ":80")))
        lg_faults_add(call->faults, where,
                      "found %s, expected it without the port, which browsers leave out", found);
    if (cors->allow_credentials && is_for_all(origin))
        lg_faults_add(call->faults, where,
                      "found %s with \"allow_credentials\", expected the origins by name: any page "
                      "could act as the user",
                      found);
}

static bool has_star(const struct lg_config_strings *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], "*") == 0)
            return true;
    return false;
}

void lg_rule_cors(struct lg_rule_call *call, void *values)
{
    struct lg_config_cors *cors = values;

    if (lg_node_get(call->node, "max_age") == NULL)
        cors->max_age_ms = -1;
    else if (cors->max_age_ms % 1000 != 0)
        lg_faults_add(call->faults, lg_rule_where(call->node, "max_age"),
                      "found a part of a second, expected whole seconds");
    check_count(call, "allow_origins", &cors->allow_origins);
    check_count(call, "allow_methods", &cors->allow_methods);
    check_count(call, "allow_headers", &cors->allow_headers);
    check_count(call, "expose_headers", &cors->expose_headers);
    for (size_t i = 0; i < cors->allow_origins.count; i++)
        check_origin(call, cors, cors->allow_origins.items[i]);
    if (cors->allow_credentials && has_star(&cors->expose_headers))
        lg_faults_add(call->faults, lg_rule_where(call->node, "expose_headers"),
                      "found * with \"allow_credentials\", expected the headers by name: browsers "
                      "take it for one");
}

/* --- OPTIONS methods of a REST API ------------------------------------------------------------ */

/* "/shops/{id}/{rest+}" as "/shops/{}/{+}": names of variables make no difference. */
static struct lg_str shape_of(struct lg_arena *arena, const char *path)
{
    char *shape = lg_arena_alloc(arena, strlen(path) + 1);
    bool inside = false;
    size_t size = 0;

    for (; *path != '\0'; path++) {
        inside = inside && *path != '}';
        if (!inside || *path == '+')
            shape[size++] = *path;
        inside = inside || *path == '{';
    }
    return lg_str_make(shape, size);
}

static const char *path_of(const struct lg_config_route *route)
{
    const char *blank = strchr(route->key, ' ');

    return blank == NULL ? NULL : blank + 1;
}

/* What is known of one path. */
struct resource {
    bool answered;                      /* there is an OPTIONS method, or it was made */
    const struct lg_config_route *cors; /* the route that gives CORS of its own */
};

static struct resource *resource_of(struct lg_rule_call *call, struct lg_map *resources,
                                    const struct lg_config_route *route)
{
    struct lg_str shape = shape_of(call->arena, path_of(route));
    struct resource *resource = lg_map_get(resources, shape);

    if (resource == NULL) {
        resource = LG_ARENA_NEW(call->arena, struct resource);
        if (lg_map_put(resources, shape, resource) != LG_OK)
            resource->answered = true; /* cannot be: it was looked for */
    }
    return resource;
}

static void learn(struct lg_rule_call *call, struct resource *resource,
                  const struct lg_config_route *route)
{
    if (strncmp(route->key, "OPTIONS ", 8) == 0)
        resource->answered = true;
    if (route->cors == NULL)
        return;
    if (resource->cors != NULL)
        lg_faults_add(call->faults, &route->cors->where,
                      "found beside that of \"%s\" in line %u, expected it once for a path: one "
                      "OPTIONS method answers for all",
                      resource->cors->key, resource->cors->cors->where.line);
    resource->cors = route;
}

static struct lg_config_route make_options(struct lg_rule_call *call,
                                           const struct lg_config_route *route,
                                           const struct lg_config_cors *cors)
{
    struct lg_config_respond *respond = LG_ARENA_NEW(call->arena, struct lg_config_respond);

    respond->status = 204;
    respond->where = cors->where;
    return (struct lg_config_route){
        .key = lg_arena_printf(call->arena, "OPTIONS %s", path_of(route)),
        .respond = respond,
        .cors = cors,
        .answers_options = true,
        .authorizer_name = "none",
        .where = cors->where,
    };
}

void lg_rule_options_methods(struct lg_rule_call *call, struct lg_config_api *api)
{
    struct lg_config_route *routes =
        lg_arena_alloc(call->arena, (2 * api->route_count + 1) * sizeof(*routes));
    struct lg_map *resources = lg_map_new();
    size_t count = api->route_count;

    if (count > 0)
        memcpy(routes, api->routes, count * sizeof(*routes));
    for (size_t i = 0; i < api->route_count; i++)
        if (path_of(&routes[i]) != NULL)
            learn(call, resource_of(call, resources, &routes[i]), &routes[i]);
    for (size_t i = 0; i < api->route_count; i++) {
        if (path_of(&routes[i]) == NULL)
            continue;
        struct resource *resource = resource_of(call, resources, &routes[i]);
        const struct lg_config_cors *cors =
            resource->cors != NULL ? resource->cors->cors : api->cors;
        if (resource->answered || cors == NULL || cors->allow_origins.count == 0)
            continue;
        routes[count++] = make_options(call, &routes[i], cors);
        resource->answered = true;
    }
    lg_map_free(resources, NULL);
    api->routes = routes;
    api->route_count = count;
}
