/* What a process is started with: all of Lambda's variables, the function's own, nothing else. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "target/environment.h"

static struct lg_arena arena;
static struct lg_config_workers workers;
static struct lg_config_function function;
static struct lg_config_pair own[8];
static const char *const *environment;
static bool provisioned;

static void begin(void)
{
    lg_arena_init(&arena);
    workers = (struct lg_config_workers){ .handler = "app.put_item", .directory = "/srv/app" };
    function =
        (struct lg_config_function){ .name = "put-item", .memory_mb = 256, .workers = &workers };
    function.environment.items = own;
}

static void end(void)
{
    lg_arena_done(&arena);
}

TestSuite(environment, .init = begin, .fini = end);

static void set_own(const char *name, const char *value)
{
    own[function.environment.count].name = name;
    own[function.environment.count++].value = value;
}

static void make(void)
{
    const struct lg_environment_facts facts = { .function = &function,
                                                .runtime_directory = "/usr/lib/lg",
                                                .region = "eu-west-1",
                                                .search_path = "/usr/bin:/bin",
                                                .port = 40123,
                                                .wall_ms = 1769853603004,
                                                .provisioned = provisioned };

    environment = lg_environment_make(&arena, &facts);
}

static size_t count(void)
{
    size_t number = 0;

    while (environment[number] != NULL)
        number++;
    return number;
}

static const char *value_of(const char *name)
{
    const char *value = NULL;

    for (size_t i = 0; environment[i] != NULL; i++) {
        if (strncmp(environment[i], name, strlen(name)) == 0 &&
            environment[i][strlen(name)] == '=') {
            cr_assert_null(value, "%s is there twice", name);
            value = environment[i] + strlen(name) + 1;
        }
    }
    return value;
}

Test(environment, log_format_and_level_are_told_where_logging_is_configured)
{
    struct lg_config_logging logging = { .format = LG_LOGGING_TEXT };

    make();
    cr_assert_null(value_of("AWS_LAMBDA_LOG_FORMAT"));
    function.logging = &logging;
    make();
    cr_assert_str_eq(value_of("AWS_LAMBDA_LOG_FORMAT"), "Text");
    cr_assert_null(value_of("AWS_LAMBDA_LOG_LEVEL"));
    logging = (struct lg_config_logging){ LG_LOGGING_JSON, LG_LEVEL_FATAL, LG_LEVEL_INFO, { 0 } };
    set_own("AWS_LAMBDA_LOG_LEVEL", "TRACE");
    make();
    cr_assert_str_eq(value_of("AWS_LAMBDA_LOG_FORMAT"), "JSON");
    cr_assert_str_eq(value_of("AWS_LAMBDA_LOG_LEVEL"), "FATAL");
}

Test(environment, lambdas_variables_are_all_there)
{
    static const char *const expected[][2] = {
        { "AWS_LAMBDA_RUNTIME_API", "127.0.0.1:40123" },
        { "_HANDLER", "app.put_item" },
        { "LAMBDA_TASK_ROOT", "/srv/app" },
        { "LAMBDA_RUNTIME_DIR", "/usr/lib/lg" },
        { "AWS_REGION", "eu-west-1" },
        { "AWS_DEFAULT_REGION", "eu-west-1" },
        { "AWS_LAMBDA_FUNCTION_NAME", "put-item" },
        { "AWS_LAMBDA_FUNCTION_VERSION", "$LATEST" },
        { "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256" },
        { "AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/put-item" },
        { "AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand" },
        { "AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR" },
        { "TZ", ":UTC" },
        { "LANG", "C.UTF-8" },
        { "PATH", "/usr/bin:/bin" },
    };

    make();
    for (size_t i = 0; i < LG_COUNT(expected); i++)
        cr_assert_str_eq(value_of(expected[i][0]), expected[i][1]);
    cr_assert(eq(sz, count(), LG_COUNT(expected) + 1), "and the log stream, but no more");
}

Test(environment, the_log_stream_has_the_day_and_32_hex_digits)
{
    regex_t pattern;

    make();
    cr_assert(
        eq(int,
           regcomp(&pattern, "^2026/01/31/\\[\\$LATEST\\][0-9a-f]{32}$", REG_EXTENDED | REG_NOSUB),
           0));
    cr_assert(eq(int, regexec(&pattern, value_of("AWS_LAMBDA_LOG_STREAM_NAME"), 0, NULL, 0), 0));
    regfree(&pattern);
}

Test(environment, the_functions_own_are_added_and_the_last_of_a_name_wins)
{
    set_own("TABLE", "items");
    set_own("EMPTY", "");
    set_own("TABLE", "later=1");
    make();
    cr_assert_str_eq(value_of("TABLE"), "later=1");
    cr_assert_str_eq(value_of("EMPTY"), "");
    cr_assert(eq(sz, count(), 18));
}

Test(environment, only_some_of_lambdas_can_be_overridden)
{
    set_own("TZ", "Europe/Berlin");
    set_own("LANG", "de_DE.UTF-8");
    set_own("PATH", "/opt/bin");
    set_own("AWS_LAMBDA_RUNTIME_API", "evil:1");
    set_own("_HANDLER", "other");
    set_own("AWS_REGION", "us-east-1");
    set_own("_X_AMZN_TRACE_ID", "Root=1");
    make();
    cr_assert_str_eq(value_of("TZ"), "Europe/Berlin");
    cr_assert_str_eq(value_of("LANG"), "de_DE.UTF-8");
    cr_assert_str_eq(value_of("PATH"), "/opt/bin");
    cr_assert_str_eq(value_of("AWS_LAMBDA_RUNTIME_API"), "127.0.0.1:40123");
    cr_assert_str_eq(value_of("_HANDLER"), "app.put_item");
    cr_assert_str_eq(value_of("AWS_REGION"), "eu-west-1");
    cr_assert_null(value_of("_X_AMZN_TRACE_ID"));
}

Test(environment, one_of_min_is_told_that_it_was_provisioned)
{
    provisioned = true;
    make();
    cr_assert_str_eq(value_of("AWS_LAMBDA_INITIALIZATION_TYPE"), "provisioned-concurrency");
}

Test(environment, nothing_of_the_daemon_is_inherited)
{
    setenv("AWS_ACCESS_KEY_ID", "AKID", 1);
    setenv("SECRET", "x", 1);
    make();
    cr_assert_null(value_of("AWS_ACCESS_KEY_ID"));
    cr_assert_null(value_of("SECRET"));
}

static void assert_command(const char *const *expected)
{
    const char *const *words = lg_environment_command(&arena, "/usr/lib/lg", &workers);

    for (; *expected != NULL; expected++, words++)
        cr_assert_str_eq(*words, *expected);
    cr_assert_null(*words);
}

Test(environment, a_runtime_of_ours_is_started_by_its_bootstrap)
{
    workers.runtime = LG_RUNTIME_PYTHON3;
    assert_command((const char *const[]){ "python3", "/usr/lib/lg/python3/bootstrap.py", NULL });
    workers.runtime = LG_RUNTIME_NODEJS;
    assert_command((const char *const[]){ "node", "/usr/lib/lg/nodejs/bootstrap.mjs", NULL });
}

static void assert_first_word(const char *given, const char *expected)
{
    const char *const words[] = { given, "--flag" };

    workers.runtime = LG_RUNTIME_COMMAND;
    workers.command = (struct lg_config_strings){ words, 2 };
    assert_command((const char *const[]){ expected, "--flag", NULL });
}

Test(environment, a_relative_command_is_taken_from_the_functions_directory)
{
    assert_first_word("./bootstrap", "/srv/app/bootstrap");
    assert_first_word("bin/run", "/srv/app/bin/run");
    assert_first_word("../run", "/srv/app/../run");
    assert_first_word("/bin/run", "/bin/run");
    assert_first_word("python3", "python3");
}

Test(environment, the_runtime_is_named_for_the_log)
{
    static const char *const words[] = { "./bootstrap" };

    workers.runtime = LG_RUNTIME_PYTHON3;
    cr_assert_str_eq(lg_environment_runtime(&workers), "python3");
    workers.runtime = LG_RUNTIME_NODEJS;
    cr_assert_str_eq(lg_environment_runtime(&workers), "nodejs");
    workers.runtime = LG_RUNTIME_COMMAND;
    workers.command = (struct lg_config_strings){ words, 1 };
    cr_assert_str_eq(lg_environment_runtime(&workers), "./bootstrap");
}
