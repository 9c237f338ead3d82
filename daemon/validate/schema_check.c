/* schema_check.c -- a value held against rules, until the first that it breaks or the fuel ends. */
#include "validate/schema_check.h"

#include <assert.h>

/* --- ends ------------------------------------------------------------------------------------- */

bool lg_check_fail(struct lg_checker *checker, const struct lg_schema_breach *breach)
{
    if (checker->stop != LG_STOP_NONE)
        return false;
    checker->breach = *breach;
    checker->breach_level = checker->level;
    checker->breach_in_name = checker->in_name;
    if (checker->findings != NULL)
        lg_check_add_finding(checker, breach);
    return false;
}

bool lg_check_end(struct lg_checker *checker, enum lg_check_stop stop,
                  const struct lg_schema_rule *rule, const struct lg_schema_pattern *pattern)
{
    const struct lg_schema_breach breach = { .rule = rule,
                                             .word = LG_WORD_COUNT,
                                             .pattern = pattern };

    if (checker->stop != LG_STOP_NONE)
        return false;
    checker->breach = breach;
    checker->breach_level = checker->level;
    checker->breach_in_name = checker->in_name;
    checker->stop = stop;
    checker->fuel->left = 0; /* whoever asks the fuel sees it too */
    return false;
}

/* --- one rule --------------------------------------------------------------------------------- */

static inline bool check_type_group(struct lg_checker *checker, const struct lg_schema_rule *rule,
                                    const struct lg_json *value, struct lg_evaluated *evaluated)
{
    switch (value->type) {
    case LG_JSON_OBJECT:
        return rule->object == NULL || lg_check_object(checker, rule, value, evaluated);
    case LG_JSON_ARRAY:
        return rule->array == NULL || lg_check_array(checker, rule, value, evaluated);
    case LG_JSON_STRING:
        return rule->string == NULL || lg_check_string(checker, rule, value);
    case LG_JSON_NUMBER:
        return rule->number == NULL || lg_check_number(checker, rule, value);
    default:
        return true;
    }
}

static bool check_parts(struct lg_checker *checker, const struct lg_schema_rule *rule,
                        const struct lg_json *value, struct lg_evaluated *evaluated)
{
    bool valid = true;

    for (size_t i = 0; i < 2 && rule->values[i] != NULL; i++) {
        if (!lg_check_goes_on(checker, &valid,
                              lg_check_values(checker, rule, rule->values[i], value)))
            return false;
    }
    if (!lg_check_goes_on(checker, &valid, check_type_group(checker, rule, value, evaluated)))
        return false;
    for (size_t i = 0; i < rule->step_count; i++) {
        if (!lg_check_goes_on(checker, &valid,
                              lg_check_step(checker, rule, &rule->steps[i], value, evaluated)))
            return false;
    }
    return valid;
}

/* What no rule has held for meets the one that is left for it. */
static bool check_rest(struct lg_checker *checker, const struct lg_schema_rule *rest,
                       const struct lg_json *value, const struct lg_evaluated *evaluated)
{
    size_t index = 0;
    bool valid = true;

    for (const struct lg_json *one = value->first; one != NULL; one = one->next, index++) {
        if (!lg_check_burn(checker, rest, 1))
            return false;
        if (!lg_evaluated_has(evaluated, index) &&
            !lg_check_goes_on(checker, &valid, lg_check_inner(checker, rest, one)))
            return false;
    }
    return valid;
}

/* A rule with `unevaluated...` needs a set of its own: what others have evaluated does not count.
 */
static bool check_and_collect(struct lg_checker *checker, const struct lg_schema_rule *rule,
                              const struct lg_json *value, struct lg_evaluated *evaluated)
{
    const struct lg_schema_rule *rest =
        value->type == LG_JSON_OBJECT ? rule->unevaluated_properties : rule->unevaluated_items;
    struct lg_evaluated own;

    if (!lg_check_burn(checker, rule, 1 + value->count / 256))
        return false;
    lg_evaluated_begin(checker, &own, value->count);
    bool valid = check_parts(checker, rule, value, &own);
    if (valid && rest != NULL) {
        if (!own.all)
            valid = check_rest(checker, rest, value, &own);
        own.all = true;
    }
    if (valid && evaluated != NULL)
        lg_evaluated_merge(evaluated, &own);
    lg_evaluated_end(checker, &own);
    return valid;
}

static bool check_whole(struct lg_checker *checker, const struct lg_schema_rule *rule,
                        const struct lg_json *value, struct lg_evaluated *evaluated)
{
    bool container = value->type == LG_JSON_OBJECT || value->type == LG_JSON_ARRAY;

    if (rule->collects && container)
        return check_and_collect(checker, rule, value, evaluated);
    return check_parts(checker, rule, value, container ? evaluated : NULL);
}

static bool check_in_scope(struct lg_checker *checker, const struct lg_schema_rule *rule,
                           const struct lg_json *value, struct lg_evaluated *evaluated)
{
    const struct lg_check_scope scope = { .outer = checker->scope, .scope = rule->scope };

    checker->scope = &scope;
    bool valid = check_whole(checker, rule, value, evaluated);
    checker->scope = scope.outer;
    return valid;
}

bool lg_check_rule(struct lg_checker *checker, const struct lg_schema_rule *rule,
                   const struct lg_json *value, struct lg_evaluated *evaluated)
{
    if (!lg_check_burn(checker, rule, 1))
        return false;
    if ((rule->types >> value->type & 1) == 0)
        return lg_check_fail(
            checker, &(struct lg_schema_breach){
                         .rule = rule, .word = rule->types == 0 ? LG_WORD_COUNT : LG_WORD_TYPE });
    if (rule->only_types)
        return true;
    /* Most rules end here, without another one inside of them. */
    if (rule->plain && value->type < LG_JSON_ARRAY)
        return check_type_group(checker, rule, value, NULL);
    if (checker->depth == LG_CHECK_DEPTH)
        return lg_check_end(checker, LG_STOP_DEPTH, rule, NULL);
    checker->depth++;
    bool moves = checker->schema->dynamic &&
                 (checker->scope == NULL || checker->scope->scope != rule->scope);
    bool valid = moves         ? check_in_scope(checker, rule, value, evaluated)
                 : rule->plain ? check_type_group(checker, rule, value, evaluated)
                               : check_whole(checker, rule, value, evaluated);
    checker->depth--;
    return valid;
}

bool lg_check_inner(struct lg_checker *checker, const struct lg_schema_rule *rule,
                    const struct lg_json *value)
{
    if (checker->level + 1 == LG_CHECK_LEVELS)
        return lg_check_end(checker, LG_STOP_DEPTH, rule, NULL);
    checker->path[++checker->level] = value;
    bool valid = lg_check_rule(checker, rule, value, NULL);
    checker->level--;
    return valid;
}

bool lg_check_probe(struct lg_checker *checker, const struct lg_schema_rule *rule,
                    const struct lg_json *value, struct lg_evaluated *evaluated)
{
    struct lg_schema_findings *findings = checker->findings;

    checker->findings = NULL;
    bool valid = lg_check_rule(checker, rule, value, evaluated);
    checker->findings = findings;
    return valid;
}
