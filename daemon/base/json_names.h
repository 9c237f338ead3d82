/*
 * json_names.h -- tells whether an object that is being read has a name already; for json.c.
 *
 * A few names are compared one by one; from then on a table in the arena keeps the work in line
 * with the size of the text, whatever names a stranger chooses.
 */
#ifndef LG_BASE_JSON_NAMES_H
#define LG_BASE_JSON_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/json.h"

struct lg_json_names {
    struct lg_str *slots; /* data NULL: free. NULL while there are few names */
    size_t room;          /* slots, a power of two, at least twice the names */
    size_t count;         /* names in the table */
};

void lg_json_names_clear(struct lg_json_names *names);

/* Adds a name to those of `object`, whose members so far are linked. False: it is there already. */
bool lg_json_names_add(struct lg_json_names *names, struct lg_arena *arena,
                       const struct lg_json *object, struct lg_str name);

#endif
