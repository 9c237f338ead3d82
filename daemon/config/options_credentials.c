/* options_credentials.c -- the options of a function's AWS credentials. */
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

static const struct lg_group from_group = {
    .name = "credentials_from",
    .help = "Where credentials lie on this machine.",
    .size = sizeof(struct lg_config_credentials_from),
    .options = from_options,
    .count = LG_COUNT(from_options),
    .one_of = from_one_of,
    .needs = from_needs,
};

static const struct lg_choice environment_word[] = { { "environment", 0, false } };

static const struct lg_option credentials_options[] = {
    { .key = "from",
      .type = LG_OPTION_GROUP,
      .flags = LG_OPTION_REQUIRED,
      LG_OPTION_AT(lg_config_credentials, from),
      .group = &from_group,
      .choices = environment_word,
      .choice_count = LG_COUNT(environment_word),
      .help = "Where the credentials come from: `environment` takes those of the daemon's own "
              "environment (`AWS_ACCESS_KEY_ID` and so on)." },
};

const struct lg_group lg_options_credentials = {
    .name = "credentials",
    .help = "AWS credentials of a function.",
    .size = sizeof(struct lg_config_credentials),
    .where_at = offsetof(struct lg_config_credentials, where),
    .options = credentials_options,
    .count = LG_COUNT(credentials_options),
};
