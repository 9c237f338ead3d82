/*
 * str.h -- a borrowed run of bytes with its length: not terminated, may hold NUL.
 *
 * A slice never owns; whoever made the bytes says how long they live.
 */
#ifndef LG_BASE_STR_H
#define LG_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

struct lg_str {
    const char *data; /* may be NULL when size is 0 */
    size_t size;
};

#define LG_STR(literal) ((struct lg_str){ (literal), sizeof(literal) - 1 })
#define LG_STR_NONE ((struct lg_str){ NULL, 0 })
#define LG_STR_ARG(slice) (int)(slice).size, (slice).data /* for %.*s */

static inline struct lg_str lg_str_make(const char *data, size_t size)
{
    return (struct lg_str){ data, size };
}

/* NULL gives the empty slice. */
static inline struct lg_str lg_str_of(const char *text)
{
    return lg_str_make(text, text == NULL ? 0 : strlen(text));
}

bool lg_str_eq(struct lg_str a, struct lg_str b);
bool lg_str_ieq(struct lg_str a, struct lg_str b); /* ASCII case ignored */

/* Here, so that the length of a literal is known: most comparisons end with it. */
static inline bool lg_str_is(struct lg_str a, const char *text)
{
    struct lg_str b = lg_str_of(text);

    return a.size == b.size && lg_str_eq(a, b);
}

static inline bool lg_str_iis(struct lg_str a, const char *text)
{
    struct lg_str b = lg_str_of(text);

    return a.size == b.size && lg_str_ieq(a, b);
}

bool lg_str_starts(struct lg_str text, struct lg_str prefix);
bool lg_str_istarts(struct lg_str text, struct lg_str prefix);
bool lg_str_ends(struct lg_str text, struct lg_str suffix);
int lg_str_cmp(struct lg_str a, struct lg_str b);  /* byte order, as memcmp */
int lg_str_icmp(struct lg_str a, struct lg_str b); /* as if all letters of ASCII were small */

/* Index of `byte` in `text` at or after `from`; text.size when there is none. */
size_t lg_str_find(struct lg_str text, char byte, size_t from);

#define LG_I64_SIZE 21 /* "-9223372036854775808" and its end */
/* The number in decimal digits, terminated; returns their count. */
size_t lg_i64_text(int64_t value, char ret_text[LG_I64_SIZE]);

/* Copies as much of `text` as fits with its terminator into to[room]; printf costs ten times more.
 */
void lg_cstr_copy(char *to, size_t room, const char *text);

/* The part [from, to); both are clamped to the size. */
struct lg_str lg_str_part(struct lg_str text, size_t from, size_t to);

/* Without blanks and tabs on both sides. */
struct lg_str lg_str_trim(struct lg_str text);

/*
 * Cuts the next piece off `*rest` at `separator`; the separator is dropped. Returns false when
 * `rest` is used up. An empty text has one empty piece.
 * Start with *rest = text; rest->data becomes NULL after the last piece.
 */
bool lg_str_next(struct lg_str *rest, char separator, struct lg_str *ret_piece);

/* Decimal digits only, no sign, no blanks. LG_ERR_SYNTAX, or LG_ERR_RANGE on overflow. */
LG_MUST_CHECK enum lg_err lg_str_to_u64(struct lg_str text, uint64_t *ret_value);

#endif
