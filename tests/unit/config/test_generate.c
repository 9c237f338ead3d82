/*
 * test_generate.c -- the generated texts are whole, and the files in the repository are them.
 *
 * Run from the root of the repository. `make generate` repairs what this finds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <jansson.h>

#include "base/json.h"
#include "config/generate.h"
#include "config/options.h"
#include "parse.h"

static struct lg_buf text;

static void begin(void)
{
    lg_buf_init(&text, SIZE_MAX);
}

static void end(void)
{
    lg_buf_done(&text);
}

TestSuite(generate, .init = begin, .fini = end);

static const char *generated(const char *name)
{
    lg_buf_clear(&text);
    cr_assert(lg_generate(name, &text));
    lg_buf_add_char(&text, '\0');
    return text.data;
}

/* --- the files -------------------------------------------------------------------------------- */

static void file_is(const char *path, const char *name)
{
    FILE *file = fopen(path, "r");
    size_t size = strlen(generated(name));
    char *found = malloc(size + 2);

    cr_assert(file != NULL && found != NULL);
    size_t read = fread(found, 1, size + 1, file);
    fclose(file);
    cr_assert(read == size && memcmp(found, text.data, size) == 0,
              "%s is not what the options table makes: make generate", path);
    free(found);
}

Test(generate, the_schema_in_the_repository_is_the_generated_one)
{
    file_is("conf/lambdagate.schema.json", "schema");
}

Test(generate, the_manual_in_the_repository_is_the_generated_one)
{
    file_is("docs/configuration.md", "manual");
}

Test(generate, the_example_in_the_repository_is_the_generated_one)
{
    file_is("conf/lambdagate.yaml", "example");
}

Test(generate, there_are_no_other_texts)
{
    cr_assert(!lg_generate("poem", &text));
    cr_assert_eq(text.size, 0);
}

/* --- the example ------------------------------------------------------------------------------ */

Test(generate, the_example_passes_as_it_is)
{
    struct lg_config *config = parse_good(generated("example"));

    cr_assert_eq(config->function_count, 0);
    lg_config_free(config);
}

/* Options are `#key`, words are `# word`: takes the # away from the former. */
static char *uncommented(const char *example)
{
    struct lg_str rest = lg_str_of(example), line;
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    while (lg_str_next(&rest, '\n', &line)) {
        size_t mark = lg_str_find(line, '#', 0);
        bool option = mark + 1 < line.size && line.data[mark + 1] != ' ' &&
                      lg_str_trim(lg_str_part(line, 0, mark)).size == 0;
        lg_buf_add_str(&out, lg_str_part(line, 0, option ? mark : line.size));
        if (option)
            lg_buf_add_str(&out, lg_str_part(line, mark + 1, line.size));
        lg_buf_add_char(&out, '\n');
    }
    return lg_buf_take(&out, NULL);
}

Test(generate, the_example_passes_with_everything_uncommented)
{
    char *everything = uncommented(generated("example"));
    struct lg_config *config = parse_good(everything);

    cr_assert_eq(config->function_count, 6);
    cr_assert(config->redis->tls);
    cr_assert_eq(config->api_count, 2);
    cr_assert_eq(config->route_count, 7); /* one was made for `cors` */
    cr_assert_eq(config->apis[0].route_count, 5);
    cr_assert_eq(config->apis[0].stage_variables.count, 1);
    cr_assert_eq(config->apis[1].kind, LG_API_REST);
    cr_assert_str_eq(config->routes[1].redirect->to, "https://docs.example.com/{page}");
    cr_assert_str_eq(config->routes[3].respond->body, "User-agent: *\n");
    lg_config_free(config);
    free(everything);
}

static void every_key_is_in(const struct lg_group *group, const char *where, const char *before,
                            const char *after)
{
    for (size_t i = 0; i < group->count; i++) {
        char wanted[80];
        snprintf(wanted, sizeof(wanted), "%s%s%s", before, group->options[i].key, after);
        cr_assert(strstr(where, wanted) != NULL, "%s", wanted);
        if (group->options[i].group != NULL)
            every_key_is_in(group->options[i].group, where, before, after);
    }
}

Test(generate, the_example_names_every_option)
{
    char *everything = uncommented(generated("example"));

    every_key_is_in(&lg_options, everything, "", ":");
    free(everything);
}

/* --- the manual ------------------------------------------------------------------------------- */

Test(generate, the_manual_names_every_option)
{
    every_key_is_in(&lg_options, generated("manual"), "\n### `", "`\n");
}

static void every_line_fits(const char *name)
{
    struct lg_str rest = lg_str_of(generated(name)), line;

    while (lg_str_next(&rest, '\n', &line)) {
        bool wide = lg_str_starts(line, LG_STR("|")) || lg_str_starts(line, LG_STR("gateway.yaml"));
        cr_assert(wide || line.size <= 100, "%.*s", LG_STR_ARG(line));
    }
}

Test(generate, lines_are_no_wider_than_100_characters)
{
    every_line_fits("manual");
    every_line_fits("example");
}

/* --- the table -------------------------------------------------------------------------------- */

static void every_option_is_whole(const struct lg_group *group)
{
    cr_assert(group->name != NULL && group->help != NULL);
    for (size_t i = 0; i < group->count; i++) {
        const struct lg_option *option = &group->options[i];
        bool nested = option->type == LG_OPTION_GROUP || option->type == LG_OPTION_MAP;
        cr_assert(option->help != NULL, "%s", option->key);
        cr_assert_eq(option->help[strlen(option->help) - 1], '.', "%s", option->key);
        cr_assert_eq(nested, option->group != NULL, "%s", option->key);
        cr_assert(nested || option->example != NULL || option->fallback != NULL, "%s", option->key);
        cr_assert(option->type != LG_OPTION_ENUM || option->choice_count > 0, "%s", option->key);
        if (option->type == LG_OPTION_INTEGER || option->type == LG_OPTION_DURATION ||
            option->type == LG_OPTION_SIZE)
            cr_assert_lt(option->min, option->max, "%s", option->key);
        for (size_t j = 0; j < i; j++)
            cr_assert(strcmp(option->key, group->options[j].key) != 0, "%s", option->key);
        if (nested)
            every_option_is_whole(option->group);
    }
}

Test(generate, every_option_is_whole)
{
    every_option_is_whole(&lg_options);
}

/* --- the schema ------------------------------------------------------------------------------- */

/* What `path`, parted by blanks, leads to. */
static json_t *schema_part(json_t *schema, const char *path)
{
    struct lg_str rest = lg_str_of(path), name;

    while (lg_str_next(&rest, ' ', &name)) {
        schema = json_object_getn(schema, name.data, name.size);
        cr_assert(schema != NULL, "%.*s", LG_STR_ARG(name));
    }
    return schema;
}

static void part_is(json_t *schema, const char *path, const char *json)
{
    char *found = json_dumps(schema_part(schema, path), JSON_COMPACT | JSON_ENCODE_ANY);

    cr_assert_str_eq(found, json);
    free(found);
}

Test(generate, the_schema_says_what_the_table_says)
{
    json_t *schema = json_loads(generated("schema"), 0, NULL);

    part_is(schema, "$schema", "\"https://json-schema.org/draft/2020-12/schema\"");
    part_is(schema, "additionalProperties", "false");
    part_is(schema, "$defs workers oneOf",
            "[{\"required\":[\"runtime\"]},{\"required\":"
            "[\"command\"]}]");
    part_is(schema, "$defs workers dependentRequired", "{\"runtime\":[\"handler\"]}");
    part_is(schema, "$defs workers properties max default", "4");
    part_is(
        schema, "$defs function oneOf",
        "[{\"required\":[\"workers\"]},{\"required\":[\"redis\"]},{\"required\":[\"lambda\"]}]");
    part_is(schema, "$defs respond not",
            "{\"type\":\"object\",\"anyOf\":[{\"required\":[\"json\",\"text\"]}]}");
    part_is(schema, "$defs redirect properties status default", "302");
    part_is(schema, "$defs log properties level default", "\"info\"");
    part_is(schema, "properties loops default", "\"auto\"");
    json_decref(schema);
}
