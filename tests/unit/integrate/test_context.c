/* test_context.c -- every context variable, for each kind of API. */
#include "integrate/context.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/mem.h"
#include "integrate/resource.h"

static struct lg_arena arena;

static void start(void)
{
    lg_arena_init(&arena);
}

static void stop(void)
{
    lg_arena_done(&arena);
}

TestSuite(context_variable, .init = start, .fini = stop);

static const struct lg_header fields[] = {
    { { "HOST", 4 }, { "api.example.com:8080", 20 } },
    { { "user-agent", 10 }, { "curl/8.7.1", 10 } },
};

static const struct lg_head head = {
    .method = { "PUT", 3 },
    .version_minor = 0,
    .headers = fields,
    .header_count = 2,
    .peer = "198.51.100.7",
};

static struct lg_context of(enum lg_config_api_kind kind)
{
    return (struct lg_context){
        .kind = kind,
        .head = &head,
        .method = head.method,
        .path = LG_STR("/prod/shops/7"),
        .route_key = LG_STR("PUT /shops/{shop}"),
        .account_id = "123456789012",
        .api_id = "ab12cd34ef",
        .stage = "prod",
        .request_id = "id",
        .extended_request_id = "ext=",
        .wall_ms = 1783711144123,
    };
}

static const char *value(const struct lg_context *context, const char *name)
{
    struct lg_context_variable variable;

    cr_assert(eq(int, lg_context_parse(lg_str_of(name), context->kind, &variable), LG_OK), "%s",
              name);
    struct lg_str text = lg_context_value(context, &variable, &arena);
    return text.data == NULL ? "-" : lg_arena_cstr(&arena, text);
}

static bool exists(enum lg_config_api_kind kind, const char *name)
{
    struct lg_context_variable variable;

    return lg_context_parse(lg_str_of(name), kind, &variable) == LG_OK;
}

struct expectation {
    const char *name, *value;
};

static void all_are(const struct lg_context *context, const struct expectation *expected,
                    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *found = value(context, expected[i].name);
        cr_assert(eq(int, strcmp(found, expected[i].value), 0), "%s is %s, not %s",
                  expected[i].name, found, expected[i].value);
    }
}

Test(context_variable, variables_of_both_kinds)
{
    static const struct expectation expected[] = {
        { "accountId", "123456789012" },
        { "apiId", "ab12cd34ef" },
        { "domainName", "api.example.com" },
        { "domainPrefix", "api" },
        { "extendedRequestId", "ext=" },
        { "httpMethod", "PUT" },
        { "path", "/prod/shops/7" },
        { "requestId", "id" },
        { "requestTime", "10/Jul/2026:19:19:04 +0000" },
        { "requestTimeEpoch", "1783711144123" },
        { "stage", "prod" },
        { "identity.sourceIp", "198.51.100.7" },
        { "identity.userAgent", "curl/8.7.1" },
        { "identity.user", "-" },
        { "error.message", "-" },
        { "status", "-" },
        { "integration.status", "-" },
        { "integrationStatus", "-" },
        { "authorizer.claims.sub", "-" },
    };
    struct lg_context http = of(LG_API_HTTP), rest = of(LG_API_REST);

    all_are(&http, expected, LG_COUNT(expected));
    all_are(&rest, expected, LG_COUNT(expected));
}

Test(context_variable, variables_of_http_apis)
{
    static const struct expectation expected[] = { { "routeKey", "PUT /shops/{shop}" },
                                                   { "protocol", "HTTP/1.0" },
                                                   { "dataProcessed", "-" } };
    struct lg_context http = of(LG_API_HTTP);

    all_are(&http, expected, LG_COUNT(expected));
    cr_assert(not(exists(LG_API_REST, "routeKey")));
}

Test(context_variable, variables_of_rest_apis)
{
    char id[LG_SHORT_ID_SIZE]; /* the one that events hold */
    const struct expectation expected[] = { { "resourcePath", "/shops/{shop}" },
                                            { "resourceId", id },
                                            { "protocol", "HTTP/1.1" },
                                            { "identity.apiKey", "-" } };
    struct lg_context rest = of(LG_API_REST);

    lg_short_id(LG_STR("/shops/{shop}"), id);
    all_are(&rest, expected, LG_COUNT(expected));
    cr_assert(not(exists(LG_API_HTTP, "resourcePath")));
    cr_assert(not(exists(LG_API_HTTP, "identity.apiKey")));
}

Test(context_variable, the_status_of_an_answer)
{
    static const struct expectation expected[] = { { "status", "404" },
                                                   { "integration.status", "404" },
                                                   { "integration.integrationStatus", "200" },
                                                   { "integrationStatus", "200" } };
    struct lg_context http = of(LG_API_HTTP);

    http.status = 404;
    all_are(&http, expected, LG_COUNT(expected));
}

Test(context_variable, what_an_authorizer_found_out)
{
    static const struct lg_header claims[] = { { { "sub", 3 }, { "u1", 2 } },
                                               { { "a.b:c", 5 }, { "x", 1 } } };
    static const struct lg_header properties[] = { { { "principalId", 11 }, { "p1", 2 } } };
    static const struct lg_context_authorizer authorizer = { claims, 2, properties, 1 };
    static const struct expectation expected[] = {
        { "authorizer.claims.sub", "u1" },         { "authorizer.jwt.claims.sub", "u1" },
        { "authorizer.claims['sub']", "u1" },      { "authorizer.jwt.claims['a.b:c']", "x" },
        { "authorizer.claims.a.b:c", "x" },        { "authorizer.principalId", "p1" },
        { "authorizer.lambda.principalId", "p1" }, { "authorizer.sub", "-" },
    };
    struct lg_context http = of(LG_API_HTTP);

    http.authorizer = &authorizer;
    all_are(&http, expected, LG_COUNT(expected));
}

Test(context_variable, names_that_do_not_exist)
{
    static const char *const names[] = { "",
                                         "requestid",
                                         "identity",
                                         "authorizer",
                                         "authorizer.",
                                         "authorizer.claims.",
                                         "authorizer.claims['x",
                                         "authorizer.claims['']" };

    for (size_t i = 0; i < LG_COUNT(names); i++)
        cr_assert(not(exists(LG_API_HTTP, names[i])), "%s", names[i]);
}
