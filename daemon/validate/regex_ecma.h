/*
 * regex_ecma.h -- reads a pattern as ECMA-262 defines it and writes it for PCRE2.
 *
 * Accepted is the grammar of the `u` flag, and of its Annex B what people write: escaped
 * punctuation anywhere, `{`, `}` and `]` as themselves where they can mean nothing else, and a
 * dash beside a set in a class. Refused is what ECMA-262 does not define, and with a reason what
 * could only surprise: POSIX classes, lone surrogates.
 *
 * The spelling holds callouts wherever a match may go on from, forward or back: at the start of
 * every alternative, and behind everything that is repeated and every group. Between two of them a
 * match moves by what is repeated, or by no more than the pattern is long.
 */
#ifndef LG_VALIDATE_REGEX_ECMA_H
#define LG_VALIDATE_REGEX_ECMA_H

#include <stdint.h>

#include "base/buf.h"

struct lg_regex_ecma_fault {
    size_t offset;
    const char *message; /* static */
};

/*
 * Appends the PCRE2 spelling to `out`. LG_ERR_SYNTAX: not a pattern. *ret_least is the largest
 * number of times that a single character must be repeated: a match may fail after so many
 * without a callout.
 */
LG_MUST_CHECK enum lg_err lg_regex_from_ecma(struct lg_str pattern, struct lg_buf *out,
                                             uint32_t *ret_least,
                                             struct lg_regex_ecma_fault *reterr_fault);

#endif
