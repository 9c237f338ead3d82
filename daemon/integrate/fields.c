/* fields.c -- names with values in which a name may come again. */
#include "integrate/fields.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define FEW 16

void lg_fields_init(struct lg_fields *fields, struct lg_arena *arena, size_t room)
{
    fields->items = lg_arena_alloc(arena, room * sizeof(*fields->items));
    fields->count = 0;
    fields->room = room;
    fields->fold = fields->sorted = false;
}

void lg_fields_add(struct lg_fields *fields, struct lg_str name, struct lg_str value)
{
    assert(fields->count < fields->room && !fields->sorted);
    fields->items[fields->count] = (struct lg_field){ name, value, fields->count };
    fields->count++;
}

static int by_order(const struct lg_field *a, const struct lg_field *b)
{
    return (a->order > b->order) - (a->order < b->order);
}

static int compare(const void *left, const void *right)
{
    const struct lg_field *a = left, *b = right;
    int by_name = lg_str_cmp(a->name, b->name);

    return by_name != 0 ? by_name : by_order(a, b);
}

static int compare_folded(const void *left, const void *right)
{
    const struct lg_field *a = left, *b = right;
    int by_name = lg_str_icmp(a->name, b->name);

    return by_name != 0 ? by_name : by_order(a, b);
}

/* For the few of nearly every request: qsort() takes twice as long. */
static void sort_few(struct lg_fields *fields, int (*order)(const void *, const void *))
{
    for (size_t i = 1; i < fields->count; i++) {
        struct lg_field field = fields->items[i];
        size_t at = i;

        for (; at > 0 && order(&fields->items[at - 1], &field) > 0; at--)
            fields->items[at] = fields->items[at - 1];
        fields->items[at] = field;
    }
}

static void sort(struct lg_fields *fields)
{
    int (*order)(const void *, const void *) = fields->fold ? compare_folded : compare;

    if (!fields->sorted && fields->count <= FEW)
        sort_few(fields, order);
    else if (!fields->sorted)
        qsort(fields->items, fields->count, sizeof(*fields->items), order);
    fields->sorted = true;
}

static bool same_name(const struct lg_fields *fields, size_t a, size_t b)
{
    struct lg_str left = fields->items[a].name, right = fields->items[b].name;

    return fields->fold ? lg_str_ieq(left, right) : lg_str_eq(left, right);
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

static void write_all(const struct lg_field *fields, size_t count, struct lg_buf *out)
{
    for (size_t i = 0; i < count; i++) {
        lg_buf_add_char(out, i == 0 ? '[' : ',');
        lg_json_add_string(out, fields[i].value);
    }
    lg_buf_add_char(out, ']');
}

void lg_fields_write(struct lg_fields *fields, struct lg_arena *arena, enum lg_fields_form form,
                     struct lg_buf *out)
{
    const struct lg_field *items = fields->items;
    bool first = true;

    sort(fields);
    lg_buf_add_char(out, '{');
    for (size_t from = 0, to; from < fields->count; from = to) {
        for (to = from + 1; to < fields->count && same_name(fields, from, to);)
            to++;
        lg_json_add_name_str(out, &first, items[from].name);
        if (form == LG_FIELDS_ALL)
            write_all(items + from, to - from, out);
        else
            lg_json_add_string(out, form == LG_FIELDS_LAST ? items[to - 1].value
                                                           : join(arena, items + from, to - from));
    }
    lg_buf_add_char(out, '}');
}
