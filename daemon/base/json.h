/*
 * json.h -- strict JSON text (RFC 8259) read into an arena, and JSON text written into a buffer.
 *
 * The reader is for the hot path: request bodies, results, tokens. jansson costs 23 to 39 us per
 * KB there, more than all the rest of a request; off the path jansson stays. What the reader
 * accepts is exactly the grammar: UTF-8 is checked, no BOM, no lone surrogates in escapes, no
 * duplicate names, nothing after the value. Numbers keep their text, so that a number of any
 * size is exact. Arrays and objects are linked lists in document order. The work is in line with
 * the size of the text, whatever the text is, and the tree takes at most 32 bytes for each of its
 * bytes: a value takes 64, and the shortest ones two bytes of text.
 * Threads: a tree may be read by any number of threads once read in.
 */
#ifndef LG_BASE_JSON_H
#define LG_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum lg_json_type {
    LG_JSON_NULL,
    LG_JSON_FALSE,
    LG_JSON_TRUE,
    LG_JSON_NUMBER,
    LG_JSON_STRING,
    LG_JSON_ARRAY,
    LG_JSON_OBJECT
};

struct lg_json {
    enum lg_json_type type;
    struct lg_str name;    /* decoded name, for a member of an object */
    struct lg_str text;    /* STRING: decoded; any other: as it stands in the text */
    size_t count;          /* ARRAY, OBJECT: children */
    struct lg_json *first; /* ARRAY, OBJECT: first child, or NULL */
    struct lg_json *next;  /* next sibling, or NULL */
};

struct lg_json_limits {
    size_t depth;          /* deepest nesting, at least 1 */
    size_t values;         /* values in all: arrays, objects, members */
    bool allow_duplicates; /* false: a repeated name in one object is LG_ERR_SYNTAX */
};

/* depth 128, 1,000,000 values, duplicates refused */
extern const struct lg_json_limits lg_json_default_limits;

struct lg_json_fault {
    size_t offset;       /* byte at which reading stopped */
    const char *message; /* static: "duplicate name in an object", ... */
};

/*
 * Reads all of `text`, which must outlive the tree: whatever has no escapes points into it.
 * LG_ERR_SYNTAX: not JSON, or a duplicate; LG_ERR_TOO_BIG: over a limit, or 4 GiB.
 * On failure only *reterr_fault is set (it may be NULL).
 */
LG_MUST_CHECK enum lg_err lg_json_read(struct lg_arena *arena, struct lg_str text,
                                       const struct lg_json_limits *limits,
                                       struct lg_json **ret_value,
                                       struct lg_json_fault *reterr_fault);

/*
 * The member `name` of an object, or NULL (also when `value` is no object or NULL). Where
 * duplicates are allowed the last one counts, as it does for nearly every other reader.
 */
struct lg_json *lg_json_get(const struct lg_json *value, const char *name);
bool lg_json_is(const struct lg_json *value, enum lg_json_type type); /* NULL is nothing */

/* An integer in int64 range, also when written 1.0 or 1e2. LG_ERR_SYNTAX or LG_ERR_RANGE. */
LG_MUST_CHECK enum lg_err lg_json_to_i64(const struct lg_json *value, int64_t *ret_number);

/*
 * Writing: the caller places braces, commas and colons; these add one quoted string. Invalid
 * UTF-8 in `text` becomes U+FFFD, so that the output is always valid JSON.
 */
void lg_json_add_string(struct lg_buf *out, struct lg_str text);
/* `,` when needed, "name": -- `first` is read and cleared. */
void lg_json_add_name(struct lg_buf *out, bool *first, const char *name);
void lg_json_add_name_str(struct lg_buf *out, bool *first, struct lg_str name);
/* The same for a name of our own, in which nothing needs an escape. */
void lg_json_add_literal(struct lg_buf *out, bool *first, struct lg_str name);

#endif
