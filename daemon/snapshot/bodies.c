/* bodies.c -- schemas by API and file. */
#include "snapshot/bodies.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"

/* One file; one that did not compile is not tried again. */
struct compiled {
    struct lg_schema *schema; /* NULL: it is wrong */
};

struct lg_bodies {
    struct lg_arena arena;
    struct lg_map *schemas; /* "API FILE" -> struct compiled */
};

struct lg_bodies *lg_bodies_new(void)
{
    struct lg_bodies *bodies = LG_NEW(struct lg_bodies);

    lg_arena_init(&bodies->arena);
    bodies->schemas = lg_map_new();
    return bodies;
}

static void free_compiled(void *object)
{
    struct compiled *compiled = object;

    lg_schema_free(compiled->schema);
    free(compiled);
}

void lg_bodies_free(struct lg_bodies *bodies)
{
    if (bodies == NULL)
        return;
    lg_map_free(bodies->schemas, free_compiled);
    lg_arena_done(&bodies->arena);
    free(bodies);
}

/* The drafts of a configuration are those of schemas, in the same order. */
static enum lg_schema_draft draft_of(const struct lg_config_api *api)
{
    _Static_assert((int)LG_CONFIG_DRAFT_2020_12 == (int)LG_DRAFT_2020_12, "in the same order");
    if (api->validation->draft != LG_CONFIG_DRAFT_BY_KIND)
        return (enum lg_schema_draft)api->validation->draft;
    return api->kind == LG_API_REST ? LG_DRAFT_4 : LG_DRAFT_2020_12;
}

static const struct lg_schema *schema_of(struct lg_bodies *bodies, const struct lg_config_api *api,
                                         const char *file, const struct lg_where *where,
                                         struct lg_faults *faults)
{
    const struct lg_schema_options options = {
        .draft = draft_of(api),
        .formats = api->validation->formats,
        .files = api->validation->schemas.items,
        .file_count = api->validation->schemas.count,
    };
    char *key = lg_sprintf("%s %s", api->name, file);
    struct compiled *compiled = lg_map_get(bodies->schemas, lg_str_of(key));

    if (compiled == NULL) {
        compiled = LG_NEW(struct compiled);
        compiled->schema = lg_schema_load_with(file, &options, where, faults);
        enum lg_err err = lg_map_put(bodies->schemas, lg_str_of(key), compiled);
        assert(err == LG_OK);
        (void)err;
    }
    free(key);
    return compiled->schema;
}

void lg_bodies_add_models(struct lg_bodies *bodies, const struct lg_config_api *api,
                          struct lg_faults *faults)
{
    for (size_t i = 0; i < api->models.count; i++) {
        const struct lg_config_pair *model = &api->models.items[i];

        (void)schema_of(bodies, api, model->value, &model->where, faults);
    }
}

const struct lg_body_rules *lg_bodies_of(struct lg_bodies *bodies,
                                         const struct lg_config_route *route,
                                         struct lg_faults *faults)
{
    const struct lg_config_api *api = route->api;

    if (route->body_count == 0)
        return NULL;
    struct lg_body_rules *rules = LG_ARENA_NEW(&bodies->arena, struct lg_body_rules);
    struct lg_body_type *types = lg_arena_alloc(&bodies->arena, route->body_count * sizeof(*types));
    rules->types = types;
    rules->pass = api->validation->pass_unlisted;
    rules->detailed = api->validation->detailed;
    for (size_t i = 0; i < route->body_count; i++) {
        const struct lg_config_body *body = &route->bodies[i];
        const struct lg_schema *schema = schema_of(bodies, api, body->file, &body->where, faults);

        if (body->media_type[0] == '\0')
            rules->json = schema;
        else if (strcmp(body->media_type, "$default") == 0)
            rules->others = schema;
        else
            types[rules->type_count++] =
                (struct lg_body_type){ lg_str_of(body->media_type), schema };
    }
    return rules;
}
