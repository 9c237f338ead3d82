#include "cli/options.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/redirect.h>
#include <string.h>

static int nothing(const struct lg_command *command, int argc, char **argv)
{
    (void)command;
    (void)argc;
    (void)argv;
    return LG_EXIT_OK;
}

static const struct lg_command command = {
    .name = "do", .arguments = "WORD...", .summary = "Do it.", .help = "", .run = nothing
};

static const char *value;
static bool given;
static const char *items[16], *operands[2];
static struct lg_option_list list = { .items = items };
static int status;

/* Reads a line of words, with --value V and --switch, and one or two operands. */
static bool read(const char *line)
{
    static char text[256];
    const struct lg_option options[] = {
        { .name = "value", .value = &value },
        { .name = "switch", .given = &given },
        { .name = "many", .list = &list },
    };
    const struct lg_grammar grammar = {
        .options = options, .option_count = 3, .least = 1, .most = 2
    };
    char *argv[16];
    int argc = 0;

    cr_redirect_stderr();
    value = operands[0] = operands[1] = NULL;
    given = false;
    status = -1;
    strcpy(text, line);
    for (char *word = strtok(text, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    return lg_options_read(&command, argc, argv, &grammar, operands, &status);
}

Test(options, options_and_operands_come_in_any_order)
{
    cr_assert(read("do one --value v --switch two"));
    cr_assert_str_eq(value, "v");
    cr_assert(given);
    cr_assert_str_eq(operands[0], "one");
    cr_assert_str_eq(operands[1], "two");
}

Test(options, an_option_may_come_several_times)
{
    cr_assert(read("do one --many a --value v --many=b --value w"));
    cr_assert_eq(list.count, 2);
    cr_assert_str_eq(items[0], "a");
    cr_assert_str_eq(items[1], "b");
    cr_assert_str_eq(value, "w"); /* of others the last counts */
}

Test(options, a_value_may_follow_an_equals_sign)
{
    cr_assert(read("do --value=a=b one"));
    cr_assert_str_eq(value, "a=b");
    cr_assert(read("do --value= one"));
    cr_assert_str_eq(value, "");
}

Test(options, a_value_may_look_like_an_option)
{
    cr_assert(read("do --value --switch one"));
    cr_assert_str_eq(value, "--switch");
    cr_assert(not(given));
}

Test(options, two_dashes_end_the_options)
{
    cr_assert(read("do -- --switch -x"));
    cr_assert_str_eq(operands[0], "--switch");
    cr_assert_str_eq(operands[1], "-x");
    cr_assert(not(given));
}

Test(options, a_dash_alone_is_an_operand)
{
    cr_assert(read("do -"));
    cr_assert_str_eq(operands[0], "-");
}

Test(options, what_is_wrong_is_wrong_usage)
{
    static const char *const lines[] = {
        "do",           "do a b c",     "do --other a",    "do -s a",
        "do a --value", "do --val v a", "do --switch=1 a", "do --values v a",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        cr_assert(not(read(lines[i])), "%s", lines[i]);
        cr_assert(eq(int, status, LG_EXIT_USAGE), "%s", lines[i]);
    }
}

Test(options, help_ends_well)
{
    cr_redirect_stdout();
    cr_assert(not(read("do --help")));
    cr_assert(eq(int, status, LG_EXIT_OK));
}
