/*
 * json_check.h -- whether a payload is JSON text at all: constant memory, whatever its size.
 *
 * A payload is passed on as it is, so nobody needs its tree; duplicate names are the function's
 * affair. Pure.
 */
#ifndef LG_INVOKE_API_JSON_CHECK_H
#define LG_INVOKE_API_JSON_CHECK_H

#include <stdbool.h>

#include "base/str.h"

#define LG_JSON_CHECK_DEPTH 1000

struct lg_json_check_fault {
    size_t offset;
    const char *message; /* static */
};

/* RFC 8259, UTF-8, at most LG_JSON_CHECK_DEPTH levels. The fault is set only on false. */
bool lg_json_check(struct lg_str text, struct lg_json_check_fault *reterr_fault);

#endif
