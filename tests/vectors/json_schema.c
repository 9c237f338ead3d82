/*
 * json_schema.c -- JSON-Schema-Test-Suite: schemas of five drafts, and values that fit or do not.
 *
 * What the suite serves from localhost:1234 is given as documents. Formats are checked where the
 * suite is about them, and are annotations elsewhere; words that are no keywords are annotations,
 * as the suite has it.
 */
#include "vectors.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "base/mem.h"
#include "validate/schema.h"

#define SERVED_AT "http://localhost:1234/"

/* Every document below a folder. */
struct documents {
    struct lg_schema_document *items;
    struct lg_buf *texts;
    size_t count;
};

/* One set: a draft, or its optional part. */
struct set {
    const struct documents *documents;
    enum lg_schema_draft draft;
    bool formats;
    const char *file;
    struct vector_result *result;
};

/* --- documents -------------------------------------------------------------------------------- */

static void add_document(const char *path, struct lg_str content, void *object)
{
    struct documents *documents = object;
    size_t count = documents->count++;

    documents->items = lg_realloc(documents->items, documents->count * sizeof(*documents->items));
    documents->texts = lg_realloc(documents->texts, documents->count * sizeof(*documents->texts));
    lg_buf_init(&documents->texts[count], SIZE_MAX);
    lg_buf_add_str(&documents->texts[count], content);
    documents->items[count] =
        (struct lg_schema_document){ .uri = lg_sprintf(SERVED_AT "%s", path),
                                     .text = lg_buf_str(&documents->texts[count]) };
}

static void free_documents(struct documents *documents)
{
    for (size_t i = 0; i < documents->count; i++) {
        free((char *)documents->items[i].uri);
        lg_buf_done(&documents->texts[i]);
    }
    free(documents->items);
    free(documents->texts);
}

/* --- tests ------------------------------------------------------------------------------------ */

static struct lg_str text_of(const struct lg_json *object, const char *name)
{
    const struct lg_json *member = lg_json_get(object, name);

    return lg_json_is(member, LG_JSON_STRING) ? member->text : LG_STR("");
}

static void count(const struct set *set, const struct lg_json *group, const struct lg_json *test,
                  bool passed, const char *why)
{
    char *name = lg_sprintf("%s: %.*s: %.*s", set->file, LG_STR_ARG(text_of(group, "description")),
                            LG_STR_ARG(text_of(test, "description")));

    vectors_count(set->result, passed, name, why);
    free(name);
}

static void run_test(const struct set *set, const struct lg_schema *schema,
                     const struct lg_json *group, const struct lg_json *test)
{
    const struct lg_json *data = lg_json_get(test, "data");
    bool wanted = lg_json_is(lg_json_get(test, "valid"), LG_JSON_TRUE);
    struct lg_fuel fuel = lg_fuel_for(data->text.size);
    struct lg_schema_failure failure = { "valid" };
    bool valid = lg_schema_check(schema, data, &fuel, &failure);

    count(set, group, test, valid == wanted, failure.text);
}

static void run_group(const struct set *set, const struct lg_json *group)
{
    const struct lg_where where = { set->file, 0, "" };
    const struct lg_schema_options options = {
        .draft = set->draft,
        .formats = set->formats,
        .lax = true,
        .documents = set->documents->items,
        .document_count = set->documents->count,
    };
    const struct lg_json *tests = lg_json_get(group, "tests");
    struct lg_faults *faults = lg_faults_new();
    struct lg_schema *schema = lg_schema_compile_with("schema", lg_json_get(group, "schema")->text,
                                                      &options, &where, faults);

    for (const struct lg_json *test = tests->first; test != NULL; test = test->next) {
        if (schema != NULL)
            run_test(set, schema, group, test);
        else
            count(set, group, test, false, lg_faults_line(faults, 0));
    }
    lg_schema_free(schema);
    lg_faults_free(faults);
}

static void run_file(const char *path, struct lg_str content, void *object)
{
    struct set set = *(const struct set *)object;
    struct lg_json_fault fault;
    struct lg_json *groups;
    struct lg_arena arena;

    set.file = path;
    lg_arena_init(&arena);
    if (lg_json_read(&arena, content, &lg_json_default_limits, &groups, &fault) != LG_OK) {
        vectors_count(set.result, false, path, fault.message);
        groups = NULL;
    }
    for (const struct lg_json *group = groups == NULL ? NULL : groups->first; group != NULL;
         group = group->next)
        run_group(&set, group);
    lg_arena_done(&arena);
}

/* --- sets ------------------------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static void run_set(const char *folder, const char *name, struct set set, struct vector_result *all)
{
    struct vector_result result = { 0 };

    if (!is_folder(folder))
        return;
    set.result = &result;
    vectors_each_file(folder, ".json", run_file, &set);
    vectors_print(name, &result);
    all->passed += result.passed;
    all->failed += result.failed;
}

static void run_draft(const char *folder, const char *name, enum lg_schema_draft draft,
                      const struct documents *documents, struct vector_result *all)
{
    /* In draft 7 the optional part is about what strings hold, too. */
    const struct {
        const char *below;
        bool formats;
    } parts[] = { { "", false },
                  { "/optional", draft <= LG_DRAFT_7 },
                  { "/optional/format", true } };

    for (size_t i = 0; i < LG_COUNT(parts); i++) {
        const struct set set = { .documents = documents,
                                 .draft = draft,
                                 .formats = parts[i].formats };
        char *path = lg_sprintf("%s/tests/%s%s", folder, name, parts[i].below);
        char *shown = lg_sprintf("json-schema/%s%s", name, parts[i].below);

        run_set(path, shown, set, all);
        free(shown);
        free(path);
    }
}

static void run(const char *folder, struct vector_result *result)
{
    static const struct {
        const char *name;
        enum lg_schema_draft draft;
    } drafts[] = {
        { "draft4", LG_DRAFT_4 },
        { "draft6", LG_DRAFT_6 },
        { "draft7", LG_DRAFT_7 },
        { "draft2019-09", LG_DRAFT_2019_09 },
        { "draft2020-12", LG_DRAFT_2020_12 },
    };
    struct documents documents = { 0 };
    char *remotes = lg_sprintf("%s/remotes", folder);

    if (is_folder(remotes))
        vectors_each_file_below(remotes, ".json", add_document, &documents);
    for (size_t i = 0; i < LG_COUNT(drafts); i++)
        run_draft(folder, drafts[i].name, drafts[i].draft, &documents, result);
    free_documents(&documents);
    free(remotes);
}

const struct vector_suite vectors_json_schema = { .name = "json-schema", .run = run };
