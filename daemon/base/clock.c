/* clock.c -- reading the clocks, and dates without the lock that gmtime_r() takes. */
#include "base/clock.h"

#include <string.h>
#include <time.h>

int64_t lg_clock_mono_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t lg_clock_mono_ms(void)
{
    return lg_clock_mono_us() / 1000;
}

int64_t lg_clock_wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct moment {
    unsigned year, month, day; /* month and day from 1 */
    unsigned hour, minute, second, milli;
};

#define MS_PER_DAY INT64_C(86400000)
#define YEAR_0001_MS INT64_C(-62135596800000)
#define YEAR_9999_END_MS INT64_C(253402300799999)

/*
 * Years are counted from 1 March, so that the leap day comes last, in eras of 400 years, which
 * all have the same 146097 days.
 */
static void date_of_day(int64_t days_since_1970, struct moment *ret_moment)
{
    unsigned days = (unsigned)(days_since_1970 + 719468); /* since 0000-03-01 */
    unsigned era = days / 146097;
    unsigned day_of_era = days % 146097;
    unsigned year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned month_from_march = (5 * day_of_year + 2) / 153;

    ret_moment->day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    ret_moment->month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    ret_moment->year = era * 400 + year_of_era + (ret_moment->month <= 2);
}

/* Moments outside of the years 1 to 9999 become the nearest one inside: the texts have a size. */
static struct moment moment_of(int64_t wall_ms)
{
    struct moment moment;

    if (wall_ms < YEAR_0001_MS)
        wall_ms = YEAR_0001_MS;
    if (wall_ms > YEAR_9999_END_MS)
        wall_ms = YEAR_9999_END_MS;

    int64_t day = wall_ms / MS_PER_DAY;
    if (wall_ms % MS_PER_DAY < 0)
        day--;
    unsigned rest = (unsigned)(wall_ms - day * MS_PER_DAY);
    date_of_day(day, &moment);
    moment.hour = rest / 3600000;
    moment.minute = rest / 60000 % 60;
    moment.second = rest / 1000 % 60;
    moment.milli = rest % 1000;
    return moment;
}

static char *put_digits(char *at, unsigned value, unsigned count)
{
    for (unsigned i = count; i > 0; i--) {
        at[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

static char *put_char(char *at, char byte)
{
    *at = byte;
    return at + 1;
}

static char *put_time(char *at, const struct moment *moment)
{
    at = put_digits(at, moment->hour, 2);
    at = put_digits(put_char(at, ':'), moment->minute, 2);
    return put_digits(put_char(at, ':'), moment->second, 2);
}

void lg_clock_iso(int64_t wall_ms, char ret_text[LG_CLOCK_ISO_SIZE])
{
    struct moment moment = moment_of(wall_ms);
    char *at = put_digits(ret_text, moment.year, 4);

    at = put_digits(put_char(at, '-'), moment.month, 2);
    at = put_digits(put_char(at, '-'), moment.day, 2);
    at = put_time(put_char(at, 'T'), &moment);
    at = put_digits(put_char(at, '.'), moment.milli, 3);
    at = put_char(at, 'Z');
    *at = '\0';
}

void lg_clock_clf(int64_t wall_ms, char ret_text[LG_CLOCK_CLF_SIZE])
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct moment moment = moment_of(wall_ms);
    char *at = put_digits(ret_text, moment.day, 2);

    at = put_char(at, '/');
    memcpy(at, months + (size_t)(moment.month - 1) * 3, 3);
    at = put_digits(put_char(at + 3, '/'), moment.year, 4);
    at = put_time(put_char(at, ':'), &moment);
    memcpy(at, " +0000", sizeof(" +0000"));
}
