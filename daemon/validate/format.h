/*
 * format.h -- what the keyword `format` says about strings.
 *
 * Each is a pure function over the characters; what it costs is in line with the length of the
 * text: lg_format_units(). Threads: any.
 */
#ifndef LG_VALIDATE_FORMAT_H
#define LG_VALIDATE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include <stdint.h>

#include "base/str.h"

struct lg_format {
    const char *name;
    bool (*fits)(struct lg_str text); /* of UTF-8; NULL: nothing is checked */
    unsigned units;                   /* of fuel for every LG_FUEL_BYTES */
    bool (*dear)(struct lg_str text); /* NULL, or what tells a text that takes `dear_units` more */
    unsigned dear_units;
};

/* What it costs to hold `text` against it. */
uint64_t lg_format_units(const struct lg_format *format, struct lg_str text);

/* NULL: there is no such format. */
const struct lg_format *lg_format_find(struct lg_str name);

/* All of them, for suggestions. */
const struct lg_format *lg_format_at(size_t index); /* NULL behind the last */

/* What the table is made of. format_time.c */
bool lg_format_date_time(struct lg_str text);
bool lg_format_date(struct lg_str text);
bool lg_format_time(struct lg_str text);
bool lg_format_duration(struct lg_str text);

/* format_host.c */
bool lg_format_ipv4(struct lg_str text);
bool lg_format_ipv6(struct lg_str text);
bool lg_format_hostname(struct lg_str text);
bool lg_format_idn_hostname(struct lg_str text);
bool lg_format_needs_idn(struct lg_str text); /* it has labels that libidn2 has to judge */

/* format_mail.c */
bool lg_format_email(struct lg_str text);
bool lg_format_idn_email(struct lg_str text);

/* format_uri.c */
bool lg_format_uri(struct lg_str text);
bool lg_format_uri_reference(struct lg_str text);
bool lg_format_iri(struct lg_str text);
bool lg_format_iri_reference(struct lg_str text);

/* format_template.c */
bool lg_format_uri_template(struct lg_str text);

/* format_text.c */
bool lg_format_uuid(struct lg_str text);
bool lg_format_json_pointer(struct lg_str text);
bool lg_format_relative_json_pointer(struct lg_str text);
bool lg_format_regex(struct lg_str text);

/* --- for those who write formats: one character after the other ------------------------------- */

static inline bool lg_format_is_digit(char byte)
{
    return byte >= '0' && byte <= '9';
}

static inline bool lg_format_is_letter(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
}

static inline bool lg_format_is_hex(char byte)
{
    return lg_format_is_digit(byte) || (byte >= 'a' && byte <= 'f') || (byte >= 'A' && byte <= 'F');
}

/* The first byte; NUL at the end. */
static inline char lg_format_peek(struct lg_str rest)
{
    return rest.size > 0 ? rest.data[0] : '\0';
}

/* Cuts `byte` off the front. */
static inline bool lg_format_take(struct lg_str *rest, char byte)
{
    if (rest->size == 0 || rest->data[0] != byte)
        return false;
    *rest = lg_str_make(rest->data + 1, rest->size - 1);
    return true;
}

/* Cuts digits off the front, from `least` to `most`; what they mean is up to 9 of them. */
bool lg_format_take_digits(struct lg_str *rest, size_t least, size_t most, unsigned *ret_number);

/* Cuts `%` and two hex digits off the front. */
bool lg_format_take_percent(struct lg_str *rest);

/* Cuts a character off the front; the text must be UTF-8 and not empty. */
int32_t lg_format_take_character(struct lg_str *rest);

#endif
