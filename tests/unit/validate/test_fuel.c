/* Fuel is given in proportion to a body, up to a ceiling, and once exhausted it stays so. */
#include "validate/fuel.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(fuel, grows_with_the_body_up_to_a_ceiling)
{
    cr_assert(eq(u64, lg_fuel_for(0).left, 30000));
    cr_assert(eq(u64, lg_fuel_for(1000).left, 32000));
    cr_assert(eq(u64, lg_fuel_for(256 * 1024).left, 554288));
    cr_assert(eq(u64, lg_fuel_for(9984999).left, 19999998));
    cr_assert(eq(u64, lg_fuel_for(9985000).left, 20000000));
    cr_assert(eq(u64, lg_fuel_for(9985001).left, 20000000));
    cr_assert(eq(u64, lg_fuel_for(SIZE_MAX).left, 20000000));
}

Test(fuel, a_glance_gets_less_than_a_whole_check)
{
    cr_assert(eq(u64, lg_fuel_for_glance(0).left, 10000));
    cr_assert(eq(u64, lg_fuel_for_glance(64 * 1024).left, 75536));
}

Test(fuel, burns_until_nothing_would_be_left)
{
    struct lg_fuel fuel = { 10 };

    cr_assert(lg_fuel_burn(&fuel, 0));
    cr_assert(lg_fuel_burn(&fuel, 9));
    cr_assert(eq(u64, fuel.left, 1));
    cr_assert(not(lg_fuel_exhausted(&fuel)));
    cr_assert(not(lg_fuel_burn(&fuel, 1)));
    cr_assert(lg_fuel_exhausted(&fuel));
}

Test(fuel, what_is_exhausted_stays_so)
{
    struct lg_fuel fuel = { 10 };

    cr_assert(not(lg_fuel_burn(&fuel, UINT64_MAX)));
    cr_assert(lg_fuel_exhausted(&fuel));
    cr_assert(not(lg_fuel_burn(&fuel, 0)));
    cr_assert(eq(u64, fuel.left, 0));
}
