/*
 * command.h -- what every command of `lambdagate` is made of.
 *
 * Exit statuses are a promise to scripts: 0 well, 1 the function failed or the check found
 * faults, 2 wrong usage, 3 the daemon cannot be reached.
 */
#ifndef LG_CLI_COMMAND_H
#define LG_CLI_COMMAND_H

#include <stdio.h>

enum { LG_EXIT_OK, LG_EXIT_FAILED, LG_EXIT_USAGE, LG_EXIT_UNREACHABLE };

#define LG_DEFAULT_ADMIN "/run/lambdagate/admin.sock"

struct lg_command {
    const char *name;
    const char *arguments; /* as in the usage line, or "" */
    const char *summary;   /* one line for the list */
    const char *help;      /* what the options mean; lines ended by LF, or "" */
    /* argv[0] is the command's name. Returns an exit status. */
    int (*run)(const struct lg_command *command, int argc, char **argv);
};

extern const struct lg_command lg_command_check, lg_command_routes, lg_command_functions,
    lg_command_invoke, lg_command_aws, lg_command_event, lg_command_generate, lg_command_reload,
    lg_command_token, lg_command_worker;

void lg_command_usage(const struct lg_command *command, FILE *to);

/* Says what is wrong and how it is meant, on stderr. Returns LG_EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int lg_command_misused(const struct lg_command *command,
                                                             const char *format, ...);

/* "lambdagate: ..." and a line feed on stderr. */
__attribute__((format(printf, 1, 2))) void lg_complain(const char *format, ...);

#endif
