/*
 * value.h -- JSON values compared as JSON Schema means it: numbers by their value, objects
 * without an order.
 *
 * Both burn fuel for what they look at, and end early without it: what they return means nothing
 * then. Threads: any.
 */
#ifndef LG_VALIDATE_VALUE_H
#define LG_VALIDATE_VALUE_H

#include "base/json.h"
#include "validate/fuel.h"

bool lg_value_equal(const struct lg_json *a, const struct lg_json *b, struct lg_fuel *fuel);

/* The same for equal values, different for nearly all others; drawn anew for every process. */
uint64_t lg_value_hash(const struct lg_json *value, struct lg_fuel *fuel);

/* Whether all elements differ. Allocates for arrays of more than 64. */
bool lg_value_all_differ(const struct lg_json *array, struct lg_fuel *fuel,
                         const struct lg_json **reterr_first, const struct lg_json **reterr_second);

#endif
