/* buf.c -- growing by doubling, up to the ceiling and no further. */
#include "base/buf.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

void lg_buf_init(struct lg_buf *buf, size_t ceiling)
{
    *buf = (struct lg_buf){ .ceiling = ceiling };
}

void lg_buf_done(struct lg_buf *buf)
{
    free(buf->data);
    lg_buf_init(buf, buf->ceiling);
}

void lg_buf_clear(struct lg_buf *buf)
{
    buf->size = 0;
    buf->failed = false;
}

static void grow(struct lg_buf *buf, size_t wanted)
{
    size_t room = buf->room < 32 ? 64 : buf->room;

    room = room > SIZE_MAX / 2 ? SIZE_MAX : room * 2;
    if (room < wanted)
        room = wanted;
    if (room > buf->ceiling)
        room = buf->ceiling;
    buf->data = lg_realloc(buf->data, room);
    buf->room = room;
}

char *lg_buf_reserve(struct lg_buf *buf, size_t size)
{
    if (size > buf->ceiling - buf->size) {
        buf->failed = true;
        return NULL;
    }
    if (buf->data == NULL || size > buf->room - buf->size)
        grow(buf, buf->size + size);
    return buf->data + buf->size;
}

bool lg_buf_add_growing(struct lg_buf *buf, const void *data, size_t size)
{
    char *end = lg_buf_reserve(buf, size);

    if (end == NULL)
        return false;
    if (size > 0)
        memcpy(end, data, size);
    buf->size += size;
    return true;
}

bool lg_buf_add_i64(struct lg_buf *buf, int64_t value)
{
    char text[LG_I64_SIZE];
    size_t size = lg_i64_text(value, text);

    return lg_buf_add(buf, text, size);
}

bool lg_buf_printf(struct lg_buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    bool added = lg_buf_vprintf(buf, format, args);
    va_end(args);
    return added;
}

bool lg_buf_vprintf(struct lg_buf *buf, const char *format, va_list args)
{
    char small[256];
    va_list again;
    bool added = false;

    va_copy(again, args);
    int length = vsnprintf(small, sizeof(small), format, args);
    if (length >= 0 && (size_t)length < sizeof(small)) {
        added = lg_buf_add(buf, small, (size_t)length);
    } else if (length >= 0) {
        /* vsnprintf() wants a byte more, for its NUL, which may lie beyond the ceiling. */
        char *whole = lg_alloc((size_t)length + 1);

        vsnprintf(whole, (size_t)length + 1, format, again);
        added = lg_buf_add(buf, whole, (size_t)length);
        free(whole);
    }
    buf->failed |= !added;
    va_end(again);
    return added;
}

void lg_buf_drop(struct lg_buf *buf, size_t count)
{
    assert(count <= buf->size);
    if (count == 0)
        return;
    buf->size -= count;
    memmove(buf->data, buf->data + count, buf->size);
}

char *lg_buf_take(struct lg_buf *buf, size_t *ret_size)
{
    if (buf->failed)
        return NULL;
    char *data = buf->data;
    if (data == NULL || buf->size == buf->room)
        data = lg_realloc(data, buf->size + 1);
    data[buf->size] = '\0';
    if (ret_size != NULL)
        *ret_size = buf->size;
    lg_buf_init(buf, buf->ceiling);
    return data;
}

bool lg_buf_failed(const struct lg_buf *buf)
{
    return buf->failed;
}

struct lg_str lg_buf_str(const struct lg_buf *buf)
{
    return lg_str_make(buf->data, buf->size);
}
