/* values.c -- readers and writers of durations, sizes, modes and plain numbers. */
#include "config/values.h"

#include <string.h>

#include "base/mem.h"

struct unit {
    const char *name;
    int64_t factor;
};

/* Largest first, as writing wants them. */
static const struct unit durations[] = {
    { "h", 3600000 }, { "m", 60000 }, { "s", 1000 }, { "ms", 1 }
};
static const struct unit sizes[] = {
    { "GB", 1 << 30 },  { "MB", 1 << 20 },  { "KB", 1 << 10 },  { "B", 1 },
    { "GiB", 1 << 30 }, { "MiB", 1 << 20 }, { "KiB", 1 << 10 }, { "", 1 },
};
#define SIZES_WRITTEN 4 /* of those above */

enum lg_err lg_value_bool(const char *text, bool *ret_value)
{
    static const char *const words[] = { "true", "True", "TRUE", "false", "False", "FALSE" };

    for (size_t i = 0; i < LG_COUNT(words); i++) {
        if (strcmp(text, words[i]) == 0) {
            *ret_value = i < 3;
            return LG_OK;
        }
    }
    return LG_ERR_SYNTAX;
}

static size_t digits_of(const char *text)
{
    return strspn(text, "0123456789");
}

/* The digits that `text` starts with; *ret_rest is what follows them. */
static enum lg_err read_digits(const char *text, int64_t *ret_value, const char **ret_rest)
{
    size_t size = digits_of(text);
    uint64_t value;

    if (size == 0 || (size > 1 && text[0] == '0'))
        return LG_ERR_SYNTAX;
    enum lg_err err = lg_str_to_u64(lg_str_make(text, size), &value);
    if (err != LG_OK)
        return err;
    if (value > INT64_MAX)
        return LG_ERR_RANGE;
    *ret_value = (int64_t)value;
    *ret_rest = text + size;
    return LG_OK;
}

enum lg_err lg_value_integer(const char *text, int64_t *ret_value)
{
    bool negative = *text == '-';
    const char *digits = text + (*text == '-' || *text == '+' ? 1 : 0);
    const char *rest;
    int64_t value;

    if (digits[digits_of(digits)] != '\0')
        return LG_ERR_SYNTAX;
    enum lg_err err = read_digits(digits, &value, &rest);
    if (err != LG_OK)
        return err;
    *ret_value = negative ? -value : value;
    return LG_OK;
}

static enum lg_err read_measure(const char *text, const struct unit *units, size_t count,
                                int64_t *ret_value)
{
    const char *name = text + digits_of(text);
    const struct unit *unit = NULL;
    const char *rest;
    int64_t value;

    for (size_t i = 0; i < count && unit == NULL; i++)
        if (strcmp(name, units[i].name) == 0)
            unit = &units[i];
    if (unit == NULL)
        return LG_ERR_SYNTAX;
    enum lg_err err = read_digits(text, &value, &rest);
    if (err != LG_OK)
        return err;
    if (value > INT64_MAX / unit->factor)
        return LG_ERR_RANGE;
    *ret_value = value * unit->factor;
    return LG_OK;
}

enum lg_err lg_value_duration(const char *text, int64_t *ret_ms)
{
    return read_measure(text, durations, LG_COUNT(durations), ret_ms);
}

enum lg_err lg_value_size(const char *text, int64_t *ret_bytes)
{
    return read_measure(text, sizes, LG_COUNT(sizes), ret_bytes);
}

enum lg_err lg_value_mode(const char *text, int64_t *ret_mode)
{
    int64_t mode = 0;

    if (text[0] == '0')
        text += text[1] == 'o' ? 2 : 1;
    if (strlen(text) != 3 || text[strspn(text, "01234567")] != '\0')
        return LG_ERR_SYNTAX;
    for (size_t i = 0; i < 3; i++)
        mode = mode * 8 + (text[i] - '0');
    *ret_mode = mode;
    return LG_OK;
}

static void write_measure(struct lg_buf *out, const struct unit *units, size_t count, int64_t value,
                          const char *zero)
{
    for (size_t i = 0; i < count; i++) {
        if (value != 0 && value % units[i].factor == 0) {
            lg_buf_add_i64(out, value / units[i].factor);
            lg_buf_add_cstr(out, units[i].name);
            return;
        }
    }
    lg_buf_add_i64(out, value);
    lg_buf_add_cstr(out, zero);
}

void lg_value_write_duration(struct lg_buf *out, int64_t ms)
{
    write_measure(out, durations, LG_COUNT(durations), ms, "s");
}

void lg_value_write_size(struct lg_buf *out, int64_t bytes)
{
    write_measure(out, sizes, SIZES_WRITTEN, bytes, "B");
}
