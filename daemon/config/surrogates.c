/* surrogates.c -- turns pairs of JSON's escapes into single ones of YAML. */
#include "config/surrogates.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

/* Whether a JSON escape \\uD8xx (or another, by the letters that may stand for the 8) is at `at`.
 */
static bool is_surrogate(struct lg_str text, size_t at, const char *second)
{
    const char *escape = text.data + at;

    return text.size - at >= 6 && escape[0] == '\\' && escape[1] == 'u' &&
           (escape[2] == 'd' || escape[2] == 'D') && escape[3] != '\0' &&
           strchr(second, escape[3]) != NULL && isxdigit((unsigned char)escape[4]) &&
           isxdigit((unsigned char)escape[5]);
}

static unsigned long low_bits(struct lg_str text, size_t at)
{
    char digits[5] = { text.data[at + 2], text.data[at + 3], text.data[at + 4], text.data[at + 5] };

    return strtoul(digits, NULL, 16) & 0x3ff;
}

static void copy_joined(struct lg_str text, struct lg_buf *out)
{
    for (size_t at = 0; at < text.size;) {
        size_t step = text.data[at] == '\\' && at + 1 < text.size ? 2 : 1;
        if (is_surrogate(text, at, "89abAB") && text.size - at >= 12 &&
            is_surrogate(text, at + 6, "cdefCDEF")) {
            lg_buf_printf(out, "\\U%08lX",
                          0x10000 + (low_bits(text, at) << 10) + low_bits(text, at + 6));
            step = 12;
        } else {
            lg_buf_add(out, text.data + at, step);
        }
        at += step;
    }
}

static bool is_json_object(struct lg_str text)
{
    size_t at = 0;

    while (at < text.size && strchr(" \t\r\n", text.data[at]) != NULL && text.data[at] != '\0')
        at++;
    return at < text.size && text.data[at] == '{';
}

struct lg_str lg_surrogates_join(struct lg_arena *arena, struct lg_str text)
{
    struct lg_buf out;

    if (!is_json_object(text) || memmem(text.data, text.size, "\\u", 2) == NULL)
        return text;
    lg_buf_init(&out, SIZE_MAX);
    copy_joined(text, &out);
    struct lg_str joined = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return joined;
}
