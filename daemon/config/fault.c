/* fault.c -- the list of what is wrong with a configuration, one finished line a fault. */
#include "config/fault.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/mem.h"

struct fault {
    char *text; /* owned */
    unsigned line;
    size_t order; /* of the call that added it */
};

struct lg_faults {
    struct fault *items; /* owned */
    size_t count, room;
};

struct lg_faults *lg_faults_new(void)
{
    return LG_NEW(struct lg_faults);
}

void lg_faults_free(struct lg_faults *faults)
{
    if (faults == NULL)
        return;
    for (size_t i = 0; i < faults->count; i++)
        free(faults->items[i].text);
    free(faults->items);
    free(faults);
}

static void keep(struct lg_faults *faults, char *text, unsigned line)
{
    if (faults->count == faults->room) {
        faults->room = faults->room == 0 ? 8 : faults->room * 2;
        faults->items = lg_realloc(faults->items, faults->room * sizeof(*faults->items));
    }
    faults->items[faults->count] =
        (struct fault){ .text = text, .line = line, .order = faults->count };
    faults->count++;
}

/* A message may quote what stood in the file; a line of the report must stay one line. */
static void flatten(char *line)
{
    for (unsigned char *at = (unsigned char *)line; *at != '\0'; at++)
        if (*at < 0x20 || *at == 0x7f)
            *at = '?';
}

void lg_faults_add(struct lg_faults *faults, const struct lg_where *where, const char *format, ...)
{
    struct lg_buf text;
    va_list args;

    lg_buf_init(&text, SIZE_MAX);
    if (where->file != NULL) {
        lg_buf_add_cstr(&text, where->file);
        if (where->line > 0)
            lg_buf_printf(&text, ":%u", where->line);
        lg_buf_add_cstr(&text, ": ");
    }
    if (where->path != NULL && where->path[0] != '\0')
        lg_buf_printf(&text, "%s: ", where->path);
    va_start(args, format);
    lg_buf_vprintf(&text, format, args);
    va_end(args);

    char *line = lg_buf_take(&text, NULL);
    assert(line != NULL);
    flatten(line);
    keep(faults, line, where->line);
}

size_t lg_faults_count(const struct lg_faults *faults)
{
    return faults->count;
}

const char *lg_faults_line(const struct lg_faults *faults, size_t index)
{
    assert(index < faults->count);
    return faults->items[index].text;
}

void lg_faults_print(const struct lg_faults *faults, struct lg_buf *out)
{
    for (size_t i = 0; i < faults->count; i++) {
        lg_buf_add_cstr(out, faults->items[i].text);
        lg_buf_add_char(out, '\n');
    }
}

static int compare(const void *a, const void *b)
{
    const struct fault *x = a, *y = b;

    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

void lg_faults_sort(struct lg_faults *faults, size_t from)
{
    assert(from <= faults->count);
    if (faults->count > from)
        qsort(faults->items + from, faults->count - from, sizeof(*faults->items), compare);
}
