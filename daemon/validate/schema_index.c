/*
 * schema_index.c -- walks a document once: which of its values are schemas, under which addresses
 * and names they are found, and whether their keywords are known and well formed.
 *
 * As deep as the text is nested, which the reader has limited.
 */
#include <assert.h>
#include <stdio.h>

#include "validate/schema_loader.h"
#include "validate/uri.h"

struct walk {
    struct lg_schema_loader *loader;
    struct lg_schema_source *source;
    struct lg_buf *pointer;
};

static void walk_schema(const struct walk *walk, struct lg_schema_resource *resource,
                        const struct lg_json *json);

/* --- tables ----------------------------------------------------------------------------------- */

static struct lg_str key_of(const struct lg_json *const *json)
{
    return lg_str_make((const char *)json, sizeof(*json));
}

struct lg_schema_node *lg_schema_node_of(const struct lg_schema_loader *loader,
                                         const struct lg_json *json)
{
    return lg_map_get(loader->nodes, key_of(&json));
}

static struct lg_schema_node *add_node(const struct walk *walk, struct lg_schema_resource *resource,
                                       const struct lg_json *json)
{
    struct lg_schema_node *node = LG_ARENA_NEW(&walk->loader->temp, struct lg_schema_node);

    node->json = json;
    node->resource = resource;
    node->pointer = lg_arena_cstr(&walk->loader->temp, lg_buf_str(walk->pointer));
    enum lg_err err = lg_map_put(walk->loader->nodes, key_of(&json), node);
    assert(err == LG_OK);
    (void)err;
    return node;
}

/* The place of the schema that is walked. */
static struct lg_schema_place place_of(const struct walk *walk)
{
    return (struct lg_schema_place){ .name = lg_buf_str(walk->pointer) };
}

static const struct lg_json *word_of(const struct lg_json *json, enum lg_schema_draft draft,
                                     enum lg_schema_word word, enum lg_json_type type)
{
    for (const struct lg_json *one = json->first; one != NULL; one = one->next) {
        const struct lg_schema_keyword *keyword = lg_schema_keyword_find(one->name, draft);

        if (keyword != NULL && keyword->word == word && one->type == type)
            return one;
    }
    return NULL;
}

/* --- addresses and names ---------------------------------------------------------------------- */

static bool is_before_2019(const struct lg_schema_resource *resource)
{
    return resource->dialect.draft < LG_DRAFT_2019_09;
}

static void taken(const struct walk *walk, const struct lg_json *value)
{
    const struct lg_schema_place schema = place_of(walk);
    const struct lg_schema_place place = { .outer = &schema, .name = value->name };

    /* The first one counts. */
    if (!walk->loader->options->lax)
        lg_schema_fault(walk->loader, walk->source, &place, "%s is taken by another schema",
                        lg_schema_found(walk->loader, value));
}

static void add_anchor(const struct walk *walk, struct lg_str uri, struct lg_str name,
                       const struct lg_json *value, struct lg_schema_node *node)
{
    const char *key =
        lg_arena_printf(&walk->loader->temp, "%.*s#%.*s", LG_STR_ARG(uri), LG_STR_ARG(name));

    if (lg_map_put(walk->loader->anchors, lg_str_of(key), node) != LG_OK)
        taken(walk, value);
}

static void add_dynamic_anchor(const struct walk *walk, struct lg_schema_resource *resource,
                               struct lg_str name, struct lg_schema_node *node)
{
    struct lg_schema_dynamic_anchor *anchor =
        LG_ARENA_NEW(&walk->loader->temp, struct lg_schema_dynamic_anchor);

    anchor->name = name;
    anchor->node = node;
    anchor->next = resource->anchors;
    resource->anchors = anchor;
}

static struct lg_schema_resource *add_resource(const struct walk *walk, struct lg_str uri,
                                               struct lg_schema_dialect dialect)
{
    struct lg_schema_loader *loader = walk->loader;
    struct lg_schema_resource *resource = LG_ARENA_NEW(&loader->temp, struct lg_schema_resource);

    resource->uri = uri;
    resource->source = walk->source;
    resource->dialect = dialect;
    resource->scope = LG_ARENA_NEW(loader->arena, struct lg_schema_scope);
    resource->next = loader->all_resources;
    loader->all_resources = resource;
    return resource;
}

/* The resource that starts here because of an $id; or the one around. */
static struct lg_schema_resource *identify(const struct walk *walk,
                                           struct lg_schema_resource *resource,
                                           const struct lg_json *id,
                                           struct lg_schema_dialect dialect)
{
    struct lg_schema_loader *loader = walk->loader;

    if (lg_str_starts(id->text, LG_STR("#")))
        return resource;
    struct lg_str uri = lg_uri_resolve(&loader->temp, resource->uri, id->text);
    /* A document may name itself: it is found by both of its addresses then. */
    if (lg_str_eq(uri, resource->uri) && resource->root == NULL)
        return resource;
    struct lg_schema_resource *inner = add_resource(walk, uri, dialect);
    if (lg_map_put(loader->resources, uri, inner) != LG_OK)
        taken(walk, id);
    return inner;
}

static void add_names(const struct walk *walk, struct lg_schema_resource *resource,
                      const struct lg_json *json, const struct lg_json *id,
                      struct lg_schema_node *node)
{
    enum lg_schema_draft draft = resource->dialect.draft;
    const struct lg_json *anchor = word_of(json, draft, LG_WORD_ANCHOR, LG_JSON_STRING);
    const struct lg_json *dynamic = word_of(json, draft, LG_WORD_DYNAMIC_ANCHOR, LG_JSON_STRING);

    /* Up to draft 7 an $id with a fragment is an anchor. */
    if (id != NULL && is_before_2019(resource)) {
        struct lg_uri parts = lg_uri_split(id->text);

        if (parts.fragment.size > 0 && parts.fragment.data[0] != '/')
            add_anchor(walk, resource->uri, parts.fragment, id, node);
    }
    if (anchor != NULL)
        add_anchor(walk, resource->uri, anchor->text, anchor, node);
    if (dynamic != NULL) {
        add_anchor(walk, resource->uri, dynamic->text, dynamic, node);
        add_dynamic_anchor(walk, resource, dynamic->text, node);
    }
    if (resource->root == node &&
        word_of(json, draft, LG_WORD_RECURSIVE_ANCHOR, LG_JSON_TRUE) != NULL)
        add_dynamic_anchor(walk, resource, LG_STR(""), node);
}

/* --- what is inside --------------------------------------------------------------------------- */

static void walk_named(const struct walk *walk, struct lg_schema_resource *resource,
                       const struct lg_json *json, struct lg_str name)
{
    size_t size = walk->pointer->size;

    lg_schema_add_name(walk->pointer, name, SIZE_MAX);
    walk_schema(walk, resource, json);
    walk->pointer->size = size;
}

static void walk_array(const struct walk *walk, struct lg_schema_resource *resource,
                       const struct lg_json *array)
{
    size_t index = 0;

    for (const struct lg_json *one = array->first; one != NULL; one = one->next) {
        char name[32];
        int size = snprintf(name, sizeof(name), "%zu", index++);

        walk_named(walk, resource, one, lg_str_make(name, (size_t)size));
    }
}

static void walk_members(const struct walk *walk, struct lg_schema_resource *resource,
                         const struct lg_json *object, bool without_arrays)
{
    for (const struct lg_json *one = object->first; one != NULL; one = one->next) {
        if (!without_arrays || one->type != LG_JSON_ARRAY)
            walk_named(walk, resource, one, one->name);
    }
}

static void walk_value(const struct walk *walk, struct lg_schema_resource *resource,
                       const struct lg_schema_keyword *keyword, const struct lg_json *value)
{
    size_t size = walk->pointer->size;

    switch (keyword->shape) {
    case LG_SHAPE_SCHEMA:
        walk_named(walk, resource, value, value->name);
        return;
    case LG_SHAPE_SCHEMA_OR_SCHEMAS:
        if (value->type != LG_JSON_ARRAY) {
            walk_named(walk, resource, value, value->name);
            return;
        }
        break;
    case LG_SHAPE_SCHEMAS:
    case LG_SHAPE_SCHEMAS_BY_NAME:
    case LG_SHAPE_SCHEMAS_BY_PATTERN:
    case LG_SHAPE_DEPENDENCIES:
        break;
    default:
        return;
    }
    lg_schema_add_name(walk->pointer, value->name, SIZE_MAX);
    if (value->type == LG_JSON_ARRAY)
        walk_array(walk, resource, value);
    else
        walk_members(walk, resource, value, keyword->shape == LG_SHAPE_DEPENDENCIES);
    walk->pointer->size = size;
}

/* Beside a $ref of drafts up to 7 nothing counts; what may be referred to is still there. */
static bool counts_beside_ref(const struct lg_schema_keyword *keyword)
{
    return keyword->word == LG_WORD_REF || keyword->word == LG_WORD_DEFS ||
           keyword->word == LG_WORD_ANNOTATION || keyword->word == LG_WORD_SCHEMA ||
           keyword->word == LG_WORD_ID;
}

static void walk_word(const struct walk *walk, struct lg_schema_resource *resource,
                      const struct lg_json *value, bool beside_ref)
{
    const struct lg_schema_place schema = place_of(walk);
    const struct lg_schema_place place = { .outer = &schema, .name = value->name };
    const struct lg_schema_keyword *keyword =
        lg_schema_keyword_find(value->name, resource->dialect.draft);

    if (keyword == NULL) {
        lg_schema_unknown_word(walk->loader, resource, value->name, &place);
        return;
    }
    if (beside_ref && !counts_beside_ref(keyword)) {
        if (!walk->loader->options->lax)
            lg_schema_fault(walk->loader, walk->source, &place,
                            "draft %s ignores what stands beside $ref: put both into allOf",
                            lg_schema_draft_name(resource->dialect.draft));
        return;
    }
    if ((resource->dialect.vocabularies & keyword->vocabulary) == 0) {
        if (!walk->loader->options->lax)
            lg_schema_fault(walk->loader, walk->source, &place,
                            "the metaschema leaves this keyword's vocabulary out");
        return;
    }
    if (lg_schema_shape_fits(walk->loader, resource, keyword, value, &place))
        walk_value(walk, resource, keyword, value);
}

/* --- a schema --------------------------------------------------------------------------------- */

/* That of a $schema here, which counts where a resource begins; or that of the schema around. */
static struct lg_schema_dialect dialect_of(const struct walk *walk, struct lg_str base,
                                           const struct lg_json *json, bool begins,
                                           struct lg_schema_dialect around)
{
    const struct lg_json *named = lg_json_get(json, "$schema");
    const struct lg_schema_place schema = place_of(walk);
    const struct lg_schema_place place = { .outer = &schema, .name = LG_STR("$schema") };

    if (begins && named != NULL && named->type == LG_JSON_STRING)
        (void)lg_schema_dialect_find(walk->loader, walk->source, base, named, &place, &around);
    return around;
}

static bool has_ref(const struct lg_json *json)
{
    return lg_json_is(lg_json_get(json, "$ref"), LG_JSON_STRING);
}

static void walk_object(const struct walk *walk, struct lg_schema_resource *around,
                        const struct lg_json *json)
{
    bool names_itself = lg_json_get(json, "$id") != NULL || lg_json_get(json, "id") != NULL;
    struct lg_schema_dialect dialect =
        dialect_of(walk, around->uri, json, around->root == NULL || names_itself, around->dialect);
    bool before_2019 = dialect.draft < LG_DRAFT_2019_09;
    bool beside_ref = before_2019 && has_ref(json);
    const struct lg_json *id =
        beside_ref ? NULL : word_of(json, dialect.draft, LG_WORD_ID, LG_JSON_STRING);
    struct lg_schema_resource *resource = around;

    if (around->root == NULL)
        around->dialect = dialect;
    if (id != NULL)
        resource = identify(walk, around, id, dialect);
    struct lg_schema_node *node = add_node(walk, resource, json);
    if (around->root == NULL)
        around->root = node;
    if (resource->root == NULL)
        resource->root = node;
    add_names(walk, resource, json, id, node);
    for (const struct lg_json *one = json->first; one != NULL; one = one->next)
        walk_word(walk, resource, one, beside_ref);
}

static void walk_schema(const struct walk *walk, struct lg_schema_resource *resource,
                        const struct lg_json *json)
{
    const struct lg_schema_place place = place_of(walk);
    bool is_boolean = json->type == LG_JSON_TRUE || json->type == LG_JSON_FALSE;

    if (lg_schema_node_of(walk->loader, json) != NULL)
        return; /* a reference led here before */
    if (json->type == LG_JSON_OBJECT) {
        walk_object(walk, resource, json);
        return;
    }
    if (!is_boolean)
        lg_schema_expected(walk->loader, walk->source, &place, json,
                           "a schema: an object, true or false");
    struct lg_schema_node *node = add_node(walk, resource, json);
    if (resource->root == NULL)
        resource->root = node;
}

static void put_resource(struct lg_schema_loader *loader, struct lg_schema_resource *resource)
{
    enum lg_err err = lg_map_put(loader->resources, resource->uri, resource);

    assert(err == LG_OK);
    (void)err;
}

struct lg_schema_node *lg_schema_index(struct lg_schema_loader *loader,
                                       struct lg_schema_source *source,
                                       struct lg_schema_resource *resource,
                                       const struct lg_json *json, struct lg_buf *pointer)
{
    const struct walk walk = { loader, source, pointer };
    enum lg_schema_draft draft = loader->options->draft;
    const struct lg_schema_dialect usual = { draft == LG_DRAFT_DEFAULT ? LG_DRAFT_2020_12 : draft,
                                             LG_VOCABULARY_ALL };

    if (resource == NULL) {
        resource = add_resource(&walk, source->uri, usual);
        /* Another document may have taken the address as its own name: it keeps it. */
        if (lg_map_get(loader->resources, source->uri) == NULL)
            put_resource(loader, resource);
    }
    walk_schema(&walk, resource, json);
    return lg_schema_node_of(loader, json);
}
