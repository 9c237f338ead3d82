/* What each keyword allows and forbids, and what a failure says. */
#include "validate/schema.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

static const struct lg_where where = { "gateway.yaml", 12, "routes.POST /items.body" };
static struct lg_schema_failure failure;

static struct lg_schema *compiled(const char *text)
{
    struct lg_faults *faults = lg_faults_new();
    struct lg_schema *schema = lg_schema_compile("item.json", lg_str_of(text), &where, faults);

    cr_assert(schema != NULL, "%s: %s", text,
              lg_faults_count(faults) > 0 ? lg_faults_line(faults, 0) : "no fault");
    cr_assert(eq(sz, lg_faults_count(faults), 0));
    lg_faults_free(faults);
    return schema;
}

static bool valid(const char *schema_text, const char *json)
{
    struct lg_schema *schema = compiled(schema_text);
    struct lg_arena arena;
    struct lg_json *value;

    lg_arena_init(&arena);
    cr_assert(eq(int, lg_json_read(&arena, lg_str_of(json), &lg_json_default_limits, &value, NULL),
                 LG_OK),
              "%s", json);
    failure.text[0] = '\0';
    struct lg_fuel fuel = lg_fuel_for(strlen(json));
    bool result = lg_schema_check(schema, value, &fuel, &failure);
    cr_assert(eq(int, failure.text[0] == '\0', result),
              "a failure is set exactly when there is one");
    lg_arena_done(&arena);
    lg_schema_free(schema);
    return result;
}

static bool fails_with(const char *schema_text, const char *json, const char *text)
{
    return !valid(schema_text, json) && strcmp(failure.text, text) == 0;
}

/* One value of every type. */
static const char *const samples[] = { "null", "true", "false", "1.5", "1", "\"s\"", "[]", "{}" };

static void allows_only(const char *schema_text, const char *wanted)
{
    for (size_t i = 0; i < LG_COUNT(samples); i++) {
        bool result = valid(schema_text, samples[i]);

        cr_assert(eq(int, result, wanted[i] == '1'), "%s and %s", schema_text, samples[i]);
    }
}

Test(schema, the_empty_schema_and_true_allow_everything_and_false_nothing)
{
    allows_only("{}", "11111111");
    allows_only("true", "11111111");
    allows_only("false", "00000000");
    cr_assert(fails_with("false", "1", "(root): is not allowed"));
}

Test(schema, each_type_allows_its_own_values_only)
{
    allows_only("{\"type\":\"null\"}", "10000000");
    allows_only("{\"type\":\"boolean\"}", "01100000");
    allows_only("{\"type\":\"number\"}", "00011000");
    allows_only("{\"type\":\"integer\"}", "00001000");
    allows_only("{\"type\":\"string\"}", "00000100");
    allows_only("{\"type\":\"array\"}", "00000010");
    allows_only("{\"type\":\"object\"}", "00000001");
}

Test(schema, several_types_allow_the_values_of_each)
{
    allows_only("{\"type\":[\"string\",\"null\"]}", "10000100");
    allows_only("{\"type\":[\"array\",\"object\",\"integer\"]}", "00001011");
    allows_only("{\"type\":[\"number\",\"integer\"]}", "00011000");
    allows_only("{\"type\":[\"boolean\"]}", "01100000");
}

Test(schema, an_integer_is_one_by_its_value)
{
    static const char *const integers[] = { "0",     "-7",      "1.0",
                                            "1e2",   "12.50e1", "123456789012345678901234567890",
                                            "1e400", "-0.0" };
    static const char *const others[] = { "0.1", "1e-1", "1.0000000000000000000000000001",
                                          "1e-400" };

    for (size_t i = 0; i < LG_COUNT(integers); i++)
        cr_assert(valid("{\"type\":\"integer\"}", integers[i]), "%s", integers[i]);
    for (size_t i = 0; i < LG_COUNT(others); i++)
        cr_assert(not(valid("{\"type\":\"integer\"}", others[i])), "%s", others[i]);
}

Test(schema, a_wrong_type_is_told_with_the_right_ones)
{
    cr_assert(fails_with("{\"type\":[\"string\",\"null\"]}", "1",
                         "(root): must be null or string, found number"));
    cr_assert(fails_with("{\"type\":\"integer\"}", "1.5", "(root): must be integer, found number"));
}

Test(schema, required_names_must_be_there)
{
    static const char schema[] = "{\"required\":[\"a\",\"b\"]}";

    cr_assert(valid(schema, "{\"a\":1,\"b\":null,\"c\":3}"));
    cr_assert(fails_with(schema, "{\"b\":1}", "(root): must have required property \"a\""));
    cr_assert(fails_with(schema, "{\"a\":1}", "(root): must have required property \"b\""));
    cr_assert(not(valid(schema, "{}")));
    cr_assert(not(valid(schema, "{\"A\":1,\"B\":1}")));
    cr_assert(valid(schema, "[]"), "only objects have names");
    cr_assert(valid("{\"required\":[]}", "{}"));
}

Test(schema, a_hundred_required_names_are_all_looked_for)
{
    struct lg_buf schema;

    lg_buf_init(&schema, SIZE_MAX);
    lg_buf_add_cstr(&schema, "{\"required\":[\"n0\"");
    for (int i = 1; i < 100; i++)
        lg_buf_printf(&schema, ",\"n%d\"", i);
    lg_buf_add_cstr(&schema, "]}");
    lg_buf_add(&schema, "", 1);
    for (int missing = 0; missing <= 100; missing++) {
        struct lg_buf json;

        lg_buf_init(&json, SIZE_MAX);
        lg_buf_add_cstr(&json, "{\"other\":0");
        for (int i = 0; i < 100; i++) {
            if (i != missing)
                lg_buf_printf(&json, ",\"n%d\":0", i);
        }
        lg_buf_add(&json, "}", 2);
        cr_assert(eq(int, valid(schema.data, json.data), missing == 100), "%d", missing);
        lg_buf_done(&json);
    }
    lg_buf_done(&schema);
}

Test(schema, a_name_given_twice_does_not_stand_for_another)
{
    struct lg_json_limits limits = lg_json_default_limits;
    struct lg_schema *schema = compiled("{\"required\":[\"a\",\"b\"]}");
    struct lg_arena arena;
    struct lg_json *value;

    limits.allow_duplicates = true;
    lg_arena_init(&arena);
    cr_assert(
        eq(int, lg_json_read(&arena, LG_STR("{\"a\":1,\"a\":2}"), &limits, &value, NULL), LG_OK));
    struct lg_fuel fuel = lg_fuel_for(0);
    cr_assert(not(lg_schema_check(schema, value, &fuel, &failure)));
    lg_arena_done(&arena);
    lg_schema_free(schema);
}

Test(schema, properties_hold_for_the_names_that_are_there)
{
    static const char schema[] = "{\"properties\":{\"a\":{\"type\":\"string\"},\"b\":false,"
                                 "\"\":{\"type\":\"null\"},\"caf\xc3\xa9\":true}}";

    cr_assert(valid(schema, "{}"));
    cr_assert(valid(schema, "{\"a\":\"x\",\"c\":1,\"\":null}"));
    cr_assert(fails_with(schema, "{\"a\":1}", "/a: must be string, found number"));
    cr_assert(fails_with(schema, "{\"b\":1}", "/b: is not allowed"));
    cr_assert(fails_with(schema, "{\"\":1}", "/: must be null, found number"));
    cr_assert(not(valid(schema, "{\"\\u0061\":1}")), "names are compared decoded");
    cr_assert(valid(schema, "[1]"));
}

Test(schema, schemas_nest)
{
    static const char schema[] =
        "{\"properties\":{\"a\":{\"required\":[\"b\"],\"properties\":{\"b\":{\"properties\":"
        "{\"c\":{\"type\":\"integer\"}}}}}}}";

    cr_assert(valid(schema, "{\"a\":{\"b\":{\"c\":1}}}"));
    cr_assert(fails_with(schema, "{\"a\":{\"b\":{\"c\":\"x\"}}}",
                         "/a/b/c: must be integer, found string"));
    cr_assert(fails_with(schema, "{\"a\":{}}", "/a: must have required property \"b\""));
}

Test(schema, other_names_may_be_forbidden)
{
    static const char schema[] = "{\"properties\":{\"a\":{}},\"additionalProperties\":false}";

    cr_assert(valid(schema, "{}"));
    cr_assert(valid(schema, "{\"a\":1}"));
    cr_assert(fails_with(schema, "{\"a\":1,\"b\":1}", "/b: is not allowed"));
    cr_assert(not(valid("{\"additionalProperties\":false}", "{\"a\":1}")));
    cr_assert(valid("{\"additionalProperties\":false}", "{}"));
    cr_assert(valid("{\"additionalProperties\":true}", "{\"a\":1}"));
    cr_assert(valid(schema, "\"a\""));
}

Test(schema, a_name_that_is_only_required_is_an_other_name)
{
    static const char schema[] = "{\"required\":[\"a\"],\"additionalProperties\":false}";

    cr_assert(fails_with(schema, "{\"a\":1}", "/a: is not allowed"));
}

Test(schema, other_names_may_have_a_schema_of_their_own)
{
    static const char schema[] =
        "{\"properties\":{\"a\":{}},\"additionalProperties\":{\"type\":\"number\"}}";

    cr_assert(valid(schema, "{\"a\":\"x\",\"b\":1}"));
    cr_assert(fails_with(schema, "{\"a\":\"x\",\"b\":\"y\"}", "/b: must be number, found string"));
}

Test(schema, lengths_are_counted_in_code_points)
{
    static const char schema[] = "{\"minLength\":3}";

    cr_assert(valid(schema, "\"abc\""));
    cr_assert(fails_with(schema, "\"ab\"", "(root): must have at least 3 characters, found 2"));
    cr_assert(valid(schema, "\"\\ud83d\\ude00\xf0\x9f\x98\x80\xc3\xa9\""));
    cr_assert(not(valid(schema, "\"\\ud83d\\ude00\xf0\x9f\x98\x80\"")));
    cr_assert(valid(schema, "1"));
    cr_assert(valid(schema, "[]"));
    cr_assert(valid("{\"minLength\":0}", "\"\""));
    cr_assert(valid("{\"minLength\":2.0}", "\"ab\""));
    cr_assert(not(valid("{\"minLength\":2.0}", "\"a\"")));
    cr_assert(not(valid("{\"minLength\":1e400}", "\"a\"")));
}

Test(schema, minimum_is_exact_for_numbers_of_any_size)
{
    cr_assert(valid("{\"minimum\":0}", "0"));
    cr_assert(valid("{\"minimum\":0}", "-0.0"));
    cr_assert(valid("{\"minimum\":0}", "1e-400"));
    cr_assert(
        fails_with("{\"minimum\":0}", "-1e-400", "(root): must be at least 0, found -1e-400"));
    cr_assert(valid("{\"minimum\":1.1}", "1.10"));
    cr_assert(not(valid("{\"minimum\":1.1}", "1.0999999999999999999999")));
    cr_assert(valid("{\"minimum\":0.1}", "0.1"));
    cr_assert(not(valid("{\"minimum\":9007199254740993}", "9007199254740992")));
    cr_assert(
        valid("{\"minimum\":123456789012345678901234567890}", "123456789012345678901234567890"));
    cr_assert(not(
        valid("{\"minimum\":123456789012345678901234567890}", "123456789012345678901234567889")));
    cr_assert(valid("{\"minimum\":1e400}", "1e401"));
    cr_assert(not(valid("{\"minimum\":1e400}", "9e399")));
    cr_assert(valid("{\"minimum\":-5}", "-5"));
    cr_assert(not(valid("{\"minimum\":-5}", "-5.1")));
    cr_assert(valid("{\"minimum\":5}", "\"1\""));
    cr_assert(valid("{\"minimum\":5}", "null"));
}

Test(schema, a_pattern_is_looked_for_in_strings)
{
    static const char schema[] = "{\"pattern\":\"^[a-z]+$\"}";

    cr_assert(valid(schema, "\"abc\""));
    cr_assert(fails_with(schema, "\"secret 1\"", "(root): must match the pattern ^[a-z]+$"));
    cr_assert(valid(schema, "17"));
    cr_assert(valid("{\"pattern\":\"b\"}", "\"abc\""));
    cr_assert(not(valid("{\"pattern\":\"^$\"}", "\"a\"")));
    cr_assert(valid("{\"pattern\":\"^a\\\\u0000b$\"}", "\"a\\u0000b\""));
}

Test(schema, a_string_that_takes_too_long_to_match_is_not_valid)
{
    cr_assert(fails_with("{\"pattern\":\"^(a+)+$\"}",
                         "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"",
                         "fuel exhausted at (root): pattern ^(a+)+$"));
    cr_assert(
        fails_with("{\"properties\":{\"a\":{\"properties\":{\"b\":{\"pattern\":\"(a+)+$\"}}}}}",
                   "{\"a\":{\"b\":\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"}}",
                   "fuel exhausted at /a/b: pattern (a+)+$"));
}

Test(schema, a_string_that_takes_too_much_memory_to_match_is_not_valid)
{
    size_t size = 1000000;
    char *json = lg_alloc(size + 3);

    memset(json, 'a', size + 2);
    json[0] = json[size + 1] = '"';
    json[size + 2] = '\0';
    cr_assert(fails_with("{\"pattern\":\"^(a|b|cd)*$\"}", json,
                         "too much memory needed at (root): pattern ^(a|b|cd)*$"));
    free(json);
}

Test(schema, all_keywords_of_a_schema_hold_together)
{
    static const char schema[] =
        "{\"type\":\"object\",\"required\":[\"id\",\"name\",\"price\"],\"properties\":{"
        "\"id\":{\"type\":\"string\",\"pattern\":\"^[a-z0-9-]+$\"},"
        "\"name\":{\"type\":\"string\",\"minLength\":1},"
        "\"price\":{\"type\":\"number\",\"minimum\":0}},\"additionalProperties\":false}";

    cr_assert(valid(schema, "{\"id\":\"a-1\",\"name\":\"x\",\"price\":0.5}"));
    cr_assert(fails_with(schema, "{\"id\":\"a-1\",\"name\":\"x\",\"price\":-1}",
                         "/price: must be at least 0, found -1"));
    cr_assert(not(valid(schema, "{\"id\":\"A\",\"name\":\"x\",\"price\":1}")));
    cr_assert(not(valid(schema, "{\"id\":\"a\",\"name\":\"\",\"price\":1}")));
    cr_assert(not(valid(schema, "{\"id\":\"a\",\"name\":\"x\",\"price\":\"1\"}")));
    cr_assert(not(valid(schema, "{\"id\":\"a\",\"name\":\"x\",\"price\":1,\"more\":1}")));
    cr_assert(not(valid(schema, "{\"id\":\"a\",\"name\":\"x\"}")));
    cr_assert(not(valid(schema, "[]")));
}

Test(schema, annotations_check_nothing)
{
    allows_only("{\"$schema\":\"http://json-schema.org/draft-07/schema#\",\"$id\":\"x\","
                "\"deprecated\":true,\"readOnly\":true,\"writeOnly\":false,\"x-any\":{\"type\":1},"
                "\"$comment\":\"c\",\"title\":\"t\",\"description\":\"d\",\"default\":{\"type\":1},"
                "\"examples\":[1,{\"enum\":2}]}",
                "11111111");
}

Test(schema, names_in_a_failure_are_pointers_and_harmless)
{
    static const char schema[] = "{\"additionalProperties\":false}";

    cr_assert(fails_with(schema, "{\"a/b~c\":1}", "/a~1b~0c: is not allowed"));
    cr_assert(fails_with(schema, "{\"a\\nb\\u007f\":1}", "/a?b?: is not allowed"));
    cr_assert(fails_with("{\"required\":[\"x/y\"]}", "{}",
                         "(root): must have required property \"x/y\""));
}

Test(schema, a_failure_fits_whatever_the_names_are)
{
    struct lg_buf json;

    for (size_t size = 1; size < 2000; size += 61) {
        lg_buf_init(&json, SIZE_MAX);
        lg_buf_add_cstr(&json, "{\"");
        for (size_t i = 0; i < size; i++)
            lg_buf_add_cstr(&json, "\xe2\x82\xac");
        lg_buf_add(&json, "\":1}", 5);
        cr_assert(not(valid("{\"additionalProperties\":false}", json.data)));
        cr_assert(lt(sz, strlen(failure.text), sizeof(failure.text)));
        cr_assert(lg_str_ends(lg_str_of(failure.text), LG_STR(": is not allowed")));
        cr_assert(lt(sz, strlen(failure.text), 100));
        lg_buf_done(&json);
    }
}

Test(schema, a_failure_far_down_is_cut_between_characters)
{
    struct lg_buf schema, json;

    lg_buf_init(&schema, SIZE_MAX);
    lg_buf_init(&json, SIZE_MAX);
    for (int i = 0; i < 50; i++) {
        lg_buf_add_cstr(&schema, "{\"additionalProperties\":");
        lg_buf_add_cstr(&json, "{\"\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\":");
    }
    lg_buf_add_cstr(&schema, "false");
    lg_buf_add_cstr(&json, "1");
    for (int i = 0; i < 50; i++) {
        lg_buf_add_char(&schema, '}');
        lg_buf_add_char(&json, '}');
    }
    lg_buf_add_char(&schema, '\0');
    lg_buf_add_char(&json, '\0');
    cr_assert(not(valid(schema.data, json.data)));
    cr_assert(gt(sz, strlen(failure.text), 500));
    cr_assert(lg_utf8_valid(lg_str_of(failure.text)));
    lg_buf_done(&schema);
    lg_buf_done(&json);
}

Test(schema, freeing_nothing_is_fine)
{
    lg_schema_free(NULL);
}
