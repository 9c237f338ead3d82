/* All that is wrong with a value, with its places, and within limits. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>

#include <stdlib.h>

#include "held.h"

static struct lg_arena arena;
static struct lg_schema_findings findings;

static void explain(const char *schema_text, const char *json, size_t room, size_t bytes)
{
    const struct lg_where where = { "t.yaml", 1, "body" };
    struct lg_faults *faults = lg_faults_new();
    struct lg_schema *schema = lg_schema_compile("s.json", lg_str_of(schema_text), &where, faults);
    struct lg_json *value;

    cr_assert(schema != NULL, "%s", lg_faults_line(faults, 0));
    cr_assert(eq(int, lg_json_read(&arena, lg_str_of(json), &lg_json_default_limits, &value, NULL),
                 LG_OK));
    findings = (struct lg_schema_findings){ .arena = &arena, .room = room, .bytes_most = bytes };
    lg_schema_explain(schema, value, lg_fuel_for(strlen(json)), &findings);
    lg_schema_free(schema);
    lg_faults_free(faults);
}

static void start(void)
{
    lg_arena_init(&arena);
}

static void finish(void)
{
    lg_arena_done(&arena);
}

static void is(size_t index, const char *instance, const char *schema, const char *keyword,
               const char *message)
{
    cr_assert(lt(sz, index, findings.count));
    const struct lg_schema_finding *one = &findings.items[index];
    cr_assert(lg_str_is(one->instance_path, instance), "%.*s", LG_STR_ARG(one->instance_path));
    cr_assert(lg_str_is(one->schema_path, schema), "%.*s", LG_STR_ARG(one->schema_path));
    cr_assert_str_eq(one->keyword, keyword);
    cr_assert(lg_str_is(one->message, message), "%.*s", LG_STR_ARG(one->message));
}

TestSuite(findings, .init = start, .fini = finish);

Test(findings, every_failure_with_its_places)
{
    explain("{\"required\":[\"id\",\"x\"],\"properties\":{\"price\":{\"minimum\":0,"
            "\"multipleOf\":0.01},\"tags\":{\"items\":{\"type\":\"string\",\"maxLength\":2}}},"
            "\"additionalProperties\":false,\"minProperties\":9}",
            "{\"price\":-0.001,\"tags\":[\"ok\",1,\"abc\"],\"a/b\":1}", 20, 4096);
    cr_assert(eq(sz, findings.count, 8));
    cr_assert(not(findings.more));
    is(0, "", "/minProperties", "minProperties", "must have at least 9 properties, found 3");
    is(1, "/price", "/properties/price/minimum", "minimum", "must be at least 0, found -0.001");
    is(2, "/price", "/properties/price/multipleOf", "multipleOf",
       "must be a multiple of 0.01, found -0.001");
    is(3, "/tags/1", "/properties/tags/items/type", "type", "must be string, found number");
    is(4, "/tags/2", "/properties/tags/items/maxLength", "maxLength",
       "must have at most 2 characters, found 3");
    is(5, "/a~1b", "/additionalProperties", "additionalProperties", "is not allowed");
    is(6, "", "/required", "required", "must have required property \"id\"");
    is(7, "", "/required", "required", "must have required property \"x\"");
    cr_assert(strstr(lg_schema_findings_line(&findings, &arena),
                     "(root): must have at least 9 properties, found 3 (/minProperties); /price: "
                     "must be at least 0, found -0.001 (/properties/price/minimum); ") != NULL);
}

Test(findings, a_choice_tells_the_reasons_of_its_branches_if_none_holds)
{
    static const char schema[] = "{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":5}]}";

    explain(schema, "3", 20, 4096);
    cr_assert(eq(sz, findings.count, 3));
    is(0, "", "/anyOf/0/type", "type", "must be string, found number");
    is(1, "", "/anyOf/1/minimum", "minimum", "must be at least 5, found 3");
    is(2, "", "/anyOf", "anyOf", "must fit at least one of 2 schemas, found none");
    explain("{\"allOf\":[{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":1}]},{\"maximum\":2}]}",
            "3", 20, 4096);
    cr_assert(eq(sz, findings.count, 1));
    explain("{\"oneOf\":[true,true]}", "3", 20, 4096);
    cr_assert(eq(sz, findings.count, 1));
    is(0, "", "/oneOf", "oneOf", "must fit exactly one of 2 schemas, found more");
    explain("{\"not\":{\"not\":{\"type\":\"string\"}}}", "3", 20, 4096);
    cr_assert(eq(sz, findings.count, 1));
    is(0, "", "/not", "not", "must not fit the schema");
    explain("{\"if\":{\"type\":\"number\"},\"then\":{\"minimum\":9}}", "3", 20, 4096);
    cr_assert(eq(sz, findings.count, 1));
    is(0, "", "/then/minimum", "minimum", "must be at least 9, found 3");
}

Test(findings, references_lead_to_where_the_keyword_stands)
{
    explain(
        "{\"properties\":{\"a\":{\"$ref\":\"#/$defs/n\"}},\"$defs\":{\"n\":{\"type\":\"null\"}}}",
        "{\"a\":1}", 20, 4096);
    cr_assert(eq(sz, findings.count, 1));
    is(0, "/a", "/$defs/n/type", "type", "must be null, found number");
    explain("{\"$ref\":\"http://json-schema.org/draft-07/schema#\"}", "{\"minLength\":-1}", 20,
            4096);
    cr_assert(eq(sz, findings.count, 1));
    is(0, "/minLength",
       "http://json-schema.org/draft-07/schema#/definitions/nonNegativeInteger/minimum", "minimum",
       "must be at least 0, found -1");
}

Test(findings, they_are_bounded_in_count_and_bytes)
{
    struct lg_buf json;

    lg_buf_init(&json, SIZE_MAX);
    lg_buf_add_cstr(&json, "[0");
    for (int i = 0; i < 1000; i++)
        lg_buf_add_cstr(&json, ",1");
    lg_buf_add(&json, "]", 2);
    explain("{\"items\":{\"type\":\"string\"}}", json.data, 20, 4096);
    cr_assert(eq(sz, findings.count, 20));
    cr_assert(findings.more);
    cr_assert(
        lg_str_ends(lg_str_of(lg_schema_findings_line(&findings, &arena)), LG_STR("; and more")));
    explain("{\"items\":{\"type\":\"string\"}}", json.data, 20, 100);
    cr_assert(eq(sz, findings.count, 2));
    cr_assert(findings.more);
    explain("{\"items\":{\"type\":\"string\"}}", json.data, 20, 1);
    cr_assert(eq(sz, findings.count, 1), "there is always one");
    explain("{\"items\":{\"anyOf\":[{\"type\":\"string\"},{\"minimum\":2}]}}", json.data, 5, 4096);
    cr_assert(eq(sz, findings.count, 5));
    cr_assert(findings.more);
    lg_buf_done(&json);
}

Test(findings, none_tells_what_a_string_holds)
{
    explain("{\"properties\":{\"p\":{\"maxLength\":1,\"pattern\":\"^x\",\"enum\":[\"a\"],"
            "\"const\":\"b\",\"not\":{},\"format\":\"date\"}}}",
            "{\"p\":\"secret\"}", 20, 4096);
    cr_assert(eq(sz, findings.count, 5));
    cr_assert(strstr(lg_schema_findings_line(&findings, &arena), "secret") == NULL);
}

Test(findings, a_line_stays_one_line)
{
    explain("{\"additionalProperties\":false}", "{\"a\\nb\\u007f\":1}", 20, 4096);
    const char *line = lg_schema_findings_line(&findings, &arena);
    cr_assert_str_eq(line, "/a?b?: is not allowed (/additionalProperties)");
    is(0, "/a\nb\x7f", "/additionalProperties", "additionalProperties", "is not allowed");
}

Test(findings, one_about_the_whole)
{
    findings = (struct lg_schema_findings){ .arena = &arena, .room = 1, .bytes_most = 1 };
    lg_schema_findings_set(&findings, "not JSON");
    is(0, "", "", "", "not JSON");
    cr_assert_str_eq(lg_schema_findings_line(&findings, &arena), "not JSON");
}

Test(findings, the_search_ends_with_its_fuel)
{
    struct lg_buf schema;

    /* Every level tries its branches twice: once whether, once why. */
    lg_buf_init(&schema, SIZE_MAX);
    for (int i = 0; i < 60; i++)
        lg_buf_add_cstr(&schema, "{\"anyOf\":[{\"type\":\"null\"},");
    lg_buf_add_cstr(&schema, "false");
    for (int i = 0; i < 60; i++)
        lg_buf_add_cstr(&schema, "]}");
    lg_buf_add(&schema, "", 1);
    explain(schema.data, "1", 20, 4096);
    cr_assert(gt(sz, findings.count, 0));
    cr_assert(findings.more);
    lg_buf_done(&schema);
}
