/* schema_keyword.c -- the table of keywords. */
#include "validate/schema_keyword.h"

#include "base/mem.h"

#define D4 (1u << LG_DRAFT_4)
#define D6 (1u << LG_DRAFT_6)
#define D7 (1u << LG_DRAFT_7)
#define D2019 (1u << LG_DRAFT_2019_09)
#define D2020 (1u << LG_DRAFT_2020_12)
#define FROM_2019 (D2019 | D2020)
#define FROM_7 (D7 | FROM_2019)
#define FROM_6 (D6 | FROM_7)
#define ALL (D4 | FROM_6)
#define TO_7 (D4 | D6 | D7)
#define TO_2019 (TO_7 | D2019)

#define CORE LG_VOCABULARY_CORE
#define APPLICATOR LG_VOCABULARY_APPLICATOR
#define UNEVALUATED LG_VOCABULARY_UNEVALUATED
#define VALIDATION LG_VOCABULARY_VALIDATION
#define META LG_VOCABULARY_META_DATA
#define CONTENT LG_VOCABULARY_CONTENT

/* Annotations are taken in every draft, wherever they first came: they change nothing. */
const struct lg_schema_keyword lg_schema_keywords[] = {
    { "$schema", LG_WORD_SCHEMA, LG_SHAPE_STRING, ALL, CORE },
    { "id", LG_WORD_ID, LG_SHAPE_REFERENCE, D4, CORE },
    { "$id", LG_WORD_ID, LG_SHAPE_REFERENCE, D6 | D7, CORE },
    { "$id", LG_WORD_ID, LG_SHAPE_ADDRESS, FROM_2019, CORE },
    { "$ref", LG_WORD_REF, LG_SHAPE_REFERENCE, ALL, CORE },
    { "$anchor", LG_WORD_ANCHOR, LG_SHAPE_PLAIN_NAME, FROM_2019, CORE },
    { "$recursiveRef", LG_WORD_RECURSIVE_REF, LG_SHAPE_REFERENCE, D2019, CORE },
    { "$recursiveAnchor", LG_WORD_RECURSIVE_ANCHOR, LG_SHAPE_BOOLEAN, D2019, CORE },
    { "$dynamicRef", LG_WORD_DYNAMIC_REF, LG_SHAPE_REFERENCE, D2020, CORE },
    { "$dynamicAnchor", LG_WORD_DYNAMIC_ANCHOR, LG_SHAPE_PLAIN_NAME, D2020, CORE },
    { "$vocabulary", LG_WORD_VOCABULARY, LG_SHAPE_BOOLEANS_BY_NAME, FROM_2019, CORE },
    { "$comment", LG_WORD_ANNOTATION, LG_SHAPE_STRING, ALL, CORE },
    { "$defs", LG_WORD_DEFS, LG_SHAPE_SCHEMAS_BY_NAME, FROM_2019, CORE },
    { "definitions", LG_WORD_DEFS, LG_SHAPE_SCHEMAS_BY_NAME, ALL, CORE },

    { "allOf", LG_WORD_ALL_OF, LG_SHAPE_SCHEMAS, ALL, APPLICATOR },
    { "anyOf", LG_WORD_ANY_OF, LG_SHAPE_SCHEMAS, ALL, APPLICATOR },
    { "oneOf", LG_WORD_ONE_OF, LG_SHAPE_SCHEMAS, ALL, APPLICATOR },
    { "not", LG_WORD_NOT, LG_SHAPE_SCHEMA, ALL, APPLICATOR },
    { "if", LG_WORD_IF, LG_SHAPE_SCHEMA, FROM_7, APPLICATOR },
    { "then", LG_WORD_THEN, LG_SHAPE_SCHEMA, FROM_7, APPLICATOR },
    { "else", LG_WORD_ELSE, LG_SHAPE_SCHEMA, FROM_7, APPLICATOR },
    { "properties", LG_WORD_PROPERTIES, LG_SHAPE_SCHEMAS_BY_NAME, ALL, APPLICATOR },
    { "patternProperties", LG_WORD_PATTERN_PROPERTIES, LG_SHAPE_SCHEMAS_BY_PATTERN, ALL,
      APPLICATOR },
    { "additionalProperties", LG_WORD_ADDITIONAL_PROPERTIES, LG_SHAPE_SCHEMA, ALL, APPLICATOR },
    { "propertyNames", LG_WORD_PROPERTY_NAMES, LG_SHAPE_SCHEMA, FROM_6, APPLICATOR },
    { "prefixItems", LG_WORD_PREFIX_ITEMS, LG_SHAPE_SCHEMAS, D2020, APPLICATOR },
    { "items", LG_WORD_ITEMS, LG_SHAPE_SCHEMA_OR_SCHEMAS, TO_2019, APPLICATOR },
    { "items", LG_WORD_ITEMS, LG_SHAPE_SCHEMA, D2020, APPLICATOR },
    { "additionalItems", LG_WORD_ADDITIONAL_ITEMS, LG_SHAPE_SCHEMA, TO_2019, APPLICATOR },
    { "contains", LG_WORD_CONTAINS, LG_SHAPE_SCHEMA, FROM_6, APPLICATOR },
    { "dependencies", LG_WORD_DEPENDENCIES, LG_SHAPE_DEPENDENCIES, ALL, APPLICATOR },
    { "dependentSchemas", LG_WORD_DEPENDENT_SCHEMAS, LG_SHAPE_SCHEMAS_BY_NAME, FROM_2019,
      APPLICATOR },
    { "unevaluatedItems", LG_WORD_UNEVALUATED_ITEMS, LG_SHAPE_SCHEMA, D2019, APPLICATOR },
    { "unevaluatedItems", LG_WORD_UNEVALUATED_ITEMS, LG_SHAPE_SCHEMA, D2020, UNEVALUATED },
    { "unevaluatedProperties", LG_WORD_UNEVALUATED_PROPERTIES, LG_SHAPE_SCHEMA, D2019, APPLICATOR },
    { "unevaluatedProperties", LG_WORD_UNEVALUATED_PROPERTIES, LG_SHAPE_SCHEMA, D2020,
      UNEVALUATED },

    { "type", LG_WORD_TYPE, LG_SHAPE_TYPES, ALL, VALIDATION },
    { "enum", LG_WORD_ENUM, LG_SHAPE_VALUES, ALL, VALIDATION },
    { "const", LG_WORD_CONST, LG_SHAPE_ANYTHING, FROM_6, VALIDATION },
    { "multipleOf", LG_WORD_MULTIPLE_OF, LG_SHAPE_POSITIVE_NUMBER, ALL, VALIDATION },
    { "maximum", LG_WORD_MAXIMUM, LG_SHAPE_NUMBER, ALL, VALIDATION },
    { "exclusiveMaximum", LG_WORD_EXCLUSIVE_MAXIMUM, LG_SHAPE_BOOLEAN, D4, VALIDATION },
    { "exclusiveMaximum", LG_WORD_EXCLUSIVE_MAXIMUM, LG_SHAPE_NUMBER, FROM_6, VALIDATION },
    { "minimum", LG_WORD_MINIMUM, LG_SHAPE_NUMBER, ALL, VALIDATION },
    { "exclusiveMinimum", LG_WORD_EXCLUSIVE_MINIMUM, LG_SHAPE_BOOLEAN, D4, VALIDATION },
    { "exclusiveMinimum", LG_WORD_EXCLUSIVE_MINIMUM, LG_SHAPE_NUMBER, FROM_6, VALIDATION },
    { "maxLength", LG_WORD_MAX_LENGTH, LG_SHAPE_COUNT, ALL, VALIDATION },
    { "minLength", LG_WORD_MIN_LENGTH, LG_SHAPE_COUNT, ALL, VALIDATION },
    { "pattern", LG_WORD_PATTERN, LG_SHAPE_PATTERN, ALL, VALIDATION },
    { "maxItems", LG_WORD_MAX_ITEMS, LG_SHAPE_COUNT, ALL, VALIDATION },
    { "minItems", LG_WORD_MIN_ITEMS, LG_SHAPE_COUNT, ALL, VALIDATION },
    { "uniqueItems", LG_WORD_UNIQUE_ITEMS, LG_SHAPE_BOOLEAN, ALL, VALIDATION },
    { "maxContains", LG_WORD_MAX_CONTAINS, LG_SHAPE_COUNT, FROM_2019, VALIDATION },
    { "minContains", LG_WORD_MIN_CONTAINS, LG_SHAPE_COUNT, FROM_2019, VALIDATION },
    { "maxProperties", LG_WORD_MAX_PROPERTIES, LG_SHAPE_COUNT, ALL, VALIDATION },
    { "minProperties", LG_WORD_MIN_PROPERTIES, LG_SHAPE_COUNT, ALL, VALIDATION },
    { "required", LG_WORD_REQUIRED, LG_SHAPE_NAMES, ALL, VALIDATION },
    { "dependentRequired", LG_WORD_DEPENDENT_REQUIRED, LG_SHAPE_NAMES_BY_NAME, FROM_2019,
      VALIDATION },

    { "format", LG_WORD_FORMAT, LG_SHAPE_STRING, ALL, LG_VOCABULARY_FORMAT },
    { "contentEncoding", LG_WORD_CONTENT_ENCODING, LG_SHAPE_STRING, ALL, CONTENT },
    { "contentMediaType", LG_WORD_CONTENT_MEDIA_TYPE, LG_SHAPE_STRING, ALL, CONTENT },
    { "contentSchema", LG_WORD_CONTENT_SCHEMA, LG_SHAPE_SCHEMA, FROM_2019, CONTENT },

    { "title", LG_WORD_ANNOTATION, LG_SHAPE_STRING, ALL, META },
    { "description", LG_WORD_ANNOTATION, LG_SHAPE_STRING, ALL, META },
    { "default", LG_WORD_ANNOTATION, LG_SHAPE_ANYTHING, ALL, META },
    { "deprecated", LG_WORD_ANNOTATION, LG_SHAPE_BOOLEAN, ALL, META },
    { "readOnly", LG_WORD_ANNOTATION, LG_SHAPE_BOOLEAN, ALL, META },
    { "writeOnly", LG_WORD_ANNOTATION, LG_SHAPE_BOOLEAN, ALL, META },
    { "examples", LG_WORD_ANNOTATION, LG_SHAPE_ARRAY, ALL, META },
    { "example", LG_WORD_ANNOTATION, LG_SHAPE_ANYTHING, ALL, META }, /* OpenAPI's */
};

const size_t lg_schema_keyword_count = LG_COUNT(lg_schema_keywords);

const struct lg_schema_keyword *lg_schema_keyword_find(struct lg_str name,
                                                       enum lg_schema_draft draft)
{
    for (size_t i = 0; i < lg_schema_keyword_count; i++) {
        const struct lg_schema_keyword *keyword = &lg_schema_keywords[i];

        if ((keyword->drafts >> draft & 1) != 0 && lg_str_is(name, keyword->name))
            return keyword;
    }
    return NULL;
}

const struct lg_schema_keyword *lg_schema_keyword_in_any(struct lg_str name)
{
    for (size_t i = 0; i < lg_schema_keyword_count; i++) {
        if (lg_str_is(name, lg_schema_keywords[i].name))
            return &lg_schema_keywords[i];
    }
    return NULL;
}

const char *lg_schema_word_name(enum lg_schema_word word)
{
    const char *name = "";

    /* The last row of a word has its present name. */
    for (size_t i = 0; i < lg_schema_keyword_count; i++) {
        if (lg_schema_keywords[i].word == word)
            name = lg_schema_keywords[i].name;
    }
    return name;
}

const char *lg_schema_draft_name(enum lg_schema_draft draft)
{
    static const char *const names[] = {
        [LG_DRAFT_4] = "4",
        [LG_DRAFT_6] = "6",
        [LG_DRAFT_7] = "7",
        [LG_DRAFT_2019_09] = "2019-09",
        [LG_DRAFT_2020_12] = "2020-12",
    };

    return names[draft == LG_DRAFT_DEFAULT ? LG_DRAFT_2020_12 : draft];
}
