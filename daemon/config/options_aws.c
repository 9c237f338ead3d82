/* options_aws.c -- the options of calls of AWS: region, credentials, addresses. */
#include "base/mem.h"
#include "config/config.h"
#include "config/options.h"

#define AWS(member) LG_OPTION_AT(lg_config_aws, member)
#define ANYWHERE(member) LG_OPTION_AT(lg_config_roles_anywhere, member)

const struct lg_shape lg_shape_region = {
    "[a-z]{2,}(-[a-z0-9]+)+",
    "a region such as eu-west-1",
};

const struct lg_shape lg_shape_endpoint = {
    "https?://[!-~]{1,2000}",
    "an address that begins with https:// or http://",
};

static const struct lg_shape arn_shape = {
    "arn:aws[a-z-]*:[!-~]{1,1000}",
    "an ARN",
};

static const struct lg_shape profile_shape = {
    "[^\\]\\s]{1,128}",
    "the name of a profile",
};

static const struct lg_choice providers[] = {
    { "chain", LG_PROVIDER_CHAIN, false },
    { "environment", LG_PROVIDER_ENVIRONMENT, false },
    { "profile", LG_PROVIDER_PROFILE, false },
    { "web_identity", LG_PROVIDER_WEB_IDENTITY, false },
    { "container", LG_PROVIDER_CONTAINER, false },
    { "instance", LG_PROVIDER_INSTANCE, false },
    { "roles_anywhere", LG_PROVIDER_ROLES_ANYWHERE, false },
};

static const struct lg_option anywhere_options[] = {
    { .key = "certificate",
      .type = LG_OPTION_PATH,
      .flags = LG_OPTION_REQUIRED,
      ANYWHERE(certificate),
      .example = "gateway.pem",
      .help = "The certificate, in PEM. It is read anew each time." },
    { .key = "private_key",
      .type = LG_OPTION_PATH,
      .flags = LG_OPTION_REQUIRED,
      ANYWHERE(private_key),
      .example = "/run/credentials/gateway.key",
      .help = "Its private key, RSA or EC, in PEM and not encrypted." },
    { .key = "chain",
      .type = LG_OPTION_PATH,
      ANYWHERE(chain),
      .instead = "the trust anchor has signed the certificate itself",
      .example = "intermediates.pem",
      .help = "The certificates between it and the trust anchor, at most 5, in PEM." },
    { .key = "trust_anchor_arn",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_REQUIRED,
      ANYWHERE(trust_anchor_arn),
      .shape = &arn_shape,
      .example = "arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/EXAMPLE",
      .help = "The trust anchor." },
    { .key = "profile_arn",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_REQUIRED,
      ANYWHERE(profile_arn),
      .shape = &arn_shape,
      .example = "arn:aws:rolesanywhere:eu-west-1:123456789012:profile/EXAMPLE",
      .help = "The profile." },
    { .key = "role_arn",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_REQUIRED,
      ANYWHERE(role_arn),
      .shape = &arn_shape,
      .example = "arn:aws:iam::123456789012:role/gateway",
      .help = "The role." },
    { .key = "endpoint",
      .type = LG_OPTION_STRING,
      ANYWHERE(endpoint),
      .shape = &lg_shape_endpoint,
      .instead = "it is AWS's own for the region",
      .example = "https://rolesanywhere.example.com",
      .help = "Where the service is reached." },
};

static const struct lg_group anywhere_group = {
    .name = "roles_anywhere",
    .help = "IAM Roles Anywhere: a certificate in the place of keys.",
    .size = sizeof(struct lg_config_roles_anywhere),
    .options = anywhere_options,
    .count = LG_COUNT(anywhere_options),
};

static const struct lg_option aws_options[] = {
    { .key = "region",
      .type = LG_OPTION_STRING,
      AWS(region),
      .shape = &lg_shape_region,
      .instead = "it is that of `AWS_REGION`, `AWS_DEFAULT_REGION`, or the profile",
      .example = "eu-west-1",
      .help = "The region whose services are called, where nothing nearer names one." },
    { .key = "profile",
      .type = LG_OPTION_STRING,
      AWS(profile),
      .shape = &profile_shape,
      .instead = "it is `AWS_PROFILE`, or default",
      .example = "shop",
      .help = "A profile of the shared files (`~/.aws/config`, `~/.aws/credentials`). One that is "
              "named here goes before the environment." },
    { .key = "provider",
      .type = LG_OPTION_ENUM,
      AWS(provider),
      .choices = providers,
      .choice_count = LG_COUNT(providers),
      .noun = "provider",
      .fallback = "chain",
      .help = "Who is asked for credentials. `chain` asks one after the other, as AWS's SDKs do: "
              "the environment, the profile, a web identity, the container or else the instance, "
              "`roles_anywhere`. Any other word asks that one alone." },
    { .key = "credentials",
      .type = LG_OPTION_GROUP,
      AWS(from),
      .group = &lg_options_credentials_from,
      .instead = "`provider` says who is asked",
      .help = "Credentials that lie in files, in place of a provider." },
    { .key = "assume_role",
      .type = LG_OPTION_GROUP,
      AWS(role),
      .group = &lg_options_assume_role,
      .instead = "the credentials are used as they were found",
      .help = "A role that is taken with the credentials that were found." },
    { .key = "roles_anywhere",
      .type = LG_OPTION_GROUP,
      AWS(anywhere),
      .group = &anywhere_group,
      .instead = "there is none",
      .help = "A certificate that IAM Roles Anywhere knows, the last in the chain." },
    { .key = "sts_endpoint",
      .type = LG_OPTION_STRING,
      AWS(sts_endpoint),
      .shape = &lg_shape_endpoint,
      .instead = "it is `AWS_ENDPOINT_URL_STS`, or AWS's own for the region",
      .example = "https://sts.eu-west-1.amazonaws.com",
      .help = "Where the Security Token Service is reached." },
    { .key = "ca_file",
      .type = LG_OPTION_PATH,
      AWS(ca_file),
      .instead = "it is `AWS_CA_BUNDLE`, or the system's authorities",
      .example = "aws-ca.pem",
      .help = "Certificates of the authorities that are trusted for AWS, in PEM." },
};

static const char *const aws_at_most_one[] = { "provider", "credentials", NULL };

const struct lg_group lg_options_aws = {
    .name = "aws",
    .help = "How AWS is called, and with whose credentials: by functions in Lambda, and by what "
            "functions are given. Credentials are renewed ahead of their end, and kept until then "
            "when that fails.",
    .size = sizeof(struct lg_config_aws),
    .where_at = offsetof(struct lg_config_aws, where),
    .options = aws_options,
    .count = LG_COUNT(aws_options),
    .at_most_one = aws_at_most_one,
};
