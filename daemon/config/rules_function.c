/* rules_function.c -- what a function may ask for on this machine. */
#include <string.h>
#include <unistd.h>

#include "config/rules.h"
#include "config/user.h"
#include "config/words.h"

static void find_user(struct lg_rule_call *call, struct lg_config_function *function)
{
    const struct lg_where *where = &function->user_where;
    const struct lg_config_user *user = NULL;
    enum lg_err err = lg_user_find(call->arena, function->user_name, &user);

    if (err == LG_ERR_NOT_FOUND)
        lg_faults_add(call->faults, where,
                      "found %s, which this machine does not know, expected a user",
                      lg_words_quote(call->arena, function->user_name));
    else if (err != LG_OK)
        lg_faults_add(call->faults, where,
                      "found %s, about which this machine cannot tell, expected a user",
                      lg_words_quote(call->arena, function->user_name));
    /* As who we are anyway, a worker needs no change. */
    if (err == LG_OK && user->uid != geteuid())
        function->user = user;
}

/* What the endpoint of `credentials` is announced by; a function's own would lead SDKs elsewhere.
 */
static void check_container_names(struct lg_rule_call *call,
                                  const struct lg_config_function *function)
{
    static const char prefix[] = "AWS_CONTAINER_";

    for (size_t i = 0; i < function->environment.count; i++) {
        const struct lg_config_pair *pair = &function->environment.items[i];

        if (strncmp(pair->name, prefix, strlen(prefix)) == 0)
            lg_faults_add(call->faults, &pair->where,
                          "found a name that belongs to \"credentials\", expected another");
    }
}

/* As Lambda: text has no levels. */
static void check_level(struct lg_rule_call *call, const struct lg_config_logging *logging,
                        const char *key, enum lg_level *level)
{
    if (logging->format == LG_LOGGING_JSON && *level == LG_LEVEL_NONE)
        *level = LG_LEVEL_INFO;
    else if (logging->format != LG_LOGGING_JSON && *level != LG_LEVEL_NONE)
        lg_faults_add(call->faults, lg_rule_where(call->node, key),
                      "found a level for lines of text, expected it only with \"format\": json");
}

void lg_rule_logging(struct lg_rule_call *call, void *values)
{
    struct lg_config_logging *logging = values;

    check_level(call, logging, "application_level", &logging->application_level);
    check_level(call, logging, "system_level", &logging->system_level);
}

void lg_rule_function(struct lg_rule_call *call, void *values)
{
    struct lg_config_function *function = values;

    if (function->user_name != NULL)
        find_user(call, function);
    if (function->credentials != NULL)
        check_container_names(call, function);
    if (function->redis != NULL)
        lg_rule_redis_function(call, function);
    if (function->lambda != NULL)
        lg_rule_lambda_function(call, function);
}
