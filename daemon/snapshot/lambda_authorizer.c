/* lambda_authorizer.c -- options of a Lambda authorizer to what requests follow. */
#include "snapshot/lambda_authorizer.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "integrate/context.h"

#define TTL_REST_MS 300000 /* API Gateway's own; its HTTP APIs do not cache unless told to */

/* --- metrics ---------------------------------------------------------------------------------- */

#define NUMBER(member) offsetof(struct lg_authorizer_numbers, member)
#define DECISION(decision, word)                                                                   \
    {                                                                                              \
        LG_METRIC_COUNTER, NUMBER(decisions) + (decision) * sizeof(struct lg_metric),              \
            "lambdagate_authorizer_decisions_total", "decision=\"" word "\"",                      \
            "What Lambda authorizers decided, those that were remembered included."                \
    }

static const struct lg_metric_row number_rows[] = {
    DECISION(LG_DECISION_ALLOW, "allow"),
    DECISION(LG_DECISION_DENY, "deny"),
    DECISION(LG_DECISION_UNAUTHORIZED, "unauthorized"),
    DECISION(LG_DECISION_FAILED, "failed"),
    { LG_METRIC_COUNTER, NUMBER(remembered), "lambdagate_authorizer_remembered_total", "",
      "Requests that were judged by a remembered answer of a Lambda authorizer." },
};

static const struct lg_metric_class number_class = { sizeof(struct lg_authorizer_numbers),
                                                     number_rows, LG_COUNT(number_rows) };

static struct lg_authorizer_numbers *get_numbers(const char *name)
{
    struct lg_authorizer_numbers *numbers;
    struct lg_buf labels;

    lg_buf_init(&labels, SIZE_MAX);
    lg_metric_label(&labels, "authorizer", name);
    lg_buf_add_char(&labels, '\0');
    numbers = lg_metric_set_get(&number_class, labels.data);
    lg_buf_done(&labels);
    return numbers;
}

/* --- compiling -------------------------------------------------------------------------------- */

/* Both kinds' spellings. */
static struct lg_token_source source_of(const char *text)
{
    static const struct {
        const char *prefix;
        enum lg_token_place place;
    } places[] = {
        { "$request.header.", LG_TOKEN_IN_HEADER },
        { "method.request.header.", LG_TOKEN_IN_HEADER },
        { "$request.querystring.", LG_TOKEN_IN_QUERY },
        { "method.request.querystring.", LG_TOKEN_IN_QUERY },
        { "$context.", LG_TOKEN_IN_CONTEXT },
        { "context.", LG_TOKEN_IN_CONTEXT },
        { "$stageVariables.", LG_TOKEN_IN_STAGE_VARIABLE },
        { "stageVariables.", LG_TOKEN_IN_STAGE_VARIABLE },
    };
    size_t p = 0;

    while (strncmp(text, places[p].prefix, strlen(places[p].prefix)) != 0) {
        p++;
        assert(p < LG_COUNT(places)); /* the option's shape saw to that */
    }
    return (struct lg_token_source){ places[p].place, lg_str_of(text + strlen(places[p].prefix)) };
}

static void compile_sources(struct lg_lambda_authorizer *lambda)
{
    const struct lg_config_strings *texts = &lambda->config->identity_sources;

    lambda->sources = lg_arena_alloc(&lambda->arena, texts->count * sizeof(*lambda->sources));
    lambda->source_count = texts->count;
    for (size_t i = 0; i < texts->count; i++)
        lambda->sources[i] = source_of(texts->items[i]);
}

static void compile_validation(struct lg_lambda_authorizer *lambda, struct lg_faults *faults)
{
    const char *text = lambda->config->identity_validation;
    struct lg_token_pattern_fault fault;

    if (text == NULL)
        return;
    lambda->validation = lg_token_pattern_compile(text, &fault);
    if (lambda->validation == NULL)
        lg_faults_add(faults, &lambda->config->where,
                      "found an \"identity_validation\" that is no regular expression: %s",
                      fault.text);
}

struct lg_lambda_authorizer *lg_lambda_authorizer_build(const struct lg_config_authorizer *config,
                                                        struct lg_faults *faults)
{
    struct lg_lambda_authorizer *lambda = LG_NEW(struct lg_lambda_authorizer);
    size_t before = lg_faults_count(faults);

    lambda->name = config->name;
    lambda->config = config->lambda;
    lg_arena_init(&lambda->arena);
    compile_sources(lambda);
    compile_validation(lambda, faults);
    lambda->numbers = get_numbers(config->name);
    if (lg_faults_count(faults) == before)
        return lambda;
    lg_lambda_authorizer_free(lambda);
    return NULL;
}

void lg_lambda_authorizer_free(struct lg_lambda_authorizer *lambda)
{
    if (lambda == NULL)
        return;
    lg_function_unref(lambda->function);
    lg_metric_set_unref(&number_class, lambda->numbers);
    lg_token_pattern_free(lambda->validation);
    lg_arena_done(&lambda->arena);
    free(lambda);
}

void lg_lambda_authorizer_use(struct lg_lambda_authorizer *lambda, enum lg_config_api_kind kind,
                              struct lg_faults *faults)
{
    struct lg_context_variable variable;

    if (lambda->used_by[kind == LG_API_REST])
        return;
    lambda->used_by[kind == LG_API_REST] = true;
    for (size_t i = 0; i < lambda->source_count; i++) {
        const struct lg_token_source *source = &lambda->sources[i];
        if (source->place == LG_TOKEN_IN_CONTEXT &&
            (lg_str_starts(source->name, LG_STR("authorizer.")) ||
             lg_context_parse(source->name, kind, &variable) != LG_OK))
            lg_faults_add(faults, &lambda->config->where,
                          "found identity source \"%s\", expected a context variable that %s API "
                          "has before it authorizes",
                          lambda->config->identity_sources.items[i],
                          kind == LG_API_REST ? "a REST" : "an HTTP");
    }
}

/* Whatever an answer depends on beside the request; equal texts remember for each other. */
void lg_lambda_authorizer_attach(struct lg_lambda_authorizer *lambda, struct lg_function *function)
{
    const struct lg_config_lambda_authorizer *config = lambda->config;
    struct lg_buf text;

    lambda->function = function;
    lg_buf_init(&text, SIZE_MAX);
    lg_buf_printf(&text, "%s\n%" PRIu64 " %d %d %d %" PRId64 "\n%s\n", lambda->name,
                  lg_function_serial(function), (int)config->type, (int)config->payload,
                  config->simple_responses, config->cache_ttl_ms,
                  config->identity_validation != NULL ? config->identity_validation : "");
    for (size_t i = 0; i < config->identity_sources.count; i++)
        lg_buf_printf(&text, "%s\n", config->identity_sources.items[i]);
    lambda->identity = lg_arena_str(&lambda->arena, lg_buf_str(&text));
    lg_buf_done(&text);
}

/* --- by kind ---------------------------------------------------------------------------------- */

bool lg_lambda_authorizer_is_v1(const struct lg_lambda_authorizer *lambda,
                                enum lg_config_api_kind kind)
{
    return kind == LG_API_REST || lambda->config->payload == LG_PAYLOAD_V1;
}

int64_t lg_lambda_authorizer_ttl_ms(const struct lg_lambda_authorizer *lambda,
                                    enum lg_config_api_kind kind)
{
    if (lambda->source_count == 0)
        return 0;
    if (lambda->config->cache_ttl_ms != LG_CACHE_TTL_BY_KIND)
        return lambda->config->cache_ttl_ms;
    return kind == LG_API_REST ? TTL_REST_MS : 0;
}
