/* Schemas and values made to take for ever: bounded by fuel, by depth, and never turned round. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>

#include <stdlib.h>

#include "base/mem.h"
#include "held.h"

static bool exhausts(const char *schema, const char *json)
{
    bool valid = held(schema, json);

    return !valid && lg_str_starts(lg_str_of(held_failure.text), LG_STR("fuel exhausted at "));
}

/* {"allOf":[ref,ref]} of {"allOf":[ref,ref]} of ...: 2^30 ways to the last. */
Test(worst, references_that_double)
{
    struct lg_buf schema;

    lg_buf_init(&schema, SIZE_MAX);
    lg_buf_add_cstr(&schema, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
    for (int i = 0; i < 30; i++)
        lg_buf_printf(
            &schema, "\"d%d\":{\"allOf\":[{\"$ref\":\"#/$defs/d%d\"},{\"$ref\":\"#/$defs/d%d\"}]},",
            i, i + 1, i + 1);
    lg_buf_add(&schema, "\"d30\":{\"minimum\":0}}}", sizeof("\"d30\":{\"minimum\":0}}}"));
    cr_assert(exhausts(schema.data, "1"));
    lg_buf_done(&schema);
}

Test(worst, choices_inside_of_choices)
{
    struct lg_buf schema;

    lg_buf_init(&schema, SIZE_MAX);
    lg_buf_add_cstr(&schema, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
    for (int i = 0; i < 30; i++)
        lg_buf_printf(
            &schema,
            "\"d%d\":{\"oneOf\":[{\"$ref\":\"#/$defs/d%d\"},{\"anyOf\":[{\"not\":{\"$ref\":"
            "\"#/$defs/d%d\"}}]}]},",
            i, i + 1, i + 1);
    lg_buf_add(&schema, "\"d30\":{\"minimum\":0}}}", sizeof("\"d30\":{\"minimum\":0}}}"));
    cr_assert(exhausts(schema.data, "1"));
    lg_buf_done(&schema);
}

/* A check that ended must not become valid by a `not`, an `if`, a `oneOf` or a `contains` of none.
 */
Test(worst, what_ran_out_is_never_valid)
{
#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"
#define HARD "{\"pattern\":\"^(a+)+$\"}"
    static const char text[] = "\"" LONG "\"", array[] = "[\"" LONG "\"]",
                      object[] = "{\"" LONG "\":1}";
    static const struct {
        const char *schema, *json;
    } cases[] = {
        { "{\"not\":" HARD "}", text },
        { "{\"if\":" HARD ",\"else\":true}", text },
        { "{\"oneOf\":[" HARD ",true]}", text },
        { "{\"anyOf\":[" HARD ",true]}", text },
        { "{\"not\":{\"not\":{\"not\":" HARD "}}}", text },
        { "{\"contains\":" HARD ",\"minContains\":0}", array },
        { "{\"items\":{\"not\":" HARD "}}", array },
        { "{\"unevaluatedItems\":{\"not\":" HARD "}}", array },
        { "{\"not\":{\"patternProperties\":{\"^(a+)+$\":false}}}", object },
        { "{\"not\":{\"propertyNames\":" HARD "}}", object },
    };

    for (size_t i = 0; i < LG_COUNT(cases); i++) {
        cr_assert(not(held(cases[i].schema, cases[i].json)), "%s", cases[i].schema);
        cr_assert(lg_str_starts(lg_str_of(held_failure.text), LG_STR("fuel exhausted")), "%s: %s",
                  cases[i].schema, held_failure.text);
    }
}

Test(worst, what_needs_too_much_memory_is_never_valid)
{
    size_t size = 1000000;
    char *json = lg_alloc(size + 3);

    memset(json, 'a', size + 2);
    json[0] = json[size + 1] = '"';
    json[size + 2] = '\0';
    cr_assert(not(held("{\"not\":{\"pattern\":\"^(a|b|cd)*$\"}}", json)));
    cr_assert(lg_str_starts(lg_str_of(held_failure.text), LG_STR("too much memory needed")));
    free(json);
}

Test(worst, values_as_deep_as_they_may_be)
{
    struct lg_buf json;

    lg_buf_init(&json, SIZE_MAX);
    for (int i = 0; i < 128; i++)
        lg_buf_add_char(&json, '[');
    for (int i = 0; i < 128; i++)
        lg_buf_add_char(&json, ']');
    lg_buf_add_char(&json, '\0');
    HOLDS("{\"items\":{\"$ref\":\"#\"},\"type\":\"array\"}", json.data);
    HOLDS(
        "{\"anyOf\":[{\"items\":{\"$ref\":\"#\"}},{\"type\":\"null\"}],\"unevaluatedItems\":true}",
        json.data);
    lg_buf_done(&json);
}

/* Some rules for each level of the value, together more than there may be inside each other. */
Test(worst, rules_too_deep_inside_each_other)
{
    struct lg_buf json, schema;

    lg_buf_init(&json, SIZE_MAX);
    lg_buf_init(&schema, SIZE_MAX);
    for (int i = 0; i < 120; i++)
        lg_buf_add_char(&json, '[');
    for (int i = 0; i < 120; i++)
        lg_buf_add_char(&json, ']');
    lg_buf_add_char(&json, '\0');
    lg_buf_add_cstr(&schema, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
    for (int i = 0; i < 20; i++)
        lg_buf_printf(&schema, "\"d%d\":{\"$ref\":\"#/$defs/d%d\"},", i, i + 1);
    lg_buf_add_cstr(&schema, "\"d20\":{\"items\":{\"$ref\":\"#\"}}}}");
    lg_buf_add_char(&schema, '\0');
    cr_assert(not(held(schema.data, json.data)));
    cr_assert(lg_str_starts(lg_str_of(held_failure.text),
                            LG_STR("too many schemas inside each other at /0/0/")),
              "%s", held_failure.text);
    HOLDS(schema.data, "[[[[[]]]]]");
    lg_buf_done(&json);
    lg_buf_done(&schema);
}

Test(worst, a_long_chain_of_references_is_refused_at_load)
{
    struct lg_buf schema;

    lg_buf_init(&schema, SIZE_MAX);
    lg_buf_add_cstr(&schema, "{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
    for (int i = 0; i < 20000; i++)
        lg_buf_printf(&schema, "\"d%d\":{\"$ref\":\"#/$defs/d%d\"},", i, i + 1);
    lg_buf_add(&schema, "\"d20000\":{}}}", sizeof("\"d20000\":{}}}"));
    cr_assert(strstr(held_fault(NULL, schema.data), "lies behind too many references") != NULL);
    lg_buf_done(&schema);
}

static struct lg_buf elements(const char *format, int count)
{
    struct lg_buf json;

    lg_buf_init(&json, SIZE_MAX);
    for (int i = 0; i < count; i++) {
        lg_buf_add_char(&json, i == 0 ? '[' : ',');
        for (const char *at = format; *at != '\0'; at++) {
            if (*at == '#')
                lg_buf_printf(&json, "%d", i);
            else
                lg_buf_add_char(&json, *at);
        }
    }
    lg_buf_add(&json, "]", 2);
    return json;
}

Test(worst, a_hundred_thousand_different_elements_are_within_the_fuel)
{
    static const char *const formats[] = { "#", "\"#\"", "[#]", "{\"a\":#}", "#.0" };

    for (size_t i = 0; i < LG_COUNT(formats); i++) {
        struct lg_buf json = elements(formats[i], 100000);

        HOLDS("{\"uniqueItems\":true}", json.data);
        lg_buf_done(&json);
    }
}

Test(worst, elements_that_differ_in_their_last_bytes_only)
{
    struct lg_buf json =
        elements("\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx#\"", 20000);

    HOLDS("{\"uniqueItems\":true}", json.data);
    lg_buf_done(&json);
}

/* Equal but for their order: found through all members, which burns. */
Test(worst, large_objects_in_another_order)
{
    struct lg_buf json;

    lg_buf_init(&json, SIZE_MAX);
    lg_buf_add_cstr(&json, "[{");
    for (int i = 0; i < 20000; i++)
        lg_buf_printf(&json, "%s\"n%d\":1", i == 0 ? "" : ",", i);
    lg_buf_add_cstr(&json, "},{");
    for (int i = 20000; i-- > 0;)
        lg_buf_printf(&json, "\"n%d\":1%s", i, i == 0 ? "" : ",");
    lg_buf_add(&json, "}]", 3);
    cr_assert(not(held("{\"uniqueItems\":true}", json.data)));
    lg_buf_done(&json);
}

Test(worst, many_patterns_for_many_names)
{
    struct lg_buf schema, json;

    lg_buf_init(&schema, SIZE_MAX);
    lg_buf_init(&json, SIZE_MAX);
    lg_buf_add_cstr(&schema, "{\"patternProperties\":{");
    for (int i = 0; i < 200; i++)
        lg_buf_printf(&schema, "%s\"^x%d.*y$\":{}", i == 0 ? "" : ",", i);
    lg_buf_add(&schema, "}}", 3);
    for (int i = 0; i < 20000; i++)
        lg_buf_printf(&json, "%s\"x%d\":1", i == 0 ? "{" : ",", i);
    lg_buf_add(&json, "}", 2);
    cr_assert(exhausts(schema.data, json.data));
    lg_buf_done(&schema);
    lg_buf_done(&json);
}

Test(worst, long_numbers_are_divided_digit_by_digit)
{
    struct lg_buf json;

    lg_buf_init(&json, SIZE_MAX);
    lg_buf_add_cstr(&json, "[1");
    for (int i = 0; i < 200000; i++)
        lg_buf_add_char(&json, '7');
    lg_buf_add(&json, "]", 2);
    cr_assert(exhausts("{\"items\":{\"multipleOf\":1234567890123456789012345}}", json.data));
    REFUSES("{\"items\":{\"multipleOf\":7}}", "[17777777777777777777777777777777777]");
    lg_buf_done(&json);
}
