/* schema_shape.c -- whether a keyword's value is what the keyword takes, and words that are none.
 */
#include <stdio.h>

#include "base/mem.h"
#include "config/words.h"
#include "validate/regex_ecma.h"
#include "validate/schema_loader.h"

/* What is checked and where; place NULL: nothing is said. */
struct look {
    struct lg_schema_loader *loader;
    const struct lg_schema_resource *resource;
    const struct lg_schema_place *place;
};

/* The place of an element, with its index in digits. */
struct element {
    char digits[24];
    struct lg_schema_place place;
};

static struct look inner_look(const struct look *look, const struct lg_schema_place *place)
{
    struct look inner = *look;

    inner.place = look->place == NULL ? NULL : place;
    return inner;
}

static void set_element(struct element *element, const struct look *look, size_t index)
{
    int size = snprintf(element->digits, sizeof(element->digits), "%zu", index);

    element->place.outer = look->place;
    element->place.name = lg_str_make(element->digits, (size_t)size);
}

static bool expected(const struct look *look, const struct lg_json *value, const char *what)
{
    if (look->place != NULL)
        lg_schema_expected(look->loader, look->resource->source, look->place, value, what);
    return false;
}

static bool is_of(const struct look *look, const struct lg_json *value, enum lg_json_type type,
                  const char *what)
{
    return value->type == type || expected(look, value, what);
}

/* `, did you mean "near"?`, or nothing. */
static const char *suggestion(struct lg_schema_loader *loader, struct lg_str text,
                              const char *const *names, size_t count)
{
    const char *near = lg_words_near(lg_arena_cstr(&loader->temp, text), names, count);

    return near == NULL ? "" : lg_arena_printf(&loader->temp, ", did you mean \"%s\"?", near);
}

/* --- types ------------------------------------------------------------------------------------ */

static const char *const type_names[] = { "null",   "boolean", "number", "integer",
                                          "string", "array",   "object" };

static bool is_type(const struct look *look, const struct lg_json *value, unsigned *seen)
{
    size_t index = 0;

    if (value->type == LG_JSON_STRING) {
        while (index < LG_COUNT(type_names) && !lg_str_is(value->text, type_names[index]))
            index++;
    }
    if (value->type == LG_JSON_STRING && index < LG_COUNT(type_names)) {
        if ((*seen >> index & 1) == 0) {
            *seen |= 1u << index;
            return true;
        }
        if (look->place != NULL)
            lg_schema_fault(look->loader, look->resource->source, look->place,
                            "\"%s\" is there twice", type_names[index]);
        return false;
    }
    if (look->place == NULL)
        return false;
    struct lg_arena *temp = &look->loader->temp;
    const char *all = lg_words_list(temp, type_names, LG_COUNT(type_names), LG_COUNT(type_names));
    const char *near = value->type == LG_JSON_STRING
                           ? suggestion(look->loader, value->text, type_names, LG_COUNT(type_names))
                           : "";
    return expected(look, value, lg_arena_printf(temp, "%s%s", all, near));
}

static bool are_types(const struct look *look, const struct lg_json *value)
{
    size_t index = 0;
    unsigned seen = 0;
    bool fit = true;

    if (value->type != LG_JSON_ARRAY)
        return is_type(look, value, &seen);
    if (value->count == 0)
        return expected(look, value, "a type or some of them");
    for (const struct lg_json *one = value->first; one != NULL; one = one->next) {
        struct element element = { 0 };

        set_element(&element, look, index++);
        const struct look inner = inner_look(look, &element.place);
        fit = is_type(&inner, one, &seen) && fit;
    }
    return fit;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static bool is_count(const struct look *look, const struct lg_json *value)
{
    struct lg_decimal number;
    int64_t ignored;

    if (value->type == LG_JSON_NUMBER && lg_decimal_read(value->text, &number) == LG_OK &&
        number.sign >= 0 && lg_decimal_to_i64(&number, &ignored) != LG_ERR_SYNTAX)
        return true;
    return expected(look, value, "an integer, 0 or more");
}

static bool is_positive(const struct look *look, const struct lg_json *value)
{
    struct lg_divisor divisor;
    enum lg_err err =
        value->type == LG_JSON_NUMBER ? lg_divisor_read(value->text, &divisor) : LG_ERR_SYNTAX;

    if (err == LG_OK)
        return true;
    return expected(look, value,
                    err == LG_ERR_TOO_BIG ? "a number of at most 37 digits"
                                          : "a number that is more than 0");
}

/* --- texts ------------------------------------------------------------------------------------ */

static bool is_pattern(const struct look *look, struct lg_str text, const struct lg_json *value)
{
    struct lg_regex_ecma_fault fault;
    struct lg_buf spelling;
    uint32_t least;

    lg_buf_init(&spelling, SIZE_MAX);
    enum lg_err err = lg_regex_from_ecma(text, &spelling, &least, &fault);
    lg_buf_done(&spelling);
    if (err == LG_OK)
        return true;
    if (look->place != NULL)
        lg_schema_fault(look->loader, look->resource->source, look->place,
                        "found %s, expected a regular expression of ECMA-262: %s, at byte %zu",
                        value == NULL ? "this name" : lg_schema_found(look->loader, value),
                        fault.message, fault.offset);
    return false;
}

static bool is_plain_name(const struct look *look, const struct lg_json *value)
{
    bool fits = value->type == LG_JSON_STRING && value->text.size > 0;

    for (size_t i = 0; fits && i < value->text.size; i++) {
        char byte = value->text.data[i];

        fits = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
               (i > 0 && ((byte >= '0' && byte <= '9') || byte == '-' || byte == '.'));
    }
    return fits || expected(look, value,
                            "a name of letters, digits, -, _ and ., which starts with a letter "
                            "or _");
}

static bool is_address(const struct look *look, const struct lg_json *value)
{
    size_t hash = value->type == LG_JSON_STRING ? lg_str_find(value->text, '#', 0) : 0;

    if (value->type == LG_JSON_STRING && hash + 1 >= value->text.size)
        return true;
    return expected(look, value, "an address without a fragment");
}

static bool are_names(const struct look *look, const struct lg_json *value)
{
    struct lg_map *seen;
    size_t index = 0;
    bool fit = true;

    if (value->type != LG_JSON_ARRAY)
        return expected(look, value, "an array of names");
    seen = lg_map_new();
    for (const struct lg_json *one = value->first; one != NULL; one = one->next) {
        struct element element = { 0 };

        set_element(&element, look, index++);
        const struct look inner = inner_look(look, &element.place);
        if (one->type != LG_JSON_STRING) {
            fit = expected(&inner, one, "a name");
        } else if (lg_map_put(seen, one->text, seen) != LG_OK) {
            fit = false;
            if (inner.place != NULL)
                lg_schema_fault(look->loader, look->resource->source, inner.place,
                                "%s is there twice", lg_schema_found(look->loader, one));
        }
    }
    lg_map_free(seen, NULL);
    return fit;
}

/* --- objects and arrays ----------------------------------------------------------------------- */

static bool member_fits(const struct look *look, enum lg_schema_shape shape,
                        const struct lg_json *member)
{
    switch (shape) {
    case LG_SHAPE_NAMES_BY_NAME:
        return are_names(look, member);
    case LG_SHAPE_DEPENDENCIES:
        return member->type != LG_JSON_ARRAY || are_names(look, member);
    case LG_SHAPE_SCHEMAS_BY_PATTERN:
        return is_pattern(look, member->name, NULL);
    case LG_SHAPE_BOOLEANS_BY_NAME:
        return member->type == LG_JSON_TRUE || is_of(look, member, LG_JSON_FALSE, "true or false");
    default:
        return true;
    }
}

static bool members_fit(const struct look *look, enum lg_schema_shape shape,
                        const struct lg_json *value)
{
    bool fit = true;

    for (const struct lg_json *one = value->first; one != NULL; one = one->next) {
        const struct lg_schema_place place = { .outer = look->place, .name = one->name };
        const struct look inner = inner_look(look, &place);

        fit = member_fits(&inner, shape, one) && fit;
    }
    return fit;
}

static bool is_object_of(const struct look *look, enum lg_schema_shape shape,
                         const struct lg_json *value)
{
    const char *what = shape == LG_SHAPE_NAMES_BY_NAME      ? "an object of arrays of names"
                       : shape == LG_SHAPE_DEPENDENCIES     ? "an object of schemas and arrays"
                       : shape == LG_SHAPE_BOOLEANS_BY_NAME ? "an object of true and false"
                                                            : "an object of schemas";

    return is_of(look, value, LG_JSON_OBJECT, what) && members_fit(look, shape, value);
}

static bool is_filled_array(const struct look *look, const struct lg_json *value, const char *what)
{
    return (value->type == LG_JSON_ARRAY && value->count > 0) || expected(look, value, what);
}

/* What is no object of a schema is told where schemas are walked. In draft 4 only two words take
 * a boolean. */
static bool is_schema(const struct look *look, const struct lg_schema_keyword *keyword,
                      const struct lg_json *value)
{
    bool is_boolean = value->type == LG_JSON_TRUE || value->type == LG_JSON_FALSE;

    if (look->resource->dialect.draft != LG_DRAFT_4 || !is_boolean ||
        keyword->word == LG_WORD_ADDITIONAL_ITEMS ||
        keyword->word == LG_WORD_ADDITIONAL_PROPERTIES || look->loader->options->lax)
        return true;
    return expected(look, value, "an object: draft 4 takes no booleans here");
}

/* --- the whole -------------------------------------------------------------------------------- */

bool lg_schema_shape_fits(struct lg_schema_loader *loader,
                          const struct lg_schema_resource *resource,
                          const struct lg_schema_keyword *keyword, const struct lg_json *value,
                          const struct lg_schema_place *place)
{
    const struct look look = { loader, resource, place };

    switch (keyword->shape) {
    case LG_SHAPE_ANYTHING:
        return true;
    case LG_SHAPE_STRING:
    case LG_SHAPE_REFERENCE:
        return is_of(&look, value, LG_JSON_STRING, "a string");
    case LG_SHAPE_ADDRESS:
        return is_address(&look, value);
    case LG_SHAPE_PLAIN_NAME:
        return is_plain_name(&look, value);
    case LG_SHAPE_BOOLEAN:
        return value->type == LG_JSON_TRUE || is_of(&look, value, LG_JSON_FALSE, "true or false");
    case LG_SHAPE_NUMBER:
        return is_of(&look, value, LG_JSON_NUMBER, "a number");
    case LG_SHAPE_POSITIVE_NUMBER:
        return is_positive(&look, value);
    case LG_SHAPE_COUNT:
        return is_count(&look, value);
    case LG_SHAPE_PATTERN:
        return is_of(&look, value, LG_JSON_STRING, "a regular expression in a string") &&
               is_pattern(&look, value->text, value);
    case LG_SHAPE_TYPES:
        return are_types(&look, value);
    case LG_SHAPE_VALUES:
        /* None would allow nothing at all, which is hardly meant. */
        return loader->options->lax
                   ? is_of(&look, value, LG_JSON_ARRAY, "an array")
                   : is_filled_array(&look, value, "an array of at least one value");
    case LG_SHAPE_ARRAY:
        return is_of(&look, value, LG_JSON_ARRAY, "an array");
    case LG_SHAPE_NAMES:
        return are_names(&look, value);
    case LG_SHAPE_SCHEMA:
        return is_schema(&look, keyword, value);
    case LG_SHAPE_SCHEMAS:
        return is_filled_array(&look, value, "an array of at least one schema");
    case LG_SHAPE_SCHEMA_OR_SCHEMAS:
        return true;
    default:
        return is_object_of(&look, keyword->shape, value);
    }
}

/* --- words that are no keywords --------------------------------------------------------------- */

static const char *drafts_of(struct lg_schema_loader *loader, struct lg_str name)
{
    const char *text = "";

    for (int draft = LG_DRAFT_4; draft <= LG_DRAFT_2020_12; draft++) {
        if (lg_schema_keyword_find(name, (enum lg_schema_draft)draft) != NULL)
            text = lg_arena_printf(&loader->temp, "%s%s%s", text, text[0] == '\0' ? "" : ", ",
                                   lg_schema_draft_name((enum lg_schema_draft)draft));
    }
    return text;
}

static const char *near_word(struct lg_schema_loader *loader, enum lg_schema_draft draft,
                             struct lg_str name)
{
    const char **known = lg_arena_alloc(&loader->temp, lg_schema_keyword_count * sizeof(*known));
    size_t count = 0;

    for (size_t i = 0; i < lg_schema_keyword_count; i++) {
        if ((lg_schema_keywords[i].drafts >> draft & 1) != 0)
            known[count++] = lg_schema_keywords[i].name;
    }
    return suggestion(loader, name, known, count);
}

void lg_schema_unknown_word(struct lg_schema_loader *loader,
                            const struct lg_schema_resource *resource, struct lg_str name,
                            const struct lg_schema_place *place)
{
    enum lg_schema_draft draft = resource->dialect.draft;

    if (loader->options->lax || lg_str_starts(name, LG_STR("x-")))
        return;
    if (lg_schema_keyword_in_any(name) != NULL)
        lg_schema_fault(loader, resource->source, place,
                        "no keyword of draft %s, which this schema is held to, but of draft %s",
                        lg_schema_draft_name(draft), drafts_of(loader, name));
    else
        lg_schema_fault(loader, resource->source, place, "unknown keyword%s",
                        near_word(loader, draft, name));
}
