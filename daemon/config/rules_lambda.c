/* rules_lambda.c -- what a function in Lambda cannot have here, and what it says twice. */
#include <string.h>

#include "base/mem.h"
#include "config/rules.h"

static void check_qualifier(struct lg_rule_call *call, const struct lg_config_lambda *lambda)
{
    const char *name = lambda->arn != NULL ? lambda->arn : lambda->function;
    const char *last = name == NULL ? NULL : strrchr(name, ':');
    struct lg_str text = lg_str_of(name), piece;
    size_t pieces = 0;

    if (lambda->qualifier == NULL || last == NULL)
        return;
    while (lg_str_next(&text, ':', &piece))
        pieces++;
    /* arn:aws:lambda:REGION:ACCOUNT:function:NAME; ACCOUNT:function:NAME; NAME */
    size_t plain = lambda->arn != NULL ? 7 : strstr(name, ":function:") != NULL ? 3 : 1;
    if (pieces > plain && strcmp(last + 1, lambda->qualifier) != 0)
        lg_faults_add(call->faults, &lambda->where,
                      "found the qualifier %s beside %s in the name, expected one of them",
                      lambda->qualifier, last + 1);
}

/* --- function URLs ---------------------------------------------------------------------------- */

/* https://ID.lambda-url.REGION.on.aws/; empty where the host is another. */
static struct lg_str region_of_url(const char *url)
{
    struct lg_str rest = lg_str_of(strstr(url, "//") + 2), id, word, region, suffix;

    rest = lg_str_part(rest, 0, strcspn(rest.data, "/:"));
    if (lg_str_next(&rest, '.', &id) && lg_str_next(&rest, '.', &word) &&
        lg_str_is(word, "lambda-url") && lg_str_next(&rest, '.', &region) &&
        lg_str_next(&rest, '.', &suffix) && lg_str_is(suffix, "on"))
        return region;
    return LG_STR_NONE;
}

static void check_url(struct lg_rule_call *call, struct lg_config_lambda *lambda)
{
    static const char *const of_invoke[] = { "qualifier", "endpoint", "fips", "dual_stack",
                                             "invocation_type" };
    struct lg_str region = region_of_url(lambda->url);

    for (size_t i = 0; i < LG_COUNT(of_invoke); i++) {
        if (lg_node_get(call->node, of_invoke[i]) != NULL)
            lg_faults_add(call->faults, lg_rule_where(call->node, of_invoke[i]),
                          "found beside \"url\", expected it beside \"arn\" or \"function\" "
                          "only: it is the Invoke API's");
    }
    if (region.size == 0)
        return;
    if (lambda->region == NULL)
        lambda->region = lg_arena_cstr(call->arena, region);
    else if (!lg_str_is(region, lambda->region))
        lg_faults_add(call->faults, lg_rule_where(call->node, "region"),
                      "found %s beside a URL in %.*s, expected the same", lambda->region,
                      LG_STR_ARG(region));
}

void lg_rule_lambda(struct lg_rule_call *call, void *values)
{
    struct lg_config_lambda *lambda = values;

    if (lambda->url != NULL)
        check_url(call, lambda);
    else if (lg_node_get(call->node, "auth_type") != NULL)
        lg_faults_add(call->faults, lg_rule_where(call->node, "auth_type"),
                      "found without \"url\", expected it beside one: calls of the Invoke API are "
                      "always signed");
}

static bool has_url(const struct lg_config_function *function)
{
    return function != NULL && function->lambda != NULL && function->lambda->url != NULL;
}

void lg_rule_function_urls(struct lg_rule_call *call, const struct lg_config *config)
{
    for (size_t i = 0; i < config->route_count; i++) {
        const struct lg_config_route *route = &config->routes[i];

        if (has_url(route->function) && route->payload == LG_PAYLOAD_V1)
            lg_faults_add(call->faults, &route->where,
                          "found function \"%s\", whose \"url\" takes events of payload format "
                          "2.0 only, in a route of 1.0, expected another, or its \"arn\"",
                          route->function->name);
    }
    for (size_t i = 0; i < config->authorizer_count; i++) {
        const struct lg_config_lambda_authorizer *lambda = config->authorizers[i].lambda;

        if (lambda != NULL && has_url(lambda->function))
            lg_faults_add(call->faults, &lambda->where,
                          "found function \"%s\", which has a \"url\", as an authorizer, expected "
                          "another, or its \"arn\": what an authorizer is asked is no request",
                          lambda->function->name);
    }
}

/* --- beside a function's other options -------------------------------------------------------- */

void lg_rule_lambda_function(struct lg_rule_call *call, const struct lg_config_function *function)
{
    static const char *const of_workers[] = { "memory", "environment", "user", "queue", "logging" };

    for (size_t i = 0; i < LG_COUNT(of_workers); i++) {
        const struct lg_node *child = lg_node_get(call->node, of_workers[i]);

        if (child != NULL)
            lg_faults_add(call->faults, &child->where,
                          "found beside \"lambda\", which runs elsewhere, expected it beside "
                          "\"workers\" only");
    }
    check_qualifier(call, function->lambda);
}
