/* schema_rule.h -- a compiled schema as schema_compile.c makes it and schema_check.c reads it. */
#ifndef LG_VALIDATE_SCHEMA_RULE_H
#define LG_VALIDATE_SCHEMA_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/decimal.h"
#include "base/map.h"
#include "validate/regex.h"

enum lg_schema_type {
    LG_SCHEMA_NULL = 1 << 0,
    LG_SCHEMA_BOOLEAN = 1 << 1,
    LG_SCHEMA_NUMBER = 1 << 2,
    LG_SCHEMA_INTEGER = 1 << 3,
    LG_SCHEMA_STRING = 1 << 4,
    LG_SCHEMA_ARRAY = 1 << 5,
    LG_SCHEMA_OBJECT = 1 << 6
};

/* A name that an object's schema mentions. */
struct lg_schema_property {
    const struct lg_schema_rule *rule; /* NULL: `required` mentions it, `properties` does not */
    size_t required;                   /* its number in `required`, from 1; 0: it is not there */
};

/* One schema. What a keyword says nothing about is allowed; all zero allows everything. */
struct lg_schema_rule {
    bool never;            /* the schema `false` */
    unsigned types;        /* of enum lg_schema_type; 0: any */
    const char *type_text; /* "string or null" */

    struct lg_map *properties;               /* name -> struct lg_schema_property; NULL: none */
    const struct lg_schema_rule *additional; /* for names without a rule; NULL: anything */
    const struct lg_str *required;
    size_t required_count;

    uint64_t min_length; /* code points; 0: any */
    bool has_minimum;
    struct lg_decimal minimum;
    struct lg_str minimum_text;
    struct lg_regex *pattern; /* NULL: none */
    struct lg_str pattern_text;
};

struct lg_schema {
    struct lg_arena arena; /* holds the text, the rules, and what they point to */
    const struct lg_schema_rule *root;
};

/* A place in a schema or a value, from the inside out; the outermost has no `outer`. */
struct lg_schema_place {
    const struct lg_schema_place *outer;
    struct lg_str name;
};

/* Appends the JSON pointer of `place`, "(root)" for the outermost. Long names are cut. */
void lg_schema_add_pointer(struct lg_buf *out, const struct lg_schema_place *place);

#endif
