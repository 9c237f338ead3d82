/*
 * surrogates.h -- the one thing in JSON that is not YAML.
 *
 * JSON writes characters beyond U+FFFF as two escapes, \ud83d\ude00, which YAML refuses. In a
 * JSON text every backslash is an escape in a string, so that pairs can be told without reading.
 */
#ifndef LG_CONFIG_SURROGATES_H
#define LG_CONFIG_SURROGATES_H

#include "base/arena.h"

/* `text` with each pair as one escape of YAML, if it is a JSON object; else `text` itself. */
struct lg_str lg_surrogates_join(struct lg_arena *arena, struct lg_str text);

#endif
