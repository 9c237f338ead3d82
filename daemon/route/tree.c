/*
 * tree.c -- packs the tree of segments, and walks it.
 *
 * A node is reached by one way only, so one lookup visits it at most once: trying the next
 * candidate costs no more than the tree has nodes that match, and never doubles with the depth.
 *
 * Of a node's literal children the parent knows something that tells them apart, so that only the
 * one that fits is looked at: four bytes when there are up to four, else a table of slots. Keys of
 * routes are the operator's own, so nobody else can make them collide.
 */
#include "route/tree.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/lines.h"
#include "base/mem.h"

#define TAGS 4  /* children that are told apart by tags */
#define NEAR 16 /* bytes of text within a node */
#define BELOW 4 /* nodes that are fetched with one that was found by a slot: what is below it */

enum { METHOD_NONE = LG_METHOD_COUNT, METHOD_SEVERAL }; /* beside the method of a single route */

struct node {
    union {
        char near[NEAR];
        const char *far; /* in `texts` */
    } text;              /* the literal that leads here */
    uint32_t text_size;
    uint32_t first; /* index of the first literal child, when they are found by tags */
    uint32_t count; /* of literal children */
    union {
        uint8_t tags[TAGS];
        uint32_t slots; /* index of the first of slot_count(count) */
    } children;
    uint32_t param;  /* index; 0: none */
    uint32_t greedy; /* index in `several`, + 1; 0: none */
    uint8_t method;  /* of the only route that ends here, NONE or SEVERAL */
    bool variables;  /* one leads here */
    union {
        struct lg_route_end only;
        size_t several; /* index in `several` */
    } end;
};
_Static_assert(sizeof(struct node) == LG_LINE, "a node is one cache line");

struct slot {
    uint32_t tag;
    uint32_t node; /* index; 0: free */
};

struct several {
    struct lg_route_end by_method[LG_METHOD_COUNT];
};

struct lg_tree {
    struct node *nodes; /* the root is 0 */
    struct several *several;
    struct slot *slots;
    char *rows;  /* the routes' patterns, each on lines of its own */
    char *texts; /* too long for a node */
    struct lg_route_end fallback;
};

/* --- packing -------------------------------------------------------------------------------- */

/* How much of each there is; while packing, how much is used. */
struct sizes {
    size_t nodes, several, slots, rows, texts;
};

struct packing {
    struct lg_tree *tree;
    struct sizes used;
};

/* Also how many slots there are: half of them stay free. */
static size_t slot_count(size_t children)
{
    size_t count = 16;

    if (children <= TAGS)
        return 0;
    while (count < children * 2)
        count *= 2;
    return count;
}

static size_t row_size(const struct lg_draft_route *route)
{
    return lg_lines_round(sizeof(struct lg_pattern) +
                          route->pattern.segment_count * sizeof(struct lg_segment));
}

/* The method of the only route of `shape`, or SEVERAL. */
static uint8_t only_method(const struct lg_draft_shape *shape)
{
    uint8_t method = METHOD_NONE;

    for (uint8_t i = 0; shape != NULL && i < LG_METHOD_COUNT; i++) {
        if (shape->by_method[i] == NULL)
            continue;
        if (method != METHOD_NONE)
            return METHOD_SEVERAL;
        method = i;
    }
    return method;
}

static void measure_shape(const struct lg_draft_shape *shape, struct sizes *sizes)
{
    for (size_t i = 0; shape != NULL && i < LG_METHOD_COUNT; i++) {
        if (shape->by_method[i] != NULL)
            sizes->rows += row_size(shape->by_method[i]);
    }
}

static size_t literal_count(const struct lg_draft *draft)
{
    return draft->literals == NULL ? 0 : lg_map_count(draft->literals);
}

static void measure(const struct lg_draft *draft, struct sizes *sizes)
{
    size_t count = literal_count(draft);

    sizes->nodes++;
    sizes->slots += slot_count(count);
    if (only_method(draft->end) == METHOD_SEVERAL)
        sizes->several++;
    if (draft->greedy != NULL)
        sizes->several++;
    measure_shape(draft->end, sizes);
    measure_shape(draft->greedy, sizes);
    for (size_t i = 0; i < count; i++) {
        struct lg_str text;

        measure(lg_map_at(draft->literals, i, &text), sizes);
        sizes->texts += text.size > NEAR ? text.size : 0;
    }
    if (draft->param != NULL)
        measure(draft->param, sizes);
}

static struct lg_route_end pack_route(struct packing *packing, const struct lg_draft_route *route)
{
    char *row = packing->tree->rows + packing->used.rows;
    struct lg_pattern *pattern = (struct lg_pattern *)(void *)row;
    struct lg_segment *segments = (struct lg_segment *)(void *)(pattern + 1);
    size_t size = route->pattern.segment_count * sizeof(*segments);

    packing->used.rows += row_size(route);
    *pattern = route->pattern;
    pattern->segments = segments;
    if (size > 0)
        memcpy(segments, route->pattern.segments, size);
    return (struct lg_route_end){ route->entry->rule, pattern };
}

static size_t pack_several(struct packing *packing, const struct lg_draft_shape *shape)
{
    size_t index = packing->used.several++;
    struct several *several = &packing->tree->several[index];

    for (size_t i = 0; i < LG_METHOD_COUNT; i++) {
        if (shape->by_method[i] != NULL)
            several->by_method[i] = pack_route(packing, shape->by_method[i]);
    }
    return index;
}

static void pack_end(struct packing *packing, struct node *node, const struct lg_draft_shape *shape)
{
    node->method = only_method(shape);
    if (node->method == METHOD_SEVERAL)
        node->end.several = pack_several(packing, shape);
    else if (node->method != METHOD_NONE)
        node->end.only = pack_route(packing, shape->by_method[node->method]);
}

static uint64_t hash_of(struct lg_str text)
{
    const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t hash = (uint64_t)text.size * odd;
    size_t at = 0;
    uint64_t word;

    for (; at + sizeof(word) <= text.size; at += sizeof(word)) {
        memcpy(&word, text.data + at, sizeof(word));
        hash = (hash ^ word) * odd;
        hash ^= hash >> 29;
    }
    for (; at < text.size; at++)
        hash = (hash ^ (unsigned char)text.data[at]) * odd;
    return hash ^ hash >> 32;
}

static void put_text(struct packing *packing, struct node *node, struct lg_str text)
{
    char *to = node->text.near;

    node->text_size = (uint32_t)text.size;
    if (text.size > NEAR) {
        to = packing->tree->texts + packing->used.texts;
        packing->used.texts += text.size;
        node->text.far = to;
    }
    if (text.size > 0)
        memcpy(to, text.data, text.size);
}

/* Lets `node` find the child at `index`, whose literal is `text`, by a slot. */
static void enter_slot(const struct packing *packing, const struct node *node, struct lg_str text,
                       size_t index)
{
    uint64_t hash = hash_of(text);
    size_t mask = slot_count(node->count) - 1;
    struct slot *slots = &packing->tree->slots[node->children.slots];
    size_t at = hash & mask;

    while (slots[at].node != 0)
        at = (at + 1) & mask;
    slots[at] = (struct slot){ (uint32_t)(hash >> 32), (uint32_t)index };
}

static void pack(struct packing *packing, const struct lg_draft *draft, size_t index);

/* Each with all that is below it. */
static void pack_many(struct packing *packing, const struct lg_draft *draft, struct node *node)
{
    node->children.slots = (uint32_t)packing->used.slots;
    packing->used.slots += slot_count(node->count);
    for (size_t i = 0; i < node->count; i++) {
        struct lg_str text;
        const struct lg_draft *child = lg_map_at(draft->literals, i, &text);
        size_t index = packing->used.nodes++;

        enter_slot(packing, node, text, index);
        put_text(packing, &packing->tree->nodes[index], text);
        packing->tree->nodes[index].variables = node->variables;
        pack(packing, child, index);
    }
}

/* Side by side, and what is below them follows. */
static void pack_few(struct packing *packing, const struct lg_draft *draft, struct node *node)
{
    node->first = (uint32_t)packing->used.nodes;
    packing->used.nodes += node->count;
    for (size_t i = 0; i < node->count; i++) {
        struct node *child = &packing->tree->nodes[node->first + i];
        struct lg_str text;

        (void)lg_map_at(draft->literals, i, &text);
        node->children.tags[i] = (uint8_t)hash_of(text);
        put_text(packing, child, text);
        child->variables = node->variables;
    }
    for (size_t i = 0; i < node->count; i++)
        pack(packing, lg_map_at(draft->literals, i, NULL), node->first + i);
}

/* Packs what is below the node at `index`, and what ends there. */
static void pack(struct packing *packing, const struct lg_draft *draft, size_t index)
{
    struct node *node = &packing->tree->nodes[index];

    pack_end(packing, node, draft->end);
    if (draft->greedy != NULL)
        node->greedy = (uint32_t)pack_several(packing, draft->greedy) + 1;
    node->count = (uint32_t)literal_count(draft);
    if (draft->param != NULL)
        node->param = (uint32_t)packing->used.nodes++;
    if (node->count > TAGS)
        pack_many(packing, draft, node);
    else
        pack_few(packing, draft, node);
    if (draft->param != NULL) {
        packing->tree->nodes[node->param].variables = true;
        pack(packing, draft->param, node->param);
    }
}

struct lg_tree *lg_tree_pack(const struct lg_draft *root, const struct lg_draft_route *fallback)
{
    struct lg_tree *tree = LG_NEW(struct lg_tree);
    struct packing packing = { .tree = tree, .used.nodes = 1 };
    struct sizes sizes = { 0 };
    char *block;

    measure(root, &sizes);
    sizes.rows += fallback == NULL ? 0 : row_size(fallback);
    assert(sizes.nodes < UINT32_MAX && sizes.slots < UINT32_MAX);
    block =
        lg_lines_alloc(sizes.nodes * sizeof(struct node) + sizes.several * sizeof(struct several) +
                       sizes.rows + sizes.slots * sizeof(struct slot) + sizes.texts);
    tree->nodes = (struct node *)(void *)block;
    tree->several = (struct several *)(void *)(tree->nodes + sizes.nodes);
    tree->rows = (char *)(tree->several + sizes.several);
    tree->slots = (struct slot *)(void *)(tree->rows + sizes.rows);
    tree->texts = (char *)(tree->slots + sizes.slots);
    pack(&packing, root, 0);
    if (fallback != NULL)
        tree->fallback = pack_route(&packing, fallback);
    return tree;
}

void lg_tree_free(struct lg_tree *tree)
{
    if (tree == NULL)
        return;
    free(tree->nodes);
    free(tree);
}

/* --- walking -------------------------------------------------------------------------------- */

static const struct lg_route_found nothing;

struct search {
    const struct lg_tree *tree;
    const struct lg_cut_path *cut;
    int method;
    struct lg_route_found greedy; /* the best one met so far, for when no full match is found */
};

static struct lg_route_found of_several(const struct search *search, size_t index, bool variables)
{
    const struct several *several = &search->tree->several[index];
    const struct lg_route_end *end = &several->by_method[search->method];

    if (end->pattern == NULL)
        end = &several->by_method[LG_METHOD_ANY];
    return (struct lg_route_found){ *end, variables };
}

static struct lg_route_found end_of(const struct search *search, const struct node *node)
{
    if (node->method == METHOD_SEVERAL)
        return of_several(search, node->end.several, node->variables);
    if (node->method == LG_METHOD_ANY || node->method == search->method)
        return (struct lg_route_found){ node->end.only, node->variables };
    return nothing;
}

static bool leads_to(const struct node *node, struct lg_str text)
{
    const char *own = text.size > NEAR ? node->text.far : node->text.near;

    return node->text_size == text.size &&
           (text.size == 0 || memcmp(own, text.data, text.size) == 0);
}

static const struct node *literal_child(const struct lg_tree *tree, const struct node *node,
                                        struct lg_str text)
{
    uint64_t hash;

    if (node->count == 0)
        return NULL;
    hash = hash_of(text);
    if (node->count <= TAGS) {
        for (size_t i = 0; i < node->count; i++) {
            const struct node *child = &tree->nodes[node->first + i];

            if (node->children.tags[i] == (uint8_t)hash && leads_to(child, text))
                return child;
        }
        return NULL;
    }

    const struct slot *slots = &tree->slots[node->children.slots];
    size_t mask = slot_count(node->count) - 1;
    for (size_t at = hash & mask; slots[at].node != 0; at = (at + 1) & mask) {
        const struct node *child = &tree->nodes[slots[at].node];

        if (slots[at].tag != (uint32_t)(hash >> 32))
            continue;
        lg_lines_fetch(child, BELOW * sizeof(*child));
        if (leads_to(child, text))
            return child;
    }
    return NULL;
}

/*
 * Returns the best full match at or below `node`. Candidates are met in the order literal,
 * variable, greedy at every position; so the greedy route met first is the one with the longest
 * literal prefix.
 */
static struct lg_route_found walk(struct search *search, const struct node *node, size_t depth)
{
    const struct lg_cut_path *path = search->cut;
    struct lg_route_found found = nothing;
    const struct node *child;

    if (depth == path->count)
        return end_of(search, node);
    child = literal_child(search->tree, node, path->decoded[depth]);
    if (child != NULL)
        found = walk(search, child, depth + 1);
    if (found.end.pattern == NULL && node->param != 0 && path->raw[depth].size > 0)
        found = walk(search, &search->tree->nodes[node->param], depth + 1);
    if (node->greedy != 0 && search->greedy.end.pattern == NULL &&
        path->starts[depth] < path->text_end)
        search->greedy = of_several(search, node->greedy - 1, true);
    return found;
}

struct lg_route_found lg_tree_find(const struct lg_tree *tree, const struct lg_cut_path *cut,
                                   int method)
{
    struct search search = { .tree = tree, .cut = cut, .method = method };
    struct lg_route_found found = nothing;

    if (cut != NULL)
        found = walk(&search, tree->nodes, 0);
    if (found.end.pattern == NULL)
        found = search.greedy;
    return found.end.pattern == NULL ? (struct lg_route_found){ tree->fallback, false } : found;
}
