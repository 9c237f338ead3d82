/*
 * test_differential.c -- the table against a matcher so plain that it is the definition: try
 * every route, keep the best by the rules of the reference.
 */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "routes.h"

#define SEGMENTS 8

/* A sequence that is the same in every run. */
static uint64_t state = 88172645463325252u;

static unsigned draw(unsigned below)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33) % below;
}

struct pieces {
    const char *text[SEGMENTS];
    size_t count;
};

static struct pieces split(struct lg_arena *arena, const char *path)
{
    struct pieces pieces = { .count = 0 };
    struct lg_str piece, rest = lg_str_of(path + 1);

    if (rest.size == 0)
        return pieces;
    while (lg_str_next(&rest, '/', &piece))
        pieces.text[pieces.count++] = lg_arena_cstr(arena, piece);
    return pieces;
}

static bool is_variable(const char *segment)
{
    return segment[0] == '{';
}

static bool is_greedy(const char *segment)
{
    return is_variable(segment) && strchr(segment, '+') != NULL;
}

/*
 * Whether `route` takes `path`; *ret_rank orders those that do, best first as text: full before
 * greedy, then position by position literal, variable, greedy.
 */
static bool fits(const struct pieces *route, const struct pieces *path, char ret_rank[SEGMENTS + 2])
{
    size_t at = 0;
    bool greedy = false, has_text = false;

    memset(ret_rank, 0, SEGMENTS + 2);
    for (; at < route->count && !greedy; at++) {
        greedy = is_greedy(route->text[at]);
        if (at >= path->count)
            return false;
        for (size_t i = at; greedy && i < path->count; i++)
            has_text = has_text || path->text[i][0] != '\0';
        if (greedy && !has_text)
            return false;
        if (!is_variable(route->text[at]) && strcmp(route->text[at], path->text[at]) != 0)
            return false;
        if (is_variable(route->text[at]) && !greedy && path->text[at][0] == '\0')
            return false;
        ret_rank[at + 1] = greedy ? '3' : is_variable(route->text[at]) ? '2' : '1';
    }
    ret_rank[0] = greedy ? '2' : '1';
    return greedy || path->count == route->count;
}

static const char *plain_find(struct lg_arena *arena, const char *const *keys, const char *method,
                              const char *path)
{
    char best_rank[SEGMENTS + 3] = "~", rank[SEGMENTS + 3];
    struct pieces path_pieces = split(arena, path);
    const char *best = "none";

    for (size_t i = 0; keys[i] != NULL; i++) {
        const char *slash = strchr(keys[i], '/');
        bool any = strncmp(keys[i], "ANY ", 4) == 0;

        if (slash == NULL) {
            if (best_rank[0] == '~')
                best = keys[i];
            continue;
        }
        struct pieces route = split(arena, slash);
        if (!any &&
            (strncmp(keys[i], method, strlen(method)) != 0 || keys[i][strlen(method)] != ' '))
            continue;
        if (!fits(&route, &path_pieces, rank))
            continue;
        rank[strlen(rank)] = any ? '~' : '!'; /* a concrete method first, on one shape */
        if (strcmp(rank, best_rank) < 0) {
            best = keys[i];
            memcpy(best_rank, rank, sizeof(rank));
        }
        memset(rank, 0, sizeof(rank));
    }
    return best;
}

static const char *const draw_methods[] = { "GET", "POST", "ANY" };
static const char *const draw_literals[] = { "a", "b", "c" };

static const char *draw_key(struct lg_arena *arena)
{
    const char *key = lg_arena_printf(arena, "%s ", draw_methods[draw(3)]);
    unsigned count = draw(5);

    if (count == 0)
        return lg_arena_printf(arena, "%s/", key);
    for (unsigned i = 0; i < count; i++) {
        unsigned kind = draw(10);

        if (kind == 0 && i + 1 == count)
            key = lg_arena_printf(arena, "%s/{g+}", key);
        else if (kind < 5)
            key = lg_arena_printf(arena, "%s/{v%u}", key, i);
        else
            key = lg_arena_printf(arena, "%s/%s", key, draw_literals[draw(3)]);
    }
    return key;
}

static const char *draw_path(struct lg_arena *arena)
{
    const char *path = "";
    unsigned count = draw(6);

    for (unsigned i = 0; i < count; i++)
        path = lg_arena_printf(arena, "%s/%s", path,
                               draw(8) == 0   ? ""
                               : draw(8) == 0 ? "d"
                                              : draw_literals[draw(3)]);
    return count == 0 ? "/" : path;
}

static bool known(const char *const *keys, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(keys[i], key) == 0)
            return true;
    }
    return false;
}

static size_t draw_table(struct lg_arena *arena, const char **keys, unsigned most)
{
    size_t count = 0, tries = 1 + draw(most);

    for (size_t i = 0; i < tries; i++) {
        const char *key = draw_key(arena);

        if (!known(keys, count, key))
            keys[count++] = key;
    }
    if (draw(3) == 0)
        keys[count++] = "$default";
    keys[count] = NULL;
    return count;
}

Test(differential, the_table_chooses_as_the_plain_matcher_does)
{
    static const char *keys[64];
    struct lg_arena arena;
    unsigned found = 0;

    for (int round = 0; round < 3000; round++) {
        lg_arena_init(&arena);
        draw_table(&arena, keys, 40);
        struct routes *routes = routes_build(keys);
        cr_assert(ne(ptr, routes->table, NULL), "%s", lg_faults_line(routes->faults, 0));
        for (int i = 0; i < 20; i++) {
            const char *path = draw_path(&arena);
            const char *method = draw(2) == 0 ? "GET" : "POST";
            const char *expected = plain_find(&arena, keys, method, path);
            const char *actual = routes_find_str(routes, method, lg_str_of(path));

            cr_assert(eq(int, strcmp(expected, actual), 0), "round %d: %s %s: %s, not %s", round,
                      method, path, actual, expected);
            found += strcmp(actual, "none") != 0;
        }
        routes_done(routes);
        lg_arena_done(&arena);
    }
    cr_assert(gt(uint, found, 10000)); /* the draw is not one of misses only */
}
