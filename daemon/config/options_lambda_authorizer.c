/* options_lambda_authorizer.c -- the options of an authorizer that is a function. */
#include "base/mem.h"
#include "config/config.h"
#include "config/options.h"

#define LAMBDA(member) LG_OPTION_AT(lg_config_lambda_authorizer, member)

static const struct lg_choice types[] = {
    { "request", LG_AUTHORIZER_REQUEST, false },
    { "token", LG_AUTHORIZER_TOKEN, false },
};

static const struct lg_shape source_shape = {
    "none|(\\$request|method\\.request)\\.(header\\.[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}|"
    "querystring\\.[!-~]{1,128})|\\$?context\\.[A-Za-z0-9_.]{1,128}|"
    "\\$?stageVariables\\.[A-Za-z0-9_]{1,64}",
    "$request.header.NAME, $request.querystring.NAME, $context.NAME, $stageVariables.NAME, or "
    "none",
};

static const struct lg_shape pattern_shape = { "[\\s\\S]{1,1024}", "up to 1024 characters" };

static const struct lg_option lambda_options[] = {
    { .key = "function",
      .type = LG_OPTION_FUNCTION,
      .flags = LG_OPTION_REQUIRED,
      LAMBDA(function),
      .example = "authorize",
      .help = "The function that decides, by its name under `functions`." },
    { .key = "type",
      .type = LG_OPTION_ENUM,
      LAMBDA(type),
      .choices = types,
      .choice_count = LG_COUNT(types),
      .noun = "type",
      .fallback = "request",
      .example = "token",
      .help = "What the function is told: `request` the whole head of the request, `token` one "
              "header field, in REST APIs only." },
    { .key = "payload",
      .type = LG_OPTION_ENUM,
      LAMBDA(payload),
      .choices = lg_choices_payload,
      .choice_count = LG_CHOICES_PAYLOAD,
      .noun = "payload format",
      .instead = "an HTTP API uses 2.0, and a REST API 1.0, which is all that it knows",
      .example = "\"1.0\"",
      .help = "The format of the event that the function gets." },
    { .key = "identity_sources",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_ONE_OR_MORE,
      LAMBDA(identity_sources),
      .shape = &source_shape,
      .instead = "it is `$request.header.Authorization`",
      .example = "[ $request.header.Authorization ]",
      .help = "What tells requests apart. Where one is missing or empty the answer is 401, and the "
              "function is not called; in a REST API that does not cache, they may be missing. "
              "What a function said holds for all requests with the same values. REST's spelling "
              "(`method.request.header.NAME`) will do too. `none` goes without, and without "
              "caching." },
    { .key = "identity_validation",
      .type = LG_OPTION_STRING,
      LAMBDA(identity_validation),
      .shape = &pattern_shape,
      .instead = "every token is for the function to judge",
      .example = "\"Bearer [-_.0-9A-Za-z]+\"",
      .help = "With `type: token`: a regular expression (PCRE2) that the whole token must match; "
              "else the answer is 401, and the function is not called." },
    { .key = "cache_ttl",
      .type = LG_OPTION_DURATION,
      LAMBDA(cache_ttl_ms),
      .min = 0,
      .max = 3600000,
      .instead = "it is 5m in a REST API and 0s in an HTTP API",
      .example = "5m",
      .help = "How long an answer is remembered. A policy is judged anew for each request, so that "
              "one that names a single route denies all others meanwhile. 0s asks every time." },
    { .key = "simple_responses",
      .type = LG_OPTION_BOOL,
      LAMBDA(simple_responses),
      .fallback = "false",
      .help = "The function answers `{\"isAuthorized\": true, \"context\": {...}}` in place of an "
              "IAM policy: in HTTP APIs, with payload format 2.0." },
};

const struct lg_group lg_options_lambda_authorizer = {
    .name = "lambda_authorizer",
    .help = "A function of this gateway that says who may: API Gateway's Lambda authorizer.",
    .size = sizeof(struct lg_config_lambda_authorizer),
    .where_at = offsetof(struct lg_config_lambda_authorizer, where),
    .options = lambda_options,
    .count = LG_COUNT(lambda_options),
    .rule = lg_rule_lambda_authorizer,
};
