/*
 * decimal.h -- decimal numbers of any length compared exactly, without ever being a double.
 *
 *     value = sign * 0.DIGITS * 10^point        (the first and the last digit are not 0)
 *
 * Exponents beyond +-10^17 count as that: no text is long enough to make up for it.
 */
#ifndef LG_BASE_DECIMAL_H
#define LG_BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct lg_decimal {
    int sign;                 /* -1, 0 or 1 */
    struct lg_str head, tail; /* DIGITS in two pieces of the text; a dot lay between them */
    int64_t point;
};

/* Reads a number written as JSON writes it; the slices point into `text`. LG_ERR_SYNTAX. */
LG_MUST_CHECK enum lg_err lg_decimal_read(struct lg_str text, struct lg_decimal *ret_decimal);

/* Below, at or above 0, as `a` is below, at or above `b`. */
int lg_decimal_cmp(const struct lg_decimal *a, const struct lg_decimal *b);
bool lg_decimal_is_integer(const struct lg_decimal *decimal);

/* LG_ERR_SYNTAX: no integer; LG_ERR_RANGE: outside of int64. */
LG_MUST_CHECK enum lg_err lg_decimal_to_i64(const struct lg_decimal *decimal, int64_t *ret_number);

#endif
