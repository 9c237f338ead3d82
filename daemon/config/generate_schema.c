/*
 * generate_schema.c -- conf/lambdagate.schema.json: what an editor can check of a file.
 *
 * It is never stricter than the daemon. Everything may also hold ${NAME}, of which only the
 * daemon knows what it becomes.
 */
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "config/generate.h"
#include "config/generate_text.h"

#define EXPANSION "{\"$ref\":\"#/$defs/expansion\"}"
#define TEXT "{\"$ref\":\"#/$defs/text\"}"

static const char definitions[] =
    "\"expansion\":{\"type\":\"string\",\"pattern\":\"\\\\$\\\\{\","
    "\"description\":\"Holds something from the environment.\"},"
    "\"text\":{\"type\":[\"string\",\"number\",\"boolean\"]},"
    "\"texts\":{\"type\":\"array\",\"minItems\":1,\"items\":" TEXT "},"
    "\"boolean\":{\"anyOf\":[" EXPANSION ",{\"type\":\"boolean\"}]},"
    "\"duration\":{\"anyOf\":[" EXPANSION
    ",{\"type\":\"string\",\"pattern\":\"^(0|[1-9][0-9]*)(ms|s|m|h)$\"}]},"
    "\"size\":{\"anyOf\":[" EXPANSION ",{\"type\":\"integer\",\"minimum\":0},"
    "{\"type\":\"string\",\"pattern\":\"^(0|[1-9][0-9]*)([KMG]i?B|B)?$\"}]},"
    "\"mode\":{\"anyOf\":[" EXPANSION ",{\"type\":\"integer\",\"minimum\":0},"
    "{\"type\":\"string\",\"pattern\":\"^(0o?)?[0-7]{3}$\"}]},"
    "\"address\":{\"anyOf\":[" EXPANSION ",{\"type\":\"string\","
    "\"pattern\":\"^(/"
    ".{1,106}|[A-Za-z0-9.-]+:[0-9]{1,5}|\\\\[[0-9A-Fa-f:.]+\\\\]:[0-9]{1,5})$\"}]}";

static void add_string(struct lg_buf *out, const char *text)
{
    lg_json_add_string(out, lg_str_of(text));
}

static void add_strings(struct lg_buf *out, const char *const *texts)
{
    for (size_t i = 0; texts[i] != NULL; i++) {
        if (i > 0)
            lg_buf_add_char(out, ',');
        add_string(out, texts[i]);
    }
}

/* Tables hold patterns without anchors. */
static void add_pattern(struct lg_buf *out, const struct lg_shape *shape)
{
    struct lg_buf pattern;

    lg_buf_init(&pattern, SIZE_MAX);
    lg_buf_printf(&pattern, "^(?:%s)$", shape->pattern);
    lg_buf_add_cstr(out, "\"pattern\":");
    lg_json_add_string(out, lg_buf_str(&pattern));
    lg_buf_done(&pattern);
}

static void add_shaped_text(struct lg_buf *out, const struct lg_shape *shape)
{
    if (shape == NULL) {
        lg_buf_add_cstr(out, TEXT);
        return;
    }
    /* A number has no pattern: what YAML takes for one may be fine as a text. */
    lg_buf_add_cstr(out,
                    "{\"anyOf\":[" EXPANSION ",{\"type\":[\"string\",\"number\",\"boolean\"],");
    add_pattern(out, shape);
    lg_buf_add_cstr(out, "}]}");
}

static void add_choices(struct lg_buf *out, const struct lg_option *option)
{
    lg_buf_add_cstr(out, "{\"enum\":[");
    for (size_t i = 0; i < option->choice_count; i++) {
        if (i > 0)
            lg_buf_add_char(out, ',');
        add_string(out, option->choices[i].name);
        if (option->choices[i].number)
            lg_buf_printf(out, ",%s", option->choices[i].name);
    }
    lg_buf_add_cstr(out, "]}");
}

static void add_integer(struct lg_buf *out, const struct lg_option *option)
{
    lg_buf_add_cstr(out, "{\"anyOf\":[" EXPANSION ",");
    if (option->choice_count > 0) {
        add_choices(out, option);
        lg_buf_add_char(out, ',');
    }
    lg_buf_printf(out, "{\"type\":\"integer\",\"minimum\":%lld,\"maximum\":%lld}]}",
                  (long long)option->min, (long long)option->max);
}

static void add_names(struct lg_buf *out, const struct lg_shape *shape)
{
    lg_buf_add_cstr(out, "{\"type\":[\"object\",\"null\"],");
    if (shape != NULL) {
        lg_buf_add_cstr(out, "\"propertyNames\":{");
        add_pattern(out, shape);
        lg_buf_add_cstr(out, "},");
    }
    lg_buf_add_cstr(out, "\"additionalProperties\":");
}

static void add_strings_type(struct lg_buf *out, const struct lg_option *option)
{
    bool one = (option->flags & LG_OPTION_ONE_OR_MORE) != 0;

    if (option->shape == NULL && !one) {
        lg_buf_add_cstr(out, "{\"$ref\":\"#/$defs/texts\"}");
        return;
    }
    if (one) {
        lg_buf_add_cstr(out, "{\"anyOf\":[");
        add_shaped_text(out, option->shape);
        lg_buf_add_char(out, ',');
    }
    lg_buf_add_cstr(out, "{\"type\":\"array\",\"minItems\":1,\"items\":");
    add_shaped_text(out, option->shape);
    lg_buf_add_cstr(out, one ? "}]}" : "}");
}

static void add_pairs_type(struct lg_buf *out, const struct lg_option *option)
{
    bool one = (option->flags & LG_OPTION_ONE_OR_MORE) != 0;

    if (one)
        lg_buf_add_cstr(out, "{\"anyOf\":[" TEXT ",");
    add_names(out, option->name);
    add_shaped_text(out, option->shape);
    lg_buf_add_cstr(out, one ? "}]}" : "}");
}

static void add_nested(struct lg_buf *out, const struct lg_option *option)
{
    if (option->choice_count > 0) {
        lg_buf_add_cstr(out, "{\"anyOf\":[" EXPANSION ",");
        add_choices(out, option);
        lg_buf_add_char(out, ',');
    }
    lg_buf_printf(out, "{\"$ref\":\"#/$defs/%s\"}", option->group->name);
    if (option->choice_count > 0)
        lg_buf_add_cstr(out, "]}");
}

static void add_type(struct lg_buf *out, const struct lg_option *option)
{
    static const char *const fixed[] = {
        [LG_OPTION_BOOL] = "{\"$ref\":\"#/$defs/boolean\"}",
        [LG_OPTION_DURATION] = "{\"$ref\":\"#/$defs/duration\"}",
        [LG_OPTION_SIZE] = "{\"$ref\":\"#/$defs/size\"}",
        [LG_OPTION_MODE] = "{\"$ref\":\"#/$defs/mode\"}",
        [LG_OPTION_ADDRESS] = "{\"$ref\":\"#/$defs/address\"}",
        [LG_OPTION_PATH] = TEXT,
        [LG_OPTION_JSON] = "true",
        [LG_OPTION_FUNCTION] = TEXT,
    };

    switch (option->type) {
    case LG_OPTION_STRING:
        add_shaped_text(out, option->shape);
        break;
    case LG_OPTION_ENUM:
        lg_buf_add_cstr(out, "{\"anyOf\":[" EXPANSION ",");
        add_choices(out, option);
        lg_buf_add_cstr(out, "]}");
        break;
    case LG_OPTION_INTEGER:
        add_integer(out, option);
        break;
    case LG_OPTION_STRINGS:
        add_strings_type(out, option);
        break;
    case LG_OPTION_PAIRS:
        add_pairs_type(out, option);
        break;
    case LG_OPTION_NAMED_PAIRS:
        add_names(out, option->name);
        add_names(out, NULL);
        lg_buf_add_cstr(out, TEXT "}}");
        break;
    case LG_OPTION_GROUP:
        add_nested(out, option);
        break;
    case LG_OPTION_MAP:
        add_names(out, option->name);
        lg_buf_printf(out, "{\"$ref\":\"#/$defs/%s\"}}", option->group->name);
        break;
    default:
        lg_buf_add_cstr(out, fixed[option->type]);
    }
}

static bool is_written_bare(const struct lg_option *option)
{
    if (option->type == LG_OPTION_ENUM)
        return option->choices[0].number && strchr(option->fallback, '.') == NULL;
    if (option->type == LG_OPTION_INTEGER)
        return option->choice_count == 0 || strcmp(option->fallback, option->choices[0].name) != 0;
    return option->type == LG_OPTION_BOOL;
}

/* A property: what it takes as a part of its own, so that help and default stand beside it. */
static void add_property(struct lg_buf *out, const struct lg_option *option)
{
    lg_buf_add_cstr(out, "{\"description\":");
    add_string(out, option->help);
    if (option->fallback != NULL) {
        lg_buf_add_cstr(out, ",\"default\":");
        if (is_written_bare(option))
            lg_buf_add_cstr(out, option->fallback);
        else
            add_string(out, option->fallback);
    }
    lg_buf_add_cstr(out, ",\"allOf\":[");
    add_type(out, option);
    lg_buf_add_cstr(out, "]}");
}

static void add_required(struct lg_buf *out, const struct lg_group *group)
{
    bool first = true;

    for (size_t i = 0; i < group->count; i++) {
        if ((group->options[i].flags & LG_OPTION_REQUIRED) == 0)
            continue;
        lg_buf_add_cstr(out, first ? ",\"required\":[" : ",");
        add_string(out, group->options[i].key);
        first = false;
    }
    if (!first)
        lg_buf_add_char(out, ']');
}

static void add_one_of(struct lg_buf *out, const char *const *keys)
{
    for (size_t i = 0; keys[i] != NULL; i++) {
        lg_buf_add_cstr(out, i == 0 ? ",\"oneOf\":[{\"required\":[" : ",{\"required\":[");
        add_string(out, keys[i]);
        lg_buf_add_cstr(out, "]}");
    }
    lg_buf_add_char(out, ']');
}

static void add_presence(struct lg_buf *out, const char *key)
{
    lg_buf_add_cstr(out, "{\"required\":[");
    add_string(out, key);
    lg_buf_add_cstr(out, "]}");
}

static void add_needs(struct lg_buf *out, const struct lg_need *needs)
{
    for (size_t i = 0; needs[i].key != NULL; i++) {
        lg_buf_add_cstr(out, i == 0 ? ",\"dependentRequired\":{" : ",");
        add_string(out, needs[i].key);
        lg_buf_add_cstr(out, ":[");
        add_string(out, needs[i].needs);
        lg_buf_add_char(out, ']');
    }
    lg_buf_add_char(out, '}');
}

static void add_needs_one(struct lg_buf *out, const struct lg_need_one *needs)
{
    for (size_t i = 0; needs[i].key != NULL; i++) {
        lg_buf_add_cstr(out, i == 0 ? ",\"dependentSchemas\":{" : ",");
        add_string(out, needs[i].key);
        lg_buf_add_cstr(out, ":{\"anyOf\":[");
        add_presence(out, needs[i].one);
        lg_buf_add_char(out, ',');
        add_presence(out, needs[i].other);
        lg_buf_add_cstr(out, "]}");
    }
    lg_buf_add_char(out, '}');
}

static bool may_be_empty(const struct lg_group *group)
{
    for (size_t i = 0; i < group->count; i++)
        if ((group->options[i].flags & LG_OPTION_REQUIRED) != 0)
            return false;
    return group->one_of == NULL;
}

/* No two of them: each pair is a rule. */
static void add_at_most_one(struct lg_buf *out, const char *const *keys)
{
    bool first = true;

    lg_buf_add_cstr(out, ",\"not\":{\"type\":\"object\",\"anyOf\":[");
    for (size_t i = 0; keys[i] != NULL; i++) {
        for (size_t j = i + 1; keys[j] != NULL; j++) {
            const char *const pair[] = { keys[i], keys[j], NULL };
            lg_buf_add_cstr(out, first ? "{\"required\":[" : ",{\"required\":[");
            add_strings(out, pair);
            lg_buf_add_cstr(out, "]}");
            first = false;
        }
    }
    lg_buf_add_cstr(out, "]}");
}

static void add_rules(struct lg_buf *out, const struct lg_group *group)
{
    add_required(out, group);
    if (group->one_of != NULL)
        add_one_of(out, group->one_of);
    if (group->at_most_one != NULL)
        add_at_most_one(out, group->at_most_one);
    if (group->needs != NULL)
        add_needs(out, group->needs);
    if (group->needs_one != NULL)
        add_needs_one(out, group->needs_one);
}

/* The members of the schema of a group, without braces. */
static void add_group(struct lg_buf *out, const struct lg_group *group)
{
    bool first = true;

    lg_buf_add_cstr(out, "\"description\":");
    add_string(out, group->help);
    lg_buf_printf(out, ",\"type\":%s,\"additionalProperties\":false,\"properties\":{",
                  may_be_empty(group) ? "[\"object\",\"null\"]" : "\"object\"");
    for (size_t i = 0; i < group->count; i++) {
        lg_json_add_name(out, &first, group->options[i].key);
        add_property(out, &group->options[i]);
    }
    lg_buf_add_char(out, '}');
    add_rules(out, group);
}

static void add_definitions(struct lg_buf *out, const struct lg_group *group,
                            struct lg_generate_seen *seen)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct lg_group *below = group->options[i].group;
        if (below == NULL || lg_generate_see(seen, below, "") != NULL)
            continue;
        lg_buf_add_char(out, ',');
        add_string(out, below->name);
        lg_buf_add_cstr(out, ":{");
        add_group(out, below);
        lg_buf_add_char(out, '}');
        add_definitions(out, below, seen);
    }
}

/* Adds the compact JSON text again, for people. */
static void add_indented(struct lg_buf *out, const struct lg_buf *text)
{
    json_t *tree = json_loadb(text->data, text->size, JSON_REJECT_DUPLICATES, NULL);
    assert(tree != NULL);
    char *indented = json_dumps(tree, JSON_INDENT(2));
    assert(indented != NULL);

    lg_buf_add_cstr(out, indented);
    lg_buf_add_char(out, '\n');
    free(indented);
    json_decref(tree);
}

void lg_generate_schema(struct lg_buf *out)
{
    struct lg_generate_seen seen = { .count = 0 };
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    lg_buf_add_cstr(&text, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
                           "\"title\":\"lambdagate configuration\",");
    add_group(&text, &lg_options);
    lg_buf_add_cstr(&text, ",\"$defs\":{");
    lg_buf_add_cstr(&text, definitions);
    add_definitions(&text, &lg_options, &seen);
    lg_buf_add_cstr(&text, "}}");
    add_indented(out, &text);
    lg_buf_done(&text);
}
