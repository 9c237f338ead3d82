/*
 * routes.h -- a table made of a list of route keys, for tests. The rule of a route is its key.
 */
#ifndef LG_TESTS_ROUTE_ROUTES_H
#define LG_TESTS_ROUTE_ROUTES_H

#include "route/table.h"

#define ROUTES_MAX 12000

/* One table at a time, in static storage. */
struct routes {
    struct lg_route_entry entries[ROUTES_MAX];
    struct lg_faults *faults;
    struct lg_route_table *table; /* NULL when there were faults */
    struct lg_arena arena;
    struct lg_route_match match; /* of the last routes_find() that found one */
};

/*
 * Builds from `keys`, which ends with NULL; the one before is done. Lines are counted from 1 in
 * "routes.yaml".
 */
struct routes *routes_build(const char *const *keys);
void routes_done(struct routes *routes);

/* "METHOD /path": the key of the route that takes it, or "none". */
const char *routes_find(struct routes *routes, const char *request);
const char *routes_find_str(struct routes *routes, const char *method, struct lg_str path);

/* The captures of the last match, as "name=raw=value name=raw=value". */
const char *routes_captures(struct routes *routes);

#define ROUTES(...) routes_build((const char *const[]){ __VA_ARGS__, NULL })

#endif
