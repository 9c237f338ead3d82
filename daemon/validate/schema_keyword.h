/*
 * schema_keyword.h -- the words of JSON Schema: in which drafts they are, and what they take.
 *
 * One table, from which schemas are checked and compiled, and what is said about the metaschemas is
 * made (schema_meta.c).
 */
#ifndef LG_VALIDATE_SCHEMA_KEYWORD_H
#define LG_VALIDATE_SCHEMA_KEYWORD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "validate/schema.h"

enum lg_schema_word {
    LG_WORD_SCHEMA,
    LG_WORD_ID,
    LG_WORD_REF,
    LG_WORD_ANCHOR,
    LG_WORD_DYNAMIC_REF,
    LG_WORD_DYNAMIC_ANCHOR,
    LG_WORD_RECURSIVE_REF,
    LG_WORD_RECURSIVE_ANCHOR,
    LG_WORD_VOCABULARY,
    LG_WORD_DEFS,
    LG_WORD_ALL_OF,
    LG_WORD_ANY_OF,
    LG_WORD_ONE_OF,
    LG_WORD_NOT,
    LG_WORD_IF,
    LG_WORD_THEN,
    LG_WORD_ELSE,
    LG_WORD_PROPERTIES,
    LG_WORD_PATTERN_PROPERTIES,
    LG_WORD_ADDITIONAL_PROPERTIES,
    LG_WORD_PROPERTY_NAMES,
    LG_WORD_PREFIX_ITEMS,
    LG_WORD_ITEMS,
    LG_WORD_ADDITIONAL_ITEMS,
    LG_WORD_CONTAINS,
    LG_WORD_DEPENDENCIES,
    LG_WORD_DEPENDENT_SCHEMAS,
    LG_WORD_UNEVALUATED_ITEMS,
    LG_WORD_UNEVALUATED_PROPERTIES,
    LG_WORD_TYPE,
    LG_WORD_ENUM,
    LG_WORD_CONST,
    LG_WORD_MULTIPLE_OF,
    LG_WORD_MAXIMUM,
    LG_WORD_EXCLUSIVE_MAXIMUM,
    LG_WORD_MINIMUM,
    LG_WORD_EXCLUSIVE_MINIMUM,
    LG_WORD_MAX_LENGTH,
    LG_WORD_MIN_LENGTH,
    LG_WORD_PATTERN,
    LG_WORD_MAX_ITEMS,
    LG_WORD_MIN_ITEMS,
    LG_WORD_UNIQUE_ITEMS,
    LG_WORD_MAX_CONTAINS,
    LG_WORD_MIN_CONTAINS,
    LG_WORD_MAX_PROPERTIES,
    LG_WORD_MIN_PROPERTIES,
    LG_WORD_REQUIRED,
    LG_WORD_DEPENDENT_REQUIRED,
    LG_WORD_FORMAT,
    LG_WORD_CONTENT_ENCODING,
    LG_WORD_CONTENT_MEDIA_TYPE,
    LG_WORD_CONTENT_SCHEMA,
    LG_WORD_ANNOTATION,
    LG_WORD_COUNT
};

/* What a keyword's value must be. */
enum lg_schema_shape {
    LG_SHAPE_ANYTHING,
    LG_SHAPE_STRING,
    LG_SHAPE_REFERENCE,  /* of an address */
    LG_SHAPE_ADDRESS,    /* without a fragment */
    LG_SHAPE_PLAIN_NAME, /* of an anchor */
    LG_SHAPE_BOOLEAN,
    LG_SHAPE_NUMBER,
    LG_SHAPE_POSITIVE_NUMBER,
    LG_SHAPE_COUNT, /* an integer, 0 or more */
    LG_SHAPE_PATTERN,
    LG_SHAPE_TYPES,
    LG_SHAPE_VALUES, /* an array, not empty */
    LG_SHAPE_ARRAY,
    LG_SHAPE_NAMES,         /* an array of different strings */
    LG_SHAPE_NAMES_BY_NAME, /* an object of them */
    LG_SHAPE_BOOLEANS_BY_NAME,
    LG_SHAPE_SCHEMA,
    LG_SHAPE_SCHEMAS, /* an array, not empty */
    LG_SHAPE_SCHEMA_OR_SCHEMAS,
    LG_SHAPE_SCHEMAS_BY_NAME,
    LG_SHAPE_SCHEMAS_BY_PATTERN,
    LG_SHAPE_DEPENDENCIES /* an object of schemas or NAMES */
};

enum lg_schema_vocabulary {
    LG_VOCABULARY_CORE = 1 << 0,
    LG_VOCABULARY_APPLICATOR = 1 << 1,
    LG_VOCABULARY_UNEVALUATED = 1 << 2,
    LG_VOCABULARY_VALIDATION = 1 << 3,
    LG_VOCABULARY_META_DATA = 1 << 4,
    LG_VOCABULARY_FORMAT = 1 << 5,
    LG_VOCABULARY_CONTENT = 1 << 6,
    LG_VOCABULARY_FORMAT_ASSERTION = 1 << 7, /* no keywords of its own */
    LG_VOCABULARY_ALL = (1 << 7) - 1
};

struct lg_schema_keyword {
    const char *name;
    enum lg_schema_word word;
    enum lg_schema_shape shape;
    unsigned drafts; /* bits: 1 << enum lg_schema_draft */
    enum lg_schema_vocabulary vocabulary;
};

extern const struct lg_schema_keyword lg_schema_keywords[];
extern const size_t lg_schema_keyword_count;

/* The row of `name` in this draft, or NULL. */
const struct lg_schema_keyword *lg_schema_keyword_find(struct lg_str name,
                                                       enum lg_schema_draft draft);
/* A row of `name` in whatever draft, or NULL. */
const struct lg_schema_keyword *lg_schema_keyword_in_any(struct lg_str name);

/* "minLength": the name of a word, as failures tell it. */
const char *lg_schema_word_name(enum lg_schema_word word);

/* "4", "2019-09" */
const char *lg_schema_draft_name(enum lg_schema_draft draft);

#endif
