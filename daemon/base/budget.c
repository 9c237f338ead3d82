/* budget.c -- compare and exchange until it fits or does not. */
#include "base/budget.h"

#include <assert.h>

static size_t low_water(size_t limit)
{
    return limit / 10 * 8;
}

static bool take_up_to(struct lg_budget *budget, size_t size, size_t ceiling)
{
    size_t used = atomic_load_explicit(&budget->used, memory_order_relaxed);

    do {
        if (used > ceiling || size > ceiling - used)
            return false;
    } while (!atomic_compare_exchange_weak_explicit(&budget->used, &used, used + size,
                                                    memory_order_relaxed, memory_order_relaxed));
    return true;
}

static size_t limit_of(struct lg_budget *budget)
{
    return atomic_load_explicit(&budget->limit, memory_order_relaxed);
}

bool lg_budget_take(struct lg_budget *budget, size_t size)
{
    size_t limit = limit_of(budget);

    if (limit > 0)
        return take_up_to(budget, size, limit);
    lg_budget_force(budget, size);
    return true;
}

bool lg_budget_take_low(struct lg_budget *budget, size_t size)
{
    size_t limit = limit_of(budget);

    if (limit > 0)
        return take_up_to(budget, size, low_water(limit));
    lg_budget_force(budget, size);
    return true;
}

void lg_budget_force(struct lg_budget *budget, size_t size)
{
    atomic_fetch_add_explicit(&budget->used, size, memory_order_relaxed);
}

void lg_budget_give(struct lg_budget *budget, size_t size)
{
    size_t before = atomic_fetch_sub_explicit(&budget->used, size, memory_order_relaxed);

    assert(before >= size);
    (void)before;
}

size_t lg_budget_used(struct lg_budget *budget)
{
    return atomic_load_explicit(&budget->used, memory_order_relaxed);
}

bool lg_budget_fits(struct lg_budget *budget, size_t size)
{
    size_t limit = limit_of(budget);

    return limit == 0 || size <= low_water(limit);
}
