/*
 * schema_compile.c -- a schema's text becomes rules; one function a keyword, found in a table.
 *
 * Nothing stops at the first fault: a keyword that is wrong is reported and left out.
 */
#include "validate/schema.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "config/words.h"
#include "validate/schema_rule.h"

struct compiler {
    struct lg_arena *arena; /* the schema's */
    const char *name;       /* of the file */
    const struct lg_where *where;
    struct lg_faults *faults;
};

typedef void keyword_fn(struct compiler *compiler, struct lg_schema_rule *rule,
                        const struct lg_json *value, const struct lg_schema_place *place);

static void compile_rule(struct compiler *compiler, struct lg_schema_rule *rule,
                         const struct lg_json *value, const struct lg_schema_place *place);

/* --- faults ----------------------------------------------------------------------------------- */

__attribute__((format(printf, 3, 4))) static void
add_fault(struct compiler *compiler, const struct lg_schema_place *place, const char *format, ...)
{
    struct lg_buf text;
    va_list args;

    lg_buf_init(&text, SIZE_MAX);
    lg_schema_add_pointer(&text, place);
    lg_buf_add_cstr(&text, ": ");
    va_start(args, format);
    lg_buf_vprintf(&text, format, args);
    va_end(args);
    char *line = lg_buf_take(&text, NULL);
    lg_faults_add(compiler->faults, compiler->where, "%s: %s", compiler->name, line);
    free(line);
}

/* What stands in the schema, short enough for a message. */
static const char *found(struct compiler *compiler, const struct lg_json *value)
{
    if (value->type == LG_JSON_OBJECT)
        return "an object";
    if (value->type == LG_JSON_ARRAY)
        return value->count == 0 ? "an empty array" : "an array";
    if (value->type == LG_JSON_STRING)
        return lg_words_quote(compiler->arena, lg_arena_cstr(compiler->arena, value->text));
    return lg_arena_cstr(compiler->arena, lg_str_part(value->text, 0, 40));
}

static void expected(struct compiler *compiler, const struct lg_schema_place *place,
                     const struct lg_json *value, const char *what)
{
    add_fault(compiler, place, "found %s, expected %s", found(compiler, value), what);
}

/* `, did you mean "near"?`, or nothing. */
static const char *suggestion(struct compiler *compiler, struct lg_str text,
                              const char *const *names, size_t count)
{
    const char *near = lg_words_near(lg_arena_cstr(compiler->arena, text), names, count);

    return near == NULL ? "" : lg_arena_printf(compiler->arena, ", did you mean \"%s\"?", near);
}

/* --- type ------------------------------------------------------------------------------------- */

static const char *const type_names[] = { "null",   "boolean", "number", "integer",
                                          "string", "array",   "object" };

static const char *types_expected(struct compiler *compiler, const struct lg_json *value)
{
    const char *all =
        lg_words_list(compiler->arena, type_names, LG_COUNT(type_names), LG_COUNT(type_names));
    const char *near = value->type == LG_JSON_STRING
                           ? suggestion(compiler, value->text, type_names, LG_COUNT(type_names))
                           : "";

    return lg_arena_printf(compiler->arena, "%s%s", all, near);
}

static void add_type(struct compiler *compiler, struct lg_schema_rule *rule,
                     const struct lg_json *value, const struct lg_schema_place *place)
{
    size_t index = 0;

    if (value->type == LG_JSON_STRING) {
        while (index < LG_COUNT(type_names) && !lg_str_is(value->text, type_names[index]))
            index++;
    }
    if (value->type != LG_JSON_STRING || index == LG_COUNT(type_names)) {
        expected(compiler, place, value, types_expected(compiler, value));
        return;
    }
    if ((rule->types & 1u << index) != 0) {
        add_fault(compiler, place, "\"%s\" is there twice", type_names[index]);
        return;
    }
    rule->types |= 1u << index;
    rule->type_text = rule->type_text == NULL ? type_names[index]
                                              : lg_arena_printf(compiler->arena, "%s or %s",
                                                                rule->type_text, type_names[index]);
}

/* The place of the element at `index`. */
static struct lg_schema_place element_place(struct compiler *compiler,
                                            const struct lg_schema_place *array, size_t index)
{
    return (struct lg_schema_place){
        .outer = array,
        .name = lg_str_of(lg_arena_printf(compiler->arena, "%zu", index)),
    };
}

static void compile_type(struct compiler *compiler, struct lg_schema_rule *rule,
                         const struct lg_json *value, const struct lg_schema_place *place)
{
    size_t index = 0;

    if (value->type != LG_JSON_ARRAY) {
        add_type(compiler, rule, value, place);
        return;
    }
    if (value->count == 0)
        expected(compiler, place, value, "a type or some of them");
    for (const struct lg_json *one = value->first; one != NULL; one = one->next) {
        struct lg_schema_place inner = element_place(compiler, place, index++);

        add_type(compiler, rule, one, &inner);
    }
}

/* --- objects ---------------------------------------------------------------------------------- */

static void free_map(void *map)
{
    lg_map_free(map, NULL);
}

/* The property `name`, made when it is not there yet. */
static struct lg_schema_property *property_of(struct compiler *compiler,
                                              struct lg_schema_rule *rule, struct lg_str name)
{
    if (rule->properties == NULL) {
        rule->properties = lg_map_new();
        lg_arena_defer(compiler->arena, free_map, rule->properties);
    }
    struct lg_schema_property *property = lg_map_get(rule->properties, name);
    if (property == NULL) {
        property = LG_ARENA_NEW(compiler->arena, struct lg_schema_property);
        enum lg_err err = lg_map_put(rule->properties, name, property);
        assert(err == LG_OK);
        (void)err;
    }
    return property;
}

static void compile_required(struct compiler *compiler, struct lg_schema_rule *rule,
                             const struct lg_json *value, const struct lg_schema_place *place)
{
    size_t index = 0;

    if (value->type != LG_JSON_ARRAY) {
        expected(compiler, place, value, "an array of names");
        return;
    }
    struct lg_str *names = lg_arena_alloc(compiler->arena, value->count * sizeof(*names));
    rule->required = names;
    for (const struct lg_json *one = value->first; one != NULL; one = one->next) {
        struct lg_schema_place inner = element_place(compiler, place, index++);

        if (one->type != LG_JSON_STRING) {
            expected(compiler, &inner, one, "a name");
            continue;
        }
        struct lg_schema_property *property = property_of(compiler, rule, one->text);
        if (property->required > 0) {
            add_fault(compiler, &inner, "%s is there twice", found(compiler, one));
            continue;
        }
        names[rule->required_count++] = one->text;
        property->required = rule->required_count;
    }
}

static const struct lg_schema_rule *new_rule(struct compiler *compiler, const struct lg_json *value,
                                             const struct lg_schema_place *place)
{
    struct lg_schema_rule *rule = LG_ARENA_NEW(compiler->arena, struct lg_schema_rule);

    compile_rule(compiler, rule, value, place);
    return rule;
}

static void compile_properties(struct compiler *compiler, struct lg_schema_rule *rule,
                               const struct lg_json *value, const struct lg_schema_place *place)
{
    if (value->type != LG_JSON_OBJECT) {
        expected(compiler, place, value, "an object of schemas");
        return;
    }
    for (const struct lg_json *one = value->first; one != NULL; one = one->next) {
        const struct lg_schema_place inner = { .outer = place, .name = one->name };

        property_of(compiler, rule, one->name)->rule = new_rule(compiler, one, &inner);
    }
}

static void compile_additional(struct compiler *compiler, struct lg_schema_rule *rule,
                               const struct lg_json *value, const struct lg_schema_place *place)
{
    rule->additional = new_rule(compiler, value, place);
}

/* --- strings and numbers ---------------------------------------------------------------------- */

static void compile_min_length(struct compiler *compiler, struct lg_schema_rule *rule,
                               const struct lg_json *value, const struct lg_schema_place *place)
{
    struct lg_decimal length;
    int64_t number = INT64_MAX; /* of a length beyond: no text is that long either */

    if (value->type != LG_JSON_NUMBER || lg_decimal_read(value->text, &length) != LG_OK ||
        length.sign < 0 || lg_decimal_to_i64(&length, &number) == LG_ERR_SYNTAX) {
        expected(compiler, place, value, "an integer, 0 or more");
        return;
    }
    rule->min_length = (uint64_t)number;
}

static void compile_minimum(struct compiler *compiler, struct lg_schema_rule *rule,
                            const struct lg_json *value, const struct lg_schema_place *place)
{
    if (value->type != LG_JSON_NUMBER || lg_decimal_read(value->text, &rule->minimum) != LG_OK) {
        expected(compiler, place, value, "a number");
        return;
    }
    rule->has_minimum = true;
    rule->minimum_text = value->text;
}

static void free_regex(void *regex)
{
    lg_regex_free(regex);
}

static void compile_pattern(struct compiler *compiler, struct lg_schema_rule *rule,
                            const struct lg_json *value, const struct lg_schema_place *place)
{
    struct lg_regex_fault fault;

    if (value->type != LG_JSON_STRING) {
        expected(compiler, place, value, "a regular expression in a string");
        return;
    }
    rule->pattern = lg_regex_compile(value->text, &fault);
    if (rule->pattern == NULL) {
        add_fault(compiler, place, "found %s, expected a regular expression of ECMA-262: %s",
                  found(compiler, value), fault.text);
        return;
    }
    rule->pattern_text = value->text;
    lg_arena_defer(compiler->arena, free_regex, rule->pattern);
}

/* --- annotations ------------------------------------------------------------------------------ */

static void compile_text(struct compiler *compiler, struct lg_schema_rule *rule,
                         const struct lg_json *value, const struct lg_schema_place *place)
{
    (void)rule;
    if (value->type != LG_JSON_STRING)
        expected(compiler, place, value, "a string");
}

static void compile_examples(struct compiler *compiler, struct lg_schema_rule *rule,
                             const struct lg_json *value, const struct lg_schema_place *place)
{
    (void)rule;
    if (value->type != LG_JSON_ARRAY)
        expected(compiler, place, value, "an array");
}

static void compile_anything(struct compiler *compiler, struct lg_schema_rule *rule,
                             const struct lg_json *value, const struct lg_schema_place *place)
{
    (void)compiler;
    (void)rule;
    (void)value;
    (void)place;
}

/* --- the table -------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    keyword_fn *compile;
} keywords[] = {
    { "type", compile_type },
    { "required", compile_required },
    { "properties", compile_properties },
    { "additionalProperties", compile_additional },
    { "minLength", compile_min_length },
    { "minimum", compile_minimum },
    { "pattern", compile_pattern },
    { "$schema", compile_text },
    { "$id", compile_text },
    { "$comment", compile_text },
    { "title", compile_text },
    { "description", compile_text },
    { "default", compile_anything },
    { "examples", compile_examples },
};

/* Words of JSON Schema that are no spelling mistakes, but checks that we cannot make. */
static const char *const not_supported[] = {
    "$anchor",
    "$defs",
    "$dynamicAnchor",
    "$dynamicRef",
    "$recursiveAnchor",
    "$recursiveRef",
    "$ref",
    "$vocabulary",
    "additionalItems",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "definitions",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "else",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "id",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minProperties",
    "multipleOf",
    "not",
    "oneOf",
    "patternProperties",
    "prefixItems",
    "propertyNames",
    "readOnly",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
    "writeOnly",
};

static void unknown_keyword(struct compiler *compiler, struct lg_str name,
                            const struct lg_schema_place *place)
{
    const char *known[LG_COUNT(keywords)];

    for (size_t i = 0; i < LG_COUNT(not_supported); i++) {
        if (lg_str_is(name, not_supported[i])) {
            add_fault(compiler, place, "the keyword \"%s\" is not supported", not_supported[i]);
            return;
        }
    }
    for (size_t i = 0; i < LG_COUNT(keywords); i++)
        known[i] = keywords[i].name;
    add_fault(compiler, place, "unknown keyword%s",
              suggestion(compiler, name, known, LG_COUNT(known)));
}

static void compile_keyword(struct compiler *compiler, struct lg_schema_rule *rule,
                            const struct lg_json *value, const struct lg_schema_place *place)
{
    for (size_t i = 0; i < LG_COUNT(keywords); i++) {
        if (lg_str_is(value->name, keywords[i].name)) {
            keywords[i].compile(compiler, rule, value, place);
            return;
        }
    }
    unknown_keyword(compiler, value->name, place);
}

/* As deep as the text is nested, which the reader has limited. */
static void compile_rule(struct compiler *compiler, struct lg_schema_rule *rule,
                         const struct lg_json *value, const struct lg_schema_place *place)
{
    if (value->type == LG_JSON_TRUE)
        return;
    if (value->type == LG_JSON_FALSE) {
        rule->never = true;
        return;
    }
    if (value->type != LG_JSON_OBJECT) {
        expected(compiler, place, value, "a schema: an object, true or false");
        return;
    }
    for (const struct lg_json *one = value->first; one != NULL; one = one->next) {
        const struct lg_schema_place inner = { .outer = place, .name = one->name };

        compile_keyword(compiler, rule, one, &inner);
    }
}

/* --- the whole -------------------------------------------------------------------------------- */

static void add_syntax_fault(struct compiler *compiler, struct lg_str text,
                             const struct lg_json_fault *fault)
{
    size_t line = 1;
    size_t line_start = 0;

    for (size_t i = 0; i < fault->offset && i < text.size; i++) {
        if (text.data[i] == '\n') {
            line++;
            line_start = i + 1;
        }
    }
    lg_faults_add(compiler->faults, compiler->where, "%s:%zu:%zu: not JSON: %s", compiler->name,
                  line, fault->offset - line_start + 1, fault->message);
}

struct lg_schema *lg_schema_compile(const char *name, struct lg_str text,
                                    const struct lg_where *where, struct lg_faults *faults)
{
    const struct lg_schema_place root = { 0 };
    struct lg_schema *schema = LG_NEW(struct lg_schema);
    struct compiler compiler = { &schema->arena, name, where, faults };
    size_t faults_before = lg_faults_count(faults);
    struct lg_json_fault fault;
    struct lg_json *value;

    lg_arena_init(&schema->arena);
    text = lg_arena_str(&schema->arena, text);
    if (lg_json_read(&schema->arena, text, &lg_json_default_limits, &value, &fault) != LG_OK)
        add_syntax_fault(&compiler, text, &fault);
    else
        schema->root = new_rule(&compiler, value, &root);
    if (lg_faults_count(faults) > faults_before) {
        lg_schema_free(schema);
        return NULL;
    }
    return schema;
}

void lg_schema_free(struct lg_schema *schema)
{
    if (schema == NULL)
        return;
    lg_arena_done(&schema->arena);
    free(schema);
}
