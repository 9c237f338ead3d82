/* schema_dialect.c -- what $schema says: a draft, or a metaschema that picks vocabularies of one.
 */
#include "base/mem.h"
#include "validate/schema_loader.h"
#include "validate/uri.h"

enum { CHAIN_MOST = 8 }; /* metaschemas behind each other */

static const struct {
    const char *uri; /* behind http:// or https:// */
    enum lg_schema_draft draft;
} drafts[] = {
    { "json-schema.org/draft-04/schema", LG_DRAFT_4 },
    { "json-schema.org/draft-06/schema", LG_DRAFT_6 },
    { "json-schema.org/draft-07/schema", LG_DRAFT_7 },
    { "json-schema.org/draft/2019-09/schema", LG_DRAFT_2019_09 },
    { "json-schema.org/draft/2020-12/schema", LG_DRAFT_2020_12 },
};

static const struct {
    const char *name; /* behind .../vocab/ and .../meta/ */
    unsigned bits_2019, bits_2020;
} vocabularies[] = {
    { "core", LG_VOCABULARY_CORE, LG_VOCABULARY_CORE },
    { "applicator", LG_VOCABULARY_APPLICATOR, LG_VOCABULARY_APPLICATOR },
    { "unevaluated", 0, LG_VOCABULARY_UNEVALUATED },
    { "validation", LG_VOCABULARY_VALIDATION, LG_VOCABULARY_VALIDATION },
    { "meta-data", LG_VOCABULARY_META_DATA, LG_VOCABULARY_META_DATA },
    { "format", LG_VOCABULARY_FORMAT, 0 },
    { "format-annotation", 0, LG_VOCABULARY_FORMAT },
    { "format-assertion", 0, LG_VOCABULARY_FORMAT | LG_VOCABULARY_FORMAT_ASSERTION },
    { "content", LG_VOCABULARY_CONTENT, LG_VOCABULARY_CONTENT },
};

static bool cut_start(struct lg_str *text, const char *start)
{
    if (!lg_str_starts(*text, lg_str_of(start)))
        return false;
    *text = lg_str_part(*text, lg_str_of(start).size, text->size);
    return true;
}

/* Without the scheme, which people write either way, and without an empty fragment. */
static struct lg_str bare(struct lg_str uri)
{
    if (!cut_start(&uri, "http://"))
        (void)cut_start(&uri, "https://");
    return lg_str_ends(uri, LG_STR("#")) ? lg_str_part(uri, 0, uri.size - 1) : uri;
}

static enum lg_schema_draft draft_of(struct lg_str uri)
{
    uri = bare(uri);
    for (size_t i = 0; i < LG_COUNT(drafts); i++) {
        if (lg_str_is(uri, drafts[i].uri))
            return drafts[i].draft;
    }
    return LG_DRAFT_DEFAULT;
}

/* The bits of `name` in a draft; 0: there is no such vocabulary. */
static unsigned bits_of(enum lg_schema_draft draft, struct lg_str name)
{
    for (size_t i = 0; i < LG_COUNT(vocabularies); i++) {
        if (lg_str_is(name, vocabularies[i].name))
            return draft == LG_DRAFT_2019_09 ? vocabularies[i].bits_2019
                                             : vocabularies[i].bits_2020;
    }
    return 0;
}

enum lg_schema_draft lg_schema_metaschema_of(struct lg_str uri, struct lg_str *ret_part)
{
    enum lg_schema_draft draft = draft_of(uri);

    *ret_part = LG_STR("");
    if (draft != LG_DRAFT_DEFAULT)
        return draft;
    uri = bare(uri);
    if (cut_start(&uri, "json-schema.org/draft/2019-09/meta/"))
        draft = LG_DRAFT_2019_09;
    else if (cut_start(&uri, "json-schema.org/draft/2020-12/meta/"))
        draft = LG_DRAFT_2020_12;
    *ret_part = uri;
    return draft != LG_DRAFT_DEFAULT && bits_of(draft, uri) != 0 ? draft : LG_DRAFT_DEFAULT;
}

/* --- metaschemas that others wrote ------------------------------------------------------------ */

/* The bits of a vocabulary's address; 0 if we do not know it. */
static unsigned bits_of_address(enum lg_schema_draft draft, struct lg_str address)
{
    struct lg_str name = bare(address);

    if (!cut_start(&name, draft == LG_DRAFT_2019_09 ? "json-schema.org/draft/2019-09/vocab/"
                                                    : "json-schema.org/draft/2020-12/vocab/"))
        return 0;
    unsigned bits = bits_of(draft, name);
    return bits;
}

static void read_vocabularies(struct lg_schema_loader *loader,
                              const struct lg_schema_resource *resource,
                              const struct lg_json *listed, struct lg_schema_dialect *dialect)
{
    dialect->vocabularies = LG_VOCABULARY_CORE;
    for (const struct lg_json *one = listed->first; one != NULL; one = one->next) {
        const struct lg_schema_place root = { .name = lg_str_of(resource->root->pointer) };
        const struct lg_schema_place words = { .outer = &root, .name = LG_STR("$vocabulary") };
        const struct lg_schema_place place = { .outer = &words, .name = one->name };
        unsigned bits = bits_of_address(dialect->draft, one->name);

        dialect->vocabularies |= bits;
        /* In 2019-09 a format is an assertion where its vocabulary is required. */
        if (dialect->draft == LG_DRAFT_2019_09 && bits == LG_VOCABULARY_FORMAT &&
            one->type == LG_JSON_TRUE)
            dialect->vocabularies |= LG_VOCABULARY_FORMAT_ASSERTION;
        if (bits == 0 && one->type == LG_JSON_TRUE)
            lg_schema_fault(loader, resource->source, &place,
                            "the vocabulary is required, but not known");
    }
}

/* Follows $schema up to a draft; what the nearest metaschema lists counts. */
static bool find(struct lg_schema_loader *loader, struct lg_str uri, unsigned depth,
                 struct lg_schema_dialect *ret_dialect)
{
    enum lg_schema_draft draft = draft_of(uri);
    const struct lg_schema_resource *resource;

    if (draft != LG_DRAFT_DEFAULT) {
        *ret_dialect = (struct lg_schema_dialect){ draft, LG_VOCABULARY_ALL };
        return true;
    }
    if (depth == CHAIN_MOST)
        return false;
    resource = lg_schema_resource_find(loader, lg_uri_resolve(&loader->temp, uri, LG_STR("")));
    if (resource == NULL || resource->root == NULL)
        return false;
    const struct lg_json *json = resource->root->json;
    const struct lg_json *next = lg_json_get(json, "$schema");
    const struct lg_json *listed = lg_json_get(json, "$vocabulary");

    if (!lg_json_is(next, LG_JSON_STRING) || !find(loader, next->text, depth + 1, ret_dialect))
        return false;
    if (lg_json_is(listed, LG_JSON_OBJECT) && ret_dialect->draft >= LG_DRAFT_2019_09)
        read_vocabularies(loader, resource, listed, ret_dialect);
    return true;
}

bool lg_schema_dialect_find(struct lg_schema_loader *loader, const struct lg_schema_source *source,
                            struct lg_str base, const struct lg_json *value,
                            const struct lg_schema_place *place,
                            struct lg_schema_dialect *ret_dialect)
{
    struct lg_str uri = lg_uri_resolve(&loader->temp, base, value->text);

    if (find(loader, uri, 0, ret_dialect))
        return true;
    lg_schema_expected(loader, source, place, value,
                       "the address of draft 4, 6, 7, 2019-09 or 2020-12, or of a metaschema that "
                       "is listed");
    return false;
}
