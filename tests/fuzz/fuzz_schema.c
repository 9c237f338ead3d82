/*
 * fuzz_schema.c -- a schema, a NUL, and a value: compiling and checking hold their promises
 * whatever both are.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "validate/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct lg_where where = { "fuzz.yaml", 1, "body" };

static void check(const struct lg_schema *schema, struct lg_str body)
{
    struct lg_schema_failure failure = { "" };
    struct lg_arena arena;

    memset(failure.text, 'x', sizeof(failure.text));
    lg_arena_init(&arena);
    struct lg_fuel fuel = lg_fuel_for(body.size);
    enum lg_err err = lg_body_check(&arena, schema, body, &fuel, &failure);
    assert(err == LG_OK || err == LG_ERR_SYNTAX || err == LG_ERR_RANGE || err == LG_ERR_TOO_BIG);
    assert(lg_fuel_exhausted(&fuel) == (err == LG_ERR_TOO_BIG));
    if (err != LG_OK)
        assert(memchr(failure.text, '\0', sizeof(failure.text)) != NULL && failure.text[0] != '\0');
    lg_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *separator = size == 0 ? NULL : memchr(data, '\0', size);
    size_t schema_size = separator == NULL ? size : (size_t)(separator - data);
    size_t body_size = separator == NULL ? 0 : size - schema_size - 1;
    struct lg_faults *faults = lg_faults_new();

    /* Copies of their own sizes, so that a byte read beyond them is seen. */
    char *schema_text = lg_alloc(schema_size);
    char *body = lg_alloc(body_size);
    if (schema_size > 0)
        memcpy(schema_text, data, schema_size);
    if (body_size > 0)
        memcpy(body, separator + 1, body_size);

    struct lg_schema *schema =
        lg_schema_compile("fuzz.json", lg_str_make(schema_text, schema_size), &where, faults);
    free(schema_text); /* the schema keeps its own */
    assert((schema == NULL) == (lg_faults_count(faults) > 0));
    if (schema != NULL)
        check(schema, lg_str_make(body, body_size));
    lg_schema_free(schema);
    lg_faults_free(faults);
    free(body);
    return 0;
}
