/* Arenas: what they hand out, and what happens at their end. */
#include "base/arena.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

static struct lg_arena arena;

static void start(void)
{
    lg_arena_init(&arena);
}

static void stop(void)
{
    lg_arena_done(&arena);
}

TestSuite(arena, .init = start, .fini = stop);

Test(arena, memory_is_aligned_for_any_type)
{
    for (size_t size = 0; size < 100; size++) {
        cr_assert(eq(sz, (uintptr_t)lg_arena_alloc(&arena, size) % alignof(max_align_t), 0));
        cr_assert(eq(sz, (uintptr_t)lg_arena_alloc(&arena, 70000) % alignof(max_align_t), 0));
    }
}

Test(arena, pieces_of_all_sizes_do_not_overlap)
{
    enum { COUNT = 2000 };
    static unsigned char *pieces[COUNT];

    for (size_t i = 0; i < COUNT; i++) {
        pieces[i] = lg_arena_alloc(&arena, i);
        memset(pieces[i], (int)(i % 251), i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t at = 0; at < i; at++)
            cr_assert(pieces[i][at] == i % 251, "%zu", i);
    }
}

Test(arena, a_large_piece_does_not_waste_the_room_that_is_left)
{
    char *before = lg_arena_alloc(&arena, 16);
    memset(lg_arena_alloc(&arena, 1000000), 1, 1000000);
    char *after = lg_arena_alloc(&arena, 16);

    cr_assert(lt(sz, (size_t)(after - before), 100));
}

Test(arena, a_large_first_piece_is_fine)
{
    memset(lg_arena_alloc(&arena, 1000000), 1, 1000000);
    memset(lg_arena_alloc(&arena, 10), 1, 10);
}

Test(arena, zeroed_memory_is_zero_also_where_a_block_was_used_before)
{
    static const char zeros[5000];

    for (int round = 0; round < 50; round++) {
        memset(lg_arena_alloc(&arena, 5000), 0xff, 5000);
        cr_assert(eq(int, memcmp(lg_arena_zalloc(&arena, 5000), zeros, 5000), 0));
        cr_assert(eq(int, memcmp(lg_arena_zalloc(&arena, 10), zeros, 10), 0));
        lg_arena_done(&arena);
    }
}

Test(arena, used_counts_what_was_handed_out)
{
    cr_assert(eq(sz, arena.used, 0));
    lg_arena_alloc(&arena, 10);
    lg_arena_alloc(&arena, 100000);
    cr_assert(eq(sz, arena.used, 100010));
    lg_arena_done(&arena);
    cr_assert(eq(sz, arena.used, 0));
}

Test(arena, copies_are_terminated_and_hold_every_byte)
{
    struct lg_str copy = lg_arena_str(&arena, LG_STR("a\0b"));

    cr_assert(lg_str_eq(copy, LG_STR("a\0b")));
    cr_assert(eq(int, copy.data[3], '\0'));
    cr_assert(eq(int, strcmp(lg_arena_cstr(&arena, LG_STR("abc")), "abc"), 0));
    cr_assert(eq(int, strcmp(lg_arena_cstr(&arena, LG_STR_NONE), ""), 0));
    cr_assert(eq(int, memcmp(lg_arena_copy(&arena, "xyz", 3), "xyz", 3), 0));
    cr_assert(lg_arena_copy(&arena, NULL, 0) != NULL);
}

Test(arena, printed_texts_of_every_length_are_whole)
{
    for (int width = 0; width < 600; width++) {
        char *text = lg_arena_printf(&arena, "%*s|", width, "");

        cr_assert(eq(sz, strlen(text), (size_t)width + 1));
        cr_assert(eq(int, text[width], '|'));
    }
}

static char letters[] = "abc";
static char order[8];

static void note(void *object)
{
    strncat(order, object, 1);
}

static void defer_again(void *object)
{
    lg_arena_defer(&arena, note, object);
}

Test(arena, deferred_calls_run_newest_first_and_once)
{
    lg_arena_defer(&arena, note, letters);
    lg_arena_defer(&arena, note, letters + 1);
    lg_arena_defer(&arena, note, letters + 2);
    lg_arena_done(&arena);
    cr_assert(eq(int, strcmp(order, "cba"), 0));
    lg_arena_done(&arena);
    cr_assert(eq(int, strcmp(order, "cba"), 0));
}

Test(arena, a_deferred_call_may_defer_another)
{
    lg_arena_defer(&arena, note, letters);
    lg_arena_defer(&arena, defer_again, letters + 1);
    lg_arena_done(&arena);
    cr_assert(eq(int, strcmp(order, "ba"), 0));
}

static void touch(void *object)
{
    memset(object, 1, 100);
}

Test(arena, deferred_calls_may_use_memory_of_the_arena)
{
    lg_arena_defer(&arena, touch, lg_arena_alloc(&arena, 100));
    lg_arena_done(&arena);
    memset(lg_arena_alloc(&arena, 10), 1, 10); /* as good as new */
}

Test(arena, a_copy_of_no_text_is_no_text)
{
    cr_assert(lg_arena_cstr_or_null(&arena, NULL) == NULL);
    cr_assert(eq(int, strcmp(lg_arena_cstr_or_null(&arena, ""), ""), 0));
    cr_assert(eq(int, strcmp(lg_arena_cstr_or_null(&arena, "text"), "text"), 0));
}
