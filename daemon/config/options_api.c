/* options_api.c -- the options of one of several APIs. */
#include "base/mem.h"
#include "config/config.h"
#include "config/options.h"

#define API(member) LG_OPTION_AT(lg_config_api, member)

const struct lg_shape lg_shape_stage = {
    "\\$default|[A-Za-z0-9_-]{1,128}",
    "$default, or up to 128 letters, digits, - and _",
};
const struct lg_shape lg_shape_api_id = {
    "[A-Za-z0-9-]{1,64}",
    "up to 64 letters, digits and -",
};
const struct lg_shape lg_shape_variable_name = {
    "[A-Za-z0-9_]{1,64}",
    "up to 64 letters, digits and _",
};
const struct lg_shape lg_shape_variable_value = {
    "[A-Za-z0-9._~:/?#&=,-]{1,512}",
    "up to 512 of letters, digits and -._~:/?#&=, as in a URL",
};

#define LABEL "[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
#define IPV6 "\\[[0-9A-Fa-f:.]{2,45}\\]"

const struct lg_shape lg_shape_model = {
    "[A-Za-z][A-Za-z0-9_-]{0,127}",
    "a letter and up to 127 letters, digits, - and _",
};

static const struct lg_shape host_shape = {
    "(\\*\\.)?" LABEL "(\\." LABEL "){0,126}|" IPV6,
    "a host such as api.example.com, or *.example.com for whatever stands before it, without a "
    "port",
};
static const struct lg_shape base_path_shape = {
    "(?=.{2,300}$)(/[A-Za-z0-9$_.+!*'()-]+)+",
    "a path such as /shop, of up to 300 letters, digits and $-_.+!*'()",
};
static const struct lg_shape media_type_shape = {
    "\\*/\\*|[A-Za-z0-9!#$&^_.+-]{1,127}/(\\*|[A-Za-z0-9!#$&^_.+-]{1,127})",
    "a media type such as image/png, image/* or */*",
};

const struct lg_choice lg_choices_errors[LG_CHOICES_ERRORS] = {
    { "aws", LG_ERRORS_AWS, false },
    { "distinct", LG_ERRORS_DISTINCT, false },
};

static const struct lg_choice kinds[] = {
    { "http", LG_API_HTTP, false },
    { "rest", LG_API_REST, false },
};

static const struct lg_sample response_samples[] = { { "DEFAULT_4XX", NULL } };
static const struct lg_sample route_samples[] = {
    { "GET /orders/{id}",
      "payload body concurrency http redirect respond authorizer parameters request_parameters "
      "response_parameters cors scopes" },
};

static const struct lg_option api_options[] = {
    { .key = "kind",
      .type = LG_OPTION_ENUM,
      API(kind),
      .choices = kinds,
      .choice_count = LG_COUNT(kinds),
      .noun = "kind of API",
      .fallback = "http",
      .example = "rest",
      .help = "Whose contract clients and functions meet: that of API Gateway's HTTP APIs, or of "
              "its REST APIs." },
    { .key = "host",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_ONE_OR_MORE,
      API(hosts),
      .shape = &host_shape,
      .instead = "the API serves every host that no other API names",
      .example = "[ shop.example.com, \"*.shop.example.com\" ]",
      .help = "The host, or hosts, that the API is served under, as its custom domains. An exact "
              "host beats a wildcard, and a longer wildcard a shorter one; ports and case make no "
              "difference." },
    { .key = "base_path",
      .type = LG_OPTION_STRING,
      API(base_path),
      .shape = &base_path_shape,
      .instead = "paths begin with the routes' own, after a named stage if there is no `host` "
                 "either",
      .example = "/v1",
      .help = "What the paths of the API begin with, as the mapping of a custom domain; routes do "
              "not name it. Of the APIs of a host the one with the longest base path that fits is "
              "taken." },
    { .key = "stage",
      .type = LG_OPTION_STRING,
      API(stage),
      .shape = &lg_shape_stage,
      .instead = "an HTTP API has the stage `$default`; a REST API must name one",
      .example = "prod",
      .help = "The stage that functions find in their events. Paths begin with it, unless it is "
              "`$default` or there is a `host` or a `base_path`." },
    { .key = "stage_variables",
      .type = LG_OPTION_PAIRS,
      API(stage_variables),
      .name = &lg_shape_variable_name,
      .shape = &lg_shape_variable_value,
      .example = "{ backend: blue }",
      .help = "Names and values that functions find in their events as stageVariables." },
    { .key = "api_id",
      .type = LG_OPTION_STRING,
      API(api_id),
      .shape = &lg_shape_api_id,
      .instead = "it is the name of the API",
      .example = "a1b2c3d4e5",
      .help = "The id of the API that functions find in their events." },
    { .key = "errors",
      .type = LG_OPTION_ENUM,
      API(errors),
      .choices = lg_choices_errors,
      .choice_count = LG_CHOICES_ERRORS,
      .fallback = "aws",
      .help = "The status of errors of the gateway's own: as API Gateway has them, or `distinct`, "
              "where 503 says that no function has run and 504 that one may have. "
              "`x-lambdagate-outcome` tells both apart in any case." },
    { .key = "binary_media_types",
      .type = LG_OPTION_STRINGS,
      API(binary_media_types),
      .shape = &media_type_shape,
      .instead = "every body is text",
      .example = "[ image/png, application/octet-stream ]",
      .help = "The media types that a REST API hands to functions as base64, and lets them answer "
              "with. An HTTP API needs no such list." },
    { .key = "gateway_responses",
      .type = LG_OPTION_MAP,
      API(gateway_responses),
      .count_at = offsetof(struct lg_config_api, gateway_response_count),
      .name = &lg_shape_response_type,
      .group = &lg_options_gateway_response,
      .samples = response_samples,
      .sample_count = LG_COUNT(response_samples),
      .help = "What a REST API says when no integration answered, by the type of the response, as "
              "in API Gateway. `DEFAULT_4XX` and `DEFAULT_5XX` stand for all types that are not "
              "named, but never for `REQUEST_TOO_LARGE`, which nobody can change." },
    { .key = "cors",
      .type = LG_OPTION_GROUP,
      API(cors),
      .group = &lg_options_cors,
      .help = "What pages of other origins may do, on every route that does not say it itself." },
    { .key = "authorizer",
      .type = LG_OPTION_STRING,
      API(authorizer_name),
      .where_at = offsetof(struct lg_config_api, authorizer_where),
      .instead = "every route names its own",
      .example = "shop",
      .help = "Who may use the routes that name no authorizer of their own: a name under "
              "`authorizers`, or `none`." },
    { .key = "models",
      .type = LG_OPTION_PAIRS,
      .flags = LG_OPTION_PATHS,
      API(models),
      .name = &lg_shape_model,
      .example = "{ Item: schemas/item.json }",
      .help = "JSON Schemas by name, for `body` of the routes." },
    { .key = "validation",
      .type = LG_OPTION_GROUP,
      API(validation),
      .group = &lg_options_validation,
      .help = "How bodies are checked." },
    { .key = "routes",
      .type = LG_OPTION_MAP,
      API(routes),
      .count_at = offsetof(struct lg_config_api, route_count),
      .group = &lg_options_route,
      .samples = route_samples,
      .sample_count = LG_COUNT(route_samples),
      .help = "The routes of the API, as `routes` at the top level. A REST API knows no "
              "`$default`." },
};

const struct lg_group lg_options_api = {
    .name = "api",
    .help = "One of several APIs: where its requests are found, and whose contract they follow.",
    .size = sizeof(struct lg_config_api),
    .name_at = offsetof(struct lg_config_api, name),
    .where_at = offsetof(struct lg_config_api, where),
    .options = api_options,
    .count = LG_COUNT(api_options),
    .rule = lg_rule_api,
};
