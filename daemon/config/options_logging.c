/* options_logging.c -- the options of what a function logs: Lambda's LoggingConfig. */
#include "base/mem.h"
#include "config/config.h"
#include "config/options.h"

#define LOGGING(member) LG_OPTION_AT(lg_config_logging, member)

static const struct lg_choice formats[] = {
    { "text", LG_LOGGING_TEXT, false },
    { "json", LG_LOGGING_JSON, false },
};

static const struct lg_choice application_levels[] = {
    { "trace", LG_LEVEL_TRACE, false }, { "debug", LG_LEVEL_DEBUG, false },
    { "info", LG_LEVEL_INFO, false },   { "warn", LG_LEVEL_WARN, false },
    { "error", LG_LEVEL_ERROR, false }, { "fatal", LG_LEVEL_FATAL, false },
};

static const struct lg_choice system_levels[] = {
    { "debug", LG_LEVEL_DEBUG, false },
    { "info", LG_LEVEL_INFO, false },
    { "warn", LG_LEVEL_WARN, false },
};

static const struct lg_option logging_options[] = {
    { .key = "format",
      .type = LG_OPTION_ENUM,
      LOGGING(format),
      .choices = formats,
      .choice_count = LG_COUNT(formats),
      .noun = "log format",
      .instead = "it is text",
      .example = "json",
      .help = "`json` makes the lines around calls JSON records, and asks the runtime for the "
              "same (`AWS_LAMBDA_LOG_FORMAT`)." },
    { .key = "application_level",
      .type = LG_OPTION_ENUM,
      LOGGING(application_level),
      .choices = application_levels,
      .choice_count = LG_COUNT(application_levels),
      .noun = "log level",
      .instead = "it is info",
      .example = "warn",
      .help = "The lowest level that the function's own JSON lines need to be kept "
              "(`AWS_LAMBDA_LOG_LEVEL`). Lines that are no JSON are kept always." },
    { .key = "system_level",
      .type = LG_OPTION_ENUM,
      LOGGING(system_level),
      .choices = system_levels,
      .choice_count = LG_COUNT(system_levels),
      .noun = "log level",
      .instead = "it is info",
      .example = "debug",
      .help = "The lowest level of the records around calls: `info` tells of starts and reports, "
              "`warn` of what failed." },
};

const struct lg_group lg_options_logging = {
    .name = "logging",
    .help = "What a function logs, as Lambda's LoggingConfig. Levels need the format `json`.",
    .size = sizeof(struct lg_config_logging),
    .where_at = offsetof(struct lg_config_logging, where),
    .options = logging_options,
    .count = LG_COUNT(logging_options),
    .rule = lg_rule_logging,
};
