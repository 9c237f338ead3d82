/* options_authorizer.c -- the options of an authorizer: whose tokens are believed, and for what. */
#include "base/mem.h"
#include "config/config.h"
#include "config/options.h"

#define ISSUER(member) LG_OPTION_AT(lg_config_issuer, member)
#define ENTRY(member) LG_OPTION_AT(lg_config_issuer_entry, member)
#define AUTHORIZER(member) LG_OPTION_AT(lg_config_authorizer, member)

static const struct lg_shape pool_shape = {
    "(eusc-)?[a-z]{2}-(gov-|iso[a-z]?-)?[a-z]+-[0-9]_[A-Za-z0-9]{1,55}",
    "the id of a user pool such as eu-west-1_AbCdEf123",
};
static const struct lg_shape text_shape = { "[!-~][ -~]{0,511}", "up to 512 printable characters" };
static const struct lg_shape url_shape = {
    "https?://[!-~]{1,1000}",
    "a URL with https://",
};
static const struct lg_shape algorithm_shape = {
    "(RS|PS|ES|HS)(256|384|512)|EdDSA",
    "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, or HS256, HS384, HS512 "
    "with a secret",
};
static const struct lg_shape identity_shape = {
    "\\$request\\.(header\\.[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}|querystring\\.[!-~]{1,128}|"
    "cookie\\.[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128})",
    "$request.header.NAME, $request.querystring.NAME or $request.cookie.NAME",
};

static const struct lg_choice token_uses[] = {
    { "access", LG_TOKEN_USE_ACCESS, false },
    { "id", LG_TOKEN_USE_ID, false },
    { "any", LG_TOKEN_USE_ANY, false },
    { "by_scopes", LG_TOKEN_USE_BY_SCOPES, false },
};

/* What `cognito` and `jwt` have in common. */
#define COMMON_OPTIONS                                                                             \
    { .key = "claims",                                                                             \
      .type = LG_OPTION_JSON,                                                                      \
      ISSUER(claims),                                                                              \
      .instead = "no other claim is looked at",                                                    \
      .example = "{ email_verified: true, /realm_access/roles: [admin, editor] }",                 \
      .help =                                                                                      \
          "Claims that a token must have, with a value or one of several. A name that begins "     \
          "with `/` is a JSON pointer. A claim that is a list must hold one of the values; "       \
          "types count, so that the text \"true\" is not `true`. An empty list asks only that "    \
          "the claim is there." },                                                                 \
        { .key = "jwks_file",                                                                      \
          .type = LG_OPTION_PATH,                                                                  \
          ISSUER(jwks_file),                                                                       \
          .instead = "keys are fetched",                                                           \
          .example = "keys.json",                                                                  \
          .help =                                                                                  \
              "A file with the issuer's keys, which are then never fetched; a reload reads it "    \
              "again." },                                                                          \
        { .key = "ca_file",                                                                        \
          .type = LG_OPTION_PATH,                                                                  \
          ISSUER(ca_file),                                                                         \
          .instead = "the authorities of the system count",                                        \
          .example = "company-ca.pem",                                                             \
          .help = "Certificates of the authorities that vouch for the server of the keys." },      \
        { .key = "leeway",                                                                         \
          .type = LG_OPTION_DURATION,                                                              \
          ISSUER(leeway_ms),                                                                       \
          .min = 0,                                                                                \
          .max = 60000,                                                                            \
          .fallback = "0s",                                                                        \
          .help = "How far clocks may differ when `exp`, `nbf` and `iat` are judged." },           \
        { .key = "refresh",                                                                        \
          .type = LG_OPTION_DURATION,                                                              \
          ISSUER(refresh_ms),                                                                      \
          .min = 1000,                                                                             \
          .max = 86400000,                                                                         \
          .fallback = "1h",                                                                        \
          .help =                                                                                  \
              "How often keys are fetched again, unless the server says how long they are good "   \
              "for. A token with an unknown key has them fetched at once, every 10 seconds at "    \
              "most." },                                                                           \
    {                                                                                              \
        .key = "stale", .type = LG_OPTION_DURATION, ISSUER(stale_ms), .min = 0, .max = 2592000000, \
        .fallback = "24h",                                                                         \
        .help = "How long keys are kept that can no longer be renewed. Then their tokens are "     \
                "refused."                                                                         \
    }

static const struct lg_option cognito_options[] = {
    { .key = "user_pool",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_REQUIRED,
      ISSUER(user_pool),
      .shape = &pool_shape,
      .example = "eu-west-1_AbCdEf123",
      .help = "The id of the user pool, which names its region too." },
    { .key = "client_ids",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_ONE_OR_MORE,
      ISSUER(clients),
      .shape = &text_shape,
      .instead = "`any_client: true` must be written",
      .example = "[ 7abcdefghijklmnopqrstuvwxy ]",
      .help = "The app clients whose tokens are believed: `client_id` of an access token, `aud` of "
              "an id token." },
    { .key = "any_client",
      .type = LG_OPTION_BOOL,
      ISSUER(any_client),
      .fallback = "false",
      .help = "Believes the tokens of every app client of the pool, also of those yet to come." },
    { .key = "token_use",
      .type = LG_OPTION_ENUM,
      ISSUER(token_use),
      .choices = token_uses,
      .choice_count = LG_COUNT(token_uses),
      .noun = "token use",
      .fallback = "access",
      .help =
          "Which of Cognito's tokens will do. `by_scopes` is what REST APIs do: an access token "
          "where the route asks for scopes, else an id token." },
    { .key = "groups",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_ONE_OR_MORE,
      ISSUER(groups),
      .shape = &text_shape,
      .instead = "users of every group may",
      .example = "[ admin ]",
      .help = "Groups of which the user must be in one (`cognito:groups`)." },
    { .key = "issuer",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_ONE_OR_MORE,
      ISSUER(names),
      .shape = &url_shape,
      .instead = "it is https://cognito-idp.REGION.amazonaws.com/USER_POOL",
      .example = "https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123",
      .help = "What `iss` must be, letter by letter, if it is not the usual: one or several." },
    { .key = "jwks_url",
      .type = LG_OPTION_STRING,
      ISSUER(jwks_url),
      .shape = &url_shape,
      .instead = "it is that of the user pool",
      .example = "https://keys.example.com/jwks.json",
      .help = "Where the keys are fetched. http:// will do on the loopback of this machine only." },
    { .key = "max_lifetime",
      .type = LG_OPTION_DURATION,
      ISSUER(max_lifetime_ms),
      .min = 60000,
      .max = 34560000000,
      .fallback = "48h",
      .help = "How far in the future a token may expire: Cognito's live for a day at most." },
    COMMON_OPTIONS,
};

static const struct lg_option jwt_options[] = {
    { .key = "issuer",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_ONE_OR_MORE | LG_OPTION_REQUIRED,
      ISSUER(names),
      .shape = &url_shape,
      .example = "https://idp.example.com/",
      .help = "What `iss` must be, letter by letter; a slash at the end counts. Keys are found by "
              "the discovery document of the first, unless something else is given." },
    { .key = "audience",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_ONE_OR_MORE,
      ISSUER(clients),
      .shape = &text_shape,
      .instead = "`any_audience: true` must be written",
      .example = "[ shop-api ]",
      .help = "What `aud` must hold one of; `client_id` counts where there is no `aud`, as with "
              "HTTP APIs." },
    { .key = "any_audience",
      .type = LG_OPTION_BOOL,
      ISSUER(any_client),
      .fallback = "false",
      .help = "Believes tokens that were made for somebody else." },
    { .key = "algorithms",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_ONE_OR_MORE,
      ISSUER(algorithms),
      .shape = &algorithm_shape,
      .instead = "those with a public key will do; with a `secret_file`, HS256",
      .example = "[ RS256, ES256 ]",
      .help = "The algorithms that the issuer may sign with. The key decides among them, never the "
              "token." },
    { .key = "jwks_url",
      .type = LG_OPTION_STRING,
      ISSUER(jwks_url),
      .shape = &url_shape,
      .instead = "it is what the issuer's openid-configuration names",
      .example = "https://idp.example.com/keys",
      .help = "Where the keys are fetched. http:// will do on the loopback of this machine only." },
    { .key = "secret_file",
      .type = LG_OPTION_PATH,
      ISSUER(secret_file),
      .instead = "tokens are verified with public keys",
      .example = "/etc/lambdagate/idp.secret",
      .help =
          "A file with the secret of HS256, HS384 or HS512, which are refused otherwise: 32, 48 "
          "or 64 bytes at least; a newline at its end does not count." },
    { .key = "max_lifetime",
      .type = LG_OPTION_DURATION,
      ISSUER(max_lifetime_ms),
      .min = 60000,
      .max = 34560000000,
      .fallback = "8784h",
      .help = "How far in the future a token may expire." },
    COMMON_OPTIONS,
};

static const char *const key_sources[] = { "jwks_url", "jwks_file", "secret_file", NULL };

static const struct lg_group cognito_group = {
    .name = "cognito",
    .help = "Tokens of an Amazon Cognito user pool.",
    .size = sizeof(struct lg_config_issuer),
    .where_at = offsetof(struct lg_config_issuer, where),
    .options = cognito_options,
    .count = LG_COUNT(cognito_options),
    .at_most_one = key_sources,
    .rule = lg_rule_cognito,
};

static const struct lg_group jwt_group = {
    .name = "jwt",
    .help = "Tokens of any issuer that speaks OpenID Connect, or signs JWTs.",
    .size = sizeof(struct lg_config_issuer),
    .where_at = offsetof(struct lg_config_issuer, where),
    .options = jwt_options,
    .count = LG_COUNT(jwt_options),
    .at_most_one = key_sources,
    .rule = lg_rule_jwt,
};

static const struct lg_option entry_options[] = {
    { .key = "cognito",
      .type = LG_OPTION_GROUP,
      ENTRY(cognito),
      .group = &cognito_group,
      .help = "Tokens of an Amazon Cognito user pool." },
    { .key = "jwt",
      .type = LG_OPTION_GROUP,
      ENTRY(jwt),
      .group = &jwt_group,
      .help = "Tokens of any issuer that speaks OpenID Connect, or signs JWTs." },
};

static const char *const entry_one_of[] = { "cognito", "jwt", NULL };

static const struct lg_group entry_group = {
    .name = "issuer",
    .help = "One of several issuers: exactly one of `cognito` and `jwt`.",
    .size = sizeof(struct lg_config_issuer_entry),
    .name_at = offsetof(struct lg_config_issuer_entry, name),
    .where_at = offsetof(struct lg_config_issuer_entry, where),
    .options = entry_options,
    .count = LG_COUNT(entry_options),
    .one_of = entry_one_of,
};

static const struct lg_sample entry_samples[] = { { "partner",
                                                    "cognito jwks_url jwks_file algorithms" } };

static const struct lg_option authorizer_options[] = {
    { .key = "lambda",
      .type = LG_OPTION_GROUP,
      AUTHORIZER(lambda),
      .group = &lg_options_lambda_authorizer,
      .help = "A function of this gateway decides." },
    { .key = "cognito",
      .type = LG_OPTION_GROUP,
      AUTHORIZER(cognito),
      .group = &cognito_group,
      .help = "Tokens of an Amazon Cognito user pool." },
    { .key = "jwt",
      .type = LG_OPTION_GROUP,
      AUTHORIZER(jwt),
      .group = &jwt_group,
      .help = "Tokens of any issuer that speaks OpenID Connect, or signs JWTs." },
    { .key = "issuers",
      .type = LG_OPTION_MAP,
      AUTHORIZER(entries),
      .count_at = offsetof(struct lg_config_authorizer, entry_count),
      .group = &entry_group,
      .samples = entry_samples,
      .sample_count = LG_COUNT(entry_samples),
      .help =
          "Several issuers, by names of your choice. The token's `iss` says whose it is; keys of "
          "one never vouch for another." },
    { .key = "identity",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_ONE_OR_MORE,
      AUTHORIZER(identity),
      .shape = &identity_shape,
      .instead = "it is `$request.header.Authorization`",
      .example = "$request.header.Authorization",
      .help = "Where a JWT is looked for, the first place that holds one: a header, a query "
              "parameter, a cookie. `Bearer` in front of it is taken off." },
    { .key = "token_bytes",
      .type = LG_OPTION_SIZE,
      AUTHORIZER(token_bytes),
      .min = 256,
      .max = 65536,
      .fallback = "8KiB",
      .help = "How long a token may be. Longer ones are refused unread." },
};

static const char *const authorizer_one_of[] = { "lambda", "cognito", "jwt", "issuers", NULL };

const struct lg_group lg_options_authorizer = {
    .name = "authorizer",
    .help = "Whose tokens are believed: exactly one of `cognito`, `jwt` and `issuers`; or a "
            "function that decides, `lambda`.",
    .size = sizeof(struct lg_config_authorizer),
    .name_at = offsetof(struct lg_config_authorizer, name),
    .where_at = offsetof(struct lg_config_authorizer, where),
    .options = authorizer_options,
    .count = LG_COUNT(authorizer_options),
    .one_of = authorizer_one_of,
    .rule = lg_rule_authorizer,
};
