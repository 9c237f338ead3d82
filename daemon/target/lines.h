/*
 * lines.h -- the output of a process, cut into lines, and the last few KiB of it.
 *
 * Both are pure: bytes in, lines out.
 */
#ifndef LG_TARGET_LINES_H
#define LG_TARGET_LINES_H

#include <stddef.h>

#include "base/str.h"

/* A longer line is cut into pieces, never within a UTF-8 character; a piece fits a log line. */
#define LG_LINE_MAX 7900

struct lg_lines {
    size_t size; /* of the line that has no end yet */
    char data[LG_LINE_MAX];
};

typedef void lg_line_fn(void *context, struct lg_str line);

/* Calls fn for each line that `bytes` completes; the end of line (LF or CR LF) is left out. */
void lg_lines_feed(struct lg_lines *lines, struct lg_str bytes, lg_line_fn *fn, void *context);
/* Hands out the line that has no end yet, if there is one. */
void lg_lines_flush(struct lg_lines *lines, lg_line_fn *fn, void *context);

#define LG_TAIL_SIZE 4096

/* The last LG_TAIL_SIZE bytes of what was added. Zero-initialised is empty. */
struct lg_tail {
    size_t end; /* of all bytes ever added, the ring's fill modulo its size */
    char ring[LG_TAIL_SIZE];
};

void lg_tail_add(struct lg_tail *tail, struct lg_str bytes);
/* Writes the bytes in order and returns how many there are. */
size_t lg_tail_read(const struct lg_tail *tail, char ret_bytes[LG_TAIL_SIZE]);

#endif
