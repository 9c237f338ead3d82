/*
 * stage.h -- the stage at the front of a path (contract: API Gateway HTTP APIs, routing, step 1).
 */
#ifndef LG_ROUTE_STAGE_H
#define LG_ROUTE_STAGE_H

#include <stdbool.h>

#include "base/str.h"

/* Whether `stage` is "$default", which adds nothing to a path. */
bool lg_stage_is_default(struct lg_str stage);

/*
 * Whether the raw `path` belongs to `stage`; *ret_path is then what routes are matched against.
 * "$default" takes every path as it is. A named stage takes the paths whose first segment equals
 * its name exactly, and leaves the rest, "/" at least. Outside it there is nothing: 404.
 */
bool lg_stage_take(struct lg_str stage, struct lg_str path, struct lg_str *ret_path);

#endif
