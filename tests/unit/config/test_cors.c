/* test_cors.c -- the options of CORS, what contradicts in them, and the OPTIONS methods they make.
 */
#include "parse.h"

#include <stdio.h>
#include <string.h>

#define ROUTES "routes: { GET /x: { respond: {} } }\n"

Test(cors, the_options_are_read)
{
    struct lg_config *config = parse_good("cors:\n"
                                          "  allow_origins: [https://a.example.com, 'http://*']\n"
                                          "  allow_methods: [GET, POST, '*']\n"
                                          "  allow_headers: authorization\n"
                                          "  expose_headers: [x-a, x-b]\n"
                                          "  max_age: 10m\n" ROUTES);
    const struct lg_config_cors *cors = config->apis->cors;

    cr_assert_eq(cors->allow_origins.count, 2);
    cr_assert_eq(cors->allow_methods.count, 3);
    cr_assert_str_eq(cors->allow_headers.items[0], "authorization");
    cr_assert_eq(cors->expose_headers.count, 2);
    cr_assert_eq(cors->max_age_ms, 600000);
    cr_assert_eq(cors->allow_credentials, false);
    cr_assert_eq(config->routes->cors, NULL);
    lg_config_free(config);
}

Test(cors, a_route_has_one_of_its_own_and_none_has_neither_origins_nor_an_age)
{
    struct lg_config *config = parse_good("cors: { allow_origins: '*' }\n"
                                          "routes: { GET /x: { respond: {}, cors: {} } }\n");

    cr_assert_eq(config->apis->cors->max_age_ms, -1);
    cr_assert_eq(config->routes->cors->allow_origins.count, 0);
    lg_config_free(config);
}

Test(cors, nothing_in_it_is_no_api_of_its_own)
{
    struct lg_config *config =
        parse_good("cors:\napis:\n  a: { routes: { GET /x: { respond: {} } } }\n");

    cr_assert_eq(config->api_count, 1);
    lg_config_free(config);
    ONE_FAULT(
        "cors: { allow_origins: '*' }\napis:\n  a: { routes: { GET /x: { respond: {} } } }\n",
        "t.yaml:1: cors: found beside \"apis\" without \"routes\", expected it in the API that "
        "it is meant for");
}

Test(cors, origins_may_be_any_or_any_of_a_scheme_or_any_below_a_host)
{
    struct lg_config *config =
        parse_good("cors: { allow_origins: ['*', https://*, http://*, 'https://*.example.com', "
                   "https://a.example.com:8443, 'http://[::1]:3000', capacitor://localhost] }\n");

    cr_assert_eq(config->apis->cors->allow_origins.count, 7);
    lg_config_free(config);
}

static void bad_origin(const char *origin)
{
    char text[200];

    snprintf(text, sizeof(text), "cors: { allow_origins: ['%s'] }\n", origin);
    cr_assert(strstr(parse_faults(text), "expected an origin such as https://app.example.com") !=
                  NULL,
              "%s: %s", origin, parse_faults(text));
}

Test(cors, what_is_no_origin_is_refused)
{
    bad_origin("null");
    bad_origin("");
    bad_origin("app.example.com");
    bad_origin("https://app.example.com/");
    bad_origin("https://app.example.com/path");
    bad_origin("https://user@app.example.com");
    bad_origin("https://a*.example.com");
    bad_origin("https://a.*.com");
    bad_origin("ftp://*");
    bad_origin("https://a.example.com https://b.example.com");
}

Test(cors, a_port_that_browsers_leave_out_is_refused)
{
    ONE_FAULT(
        "cors:\n  allow_origins: https://a.example.com:443\n",
        "t.yaml:2: cors.allow_origins: found \"https://a.example.com:443\", expected it without "
        "the port, which browsers leave out");
    ONE_FAULT(
        "cors:\n  allow_origins: http://a.example.com:80\n",
        "t.yaml:2: cors.allow_origins: found \"http://a.example.com:80\", expected it without "
        "the port, which browsers leave out");
    lg_config_free(parse_good("cors: { allow_origins: [http://a.example.com:443] }\n"));
}

Test(cors, credentials_for_any_origin_are_refused)
{
    static const char *const origins[] = { "*", "https://*", "http://*" };

    for (size_t i = 0; i < 3; i++) {
        char text[200];

        snprintf(text, sizeof(text), "cors: { allow_origins: '%s', allow_credentials: true }\n",
                 origins[i]);
        cr_assert(strstr(parse_faults(text), "expected the origins by name") != NULL, "%s",
                  parse_faults(text));
    }
    lg_config_free(
        parse_good("cors: { allow_origins: 'https://*.example.com', allow_credentials: true }\n"));
}

Test(cors, any_exposed_header_with_credentials_is_refused)
{
    ONE_FAULT(
        "cors:\n  allow_origins: https://a.example.com\n  allow_credentials: true\n"
        "  expose_headers: '*'\n",
        "t.yaml:4: cors.expose_headers: found * with \"allow_credentials\", expected the headers "
        "by name: browsers take it for one");
}

Test(cors, the_rest_goes_with_origins_only)
{
    ONE_FAULT("cors:\n  allow_methods: GET\n",
              "t.yaml:2: cors.allow_methods: found without \"allow_origins\", expected the two "
              "together");
}

Test(cors, an_age_is_whole_seconds)
{
    ONE_FAULT("cors:\n  allow_origins: '*'\n  max_age: 1500ms\n",
              "t.yaml:3: cors.max_age: found a part of a second, expected whole seconds");
}

Test(cors, a_list_has_at_most_100_entries)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    lg_buf_add_cstr(&text, "cors:\n  allow_origins: '*'\n  allow_headers: [a0");
    for (int i = 1; i < 100; i++)
        lg_buf_printf(&text, ", a%d", i);
    lg_buf_add_cstr(&text, "]\n");
    lg_buf_add_char(&text, '\0');
    lg_config_free(parse_good(text.data));
    text.size -= 3;
    lg_buf_add_cstr(&text, ", a100]\n");
    lg_buf_add_char(&text, '\0');
    ONE_FAULT(text.data, "t.yaml:3: cors.allow_headers: found 101 entries, expected at most 100");
    lg_buf_done(&text);
}

Test(cors, a_header_has_at_most_128_characters)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    lg_buf_add_cstr(&text, "cors:\n  allow_origins: '*'\n  allow_headers: ");
    for (int i = 0; i < 128; i++)
        lg_buf_add_char(&text, 'a');
    lg_buf_add_char(&text, '\0');
    lg_config_free(parse_good(text.data));
    text.size--;
    lg_buf_add_cstr(&text, "a");
    lg_buf_add_char(&text, '\0');
    cr_assert(strstr(parse_faults(text.data), "expected the name of a header, or *") != NULL);
    lg_buf_done(&text);
}

/* --- OPTIONS methods of a REST API ------------------------------------------------------------ */

#define REST "apis:\n  a:\n    kind: rest\n    stage: prod\n"
#define CORS "    cors: { allow_origins: '*' }\n"

static const struct lg_config_route *find(const struct lg_config *config, const char *key)
{
    for (size_t i = 0; i < config->route_count; i++)
        if (strcmp(config->routes[i].key, key) == 0)
            return &config->routes[i];
    return NULL;
}

Test(cors, a_rest_api_gets_an_options_method_for_every_path)
{
    struct lg_config *config =
        parse_good(REST CORS "    routes:\n      GET /x: { respond: {} }\n"
                             "      POST /x: { respond: {} }\n      ANY /y/{id}: { respond: {} }\n"
                             "      PUT /z/{rest+}: { respond: {} }\n");
    const struct lg_config_route *made = find(config, "OPTIONS /x");

    cr_assert_eq(config->route_count, 7);
    cr_assert_eq(config->apis->route_count, 7);
    cr_assert(made != NULL && made->answers_options && made->api == config->apis);
    cr_assert_eq(made->respond->status, 204);
    cr_assert_eq(made->respond->body, NULL);
    cr_assert_eq(made->cors, config->apis->cors);
    cr_assert(find(config, "OPTIONS /y/{id}") != NULL);
    cr_assert(find(config, "OPTIONS /z/{rest+}") != NULL);
    cr_assert_eq(find(config, "GET /x")->answers_options, false);
    lg_config_free(config);
}

Test(cors, an_options_method_of_ones_own_stays_and_names_of_variables_make_no_difference)
{
    struct lg_config *config =
        parse_good(REST CORS "    routes:\n      GET /x/{id}/y: { respond: {} }\n"
                             "      OPTIONS /x/{name}/y: { respond: { status: 200 } }\n"
                             "      GET /z/{a}: { respond: {} }\n"
                             "      PUT /z/{b}: { respond: {} }\n");

    cr_assert_eq(config->route_count, 5);
    cr_assert_eq(find(config, "OPTIONS /x/{name}/y")->respond->status, 200);
    cr_assert(find(config, "OPTIONS /z/{a}") != NULL);
    lg_config_free(config);
}

Test(cors, of_a_path_one_route_may_have_cors_of_its_own)
{
    struct lg_config *config =
        parse_good(REST "    routes:\n      GET /x: { respond: {}, cors: { allow_origins: '*' } }\n"
                        "      GET /y: { respond: {} }\n");

    cr_assert_eq(config->route_count, 3);
    cr_assert_eq(find(config, "OPTIONS /x")->cors, find(config, "GET /x")->cors);
    lg_config_free(config);
    ONE_FAULT(REST "    routes:\n      GET /x: { respond: {}, cors: { allow_origins: '*' } }\n"
                   "      PUT /x: { respond: {}, cors: {} }\n",
              "t.yaml:7: apis.a.routes.\"PUT /x\".cors: found beside that of \"GET /x\" in line 6, "
              "expected it once for a path: one OPTIONS method answers for all");
}

Test(cors, a_path_without_origins_gets_no_options_method_and_neither_does_an_http_api)
{
    struct lg_config *config =
        parse_good(REST CORS "    routes: { GET /x: { respond: {}, cors: {} } }\n");

    cr_assert_eq(config->route_count, 1);
    lg_config_free(config);
    config = parse_good("cors: { allow_origins: '*' }\n" ROUTES);
    cr_assert_eq(config->route_count, 1);
    lg_config_free(config);
}

/* --- parameters and mappings ------------------------------------------------------------------ */

Test(mapping_options, pairs_and_statuses_are_read)
{
    struct lg_config *config =
        parse_good(FUNCTION "routes:\n  GET /x:\n    function: f\n"
                            "    parameters: { header.X-A: required, querystring.q: optional }\n"
                            "    request_parameters: { append:header.a: $request.header.b, "
                            "overwrite:path: '/${request.header.c}' }\n"
                            "    response_parameters:\n      '200': { remove:header.x: '' }\n"
                            "      '404': { overwrite:statuscode: 410 }\n");
    const struct lg_config_route *route = config->routes;

    cr_assert_eq(route->parameters.count, 2);
    cr_assert_str_eq(route->parameters.items[0].name, "header.X-A");
    cr_assert_eq(route->request_parameters.count, 2);
    cr_assert_str_eq(route->request_parameters.items[1].value, "/${request.header.c}");
    cr_assert_eq(route->response_parameters.count, 2);
    cr_assert_str_eq(route->response_parameters.items[0].name, "200");
    cr_assert_str_eq(route->response_parameters.items[1].pairs.items[0].name,
                     "overwrite:statuscode");
    cr_assert_str_eq(route->response_parameters.items[1].pairs.items[0].value, "410");
    cr_assert_eq(route->response_parameters.items[1].pairs.items[0].where.line, 11);
    lg_config_free(config);
}

Test(mapping_options, bad_ones_are_faults_in_their_place)
{
    ONE_FAULT(FUNCTION "routes:\n  GET /x:\n    function: f\n    parameters: { header.x: maybe }\n",
              "t.yaml:7: routes.\"GET /x\".parameters.\"header.x\": found \"maybe\", expected "
              "required or optional");
    ONE_FAULT(FUNCTION
              "routes:\n  GET /x:\n    function: f\n    parameters: { cookie.x: required }\n",
              "t.yaml:7: routes.\"GET /x\".parameters.\"cookie.x\": found the name \"cookie.x\", "
              "expected header.NAME, querystring.NAME or path.NAME");
    ONE_FAULT(
        "routes:\n  GET /x:\n    respond: {}\n    request_parameters: { remove:header.x: '' }\n",
        "t.yaml:4: routes.\"GET /x\".request_parameters: found without \"function\" and "
        "\"http\", expected one of them beside it");
    ONE_FAULT("routes:\n  GET /x:\n    respond: {}\n    response_parameters: { '700': {} }\n",
              "t.yaml:4: routes.\"GET /x\".response_parameters.700: found the name \"700\", "
              "expected a status from 200 to 599");
    ONE_FAULT("routes:\n  GET /x:\n    respond: {}\n    response_parameters: { '200': yes }\n",
              "t.yaml:4: routes.\"GET /x\".response_parameters.200: found \"yes\", expected a "
              "mapping of names to strings");
    ONE_FAULT(
        "routes:\n  GET /x:\n    respond: {}\n    response_parameters: [200]\n",
        "t.yaml:4: routes.\"GET /x\".response_parameters: found a list, expected a mapping of "
        "names to mappings of names to strings");
}
