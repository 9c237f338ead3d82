/* options_function.c -- the options of a function and of the workers that run it. */
#include "base/mem.h"
#include "config/config.h"
#include "config/options.h"

#define WORKERS(member) LG_OPTION_AT(lg_config_workers, member)
#define FUNCTION(member) LG_OPTION_AT(lg_config_function, member)

static const struct lg_choice runtimes[] = {
    { "python3", LG_RUNTIME_PYTHON3, false },
    { "nodejs", LG_RUNTIME_NODEJS, false },
};

static const struct lg_shape handler_shape = {
    "[^\\s]{1,128}",
    "up to 128 characters without blanks, such as app.handler",
};

static const struct lg_option workers_options[] = {
    { .key = "runtime",
      .type = LG_OPTION_ENUM,
      WORKERS(runtime),
      .choices = runtimes,
      .choice_count = LG_COUNT(runtimes),
      .noun = "runtime",
      .instead = "`command` says what to run",
      .example = "python3",
      .help = "The language of a plain handler, which `handler` names. The interpreter must be "
              "installed, and nothing else." },
    { .key = "handler",
      .type = LG_OPTION_STRING,
      WORKERS(handler),
      .shape = &handler_shape,
      .example = "app.handler",
      .help = "The file without its ending, a dot, and the function in it. With `command` it is "
              "only passed on, as `_HANDLER`." },
    { .key = "command",
      .type = LG_OPTION_STRINGS,
      WORKERS(command),
      .instead = "`runtime` and `handler` say what to run",
      .example = "[ ./bootstrap ]",
      .help =
          "A program that speaks the Lambda Runtime API, and its arguments: a `bootstrap` "
          "made for Lambda, or an interpreter with one of the official clients. One with a / in "
          "it lies in `directory` unless it begins with one, and must be there." },
    { .key = "directory",
      .type = LG_OPTION_PATH,
      WORKERS(directory),
      .fallback = ".",
      .instead = "the folder of the configuration file",
      .example = "functions/items",
      .help = "Where the code lies, and where the processes start." },
    { .key = "min",
      .type = LG_OPTION_INTEGER,
      WORKERS(min),
      .min = 0,
      .max = 1000,
      .fallback = "0",
      .help = "Processes that are kept running, also when there is nothing to do." },
    { .key = "max",
      .type = LG_OPTION_INTEGER,
      WORKERS(max),
      .min = 1,
      .max = 1000,
      .fallback = "4",
      .help = "Processes that may run at once. Each handles one call at a time." },
    { .key = "idle_timeout",
      .type = LG_OPTION_DURATION,
      WORKERS(idle_timeout_ms),
      .min = 10,
      .max = 24 * 3600000,
      .fallback = "5m",
      .help = "How long a process beyond `min` may have nothing to do before it is ended." },
    { .key = "init_timeout",
      .type = LG_OPTION_DURATION,
      WORKERS(init_timeout_ms),
      .min = 10,
      .max = 900000,
      .fallback = "10s",
      .help = "How long a process may take from its start until it asks for its first call." },
    { .key = "private_tmp",
      .type = LG_OPTION_BOOL,
      WORKERS(private_tmp),
      .fallback = "true",
      .help = "Whether each process has a folder of its own for temporary files, which goes with "
              "it: as `/tmp` where the kernel allows that, else named by `TMPDIR`." },
    { .key = "reload_on_change",
      .type = LG_OPTION_BOOL,
      WORKERS(reload_on_change),
      .fallback = "false",
      .help = "For development: whether processes are replaced when files below `directory` "
              "change. Calls that run are finished by the old ones." },
};

static const char *const workers_one_of[] = { "runtime", "command", NULL };
static const struct lg_need workers_needs[] = { { "runtime", "handler" }, { NULL, NULL } };

static const struct lg_group workers_group = {
    .name = "workers",
    .help = "Processes of this machine that run the function. They are started as calls come, "
            "supervised, and ended when they are idle for long.",
    .size = sizeof(struct lg_config_workers),
    .where_at = offsetof(struct lg_config_workers, where),
    .options = workers_options,
    .count = LG_COUNT(workers_options),
    .one_of = workers_one_of,
    .needs = workers_needs,
    .rule = lg_rule_workers,
};

static const struct lg_shape environment_name = {
    "[a-zA-Z][a-zA-Z0-9_]+",
    "at least two letters, digits and _, the first a letter",
};

static const struct lg_shape user_shape = {
    "[^\\s:/]{1,256}",
    "the name of a user",
};

static const struct lg_choice none_word[] = { { "none", 0, false } };

static const struct lg_choice concurrency_words[] = { { "none", -1, false } };
static const struct lg_choice invoke_modes[] = {
    { "buffered", LG_INVOKE_BUFFERED, false },
    { "stream", LG_INVOKE_STREAM, false },
};

static const struct lg_option function_options[] = {
    { .key = "timeout",
      .type = LG_OPTION_DURATION,
      FUNCTION(timeout_ms),
      .min = 1,
      .max = 900000,
      .fallback = "3s",
      .help = "How long a call may run once a worker has picked it up. Then the worker is killed "
              "and replaced." },
    { .key = "queue_wait",
      .type = LG_OPTION_DURATION,
      FUNCTION(queue_wait_ms),
      .min = 0,
      .max = 900000,
      .fallback = "5s",
      .help = "How long a call may wait for a worker before it is given up." },
    { .key = "queue",
      .type = LG_OPTION_INTEGER,
      FUNCTION(queue),
      .min = 0,
      .max = 1000000,
      .fallback = "1000",
      .help = "Calls that may wait for a worker at once. More are refused." },
    { .key = "concurrency",
      .type = LG_OPTION_INTEGER,
      FUNCTION(concurrency),
      .min = 0,
      .max = 1000000,
      .choices = concurrency_words,
      .choice_count = LG_COUNT(concurrency_words),
      .fallback = "none",
      .help = "Calls that may be under way at once, those that wait for a worker included: "
              "Lambda's reserved concurrency. More are refused at once, and with 0 all of them." },
    { .key = "memory",
      .type = LG_OPTION_INTEGER,
      FUNCTION(memory_mb),
      .min = 128,
      .max = 10240,
      .fallback = "128",
      .help = "Memory in MB of each process with all that it starts. One that uses more is "
              "killed, as on Lambda: by the kernel where the daemon has a cgroup of its own "
              "(`Delegate=` in systemd), else by the daemon, which looks four times a second." },
    { .key = "invoke_mode",
      .type = LG_OPTION_ENUM,
      FUNCTION(invoke_mode),
      .choices = invoke_modes,
      .choice_count = LG_COUNT(invoke_modes),
      .noun = "invoke mode",
      .fallback = "buffered",
      .help = "`stream` passes an answer on while the function still sends it, if its runtime "
              "streams it. `buffered` waits for its end. A route may choose otherwise." },
    { .key = "environment",
      .type = LG_OPTION_PAIRS,
      FUNCTION(environment),
      .name = &environment_name,
      .check = lg_rule_environment,
      .example = "{ TABLE: items }",
      .help = "Environment variables of the function, by Lambda's rules: names that Lambda "
              "reserves are refused, and all of them written as JSON may take 4KB. Nothing of the "
              "daemon's own environment is passed on." },
    { .key = "credentials",
      .type = LG_OPTION_GROUP,
      FUNCTION(credentials),
      .group = &lg_options_credentials,
      .choices = none_word,
      .choice_count = LG_COUNT(none_word),
      .instead = "it has `none`",
      .help = "AWS credentials for the function. Its workers read them from their own port, as in "
              "a container: SDKs do so by themselves. They are never in its environment." },
    { .key = "logging",
      .type = LG_OPTION_GROUP,
      FUNCTION(logging),
      .group = &lg_options_logging,
      .instead = "it logs text",
      .help = "What it logs, as Lambda's LoggingConfig: text, or JSON with levels." },
    { .key = "user",
      .type = LG_OPTION_STRING,
      FUNCTION(user_name),
      .where_at = offsetof(struct lg_config_function, user_where),
      .shape = &user_shape,
      .instead = "workers run as the user that the daemon runs as",
      .example = "nobody",
      .help = "The user whose processes the workers are, with all of the user's groups. Only a "
              "daemon that is started as root can do that." },
    { .key = "workers",
      .type = LG_OPTION_GROUP,
      FUNCTION(workers),
      .group = &workers_group,
      .help = "Processes of this machine that run the function." },
    { .key = "redis",
      .type = LG_OPTION_GROUP,
      FUNCTION(redis),
      .group = &lg_options_redis_target,
      .help = "Workers on any host that take calls from a queue in Redis." },
    { .key = "lambda",
      .type = LG_OPTION_GROUP,
      FUNCTION(lambda),
      .group = &lg_options_lambda,
      .help = "A function in AWS Lambda." },
};

static const char *const function_one_of[] = { "workers", "redis", "lambda", NULL };

const struct lg_group lg_options_function = {
    .name = "function",
    .help = "What a route can call: a name, its times, and what runs it.",
    .size = sizeof(struct lg_config_function),
    .name_at = offsetof(struct lg_config_function, name),
    .where_at = offsetof(struct lg_config_function, where),
    .options = function_options,
    .count = LG_COUNT(function_options),
    .one_of = function_one_of,
    .rule = lg_rule_function,
};
