/*
 * fields.h -- names with values in which a name may come again: headers and query parameters.
 *
 * Format 2.0 shows each name once, its values joined. Written sorted by name, as AWS does.
 */
#ifndef LG_INTEGRATE_FIELDS_H
#define LG_INTEGRATE_FIELDS_H

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
};

/* Room for `room` fields, no more. */
void lg_fields_init(struct lg_fields *fields, struct lg_arena *arena, size_t room);
void lg_fields_add(struct lg_fields *fields, struct lg_str name, struct lg_str value);

/*
 * Appends a JSON object: each name once, its values in order joined by ",". Costs n log n,
 * whatever the names. Sorts `fields`.
 */
void lg_fields_write(struct lg_fields *fields, struct lg_arena *arena, struct lg_buf *out);

#endif
