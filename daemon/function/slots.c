/* slots.c -- one atomic count, and who shares it. */
#include "function/slots.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"

struct lg_slots {
    atomic_uint references;
    atomic_llong taken;
};

struct lg_slots *lg_slots_new(void)
{
    struct lg_slots *slots = LG_NEW(struct lg_slots);

    atomic_init(&slots->references, 1);
    return slots;
}

struct lg_slots *lg_slots_ref(struct lg_slots *slots)
{
    atomic_fetch_add_explicit(&slots->references, 1, memory_order_relaxed);
    return slots;
}

void lg_slots_unref(struct lg_slots *slots)
{
    if (atomic_fetch_sub_explicit(&slots->references, 1, memory_order_acq_rel) != 1)
        return;
    assert(atomic_load(&slots->taken) == 0);
    free(slots);
}

bool lg_slots_take(struct lg_slots *slots, int64_t limit)
{
    long long taken = atomic_load_explicit(&slots->taken, memory_order_relaxed);

    do {
        if (limit >= 0 && taken >= limit)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&slots->taken, &taken, taken + 1,
                                                    memory_order_acq_rel, memory_order_relaxed));
    return true;
}

void lg_slots_give(struct lg_slots *slots)
{
    long long before = atomic_fetch_sub_explicit(&slots->taken, 1, memory_order_acq_rel);

    assert(before > 0);
    (void)before;
}

int64_t lg_slots_taken(const struct lg_slots *slots)
{
    return atomic_load_explicit(&slots->taken, memory_order_relaxed);
}
