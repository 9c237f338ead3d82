/* test_payload_members.c -- the members of an event 2.0: present, absent, and with what in them. */
#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "event.h"

#define EVENT(...) event_of(&(const struct request){ __VA_ARGS__ })

static const struct lg_config_pair variable[] = { { .name = "backend", .value = "blue" },
                                                  { .name = "q\"", .value = "\n" } };

static bool contains(const struct event *event, const char *part)
{
    return memmem(event->text.data, event->text.size, part, strlen(part)) != NULL;
}

/* --- the table of members --------------------------------------------------------------------- */

Test(members, a_bare_request_has_the_seven_members_that_are_always_there)
{
    struct event *event = EVENT(0);

    event_has_names(
        event, "",
        "version routeKey rawPath rawQueryString headers requestContext isBase64Encoded");
}

Test(members, a_full_request_has_all_twelve)
{
    struct event *event = EVENT(.method = "PUT", .target = "/dev/shops/x?a=1", .stage = "dev",
                                .key = "PUT /shops/{shop}", .variables = { variable, 1 },
                                .body = LG_STR("{}"), HEADERS(HEADER("Cookie", "a=1")));

    event_has_names(event, "",
                    "version routeKey rawPath rawQueryString cookies headers queryStringParameters "
                    "requestContext pathParameters stageVariables body isBase64Encoded");
}

Test(members, nothing_is_ever_null)
{
    cr_assert(not(contains(EVENT(0), "null")));
}

Test(members, version_is_2_0)
{
    event_has(EVENT(0), "version", "2.0");
}

Test(members, route_key_is_the_configured_key)
{
    event_has(EVENT(.target = "/x/7", .key = "GET /x/{id}"), "routeKey", "GET /x/{id}");
    event_has(EVENT(.target = "/x/7", .key = "ANY /x/{p+}"), "routeKey", "ANY /x/{p+}");
    event_has(EVENT(.target = "/x"), "routeKey", "$default");
}

/* --- rawPath ---------------------------------------------------------------------------------- */

Test(members, raw_path_is_decoded)
{
    event_has(EVENT(.target = "/caf%C3%A9/a%20b%2Fc"), "rawPath", "/caf\xc3\xa9/a b/c");
}

Test(members, raw_path_keeps_a_plus)
{
    event_has(EVENT(.target = "/a+b"), "rawPath", "/a+b");
}

Test(members, raw_path_keeps_slashes_at_the_end_and_within)
{
    event_has(EVENT(.target = "/a//b/"), "rawPath", "/a//b/");
}

Test(members, raw_path_ends_at_an_encoded_question_mark)
{
    struct event *event = EVENT(.target = "/a%3Fb/c?q=1", .key = "GET /{p+}");

    event_has(event, "rawPath", "/a");
    event_has(event, "requestContext.http.path", "/a");
    event_has(event, "rawQueryString", "q=1");
    event_has(event, "pathParameters.p", "a?b/c");
}

Test(members, raw_path_starts_with_a_named_stage_that_the_client_sent)
{
    event_has(EVENT(.target = "/dev/x", .stage = "dev"), "rawPath", "/dev/x");
}

Test(members, raw_path_starts_with_a_named_stage_that_the_client_did_not_send)
{
#define UNSENT .stage = "dev", .stage_not_in_path = true
    event_has(EVENT(.target = "/x", UNSENT), "rawPath", "/dev/x");
    event_has(EVENT(.target = "/", UNSENT), "rawPath", "/dev/");
    event_has(EVENT(.target = "/develop", UNSENT), "rawPath", "/dev/develop");
    event_has(EVENT(.target = "/x%00y%3Fz", UNSENT), "rawPath", "/dev/x");
    cr_assert(contains(EVENT(.target = "/a%00b", UNSENT), "\"/dev/a\\u0000b\""));
}

Test(members, raw_path_has_no_base_path)
{
    event_has(EVENT(.target = "/v1/shop/x", .base_path = "/v1/shop"), "rawPath", "/x");
    event_has(EVENT(.target = "/v1/shop", .base_path = "/v1/shop"), "rawPath", "/");
    event_has(
        EVENT(.target = "/v1/x", .base_path = "/v1", .stage = "prod", .stage_not_in_path = true),
        "rawPath", "/prod/x");
}

Test(members, the_default_stage_adds_nothing_to_raw_path)
{
    event_has(EVENT(.target = "/x"), "rawPath", "/x");
}

Test(members, an_asterisk_stays_an_asterisk)
{
    event_has(EVENT(.method = "OPTIONS", .target = "*", .stage = "dev"), "rawPath", "*");
}

Test(members, bytes_that_are_no_utf8_become_the_replacement_character)
{
    struct event *event = EVENT(.target = "/a%ffb?v=%ff", .key = "GET /{x}");

    event_has(event, "rawPath",
              "/a\xef\xbf\xbd"
              "b");
    event_has(event, "pathParameters.x",
              "a\xef\xbf\xbd"
              "b");
    event_has(event, "queryStringParameters.v", "\xef\xbf\xbd");
}

/* --- query ------------------------------------------------------------------------------------ */

Test(members, raw_query_string_is_verbatim)
{
    event_has(EVENT(.target = "/?color=red&color=blue&q=a%20b+c&&x"), "rawQueryString",
              "color=red&color=blue&q=a%20b+c&&x");
}

Test(members, raw_query_string_is_empty_without_a_query)
{
    event_has(EVENT(.target = "/"), "rawQueryString", "");
    event_has(EVENT(.target = "/?"), "rawQueryString", "");
}

Test(members, query_parameters_are_absent_without_a_query)
{
    event_has(EVENT(.target = "/"), "queryStringParameters", NULL);
    event_has(EVENT(.target = "/?"), "queryStringParameters", NULL);
    event_has(EVENT(.target = "/?&&"), "queryStringParameters", NULL);
}

Test(members, query_names_and_values_are_decoded)
{
    struct event *event = EVENT(.target = "/?caf%C3%A9=a%20b+c%26d&a+b=1");

    event_has(event, "queryStringParameters.caf\xc3\xa9", "a b c&d");
    event_has(event, "queryStringParameters.a b", "1");
}

Test(members, repeated_query_names_are_joined_with_a_comma_in_order)
{
    struct event *event = EVENT(.target = "/?c=red&a=1&c=blue&%63=green");

    event_has(event, "queryStringParameters.c", "red,blue,green");
    event_has_names(event, "queryStringParameters", "a c");
}

Test(members, query_names_are_case_sensitive)
{
    struct event *event = EVENT(.target = "/?a=1&A=2");

    event_has(event, "queryStringParameters.a", "1");
    event_has(event, "queryStringParameters.A", "2");
}

Test(members, a_query_name_without_a_value_has_an_empty_one)
{
    struct event *event = EVENT(.target = "/?k&l=&m==x=y&n&n");

    event_has(event, "queryStringParameters.k", "");
    event_has(event, "queryStringParameters.l", "");
    event_has(event, "queryStringParameters.m", "=x=y");
    event_has(event, "queryStringParameters.n", ",");
}

Test(members, a_semicolon_does_not_split_a_query)
{
    event_has(EVENT(.target = "/?a=1;b=2"), "queryStringParameters.a", "1;b=2");
}

Test(members, query_names_that_are_no_utf8_stay_encoded_and_apart)
{
    struct event *event = EVENT(.target = "/?%ff=1&%fe=2&%ff=3");

    event_has(event, "queryStringParameters.%ff", "1,3");
    event_has(event, "queryStringParameters.%fe", "2");
}

Test(members, many_query_names_do_not_cost_their_square)
{
    size_t count = 200000;
    struct lg_buf target;

    lg_buf_init(&target, SIZE_MAX);
    lg_buf_add_cstr(&target, "/?");
    for (size_t i = 0; i < count; i++)
        lg_buf_printf(&target, "%06zu&", (i * 7919) % count);
    lg_buf_add_char(&target, '\0');
    struct event *event = EVENT(.target = target.data);
    cr_assert(eq(sz, lg_json_get(event->json, "queryStringParameters")->count, count));
    lg_buf_done(&target);
}

/* --- path parameters, stage variables ------------------------------------------------------- */

Test(members, path_parameters_are_decoded)
{
    struct event *event =
        EVENT(.target = "/shops/caf%C3%A9%20bar/x%2Fy/z/", .key = "GET /shops/{shop}/{rest+}");

    event_has(event, "pathParameters.shop", "caf\xc3\xa9 bar");
    event_has(event, "pathParameters.rest", "x/y/z");
}

Test(members, path_parameters_are_absent_without_variables)
{
    event_has(EVENT(.target = "/a", .key = "GET /a"), "pathParameters", NULL);
    event_has(EVENT(.target = "/a"), "pathParameters", NULL);
}

Test(members, stage_variables_are_there_when_the_stage_has_some)
{
    struct event *event = EVENT(.variables = { variable, 2 });

    event_has(event, "stageVariables.backend", "blue");
    event_has(event, "stageVariables.q\"", "\n");
}

Test(members, stage_variables_are_absent_when_the_stage_has_none)
{
    event_has(EVENT(0), "stageVariables", NULL);
}

Test(members, multi_value_members_do_not_exist)
{
    struct event *event = EVENT(.target = "/?a=1&a=2", HEADERS(HEADER("A", "1"), HEADER("A", "2")));

    event_has(event, "multiValueHeaders", NULL);
    event_has(event, "multiValueQueryStringParameters", NULL);
}

/* --- requestContext --------------------------------------------------------------------------- */

Test(context, has_the_members_of_a_request_without_authorizer)
{
    struct event *event = EVENT(HEADERS(HEADER("Host", "x.example")));

    event_has_names(event, "requestContext",
                    "accountId apiId domainName domainPrefix http requestId routeKey stage time "
                    "timeEpoch");
    event_has_names(event, "requestContext.http", "method path protocol sourceIp userAgent");
}

Test(context, account_and_api_are_the_gateways)
{
    event_has(EVENT(0), "requestContext.accountId", "123456789012");
    event_has(EVENT(0), "requestContext.apiId", "ab12cd34ef");
}

Test(context, authorizer_and_authentication_are_absent)
{
    event_has(EVENT(0), "requestContext.authorizer", NULL);
    event_has(EVENT(0), "requestContext.authentication", NULL);
}

Test(context, authorizer_is_what_the_authorizer_found)
{
    struct event *event =
        EVENT(.authorizer = "{\"jwt\":{\"claims\":{\"sub\":\"u1\"},\"scopes\":null}}");

    event_has(event, "requestContext.authorizer.jwt.claims.sub", "u1");
    event_has(event, "requestContext.authorizer.jwt.scopes", "null");
}

Test(context, domain_name_is_the_host_without_port)
{
    event_has(EVENT(HEADERS(HEADER("Host", "api.shop.example:8080"))), "requestContext.domainName",
              "api.shop.example");
    event_has(EVENT(HEADERS(HEADER("hOST", "localhost"))), "requestContext.domainName",
              "localhost");
    event_has(EVENT(HEADERS(HEADER("Host", "[::1]:8080"))), "requestContext.domainName", "[::1]");
    event_has(EVENT(.http_1_0 = true), "requestContext.domainName", "");
}

Test(context, domain_prefix_is_the_first_label)
{
    event_has(EVENT(HEADERS(HEADER("Host", "api.shop.example:8080"))),
              "requestContext.domainPrefix", "api");
    event_has(EVENT(HEADERS(HEADER("Host", "localhost:1"))), "requestContext.domainPrefix",
              "localhost");
    event_has(EVENT(.http_1_0 = true), "requestContext.domainPrefix", "");
}

Test(context, http_method_is_the_one_received_never_any)
{
    event_has(EVENT(.method = "PATCH", .target = "/a", .key = "ANY /a"),
              "requestContext.http.method", "PATCH");
}

Test(context, http_path_is_as_raw_path)
{
    event_has(EVENT(.target = "/dev/a%20b", .stage = "dev"), "requestContext.http.path",
              "/dev/a b");
}

Test(context, http_protocol_is_the_version_received)
{
    event_has(EVENT(0), "requestContext.http.protocol", "HTTP/1.1");
    event_has(EVENT(.http_1_0 = true), "requestContext.http.protocol", "HTTP/1.0");
}

Test(context, http_source_ip_is_the_peer)
{
    event_has(EVENT(HEADERS(HEADER("X-Forwarded-For", "203.0.113.9"))),
              "requestContext.http.sourceIp", "198.51.100.7");
}

Test(context, http_user_agent_is_the_header)
{
    event_has(EVENT(HEADERS(HEADER("USER-agent", "curl/8.7.1"))), "requestContext.http.userAgent",
              "curl/8.7.1");
}

Test(context, http_user_agent_is_empty_without_the_header)
{
    event_has(EVENT(0), "requestContext.http.userAgent", "");
}

Test(context, request_id_is_the_one_that_the_client_gets)
{
    event_has(EVENT(0), "requestContext.requestId", "Kx7mZpQ2vHcEXYa=");
}

Test(context, route_key_and_stage_are_those_that_were_chosen)
{
    struct event *event = EVENT(.target = "/dev/a", .stage = "dev", .key = "GET /a");

    event_has(event, "requestContext.routeKey", "GET /a");
    event_has(event, "requestContext.stage", "dev");
    event_has(EVENT(0), "requestContext.stage", "$default");
}

Test(context, time_is_in_common_log_format_and_utc)
{
    event_has(EVENT(0), "requestContext.time", "10/Jul/2026:19:19:04 +0000");
}

Test(context, time_epoch_is_a_number_of_milliseconds)
{
    struct event *event = EVENT(0);
    const struct lg_json *epoch =
        lg_json_get(lg_json_get(event->json, "requestContext"), "timeEpoch");

    cr_assert(lg_json_is(epoch, LG_JSON_NUMBER));
    cr_assert(lg_str_is(epoch->text, "1783711144123"));
}
