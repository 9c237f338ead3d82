/* format_time.c -- dates, times and durations of RFC 3339 (5.6 and appendix A). */
#include "validate/format.h"

/* --- dates ------------------------------------------------------------------------------------ */

static bool is_leap_year(unsigned year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static bool take_date(struct lg_str *rest)
{
    static const unsigned char days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    unsigned year, month, day;

    if (!lg_format_take_digits(rest, 4, 4, &year) || !lg_format_take(rest, '-') ||
        !lg_format_take_digits(rest, 2, 2, &month) || !lg_format_take(rest, '-') ||
        !lg_format_take_digits(rest, 2, 2, &day) || month < 1 || month > 12 || day < 1)
        return false;
    return day <= days[month - 1] + (month == 2 && is_leap_year(year) ? 1u : 0u);
}

/* --- times ------------------------------------------------------------------------------------ */

/* `hh:mm` */
static bool take_clock(struct lg_str *rest, unsigned *ret_minutes)
{
    unsigned hour, minute;

    if (!lg_format_take_digits(rest, 2, 2, &hour) || !lg_format_take(rest, ':') ||
        !lg_format_take_digits(rest, 2, 2, &minute) || hour > 23 || minute > 59)
        return false;
    *ret_minutes = hour * 60 + minute;
    return true;
}

/* `Z` or how far from UTC; *ret_minutes: to be taken from the time, as a day's minutes. */
static bool take_offset(struct lg_str *rest, unsigned *ret_minutes)
{
    const unsigned day = 24 * 60;
    unsigned minutes;

    *ret_minutes = 0;
    if (lg_format_take(rest, 'Z') || lg_format_take(rest, 'z'))
        return true;
    bool west = lg_format_peek(*rest) == '-';
    if ((!lg_format_take(rest, '+') && !lg_format_take(rest, '-')) || !take_clock(rest, &minutes))
        return false;
    *ret_minutes = west ? (day - minutes) % day : minutes;
    return true;
}

static bool take_time(struct lg_str *rest)
{
    const unsigned day = 24 * 60;
    unsigned minutes, second, fraction, offset;

    if (!take_clock(rest, &minutes) || !lg_format_take(rest, ':') ||
        !lg_format_take_digits(rest, 2, 2, &second) || second > 60)
        return false;
    if (lg_format_take(rest, '.') && !lg_format_take_digits(rest, 1, SIZE_MAX, &fraction))
        return false;
    if (!take_offset(rest, &offset))
        return false;
    /* A leap second is the last of a day in UTC. */
    return second < 60 || (minutes + day - offset) % day == day - 1;
}

bool lg_format_date(struct lg_str text)
{
    return take_date(&text) && text.size == 0;
}

bool lg_format_time(struct lg_str text)
{
    return take_time(&text) && text.size == 0;
}

bool lg_format_date_time(struct lg_str text)
{
    return take_date(&text) && (lg_format_take(&text, 'T') || lg_format_take(&text, 't')) &&
           take_time(&text) && text.size == 0;
}

/* --- durations -------------------------------------------------------------------------------- */

/* The units that follow each other, without a gap: 1Y2M, but not 1Y2D. */
static bool take_units(struct lg_str *rest, const char *units)
{
    bool any = false;

    while (lg_format_is_digit(lg_format_peek(*rest))) {
        unsigned ignored;

        (void)lg_format_take_digits(rest, 1, SIZE_MAX, &ignored);
        while (!any && *units != '\0' && *units != lg_format_peek(*rest))
            units++;
        if (*units == '\0' || !lg_format_take(rest, *units))
            return false;
        units++;
        any = true;
    }
    return any;
}

bool lg_format_duration(struct lg_str text)
{
    unsigned ignored;

    if (!lg_format_take(&text, 'P'))
        return false;
    struct lg_str weeks = text;
    if (lg_format_take_digits(&weeks, 1, SIZE_MAX, &ignored) && lg_format_take(&weeks, 'W'))
        return weeks.size == 0;
    if (lg_format_peek(text) != 'T' && !take_units(&text, "YMD"))
        return false;
    if (text.size == 0)
        return true;
    return lg_format_take(&text, 'T') && take_units(&text, "HMS") && text.size == 0;
}
