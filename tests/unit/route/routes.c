/* routes.c -- a table made of a list of route keys, for tests. */
#include "routes.h"

#include <assert.h>
#include <string.h>

static struct routes one;

struct routes *routes_build(const char *const *keys)
{
    size_t count = 0;

    routes_done(&one);
    for (; keys[count] != NULL; count++) {
        assert(count < ROUTES_MAX);
        one.entries[count] = (struct lg_route_entry){
            .key = keys[count],
            .where = { .file = "routes.yaml", .line = (unsigned)count + 1, .path = keys[count] },
            .rule = keys[count],
        };
    }
    lg_arena_init(&one.arena);
    one.faults = lg_faults_new();
    one.table = lg_route_table_build(one.entries, count, one.faults);
    return &one;
}

void routes_done(struct routes *routes)
{
    lg_route_table_free(routes->table);
    lg_faults_free(routes->faults);
    lg_arena_done(&routes->arena);
    routes->table = NULL;
    routes->faults = NULL;
}

const char *routes_find_str(struct routes *routes, const char *method, struct lg_str path)
{
    struct lg_route_match match;

    if (lg_route_table_find(routes->table, &routes->arena, lg_str_of(method), path, &match) !=
        LG_OK)
        return "none";
    routes->match = match;
    assert(lg_str_is(match.pattern->key, match.rule));
    return match.rule;
}

const char *routes_find(struct routes *routes, const char *request)
{
    const char *blank = strchr(request, ' ');
    const char *method =
        lg_arena_cstr(&routes->arena, lg_str_make(request, (size_t)(blank - request)));

    return routes_find_str(routes, method, lg_str_of(blank + 1));
}

const char *routes_captures(struct routes *routes)
{
    const char *text = "";

    for (size_t i = 0; i < routes->match.capture_count; i++) {
        const struct lg_capture *capture = &routes->match.captures[i];

        text = lg_arena_printf(&routes->arena, "%s%s%.*s=%.*s=%.*s", text, i > 0 ? " " : "",
                               LG_STR_ARG(capture->name), LG_STR_ARG(capture->raw),
                               LG_STR_ARG(capture->value));
    }
    return text;
}
