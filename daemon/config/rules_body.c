/* rules_body.c -- which schema files the `body` of a route means: models by name, or paths. */
#include <string.h>

#include "config/rules.h"
#include "config/words.h"

#define MODELS_SHOWN 10

static const struct lg_config_pair *find_model(const struct lg_config_pairs *models,
                                               const char *name)
{
    for (size_t i = 0; i < models->count; i++)
        if (strcmp(models->items[i].name, name) == 0)
            return &models->items[i];
    return NULL;
}

static void unknown_model(struct lg_rule_call *call, const struct lg_config_pairs *models,
                          const struct lg_config_pair *pair)
{
    const char **names = lg_arena_alloc(call->arena, models->count * sizeof(*names));

    for (size_t i = 0; i < models->count; i++)
        names[i] = models->items[i].name;
    lg_faults_add(call->faults, &pair->where,
                  "found %s, an unknown model, expected %s%sa file such as schemas/item.json%s",
                  lg_words_quote(call->arena, pair->value),
                  lg_words_list(call->arena, names, models->count, MODELS_SHOWN),
                  models->count > 0 ? " or " : "",
                  lg_words_meant(call->arena, pair->value, names, models->count));
}

/* A model's name has no dot and no slash; a file's has one. */
static void read_body(struct lg_rule_call *call, const struct lg_config_route *route,
                      const struct lg_config_pair *pair, struct lg_config_body *ret_body)
{
    const struct lg_config_pairs *models = &route->api->models;
    const struct lg_config_pair *model = find_model(models, pair->value);

    *ret_body = (struct lg_config_body){ .media_type = pair->name, .where = pair->where };
    if (model != NULL) {
        ret_body->file = model->value;
        ret_body->where = model->where;
    } else if (strpbrk(pair->value, "./") != NULL) {
        ret_body->file = lg_read_path_in(call->arena, call->folder, pair->value);
    } else {
        unknown_model(call, models, pair);
    }
}

void lg_rule_body(struct lg_rule_call *call, struct lg_config_route *route)
{
    struct lg_config_body *bodies =
        lg_arena_alloc(call->arena, route->body.count * sizeof(*bodies));

    for (size_t i = 0; i < route->body.count; i++)
        read_body(call, route, &route->body.items[i], &bodies[i]);
    route->bodies = bodies;
    route->body_count = route->body.count;
}
