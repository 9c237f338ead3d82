/* fuzz_lines.c -- the output of a process in any pieces gives the same lines and the same tail. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "target/lines.h"
#include "target/log_level.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_line(void *context, struct lg_str line)
{
    assert(line.size <= LG_LINE_MAX);
    assert(lg_log_level(line) <= LG_LEVEL_FATAL);
    lg_buf_add_str(context, line);
    lg_buf_add_char(context, '\n');
}

static void split(struct lg_str text, size_t step, struct lg_buf *out, struct lg_tail *tail)
{
    struct lg_lines *lines = LG_NEW(struct lg_lines);

    for (size_t at = 0; at < text.size; at += step) {
        struct lg_str piece = lg_str_part(text, at, at + step);

        lg_lines_feed(lines, piece, on_line, out);
        lg_tail_add(tail, piece);
    }
    lg_lines_flush(lines, on_line, out);
    free(lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct lg_tail tails[2];
    char bytes[2][LG_TAIL_SIZE];
    struct lg_buf whole, pieces;
    struct lg_str text;

    if (size < 2)
        return 0;
    text = lg_str_make((const char *)data + 1, size - 1);
    memset(tails, 0, sizeof(tails));
    lg_buf_init(&whole, SIZE_MAX);
    lg_buf_init(&pieces, SIZE_MAX);
    split(text, text.size, &whole, &tails[0]);
    split(text, 1 + data[0], &pieces, &tails[1]);
    assert(whole.size == pieces.size && memcmp(whole.data, pieces.data, whole.size) == 0);
    size_t kept = lg_tail_read(&tails[0], bytes[0]);
    assert(kept == (text.size < LG_TAIL_SIZE ? text.size : LG_TAIL_SIZE));
    assert(lg_tail_read(&tails[1], bytes[1]) == kept && memcmp(bytes[0], bytes[1], kept) == 0);
    assert(memcmp(bytes[0], text.data + text.size - kept, kept) == 0);
    lg_buf_done(&whole);
    lg_buf_done(&pieces);
    return 0;
}
