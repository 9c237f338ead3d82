/* Maps: names found again, in the order they came. */
#include "base/map.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdint.h>
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

static void name_of(int i, char name[32])
{
    snprintf(name, 32, "name-%d", i);
}

Test(map, what_was_removed_is_gone_and_the_rest_is_found)
{
    struct lg_map *map = lg_map_new();
    int values[1000];
    char name[32];

    cr_assert(eq(ptr, lg_map_remove(map, LG_STR("a")), NULL));
    for (int i = 0; i < 1000; i++) {
        name_of(i, name);
        cr_assert(eq(int, lg_map_put(map, lg_str_of(name), &values[i]), LG_OK));
    }
    for (int i = 0; i < 1000; i += 3) {
        name_of(i, name);
        cr_assert(eq(ptr, lg_map_remove(map, lg_str_of(name)), &values[i]));
        cr_assert(eq(ptr, lg_map_remove(map, lg_str_of(name)), NULL));
    }
    cr_assert(eq(sz, lg_map_count(map), 666));
    for (int i = 0; i < 1000; i++) {
        name_of(i, name);
        cr_assert(eq(ptr, lg_map_get(map, lg_str_of(name)), i % 3 == 0 ? NULL : &values[i]));
    }
    for (size_t i = 0; i < 666; i++) {
        struct lg_str at;
        const int *value = lg_map_at(map, i, &at);

        name_of((int)(value - values), name);
        cr_assert(lg_str_is(at, name));
        cr_assert(eq(ptr, lg_map_get(map, at), (void *)(uintptr_t)value));
    }
    lg_map_free(map, NULL);
}

Test(map, names_that_come_and_go_do_not_fill_it)
{
    struct lg_map *map = lg_map_new();
    int value = 0;
    char name[32];

    for (int i = 0; i < 100000; i++) {
        name_of(i, name);
        cr_assert(eq(int, lg_map_put(map, lg_str_of(name), &value), LG_OK));
        if (i >= 5) {
            name_of(i - 5, name);
            cr_assert(eq(ptr, lg_map_remove(map, lg_str_of(name)), &value));
        }
    }
    cr_assert(eq(sz, lg_map_count(map), 5));
    lg_map_free(map, NULL);
}
