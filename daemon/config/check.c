/* check.c -- walks the options table over a tree: unknown, missing and contradicting keys. */
#include "config/check.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "config/read.h"
#include "config/shape.h"
#include "config/words.h"

#define KEYS_SHOWN 12

static void check_group(struct lg_reading *reading, const struct lg_group *group,
                        const struct lg_node *node, void *values);

/* --- keys ------------------------------------------------------------------------------------- */

static const struct lg_option *find_option(const struct lg_group *group, const char *key)
{
    for (size_t i = 0; i < group->count; i++)
        if (strcmp(group->options[i].key, key) == 0)
            return &group->options[i];
    return NULL;
}

static void unknown_key(struct lg_reading *reading, const struct lg_group *group,
                        const struct lg_node *child)
{
    const char **keys = lg_arena_alloc(reading->arena, group->count * sizeof(*keys));

    for (size_t i = 0; i < group->count; i++)
        keys[i] = group->options[i].key;
    lg_faults_add(reading->faults, &child->where, "found an unknown key, expected %s%s",
                  lg_words_list(reading->arena, keys, group->count, KEYS_SHOWN),
                  lg_words_meant(reading->arena, child->key, keys, group->count));
}

static void check_keys(struct lg_reading *reading, const struct lg_group *group,
                       const struct lg_node *node)
{
    const struct lg_node *child = node->type == LG_NODE_MAPPING ? node->first : NULL;

    for (; child != NULL && !lg_reading_enough(reading); child = child->next)
        if (find_option(group, child->key) == NULL)
            unknown_key(reading, group, child);
}

static size_t count_present(const struct lg_node *node, const char *const *keys)
{
    size_t count = 0;

    for (; *keys != NULL; keys++)
        if (lg_node_get(node, *keys) != NULL)
            count++;
    return count;
}

static const char *names_of(struct lg_reading *reading, const char *const *keys)
{
    size_t count = 0;

    while (keys[count] != NULL)
        count++;
    return lg_words_list(reading->arena, keys, count, KEYS_SHOWN);
}

/* The first two of `keys` that are there, for a message about one too many. */
static void too_many(struct lg_reading *reading, const struct lg_node *node,
                     const char *const *keys)
{
    const struct lg_node *first = NULL, *second = NULL;

    for (; second == NULL; keys++) {
        const struct lg_node *child = lg_node_get(node, *keys);
        if (first == NULL)
            first = child;
        else
            second = child;
    }
    lg_faults_add(reading->faults, &second->where, "found beside \"%s\", expected only one of them",
                  first->key);
}

static void check_needs_one(struct lg_reading *reading, const struct lg_group *group,
                            const struct lg_node *node)
{
    const struct lg_need_one *need = group->needs_one;

    for (; need != NULL && need->key != NULL; need++) {
        const struct lg_node *child = lg_node_get(node, need->key);

        if (child != NULL && lg_node_get(node, need->one) == NULL &&
            lg_node_get(node, need->other) == NULL)
            lg_faults_add(reading->faults, &child->where,
                          "found without \"%s\" and \"%s\", expected one of them beside it",
                          need->one, need->other);
    }
}

static void check_together(struct lg_reading *reading, const struct lg_group *group,
                           const struct lg_node *node)
{
    if (group->one_of != NULL && count_present(node, group->one_of) == 0)
        lg_faults_add(reading->faults, &node->where, "found none of the keys, expected %s",
                      names_of(reading, group->one_of));
    if (group->one_of != NULL && count_present(node, group->one_of) > 1)
        too_many(reading, node, group->one_of);
    if (group->at_most_one != NULL && count_present(node, group->at_most_one) > 1)
        too_many(reading, node, group->at_most_one);
    for (const struct lg_need *need = group->needs; need != NULL && need->key != NULL; need++) {
        const struct lg_node *child = lg_node_get(node, need->key);
        if (child != NULL && lg_node_get(node, need->needs) == NULL)
            lg_faults_add(reading->faults, &child->where,
                          "found without \"%s\", expected the two together", need->needs);
    }
    check_needs_one(reading, group, node);
}

/* --- nested groups ---------------------------------------------------------------------------- */

static bool is_mapping(struct lg_reading *reading, const struct lg_option *option,
                       const struct lg_node *node)
{
    /* A key with nothing behind it holds nothing: in the example file, all is commented out. */
    if (node->type == LG_NODE_MAPPING || lg_node_is_null(node))
        return true;
    lg_reading_mismatch(reading, option, node);
    return false;
}

/* A word in the place of a group: each of them says that there is none. */
static const struct lg_choice *find_word(const struct lg_option *option, const struct lg_node *node)
{
    if (node->type != LG_NODE_SCALAR || node->text == NULL)
        return NULL;
    for (size_t i = 0; i < option->choice_count; i++)
        if (strcmp(option->choices[i].name, node->text) == 0)
            return &option->choices[i];
    return NULL;
}

static void keep_pointer(void *field, const void *pointer)
{
    memcpy(field, &pointer, sizeof(pointer));
}

static void read_group(struct lg_reading *reading, const struct lg_option *option,
                       const struct lg_node *node, char *base)
{
    const struct lg_group *group = option->group;
    const struct lg_choice *word = find_word(option, node);

    if (word != NULL && option->word_at != 0)
        memcpy(base + option->word_at, &word->value, sizeof(word->value));
    if (word != NULL || !is_mapping(reading, option, node))
        return;
    if (group->size == 0) {
        check_group(reading, group, node, base);
        return;
    }
    void *values = lg_arena_zalloc(reading->arena, group->size);
    check_group(reading, group, node, values);
    keep_pointer(base + option->at, values);
}

static void read_entry(struct lg_reading *reading, const struct lg_option *option,
                       const struct lg_node *child, char *values)
{
    if (option->name != NULL && !lg_shape_fits(option->name, child->key))
        lg_faults_add(reading->faults, &child->where, "found the name %s, expected %s",
                      lg_words_quote(reading->arena, child->key), option->name->expected);
    keep_pointer(values + option->group->name_at, child->key);
    if (child->type != LG_NODE_BROKEN && is_mapping(reading, option, child))
        check_group(reading, option->group, child, values);
}

static void read_map(struct lg_reading *reading, const struct lg_option *option,
                     const struct lg_node *node, char *base)
{
    size_t size = option->group->size, count = 0;

    if (!is_mapping(reading, option, node))
        return;
    char *entries = lg_arena_zalloc(reading->arena, node->count * size);
    for (const struct lg_node *child = node->first; child != NULL; child = child->next)
        read_entry(reading, option, child, entries + count++ * size);
    keep_pointer(base + option->at, entries);
    memcpy(base + option->count_at, &count, sizeof(count));
}

/* --- a group ---------------------------------------------------------------------------------- */

static void read_option(struct lg_reading *reading, const struct lg_option *option,
                        const struct lg_node *node, char *base)
{
    if (option->where_at != 0)
        memcpy(base + option->where_at, &node->where, sizeof(node->where));
    if (option->type == LG_OPTION_GROUP)
        read_group(reading, option, node, base);
    else if (option->type == LG_OPTION_MAP)
        read_map(reading, option, node, base);
    else
        lg_read(reading, option, node, base + option->at);
}

/* An option that does not stand in the file: its default, or a fault. */
static void read_absent(struct lg_reading *reading, const struct lg_option *option,
                        const struct lg_node *group_node, char *base)
{
    struct lg_node node = { .type = LG_NODE_SCALAR, .where = group_node->where };

    if ((option->flags & LG_OPTION_REQUIRED) != 0) {
        lg_faults_add(reading->faults, &group_node->where, "found no \"%s\", expected it here",
                      option->key);
    } else if (option->fallback != NULL) {
        node.text = option->fallback;
        lg_read(reading, option, &node, base + option->at);
    } else if (option->type == LG_OPTION_GROUP && option->group->size == 0) {
        node.text = "";
        read_group(reading, option, &node, base);
    }
}

static bool is_nested(const struct lg_option *option)
{
    return option->type == LG_OPTION_GROUP || option->type == LG_OPTION_MAP;
}

/* Returns whether all of the group's own values are there; nested groups judge themselves. */
static bool read_options(struct lg_reading *reading, const struct lg_group *group,
                         const struct lg_node *node, char *base)
{
    bool whole = true;

    for (size_t i = 0; i < group->count && !lg_reading_enough(reading); i++) {
        const struct lg_option *option = &group->options[i];
        const struct lg_node *child = lg_node_get(node, option->key);
        size_t before = lg_faults_count(reading->faults);
        if (child == NULL)
            read_absent(reading, option, node, base);
        else if (child->type != LG_NODE_BROKEN)
            read_option(reading, option, child, base);
        if (child != NULL && child->type == LG_NODE_BROKEN)
            whole = false;
        if (!is_nested(option) && lg_faults_count(reading->faults) > before)
            whole = false;
    }
    return whole && !lg_reading_enough(reading);
}

static void check_group(struct lg_reading *reading, const struct lg_group *group,
                        const struct lg_node *node, void *values)
{
    struct lg_rule_call call = { reading->arena, reading->faults, node, reading->folder };

    if (lg_reading_enough(reading))
        return;
    if (group->where_at != 0)
        memcpy((char *)values + group->where_at, &node->where, sizeof(node->where));
    check_keys(reading, group, node);
    check_together(reading, group, node);
    if (read_options(reading, group, node, values) && group->rule != NULL)
        group->rule(&call, values);
}

void lg_check(struct lg_config *config, const struct lg_node *root, const char *folder,
              struct lg_faults *faults)
{
    struct lg_reading reading = {
        .arena = &config->arena,
        .faults = faults,
        .config = config,
        .root = root,
        .folder = folder,
        .faults_before = lg_faults_count(faults),
    };

    if (root->type == LG_NODE_MAPPING || lg_node_is_null(root))
        check_group(&reading, &lg_options, root, config);
    else if (root->type != LG_NODE_BROKEN)
        lg_faults_add(faults, &root->where, "found %s, expected a mapping",
                      lg_words_found(reading.arena, root));
    lg_map_free(reading.functions, NULL);
    if (lg_reading_enough(&reading))
        lg_faults_add(faults, &(struct lg_where){ .file = config->file },
                      "found more than %d faults, expected none: only the first are shown",
                      LG_CHECK_FAULTS_MAX);
}
