/* schema_check_object.c -- one walk over the members, then what must be there. */
#include "validate/schema_check.h"

enum { LOOKUP_UNITS = 2 }; /* of fuel, for a name among those that the schema mentions */

/* One walk. */
struct walk {
    struct lg_checker *checker;
    const struct lg_schema_rule *rule;
    const struct lg_schema_object *object;
    struct lg_evaluated seen; /* of the names that the schema mentions */
    struct lg_evaluated *evaluated;
};

static bool fail(const struct walk *walk, enum lg_schema_word word, size_t index, size_t found)
{
    return lg_check_fail(walk->checker,
                         &(struct lg_schema_breach){
                             .rule = walk->rule, .word = word, .index = index, .found = found });
}

/* --- one member ------------------------------------------------------------------------------- */

/* The name is a string like any other. */
static bool check_name(struct walk *walk, const struct lg_json *member)
{
    struct lg_checker *checker = walk->checker;
    const struct lg_json name = { .type = LG_JSON_STRING,
                                  .text = member->name,
                                  .name = member->name };

    if (checker->level + 1 == LG_CHECK_LEVELS)
        return lg_check_end(checker, LG_STOP_DEPTH, walk->rule, NULL);
    checker->path[++checker->level] = member;
    checker->in_name = true;
    bool valid = lg_check_rule(checker, walk->object->property_names, &name, NULL);
    checker->in_name = false;
    checker->level--;
    return valid;
}

static bool check_patterns(struct walk *walk, const struct lg_json *member, bool *matched)
{
    bool valid = true;

    for (size_t i = 0; i < walk->object->pattern_count; i++) {
        const struct lg_schema_pattern_rule *one = &walk->object->patterns[i];
        bool matches = lg_check_pattern(walk->checker, walk->rule, &one->pattern, member->name);

        if (walk->checker->stop != LG_STOP_NONE)
            return false;
        *matched = *matched || matches;
        if (matches && !lg_check_goes_on(walk->checker, &valid,
                                         lg_check_inner(walk->checker, one->rule, member)))
            return false;
    }
    return valid;
}

static bool check_member(struct walk *walk, const struct lg_json *member, size_t index)
{
    const struct lg_schema_object *object = walk->object;
    struct lg_checker *checker = walk->checker;
    bool valid = true, matched = false;

    if (!lg_check_burn(checker, walk->rule, LOOKUP_UNITS + member->name.size / LG_FUEL_BYTES))
        return false;
    uint32_t known = lg_names_find(&object->names, member->name);
    if (known != LG_NAMES_NONE) {
        const struct lg_schema_rule *rule = object->properties[known].rule;

        lg_evaluated_add(&walk->seen, known);
        matched = rule != NULL;
        if (matched && !lg_check_goes_on(checker, &valid, lg_check_inner(checker, rule, member)))
            return false;
    }
    if (object->pattern_count > 0 &&
        !lg_check_goes_on(checker, &valid, check_patterns(walk, member, &matched)))
        return false;
    if (!matched && object->additional != NULL) {
        matched = true;
        if (!lg_check_goes_on(checker, &valid, lg_check_inner(checker, object->additional, member)))
            return false;
    }
    if (object->property_names != NULL &&
        !lg_check_goes_on(checker, &valid, check_name(walk, member)))
        return false;
    if (matched && walk->evaluated != NULL)
        lg_evaluated_add(walk->evaluated, index);
    return valid;
}

/* --- what must be there ----------------------------------------------------------------------- */

static bool all_seen(const struct lg_evaluated *seen, size_t count)
{
    size_t words = count / 64;

    for (size_t i = 0; i < words; i++) {
        if (seen->words[i] != UINT64_MAX)
            return false;
    }
    uint64_t last = (UINT64_C(1) << count % 64) - 1;
    return (seen->words[words] & last) == last;
}

static bool check_required(struct walk *walk)
{
    size_t count = walk->object->required_count;
    bool valid = true;

    if (all_seen(&walk->seen, count))
        return true;
    for (size_t i = 0; i < count; i++) {
        if (!lg_evaluated_has(&walk->seen, i) &&
            !lg_check_goes_on(walk->checker, &valid, fail(walk, LG_WORD_REQUIRED, i, 0)))
            return false;
    }
    return valid;
}

static bool check_dependency(struct walk *walk, size_t index, const struct lg_json *value)
{
    const struct lg_schema_dependency *dependency = &walk->object->dependencies[index];
    bool valid = true;

    if (!lg_check_burn(walk->checker, walk->rule, 1 + dependency->other_count / 8))
        return false;
    if (!lg_evaluated_has(&walk->seen, dependency->name))
        return true;
    for (size_t i = 0; i < dependency->other_count; i++) {
        if (!lg_evaluated_has(&walk->seen, dependency->others[i]) &&
            !lg_check_goes_on(walk->checker, &valid, fail(walk, dependency->word, index, i)))
            return false;
    }
    if (dependency->rule != NULL &&
        !lg_check_rule(walk->checker, dependency->rule, value, walk->evaluated))
        return false;
    return valid;
}

static bool check_count(struct walk *walk, const struct lg_json *value)
{
    bool valid = true;

    if (value->count < walk->object->least &&
        !lg_check_goes_on(walk->checker, &valid,
                          fail(walk, LG_WORD_MIN_PROPERTIES, 0, value->count)))
        return false;
    if (value->count > walk->object->most)
        return fail(walk, LG_WORD_MAX_PROPERTIES, 0, value->count);
    return valid;
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool check_members(struct walk *walk, const struct lg_json *value)
{
    size_t index = 0;
    bool valid = true;

    for (const struct lg_json *one = value->first; one != NULL; one = one->next) {
        if (!lg_check_goes_on(walk->checker, &valid, check_member(walk, one, index++)))
            return false;
    }
    if (!lg_check_goes_on(walk->checker, &valid, check_required(walk)))
        return false;
    for (size_t i = 0; i < walk->object->dependency_count; i++) {
        if (!lg_check_goes_on(walk->checker, &valid, check_dependency(walk, i, value)))
            return false;
    }
    return valid;
}

bool lg_check_object(struct lg_checker *checker, const struct lg_schema_rule *rule,
                     const struct lg_json *value, struct lg_evaluated *evaluated)
{
    struct walk walk = {
        .checker = checker, .rule = rule, .object = rule->object, .evaluated = evaluated
    };
    bool valid = true;

    if (!lg_check_goes_on(checker, &valid, check_count(&walk, value)))
        return false;
    if (!rule->object->walks)
        return valid;
    if (!lg_check_burn(checker, rule, rule->object->property_count / 64))
        return false;
    lg_evaluated_begin(checker, &walk.seen, rule->object->property_count);
    bool members = check_members(&walk, value);
    lg_evaluated_end(checker, &walk.seen);
    return members && valid;
}
