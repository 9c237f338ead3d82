/* explain_text.h -- private to authorize/: values of a token as text that is safe to print. */
#ifndef LG_AUTHORIZE_EXPLAIN_TEXT_H
#define LG_AUTHORIZE_EXPLAIN_TEXT_H

#include "authorize/claims.h"

/* The value as JSON, cut where it is long; "nothing" for NULL. In the arena. */
const char *lg_explain_value(struct lg_arena *arena, const struct lg_json *value);

/* `"a", "b"`, cut where it is long. */
const char *lg_explain_list(struct lg_arena *arena, struct lg_str_list list);

/* A NumericDate and how far it is from now; what is no time as its value. */
const char *lg_explain_time(struct lg_arena *arena, const struct lg_json *value, int64_t now_ms);

/* `text` whole, on one line: what steers a terminal or turns its text around is escaped. */
const char *lg_explain_clean(struct lg_arena *arena, struct lg_str text);

#endif
