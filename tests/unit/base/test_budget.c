/* Budgets: what fits, what must wait, what is given back. */
#include "base/budget.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdint.h>

static struct lg_budget budget;

static void open_budget(size_t limit)
{
    atomic_init(&budget.used, 0);
    atomic_init(&budget.limit, limit);
}

Test(budget, takes_up_to_the_limit_and_not_a_byte_more)
{
    open_budget(100);
    cr_assert(lg_budget_take(&budget, 60));
    cr_assert(not(lg_budget_take(&budget, 41)));
    cr_assert(lg_budget_take(&budget, 40));
    cr_assert(not(lg_budget_take(&budget, 1)));
    lg_budget_give(&budget, 100);
    cr_assert(eq(sz, lg_budget_used(&budget), 0));
}

Test(budget, what_can_wait_stops_at_eighty_percent)
{
    open_budget(100);
    cr_assert(lg_budget_take_low(&budget, 80));
    cr_assert(not(lg_budget_take_low(&budget, 1)));
    cr_assert(lg_budget_take(&budget, 20));
    lg_budget_give(&budget, 50);
    cr_assert(lg_budget_take_low(&budget, 30));
}

Test(budget, what_is_here_already_is_counted_and_blocks_the_rest)
{
    open_budget(100);
    lg_budget_force(&budget, 500);
    cr_assert(not(lg_budget_take(&budget, 1)));
    cr_assert(not(lg_budget_take_low(&budget, 0)));
    lg_budget_give(&budget, 500);
    cr_assert(lg_budget_take(&budget, 1));
}

Test(budget, a_size_near_the_largest_number_does_not_wrap)
{
    open_budget(100);
    cr_assert(lg_budget_take(&budget, 50));
    cr_assert(not(lg_budget_take(&budget, SIZE_MAX)));
}

Test(budget, without_a_limit_everything_fits)
{
    open_budget(0);
    cr_assert(lg_budget_take(&budget, 1000));
    cr_assert(lg_budget_take_low(&budget, 1000));
    cr_assert(lg_budget_fits(&budget, SIZE_MAX));
    cr_assert(eq(sz, lg_budget_used(&budget), 2000));
}

Test(budget, what_never_fits_is_told_beforehand)
{
    open_budget(100);
    cr_assert(lg_budget_fits(&budget, 80));
    cr_assert(not(lg_budget_fits(&budget, 81)));
}
