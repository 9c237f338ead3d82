/*
 * fields.h -- names with values in which a name may come again: headers and query parameters.
 *
 * The formats of events show each name once, in three ways. Written sorted by name, as AWS does.
 */
#ifndef LG_INTEGRATE_FIELDS_H
#define LG_INTEGRATE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

struct lg_field {
    struct lg_str name, value;
    size_t order; /* set by lg_fields_add() */
};

struct lg_fields {
    struct lg_field *items; /* in the arena */
    size_t count, room;
    bool fold; /* names that differ only in case are one, spelt as it came first; false at first */
    bool sorted;
};

enum lg_fields_form {
    LG_FIELDS_JOINED, /* "a":"1,2" */
    LG_FIELDS_LAST,   /* "a":"2" */
    LG_FIELDS_ALL     /* "a":["1","2"] */
};

/* Room for `room` fields, no more. */
void lg_fields_init(struct lg_fields *fields, struct lg_arena *arena, size_t room);
void lg_fields_add(struct lg_fields *fields, struct lg_str name, struct lg_str value);

/*
 * Appends a JSON object: each name once, its values in the order in which they were added. Costs
 * n log n, whatever the names. Sorts `fields`: nothing may be added after.
 */
void lg_fields_write(struct lg_fields *fields, struct lg_arena *arena, enum lg_fields_form form,
                     struct lg_buf *out);

#endif
