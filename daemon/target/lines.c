/* lines.c -- whole lines go out as slices of the input; only broken ones are copied. */
#include "target/lines.h"

#include <string.h>

static void hand_out(struct lg_str line, lg_line_fn *fn, void *context)
{
    if (line.size > 0 && line.data[line.size - 1] == '\r')
        line.size--;
    fn(context, line);
}

/* How much of a piece of LG_LINE_MAX bytes can go out without cutting a character in two. */
static size_t whole_characters(const char *data)
{
    size_t size = LG_LINE_MAX;

    for (size_t back = 1; back <= 3; back++) {
        unsigned char byte = (unsigned char)data[size - back];

        if (byte < 0x80)
            return size;
        if (byte < 0xc0)
            continue;
        /* A lead byte: does its sequence end here? */
        return (byte >= 0xf0 ? 4u : byte >= 0xe0 ? 3u : 2u) <= back ? size : size - back;
    }
    return size;
}

static void hand_out_full(struct lg_lines *lines, lg_line_fn *fn, void *context)
{
    size_t size = whole_characters(lines->data);

    fn(context, lg_str_make(lines->data, size));
    memmove(lines->data, lines->data + size, lines->size - size);
    lines->size -= size;
}

/* Keeps bytes of a line whose end has not come, or that continues what was kept. */
static void keep(struct lg_lines *lines, struct lg_str bytes, lg_line_fn *fn, void *context)
{
    while (bytes.size > 0) {
        size_t room = LG_LINE_MAX - lines->size;
        size_t part = bytes.size < room ? bytes.size : room;

        if (room == 0) {
            hand_out_full(lines, fn, context);
            continue;
        }
        memcpy(lines->data + lines->size, bytes.data, part);
        lines->size += part;
        bytes = lg_str_part(bytes, part, bytes.size);
    }
}

static void hand_out_kept(struct lg_lines *lines, lg_line_fn *fn, void *context)
{
    size_t size = lines->size;

    lines->size = 0;
    hand_out(lg_str_make(lines->data, size), fn, context);
}

void lg_lines_feed(struct lg_lines *lines, struct lg_str bytes, lg_line_fn *fn, void *context)
{
    while (bytes.size > 0) {
        size_t end = lg_str_find(bytes, '\n', 0);
        struct lg_str line = lg_str_part(bytes, 0, end);

        if (end == bytes.size) {
            keep(lines, line, fn, context);
            return;
        }
        if (lines->size == 0 && line.size <= LG_LINE_MAX) {
            hand_out(line, fn, context);
        } else {
            keep(lines, line, fn, context);
            hand_out_kept(lines, fn, context);
        }
        bytes = lg_str_part(bytes, end + 1, bytes.size);
    }
}

void lg_lines_flush(struct lg_lines *lines, lg_line_fn *fn, void *context)
{
    if (lines->size > 0)
        hand_out_kept(lines, fn, context);
}

void lg_tail_add(struct lg_tail *tail, struct lg_str bytes)
{
    size_t at, part;

    if (bytes.size > LG_TAIL_SIZE) {
        tail->end += bytes.size - LG_TAIL_SIZE;
        bytes = lg_str_part(bytes, bytes.size - LG_TAIL_SIZE, bytes.size);
    }
    if (bytes.size == 0)
        return;
    at = tail->end % LG_TAIL_SIZE;
    part = bytes.size < LG_TAIL_SIZE - at ? bytes.size : LG_TAIL_SIZE - at;
    memcpy(tail->ring + at, bytes.data, part);
    memcpy(tail->ring, bytes.data + part, bytes.size - part);
    tail->end += bytes.size;
}

size_t lg_tail_read(const struct lg_tail *tail, char ret_bytes[LG_TAIL_SIZE])
{
    size_t at = tail->end % LG_TAIL_SIZE;

    if (tail->end < LG_TAIL_SIZE) {
        memcpy(ret_bytes, tail->ring, tail->end);
        return tail->end;
    }
    memcpy(ret_bytes, tail->ring + at, LG_TAIL_SIZE - at);
    memcpy(ret_bytes + (LG_TAIL_SIZE - at), tail->ring, at);
    return LG_TAIL_SIZE;
}
