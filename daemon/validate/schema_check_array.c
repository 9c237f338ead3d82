/* schema_check_array.c -- one walk over the elements, then how many there are of a kind. */
#include "validate/schema_check.h"
#include "validate/value.h"

static bool fail(struct lg_checker *checker, const struct lg_schema_rule *rule,
                 enum lg_schema_word word, size_t index, size_t found)
{
    return lg_check_fail(checker, &(struct lg_schema_breach){
                                      .rule = rule, .word = word, .index = index, .found = found });
}

static bool check_count(struct lg_checker *checker, const struct lg_schema_rule *rule,
                        const struct lg_json *value)
{
    bool valid = true;

    if (value->count < rule->array->least &&
        !lg_check_goes_on(checker, &valid, fail(checker, rule, LG_WORD_MIN_ITEMS, 0, value->count)))
        return false;
    if (value->count > rule->array->most)
        return fail(checker, rule, LG_WORD_MAX_ITEMS, 0, value->count);
    return valid;
}

static bool check_elements(struct lg_checker *checker, const struct lg_schema_rule *rule,
                           const struct lg_json *value, struct lg_evaluated *evaluated)
{
    const struct lg_schema_array *array = rule->array;
    size_t index = 0;
    bool valid = true;

    if (array->rest != NULL && evaluated != NULL)
        evaluated->all = true;
    for (const struct lg_json *one = value->first; one != NULL; one = one->next, index++) {
        const struct lg_schema_rule *inner =
            index < array->prefix_count ? array->prefix[index] : array->rest;

        if (inner == NULL)
            break;
        if (!lg_check_goes_on(checker, &valid, lg_check_inner(checker, inner, one)))
            return false;
        if (evaluated != NULL && !evaluated->all)
            lg_evaluated_add(evaluated, index);
    }
    return valid;
}

/* Whether the rule holds for an element. */
static bool is_contained(struct lg_checker *checker, const struct lg_schema_rule *rule,
                         const struct lg_json *value)
{
    struct lg_schema_findings *findings = checker->findings;

    checker->findings = NULL;
    bool valid = lg_check_inner(checker, rule, value);
    checker->findings = findings;
    return valid;
}

static bool check_contains(struct lg_checker *checker, const struct lg_schema_rule *rule,
                           const struct lg_json *value, struct lg_evaluated *evaluated)
{
    const struct lg_schema_array *array = rule->array;
    bool all = evaluated != NULL && array->contains_evaluates;
    size_t index = 0, found = 0;

    for (const struct lg_json *one = value->first; one != NULL; one = one->next, index++) {
        bool contained = is_contained(checker, array->contains, one);

        if (checker->stop != LG_STOP_NONE)
            return false;
        found += contained;
        if (contained && all)
            lg_evaluated_add(evaluated, index);
        if (!all && found >= array->contains_least && array->contains_most == UINT64_MAX)
            return true;
    }
    if (found > array->contains_most)
        return fail(checker, rule, LG_WORD_MAX_CONTAINS, 0, found);
    if (found >= array->contains_least)
        return true;
    return fail(checker, rule, array->contains_least > 1 ? LG_WORD_MIN_CONTAINS : LG_WORD_CONTAINS,
                0, found);
}

static size_t index_of(const struct lg_json *array, const struct lg_json *element)
{
    size_t index = 0;

    for (const struct lg_json *one = array->first; one != element; one = one->next)
        index++;
    return index;
}

static bool check_differ(struct lg_checker *checker, const struct lg_schema_rule *rule,
                         const struct lg_json *value)
{
    const struct lg_json *first = NULL, *second = NULL;
    bool differ = lg_value_all_differ(value, checker->fuel, &first, &second);

    if (lg_fuel_exhausted(checker->fuel))
        return lg_check_end(checker, LG_STOP_FUEL, rule, NULL);
    if (differ)
        return true;
    return fail(checker, rule, LG_WORD_UNIQUE_ITEMS, index_of(value, first),
                index_of(value, second));
}

bool lg_check_array(struct lg_checker *checker, const struct lg_schema_rule *rule,
                    const struct lg_json *value, struct lg_evaluated *evaluated)
{
    const struct lg_schema_array *array = rule->array;
    bool valid = true;

    if (!lg_check_goes_on(checker, &valid, check_count(checker, rule, value)))
        return false;
    if (array->all_differ && !lg_check_goes_on(checker, &valid, check_differ(checker, rule, value)))
        return false;
    if (!lg_check_goes_on(checker, &valid, check_elements(checker, rule, value, evaluated)))
        return false;
    if (array->contains != NULL && !check_contains(checker, rule, value, evaluated))
        return false;
    return valid;
}
