/* cut.c -- heads of strings are looked at, all else is passed on or thrown away unseen. */
#include "redis/cut.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"

struct pass {
    enum lg_err (*fn)(void *context, const char *data, size_t size);
    void *context;
};

static size_t least(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

/* What is no length ("$-1") is passed on: the reader knows what to say. */
static enum lg_err begin_string(struct lg_resp_cut *cut, size_t most, const struct pass *pass)
{
    struct lg_str head = lg_str_make(cut->head, cut->head_size);
    size_t end = lg_str_find(head, '\r', 0);
    char shorter[LG_RESP_HEAD_MAX + 8];
    uint64_t length;

    cut->head_size = 0;
    if (lg_str_to_u64(lg_str_part(head, 1, end), &length) != LG_OK)
        return pass->fn(pass->context, head.data, head.size);
    if (length <= most) {
        cut->left = length + 2; /* and the end of its line */
        return pass->fn(pass->context, head.data, head.size);
    }
    cut->left = most;
    cut->skip = length - most;
    return pass->fn(pass->context, shorter,
                    (size_t)snprintf(shorter, sizeof(shorter), "$%zu\r\n", most));
}

/* A byte of a head, or the first of another line. */
static enum lg_err take_byte(struct lg_resp_cut *cut, char byte, size_t most,
                             const struct pass *pass)
{
    bool ends = cut->returned && byte == '\n';
    size_t size;

    cut->head[cut->head_size++] = byte;
    cut->returned = byte == '\r';
    if (cut->head[0] == '$' && ends)
        return begin_string(cut, most, pass);
    if (cut->head[0] == '$' && cut->head_size < LG_RESP_HEAD_MAX)
        return LG_OK;
    cut->in_line = true;
    size = cut->head_size;
    cut->head_size = 0;
    return pass->fn(pass->context, cut->head, size);
}

static enum lg_err take_line(struct lg_resp_cut *cut, const char *data, size_t size,
                             const struct pass *pass)
{
    bool returned = size > 1 ? data[size - 2] == '\r' : cut->returned;

    cut->in_line = !(returned && data[size - 1] == '\n');
    cut->returned = data[size - 1] == '\r';
    return pass->fn(pass->context, data, size);
}

static enum lg_err take_string(struct lg_resp_cut *cut, const char *data, size_t size,
                               const struct pass *pass)
{
    cut->left -= size;
    return pass->fn(pass->context, data, size);
}

static void throw_away(struct lg_resp_cut *cut, size_t size)
{
    cut->skip -= size;
    if (cut->skip == 0)
        cut->left = 2; /* the end of its line */
}

/* Of a line, or of a part of one: "\n" alone does not end it. */
static size_t line_size(const char *data, size_t size)
{
    const char *end = memchr(data, '\n', size);

    return end == NULL ? size : (size_t)(end - data) + 1;
}

enum lg_err lg_resp_cut(struct lg_resp_cut *cut, const char *data, size_t size, size_t most,
                        enum lg_err (*fn)(void *context, const char *data, size_t size),
                        void *context)
{
    const struct pass pass = { fn, context };
    enum lg_err err = LG_OK;

    for (size_t step; size > 0 && err == LG_OK; data += step, size -= step) {
        if (cut->left > 0) {
            step = least(cut->left, size);
            err = take_string(cut, data, step, &pass);
        } else if (cut->skip > 0) {
            step = least(cut->skip, size);
            throw_away(cut, step);
        } else if (cut->in_line) {
            step = line_size(data, size);
            err = take_line(cut, data, step, &pass);
        } else {
            step = 1;
            err = take_byte(cut, *data, most, &pass);
        }
    }
    return err;
}
