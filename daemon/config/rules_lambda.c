/* rules_lambda.c -- what a function in Lambda cannot have here, and what it says twice. */
#include <string.h>

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

void lg_rule_lambda_function(struct lg_rule_call *call, const struct lg_config_function *function)
{
    static const char *const of_workers[] = { "memory", "environment", "user", "queue", "logging" };

    for (size_t i = 0; i < sizeof(of_workers) / sizeof(*of_workers); i++) {
        const struct lg_node *child = lg_node_get(call->node, of_workers[i]);

        if (child != NULL)
            lg_faults_add(call->faults, &child->where,
                          "found beside \"lambda\", which runs elsewhere, expected it beside "
                          "\"workers\" only");
    }
    check_qualifier(call, function->lambda);
}
