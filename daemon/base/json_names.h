/*
 * json_names.h -- tells whether an object that is being read has a name already; for json.c.
 *
 * A few names are compared one by one; from then on a table keeps the work in line with the size
 * of the text, whatever names a stranger chooses. The table is on the heap, because it outgrows
 * itself several times and an arena gives nothing back before its end.
 */
#ifndef LG_BASE_JSON_NAMES_H
#define LG_BASE_JSON_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/json.h"

struct lg_json_name_slot;

/* All zero is empty. Clear it before every object, and end it after the last. */
struct lg_json_names {
    struct lg_json_name_slot *slots; /* owned, or NULL */
    size_t room;                     /* slots, a power of two, at least twice the names */
    size_t count;                    /* names in the table; 0: it is not used yet */
};

void lg_json_names_clear(struct lg_json_names *names);
void lg_json_names_done(struct lg_json_names *names);

/*
 * Adds a name, shorter than 4 GiB, to those of `object`, whose members so far are linked. False:
 * it is there already.
 */
bool lg_json_names_add(struct lg_json_names *names, const struct lg_json *object,
                       struct lg_str name);

#endif
