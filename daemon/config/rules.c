/* rules.c -- what several keys must be together: Lambda's rules, HTTP's, and ours. */
#include "config/rules.h"

#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/values.h"
#include "config/words.h"

#define ENVIRONMENT_BYTES_MAX 4096 /* of Lambda, written as compact JSON */

static bool is_any_of(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

const struct lg_where *lg_rule_where(const struct lg_node *node, const char *key)
{
    const struct lg_node *child = lg_node_get(node, key);

    return child != NULL ? &child->where : &node->where;
}

/* --- the whole file --------------------------------------------------------------------------- */

static bool is_same(const struct lg_config_address *a, const struct lg_config_address *b)
{
    if (a->path != NULL || b->path != NULL)
        return a->path != NULL && b->path != NULL && strcmp(a->path, b->path) == 0;
    return a->port != 0 && a->port == b->port && strcmp(a->host, b->host) == 0;
}

static void check_admin(struct lg_rule_call *call, const struct lg_config *config)
{
    const struct lg_where *where = lg_rule_where(call->node, "admin");

    if (is_same(&config->listen, &config->admin))
        lg_faults_add(call->faults, where,
                      "found the address of \"listen\", expected one of its own");
    if (config->admin.path != NULL)
        return;
    if (!config->invoke_auth_none)
        lg_faults_add(call->faults, where,
                      "found a TCP address without \"invoke_auth\", expected \"invoke_auth: none\" "
                      "beside it, which lets everybody on this machine invoke functions");
    else if (!lg_value_is_local(&config->admin))
        lg_faults_add(call->faults, where,
                      "found an address that others can reach, with \"invoke_auth: none\", "
                      "expected a loopback address such as 127.0.0.1:8081, or a unix socket");
}

/* So that whoever has a function knows all that it is made with. */
static void hand_out_aws(const struct lg_config *config)
{
    for (size_t i = 0; i < config->function_count; i++)
        ((struct lg_config_function *)(uintptr_t)&config->functions[i])->aws = config->aws;
}

void lg_rule_root(struct lg_rule_call *call, void *values)
{
    check_admin(call, values);
    hand_out_aws(values);
    lg_rule_redis_needed(call, values);
    lg_rule_apis(call, values);
    lg_rule_authorizers(call, values);
    lg_rule_function_urls(call, values);
}

/* --- functions -------------------------------------------------------------------------------- */

static bool is_module_and_function(const char *handler)
{
    const char *dot = strrchr(handler, '.');

    return dot != NULL && dot != handler && dot[1] != '\0';
}

void lg_rule_workers(struct lg_rule_call *call, void *values)
{
    const struct lg_config_workers *workers = values;

    if (workers->min > workers->max)
        lg_faults_add(call->faults, lg_rule_where(call->node, "min"),
                      "found %lld, more than max, expected at most %lld", (long long)workers->min,
                      (long long)workers->max);
    if (workers->command.count > 0 && *workers->command.items[0] == '\0')
        lg_faults_add(call->faults, lg_rule_where(call->node, "command"),
                      "found \"\" as the program, expected its name or path");
    if (workers->runtime != LG_RUNTIME_COMMAND && workers->handler != NULL &&
        !is_module_and_function(workers->handler))
        lg_faults_add(call->faults, lg_rule_where(call->node, "handler"),
                      "found %s, expected a file and a function in it, such as app.handler",
                      lg_words_quote(call->arena, workers->handler));
}

void lg_rule_environment(struct lg_rule_call *call, const struct lg_config_pairs *pairs)
{
    /* Those of Lambda that start with _ are no valid names anyway. */
    static const char *const reserved[] = {
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "LAMBDA_TASK_ROOT",
        "LAMBDA_RUNTIME_DIR",
    };
    struct lg_buf json;
    bool first = true;

    lg_buf_init(&json, SIZE_MAX);
    lg_buf_add_char(&json, '{');
    for (size_t i = 0; i < pairs->count; i++) {
        const struct lg_config_pair *pair = &pairs->items[i];
        for (size_t r = 0; r < LG_COUNT(reserved); r++)
            if (strcmp(pair->name, reserved[r]) == 0)
                lg_faults_add(call->faults, &pair->where,
                              "found a name that Lambda reserves, expected another");
        lg_json_add_name(&json, &first, pair->name);
        lg_json_add_string(&json, lg_str_of(pair->value));
    }
    lg_buf_add_char(&json, '}');
    if (json.size > ENVIRONMENT_BYTES_MAX)
        lg_faults_add(call->faults, &call->node->where,
                      "found %zu bytes, written as JSON, expected at most 4KB as in Lambda",
                      json.size);
    lg_buf_done(&json);
}

/* --- answers without a function --------------------------------------------------------------- */

void lg_rule_headers(struct lg_rule_call *call, const struct lg_config_pairs *pairs)
{
    static const char *const ours[] = {
        "connection", "content-length",    "date",    "keep-alive", "te",
        "trailer",    "transfer-encoding", "upgrade",
    };

    for (size_t i = 0; i < pairs->count; i++)
        if (is_any_of(pairs->items[i].name, ours, LG_COUNT(ours)))
            lg_faults_add(call->faults, &pairs->items[i].where,
                          "found a header that the daemon sets itself, expected another");
}

static bool names_content_type(const struct lg_config_pairs *headers)
{
    for (size_t i = 0; i < headers->count; i++)
        if (strcasecmp(headers->items[i].name, "content-type") == 0)
            return true;
    return false;
}

void lg_rule_respond(struct lg_rule_call *call, void *values)
{
    struct lg_config_respond *respond = values;

    if (respond->body == NULL)
        return;
    if (respond->status == 204 || respond->status == 205 || respond->status == 304)
        lg_faults_add(call->faults, lg_rule_where(call->node, "status"),
                      "found %lld with a body, expected neither \"json\" nor \"text\" beside it",
                      (long long)respond->status);
    if (!names_content_type(&respond->headers))
        respond->content_type = lg_node_get(call->node, "json") != NULL
                                    ? "application/json"
                                    : "text/plain; charset=utf-8";
}
