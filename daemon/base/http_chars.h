/*
 * http_chars.h -- which bytes HTTP allows where (RFC 9110, RFC 9112).
 *
 * A span is how many bytes of a text, from its start, are of a kind. All are pure.
 */
#ifndef LG_BASE_HTTP_CHARS_H
#define LG_BASE_HTTP_CHARS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

size_t lg_http_token_span(struct lg_str text);       /* names, methods */
size_t lg_http_field_value_span(struct lg_str text); /* no control byte but TAB; obs-text is fine */
size_t lg_http_target_span(struct lg_str text);      /* visible ASCII without "#" */
size_t lg_http_host_span(struct lg_str text);        /* of a Host: name or address, and port */

static inline bool lg_http_token_valid(struct lg_str text)
{
    return text.size > 0 && lg_http_token_span(text) == text.size;
}

static inline bool lg_http_field_value_valid(struct lg_str text)
{
    return lg_http_field_value_span(text) == text.size;
}

/* The value of a hexadecimal digit; -1 for any other byte. */
int lg_http_hex_digit(char byte);

#endif
