/*
 * query.h -- the parameters of a raw query, one by one.
 */
#ifndef LG_ROUTE_QUERY_H
#define LG_ROUTE_QUERY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/str.h"

struct lg_query_pair {
    struct lg_str whole;       /* as it stands there */
    struct lg_str name, value; /* still encoded */
};

/*
 * Cuts the next parameter off `*rest`, empty ones left out; `semicolons`: ";" ends one, too, as in
 * REST APIs. Start with the query without its "?"; false: there is none left.
 */
bool lg_query_next(struct lg_str *rest, bool semicolons, struct lg_query_pair *ret_pair);

/* At most so many parameters are in it. */
size_t lg_query_count(struct lg_str query, bool semicolons);

/* Whether the parameter is called `name`, decoded; names differ by case. */
bool lg_query_is(struct lg_arena *arena, const struct lg_query_pair *pair, struct lg_str name);

#endif
