/* A body is strict JSON that fits its schema. */
#include "validate/body.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static struct lg_schema_failure failure;

static enum lg_err checking(const char *schema_text, struct lg_str body)
{
    const struct lg_where where = { "gateway.yaml", 1, "" };
    struct lg_faults *faults = lg_faults_new();
    struct lg_schema *schema =
        lg_schema_compile("item.json", lg_str_of(schema_text), &where, faults);
    struct lg_arena arena;

    cr_assert(schema != NULL);
    memset(&failure, 0, sizeof(failure));
    lg_arena_init(&arena);
    struct lg_fuel fuel = lg_fuel_for(body.size);
    enum lg_err err = lg_body_check(&arena, schema, body, &fuel, &failure);
    cr_assert(eq(int, failure.text[0] == '\0', err == LG_OK));
    lg_arena_done(&arena);
    lg_schema_free(schema);
    lg_faults_free(faults);
    return err;
}

static bool failure_is(const char *text)
{
    return strcmp(failure.text, text) == 0;
}

Test(body, json_that_fits_is_fine)
{
    cr_assert(eq(int, checking("{\"type\":\"object\"}", LG_STR(" {\"a\":1}\n")), LG_OK));
}

Test(body, what_is_not_json_is_told_apart_from_what_does_not_fit)
{
    cr_assert(eq(int, checking("{}", LG_STR("{\"a\":1")), LG_ERR_SYNTAX));
    cr_assert(failure_is("not JSON: `,` or `}` was expected, at byte 6"));
    cr_assert(eq(int, checking("{\"type\":\"object\"}", LG_STR("[]")), LG_ERR_RANGE));
    cr_assert(failure_is("(root): must be object, found array"));
}

Test(body, repeated_names_are_not_json_even_where_anything_goes)
{
    cr_assert(eq(int, checking("true", LG_STR("{\"a\":1,\"\\u0061\":2}")), LG_ERR_SYNTAX));
    cr_assert(failure_is("not JSON: duplicate name in an object, at byte 7"));
}

Test(body, an_empty_body_is_held_against_the_schema_as_an_empty_object_is)
{
    cr_assert(eq(int, checking("{\"type\":\"object\"}", LG_STR_NONE), LG_OK));
    cr_assert(eq(int, checking("{}", LG_STR("")), LG_OK));
    cr_assert(eq(int, checking("{\"required\":[\"a\"]}", LG_STR_NONE), LG_ERR_RANGE));
    cr_assert(failure_is("(root): must have required property \"a\""));
    cr_assert(eq(int, checking("{\"type\":\"array\"}", LG_STR_NONE), LG_ERR_RANGE));
    cr_assert(eq(int, checking("{}", LG_STR(" ")), LG_ERR_SYNTAX), "blanks are not nothing");
}

Test(body, json_beyond_our_limits_does_not_fit)
{
    char deep[400];

    memset(deep, '[', 200);
    memset(deep + 200, ']', 200);
    cr_assert(eq(int, checking("{}", lg_str_make(deep, sizeof(deep))), LG_ERR_RANGE));
    cr_assert(failure_is("beyond the limits for JSON: nested too deeply, at byte 128"));
}

/* {"a":"aaa...", "b":"zzz..."}: the first string takes more than a small body's fuel. */
static enum lg_err checking_hard(size_t hard, size_t easy)
{
    struct lg_buf body;

    lg_buf_init(&body, SIZE_MAX);
    lg_buf_add_cstr(&body, "{\"a\":\"");
    for (size_t i = 0; i < hard; i++)
        lg_buf_add_char(&body, 'a');
    lg_buf_add_cstr(&body, "\",\"b\":\"");
    for (size_t i = 0; i < easy; i++)
        lg_buf_add_char(&body, 'z');
    lg_buf_add_cstr(&body, "\"}");
    enum lg_err err =
        checking("{\"properties\":{\"a\":{\"pattern\":\"(?=[a-z]*1)|a$\"}}}", lg_buf_str(&body));
    lg_buf_done(&body);
    return err;
}

Test(body, what_takes_too_much_work_is_told_apart_and_larger_bodies_may_take_more)
{
    cr_assert(eq(int, checking_hard(500, 0), LG_OK));
    cr_assert(eq(int, checking_hard(1000, 0), LG_ERR_TOO_BIG));
    cr_assert(failure_is("fuel exhausted at /a: pattern (?=[a-z]*1)|a$"));
    cr_assert(eq(int, checking_hard(1000, 50000), LG_OK));
    cr_assert(eq(int, checking_hard(100000, 0), LG_ERR_TOO_BIG));
}
