/* test_mapping_faults.c -- mappings that are refused when the configuration is read. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/mem.h"
#include "mapped.h"

TestSuite(mapping_faults, .init = mapped_start, .fini = mapped_stop);

static void request_fault(const char *name, const char *value, const char *part)
{
    mapped_fault_says(LG_API_HTTP, false, name, value, part);
}

static void answer_fault(const char *name, const char *value, const char *part)
{
    mapped_fault_says(LG_API_HTTP, true, name, value, part);
}

Test(mapping_faults, reserved_headers_are_refused_both_ways)
{
    static const char *const names[] = {
        "access-control-allow-origin",
        "Access-Control-X",
        "apigw-requestid",
        "Authorization",
        "Connection",
        "Content-Encoding",
        "Content-Length",
        "Content-Location",
        "Forwarded",
        "Keep-Alive",
        "Origin",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "TE",
        "Trailers",
        "Transfer-Encoding",
        "Upgrade",
        "x-amz-date",
        "x-amzn-requestid",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "Via",
    };
    static const char *const actions[] = { "append", "overwrite", "remove" };

    for (size_t i = 0; i < LG_COUNT(names); i++) {
        for (size_t a = 0; a < LG_COUNT(actions); a++) {
            char key[100];

            (void)snprintf(key, sizeof(key), "%s:header.%s", actions[a], names[i]);
            request_fault(key, a == 2 ? "''" : "x", "that API Gateway reserves");
            answer_fault(key, a == 2 ? "''" : "x", "that API Gateway reserves");
        }
    }
}

Test(mapping_faults, headers_that_the_daemon_sets_itself_are_refused)
{
    request_fault("overwrite:header.X-Forwarded-Port", "1", "that the daemon sets itself");
    request_fault("overwrite:header.trailer", "x", "that the daemon sets itself");
    answer_fault("overwrite:header.Date", "x", "that the daemon sets itself");
}

Test(mapping_faults, headers_that_come_once_cannot_be_appended)
{
    request_fault("append:header.host", "x", "expected \"overwrite\"");
    request_fault("append:header.Content-Type", "x", "expected \"overwrite\"");
    answer_fault("append:header.content-type", "x", "expected \"overwrite\"");
}

Test(mapping_faults, an_unknown_key_is_refused)
{
    request_fault("add:header.x", "1", "found an unknown mapping, expected append:header.NAME");
    request_fault("append:path", "/x", "found an unknown mapping");
    request_fault("remove:path", "''", "found an unknown mapping");
    request_fault("overwrite:body", "x", "found an unknown mapping");
    request_fault("overwrite:statuscode", "200", "found an unknown mapping");
    request_fault("integration.request.header.x", "'1'", "found an unknown mapping");
    request_fault("append:header.", "1", "expected a header's name");
    request_fault("append:header.a b", "1", "expected a header's name");
    request_fault("append:querystring.", "1", "found no name");
}

Test(mapping_faults, an_unknown_key_of_an_answer_is_refused)
{
    answer_fault("append:querystring.x", "1", "expected append:header.NAME");
    answer_fault("overwrite:path", "/x", "or overwrite:statuscode");
    answer_fault("append:statuscode", "200", "found an unknown mapping");
}

Test(mapping_faults, an_unknown_value_is_refused)
{
    request_fault("append:header.x", "$requst.header.y",
                  "found \"requst.header.y\", expected request");
    request_fault("append:header.x", "$request.headers.y", "found \"request.headers.y\"");
    request_fault("append:header.x", "a ${nothing} b", "found \"nothing\"");
    request_fault("append:header.x", "${request.path", "expected a \"}\"");
    request_fault("append:header.x", "$request.header.", "expected a header's name");
    request_fault("append:header.x", "$request.querystring.", "without a name");
    request_fault("append:header.x", "$response.header.y", "found \"response.header.y\"");
    request_fault("append:header.x", "", "found nothing");
    request_fault("append:header.x", "  ", "found nothing");
}

Test(mapping_faults, an_unknown_value_of_an_answer_is_refused)
{
    answer_fault("append:header.x", "$request.header.y",
                 "found \"request.header.y\", expected response.header.NAME");
    answer_fault("append:header.x", "$response.querystring.y", "found \"response.querystring.y\"");
    answer_fault("append:header.x", "$response.path", "found \"response.path\"");
}

Test(mapping_faults, a_variable_that_the_route_does_not_have_is_refused)
{
    request_fault("append:header.x", "$request.path.nope",
                  "found the path variable \"nope\", expected one of the route \"GET "
                  "/shops/{shop}/{rest+}\"");
    request_fault("overwrite:path", "/a/$request.path.shop/b",
                  "found the path variable \"shop/b\"");
}

Test(mapping_faults, a_context_variable_that_does_not_exist_is_refused)
{
    request_fault("append:header.x", "$context.requestid",
                  "found the context variable \"requestid\"");
    request_fault("append:header.x", "$context.resourcePath", "found the context variable");
    request_fault("append:header.x", "$context.authorizer", "found the context variable");
    request_fault("append:header.x", "$context.authorizer.claims.", "found the context variable");
}

Test(mapping_faults, a_stage_variable_that_is_not_configured_is_refused)
{
    request_fault("append:header.x", "$stageVariables.nope",
                  "found the stage variable \"nope\", expected one of \"stage_variables\"");
}

Test(mapping_faults, json_paths_with_descent_or_filters_are_refused)
{
    request_fault("append:header.x", "$request.body..name", "recursive descent is not supported");
    request_fault("append:header.x", "${request.body.pets[?(@.a>1)]}", "filters are not supported");
    request_fault("append:header.x", "$request.body.pets[-1]", "expected an index such as [0]");
    request_fault("append:header.x", "$request.body.pets[0", "expected a \"]\"");
    request_fault("append:header.x", "$request.body.", "expected a name such as items");
    request_fault("append:header.x", "$request.body.pets[0]name", "expected \".\" or \"[\"");
    answer_fault("append:header.x", "$response.body..name", "recursive descent is not supported");
}

Test(mapping_faults, a_value_for_what_is_removed_is_refused)
{
    request_fault("remove:header.x", "1", "found a value, expected ''");
    answer_fault("remove:header.x", "$response.header.x", "found a value, expected ''");
}

Test(mapping_faults, a_path_that_is_none_is_refused)
{
    request_fault("overwrite:path", "internal/x", "does not start with \"/\"");
    request_fault("overwrite:path", "/a?b=c", "expected a path without a query");
    request_fault("overwrite:path", "/a%2", "expected two hex digits");
}

Test(mapping_faults, a_status_that_is_none_is_refused)
{
    answer_fault("overwrite:statuscode", "199", "expected one from 200 to 599");
    answer_fault("overwrite:statuscode", "600", "expected one from 200 to 599");
    answer_fault("overwrite:statuscode", "ok", "expected one from 200 to 599");
}

Test(mapping_faults, control_characters_in_a_header_are_refused)
{
    request_fault("append:header.x", "a\nb", "found a control character");
}

Test(mapping_faults, a_value_has_at_most_2048_bytes)
{
    static char value[LG_MAPPING_VALUE_MAX + 2];

    memset(value, 'x', LG_MAPPING_VALUE_MAX);
    mapped((const struct pair[]){ { "append:header.x", value }, { NULL, NULL } },
           &(struct mapped_request){ .body = "" });
    value[LG_MAPPING_VALUE_MAX] = 'x';
    request_fault("append:header.x", value, "found 2049 bytes, expected at most 2048");
}

Test(mapping_faults, a_value_has_at_most_64_parts)
{
    char value[LG_MAPPING_VALUE_MAX] = "";

    for (int i = 0; i < 32; i++)
        strcat(value, "${request.path.shop}-");
    mapped((const struct pair[]){ { "append:header.x", value }, { NULL, NULL } },
           &(struct mapped_request){ .body = "" });
    strcat(value, "${request.path.shop}");
    request_fault("append:header.x", value, "found more than 64 parts, expected at most 64");
}

Test(mapping_faults, the_same_mapping_twice_is_refused)
{
    static const struct lg_config_pair items[] = {
        { "append:header.X", "1", { .file = "a.yaml", .line = 1, .path = "p" } },
        { "append:header.x", "2", { .file = "a.yaml", .line = 2, .path = "p" } },
        { "append:querystring.X", "1", { .file = "a.yaml", .line = 3, .path = "p" } },
        { "append:querystring.x", "2", { .file = "a.yaml", .line = 4, .path = "p" } },
    };
    const struct lg_config_pairs pairs = { items, LG_COUNT(items) };
    struct lg_faults *faults = lg_faults_new();
    struct lg_pattern pattern = { .key = LG_STR("GET /") };
    struct lg_mapping_scope scope = { .kind = LG_API_HTTP, .pattern = &pattern };

    cr_assert(eq(ptr, lg_mapping_compile(&pairs, &scope, faults), NULL));
    cr_assert(eq(sz, lg_faults_count(faults), 1));
    text_is(lg_faults_line(faults, 0),
            "a.yaml:2: p: found the same mapping twice, expected it once");
    lg_faults_free(faults);
}

Test(mapping_faults, a_route_has_at_most_100_mappings)
{
    static struct lg_config_pair items[LG_MAPPINGS_MAX + 1];
    static char names[LG_MAPPINGS_MAX + 1][32];
    struct lg_config_pairs pairs = { items, LG_MAPPINGS_MAX };
    struct lg_faults *faults = lg_faults_new();
    struct lg_pattern pattern = { .key = LG_STR("GET /") };
    struct lg_mapping_scope scope = { .kind = LG_API_HTTP, .pattern = &pattern };

    for (size_t i = 0; i < LG_COUNT(items); i++) {
        (void)snprintf(names[i], sizeof(names[i]), "append:header.x%zu", i);
        items[i] = (struct lg_config_pair){ names[i], "1", { .file = "a.yaml", .path = "p" } };
    }
    struct lg_mapping *mapping = lg_mapping_compile(&pairs, &scope, faults);
    cr_assert(ne(ptr, mapping, NULL));
    lg_mapping_free(mapping);
    pairs.count++;
    cr_assert(eq(ptr, lg_mapping_compile(&pairs, &scope, faults), NULL));
    text_is(lg_faults_line(faults, 0), "a.yaml: p: found 101 mappings, expected at most 100");
    lg_faults_free(faults);
}

Test(mapping_faults, no_mappings_are_no_mapping)
{
    const struct lg_config_pairs none = { NULL, 0 };
    const struct lg_config_named_pairs no_status = { NULL, 0 };
    struct lg_pattern pattern = { .key = LG_STR("GET /") };
    struct lg_mapping_scope scope = { .kind = LG_API_HTTP, .pattern = &pattern };

    struct lg_faults *faults = lg_faults_new();

    cr_assert(eq(ptr, lg_mapping_compile(&none, &scope, faults), NULL));
    cr_assert(eq(ptr, lg_answer_mapping_compile(&no_status, &scope, faults), NULL));
    lg_faults_free(faults);
    lg_mapping_free(NULL);
    lg_answer_mapping_free(NULL);
}

Test(mapping_faults, a_status_that_no_answer_has_is_refused)
{
    static const char *const names[] = { "199", "600", "2xx", "default", "0200x" };

    for (size_t i = 0; i < LG_COUNT(names); i++) {
        struct lg_config_named_pair named = { names[i], { NULL, 0 }, { .file = "a.yaml" } };
        struct lg_config_named_pairs statuses = { &named, 1 };
        struct lg_faults *faults = lg_faults_new();
        struct lg_pattern pattern = { .key = LG_STR("GET /") };
        struct lg_mapping_scope scope = { .kind = LG_API_HTTP,
                                          .answer = true,
                                          .pattern = &pattern };

        cr_assert(eq(ptr, lg_answer_mapping_compile(&statuses, &scope, faults), NULL), "%s",
                  names[i]);
        cr_assert(eq(sz, lg_faults_count(faults), 1));
        lg_faults_free(faults);
    }
}
