/* http_chars.c -- one table of all bytes, and eight bytes at a time where nearly all are good. */
#include "base/http_chars.h"

#include <stdint.h>
#include <string.h>

enum { TOKEN = 1, VALUE = 2, TARGET = 4, HOST = 8 };

/* clang-format off */
static const unsigned char kinds[256] = {
     0,  0,  0,  0,  0,  0,  0,  0,  0,  2,  0,  0,  0,  0,  0,  0, /* 00 */
     0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0, /* 10 */
     2, 15,  6,  3, 15, 15, 15, 15, 14, 14, 15, 15, 14, 15, 15,  6, /* 20 */
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 14, 14,  6, 14,  6,  6, /* 30 */
     6, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, /* 40 */
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 14,  6, 14,  7, 15, /* 50 */
     7, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, /* 60 */
    15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15,  6,  7,  6, 15,  0, /* 70 */
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 80 */
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* 90 */
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* a0 */
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* b0 */
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* c0 */
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* d0 */
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* e0 */
     2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2,  2, /* f0 */
};
/* clang-format on */

static size_t span(struct lg_str text, size_t from, unsigned char kind)
{
    while (from < text.size && (kinds[(unsigned char)text.data[from]] & kind) != 0)
        from++;
    return from;
}

size_t lg_http_token_span(struct lg_str text)
{
    return span(text, 0, TOKEN);
}

size_t lg_http_target_span(struct lg_str text)
{
    return span(text, 0, TARGET);
}

size_t lg_http_host_span(struct lg_str text)
{
    return span(text, 0, HOST);
}

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

/* Whether none of eight bytes is a control: looked at together, as most values have none. */
static bool are_plain(const char *data)
{
    uint64_t word, below, del;

    memcpy(&word, data, sizeof(word));
    below = (word - EACH_BYTE(0x20)) & ~word; /* high bit: below 0x20 */
    del = word ^ EACH_BYTE(0x7f);
    del = (del - EACH_BYTE(1)) & ~del; /* high bit: 0x7f */
    return ((below | del) & EACH_BYTE(0x80)) == 0;
}

size_t lg_http_field_value_span(struct lg_str text)
{
    size_t from = 0, end;

    for (;;) {
        while (text.size - from >= 8 && are_plain(text.data + from))
            from += 8;
        /* A TAB, or a borrow from a neighbour, only looks like the end. */
        end = text.size - from > 8 ? from + 8 : text.size;
        while (from < end && (kinds[(unsigned char)text.data[from]] & VALUE) != 0)
            from++;
        if (from < end || end == text.size)
            return from;
    }
}

int lg_http_hex_digit(char byte)
{
    if (byte >= '0' && byte <= '9')
        return byte - '0';
    if (byte >= 'a' && byte <= 'f')
        return byte - 'a' + 10;
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}
