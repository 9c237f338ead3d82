#include "invoke_api/json_check.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

static bool good(const char *text)
{
    struct lg_json_check_fault fault = { 0, NULL };
    bool fine = lg_json_check(lg_str_of(text), &fault);

    cr_assert(eq(int, fault.message == NULL, fine));
    return fine;
}

Test(json_check, json_is_let_through)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "null",
        "true",
        "false",
        "0",
        "-0",
        "1.5e+3",
        "2E-1",
        "10",
        "\"\"",
        " [ 1 , 2 ] ",
        "{\"a\":{\"b\":[{},[],\"\\u00e9\\n\\/\\\\\"]},\"a\":1}",
        "\"\xc3\xa9\xf0\x9f\x8e\x89\"",
        "\t\r\n{\"a\" : 1}\n",
        "[[1],{\"x\":[2]},3]",
        "\"\\ud800\"",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        cr_assert(good(texts[i]), "%s", texts[i]);
}

Test(json_check, what_is_not_json_is_refused)
{
    static const char *const texts[] = {
        "",
        " ",
        "{",
        "[",
        "}",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "{\"a\" 1}",
        "[1 2]",
        "[1}",
        "{\"a\":1]",
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "1e",
        "1e+",
        "--1",
        "nul",
        "True",
        "NaN",
        "Infinity",
        "'a'",
        "\"a",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u12",
        "\"a\nb\"",
        "\"\x01\"",
        "\"\xff\"",
        "\"\xc0\xaf\"",
        "1 2",
        "{}{}",
        "[]]",
        "tru",
        "nullx",
        "\xef\xbb\xbf{}",
        "// x",
        "hello",
    };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        cr_assert(not(good(texts[i])), "%s", texts[i]);
}

Test(json_check, a_nul_is_not_white_space)
{
    struct lg_json_check_fault fault;

    cr_assert(not(lg_json_check(lg_str_make("1\0", 2), &fault)));
    cr_assert(not(lg_json_check(lg_str_make("\"\\\0\"", 4), &fault)));
    cr_assert(not(lg_json_check(LG_STR_NONE, &fault)));
}

Test(json_check, the_place_of_a_fault_is_told)
{
    struct lg_json_check_fault fault;

    cr_assert(not(lg_json_check(LG_STR("{\"a\": hello}"), &fault)));
    cr_assert(eq(sz, fault.offset, 6));
    cr_assert_str_eq(fault.message, "a value was expected");
}

static bool nested(size_t depth)
{
    char *text = malloc(2 * depth + 1);

    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    text[2 * depth] = '\0';
    bool fine = good(text);
    free(text);
    return fine;
}

Test(json_check, nesting_has_a_limit)
{
    cr_assert(nested(LG_JSON_CHECK_DEPTH));
    cr_assert(not(nested(LG_JSON_CHECK_DEPTH + 1)));
}

Test(json_check, each_level_remembers_what_it_is)
{
    cr_assert(good("{\"a\":[{\"b\":[1,2]},[{\"c\":{}}]],\"d\":[[[1]]]}"));
    cr_assert(not(good("{\"a\":[{\"b\":[1,2]},[{\"c\":{}}]],\"d\":[[[1]}]}")));
    cr_assert(not(good("[{\"a\":1},\"b\":2]")));
}
