/*
 * schema_meta.c -- what the metaschemas of the drafts demand, written from our own table of
 * keywords.
 *
 * A $ref to a metaschema checks schemas that come as values. The definitions have the names that
 * they have in the published documents, because people refer to them.
 */
#include "base/mem.h"
#include "validate/schema_loader.h"

/* --- one keyword ------------------------------------------------------------------------------ */

static const char *schema_text(enum lg_schema_draft draft)
{
    if (draft == LG_DRAFT_2020_12)
        return "{\"$dynamicRef\":\"#meta\"}";
    return draft == LG_DRAFT_2019_09 ? "{\"$recursiveRef\":\"#\"}" : "{\"$ref\":\"#\"}";
}

/* In draft 4 these words take booleans, and no schema is one. */
static const char *boolean_or_schema(enum lg_schema_draft draft)
{
    return draft == LG_DRAFT_4 ? "{\"anyOf\":[{\"type\":\"boolean\"},{\"$ref\":\"#\"}]}"
                               : schema_text(draft);
}

static const char *definitions_of(enum lg_schema_draft draft)
{
    return draft >= LG_DRAFT_2019_09 ? "$defs" : "definitions";
}

static void add_definition(struct lg_buf *out, enum lg_schema_draft draft, const char *name)
{
    lg_buf_printf(out, "{\"$ref\":\"#/%s/%s\"}", definitions_of(draft), name);
}

static void add_count(struct lg_buf *out, enum lg_schema_draft draft)
{
    add_definition(out, draft, draft == LG_DRAFT_4 ? "positiveInteger" : "nonNegativeInteger");
}

static void add_object_of(struct lg_buf *out, const char *inner)
{
    lg_buf_printf(out, "{\"type\":\"object\",\"additionalProperties\":%s}", inner);
}

static void add_positive(struct lg_buf *out, enum lg_schema_draft draft)
{
    lg_buf_add_cstr(out, draft == LG_DRAFT_4
                             ? "{\"type\":\"number\",\"minimum\":0,\"exclusiveMinimum\":true}"
                             : "{\"type\":\"number\",\"exclusiveMinimum\":0}");
}

static void add_types(struct lg_buf *out, enum lg_schema_draft draft)
{
    lg_buf_add_cstr(out, "{\"anyOf\":[");
    add_definition(out, draft, "simpleTypes");
    lg_buf_add_cstr(out, ",{\"type\":\"array\",\"items\":");
    add_definition(out, draft, "simpleTypes");
    lg_buf_add_cstr(out, ",\"minItems\":1,\"uniqueItems\":true}]}");
}

static void add_schemas_by_pattern(struct lg_buf *out, enum lg_schema_draft draft)
{
    lg_buf_printf(out, "{\"type\":\"object\",\"additionalProperties\":%s", schema_text(draft));
    if (draft != LG_DRAFT_4)
        lg_buf_add_cstr(out, ",\"propertyNames\":{\"format\":\"regex\"}");
    lg_buf_add_char(out, '}');
}

static void add_dependencies(struct lg_buf *out, enum lg_schema_draft draft)
{
    lg_buf_printf(out, "{\"type\":\"object\",\"additionalProperties\":{\"anyOf\":[%s,",
                  schema_text(draft));
    add_definition(out, draft, "stringArray");
    lg_buf_add_cstr(out, "]}}");
}

static void add_schemas(struct lg_buf *out, enum lg_schema_draft draft, bool or_one)
{
    if (or_one)
        lg_buf_printf(out, "{\"anyOf\":[%s,", schema_text(draft));
    add_definition(out, draft, "schemaArray");
    if (or_one)
        lg_buf_add_cstr(out, "]}");
}

static void add_names_by_name(struct lg_buf *out, enum lg_schema_draft draft)
{
    lg_buf_add_cstr(out, "{\"type\":\"object\",\"additionalProperties\":");
    add_definition(out, draft, "stringArray");
    lg_buf_add_char(out, '}');
}

static void add_values(struct lg_buf *out, enum lg_schema_draft draft)
{
    lg_buf_add_cstr(out, draft <= LG_DRAFT_6
                             ? "{\"type\":\"array\",\"minItems\":1,\"uniqueItems\":true}"
                             : "{\"type\":\"array\"}");
}

/* What the shapes without parts are. */
static const char *plain_shape(enum lg_schema_shape shape)
{
    switch (shape) {
    case LG_SHAPE_STRING:
        return "{\"type\":\"string\"}";
    case LG_SHAPE_REFERENCE:
        return "{\"type\":\"string\",\"format\":\"uri-reference\"}";
    case LG_SHAPE_ADDRESS:
        return "{\"type\":\"string\",\"format\":\"uri-reference\",\"pattern\":\"^[^#]*#?$\"}";
    case LG_SHAPE_PLAIN_NAME:
        return "{\"type\":\"string\",\"pattern\":\"^[A-Za-z_][-A-Za-z0-9._]*$\"}";
    case LG_SHAPE_BOOLEAN:
        return "{\"type\":\"boolean\"}";
    case LG_SHAPE_NUMBER:
        return "{\"type\":\"number\"}";
    case LG_SHAPE_PATTERN:
        return "{\"type\":\"string\",\"format\":\"regex\"}";
    case LG_SHAPE_ARRAY:
        return "{\"type\":\"array\"}";
    case LG_SHAPE_BOOLEANS_BY_NAME:
        return "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"boolean\"}}";
    default:
        return NULL;
    }
}

static void add_shape(struct lg_buf *out, enum lg_schema_draft draft,
                      const struct lg_schema_keyword *keyword)
{
    const char *plain = plain_shape(keyword->shape);

    if (plain != NULL) {
        lg_buf_add_cstr(out, plain);
        return;
    }
    switch (keyword->shape) {
    case LG_SHAPE_POSITIVE_NUMBER:
        add_positive(out, draft);
        break;
    case LG_SHAPE_COUNT:
        add_count(out, draft);
        break;
    case LG_SHAPE_TYPES:
        add_types(out, draft);
        break;
    case LG_SHAPE_VALUES:
        add_values(out, draft);
        break;
    case LG_SHAPE_NAMES:
        add_definition(out, draft, "stringArray");
        break;
    case LG_SHAPE_NAMES_BY_NAME:
        add_names_by_name(out, draft);
        break;
    case LG_SHAPE_SCHEMA:
        lg_buf_add_cstr(out, keyword->word == LG_WORD_ADDITIONAL_ITEMS ||
                                     keyword->word == LG_WORD_ADDITIONAL_PROPERTIES
                                 ? boolean_or_schema(draft)
                                 : schema_text(draft));
        break;
    case LG_SHAPE_SCHEMAS:
        add_schemas(out, draft, false);
        break;
    case LG_SHAPE_SCHEMA_OR_SCHEMAS:
        add_schemas(out, draft, true);
        break;
    case LG_SHAPE_SCHEMAS_BY_NAME:
        add_object_of(out, schema_text(draft));
        break;
    case LG_SHAPE_SCHEMAS_BY_PATTERN:
        add_schemas_by_pattern(out, draft);
        break;
    case LG_SHAPE_DEPENDENCIES:
        add_dependencies(out, draft);
        break;
    default:
        lg_buf_add_cstr(out, draft >= LG_DRAFT_6 ? "true" : "{}");
    }
}

/* --- a document ------------------------------------------------------------------------------- */

static void add_properties(struct lg_buf *out, enum lg_schema_draft draft, unsigned vocabularies)
{
    bool first = true;

    lg_buf_add_cstr(out, ",\"properties\":{");
    for (size_t i = 0; i < lg_schema_keyword_count; i++) {
        const struct lg_schema_keyword *keyword = &lg_schema_keywords[i];

        if ((keyword->drafts >> draft & 1) == 0 || (keyword->vocabulary & vocabularies) == 0)
            continue;
        lg_json_add_name(out, &first, keyword->name);
        add_shape(out, draft, keyword);
    }
    lg_buf_add_char(out, '}');
}

static void add_definitions(struct lg_buf *out, enum lg_schema_draft draft)
{
    lg_buf_printf(out, ",\"%s\":{", definitions_of(draft));
    lg_buf_printf(out,
                  "\"schemaArray\":{\"type\":\"array\",\"minItems\":1,\"items\":%s},"
                  "\"%s\":{\"type\":\"integer\",\"minimum\":0},"
                  "\"%sDefault0\":{\"type\":\"integer\",\"minimum\":0},"
                  "\"simpleTypes\":{\"enum\":[\"array\",\"boolean\",\"integer\",\"null\","
                  "\"number\",\"object\",\"string\"]},"
                  "\"stringArray\":{\"type\":\"array\",\"items\":{\"type\":\"string\"},%s"
                  "\"uniqueItems\":true}}",
                  schema_text(draft),
                  draft == LG_DRAFT_4 ? "positiveInteger" : "nonNegativeInteger",
                  draft == LG_DRAFT_4 ? "positiveInteger" : "nonNegativeInteger",
                  draft == LG_DRAFT_4 ? "\"minItems\":1," : "");
}

static const struct {
    const char *name;
    unsigned bits;
    enum lg_schema_draft only; /* LG_DRAFT_DEFAULT: both */
    bool in_root;
} parts[] = {
    { "core", LG_VOCABULARY_CORE, LG_DRAFT_DEFAULT, true },
    { "applicator", LG_VOCABULARY_APPLICATOR, LG_DRAFT_DEFAULT, true },
    { "unevaluated", LG_VOCABULARY_UNEVALUATED, LG_DRAFT_2020_12, true },
    { "validation", LG_VOCABULARY_VALIDATION, LG_DRAFT_DEFAULT, true },
    { "meta-data", LG_VOCABULARY_META_DATA, LG_DRAFT_DEFAULT, true },
    { "format", LG_VOCABULARY_FORMAT, LG_DRAFT_2019_09, true },
    { "format-annotation", LG_VOCABULARY_FORMAT, LG_DRAFT_2020_12, true },
    { "format-assertion", LG_VOCABULARY_FORMAT, LG_DRAFT_2020_12, false },
    { "content", LG_VOCABULARY_CONTENT, LG_DRAFT_DEFAULT, true },
};

static unsigned bits_of_part(struct lg_str part)
{
    for (size_t i = 0; i < LG_COUNT(parts); i++) {
        if (lg_str_is(part, parts[i].name))
            return parts[i].bits;
    }
    return 0;
}

/* From 2019-09 on the metaschema is the sum of its vocabularies. */
static void add_parts(struct lg_buf *out, enum lg_schema_draft draft)
{
    bool first = true;

    lg_buf_add_cstr(out, ",\"allOf\":[");
    for (size_t i = 0; i < LG_COUNT(parts); i++) {
        if (!parts[i].in_root || (parts[i].only != LG_DRAFT_DEFAULT && parts[i].only != draft))
            continue;
        lg_buf_printf(out, "%s{\"$ref\":\"meta/%s\"}", first ? "" : ",", parts[i].name);
        first = false;
    }
    lg_buf_add_char(out, ']');
}

static void add_head(struct lg_buf *out, enum lg_schema_draft draft, struct lg_str uri)
{
    static const char *const schemas[] = {
        [LG_DRAFT_4] = "http://json-schema.org/draft-04/schema#",
        [LG_DRAFT_6] = "http://json-schema.org/draft-06/schema#",
        [LG_DRAFT_7] = "http://json-schema.org/draft-07/schema#",
        [LG_DRAFT_2019_09] = "https://json-schema.org/draft/2019-09/schema",
        [LG_DRAFT_2020_12] = "https://json-schema.org/draft/2020-12/schema",
    };

    lg_buf_printf(out, "{\"$schema\":\"%s\",\"%s\":", schemas[draft],
                  draft == LG_DRAFT_4 ? "id" : "$id");
    lg_json_add_string(out, uri);
    if (draft == LG_DRAFT_2019_09)
        lg_buf_add_cstr(out, ",\"$recursiveAnchor\":true");
    if (draft == LG_DRAFT_2020_12)
        lg_buf_add_cstr(out, ",\"$dynamicAnchor\":\"meta\"");
    lg_buf_add_cstr(out, draft == LG_DRAFT_4 ? ",\"type\":\"object\""
                                             : ",\"type\":[\"object\",\"boolean\"]");
}

void lg_schema_meta_write(enum lg_schema_draft draft, struct lg_str part, struct lg_str uri,
                          struct lg_buf *out)
{
    bool whole = part.size == 0;

    add_head(out, draft, uri);
    if (whole && draft >= LG_DRAFT_2019_09) {
        add_parts(out, draft);
    } else {
        add_properties(out, draft, whole ? LG_VOCABULARY_ALL : bits_of_part(part));
        add_definitions(out, draft);
    }
    /* In draft 4 an exclusive bound is a word about the other. */
    if (draft == LG_DRAFT_4)
        lg_buf_add_cstr(out, ",\"dependencies\":{\"exclusiveMaximum\":[\"maximum\"],"
                             "\"exclusiveMinimum\":[\"minimum\"]}");
    lg_buf_add_char(out, '}');
}
