/* words.h -- how faults quote what they found and say what may have been meant. */
#ifndef LG_CONFIG_WORDS_H
#define LG_CONFIG_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "config/node.h"

/* `text` in quotes; a long one is cut. */
const char *lg_words_quote(struct lg_arena *arena, const char *text);

/* What stood there: "10 parsecs" in quotes, 10, a list, a mapping, nothing. */
const char *lg_words_found(struct lg_arena *arena, const struct lg_node *node);

/* "a", "a or b", "a, b or c". Beyond `most` names the rest is an ellipsis. */
const char *lg_words_list(struct lg_arena *arena, const char *const *names, size_t count,
                          size_t most);

/* The name that `text` was probably meant to be, or NULL when none is near. */
const char *lg_words_near(const char *text, const char *const *names, size_t count);

/* `, did you mean "NAME"?` for the nearest name, or nothing at all. */
const char *lg_words_meant(struct lg_arena *arena, const char *text, const char *const *names,
                           size_t count);

#endif
