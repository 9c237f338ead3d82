/*
 * template.h -- the URL of a redirect or an upstream with places for captured values, taken apart
 * and checked.
 *
 * template_write.h fills them in.
 */
#ifndef LG_INTEGRATE_TEMPLATE_H
#define LG_INTEGRATE_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "route/pattern.h"

/* A piece of a URL: fixed text, already encoded, or the value of one capture. */
struct lg_template_part {
    struct lg_str text; /* when it is not a variable */
    bool is_variable;
    bool greedy;
    size_t capture; /* index among the captures of the route */
};

struct lg_template_run {
    const struct lg_template_part *parts;
    size_t count;
};

struct lg_template {
    struct lg_str origin; /* https://host:port; empty when the template is a path */
    struct lg_template_run path, query, fragment;
};

/*
 * Takes `text` apart for the variables of `pattern`. All lies in the arena or points into `text`.
 * LG_ERR_SYNTAX: *reterr_message says what was found and what was expected.
 */
LG_MUST_CHECK enum lg_err lg_template_parse(struct lg_arena *arena, struct lg_str text,
                                            const struct lg_pattern *pattern,
                                            struct lg_template *ret_template,
                                            const char **reterr_message);

/*
 * Appends text that is meant to be URL text already: escapes stay, and bytes that may not stand
 * in a path, query or fragment become escapes.
 */
void lg_template_add_literal(struct lg_buf *out, struct lg_str text);

/*
 * How many dots a path segment consists of, written as "." or "%2E": 1 or 2 for the segments that
 * a client would resolve away, 0 for all others.
 */
size_t lg_template_dots(struct lg_str segment);

#endif
