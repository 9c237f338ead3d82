/* regex_property.h -- the Unicode properties that \p{...} may name in ECMA-262. */
#ifndef LG_VALIDATE_REGEX_PROPERTY_H
#define LG_VALIDATE_REGEX_PROPERTY_H

#include <stdbool.h>

#include "base/buf.h"

/*
 * Appends the PCRE2 spelling of \p{body}, or of \P{body} when `negated`. False: there is no such
 * property, and nothing was appended.
 */
bool lg_regex_property(struct lg_buf *out, struct lg_str body, bool negated);

#endif
