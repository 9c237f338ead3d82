/*
 * fuzz_schema.c -- a schema, a NUL, and a value: compiling, checking and explaining hold their
 * promises whatever both are, in every draft, with formats and without.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "validate/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct lg_where where = { "fuzz.yaml", 1, "body" };

static void judge(const struct lg_schema_findings *findings, size_t room)
{
    size_t bytes = 0;

    assert(findings->count > 0 && findings->count <= room);
    for (size_t i = 0; i < findings->count; i++) {
        const struct lg_schema_finding *one = &findings->items[i];

        bytes += one->instance_path.size + one->schema_path.size + one->message.size;
        assert(one->message.size > 0 && one->keyword != NULL);
        assert(lg_utf8_valid(one->instance_path) && lg_utf8_valid(one->message));
    }
    assert(findings->count == 1 || bytes <= findings->bytes_most);
}

static void check(const struct lg_schema *schema, struct lg_str body)
{
    struct lg_schema_failure failure = { "" };
    struct lg_schema_findings findings = { .room = 7, .bytes_most = 700 };
    struct lg_arena arena;

    memset(failure.text, 'x', sizeof(failure.text));
    lg_arena_init(&arena);
    findings.arena = &arena;
    struct lg_fuel fuel = lg_fuel_for(body.size), again = fuel;
    enum lg_err err = lg_body_check(&arena, schema, body, &fuel, &failure);
    assert(err == LG_OK || err == LG_ERR_SYNTAX || err == LG_ERR_RANGE || err == LG_ERR_TOO_BIG);
    assert(lg_fuel_exhausted(&fuel) == (err == LG_ERR_TOO_BIG));
    if (err != LG_OK)
        assert(memchr(failure.text, '\0', sizeof(failure.text)) != NULL && failure.text[0] != '\0');
    /* The verdict is the same when it is explained. */
    assert(lg_body_explain(&arena, schema, body, &again, &failure, &findings) == err);
    if (err != LG_OK) {
        judge(&findings, 7);
        assert(lg_schema_findings_line(&findings, &arena)[0] != '\0');
    }
    lg_arena_done(&arena);
}

static struct lg_schema *compile(struct lg_str text, const struct lg_schema_options *options)
{
    struct lg_faults *faults = lg_faults_new();

    /* A copy of its own size, so that a byte read beyond it is seen; the schema keeps none of it.
     */
    char *copy = lg_alloc(text.size);
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    struct lg_schema *schema =
        lg_schema_compile_with("fuzz.json", lg_str_make(copy, text.size), options, &where, faults);
    free(copy);
    assert((schema == NULL) == (lg_faults_count(faults) > 0));
    lg_faults_free(faults);
    return schema;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *separator = size == 0 ? NULL : memchr(data, '\0', size);
    size_t schema_size = separator == NULL ? size : (size_t)(separator - data);
    size_t body_size = separator == NULL ? 0 : size - schema_size - 1;
    struct lg_str text = lg_str_make((const char *)data, schema_size);
    const struct lg_schema_options options = {
        .draft = (enum lg_schema_draft)(size % (LG_DRAFT_2020_12 + 1)),
        .formats = size / 8 % 2 == 0,
        .lax = true,
    };

    char *body = lg_alloc(body_size);
    if (body_size > 0)
        memcpy(body, separator + 1, body_size);
    struct lg_schema *strict = compile(text, NULL), *lax = compile(text, &options);
    if (strict != NULL)
        check(strict, lg_str_make(body, body_size));
    if (lax != NULL)
        check(lax, lg_str_make(body, body_size));
    lg_schema_free(strict);
    lg_schema_free(lax);
    free(body);
    return 0;
}
