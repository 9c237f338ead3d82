/*
 * schema_rule.h -- a compiled schema, as schema_compile.c makes it and schema_check.c follows it.
 *
 * A rule is one schema. What it says about each type of value lies in a group of its own, so that
 * a value meets only what can concern it. Rules refer to each other, also in circles: a circle that
 * does not go down in the value is refused at load.
 */
#ifndef LG_VALIDATE_SCHEMA_RULE_H
#define LG_VALIDATE_SCHEMA_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/json.h"
#include "validate/format.h"
#include "validate/names.h"
#include "validate/number.h"
#include "validate/regex.h"
#include "validate/schema.h"
#include "validate/schema_keyword.h"

/* Types of values as bits: 1 << enum lg_json_type. */
#define LG_TYPES_BOOLEAN (1u << LG_JSON_FALSE | 1u << LG_JSON_TRUE)
#define LG_TYPES_ALL ((1u << (LG_JSON_OBJECT + 1)) - 1)

enum lg_schema_integer { LG_INTEGER_NO, LG_INTEGER_BY_VALUE, LG_INTEGER_BY_TEXT };

struct lg_schema_rule;

struct lg_schema_pattern {
    struct lg_regex *regex;
    struct lg_str text;
};

/* --- objects --- */

/* A name that an object's schema mentions; its index is its bit among the names that were seen. */
struct lg_schema_property {
    const struct lg_schema_rule *rule; /* NULL: `properties` does not mention it */
};

/* If `name` is there, so must be the others, and the rule holds. */
struct lg_schema_dependency {
    uint32_t name;          /* index of a property */
    const uint32_t *others; /* the same */
    size_t other_count;
    const struct lg_schema_rule *rule; /* or NULL */
    enum lg_schema_word word;
};

struct lg_schema_pattern_rule {
    struct lg_schema_pattern pattern;
    const struct lg_schema_rule *rule;
};

struct lg_schema_object {
    struct lg_names names;
    const struct lg_schema_property *properties;
    const struct lg_str *property_texts;
    size_t property_count;
    size_t required_count; /* the first ones are required */
    const struct lg_schema_pattern_rule *patterns;
    size_t pattern_count;
    const struct lg_schema_rule *additional;     /* NULL: anything */
    const struct lg_schema_rule *property_names; /* NULL: any */
    const struct lg_schema_dependency *dependencies;
    size_t dependency_count;
    uint64_t least, most; /* members */
    bool walks;           /* there is something to ask of each member */
};

/* --- arrays --- */

struct lg_schema_array {
    const struct lg_schema_rule *const *prefix;
    size_t prefix_count;
    const struct lg_schema_rule *rest; /* NULL: anything */
    enum lg_schema_word rest_word;
    const struct lg_schema_rule *contains; /* NULL: anything */
    bool contains_evaluates;               /* what it holds for counts as evaluated */
    uint64_t contains_least, contains_most;
    uint64_t least, most; /* elements */
    bool all_differ;
};

/* --- strings and numbers --- */

struct lg_schema_string {
    uint64_t least, most; /* code points */
    struct lg_schema_pattern pattern;
    const struct lg_format *format; /* NULL: any */
    bool base64, json;              /* of what the string holds */
};

struct lg_schema_bound {
    bool given, excluded; /* excluded: the number itself is out */
    struct lg_number number;
};

struct lg_schema_number {
    enum lg_schema_integer integer;
    struct lg_schema_bound least, most;
    bool divides;
    struct lg_divisor divisor;
    struct lg_str divisor_text;
};

/* --- one of some values --- */

struct lg_schema_value {
    const struct lg_json *value;
    uint64_t hash;
};

struct lg_schema_values {
    enum lg_schema_word word; /* ENUM, CONST */
    unsigned types;           /* of the values */
    struct lg_names strings;  /* those that are strings */
    const struct lg_schema_value *others;
    size_t other_count;
    const struct lg_json *const *all; /* in the order of the schema */
    size_t count;
};

/* --- schemas that hold for the same value --- */

enum lg_schema_step_kind {
    LG_STEP_ALL, /* every one of the rules */
    LG_STEP_ANY,
    LG_STEP_ONE,
    LG_STEP_NOT,
    LG_STEP_IF,     /* rules: if, then, else; the last two may be NULL */
    LG_STEP_DYNAMIC /* the rule that goes by `name` in the outermost scope, else the one given */
};

struct lg_schema_step {
    enum lg_schema_step_kind kind;
    enum lg_schema_word word;
    const struct lg_schema_rule **rules;
    size_t count;
    struct lg_str name;
};

/* A schema with an address of its own, and what dynamic references find there. */
struct lg_schema_anchor {
    struct lg_str name; /* "" for $recursiveAnchor */
    const struct lg_schema_rule *rule;
};

struct lg_schema_scope {
    const struct lg_schema_anchor *anchors;
    size_t anchor_count;
};

/* --- the whole --- */

enum lg_schema_mark { LG_MARK_NONE, LG_MARK_OPEN, LG_MARK_DONE };

struct lg_schema_rule {
    uint8_t types; /* 0: the schema `false` */
    bool collects; /* has unevaluated...: what is evaluated must be known */
    bool only_types;
    bool plain;                            /* says nothing beyond the groups for types */
    uint8_t mark;                          /* enum lg_schema_mark, while loops are looked for */
    const struct lg_schema_object *object; /* of all these NULL: nothing is said */
    const struct lg_schema_array *array;
    const struct lg_schema_string *string;
    const struct lg_schema_number *number;
    const struct lg_schema_values *values[2]; /* enum, const */
    const struct lg_schema_step *steps;
    size_t step_count;
    const struct lg_schema_rule *unevaluated_properties, *unevaluated_items;
    const struct lg_schema_scope *scope;
    const char *document; /* "" for the schema's own file, else the other's name */
    const char *pointer;  /* JSON pointer in its document */
};

struct lg_schema {
    struct lg_arena arena; /* the rules, and what they point to */
    const struct lg_schema_rule *root;
    bool dynamic; /* scopes matter */
};

/* A place in a schema, from the inside out; the outermost holds a pointer that is written. */
struct lg_schema_place {
    const struct lg_schema_place *outer;
    struct lg_str name;
};

/* Appends the JSON pointer of `place`, "(root)" for an empty one. Long names are cut. */
void lg_schema_add_pointer(struct lg_buf *out, const struct lg_schema_place *place);

/* Appends "/name" with the escapes of a JSON pointer; `most` bytes of a name and `...` at most. */
void lg_schema_add_name(struct lg_buf *out, struct lg_str name, size_t most);

#endif
