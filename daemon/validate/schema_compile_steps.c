/* schema_compile_steps.c -- references, allOf, anyOf, oneOf, not, if: schemas of the same value. */
#include <assert.h>

#include "validate/schema_loader.h"

enum { STEPS_MOST = 8 }; /* one a keyword */

struct steps {
    struct lg_schema_job *job;
    struct lg_schema_step items[STEPS_MOST];
    size_t count;
};

static struct lg_schema_step *add(struct steps *steps, enum lg_schema_step_kind kind,
                                  enum lg_schema_word word, size_t count)
{
    assert(steps->count < STEPS_MOST);
    struct lg_schema_step *step = &steps->items[steps->count++];

    *step = (struct lg_schema_step){ .kind = kind, .word = word };
    step->rules = lg_arena_zalloc(steps->job->loader->arena, count * sizeof(*step->rules));
    step->count = count;
    return step;
}

/* --- references ------------------------------------------------------------------------------- */

static struct lg_schema_node *refer(struct lg_schema_job *job, enum lg_schema_word word,
                                    bool *ret_dynamic)
{
    const struct lg_json *value = job->words[word];
    const struct lg_schema_place place = { .outer = &job->place, .name = value->name };

    return lg_schema_refer(job->loader, job->node->resource, value->text, &place, ret_dynamic);
}

static void add_target(struct steps *steps, enum lg_schema_step_kind kind, enum lg_schema_word word,
                       struct lg_schema_node *target, struct lg_str name)
{
    struct lg_schema_step *step = add(steps, kind, word, 1);
    struct lg_schema_loader *loader = steps->job->loader;

    step->rules[0] = lg_schema_rule_of(loader, target);
    if (kind != LG_STEP_DYNAMIC)
        return;
    step->name = lg_schema_keep(steps->job, name);
    enum lg_err err = lg_map_put(loader->dynamic, name, loader);
    assert(err == LG_OK || err == LG_ERR_EXISTS);
    (void)err;
}

static void compile_ref(struct steps *steps)
{
    bool dynamic;

    if (steps->job->words[LG_WORD_REF] == NULL)
        return;
    struct lg_schema_node *target = refer(steps->job, LG_WORD_REF, &dynamic);
    if (target != NULL)
        add_target(steps, LG_STEP_ALL, LG_WORD_REF, target, LG_STR_NONE);
}

/* Dynamic only if it leads to a dynamic anchor by itself. */
static void compile_dynamic_ref(struct steps *steps)
{
    const struct lg_json *value = steps->job->words[LG_WORD_DYNAMIC_REF];
    bool dynamic;

    if (value == NULL)
        return;
    struct lg_schema_node *target = refer(steps->job, LG_WORD_DYNAMIC_REF, &dynamic);
    if (target == NULL)
        return;
    size_t hash = lg_str_find(value->text, '#', 0);
    add_target(steps, dynamic ? LG_STEP_DYNAMIC : LG_STEP_ALL, LG_WORD_DYNAMIC_REF, target,
               lg_str_part(value->text, hash + 1, value->text.size));
}

static bool is_recursive_anchor(const struct lg_schema_node *node)
{
    const struct lg_schema_dynamic_anchor *anchor = node->resource->anchors;

    while (anchor != NULL && !(anchor->node == node && anchor->name.size == 0))
        anchor = anchor->next;
    return anchor != NULL;
}

static void compile_recursive_ref(struct steps *steps)
{
    bool dynamic;

    if (steps->job->words[LG_WORD_RECURSIVE_REF] == NULL)
        return;
    struct lg_schema_node *target = refer(steps->job, LG_WORD_RECURSIVE_REF, &dynamic);
    if (target != NULL)
        add_target(steps, is_recursive_anchor(target) ? LG_STEP_DYNAMIC : LG_STEP_ALL,
                   LG_WORD_RECURSIVE_REF, target, LG_STR(""));
}

/* --- choices ---------------------------------------------------------------------------------- */

static void compile_schemas(struct steps *steps, enum lg_schema_step_kind kind,
                            enum lg_schema_word word)
{
    const struct lg_json *value = steps->job->words[word];
    size_t count = 0;

    if (value == NULL)
        return;
    struct lg_schema_step *step = add(steps, kind, word, value->count);
    for (const struct lg_json *one = value->first; one != NULL; one = one->next) {
        const struct lg_schema_rule *rule = lg_schema_inner_rule(steps->job, one);

        if (rule != NULL)
            step->rules[count++] = rule;
    }
    step->count = count;
}

static void compile_not(struct steps *steps)
{
    const struct lg_json *value = steps->job->words[LG_WORD_NOT];
    const struct lg_schema_rule *rule =
        value == NULL ? NULL : lg_schema_inner_rule(steps->job, value);

    if (rule != NULL)
        add(steps, LG_STEP_NOT, LG_WORD_NOT, 1)->rules[0] = rule;
}

/* Without `then` and `else` an `if` still tells what is evaluated. */
static void compile_if(struct steps *steps)
{
    static const enum lg_schema_word words[] = { LG_WORD_IF, LG_WORD_THEN, LG_WORD_ELSE };

    if (steps->job->words[LG_WORD_IF] == NULL ||
        lg_schema_node_of(steps->job->loader, steps->job->words[LG_WORD_IF]) == NULL)
        return;
    struct lg_schema_step *step = add(steps, LG_STEP_IF, LG_WORD_IF, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct lg_json *value = steps->job->words[words[i]];

        step->rules[i] = value == NULL ? NULL : lg_schema_inner_rule(steps->job, value);
    }
}

void lg_schema_compile_steps(struct lg_schema_job *job)
{
    struct steps steps = { .job = job };

    compile_ref(&steps);
    compile_dynamic_ref(&steps);
    compile_recursive_ref(&steps);
    compile_schemas(&steps, LG_STEP_ALL, LG_WORD_ALL_OF);
    compile_schemas(&steps, LG_STEP_ANY, LG_WORD_ANY_OF);
    compile_schemas(&steps, LG_STEP_ONE, LG_WORD_ONE_OF);
    compile_not(&steps);
    compile_if(&steps);
    if (steps.count == 0)
        return;
    job->rule->steps =
        lg_arena_copy(job->loader->arena, steps.items, steps.count * sizeof(*steps.items));
    job->rule->step_count = steps.count;
}
