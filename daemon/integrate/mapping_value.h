/*
 * mapping_value.h -- the right side of a parameter mapping: what it says, and what it gives.
 *
 * Only the files of mapping know about it. HTTP APIs write $request.header.x, ${context.requestId}
 * and text around them (mapping_http.c); REST APIs method.request.header.X, context.requestId or
 * 'text' (mapping_rest.c).
 */
#ifndef LG_INTEGRATE_MAPPING_VALUE_H
#define LG_INTEGRATE_MAPPING_VALUE_H

#include <stdarg.h>

#include "integrate/json_path.h"
#include "integrate/mapping.h"

enum lg_mapping_part_kind {
    LG_MAPPING_TEXT,      /* text */
    LG_MAPPING_HEADER,    /* of the request, or of the answer: text is its name */
    LG_MAPPING_QUERY,     /* text is the parameter's name */
    LG_MAPPING_PATH,      /* without the stage */
    LG_MAPPING_CAPTURE,   /* a variable of the route */
    LG_MAPPING_BODY,      /* whole */
    LG_MAPPING_BODY_JSON, /* json */
    LG_MAPPING_CONTEXT    /* variable */
};

struct lg_mapping_part {
    enum lg_mapping_part_kind kind;
    bool greedy; /* CAPTURE */
    bool all;    /* HEADER, QUERY: all of several values; else the last */
    bool rest;   /* HEADER, QUERY: named and parted as REST APIs do */
    struct lg_str text;
    size_t capture;
    struct lg_json_path json;
    struct lg_context_variable variable;
};

struct lg_mapping_value {
    const struct lg_mapping_part *parts;
    size_t count;
    bool body; /* looks at the body */
    bool list; /* gives each of several values by itself: one part, with `all` */
};

enum lg_mapping_use { LG_MAPPING_FOR_HEADER, LG_MAPPING_FOR_QUERY, LG_MAPPING_FOR_PATH };

/* --- reading --- */

struct lg_mapping_parser {
    struct lg_arena *arena;
    const struct lg_mapping_scope *scope;
    enum lg_mapping_use use;
    const char **reterr_message;
};

/* Sets the message. LG_ERR_SYNTAX. */
LG_PRINTF(2, 3)
enum lg_err lg_mapping_refuse(struct lg_mapping_parser *parser, const char *format, ...);

/* Expressions that both kinds of API know, by what stands behind their first word. */
LG_MUST_CHECK enum lg_err lg_mapping_parse_context(struct lg_mapping_parser *parser,
                                                   struct lg_str name,
                                                   struct lg_mapping_part *ret_part);
LG_MUST_CHECK enum lg_err lg_mapping_parse_stage_variable(struct lg_mapping_parser *parser,
                                                          struct lg_str name,
                                                          struct lg_mapping_part *ret_part);
LG_MUST_CHECK enum lg_err lg_mapping_parse_capture(struct lg_mapping_parser *parser,
                                                   struct lg_str name,
                                                   struct lg_mapping_part *ret_part);
LG_MUST_CHECK enum lg_err lg_mapping_parse_json(struct lg_mapping_parser *parser,
                                                struct lg_str path,
                                                struct lg_mapping_part *ret_part);

/* The syntax of each kind. The parts of `*ret_value` lie in the arena. */
LG_MUST_CHECK enum lg_err lg_mapping_http_parse(struct lg_mapping_parser *parser,
                                                struct lg_str text,
                                                struct lg_mapping_value *ret_value);
LG_MUST_CHECK enum lg_err lg_mapping_rest_parse(struct lg_mapping_parser *parser,
                                                struct lg_str text,
                                                struct lg_mapping_value *ret_value);

/*
 * Reads `text` for the scope; all lies in `arena`. LG_ERR_SYNTAX: *reterr_message says what was
 * found and what was expected.
 */
LG_MUST_CHECK enum lg_err lg_mapping_value_parse(struct lg_arena *arena,
                                                 const struct lg_mapping_scope *scope,
                                                 struct lg_str text, enum lg_mapping_use use,
                                                 struct lg_mapping_value *ret_value,
                                                 const char **reterr_message);

/* --- values: mapping_read.c --- */

/* One request while its mappings are made. */
struct lg_mapping_reader {
    const struct lg_mapping_source *source;
    struct lg_arena *arena; /* results lie here */
    struct lg_arena tree;   /* of the body */
    struct lg_json *root;   /* of the body; NULL: none, or nobody looked yet */
    bool looked;
    size_t left; /* bytes that values may still have */
};

void lg_mapping_reader_init(struct lg_mapping_reader *reader, struct lg_arena *arena,
                            const struct lg_mapping_source *source);
void lg_mapping_reader_done(struct lg_mapping_reader *reader);

/*
 * What the value is for this request: for a header with blanks cut off on both sides, for a path
 * percent-encoded. LG_ERR_NOT_FOUND: a part of it has no value, so the whole has none.
 * LG_ERR_TOO_BIG: more than LG_MAPPING_BYTES_MAX with those before it.
 */
LG_MUST_CHECK enum lg_err lg_mapping_value_get(const struct lg_mapping_value *value,
                                               struct lg_mapping_reader *reader,
                                               enum lg_mapping_use use, struct lg_str *ret_text);

/* Each of several values by itself, for one with `list`; none is no error. LG_ERR_TOO_BIG. */
LG_MUST_CHECK enum lg_err lg_mapping_value_list(const struct lg_mapping_value *value,
                                                struct lg_mapping_reader *reader,
                                                const struct lg_str **ret_items, size_t *ret_count);

#endif
