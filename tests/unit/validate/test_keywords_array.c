/* Keywords of arrays, draft by draft. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "held.h"

Test(keywords_array, sizes)
{
    HOLDS("{\"minItems\":1,\"maxItems\":2}", "[1]", "[1,2]", "{}", "\"\"");
    REFUSES("{\"minItems\":1,\"maxItems\":2}", "[]", "[1,2,3]");
    cr_assert(not(held("{\"minItems\":2}", "[1]")));
    cr_assert_str_eq(held_failure.text, "(root): must have at least 2 elements, found 1");
}

Test(keywords_array, one_schema_for_all_elements)
{
    HOLDS("{\"items\":{\"type\":\"integer\"}}", "[]", "[1,2.0]", "{\"0\":\"x\"}");
    REFUSES("{\"items\":{\"type\":\"integer\"}}", "[1,\"x\"]", "[1.5]");
    cr_assert(not(held("{\"items\":{\"type\":\"integer\"}}", "[1,\"x\"]")));
    cr_assert_str_eq(held_failure.text, "/1: must be integer, found string");
    HOLDS("{\"items\":false}", "[]");
    REFUSES("{\"items\":false}", "[1]");
}

Test(keywords_array, the_first_elements_have_schemas_of_their_own)
{
    static const char later[] = "{\"prefixItems\":[{\"type\":\"string\"},{\"type\":\"null\"}],"
                                "\"items\":{\"type\":\"number\"}}";
    static const char before[] =
        "{" DRAFT_7 ",\"items\":[{\"type\":\"string\"},{\"type\":\"null\"}],"
        "\"additionalItems\":{\"type\":\"number\"}}";
    const char *const schemas[] = { later, before };

    for (size_t i = 0; i < 2; i++) {
        HOLDS(schemas[i], "[]", "[\"a\"]", "[\"a\",null]", "[\"a\",null,1,2]");
        REFUSES(schemas[i], "[1]", "[\"a\",1]", "[\"a\",null,\"b\"]", "[\"a\",null,1,\"b\"]");
    }
    HOLDS("{" DRAFT_7 ",\"items\":{},\"additionalItems\":false}", "[1,2]");
    HOLDS("{" DRAFT_7 ",\"additionalItems\":false}", "[1,2]");
    REFUSES("{" DRAFT_7 ",\"items\":[],\"additionalItems\":false}", "[1]");
}

Test(keywords_array, some_elements_fit)
{
    HOLDS("{\"contains\":{\"minimum\":5}}", "[1,5]", "[6]", "{}");
    REFUSES("{\"contains\":{\"minimum\":5}}", "[]", "[1,2]");
    HOLDS("{\"contains\":{\"const\":1},\"minContains\":2,\"maxContains\":3}", "[1,1]", "[1,2,1,1]");
    REFUSES("{\"contains\":{\"const\":1},\"minContains\":2,\"maxContains\":3}", "[1]", "[1,1,1,1]",
            "[]");
    HOLDS("{\"contains\":{\"const\":1},\"minContains\":0}", "[]", "[2]", "[1,1]");
    REFUSES("{\"contains\":{\"const\":1},\"minContains\":0,\"maxContains\":1}", "[1,1]");
    HOLDS("{\"minContains\":3,\"maxContains\":1}", "[]", "[1,2]");
    cr_assert(not(held("{\"contains\":{\"const\":1}}", "[2]")));
    cr_assert_str_eq(held_failure.text, "(root): must have at least 1 element that fits, found 0");
}

Test(keywords_array, elements_differ)
{
    HOLDS("{\"uniqueItems\":true}", "[]", "[1,2]", "[1,true]", "[0,false,null,\"\",[],{}]",
          "[[1],[2],[[1]]]", "[{\"a\":1},{\"a\":2}]", "\"aa\"");
    REFUSES("{\"uniqueItems\":true}", "[1,1.0]", "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1}]",
            "[1,2,3,4,5,6,1e0]", "[[1],[1.0]]", "[\"a\",\"\\u0061\"]");
    HOLDS("{\"uniqueItems\":false}", "[1,1]");
    cr_assert(not(held("{\"uniqueItems\":true}", "[3,1,2,1]")));
    cr_assert_str_eq(held_failure.text,
                     "(root): must not have equal elements, found them at 1 and 3");
}
