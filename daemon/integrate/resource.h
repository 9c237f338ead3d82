/*
 * resource.h -- the resource of a route key, as REST APIs know it: its path, and an id for it.
 */
#ifndef LG_INTEGRATE_RESOURCE_H
#define LG_INTEGRATE_RESOURCE_H

#include "base/arena.h"
#include "base/str.h"

/* "/items/{id}" of "GET /items/{id}"; "$default" is its own. */
struct lg_str lg_resource_path(struct lg_str route_key);

/* Six letters and digits, as ids of resources and deployments are: always the same for a text. */
#define LG_SHORT_ID_SIZE 7
void lg_short_id(struct lg_str text, char ret_id[LG_SHORT_ID_SIZE]);

/* The id of the key's resource, in the arena: all methods of a path have the same. */
struct lg_str lg_resource_id(struct lg_arena *arena, struct lg_str route_key);

#endif
