/* How many calls of a function may be under way, and who shares the count. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <pthread.h>
#include <stdatomic.h>

#include "function/slots.h"

Test(slots, there_are_no_more_than_the_limit)
{
    struct lg_slots *slots = lg_slots_new();

    cr_assert(lg_slots_take(slots, 2));
    cr_assert(lg_slots_take(slots, 2));
    cr_assert_not(lg_slots_take(slots, 2));
    lg_slots_give(slots);
    cr_assert(lg_slots_take(slots, 2));
    cr_assert(eq(i64, lg_slots_taken(slots), 2));
    lg_slots_give(slots);
    lg_slots_give(slots);
    lg_slots_unref(slots);
}

Test(slots, zero_refuses_all_and_no_limit_refuses_none)
{
    struct lg_slots *slots = lg_slots_new();

    cr_assert_not(lg_slots_take(slots, 0));
    for (int i = 0; i < 100; i++)
        cr_assert(lg_slots_take(slots, -1));
    cr_assert_not(lg_slots_take(slots, 100), "those without a limit count too");
    for (int i = 0; i < 100; i++)
        lg_slots_give(slots);
    lg_slots_unref(slots);
}

static struct lg_slots *shared;
static atomic_int inside, most;

static void *take_and_give(void *unused)
{
    for (int i = 0; i < 20000; i++) {
        if (!lg_slots_take(shared, 3))
            continue;
        int now = atomic_fetch_add(&inside, 1) + 1;
        if (now > atomic_load(&most))
            atomic_store(&most, now);
        atomic_fetch_sub(&inside, 1);
        lg_slots_give(shared);
    }
    return unused;
}

Test(slots, the_limit_holds_over_all_threads)
{
    pthread_t threads[4];

    shared = lg_slots_new();
    for (int i = 0; i < 4; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, take_and_give, NULL), 0));
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    cr_assert(le(int, atomic_load(&most), 3));
    cr_assert(eq(i64, lg_slots_taken(shared), 0));
    lg_slots_unref(shared);
}

Test(slots, the_last_of_those_who_share_frees)
{
    struct lg_slots *slots = lg_slots_new();

    cr_assert(eq(ptr, lg_slots_ref(slots), slots));
    lg_slots_unref(slots);
    cr_assert(lg_slots_take(slots, 1));
    lg_slots_give(slots);
    lg_slots_unref(slots);
}
