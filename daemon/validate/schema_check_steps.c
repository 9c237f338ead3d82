/* schema_check_steps.c -- schemas that hold for the same value: allOf, anyOf, oneOf, not, if, refs.
 */
#include "validate/schema_check.h"

static bool fail(struct lg_checker *checker, const struct lg_schema_rule *rule,
                 const struct lg_schema_step *step, size_t found)
{
    return lg_check_fail(
        checker, &(struct lg_schema_breach){
                     .rule = rule, .word = step->word, .index = step->count, .found = found });
}

/* Tries a rule with a set of its own, which counts only if the rule holds. */
static bool try_rule(struct lg_checker *checker, const struct lg_schema_rule *rule,
                     const struct lg_json *value, struct lg_evaluated *evaluated)
{
    struct lg_evaluated own;

    if (evaluated == NULL)
        return lg_check_rule(checker, rule, value, NULL);
    if (!lg_check_burn(checker, rule, 1 + value->count / 256))
        return false;
    lg_evaluated_begin(checker, &own, value->count);
    bool valid = lg_check_rule(checker, rule, value, &own);
    if (valid)
        lg_evaluated_merge(evaluated, &own);
    lg_evaluated_end(checker, &own);
    return valid;
}

/* How many of the rules hold, as far as that matters: up to `enough`. */
static size_t count_valid(struct lg_checker *checker, const struct lg_schema_step *step,
                          const struct lg_json *value, struct lg_evaluated *evaluated,
                          size_t enough)
{
    size_t found = 0;

    for (size_t i = 0; i < step->count && found < enough; i++) {
        found += try_rule(checker, step->rules[i], value, evaluated);
        if (checker->stop != LG_STOP_NONE)
            return 0;
    }
    return found;
}

/* Nothing holds: once more, for the reasons. */
static void explain_choice(struct lg_checker *checker, const struct lg_schema_step *step,
                           const struct lg_json *value)
{
    const struct lg_schema_findings *findings = checker->findings;

    for (size_t i = 0; i < step->count && findings->count < findings->room; i++)
        (void)lg_check_rule(checker, step->rules[i], value, NULL);
}

static bool check_choice(struct lg_checker *checker, const struct lg_schema_rule *rule,
                         const struct lg_schema_step *step, const struct lg_json *value,
                         struct lg_evaluated *evaluated)
{
    struct lg_schema_findings *findings = checker->findings;
    bool any = step->kind == LG_STEP_ANY;
    size_t enough = any ? 1 : 2;

    if (any && evaluated != NULL)
        enough = SIZE_MAX;
    /* What a branch finds wrong matters only if no branch holds. */
    checker->findings = NULL;
    size_t found = count_valid(checker, step, value, evaluated, enough);
    checker->findings = findings;
    if (checker->stop != LG_STOP_NONE)
        return false;
    if (any ? found > 0 : found == 1)
        return true;
    if (findings != NULL && found == 0)
        explain_choice(checker, step, value);
    return fail(checker, rule, step, found);
}

static bool check_all(struct lg_checker *checker, const struct lg_schema_step *step,
                      const struct lg_json *value, struct lg_evaluated *evaluated)
{
    bool valid = true;

    for (size_t i = 0; i < step->count; i++) {
        if (!lg_check_goes_on(checker, &valid,
                              lg_check_rule(checker, step->rules[i], value, evaluated)))
            return false;
    }
    return valid;
}

static bool check_not(struct lg_checker *checker, const struct lg_schema_rule *rule,
                      const struct lg_schema_step *step, const struct lg_json *value)
{
    bool holds = lg_check_probe(checker, step->rules[0], value, NULL);

    if (checker->stop != LG_STOP_NONE)
        return false;
    return !holds || fail(checker, rule, step, 1);
}

static bool check_if(struct lg_checker *checker, const struct lg_schema_step *step,
                     const struct lg_json *value, struct lg_evaluated *evaluated)
{
    struct lg_schema_findings *findings = checker->findings;

    checker->findings = NULL;
    bool holds = try_rule(checker, step->rules[0], value, evaluated);
    checker->findings = findings;
    if (checker->stop != LG_STOP_NONE)
        return false;
    const struct lg_schema_rule *next = step->rules[holds ? 1 : 2];
    return next == NULL || lg_check_rule(checker, next, value, evaluated);
}

/* --- dynamic references ----------------------------------------------------------------------- */

static const struct lg_schema_rule *anchor_in(const struct lg_schema_scope *scope,
                                              struct lg_str name)
{
    for (size_t i = 0; i < scope->anchor_count; i++) {
        if (lg_str_eq(scope->anchors[i].name, name))
            return scope->anchors[i].rule;
    }
    return NULL;
}

static bool check_dynamic(struct lg_checker *checker, const struct lg_schema_rule *rule,
                          const struct lg_schema_step *step, const struct lg_json *value,
                          struct lg_evaluated *evaluated)
{
    const struct lg_schema_rule *target = step->rules[0];

    /* The outermost counts: the last that is found on the way out. */
    for (const struct lg_check_scope *at = checker->scope; at != NULL; at = at->outer) {
        if (!lg_check_burn(checker, rule, 1 + at->scope->anchor_count))
            return false;
        const struct lg_schema_rule *found = anchor_in(at->scope, step->name);
        if (found != NULL)
            target = found;
    }
    return lg_check_rule(checker, target, value, evaluated);
}

bool lg_check_step(struct lg_checker *checker, const struct lg_schema_rule *rule,
                   const struct lg_schema_step *step, const struct lg_json *value,
                   struct lg_evaluated *evaluated)
{
    switch (step->kind) {
    case LG_STEP_ALL:
        return check_all(checker, step, value, evaluated);
    case LG_STEP_ANY:
    case LG_STEP_ONE:
        return check_choice(checker, rule, step, value, evaluated);
    case LG_STEP_NOT:
        return check_not(checker, rule, step, value);
    case LG_STEP_IF:
        return check_if(checker, step, value, evaluated);
    case LG_STEP_DYNAMIC:
        return check_dynamic(checker, rule, step, value, evaluated);
    }
    return false;
}
