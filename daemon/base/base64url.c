/* base64url.c -- four characters at a time through one table. */
#include "base/base64url.h"

#include <stdint.h>

#define NONE 0xff

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* The value of a character; NONE outside the alphabet. */
static uint32_t value_of(char character)
{
    if (character >= 'A' && character <= 'Z')
        return (uint32_t)(character - 'A');
    if (character >= 'a' && character <= 'z')
        return (uint32_t)(character - 'a') + 26;
    if (character >= '0' && character <= '9')
        return (uint32_t)(character - '0') + 52;
    return character == '-' ? 62 : character == '_' ? 63 : NONE;
}

/* Reads `count` characters (2 to 4) as one number; false when one is foreign. */
static bool read_group(const char *text, size_t count, uint32_t *ret_bits)
{
    uint32_t bits = 0, foreign = 0;

    for (size_t i = 0; i < count; i++) {
        uint32_t value = value_of(text[i]);
        foreign |= value & 0x80;
        bits = bits << 6 | (value & 0x3f);
    }
    *ret_bits = bits;
    return foreign == 0;
}

/* The last 2 or 3 characters: 1 or 2 bytes, and bits that must be zero. */
static bool read_tail(const char *text, size_t count, unsigned char *out)
{
    uint32_t bits;

    if (!read_group(text, count, &bits))
        return false;
    if (count == 2) {
        out[0] = (unsigned char)(bits >> 4);
        return (bits & 0xf) == 0;
    }
    out[0] = (unsigned char)(bits >> 10);
    out[1] = (unsigned char)(bits >> 2);
    return (bits & 0x3) == 0;
}

enum lg_err lg_base64url_decode(struct lg_str text, unsigned char *ret_bytes, size_t *ret_size)
{
    size_t whole = text.size / 4, rest = text.size % 4;
    unsigned char *out = ret_bytes;

    if (rest == 1)
        return LG_ERR_SYNTAX;
    for (size_t i = 0; i < whole; i++) {
        uint32_t bits;
        if (!read_group(text.data + i * 4, 4, &bits))
            return LG_ERR_SYNTAX;
        *out++ = (unsigned char)(bits >> 16);
        *out++ = (unsigned char)(bits >> 8);
        *out++ = (unsigned char)bits;
    }
    if (rest > 0 && !read_tail(text.data + whole * 4, rest, out))
        return LG_ERR_SYNTAX;
    *ret_size = whole * 3 + (rest > 0 ? rest - 1 : 0);
    return LG_OK;
}

enum lg_err lg_base64url_read(struct lg_arena *arena, struct lg_str text, struct lg_str *ret_bytes)
{
    unsigned char *bytes = lg_arena_alloc(arena, LG_BASE64URL_ROOM(text.size));
    size_t size;
    enum lg_err err = lg_base64url_decode(text, bytes, &size);

    if (err == LG_OK)
        *ret_bytes = lg_str_make((const char *)bytes, size);
    return err;
}

void lg_base64url_encode(struct lg_buf *out, struct lg_str bytes)
{
    const unsigned char *in = (const unsigned char *)bytes.data;

    for (size_t i = 0; i < bytes.size; i += 3) {
        size_t left = bytes.size - i;
        uint32_t bits = (uint32_t)in[i] << 16;
        bits |= left > 1 ? (uint32_t)in[i + 1] << 8 : 0;
        bits |= left > 2 ? in[i + 2] : 0;
        (void)lg_buf_add_char(out, alphabet[bits >> 18]);
        (void)lg_buf_add_char(out, alphabet[bits >> 12 & 0x3f]);
        if (left > 1)
            (void)lg_buf_add_char(out, alphabet[bits >> 6 & 0x3f]);
        if (left > 2)
            (void)lg_buf_add_char(out, alphabet[bits & 0x3f]);
    }
}
