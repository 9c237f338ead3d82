/*
 * schema_compile.c -- nodes become rules, one by one, until nothing refers to one that is not.
 *
 * No step goes into another: a rule is made empty when it is first referred to, and filled later.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "validate/schema_loader.h"

/* --- wanted nodes ----------------------------------------------------------------------------- */

const struct lg_schema_rule *lg_schema_rule_of(struct lg_schema_loader *loader,
                                               struct lg_schema_node *node)
{
    if (node->rule != NULL)
        return node->rule;
    struct lg_schema_rule *rule = LG_ARENA_NEW(loader->arena, struct lg_schema_rule);
    const struct lg_schema_source *source = node->resource->source;

    rule->types = LG_TYPES_ALL;
    rule->scope = node->resource->scope;
    rule->pointer = lg_arena_cstr(loader->arena, lg_str_of(node->pointer));
    rule->document = source->own ? "" : lg_arena_cstr(loader->arena, lg_str_of(source->name));
    node->rule = rule;
    *loader->wanted_end = node;
    loader->wanted_end = &node->next_wanted;
    return rule;
}

const struct lg_schema_rule *lg_schema_inner_rule(struct lg_schema_job *job,
                                                  const struct lg_json *json)
{
    struct lg_schema_node *node = lg_schema_node_of(job->loader, json);

    /* What lies below an ill-formed keyword was not walked, and is reported. */
    return node == NULL ? NULL : lg_schema_rule_of(job->loader, node);
}

/* --- for all keywords ------------------------------------------------------------------------- */

struct lg_str lg_schema_keep(struct lg_schema_job *job, struct lg_str text)
{
    return lg_arena_str(job->loader->arena, text);
}

/* As deep as the text is nested, which the reader has limited. */
const struct lg_json *lg_schema_keep_value(struct lg_schema_job *job, const struct lg_json *value)
{
    struct lg_json *copy = lg_arena_copy(job->loader->arena, value, sizeof(*value));
    struct lg_json **end = &copy->first;

    copy->name = lg_schema_keep(job, value->name);
    copy->text = lg_schema_keep(job, value->text);
    copy->next = NULL;
    for (const struct lg_json *one = value->first; one != NULL; one = one->next) {
        struct lg_json *inner =
            lg_arena_copy(job->loader->arena, lg_schema_keep_value(job, one), sizeof(*inner));

        *end = inner;
        end = &inner->next;
    }
    return copy;
}

uint64_t lg_schema_count_of(const struct lg_schema_job *job, enum lg_schema_word word,
                            uint64_t fallback)
{
    const struct lg_json *value = job->words[word];
    int64_t count;

    if (value == NULL)
        return fallback;
    return lg_json_to_i64(value, &count) == LG_OK ? (uint64_t)count : UINT64_MAX;
}

static void free_regex(void *regex)
{
    lg_regex_free(regex);
}

bool lg_schema_compile_pattern(struct lg_schema_job *job, struct lg_str text,
                               const struct lg_schema_place *place,
                               struct lg_schema_pattern *ret_pattern)
{
    struct lg_regex_fault fault;
    struct lg_regex *regex = lg_regex_compile(text, &fault);

    if (regex == NULL) {
        const struct lg_json quoted = { .type = LG_JSON_STRING, .text = text };

        lg_schema_fault(job->loader, job->node->resource->source, place,
                        "found %s, expected a regular expression of ECMA-262: %s",
                        lg_schema_found(job->loader, &quoted), fault.text);
        return false;
    }
    lg_arena_defer(job->loader->arena, free_regex, regex);
    *ret_pattern = (struct lg_schema_pattern){ regex, lg_schema_keep(job, text) };
    return true;
}

/* --- one node --------------------------------------------------------------------------------- */

/* Which keywords count. Faults were told when the document was walked. */
static void gather_words(struct lg_schema_job *job)
{
    const struct lg_schema_resource *resource = job->node->resource;
    enum lg_schema_draft draft = resource->dialect.draft;

    for (const struct lg_json *one = job->node->json->first; one != NULL; one = one->next) {
        const struct lg_schema_keyword *keyword = lg_schema_keyword_find(one->name, draft);

        if (keyword != NULL && (resource->dialect.vocabularies & keyword->vocabulary) != 0 &&
            lg_schema_shape_fits(job->loader, resource, keyword, one, NULL))
            job->words[keyword->word] = one;
    }
    if (draft >= LG_DRAFT_2019_09 || job->words[LG_WORD_REF] == NULL)
        return;
    for (size_t i = 0; i < LG_WORD_COUNT; i++) {
        if (i != LG_WORD_REF)
            job->words[i] = NULL;
    }
}

static bool is_plain(const struct lg_schema_rule *rule)
{
    return rule->values[0] == NULL && rule->step_count == 0 && !rule->collects;
}

static bool says_only_types(const struct lg_schema_rule *rule)
{
    return rule->object == NULL && rule->array == NULL && rule->string == NULL &&
           rule->number == NULL && is_plain(rule);
}

static void compile_node(struct lg_schema_loader *loader, struct lg_schema_node *node)
{
    struct lg_schema_job job = { .loader = loader, .node = node, .rule = node->rule };

    job.place.name = lg_str_of(node->pointer);
    if (node->json->type == LG_JSON_FALSE)
        node->rule->types = 0;
    if (node->json->type == LG_JSON_OBJECT) {
        gather_words(&job);
        lg_schema_compile_scalar(&job);
        lg_schema_compile_object(&job);
        lg_schema_compile_array(&job);
        lg_schema_compile_steps(&job);
    }
    node->rule->plain = is_plain(node->rule);
    node->rule->only_types = says_only_types(node->rule);
}

static void compile_wanted(struct lg_schema_loader *loader)
{
    while (loader->wanted != NULL) {
        struct lg_schema_node *node = loader->wanted;

        loader->wanted = node->next_wanted;
        if (loader->wanted == NULL)
            loader->wanted_end = &loader->wanted;
        compile_node(loader, node);
    }
}

/* --- dynamic anchors -------------------------------------------------------------------------- */

static size_t count_anchors(const struct lg_schema_loader *loader,
                            const struct lg_schema_resource *resource)
{
    size_t count = 0;

    for (const struct lg_schema_dynamic_anchor *one = resource->anchors; one != NULL;
         one = one->next)
        count += lg_map_get(loader->dynamic, one->name) != NULL;
    return count;
}

/* Gives the scope of a resource the anchors that are looked for. */
static void fill_scope(struct lg_schema_loader *loader, const struct lg_schema_resource *resource)
{
    size_t count = count_anchors(loader, resource), index = 0;

    if (count == resource->scope->anchor_count)
        return;
    struct lg_schema_anchor *anchors = lg_arena_alloc(loader->arena, count * sizeof(*anchors));
    for (const struct lg_schema_dynamic_anchor *one = resource->anchors; one != NULL;
         one = one->next) {
        if (lg_map_get(loader->dynamic, one->name) == NULL)
            continue;
        anchors[index++] = (struct lg_schema_anchor){ lg_arena_str(loader->arena, one->name),
                                                      lg_schema_rule_of(loader, one->node) };
    }
    resource->scope->anchors = anchors;
    resource->scope->anchor_count = count;
}

/* Whoever can be found by a dynamic reference is wanted too, and may refer to more. */
static void compile_all(struct lg_schema_loader *loader)
{
    compile_wanted(loader);
    for (bool more = true; more;) {
        for (const struct lg_schema_resource *one = loader->all_resources; one != NULL;
             one = one->next)
            fill_scope(loader, one);
        more = loader->wanted != NULL;
        compile_wanted(loader);
    }
    loader->schema->dynamic = lg_map_count(loader->dynamic) > 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

static void start(struct lg_schema_loader *loader)
{
    lg_arena_init(&loader->temp);
    loader->resources = lg_map_new();
    loader->anchors = lg_map_new();
    loader->nodes = lg_map_new();
    loader->dynamic = lg_map_new();
    loader->wanted_end = &loader->wanted;
}

static void finish(struct lg_schema_loader *loader)
{
    lg_map_free(loader->resources, NULL);
    lg_map_free(loader->anchors, NULL);
    lg_map_free(loader->nodes, NULL);
    lg_map_free(loader->dynamic, NULL);
    lg_arena_done(&loader->temp);
}

static void compile(struct lg_schema_loader *loader)
{
    lg_schema_sources_list(loader);
    lg_schema_source_read(loader, loader->own);
    if (loader->own->root == NULL)
        return;
    loader->schema->root = lg_schema_rule_of(loader, loader->own->root);
    compile_all(loader);
    lg_schema_find_loops(loader);
}

/* `file` NULL: the text is there. */
static struct lg_schema *make(const char *name, const char *file, struct lg_str text,
                              const struct lg_schema_options *options, const struct lg_where *where,
                              struct lg_faults *faults)
{
    static const struct lg_schema_options usual = { 0 };
    struct lg_schema *schema = LG_NEW(struct lg_schema);
    struct lg_schema_loader loader = {
        .schema = schema,
        .arena = &schema->arena,
        .options = options == NULL ? &usual : options,
        .where = where,
        .faults = faults,
    };
    size_t before = lg_faults_count(faults);

    lg_arena_init(&schema->arena);
    start(&loader);
    struct lg_str uri = lg_schema_file_uri(&loader, name);
    loader.own = lg_schema_source_add(&loader, uri, name);
    loader.own->own = true;
    loader.own->file = file;
    loader.own->text = text;
    if (file != NULL && file[0] == '/') {
        while (uri.size > 0 && uri.data[uri.size - 1] != '/')
            uri.size--;
        loader.folder = uri;
    }
    compile(&loader);
    finish(&loader);
    if (lg_faults_count(faults) == before)
        return schema;
    lg_schema_free(schema);
    return NULL;
}

struct lg_schema *lg_schema_compile_with(const char *name, struct lg_str text,
                                         const struct lg_schema_options *options,
                                         const struct lg_where *where, struct lg_faults *faults)
{
    return make(name, NULL, text, options, where, faults);
}

struct lg_schema *lg_schema_compile(const char *name, struct lg_str text,
                                    const struct lg_where *where, struct lg_faults *faults)
{
    return make(name, NULL, text, NULL, where, faults);
}

struct lg_schema *lg_schema_load_with(const char *file, const struct lg_schema_options *options,
                                      const struct lg_where *where, struct lg_faults *faults)
{
    return make(file, file, LG_STR_NONE, options, where, faults);
}

struct lg_schema *lg_schema_load(const char *file, const struct lg_where *where,
                                 struct lg_faults *faults)
{
    return make(file, file, LG_STR_NONE, NULL, where, faults);
}

void lg_schema_free(struct lg_schema *schema)
{
    if (schema == NULL)
        return;
    lg_arena_done(&schema->arena);
    free(schema);
}
