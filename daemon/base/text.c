/* text.c -- tables and loops for the encodings of the web. */
#include "base/text.h"

#include <stdint.h>
#include <string.h>

/* --- UTF-8 ------------------------------------------------------------------------------------ */

static bool is_continuation(unsigned char byte)
{
    return (byte & 0xc0) == 0x80;
}

/* The second byte is where overlongs, surrogates and what lies beyond U+10FFFF show. */
static bool second_fits(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0 && second <= 0xbf;
    case 0xed:
        return second >= 0x80 && second <= 0x9f;
    case 0xf0:
        return second >= 0x90 && second <= 0xbf;
    case 0xf4:
        return second >= 0x80 && second <= 0x8f;
    default:
        return is_continuation(second);
    }
}

size_t lg_utf8_sequence(struct lg_str text)
{
    const unsigned char *bytes = (const unsigned char *)text.data;

    if (text.size == 0)
        return 0;
    if (bytes[0] < 0x80)
        return 1;
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
        return 0;

    size_t size = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    if (text.size < size || !second_fits(bytes[0], bytes[1]))
        return 0;
    for (size_t i = 2; i < size; i++) {
        if (!is_continuation(bytes[i]))
            return 0;
    }
    return size;
}

#define ASCII_STEP 32

static bool step_is_ascii(const char *bytes)
{
    uint64_t words[ASCII_STEP / sizeof(uint64_t)];

    memcpy(words, bytes, sizeof(words));
    return ((words[0] | words[1] | words[2] | words[3]) & UINT64_C(0x8080808080808080)) == 0;
}

/* Bytes of ASCII at the start of `text`. */
static size_t ascii_run(struct lg_str text)
{
    size_t size = 0;

    while (text.size - size >= ASCII_STEP && step_is_ascii(text.data + size))
        size += ASCII_STEP;
    while (size < text.size && (unsigned char)text.data[size] < 0x80)
        size++;
    return size;
}

bool lg_utf8_valid(struct lg_str text)
{
    for (;;) {
        size_t size = ascii_run(text);

        text = lg_str_part(text, size, text.size);
        if (text.size == 0)
            return true;
        size = lg_utf8_sequence(text);
        if (size == 0)
            return false;
        text = lg_str_part(text, size, text.size);
    }
}

size_t lg_utf8_length(struct lg_str text)
{
    size_t length = 0;

    for (size_t i = 0; i < text.size; i++)
        length += !is_continuation((unsigned char)text.data[i]);
    return length;
}

/* --- percent ---------------------------------------------------------------------------------- */

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

/* The byte written as `%XX` at `at`, or -1. */
static int percent_byte(struct lg_str text, size_t at)
{
    if (text.size - at < 3 || text.data[at] != '%')
        return -1;
    int high = hex_value(text.data[at + 1]);
    int low = hex_value(text.data[at + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

struct lg_str lg_percent_decode(struct lg_arena *arena, struct lg_str text, bool plus)
{
    bool encoded =
        lg_str_find(text, '%', 0) < text.size || (plus && lg_str_find(text, '+', 0) < text.size);
    if (!encoded)
        return text;

    char *decoded = lg_arena_alloc(arena, text.size);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        int byte = percent_byte(text, i);

        if (byte >= 0) {
            decoded[size++] = (char)byte;
            i += 2;
        } else {
            decoded[size++] = plus && text.data[i] == '+' ? ' ' : text.data[i];
        }
    }
    return lg_str_make(decoded, size);
}

bool lg_percent_valid(struct lg_str text)
{
    for (size_t at = lg_str_find(text, '%', 0); at < text.size;
         at = lg_str_find(text, '%', at + 1)) {
        if (percent_byte(text, at) < 0)
            return false;
    }
    return true;
}

static bool is_alphanumeric(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

/* strchr() would find the NUL at the end of the set. */
static bool is_one_of(char byte, const char *set)
{
    return byte != '\0' && strchr(set, byte) != NULL;
}

static bool stays(char byte, enum lg_percent_set set)
{
    if (is_alphanumeric(byte) || is_one_of(byte, "-._~"))
        return true;
    switch (set) {
    case LG_PERCENT_SEGMENT:
        return is_one_of(byte, "!$&'()*+,;=:@");
    case LG_PERCENT_PATH:
        return is_one_of(byte, "!$&'()*+,;=:@/");
    case LG_PERCENT_QUERY:
        return false;
    }
    return false;
}

void lg_percent_encode(struct lg_buf *out, struct lg_str text, enum lg_percent_set set)
{
    static const char digits[] = "0123456789ABCDEF";

    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        const char encoded[3] = { '%', digits[byte >> 4], digits[byte & 15] };

        if (stays(text.data[i], set))
            lg_buf_add_char(out, text.data[i]);
        else
            lg_buf_add(out, encoded, sizeof(encoded));
    }
}

/* --- base64, hex ------------------------------------------------------------------------------ */

static void base64_group(const unsigned char bytes[3], char ret_text[4])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    ret_text[0] = alphabet[bytes[0] >> 2];
    ret_text[1] = alphabet[(bytes[0] & 3) << 4 | bytes[1] >> 4];
    ret_text[2] = alphabet[(bytes[1] & 15) << 2 | bytes[2] >> 6];
    ret_text[3] = alphabet[bytes[2] & 63];
}

void lg_base64_encode(struct lg_buf *out, struct lg_str bytes)
{
    size_t whole = bytes.size / 3;
    size_t left = bytes.size % 3;
    size_t size = (whole + (left > 0)) * 4;
    char *at = lg_buf_reserve(out, size);

    if (at == NULL)
        return;
    const unsigned char *from = (const unsigned char *)bytes.data;
    for (size_t i = 0; i < whole; i++, from += 3, at += 4)
        base64_group(from, at);
    if (left > 0) {
        unsigned char last[3] = { from[0], left == 2 ? from[1] : 0, 0 };

        base64_group(last, at);
        at[3] = '=';
        if (left == 1)
            at[2] = '=';
    }
    out->size += size;
}

/* 0 to 63, or -1. */
static int base64_value(char digit)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    if (digit == '+')
        return 62;
    return digit == '/' ? 63 : -1;
}

/* Drops the padding. False when there is some, but not as much as belongs there. */
static bool drop_padding(struct lg_str *text)
{
    size_t size = text->size;

    if (size > 0 && text->data[size - 1] == '=') {
        if (size % 4 != 0)
            return false;
        size -= text->data[size - 2] == '=' ? 2 : 1;
    }
    text->size = size;
    return size % 4 != 1;
}

enum lg_err lg_base64_decode(struct lg_arena *arena, struct lg_str text, struct lg_str *ret_bytes)
{
    if (!drop_padding(&text))
        return LG_ERR_SYNTAX;

    unsigned char *bytes = lg_arena_alloc(arena, text.size / 4 * 3 + 2);
    size_t size = 0;
    uint32_t bits = 0;
    for (size_t i = 0; i < text.size; i++) {
        int value = base64_value(text.data[i]);

        if (value < 0)
            return LG_ERR_SYNTAX;
        bits = bits << 6 | (uint32_t)value;
        if (i % 4 != 0)
            bytes[size++] = (unsigned char)(bits >> (6 - i % 4 * 2));
    }
    *ret_bytes = lg_str_make((const char *)bytes, size);
    return LG_OK;
}

void lg_hex_encode(struct lg_buf *out, struct lg_str bytes)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char byte = (unsigned char)bytes.data[i];
        const char encoded[2] = { digits[byte >> 4], digits[byte & 15] };

        lg_buf_add(out, encoded, sizeof(encoded));
    }
}
