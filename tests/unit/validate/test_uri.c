/* Addresses are resolved as RFC 3986 has it. */
#include "validate/uri.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/mem.h"

static void resolves(const char *base, const char *reference, const char *wanted)
{
    struct lg_arena arena;

    lg_arena_init(&arena);
    struct lg_str found = lg_uri_resolve(&arena, lg_str_of(base), lg_str_of(reference));
    cr_assert(lg_str_is(found, wanted), "%s and %s: %.*s", base, reference, LG_STR_ARG(found));
    lg_arena_done(&arena);
}

Test(uri, references_of_all_kinds)
{
    static const char base[] = "http://h/b/c/d.json?q";
    static const char *const cases[][2] = {
        { "", "http://h/b/c/d.json?q" },
        { "#f", "http://h/b/c/d.json?q" },
        { "?x", "http://h/b/c/d.json?x" },
        { "e.json", "http://h/b/c/e.json" },
        { "./e.json", "http://h/b/c/e.json" },
        { "../e.json#/x", "http://h/b/e.json" },
        { "../../e", "http://h/e" },
        { "../../../e", "http://h/e" },
        { "/e", "http://h/e" },
        { "//g/e", "http://g/e" },
        { "https://g/e?z#y", "https://g/e?z" },
        { "e/", "http://h/b/c/e/" },
        { ".", "http://h/b/c/" },
        { "..", "http://h/b/" },
        { "e/../f", "http://h/b/c/f" },
        { "e/./f", "http://h/b/c/e/f" },
        { "urn:a:b", "urn:a:b" },
        { "/./e/../f", "http://h/f" },
    };

    for (size_t i = 0; i < LG_COUNT(cases); i++)
        resolves(base, cases[i][0], cases[i][1]);
    resolves("urn:uuid:1", "#a", "urn:uuid:1");
    resolves("urn:uuid:1", "", "urn:uuid:1");
    resolves("http://h", "e", "http://h/e");
    resolves("file:///a/b.json", "c%20d.json", "file:///a/c%20d.json");
    resolves("", "a/b", "a/b");
    resolves("tag:example.com,2020:x", "#y", "tag:example.com,2020:x");
}

Test(uri, parts_are_there_or_not)
{
    struct lg_uri uri = lg_uri_split(LG_STR("http://u@h:1/p/q?x=#"));

    cr_assert(lg_str_is(uri.scheme, "http"));
    cr_assert(lg_str_is(uri.authority, "u@h:1"));
    cr_assert(lg_str_is(uri.path, "/p/q"));
    cr_assert(lg_str_is(uri.query, "x="));
    cr_assert(uri.fragment.data != NULL && uri.fragment.size == 0);
    uri = lg_uri_split(LG_STR("a:b/c"));
    cr_assert(lg_str_is(uri.scheme, "a"));
    cr_assert(lg_str_is(uri.path, "b/c"));
    cr_assert(uri.authority.data == NULL && uri.query.data == NULL && uri.fragment.data == NULL);
    uri = lg_uri_split(LG_STR("1a:b"));
    cr_assert(uri.scheme.data == NULL);
    uri = lg_uri_split(LG_STR("p?a:b"));
    cr_assert(uri.scheme.data == NULL && lg_str_is(uri.query, "a:b"));
    uri = lg_uri_split(LG_STR("//"));
    cr_assert(uri.authority.data != NULL && uri.authority.size == 0 && uri.path.size == 0);
}
