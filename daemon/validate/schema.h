/*
 * schema.h -- a JSON Schema compiled at load, and values held against it.
 *
 * Drafts 4, 6, 7, 2019-09 and 2020-12 with all of their keywords (schema_keyword.c). What is no
 * keyword of the draft is a configuration error that names its JSON pointer, so that no check is
 * silently skipped; annotations and names that start with `x-` are fine. References lead to the
 * schema itself, to files that are listed or lie below the schema's folder, and to the metaschemas
 * of the drafts, never to the network.
 * Threads: a compiled schema may be used by any number at once.
 */
#ifndef LG_VALIDATE_SCHEMA_H
#define LG_VALIDATE_SCHEMA_H

#include "base/arena.h"
#include "base/json.h"
#include "config/fault.h"
#include "validate/fuel.h"

struct lg_schema;

enum lg_schema_draft {
    LG_DRAFT_DEFAULT, /* 2020-12 */
    LG_DRAFT_4,
    LG_DRAFT_6,
    LG_DRAFT_7,
    LG_DRAFT_2019_09,
    LG_DRAFT_2020_12
};

/* A text that references may lead to by its address. */
struct lg_schema_document {
    const char *uri;
    struct lg_str text;
};

/* All zero is what lg_schema_load() takes. Everything is borrowed for the call only. */
struct lg_schema_options {
    enum lg_schema_draft draft; /* of schemas without $schema */
    bool formats;               /* `format` is checked, and not only an annotation */
    bool lax;                   /* what is no keyword is an annotation */
    const char *const *files;   /* absolute paths that references may lead to */
    size_t file_count;
    const struct lg_schema_document *documents;
    size_t document_count;
};

/*
 * Reads and compiles the schema file. All that is wrong is added to `faults`, with the place in
 * the configuration that named the file, the file, and the JSON pointer: NULL then.
 */
struct lg_schema *lg_schema_load(const char *file, const struct lg_where *where,
                                 struct lg_faults *faults);
struct lg_schema *lg_schema_load_with(const char *file, const struct lg_schema_options *options,
                                      const struct lg_where *where, struct lg_faults *faults);

/* As lg_schema_load() on text; `name` stands for the file in messages. */
struct lg_schema *lg_schema_compile(const char *name, struct lg_str text,
                                    const struct lg_where *where, struct lg_faults *faults);
struct lg_schema *lg_schema_compile_with(const char *name, struct lg_str text,
                                         const struct lg_schema_options *options,
                                         const struct lg_where *where, struct lg_faults *faults);
void lg_schema_free(struct lg_schema *schema); /* NULL is fine */

/* The first failure, for the log: "/price: must be at least 0, found -1". */
struct lg_schema_failure {
    char text[512];
};

/*
 * Whether `value` is valid. On false *reterr_failure is set. What takes more than `fuel` is not
 * valid: "fuel exhausted at /name: pattern ^(a+)+$", and the fuel is exhausted then. Allocates
 * nothing but for arrays of more than 64 elements that must differ, and for objects and arrays of
 * thousands under `unevaluated...`.
 */
bool lg_schema_check(const struct lg_schema *schema, const struct lg_json *value,
                     struct lg_fuel *fuel, struct lg_schema_failure *reterr_failure);

/* One thing that is wrong with a value. Neither holds what a string of the value says. */
struct lg_schema_finding {
    struct lg_str instance_path; /* JSON pointer; "" for the whole value */
    struct lg_str schema_path;   /* the same, of the keyword; behind its file, if that is another */
    const char *keyword;
    struct lg_str message; /* "must be at least 0, found -1" */
};

/* All that is wrong with a value, up to limits. Everything lies in the arena. */
struct lg_schema_findings {
    struct lg_arena *arena;
    struct lg_schema_finding *items;
    size_t count, room; /* room: the most there may be */
    size_t bytes, bytes_most;
    bool more; /* there are others */
};

/*
 * Finds all that is wrong with a value that lg_schema_check() refused, within `fuel`. The caller
 * has set arena, room and bytes_most; at least one finding comes out.
 */
void lg_schema_explain(const struct lg_schema *schema, const struct lg_json *value,
                       struct lg_fuel fuel, struct lg_schema_findings *findings);

/* Makes the one finding that there is, about the whole value. */
void lg_schema_findings_set(struct lg_schema_findings *findings, const char *message);

/* All of them as one line for the log, in the arena. */
const char *lg_schema_findings_line(const struct lg_schema_findings *findings,
                                    struct lg_arena *arena);

#endif
