/*
 * regex_atom.c -- characters, escapes and classes of a pattern.
 *
 * A character that is no letter or digit is always written as \x{...}, so that PCRE2 cannot take
 * it for anything else.
 */
#include "validate/regex_reader.h"

#include <stdint.h>

#include "base/text.h"
#include "validate/regex_property.h"

/* What ECMA-262 calls white space and line ends, and everything else. */
#define SPACE                                                                                      \
    "\\x09-\\x0d\\x20\\xa0\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}\\x{202f}"                 \
    "\\x{205f}\\x{3000}\\x{feff}"
#define NOT_SPACE                                                                                  \
    "\\x00-\\x08\\x0e-\\x1f\\x21-\\x9f\\xa1-\\x{167f}\\x{1681}-\\x{1fff}\\x{200b}-\\x{2027}"       \
    "\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}\\x{3001}-\\x{fefe}\\x{ff00}-"       \
    "\\x{10ffff}"

/* One member of a class, or one atom: a character, or a set in the spelling of a class. */
struct piece {
    bool is_set;
    int32_t character;
    const char *set; /* NULL: a property, which is in `property` */
    struct lg_str property;
    bool negated;
};

static int hex_value(char digit)
{
    if (lg_regex_is_digit(digit))
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

static bool take_hex(struct lg_regex_reader *reader, size_t count, int32_t *ret_value)
{
    int32_t value = 0;

    for (size_t i = 0; i < count; i++) {
        int digit = hex_value(lg_regex_peek(reader, i));

        if (digit < 0)
            return false;
        value = value * 16 + digit;
    }
    reader->at += count;
    *ret_value = value;
    return true;
}

/* Behind `\u{`. */
static bool take_braced_hex(struct lg_regex_reader *reader, int32_t *ret_value)
{
    size_t start = reader->at;
    int32_t value = 0;

    for (int digit; (digit = hex_value(lg_regex_peek(reader, 0))) >= 0; reader->at++) {
        value = value * 16 + digit;
        if (value > 0x10ffff)
            return false;
    }
    *ret_value = value;
    return reader->at > start && lg_regex_take(reader, "}");
}

/* Behind `\u`. Two escapes for a surrogate pair are one character. */
static bool take_unicode(struct lg_regex_reader *reader, int32_t *ret_character)
{
    int32_t low = 0;

    if (lg_regex_take(reader, "{")) {
        if (!take_braced_hex(reader, ret_character))
            return lg_regex_fail(reader, "\\u{...} needs hex digits up to 10FFFF");
    } else if (!take_hex(reader, 4, ret_character)) {
        return lg_regex_fail(reader, "\\u needs four hex digits, or some in braces");
    } else if (*ret_character >= 0xd800 && *ret_character <= 0xdbff &&
               lg_regex_take(reader, "\\u") && take_hex(reader, 4, &low) && low >= 0xdc00 &&
               low <= 0xdfff) {
        *ret_character = 0x10000 + (*ret_character - 0xd800) * 0x400 + (low - 0xdc00);
    }
    if (*ret_character >= 0xd800 && *ret_character <= 0xdfff)
        return lg_regex_fail(reader, "half of a surrogate pair never occurs in text");
    return true;
}

/* Behind `\p` or `\P`. */
static bool take_property(struct lg_regex_reader *reader, struct piece *ret_piece)
{
    size_t end = lg_str_find(reader->pattern, '}', reader->at);

    if (!lg_regex_take(reader, "{") || end == reader->pattern.size)
        return lg_regex_fail(reader, "\\p needs a property in braces");
    ret_piece->is_set = true;
    ret_piece->property = lg_str_part(reader->pattern, reader->at, end);
    reader->at = end + 1;
    return true;
}

static const char *set_of(char letter)
{
    switch (letter) {
    case 'd':
        return "\\d"; /* ASCII in both, as long as PCRE2_UCP is off */
    case 'D':
        return "\\D";
    case 'w':
        return "\\w";
    case 'W':
        return "\\W";
    case 's':
        return SPACE;
    case 'S':
        return NOT_SPACE;
    default:
        return NULL;
    }
}

static int32_t control_of(char letter)
{
    switch (letter) {
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'v':
        return '\v';
    default:
        return -1;
    }
}

/* Behind `\c`. */
static bool take_control_letter(struct lg_regex_reader *reader, int32_t *ret_character)
{
    if (!lg_regex_is_letter(lg_regex_peek(reader, 0)))
        return lg_regex_fail(reader, "\\c needs a letter");
    *ret_character = lg_regex_peek(reader, 0) % 32;
    reader->at++;
    return true;
}

/* Behind the backslash, when it is neither an assertion nor a reference. */
static bool take_escape(struct lg_regex_reader *reader, struct piece *ret_piece)
{
    char letter = lg_regex_peek(reader, 0);
    unsigned char byte = (unsigned char)letter;

    *ret_piece = (struct piece){ .set = set_of(letter) };
    if (lg_regex_is_end(reader))
        return lg_regex_fail(reader, "a backslash at the end");
    reader->at++;
    if (ret_piece->set != NULL) {
        ret_piece->is_set = true;
        return true;
    }
    if (letter == 'p' || letter == 'P') {
        ret_piece->negated = letter == 'P';
        return take_property(reader, ret_piece);
    }
    if (letter == 'u')
        return take_unicode(reader, &ret_piece->character);
    if (letter == 'c')
        return take_control_letter(reader, &ret_piece->character);
    if (letter == 'x')
        return take_hex(reader, 2, &ret_piece->character) ||
               lg_regex_fail(reader, "\\x needs two hex digits");
    if (letter == '0' && !lg_regex_is_digit(lg_regex_peek(reader, 0)))
        return true; /* NUL */
    ret_piece->character = control_of(letter);
    if (ret_piece->character >= 0)
        return true;
    if (lg_regex_is_letter(letter) || lg_regex_is_digit(letter) || byte < 0x20 || byte >= 0x7f)
        return lg_regex_fail_at(reader, reader->at - 1, "ECMA-262 has no such escape");
    ret_piece->character = byte;
    return true;
}

/* A character that stands for itself, of one byte or more. */
static bool take_literal(struct lg_regex_reader *reader, struct piece *ret_piece)
{
    struct lg_str rest = lg_str_part(reader->pattern, reader->at, reader->pattern.size);
    size_t size = lg_utf8_sequence(rest);
    static const unsigned char first_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };

    if (size == 0)
        return lg_regex_fail(reader, "bytes that are not UTF-8");
    int32_t character = (unsigned char)rest.data[0] & first_bits[size];
    for (size_t i = 1; i < size; i++)
        character = character << 6 | ((unsigned char)rest.data[i] & 0x3f);
    reader->at += size;
    *ret_piece = (struct piece){ .character = character };
    return true;
}

static void put_character(struct lg_regex_reader *reader, int32_t character)
{
    if (character < 0x80 &&
        (lg_regex_is_letter((char)character) || lg_regex_is_digit((char)character)))
        lg_buf_add_char(reader->out, (char)character);
    else
        lg_buf_printf(reader->out, "\\x{%x}", (unsigned)character);
}

/* As it is spelt inside of a class. */
static bool put_piece(struct lg_regex_reader *reader, const struct piece *piece)
{
    if (!piece->is_set)
        put_character(reader, piece->character);
    else if (piece->set != NULL)
        lg_buf_add_cstr(reader->out, piece->set);
    else if (!lg_regex_property(reader->out, piece->property, piece->negated))
        return lg_regex_fail(reader, "ECMA-262 has no such property");
    return true;
}

static bool put_atom(struct lg_regex_reader *reader, const struct piece *piece)
{
    bool bracket = piece->is_set;

    if (bracket)
        lg_buf_add_char(reader->out, '[');
    if (!put_piece(reader, piece))
        return false;
    if (bracket)
        lg_buf_add_char(reader->out, ']');
    reader->repeatable = true;
    return true;
}

/* --- classes ---------------------------------------------------------------------------------- */

/* `[:alpha:]` is four letters and two colons to ECMA-262, and never what was meant. */
static bool is_posix_class(const struct lg_regex_reader *reader)
{
    size_t end = reader->at + 2;

    if (lg_regex_peek(reader, 0) != '[' || lg_regex_peek(reader, 1) != ':')
        return false;
    while (end < reader->pattern.size &&
           (lg_regex_is_letter(reader->pattern.data[end]) || reader->pattern.data[end] == '^'))
        end++;
    return lg_str_starts(lg_str_part(reader->pattern, end, reader->pattern.size), LG_STR(":]"));
}

static bool take_class_piece(struct lg_regex_reader *reader, struct piece *ret_piece)
{
    if (lg_regex_is_end(reader))
        return lg_regex_fail(reader, "a [ without its ]");
    if (is_posix_class(reader))
        return lg_regex_fail(reader, "ECMA-262 has no POSIX classes");
    if (lg_regex_peek(reader, 0) != '\\')
        return take_literal(reader, ret_piece);
    reader->at++;
    if (lg_regex_take(reader, "b")) {
        *ret_piece = (struct piece){ .character = '\b' };
        return true;
    }
    return take_escape(reader, ret_piece);
}

static bool class_range(struct lg_regex_reader *reader)
{
    size_t start = reader->at;
    struct piece from, to;

    if (!take_class_piece(reader, &from) || !put_piece(reader, &from))
        return false;
    if (lg_regex_peek(reader, 0) != '-' || lg_regex_peek(reader, 1) == ']')
        return true;
    reader->at++;
    if (!take_class_piece(reader, &to))
        return false;
    if (!from.is_set && !to.is_set && from.character > to.character)
        return lg_regex_fail_at(reader, start, "a range runs backwards");
    /* Beside a set the dash is just a dash. */
    lg_buf_add_cstr(reader->out, from.is_set || to.is_set ? "\\x2d" : "-");
    return put_piece(reader, &to);
}

bool lg_regex_class(struct lg_regex_reader *reader)
{
    reader->repeatable = true;
    if (lg_regex_take(reader, "[]")) {
        lg_buf_add_cstr(reader->out, "(?:(?!))"); /* matches nothing */
        return true;
    }
    if (lg_regex_take(reader, "[^]")) {
        lg_buf_add_cstr(reader->out, "[\\x00-\\x{10ffff}]"); /* matches anything */
        return true;
    }
    reader->at++;
    lg_buf_add_cstr(reader->out, lg_regex_take(reader, "^") ? "[^" : "[");
    while (!lg_regex_take(reader, "]")) {
        if (!class_range(reader))
            return false;
    }
    lg_buf_add_char(reader->out, ']');
    return true;
}

bool lg_regex_escaped_atom(struct lg_regex_reader *reader)
{
    struct piece piece;

    return take_escape(reader, &piece) && put_atom(reader, &piece);
}

bool lg_regex_literal_atom(struct lg_regex_reader *reader)
{
    struct piece piece;

    return take_literal(reader, &piece) && put_atom(reader, &piece);
}
