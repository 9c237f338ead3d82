/* test_apis.c -- several APIs in a file: what they get by their kind, and what contradicts. */
#include <stdio.h>
#include <string.h>

#include "parse.h"

#define ROUTE "    routes: { GET /x: { respond: {} } }\n"

Test(apis, the_top_level_is_an_http_api_called_default)
{
    struct lg_config *config = parse_good("stage: dev\nroutes:\n  GET /x: { respond: {} }\n");
    const struct lg_config_api *api = config->apis;

    cr_assert_eq(config->api_count, 1);
    cr_assert_str_eq(api->name, "default");
    cr_assert_eq(api->kind, LG_API_HTTP);
    cr_assert_str_eq(api->mount, "/dev");
    cr_assert(api->stage_in_path);
    cr_assert_eq(api->hosts.count, 0);
    cr_assert_eq(api->routes, config->routes);
    cr_assert_eq(config->routes->api, api);
    lg_config_free(config);
}

Test(apis, an_empty_file_has_an_api_without_routes)
{
    struct lg_config *config = parse_good("");

    cr_assert_eq(config->api_count, 1);
    cr_assert_str_eq(config->apis->mount, "");
    lg_config_free(config);
}

Test(apis, an_api_has_the_defaults_of_its_kind)
{
    struct lg_config *config = parse_good(
        FUNCTION "apis:\n"
                 "  a: { host: a.example.com, routes: { GET /x: { function: f } } }\n"
                 "  b: { kind: rest, stage: prod, routes: { GET /x: { function: f } } }\n");

    cr_assert_eq(config->api_count, 2);
    cr_assert_str_eq(config->apis[0].api_id, "a");
    cr_assert_str_eq(config->apis[0].stage, "$default");
    cr_assert_eq(config->apis[0].routes->payload, LG_PAYLOAD_V2);
    cr_assert_eq(config->apis[0].routes->timeout_ms, 30000);
    cr_assert_eq(config->apis[1].routes->payload, LG_PAYLOAD_V1);
    cr_assert_eq(config->apis[1].routes->timeout_ms, 29000);
    cr_assert_eq(config->apis[1].routes, config->routes + 1);
    cr_assert_eq(config->apis[1].routes->api, config->apis + 1);
    lg_config_free(config);
}

Test(apis, a_route_of_an_http_api_may_ask_for_payload_1)
{
    struct lg_config *config =
        parse_good(FUNCTION "routes:\n  GET /x: { function: f, payload: '1.0', timeout: 1s }\n");

    cr_assert_eq(config->routes->payload, LG_PAYLOAD_V1);
    cr_assert_eq(config->routes->timeout_ms, 1000);
    lg_config_free(config);
}

Test(apis, hosts_are_one_or_a_list_and_lower_case)
{
    struct lg_config *config = parse_good("apis:\n  a: { host: A.Example.com }\n"
                                          "  b: { host: ['*.B.example.com', '[::1]'] }\n");

    cr_assert_eq(config->apis[0].hosts.count, 1);
    cr_assert_str_eq(config->apis[0].hosts.items[0], "a.example.com");
    cr_assert_eq(config->apis[1].hosts.count, 2);
    cr_assert_str_eq(config->apis[1].hosts.items[0], "*.b.example.com");
    cr_assert_str_eq(config->apis[1].hosts.items[1], "[::1]");
    lg_config_free(config);
}

Test(apis, a_stage_is_part_of_paths_without_host_and_base_path_only)
{
    struct lg_config *config = parse_good("apis:\n  a: { stage: dev }\n"
                                          "  b: { stage: dev, host: b.example.com }\n"
                                          "  c: { stage: dev, base_path: /v1/shop }\n  d: {}\n");

    cr_assert_str_eq(config->apis[0].mount, "/dev");
    cr_assert_str_eq(config->apis[1].mount, "");
    cr_assert_str_eq(config->apis[2].mount, "/v1/shop");
    cr_assert_str_eq(config->apis[3].mount, "");
    cr_assert(config->apis[0].stage_in_path && !config->apis[2].stage_in_path);
    lg_config_free(config);
}

Test(apis, both_forms_stand_together)
{
    struct lg_config *config = parse_good("routes:\n  GET /x: { respond: {} }\n"
                                          "apis:\n  a:\n    host: a.example.com\n" ROUTE);

    cr_assert_eq(config->api_count, 2);
    cr_assert_str_eq(config->apis[0].name, "default");
    cr_assert_str_eq(config->apis[1].name, "a");
    cr_assert_eq(config->route_count, 2);
    lg_config_free(config);
}

Test(apis, a_second_default_is_refused)
{
    ONE_FAULT("routes:\n  GET /x: { respond: {} }\napis:\n  default: { host: a.example.com }\n",
              "t.yaml:4: apis.default: found the name of the API that \"routes\" at the top level "
              "are, expected another");
}

Test(apis, options_of_no_api_are_refused)
{
    ONE_FAULT("stage: dev\napis:\n  a: {}\n",
              "t.yaml:1: stage: found beside \"apis\" without \"routes\", expected it in the API "
              "that it is meant for");
}

Test(apis, a_host_with_a_port_is_refused)
{
    ONE_FAULT("apis:\n  a: { host: 'a.example.com:8080' }\n",
              "t.yaml:2: apis.a.host: found \"a.example.com:8080\", expected a host such as "
              "api.example.com, or *.example.com for whatever stands before it, without a port");
}

Test(apis, a_wildcard_stands_for_whole_labels_at_the_front)
{
    cr_assert_str_neq(parse_faults("apis:\n  a: { host: 'a.*.example.com' }\n"), "");
    cr_assert_str_neq(parse_faults("apis:\n  a: { host: '*a.example.com' }\n"), "");
    cr_assert_str_neq(parse_faults("apis:\n  a: { host: '*' }\n"), "");
}

Test(apis, a_base_path_is_whole_segments)
{
    cr_assert_str_neq(parse_faults("apis:\n  a: { base_path: shop }\n"), "");
    cr_assert_str_neq(parse_faults("apis:\n  a: { base_path: /shop/ }\n"), "");
    cr_assert_str_neq(parse_faults("apis:\n  a: { base_path: / }\n"), "");
    cr_assert_str_neq(parse_faults("apis:\n  a: { base_path: /a//b }\n"), "");
}

Test(apis, two_apis_of_one_place_are_refused)
{
    ONE_FAULT("apis:\n  a: { host: x.example.com, base_path: /v1 }\n"
              "  b: { host: [y.example.com, X.example.com], base_path: /v1 }\n",
              "t.yaml:3: apis.b.host: found the host x.example.com with paths below /v1, which "
              "the API \"a\" in line 2 has already, expected another host or base_path");
    ONE_FAULT("apis:\n  a: { stage: dev }\n  b: { base_path: /dev }\n",
              "t.yaml:3: apis.b: found every host with paths below /dev, which the API \"a\" in "
              "line 2 has already, expected another host or base_path");
}

Test(apis, a_rest_api_names_its_stage)
{
    ONE_FAULT("apis:\n  a: { kind: rest }\n",
              "t.yaml:2: apis.a: found no name of a stage, expected one such as prod: a REST API "
              "knows no $default");
}

Test(apis, a_rest_api_knows_no_default_route)
{
    ONE_FAULT("apis:\n  a:\n    kind: rest\n    stage: p\n    routes:\n"
              "      $default: { respond: {} }\n",
              "t.yaml:6: apis.a.routes.$default: found $default, expected a method and a path: "
              "a REST API knows no default route");
}

Test(apis, a_rest_api_knows_no_payload_2)
{
    ONE_FAULT(FUNCTION "apis:\n  a:\n    kind: rest\n    stage: p\n    routes:\n"
                       "      GET /x: { function: f, payload: '2.0' }\n",
              "t.yaml:9: apis.a.routes.\"GET /x\".payload: found 2.0 in a REST API, expected 1.0, "
              "which is all that it knows");
}

Test(apis, a_resource_of_a_rest_api_has_few_characters)
{
    ONE_FAULT("apis:\n  a:\n    kind: rest\n    stage: p\n    routes:\n"
              "      GET /a~b: { respond: {} }\n",
              "t.yaml:6: apis.a.routes.\"GET /a~b\": found \"GET /a~b\", expected the path of a "
              "REST API to hold letters, digits, _-.,: and variables only");
}

Test(apis, an_http_api_has_no_binary_media_types)
{
    ONE_FAULT("apis:\n  a:\n    binary_media_types: [image/png]\n",
              "t.yaml:3: apis.a.binary_media_types: found in an HTTP API, expected it in a REST "
              "API: the type of a body alone decides here");
}

Test(apis, a_binary_media_type_is_one)
{
    cr_assert_str_neq(
        parse_faults("apis:\n  a: { kind: rest, stage: p, binary_media_types: [png] }\n"), "");
    cr_assert_str_neq(
        parse_faults("apis:\n  a: { kind: rest, stage: p, binary_media_types: ['*/png'] }\n"), "");
}

/* --- gateway responses --- */

#define RESPONSES "apis:\n  a:\n    kind: rest\n    stage: p\n    gateway_responses:\n"

Test(apis, a_gateway_response_has_its_type)
{
    struct lg_config *config =
        parse_good(RESPONSES "      UNAUTHORIZED: { status_code: 403, response_parameters: { "
                             "gatewayresponse.header.X: \"'x'\" } }\n      DEFAULT_5XX:\n");
    const struct lg_config_gateway_response *responses = config->apis->gateway_responses;

    cr_assert_eq(config->apis->gateway_response_count, 2);
    cr_assert_eq(responses[0].type, LG_RESPONSE_UNAUTHORIZED);
    cr_assert_eq(responses[0].status_code, 403);
    cr_assert_str_eq(responses[0].response_parameters.items[0].name, "gatewayresponse.header.X");
    cr_assert_eq(responses[1].type, LG_RESPONSE_DEFAULT_5XX);
    cr_assert_eq(responses[1].status_code, 0);
    lg_config_free(config);
}

Test(apis, every_type_that_can_be_changed_is_known)
{
    for (int type = 0; type < LG_RESPONSE_TYPE_COUNT; type++) {
        const struct lg_response_type_row *row = lg_response_type_row((enum lg_response_type)type);
        char text[200];

        snprintf(text, sizeof(text), RESPONSES "      %s: {}\n", row->name);
        cr_assert_eq(*parse_faults(text) == '\0', !row->fixed, "%s", row->name);
    }
}

Test(apis, a_type_that_nobody_can_change_is_refused)
{
    ONE_FAULT(RESPONSES "      REQUEST_TOO_LARGE: {}\n",
              "t.yaml:6: apis.a.gateway_responses.REQUEST_TOO_LARGE: found the name "
              "\"REQUEST_TOO_LARGE\", expected a type of gateway responses that can be changed, "
              "such as UNAUTHORIZED or DEFAULT_4XX");
}

Test(apis, a_header_of_the_daemon_is_refused_in_a_gateway_response)
{
    ONE_FAULT(
        RESPONSES "      THROTTLED: { response_parameters: { "
                  "gatewayresponse.header.Content-Length: \"'1'\" } }\n",
        "t.yaml:6: apis.a.gateway_responses.THROTTLED.response_parameters.\"gatewayresponse."
        "header.Content-Length\": found a header that the daemon sets itself, expected another");
}

Test(apis, an_http_api_has_no_gateway_responses)
{
    ONE_FAULT("apis:\n  a:\n    gateway_responses: { THROTTLED: {} }\n",
              "t.yaml:3: apis.a.gateway_responses: found in an HTTP API, expected it in a REST "
              "API: the answers of an HTTP API cannot be changed");
}

/* --- stage variables --- */

#define TWO_FUNCTIONS "functions:\n  f-blue:\n" WORKERS "  f-green:\n" WORKERS

Test(apis, stage_variables_stand_in_what_routes_do)
{
    struct lg_config *config = parse_good(
        TWO_FUNCTIONS
        "stage_variables: { color: blue, host: a.example.com }\n"
        "routes:\n"
        "  GET /f: { function: 'f-${stageVariables.color}' }\n"
        "  GET /r: { redirect: { to: 'https://${stageVariables.host}/x' } }\n"
        "  GET /t: { respond: { text: '${stageVariables.color}${stageVariables.color}' } }\n"
        "  GET /j: { respond: { json: { a: ['${stageVariables.color}'] } } }\n"
        "apis:\n  a:\n    host: a.example.com\n"
        "    stage_variables: { color: green }\n"
        "    routes: { GET /f: { function: 'f-${stageVariables.color}' } }\n");

    cr_assert_str_eq(config->routes[0].function->name, "f-blue");
    cr_assert_str_eq(config->routes[1].redirect->to, "https://a.example.com/x");
    cr_assert_str_eq(config->routes[2].respond->body, "blueblue");
    cr_assert_str_eq(config->routes[3].respond->body, "{\"a\":[\"blue\"]}");
    cr_assert_str_eq(config->apis[1].routes->function->name, "f-green");
    lg_config_free(config);
}

Test(apis, a_stage_variable_of_another_api_is_unknown)
{
    ONE_FAULT("apis:\n  a:\n    stage_variables: { color: green }\n  b:\n    host: b.example.com\n"
              "    routes:\n      GET /t: { respond: { text: 'x${stageVariables.color}' } }\n",
              "t.yaml:7: apis.b.routes.\"GET /t\".respond.text: found \"${stageVariables.color}\", "
              "expected one of \"stage_variables\" of the API");
}

Test(apis, a_stage_variable_without_an_end_is_unknown)
{
    ONE_FAULT(
        "routes:\n  GET /t: { respond: { text: '${stageVariables.color' } }\n",
        "t.yaml:2: routes.\"GET /t\".respond.text: found \"${stageVariables.color\", expected "
        "one of \"stage_variables\" of the API");
}

Test(apis, stage_variables_that_grow_too_large_are_a_fault)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    lg_buf_add_cstr(&text, "stage_variables: { a: ");
    for (int i = 0; i < 60000; i++)
        lg_buf_add_cstr(&text, "0123456789");
    lg_buf_add_cstr(&text, "x }\nroutes:\n  GET /t: { respond: { text: "
                           "'${stageVariables.a}${stageVariables.a}' } }\n");
    lg_buf_add_char(&text, '\0');
    cr_assert(
        strstr(parse_faults(text.data), "found stage variables that make it larger than 1MB"));
    lg_buf_done(&text);
}
