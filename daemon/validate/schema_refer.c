/* schema_refer.c -- where references lead: addresses to resources, fragments to schemas in them. */
#include "base/text.h"
#include "validate/schema_loader.h"
#include "validate/uri.h"

enum { SOURCES_MOST = 1000 };

/* --- resources -------------------------------------------------------------------------------- */

static struct lg_schema_resource *known(const struct lg_schema_loader *loader, struct lg_str uri)
{
    return lg_map_get(loader->resources, uri);
}

static struct lg_schema_source *source_of(const struct lg_schema_loader *loader, struct lg_str uri)
{
    struct lg_schema_source *source = loader->sources;

    while (source != NULL && !lg_str_eq(source->uri, uri))
        source = source->next;
    return source;
}

/* Our own metaschema, if that is what is asked for. */
static struct lg_schema_source *make_metaschema(struct lg_schema_loader *loader, struct lg_str uri)
{
    struct lg_str part;
    enum lg_schema_draft draft = lg_schema_metaschema_of(uri, &part);
    struct lg_buf text;

    if (draft == LG_DRAFT_DEFAULT)
        return NULL;
    struct lg_schema_source *source =
        lg_schema_source_add(loader, uri, lg_arena_cstr(&loader->temp, uri));
    lg_buf_init(&text, SIZE_MAX);
    lg_schema_meta_write(draft, part, uri, &text);
    source->made = true;
    source->text = lg_arena_str(&loader->temp, lg_buf_str(&text));
    lg_buf_done(&text);
    return source;
}

/* A file that lies below the schema's own folder. */
static struct lg_schema_source *neighbour(struct lg_schema_loader *loader, struct lg_str uri)
{
    if (loader->folder.size == 0 || !lg_str_starts(uri, loader->folder) ||
        loader->source_count >= SOURCES_MOST)
        return NULL;
    struct lg_str path = lg_str_part(uri, sizeof("file://") - 1, uri.size);
    const char *file = lg_arena_cstr(&loader->temp, lg_percent_decode(&loader->temp, path, false));
    struct lg_schema_source *source = lg_schema_source_add(loader, uri, file);
    source->file = file;
    return source;
}

/* Listed documents may name themselves otherwise: all are read to find that out. */
static void read_all(struct lg_schema_loader *loader)
{
    for (struct lg_schema_source *source = loader->sources; source != NULL; source = source->next)
        lg_schema_source_read(loader, source);
}

struct lg_schema_resource *lg_schema_resource_find(struct lg_schema_loader *loader,
                                                   struct lg_str uri)
{
    struct lg_schema_resource *resource = known(loader, uri);

    if (resource != NULL)
        return resource;
    struct lg_schema_source *source = source_of(loader, uri);
    if (source == NULL)
        source = make_metaschema(loader, uri);
    if (source == NULL) {
        read_all(loader);
        resource = known(loader, uri);
        if (resource == NULL)
            source = neighbour(loader, uri);
    }
    if (source != NULL) {
        lg_schema_source_read(loader, source);
        resource = known(loader, uri);
    }
    return resource;
}

/* --- JSON pointers ---------------------------------------------------------------------------- */

static struct lg_str unescape(struct lg_arena *arena, struct lg_str token)
{
    char *out = lg_arena_alloc(arena, token.size + 1);
    size_t size = 0;

    for (size_t i = 0; i < token.size; i++) {
        char byte = token.data[i];

        if (byte == '~' && i + 1 < token.size && token.data[i + 1] == '0') {
            i++;
        } else if (byte == '~' && i + 1 < token.size && token.data[i + 1] == '1') {
            byte = '/';
            i++;
        }
        out[size++] = byte;
    }
    return lg_str_make(out, size);
}

static const struct lg_json *child_of(const struct lg_json *json, struct lg_str name)
{
    uint64_t index;

    if (json->type == LG_JSON_OBJECT) {
        for (const struct lg_json *one = json->first; one != NULL; one = one->next) {
            if (lg_str_eq(one->name, name))
                return one;
        }
    }
    if (json->type != LG_JSON_ARRAY || lg_str_to_u64(name, &index) != LG_OK)
        return NULL;
    const struct lg_json *one = json->first;
    for (; one != NULL && index > 0; index--)
        one = one->next;
    return one;
}

/*
 * Follows `pointer` down from `resource`. What lies where nobody expects a schema becomes one now,
 * of the resource that is nearest above it.
 */
static struct lg_schema_node *follow(struct lg_schema_loader *loader,
                                     const struct lg_schema_resource *resource,
                                     struct lg_str pointer)
{
    const struct lg_json *json = resource->root->json;
    struct lg_schema_resource *around = resource->root->resource;
    struct lg_str rest = lg_str_part(pointer, 1, pointer.size), token;
    struct lg_buf place;
    struct lg_schema_node *node = NULL;

    lg_buf_init(&place, SIZE_MAX);
    lg_buf_add_cstr(&place, resource->root->pointer);
    while (json != NULL && lg_str_next(&rest, '/', &token)) {
        struct lg_str name = unescape(&loader->temp, token);

        json = child_of(json, name);
        node = json == NULL ? NULL : lg_schema_node_of(loader, json);
        if (node != NULL)
            around = node->resource;
        lg_schema_add_name(&place, name, SIZE_MAX);
    }
    if (json != NULL && node == NULL &&
        (json->type == LG_JSON_OBJECT || json->type == LG_JSON_TRUE || json->type == LG_JSON_FALSE))
        node = lg_schema_index(loader, around->source, around, json, &place);
    lg_buf_done(&place);
    return node;
}

/* --- the whole -------------------------------------------------------------------------------- */

static struct lg_schema_node *in_resource(struct lg_schema_loader *loader,
                                          const struct lg_schema_resource *resource,
                                          struct lg_str fragment, bool *ret_dynamic)
{
    if (fragment.size == 0)
        return resource->root;
    if (fragment.data[0] == '/')
        return follow(loader, resource, fragment);

    /* A root that names itself has its anchors by that name. */
    struct lg_str uri = resource->root->resource->uri;
    const char *key =
        lg_arena_printf(&loader->temp, "%.*s#%.*s", LG_STR_ARG(uri), LG_STR_ARG(fragment));
    struct lg_schema_node *node = lg_map_get(loader->anchors, lg_str_of(key));
    const struct lg_schema_dynamic_anchor *anchor = resource->root->resource->anchors;

    for (; node != NULL && anchor != NULL; anchor = anchor->next) {
        if (anchor->node == node && lg_str_eq(anchor->name, fragment))
            *ret_dynamic = true;
    }
    return node;
}

static void nothing_there(struct lg_schema_loader *loader,
                          const struct lg_schema_resource *resource, struct lg_str reference,
                          bool found_document, const struct lg_schema_place *place)
{
    const struct lg_json text = { .type = LG_JSON_STRING, .text = reference };

    lg_schema_expected(loader, resource->source, place, &text,
                       found_document
                           ? "a schema in that document"
                           : "a schema in this file, in a file that is listed or lies below its "
                             "folder, or of a draft: nothing is fetched");
}

struct lg_schema_node *lg_schema_refer(struct lg_schema_loader *loader,
                                       const struct lg_schema_resource *resource,
                                       struct lg_str reference, const struct lg_schema_place *place,
                                       bool *ret_dynamic)
{
    struct lg_str uri = lg_uri_resolve(&loader->temp, resource->uri, reference);
    struct lg_str fragment = lg_uri_split(reference).fragment;
    struct lg_schema_node *node = NULL;
    struct lg_schema_resource *target = lg_schema_resource_find(loader, uri);

    *ret_dynamic = false;
    fragment = lg_percent_decode(&loader->temp, fragment, false);
    if (target != NULL && target->root != NULL)
        node = in_resource(loader, target, fragment, ret_dynamic);
    if (node == NULL)
        nothing_there(loader, resource, reference, target != NULL, place);
    return node;
}
