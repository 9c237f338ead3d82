/* fixed.c -- walks the options table over two configurations: what differs and must not. */
#include "config/fixed.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "config/node.h"
#include "config/options.h"

struct pair {
    const void *old, *new;      /* structs of one group */
    const struct lg_node *node; /* of it in the new file; NULL: it is not there */
    const char *file;
    struct lg_faults *faults;
};

static bool same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static bool same_address(const struct lg_config_address *a, const struct lg_config_address *b)
{
    return same_text(a->host, b->host) && same_text(a->path, b->path) && a->port == b->port;
}

static bool same_value(const struct lg_option *option, const void *a, const void *b)
{
    switch (option->type) {
    case LG_OPTION_ENUM:
    case LG_OPTION_BOOL:
    case LG_OPTION_INTEGER:
    case LG_OPTION_DURATION:
    case LG_OPTION_SIZE:
    case LG_OPTION_MODE:
        return memcmp(a, b, option->size) == 0;
    case LG_OPTION_STRING:
    case LG_OPTION_PATH:
        return same_text(*(const char *const *)a, *(const char *const *)b);
    case LG_OPTION_ADDRESS:
        return same_address(a, b);
    case LG_OPTION_STRINGS:
    case LG_OPTION_PAIRS:
    case LG_OPTION_NAMED_PAIRS:
    case LG_OPTION_JSON:
    case LG_OPTION_FUNCTION:
    case LG_OPTION_GROUP:
    case LG_OPTION_MAP:
        break;
    }
    assert(false && "options of this type cannot be fixed");
    return false;
}

static const struct lg_node *child_of(const struct lg_node *node, const char *key)
{
    return node != NULL ? lg_node_get(node, key) : NULL;
}

static void check_option(const struct pair *pair, const struct lg_option *option,
                         const char *prefix)
{
    char path[128];
    struct lg_where where = { pair->file, 0, path };

    if (same_value(option, (const char *)pair->old + option->at,
                   (const char *)pair->new + option->at))
        return;
    (void)snprintf(path, sizeof(path), "%s%s", prefix, option->key);
    const struct lg_node *node = child_of(pair->node, option->key);
    if (node != NULL)
        where.line = node->where.line;
    lg_faults_add(pair->faults, &where, "changed, but this option is read at start only");
}

/* The struct of a group that has one of its own, where it stands in both. */
static bool group_of(const struct pair *pair, const struct lg_option *option, struct pair *ret_pair)
{
    *ret_pair = *pair;
    ret_pair->node = child_of(pair->node, option->key);
    if (option->group->size == 0)
        return true;
    ret_pair->old = *(const void *const *)((const char *)pair->old + option->at);
    ret_pair->new = *(const void *const *)((const char *)pair->new + option->at);
    return ret_pair->old != NULL && ret_pair->new != NULL;
}

static void check_group(const struct pair *pair, const struct lg_group *group, const char *prefix)
{
    struct pair inner;
    char below[64];

    for (size_t i = 0; i < group->count; i++) {
        const struct lg_option *option = &group->options[i];

        if ((option->flags & LG_OPTION_FIXED) != 0)
            check_option(pair, option, prefix);
        if (option->type != LG_OPTION_GROUP || !group_of(pair, option, &inner))
            continue;
        (void)snprintf(below, sizeof(below), "%s%s.", prefix, option->key);
        check_group(&inner, option->group, below);
    }
}

void lg_config_check_fixed(const struct lg_config *old, const struct lg_config *new,
                           struct lg_faults *faults)
{
    const struct pair pair = { old, new, new->root, new->file, faults };

    check_group(&pair, &lg_options, "");
}
