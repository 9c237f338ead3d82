/* decimal.c -- decimal texts brought into one form, then compared digit by digit. */
#include "base/decimal.h"

#include "base/json.h"

#define LARGEST_EXPONENT INT64_C(100000000000000000) /* ten times as much still fits */

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Cuts the digits off the front of `*rest`. */
static struct lg_str take_digits(struct lg_str *rest)
{
    size_t count = 0;

    while (count < rest->size && is_digit(rest->data[count]))
        count++;
    struct lg_str digits = lg_str_part(*rest, 0, count);
    *rest = lg_str_part(*rest, count, rest->size);
    return digits;
}

static bool take_char(struct lg_str *rest, char byte)
{
    if (rest->size == 0 || rest->data[0] != byte)
        return false;
    *rest = lg_str_part(*rest, 1, rest->size);
    return true;
}

static bool read_exponent(struct lg_str *rest, int64_t *ret_exponent)
{
    *ret_exponent = 0;
    if (!take_char(rest, 'e') && !take_char(rest, 'E'))
        return true;
    bool negative = take_char(rest, '-');
    if (!negative)
        take_char(rest, '+');

    struct lg_str digits = take_digits(rest);
    int64_t exponent = 0;
    for (size_t i = 0; i < digits.size; i++) {
        exponent = exponent * 10 + (digits.data[i] - '0');
        if (exponent > LARGEST_EXPONENT)
            exponent = LARGEST_EXPONENT;
    }
    *ret_exponent = negative ? -exponent : exponent;
    return digits.size > 0;
}

static size_t leading_zeros(struct lg_str digits)
{
    size_t count = 0;

    while (count < digits.size && digits.data[count] == '0')
        count++;
    return count;
}

static struct lg_str without_trailing_zeros(struct lg_str digits)
{
    while (digits.size > 0 && digits.data[digits.size - 1] == '0')
        digits.size--;
    return digits;
}

static void normalise(struct lg_decimal *decimal)
{
    size_t zeros = leading_zeros(decimal->head);

    decimal->head = lg_str_part(decimal->head, zeros, decimal->head.size);
    decimal->point += (int64_t)decimal->head.size;
    if (decimal->head.size == 0) {
        zeros = leading_zeros(decimal->tail);
        decimal->tail = lg_str_part(decimal->tail, zeros, decimal->tail.size);
        decimal->point -= (int64_t)zeros;
    }
    decimal->tail = without_trailing_zeros(decimal->tail);
    if (decimal->tail.size == 0)
        decimal->head = without_trailing_zeros(decimal->head);
    if (decimal->head.size + decimal->tail.size == 0)
        *decimal = (struct lg_decimal){ .sign = 0 };
}

enum lg_err lg_decimal_read(struct lg_str text, struct lg_decimal *ret_decimal)
{
    struct lg_decimal decimal = { .sign = take_char(&text, '-') ? -1 : 1 };

    decimal.head = take_digits(&text);
    if (decimal.head.size == 0 || (decimal.head.size > 1 && decimal.head.data[0] == '0'))
        return LG_ERR_SYNTAX;
    if (take_char(&text, '.')) {
        decimal.tail = take_digits(&text);
        if (decimal.tail.size == 0)
            return LG_ERR_SYNTAX;
    }
    if (!read_exponent(&text, &decimal.point) || text.size > 0)
        return LG_ERR_SYNTAX;
    normalise(&decimal);
    *ret_decimal = decimal;
    return LG_OK;
}

static size_t digit_count(const struct lg_decimal *decimal)
{
    return decimal->head.size + decimal->tail.size;
}

/* Behind the last digit are zeros. */
static char digit_at(const struct lg_decimal *decimal, size_t index)
{
    if (index < decimal->head.size)
        return decimal->head.data[index];
    index -= decimal->head.size;
    return index < decimal->tail.size ? decimal->tail.data[index] : '0';
}

static int compare_sizes(const struct lg_decimal *a, const struct lg_decimal *b)
{
    if (a->point != b->point)
        return a->point < b->point ? -1 : 1;

    size_t count = digit_count(a) > digit_count(b) ? digit_count(a) : digit_count(b);
    for (size_t i = 0; i < count; i++) {
        int order = digit_at(a, i) - digit_at(b, i);

        if (order != 0)
            return order;
    }
    return 0;
}

int lg_decimal_cmp(const struct lg_decimal *a, const struct lg_decimal *b)
{
    if (a->sign != b->sign)
        return a->sign < b->sign ? -1 : 1;
    return a->sign == 0 ? 0 : a->sign * compare_sizes(a, b);
}

bool lg_decimal_is_integer(const struct lg_decimal *decimal)
{
    return decimal->sign == 0 ||
           (decimal->point > 0 && (uint64_t)decimal->point >= digit_count(decimal));
}

enum lg_err lg_decimal_to_i64(const struct lg_decimal *decimal, int64_t *ret_number)
{
    int64_t number = 0;
    bool overflow = decimal->point > 19; /* digits of the largest int64 */

    if (!lg_decimal_is_integer(decimal))
        return LG_ERR_SYNTAX;
    for (size_t i = 0; !overflow && i < (size_t)decimal->point; i++) {
        /* Built from below zero, where there is room for one more. */
        overflow = __builtin_mul_overflow(number, 10, &number) ||
                   __builtin_sub_overflow(number, digit_at(decimal, i) - '0', &number);
    }
    if (decimal->sign > 0)
        overflow = overflow || __builtin_mul_overflow(number, -1, &number);
    if (overflow)
        return LG_ERR_RANGE;
    *ret_number = number;
    return LG_OK;
}

enum lg_err lg_json_to_i64(const struct lg_json *value, int64_t *ret_number)
{
    struct lg_decimal decimal;

    if (!lg_json_is(value, LG_JSON_NUMBER) || lg_decimal_read(value->text, &decimal) != LG_OK)
        return LG_ERR_SYNTAX;
    return lg_decimal_to_i64(&decimal, ret_number);
}
