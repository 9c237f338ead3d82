/*
 * schema_message.c -- what is wrong with a value, in words.
 *
 * A message tells types, numbers and lengths, and what the schema says, but never what a string
 * of the value holds: it goes to the log, and a body may hold secrets.
 */
#include <string.h>

#include "base/mem.h"
#include "validate/schema_check.h"

enum {
    NUMBER_MOST = 40,   /* bytes of a number */
    PATTERN_MOST = 128, /* of a pattern, and of other words from a schema */
    VALUES_MOST = 5     /* values that are listed */
};

/* Cut between characters, and marked. */
static void add_cut(struct lg_buf *out, struct lg_str text, size_t most)
{
    size_t size = text.size < most ? text.size : most;

    while (size < text.size && size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--;
    lg_buf_add_str(out, lg_str_part(text, 0, size));
    if (size < text.size)
        lg_buf_add_cstr(out, "...");
}

static void add_quoted(struct lg_buf *out, struct lg_str text)
{
    lg_buf_add_char(out, '"');
    add_cut(out, text, PATTERN_MOST);
    lg_buf_add_char(out, '"');
}

static void add_count(struct lg_buf *out, uint64_t count, const char *one, const char *many)
{
    lg_buf_printf(out, "%llu %s", (unsigned long long)count, count == 1 ? one : many);
}

/* --- types and values ------------------------------------------------------------------------- */

static const char *type_of(const struct lg_json *value)
{
    static const char *const names[] = { "null",   "boolean", "boolean", "number",
                                         "string", "array",   "object" };

    return names[value->type];
}

static void add_types(struct lg_buf *out, const struct lg_schema_rule *rule)
{
    bool integer = rule->number != NULL && rule->number->integer != LG_INTEGER_NO;
    const struct {
        const char *name;
        unsigned bits;
    } types[] = {
        { "null", 1u << LG_JSON_NULL },
        { "boolean", LG_TYPES_BOOLEAN },
        { integer ? "integer" : "number", 1u << LG_JSON_NUMBER },
        { "string", 1u << LG_JSON_STRING },
        { "array", 1u << LG_JSON_ARRAY },
        { "object", 1u << LG_JSON_OBJECT },
    };
    bool first = true;

    for (size_t i = 0; i < LG_COUNT(types); i++) {
        if ((rule->types & types[i].bits) == 0)
            continue;
        lg_buf_add_cstr(out, first ? "" : " or ");
        lg_buf_add_cstr(out, types[i].name);
        first = false;
    }
}

static void add_number(struct lg_buf *out, struct lg_str text)
{
    add_cut(out, text, NUMBER_MOST);
}

static void add_value(struct lg_buf *out, const struct lg_json *value)
{
    switch (value->type) {
    case LG_JSON_OBJECT:
        lg_buf_add_cstr(out, "a certain object");
        break;
    case LG_JSON_ARRAY:
        lg_buf_add_cstr(out, "a certain array");
        break;
    case LG_JSON_STRING:
        add_quoted(out, value->text);
        break;
    default:
        add_number(out, value->text);
    }
}

static void tell_values(struct lg_buf *out, const struct lg_schema_values *values)
{
    if (values == NULL || values->count > VALUES_MOST) {
        lg_buf_add_cstr(out, "must be one of the listed values");
        return;
    }
    lg_buf_add_cstr(out, values->count == 1 ? "must be " : "must be one of ");
    for (size_t i = 0; i < values->count; i++) {
        lg_buf_add_cstr(out, i == 0 ? "" : ", ");
        add_value(out, values->all[i]);
    }
}

/* --- one function for those that need one ----------------------------------------------------- */

static void tell_number(const struct lg_schema_breach *breach, const struct lg_json *value,
                        struct lg_buf *out)
{
    const struct lg_schema_number *rules = breach->rule->number;

    switch (breach->word) {
    case LG_WORD_MINIMUM:
        lg_buf_add_cstr(out, "must be at least ");
        add_number(out, rules->least.number.text);
        break;
    case LG_WORD_EXCLUSIVE_MINIMUM:
        lg_buf_add_cstr(out, "must be more than ");
        add_number(out, rules->least.number.text);
        break;
    case LG_WORD_MAXIMUM:
        lg_buf_add_cstr(out, "must be at most ");
        add_number(out, rules->most.number.text);
        break;
    case LG_WORD_EXCLUSIVE_MAXIMUM:
        lg_buf_add_cstr(out, "must be less than ");
        add_number(out, rules->most.number.text);
        break;
    default:
        lg_buf_add_cstr(out, "must be a multiple of ");
        add_number(out, rules->divisor_text);
    }
    lg_buf_add_cstr(out, ", found ");
    add_number(out, value->text);
}

static void tell_size(struct lg_buf *out, const char *which, uint64_t limit, const char *one,
                      const char *many, size_t found)
{
    lg_buf_printf(out, "must have %s ", which);
    add_count(out, limit, one, many);
    lg_buf_printf(out, ", found %zu", found);
}

static void tell_array(const struct lg_schema_breach *breach, struct lg_buf *out)
{
    const struct lg_schema_array *array = breach->rule->array;

    switch (breach->word) {
    case LG_WORD_MIN_ITEMS:
        tell_size(out, "at least", array->least, "element", "elements", breach->found);
        break;
    case LG_WORD_MAX_ITEMS:
        tell_size(out, "at most", array->most, "element", "elements", breach->found);
        break;
    case LG_WORD_MAX_CONTAINS:
        tell_size(out, "at most", array->contains_most, "element that fits", "elements that fit",
                  breach->found);
        break;
    case LG_WORD_UNIQUE_ITEMS:
        lg_buf_printf(out, "must not have equal elements, found them at %zu and %zu", breach->index,
                      breach->found);
        break;
    default:
        tell_size(out, "at least", array->contains_least, "element that fits", "elements that fit",
                  breach->found);
    }
}

static void tell_dependency(const struct lg_schema_breach *breach, struct lg_buf *out)
{
    const struct lg_schema_object *object = breach->rule->object;
    const struct lg_schema_dependency *dependency = &object->dependencies[breach->index];

    lg_buf_add_cstr(out, "must have required property ");
    add_quoted(out, object->property_texts[dependency->others[breach->found]]);
    lg_buf_add_cstr(out, " beside ");
    add_quoted(out, object->property_texts[dependency->name]);
}

static void tell_object(const struct lg_schema_breach *breach, struct lg_buf *out)
{
    const struct lg_schema_object *object = breach->rule->object;

    switch (breach->word) {
    case LG_WORD_MIN_PROPERTIES:
        tell_size(out, "at least", object->least, "property", "properties", breach->found);
        break;
    case LG_WORD_MAX_PROPERTIES:
        tell_size(out, "at most", object->most, "property", "properties", breach->found);
        break;
    case LG_WORD_REQUIRED:
        lg_buf_add_cstr(out, "must have required property ");
        add_quoted(out, object->property_texts[breach->index]);
        break;
    default:
        tell_dependency(breach, out);
    }
}

static void tell_string(const struct lg_schema_breach *breach, struct lg_buf *out)
{
    const struct lg_schema_string *string = breach->rule->string;

    switch (breach->word) {
    case LG_WORD_MIN_LENGTH:
        tell_size(out, "at least", string->least, "character", "characters", breach->found);
        break;
    case LG_WORD_MAX_LENGTH:
        tell_size(out, "at most", string->most, "character", "characters", breach->found);
        break;
    case LG_WORD_PATTERN:
        lg_buf_add_cstr(out, "must match the pattern ");
        add_cut(out, string->pattern.text, PATTERN_MOST);
        break;
    case LG_WORD_FORMAT:
        lg_buf_printf(out, "must have the format %s", string->format->name);
        break;
    case LG_WORD_CONTENT_ENCODING:
        lg_buf_add_cstr(out, "must be encoded in base64");
        break;
    default:
        lg_buf_add_cstr(out, "must hold a JSON text");
    }
}

static void tell_choice(const struct lg_schema_breach *breach, struct lg_buf *out)
{
    if (breach->word == LG_WORD_NOT)
        lg_buf_add_cstr(out, "must not fit the schema");
    else if (breach->word == LG_WORD_ANY_OF)
        lg_buf_printf(out, "must fit at least one of %zu schemas, found none", breach->index);
    else
        lg_buf_printf(out, "must fit exactly one of %zu schemas, found %s", breach->index,
                      breach->found == 0 ? "none" : "more");
}

/* --- the whole -------------------------------------------------------------------------------- */

static void tell(const struct lg_schema_breach *breach, const struct lg_json *value,
                 struct lg_buf *out)
{
    const struct lg_schema_rule *rule = breach->rule;

    switch (breach->word) {
    case LG_WORD_TYPE:
        lg_buf_add_cstr(out, "must be ");
        add_types(out, rule);
        lg_buf_printf(out, ", found %s", type_of(value));
        break;
    case LG_WORD_ENUM:
    case LG_WORD_CONST:
        tell_values(out, rule->values[0]->word == breach->word ? rule->values[0] : rule->values[1]);
        break;
    case LG_WORD_MINIMUM:
    case LG_WORD_EXCLUSIVE_MINIMUM:
    case LG_WORD_MAXIMUM:
    case LG_WORD_EXCLUSIVE_MAXIMUM:
    case LG_WORD_MULTIPLE_OF:
        tell_number(breach, value, out);
        break;
    case LG_WORD_MIN_ITEMS:
    case LG_WORD_MAX_ITEMS:
    case LG_WORD_UNIQUE_ITEMS:
    case LG_WORD_CONTAINS:
    case LG_WORD_MIN_CONTAINS:
    case LG_WORD_MAX_CONTAINS:
        tell_array(breach, out);
        break;
    case LG_WORD_MIN_PROPERTIES:
    case LG_WORD_MAX_PROPERTIES:
    case LG_WORD_REQUIRED:
    case LG_WORD_DEPENDENT_REQUIRED:
    case LG_WORD_DEPENDENCIES:
        tell_object(breach, out);
        break;
    case LG_WORD_NOT:
    case LG_WORD_ANY_OF:
    case LG_WORD_ONE_OF:
        tell_choice(breach, out);
        break;
    case LG_WORD_COUNT:
        lg_buf_add_cstr(out, "is not allowed");
        break;
    default:
        tell_string(breach, out);
    }
}

void lg_schema_tell(const struct lg_schema_breach *breach, const struct lg_json *value,
                    bool in_name, struct lg_buf *out)
{
    const struct lg_json name = { .type = LG_JSON_STRING };

    if (in_name)
        lg_buf_add_cstr(out, "its name ");
    tell(breach, in_name ? &name : value, out);
}

/* The keyword that holds a rule is the last part of its place. */
const char *lg_schema_breach_keyword(const struct lg_schema_breach *breach)
{
    const char *slash = strrchr(breach->rule->pointer, '/');

    if (breach->word != LG_WORD_COUNT)
        return lg_schema_word_name(breach->word);
    const struct lg_schema_keyword *keyword =
        slash == NULL ? NULL : lg_schema_keyword_in_any(lg_str_of(slash + 1));
    return keyword == NULL ? "false" : keyword->name;
}
