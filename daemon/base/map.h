/*
 * map.h -- names to things, in insertion order.
 *
 * For tables made at load: names are copied, values are borrowed. Lookups after the last
 * lg_map_put() are safe from any thread.
 */
#ifndef LG_BASE_MAP_H
#define LG_BASE_MAP_H

#include <stddef.h>

#include "base/str.h"

struct lg_map;

struct lg_map *lg_map_new(void);
/* Calls free_value (may be NULL) on every value. `map` may be NULL. */
void lg_map_free(struct lg_map *map, void (*free_value)(void *value));

/* LG_ERR_EXISTS leaves the map as it was. `value` must not be NULL. */
LG_MUST_CHECK enum lg_err lg_map_put(struct lg_map *map, struct lg_str name, void *value);
/* Takes it out and returns its value; NULL: none. The last entry takes its place in the order. */
void *lg_map_remove(struct lg_map *map, struct lg_str name);
void *lg_map_get(const struct lg_map *map, struct lg_str name); /* NULL: none */
size_t lg_map_count(const struct lg_map *map);
/* The entry at `index` (< count) in insertion order. */
void *lg_map_at(const struct lg_map *map, size_t index, struct lg_str *ret_name);

#endif
