/* json_string.h -- one quoted string of a JSON text, checked and decoded; for json.c. */
#ifndef LG_BASE_JSON_STRING_H
#define LG_BASE_JSON_STRING_H

#include "base/arena.h"
#include "base/str.h"

/*
 * Reads the string whose opening quote is at *at, and moves *at behind its closing quote. The
 * text is a slice of the input when it has no escapes, else it lies in the arena; its data is
 * never NULL. Returns NULL, or what is wrong at *at.
 */
const char *lg_json_string(struct lg_arena *arena, const char **at, const char *end,
                           struct lg_str *ret_text);

#endif
