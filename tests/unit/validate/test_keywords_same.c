/* Keywords that hold several schemas against the same value, and what they leave unevaluated. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>

#include "held.h"

Test(keywords_same, all_any_one_and_not)
{
    HOLDS("{\"allOf\":[{\"minimum\":1},{\"maximum\":3}]}", "1", "3");
    REFUSES("{\"allOf\":[{\"minimum\":1},{\"maximum\":3}]}", "0", "4");
    HOLDS("{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":3}]}", "\"x\"", "3", "null");
    REFUSES("{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":3}]}", "2");
    HOLDS("{\"oneOf\":[{\"multipleOf\":2},{\"multipleOf\":3}]}", "2", "3");
    REFUSES("{\"oneOf\":[{\"multipleOf\":2},{\"multipleOf\":3}]}", "6", "1");
    HOLDS("{\"not\":{\"type\":\"string\"}}", "1");
    REFUSES("{\"not\":{\"type\":\"string\"}}", "\"x\"");
    REFUSES("{\"not\":{}}", "1", "null");
    HOLDS("{\"not\":false}", "1");
    cr_assert(not(held("{\"anyOf\":[false,false]}", "1")));
    cr_assert_str_eq(held_failure.text, "(root): must fit at least one of 2 schemas, found none");
    cr_assert(not(held("{\"oneOf\":[true,true]}", "1")));
    cr_assert_str_eq(held_failure.text, "(root): must fit exactly one of 2 schemas, found more");
    cr_assert(not(held("{\"not\":true}", "1")));
    cr_assert_str_eq(held_failure.text, "(root): must not fit the schema");
}

Test(keywords_same, if_decides_which_other_holds)
{
    static const char schema[] =
        "{\"if\":{\"minimum\":0},\"then\":{\"multipleOf\":2},\"else\":{\"maximum\":-10}}";

    HOLDS(schema, "2", "-10", "0");
    REFUSES(schema, "1", "-9");
    HOLDS("{\"if\":false,\"then\":false}", "1");
    HOLDS("{\"then\":false,\"else\":false}", "1");
    REFUSES("{\"if\":true,\"then\":false}", "1");
    HOLDS("{\"if\":true,\"else\":false}", "1");
}

Test(keywords_same, unevaluated_properties_see_what_neighbours_held_for)
{
    static const char base[] =
        "{\"properties\":{\"a\":{}},\"allOf\":[{\"properties\":{\"b\":{}}}],"
        "\"anyOf\":[{\"properties\":{\"c\":{\"const\":1}},\"required\":[\"c\"]},"
        "{\"properties\":{\"d\":{}}}],"
        "\"if\":{\"properties\":{\"e\":{\"const\":1}},\"required\":[\"e\"]},"
        "\"then\":{\"patternProperties\":{\"^f\":{}}},"
        "\"dependentSchemas\":{\"a\":{\"properties\":{\"g\":{}}}},"
        "\"unevaluatedProperties\":false}";

    HOLDS(base, "{}", "{\"a\":1,\"b\":1,\"g\":1}", "{\"c\":1}", "{\"d\":1}",
          "{\"e\":1,\"f1\":1,\"f2\":2}", "{\"c\":1,\"d\":2}");
    REFUSES(base, "{\"x\":1}", "{\"c\":2}", "{\"e\":2}", "{\"f\":1}", "{\"g\":1}",
            "{\"a\":1,\"f\":1}");
    cr_assert(not(held(base, "{\"x\":1}")));
    cr_assert_str_eq(held_failure.text, "/x: is not allowed");
}

Test(keywords_same, unevaluated_properties_do_not_see_cousins_and_what_was_refused)
{
    REFUSES("{\"allOf\":[{\"properties\":{\"a\":{}}},{\"unevaluatedProperties\":false}]}",
            "{\"a\":1}");
    REFUSES("{\"not\":{\"not\":{\"properties\":{\"a\":{}},\"required\":[\"a\"]}},"
            "\"unevaluatedProperties\":false}",
            "{\"a\":1}");
    HOLDS("{\"oneOf\":[{\"properties\":{\"a\":{\"const\":1}}},{\"properties\":{\"b\":{}},"
          "\"required\":[\"b\"]}],\"unevaluatedProperties\":false}",
          "{\"a\":1}");
    REFUSES("{\"oneOf\":[{\"properties\":{\"a\":{\"const\":1}}},{\"properties\":{\"b\":{}},"
            "\"required\":[\"b\"]}],\"unevaluatedProperties\":false}",
            "{\"a\":2,\"b\":1}");
    HOLDS("{\"allOf\":[{\"unevaluatedProperties\":true}],\"unevaluatedProperties\":false}",
          "{\"a\":1}");
    HOLDS("{\"additionalProperties\":true,\"unevaluatedProperties\":false}", "{\"a\":1}");
    HOLDS("{\"$ref\":\"#/$defs/a\",\"unevaluatedProperties\":false,"
          "\"$defs\":{\"a\":{\"properties\":{\"a\":{}}}}}",
          "{\"a\":1}");
    HOLDS("{\"unevaluatedProperties\":{\"type\":\"string\"}}", "{\"a\":\"x\"}", "[1]");
    REFUSES("{\"unevaluatedProperties\":{\"type\":\"string\"}}", "{\"a\":1}");
}

Test(keywords_same, unevaluated_items_see_what_neighbours_held_for)
{
    HOLDS("{\"prefixItems\":[{}],\"unevaluatedItems\":false}", "[]", "[1]");
    REFUSES("{\"prefixItems\":[{}],\"unevaluatedItems\":false}", "[1,2]");
    HOLDS("{\"items\":{},\"unevaluatedItems\":false}", "[1,2]");
    HOLDS("{\"contains\":{\"const\":1},\"unevaluatedItems\":{\"const\":2}}", "[1,2,1]");
    REFUSES("{\"contains\":{\"const\":1},\"unevaluatedItems\":{\"const\":2}}", "[1,3]", "[2]");
    REFUSES("{" DRAFT_2019 ",\"contains\":{\"const\":1},\"unevaluatedItems\":{\"const\":2}}",
            "[1,2]");
    HOLDS("{" DRAFT_2019 ",\"items\":[{}],\"additionalItems\":{},\"unevaluatedItems\":false}",
          "[1,2]");
    REFUSES("{" DRAFT_2019 ",\"items\":[{}],\"unevaluatedItems\":false}", "[1,2]");
    HOLDS("{\"prefixItems\":[{}],\"anyOf\":[{\"prefixItems\":[true,{\"const\":2}]},"
          "{\"prefixItems\":[true,true,{\"const\":3}],\"minItems\":3}],\"unevaluatedItems\":false}",
          "[1,2]", "[1,2,3]", "[1,9,3]");
    REFUSES("{\"prefixItems\":[{}],\"anyOf\":[{\"prefixItems\":[true,{\"const\":2}]},"
            "{\"prefixItems\":[true,true,{\"const\":3}],\"minItems\":3}],"
            "\"unevaluatedItems\":false}",
            "[1,2,4]", "[1,9]");
}

Test(keywords_same, sets_of_thousands_are_tracked_too)
{
    struct lg_buf json;

    lg_buf_init(&json, SIZE_MAX);
    for (int i = 0; i < 10000; i++)
        lg_buf_printf(&json, "%s\"a%d\":1", i == 0 ? "{" : ",", i);
    lg_buf_add(&json, "}", 2);
    static const char schema[] =
        "{\"anyOf\":[{\"patternProperties\":{\"[02468]$\":{}}},"
        "{\"patternProperties\":{\"[13579]$\":{}}}],\"unevaluatedProperties\":%s}";
    char text[256];
    snprintf(text, sizeof(text), schema, "false");
    HOLDS(text, json.data);
    lg_buf_clear(&json);
    for (int i = 0; i < 5000; i++)
        lg_buf_printf(&json, "%s\"a%d\":1", i == 0 ? "{\"x\":1," : ",", i);
    lg_buf_add(&json, "}", 2);
    REFUSES(text, json.data);
    lg_buf_done(&json);
}
