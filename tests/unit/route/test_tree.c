/* test_tree.c -- the packed tree: children told apart by tags, by slots, by texts of any length. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/lines.h"
#include "routes.h"

#define MOST 40

static char keys[MOST][256];
static const char *list[MOST + 1];

static void finds(struct routes *routes, const char *request, const char *key)
{
    const char *found = routes_find(routes, request);

    cr_assert(eq(int, strcmp(found, key), 0), "%s went to %s, not to %s", request, found, key);
}

static void captures(struct routes *routes, const char *request, const char *expected)
{
    routes_find(routes, request);
    const char *found = routes_captures(routes);
    cr_assert(eq(int, strcmp(found, expected), 0), "%s captured %s, not %s", request, found,
              expected);
}

/* "GET /PREFIX0", "GET /PREFIX1" ...: each with its own child. */
static struct routes *siblings(int count, const char *prefix)
{
    for (int i = 0; i < count; i++) {
        snprintf(keys[i], sizeof(keys[i]), "GET /%s%d/x", prefix, i);
        list[i] = keys[i];
    }
    list[count] = NULL;
    return routes_build(list);
}

static void all_are_found(const char *prefix)
{
    char none[256];

    for (int count = 1; count <= MOST; count++) {
        struct routes *routes = siblings(count, prefix);

        for (int i = 0; i < count; i++)
            finds(routes, keys[i], keys[i]);
        for (int i = count; i < count + 300; i++) {
            snprintf(none, sizeof(none), "GET /%s%d/x", prefix, i);
            finds(routes, none, "none");
        }
        routes_done(routes);
    }
}

Test(tree, any_number_of_siblings_is_found_and_no_other)
{
    all_are_found("");
}

Test(tree, siblings_that_differ_in_their_last_bytes_are_told_apart)
{
    all_are_found("one-and-the-same-long-beginning-of-every-name-");
    all_are_found("fourteen-bytes");
}

Test(tree, a_text_is_compared_whole_not_by_its_beginning)
{
    struct routes *routes = ROUTES("GET /abcdefghijklmnop", "GET /abcdefghijklmnopq", "GET /a");

    finds(routes, "GET /abcdefghijklmnop", "GET /abcdefghijklmnop");
    finds(routes, "GET /abcdefghijklmnopq", "GET /abcdefghijklmnopq");
    finds(routes, "GET /abcdefghijklmnopr", "none");
    finds(routes, "GET /abcdefghijklmno", "none");
    finds(routes, "GET /", "none");
    routes_done(routes);
}

/* The node says whether there are captures, before anything else of the route is read. */
Test(tree, variables_are_captured_wherever_they_stand)
{
    struct routes *routes = ROUTES("GET /{a}/b/c", "GET /a/{b}", "POST /a/{b}", "GET /x/{c+}",
                                   "GET /a/b/{c}/d/{e}", "GET /plain");

    captures(routes, "GET /1/b/c", "a=1=1");
    captures(routes, "POST /a/2", "b=2=2");
    captures(routes, "GET /x/3/4", "c=3/4=3/4");
    captures(routes, "GET /a/b/5/d/6", "c=5=5 e=6=6");
    routes_find(routes, "GET /plain");
    cr_assert(eq(sz, routes->match.capture_count, 0));
    routes_done(routes);
}

Test(tree, a_pattern_lies_in_lines_of_its_own)
{
    struct routes *routes = ROUTES("GET /a/{b}", "GET /{x}/y/{z}", "$default");

    routes_find(routes, "GET /a/b");
    cr_assert(eq(sz, (size_t)(uintptr_t)routes->match.pattern % LG_LINE, 0));
    routes_find(routes, "GET /1/y/2");
    cr_assert(eq(sz, (size_t)(uintptr_t)routes->match.pattern % LG_LINE, 0));
    routes_done(routes);
}
