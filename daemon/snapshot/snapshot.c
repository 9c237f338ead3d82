/* snapshot.c -- a configuration turned into a route table with compiled rules. */
#include "snapshot/snapshot.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/mem.h"
#include "snapshot/bodies.h"
#include "snapshot/function_check.h"
#include "snapshot/lambda_authorizer.h"
#include "snapshot/rule_lines.h"

struct api_cors {
    struct lg_cors *cors; /* owned, or NULL */
    bool any;             /* it, or any route */
};

struct lg_snapshot {
    atomic_uint references;
    struct lg_config *config; /* owned */
    struct lg_hosts *hosts;
    struct lg_authorizer **authorizers;      /* in the order of the configuration; or NULL, and */
    struct lg_lambda_authorizer **lambdas;   /* one of these */
    struct lg_route_table **tables;          /* one an API, in the order of the configuration */
    struct lg_gateway_responses **responses; /* likewise; NULL: none */
    struct api_cors *cors;                   /* likewise */
    struct lg_route_entry *entries;          /* the tables refer to them */
    struct lg_rule *rules;                   /* one a route, in file order */
    void *rule_lines;                        /* what the rules refer to */
    struct lg_route_numbers **unmatched;     /* one an API, and one for no API at the end */
    struct lg_bodies *bodies;                /* the rules refer to them */
};

/* --- metrics --- */

#define NUMBER(member) offsetof(struct lg_route_numbers, member)
#define ANSWERED(class, status)                                                                    \
    {                                                                                              \
        LG_METRIC_COUNTER, NUMBER(answered) + (class) * sizeof(struct lg_metric),                  \
            "lambdagate_requests_total", "status=\"" status "\"",                                  \
            "Requests answered, by status class."                                                  \
    }

static const struct lg_metric_row number_rows[] = {
    ANSWERED(0, "2xx"),
    ANSWERED(1, "3xx"),
    ANSWERED(2, "4xx"),
    ANSWERED(3, "5xx"),
    { LG_METRIC_HISTOGRAM, NUMBER(duration), "lambdagate_request_duration_seconds", "",
      "Time from a request's head to the end of its answer." },
    { LG_METRIC_GAUGE, NUMBER(in_flight), "lambdagate_requests_in_flight", "",
      "Requests that are being worked on." },
};

static const struct lg_metric_class number_class = { sizeof(struct lg_route_numbers), number_rows,
                                                     LG_COUNT(number_rows) };

/* APIs may have routes of one key. */
static struct lg_route_numbers *get_numbers(const char *api, const char *route)
{
    struct lg_route_numbers *numbers;
    struct lg_buf labels;

    lg_buf_init(&labels, SIZE_MAX);
    lg_metric_label(&labels, "api", api);
    lg_metric_label(&labels, "route", route);
    lg_buf_add_char(&labels, '\0');
    numbers = lg_metric_set_get(&number_class, labels.data);
    lg_buf_done(&labels);
    return numbers;
}

/* --- rules --- */

static void build_respond(struct lg_rule *rule, const struct lg_config_respond *respond)
{
    const char *type = respond->content_type;

    rule->status = (int)respond->status;
    rule->answer = lg_str_of(respond->body);
    rule->headers = lg_calloc(respond->headers.count + 1, sizeof(struct lg_header));
    for (size_t i = 0; i < respond->headers.count; i++) {
        const struct lg_config_pair *pair = &respond->headers.items[i];

        if (lg_str_iis(lg_str_of(pair->name), "content-type"))
            type = NULL;
        rule->headers[rule->header_count++] =
            (struct lg_header){ lg_str_of(pair->name), lg_str_of(pair->value) };
    }
    if (type != NULL)
        rule->headers[rule->header_count++] =
            (struct lg_header){ LG_STR("content-type"), lg_str_of(type) };
}

static void build_redirect(struct lg_rule *rule, struct lg_faults *faults)
{
    struct lg_arena arena;
    struct lg_pattern pattern;
    const char *message;

    lg_arena_init(&arena);
    /* A bad key is the route table's to report. */
    if (lg_pattern_parse(&arena, lg_str_of(rule->config->key), &pattern, &message) == LG_OK)
        rule->redirect = lg_redirect_compile(rule->config->redirect, &pattern, faults);
    lg_arena_done(&arena);
}

/* NULL for a public route, and for one whose authorizer cannot be built: there is a fault then. */
static const struct lg_authorizer *authorizer_of(const struct lg_snapshot *snapshot,
                                                 const struct lg_config_route *route)
{
    if (route->authorizer == NULL)
        return NULL;
    return snapshot->authorizers[route->authorizer - snapshot->config->authorizers];
}

static void build_authorizers(struct lg_snapshot *snapshot, struct lg_faults *faults)
{
    const struct lg_config *config = snapshot->config;

    snapshot->authorizers = lg_calloc(config->authorizer_count + 1, sizeof(*snapshot->authorizers));
    snapshot->lambdas = lg_calloc(config->authorizer_count + 1, sizeof(*snapshot->lambdas));
    for (size_t i = 0; i < config->authorizer_count; i++) {
        if (config->authorizers[i].lambda != NULL)
            snapshot->lambdas[i] = lg_lambda_authorizer_build(&config->authorizers[i], faults);
        else
            snapshot->authorizers[i] = lg_authorizer_build(&config->authorizers[i], faults);
    }
}

/* NULL for a route that none judges. */
static struct lg_lambda_authorizer *lambda_of(const struct lg_snapshot *snapshot,
                                              const struct lg_config_route *route,
                                              struct lg_faults *faults)
{
    if (route->authorizer == NULL || route->authorizer->lambda == NULL)
        return NULL;
    struct lg_lambda_authorizer *lambda =
        snapshot->lambdas[route->authorizer - snapshot->config->authorizers];
    if (lambda != NULL)
        lg_lambda_authorizer_use(lambda, route->api->kind, faults);
    return lambda;
}

static void build_rule(struct lg_rule *rule, const struct lg_config_route *route,
                       struct api_cors *cors, struct lg_snapshot *snapshot,
                       struct lg_faults *faults)
{
    rule->config = route;
    rule->key = lg_str_of(route->key);
    rule->api = route->api;
    rule->payload = route->payload;
    if (route->respond != NULL) {
        rule->integration = LG_INTEGRATION_RESPOND;
        build_respond(rule, route->respond);
    } else if (route->redirect != NULL) {
        rule->integration = LG_INTEGRATION_REDIRECT;
        build_redirect(rule, faults);
    } else if (route->http != NULL) {
        rule->integration = LG_INTEGRATION_HTTP;
    } else {
        rule->integration = LG_INTEGRATION_FUNCTION;
    }
    rule->body = lg_bodies_of(snapshot->bodies, route, faults);
    rule->extras =
        lg_rule_extras_build(route, cors->cors, lambda_of(snapshot, route, faults), faults);
    cors->any = cors->any || (rule->extras != NULL && rule->extras->cors != NULL);
    rule->timeout_ms = route->timeout_ms;
    rule->concurrency = route->concurrency > 0 ? route->concurrency : INT64_MAX;
    rule->numbers = get_numbers(route->api->name, route->key);
}

static void done_rule(struct lg_rule *rule)
{
    lg_function_unref(rule->function);
    lg_redirect_free(rule->redirect);
    lg_rule_extras_free(rule->extras);
    lg_metric_set_unref(&number_class, rule->numbers);
}

/* --- the snapshot --- */

static void free_snapshot(struct lg_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->config->route_count; i++)
        done_rule(&snapshot->rules[i]);
    for (size_t i = 0; i < snapshot->config->api_count; i++) {
        lg_route_table_free(snapshot->tables[i]);
        lg_gateway_responses_free(snapshot->responses[i]);
        lg_cors_free(snapshot->cors[i].cors);
    }
    free(snapshot->tables);
    free(snapshot->responses);
    free(snapshot->cors);
    lg_hosts_free(snapshot->hosts);
    for (size_t i = 0; i < snapshot->config->authorizer_count; i++)
        lg_authorizer_free(snapshot->authorizers[i]);
    for (size_t i = 0; i < snapshot->config->authorizer_count; i++)
        lg_lambda_authorizer_free(snapshot->lambdas[i]);
    free(snapshot->authorizers);
    free(snapshot->lambdas);
    lg_bodies_free(snapshot->bodies);
    for (size_t i = 0; i <= snapshot->config->api_count; i++)
        lg_metric_set_unref(&number_class, snapshot->unmatched[i]);
    free(snapshot->rule_lines);
    free(snapshot->rules);
    free(snapshot->entries);
    free(snapshot->unmatched);
    lg_config_free(snapshot->config);
    free(snapshot);
}

static struct api_cors *build_cors(const struct lg_config *config)
{
    struct api_cors *cors = lg_calloc(config->api_count, sizeof(*cors));

    for (size_t i = 0; i < config->api_count; i++) {
        if (config->apis[i].cors != NULL)
            cors[i].cors = lg_cors_compile(config->apis[i].cors);
        cors[i].any = cors[i].cors != NULL;
    }
    return cors;
}

struct lg_snapshot *lg_snapshot_build(struct lg_config *config, struct lg_faults *faults)
{
    struct lg_snapshot *snapshot = LG_NEW(struct lg_snapshot);
    size_t before = lg_faults_count(faults);
    size_t count = config->route_count;

    atomic_init(&snapshot->references, 1);
    snapshot->config = config;
    snapshot->rules = lg_lines_alloc(count * sizeof(struct lg_rule));
    snapshot->entries = lg_calloc(count + 1, sizeof(struct lg_route_entry));
    snapshot->unmatched = lg_calloc(config->api_count + 1, sizeof(*snapshot->unmatched));
    for (size_t i = 0; i <= config->api_count; i++)
        snapshot->unmatched[i] = get_numbers(i < config->api_count ? config->apis[i].name : "", "");
    for (size_t i = 0; i < config->function_count; i++)
        lg_function_check(&config->functions[i], faults);
    build_authorizers(snapshot, faults);
    snapshot->cors = build_cors(config);
    snapshot->bodies = lg_bodies_new();
    for (size_t i = 0; i < config->api_count; i++)
        lg_bodies_add_models(snapshot->bodies, &config->apis[i], faults);
    for (size_t i = 0; i < count; i++) {
        const struct lg_config_route *route = &config->routes[i];

        build_rule(&snapshot->rules[i], route, &snapshot->cors[route->api - config->apis], snapshot,
                   faults);
        snapshot->rules[i].authorizer = authorizer_of(snapshot, route);
        snapshot->entries[i] =
            (struct lg_route_entry){ route->key, route->where, &snapshot->rules[i] };
    }
    snapshot->hosts = lg_hosts_build(config->apis, config->api_count);
    snapshot->rule_lines = lg_rules_gather(snapshot->rules, count);
    snapshot->responses = lg_calloc(config->api_count, sizeof(*snapshot->responses));
    snapshot->tables = lg_calloc(config->api_count, sizeof(*snapshot->tables));
    for (size_t i = 0; i < config->api_count; i++) {
        const struct lg_config_api *api = &config->apis[i];

        snapshot->responses[i] = lg_gateway_responses_compile(api, faults);
        snapshot->tables[i] = lg_route_table_build(&snapshot->entries[api->routes - config->routes],
                                                   api->route_count, faults);
    }
    if (lg_faults_count(faults) == before)
        return snapshot;
    free_snapshot(snapshot);
    return NULL;
}

bool lg_snapshot_fetches(const struct lg_snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->config->authorizer_count; i++) {
        if (snapshot->authorizers[i] != NULL && lg_authorizer_fetches(snapshot->authorizers[i]))
            return true;
    }
    return false;
}

void lg_snapshot_attach_keys(struct lg_snapshot *snapshot,
                             struct lg_key_set *(*find)(void *context,
                                                        const struct lg_key_source *source),
                             void *context)
{
    for (size_t i = 0; i < snapshot->config->authorizer_count; i++) {
        if (snapshot->authorizers[i] != NULL)
            lg_authorizer_attach(snapshot->authorizers[i], find, context);
    }
}

void lg_snapshot_attach(struct lg_snapshot *snapshot,
                        struct lg_function *(*find)(void *context, const char *name), void *context)
{
    for (size_t i = 0; i < snapshot->config->route_count; i++) {
        struct lg_rule *rule = &snapshot->rules[i];

        if (rule->integration != LG_INTEGRATION_FUNCTION)
            continue;
        rule->function = find(context, rule->config->function->name);
        assert(rule->function != NULL);
    }
    for (size_t i = 0; i < snapshot->config->authorizer_count; i++) {
        const struct lg_config_lambda_authorizer *lambda = snapshot->config->authorizers[i].lambda;

        if (lambda != NULL)
            lg_lambda_authorizer_attach(snapshot->lambdas[i],
                                        find(context, lambda->function->name));
    }
}

struct lg_snapshot *lg_snapshot_ref(struct lg_snapshot *snapshot)
{
    atomic_fetch_add_explicit(&snapshot->references, 1, memory_order_relaxed);
    return snapshot;
}

void lg_snapshot_unref(struct lg_snapshot *snapshot)
{
    if (snapshot != NULL &&
        atomic_fetch_sub_explicit(&snapshot->references, 1, memory_order_acq_rel) == 1)
        free_snapshot(snapshot);
}

const struct lg_config *lg_snapshot_config(const struct lg_snapshot *snapshot)
{
    return snapshot->config;
}

const struct lg_hosts *lg_snapshot_hosts(const struct lg_snapshot *snapshot)
{
    return snapshot->hosts;
}

const struct lg_gateway_responses *lg_snapshot_responses(const struct lg_snapshot *snapshot,
                                                         const struct lg_config_api *api)
{
    return snapshot->responses[api - snapshot->config->apis];
}

const struct lg_route_table *lg_snapshot_routes(const struct lg_snapshot *snapshot, size_t api)
{
    assert(api < snapshot->config->api_count);
    return snapshot->tables[api];
}

const struct lg_rule *lg_snapshot_rule(const struct lg_snapshot *snapshot, size_t index)
{
    assert(index < snapshot->config->route_count);
    return &snapshot->rules[index];
}

const struct lg_cors *lg_snapshot_cors(const struct lg_snapshot *snapshot,
                                       const struct lg_config_api *api)
{
    return snapshot->cors[api - snapshot->config->apis].cors;
}

bool lg_snapshot_has_cors(const struct lg_snapshot *snapshot, const struct lg_config_api *api)
{
    return snapshot->cors[api - snapshot->config->apis].any;
}

struct lg_route_numbers *lg_snapshot_unmatched(const struct lg_snapshot *snapshot,
                                               const struct lg_config_api *api)
{
    const struct lg_config *config = snapshot->config;

    return snapshot->unmatched[api != NULL ? (size_t)(api - config->apis) : config->api_count];
}

size_t lg_snapshot_check(const char *file, struct lg_faults *faults, struct lg_buf *ret_words)
{
    size_t before = lg_faults_count(faults);
    struct lg_config *config = lg_config_load(file, faults);
    struct lg_snapshot *snapshot;

    if (config == NULL)
        return lg_faults_count(faults) - before;
    snapshot = lg_snapshot_build(config, faults);
    if (snapshot == NULL)
        return lg_faults_count(faults) - before;
    if (config->api_count > 1)
        lg_buf_printf(ret_words, "%zu APIs, ", config->api_count);
    lg_buf_printf(ret_words, "%zu functions, %zu routes", config->function_count,
                  config->route_count);
    lg_snapshot_unref(snapshot);
    return 0;
}
