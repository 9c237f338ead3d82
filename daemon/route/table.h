/*
 * table.h -- method and path to route, as API Gateway's HTTP APIs choose (reference: routing).
 *
 * Built once at load into a tree of segments; never changed after. Lookup costs one walk over
 * the path, whatever the number of routes. Order of choice: literal segments beat variables
 * position by position; a full match beats a greedy one; the longest literal prefix first; a
 * concrete method beats ANY; then $default; else none. A path that matches with no fitting
 * method goes on to the next candidate: there is no 405.
 * Threads: lookups from any number at once.
 */
#ifndef LG_ROUTE_TABLE_H
#define LG_ROUTE_TABLE_H

#include "config/fault.h"
#include "route/pattern.h"

/* Methods by index; ANY stands for all that have no route of their own. */
enum { LG_METHOD_ANY = 7, LG_METHOD_COUNT };
int lg_method_index(struct lg_str method); /* ANY: it is no method that is known */

struct lg_route_table;

/* One route to be put in the table. `rule` is the caller's and is what a match returns. */
struct lg_route_entry {
    const char *key;
    struct lg_where where;
    const void *rule;
};

/*
 * Builds the table. Every bad key, every conflict (same method and same shape, names of
 * variables aside: the fault names the place of both) and every route that no request can ever
 * reach is added to `faults`; NULL if there was any. `entries` must outlive the table.
 */
struct lg_route_table *lg_route_table_build(const struct lg_route_entry *entries, size_t count,
                                            struct lg_faults *faults);
void lg_route_table_free(struct lg_route_table *table); /* NULL is fine */

struct lg_capture {
    struct lg_str name;
    struct lg_str raw;   /* as it stood in the path, still encoded */
    struct lg_str value; /* decoded */
};

struct lg_route_match {
    const void *rule;
    const struct lg_pattern *pattern;
    const struct lg_capture *captures; /* in the arena */
    size_t capture_count;
};

/*
 * Finds the route for `method` and the raw (still encoded) `path`, which starts with "/".
 * Segments are compared decoded: "%2F" never splits a segment. LG_ERR_NOT_FOUND: none.
 */
LG_MUST_CHECK enum lg_err lg_route_table_find(const struct lg_route_table *table,
                                              struct lg_arena *arena, struct lg_str method,
                                              struct lg_str path, struct lg_route_match *ret_match);

#endif
