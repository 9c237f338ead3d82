/* json_string.c -- checks a string first, then copies it only if it has escapes to decode. */
#include "base/json_string.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "base/json_scan.h"
#include "base/text.h"

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

/* The code unit of `\uXXXX` at `at`, or -1. */
static int32_t code_unit(const char *at, const char *end)
{
    int32_t unit = 0;

    if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
        return -1;
    for (int i = 2; i < 6; i++) {
        int digit = hex_value(at[i]);

        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

static bool is_high_surrogate(int32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low_surrogate(int32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

/* The character of the `\u` escape or pair of them at *at, which is moved behind it; or -1. */
static int32_t take_unicode_escape(const char **at, const char *end)
{
    int32_t unit = code_unit(*at, end);

    if (unit < 0 || is_low_surrogate(unit))
        return -1;
    if (!is_high_surrogate(unit)) {
        *at += 6;
        return unit;
    }
    int32_t low = code_unit(*at + 6, end);
    if (!is_low_surrogate(low))
        return -1;
    *at += 12;
    return 0x10000 + (unit - 0xd800) * 0x400 + (low - 0xdc00);
}

/* What `\` and `letter` stand for, or NUL. */
static char short_escape(char letter)
{
    switch (letter) {
    case '"':
    case '\\':
    case '/':
        return letter;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return '\0';
    }
}

static const char *skip_escape(const char **at, const char *end)
{
    if (end - *at >= 2 && (*at)[1] == 'u')
        return take_unicode_escape(at, end) < 0 ? "a bad \\u escape or half of a surrogate pair"
                                                : NULL;
    if (end - *at < 2 || short_escape((*at)[1]) == '\0')
        return "an unknown escape in a string";
    *at += 2;
    return NULL;
}

/* Characters beyond ASCII come in a row, mostly. */
static bool skip_utf8(const char **at, const char *end)
{
    do {
        size_t size = lg_utf8_sequence(lg_str_make(*at, (size_t)(end - *at)));

        if (size == 0)
            return false;
        *at += size;
    } while (*at < end && (unsigned char)**at >= 0x80);
    return true;
}

/* Moves *at to the closing quote. */
static const char *check(const char **at, const char *end, bool *ret_escapes)
{
    *ret_escapes = false;
    for (;;) {
        *at = lg_json_skip_plain(*at, end);
        if (*at == end)
            return "the text ends inside a string";

        unsigned char byte = (unsigned char)**at;
        if (byte == '"')
            return NULL;
        if (byte == '\\') {
            const char *message = skip_escape(at, end);

            if (message != NULL)
                return message;
            *ret_escapes = true;
        } else if (byte < 0x20) {
            return "a control character in a string";
        } else if (!skip_utf8(at, end)) {
            return "bytes that are not UTF-8";
        }
    }
}

static char *put_utf8(char *out, int32_t character)
{
    if (character < 0x80) {
        *out++ = (char)character;
        return out;
    }
    if (character < 0x800) {
        *out++ = (char)(0xc0 | character >> 6);
    } else {
        if (character < 0x10000) {
            *out++ = (char)(0xe0 | character >> 12);
        } else {
            *out++ = (char)(0xf0 | character >> 18);
            *out++ = (char)(0x80 | (character >> 12 & 0x3f));
        }
        *out++ = (char)(0x80 | (character >> 6 & 0x3f));
    }
    *out++ = (char)(0x80 | (character & 0x3f));
    return out;
}

/* Decodes [at, end), which check() has passed. No escape is shorter than what it stands for. */
static struct lg_str decode(struct lg_arena *arena, const char *at, const char *end)
{
    char *text = lg_arena_alloc(arena, (size_t)(end - at));
    char *out = text;

    while (at < end) {
        if (*at != '\\') {
            const char *escape = memchr(at, '\\', (size_t)(end - at));
            size_t plain = (size_t)((escape == NULL ? end : escape) - at);

            memcpy(out, at, plain);
            out += plain;
            at += plain;
        } else if (at[1] == 'u') {
            int32_t character = take_unicode_escape(&at, end);

            assert(character >= 0);
            out = put_utf8(out, character);
        } else {
            *out++ = short_escape(at[1]);
            at += 2;
        }
    }
    return lg_str_make(text, (size_t)(out - text));
}

const char *lg_json_string(struct lg_arena *arena, const char **at, const char *end,
                           struct lg_str *ret_text)
{
    bool escapes;
    const char *start = ++*at;
    const char *message = check(at, end, &escapes);

    if (message != NULL)
        return message;
    *ret_text = escapes ? decode(arena, start, *at) : lg_str_make(start, (size_t)(*at - start));
    ++*at;
    return NULL;
}
