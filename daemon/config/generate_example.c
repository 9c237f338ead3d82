/* generate_example.c -- conf/lambdagate.yaml: every option, commented out, with its help. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "config/generate.h"
#include "config/generate_text.h"

#define STEP 2     /* blanks a level */
#define MANY 256   /* options, of which the table has fewer */
#define DEEPEST 32 /* blanks before an option */

static const char introduction[] =
    "# yaml-language-server: $schema=lambdagate.schema.json\n"
    "#\n"
    "# lambdagate.yaml -- every option with its default, or with an example where it has none.\n"
    "#\n"
    "# Take away the # in front of an option to change it, and of the lines it stands under.\n"
    "# `lambdagate check FILE` says what is wrong with a file, all at once. What durations, "
    "sizes,\n"
    "# addresses and ${NAME} are, docs/configuration.md tells. This file is generated.\n";

struct example {
    struct lg_buf *out;
    const struct lg_option *explained[MANY]; /* they are explained once */
    size_t explained_count;
    const char *without; /* options that are left out, by blanks */
};

static void write_group(struct example *example, const struct lg_group *group, unsigned indent,
                        bool commented);

static bool is_explained(struct example *example, const struct lg_option *option)
{
    for (size_t i = 0; i < example->explained_count; i++)
        if (example->explained[i] == option)
            return true;
    assert(example->explained_count < MANY);
    example->explained[example->explained_count++] = option;
    return false;
}

static void write_explanation(struct example *example, const struct lg_option *option,
                              unsigned indent)
{
    struct lg_buf text;
    char prefix[DEEPEST + 3];

    assert(indent <= DEEPEST);
    memset(prefix, ' ', indent);
    memcpy(prefix + indent, "# ", 3);
    lg_buf_init(&text, SIZE_MAX);
    lg_buf_add_cstr(&text, option->help);
    if (option->group == NULL) {
        lg_buf_add_cstr(&text, " Takes ");
        lg_option_write_takes(&text, option);
        lg_buf_add_char(&text, '.');
    }
    if (option->instead != NULL)
        lg_buf_printf(&text, " Without it: %s.", option->instead);
    if ((option->flags & LG_OPTION_REQUIRED) != 0)
        lg_buf_add_cstr(&text, " Must be there.");

    char *line = lg_buf_take(&text, NULL);
    lg_generate_fill(example->out, prefix, line);
    free(line);
}

static void write_line(struct example *example, unsigned indent, bool commented, const char *key,
                       const char *value)
{
    lg_generate_indent(example->out, indent);
    lg_buf_printf(example->out, "%s%s:%s%s\n", commented ? "#" : "", key, value != NULL ? " " : "",
                  value != NULL ? value : "");
}

static void write_map(struct example *example, const struct lg_option *option, unsigned indent)
{
    const char *without = example->without;

    for (size_t i = 0; i < option->sample_count; i++) {
        example->without = option->samples[i].without;
        if (i > 0)
            lg_buf_add_char(example->out, '\n');
        write_line(example, indent, true, option->samples[i].name, NULL);
        write_group(example, option->group, indent + STEP, true);
    }
    example->without = without;
}

static bool must_hold(const struct lg_group *group)
{
    for (size_t i = 0; i < group->count; i++)
        if ((group->options[i].flags & LG_OPTION_REQUIRED) != 0)
            return true;
    return false;
}

/* A group has one sample, or shows all that it may hold. */
static void write_nested(struct example *example, const struct lg_option *option, unsigned indent)
{
    const char *without = example->without;

    if (option->sample_count > 0)
        example->without = option->samples[0].without;
    write_group(example, option->group, indent, true);
    example->without = without;
}

static void write_option(struct example *example, const struct lg_option *option, unsigned indent,
                         bool commented)
{
    bool nested = option->type == LG_OPTION_GROUP || option->type == LG_OPTION_MAP;
    /* An empty group means nothing, so it need not hide, unless something must be in it. */
    bool open =
        nested && indent == 0 && (option->type == LG_OPTION_MAP || !must_hold(option->group));

    if (!is_explained(example, option))
        write_explanation(example, option, indent);
    write_line(example, indent, (commented || !nested) && !open, option->key,
               nested ? NULL : lg_generate_sample(option));
    if (option->type == LG_OPTION_MAP)
        write_map(example, option, indent + STEP);
    else if (option->type == LG_OPTION_GROUP)
        write_nested(example, option, indent + STEP);
}

static void write_group(struct example *example, const struct lg_group *group, unsigned indent,
                        bool commented)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct lg_option *option = &group->options[i];
        if (lg_generate_lists(example->without, option->key))
            continue;
        if (indent == 0)
            lg_buf_add_char(example->out, '\n');
        write_option(example, option, indent, commented);
    }
}

void lg_generate_example(struct lg_buf *out)
{
    struct example example = { .out = out };

    lg_buf_add_cstr(out, introduction);
    write_group(&example, &lg_options, 0, true);
}
