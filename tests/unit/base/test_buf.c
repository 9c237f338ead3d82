/* Buffers: growing, and stopping at the ceiling. */
#include "base/buf.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Test(buf, what_is_added_stands_one_after_the_other)
{
    struct lg_buf buf;

    lg_buf_init(&buf, SIZE_MAX);
    cr_assert(lg_buf_add(&buf, "a\0b", 3));
    cr_assert(lg_buf_add_str(&buf, LG_STR("cd")));
    cr_assert(lg_buf_add_cstr(&buf, "ef"));
    cr_assert(lg_buf_add_char(&buf, 'g'));
    cr_assert(lg_buf_printf(&buf, "%d-%s", 7, "x"));
    cr_assert(lg_str_eq(lg_buf_str(&buf), LG_STR("a\0bcdefg7-x")));
    cr_assert(not(lg_buf_failed(&buf)));
    lg_buf_done(&buf);
}

Test(buf, nothing_can_be_added)
{
    struct lg_buf buf;

    lg_buf_init(&buf, 0);
    cr_assert(lg_buf_add_str(&buf, LG_STR_NONE));
    cr_assert(lg_buf_reserve(&buf, 0) != NULL);
    cr_assert(not(lg_buf_failed(&buf)));
    lg_buf_done(&buf);
}

Test(buf, integers_are_written_in_full)
{
    struct lg_buf buf;

    lg_buf_init(&buf, SIZE_MAX);
    lg_buf_add_i64(&buf, 0);
    lg_buf_add_char(&buf, ' ');
    lg_buf_add_i64(&buf, -1203);
    lg_buf_add_char(&buf, ' ');
    lg_buf_add_i64(&buf, INT64_MAX);
    lg_buf_add_char(&buf, ' ');
    lg_buf_add_i64(&buf, INT64_MIN);
    cr_assert(lg_str_is(lg_buf_str(&buf), "0 -1203 9223372036854775807 -9223372036854775808"));
    lg_buf_done(&buf);
}

Test(buf, up_to_the_ceiling_everything_fits)
{
    struct lg_buf buf;

    lg_buf_init(&buf, 1000);
    for (int i = 0; i < 1000; i++)
        cr_assert(lg_buf_add_char(&buf, 'x'), "%d", i);
    cr_assert(not(lg_buf_add_char(&buf, 'x')));
    cr_assert(le(sz, buf.room, 1000));
    lg_buf_done(&buf);
}

Test(buf, what_does_not_fit_is_refused_whole_and_remembered)
{
    struct lg_buf buf;

    lg_buf_init(&buf, 4);
    cr_assert(lg_buf_add_cstr(&buf, "abc"));
    cr_assert(not(lg_buf_add_cstr(&buf, "de")));
    cr_assert(lg_buf_failed(&buf));
    cr_assert(lg_str_is(lg_buf_str(&buf), "abc"));
    cr_assert(lg_buf_add_cstr(&buf, "d"), "what fits still fits");
    cr_assert(lg_buf_failed(&buf), "but the failure is remembered");
    cr_assert(not(lg_buf_printf(&buf, "%s", "x")));
    cr_assert(eq(ptr, lg_buf_reserve(&buf, 1), NULL));
    lg_buf_clear(&buf);
    cr_assert(not(lg_buf_failed(&buf)));
    cr_assert(eq(sz, lg_buf_str(&buf).size, 0));
    cr_assert(lg_buf_add_cstr(&buf, "abcd"));
    lg_buf_done(&buf);
}

Test(buf, a_printed_text_may_end_exactly_at_the_ceiling)
{
    for (int size = 1; size < 600; size += 7) {
        struct lg_buf buf;

        lg_buf_init(&buf, (size_t)size);
        cr_assert(lg_buf_printf(&buf, "%*s", size, "x"), "%d", size);
        cr_assert(eq(sz, buf.size, (size_t)size));
        lg_buf_clear(&buf);
        cr_assert(not(lg_buf_printf(&buf, "%*s", size + 1, "x")), "%d", size);
        cr_assert(eq(sz, buf.size, 0));
        cr_assert(lg_buf_failed(&buf));
        lg_buf_done(&buf);
    }
}

Test(buf, reserved_room_counts_once_it_is_committed)
{
    struct lg_buf buf;

    lg_buf_init(&buf, SIZE_MAX);
    lg_buf_add_cstr(&buf, "a");
    char *end = lg_buf_reserve(&buf, 5000);
    memset(end, 'b', 5000);
    cr_assert(eq(sz, buf.size, 1));
    buf.size += 2;
    cr_assert(lg_str_is(lg_buf_str(&buf), "abb"));
    lg_buf_done(&buf);
}

Test(buf, dropping_takes_from_the_front)
{
    struct lg_buf buf;

    lg_buf_init(&buf, SIZE_MAX);
    lg_buf_drop(&buf, 0);
    lg_buf_add_cstr(&buf, "abcdef");
    lg_buf_drop(&buf, 2);
    cr_assert(lg_str_is(lg_buf_str(&buf), "cdef"));
    lg_buf_drop(&buf, 4);
    cr_assert(eq(sz, buf.size, 0));
    lg_buf_done(&buf);
}

Test(buf, take_moves_the_terminated_bytes_out)
{
    for (size_t size = 0; size < 200; size++) {
        struct lg_buf buf;
        size_t taken_size = 999;

        lg_buf_init(&buf, size);
        for (size_t i = 0; i < size; i++)
            lg_buf_add_char(&buf, 'x');
        char *taken = lg_buf_take(&buf, &taken_size);
        cr_assert(eq(sz, taken_size, size));
        cr_assert(eq(sz, strlen(taken), size));
        cr_assert(eq(sz, buf.size, 0));
        cr_assert(eq(ptr, buf.data, NULL));
        free(taken);
        lg_buf_done(&buf);
    }
}

Test(buf, a_failed_buffer_gives_nothing)
{
    struct lg_buf buf;
    size_t size = 7;

    lg_buf_init(&buf, 1);
    lg_buf_add_cstr(&buf, "ab");
    cr_assert(eq(ptr, lg_buf_take(&buf, &size), NULL));
    cr_assert(eq(sz, size, 7));
    lg_buf_done(&buf);
}
