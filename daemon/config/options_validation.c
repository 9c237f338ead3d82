/* options_validation.c -- the options of how the bodies of an API are checked. */
#include "base/mem.h"
#include "config/config.h"
#include "config/options.h"

#define AT(member) LG_OPTION_AT(lg_config_validation, member)

static const struct lg_choice drafts[] = {
    { "4", LG_CONFIG_DRAFT_4, true },
    { "6", LG_CONFIG_DRAFT_6, true },
    { "7", LG_CONFIG_DRAFT_7, true },
    { "2019-09", LG_CONFIG_DRAFT_2019_09, false },
    { "2020-12", LG_CONFIG_DRAFT_2020_12, false },
};

static const struct lg_choice formats[] = {
    { "annotation", 0, false },
    { "assertion", 1, false },
};

static const struct lg_choice errors[] = {
    { "generic", 0, false },
    { "detailed", 1, false },
};

static const struct lg_choice others[] = {
    { "reject", 0, false },
    { "pass", 1, false },
};

static const struct lg_option options[] = {
    { .key = "draft",
      .type = LG_OPTION_ENUM,
      AT(draft),
      .choices = drafts,
      .choice_count = LG_COUNT(drafts),
      .noun = "draft of JSON Schema",
      .instead = "it is 2020-12 in an HTTP API, and 4 in a REST API as in API Gateway",
      .example = "2020-12",
      .help = "The draft of JSON Schema that schemas without a `$schema` are written in." },
    { .key = "formats",
      .type = LG_OPTION_ENUM,
      AT(formats),
      .choices = formats,
      .choice_count = LG_COUNT(formats),
      .fallback = "annotation",
      .help = "Whether the keyword `format` is checked (`assertion`), or only says what is meant "
              "(`annotation`)." },
    { .key = "errors",
      .type = LG_OPTION_ENUM,
      AT(detailed),
      .choices = errors,
      .choice_count = LG_COUNT(errors),
      .fallback = "generic",
      .help = "What clients hear of a body that does not fit: `Invalid request body` and no more, "
              "or an answer of type application/problem+json that says what is wrong and where. "
              "The log has it in any case." },
    { .key = "unlisted_content_type",
      .type = LG_OPTION_ENUM,
      AT(pass_unlisted),
      .choices = others,
      .choice_count = LG_COUNT(others),
      .fallback = "reject",
      .help = "What becomes of a body whose content type has no schema on a route with `body`: it "
              "is answered with 415, or passes unchecked as in API Gateway." },
    { .key = "schemas",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_PATHS,
      AT(schemas),
      .instead = "schemas may refer to files below their own folder",
      .example = "[ common/types.json ]",
      .help = "Files that schemas may refer to, by their path or by the `$id` in them. Nothing is "
              "ever fetched from the network." },
};

const struct lg_group lg_options_validation = {
    .name = "validation",
    .help = "How bodies are held against the schemas of their routes.",
    .size = sizeof(struct lg_config_validation),
    .options = options,
    .count = LG_COUNT(options),
};
