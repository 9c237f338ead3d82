/*
 * uri.h -- addresses of schemas taken apart and put together (RFC 3986, 5.2). Pure.
 *
 * Whether the characters of a part are allowed there is not asked here (format_uri.c does).
 */
#ifndef LG_VALIDATE_URI_H
#define LG_VALIDATE_URI_H

#include <stdbool.h>

#include "base/arena.h"

/* A part that is not there has no data; one that is there may be empty. */
struct lg_uri {
    struct lg_str scheme, authority, path, query, fragment;
};

struct lg_uri lg_uri_split(struct lg_str text);

/* What `reference` means where `base` is the base: an address without a fragment, in the arena. */
struct lg_str lg_uri_resolve(struct lg_arena *arena, struct lg_str base, struct lg_str reference);

#endif
