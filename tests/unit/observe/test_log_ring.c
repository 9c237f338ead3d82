#include "observe/log_ring.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>
#include <string.h>

static void put(struct lg_log_ring *ring, uint64_t value, size_t size)
{
    uint64_t *memory = lg_log_ring_reserve(ring, size);

    cr_assert_not_null(memory);
    memset(memory, 0xEE, size);
    *memory = value;
    lg_log_ring_publish(ring);
}

static uint64_t get(struct lg_log_ring *ring)
{
    const uint64_t *memory = lg_log_ring_first(ring);

    cr_assert_not_null(memory);
    uint64_t value = *memory;
    lg_log_ring_drop(ring);
    return value;
}

Test(log_ring, records_come_out_in_order_over_many_rounds)
{
    struct lg_log_ring *ring = lg_log_ring_new(256);
    uint64_t in = 0, out = 0;

    for (int round = 0; round < 100; round++) {
        for (size_t i = 0; i < 3; i++)
            put(ring, in++, 8 + 8 * ((size_t)round % 7)); /* never the same place twice running */
        lg_log_ring_look(ring);
        for (int i = 0; i < 3; i++)
            cr_assert(eq(u64, get(ring), out++));
        cr_assert_null(lg_log_ring_first(ring));
    }
    lg_log_ring_free(ring);
}

Test(log_ring, a_full_ring_refuses_and_takes_again_after_a_drop)
{
    struct lg_log_ring *ring = lg_log_ring_new(64);

    for (uint64_t i = 0; i < 4; i++)
        put(ring, i, 8); /* 16 with its head */
    cr_assert_null(lg_log_ring_reserve(ring, 8));
    lg_log_ring_look(ring);
    cr_assert(eq(u64, get(ring), 0));
    put(ring, 4, 8);
    cr_assert_null(lg_log_ring_reserve(ring, 8));
    lg_log_ring_look(ring);
    for (uint64_t i = 1; i < 5; i++)
        cr_assert(eq(u64, get(ring), i));
    lg_log_ring_free(ring);
}

Test(log_ring, a_record_that_would_cross_the_end_needs_room_in_front)
{
    struct lg_log_ring *ring = lg_log_ring_new(64);

    put(ring, 1, 8);
    put(ring, 2, 16); /* 40 of 64 used */
    lg_log_ring_look(ring);
    cr_assert(eq(u64, get(ring), 1));
    put(ring, 3, 8);                               /* 56 */
    cr_assert_null(lg_log_ring_reserve(ring, 16)); /* 8 at the end, 16 in front: 24 are needed */
    cr_assert(eq(u64, get(ring), 2));
    put(ring, 4, 16);
    lg_log_ring_look(ring);
    cr_assert(eq(u64, get(ring), 3));
    cr_assert(eq(u64, get(ring), 4));
    lg_log_ring_free(ring);
}

Test(log_ring, what_comes_after_a_look_is_not_seen_before_the_next)
{
    struct lg_log_ring *ring = lg_log_ring_new(256);

    put(ring, 1, 8);
    cr_assert(eq(sz, lg_log_ring_look(ring), 16));
    put(ring, 2, 8);
    cr_assert(eq(u64, get(ring), 1));
    cr_assert_null(lg_log_ring_first(ring));
    cr_assert(eq(sz, lg_log_ring_look(ring), 16));
    cr_assert(eq(u64, get(ring), 2));
    cr_assert(eq(sz, lg_log_ring_look(ring), 0));
    lg_log_ring_free(ring);
}

Test(log_ring, the_writer_learns_how_full_it_is)
{
    struct lg_log_ring *ring = lg_log_ring_new(256);

    for (int i = 0; i < 9; i++)
        put(ring, 1, 8);
    lg_log_ring_look(ring);
    for (int i = 0; i < 8; i++)
        get(ring);
    cr_assert_not_null(lg_log_ring_reserve(ring, 8));
    /* Above half by what the writer knew: it looks again, and only two records are left. */
    cr_assert(eq(sz, lg_log_ring_publish(ring), 32));
    lg_log_ring_free(ring);
}
