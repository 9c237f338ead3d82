/* Maps: names found again, in the order they came. */
#include "base/map.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

Test(map, an_empty_map_has_nothing)
{
    struct lg_map *map = lg_map_new();

    cr_assert(eq(sz, lg_map_count(map), 0));
    cr_assert(eq(ptr, lg_map_get(map, LG_STR("a")), NULL));
    cr_assert(eq(ptr, lg_map_get(map, LG_STR("")), NULL));
    lg_map_free(map, NULL);
    lg_map_free(NULL, free);
}

Test(map, names_are_found_again_and_others_are_not)
{
    struct lg_map *map = lg_map_new();
    int values[1000];

    for (int i = 0; i < 1000; i++) {
        char name[32];

        snprintf(name, sizeof(name), "name-%d", i);
        cr_assert(eq(int, lg_map_put(map, lg_str_of(name), &values[i]), LG_OK));
    }
    cr_assert(eq(sz, lg_map_count(map), 1000));
    for (int i = 0; i < 1000; i++) {
        char name[32];
        struct lg_str at;

        snprintf(name, sizeof(name), "name-%d", i);
        cr_assert(eq(ptr, lg_map_get(map, lg_str_of(name)), &values[i]));
        cr_assert(eq(ptr, lg_map_at(map, (size_t)i, &at), &values[i]));
        cr_assert(lg_str_is(at, name), "insertion order");
        cr_assert(eq(int, at.data[at.size], '\0'));
        snprintf(name, sizeof(name), "none-%d", i);
        cr_assert(eq(ptr, lg_map_get(map, lg_str_of(name)), NULL));
    }
    lg_map_free(map, NULL);
}

Test(map, a_name_that_is_there_is_left_as_it_was)
{
    struct lg_map *map = lg_map_new();
    int first, second;

    cr_assert(eq(int, lg_map_put(map, LG_STR("a"), &first), LG_OK));
    cr_assert(eq(int, lg_map_put(map, LG_STR("a"), &second), LG_ERR_EXISTS));
    cr_assert(eq(ptr, lg_map_get(map, LG_STR("a")), &first));
    cr_assert(eq(sz, lg_map_count(map), 1));
    lg_map_free(map, NULL);
}

Test(map, names_are_bytes)
{
    struct lg_map *map = lg_map_new();
    int one, two, three;

    cr_assert(eq(int, lg_map_put(map, LG_STR("a"), &one), LG_OK));
    cr_assert(eq(int, lg_map_put(map, LG_STR("a\0"), &two), LG_OK));
    cr_assert(eq(int, lg_map_put(map, LG_STR(""), &three), LG_OK));
    cr_assert(eq(ptr, lg_map_get(map, LG_STR("a\0")), &two));
    cr_assert(eq(ptr, lg_map_get(map, LG_STR_NONE), &three));
    cr_assert(eq(ptr, lg_map_get(map, LG_STR("A")), NULL));
    lg_map_free(map, NULL);
}

Test(map, names_are_copied)
{
    struct lg_map *map = lg_map_new();
    char name[] = "abc";

    cr_assert(eq(int, lg_map_put(map, lg_str_of(name), map), LG_OK));
    name[0] = 'x';
    cr_assert(eq(ptr, lg_map_get(map, LG_STR("abc")), map));
    lg_map_free(map, NULL);
}

static int freed;

static void count_free(void *value)
{
    freed++;
    free(value);
}

Test(map, free_gives_every_value_to_its_function)
{
    struct lg_map *map = lg_map_new();

    cr_assert(eq(int, lg_map_put(map, LG_STR("a"), lg_alloc(1)), LG_OK));
    cr_assert(eq(int, lg_map_put(map, LG_STR("b"), lg_alloc(1)), LG_OK));
    lg_map_free(map, count_free);
    cr_assert(eq(int, freed, 2));
}
