/* test_payload_v1_rest.c -- events of format 1.0 as REST APIs send them, row by row. */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "event.h"

#define REST .kind = LG_API_REST, .payload = LG_PAYLOAD_V1
#define EVENT(...) event_of(&(const struct request){ REST, __VA_ARGS__ })
#define WITH(...) EVENT(HEADERS(__VA_ARGS__))
#define PLAIN EVENT(.target = "/")

static const struct lg_config_pair variable[] = { { .name = "backend", .value = "blue" } };
static const char *const images[] = { "image/*", "application/octet-stream" };
static const char *const everything[] = { "*/*" };

#define BINARY(list) .binary_types = { list, sizeof(list) / sizeof((list)[0]) }

/* --- the table of members --------------------------------------------------------------------- */

Test(rest_members, all_twelve_are_always_there_and_version_is_not)
{
    static const char twelve[] =
        "resource path httpMethod headers multiValueHeaders queryStringParameters "
        "multiValueQueryStringParameters pathParameters stageVariables requestContext body "
        "isBase64Encoded";

    event_has_names(PLAIN, "", twelve);
    event_has_names(EVENT(.method = "PUT", .target = "/prod/shops/x?a=1", .stage = "prod",
                          .key = "PUT /shops/{shop}", .variables = { variable, 1 },
                          .body = LG_STR("{}")),
                    "", twelve);
}

Test(rest_members, nothing_is_null_and_never_an_empty_object)
{
    struct event *event = EVENT(.target = "/a", .key = "GET /a");

    event_has(event, "queryStringParameters", "null");
    event_has(event, "multiValueQueryStringParameters", "null");
    event_has(event, "pathParameters", "null");
    event_has(event, "stageVariables", "null");
    event_has(event, "body", "null");
}

Test(rest_members, resource_is_the_template_path_with_its_braces)
{
    event_has(EVENT(.target = "/shops/7", .key = "GET /shops/{shop}"), "resource", "/shops/{shop}");
    event_has(EVENT(.target = "/a/b", .key = "ANY /{proxy+}"), "resource", "/{proxy+}");
    event_has(EVENT(.target = "/", .key = "GET /"), "resource", "/");
}

Test(rest_members, path_has_no_stage)
{
    event_has(EVENT(.target = "/prod/x", .stage = "prod", .key = "GET /x"), "path", "/x");
    event_has(EVENT(.target = "/prod", .stage = "prod", .key = "GET /"), "path", "/");
}

Test(rest_members, path_is_still_percent_encoded)
{
    event_has(EVENT(.target = "/prod/caf%C3%A9/a%20b%2Fc%3F", .stage = "prod"), "path",
              "/caf%C3%A9/a%20b%2Fc%3F");
}

Test(rest_members, path_keeps_a_slash_at_its_end)
{
    event_has(EVENT(.target = "/prod/x/", .stage = "prod"), "path", "/x/");
}

Test(rest_members, path_begins_with_one_slash_and_keeps_those_within)
{
    event_has(EVENT(.target = "/prod///a//b", .stage = "prod"), "path", "/a//b");
    event_has(EVENT(.target = "/prod//", .stage = "prod"), "path", "/");
}

Test(rest_members, path_includes_the_base_path_of_a_custom_domain)
{
    event_has(EVENT(.target = "/shop/x", .stage = "prod", .stage_not_in_path = true,
                    .key = "GET /shop/x"),
              "path", "/shop/x");
}

Test(rest_members, http_method_is_the_verb_and_never_any)
{
    struct event *event = EVENT(.method = "PATCH", .target = "/a", .key = "ANY /a");

    event_has(event, "httpMethod", "PATCH");
    event_has(event, "requestContext.httpMethod", "PATCH");
}

Test(rest_members, headers_hold_the_last_of_several_values)
{
    event_has(WITH(HEADER("x-tag", "one"), HEADER("a", "1"), HEADER("x-tag", "two")),
              "headers.x-tag", "two");
}

Test(rest_members, multi_value_headers_hold_every_value_in_order)
{
    struct event *event =
        WITH(HEADER("x-tag", "two"), HEADER("a", "1"), HEADER("x-tag", "one"), HEADER("x-tag", ""));

    event_has(event, "multiValueHeaders.x-tag", "[\"two\",\"one\",\"\"]");
    event_has(event, "multiValueHeaders.a", "[\"1\"]");
    event_has(event, "headers.x-tag", "");
}

Test(rest_members, query_parameters_hold_the_last_value_decoded)
{
    struct event *event = EVENT(.target = "/?color=red&color=blue&q=a%20b+c%26d");

    event_has(event, "queryStringParameters.color", "blue");
    event_has(event, "queryStringParameters.q", "a b c&d");
    event_has_names(event, "queryStringParameters", "color q");
}

Test(rest_members, query_parameters_without_a_value_are_empty)
{
    struct event *event = EVENT(.target = "/?k&l=");

    event_has(event, "queryStringParameters.k", "");
    event_has(event, "queryStringParameters.l", "");
}

Test(rest_members, query_parameters_are_null_without_a_query)
{
    event_has(EVENT(.target = "/?"), "queryStringParameters", "null");
    event_has(EVENT(.target = "/?&&"), "multiValueQueryStringParameters", "null");
}

Test(rest_members, multi_value_query_parameters_hold_all_values_decoded)
{
    struct event *event = EVENT(.target = "/?color=red&a=&color=bl%75e&%63olor=a+b");

    event_has(event, "multiValueQueryStringParameters.color", "[\"red\",\"blue\",\"a b\"]");
    event_has(event, "multiValueQueryStringParameters.a", "[\"\"]");
}

Test(rest_members, a_semicolon_splits_query_parameters)
{
    struct event *event = EVENT(.target = "/?a=1;b=2&c=3;;a=4");

    event_has_names(event, "queryStringParameters", "a b c");
    event_has(event, "multiValueQueryStringParameters.a", "[\"1\",\"4\"]");
    event_has(EVENT(.target = "/?a=1%3Bb"), "queryStringParameters.a", "1;b");
    event_has(EVENT(.target = "/?;"), "queryStringParameters", "null");
}

Test(rest_members, query_names_are_case_sensitive)
{
    event_has_names(EVENT(.target = "/?b=1&B=2"), "queryStringParameters", "B b");
}

Test(rest_members, path_parameters_are_not_decoded)
{
    struct event *event =
        EVENT(.target = "/shops/caf%C3%A9/list%20a/", .key = "GET /shops/{shop}/{rest+}");

    event_has(event, "pathParameters.shop", "caf%C3%A9");
    event_has(event, "pathParameters.rest", "list%20a");
}

Test(rest_members, a_greedy_path_parameter_keeps_only_the_slashes_within)
{
    event_has(EVENT(.target = "/x/a//b/", .key = "GET /x/{rest+}"), "pathParameters.rest", "a//b");
    event_has(EVENT(.target = "/x//a", .key = "GET /x/{rest+}"), "pathParameters.rest", "a");
}

Test(rest_members, stage_variables_are_an_object_when_there_are_any)
{
    event_has(EVENT(.variables = { variable, 1 }), "stageVariables.backend", "blue");
}

Test(rest_members, body_is_a_string)
{
    struct event *event =
        EVENT(.body = LG_STR("{\"a\":1}\n"), HEADERS(HEADER("Content-Type", "application/json")));

    event_has(event, "body", "{\"a\":1}\n");
    event_has(event, "isBase64Encoded", "false");
}

Test(rest_members, is_base64_encoded_is_always_there)
{
    event_has(PLAIN, "isBase64Encoded", "false");
}

/* --- header names ----------------------------------------------------------------------------- */

Test(rest_headers, names_are_spelt_as_the_client_did)
{
    struct event *event = WITH(HEADER("x-TAG", "1"), HEADER("accept", "*/*"));

    event_has(event, "headers.x-TAG", "1");
    event_has(event, "multiValueHeaders.accept", "[\"*/*\"]");
}

Test(rest_headers, seven_names_have_one_spelling_whatever_the_client_sent)
{
    struct event *event = WITH(HEADER("HOST", "a.example"), HEADER("user-agent", "curl"),
                               HEADER("authorization", "Bearer x"), HEADER("x-amzn-trace-id", "y"),
                               HEADER("x-forwarded-for", "203.0.113.9"),
                               HEADER("x-forwarded-port", "1"), HEADER("x-forwarded-proto", "x"));

    event_has_names(event, "headers",
                    "Authorization Host User-Agent X-Amzn-Trace-Id X-Forwarded-For "
                    "X-Forwarded-Port X-Forwarded-Proto");
}

Test(rest_headers, both_maps_have_the_same_names)
{
    struct event *event =
        WITH(HEADER("b", "1"), HEADER("A", "2"), HEADER("c", "3"), HEADER("B", "4"));
    static const char names[] = "A b c X-Amzn-Trace-Id X-Forwarded-For X-Forwarded-Port "
                                "X-Forwarded-Proto";

    event_has_names(event, "headers", names);
    event_has_names(event, "multiValueHeaders", names);
}

Test(rest_headers, spellings_of_one_name_are_one_header_spelt_as_the_first)
{
    struct event *event = WITH(HEADER("X-Tag", "1"), HEADER("x-tag", "2"));

    event_has(event, "headers.X-Tag", "2");
    event_has(event, "headers.x-tag", NULL);
    event_has(event, "multiValueHeaders.X-Tag", "[\"1\",\"2\"]");
}

Test(rest_headers, twelve_names_are_dropped_from_every_request)
{
    struct event *event =
        WITH(HEADER("Connection", "close"), HEADER("Content-Length", "0"),
             HEADER("Content-MD5", "x"), HEADER("Expect", "100-continue"),
             HEADER("Max-Forwards", "1"), HEADER("Proxy-Authenticate", "x"), HEADER("Server", "x"),
             HEADER("TE", "trailers"), HEADER("transfer-encoding", "chunked"),
             HEADER("Trailer", "x"), HEADER("Upgrade", "h2c"), HEADER("WWW-Authenticate", "x"));

    event_has_names(event, "headers",
                    "X-Amzn-Trace-Id X-Forwarded-For X-Forwarded-Port X-Forwarded-Proto");
}

Test(rest_headers, what_the_table_lets_pass_to_a_function_passes)
{
    event_has_names(
        WITH(HEADER("Accept", "1"), HEADER("Accept-Charset", "1"), HEADER("Accept-Encoding", "1"),
             HEADER("Age", "1"), HEADER("Content-Encoding", "1"), HEADER("Content-Type", "1"),
             HEADER("Cookie", "1"), HEADER("Date", "1"), HEADER("Pragma", "1"),
             HEADER("Range", "1"), HEADER("Referer", "1"), HEADER("Via", "1"), HEADER("Warn", "1")),
        "headers",
        "Accept Accept-Charset Accept-Encoding Age Content-Encoding Content-Type Cookie Date "
        "Pragma Range Referer Via Warn X-Amzn-Trace-Id X-Forwarded-For X-Forwarded-Port "
        "X-Forwarded-Proto");
}

Test(rest_headers, authorization_is_dropped_when_it_holds_a_signature)
{
    event_has(WITH(HEADER("Authorization", "AWS4-HMAC-SHA256 Credential=x")),
              "headers.Authorization", NULL);
    event_has(WITH(HEADER("Authorization", "Basic x")), "headers.Authorization", "Basic x");
}

Test(rest_headers, forwarded_for_is_the_clients_list_with_the_peer_behind)
{
    struct event *event = WITH(HEADER("x-forwarded-for", "203.0.113.9"));

    event_has(event, "headers.X-Forwarded-For", "203.0.113.9, 198.51.100.7");
    event_has(event, "multiValueHeaders.X-Forwarded-For", "[\"203.0.113.9, 198.51.100.7\"]");
    event_has(PLAIN, "headers.X-Forwarded-For", "198.51.100.7");
}

Test(rest_headers, the_gateways_own_are_not_the_clients_to_set)
{
    struct event *event = WITH(HEADER("X-Amzn-Trace-Id", "Root=mine"),
                               HEADER("X-Forwarded-Port", "1"), HEADER("X-Forwarded-Proto", "x"));

    event_has(event, "headers.X-Amzn-Trace-Id", "Root=1-6a5145a8-3c8b0e8d5e0b7c1a2f3d4e5f");
    event_has(event, "headers.X-Forwarded-Port", "8080");
    event_has(event, "headers.X-Forwarded-Proto", "http");
}

/* --- requestContext --------------------------------------------------------------------------- */

Test(rest_context, has_the_members_of_a_request_without_authorizer)
{
    event_has_names(PLAIN, "requestContext",
                    "accountId apiId domainName domainPrefix httpMethod identity path protocol "
                    "deploymentId resourceId resourcePath requestId extendedRequestId requestTime "
                    "requestTimeEpoch stage");
}

Test(rest_context, authorizer_is_there_when_the_method_has_one)
{
    event_has(EVENT(.authorizer = "{\"claims\":{\"sub\":\"u1\"}}"),
              "requestContext.authorizer.claims.sub", "u1");
}

Test(rest_context, account_api_and_stage_are_the_configured_ones)
{
    struct event *event = EVENT(.target = "/prod/a", .stage = "prod");

    event_has(event, "requestContext.accountId", "123456789012");
    event_has(event, "requestContext.apiId", "ab12cd34ef");
    event_has(event, "requestContext.stage", "prod");
}

Test(rest_context, domain_name_is_the_host_and_its_prefix_the_first_label)
{
    struct event *event = WITH(HEADER("host", "api.shop.example:8080"));

    event_has(event, "requestContext.domainName", "api.shop.example");
    event_has(event, "requestContext.domainPrefix", "api");
}

Test(rest_context, path_is_stage_and_raw_path_with_all_its_slashes)
{
    event_has(EVENT(.target = "/prod//caf%C3%A9//b/", .stage = "prod"), "requestContext.path",
              "/prod//caf%C3%A9//b/");
}

Test(rest_context, protocol_is_http_1_1_whatever_the_client_speaks)
{
    event_has(PLAIN, "requestContext.protocol", "HTTP/1.1");
    event_has(EVENT(.http_1_0 = true), "requestContext.protocol", "HTTP/1.1");
}

Test(rest_context, request_id_is_a_uuid_and_the_extended_one_is_short)
{
    event_has(PLAIN, "requestContext.requestId", "0b8d4c7a-6f0e-4f57-9d34-1f0f6a6e9a11");
    event_has(PLAIN, "requestContext.extendedRequestId", "Kx7mZpQ2vHcEXYa=");
}

Test(rest_context, request_time_is_in_common_log_format_and_utc)
{
    event_has(PLAIN, "requestContext.requestTime", "10/Jul/2026:19:19:04 +0000");
}

Test(rest_context, request_time_epoch_is_a_number_of_milliseconds)
{
    struct event *event = PLAIN;
    const struct lg_json *epoch =
        lg_json_get(lg_json_get(event->json, "requestContext"), "requestTimeEpoch");

    cr_assert(lg_json_is(epoch, LG_JSON_NUMBER));
    cr_assert(lg_str_is(epoch->text, "1783711144123"));
}

Test(rest_context, resource_path_is_the_template)
{
    event_has(EVENT(.target = "/x/1", .key = "GET /x/{id}"), "requestContext.resourcePath",
              "/x/{id}");
}

Test(rest_context, resource_id_belongs_to_the_template_and_is_the_same_for_all_methods)
{
    const char *get =
        event_at(EVENT(.target = "/x/1", .key = "GET /x/{id}"), "requestContext.resourceId");
    char kept[16];

    cr_assert(eq(sz, strlen(get), 6));
    strcpy(kept, get);
    event_has(EVENT(.method = "PUT", .target = "/x/2", .key = "PUT /x/{id}"),
              "requestContext.resourceId", kept);
    cr_assert(ne(int,
                 strcmp(kept, event_at(EVENT(.target = "/y/1", .key = "GET /y/{id}"),
                                       "requestContext.resourceId")),
                 0));
}

Test(rest_context, deployment_id_is_that_of_the_api)
{
    cr_assert(eq(sz, strlen(event_at(PLAIN, "requestContext.deploymentId")), 6));
}

/* --- identity --------------------------------------------------------------------------------- */

Test(rest_identity, has_twelve_members_all_null_but_two)
{
    static const char *const nulls[] = { "cognitoIdentityPoolId",
                                         "accountId",
                                         "cognitoIdentityId",
                                         "caller",
                                         "principalOrgId",
                                         "accessKey",
                                         "cognitoAuthenticationType",
                                         "cognitoAuthenticationProvider",
                                         "userArn",
                                         "user" };
    struct event *event = WITH(HEADER("user-agent", "curl/8.7.1"));

    event_has_names(event, "requestContext.identity",
                    "accessKey accountId caller cognitoAuthenticationProvider "
                    "cognitoAuthenticationType cognitoIdentityId cognitoIdentityPoolId "
                    "principalOrgId sourceIp user userAgent userArn");
    for (size_t i = 0; i < sizeof(nulls) / sizeof(nulls[0]); i++)
        event_has(event, lg_arena_printf(&event->arena, "requestContext.identity.%s", nulls[i]),
                  "null");
}

Test(rest_identity, source_ip_is_the_peer_whatever_the_client_says)
{
    event_has(WITH(HEADER("X-Forwarded-For", "203.0.113.9")), "requestContext.identity.sourceIp",
              "198.51.100.7");
}

Test(rest_identity, user_agent_is_the_header)
{
    event_has(WITH(HEADER("USER-agent", "curl/8.7.1")), "requestContext.identity.userAgent",
              "curl/8.7.1");
}

Test(rest_identity, user_agent_is_null_without_the_header)
{
    struct event *event = PLAIN;
    const struct lg_json *identity =
        lg_json_get(lg_json_get(event->json, "requestContext"), "identity");

    cr_assert(lg_json_is(lg_json_get(identity, "userAgent"), LG_JSON_NULL));
}

/* --- isBase64Encoded -------------------------------------------------------------------------- */

static void has_body(const struct event *event, const char *body, const char *base64)
{
    event_has(event, "body", body);
    event_has(event, "isBase64Encoded", base64);
}

Test(rest_body, of_a_listed_type_is_base64)
{
    has_body(EVENT(.body = LG_STR("\x89PNG"), BINARY(images),
                   HEADERS(HEADER("content-TYPE", "image/png; x=y"))),
             "iVBORw==", "true");
}

Test(rest_body, of_a_type_that_is_not_listed_is_text)
{
    has_body(EVENT(.body = LG_STR("a=1"), BINARY(images),
                   HEADERS(HEADER("Content-Type", "application/x-www-form-urlencoded"))),
             "a=1", "false");
    has_body(EVENT(.body = LG_STR("abc"), BINARY(images)), "abc", "false");
    has_body(EVENT(.body = LG_STR("abc"), HEADERS(HEADER("Content-Type", "image/png"))), "abc",
             "false");
}

Test(rest_body, is_always_base64_when_every_type_is_listed)
{
    has_body(EVENT(.body = LG_STR("{}"), BINARY(everything),
                   HEADERS(HEADER("Content-Type", "application/json"))),
             "e30=", "true");
    has_body(EVENT(.body = LG_STR("{}"), BINARY(everything)), "e30=", "true");
}

Test(rest_body, as_text_loses_bytes_that_are_no_utf8)
{
    has_body(EVENT(.body = LG_STR("a\xff"), HEADERS(HEADER("Content-Type", "image/png"))),
             "a\xef\xbf\xbd", "false");
}

Test(rest_body, is_null_and_not_base64_when_it_is_empty)
{
    has_body(EVENT(BINARY(everything), HEADERS(HEADER("Content-Type", "image/png"))), "null",
             "false");
    cr_assert(lg_json_is(lg_json_get(PLAIN->json, "body"), LG_JSON_NULL));
}
