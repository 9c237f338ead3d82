/* options_response.c -- the options of a gateway response. */
#include "base/mem.h"
#include "config/config.h"
#include "config/options.h"

#define RESPONSE(member) LG_OPTION_AT(lg_config_gateway_response, member)

/* The names are those of response_types.c; a test holds the two together. */
const struct lg_shape lg_shape_response_type = {
    "ACCESS_DENIED|API_CONFIGURATION_ERROR|AUTHORIZER_CONFIGURATION_ERROR|AUTHORIZER_FAILURE|"
    "BAD_REQUEST_BODY|BAD_REQUEST_PARAMETERS|DEFAULT_4XX|DEFAULT_5XX|EXPIRED_TOKEN|"
    "INTEGRATION_FAILURE|INTEGRATION_TIMEOUT|INVALID_API_KEY|INVALID_SIGNATURE|"
    "MISSING_AUTHENTICATION_TOKEN|QUOTA_EXCEEDED|RESOURCE_NOT_FOUND|THROTTLED|UNAUTHORIZED|"
    "UNSUPPORTED_MEDIA_TYPE|WAF_FILTERED",
    "a type of gateway responses that can be changed, such as UNAUTHORIZED or DEFAULT_4XX",
};

static const struct lg_shape parameter_name = {
    "gatewayresponse\\.header\\.[!#$%&'*+.^_`|~0-9A-Za-z-]+",
    "gatewayresponse.header.NAME",
};
static const struct lg_shape template_name = {
    "[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}",
    "a media type such as application/json",
};

static const struct lg_option response_options[] = {
    { .key = "status_code",
      .type = LG_OPTION_INTEGER,
      RESPONSE(status_code),
      .min = 200,
      .max = 599,
      .instead = "it is that of the type",
      .example = "404",
      .help = "The status of the answer." },
    { .key = "response_parameters",
      .type = LG_OPTION_PAIRS,
      RESPONSE(response_parameters),
      .name = &parameter_name,
      .check = lg_rule_response_parameters,
      .example = "{ gatewayresponse.header.Access-Control-Allow-Origin: \"'*'\" }",
      .help = "Header fields of the answer, as `gatewayresponse.header.NAME`. Values are text in "
              "single quotes, `method.request.header.NAME`, `method.request.querystring.NAME`, "
              "`method.request.path.NAME`, `context.NAME` or `stageVariables.NAME`." },
    { .key = "response_templates",
      .type = LG_OPTION_PAIRS,
      RESPONSE(response_templates),
      .name = &template_name,
      .instead = "the body is `{\"message\":$context.error.messageString}`",
      .example = "{ application/json: '{\"error\":$context.error.messageString}' }",
      .help = "Bodies by media type; the first type of `Accept` chooses, else application/json. "
              "`$context.NAME`, `$stageVariables.NAME` and `$method.request.header.NAME` (also "
              "`querystring` and `path`) are replaced; `$context.error.messageString` stands in "
              "quotes already." },
};

const struct lg_group lg_options_gateway_response = {
    .name = "gateway_response",
    .help = "One type of answers that a REST API gives by itself.",
    .size = sizeof(struct lg_config_gateway_response),
    .name_at = offsetof(struct lg_config_gateway_response, name),
    .where_at = offsetof(struct lg_config_gateway_response, where),
    .options = response_options,
    .count = LG_COUNT(response_options),
    .rule = lg_rule_gateway_response,
};
