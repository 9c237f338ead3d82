/* options_route.c -- the options of a route and of what answers without a function. */
#include "base/mem.h"
#include "config/config.h"
#include "config/options.h"

#define REDIRECT(member) LG_OPTION_AT(lg_config_redirect, member)
#define RESPOND(member) LG_OPTION_AT(lg_config_respond, member)
#define ROUTE(member) LG_OPTION_AT(lg_config_route, member)

/* --- redirect --------------------------------------------------------------------------------- */

static const struct lg_choice redirect_statuses[] = {
    { "301", 301, true }, { "302", 302, true }, { "303", 303, true },
    { "307", 307, true }, { "308", 308, true },
};

static const struct lg_choice query_choices[] = { { "keep", 1, false }, { "drop", 0, false } };

static const struct lg_shape redirect_target = { "[\\s\\S]+", "a URL or a path" };
static const struct lg_shape query_name = { "[\\s\\S]+", "at least one character" };

static const struct lg_option redirect_options[] = {
    { .key = "to",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_REQUIRED,
      REDIRECT(to),
      .shape = &redirect_target,
      .example = "https://docs.example.com/{page}",
      .help = "The URL to go to: http(s), or a path of this host. `{name}` is replaced by what the "
              "route's variable of that name took; it may stand in path, query and fragment, but "
              "never in the host." },
    { .key = "status",
      .type = LG_OPTION_ENUM,
      REDIRECT(status),
      .choices = redirect_statuses,
      .choice_count = LG_COUNT(redirect_statuses),
      .fallback = "302",
      .help = "The status of the answer. 307 and 308 make clients repeat the method and the body, "
              "301 and 308 are remembered." },
    { .key = "query",
      .type = LG_OPTION_ENUM,
      REDIRECT(keep_query),
      .choices = query_choices,
      .choice_count = LG_COUNT(query_choices),
      .fallback = "keep",
      .help = "Whether the query of the request is passed on." },
    { .key = "add_query",
      .type = LG_OPTION_PAIRS,
      REDIRECT(add_query),
      .name = &query_name,
      .example = "{ from: gateway }",
      .help = "Names and values that are added to the query." },
};

static const struct lg_group redirect_group = {
    .name = "redirect",
    .help = "Sends the client elsewhere.",
    .size = sizeof(struct lg_config_redirect),
    .where_at = offsetof(struct lg_config_redirect, where),
    .options = redirect_options,
    .count = LG_COUNT(redirect_options),
};

/* --- respond ---------------------------------------------------------------------------------- */

static const struct lg_shape header_name = {
    "[!#$%&'*+.^_`|~0-9A-Za-z-]+",
    "a header name: letters, digits and !#$%&'*+-.^_`|~",
};
static const struct lg_shape header_value = {
    "[^\\x00-\\x08\\x0A-\\x1F\\x7F]*",
    "a value without control characters",
};

static const struct lg_option respond_options[] = {
    { .key = "status",
      .type = LG_OPTION_INTEGER,
      RESPOND(status),
      .min = 200,
      .max = 599,
      .fallback = "200",
      .help = "The status of the answer." },
    { .key = "headers",
      .type = LG_OPTION_PAIRS,
      RESPOND(headers),
      .name = &header_name,
      .shape = &header_value,
      .check = lg_rule_headers,
      .example = "{ cache-control: no-store }",
      .help = "Header fields of the answer. A content-type here wins over the one that comes with "
              "`json` or `text`." },
    { .key = "json",
      .type = LG_OPTION_JSON,
      RESPOND(body),
      .example = "{ ok: true }",
      .help = "The body as any value, sent as application/json. Plain words, numbers, true, false "
              "and null have the types of YAML's core schema." },
    { .key = "text",
      .type = LG_OPTION_STRING,
      RESPOND(body),
      .example = "\"User-agent: *\\n\"",
      .help = "The body as text, sent as text/plain in UTF-8." },
};

static const char *const respond_at_most_one[] = { "json", "text", NULL };

static const struct lg_group respond_group = {
    .name = "respond",
    .help = "Always gives the same answer. Without `json` and `text` it has no body.",
    .size = sizeof(struct lg_config_respond),
    .where_at = offsetof(struct lg_config_respond, where),
    .options = respond_options,
    .count = LG_COUNT(respond_options),
    .at_most_one = respond_at_most_one,
    .rule = lg_rule_respond,
};

/* --- route ------------------------------------------------------------------------------------ */

const struct lg_choice lg_choices_payload[LG_CHOICES_PAYLOAD] = {
    { "1.0", LG_PAYLOAD_V1, true },
    { "2.0", LG_PAYLOAD_V2, true },
};
static const struct lg_choice invoke_modes[] = {
    { "buffered", LG_INVOKE_BUFFERED, false },
    { "stream", LG_INVOKE_STREAM, false },
};
static const struct lg_shape parameter_name = {
    "(header|querystring|path)\\.[\\s\\S]+",
    "header.NAME, querystring.NAME or path.NAME",
};
static const struct lg_shape parameter_value = { "required|optional", "required or optional" };
static const struct lg_shape status_name = { "[2-5][0-9][0-9]", "a status from 200 to 599" };

static const struct lg_shape scope_shape = { "[!-~]{1,256}",
                                             "up to 256 characters without blanks" };
static const struct lg_shape body_type = {
    "\\$default|[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}",
    "a content type such as application/json, or $default",
};

static const struct lg_option route_options[] = {
    { .key = "function",
      .type = LG_OPTION_FUNCTION,
      ROUTE(function),
      .example = "put-item",
      .help = "The function that answers, by its name under `functions`." },
    { .key = "payload",
      .type = LG_OPTION_ENUM,
      ROUTE(payload),
      .choices = lg_choices_payload,
      .choice_count = LG_CHOICES_PAYLOAD,
      .noun = "payload format",
      .instead = "an HTTP API uses 2.0, and a REST API 1.0, which is all that it knows",
      .example = "\"2.0\"",
      .help = "The format of the event that the function gets, and of its answer, as API Gateway "
              "counts them." },
    { .key = "invoke_mode",
      .type = LG_OPTION_ENUM,
      ROUTE(invoke_mode),
      .choices = invoke_modes,
      .choice_count = LG_COUNT(invoke_modes),
      .noun = "invoke mode",
      .instead = "the function's own counts",
      .example = "stream",
      .help = "`stream` passes an answer on while the function still sends it, `buffered` waits "
              "for its end. `timeout` is then the time to the beginning of the answer." },
    { .key = "body",
      .type = LG_OPTION_PAIRS,
      .flags = LG_OPTION_ONE_OR_MORE,
      ROUTE(body),
      .name = &body_type,
      .instead = "any body is fine",
      .example = "schemas/item.json",
      .help = "The JSON Schema that the body of a request must fit: one of `models` or a file. "
              "Others are answered with 400 and never reach the function. Written alone it is for "
              "application/json and all types that end in +json; a mapping names a schema for "
              "each content type, and `$default` one for all others." },
    { .key = "parameters",
      .type = LG_OPTION_PAIRS,
      ROUTE(parameters),
      .name = &parameter_name,
      .shape = &parameter_value,
      .example = "{ header.x-tenant: required, querystring.q: optional }",
      .help = "Header fields, query parameters and variables of the path that a request must have, "
              "and hold more than blanks. Without one it is answered with 400 and what is missing. "
              "`optional` only declares one for the mappings of a REST API." },
    { .key = "request_parameters",
      .type = LG_OPTION_PAIRS,
      ROUTE(request_parameters),
      .example = "{ \"overwrite:header.x-client\": \"$context.identity.sourceIp\" }",
      .help = "What the function sees instead of what the client sent, in the words of HTTP APIs' "
              "parameter mapping: `append`, `overwrite` and `remove` of `header.NAME` and "
              "`querystring.NAME`, and `overwrite:path`; from `$request.header.NAME`, "
              "`$request.querystring.NAME`, `$request.path`, `$request.path.NAME`, "
              "`$request.body.PATH`, `$context.NAME`, `$stageVariables.NAME`, and text around "
              "`${...}`." },
    { .key = "response_parameters",
      .type = LG_OPTION_NAMED_PAIRS,
      ROUTE(response_parameters),
      .name = &status_name,
      .example = "{ \"404\": { \"append:header.x-id\": \"$context.requestId\" } }",
      .help = "What the client gets instead of what the route answered, by status: `append`, "
              "`overwrite` and `remove` of `header.NAME`, and `overwrite:statuscode`; from "
              "`$response.header.NAME`, `$response.body.PATH`, `$context.NAME`, "
              "`$stageVariables.NAME` and text. In a REST API `method.response.header.NAME` from "
              "`integration.response.header.NAME`, `integration.response.body.PATH`, "
              "`context.NAME`, `stageVariables.NAME` or `'text'`, for redirects and static "
              "answers." },
    { .key = "cors",
      .type = LG_OPTION_GROUP,
      ROUTE(cors),
      .group = &lg_options_cors,
      .help = "What pages of other origins may do here, instead of what the API says. With nothing "
              "in it the gateway keeps silent on this route." },
    { .key = "timeout",
      .type = LG_OPTION_DURATION,
      ROUTE(timeout_ms),
      .min = 50,
      .max = 900000,
      .instead = "it is 30s in an HTTP API and 29s in a REST API",
      .example = "30s",
      .help = "How long the answer may take, from when the request has come whole. API Gateway "
              "allows 30s in an HTTP API and 29s in a REST API." },
    { .key = "concurrency",
      .type = LG_OPTION_INTEGER,
      ROUTE(concurrency),
      .min = 0,
      .max = 1000000,
      .fallback = "0",
      .help = "Requests of this route that may be worked on at once. More are answered with 429 "
              "and `Retry-After`. 0 is no limit of its own." },
    { .key = "http",
      .type = LG_OPTION_GROUP,
      ROUTE(http),
      .group = &lg_options_http,
      .help = "Passes the request on to an HTTP server, and its answer back." },
    { .key = "redirect",
      .type = LG_OPTION_GROUP,
      ROUTE(redirect),
      .group = &redirect_group,
      .help = "Sends the client elsewhere." },
    { .key = "respond",
      .type = LG_OPTION_GROUP,
      ROUTE(respond),
      .group = &respond_group,
      .help = "Always gives the same answer." },
    { .key = "authorizer",
      .type = LG_OPTION_STRING,
      ROUTE(authorizer_name),
      .where_at = offsetof(struct lg_config_route, authorizer_where),
      .instead = "that of the API counts; where there is any authorizer, it must be written",
      .example = "shop",
      .help = "Who may use the route: a name under `authorizers`, or `none`, which says aloud that "
              "it is public." },
    { .key = "scopes",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_ONE_OR_MORE,
      ROUTE(scopes),
      .shape = &scope_shape,
      .instead = "no scope is asked for",
      .example = "[ items/write ]",
      .help = "Scopes of which the token must have one, in `scope` or `scp`." },
};

static const char *const route_one_of[] = { "function", "http", "redirect", "respond", NULL };
static const struct lg_need route_needs[] = {
    { "payload", "function" },
    { "invoke_mode", "function" },
    { NULL, NULL },
};
static const struct lg_need_one route_needs_one[] = {
    { "body", "function", "http" },
    { "request_parameters", "function", "http" },
    { NULL, NULL, NULL },
};

const struct lg_group lg_options_route = {
    .name = "route",
    .help =
        "What happens to a request: exactly one of `function`, `http`, `redirect` and `respond`.",
    .size = sizeof(struct lg_config_route),
    .name_at = offsetof(struct lg_config_route, key),
    .where_at = offsetof(struct lg_config_route, where),
    .options = route_options,
    .count = LG_COUNT(route_options),
    .one_of = route_one_of,
    .needs = route_needs,
    .needs_one = route_needs_one,
};
