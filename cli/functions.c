/* functions.c -- lambdagate functions: what can be called, and what its workers do now. */
#include <stdlib.h>

#include "base/mem.h"
#include "listing.h"

static long long number(json_t *item, const char *name)
{
    return json_integer_value(json_object_get(item, name));
}

static const char *text(json_t *item, const char *name)
{
    const char *value = json_string_value(json_object_get(item, name));

    return value == NULL ? "" : value;
}

/* "2 busy, 1 idle, 1 starting": states that nobody is in are left out. */
static char *describe_workers(json_t *workers)
{
    static const char *const states[] = { "busy", "idle", "starting", "stopping" };
    char *told = lg_strdup("");

    for (size_t i = 0; i < LG_COUNT(states); i++) {
        long long count = number(workers, states[i]);
        if (count == 0)
            continue;
        char *more = lg_sprintf("%s%s%lld %s", told, told[0] == '\0' ? "" : ", ", count, states[i]);
        free(told);
        told = more;
    }
    if (told[0] != '\0' || workers == NULL)
        return told;
    free(told);
    return lg_strdup("none yet");
}

/* How many have said that they are there, on whichever host. */
static char *describe_elsewhere(json_t *redis)
{
    long long count = number(redis, "workers");

    return count == 0 ? lg_strdup("none seen") : lg_sprintf("%lld elsewhere", count);
}

static void add_row(struct lg_table *table, json_t *item)
{
    json_t *workers = json_object_get(item, "workers");
    json_t *redis = json_object_get(item, "redis");
    char *busy = redis != NULL ? describe_elsewhere(redis) : describe_workers(workers);
    char *waiting =
        lg_sprintf("%lld", redis != NULL ? number(redis, "depth") : number(workers, "waiting"));
    char *memory = redis != NULL ? lg_strdup("-") : lg_sprintf("%lld MB", number(item, "memoryMb"));
    char timeout[LG_DURATION_SIZE];

    lg_duration_write(number(item, "timeoutMs"), timeout);
    lg_table_add(table, (const char *[]){ text(item, "name"), text(item, "target"), busy, waiting,
                                          timeout, memory });
    free(memory);
    free(waiting);
    free(busy);
}

static int run(const struct lg_command *command, int argc, char **argv)
{
    static const char *const names[] = { "FUNCTION", "TARGET",  "WORKERS",
                                         "WAITING",  "TIMEOUT", "MEMORY" };
    static const struct lg_listing listing = { .path = "/functions",
                                               .member = "functions",
                                               .names = names,
                                               .columns = 6,
                                               .add_row = add_row };

    return lg_listing_run(command, argc, argv, &listing);
}

const struct lg_command lg_command_functions = {
    .name = "functions",
    .arguments = LG_LISTING_ARGUMENTS,
    .summary = "List the functions of the running daemon and their workers.",
    .help = LG_LISTING_HELP,
    .run = run,
};
