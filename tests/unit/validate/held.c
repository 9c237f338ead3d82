/* held.c -- compiles, reads, checks, and frees all of it. */
#include "held.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

static const struct lg_where where = { "t.yaml", 1, "body" };

struct lg_schema_failure held_failure;

bool held_with(const struct lg_schema_options *options, const char *schema_text, const char *json)
{
    struct lg_faults *faults = lg_faults_new();
    struct lg_schema *schema =
        lg_schema_compile_with("s.json", lg_str_of(schema_text), options, &where, faults);
    struct lg_arena arena;
    struct lg_json *value = NULL;

    cr_assert(schema != NULL, "%s: %s", schema_text,
              lg_faults_count(faults) > 0 ? lg_faults_line(faults, 0) : "no fault");
    lg_arena_init(&arena);
    enum lg_err err = lg_json_read(&arena, lg_str_of(json), &lg_json_default_limits, &value, NULL);
    cr_assert(err == LG_OK, "not JSON: %s", json);
    struct lg_fuel fuel = lg_fuel_for(strlen(json));
    held_failure.text[0] = '\0';
    bool valid = lg_schema_check(schema, value, &fuel, &held_failure);
    cr_assert(valid == (held_failure.text[0] == '\0'));
    lg_arena_done(&arena);
    lg_schema_free(schema);
    lg_faults_free(faults);
    return valid;
}

bool held(const char *schema, const char *json)
{
    return held_with(NULL, schema, json);
}

const char *held_fault(const struct lg_schema_options *options, const char *schema_text)
{
    static char text[1024];
    struct lg_faults *faults = lg_faults_new();
    struct lg_schema *schema =
        lg_schema_compile_with("s.json", lg_str_of(schema_text), options, &where, faults);

    cr_assert((schema == NULL) == (lg_faults_count(faults) > 0));
    const char *line = schema == NULL ? lg_faults_line(faults, 0) : "t.yaml:1: body: ";
    snprintf(text, sizeof(text), "%s", line + strlen("t.yaml:1: body: "));
    lg_schema_free(schema);
    lg_faults_free(faults);
    return text;
}

void held_all(const char *schema, const char *const *values)
{
    for (; *values != NULL; values++)
        cr_assert(held(schema, *values), "%s refuses %s: %s", schema, *values, held_failure.text);
}

void held_none(const char *schema, const char *const *values)
{
    for (; *values != NULL; values++)
        cr_assert(!held(schema, *values), "%s holds for %s", schema, *values);
}
