/* format_text.c -- UUIDs, JSON pointers, and regular expressions. */
#include "base/buf.h"
#include "validate/format.h"
#include "validate/regex_ecma.h"

enum { PATTERN_MOST = 16 * 1024 };

/* RFC 9562 (4122), whatever the version. */
bool lg_format_uuid(struct lg_str text)
{
    if (text.size != 36)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? text.data[i] != '-' : !lg_format_is_hex(text.data[i]))
            return false;
    }
    return true;
}

/* RFC 6901, 3 */
bool lg_format_json_pointer(struct lg_str text)
{
    if (text.size > 0 && text.data[0] != '/')
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != '~')
            continue;
        i++;
        if (i == text.size || (text.data[i] != '0' && text.data[i] != '1'))
            return false;
    }
    return true;
}

/* An integer without a zero before it. */
static bool take_integer(struct lg_str *rest, bool positive)
{
    unsigned ignored;

    if (lg_format_peek(*rest) == '0')
        return !positive && lg_format_take(rest, '0') && !lg_format_is_digit(lg_format_peek(*rest));
    return lg_format_take_digits(rest, 1, SIZE_MAX, &ignored);
}

/* draft-bhutton-relative-json-pointer-00, 3 */
bool lg_format_relative_json_pointer(struct lg_str text)
{
    if (!take_integer(&text, false))
        return false;
    if ((lg_format_take(&text, '+') || lg_format_take(&text, '-')) && !take_integer(&text, true))
        return false;
    if (lg_format_take(&text, '#'))
        return text.size == 0;
    return lg_format_json_pointer(text);
}

/* Group names are looked for from the start: long ones are refused before that. */
bool lg_format_regex(struct lg_str text)
{
    struct lg_regex_ecma_fault fault;
    struct lg_buf spelling;
    uint32_t least;

    if (text.size > PATTERN_MOST)
        return false;
    lg_buf_init(&spelling, SIZE_MAX);
    enum lg_err err = lg_regex_from_ecma(text, &spelling, &least, &fault);
    lg_buf_done(&spelling);
    return err == LG_OK;
}
