/*
 * worker.c -- lambdagate worker: runs a function behind a queue in Redis.
 *
 * What the command line says is written as a configuration and read as one, so that it is checked
 * as one; what it does not say comes from --config.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/mem.h"
#include "faults.h"
#include "options.h"
#include "process/worker.h"
#include "snapshot/function_check.h"

/* The command line. */
struct words {
    const char *redis, *username, *password_file, *ca_file, *prefix;
    bool cluster;
    const char *sentinel_master, *sentinel_username, *sentinel_password_file;
    const char *function, *queue, *config, *concurrency, *drain_timeout;
    const char *runtime, *handler, *directory, *memory, *admin;
    struct lg_option_list environment;
    bool shared_tmp;
    const char **command; /* NULL-ended */
};

/* What is served, in pieces of both configurations. */
struct plan {
    struct lg_config *file, *line; /* as written; `file` may be NULL */
    struct lg_config_function function;
    struct lg_config_workers workers;
    struct lg_worker_options options;
};

/* --- the command line as a configuration ------------------------------------------------------ */

/* Nothing of a command line is taken from the environment once more. */
static void add_string(struct lg_buf *out, struct lg_str text)
{
    struct lg_buf escaped;

    lg_buf_init(&escaped, SIZE_MAX);
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '$' && i + 1 < text.size && text.data[i + 1] == '{')
            lg_buf_add_char(&escaped, '$');
        lg_buf_add_char(&escaped, text.data[i]);
    }
    lg_json_add_string(out, lg_buf_str(&escaped));
    lg_buf_done(&escaped);
}

static void add_text(struct lg_buf *out, bool *first, const char *name, const char *value)
{
    if (value == NULL)
        return;
    lg_json_add_name(out, first, name);
    add_string(out, lg_str_of(value));
}

/* A number where it looks like one: what it must be is said by the check. */
static void add_number(struct lg_buf *out, bool *first, const char *name, const char *value)
{
    uint64_t number;

    if (value == NULL)
        return;
    if (lg_str_to_u64(lg_str_of(value), &number) != LG_OK || number > INT64_MAX) {
        add_text(out, first, name, value);
        return;
    }
    lg_json_add_name(out, first, name);
    lg_buf_add_i64(out, (int64_t)number);
}

static void add_redis(struct lg_buf *out, bool *first, const struct words *words)
{
    bool inner = true;

    if (words->redis == NULL)
        return;
    lg_json_add_name(out, first, "redis");
    lg_buf_add_char(out, '{');
    add_text(out, &inner, "url", words->redis);
    if (words->cluster) {
        lg_json_add_name(out, &inner, "cluster");
        lg_buf_add_cstr(out, "true");
    }
    add_text(out, &inner, "sentinel_master", words->sentinel_master);
    add_text(out, &inner, "sentinel_username", words->sentinel_username);
    add_text(out, &inner, "sentinel_password_file", words->sentinel_password_file);
    add_text(out, &inner, "username", words->username);
    add_text(out, &inner, "password_file", words->password_file);
    add_text(out, &inner, "ca_file", words->ca_file);
    add_text(out, &inner, "prefix", words->prefix);
    lg_buf_add_char(out, '}');
}

static void add_environment(struct lg_buf *out, bool *first, const struct words *words)
{
    bool inner = true;

    lg_json_add_name(out, first, "environment");
    lg_buf_add_char(out, '{');
    for (size_t i = 0; i < words->environment.count; i++) {
        struct lg_str pair = lg_str_of(words->environment.items[i]);
        size_t equals = lg_str_find(pair, '=', 0);

        lg_json_add_name_str(out, &inner, lg_str_part(pair, 0, equals));
        add_string(out, lg_str_part(pair, equals + 1, pair.size));
    }
    lg_buf_add_char(out, '}');
}

static void add_workers(struct lg_buf *out, bool *first, const struct words *words)
{
    bool inner = true;

    lg_json_add_name(out, first, "workers");
    lg_buf_add_char(out, '{');
    add_text(out, &inner, "runtime", words->runtime);
    add_text(out, &inner, "handler", words->handler);
    add_text(out, &inner, "directory", words->directory);
    add_number(out, &inner, "max", words->concurrency);
    if (words->shared_tmp) {
        lg_json_add_name(out, &inner, "private_tmp");
        lg_buf_add_cstr(out, "false");
    }
    if (words->command[0] != NULL) {
        lg_json_add_name(out, &inner, "command");
        for (size_t i = 0; words->command[i] != NULL; i++) {
            lg_buf_add_char(out, i == 0 ? '[' : ',');
            add_string(out, lg_str_of(words->command[i]));
        }
        lg_buf_add_char(out, ']');
    }
    lg_buf_add_char(out, '}');
}

static bool names_workers(const struct words *words)
{
    return words->command[0] != NULL || words->runtime != NULL || words->handler != NULL ||
           words->directory != NULL;
}

static void add_function(struct lg_buf *out, bool *first, const struct words *words)
{
    bool outer = true, inner = true;

    if (!names_workers(words))
        return;
    lg_json_add_name(out, first, "functions");
    lg_buf_add_char(out, '{');
    lg_json_add_name(out, &outer, words->function);
    lg_buf_add_char(out, '{');
    add_number(out, &inner, "memory", words->memory);
    add_environment(out, &inner, words);
    add_workers(out, &inner, words);
    lg_buf_add_cstr(out, "}}");
}

/* Relative paths count from where we are. */
static struct lg_config *read_line(const struct words *words, struct lg_faults *faults)
{
    struct lg_config *config;
    struct lg_buf text;
    bool first = true;
    char *folder = getcwd(NULL, 0);
    char *name = lg_sprintf("%s/command-line", folder != NULL ? folder : "");

    lg_buf_init(&text, SIZE_MAX);
    lg_buf_add_char(&text, '{');
    add_text(&text, &first, "drain_timeout", words->drain_timeout);
    add_text(&text, &first, "admin", words->admin);
    if (words->admin != NULL) /* nothing is invoked there */
        add_text(&text, &first, "invoke_auth", "none");
    add_redis(&text, &first, words);
    add_function(&text, &first, words);
    lg_buf_add_char(&text, '}');
    config = lg_config_parse(name, lg_buf_str(&text), faults);
    lg_buf_done(&text);
    free(folder);
    free(name);
    return config;
}

/* --- both together ---------------------------------------------------------------------------- */

static const struct lg_config_function *find(const struct lg_config *config, const char *name)
{
    for (size_t i = 0; config != NULL && i < config->function_count; i++)
        if (strcmp(config->functions[i].name, name) == 0)
            return &config->functions[i];
    return NULL;
}

/* The function of the command line with the limits of the file's, or that of the file. */
static bool choose_function(struct plan *plan, const struct words *words)
{
    const struct lg_config_function *line = find(plan->line, words->function);
    const struct lg_config_function *file = find(plan->file, words->function);
    const struct lg_config_function *chosen = line != NULL ? line : file;

    if (plan->file != NULL && file == NULL) {
        lg_complain("%s has no function \"%s\"", words->config, words->function);
        return false;
    }
    if (chosen == NULL || chosen->workers == NULL) {
        lg_complain("nothing says how \"%s\" is run here: expected a command after --, --runtime "
                    "with --handler, or --config with a function that has \"workers\"",
                    words->function);
        return false;
    }
    plan->function = *chosen;
    plan->workers = *chosen->workers;
    plan->function.workers = &plan->workers;
    if (line != NULL && file != NULL) {
        plan->function.timeout_ms = file->timeout_ms;
        plan->function.logging = file->logging;
    }
    plan->options.function = &plan->function;
    plan->options.queue = words->queue != NULL                  ? words->queue
                          : file == NULL || file->redis == NULL ? words->function
                          : file->redis->queue == NULL          ? words->function
                                                                : file->redis->queue;
    return true;
}

/* As many processes as calls: one that was taken need not wait for another. */
static bool set_concurrency(struct plan *plan, const struct lg_command *command,
                            const struct words *words)
{
    uint64_t count = (uint64_t)plan->workers.max;

    if (words->concurrency != NULL &&
        (lg_str_to_u64(lg_str_of(words->concurrency), &count) != LG_OK || count < 1 ||
         count > 1000)) {
        (void)lg_command_misused(command, "--concurrency %s: expected a number from 1 to 1000",
                                 words->concurrency);
        return false;
    }
    plan->workers.max = (int64_t)count;
    if (plan->workers.min > plan->workers.max)
        plan->workers.min = plan->workers.max;
    if (plan->function.queue < plan->workers.max)
        plan->function.queue = plan->workers.max;
    return true;
}

static bool choose_redis(struct plan *plan)
{
    if (plan->line->redis != NULL)
        plan->options.redis = plan->line->redis;
    else if (plan->file != NULL)
        plan->options.redis = plan->file->redis;
    if (plan->options.redis == NULL)
        lg_complain(
            "nothing says where Redis is: expected --redis URL, or --config with \"redis\"");
    return plan->options.redis != NULL;
}

static int serve(struct plan *plan, const struct lg_command *command, const struct words *words,
                 struct lg_faults *faults)
{
    if (!choose_function(plan, words) || !choose_redis(plan))
        return LG_EXIT_FAILED;
    if (!set_concurrency(plan, command, words))
        return LG_EXIT_USAGE;
    lg_function_check(&plan->function, faults);
    if (lg_faults_count(faults) > 0) {
        lg_complain_faults(faults);
        return LG_EXIT_FAILED;
    }
    plan->options.config = plan->file != NULL ? plan->file : plan->line;
    plan->options.drain_timeout_ms = words->drain_timeout != NULL
                                         ? plan->line->drain_timeout_ms
                                         : plan->options.config->drain_timeout_ms;
    if (words->admin != NULL)
        plan->options.admin = &plan->line->admin;
    plan->options.admin_mode = (unsigned)plan->line->admin_mode;
    return lg_worker_process(&plan->options) == 0 ? LG_EXIT_OK : LG_EXIT_FAILED;
}

static int read_and_serve(const struct lg_command *command, const struct words *words)
{
    struct lg_faults *faults = lg_faults_new();
    struct plan plan = { 0 };
    int status = LG_EXIT_FAILED;

    plan.line = read_line(words, faults);
    if (words->config != NULL)
        plan.file = lg_config_load(words->config, faults);
    if (lg_faults_count(faults) > 0)
        lg_complain_faults(faults);
    else
        status = serve(&plan, command, words, faults);
    lg_config_free(plan.file);
    lg_config_free(plan.line);
    lg_faults_free(faults);
    return status;
}

static bool tells_how_redis_is_reached(const struct words *words)
{
    return words->username != NULL || words->password_file != NULL || words->ca_file != NULL ||
           words->prefix != NULL || words->cluster || words->sentinel_master != NULL ||
           words->sentinel_username != NULL || words->sentinel_password_file != NULL;
}

/* Which options make no sense without another. */
static int check_words(const struct lg_command *command, const struct words *words)
{
    if (words->function == NULL)
        return lg_command_misused(command, "--function is missing");
    if (words->redis == NULL && words->config == NULL)
        return lg_command_misused(command, "--redis or --config is missing");
    if (words->redis == NULL && tells_how_redis_is_reached(words))
        return lg_command_misused(command,
                                  "what says how Redis is reached needs --redis beside it");
    if (!names_workers(words) &&
        (words->memory != NULL || words->environment.count > 0 || words->shared_tmp))
        return lg_command_misused(
            command, "--memory, --env and --shared-tmp belong to a command or a --runtime");
    for (size_t i = 0; i < words->environment.count; i++)
        if (strchr(words->environment.items[i], '=') == NULL)
            return lg_command_misused(command, "--env %s: expected NAME=VALUE",
                                      words->environment.items[i]);
    return LG_EXIT_OK;
}

static int run(const struct lg_command *command, int argc, char **argv)
{
    struct words words = { 0 };
    const struct lg_option options[] = {
        { .name = "redis", .value = &words.redis },
        { .name = "cluster", .given = &words.cluster },
        { .name = "sentinel-master", .value = &words.sentinel_master },
        { .name = "sentinel-username", .value = &words.sentinel_username },
        { .name = "sentinel-password-file", .value = &words.sentinel_password_file },
        { .name = "username", .value = &words.username },
        { .name = "password-file", .value = &words.password_file },
        { .name = "ca-file", .value = &words.ca_file },
        { .name = "prefix", .value = &words.prefix },
        { .name = "function", .value = &words.function },
        { .name = "queue", .value = &words.queue },
        { .name = "config", .value = &words.config },
        { .name = "concurrency", .value = &words.concurrency },
        { .name = "drain-timeout", .value = &words.drain_timeout },
        { .name = "runtime", .value = &words.runtime },
        { .name = "handler", .value = &words.handler },
        { .name = "directory", .value = &words.directory },
        { .name = "memory", .value = &words.memory },
        { .name = "admin", .value = &words.admin },
        { .name = "env", .list = &words.environment },
        { .name = "shared-tmp", .given = &words.shared_tmp },
    };
    const struct lg_grammar grammar = { options, LG_COUNT(options), 0, (size_t)argc };
    int status = LG_EXIT_OK;

    words.command = lg_calloc((size_t)argc + 1, sizeof(*words.command));
    words.environment.items = lg_calloc((size_t)argc + 1, sizeof(*words.environment.items));
    if (lg_options_read(command, argc, argv, &grammar, words.command, &status)) {
        status = check_words(command, &words);
        if (status == LG_EXIT_OK)
            status = read_and_serve(command, &words);
    }
    free(words.command);
    free(words.environment.items);
    return status;
}

const struct lg_command lg_command_worker = {
    .name = "worker",
    .arguments = "--redis URL --function NAME [OPTIONS] [-- COMMAND ...]",
    .summary = "Run a function behind a queue in Redis, until SIGTERM.",
    .help =
        "COMMAND speaks the Lambda Runtime API, as any runtime client of Lambda does, or a\n"
        "bootstrap of ours runs a handler:\n"
        "  --runtime python3|nodejs --handler FILE.FUNCTION [--directory DIRECTORY]\n"
        "\n"
        "  --concurrency N         calls at once, each in a process of its own (4)\n"
        "  --queue NAME            of the queue (the name of the function)\n"
        "  --env NAME=VALUE        in its environment; may come again\n"
        "  --memory MB             that it may have\n"
        "  --shared-tmp            it sees this machine's /tmp instead of one of its own\n"
        "  --drain-timeout TIME    after SIGTERM calls have so long to end (25s)\n"
        "  --admin ADDRESS         HOST:PORT, or a socket's path, of its health and metrics\n"
        "  --username NAME, --password-file FILE, --ca-file FILE, --prefix TEXT\n"
        "                          how Redis is reached, as in \"redis\" of a configuration\n"
        "  --sentinel-master NAME, --sentinel-username NAME, --sentinel-password-file FILE\n"
        "                          the URL names Sentinels: redis://HOST,HOST,HOST\n"
        "  --cluster               the URL names nodes of a Redis Cluster: redis://HOST,HOST,HOST\n"
        "  --config FILE           the same configuration as lambdagated: its \"redis\", and the\n"
        "                          function with its \"workers\", where the words above say none\n",
    .run = run,
};
