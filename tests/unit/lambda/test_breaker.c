/* An endpoint that fails is left alone, and tried again by one call at a time. */
#include "lambda/breaker.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(breaker, .timeout = 20);

static void fail(struct lg_breaker *breaker, unsigned times, int64_t now_ms)
{
    for (unsigned i = 0; i < times; i++) {
        cr_assert(lg_breaker_enter(breaker, now_ms));
        (void)lg_breaker_leave(breaker, false, now_ms);
    }
}

Test(breaker, it_opens_after_failures_in_a_row_only)
{
    struct lg_breaker breaker = { 0 };

    fail(&breaker, LG_BREAKER_FAILURES - 1, 0);
    cr_assert(not(lg_breaker_leave(&breaker, true, 0)));
    fail(&breaker, LG_BREAKER_FAILURES - 1, 0);
    cr_assert(lg_breaker_enter(&breaker, 0));
    cr_assert(lg_breaker_leave(&breaker, false, 0));
    cr_assert(not(lg_breaker_enter(&breaker, LG_BREAKER_MIN_MS - 1)));
}

Test(breaker, one_probe_goes_ahead_and_decides)
{
    struct lg_breaker breaker = { 0 };

    fail(&breaker, LG_BREAKER_FAILURES, 0);
    cr_assert(lg_breaker_enter(&breaker, LG_BREAKER_MIN_MS));
    cr_assert(not(lg_breaker_enter(&breaker, LG_BREAKER_MIN_MS)));
    cr_assert(lg_breaker_leave(&breaker, true, LG_BREAKER_MIN_MS));
    cr_assert(lg_breaker_enter(&breaker, LG_BREAKER_MIN_MS));
    cr_assert(lg_breaker_enter(&breaker, LG_BREAKER_MIN_MS));
}

Test(breaker, probes_in_vain_come_ever_more_slowly)
{
    struct lg_breaker breaker = { 0 };
    int64_t now_ms = 0, wait_ms = LG_BREAKER_MIN_MS;

    fail(&breaker, LG_BREAKER_FAILURES, now_ms);
    for (unsigned i = 0; i < 10; i++) {
        cr_assert(not(lg_breaker_enter(&breaker, now_ms + wait_ms - 1)));
        now_ms += wait_ms;
        fail(&breaker, 1, now_ms);
        wait_ms = wait_ms * 2 > LG_BREAKER_MAX_MS ? LG_BREAKER_MAX_MS : wait_ms * 2;
    }
}

Test(breaker, calls_that_were_under_way_when_it_opened_change_nothing)
{
    struct lg_breaker breaker = { 0 };

    fail(&breaker, LG_BREAKER_FAILURES, 0);
    cr_assert(not(lg_breaker_leave(&breaker, false, 500)));
    cr_assert(lg_breaker_enter(&breaker, LG_BREAKER_MIN_MS));
}

Test(breaker, a_probe_that_came_to_nothing_leaves_room_for_another)
{
    struct lg_breaker breaker = { 0 };

    fail(&breaker, LG_BREAKER_FAILURES, 0);
    cr_assert(lg_breaker_enter(&breaker, LG_BREAKER_MIN_MS));
    lg_breaker_forget(&breaker);
    cr_assert(lg_breaker_enter(&breaker, LG_BREAKER_MIN_MS));
}
