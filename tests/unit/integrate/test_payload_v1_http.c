/* test_payload_v1_http.c -- events of format 1.0 as HTTP APIs send them: where they differ. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "event.h"

#define EVENT(...)                                                                                 \
    event_of(&(const struct request){ .kind = LG_API_HTTP, .payload = LG_PAYLOAD_V1, __VA_ARGS__ })
#define WITH(...) EVENT(HEADERS(__VA_ARGS__))
#define PLAIN EVENT(.target = "/")

static const struct lg_config_pair variable[] = { { .name = "backend", .value = "blue" } };

Test(http_members, version_1_0_comes_first_and_the_twelve_are_always_there)
{
    event_has_names(PLAIN, "",
                    "version resource path httpMethod headers multiValueHeaders "
                    "queryStringParameters multiValueQueryStringParameters pathParameters "
                    "stageVariables requestContext body isBase64Encoded");
    event_has(PLAIN, "version", "1.0");
}

Test(http_members, nothing_is_null)
{
    struct event *event = EVENT(.target = "/a", .key = "GET /a");

    event_has(event, "queryStringParameters", "null");
    event_has(event, "multiValueQueryStringParameters", "null");
    event_has(event, "pathParameters", "null");
    event_has(event, "stageVariables", "null");
    event_has(event, "body", "null");
}

Test(http_members, header_names_are_in_title_case)
{
    struct event *event = WITH(HEADER("content-length", "0"), HEADER("X-TAG", "1"),
                               HEADER("x-my-tag", "2"), HEADER("host", "a.example"));

    event_has_names(event, "headers",
                    "Content-Length Host X-Amzn-Trace-Id X-Forwarded-For X-Forwarded-Port "
                    "X-Forwarded-Proto X-My-Tag X-Tag");
}

Test(http_members, spellings_of_one_name_are_one_header)
{
    struct event *event = WITH(HEADER("X-Tag", "1"), HEADER("x-tag", "2"));

    event_has(event, "headers.X-Tag", "2");
    event_has(event, "multiValueHeaders.X-Tag", "[\"1\",\"2\"]");
}

Test(http_members, content_length_is_present)
{
    event_has(WITH(HEADER("Content-Length", "13")), "headers.Content-Length", "13");
}

Test(http_members, cookie_stays_a_header)
{
    struct event *event = WITH(HEADER("cookie", "a=1; b=2"));

    event_has(event, "headers.Cookie", "a=1; b=2");
    event_has(event, "cookies", NULL);
}

Test(http_members, fields_of_the_connection_are_left_out_and_others_stay)
{
    struct event *event = WITH(HEADER("Connection", "close"), HEADER("TE", "trailers"),
                               HEADER("Server", "x"), HEADER("Max-Forwards", "1"));

    event_has_names(event, "headers",
                    "Max-Forwards Server X-Amzn-Trace-Id X-Forwarded-For X-Forwarded-Port "
                    "X-Forwarded-Proto");
}

Test(http_members, path_is_encoded_and_includes_a_named_stage)
{
    event_has(EVENT(.target = "/dev/caf%C3%A9%3F", .stage = "dev"), "path", "/dev/caf%C3%A9%3F");
    event_has(EVENT(.target = "/x", .stage = "dev", .stage_not_in_path = true), "path", "/dev/x");
}

Test(http_members, path_includes_the_base_path_of_a_custom_domain)
{
    struct event *event =
        EVENT(.target = "/v1/a%20b", .base_path = "/v1", .stage = "dev", .stage_not_in_path = true);

    event_has(event, "path", "/v1/a%20b");
    event_has(event, "requestContext.path", "/v1/a b");
}

Test(http_members, path_has_no_prefix_for_the_default_stage)
{
    event_has(EVENT(.target = "/x//y/"), "path", "/x//y/");
}

Test(http_members, path_parameters_are_decoded)
{
    event_has(EVENT(.target = "/x/caf%C3%A9%2F", .key = "GET /x/{id}"), "pathParameters.id",
              "caf\xc3\xa9/");
}

Test(http_members, a_semicolon_does_not_split_a_query)
{
    event_has(EVENT(.target = "/?a=1;b=2"), "queryStringParameters.a", "1;b=2");
}

Test(http_members, query_parameters_come_last_and_in_all)
{
    struct event *event = EVENT(.target = "/?c=red&c=bl%75e&d");

    event_has(event, "queryStringParameters.c", "blue");
    event_has(event, "multiValueQueryStringParameters.c", "[\"red\",\"blue\"]");
    event_has(event, "queryStringParameters.d", "");
}

Test(http_members, stage_variables_are_an_object_when_there_are_any)
{
    event_has(EVENT(.variables = { variable, 1 }), "stageVariables.backend", "blue");
}

Test(http_members, body_is_base64_by_content_type_as_in_2_0)
{
    struct event *event =
        EVENT(.body = LG_STR("a=1"),
              HEADERS(HEADER("Content-Type", "application/x-www-form-urlencoded")));

    event_has(event, "body", "YT0x");
    event_has(event, "isBase64Encoded", "true");
    event = EVENT(.body = LG_STR("{}"), HEADERS(HEADER("Content-Type", "application/json")));
    event_has(event, "body", "{}");
    event_has(event, "isBase64Encoded", "false");
}

/* --- requestContext --------------------------------------------------------------------------- */

Test(http_context, has_the_members_of_a_request_without_authorizer)
{
    event_has_names(PLAIN, "requestContext",
                    "accountId apiId domainName domainPrefix httpMethod identity path protocol "
                    "resourceId resourcePath requestId extendedRequestId requestTime "
                    "requestTimeEpoch stage");
}

Test(http_context, protocol_is_the_version_received)
{
    event_has(PLAIN, "requestContext.protocol", "HTTP/1.1");
    event_has(EVENT(.http_1_0 = true), "requestContext.protocol", "HTTP/1.0");
}

Test(http_context, path_is_decoded)
{
    event_has(EVENT(.target = "/dev/caf%C3%A9", .stage = "dev"), "requestContext.path",
              "/dev/caf\xc3\xa9");
}

Test(http_context, resource_id_is_the_whole_route_key)
{
    struct event *event = EVENT(.method = "POST", .target = "/x/1", .key = "POST /x/{id}");

    event_has(event, "requestContext.resourceId", "POST /x/{id}");
    event_has(event, "requestContext.resourcePath", "/x/{id}");
    event_has(event, "resource", "/x/{id}");
}

Test(http_context, the_default_route_is_its_own_resource)
{
    struct event *event = EVENT(.target = "/x");

    event_has(event, "requestContext.resourceId", "$default");
    event_has(event, "requestContext.resourcePath", "$default");
    event_has(event, "resource", "$default");
}

Test(http_context, request_id_equals_the_extended_one)
{
    event_has(PLAIN, "requestContext.requestId", "Kx7mZpQ2vHcEXYa=");
    event_has(PLAIN, "requestContext.extendedRequestId", "Kx7mZpQ2vHcEXYa=");
}

Test(http_context, claims_lie_under_authorizer_with_their_scopes)
{
    struct event *event = EVENT(.authorizer = "{\"claims\":{\"sub\":\"u\"},\"scopes\":[\"a\"]}");

    event_has(event, "requestContext.authorizer.claims.sub", "u");
    event_has(event, "requestContext.authorizer.scopes", "[\"a\"]");
}

Test(http_context, user_agent_is_empty_without_the_header)
{
    event_has(PLAIN, "requestContext.identity.userAgent", "");
}

Test(http_context, identity_has_the_authentication_methods_of_cognito_too)
{
    event_has_names(PLAIN, "requestContext.identity",
                    "accessKey accountId caller cognitoAmr cognitoAuthenticationProvider "
                    "cognitoAuthenticationType cognitoIdentityId cognitoIdentityPoolId "
                    "principalOrgId sourceIp user userAgent userArn");
}
