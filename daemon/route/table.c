/*
 * table.c -- a tree of segments.
 *
 * A node is reached by one way only, so one lookup visits it at most once: trying the next
 * candidate costs no more than the tree has nodes that match, and never doubles with the depth.
 *
 * Why there is no check for routes hidden by others of another shape: none can be. Give every
 * variable of a route a text that stands in no literal; then only variables can beat it, and those
 * of the same length have the same shape. For a greedy route add a "/" to the path: no variable
 * takes the empty segment, so no longer route fits. "$default" alone takes "//".
 */
#include "route/table.h"

#include <assert.h>
#include <stdlib.h>

#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"

enum { METHOD_ANY = 7, METHOD_COUNT };

static const char *const method_names[METHOD_ANY] = { "GET",    "POST", "PUT",    "PATCH",
                                                      "DELETE", "HEAD", "OPTIONS" };

struct route {
    struct lg_pattern pattern;
    const struct lg_route_entry *entry;
};

/* The routes of one shape. */
struct shape {
    const struct route *by_method[METHOD_COUNT];
};

struct node {
    struct lg_map *literals; /* decoded text to node; NULL: none */
    struct node *param;      /* behind a variable, or NULL */
    struct shape *end;       /* routes that end here, or NULL */
    struct shape *greedy;    /* routes that take all the rest from here, or NULL */
};

struct lg_route_table {
    struct lg_arena arena; /* nodes, shapes, patterns */
    struct node *root;
    const struct route *fallback; /* $default, or NULL */
};

static int method_index(struct lg_str method)
{
    for (int i = 0; i < METHOD_ANY; i++) {
        if (lg_str_is(method, method_names[i]))
            return i;
    }
    return METHOD_ANY;
}

/* --- building ------------------------------------------------------------------------------- */

static void free_literals(void *map)
{
    lg_map_free(map, NULL);
}

static struct node *literal_child(struct lg_route_table *table, struct node *node,
                                  struct lg_str text)
{
    if (node->literals == NULL) {
        node->literals = lg_map_new();
        lg_arena_defer(&table->arena, free_literals, node->literals);
    }
    struct node *child = lg_map_get(node->literals, text);
    if (child == NULL) {
        child = LG_ARENA_NEW(&table->arena, struct node);
        enum lg_err err = lg_map_put(node->literals, text, child);
        assert(err == LG_OK);
        (void)err;
    }
    return child;
}

static struct node *param_child(struct lg_route_table *table, struct node *node)
{
    if (node->param == NULL)
        node->param = LG_ARENA_NEW(&table->arena, struct node);
    return node->param;
}

static struct shape *shape_at(struct lg_route_table *table, struct shape **place)
{
    if (*place == NULL)
        *place = LG_ARENA_NEW(&table->arena, struct shape);
    return *place;
}

/* Walks to the place of `pattern`, making what is not there yet. */
static struct shape *shape_of(struct lg_route_table *table, const struct lg_pattern *pattern)
{
    struct node *node = table->root;

    for (size_t i = 0; i < pattern->segment_count; i++) {
        const struct lg_segment *segment = &pattern->segments[i];

        if (segment->kind == LG_SEGMENT_GREEDY)
            return shape_at(table, &node->greedy);
        node = segment->kind == LG_SEGMENT_PARAM ? param_child(table, node)
                                                 : literal_child(table, node, segment->text);
    }
    return shape_at(table, &node->end);
}

static void put(const struct route **place, const struct route *route, struct lg_faults *faults)
{
    const struct route *other = *place;

    if (other == NULL) {
        *place = route;
        return;
    }
    lg_faults_add(faults, &route->entry->where,
                  "found \"%s\", which takes the same requests as \"%s\" at %s:%u, expected one "
                  "route for a method and path (names of variables make no difference)",
                  route->entry->key, other->entry->key, other->entry->where.file,
                  other->entry->where.line);
}

static void add(struct lg_route_table *table, const struct lg_route_entry *entry,
                struct lg_faults *faults)
{
    struct route *route = LG_ARENA_NEW(&table->arena, struct route);
    const char *message;

    route->entry = entry;
    if (lg_pattern_parse(&table->arena, lg_str_of(entry->key), &route->pattern, &message) != LG_OK)
        lg_faults_add(faults, &entry->where, "%s", message);
    else if (route->pattern.is_default)
        put(&table->fallback, route, faults);
    else
        put(&shape_of(table, &route->pattern)->by_method[method_index(route->pattern.method)],
            route, faults);
}

/* ANY stands for the methods that have no route of their own; when all have, for nothing. */
static void check_any(const struct shape *shape, struct lg_faults *faults)
{
    if (shape == NULL || shape->by_method[METHOD_ANY] == NULL)
        return;
    for (int i = 0; i < METHOD_ANY; i++) {
        if (shape->by_method[i] == NULL)
            return;
    }
    const struct lg_route_entry *any = shape->by_method[METHOD_ANY]->entry;
    const struct lg_route_entry *get = shape->by_method[0]->entry;
    lg_faults_add(faults, &any->where,
                  "found \"%s\", which no request can reach: \"%s\" at %s:%u and the routes of the "
                  "other six methods take all",
                  any->key, get->key, get->where.file, get->where.line);
}

static void check_reach(const struct node *node, struct lg_faults *faults)
{
    check_any(node->end, faults);
    check_any(node->greedy, faults);
    if (node->param != NULL)
        check_reach(node->param, faults);
    for (size_t i = 0; node->literals != NULL && i < lg_map_count(node->literals); i++)
        check_reach(lg_map_at(node->literals, i, NULL), faults);
}

struct lg_route_table *lg_route_table_build(const struct lg_route_entry *entries, size_t count,
                                            struct lg_faults *faults)
{
    struct lg_route_table *table = LG_NEW(struct lg_route_table);
    size_t faults_before = lg_faults_count(faults);

    lg_arena_init(&table->arena);
    table->root = LG_ARENA_NEW(&table->arena, struct node);
    for (size_t i = 0; i < count; i++)
        add(table, &entries[i], faults);
    check_reach(table->root, faults);
    if (lg_faults_count(faults) == faults_before)
        return table;
    lg_route_table_free(table);
    return NULL;
}

void lg_route_table_free(struct lg_route_table *table)
{
    if (table == NULL)
        return;
    lg_arena_done(&table->arena);
    free(table);
}

/* --- finding -------------------------------------------------------------------------------- */

/* A path cut at its slashes. No pattern is longer than LG_SEGMENTS_MAX: one more tells enough. */
struct cut_path {
    struct lg_str path;
    size_t starts[LG_SEGMENTS_MAX + 1];     /* where the segment begins in the path */
    struct lg_str raw[LG_SEGMENTS_MAX + 1]; /* as it stands there */
    struct lg_str decoded[LG_SEGMENTS_MAX + 1];
    size_t count;
    size_t text_end; /* all from here on is slashes */
};

static void cut(struct lg_arena *arena, struct lg_str path, struct cut_path *ret_cut)
{
    size_t at = 1;

    ret_cut->path = path;
    ret_cut->count = 0;
    ret_cut->text_end = path.size;
    while (ret_cut->text_end > 0 && path.data[ret_cut->text_end - 1] == '/')
        ret_cut->text_end--;
    if (path.size == 1)
        return; /* "/" has no segment, "//" has two empty ones */
    while (at <= path.size && ret_cut->count <= LG_SEGMENTS_MAX) {
        size_t end = lg_str_find(path, '/', at);
        size_t i = ret_cut->count++;

        ret_cut->starts[i] = at;
        ret_cut->raw[i] = lg_str_part(path, at, end);
        ret_cut->decoded[i] = lg_percent_decode(arena, ret_cut->raw[i], false);
        at = end + 1;
    }
}

struct search {
    const struct cut_path *cut;
    int method;
    const struct route *greedy; /* the best one met so far, for when no full match is found */
};

static const struct route *for_method(const struct shape *shape, int method)
{
    if (shape == NULL)
        return NULL;
    return shape->by_method[method] != NULL ? shape->by_method[method]
                                            : shape->by_method[METHOD_ANY];
}

/*
 * Returns the best full match at or below `node`. Candidates are met in the order literal,
 * variable, greedy at every position; so the greedy route met first is the one with the longest
 * literal prefix.
 */
static const struct route *walk(struct search *search, const struct node *node, size_t depth)
{
    const struct cut_path *path = search->cut;
    const struct route *found = NULL;

    if (depth == path->count)
        return for_method(node->end, search->method);
    if (node->literals != NULL) {
        const struct node *child = lg_map_get(node->literals, path->decoded[depth]);

        if (child != NULL)
            found = walk(search, child, depth + 1);
    }
    if (found == NULL && node->param != NULL && path->raw[depth].size > 0)
        found = walk(search, node->param, depth + 1);
    if (search->greedy == NULL && path->starts[depth] < path->text_end)
        search->greedy = for_method(node->greedy, search->method);
    return found;
}

/* The rest of the path without slashes around it; those between its segments stay. */
static struct lg_str greedy_rest(const struct cut_path *cut, size_t depth)
{
    size_t from = cut->starts[depth];

    while (cut->path.data[from] == '/')
        from++;
    return lg_str_part(cut->path, from, cut->text_end);
}

static void capture(struct lg_arena *arena, const struct lg_pattern *pattern,
                    const struct cut_path *cut, struct lg_route_match *match)
{
    struct lg_capture *captures = lg_arena_alloc(arena, pattern->segment_count * sizeof(*captures));
    size_t count = 0;

    for (size_t i = 0; i < pattern->segment_count; i++) {
        const struct lg_segment *segment = &pattern->segments[i];
        struct lg_capture *next = &captures[count];

        if (segment->kind == LG_SEGMENT_LITERAL)
            continue;
        assert(i < cut->count);
        *next = (struct lg_capture){ segment->text, cut->raw[i], cut->decoded[i] };
        if (segment->kind == LG_SEGMENT_GREEDY) {
            next->raw = greedy_rest(cut, i);
            next->value = lg_percent_decode(arena, next->raw, false);
        }
        count++;
    }
    match->captures = captures;
    match->capture_count = count;
}

enum lg_err lg_route_table_find(const struct lg_route_table *table, struct lg_arena *arena,
                                struct lg_str method, struct lg_str path,
                                struct lg_route_match *ret_match)
{
    struct cut_path cut_up; /* too large to clear for each request */
    struct search search = { .cut = &cut_up, .method = method_index(method) };
    const struct route *found = NULL;

    cut_up.count = 0;
    if (lg_str_starts(path, LG_STR("/"))) {
        cut(arena, path, &cut_up);
        found = walk(&search, table->root, 0);
    }
    if (found == NULL)
        found = search.greedy != NULL ? search.greedy : table->fallback;
    if (found == NULL)
        return LG_ERR_NOT_FOUND;
    *ret_match = (struct lg_route_match){ .rule = found->entry->rule, .pattern = &found->pattern };
    capture(arena, &found->pattern, &cut_up, ret_match);
    return LG_OK;
}
