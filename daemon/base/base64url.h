/*
 * base64url.h -- the alphabet of JOSE (RFC 7515): no padding, no white space, one spelling a value.
 *
 * Strict on purpose: two texts that decode to the same bytes would be two tokens with one
 * signature. Pure.
 */
#ifndef LG_BASE_BASE64URL_H
#define LG_BASE_BASE64URL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Bytes that `size` characters may decode to, at most. */
#define LG_BASE64URL_ROOM(size) ((size) / 4 * 3 + 2)

/*
 * Decodes into `ret_bytes`, which has LG_BASE64URL_ROOM(text.size). LG_ERR_SYNTAX: a character
 * outside the alphabet, a length that no bytes have, or bits set that no byte needs.
 */
LG_MUST_CHECK enum lg_err lg_base64url_decode(struct lg_str text, unsigned char *ret_bytes,
                                              size_t *ret_size);
/* As above, into the arena. */
LG_MUST_CHECK enum lg_err lg_base64url_read(struct lg_arena *arena, struct lg_str text,
                                            struct lg_str *ret_bytes);

void lg_base64url_encode(struct lg_buf *out, struct lg_str bytes);

#endif
