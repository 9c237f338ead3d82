/*
 * node.h -- a configuration file as a tree: what stood where, nothing judged yet.
 *
 * YAML and JSON give the same tree. What makes YAML surprising is refused: duplicate keys,
 * anchors, aliases, tags, merge keys, keys that are not strings, several documents. A plain
 * scalar has no type of its own; whoever wants one asks lg_node_kind().
 */
#ifndef LG_CONFIG_NODE_H
#define LG_CONFIG_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "config/fault.h"

#define LG_NODE_BYTES_MAX ((size_t)4 << 20)
#define LG_NODE_COUNT_MAX 100000
#define LG_NODE_DEPTH_MAX 64

enum lg_node_type {
    LG_NODE_SCALAR,
    LG_NODE_LIST,
    LG_NODE_MAPPING,
    LG_NODE_BROKEN /* a fault was reported here; nobody judges it again */
};

struct lg_node {
    enum lg_node_type type;
    struct lg_where where; /* of the key, for a member of a mapping */
    const char *key;       /* as a member of a mapping, else NULL */
    const char *text;      /* SCALAR; valid UTF-8 without NUL */
    bool quoted;           /* SCALAR in quotes or a block: a string, whatever it looks like */
    bool expanded;         /* holds something from the environment */
    size_t count;          /* children */
    struct lg_node *first; /* first child, or NULL */
    struct lg_node *next;  /* next sibling, or NULL */
};

/*
 * Reads `text` into the arena; `file` names it. An empty text is a scalar of nothing. Every
 * fault is added; NULL when reading could not go on to the end.
 */
struct lg_node *lg_node_read(struct lg_arena *arena, const char *file, struct lg_str text,
                             struct lg_faults *faults);

/* The member `key` of a mapping, or NULL (also when `node` is no mapping). */
const struct lg_node *lg_node_get(const struct lg_node *node, const char *key);

/* What a plain scalar is in YAML's core schema. A quoted one is always a string. */
enum lg_kind { LG_KIND_NULL, LG_KIND_BOOL, LG_KIND_INTEGER, LG_KIND_FLOAT, LG_KIND_STRING };
enum lg_kind lg_node_kind(const struct lg_node *node);

/* Whether nothing was written: an empty plain scalar, `~` or null. */
bool lg_node_is_null(const struct lg_node *node);

#endif
