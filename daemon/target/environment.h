/*
 * environment.h -- what a worker process is started with: its command and its environment.
 *
 * Nothing is inherited from the daemon but the search path. Threads: any.
 */
#ifndef LG_TARGET_ENVIRONMENT_H
#define LG_TARGET_ENVIRONMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "config/config.h"

struct lg_environment_facts {
    const struct lg_config_function *function;
    const char *runtime_directory, *region;
    const char *search_path;       /* PATH, unless the function sets its own */
    uint16_t port;                 /* of the worker's Runtime API */
    int64_t wall_ms;               /* for the name of the log stream */
    const char *credentials_token; /* for the endpoint on that port; "": there is none */
    bool provisioned;              /* started ahead of any call, as one of `min` */
};

/* NAME=VALUE, NULL-ended, in the arena. What Lambda sets cannot be overridden, TZ, LANG, PATH and
 * AWS_XRAY_CONTEXT_MISSING can. */
const char *const *lg_environment_make(struct lg_arena *arena,
                                       const struct lg_environment_facts *facts);

/*
 * The command line, NULL-ended, in the arena: our bootstrap, or the configured command, whose first
 * word is taken from the function's directory when it is a relative path.
 */
const char *const *lg_environment_command(struct lg_arena *arena, const char *runtime_directory,
                                          const struct lg_config_workers *workers);

/* "python3", "nodejs", or the command's first word: for log lines. */
const char *lg_environment_runtime(const struct lg_config_workers *workers);

#endif
