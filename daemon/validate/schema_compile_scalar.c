/* schema_compile_scalar.c -- types, listed values, strings and numbers. */
#include "base/mem.h"
#include "config/words.h"
#include "validate/schema_loader.h"
#include "validate/value.h"

/* --- types ------------------------------------------------------------------------------------ */

/* Of a name that has its shape. */
static unsigned bits_of_type(struct lg_str name)
{
    static const struct {
        const char *name;
        unsigned bits;
    } types[] = {
        { "null", 1u << LG_JSON_NULL },     { "boolean", LG_TYPES_BOOLEAN },
        { "number", 1u << LG_JSON_NUMBER }, { "string", 1u << LG_JSON_STRING },
        { "array", 1u << LG_JSON_ARRAY },   { "object", 1u << LG_JSON_OBJECT },
    };

    for (size_t i = 0; i < LG_COUNT(types); i++) {
        if (lg_str_is(name, types[i].name))
            return types[i].bits;
    }
    return 0; /* integer */
}

/* Returns whether numbers must be integers. */
static bool compile_types(struct lg_schema_job *job)
{
    const struct lg_json *type = job->words[LG_WORD_TYPE];
    bool integer = false;
    unsigned bits = 0;

    if (type == NULL)
        return false;
    bool single = type->type == LG_JSON_STRING;
    for (const struct lg_json *one = single ? type : type->first; one != NULL;
         one = single ? NULL : one->next) {
        unsigned more = bits_of_type(one->text);

        bits |= more;
        integer = integer || more == 0;
    }
    integer = integer && (bits & 1u << LG_JSON_NUMBER) == 0;
    job->rule->types = (uint8_t)(bits | (integer ? 1u << LG_JSON_NUMBER : 0));
    return integer;
}

/* --- listed values ---------------------------------------------------------------------------- */

static const struct lg_schema_values *compile_values(struct lg_schema_job *job,
                                                     enum lg_schema_word word,
                                                     const struct lg_json *first, size_t count)
{
    struct lg_arena *arena = job->loader->arena;
    struct lg_fuel plenty = { UINT64_MAX };
    struct lg_schema_values *values = LG_ARENA_NEW(arena, struct lg_schema_values);
    const struct lg_json **all = lg_arena_alloc(arena, count * sizeof(*all));
    struct lg_schema_value *others = lg_arena_alloc(arena, count * sizeof(*others));
    struct lg_str *strings = lg_arena_alloc(arena, count * sizeof(*strings));
    size_t string_count = 0;

    values->word = word;
    values->all = all;
    values->others = others;
    for (const struct lg_json *one = first; values->count < count; one = one->next) {
        const struct lg_json *value = lg_schema_keep_value(job, one);

        all[values->count++] = value;
        values->types |= 1u << value->type;
        if (value->type == LG_JSON_STRING)
            strings[string_count++] = value->text;
        else
            others[values->other_count++] =
                (struct lg_schema_value){ value, lg_value_hash(value, &plenty) };
    }
    values->strings = lg_names_make(arena, strings, string_count);
    return values;
}

static void compile_listed(struct lg_schema_job *job)
{
    const struct lg_json *one = job->words[LG_WORD_CONST], *some = job->words[LG_WORD_ENUM];
    size_t count = 0;

    if (some != NULL)
        job->rule->values[count++] = compile_values(job, LG_WORD_ENUM, some->first, some->count);
    if (one != NULL)
        job->rule->values[count] = compile_values(job, LG_WORD_CONST, one, 1);
}

/* --- strings ---------------------------------------------------------------------------------- */

static const struct lg_format *format_of(struct lg_schema_job *job, const struct lg_json *value)
{
    const struct lg_schema_place place = { .outer = &job->place, .name = LG_STR("format") };
    const char *names[64];
    size_t count = 0;
    const struct lg_format *format = lg_format_find(value->text);

    if (format != NULL || job->loader->options->lax)
        return format == NULL || format->fits == NULL ? NULL : format;
    for (; count < LG_COUNT(names) && lg_format_at(count) != NULL; count++)
        names[count] = lg_format_at(count)->name;
    lg_schema_fault(job->loader, job->node->resource->source, &place,
                    "found %s, expected a format that can be checked%s",
                    lg_schema_found(job->loader, value),
                    lg_words_meant(&job->loader->temp,
                                   lg_arena_cstr(&job->loader->temp, value->text), names, count));
    return NULL;
}

/* Our own metaschemas have no other way to say what a pattern is. */
static bool checks_formats(const struct lg_schema_job *job)
{
    return job->loader->options->formats || job->node->resource->source->made ||
           (job->node->resource->dialect.vocabularies & LG_VOCABULARY_FORMAT_ASSERTION) != 0;
}

/* In draft 7 what a string holds may be an assertion as well; later it never is. */
static void compile_content(struct lg_schema_job *job, struct lg_schema_string *string)
{
    const struct lg_json *encoding = job->words[LG_WORD_CONTENT_ENCODING];
    const struct lg_json *media_type = job->words[LG_WORD_CONTENT_MEDIA_TYPE];

    if (job->node->resource->dialect.draft != LG_DRAFT_7)
        return;
    string->base64 = encoding != NULL && lg_str_iis(encoding->text, "base64");
    string->json = media_type != NULL && lg_str_iis(media_type->text, "application/json") &&
                   (encoding == NULL || string->base64);
}

static void compile_string(struct lg_schema_job *job)
{
    const struct lg_json *pattern = job->words[LG_WORD_PATTERN];
    const struct lg_schema_place place = { .outer = &job->place, .name = LG_STR("pattern") };
    struct lg_schema_string string = {
        .least = lg_schema_count_of(job, LG_WORD_MIN_LENGTH, 0),
        .most = lg_schema_count_of(job, LG_WORD_MAX_LENGTH, UINT64_MAX),
    };

    if (pattern != NULL)
        (void)lg_schema_compile_pattern(job, pattern->text, &place, &string.pattern);
    if (checks_formats(job)) {
        if (job->words[LG_WORD_FORMAT] != NULL)
            string.format = format_of(job, job->words[LG_WORD_FORMAT]);
        compile_content(job, &string);
    }
    if (string.least > 0 || string.most < UINT64_MAX || string.pattern.regex != NULL ||
        string.format != NULL || string.base64 || string.json)
        job->rule->string = lg_arena_copy(job->loader->arena, &string, sizeof(string));
}

/* --- numbers ---------------------------------------------------------------------------------- */

/* `other` excludes the bound in draft 4, and is a bound of its own later: the tighter one counts.
 */
static struct lg_schema_bound compile_bound(struct lg_schema_job *job, enum lg_schema_word word,
                                            enum lg_schema_word other, int tighter)
{
    const struct lg_json *value = job->words[word], *excluding = job->words[other];
    struct lg_schema_bound bound = { .given = value != NULL };

    if (value != NULL)
        bound.number = lg_number_read(lg_schema_keep(job, value->text));
    if (excluding == NULL)
        return bound;
    if (excluding->type != LG_JSON_NUMBER) {
        bound.excluded = excluding->type == LG_JSON_TRUE;
        return bound;
    }
    struct lg_number number = lg_number_read(lg_schema_keep(job, excluding->text));
    if (!bound.given || lg_number_cmp(&number, &bound.number) * tighter >= 0)
        bound = (struct lg_schema_bound){ .given = true, .excluded = true, .number = number };
    return bound;
}

static void compile_number(struct lg_schema_job *job, bool integer)
{
    const struct lg_json *divisor = job->words[LG_WORD_MULTIPLE_OF];
    bool by_text = job->node->resource->dialect.draft == LG_DRAFT_4;
    struct lg_schema_number number = {
        .integer = !integer  ? LG_INTEGER_NO
                   : by_text ? LG_INTEGER_BY_TEXT
                             : LG_INTEGER_BY_VALUE,
        .least = compile_bound(job, LG_WORD_MINIMUM, LG_WORD_EXCLUSIVE_MINIMUM, 1),
        .most = compile_bound(job, LG_WORD_MAXIMUM, LG_WORD_EXCLUSIVE_MAXIMUM, -1),
    };

    if (divisor != NULL) {
        number.divisor_text = lg_schema_keep(job, divisor->text);
        number.divides = lg_divisor_read(number.divisor_text, &number.divisor) == LG_OK;
    }
    if (integer || number.least.given || number.most.given || number.divides)
        job->rule->number = lg_arena_copy(job->loader->arena, &number, sizeof(number));
}

void lg_schema_compile_scalar(struct lg_schema_job *job)
{
    bool integer = compile_types(job);

    compile_listed(job);
    compile_string(job);
    compile_number(job, integer);
}
