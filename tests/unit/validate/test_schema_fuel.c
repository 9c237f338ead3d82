/* Every step of a check burns fuel in proportion to its work; without fuel nothing is valid. */
#include "validate/schema.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "validate/format.h"

#define PLENTY UINT64_C(1000000000)

static const struct lg_where where = { "gateway.yaml", 1, "" };
static struct lg_schema_failure failure;

static bool check_with(const char *schema_text, struct lg_str json, struct lg_fuel *fuel)
{
    struct lg_faults *faults = lg_faults_new();
    struct lg_schema *schema =
        lg_schema_compile("item.json", lg_str_of(schema_text), &where, faults);
    struct lg_arena arena;
    struct lg_json *value;

    cr_assert(schema != NULL, "%s", schema_text);
    lg_arena_init(&arena);
    cr_assert(eq(int, lg_json_read(&arena, json, &lg_json_default_limits, &value, NULL), LG_OK));
    bool valid = lg_schema_check(schema, value, fuel, &failure);
    lg_arena_done(&arena);
    lg_schema_free(schema);
    lg_faults_free(faults);
    return valid;
}

static uint64_t burnt(const char *schema_text, const char *json)
{
    struct lg_fuel fuel = { PLENTY };

    (void)check_with(schema_text, lg_str_of(json), &fuel);
    return PLENTY - fuel.left;
}

/* `before`, `size` times `byte`, `behind`. */
static uint64_t burnt_by(const char *schema_text, const char *before, char byte, size_t size,
                         const char *behind)
{
    struct lg_fuel fuel = { PLENTY };
    struct lg_buf json;

    lg_buf_init(&json, SIZE_MAX);
    lg_buf_add_cstr(&json, before);
    memset(lg_buf_reserve(&json, size), byte, size);
    json.size += size;
    lg_buf_add_cstr(&json, behind);
    (void)check_with(schema_text, lg_buf_str(&json), &fuel);
    lg_buf_done(&json);
    return PLENTY - fuel.left;
}

Test(schema_fuel, a_rule_burns_for_each_value_that_it_holds_for)
{
    cr_assert(eq(u64, burnt("true", "1"), 1));
    cr_assert(eq(u64, burnt("{\"type\":\"string\"}", "\"x\""), 1));
    cr_assert(eq(u64, burnt("{\"type\":\"object\"}", "{\"a\":1,\"b\":2}"), 1));
    uint64_t two = burnt("{\"additionalProperties\":{}}", "{\"a\":1,\"b\":2}");
    uint64_t three = burnt("{\"additionalProperties\":{}}", "{\"a\":1,\"b\":2,\"c\":3}");
    cr_assert(ge(u64, three - two, 3));
    uint64_t nested = burnt("{\"additionalProperties\":{\"additionalProperties\":{}}}",
                            "{\"a\":{\"d\":1,\"e\":2},\"b\":2,\"c\":3}");
    cr_assert(ge(u64, nested - three, 6));
}

Test(schema_fuel, a_name_burns_even_where_it_is_not_known)
{
    uint64_t two = burnt("{\"properties\":{\"x\":{}}}", "{\"a\":1,\"b\":2}");
    uint64_t three = burnt("{\"properties\":{\"x\":{}}}", "{\"a\":1,\"b\":2,\"c\":3}");

    cr_assert(ge(u64, three - two, 2));
    cr_assert(ge(u64, burnt_by("{\"properties\":{\"x\":{}}}", "{\"", 'n', 80000, "\":1}"), 10000));
}

Test(schema_fuel, what_is_counted_or_compared_burns_by_its_length)
{
    cr_assert(ge(u64, burnt_by("{\"minLength\":50000}", "\"", 'x', 80000, "\""), 10000));
    cr_assert(le(u64, burnt_by("{\"minLength\":5}", "\"", 'x', 80000, "\""), 10),
              "there is no need to count");
    cr_assert(ge(u64, burnt_by("{\"minimum\":5}", "1", '7', 80000, ""), 10000));
    cr_assert(ge(u64, burnt_by("{\"type\":\"integer\"}", "1.", '0', 80000, ""), 10000));
    cr_assert(ge(u64, burnt_by("{\"pattern\":\"^x*$\"}", "\"", 'x', 80000, "\""), 10000));
    cr_assert(le(u64, burnt_by("{\"type\":\"string\"}", "\"", 'x', 80000, "\""), 10),
              "what is not looked at costs nothing");
}

Test(schema_fuel, many_required_names_burn_with_every_object)
{
    struct lg_buf schema;

    lg_buf_init(&schema, SIZE_MAX);
    lg_buf_add_cstr(&schema, "{\"required\":[\"n0\"");
    for (int i = 1; i < 6400; i++)
        lg_buf_printf(&schema, ",\"n%d\"", i);
    lg_buf_add(&schema, "]}", 3);
    cr_assert(ge(u64, burnt(schema.data, "{}"), 100));
    lg_buf_done(&schema);
}

Test(schema_fuel, without_enough_nothing_is_valid_and_the_place_is_told)
{
    static const char schema[] =
        "{\"properties\":{\"a\":{\"properties\":{\"b\":{\"minLength\":1,\"pattern\":\"x\"}}},"
        "\"c\":{\"minimum\":1},\"d\":{\"type\":\"integer\"}},\"required\":[\"a\"]}";
    static const char json[] = "{\"a\":{\"b\":\"xxxxxxxxxxxxxxxxxxxxxxxx\"},\"c\":5555555555555555,"
                               "\"d\":1.0000000000000000}";
    uint64_t needed = burnt(schema, json);

    for (uint64_t units = 0; units <= needed + 1; units++) {
        struct lg_fuel fuel = { units };
        bool valid = check_with(schema, lg_str_of(json), &fuel);

        cr_assert(eq(int, valid, units > needed), "%d", (int)units);
        cr_assert(eq(int, lg_fuel_exhausted(&fuel), units <= needed), "%d", (int)units);
        if (units <= needed)
            cr_assert(lg_str_starts(lg_str_of(failure.text), LG_STR("fuel exhausted at ")), "%s",
                      failure.text);
    }
    struct lg_fuel last = { needed }, none = { 0 };
    cr_assert(not(check_with(schema, lg_str_of(json), &last)));
    cr_assert(eq(int, strcmp(failure.text, "fuel exhausted at /d"), 0), "%s", failure.text);
    cr_assert(not(check_with(schema, lg_str_of(json), &none)));
    cr_assert(eq(int, strcmp(failure.text, "fuel exhausted at (root)"), 0), "%s", failure.text);
}

Test(schema_fuel, a_failure_leaves_fuel_and_so_is_told_apart)
{
    struct lg_fuel fuel = { PLENTY };

    cr_assert(not(check_with("{\"type\":\"string\"}", LG_STR("1"), &fuel)));
    cr_assert(not(lg_fuel_exhausted(&fuel)));
    cr_assert(not(lg_str_starts(lg_str_of(failure.text), LG_STR("fuel"))));
}

Test(schema_fuel, strings_of_one_body_share_its_fuel)
{
    static const char schema[] = "{\"additionalProperties\":{\"pattern\":\"^(a+)+$\"}}";
    uint64_t one = burnt(schema, "{\"a\":\"aaaaaaaa\"}");
    uint64_t two = burnt(schema, "{\"a\":\"aaaaaaaa\",\"b\":\"aaaaaaaa\"}");

    cr_assert(gt(u64, two, one + (one - 1) / 2));
}

static uint64_t burnt_for_format(const char *format, const char *text)
{
    const struct lg_format *found = lg_format_find(lg_str_of(format));

    cr_assert(found != NULL);
    return lg_format_units(found, lg_str_of(text));
}

/* Labels in punycode were as cheap as ASCII: a body of them held a thread for seconds. */
Test(schema_fuel, names_that_libidn2_judges_burn_more_than_names_in_ascii)
{
    uint64_t plain = burnt_for_format("hostname", "example.com");

    cr_assert(eq(u64, plain, burnt_for_format("idn-hostname", "example.com")));
    cr_assert(lt(u64, plain, 20));
    static const char *const dear[] = { "xn--mxa.com", "x.XN--mxa.c", "\xce\xb1.example",
                                        "xxn--mxa.co" };
    for (size_t i = 0; i < LG_COUNT(dear); i++) {
        cr_assert(gt(u64, burnt_for_format("hostname", dear[i]), 20 * plain));
        cr_assert(gt(u64, burnt_for_format("idn-hostname", dear[i]), 20 * plain));
    }
}
