/* options_credentials.c -- the options of AWS credentials: a function's, and those of files. */
#include "base/mem.h"
#include "config/config.h"
#include "config/options.h"

#define FROM(member) LG_OPTION_AT(lg_config_credentials_from, member)

static const struct lg_shape profile_shape = {
    "[^\\]\\s]{1,128}",
    "the name of a profile",
};

static const struct lg_shape key_shape = {
    "[A-Za-z0-9]{16,128}",
    "an access key id",
};

static const struct lg_option from_options[] = {
    { .key = "file",
      .type = LG_OPTION_PATH,
      FROM(file),
      .example = "/etc/lambdagate/aws-credentials",
      .help = "A shared credentials file, as `~/.aws/credentials`. It is read anew each time." },
    { .key = "profile",
      .type = LG_OPTION_STRING,
      FROM(profile),
      .shape = &profile_shape,
      .fallback = "default",
      .help = "The section of that file." },
    { .key = "access_key_id",
      .type = LG_OPTION_STRING,
      FROM(access_key_id),
      .shape = &key_shape,
      .example = "AKIAIOSFODNN7EXAMPLE",
      .help = "A key by its id. What is secret of it lies in files." },
    { .key = "secret_access_key_file",
      .type = LG_OPTION_PATH,
      FROM(secret_access_key_file),
      .example = "/run/credentials/secret_access_key",
      .help = "The file that holds the secret access key and nothing else." },
    { .key = "session_token_file",
      .type = LG_OPTION_PATH,
      FROM(session_token_file),
      .instead = "the key is taken for a long-lived one",
      .example = "/run/credentials/session_token",
      .help = "The file that holds the session token of a temporary key and nothing else." },
};

static const char *const from_one_of[] = { "file", "access_key_id", NULL };
static const struct lg_need from_needs[] = {
    { "profile", "file" },
    { "access_key_id", "secret_access_key_file" },
    { "secret_access_key_file", "access_key_id" },
    { "session_token_file", "access_key_id" },
    { NULL, NULL },
};

const struct lg_group lg_options_credentials_from = {
    .name = "credentials_from",
    .help = "Where credentials lie on this machine.",
    .size = sizeof(struct lg_config_credentials_from),
    .options = from_options,
    .count = LG_COUNT(from_options),
    .one_of = from_one_of,
    .needs = from_needs,
};

#define ROLE(member) LG_OPTION_AT(lg_config_assume_role, member)

static const struct lg_shape role_shape = {
    "arn:aws[a-z-]*:iam::[0-9]{12}:role/[!-~]{1,575}",
    "the ARN of a role, such as arn:aws:iam::123456789012:role/shop",
};

static const struct lg_shape session_shape = {
    "[a-zA-Z0-9_+=,.@-]{2,64}",
    "2 to 64 letters, digits and _+=,.@-",
};

static const struct lg_shape external_id_shape = {
    "[a-zA-Z0-9_+=,.@:/-]{2,1224}",
    "2 to 1224 letters, digits and _+=,.@:/-",
};

static const struct lg_option role_options[] = {
    { .key = "arn",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_REQUIRED,
      ROLE(arn),
      .shape = &role_shape,
      .example = "arn:aws:iam::123456789012:role/shop",
      .help = "The role." },
    { .key = "session_name",
      .type = LG_OPTION_STRING,
      ROLE(session_name),
      .shape = &session_shape,
      .instead = "it is `AWS_ROLE_SESSION_NAME`, or lambdagate",
      .example = "gateway-1",
      .help = "What its sessions are called, in CloudTrail for instance." },
    { .key = "external_id",
      .type = LG_OPTION_STRING,
      ROLE(external_id),
      .shape = &external_id_shape,
      .instead = "none is sent",
      .example = "shop-42",
      .help = "What the role's owner asks for, so that nobody else has it taken by mistake." },
    { .key = "duration",
      .type = LG_OPTION_DURATION,
      ROLE(duration_ms),
      .min = 900000,
      .max = 43200000,
      .instead = "a session lasts an hour",
      .example = "1h",
      .help = "How long a session lasts. It is renewed ahead of that." },
};

const struct lg_group lg_options_assume_role = {
    .name = "assume_role",
    .help = "A role that is taken with the credentials that were found (STS AssumeRole).",
    .size = sizeof(struct lg_config_assume_role),
    .options = role_options,
    .count = LG_COUNT(role_options),
};

static const struct lg_choice source_words[] = {
    { "environment", LG_SOURCE_ENVIRONMENT, false },
    { "aws", LG_SOURCE_AWS, false },
};

static const struct lg_option credentials_options[] = {
    { .key = "from",
      .type = LG_OPTION_GROUP,
      .flags = LG_OPTION_REQUIRED,
      LG_OPTION_AT(lg_config_credentials, from),
      .word_at = offsetof(struct lg_config_credentials, source),
      .group = &lg_options_credentials_from,
      .choices = source_words,
      .choice_count = LG_COUNT(source_words),
      .help = "Where the credentials come from: `environment` takes those of the daemon's own "
              "environment (`AWS_ACCESS_KEY_ID` and so on), `aws` those that the daemon itself "
              "uses, as [aws](#aws) says." },
    { .key = "assume_role",
      .type = LG_OPTION_GROUP,
      LG_OPTION_AT(lg_config_credentials, role),
      .group = &lg_options_assume_role,
      .instead = "the credentials are given as they were found",
      .help = "A role that is taken with them, so that the function has its own." },
};

const struct lg_group lg_options_credentials = {
    .name = "credentials",
    .help = "AWS credentials of a function.",
    .size = sizeof(struct lg_config_credentials),
    .where_at = offsetof(struct lg_config_credentials, where),
    .options = credentials_options,
    .count = LG_COUNT(credentials_options),
};
