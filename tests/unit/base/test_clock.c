/* Stamps: dates at the edges of years, months and days. */
#include "base/clock.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

static bool iso_is(int64_t wall_ms, const char *wanted)
{
    char text[LG_CLOCK_ISO_SIZE];

    lg_clock_iso(wall_ms, text);
    return strcmp(text, wanted) == 0;
}

static bool clf_is(int64_t wall_ms, const char *wanted)
{
    char text[LG_CLOCK_CLF_SIZE];

    lg_clock_clf(wall_ms, text);
    return strcmp(text, wanted) == 0;
}

Test(clock, stamps_are_in_utc_with_milliseconds)
{
    cr_assert(iso_is(0, "1970-01-01T00:00:00.000Z"));
    cr_assert(iso_is(INT64_C(1769853603004), "2026-01-31T10:00:03.004Z"));
    cr_assert(iso_is(INT64_C(1709251199999), "2024-02-29T23:59:59.999Z"));
    cr_assert(iso_is(INT64_C(1709251200000), "2024-03-01T00:00:00.000Z"));
    cr_assert(iso_is(-1, "1969-12-31T23:59:59.999Z"));
}

Test(clock, access_log_stamps_have_the_common_log_format)
{
    cr_assert(clf_is(INT64_C(1783711144000), "10/Jul/2026:19:19:04 +0000"));
    cr_assert(clf_is(0, "01/Jan/1970:00:00:00 +0000"));
    cr_assert(clf_is(INT64_C(1735689599999), "31/Dec/2024:23:59:59 +0000"));
}

Test(clock, moments_that_no_stamp_can_hold_become_the_nearest_one)
{
    cr_assert(iso_is(INT64_MAX, "9999-12-31T23:59:59.999Z"));
    cr_assert(iso_is(INT64_MIN, "0001-01-01T00:00:00.000Z"));
}

Test(clock, every_day_of_five_centuries_agrees_with_the_library)
{
    for (int64_t day = -70000; day < 113000; day++) {
        time_t seconds = (time_t)(day * 86400 + 3661);
        struct tm date;
        char wanted[64];

        gmtime_r(&seconds, &date);
        strftime(wanted, sizeof(wanted), "%Y-%m-%dT%H:%M:%S.007Z", &date);
        cr_assert(iso_is(day * 86400000 + 3661007, wanted), "%s", wanted);
    }
}

Test(clock, the_monotonic_clock_never_goes_back)
{
    int64_t before = lg_clock_mono_us();

    for (int i = 0; i < 1000; i++) {
        int64_t now = lg_clock_mono_us();

        cr_assert(now >= before);
        before = now;
    }
    cr_assert(lg_clock_mono_ms() >= before / 1000);
}

Test(clock, the_wall_clock_tells_unix_milliseconds)
{
    int64_t before = (int64_t)time(NULL) * 1000;
    int64_t now = lg_clock_wall_ms();

    cr_assert(now >= before - 1000 && now < before + 600000);
}
