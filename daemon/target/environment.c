/* environment.c -- section 2.6 of what Lambda promises to a runtime. */
#include "target/environment.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/mem.h"
#include "base/text.h"
#include "target/credentials_api.h"

#define PLATFORM_MAX 22

struct variables {
    struct lg_arena *arena;
    const char **items; /* room for the platform's, the function's and the NULL */
    size_t count;
};

/* A function may choose these; all others that are set here belong to the platform. */
static const char *const overridable[] = { "TZ", "LANG", "PATH", "AWS_XRAY_CONTEXT_MISSING" };

static void add(struct variables *variables, const char *name, const char *value)
{
    variables->items[variables->count++] = lg_arena_printf(variables->arena, "%s=%s", name, value);
}

static const char **find(struct variables *variables, const char *name)
{
    size_t size = strlen(name);

    for (size_t i = 0; i < variables->count; i++) {
        if (strncmp(variables->items[i], name, size) == 0 && variables->items[i][size] == '=')
            return &variables->items[i];
    }
    return NULL;
}

static bool is_overridable(const char *name)
{
    for (size_t i = 0; i < LG_COUNT(overridable); i++) {
        if (strcmp(name, overridable[i]) == 0)
            return true;
    }
    return false;
}

/* A later one of the same name wins, the platform's win over all. */
static void add_own(struct variables *variables, size_t platform_count,
                    const struct lg_config_pair *pair)
{
    const char **old = find(variables, pair->name);
    bool platform = old != NULL && (size_t)(old - variables->items) < platform_count;

    if (strcmp(pair->name, "_X_AMZN_TRACE_ID") == 0)
        return;
    if (old == NULL)
        add(variables, pair->name, pair->value);
    else if (!platform || is_overridable(pair->name))
        *old = lg_arena_printf(variables->arena, "%s=%s", pair->name, pair->value);
}

/* 2026/01/31/[$LATEST]<32 hex>, by the day in UTC. */
static const char *log_stream(struct lg_arena *arena, int64_t wall_ms)
{
    unsigned char random[16];
    char stamp[LG_CLOCK_ISO_SIZE];
    struct lg_buf hex;
    const char *name;

    lg_random(random, sizeof(random));
    lg_clock_iso(wall_ms, stamp);
    lg_buf_init(&hex, SIZE_MAX);
    lg_hex_encode(&hex, lg_str_make((const char *)random, sizeof(random)));
    name = lg_arena_printf(arena, "%.4s/%.2s/%.2s/[$LATEST]%.*s", stamp, stamp + 5, stamp + 8,
                           (int)hex.size, hex.data);
    lg_buf_done(&hex);
    return name;
}

static void add_logging(struct variables *variables, const struct lg_config_logging *logging)
{
    static const char *const levels[] = {
        [LG_LEVEL_TRACE] = "TRACE", [LG_LEVEL_DEBUG] = "DEBUG", [LG_LEVEL_INFO] = "INFO",
        [LG_LEVEL_WARN] = "WARN",   [LG_LEVEL_ERROR] = "ERROR", [LG_LEVEL_FATAL] = "FATAL",
    };

    if (logging == NULL)
        return;
    add(variables, "AWS_LAMBDA_LOG_FORMAT", logging->format == LG_LOGGING_JSON ? "JSON" : "Text");
    if (logging->application_level != LG_LEVEL_NONE)
        add(variables, "AWS_LAMBDA_LOG_LEVEL", levels[logging->application_level]);
}

static void add_platform(struct variables *variables, const struct lg_environment_facts *facts)
{
    const struct lg_config_function *function = facts->function;
    struct lg_arena *arena = variables->arena;
    const char *handler = function->workers->handler;

    add(variables, "TZ", ":UTC");
    add(variables, "LANG", "C.UTF-8");
    add(variables, "PATH", facts->search_path);
    add(variables, "AWS_XRAY_CONTEXT_MISSING", "LOG_ERROR");
    add(variables, "AWS_LAMBDA_RUNTIME_API", lg_arena_printf(arena, "127.0.0.1:%u", facts->port));
    add(variables, "_HANDLER", handler != NULL ? handler : "");
    add(variables, "LAMBDA_TASK_ROOT", function->workers->directory);
    add(variables, "LAMBDA_RUNTIME_DIR", facts->runtime_directory);
    add(variables, "AWS_REGION", facts->region);
    add(variables, "AWS_DEFAULT_REGION", facts->region);
    add(variables, "AWS_LAMBDA_FUNCTION_NAME", function->name);
    add(variables, "AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
    add(variables, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        lg_arena_printf(arena, "%" PRId64, function->memory_mb));
    add(variables, "AWS_LAMBDA_LOG_GROUP_NAME",
        lg_arena_printf(arena, "/aws/lambda/%s", function->name));
    add(variables, "AWS_LAMBDA_LOG_STREAM_NAME", log_stream(arena, facts->wall_ms));
    add(variables, "AWS_LAMBDA_INITIALIZATION_TYPE",
        facts->provisioned ? "provisioned-concurrency" : "on-demand");
    add_logging(variables, function->logging);
    if (facts->credentials_token != NULL && facts->credentials_token[0] != '\0') {
        add(variables, "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            lg_arena_printf(arena, "http://127.0.0.1:%u" LG_CREDENTIALS_PATH, facts->port));
        add(variables, "AWS_CONTAINER_AUTHORIZATION_TOKEN", facts->credentials_token);
    }
    assert(variables->count <= PLATFORM_MAX);
}

const char *const *lg_environment_make(struct lg_arena *arena,
                                       const struct lg_environment_facts *facts)
{
    const struct lg_config_pairs *own = &facts->function->environment;
    struct variables variables = { .arena = arena };
    size_t platform_count;

    variables.items = lg_arena_zalloc(arena, (PLATFORM_MAX + own->count + 1) * sizeof(char *));
    add_platform(&variables, facts);
    platform_count = variables.count;
    for (size_t i = 0; i < own->count; i++)
        add_own(&variables, platform_count, &own->items[i]);
    return variables.items;
}

static const char *const *two_words(struct lg_arena *arena, const char *program, const char *script)
{
    const char **words = lg_arena_zalloc(arena, 3 * sizeof(char *));

    words[0] = program;
    words[1] = script;
    return words;
}

static const char *first_word(struct lg_arena *arena, const struct lg_config_workers *workers)
{
    const char *word = workers->command.items[0];

    if (word[0] == '/' || strchr(word, '/') == NULL)
        return word;
    if (strncmp(word, "./", 2) == 0)
        word += 2;
    return lg_arena_printf(arena, "%s/%s", workers->directory, word);
}

const char *const *lg_environment_command(struct lg_arena *arena, const char *runtime_directory,
                                          const struct lg_config_workers *workers)
{
    const char **words;

    switch (workers->runtime) {
    case LG_RUNTIME_PYTHON3:
        return two_words(arena, "python3",
                         lg_arena_printf(arena, "%s/python3/bootstrap.py", runtime_directory));
    case LG_RUNTIME_NODEJS:
        return two_words(arena, "node",
                         lg_arena_printf(arena, "%s/nodejs/bootstrap.mjs", runtime_directory));
    case LG_RUNTIME_COMMAND:
        break;
    }
    assert(workers->command.count > 0);
    words = lg_arena_zalloc(arena, (workers->command.count + 1) * sizeof(char *));
    memcpy(words, workers->command.items, workers->command.count * sizeof(char *));
    words[0] = first_word(arena, workers);
    return words;
}

const char *lg_environment_runtime(const struct lg_config_workers *workers)
{
    switch (workers->runtime) {
    case LG_RUNTIME_PYTHON3:
        return "python3";
    case LG_RUNTIME_NODEJS:
        return "nodejs";
    case LG_RUNTIME_COMMAND:
        break;
    }
    return workers->command.items[0];
}
