/* json_write.c -- quoted strings and member names, always valid JSON. */
#include "base/json.h"

#include <string.h>

#include "base/json_scan.h"
#include "base/text.h"

enum {
    PIECE = 512,   /* bytes gathered before they are added */
    LONG_RUN = 64, /* plain bytes that are added at once */
    LONGEST = 6    /* an escape: \u001f */
};

/* What waits to be added: an addition for every character would cost more than the character. */
struct writer {
    struct lg_buf *out;
    size_t used;
    char piece[PIECE];
};

static void flush(struct writer *writer)
{
    lg_buf_add(writer->out, writer->piece, writer->used);
    writer->used = 0;
}

static void put(struct writer *writer, const char *data, size_t size)
{
    memcpy(writer->piece + writer->used, data, size);
    writer->used += size;
}

/* What stands behind the backslash for `byte`, or NUL. */
static char short_escape(char byte)
{
    static const char letters[] = "btn\0fr"; /* from 0x08; 0x0b has none */

    if (byte == '"' || byte == '\\')
        return byte;
    return byte >= 8 && byte <= 13 ? letters[byte - 8] : '\0';
}

static void put_escape(struct writer *writer, char byte)
{
    static const char digits[] = "0123456789abcdef";
    char *out = writer->piece + writer->used;
    unsigned char code = (unsigned char)byte;

    out[0] = '\\';
    out[1] = short_escape(byte);
    writer->used += 2;
    if (out[1] != '\0')
        return;
    memcpy(out + 1, "u00", 3);
    out[4] = digits[code >> 4];
    out[5] = digits[code & 15];
    writer->used += LONGEST - 2;
}

/* Puts what starts with a byte that is not plain; returns how much of `rest` that was. */
static size_t put_special(struct writer *writer, struct lg_str rest)
{
    if ((unsigned char)rest.data[0] < 0x80) {
        put_escape(writer, rest.data[0]);
        return 1;
    }
    size_t size = lg_utf8_sequence(rest);
    if (size == 0) {
        put(writer, "\xef\xbf\xbd", 3); /* U+FFFD for every byte that fits nowhere */
        return 1;
    }
    put(writer, rest.data, size);
    return size;
}

/* Puts or adds the plain bytes [at, stop). */
static void put_plain(struct writer *writer, const char *at, const char *stop)
{
    size_t size = (size_t)(stop - at);

    if (size < LONG_RUN) {
        put(writer, at, size);
        return;
    }
    flush(writer);
    lg_buf_add(writer->out, at, size);
}

/* What is left of a string after its plain beginning, and the closing quote. */
static void add_rest(struct lg_buf *out, const char *at, const char *end)
{
    struct writer writer;

    writer.out = out; /* the piece is too large to clear */
    writer.used = 0;
    while (at < end) {
        if (writer.used > PIECE - LONG_RUN)
            flush(&writer);
        if (lg_json_is_plain(*at)) {
            const char *stop = lg_json_skip_plain(at, end);

            put_plain(&writer, at, stop);
            at = stop;
        } else {
            at += put_special(&writer, lg_str_make(at, (size_t)(end - at)));
        }
    }
    put(&writer, "\"", 1);
    flush(&writer);
}

/* Nearly every string is plain to its end. */
void lg_json_add_string(struct lg_buf *out, struct lg_str text)
{
    const char *end = text.size == 0 ? text.data : text.data + text.size;
    const char *stop = text.size == 0 ? end : lg_json_skip_plain(text.data, end);
    size_t plain = (size_t)(stop - text.data);
    char *to = lg_buf_reserve(out, plain + 2);

    if (to == NULL)
        return;
    to[0] = '"';
    if (plain > 0)
        memcpy(to + 1, text.data, plain);
    to[plain + 1] = '"';
    out->size += plain + 2;
    if (stop == end)
        return;
    out->size--;
    add_rest(out, stop, end);
}

void lg_json_add_literal(struct lg_buf *out, bool *first, struct lg_str name)
{
    char *to = lg_buf_reserve(out, name.size + 4);
    char *at = to;

    if (to == NULL)
        return;
    if (!*first)
        *at++ = ',';
    *first = false;
    *at++ = '"';
    memcpy(at, name.data, name.size);
    at += name.size;
    *at++ = '"';
    *at++ = ':';
    out->size += (size_t)(at - to);
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
