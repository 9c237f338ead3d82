/*
 * template_write.h -- writes a template with what one request has for its places.
 *
 * What is written stays where the template put it: a value never adds a segment that climbs, nor
 * ends the path. Pure.
 */
#ifndef LG_INTEGRATE_TEMPLATE_WRITE_H
#define LG_INTEGRATE_TEMPLATE_WRITE_H

#include "base/text.h"
#include "integrate/template.h"
#include "route/table.h"
#include "wire/http_field.h"

struct lg_template_source {
    struct lg_arena *arena;
    const struct lg_route_match *match;
    const struct lg_header *given; /* decoded values that take the place of captures */
    size_t given_count;
};

void lg_template_write_run(const struct lg_template_source *source,
                           const struct lg_template_run *run, enum lg_percent_set set,
                           struct lg_buf *out);
void lg_template_write_path(const struct lg_template_source *source,
                            const struct lg_template *template, struct lg_buf *out);

/*
 * Copies a finished path without what its reader would resolve: a "//" in front of a bare path
 * would name a host, and "." and ".." segments would climb.
 */
void lg_template_add_harmless_path(struct lg_buf *out, struct lg_str path, bool is_bare);

#endif
