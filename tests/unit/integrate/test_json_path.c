/* test_json_path.c -- values selected from JSON, and paths that are refused. */
#include "integrate/json_path.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/mem.h"

static struct lg_arena arena;

static void start(void)
{
    lg_arena_init(&arena);
}

static void stop(void)
{
    lg_arena_done(&arena);
}

TestSuite(json_path, .init = start, .fini = stop);

static const char document[] =
    "{ \"a\": {\"b\": [10, \"x\\ny\", { \"c\" : [ true , null ] } ]},\n"
    "  \"odd name\": 1, \"x-y_z\": \"dash\", \"quote'd\": 2, \"n\": null, \"e\": [], \"o\": {},\n"
    "  \"list\": [ {\"id\": 1}, {\"id\": \"two\"}, {\"no\": 3} ], \"s\": \"a \\\" b\" }";

static const char *find(const char *path)
{
    struct lg_json_path parsed;
    struct lg_json *root;
    const char *message = "";

    cr_assert(eq(int, lg_json_path_parse(&arena, lg_str_of(path), &parsed, &message), LG_OK),
              "%s: %s", path, message);
    cr_assert(eq(int,
                 lg_json_read(&arena, lg_str_of(document), &lg_json_default_limits, &root, NULL),
                 LG_OK));
    struct lg_str text = lg_json_path_find(&parsed, &arena, root);
    return text.data == NULL ? NULL : lg_arena_cstr(&arena, text);
}

static void is(const char *path, const char *expected)
{
    const char *found = find(path);

    cr_assert(found != NULL && strcmp(found, expected) == 0, "%s selects %s, not %s", path,
              found == NULL ? "nothing" : found, expected);
}

Test(json_path, names_and_indices_select_one_value)
{
    is("a.b[0]", "10");
    is(".a.b[0]", "10");
    is("['a']['b'][0]", "10");
    is("[\"odd name\"]", "1");
    is("[\"quote'd\"]", "2");
    is("x-y_z", "dash");
    is("list[1].id", "two");
}

Test(json_path, a_string_is_its_text_and_all_else_compact_json)
{
    is("a.b[1]", "x\ny");
    is("s", "a \" b");
    is("a.b[2]", "{\"c\":[true,null]}");
    is("a", "{\"b\":[10,\"x\\ny\",{\"c\":[true,null]}]}");
    is("e", "[]");
    is("o", "{}");
}

Test(json_path, what_is_not_there_is_nothing_and_neither_is_null)
{
    cr_assert(find("nope") == NULL);
    cr_assert(find("n") == NULL);
    cr_assert(find("list[3]") == NULL);
    cr_assert(find("a[0]") == NULL);
    cr_assert(find("list.id") == NULL);
    cr_assert(find("a.b[0].c") == NULL);
}

Test(json_path, a_star_selects_a_list_of_all_children)
{
    is("list[*].id", "[1,\"two\"]");
    is("list.*.id", "[1,\"two\"]");
    is("a.*", "[[10,\"x\\ny\",{\"c\":[true,null]}]]");
    is("a.b[*].c[*]", "[true,null]");
    cr_assert(find("list[*].nope") == NULL);
    cr_assert(find("x-y_z[*]") == NULL);
}

Test(json_path, a_path_has_at_most_32_steps)
{
    struct lg_json_path path;
    const char *message;
    char text[200] = "a";

    for (int i = 1; i < LG_JSON_STEPS_MAX; i++)
        strcat(text, ".a");
    cr_assert(eq(int, lg_json_path_parse(&arena, lg_str_of(text), &path, &message), LG_OK));
    strcat(text, ".a");
    cr_assert(eq(int, lg_json_path_parse(&arena, lg_str_of(text), &path, &message), LG_ERR_SYNTAX));
}

Test(json_path, what_is_no_path_is_refused)
{
    static const char *const texts[] = { "",
                                         ".",
                                         "a..b",
                                         "..a",
                                         "a.",
                                         "a[",
                                         "a[]",
                                         "a[-1]",
                                         "a[1:2]",
                                         "a[0,1]",
                                         "a[?(@.b)]",
                                         "a['b]",
                                         "a['b'",
                                         "a[0]b",
                                         "$.a",
                                         "a()",
                                         "a b",
                                         "a['']x",
                                         "a[99999999999999999999]" };
    struct lg_json_path path;

    for (size_t i = 0; i < LG_COUNT(texts); i++) {
        const char *message = NULL;
        cr_assert(eq(int, lg_json_path_parse(&arena, lg_str_of(texts[i]), &path, &message),
                     LG_ERR_SYNTAX),
                  "%s", texts[i]);
        cr_assert(strstr(message, "expected") != NULL, "%s", message);
    }
}
