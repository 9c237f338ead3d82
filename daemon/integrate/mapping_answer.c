/* mapping_answer.c -- answers of an integration rewritten on their way to the client. */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "integrate/mapping_rule.h"

struct status {
    int status;
    struct lg_mapping_rules rules;
};

struct lg_answer_mapping {
    struct lg_arena arena;
    struct status *items;
    size_t count;
};

static int read_status(const char *text)
{
    uint64_t status;

    if (lg_str_to_u64(lg_str_of(text), &status) != LG_OK || status < 200 || status > 599)
        return 0;
    return (int)status;
}

static void compile_status(struct lg_answer_mapping *mapping,
                           const struct lg_config_named_pair *named,
                           const struct lg_mapping_scope *scope, struct lg_faults *faults)
{
    int status = read_status(named->name);

    if (status == 0)
        lg_faults_add(faults, &named->where,
                      "found a status that is none, expected one from 200 to 599");
    mapping->items[mapping->count++] =
        (struct status){ status,
                         lg_mapping_rules_compile(&mapping->arena, &named->pairs, scope, faults) };
}

struct lg_answer_mapping *lg_answer_mapping_compile(const struct lg_config_named_pairs *statuses,
                                                    const struct lg_mapping_scope *scope,
                                                    struct lg_faults *faults)
{
    size_t before = lg_faults_count(faults);
    struct lg_answer_mapping *mapping;

    if (statuses->count == 0)
        return NULL;
    mapping = LG_NEW(struct lg_answer_mapping);
    lg_arena_init(&mapping->arena);
    mapping->items = lg_arena_alloc(&mapping->arena, statuses->count * sizeof(*mapping->items));
    for (size_t i = 0; i < statuses->count; i++)
        compile_status(mapping, &statuses->items[i], scope, faults);
    if (lg_faults_count(faults) == before)
        return mapping;
    lg_answer_mapping_free(mapping);
    return NULL;
}

void lg_answer_mapping_free(struct lg_answer_mapping *mapping)
{
    if (mapping == NULL)
        return;
    lg_arena_done(&mapping->arena);
    free(mapping);
}

static const struct lg_mapping_rules *rules_of(const struct lg_answer_mapping *mapping, int status)
{
    for (size_t i = 0; i < mapping->count; i++)
        if (mapping->items[i].status == status)
            return &mapping->items[i].rules;
    return NULL;
}

bool lg_answer_mapping_has(const struct lg_answer_mapping *mapping, int status)
{
    return rules_of(mapping, status) != NULL;
}

/* What is no status changes nothing, as API Gateway has it for a status that a template sets. */
static int edit_status(const struct lg_mapping_edits *edits, int status)
{
    for (size_t i = 0; i < edits->count; i++) {
        uint64_t given;

        if (edits->items[i].target->place == LG_MAPPING_IN_STATUS &&
            lg_str_to_u64(edits->items[i].value, &given) == LG_OK && given >= 200 && given <= 599)
            status = (int)given;
    }
    return status;
}

enum lg_err lg_answer_mapping_apply(const struct lg_answer_mapping *mapping, struct lg_arena *arena,
                                    int status, const struct lg_mapping_source *source,
                                    struct lg_mapped_answer *ret_answer, const char **reterr_reason)
{
    const struct lg_mapping_rules *rules = rules_of(mapping, status);
    struct lg_mapped_answer answer = { .status = status };
    struct lg_mapping_reader reader;
    struct lg_mapping_edits edits;
    enum lg_err err;

    assert(rules != NULL);
    lg_mapping_reader_init(&reader, arena, source);
    err = lg_mapping_rules_run(rules, &reader, &edits, reterr_reason);
    lg_mapping_reader_done(&reader);
    if (err != LG_OK)
        return err;
    (void)lg_mapping_edit_headers(&edits, arena, source->headers, source->header_count,
                                  &answer.headers, &answer.header_count);
    answer.status = edit_status(&edits, status);
    *ret_answer = answer;
    return LG_OK;
}
