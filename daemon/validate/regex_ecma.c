/*
 * regex_ecma.c -- one pass over the pattern: groups, references, quantifiers, assertions.
 *
 * Capture groups keep their numbers and lose their names.
 */
#include "validate/regex_ecma.h"

#include <assert.h>

#include "validate/regex_reader.h"

#define NO_LINE_END "[^\\x0a\\x0d\\x{2028}\\x{2029}]"
#define CALLOUT "(?C)"

/* --- quantifiers ------------------------------------------------------------------------------ */

/* The size of `{n}`, `{n,}` or `{n,m}`, or 0: the brace stands for itself then. */
static size_t braces_size(const struct lg_regex_reader *reader)
{
    size_t size = 1;

    while (lg_regex_is_digit(lg_regex_peek(reader, size)))
        size++;
    if (size == 1)
        return 0;
    if (lg_regex_peek(reader, size) == ',') {
        size++;
        while (lg_regex_is_digit(lg_regex_peek(reader, size)))
            size++;
    }
    return lg_regex_peek(reader, size) == '}' ? size + 1 : 0;
}

/* The size of the quantifier that comes next, without a `?` behind it; 0: none does. */
static size_t quantifier_size(const struct lg_regex_reader *reader)
{
    switch (lg_regex_peek(reader, 0)) {
    case '*':
    case '+':
    case '?':
        return 1;
    case '{':
        return braces_size(reader);
    default:
        return 0;
    }
}

/* Of `{n...`, of a single character: how often must it be there? */
static void note_least(struct lg_regex_reader *reader)
{
    uint32_t least = 0;

    /* No character that stands for itself is spelt `)`. Callouts are inside of groups. */
    if (reader->out->data[reader->out->size - 1] == ')')
        return;
    for (size_t i = 1; lg_regex_is_digit(lg_regex_peek(reader, i)) && least < UINT16_MAX; i++)
        least = least * 10 + (uint32_t)(lg_regex_peek(reader, i) - '0');
    if (least > reader->least)
        reader->least = least;
}

static bool quantifier(struct lg_regex_reader *reader, size_t size)
{
    if (!reader->repeatable)
        return lg_regex_fail(reader, "nothing to repeat");
    note_least(reader);
    lg_buf_add_str(reader->out, lg_str_part(reader->pattern, reader->at, reader->at + size));
    reader->at += size;
    if (lg_regex_take(reader, "?"))
        lg_buf_add_char(reader->out, '?');
    lg_buf_add_cstr(reader->out, CALLOUT);
    reader->repeatable = false;
    return true;
}

/* --- groups ----------------------------------------------------------------------------------- */

/* Whether a capture group opens here, and the name it has, if any. */
static bool opens_capture(struct lg_str rest, struct lg_str *ret_name)
{
    *ret_name = LG_STR_NONE;
    if (!lg_str_starts(rest, LG_STR("(")))
        return false;
    if (!lg_str_starts(rest, LG_STR("(?")))
        return true;
    if (!lg_str_starts(rest, LG_STR("(?<")) || lg_str_starts(rest, LG_STR("(?<=")) ||
        lg_str_starts(rest, LG_STR("(?<!")))
        return false;
    *ret_name = lg_str_part(rest, 3, lg_str_find(rest, '>', 3));
    return true;
}

/* Counts the capture groups. *ret_number: that of the first one called `name`, or 0. */
static size_t count_groups(struct lg_str pattern, struct lg_str name, size_t *ret_number)
{
    bool in_class = false;
    size_t count = 0;

    *ret_number = 0;
    for (size_t i = 0; i < pattern.size; i++) {
        struct lg_str group;

        if (pattern.data[i] == '\\')
            i++;
        else if (pattern.data[i] == '[')
            in_class = true;
        else if (pattern.data[i] == ']')
            in_class = false;
        else if (!in_class && opens_capture(lg_str_part(pattern, i, pattern.size), &group)) {
            count++;
            if (*ret_number == 0 && name.size > 0 && lg_str_eq(group, name))
                *ret_number = count;
        }
    }
    return count;
}

/* Takes `name>`; ECMA-262 allows more letters, but nobody needs them here. */
static bool take_group_name(struct lg_regex_reader *reader, struct lg_str *ret_name)
{
    size_t start = reader->at;

    while (lg_regex_is_letter(lg_regex_peek(reader, 0)) || lg_regex_peek(reader, 0) == '_' ||
           lg_regex_peek(reader, 0) == '$' ||
           (reader->at > start && lg_regex_is_digit(lg_regex_peek(reader, 0))))
        reader->at++;
    *ret_name = lg_str_part(reader->pattern, start, reader->at);
    if (ret_name->size == 0 || !lg_regex_take(reader, ">"))
        return lg_regex_fail(reader, "a group's name is letters, digits, _ and $, then >");
    return true;
}

static bool push_group(struct lg_regex_reader *reader, const char *spelling, bool repeatable)
{
    if (reader->depth == LG_REGEX_DEEPEST_GROUP)
        return lg_regex_fail(reader, "too many groups inside each other");
    lg_buf_add_cstr(reader->out, spelling);
    lg_buf_add_cstr(reader->out, CALLOUT);
    reader->repeatable_group[reader->depth++] = repeatable;
    reader->repeatable = false;
    return true;
}

static bool open_named_group(struct lg_regex_reader *reader)
{
    size_t start = reader->at;
    struct lg_str name;
    size_t number;

    if (!take_group_name(reader, &name))
        return false;
    reader->opened++;
    count_groups(reader->pattern, name, &number);
    if (number != reader->opened)
        return lg_regex_fail_at(reader, start, "two groups have the same name");
    return push_group(reader, "(", true);
}

static bool open_group(struct lg_regex_reader *reader)
{
    static const char *const assertions[] = { "(?=", "(?!", "(?<=", "(?<!" };

    for (size_t i = 0; i < 4; i++) {
        if (lg_regex_take(reader, assertions[i]))
            return push_group(reader, assertions[i], false);
    }
    if (lg_regex_take(reader, "(?:"))
        return push_group(reader, "(?:", true);
    if (lg_regex_take(reader, "(?<"))
        return open_named_group(reader);
    if (lg_regex_peek(reader, 1) == '?')
        return lg_regex_fail(reader, "ECMA-262 has no group that starts so");
    reader->at++;
    reader->opened++;
    return push_group(reader, "(", true);
}

static bool close_group(struct lg_regex_reader *reader)
{
    if (reader->depth == 0)
        return lg_regex_fail(reader, "a ) without its (");
    reader->at++;
    lg_buf_add_char(reader->out, ')');
    if (quantifier_size(reader) == 0)
        lg_buf_add_cstr(reader->out, CALLOUT);
    reader->repeatable = reader->repeatable_group[--reader->depth];
    return true;
}

/* --- references and assertions ---------------------------------------------------------------- */

static bool put_reference(struct lg_regex_reader *reader, size_t number)
{
    if (number == 0 || number > reader->groups)
        return lg_regex_fail(reader, "a reference to a group that does not exist");
    lg_buf_printf(reader->out, "\\g{%zu}", number);
    reader->repeatable = true;
    return true;
}

static bool numbered_reference(struct lg_regex_reader *reader)
{
    size_t number = 0;

    /* Past the number of groups the digits no longer matter. */
    for (; lg_regex_is_digit(lg_regex_peek(reader, 0)); reader->at++)
        number = number > reader->groups ? number
                                         : number * 10 + (size_t)(lg_regex_peek(reader, 0) - '0');
    return put_reference(reader, number);
}

static bool named_reference(struct lg_regex_reader *reader)
{
    struct lg_str name;
    size_t number;

    if (!lg_regex_take(reader, "<"))
        return lg_regex_fail(reader, "\\k needs a name in < and >");
    if (!take_group_name(reader, &name))
        return false;
    count_groups(reader->pattern, name, &number);
    return put_reference(reader, number);
}

static bool escape(struct lg_regex_reader *reader)
{
    reader->at++;
    if (lg_regex_peek(reader, 0) == 'b' || lg_regex_peek(reader, 0) == 'B') {
        lg_buf_add_char(reader->out, '\\');
        lg_buf_add_char(reader->out, lg_regex_peek(reader, 0));
        reader->at++;
        reader->repeatable = false;
        return true;
    }
    if (lg_regex_peek(reader, 0) >= '1' && lg_regex_peek(reader, 0) <= '9')
        return numbered_reference(reader);
    if (lg_regex_take(reader, "k"))
        return named_reference(reader);
    return lg_regex_escaped_atom(reader);
}

/* --- the whole -------------------------------------------------------------------------------- */

static bool put_verbatim(struct lg_regex_reader *reader)
{
    lg_buf_add_char(reader->out, lg_regex_peek(reader, 0));
    reader->at++;
    reader->repeatable = false;
    return true;
}

static bool step(struct lg_regex_reader *reader)
{
    size_t size = quantifier_size(reader);

    if (size > 0)
        return quantifier(reader, size);
    switch (lg_regex_peek(reader, 0)) {
    case '^':
    case '$':
        return put_verbatim(reader);
    case '|':
        put_verbatim(reader);
        lg_buf_add_cstr(reader->out, CALLOUT);
        return true;
    case '(':
        return open_group(reader);
    case ')':
        return close_group(reader);
    case '[':
        return lg_regex_class(reader);
    case '\\':
        return escape(reader);
    case '.':
        reader->at++;
        lg_buf_add_cstr(reader->out, NO_LINE_END);
        reader->repeatable = true;
        return true;
    default:
        return lg_regex_literal_atom(reader);
    }
}

enum lg_err lg_regex_from_ecma(struct lg_str pattern, struct lg_buf *out, uint32_t *ret_least,
                               struct lg_regex_ecma_fault *reterr_fault)
{
    struct lg_regex_reader reader = { .pattern = pattern, .out = out };
    size_t ignored;
    bool done = true;

    reader.groups = count_groups(pattern, LG_STR_NONE, &ignored);
    lg_buf_add_cstr(out, CALLOUT);
    while (done && !lg_regex_is_end(&reader))
        done = step(&reader);
    if (done && reader.depth > 0)
        done = lg_regex_fail(&reader, "a ( without its )");
    if (!done) {
        *reterr_fault = reader.fault;
        return LG_ERR_SYNTAX;
    }
    assert(reader.opened == reader.groups);
    *ret_least = reader.least;
    return LG_OK;
}
