/* A fixed set of names finds each of them, and nothing else. */
#include "validate/names.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/mem.h"

Test(names, every_name_is_found_at_its_index_and_no_other)
{
    static const size_t counts[] = { 0, 1, 2, 7, 8, 100, 5000 };

    for (size_t c = 0; c < LG_COUNT(counts); c++) {
        struct lg_arena arena;

        lg_arena_init(&arena);
        struct lg_str *names = lg_arena_alloc(&arena, counts[c] * sizeof(*names));
        for (size_t i = 0; i < counts[c]; i++)
            names[i] = lg_str_of(lg_arena_printf(&arena, "name-%zu-of-many", i * i));
        struct lg_names table = lg_names_make(&arena, names, counts[c]);
        for (size_t i = 0; i < counts[c]; i++)
            cr_assert(eq(u32, lg_names_find(&table, names[i]), (uint32_t)i));
        cr_assert(eq(u32, lg_names_find(&table, LG_STR("")), LG_NAMES_NONE));
        cr_assert(eq(u32, lg_names_find(&table, LG_STR("name-2-of-many")), LG_NAMES_NONE));
        lg_arena_done(&arena);
    }
}

Test(names, all_lengths_and_the_empty_name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    struct lg_str names[40];
    struct lg_arena arena;

    lg_arena_init(&arena);
    for (size_t i = 0; i < 40; i++)
        names[i] = lg_str_make(i == 0 ? NULL : letters, i);
    struct lg_names table = lg_names_make(&arena, names, 40);
    for (size_t i = 0; i < 40; i++)
        cr_assert(eq(u32, lg_names_find(&table, names[i]), (uint32_t)i), "%zu", i);
    cr_assert(eq(u32, lg_names_find(&table, lg_str_make(letters, 40)), LG_NAMES_NONE));
    cr_assert(eq(u32, lg_names_find(&table, lg_str_make(letters + 1, 9)), LG_NAMES_NONE));
    lg_arena_done(&arena);
}
