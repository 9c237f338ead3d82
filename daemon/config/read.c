/* read.c -- one reader for each type of option. */
#include "config/read.h"

#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "config/check.h"
#include "config/json_text.h"
#include "config/shape.h"
#include "config/values.h"
#include "config/words.h"

#define NAMES_SHOWN 10

typedef void read_fn(struct lg_reading *reading, const struct lg_option *option,
                     const struct lg_node *node, void *field);

bool lg_reading_enough(const struct lg_reading *reading)
{
    return lg_faults_count(reading->faults) >= reading->faults_before + LG_CHECK_FAULTS_MAX;
}

/* --- faults ----------------------------------------------------------------------------------- */

static void expected(struct lg_reading *reading, const struct lg_node *node, const char *text)
{
    lg_faults_add(reading->faults, &node->where, "found %s, expected %s",
                  lg_words_found(reading->arena, node), text);
}

static const char *expected_of(struct lg_arena *arena, const struct lg_option *option)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_option_write_expected(&out, option);
    const char *text = lg_arena_cstr(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return text;
}

void lg_reading_mismatch(struct lg_reading *reading, const struct lg_option *option,
                         const struct lg_node *node)
{
    expected(reading, node, expected_of(reading->arena, option));
}

/* A scalar with something in it; else reported. */
static bool is_text(struct lg_reading *reading, const struct lg_option *option,
                    const struct lg_node *node)
{
    /* ${NAME:-} means the empty text, although a file with nothing there means nothing. */
    if (node->type == LG_NODE_SCALAR && (node->expanded || !lg_node_is_null(node)))
        return true;
    lg_reading_mismatch(reading, option, node);
    return false;
}

/*
 * Numbers and booleans are written plain. What came from the environment counts as plain, for
 * JSON has no other way to write it than in quotes.
 */
static bool is_plain(const struct lg_node *node)
{
    return node->type == LG_NODE_SCALAR && (!node->quoted || node->expanded);
}

/* --- numbers ---------------------------------------------------------------------------------- */

static void store(const struct lg_option *option, void *field, int64_t value)
{
    if (option->size == sizeof(bool)) {
        *(bool *)field = value != 0;
    } else if (option->size == sizeof(int)) {
        int narrow = (int)value;
        memcpy(field, &narrow, sizeof(narrow));
    } else {
        assert(option->size == sizeof(value));
        memcpy(field, &value, sizeof(value));
    }
}

static const struct lg_choice *find_choice(const struct lg_option *option, const char *text)
{
    for (size_t i = 0; i < option->choice_count; i++)
        if (strcmp(option->choices[i].name, text) == 0)
            return &option->choices[i];
    return NULL;
}

static void unknown_choice(struct lg_reading *reading, const struct lg_option *option,
                           const struct lg_node *node)
{
    const char *names[16];

    assert(option->choice_count <= LG_COUNT(names));
    for (size_t i = 0; i < option->choice_count; i++)
        names[i] = option->choices[i].name;
    lg_faults_add(reading->faults, &node->where, "found %s%s%s, expected %s%s",
                  lg_words_found(reading->arena, node), option->noun != NULL ? ", an unknown " : "",
                  option->noun != NULL ? option->noun : "", expected_of(reading->arena, option),
                  option->choices[0].number
                      ? ""
                      : lg_words_meant(reading->arena, node->text, names, option->choice_count));
}

static void read_enum(struct lg_reading *reading, const struct lg_option *option,
                      const struct lg_node *node, void *field)
{
    if (!is_text(reading, option, node))
        return;
    const struct lg_choice *choice = find_choice(option, node->text);
    if (choice == NULL)
        unknown_choice(reading, option, node);
    else
        store(option, field, choice->value);
}

static void read_bool(struct lg_reading *reading, const struct lg_option *option,
                      const struct lg_node *node, void *field)
{
    bool value;

    if (!is_plain(node) || lg_value_bool(node->text, &value) != LG_OK)
        lg_reading_mismatch(reading, option, node);
    else
        store(option, field, value ? 1 : 0);
}

static bool within(const struct lg_option *option, int64_t value)
{
    return value >= option->min && value <= option->max;
}

static void read_integer(struct lg_reading *reading, const struct lg_option *option,
                         const struct lg_node *node, void *field)
{
    const struct lg_choice *word =
        node->type == LG_NODE_SCALAR ? find_choice(option, node->text) : NULL;
    int64_t value;

    if (word != NULL)
        store(option, field, word->value);
    else if (node->type != LG_NODE_SCALAR || lg_value_integer(node->text, &value) != LG_OK ||
             !within(option, value))
        lg_reading_mismatch(reading, option, node);
    else if (!is_plain(node))
        expected(reading, node, "the number without quotes");
    else
        store(option, field, value);
}

static void read_duration(struct lg_reading *reading, const struct lg_option *option,
                          const struct lg_node *node, void *field)
{
    int64_t value;

    if (!is_text(reading, option, node))
        return;
    if (lg_value_integer(node->text, &value) == LG_OK)
        expected(reading, node, "a duration with its unit: ms, s, m or h");
    else if (lg_value_duration(node->text, &value) != LG_OK || !within(option, value))
        lg_reading_mismatch(reading, option, node);
    else
        store(option, field, value);
}

static void read_size(struct lg_reading *reading, const struct lg_option *option,
                      const struct lg_node *node, void *field)
{
    int64_t value;

    if (!is_text(reading, option, node))
        return;
    if (lg_value_size(node->text, &value) != LG_OK || !within(option, value))
        lg_reading_mismatch(reading, option, node);
    else
        store(option, field, value);
}

static void read_mode(struct lg_reading *reading, const struct lg_option *option,
                      const struct lg_node *node, void *field)
{
    int64_t value;

    if (!is_text(reading, option, node))
        return;
    if (lg_value_mode(node->text, &value) != LG_OK)
        lg_reading_mismatch(reading, option, node);
    else
        store(option, field, value);
}

/* --- texts ------------------------------------------------------------------------------------ */

static void store_text(void *field, const char *text)
{
    memcpy(field, &text, sizeof(text));
}

static void read_string(struct lg_reading *reading, const struct lg_option *option,
                        const struct lg_node *node, void *field)
{
    if (!is_text(reading, option, node))
        return;
    if (option->shape != NULL && !lg_shape_fits(option->shape, node->text))
        lg_reading_mismatch(reading, option, node);
    else
        store_text(field, node->text);
}

const char *lg_read_path_in(struct lg_arena *arena, const char *folder, const char *path)
{
    while (path[0] == '.' && path[1] == '/')
        path += 1 + strspn(path + 1, "/");
    if (strcmp(path, ".") == 0 || *path == '\0')
        return folder;
    if (*path == '/')
        return path;
    return lg_arena_printf(arena, "%s%s%s", folder, strcmp(folder, "/") == 0 ? "" : "/", path);
}

static void read_path(struct lg_reading *reading, const struct lg_option *option,
                      const struct lg_node *node, void *field)
{
    if (!is_text(reading, option, node))
        return;
    if (*node->text == '\0')
        lg_reading_mismatch(reading, option, node);
    else
        store_text(field, lg_read_path_in(reading->arena, reading->folder, node->text));
}

static void read_address(struct lg_reading *reading, const struct lg_option *option,
                         const struct lg_node *node, void *field)
{
    const char *instead;

    if (!is_text(reading, option, node))
        return;
    if (lg_value_address(reading->arena, node->text, field, &instead) != LG_OK)
        expected(reading, node, instead);
}

static void read_json(struct lg_reading *reading, const struct lg_option *option,
                      const struct lg_node *node, void *field)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    const struct lg_node *bad = lg_json_text(&out, node);
    if (bad == NULL)
        store_text(field, lg_arena_cstr(reading->arena, lg_buf_str(&out)));
    else if (bad->type != LG_NODE_BROKEN)
        lg_reading_mismatch(reading, option, bad);
    lg_buf_done(&out);
}

/* --- several ---------------------------------------------------------------------------------- */

static void read_strings(struct lg_reading *reading, const struct lg_option *option,
                         const struct lg_node *node, void *field)
{
    const struct lg_option item = { .type = LG_OPTION_STRING, .shape = option->shape };
    read_fn *read = (option->flags & LG_OPTION_PATHS) != 0 ? read_path : read_string;
    struct lg_config_strings *strings = field;
    size_t count = 0;

    if (node->type == LG_NODE_SCALAR && (option->flags & LG_OPTION_ONE_OR_MORE) != 0) {
        const char **one = lg_arena_zalloc(reading->arena, sizeof(*one));
        read(reading, &item, node, one);
        *strings = (struct lg_config_strings){ one, 1 };
        return;
    }
    if (node->type != LG_NODE_LIST || node->count == 0) {
        lg_reading_mismatch(reading, option, node);
        return;
    }
    const char **items = lg_arena_zalloc(reading->arena, node->count * sizeof(*items));
    for (const struct lg_node *child = node->first; child != NULL; child = child->next)
        if (child->type != LG_NODE_BROKEN)
            read(reading, &item, child, &items[count++]);
    *strings = (struct lg_config_strings){ items, count };
}

/* Returns false (reported) when the name or the value will not do. */
static bool read_pair(struct lg_reading *reading, const struct lg_option *option,
                      const struct lg_node *child, struct lg_config_pair *ret_pair)
{
    static const struct lg_option text = { .type = LG_OPTION_STRING };

    if (option->name != NULL && !lg_shape_fits(option->name, child->key)) {
        lg_faults_add(reading->faults, &child->where, "found the name %s, expected %s",
                      lg_words_quote(reading->arena, child->key), option->name->expected);
        return false;
    }
    if (child->type == LG_NODE_BROKEN || !is_text(reading, &text, child))
        return false;
    if (option->shape != NULL && !lg_shape_fits(option->shape, child->text)) {
        expected(reading, child, option->shape->expected);
        return false;
    }
    *ret_pair = (struct lg_config_pair){ child->key, child->text, child->where };
    if ((option->flags & LG_OPTION_PATHS) != 0)
        ret_pair->value = lg_read_path_in(reading->arena, reading->folder, child->text);
    return true;
}

/* A text that stands without a name. */
static void read_bare_pair(struct lg_reading *reading, const struct lg_option *option,
                           const struct lg_node *node, struct lg_config_pairs *ret_pairs)
{
    struct lg_config_pair *item = lg_arena_zalloc(reading->arena, sizeof(*item));

    if (!is_text(reading, option, node))
        return;
    *item = (struct lg_config_pair){ "", node->text, node->where };
    *ret_pairs = (struct lg_config_pairs){ item, 1 };
}

static void read_pairs(struct lg_reading *reading, const struct lg_option *option,
                       const struct lg_node *node, void *field)
{
    struct lg_rule_call call = { reading->arena, reading->faults, node, reading->folder };
    struct lg_config_pairs *pairs = field;
    size_t count = 0;

    if (node->type == LG_NODE_SCALAR && (option->flags & LG_OPTION_ONE_OR_MORE) != 0) {
        read_bare_pair(reading, option, node, pairs);
        return;
    }
    if (node->type != LG_NODE_MAPPING && !lg_node_is_null(node)) {
        lg_reading_mismatch(reading, option, node);
        return;
    }
    struct lg_config_pair *items = lg_arena_zalloc(reading->arena, node->count * sizeof(*items));
    for (const struct lg_node *child = node->first; child != NULL; child = child->next)
        if (read_pair(reading, option, child, &items[count]))
            count++;
    *pairs = (struct lg_config_pairs){ items, count };
    if (option->check != NULL)
        option->check(&call, pairs);
}

static void read_named_pairs(struct lg_reading *reading, const struct lg_option *option,
                             const struct lg_node *node, void *field)
{
    static const struct lg_option pairs = { .type = LG_OPTION_PAIRS };
    struct lg_config_named_pairs *named = field;
    size_t count = 0;

    if (node->type != LG_NODE_MAPPING && !lg_node_is_null(node)) {
        lg_reading_mismatch(reading, option, node);
        return;
    }
    struct lg_config_named_pair *items =
        lg_arena_zalloc(reading->arena, node->count * sizeof(*items));
    for (const struct lg_node *child = node->first; child != NULL; child = child->next) {
        if (option->name != NULL && !lg_shape_fits(option->name, child->key))
            lg_faults_add(reading->faults, &child->where, "found the name %s, expected %s",
                          lg_words_quote(reading->arena, child->key), option->name->expected);
        items[count].name = child->key;
        items[count].where = child->where;
        if (child->type != LG_NODE_BROKEN)
            read_pairs(reading, &pairs, child, &items[count++].pairs);
    }
    *named = (struct lg_config_named_pairs){ items, count };
}

/* --- functions by name ------------------------------------------------------------------------ */

static struct lg_map *functions_of(struct lg_reading *reading)
{
    if (reading->functions != NULL)
        return reading->functions;
    reading->functions = lg_map_new();
    for (size_t i = 0; i < reading->config->function_count; i++) {
        const struct lg_config_function *function = &reading->config->functions[i];
        /* A name stands once only: the tree has no duplicate keys. */
        enum lg_err err =
            lg_map_put(reading->functions, lg_str_of(function->name), (void *)(uintptr_t)function);
        assert(err == LG_OK);
        (void)err;
    }
    return reading->functions;
}

static void unknown_function(struct lg_reading *reading, const struct lg_node *node)
{
    size_t count = reading->config->function_count;
    const char **names = lg_arena_alloc(reading->arena, count * sizeof(*names));

    for (size_t i = 0; i < count; i++)
        names[i] = reading->config->functions[i].name;
    const char *found = lg_words_found(reading->arena, node);
    if (count == 0)
        lg_faults_add(reading->faults, &node->where,
                      "found %s, an unknown function, expected it under \"functions\"", found);
    else
        lg_faults_add(reading->faults, &node->where, "found %s, an unknown function, expected %s%s",
                      found, lg_words_list(reading->arena, names, count, NAMES_SHOWN),
                      lg_words_meant(reading->arena, node->text, names, count));
}

static void read_function(struct lg_reading *reading, const struct lg_option *option,
                          const struct lg_node *node, void *field)
{
    const struct lg_node *functions = lg_node_get(reading->root, "functions");

    if (!is_text(reading, option, node))
        return;
    /* Functions that could not be read were reported where they stand. */
    if (functions != NULL && functions->type != LG_NODE_MAPPING && !lg_node_is_null(functions))
        return;
    const void *function = lg_map_get(functions_of(reading), lg_str_of(node->text));
    if (function == NULL)
        unknown_function(reading, node);
    else
        memcpy(field, &function, sizeof(function));
}

void lg_read(struct lg_reading *reading, const struct lg_option *option, const struct lg_node *node,
             void *field)
{
    static read_fn *const readers[] = {
        [LG_OPTION_STRING] = read_string,     [LG_OPTION_ENUM] = read_enum,
        [LG_OPTION_BOOL] = read_bool,         [LG_OPTION_INTEGER] = read_integer,
        [LG_OPTION_DURATION] = read_duration, [LG_OPTION_SIZE] = read_size,
        [LG_OPTION_MODE] = read_mode,         [LG_OPTION_ADDRESS] = read_address,
        [LG_OPTION_PATH] = read_path,         [LG_OPTION_STRINGS] = read_strings,
        [LG_OPTION_PAIRS] = read_pairs,       [LG_OPTION_JSON] = read_json,
        [LG_OPTION_FUNCTION] = read_function, [LG_OPTION_NAMED_PAIRS] = read_named_pairs,
    };

    assert(option->type < LG_COUNT(readers) && readers[option->type] != NULL);
    readers[option->type](reading, option, node, field);
}
