/*
 * schema_loader.h -- what is known while schemas are read and compiled; shared by the files that do
 * it, and gone with lg_schema_compile().
 *
 *     document   a text with one JSON value, read when it is first wanted
 *     resource   a schema with an address of its own: a document's root, or where an $id is
 *     node       one schema, anywhere
 *     rule       what a node becomes (schema_rule.h)
 *
 * Nothing stops at the first fault: what is wrong is reported and left out.
 */
#ifndef LG_VALIDATE_SCHEMA_LOADER_H
#define LG_VALIDATE_SCHEMA_LOADER_H

#include "base/map.h"
#include "validate/schema_rule.h"

struct lg_schema_source {
    struct lg_schema_source *next;
    struct lg_str uri; /* by which it is found */
    const char *name;  /* in messages */
    const char *file;  /* to be read, or NULL: text is there */
    struct lg_str text;
    bool own;  /* the schema itself */
    bool made; /* by us: a metaschema */
    bool read, failed;
    struct lg_schema_node *root; /* once read, unless it failed */
};

/* Which words mean something, and which of two meanings. */
struct lg_schema_dialect {
    enum lg_schema_draft draft; /* never LG_DRAFT_DEFAULT */
    unsigned vocabularies;
};

struct lg_schema_dynamic_anchor {
    struct lg_schema_dynamic_anchor *next;
    struct lg_str name;
    struct lg_schema_node *node;
};

struct lg_schema_resource {
    struct lg_schema_resource *next;
    struct lg_str uri;
    struct lg_schema_source *source;
    struct lg_schema_node *root;
    struct lg_schema_dialect dialect;
    struct lg_schema_dynamic_anchor *anchors;
    struct lg_schema_scope *scope; /* the schema's */
};

struct lg_schema_node {
    const struct lg_json *json; /* an object, true or false; or else reported */
    struct lg_schema_resource *resource;
    const char *pointer;         /* in its document */
    struct lg_schema_rule *rule; /* NULL: not wanted so far */
    struct lg_schema_node *next_wanted;
};

struct lg_schema_loader {
    struct lg_schema *schema;
    struct lg_arena *arena; /* the schema's */
    struct lg_arena temp;   /* ends with the loader */
    const struct lg_schema_options *options;
    const struct lg_where *where;
    struct lg_faults *faults;
    size_t fault_count;
    struct lg_str folder; /* address of the schema's folder, with its slash; or nothing */
    struct lg_schema_source *own;
    struct lg_schema_source *sources;
    size_t source_count;
    struct lg_schema_resource *all_resources;
    struct lg_map *resources; /* address -> resource */
    struct lg_map *anchors;   /* address # name -> node */
    struct lg_map *nodes;     /* bytes of a pointer to JSON -> node */
    struct lg_map *dynamic;   /* names that dynamic references look for */
    struct lg_schema_node *wanted, **wanted_end;
};

/* --- faults: schema_fault.c ------------------------------------------------------------------- */

LG_PRINTF(4, 5)
void lg_schema_fault(struct lg_schema_loader *loader, const struct lg_schema_source *source,
                     const struct lg_schema_place *place, const char *format, ...);

/* "found X, expected WHAT" */
void lg_schema_expected(struct lg_schema_loader *loader, const struct lg_schema_source *source,
                        const struct lg_schema_place *place, const struct lg_json *value,
                        const char *what);

/* What stands in the schema, short enough for a message; in the loader's arena. */
const char *lg_schema_found(struct lg_schema_loader *loader, const struct lg_json *value);

/* --- documents: schema_source.c --------------------------------------------------------------- */

struct lg_schema_source *lg_schema_source_add(struct lg_schema_loader *loader, struct lg_str uri,
                                              const char *name);
/* Adds the files and texts that the options list. */
void lg_schema_sources_list(struct lg_schema_loader *loader);
/* Reads and indexes it, once. */
void lg_schema_source_read(struct lg_schema_loader *loader, struct lg_schema_source *source);
/* "file:///a/b.json" */
struct lg_str lg_schema_file_uri(struct lg_schema_loader *loader, const char *file);
/* Reads a whole file; returns what is wrong, or NULL. */
const char *lg_schema_read_file(const char *file, struct lg_buf *out);

/* --- what lies where: schema_index.c ---------------------------------------------------------- */

/*
 * The node of a schema, made with all below it if it is not known yet. `pointer` is where it lies
 * in the document; `resource` is the one around it, NULL for the root of `source`.
 */
struct lg_schema_node *lg_schema_index(struct lg_schema_loader *loader,
                                       struct lg_schema_source *source,
                                       struct lg_schema_resource *resource,
                                       const struct lg_json *json, struct lg_buf *pointer);
struct lg_schema_node *lg_schema_node_of(const struct lg_schema_loader *loader,
                                         const struct lg_json *json); /* or NULL */

/* --- keywords' values: schema_shape.c --------------------------------------------------------- */

/* Whether the value is what the keyword takes; `place` NULL: says nothing. */
bool lg_schema_shape_fits(struct lg_schema_loader *loader,
                          const struct lg_schema_resource *resource,
                          const struct lg_schema_keyword *keyword, const struct lg_json *value,
                          const struct lg_schema_place *place);
/* Reports a name that is no keyword, unless it may stand there. */
void lg_schema_unknown_word(struct lg_schema_loader *loader,
                            const struct lg_schema_resource *resource, struct lg_str name,
                            const struct lg_schema_place *place);

/* --- dialects: schema_dialect.c --------------------------------------------------------------- */

/* That of a $schema; false after a fault. */
bool lg_schema_dialect_find(struct lg_schema_loader *loader, const struct lg_schema_source *source,
                            struct lg_str base, const struct lg_json *value,
                            const struct lg_schema_place *place,
                            struct lg_schema_dialect *ret_dialect);
/* The draft of which this is the metaschema, or LG_DRAFT_DEFAULT; *ret_part: "" or "core", ... */
enum lg_schema_draft lg_schema_metaschema_of(struct lg_str uri, struct lg_str *ret_part);

/* Appends our own metaschema. schema_meta.c. */
void lg_schema_meta_write(enum lg_schema_draft draft, struct lg_str part, struct lg_str uri,
                          struct lg_buf *out);

/* --- references: schema_refer.c --------------------------------------------------------------- */

/* The resource of that address, whose document is read if need be; or NULL. */
struct lg_schema_resource *lg_schema_resource_find(struct lg_schema_loader *loader,
                                                   struct lg_str uri);
/* What `reference` leads to from `resource`; NULL after a fault. *ret_dynamic: by a dynamic anchor.
 */
struct lg_schema_node *lg_schema_refer(struct lg_schema_loader *loader,
                                       const struct lg_schema_resource *resource,
                                       struct lg_str reference, const struct lg_schema_place *place,
                                       bool *ret_dynamic);

/* --- rules: schema_compile.c and schema_compile_*.c ------------------------------------------- */

/* The rule of a node, to be filled later. */
const struct lg_schema_rule *lg_schema_rule_of(struct lg_schema_loader *loader,
                                               struct lg_schema_node *node);

/* A node that is being compiled. */
struct lg_schema_job {
    struct lg_schema_loader *loader;
    struct lg_schema_node *node;
    struct lg_schema_rule *rule;
    const struct lg_json
        *words[LG_WORD_COUNT]; /* those that count, whose values have their shape */
    struct lg_schema_place place;
};

/* The rule of a schema below the node. */
const struct lg_schema_rule *lg_schema_inner_rule(struct lg_schema_job *job,
                                                  const struct lg_json *json);
/* A copy that lasts as long as the schema. */
struct lg_str lg_schema_keep(struct lg_schema_job *job, struct lg_str text);
const struct lg_json *lg_schema_keep_value(struct lg_schema_job *job, const struct lg_json *value);
bool lg_schema_compile_pattern(struct lg_schema_job *job, struct lg_str text,
                               const struct lg_schema_place *place,
                               struct lg_schema_pattern *ret_pattern);
/* A keyword's number; UINT64_MAX for what is beyond. `fallback` if it is not there. */
uint64_t lg_schema_count_of(const struct lg_schema_job *job, enum lg_schema_word word,
                            uint64_t fallback);

void lg_schema_compile_object(struct lg_schema_job *job);
void lg_schema_compile_array(struct lg_schema_job *job);
void lg_schema_compile_scalar(struct lg_schema_job *job);
void lg_schema_compile_steps(struct lg_schema_job *job);

/* Reports rules that lead back to themselves without going down in the value. schema_loop.c */
void lg_schema_find_loops(struct lg_schema_loader *loader);

#endif
