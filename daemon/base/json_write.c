/* json_write.c -- quoted strings and member names, always valid JSON. */
#include "base/json.h"

#include "base/json_scan.h"
#include "base/text.h"

static void add_escape(struct lg_buf *out, char byte)
{
    static const char digits[] = "0123456789abcdef";
    static const char letters[] = "btn\0fr"; /* from 0x08; 0x0b has none */
    unsigned char code = (unsigned char)byte;
    char text[6] = { '\\', 'u', '0', '0', digits[code >> 4], digits[code & 15] };
    size_t size = sizeof(text);

    if (byte == '"' || byte == '\\') {
        text[1] = byte;
        size = 2;
    } else if (code >= 8 && code <= 13 && code != 11) {
        text[1] = letters[code - 8];
        size = 2;
    }
    lg_buf_add(out, text, size);
}

/* Adds what starts with a byte that is not plain; returns how much of `rest` that was. */
static size_t add_special(struct lg_buf *out, struct lg_str rest)
{
    if ((unsigned char)rest.data[0] < 0x80) {
        add_escape(out, rest.data[0]);
        return 1;
    }
    size_t size = lg_utf8_sequence(rest);
    if (size == 0) {
        lg_buf_add_cstr(out, "\xef\xbf\xbd"); /* U+FFFD for every byte that fits nowhere */
        return 1;
    }
    lg_buf_add(out, rest.data, size);
    return size;
}

void lg_json_add_string(struct lg_buf *out, struct lg_str text)
{
    const char *at = text.data;
    const char *end = text.size == 0 ? at : at + text.size;

    lg_buf_add_char(out, '"');
    while (at < end) {
        const char *stop = lg_json_skip_plain(at, end);

        lg_buf_add(out, at, (size_t)(stop - at));
        at = stop;
        if (at < end)
            at += add_special(out, lg_str_make(at, (size_t)(end - at)));
    }
    lg_buf_add_char(out, '"');
}

void lg_json_add_name(struct lg_buf *out, bool *first, const char *name)
{
    lg_json_add_name_str(out, first, lg_str_of(name));
}

void lg_json_add_name_str(struct lg_buf *out, bool *first, struct lg_str name)
{
    if (!*first)
        lg_buf_add_char(out, ',');
    *first = false;
    lg_json_add_string(out, name);
    lg_buf_add_char(out, ':');
}
