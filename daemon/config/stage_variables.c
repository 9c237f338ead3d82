/* stage_variables.c -- copies scalars of routes, and puts stage variables where their names stand.
 */
#include "config/stage_variables.h"

#include <string.h>

#include "base/buf.h"
#include "config/expand.h"
#include "config/words.h"

#define START "${stageVariables."

struct filling {
    struct lg_arena *arena;
    struct lg_faults *faults;
    const struct lg_node *variables; /* of the API; NULL: none */
    size_t total;                    /* bytes that all values became */
};

static struct lg_node *child_of(struct lg_node *node, const char *key)
{
    struct lg_node *child = node->type == LG_NODE_MAPPING ? node->first : NULL;

    while (child != NULL && strcmp(child->key, key) != 0)
        child = child->next;
    return child;
}

/* Appends the variable that `text` starts with. Returns its size in the text, or 0 (reported). */
static size_t add_variable(struct filling *filling, const struct lg_node *node, const char *text,
                           struct lg_buf *out)
{
    const char *name = text + sizeof(START) - 1, *end = strchr(name, '}');
    const struct lg_node *value = NULL;

    if (end != NULL && filling->variables != NULL)
        value = lg_node_get(filling->variables,
                            lg_arena_printf(filling->arena, "%.*s", (int)(end - name), name));
    if (value == NULL || value->type == LG_NODE_LIST || value->type == LG_NODE_MAPPING) {
        lg_faults_add(filling->faults, &node->where,
                      "found %s, expected one of \"stage_variables\" of the API",
                      lg_words_quote(filling->arena, text));
        return 0;
    }
    if (value->type == LG_NODE_BROKEN)
        return 0;
    lg_buf_add_cstr(out, value->text);
    return (size_t)(end - text) + 1;
}

static bool add_filled(struct filling *filling, const struct lg_node *node, struct lg_buf *out)
{
    for (const char *at = node->text; *at != '\0';) {
        size_t step = 1;

        if (strncmp(at, START, sizeof(START) - 1) == 0)
            step = add_variable(filling, node, at, out);
        else
            lg_buf_add_char(out, *at);
        if (step == 0)
            return false;
        at += step;
    }
    return true;
}

static void fill_scalar(struct filling *filling, struct lg_node *node)
{
    struct lg_buf out;
    bool filled;

    if (strstr(node->text, START) == NULL)
        return;
    lg_buf_init(&out, LG_EXPAND_SCALAR_MAX);
    filled = add_filled(filling, node, &out);
    filling->total += out.size;
    if (filled && (lg_buf_failed(&out) || filling->total > LG_EXPAND_TOTAL_MAX)) {
        lg_faults_add(filling->faults, &node->where,
                      "found stage variables that make it larger than 1MB, or the file larger than "
                      "16MB, expected less");
        filled = false;
    }
    if (filled) {
        node->text = lg_arena_cstr(filling->arena, lg_buf_str(&out));
        node->expanded = true;
    } else {
        node->type = LG_NODE_BROKEN;
    }
    lg_buf_done(&out);
}

static void fill_below(struct filling *filling, struct lg_node *node)
{
    if (node->type == LG_NODE_SCALAR)
        fill_scalar(filling, node);
    for (struct lg_node *child = node->first; child != NULL; child = child->next)
        fill_below(filling, child);
}

static void fill_routes(struct filling *filling, struct lg_node *api)
{
    static const char *const keys[] = { "function", "http", "redirect", "respond" };
    struct lg_node *routes = child_of(api, "routes");
    struct lg_node *route =
        routes != NULL && routes->type == LG_NODE_MAPPING ? routes->first : NULL;

    filling->variables = child_of(api, "stage_variables");
    for (; route != NULL; route = route->next)
        for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
            struct lg_node *child = child_of(route, keys[i]);

            if (child != NULL)
                fill_below(filling, child);
        }
}

void lg_stage_variables(struct lg_arena *arena, struct lg_node *root, struct lg_faults *faults)
{
    struct filling filling = { .arena = arena, .faults = faults };
    struct lg_node *apis = child_of(root, "apis");
    struct lg_node *api = apis != NULL && apis->type == LG_NODE_MAPPING ? apis->first : NULL;

    fill_routes(&filling, root);
    for (; api != NULL; api = api->next)
        fill_routes(&filling, api);
}
