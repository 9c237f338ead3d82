/*
 * pattern.h -- a route key such as "GET /items/{id}" taken apart (contract: API Gateway HTTP APIs).
 */
#ifndef LG_ROUTE_PATTERN_H
#define LG_ROUTE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

enum lg_segment_kind { LG_SEGMENT_LITERAL, LG_SEGMENT_PARAM, LG_SEGMENT_GREEDY };

struct lg_segment {
    enum lg_segment_kind kind;
    struct lg_str text; /* literal text, decoded; or the parameter's name */
};

struct lg_pattern {
    struct lg_str key;    /* as configured */
    struct lg_str method; /* "GET", ...; "ANY"; "" for $default */
    bool is_default;
    const struct lg_segment *segments;
    size_t segment_count;
    uint64_t variables; /* bit i: segment i is one */
};

#define LG_SEGMENTS_MAX 64 /* as bits in `variables` */

/*
 * Reads a route key. On LG_ERR_SYNTAX *reterr_message (static or in the arena) says what was
 * found and what was expected: an unknown method, a lower-case method (with a hint), a path that
 * does not start or ends with "/", a variable that is not a whole segment, an empty or repeated
 * variable name, a greedy one that is not last, an empty segment, a character that cannot stand
 * in a path, more than LG_SEGMENTS_MAX segments.
 */
LG_MUST_CHECK enum lg_err lg_pattern_parse(struct lg_arena *arena, struct lg_str key,
                                           struct lg_pattern *ret_pattern,
                                           const char **reterr_message);

#endif
