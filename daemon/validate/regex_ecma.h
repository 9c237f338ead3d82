/*
 * regex_ecma.h -- reads a pattern as ECMA-262 defines it and writes it for PCRE2.
 *
 * Accepted is the grammar of the `u` flag, and of its Annex B what people write: escaped
 * punctuation anywhere, `{`, `}` and `]` as themselves where they can mean nothing else, and a
 * dash beside a set in a class. Refused is what ECMA-262 does not define, and with a reason what
 * could only surprise: POSIX classes, lone surrogates.
 */
#ifndef LG_VALIDATE_REGEX_ECMA_H
#define LG_VALIDATE_REGEX_ECMA_H

#include "base/buf.h"

struct lg_regex_ecma_fault {
    size_t offset;
    const char *message; /* static */
};

/* Appends the PCRE2 spelling to `out`. LG_ERR_SYNTAX: not a pattern. */
LG_MUST_CHECK enum lg_err lg_regex_from_ecma(struct lg_str pattern, struct lg_buf *out,
                                             struct lg_regex_ecma_fault *reterr_fault);

#endif
