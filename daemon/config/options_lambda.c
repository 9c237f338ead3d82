/* options_lambda.c -- the options of a function in AWS Lambda. */
#include "base/mem.h"
#include "config/config.h"
#include "config/options.h"
#include "config/rules.h"

#define LAMBDA(member) LG_OPTION_AT(lg_config_lambda, member)

static const struct lg_shape arn_shape = {
    "arn:aws[a-z-]*:lambda:[a-z]{2,}(-[a-z0-9]+)+:[0-9]{12}:function:[a-zA-Z0-9_-]{1,64}"
    "(:(\\$LATEST|[a-zA-Z0-9_-]{1,128}))?",
    "the ARN of a function, such as arn:aws:lambda:eu-west-1:123456789012:function:shop",
};

static const struct lg_shape name_shape = {
    "([0-9]{12}:(function:)?)?[a-zA-Z0-9_-]{1,64}(:(\\$LATEST|[a-zA-Z0-9_-]{1,128}))?",
    "the name of a function, or 123456789012:function:NAME",
};

static const struct lg_shape qualifier_shape = {
    "\\$LATEST|[a-zA-Z0-9_-]{1,128}",
    "an alias or a version",
};

static const struct lg_shape function_url_shape = {
    "https?://[A-Za-z0-9_.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~!$&'()*+,;=:@%/-]*)?",
    "the address of a function URL, without a query, such as "
    "https://abc123.lambda-url.eu-west-1.on.aws/",
};

static const struct lg_choice auth_types[] = {
    { "AWS_IAM", false, false },
    { "NONE", true, false },
};

static const struct lg_choice types[] = {
    { "RequestResponse", false, false },
    { "Event", true, false },
};

static const struct lg_option lambda_options[] = {
    { .key = "arn",
      .type = LG_OPTION_STRING,
      LAMBDA(arn),
      .shape = &arn_shape,
      .instead = "`function` or `url` names it",
      .example = "arn:aws:lambda:eu-west-1:123456789012:function:billing:prod",
      .help = "The function, its region and, behind another colon, its alias or version." },
    { .key = "function",
      .type = LG_OPTION_STRING,
      LAMBDA(function),
      .shape = &name_shape,
      .instead = "`arn` or `url` names it",
      .example = "billing",
      .help = "The function by its name, of another account with that before it." },
    { .key = "url",
      .type = LG_OPTION_STRING,
      LAMBDA(url),
      .shape = &function_url_shape,
      .instead = "it is called by Lambda's Invoke API",
      .example = "https://abc123.lambda-url.eu-west-1.on.aws/",
      .help = "Its function URL: events of payload format 2.0 are sent as requests of HTTP, and "
              "answers are results." },
    { .key = "auth_type",
      .type = LG_OPTION_ENUM,
      LAMBDA(no_auth),
      .choices = auth_types,
      .choice_count = LG_COUNT(auth_types),
      .noun = "type of authentication",
      .fallback = "AWS_IAM",
      .help = "Whether requests to `url` are signed, as that URL of the function is configured." },
    { .key = "qualifier",
      .type = LG_OPTION_STRING,
      LAMBDA(qualifier),
      .shape = &qualifier_shape,
      .instead = "it is what the name says, or `$LATEST`",
      .example = "prod",
      .help = "The alias or version." },
    { .key = "region",
      .type = LG_OPTION_STRING,
      LAMBDA(region),
      .shape = &lg_shape_region,
      .instead = "it is that of the ARN or the URL, or that of `aws`",
      .example = "eu-west-1",
      .help = "Where the function is." },
    { .key = "endpoint",
      .type = LG_OPTION_STRING,
      LAMBDA(endpoint),
      .shape = &lg_shape_endpoint,
      .instead = "it is `AWS_ENDPOINT_URL_LAMBDA`, or AWS's own for the region",
      .example = "https://vpce-0123-abcd.lambda.eu-west-1.vpce.amazonaws.com",
      .help = "Where Lambda is reached: a VPC endpoint, or a server for tests." },
    { .key = "ca_file",
      .type = LG_OPTION_PATH,
      LAMBDA(ca_file),
      .instead = "it is that of `aws`, or the system's authorities",
      .example = "lambda-ca.pem",
      .help = "Certificates of the authorities that are trusted for the endpoint, in PEM. A reload "
              "reads it again, when it has changed." },
    { .key = "fips",
      .type = LG_OPTION_BOOL,
      LAMBDA(fips),
      .fallback = "false",
      .help = "Whether AWS's endpoint with validated cryptography is called." },
    { .key = "dual_stack",
      .type = LG_OPTION_BOOL,
      LAMBDA(dual_stack),
      .fallback = "false",
      .help = "Whether AWS's endpoint that has IPv6 addresses too is called." },
    { .key = "invocation_type",
      .type = LG_OPTION_ENUM,
      LAMBDA(event),
      .choices = types,
      .choice_count = LG_COUNT(types),
      .noun = "invocation type",
      .fallback = "RequestResponse",
      .help = "Whether the result is waited for, or the event is handed over alone (`Event`): the "
              "answer is then empty, and Lambda runs the function later." },
    { .key = "retries",
      .type = LG_OPTION_INTEGER,
      LAMBDA(retries),
      .min = 0,
      .max = 10,
      .fallback = "2",
      .help = "How often a call is tried again where the function surely has not run: throttled, "
              "not connected, credentials that have ended. A budget of all calls bounds it too." },
    { .key = "connections",
      .type = LG_OPTION_INTEGER,
      LAMBDA(connections),
      .min = 1,
      .max = 10000,
      .fallback = "250",
      .help = "Connections to the endpoint that a loop may have open for this function: calls of "
              "it that may run at once." },
    { .key = "connect_timeout",
      .type = LG_OPTION_DURATION,
      LAMBDA(connect_timeout_ms),
      .min = 10,
      .max = 60000,
      .fallback = "2s",
      .help = "How long finding the address and connecting may take, and TLS as long again." },
};

static const char *const lambda_one_of[] = { "arn", "function", "url", NULL };

const struct lg_group lg_options_lambda = {
    .name = "lambda",
    .help = "A function in AWS Lambda, called with the credentials of `aws`, or of `credentials` "
            "beside it.",
    .size = sizeof(struct lg_config_lambda),
    .where_at = offsetof(struct lg_config_lambda, where),
    .options = lambda_options,
    .count = LG_COUNT(lambda_options),
    .one_of = lambda_one_of,
    .rule = lg_rule_lambda,
};
