/* test_mapping_rest.c -- parameter mapping in the words of REST APIs. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/mem.h"
#include "mapped.h"

TestSuite(mapping_rest, .init = mapped_start, .fini = mapped_stop);

#define REST .kind = LG_API_REST

static void fault(const char *name, const char *value, const char *part)
{
    mapped_fault_says(LG_API_REST, false, name, value, part);
}

Test(mapping_rest, header_querystring_and_path_are_targets)
{
    mapped(PAIRS({ "integration.request.header.X-Shop", "method.request.path.shop" },
                 { "integration.request.querystring.shop", "method.request.path.shop" },
                 { "integration.request.path.id", "method.request.path.shop" }),
           &(struct mapped_request){ REST, .target = "/shops/a%20b/c?q=1" });
    header_is("x-shop", "a b");
    text_is(mapped_query(), "q=1&shop=a%20b");
    cr_assert(eq(sz, mapped_last()->variable_count, 1));
    cr_assert(lg_str_is(mapped_last()->variables[0].name, "id"));
    cr_assert(lg_str_is(mapped_last()->variables[0].value, "a b"));
}

Test(mapping_rest, what_is_forwarded_anyway_is_overwritten)
{
    mapped(PAIRS({ "integration.request.header.x", "'new'" },
                 { "integration.request.querystring.q", "'new'" }),
           &(struct mapped_request){ REST, .target = "/shops/7/a?q=1&r=2",
                                     FIELDS(FIELD("X", "old"), FIELD("y", "1")) });
    header_is("x", "new");
    header_is("y", "1");
    text_is(mapped_query(), "r=2&q=new");
}

Test(mapping_rest, of_several_values_the_last_is_taken)
{
    mapped(PAIRS({ "integration.request.header.a", "method.request.header.X-Tenant" },
                 { "integration.request.header.b", "method.request.querystring.q" }),
           &(struct mapped_request){ REST, .target = "/shops/7/a?q=1&q=2",
                                     FIELDS(FIELD("X-Tenant", "x"), FIELD("X-Tenant", "y")) });
    header_is("a", "y");
    header_is("b", "2");
}

Test(mapping_rest, multivalue_sources_take_all_values)
{
    mapped(PAIRS({ "integration.request.header.a", "method.request.multivalueheader.X-Tenant" },
                 { "integration.request.querystring.b", "method.request.multivaluequerystring.q" }),
           &(struct mapped_request){ REST, .target = "/shops/7/a?q=1&q=2",
                                     FIELDS(FIELD("X-Tenant", "x"), FIELD("X-Tenant", "y")) });
    header_is("a", "x|y");
    text_is(mapped_query(), "q=1&q=2&b=1&b=2");
}

Test(mapping_rest, names_of_headers_differ_by_case_but_for_those_that_the_gateway_spells)
{
    mapped(
        PAIRS({ "integration.request.header.a", "method.request.header.X-Tenant" },
              { "integration.request.header.b", "method.request.header.Host" }),
        &(struct mapped_request){ REST, FIELDS(FIELD("x-tenant", "x"), FIELD("host", "h.test")) });
    header_is("a", NULL);
    header_is("b", "h.test");
}

Test(mapping_rest, a_semicolon_parts_parameters)
{
    mapped(PAIRS({ "integration.request.header.a", "method.request.querystring.q" },
                 { "integration.request.querystring.z", "'1'" }),
           &(struct mapped_request){ REST, .target = "/shops/7/a?p=0;q=1;z=2" });
    header_is("a", "1");
    text_is(mapped_query(), "p=0&q=1&z=1");
}

Test(mapping_rest, body_context_stage_variables_and_static_text_are_sources)
{
    mapped(PAIRS({ "integration.request.header.a", "method.request.body" },
                 { "integration.request.header.b", "method.request.body.x.y[0]" },
                 { "integration.request.header.c", "context.resourcePath" },
                 { "integration.request.header.d", "stageVariables.backend" },
                 { "integration.request.header.e", "'a text'" },
                 { "integration.request.header.f", "context.authorizer.claims.sub" }),
           &(struct mapped_request){ REST, .body = "{\"x\":{\"y\":[true]}}" });
    header_is("a", "{\"x\":{\"y\":[true]}}");
    header_is("b", "true");
    header_is("c", "/shops/{shop}/{rest+}");
    header_is("d", "blue");
    header_is("e", "a text");
    header_is("f", "user-17");
}

Test(mapping_rest, a_missing_source_omits_the_target)
{
    mapped(PAIRS({ "integration.request.header.a", "method.request.header.X-Tenant" },
                 { "integration.request.header.b", "method.request.multivaluequerystring.q" },
                 { "integration.request.path.c", "method.request.querystring.q" }),
           &(struct mapped_request){ REST, FIELDS(FIELD("a", "of the client")) });
    cr_assert(eq(sz, mapped_last()->header_count, 0));
    cr_assert(eq(sz, mapped_last()->variable_count, 0));
}

Test(mapping_rest, parameters_that_the_method_does_not_declare_are_refused)
{
    fault("integration.request.header.a", "method.request.header.x-tenant",
          "found header.x-tenant, expected it under \"parameters\"");
    fault("integration.request.header.a", "method.request.querystring.r",
          "found querystring.r, expected it under \"parameters\"");
    fault("integration.request.header.a", "method.request.path.nope", "found the path variable");
    fault("integration.request.header.a", "method.request.header.a:b", "expected letters, digits");
}

Test(mapping_rest, values_and_keys_of_http_apis_are_refused)
{
    fault("integration.request.header.a", "$request.header.x",
          "expected method.request.header.NAME");
    fault("integration.request.header.a", "static", "or a text in '...'");
    fault("integration.request.header.a", "integration.response.header.x",
          "expected method.request.header.NAME");
    fault("append:header.a", "'x'", "expected integration.request.header.NAME");
    fault("integration.request.body.a", "'x'", "expected integration.request.header.NAME");
}

Test(mapping_rest, headers_that_fail_on_the_service_are_refused)
{
    static const char *const names[] = { "content-length",  "Transfer-Encoding",
                                         "x-amzn-trace-id", "X-Amzn-Apigateway-Api-Id",
                                         "connection",      "te" };

    for (size_t i = 0; i < LG_COUNT(names); i++) {
        char key[80];

        (void)snprintf(key, sizeof(key), "integration.request.header.%s", names[i]);
        (void)mapped_fault(LG_API_REST, false, key, "'x'");
    }
}

Test(mapping_rest, authorization_may_be_mapped)
{
    mapped(PAIRS({ "integration.request.header.Authorization", "'x'" }),
           &(struct mapped_request){ REST, .body = "" });
    header_is("authorization", "x");
}

Test(mapping_rest, an_answers_headers_come_from_the_integration_context_and_text)
{
    mapped_answer(
        PAIRS({ "method.response.header.A", "integration.response.header.X-Back" },
              { "method.response.header.B", "integration.response.multivalueheader.X-Back" },
              { "method.response.header.C", "integration.response.body.id" },
              { "method.response.header.D", "context.requestId" },
              { "method.response.header.E", "stageVariables.backend" },
              { "method.response.header.Access-Control-Allow-Origin", "'*'" }),
        &(struct mapped_request){ REST, .body = "{\"id\":7}",
                                  FIELDS(FIELD("X-Back", "1"), FIELD("X-Back", "2")) });
    header_is("a", "2");
    header_is("b", "1|2");
    header_is("c", "7");
    header_is("d", "Kx7mZpQ2vHcEXYa=");
    header_is("e", "blue");
    header_is("access-control-allow-origin", "*");
    header_is("x-back", "1|2");
    cr_assert(eq(int, mapped_status(), 200));
    mapped_fault_says(LG_API_REST, true, "method.response.header.A", "method.request.header.Host",
                      "expected integration.response.header.NAME");
    mapped_fault_says(LG_API_REST, true, "overwrite:statuscode", "'200'",
                      "expected method.response.header.NAME");
}
