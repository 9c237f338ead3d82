/* format_template.c -- URI templates of RFC 6570, all four levels. */
#include <string.h>

#include "validate/format.h"

static bool is_between(int32_t character, int32_t first, int32_t last)
{
    return character >= first && character <= last;
}

/* RFC 6570, 2.1, with erratum 6937: an apostrophe may stand for itself. */
static bool is_literal(int32_t character)
{
    if (character < 0x80)
        return character > ' ' && character != 0x7f &&
               strchr("\"%<>\\^`{|}", (char)character) == NULL;
    return is_between(character, 0xa0, 0xd7ff) || is_between(character, 0xe000, 0xfdcf) ||
           is_between(character, 0xfdf0, 0xffef) ||
           (character >= 0x10000 && (character & 0xffff) <= 0xfffd);
}

static bool take_variable_char(struct lg_str *rest)
{
    char byte = lg_format_peek(*rest);

    if (lg_format_take_percent(rest))
        return true;
    return (lg_format_is_letter(byte) || lg_format_is_digit(byte) || byte == '_') &&
           lg_format_take(rest, byte);
}

/* `name`, `name:3` or `name*`; dots may stand between the characters of a name. */
static bool take_variable(struct lg_str *rest)
{
    unsigned size;

    if (!take_variable_char(rest))
        return false;
    for (bool more = true; more;) {
        bool dot = lg_format_take(rest, '.');

        more = take_variable_char(rest);
        if (dot && !more)
            return false;
    }
    if (lg_format_take(rest, '*'))
        return true;
    if (!lg_format_take(rest, ':'))
        return true;
    return lg_format_peek(*rest) != '0' && lg_format_take_digits(rest, 1, 4, &size);
}

/* Behind a `{`. */
static bool take_expression(struct lg_str *rest)
{
    char operator= lg_format_peek(*rest);

    /* The last five are reserved, but part of the grammar. */
    if (operator!= '\0' && strchr("+#./;?&=,!@|", operator) != NULL)
        (void)lg_format_take(rest, operator);
    do {
        if (!take_variable(rest))
            return false;
    } while (lg_format_take(rest, ','));
    return lg_format_take(rest, '}');
}

bool lg_format_uri_template(struct lg_str text)
{
    while (text.size > 0) {
        if (lg_format_take(&text, '{')) {
            if (!take_expression(&text))
                return false;
        } else if (!lg_format_take_percent(&text) && !is_literal(lg_format_take_character(&text))) {
            return false;
        }
    }
    return true;
}
