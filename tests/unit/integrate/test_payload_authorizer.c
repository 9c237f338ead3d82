/* test_payload_authorizer.c -- events of Lambda authorizers, member by member. */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "event.h"

#define ARN "arn:aws:execute-api:eu-west-1:123456789012:ab12cd34ef/dev/GET/shops/7"

static const struct lg_str identity[] = { { "secret-1", 8 }, { "user,\"2\"", 8 } };
static const struct lg_event_question question = { { ARN, sizeof(ARN) - 1 }, identity, 2 };
static const struct lg_event_question one = { { ARN, sizeof(ARN) - 1 }, identity, 1 };
static const struct lg_event_question none = { { ARN, sizeof(ARN) - 1 }, identity, 0 };
static const struct lg_config_pair variable[] = { { .name = "v", .value = "1" } };

#define SHOP                                                                                       \
    .target = "/dev/shops/7?p=1&p=2", .stage = "dev", .key = "GET /shops/{shop}",                  \
    .variables = { variable, 1 },                                                                  \
    HEADERS(HEADER("Authorization", "secret-1"), HEADER("Cookie", "a=1"),                          \
            HEADER("Host", "h.test"))
#define EVENT(...) event_of(&(const struct request){ __VA_ARGS__ })
#define V1 .payload = LG_PAYLOAD_V1
#define REST .kind = LG_API_REST, .payload = LG_PAYLOAD_V1

Test(payload_authorizer, format_2_tells_the_head_and_what_is_asked_for)
{
    struct event *event = EVENT(SHOP, .question = &question, .body = LG_STR("never told"));

    event_has_names(event, "",
                    "version type routeArn identitySource routeKey rawPath rawQueryString cookies "
                    "headers queryStringParameters requestContext pathParameters stageVariables");
    event_has(event, "version", "2.0");
    event_has(event, "type", "REQUEST");
    event_has(event, "routeArn", ARN);
    event_has(event, "identitySource", "[\"secret-1\",\"user,\\\"2\\\"\"]");
    event_has(event, "routeKey", "GET /shops/{shop}");
    event_has(event, "rawPath", "/dev/shops/7");
    event_has(event, "rawQueryString", "p=1&p=2");
    event_has(event, "cookies", "[\"a=1\"]");
    event_has(event, "headers.authorization", "secret-1");
    event_has(event, "queryStringParameters.p", "1,2");
    event_has(event, "pathParameters.shop", "7");
    event_has(event, "stageVariables.v", "1");
    event_has_names(event, "requestContext",
                    "accountId apiId domainName domainPrefix http requestId routeKey stage time "
                    "timeEpoch");
    event_has_names(event, "requestContext.http", "method path protocol sourceIp userAgent");
}

Test(payload_authorizer, format_2_without_sources_names_none)
{
    event_has(EVENT(SHOP, .question = &none), "identitySource", "[]");
}

Test(payload_authorizer, format_1_of_an_http_api_joins_the_sources)
{
    struct event *event = EVENT(V1, SHOP, .question = &question, .body = LG_STR("never told"));

    event_has_names(event, "",
                    "version type methodArn identitySource authorizationToken resource path "
                    "httpMethod headers multiValueHeaders queryStringParameters "
                    "multiValueQueryStringParameters pathParameters stageVariables requestContext");
    event_has(event, "version", "1.0");
    event_has(event, "type", "REQUEST");
    event_has(event, "methodArn", ARN);
    event_has(event, "identitySource", "secret-1,user,\"2\"");
    event_has(event, "authorizationToken", "secret-1,user,\"2\"");
    event_has(event, "resource", "/shops/{shop}");
}

Test(payload_authorizer, a_rest_api_tells_the_request_without_a_body)
{
    struct event *event = EVENT(REST, SHOP, .question = &question, .body = LG_STR("never told"));

    event_has_names(event, "",
                    "type methodArn resource path httpMethod headers multiValueHeaders "
                    "queryStringParameters multiValueQueryStringParameters pathParameters "
                    "stageVariables requestContext");
    event_has(event, "type", "REQUEST");
    event_has(event, "methodArn", ARN);
    event_has(event, "path", "/shops/7");
    event_has(event, "requestContext.resourcePath", "/shops/{shop}");
    event_has(event, "requestContext.authorizer", NULL);
}

Test(payload_authorizer, format_1_says_nothing_by_empty_objects)
{
    struct event *event = EVENT(REST, .target = "/x", .key = "GET /x", .question = &question);

    event_has(event, "queryStringParameters", "{}");
    event_has(event, "multiValueQueryStringParameters", "{}");
    event_has(event, "pathParameters", "{}");
    event_has(event, "stageVariables", "{}");
}

Test(payload_authorizer, a_token_is_asked_about_alone)
{
    struct event *event = EVENT(REST, SHOP, .question = &one, .token = true);

    event_has_names(event, "", "type methodArn authorizationToken");
    event_has(event, "type", "TOKEN");
    event_has(event, "methodArn", ARN);
    event_has(event, "authorizationToken", "secret-1");
}
