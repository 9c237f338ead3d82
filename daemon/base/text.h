/*
 * text.h -- the encodings of the web: UTF-8, percent, base64, hex.
 *
 * All are pure: bytes in, values out.
 */
#ifndef LG_BASE_TEXT_H
#define LG_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/http_chars.h"
#include "base/str.h"

/* Whether `text` is well-formed UTF-8 (no overlongs, no surrogates, at most U+10FFFF). */
bool lg_utf8_valid(struct lg_str text);

/* Bytes of the well-formed sequence that `text` starts with; 0 when there is none. */
size_t lg_utf8_sequence(struct lg_str text);

/* Code points in valid UTF-8. */
size_t lg_utf8_length(struct lg_str text);

/*
 * Percent-decodes `text` into the arena. A `%` without two hex digits stays as it is.
 * `plus` makes `+` a blank (query strings). Returns `text` itself when nothing is encoded.
 */
struct lg_str lg_percent_decode(struct lg_arena *arena, struct lg_str text, bool plus);

/* Whether every `%` is followed by two hex digits. */
bool lg_percent_valid(struct lg_str text);

enum lg_percent_set {
    LG_PERCENT_SEGMENT, /* RFC 3986 pchar stays; `/`, `?`, `#`, `%` and the rest are encoded */
    LG_PERCENT_PATH,    /* as SEGMENT, and `/` stays */
    LG_PERCENT_QUERY    /* unreserved only stays: for one name or value */
};
void lg_percent_encode(struct lg_buf *out, struct lg_str text, enum lg_percent_set set);

/* Standard alphabet with padding. */
void lg_base64_encode(struct lg_buf *out, struct lg_str bytes);
/*
 * Standard alphabet; padding may be missing, but not be wrong; white space is refused; bits that
 * no byte needs are ignored. LG_ERR_SYNTAX.
 * ret_bytes lies in the arena.
 */
LG_MUST_CHECK enum lg_err lg_base64_decode(struct lg_arena *arena, struct lg_str text,
                                           struct lg_str *ret_bytes);

void lg_hex_encode(struct lg_buf *out, struct lg_str bytes); /* lower case */

#endif
