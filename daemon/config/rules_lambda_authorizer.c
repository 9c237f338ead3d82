/* rules_lambda_authorizer.c -- what a Lambda authorizer's options must be together, and with an
 * API.
 */
#include <string.h>

#include "config/rules.h"

/* --- by itself -------------------------------------------------------------------------------- */

static void complete_sources(struct lg_rule_call *call, struct lg_config_lambda_authorizer *lambda)
{
    static const char *const usual[] = { "$request.header.Authorization" };
    struct lg_config_strings *sources = &lambda->identity_sources;

    if (sources->count == 0)
        *sources = (struct lg_config_strings){ usual, 1 };
    for (size_t i = 0; i < sources->count; i++) {
        if (sources->items[i] == NULL || strcmp(sources->items[i], "none") != 0)
            continue;
        if (sources->count > 1)
            lg_faults_add(call->faults, lg_rule_where(call->node, "identity_sources"),
                          "found none beside others, expected it alone");
        sources->count = 0;
    }
}

static bool is_header(const char *source)
{
    return source == NULL || strncmp(source, "$request.header.", 16) == 0 ||
           strncmp(source, "method.request.header.", 22) == 0;
}

static void check_token(struct lg_rule_call *call, const struct lg_config_lambda_authorizer *lambda)
{
    const struct lg_config_strings *sources = &lambda->identity_sources;

    if (sources->count != 1 || !is_header(sources->items[0]))
        lg_faults_add(call->faults, lg_rule_where(call->node, "identity_sources"),
                      "found for `type: token`, expected one header field");
    if (lambda->payload == LG_PAYLOAD_V2)
        lg_faults_add(call->faults, lg_rule_where(call->node, "payload"),
                      "found 2.0 for `type: token`, expected 1.0, which is all that it knows");
}

void lg_rule_lambda_authorizer(struct lg_rule_call *call, void *values)
{
    struct lg_config_lambda_authorizer *lambda = values;
    const struct lg_config_strings *sources = &lambda->identity_sources;

    if (lg_node_get(call->node, "cache_ttl") == NULL)
        lambda->cache_ttl_ms = LG_CACHE_TTL_BY_KIND;
    complete_sources(call, lambda);
    if (lambda->type == LG_AUTHORIZER_TOKEN)
        check_token(call, lambda);
    else if (lambda->identity_validation != NULL)
        lg_faults_add(call->faults, lg_rule_where(call->node, "identity_validation"),
                      "found for `type: request`, expected it with `type: token` only");
    if (lambda->cache_ttl_ms > 0 && sources->count == 0)
        lg_faults_add(call->faults, lg_rule_where(call->node, "cache_ttl"),
                      "found without identity sources, expected one at least: they are what an "
                      "answer is remembered by");
    if (lambda->simple_responses &&
        (lambda->payload == LG_PAYLOAD_V1 || lambda->type == LG_AUTHORIZER_TOKEN))
        lg_faults_add(call->faults, lg_rule_where(call->node, "simple_responses"),
                      "found with payload format 1.0, expected 2.0");
}

/* --- with an API ------------------------------------------------------------------------------ */

static void misfit(struct lg_rule_call *call, const struct lg_config_route *route, const char *what,
                   const char *expected)
{
    const struct lg_where *where =
        route->authorizer_name != NULL ? &route->authorizer_where : &route->where;

    lg_faults_add(call->faults, where, "found authorizer \"%s\" %s, expected %s",
                  route->authorizer->name, what, expected);
}

static void check_rest(struct lg_rule_call *call, const struct lg_config_route *route,
                       const struct lg_config_lambda_authorizer *lambda)
{
    if (lambda->payload == LG_PAYLOAD_V2)
        misfit(call, route, "with payload format 2.0 in a REST API",
               "1.0, which is all that it knows");
    if (lambda->simple_responses)
        misfit(call, route, "with simple responses in a REST API",
               "one that answers with policies");
    if (lambda->identity_sources.count == 0 && lambda->cache_ttl_ms == LG_CACHE_TTL_BY_KIND)
        misfit(call, route, "without identity sources in a REST API",
               "`cache_ttl: 0s` with it: REST APIs remember answers by them");
}

void lg_rule_lambda_route(struct lg_rule_call *call, const struct lg_config_route *route)
{
    const struct lg_config_lambda_authorizer *lambda = route->authorizer->lambda;

    if (route->api->kind == LG_API_REST)
        check_rest(call, route, lambda);
    else if (lambda->type == LG_AUTHORIZER_TOKEN)
        misfit(call, route, "of type token in an HTTP API", "one of type request");
    if (route->scopes.count > 0)
        lg_faults_add(call->faults, &route->where,
                      "found \"scopes\" with a Lambda authorizer, expected them with tokens only");
}
