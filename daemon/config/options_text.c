/* options_text.c -- what an option takes, in words. */
#include <assert.h>

#include "base/mem.h"
#include "config/options.h"
#include "config/values.h"

static void write_choices(struct lg_buf *out, const struct lg_option *option)
{
    for (size_t i = 0; i < option->choice_count; i++) {
        if (i > 0)
            lg_buf_add_cstr(out, i + 1 == option->choice_count ? " or " : ", ");
        lg_buf_add_cstr(out, option->choices[i].name);
    }
}

static void write_range(struct lg_buf *out, const struct lg_option *option,
                        void (*write)(struct lg_buf *out, int64_t value))
{
    lg_buf_add_cstr(out, " from ");
    write(out, option->min);
    lg_buf_add_cstr(out, " to ");
    write(out, option->max);
}

static void write_integer(struct lg_buf *out, int64_t value)
{
    lg_buf_add_i64(out, value);
}

static void write_number_expected(struct lg_buf *out, const struct lg_option *option)
{
    if (option->choice_count > 0) {
        write_choices(out, option);
        lg_buf_add_cstr(out, " or ");
    }
    lg_buf_add_cstr(out, "a whole number");
    write_range(out, option, write_integer);
}

/* Every type whose words are the same for all its options. */
static const char *simple_words(enum lg_option_type type)
{
    static const char *const simple[] = {
        [LG_OPTION_STRING] = "a string",
        [LG_OPTION_BOOL] = "true or false",
        [LG_OPTION_MODE] = "permissions in octal, such as 0660",
        [LG_OPTION_ADDRESS] = "an address such as 127.0.0.1:8080, [::1]:8080 or /run/name.sock",
        [LG_OPTION_PATH] = "a path",
        [LG_OPTION_STRINGS] = "a list of strings, such as [a, b]",
        [LG_OPTION_PAIRS] = "a mapping of names to strings",
        [LG_OPTION_NAMED_PAIRS] = "a mapping of names to mappings of names to strings",
        [LG_OPTION_JSON] = "any value that JSON knows",
        [LG_OPTION_FUNCTION] = "the name of a function",
        [LG_OPTION_GROUP] = "a mapping",
        [LG_OPTION_MAP] = "a mapping",
    };

    assert(type < LG_COUNT(simple) && simple[type] != NULL);
    return simple[type];
}

static void write_takes(struct lg_buf *out, const struct lg_option *option)
{
    if (option->type == LG_OPTION_GROUP && option->choice_count > 0) {
        write_choices(out, option);
        lg_buf_add_cstr(out, " or a mapping");
    } else if (option->type == LG_OPTION_ENUM) {
        write_choices(out, option);
    } else if (option->type == LG_OPTION_INTEGER) {
        write_number_expected(out, option);
    } else if (option->type == LG_OPTION_DURATION) {
        lg_buf_add_cstr(out, "a duration");
        write_range(out, option, lg_value_write_duration);
    } else if (option->type == LG_OPTION_SIZE) {
        lg_buf_add_cstr(out, "a size");
        write_range(out, option, lg_value_write_size);
    } else if (option->type == LG_OPTION_STRING && option->shape != NULL) {
        lg_buf_add_cstr(out, option->shape->expected);
    } else if (option->type == LG_OPTION_STRINGS && option->shape != NULL) {
        if ((option->flags & LG_OPTION_ONE_OR_MORE) != 0)
            lg_buf_printf(out, "%s; or a list of them", option->shape->expected);
        else
            lg_buf_printf(out, "a list, each %s", option->shape->expected);
    } else if (option->type == LG_OPTION_STRINGS && (option->flags & LG_OPTION_PATHS) != 0) {
        lg_buf_add_cstr(out, "a list of paths");
    } else if (option->type == LG_OPTION_PAIRS && (option->flags & LG_OPTION_PATHS) != 0) {
        lg_buf_add_cstr(out, "a mapping of names to paths");
    } else if (option->type == LG_OPTION_PAIRS && (option->flags & LG_OPTION_ONE_OR_MORE) != 0) {
        lg_buf_add_cstr(out, "a string; or a mapping of names to strings");
    } else {
        lg_buf_add_cstr(out, simple_words(option->type));
    }
}

void lg_option_write_takes(struct lg_buf *out, const struct lg_option *option)
{
    if (option->type == LG_OPTION_ENUM && option->choice_count == 1)
        lg_buf_add_cstr(out, "only ");
    write_takes(out, option);
}

void lg_option_write_expected(struct lg_buf *out, const struct lg_option *option)
{
    write_takes(out, option);
    if (option->type == LG_OPTION_DURATION)
        lg_buf_add_cstr(out, ", such as 500ms or 10s");
    if (option->type == LG_OPTION_SIZE)
        lg_buf_add_cstr(out, ", such as 512KB or 6MB");
}
