/*
 * table.c -- routes put together to a tree, and requests led through it.
 *
 * Why there is no check for routes hidden by others of another shape: none can be. Give every
 * variable of a route a text that stands in no literal; then only variables can beat it, and those
 * of the same length have the same shape. For a greedy route add a "/" to the path: no variable
 * takes the empty segment, so no longer route fits. "$default" alone takes "//".
 */
#include "route/table.h"

#include <assert.h>
#include <stdlib.h>

#include "base/lines.h"
#include "base/mem.h"
#include "base/text.h"
#include "route/tree.h"

static const char *const method_names[LG_METHOD_ANY] = { "GET",    "POST", "PUT",    "PATCH",
                                                         "DELETE", "HEAD", "OPTIONS" };

#define RULE_LINES 2 /* how much of a rule its caller is going to read */

struct lg_route_table {
    struct lg_tree *tree;
};

/* While a table is built. */
struct building {
    struct lg_arena arena; /* drafts, shapes, patterns */
    struct lg_draft *root;
    const struct lg_draft_route *fallback; /* $default, or NULL */
};

int lg_method_index(struct lg_str method)
{
    for (int i = 0; i < LG_METHOD_ANY; i++) {
        if (lg_str_is(method, method_names[i]))
            return i;
    }
    return LG_METHOD_ANY;
}

/* --- building ------------------------------------------------------------------------------- */

static void free_literals(void *map)
{
    lg_map_free(map, NULL);
}

static struct lg_draft *literal_child(struct building *building, struct lg_draft *node,
                                      struct lg_str text)
{
    if (node->literals == NULL) {
        node->literals = lg_map_new();
        lg_arena_defer(&building->arena, free_literals, node->literals);
    }
    struct lg_draft *child = lg_map_get(node->literals, text);
    if (child == NULL) {
        child = LG_ARENA_NEW(&building->arena, struct lg_draft);
        enum lg_err err = lg_map_put(node->literals, text, child);
        assert(err == LG_OK);
        (void)err;
    }
    return child;
}

static struct lg_draft *param_child(struct building *building, struct lg_draft *node)
{
    if (node->param == NULL)
        node->param = LG_ARENA_NEW(&building->arena, struct lg_draft);
    return node->param;
}

static struct lg_draft_shape *shape_at(struct building *building, struct lg_draft_shape **place)
{
    if (*place == NULL)
        *place = LG_ARENA_NEW(&building->arena, struct lg_draft_shape);
    return *place;
}

/* Walks to the place of `pattern`, making what is not there yet. */
static struct lg_draft_shape *shape_of(struct building *building, const struct lg_pattern *pattern)
{
    struct lg_draft *node = building->root;

    for (size_t i = 0; i < pattern->segment_count; i++) {
        const struct lg_segment *segment = &pattern->segments[i];

        if (segment->kind == LG_SEGMENT_GREEDY)
            return shape_at(building, &node->greedy);
        node = segment->kind == LG_SEGMENT_PARAM ? param_child(building, node)
                                                 : literal_child(building, node, segment->text);
    }
    return shape_at(building, &node->end);
}

static void put(const struct lg_draft_route **place, const struct lg_draft_route *route,
                struct lg_faults *faults)
{
    const struct lg_draft_route *other = *place;

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

static void add(struct building *building, const struct lg_route_entry *entry,
                struct lg_faults *faults)
{
    struct lg_draft_route *route = LG_ARENA_NEW(&building->arena, struct lg_draft_route);
    const char *message;

    route->entry = entry;
    if (lg_pattern_parse(&building->arena, lg_str_of(entry->key), &route->pattern, &message) !=
        LG_OK)
        lg_faults_add(faults, &entry->where, "%s", message);
    else if (route->pattern.is_default)
        put(&building->fallback, route, faults);
    else
        put(&shape_of(building, &route->pattern)->by_method[lg_method_index(route->pattern.method)],
            route, faults);
}

/* ANY stands for the methods that have no route of their own; when all have, for nothing. */
static void check_any(const struct lg_draft_shape *shape, struct lg_faults *faults)
{
    if (shape == NULL || shape->by_method[LG_METHOD_ANY] == NULL)
        return;
    for (int i = 0; i < LG_METHOD_ANY; i++) {
        if (shape->by_method[i] == NULL)
            return;
    }
    const struct lg_route_entry *any = shape->by_method[LG_METHOD_ANY]->entry;
    const struct lg_route_entry *get = shape->by_method[0]->entry;
    lg_faults_add(faults, &any->where,
                  "found \"%s\", which no request can reach: \"%s\" at %s:%u and the routes of the "
                  "other six methods take all",
                  any->key, get->key, get->where.file, get->where.line);
}

static void check_reach(const struct lg_draft *node, struct lg_faults *faults)
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
    struct building building = { .fallback = NULL };
    struct lg_route_table *table = NULL;
    size_t faults_before = lg_faults_count(faults);

    lg_arena_init(&building.arena);
    building.root = LG_ARENA_NEW(&building.arena, struct lg_draft);
    for (size_t i = 0; i < count; i++)
        add(&building, &entries[i], faults);
    check_reach(building.root, faults);
    if (lg_faults_count(faults) == faults_before) {
        table = LG_NEW(struct lg_route_table);
        table->tree = lg_tree_pack(building.root, building.fallback);
    }
    lg_arena_done(&building.arena);
    return table;
}

void lg_route_table_free(struct lg_route_table *table)
{
    if (table == NULL)
        return;
    lg_tree_free(table->tree);
    free(table);
}

/* --- finding -------------------------------------------------------------------------------- */

static void cut(struct lg_arena *arena, struct lg_str path, struct lg_cut_path *ret_cut)
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

/* The rest of the path without slashes around it; those between its segments stay. */
static struct lg_str greedy_rest(const struct lg_cut_path *cut, size_t depth)
{
    size_t from = cut->starts[depth];

    while (cut->path.data[from] == '/')
        from++;
    return lg_str_part(cut->path, from, cut->text_end);
}

static void capture(struct lg_arena *arena, const struct lg_pattern *pattern,
                    const struct lg_cut_path *cut, struct lg_route_match *match)
{
    size_t count = (size_t)__builtin_popcountll(pattern->variables);
    struct lg_capture *captures = lg_arena_alloc(arena, count * sizeof(*captures));
    uint64_t left = pattern->variables;

    for (size_t at = 0; at < count; at++, left &= left - 1) {
        size_t i = (size_t)__builtin_ctzll(left);
        const struct lg_segment *segment = &pattern->segments[i];

        assert(i < cut->count);
        captures[at] = (struct lg_capture){ segment->text, cut->raw[i], cut->decoded[i] };
        if (segment->kind == LG_SEGMENT_GREEDY) {
            captures[at].raw = greedy_rest(cut, i);
            captures[at].value = lg_percent_decode(arena, captures[at].raw, false);
        }
    }
    match->captures = captures;
    match->capture_count = count;
}

enum lg_err lg_route_table_find(const struct lg_route_table *table, struct lg_arena *arena,
                                struct lg_str method, struct lg_str path,
                                struct lg_route_match *ret_match)
{
    struct lg_cut_path cut_up; /* too large to clear for each request */
    bool is_path = lg_str_starts(path, LG_STR("/"));
    struct lg_route_found found;

    cut_up.count = 0;
    if (is_path)
        cut(arena, path, &cut_up);
    found = lg_tree_find(table->tree, is_path ? &cut_up : NULL, lg_method_index(method));
    if (found.end.pattern == NULL)
        return LG_ERR_NOT_FOUND;
    lg_lines_fetch(found.end.rule, RULE_LINES * LG_LINE);
    *ret_match = (struct lg_route_match){ .rule = found.end.rule, .pattern = found.end.pattern };
    if (found.variables)
        lg_lines_fetch(found.end.pattern, sizeof(struct lg_pattern) + LG_LINE);
    if (is_path && found.variables)
        capture(arena, found.end.pattern, &cut_up, ret_match);
    return LG_OK;
}
