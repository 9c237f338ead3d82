/*
 * expand.h -- ${NAME}, ${NAME:-default} and the escape $${ in the values of a tree.
 *
 * It happens after parsing, so that nothing from the environment can change the structure of a
 * file. Keys are left alone, and so are ${request.x}, ${response.x}, ${context.x} and
 * ${stageVariables.x}, which parameter mappings read for every request. The default stands in for a
 * name that is unset or empty.
 */
#ifndef LG_CONFIG_EXPAND_H
#define LG_CONFIG_EXPAND_H

#include "config/node.h"

#define LG_EXPAND_SCALAR_MAX ((size_t)1 << 20)
#define LG_EXPAND_TOTAL_MAX ((size_t)16 << 20)

/* The value of `name`, or NULL when it is not set. */
typedef const char *lg_expand_fn(void *context, const char *name);

/* Expands every scalar below `root`. One that cannot be is reported and becomes BROKEN. */
void lg_expand(struct lg_arena *arena, struct lg_node *root, lg_expand_fn *lookup, void *context,
               struct lg_faults *faults);

/* Looks names up in the environment of the process. */
const char *lg_expand_environment(void *context, const char *name);

#endif
