/* mapping.c -- requests rewritten on their way to an integration. */
#include "integrate/mapping.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "integrate/mapping_rule.h"
#include "route/query.h"

struct lg_mapping {
    struct lg_arena arena;
    struct lg_mapping_rules rules;
    bool body;
    bool rest; /* of a REST API */
};

struct lg_mapping *lg_mapping_compile(const struct lg_config_pairs *pairs,
                                      const struct lg_mapping_scope *scope,
                                      struct lg_faults *faults)
{
    size_t before = lg_faults_count(faults);
    struct lg_mapping *mapping;

    if (pairs->count == 0)
        return NULL;
    mapping = LG_NEW(struct lg_mapping);
    lg_arena_init(&mapping->arena);
    mapping->rest = scope->kind == LG_API_REST;
    mapping->rules = lg_mapping_rules_compile(&mapping->arena, pairs, scope, faults);
    for (size_t i = 0; i < mapping->rules.count; i++)
        mapping->body = mapping->body || mapping->rules.items[i].value.body;
    if (lg_faults_count(faults) == before)
        return mapping;
    lg_mapping_free(mapping);
    return NULL;
}

void lg_mapping_free(struct lg_mapping *mapping)
{
    if (mapping == NULL)
        return;
    lg_arena_done(&mapping->arena);
    free(mapping);
}

bool lg_mapping_needs_body(const struct lg_mapping *mapping)
{
    return mapping->body;
}

/* --- query, path, variables ------------------------------------------------------------------- */

static void add_pair(struct lg_buf *out, const struct lg_mapping_edit *edit)
{
    if (out->size > 0)
        lg_buf_add_char(out, '&');
    lg_percent_encode(out, edit->target->name, LG_PERCENT_QUERY);
    lg_buf_add_char(out, '=');
    lg_percent_encode(out, edit->value, LG_PERCENT_QUERY);
}

static void add_pairs(struct lg_buf *out, const struct lg_mapping_edits *edits,
                      enum lg_mapping_action action)
{
    for (size_t i = 0; i < edits->count; i++) {
        const struct lg_mapping_edit *edit = &edits->items[i];

        if (edit->target->place == LG_MAPPING_IN_QUERY && edit->target->action == action &&
            edit->value.data != NULL)
            add_pair(out, edit);
    }
}

/* What stays of the query is as the client wrote it, to the letter. */
static void keep_pairs(struct lg_buf *out, const struct lg_mapping *mapping, struct lg_arena *arena,
                       const struct lg_mapping_edits *edits, struct lg_str query)
{
    struct lg_query_pair pair;

    while (lg_query_next(&query, mapping->rest, &pair)) {
        if (lg_mapping_edits_drop(edits, LG_MAPPING_IN_QUERY,
                                  lg_percent_decode(arena, pair.name, true)))
            continue;
        if (out->size > 0)
            lg_buf_add_char(out, '&');
        lg_buf_add_str(out, pair.whole);
    }
}

static bool touches(const struct lg_mapping_edits *edits, enum lg_mapping_place place)
{
    for (size_t i = 0; i < edits->count; i++)
        if (edits->items[i].target->place == place)
            return true;
    return false;
}

static struct lg_str edit_query(const struct lg_mapping *mapping,
                                const struct lg_mapping_edits *edits, struct lg_arena *arena,
                                struct lg_str query)
{
    struct lg_str edited = LG_STR_NONE;
    struct lg_buf out;

    if (!touches(edits, LG_MAPPING_IN_QUERY))
        return query;
    lg_buf_init(&out, SIZE_MAX);
    keep_pairs(&out, mapping, arena, edits, query);
    add_pairs(&out, edits, LG_MAPPING_OVERWRITE);
    add_pairs(&out, edits, LG_MAPPING_APPEND);
    if (out.size > 0)
        edited = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return edited;
}

static void pick_others(const struct lg_mapping_edits *edits, struct lg_arena *arena,
                        struct lg_mapped *mapped)
{
    struct lg_header *variables = lg_arena_alloc(arena, edits->count * sizeof(*variables));

    for (size_t i = 0; i < edits->count; i++) {
        const struct lg_mapping_edit *edit = &edits->items[i];

        if (edit->value.data == NULL)
            continue;
        if (edit->target->place == LG_MAPPING_IN_PATH)
            mapped->path = edit->value;
        if (edit->target->place == LG_MAPPING_IN_VARIABLE)
            variables[mapped->variable_count++] =
                (struct lg_header){ edit->target->name, edit->value };
    }
    mapped->variables = variables;
}

enum lg_err lg_mapping_apply(const struct lg_mapping *mapping, struct lg_arena *arena,
                             const struct lg_mapping_source *source, struct lg_mapped *ret_mapped,
                             const char **reterr_reason)
{
    struct lg_mapped mapped = { .headers = source->headers };
    struct lg_mapping_reader reader;
    struct lg_mapping_edits edits;
    enum lg_err err;

    lg_mapping_reader_init(&reader, arena, source);
    err = lg_mapping_rules_run(&mapping->rules, &reader, &edits, reterr_reason);
    lg_mapping_reader_done(&reader);
    if (err != LG_OK)
        return err;
    mapped.received = lg_mapping_edit_headers(&edits, arena, source->headers, source->header_count,
                                              &mapped.headers, &mapped.header_count);
    mapped.query = edit_query(mapping, &edits, arena, source->query);
    pick_others(&edits, arena, &mapped);
    *ret_mapped = mapped;
    return LG_OK;
}
