/*
 * json_parsing.c -- JSONTestSuite: texts that a reader must accept (y_), must refuse (n_), or
 * may do with as it likes (i_).
 *
 * The suite follows the grammar, in which a name may be repeated; so do the limits here.
 */
#include "vectors.h"

#include <stdio.h>

#include "base/json.h"

static bool accepted(struct lg_str text, struct lg_json_fault *reterr_fault)
{
    struct lg_json_limits limits = lg_json_default_limits;
    struct lg_arena arena;
    struct lg_json *value;

    limits.allow_duplicates = true;
    lg_arena_init(&arena);
    enum lg_err err = lg_json_read(&arena, text, &limits, &value, reterr_fault);
    lg_arena_done(&arena);
    return err == LG_OK;
}

static void run_ours(const char *name, bool is_accepted, struct vector_result *result)
{
    printf("  ours: %s %s\n", is_accepted ? "accepted" : "refused ", name);
    result->accepted += is_accepted;
    result->refused += !is_accepted;
}

static void run_case(const char *name, struct lg_str content, void *object)
{
    struct vector_result *result = object;
    struct lg_json_fault fault = { 0, "" };
    bool is_accepted = accepted(content, &fault);

    if (lg_str_starts(lg_str_of(name), LG_STR("y_")))
        vectors_count(result, is_accepted, name, fault.message);
    else if (lg_str_starts(lg_str_of(name), LG_STR("n_")))
        vectors_count(result, !is_accepted, name, "accepted");
    else if (lg_str_starts(lg_str_of(name), LG_STR("i_")))
        run_ours(name, is_accepted, result);
}

static void run(const char *folder, struct vector_result *result)
{
    vectors_each_file(folder, ".json", run_case, result);
}

const struct vector_suite vectors_json_parsing = { .name = "json-parsing", .run = run };
