/* explain_text.c -- JSON values, lists and times in words. */
#include "authorize/explain_text.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"

#define VALUE_MAX 200 /* bytes of a value that are shown */

/* --- what may not be printed as it is --------------------------------------------------------- */

static unsigned code_point(const unsigned char *at, size_t size)
{
    if (size == 1)
        return at[0];
    unsigned code = at[0] & (0x7FU >> size);
    for (size_t i = 1; i < size; i++)
        code = code << 6 | (at[i] & 0x3FU);
    return code;
}

/* Controls, and what hides text or turns it around (Unicode's Cf, where terminals honour it). */
static bool steers(unsigned code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
}

static void add_clean(struct lg_buf *out, struct lg_str text)
{
    while (text.size > 0) {
        size_t size = lg_utf8_sequence(text);
        unsigned code = size == 0 ? 0xfffd : code_point((const unsigned char *)text.data, size);

        if (code == '\n' || code == '\r' || code == '\t')
            lg_buf_add_char(out, ' ');
        else if (size == 0 || steers(code))
            lg_buf_printf(out, "\\u%04x", code);
        else
            lg_buf_add(out, text.data, size);
        text = lg_str_part(text, size == 0 ? 1 : size, text.size);
    }
}

static const char *take(struct lg_arena *arena, struct lg_buf *out)
{
    const char *text = lg_arena_cstr(arena, lg_buf_str(out));

    lg_buf_done(out);
    return text;
}

const char *lg_explain_clean(struct lg_arena *arena, struct lg_str text)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    add_clean(&out, text);
    return take(arena, &out);
}

/* --- values ----------------------------------------------------------------------------------- */

/* Cut between two characters. */
static const char *cut(struct lg_arena *arena, struct lg_str text)
{
    size_t size = 0, step = 0;

    if (text.size <= VALUE_MAX)
        return lg_explain_clean(arena, text);
    while (size + step <= VALUE_MAX) {
        size += step;
        step = lg_utf8_sequence(lg_str_part(text, size, text.size));
        if (step == 0)
            step = 1;
    }
    return lg_arena_printf(arena, "%s... (%zu bytes)",
                           lg_explain_clean(arena, lg_str_part(text, 0, size)), text.size);
}

const char *lg_explain_value(struct lg_arena *arena, const struct lg_json *value)
{
    struct lg_buf out;

    if (value == NULL)
        return "nothing";
    if (value->type != LG_JSON_STRING)
        return cut(arena, value->text);
    lg_buf_init(&out, SIZE_MAX);
    lg_json_add_string(&out, value->text);
    const char *text = cut(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return text;
}

const char *lg_explain_list(struct lg_arena *arena, struct lg_str_list list)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    for (size_t i = 0; i < list.count; i++) {
        if (i > 0)
            lg_buf_add_cstr(&out, ", ");
        lg_json_add_string(&out, list.items[i]);
    }
    const char *text = cut(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return text;
}

/* --- times ------------------------------------------------------------------------------------ */

/* The two largest units: "2d 3h", "59m 58s", "12s". */
static const char *span(struct lg_arena *arena, int64_t seconds)
{
    long long s = seconds;

    if (s >= 86400)
        return lg_arena_printf(arena, "%lldd %lldh", s / 86400, s % 86400 / 3600);
    if (s >= 3600)
        return lg_arena_printf(arena, "%lldh %lldm", s / 3600, s % 3600 / 60);
    if (s >= 60)
        return lg_arena_printf(arena, "%lldm %llds", s / 60, s % 60);
    return lg_arena_printf(arena, "%llds", s);
}

const char *lg_explain_time(struct lg_arena *arena, const struct lg_json *value, int64_t now_ms)
{
    char stamp[LG_CLOCK_ISO_SIZE];
    const char *shown = lg_explain_value(arena, value);
    int64_t at_ms;

    /* Beyond the year 9999 there is no stamp; such a time is one in milliseconds. */
    if (value == NULL || !lg_claims_time(value, &at_ms) || at_ms < 0 || at_ms > 253402300799000)
        return shown;
    lg_clock_iso(at_ms, stamp);
    int64_t ahead_s = (at_ms - now_ms) / 1000;
    return lg_arena_printf(arena, ahead_s >= 0 ? "%s (%s, in %s)" : "%s (%s, %s ago)", shown, stamp,
                           span(arena, llabs(ahead_s)));
}
