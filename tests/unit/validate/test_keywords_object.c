/* Keywords of objects. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "held.h"

Test(keywords_object, sizes)
{
    HOLDS("{\"minProperties\":1,\"maxProperties\":2}", "{\"a\":1}", "{\"a\":1,\"b\":1}", "[]");
    REFUSES("{\"minProperties\":1,\"maxProperties\":2}", "{}", "{\"a\":1,\"b\":1,\"c\":1}");
    cr_assert(not(held("{\"minProperties\":1}", "{}")));
    cr_assert_str_eq(held_failure.text, "(root): must have at least 1 property, found 0");
    cr_assert(not(held("{\"maxProperties\":0}", "{\"a\":1}")));
    cr_assert_str_eq(held_failure.text, "(root): must have at most 0 properties, found 1");
}

Test(keywords_object, patterns_of_names_are_looked_for_anywhere_and_all_count)
{
    static const char schema[] = "{\"patternProperties\":{\"^n\":{\"type\":\"number\"},"
                                 "\"[0-9]$\":{\"minimum\":5},\"^\\\\p{Lu}\":false}}";

    HOLDS(schema, "{}", "{\"n\":1,\"x\":\"y\"}", "{\"n1\":5}", "{\"x1\":\"no number\"}", "\"n\"");
    REFUSES(schema, "{\"n\":\"x\"}", "{\"n1\":4}", "{\"x9\":1}", "{\"\\u00c9\":1}");
    cr_assert(not(held(schema, "{\"n\":\"x\"}")));
    cr_assert_str_eq(held_failure.text, "/n: must be number, found string");
}

Test(keywords_object, a_name_of_a_pattern_is_no_additional_one)
{
    static const char schema[] = "{\"properties\":{\"a\":{}},\"patternProperties\":{\"^x\":{}},"
                                 "\"additionalProperties\":{\"type\":\"null\"}}";

    HOLDS(schema, "{\"a\":1,\"x1\":2,\"b\":null}");
    REFUSES(schema, "{\"b\":1}");
    REFUSES(
        "{\"properties\":{\"ab\":{\"minimum\":2}},\"patternProperties\":{\"b$\":{\"maximum\":3}}}",
        "{\"ab\":1}", "{\"ab\":4}", "{\"b\":4}");
}

Test(keywords_object, names_have_a_schema)
{
    static const char schema[] = "{\"propertyNames\":{\"maxLength\":2,\"pattern\":\"^[a-z]*$\"}}";

    HOLDS(schema, "{}", "{\"ab\":1,\"\":2}", "[\"abc\"]");
    REFUSES(schema, "{\"abc\":1}", "{\"A\":1}");
    cr_assert(not(held(schema, "{\"abc\":1}")));
    cr_assert_str_eq(held_failure.text, "/abc: its name must have at most 2 characters, found 3");
    REFUSES("{\"propertyNames\":false}", "{\"a\":1}");
    HOLDS("{\"propertyNames\":false}", "{}");
    REFUSES("{\"propertyNames\":{\"enum\":[\"a\"]}}", "{\"b\":1}");
    HOLDS("{\"propertyNames\":{\"type\":\"string\"}}", "{\"b\":1}");
    REFUSES("{\"propertyNames\":{\"type\":\"number\"}}", "{\"1\":1}");
}

Test(keywords_object, what_depends_on_a_name)
{
    static const char required[] = "{\"dependentRequired\":{\"card\":[\"name\",\"address\"]}}";

    HOLDS(required, "{}", "{\"name\":1}", "{\"card\":1,\"name\":2,\"address\":3}", "[]");
    REFUSES(required, "{\"card\":1}", "{\"card\":1,\"name\":2}");
    cr_assert(not(held(required, "{\"card\":1,\"name\":2}")));
    cr_assert_str_eq(held_failure.text,
                     "(root): must have required property \"address\" beside \"card\"");
    static const char schemas[] =
        "{\"dependentSchemas\":{\"a\":{\"minProperties\":2},\"b\":false}}";
    HOLDS(schemas, "{}", "{\"a\":1,\"c\":1}", "{\"c\":1}");
    REFUSES(schemas, "{\"a\":1}", "{\"b\":1}", "{\"a\":1,\"b\":1}");
}

Test(keywords_object, dependencies_of_old_drafts_are_names_or_schemas)
{
    static const char schema[] = "{" DRAFT_7 ",\"dependencies\":{\"a\":[\"b\"],"
                                 "\"c\":{\"required\":[\"d\"]},\"e\":[],\"f\":true}}";

    HOLDS(schema, "{}", "{\"a\":1,\"b\":1}", "{\"c\":1,\"d\":1}", "{\"e\":1}", "{\"f\":1}");
    REFUSES(schema, "{\"a\":1}", "{\"c\":1}", "{\"a\":1,\"b\":1,\"c\":1}");
    REFUSES("{" DRAFT_2020 ",\"dependencies\":{\"a\":[\"b\"]}}", "{\"a\":1}");
}

Test(keywords_object, names_that_only_others_mention_are_still_seen)
{
    static const char schema[] =
        "{\"required\":[\"a\"],\"properties\":{\"b\":{\"type\":\"null\"}},"
        "\"dependentRequired\":{\"b\":[\"c\"],\"c\":[\"d\"]},\"additionalProperties\":false}";

    REFUSES(schema, "{\"a\":1}", "{\"b\":null}");
    static const char open[] =
        "{\"required\":[\"a\"],\"dependentRequired\":{\"b\":[\"c\"],\"c\":[\"d\"]}}";
    HOLDS(open, "{\"a\":1}", "{\"a\":1,\"d\":1}", "{\"a\":1,\"b\":1,\"c\":1,\"d\":1}");
    REFUSES(open, "{\"a\":1,\"b\":1}", "{\"a\":1,\"c\":1}", "{\"b\":1,\"c\":1,\"d\":1}",
            "{\"a\":1,\"b\":1,\"c\":1}");
}

Test(keywords_object, names_that_every_javascript_object_has_are_names_like_others)
{
    static const char schema[] =
        "{\"properties\":{\"__proto__\":{\"type\":\"number\"},"
        "\"constructor\":{\"type\":\"number\"},"
        "\"toString\":{\"type\":\"number\"}},\"required\":[\"__proto__\"]}";

    HOLDS(schema, "{\"__proto__\":1}");
    REFUSES(schema, "{}", "{\"__proto__\":\"x\"}", "{\"__proto__\":1,\"toString\":\"x\"}");
}
