/* fields.c -- names with values in which a name may come again. */
#include "integrate/fields.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

void lg_fields_init(struct lg_fields *fields, struct lg_arena *arena, size_t room)
{
    fields->items = lg_arena_alloc(arena, room * sizeof(*fields->items));
    fields->count = 0;
    fields->room = room;
}

void lg_fields_add(struct lg_fields *fields, struct lg_str name, struct lg_str value)
{
    assert(fields->count < fields->room);
    fields->items[fields->count] = (struct lg_field){ name, value, fields->count };
    fields->count++;
}

static int compare(const void *left, const void *right)
{
    const struct lg_field *a = left, *b = right;
    int by_name = lg_str_cmp(a->name, b->name);

    return by_name != 0 ? by_name : (a->order > b->order) - (a->order < b->order);
}

static struct lg_str join(struct lg_arena *arena, const struct lg_field *fields, size_t count)
{
    size_t size = count - 1, at = 0;
    char *joined;

    if (count == 1)
        return fields[0].value;
    for (size_t i = 0; i < count; i++)
        size += fields[i].value.size;
    joined = lg_arena_alloc(arena, size);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            joined[at++] = ',';
        if (fields[i].value.size > 0)
            memcpy(joined + at, fields[i].value.data, fields[i].value.size);
        at += fields[i].value.size;
    }
    return lg_str_make(joined, size);
}

void lg_fields_write(struct lg_fields *fields, struct lg_arena *arena, struct lg_buf *out)
{
    const struct lg_field *items = fields->items;
    bool first = true;

    if (fields->count > 1)
        qsort(fields->items, fields->count, sizeof(*fields->items), compare);
    lg_buf_add_char(out, '{');
    for (size_t from = 0, to; from < fields->count; from = to) {
        for (to = from + 1; to < fields->count && lg_str_eq(items[to].name, items[from].name);)
            to++;
        lg_json_add_name_str(out, &first, items[from].name);
        lg_json_add_string(out, join(arena, items + from, to - from));
    }
    lg_buf_add_char(out, '}');
}
