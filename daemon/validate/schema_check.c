/*
 * schema_check.c -- a value held against rules, until the first that it breaks or the fuel ends.
 *
 * A failure tells the name, the type, a number or a length, but never what a string holds: it
 * goes to the log, and a body may hold secrets.
 */
#include "validate/schema.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "validate/schema_rule.h"

enum {
    NUMBER_MOST = 40,   /* bytes of a number in a message */
    PATTERN_MOST = 128, /* and of a pattern */
    LOOKUP_UNITS = 4    /* of fuel, for a name among those that the schema mentions */
};

struct checker {
    struct lg_fuel *fuel;
    struct lg_schema_failure *failure;
};

static bool check_rule(struct checker *checker, const struct lg_schema_rule *rule,
                       const struct lg_json *value, const struct lg_schema_place *place);

/* Copies as much as fits, whole characters only, without what would break a line of the log. */
static void set_failure(struct lg_schema_failure *failure, struct lg_str text)
{
    size_t size = text.size < sizeof(failure->text) ? text.size : sizeof(failure->text) - 1;

    while (size < text.size && size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--;
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text.data[i];

        failure->text[i] = byte < 0x20 || byte == 0x7f ? '?' : text.data[i];
    }
    failure->text[size] = '\0';
}

static bool fail_as(struct checker *checker, struct lg_buf *text)
{
    set_failure(checker->failure, lg_buf_str(text));
    lg_buf_done(text);
    return false;
}

LG_PRINTF(3, 4)
static bool fail(struct checker *checker, const struct lg_schema_place *place, const char *format,
                 ...)
{
    struct lg_buf text;
    va_list args;

    lg_buf_init(&text, SIZE_MAX);
    lg_schema_add_pointer(&text, place);
    lg_buf_add_cstr(&text, ": ");
    va_start(args, format);
    lg_buf_vprintf(&text, format, args);
    va_end(args);
    return fail_as(checker, &text);
}

/* --- fuel ------------------------------------------------------------------------------------- */

/* `pattern`: the one at which it ran out, or NULL. */
static bool fail_exhausted(struct checker *checker, const struct lg_schema_place *place,
                           const struct lg_str *pattern)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    lg_buf_add_cstr(&text, "fuel exhausted at ");
    lg_schema_add_pointer(&text, place);
    if (pattern != NULL) {
        lg_buf_add_cstr(&text, ": pattern ");
        lg_buf_add_str(&text, lg_str_part(*pattern, 0, PATTERN_MOST));
    }
    return fail_as(checker, &text);
}

static bool burn(struct checker *checker, const struct lg_schema_place *place, uint64_t units)
{
    return lg_fuel_burn(checker->fuel, units) || fail_exhausted(checker, place, NULL);
}

static uint64_t units_for(struct lg_str text)
{
    return text.size / LG_FUEL_BYTES;
}

/* --- type ------------------------------------------------------------------------------------- */

static unsigned types_of(const struct lg_json *value, const char **ret_name)
{
    static const struct {
        const char *name;
        unsigned types;
    } types[] = {
        [LG_JSON_NULL] = { "null", LG_SCHEMA_NULL },
        [LG_JSON_FALSE] = { "boolean", LG_SCHEMA_BOOLEAN },
        [LG_JSON_TRUE] = { "boolean", LG_SCHEMA_BOOLEAN },
        [LG_JSON_NUMBER] = { "number", LG_SCHEMA_NUMBER },
        [LG_JSON_STRING] = { "string", LG_SCHEMA_STRING },
        [LG_JSON_ARRAY] = { "array", LG_SCHEMA_ARRAY },
        [LG_JSON_OBJECT] = { "object", LG_SCHEMA_OBJECT },
    };

    *ret_name = types[value->type].name;
    return types[value->type].types;
}

/* By value: 1.0 and 1e2 are integers. */
static bool is_integer(const struct lg_json *value)
{
    struct lg_decimal decimal;

    return value->type == LG_JSON_NUMBER && lg_decimal_read(value->text, &decimal) == LG_OK &&
           lg_decimal_is_integer(&decimal);
}

static bool check_type(struct checker *checker, const struct lg_schema_rule *rule,
                       const struct lg_json *value, const struct lg_schema_place *place)
{
    const char *name;

    if (rule->types == 0 || (types_of(value, &name) & rule->types) != 0)
        return true;
    if ((rule->types & LG_SCHEMA_INTEGER) != 0) {
        if (!burn(checker, place, units_for(value->text)))
            return false;
        if (is_integer(value))
            return true;
    }
    return fail(checker, place, "type %s, found %s", rule->type_text, name);
}

/* --- objects ---------------------------------------------------------------------------------- */

/* Which of the names that a rule requires have been seen: a bit each. */
struct seen {
    uint64_t few;
    uint64_t *words; /* &few, or owned */
    size_t count;    /* different ones */
};

static void seen_init(struct seen *seen, size_t names)
{
    *seen = (struct seen){ 0 };
    seen->words = names <= 64 ? &seen->few : lg_calloc(names / 64 + 1, sizeof(*seen->words));
}

static void seen_done(struct seen *seen)
{
    if (seen->words != &seen->few)
        free(seen->words);
}

static bool seen_test(const struct seen *seen, size_t index)
{
    return (seen->words[index / 64] >> index % 64 & 1) != 0;
}

static void seen_add(struct seen *seen, size_t index)
{
    if (seen_test(seen, index))
        return;
    seen->words[index / 64] |= UINT64_C(1) << index % 64;
    seen->count++;
}

static bool check_member(struct checker *checker, const struct lg_schema_rule *rule,
                         const struct lg_json *member, struct seen *seen,
                         const struct lg_schema_place *object)
{
    const struct lg_schema_place place = { .outer = object, .name = member->name };
    const struct lg_schema_property *property = NULL;
    const struct lg_schema_rule *inner = rule->additional;

    if (!burn(checker, &place, LOOKUP_UNITS + units_for(member->name)))
        return false;
    if (rule->properties != NULL)
        property = lg_map_get(rule->properties, member->name);
    if (property != NULL && property->required > 0)
        seen_add(seen, property->required - 1);
    if (property != NULL && property->rule != NULL)
        inner = property->rule;
    return inner == NULL || check_rule(checker, inner, member, &place);
}

static bool check_required(struct checker *checker, const struct lg_schema_rule *rule,
                           const struct seen *seen, const struct lg_schema_place *place)
{
    size_t index = 0;

    if (seen->count == rule->required_count)
        return true;
    while (seen_test(seen, index))
        index++;
    const struct lg_schema_place missing = { .outer = place, .name = rule->required[index] };
    return fail(checker, &missing, "required, but missing");
}

static bool check_object(struct checker *checker, const struct lg_schema_rule *rule,
                         const struct lg_json *value, const struct lg_schema_place *place)
{
    struct seen seen;
    bool valid = true;

    if (rule->properties == NULL && rule->additional == NULL)
        return true;
    if (!burn(checker, place, rule->required_count / 64))
        return false;
    seen_init(&seen, rule->required_count);
    for (const struct lg_json *member = value->first; valid && member != NULL;
         member = member->next)
        valid = check_member(checker, rule, member, &seen, place);
    valid = valid && check_required(checker, rule, &seen, place);
    seen_done(&seen);
    return valid;
}

/* --- strings and numbers ---------------------------------------------------------------------- */

static bool check_length(struct checker *checker, const struct lg_schema_rule *rule,
                         const struct lg_json *value, const struct lg_schema_place *place)
{
    if (!burn(checker, place, units_for(value->text)))
        return false;

    size_t length = lg_utf8_length(value->text);
    if (length >= rule->min_length)
        return true;
    return fail(checker, place, "minLength %llu, found %zu", (unsigned long long)rule->min_length,
                length);
}

static bool check_pattern(struct checker *checker, const struct lg_schema_rule *rule,
                          const struct lg_json *value, const struct lg_schema_place *place)
{
    struct lg_str shown = lg_str_part(rule->pattern_text, 0, PATTERN_MOST);

    switch (lg_regex_match(rule->pattern, value->text, checker->fuel)) {
    case LG_REGEX_YES:
        return true;
    case LG_REGEX_NO:
        return fail(checker, place, "pattern %.*s, found a string without a match",
                    LG_STR_ARG(shown));
    case LG_REGEX_GAVE_UP:
        break;
    }
    if (lg_fuel_exhausted(checker->fuel))
        return fail_exhausted(checker, place, &rule->pattern_text);
    return fail(checker, place, "pattern %.*s, found a string that takes too much memory to match",
                LG_STR_ARG(shown));
}

static bool check_string(struct checker *checker, const struct lg_schema_rule *rule,
                         const struct lg_json *value, const struct lg_schema_place *place)
{
    if (rule->min_length > 0 && !check_length(checker, rule, value, place))
        return false;
    return rule->pattern == NULL || check_pattern(checker, rule, value, place);
}

static bool check_number(struct checker *checker, const struct lg_schema_rule *rule,
                         const struct lg_json *value, const struct lg_schema_place *place)
{
    struct lg_decimal decimal;

    if (!rule->has_minimum)
        return true;
    if (!burn(checker, place, 1 + units_for(value->text)))
        return false;
    if (lg_decimal_read(value->text, &decimal) == LG_OK &&
        lg_decimal_cmp(&decimal, &rule->minimum) >= 0)
        return true;
    return fail(checker, place, "minimum %.*s, found %.*s%s",
                LG_STR_ARG(lg_str_part(rule->minimum_text, 0, NUMBER_MOST)),
                LG_STR_ARG(lg_str_part(value->text, 0, NUMBER_MOST)),
                value->text.size > NUMBER_MOST ? "..." : "");
}

/* --- the whole -------------------------------------------------------------------------------- */

/* Each level goes one level down in the schema, whose depth the reader has limited. */
static bool check_rule(struct checker *checker, const struct lg_schema_rule *rule,
                       const struct lg_json *value, const struct lg_schema_place *place)
{
    if (!burn(checker, place, 1))
        return false;
    if (rule->never)
        return fail(checker, place, "not allowed");
    if (!check_type(checker, rule, value, place))
        return false;
    switch (value->type) {
    case LG_JSON_OBJECT:
        return check_object(checker, rule, value, place);
    case LG_JSON_STRING:
        return check_string(checker, rule, value, place);
    case LG_JSON_NUMBER:
        return check_number(checker, rule, value, place);
    default:
        return true;
    }
}

bool lg_schema_check(const struct lg_schema *schema, const struct lg_json *value,
                     struct lg_fuel *fuel, struct lg_schema_failure *reterr_failure)
{
    const struct lg_schema_place root = { 0 };
    struct checker checker = { fuel, reterr_failure };

    return check_rule(&checker, schema->root, value, &root);
}
