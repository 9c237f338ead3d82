/* number.c -- short numbers in 64 and 128 bits, long ones digit by digit. */
#include "validate/number.h"

#include <assert.h>
#include <string.h>

#include "base/hash.h"

enum {
    SHORT_DIGITS = 18,
    SHORT_EXPONENT = 1000,
    DIVISOR_DIGITS = 37,
    ENOUGH_ZEROS = 128 /* 10^128 holds every 2 and 5 that a divisor may have */
};

__extension__ typedef __int128 i128;

static const int64_t powers[SHORT_DIGITS + 1] = {
    1,
    10,
    100,
    1000,
    10000,
    100000,
    1000000,
    10000000,
    100000000,
    1000000000,
    10000000000,
    100000000000,
    1000000000000,
    10000000000000,
    100000000000000,
    1000000000000000,
    10000000000000000,
    100000000000000000,
    1000000000000000000,
};

static bool is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

/* Behind `e`: false if it is too large for a short number. */
static bool read_exponent(const char *at, const char *end, int32_t *ret_exponent)
{
    int32_t exponent = 0;
    bool negative = at < end && *at == '-';

    if (at < end && (*at == '-' || *at == '+'))
        at++;
    for (; at < end; at++) {
        exponent = exponent * 10 + (*at - '0');
        if (exponent > SHORT_EXPONENT)
            return false;
    }
    *ret_exponent = negative ? -exponent : exponent;
    return true;
}

static bool read_short(struct lg_str text, struct lg_number *ret_number)
{
    const char *at = text.data, *end = text.data + text.size;
    bool negative = at < end && *at == '-';
    int64_t mantissa = 0;
    int32_t exponent = 0, written = 0;
    int digits = 0;

    if (negative)
        at++;
    for (; at < end && is_digit(*at); at++, digits++) {
        if (digits == SHORT_DIGITS)
            return false;
        mantissa = mantissa * 10 + (*at - '0');
    }
    if (at < end && *at == '.') {
        for (at++; at < end && is_digit(*at); at++, digits++, exponent--) {
            if (digits == SHORT_DIGITS)
                return false;
            mantissa = mantissa * 10 + (*at - '0');
        }
    }
    if (at < end && !read_exponent(at + 1, end, &written))
        return false;
    ret_number->mantissa = negative ? -mantissa : mantissa;
    ret_number->exponent = exponent + written;
    return true;
}

struct lg_number lg_number_read(struct lg_str text)
{
    struct lg_number number = { .text = text };

    number.is_short = read_short(text, &number);
    return number;
}

static struct lg_decimal decimal_of(const struct lg_number *number)
{
    struct lg_decimal decimal;
    enum lg_err err = lg_decimal_read(number->text, &decimal);

    assert(err == LG_OK);
    (void)err;
    return decimal;
}

static int cmp_long(const struct lg_number *a, const struct lg_number *b)
{
    struct lg_decimal left = decimal_of(a), right = decimal_of(b);

    return lg_decimal_cmp(&left, &right);
}

int lg_number_cmp(const struct lg_number *a, const struct lg_number *b)
{
    if (!a->is_short || !b->is_short)
        return cmp_long(a, b);

    int32_t more = a->exponent - b->exponent;
    i128 left = a->mantissa, right = b->mantissa;

    if (more > SHORT_DIGITS || more < -SHORT_DIGITS)
        return cmp_long(a, b);
    if (more > 0)
        left *= powers[more];
    else
        right *= powers[-more];
    return (left > right) - (left < right);
}

bool lg_number_is_integer(const struct lg_number *number)
{
    if (number->is_short && number->exponent >= 0)
        return true;
    struct lg_decimal decimal = decimal_of(number);

    return lg_decimal_is_integer(&decimal);
}

bool lg_number_is_written_as_integer(struct lg_str text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (!is_digit(text.data[i]) && text.data[i] != '-')
            return false;
    }
    return true;
}

/* --- digits of a decimal, one by one ---------------------------------------------------------- */

static size_t digit_count(const struct lg_decimal *decimal)
{
    return decimal->head.size + decimal->tail.size;
}

static unsigned digit_at(const struct lg_decimal *decimal, size_t index)
{
    char digit = index < decimal->head.size ? decimal->head.data[index]
                                            : decimal->tail.data[index - decimal->head.size];

    return (unsigned)(digit - '0');
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    uint64_t pair[2] = { hash, word };

    return lg_hash(lg_str_make((const char *)pair, sizeof(pair)));
}

uint64_t lg_number_hash(const struct lg_number *number)
{
    struct lg_decimal decimal = decimal_of(number);
    size_t count = digit_count(&decimal);
    uint64_t hash = mix((uint64_t)decimal.sign, (uint64_t)decimal.point);
    uint64_t piece = 0;

    for (size_t i = 0; i < count; i++) {
        piece = piece * 10 + digit_at(&decimal, i);
        if (i % SHORT_DIGITS == SHORT_DIGITS - 1) {
            hash = mix(hash, piece);
            piece = 0;
        }
    }
    return mix(hash, piece);
}

/* --- multiples -------------------------------------------------------------------------------- */

enum lg_err lg_divisor_read(struct lg_str text, struct lg_divisor *ret_divisor)
{
    struct lg_decimal decimal;

    if (lg_decimal_read(text, &decimal) != LG_OK || decimal.sign <= 0)
        return LG_ERR_RANGE;
    size_t count = digit_count(&decimal);
    if (count > DIVISOR_DIGITS)
        return LG_ERR_TOO_BIG;
    ret_divisor->mantissa = 0;
    for (size_t i = 0; i < count; i++)
        ret_divisor->mantissa = ret_divisor->mantissa * 10 + digit_at(&decimal, i);
    ret_divisor->exponent = decimal.point - (int64_t)count;
    return LG_OK;
}

static bool is_long_multiple(const struct lg_number *number, const struct lg_divisor *divisor)
{
    struct lg_decimal decimal = decimal_of(number);
    size_t count = digit_count(&decimal);
    lg_u128 rest = 0;

    if (decimal.sign == 0)
        return true;
    /* Neither ends with a 0: what has more places behind the dot is no multiple. */
    int64_t zeros = decimal.point - (int64_t)count - divisor->exponent;
    if (zeros < 0)
        return false;
    for (size_t i = 0; i < count; i++)
        rest = (rest * 10 + digit_at(&decimal, i)) % divisor->mantissa;
    for (int64_t i = 0; i < zeros && i < ENOUGH_ZEROS && rest != 0; i++)
        rest = rest * 10 % divisor->mantissa;
    return rest == 0;
}

bool lg_number_is_multiple(const struct lg_number *number, const struct lg_divisor *divisor)
{
    int64_t zeros = number->exponent - divisor->exponent;
    int64_t product;

    if (!number->is_short || zeros < 0 || zeros > SHORT_DIGITS || divisor->mantissa > INT64_MAX ||
        __builtin_mul_overflow(number->mantissa, powers[zeros], &product))
        return is_long_multiple(number, divisor);
    return product % (int64_t)divisor->mantissa == 0;
}
