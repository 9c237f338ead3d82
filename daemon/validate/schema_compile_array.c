/* schema_compile_array.c -- all that a schema says about arrays. */
#include "validate/schema_loader.h"

static const struct lg_schema_rule *rule_of_word(struct lg_schema_job *job,
                                                 enum lg_schema_word word)
{
    return job->words[word] == NULL ? NULL : lg_schema_inner_rule(job, job->words[word]);
}

static void compile_prefix(struct lg_schema_job *job, const struct lg_json *schemas,
                           struct lg_schema_array *array)
{
    const struct lg_schema_rule **rules =
        lg_arena_alloc(job->loader->arena, schemas->count * sizeof(*rules));

    array->prefix = rules;
    for (const struct lg_json *one = schemas->first; one != NULL; one = one->next) {
        const struct lg_schema_rule *rule = lg_schema_inner_rule(job, one);

        if (rule != NULL)
            rules[array->prefix_count++] = rule;
    }
}

/* Up to 2019-09 `items` may be what `prefixItems` is later, and `additionalItems` is its `items`.
 */
static void compile_items(struct lg_schema_job *job, struct lg_schema_array *array)
{
    const struct lg_json *items = job->words[LG_WORD_ITEMS];
    const struct lg_json *prefix = job->words[LG_WORD_PREFIX_ITEMS];
    bool later = job->node->resource->dialect.draft >= LG_DRAFT_2020_12;

    array->rest_word = LG_WORD_ITEMS;
    if (!later && items != NULL && items->type == LG_JSON_ARRAY) {
        compile_prefix(job, items, array);
        array->rest = rule_of_word(job, LG_WORD_ADDITIONAL_ITEMS);
        array->rest_word = LG_WORD_ADDITIONAL_ITEMS;
        return;
    }
    if (prefix != NULL)
        compile_prefix(job, prefix, array);
    array->rest = rule_of_word(job, LG_WORD_ITEMS);
}

static void compile_contains(struct lg_schema_job *job, struct lg_schema_array *array)
{
    array->contains = rule_of_word(job, LG_WORD_CONTAINS);
    array->contains_least = lg_schema_count_of(job, LG_WORD_MIN_CONTAINS, 1);
    array->contains_most = lg_schema_count_of(job, LG_WORD_MAX_CONTAINS, UINT64_MAX);
    array->contains_evaluates = job->node->resource->dialect.draft >= LG_DRAFT_2020_12;
}

void lg_schema_compile_array(struct lg_schema_job *job)
{
    const struct lg_json *differ = job->words[LG_WORD_UNIQUE_ITEMS];
    struct lg_schema_array array = {
        .least = lg_schema_count_of(job, LG_WORD_MIN_ITEMS, 0),
        .most = lg_schema_count_of(job, LG_WORD_MAX_ITEMS, UINT64_MAX),
        .all_differ = lg_json_is(differ, LG_JSON_TRUE),
    };

    compile_items(job, &array);
    compile_contains(job, &array);
    if (array.prefix_count > 0 || array.rest != NULL || array.contains != NULL || array.least > 0 ||
        array.most < UINT64_MAX || array.all_differ)
        job->rule->array = lg_arena_copy(job->loader->arena, &array, sizeof(array));
    job->rule->unevaluated_items = rule_of_word(job, LG_WORD_UNEVALUATED_ITEMS);
    job->rule->collects = job->rule->collects || job->rule->unevaluated_items != NULL;
}
