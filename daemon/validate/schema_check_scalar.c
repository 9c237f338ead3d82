/* schema_check_scalar.c -- strings, numbers, and values that are listed. */
#include "validate/schema_check.h"

#include "base/text.h"
#include "validate/content.h"
#include "validate/value.h"

enum {
    UTF8_MOST = 4, /* bytes of a character */
    CONTENT_UNITS = 16
};

static bool fail(struct lg_checker *checker, const struct lg_schema_rule *rule,
                 enum lg_schema_word word, size_t found)
{
    return lg_check_fail(checker,
                         &(struct lg_schema_breach){ .rule = rule, .word = word, .found = found });
}

static uint64_t units_for(struct lg_str text)
{
    return text.size / LG_FUEL_BYTES;
}

/* --- strings ---------------------------------------------------------------------------------- */

bool lg_check_pattern(struct lg_checker *checker, const struct lg_schema_rule *rule,
                      const struct lg_schema_pattern *pattern, struct lg_str text)
{
    switch (lg_regex_match(pattern->regex, text, checker->fuel)) {
    case LG_REGEX_YES:
        return true;
    case LG_REGEX_NO:
        return false;
    case LG_REGEX_GAVE_UP:
        break;
    }
    return lg_check_end(checker, lg_fuel_exhausted(checker->fuel) ? LG_STOP_FUEL : LG_STOP_MEMORY,
                        rule, pattern);
}

/* Characters take one to four bytes: mostly there is no need to count them. */
static bool check_length(struct lg_checker *checker, const struct lg_schema_rule *rule,
                         struct lg_str text)
{
    const struct lg_schema_string *string = rule->string;
    bool surely = text.size / UTF8_MOST >= string->least && text.size <= string->most;

    if (surely)
        return true;
    if (text.size < string->least)
        return fail(checker, rule, LG_WORD_MIN_LENGTH, text.size);
    if (!lg_check_burn(checker, rule, units_for(text)))
        return false;
    size_t length = lg_utf8_length(text);
    if (length < string->least)
        return fail(checker, rule, LG_WORD_MIN_LENGTH, length);
    return length <= string->most || fail(checker, rule, LG_WORD_MAX_LENGTH, length);
}

static bool check_format(struct lg_checker *checker, const struct lg_schema_rule *rule,
                         struct lg_str text)
{
    if (!lg_check_burn(checker, rule, lg_format_units(rule->string->format, text)))
        return false;
    return rule->string->format->fits(text) || fail(checker, rule, LG_WORD_FORMAT, 0);
}

static bool check_content(struct lg_checker *checker, const struct lg_schema_rule *rule,
                          struct lg_str text)
{
    const struct lg_schema_string *string = rule->string;

    if (!string->base64 && !string->json)
        return true;
    if (!lg_check_burn(checker, rule, CONTENT_UNITS * (1 + units_for(text))))
        return false;
    switch (lg_content_check(text, string->base64, string->json)) {
    case LG_CONTENT_FITS:
        return true;
    case LG_CONTENT_NOT_ENCODED:
        return fail(checker, rule, LG_WORD_CONTENT_ENCODING, 0);
    case LG_CONTENT_NOT_JSON:
        break;
    }
    return fail(checker, rule, LG_WORD_CONTENT_MEDIA_TYPE, 0);
}

bool lg_check_string(struct lg_checker *checker, const struct lg_schema_rule *rule,
                     const struct lg_json *value)
{
    const struct lg_schema_string *string = rule->string;
    bool valid = true;

    if (!lg_check_goes_on(checker, &valid, check_length(checker, rule, value->text)))
        return false;
    if (string->pattern.regex != NULL &&
        !lg_check_pattern(checker, rule, &string->pattern, value->text) &&
        !lg_check_goes_on(checker, &valid, fail(checker, rule, LG_WORD_PATTERN, 0)))
        return false;
    if (string->format != NULL &&
        !lg_check_goes_on(checker, &valid, check_format(checker, rule, value->text)))
        return false;
    return check_content(checker, rule, value->text) && valid;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static bool is_integer(const struct lg_number *number, enum lg_schema_integer integer)
{
    return integer == LG_INTEGER_BY_TEXT ? lg_number_is_written_as_integer(number->text)
                                         : lg_number_is_integer(number);
}

static bool check_bounds(struct lg_checker *checker, const struct lg_schema_rule *rule,
                         const struct lg_number *number)
{
    const struct lg_schema_bound *least = &rule->number->least, *most = &rule->number->most;
    bool valid = true;

    if (least->given) {
        int order = lg_number_cmp(number, &least->number);

        if ((order < 0 || (order == 0 && least->excluded)) &&
            !lg_check_goes_on(checker, &valid,
                              fail(checker, rule,
                                   least->excluded ? LG_WORD_EXCLUSIVE_MINIMUM : LG_WORD_MINIMUM,
                                   0)))
            return false;
    }
    if (most->given) {
        int order = lg_number_cmp(number, &most->number);

        if (order > 0 || (order == 0 && most->excluded))
            return fail(checker, rule, most->excluded ? LG_WORD_EXCLUSIVE_MAXIMUM : LG_WORD_MAXIMUM,
                        0);
    }
    return valid;
}

bool lg_check_number(struct lg_checker *checker, const struct lg_schema_rule *rule,
                     const struct lg_json *value)
{
    const struct lg_schema_number *rules = rule->number;
    bool valid = true;

    if (!lg_check_burn(checker, rule, 1 + units_for(value->text)))
        return false;
    struct lg_number number = lg_number_read(value->text);
    if (rules->integer != LG_INTEGER_NO && !is_integer(&number, rules->integer))
        return fail(checker, rule, LG_WORD_TYPE, 0);
    if (!lg_check_goes_on(checker, &valid, check_bounds(checker, rule, &number)))
        return false;
    if (!rules->divides)
        return valid;
    /* A long division goes digit by digit. */
    if (!number.is_short && !lg_check_burn(checker, rule, 32 + value->text.size * 4))
        return false;
    return (lg_number_is_multiple(&number, &rules->divisor) ||
            fail(checker, rule, LG_WORD_MULTIPLE_OF, 0)) &&
           valid;
}

/* --- listed values ---------------------------------------------------------------------------- */

static bool is_listed(struct lg_checker *checker, const struct lg_schema_values *values,
                      const struct lg_json *value)
{
    uint64_t hash = values->other_count > 1 ? lg_value_hash(value, checker->fuel) : 0;

    for (size_t i = 0; i < values->other_count; i++) {
        const struct lg_schema_value *one = &values->others[i];

        if (!lg_fuel_burn(checker->fuel, 1))
            return false;
        if ((values->other_count == 1 || one->hash == hash) &&
            lg_value_equal(one->value, value, checker->fuel))
            return true;
    }
    return false;
}

bool lg_check_values(struct lg_checker *checker, const struct lg_schema_rule *rule,
                     const struct lg_schema_values *values, const struct lg_json *value)
{
    if (!lg_check_burn(checker, rule, 1))
        return false;
    if ((values->types >> value->type & 1) == 0)
        return fail(checker, rule, values->word, values->count);
    if (value->type == LG_JSON_STRING) {
        if (!lg_check_burn(checker, rule, 1 + units_for(value->text)))
            return false;
        if (lg_names_find(&values->strings, value->text) != LG_NAMES_NONE)
            return true;
    } else if (is_listed(checker, values, value)) {
        return true;
    }
    if (lg_fuel_exhausted(checker->fuel))
        return lg_check_end(checker, LG_STOP_FUEL, rule, NULL);
    return fail(checker, rule, values->word, values->count);
}
