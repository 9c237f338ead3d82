/*
 * forward.h -- a request as an upstream server gets it, and its answer as the client does: which
 * header fields travel on, and what is said of the client.
 *
 * Fields that mean one connection never travel on, nor do those that Connection names (RFC 9110,
 * 7.6.1). Pure.
 */
#ifndef LG_INTEGRATE_FORWARD_H
#define LG_INTEGRATE_FORWARD_H

#include "base/arena.h"
#include "config/config.h"
#include "integrate/mapping.h"
#include "integrate/template.h"
#include "listen/exchange.h"
#include "route/table.h"

struct lg_forward {
    struct lg_template template;
    bool appends_path;  /* $default: the request's path comes behind that of the URL */
    struct lg_str host; /* for Host; empty: the client's */
    enum lg_config_forwarded forwarded;
    bool append_forwarded;
    struct lg_arena arena;
};

/* The URL taken apart for the route. Everything wrong is added to `faults`: NULL then. */
struct lg_forward *lg_forward_compile(const struct lg_config_http *http,
                                      const struct lg_pattern *pattern, struct lg_faults *faults);
void lg_forward_free(struct lg_forward *forward); /* NULL is fine */

struct lg_forward_source {
    const struct lg_head *head;
    struct lg_str path; /* raw, without the stage */
    const struct lg_route_match *match;
    const struct lg_mapped *mapped; /* or NULL */
};

struct lg_forwarded {
    struct lg_str target, host;
    const struct lg_header *headers;
    size_t header_count;
};

/* Lies in the arena, the source or `forward`. */
void lg_forward_request(const struct lg_forward *forward, struct lg_arena *arena,
                        const struct lg_forward_source *source, struct lg_forwarded *ret_forwarded);

/* The fields of an answer that the client gets, copied into the arena. */
const struct lg_header *lg_forward_answer(struct lg_arena *arena, enum lg_config_api_kind kind,
                                          const struct lg_header *headers, size_t count,
                                          size_t *ret_count);

#endif
