/*
 * buf.h -- a growing run of bytes with a ceiling.
 *
 * Appending past the ceiling is refused and remembered: check lg_buf_failed() once at the end
 * in place of every append. Threads: one at a time.
 */
#ifndef LG_BASE_BUF_H
#define LG_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

struct lg_buf {
    char *data; /* owned; not terminated */
    size_t size, room, ceiling;
    bool failed; /* an append did not fit */
};

/* An empty buffer that never grows beyond `ceiling` bytes (SIZE_MAX: unbounded by itself). */
void lg_buf_init(struct lg_buf *buf, size_t ceiling);
void lg_buf_done(struct lg_buf *buf);
void lg_buf_clear(struct lg_buf *buf); /* empties, keeps the memory, forgets a failure */

/* lg_buf_add() where there is no room yet. */
bool lg_buf_add_growing(struct lg_buf *buf, const void *data, size_t size);

/*
 * Each appends all or nothing; on false the buffer holds what it held and is marked failed. Short
 * ones stand here: events are written by hundreds of them.
 */
static inline bool lg_buf_add(struct lg_buf *buf, const void *data, size_t size)
{
    if (size == 0 || size > buf->room - buf->size)
        return lg_buf_add_growing(buf, data, size);
    memcpy(buf->data + buf->size, data, size);
    buf->size += size;
    return true;
}

static inline bool lg_buf_add_str(struct lg_buf *buf, struct lg_str text)
{
    return lg_buf_add(buf, text.data, text.size);
}

/* The length of a literal is known where it stands. */
static inline bool lg_buf_add_cstr(struct lg_buf *buf, const char *text)
{
    return lg_buf_add(buf, text, strlen(text));
}

static inline bool lg_buf_add_char(struct lg_buf *buf, char byte)
{
    return lg_buf_add(buf, &byte, 1);
}

bool lg_buf_add_i64(struct lg_buf *buf, int64_t value);
__attribute__((format(printf, 2, 3))) bool lg_buf_printf(struct lg_buf *buf, const char *format,
                                                         ...);
__attribute__((format(printf, 2, 0))) bool lg_buf_vprintf(struct lg_buf *buf, const char *format,
                                                          va_list args);

/* Room for `size` more bytes at data + size, or NULL (and failed). Commit by adding to size. */
char *lg_buf_reserve(struct lg_buf *buf, size_t size);

/* Drops the first `count` bytes (count <= size). */
void lg_buf_drop(struct lg_buf *buf, size_t count);

/* Terminates (not counted) and moves the bytes out; the caller frees. NULL if failed. */
char *lg_buf_take(struct lg_buf *buf, size_t *ret_size);

bool lg_buf_failed(const struct lg_buf *buf);
struct lg_str lg_buf_str(const struct lg_buf *buf);

#endif
