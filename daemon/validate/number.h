/*
 * number.h -- JSON numbers compared and divided exactly, quickly where they are short.
 *
 *     value = mantissa * 10^exponent        where the text has up to 18 digits
 *
 * Longer ones, and those with large exponents, are decimals (base/decimal.h). Pure; the texts must
 * be numbers as JSON writes them, and must outlive what is made of them.
 */
#ifndef LG_VALIDATE_NUMBER_H
#define LG_VALIDATE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/decimal.h"

struct lg_number {
    struct lg_str text;
    bool is_short;
    int32_t exponent; /* short: from -1,100 to 1,100 */
    int64_t mantissa; /* short: of up to 18 digits */
};

struct lg_number lg_number_read(struct lg_str text);

/* Below, at or above 0, as `a` is below, at or above `b`. */
int lg_number_cmp(const struct lg_number *a, const struct lg_number *b);

/* By value: 1.0 and 1e2 are integers. */
bool lg_number_is_integer(const struct lg_number *number);

/* As JSON Schema draft 4 means it: neither a fraction nor an exponent. */
bool lg_number_is_written_as_integer(struct lg_str text);

/* The same for numbers of the same value, different for nearly all others. */
uint64_t lg_number_hash(const struct lg_number *number);

__extension__ typedef unsigned __int128 lg_u128;

/* What `multipleOf` divides by: a positive number of up to 37 digits. */
struct lg_divisor {
    lg_u128 mantissa; /* without zeros at its end */
    int64_t exponent;
};

/* LG_ERR_RANGE: not positive; LG_ERR_TOO_BIG: it has more digits. */
LG_MUST_CHECK enum lg_err lg_divisor_read(struct lg_str text, struct lg_divisor *ret_divisor);
bool lg_number_is_multiple(const struct lg_number *number, const struct lg_divisor *divisor);

#endif
