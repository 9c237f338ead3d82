/*
 * regex.h -- ECMA-262 patterns, as JSON Schema means them, matched with a bound on the work.
 *
 * A pattern is read by our own eyes first and handed to PCRE2 in a spelling in which both agree
 * (regex_ecma.c), so that nothing that only PCRE2 knows gets through: no verbs, no callouts, no
 * inline options. Threads: a compiled pattern may be used by any number at once.
 *
 * The bound is fuel, burnt by callouts that the spelling holds: a unit for each, one for every
 * LG_FUEL_BYTES that the match went forward since the last, and as many for what its groups have
 * captured if the pattern refers to them. PCRE2's own limit of steps does not bound the time: it
 * starts anew at every character that a match may begin with, and a step may walk over the whole
 * text, so that (?=[a-z]*1) takes the square of the text's size within it.
 */
#ifndef LG_VALIDATE_REGEX_H
#define LG_VALIDATE_REGEX_H

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "validate/fuel.h"

struct lg_regex;

struct lg_regex_fault {
    char text[160]; /* "nothing to repeat at byte 3" */
};

/* NULL: not a pattern; *reterr_fault is set then. The caller frees what it gets. */
struct lg_regex *lg_regex_compile(struct lg_str pattern, struct lg_regex_fault *reterr_fault);
void lg_regex_free(struct lg_regex *regex); /* NULL is fine */

enum lg_regex_answer {
    LG_REGEX_NO,
    LG_REGEX_YES,
    LG_REGEX_GAVE_UP /* out of fuel, or of memory for this text; to be treated as NO */
};

/* Whether `text`, which must be UTF-8, has a match anywhere. */
enum lg_regex_answer lg_regex_match(const struct lg_regex *regex, struct lg_str text,
                                    struct lg_fuel *fuel);

#endif
