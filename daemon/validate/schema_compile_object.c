/* schema_compile_object.c -- all that a schema says about objects, as one table of names. */
#include <assert.h>

#include "validate/schema_loader.h"

/* The names that are mentioned, in the order in which they come: required ones first. */
struct gathering {
    struct lg_schema_job *job;
    struct lg_map *indexes; /* name -> index + 1, as a pointer */
    struct lg_str *texts;
    struct lg_schema_property *properties;
    size_t count, room;
};

/* --- names ------------------------------------------------------------------------------------ */

static size_t count_names(const struct lg_json *object)
{
    size_t count = 0;

    if (object == NULL)
        return 0;
    for (const struct lg_json *one = object->first; one != NULL; one = one->next)
        count += 1 + (one->type == LG_JSON_ARRAY ? one->count : 0);
    return count;
}

static void start(struct gathering *names, struct lg_schema_job *job)
{
    const struct lg_json *required = job->words[LG_WORD_REQUIRED];
    const struct lg_json *properties = job->words[LG_WORD_PROPERTIES];
    struct lg_arena *arena = job->loader->arena;
    size_t room = (required == NULL ? 0 : required->count) +
                  (properties == NULL ? 0 : properties->count) +
                  count_names(job->words[LG_WORD_DEPENDENCIES]) +
                  count_names(job->words[LG_WORD_DEPENDENT_SCHEMAS]) +
                  count_names(job->words[LG_WORD_DEPENDENT_REQUIRED]);

    *names = (struct gathering){ .job = job, .room = room, .indexes = lg_map_new() };
    names->texts = lg_arena_alloc(arena, room * sizeof(*names->texts));
    names->properties = lg_arena_zalloc(arena, room * sizeof(*names->properties));
}

static uint32_t index_of(struct gathering *names, struct lg_str name)
{
    struct lg_schema_property *known = lg_map_get(names->indexes, name);

    if (known != NULL)
        return (uint32_t)(known - names->properties);
    assert(names->count < names->room);
    enum lg_err err = lg_map_put(names->indexes, name, &names->properties[names->count]);
    assert(err == LG_OK);
    (void)err;
    names->texts[names->count] = lg_schema_keep(names->job, name);
    return (uint32_t)names->count++;
}

/* --- what depends on what --------------------------------------------------------------------- */

static void add_dependency(struct gathering *names, enum lg_schema_word word,
                           const struct lg_json *one, struct lg_schema_dependency *dependency)
{
    dependency->name = index_of(names, one->name);
    dependency->word = word;
    if (one->type != LG_JSON_ARRAY) {
        dependency->rule = lg_schema_inner_rule(names->job, one);
        return;
    }
    uint32_t *others = lg_arena_alloc(names->job->loader->arena, one->count * sizeof(*others));
    dependency->others = others;
    for (const struct lg_json *other = one->first; other != NULL; other = other->next)
        others[dependency->other_count++] = index_of(names, other->text);
}

static void compile_dependencies(struct gathering *names, struct lg_schema_object *object)
{
    static const enum lg_schema_word words[] = { LG_WORD_DEPENDENCIES, LG_WORD_DEPENDENT_REQUIRED,
                                                 LG_WORD_DEPENDENT_SCHEMAS };
    struct lg_schema_job *job = names->job;
    size_t count = 0;

    for (size_t i = 0; i < 3; i++)
        count += job->words[words[i]] == NULL ? 0 : job->words[words[i]]->count;
    struct lg_schema_dependency *dependencies =
        lg_arena_zalloc(job->loader->arena, count * sizeof(*dependencies));
    object->dependencies = dependencies;
    for (size_t i = 0; i < 3; i++) {
        const struct lg_json *value = job->words[words[i]];

        for (const struct lg_json *one = value == NULL ? NULL : value->first; one != NULL;
             one = one->next)
            add_dependency(names, words[i], one, &dependencies[object->dependency_count++]);
    }
}

/* --- patterns --------------------------------------------------------------------------------- */

static void compile_patterns(struct lg_schema_job *job, struct lg_schema_object *object)
{
    const struct lg_json *value = job->words[LG_WORD_PATTERN_PROPERTIES];
    const struct lg_schema_place word = { .outer = &job->place,
                                          .name = LG_STR("patternProperties") };

    if (value == NULL)
        return;
    struct lg_schema_pattern_rule *patterns =
        lg_arena_alloc(job->loader->arena, value->count * sizeof(*patterns));
    object->patterns = patterns;
    for (const struct lg_json *one = value->first; one != NULL; one = one->next) {
        const struct lg_schema_place place = { .outer = &word, .name = one->name };
        struct lg_schema_pattern_rule *pattern = &patterns[object->pattern_count];

        if (!lg_schema_compile_pattern(job, one->name, &place, &pattern->pattern))
            continue;
        pattern->rule = lg_schema_inner_rule(job, one);
        object->pattern_count++;
    }
}

/* --- the whole -------------------------------------------------------------------------------- */

static const struct lg_schema_rule *rule_of_word(struct lg_schema_job *job,
                                                 enum lg_schema_word word)
{
    return job->words[word] == NULL ? NULL : lg_schema_inner_rule(job, job->words[word]);
}

static void compile_names(struct lg_schema_job *job, struct lg_schema_object *object)
{
    const struct lg_json *required = job->words[LG_WORD_REQUIRED];
    const struct lg_json *properties = job->words[LG_WORD_PROPERTIES];
    struct gathering names;

    start(&names, job);
    for (const struct lg_json *one = required == NULL ? NULL : required->first; one != NULL;
         one = one->next)
        (void)index_of(&names, one->text);
    object->required_count = names.count;
    for (const struct lg_json *one = properties == NULL ? NULL : properties->first; one != NULL;
         one = one->next)
        names.properties[index_of(&names, one->name)].rule = lg_schema_inner_rule(job, one);
    compile_dependencies(&names, object);
    object->properties = names.properties;
    object->property_texts = names.texts;
    object->property_count = names.count;
    object->names = lg_names_make(job->loader->arena, names.texts, names.count);
    lg_map_free(names.indexes, NULL);
}

void lg_schema_compile_object(struct lg_schema_job *job)
{
    struct lg_schema_object object = {
        .least = lg_schema_count_of(job, LG_WORD_MIN_PROPERTIES, 0),
        .most = lg_schema_count_of(job, LG_WORD_MAX_PROPERTIES, UINT64_MAX),
        .additional = rule_of_word(job, LG_WORD_ADDITIONAL_PROPERTIES),
        .property_names = rule_of_word(job, LG_WORD_PROPERTY_NAMES),
    };

    compile_names(job, &object);
    compile_patterns(job, &object);
    object.walks = object.property_count > 0 || object.pattern_count > 0 ||
                   object.additional != NULL || object.property_names != NULL;
    if (object.walks || object.least > 0 || object.most < UINT64_MAX)
        job->rule->object = lg_arena_copy(job->loader->arena, &object, sizeof(object));
    job->rule->unevaluated_properties = rule_of_word(job, LG_WORD_UNEVALUATED_PROPERTIES);
    job->rule->collects = job->rule->collects || job->rule->unevaluated_properties != NULL;
}
