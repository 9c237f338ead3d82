/* rule_extras.c -- what only some routes have, compiled. */
#include "snapshot/rule_extras.h"

#include <stdlib.h>

#include "base/mem.h"

/* API Gateway's Lambda proxy integration of a REST API maps nothing: silence would be a trap. */
static void refuse_in_proxy(const struct lg_config_route *route, struct lg_faults *faults)
{
    for (size_t i = 0; i < route->request_parameters.count; i++)
        lg_faults_add(faults, &route->request_parameters.items[i].where,
                      "found for a function of a REST API, expected none: its events show requests "
                      "as they came");
    for (size_t i = 0; i < route->response_parameters.count; i++)
        lg_faults_add(faults, &route->response_parameters.items[i].where,
                      "found for a function of a REST API, expected none: its answers pass as they "
                      "are");
}

static void build_mappings(struct lg_rule_extras *extras, const struct lg_config_route *route,
                           const struct lg_pattern *pattern, struct lg_faults *faults)
{
    struct lg_mapping_scope scope = { .kind = route->api->kind,
                                      .pattern = pattern,
                                      .stage_variables = &route->api->stage_variables,
                                      .parameters = &route->parameters };

    if (route->function != NULL && route->api->kind == LG_API_REST) {
        refuse_in_proxy(route, faults);
        return;
    }
    extras->mapping = lg_mapping_compile(&route->request_parameters, &scope, faults);
    scope.answer = true;
    extras->answers = lg_answer_mapping_compile(&route->response_parameters, &scope, faults);
}

static void build_cors(struct lg_rule_extras *extras, const struct lg_config_route *route,
                       const struct lg_cors *api_cors)
{
    extras->cors = api_cors;
    extras->answers_options = route->answers_options;
    if (route->cors == NULL || route->cors == route->api->cors)
        return;
    extras->own_cors = lg_cors_compile(route->cors);
    extras->cors = extras->own_cors;
}

static bool is_empty(const struct lg_rule_extras *extras)
{
    return extras->parameters == NULL && extras->mapping == NULL && extras->answers == NULL &&
           extras->cors == NULL && extras->lambda == NULL && extras->upstream == NULL;
}

struct lg_rule_extras *lg_rule_extras_build(const struct lg_config_route *route,
                                            const struct lg_cors *api_cors,
                                            const struct lg_lambda_authorizer *lambda,
                                            struct lg_faults *faults)
{
    struct lg_rule_extras *extras = LG_NEW(struct lg_rule_extras);
    struct lg_pattern pattern;
    struct lg_arena arena;
    const char *message;

    lg_arena_init(&arena);
    /* A bad key is the route table's to report. */
    if (lg_pattern_parse(&arena, lg_str_of(route->key), &pattern, &message) == LG_OK) {
        extras->parameters =
            lg_parameters_compile(&route->parameters, route->api->kind, &pattern, faults);
        build_mappings(extras, route, &pattern, faults);
        if (route->http != NULL)
            extras->forward = lg_forward_compile(route->http, &pattern, faults);
    }
    lg_arena_done(&arena);
    if (route->http != NULL)
        extras->upstream = lg_upstream_get(route->http, faults);
    build_cors(extras, route, api_cors);
    extras->lambda = lambda;
    if (!is_empty(extras))
        return extras;
    lg_rule_extras_free(extras);
    return NULL;
}

void lg_rule_extras_free(struct lg_rule_extras *extras)
{
    if (extras == NULL)
        return;
    lg_parameters_free(extras->parameters);
    lg_mapping_free(extras->mapping);
    lg_answer_mapping_free(extras->answers);
    lg_cors_free(extras->own_cors);
    lg_forward_free(extras->forward);
    lg_upstream_unref(extras->upstream);
    free(extras);
}
