/* Keywords of numbers, strings and values of any type, draft by draft. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "held.h"

Test(keywords, bounds_exclude_by_a_boolean_in_draft_4_and_by_a_number_later)
{
    HOLDS("{" DRAFT_4 ",\"minimum\":1,\"exclusiveMinimum\":true}", "1.0000001", "\"x\"");
    REFUSES("{" DRAFT_4 ",\"minimum\":1,\"exclusiveMinimum\":true}", "1", "1.0", "0.9");
    HOLDS("{" DRAFT_4 ",\"maximum\":1,\"exclusiveMaximum\":false}", "1");
    REFUSES("{" DRAFT_4 ",\"maximum\":1,\"exclusiveMaximum\":true}", "1");
    HOLDS("{\"exclusiveMinimum\":1}", "1.1", "null");
    REFUSES("{\"exclusiveMinimum\":1}", "1", "1e0", "0");
    HOLDS("{\"exclusiveMaximum\":1e400}", "9e399");
    REFUSES("{\"exclusiveMaximum\":1e400}", "10e399", "1e401");
}

Test(keywords, of_two_bounds_on_one_side_the_tighter_one_counts)
{
    REFUSES("{\"minimum\":5,\"exclusiveMinimum\":5}", "5");
    HOLDS("{\"minimum\":6,\"exclusiveMinimum\":5}", "6");
    REFUSES("{\"minimum\":6,\"exclusiveMinimum\":5}", "5.5");
    REFUSES("{\"maximum\":5,\"exclusiveMaximum\":6}", "5.5");
    REFUSES("{\"maximum\":7,\"exclusiveMaximum\":6}", "6");
}

Test(keywords, maximum_and_minimum_tell_what_was_found)
{
    cr_assert(not(held("{\"maximum\":3}", "4.5")));
    cr_assert_str_eq(held_failure.text, "(root): must be at most 3, found 4.5");
    cr_assert(not(held("{\"exclusiveMaximum\":3}", "3")));
    cr_assert_str_eq(held_failure.text, "(root): must be less than 3, found 3");
    cr_assert(not(held("{\"exclusiveMinimum\":3}", "3")));
    cr_assert_str_eq(held_failure.text, "(root): must be more than 3, found 3");
    cr_assert(not(held("{\"multipleOf\":0.01}", "0.015")));
    cr_assert_str_eq(held_failure.text, "(root): must be a multiple of 0.01, found 0.015");
}

Test(keywords, multiples_are_exact)
{
    HOLDS("{\"multipleOf\":0.01}", "4.35", "1.13", "0", "1e400", "\"x\"");
    REFUSES("{\"multipleOf\":0.01}", "4.355", "1e-400");
    HOLDS("{\"multipleOf\":1234567890123456789012345}", "2469135780246913578024690");
    REFUSES("{\"multipleOf\":1234567890123456789012345}", "2469135780246913578024691");
}

Test(keywords, an_integer_of_draft_4_is_one_by_its_writing)
{
    HOLDS("{" DRAFT_4 ",\"type\":\"integer\"}", "1", "-7", "123456789012345678901234567890");
    REFUSES("{" DRAFT_4 ",\"type\":\"integer\"}", "1.0", "1e2", "1.5");
    HOLDS("{" DRAFT_6 ",\"type\":\"integer\"}", "1.0", "1e2");
    HOLDS("{" DRAFT_4 ",\"type\":\"number\"}", "1.0");
}

Test(keywords, lengths_are_bounded_above_and_below)
{
    HOLDS("{\"maxLength\":2}", "\"\"", "\"ab\"", "\"\\ud83d\\ude00\\u00e9\"", "123");
    REFUSES("{\"maxLength\":2}", "\"abc\"", "\"\\ud83d\\ude00\\u00e9x\"");
    cr_assert(not(held("{\"maxLength\":1}", "\"\\u00e9\\u00e9\"")));
    cr_assert_str_eq(held_failure.text, "(root): must have at most 1 character, found 2");
    HOLDS("{\"minLength\":1,\"maxLength\":1}", "\"\\ud83d\\ude00\"");
    HOLDS("{\"maxLength\":2.0}", "\"ab\"");
}

Test(keywords, const_is_one_value_of_any_type)
{
    HOLDS("{\"const\":1}", "1", "1.0", "1e0");
    REFUSES("{\"const\":1}", "true", "2", "\"1\"", "[1]");
    HOLDS("{\"const\":{\"a\":[1,null],\"b\":2}}", "{\"b\":2.0,\"a\":[1,null]}");
    REFUSES("{\"const\":{\"a\":[1,null]}}", "{\"a\":[null,1]}", "{\"a\":[1,null],\"b\":1}", "{}");
    HOLDS("{\"const\":null}", "null");
    REFUSES("{\"const\":false}", "0", "null", "\"\"", "true");
    HOLDS("{\"const\":\"a\\u0000b\"}", "\"a\\u0000b\"");
    cr_assert(not(held("{\"const\":\"x\"}", "1")));
    cr_assert_str_eq(held_failure.text, "(root): must be \"x\"");
}

Test(keywords, enum_lists_values_of_all_types)
{
    static const char schema[] = "{\"enum\":[\"a\",\"\",1,2.5,true,null,[1],{\"x\":1},1e400]}";

    HOLDS(schema, "\"a\"", "\"\"", "1.0", "25e-1", "true", "null", "[1]", "{\"x\":1.0}", "10e399");
    REFUSES(schema, "\"b\"", "2", "false", "[1,1]", "[]", "{}", "{\"x\":2}", "0", "1e401");
    cr_assert(not(held("{\"enum\":[\"a\",1,null]}", "\"b\"")));
    cr_assert_str_eq(held_failure.text, "(root): must be one of \"a\", 1, null");
    cr_assert(not(held(schema, "7")));
    cr_assert_str_eq(held_failure.text, "(root): must be one of the listed values");
}

Test(keywords, enum_and_const_hold_together)
{
    HOLDS("{\"enum\":[1,2],\"const\":2}", "2");
    REFUSES("{\"enum\":[1,2],\"const\":2}", "1");
    REFUSES("{\"enum\":[1,2],\"const\":3}", "3", "1");
}

Test(keywords, const_is_not_known_in_draft_4)
{
    cr_assert(strstr(held_fault(NULL, "{" DRAFT_4 ",\"const\":1}"), "/const: no keyword") != NULL);
}

Test(keywords, format_is_an_annotation_unless_asked_for)
{
    const struct lg_schema_options strict = { .formats = true };

    HOLDS("{\"format\":\"date\"}", "\"never\"", "1");
    HOLDS("{\"format\":\"no-such-format\"}", "\"x\"");
    cr_assert(held_with(&strict, "{\"format\":\"date\"}", "\"2024-02-29\""));
    cr_assert(not(held_with(&strict, "{\"format\":\"date\"}", "\"2023-02-29\"")));
    cr_assert_str_eq(held_failure.text, "(root): must have the format date");
    cr_assert(held_with(&strict, "{\"format\":\"date\"}", "17"));
    cr_assert(held_with(&strict, "{\"format\":\"int64\"}", "\"x\""), "described by OpenAPI only");
    cr_assert_str_eq(held_fault(&strict, "{\"format\":\"date_time\"}"),
                     "s.json: /format: found \"date_time\", expected a format that can be checked, "
                     "did you mean \"date-time\"?");
}

Test(keywords, content_is_checked_in_draft_7_where_formats_are)
{
    const struct lg_schema_options strict = { .formats = true };
    static const char both[] = "{" DRAFT_7 ",\"contentMediaType\":\"application/json\","
                               "\"contentEncoding\":\"base64\"}";

    cr_assert(held_with(&strict, both, "\"eyJmb28iOiAiYmFyIn0K\""));
    cr_assert(not(held_with(&strict, both, "\"eyJmb28iOiAiYmFyIn0\"")), "no padding");
    cr_assert(not(held_with(&strict, both, "\"e2E=\"")), "no JSON");
    cr_assert(held_with(&strict, both, "5"));
    cr_assert(not(
        held_with(&strict, "{" DRAFT_7 ",\"contentMediaType\":\"application/json\"}", "\"{:}\"")));
    HOLDS(both, "\"%%\"");
    cr_assert(held_with(&strict, "{" DRAFT_2019 ",\"contentMediaType\":\"application/json\"}",
                        "\"{:}\""));
}
