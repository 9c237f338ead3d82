/*
 * validate_lines.c -- our validator as a filter, for tests that compare it with others.
 *
 *     {"draft":"2020-12","schema":{...},"values":[...]}      one line for each schema
 *     [true,false,...]   or   "what is wrong with the schema"
 *
 * Words that are no keywords are annotations, as the other validators have it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "validate/schema.h"

static enum lg_schema_draft draft_of(const struct lg_json *name)
{
    static const char *const names[] = { "", "4", "6", "7", "2019-09", "2020-12" };

    for (size_t i = 1; i < LG_COUNT(names); i++) {
        if (lg_json_is(name, LG_JSON_STRING) && lg_str_is(name->text, names[i]))
            return (enum lg_schema_draft)i;
    }
    abort();
}

static void add_verdicts(struct lg_buf *out, const struct lg_schema *schema,
                         const struct lg_json *values)
{
    const char *mark = "[";

    for (const struct lg_json *value = values->first; value != NULL; value = value->next) {
        struct lg_fuel fuel = { LG_FUEL_MOST };
        struct lg_schema_failure failure;
        bool valid = lg_schema_check(schema, value, &fuel, &failure);

        if (lg_fuel_exhausted(&fuel))
            abort();
        lg_buf_printf(out, "%s%s", mark, valid ? "true" : "false");
        mark = ",";
    }
    lg_buf_add_cstr(out, "]");
}

static void answer(const struct lg_json *line, struct lg_buf *out)
{
    const struct lg_where where = { "", 0, "" };
    const struct lg_schema_options options = { .draft = draft_of(lg_json_get(line, "draft")),
                                               .lax = true };
    struct lg_faults *faults = lg_faults_new();
    struct lg_schema *schema = lg_schema_compile_with("schema", lg_json_get(line, "schema")->text,
                                                      &options, &where, faults);

    if (schema != NULL)
        add_verdicts(out, schema, lg_json_get(line, "values"));
    else
        lg_json_add_string(out, lg_str_of(lg_faults_line(faults, 0)));
    lg_schema_free(schema);
    lg_faults_free(faults);
}

int main(void)
{
    char *text = NULL;
    size_t room = 0;
    ssize_t size;

    while ((size = getline(&text, &room, stdin)) > 0) {
        struct lg_json *line;
        struct lg_arena arena;
        struct lg_buf out;

        lg_arena_init(&arena);
        lg_buf_init(&out, SIZE_MAX);
        if (lg_json_read(&arena, lg_str_make(text, (size_t)size), &lg_json_default_limits, &line,
                         NULL) != LG_OK)
            abort();
        answer(line, &out);
        (void)printf("%.*s\n", LG_STR_ARG(lg_buf_str(&out)));
        lg_buf_done(&out);
        lg_arena_done(&arena);
    }
    free(text);
    return 0;
}
