/*
 * tree.h -- private to route/: the tree of segments, as it is built and as requests read it.
 *
 * A draft is easy to add to. A tree is the same packed for few cache misses: nodes of one line,
 * what is below a node near it, all in one block, and what a route ends with in the node itself.
 */
#ifndef LG_ROUTE_TREE_H
#define LG_ROUTE_TREE_H

#include <stdint.h>

#include "base/map.h"
#include "route/table.h"

struct lg_draft_route {
    struct lg_pattern pattern;
    const struct lg_route_entry *entry;
};

/* The routes of one shape. */
struct lg_draft_shape {
    const struct lg_draft_route *by_method[LG_METHOD_COUNT];
};

struct lg_draft {
    struct lg_map *literals;       /* decoded text to draft; NULL: none */
    struct lg_draft *param;        /* behind a variable, or NULL */
    struct lg_draft_shape *end;    /* routes that end here, or NULL */
    struct lg_draft_shape *greedy; /* routes that take all the rest from here, or NULL */
};

/* What a request needs of a route. */
struct lg_route_end {
    const void *rule;
    const struct lg_pattern *pattern; /* NULL: there is no route */
};

struct lg_route_found {
    struct lg_route_end end;
    bool variables; /* the pattern has some: said here, since it lies on a line of its own */
};

/* A path cut at its slashes. No pattern is longer than LG_SEGMENTS_MAX: one more tells enough. */
struct lg_cut_path {
    struct lg_str path;
    size_t starts[LG_SEGMENTS_MAX + 1];     /* where the segment begins in the path */
    struct lg_str raw[LG_SEGMENTS_MAX + 1]; /* as it stands there */
    struct lg_str decoded[LG_SEGMENTS_MAX + 1];
    size_t count;
    size_t text_end; /* all from here on is slashes */
};

struct lg_tree;

/* Entries and the keys in them must outlive the tree; the draft need not. */
struct lg_tree *lg_tree_pack(const struct lg_draft *root, const struct lg_draft_route *fallback);
void lg_tree_free(struct lg_tree *tree); /* NULL is fine */

/* The best route, the fallback included; `cut` is NULL for what is no path. */
struct lg_route_found lg_tree_find(const struct lg_tree *tree, const struct lg_cut_path *cut,
                                   int method);

#endif
