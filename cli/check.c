/* check.c -- lambdagate check: all that is wrong with a configuration, without a daemon. */
#include "base/buf.h"
#include "options.h"
#include "snapshot.h"

static void print_faults(const struct lg_faults *faults)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    lg_faults_print(faults, &text);
    fwrite(text.data, 1, text.size, stderr);
    lg_buf_done(&text);
}

static int run(const struct lg_command *command, int argc, char **argv)
{
    static const struct lg_grammar grammar = { .least = 1, .most = 1 };
    size_t functions = 0, routes = 0;
    const char *file;
    int status;

    if (!lg_options_read(command, argc, argv, &grammar, &file, &status))
        return status;

    struct lg_faults *faults = lg_faults_new();
    if (lg_snapshot_check(file, faults, &functions, &routes) > 0) {
        print_faults(faults);
        status = LG_EXIT_FAILED;
    } else {
        printf("%s: ok (%zu functions, %zu routes)\n", file, functions, routes);
        status = LG_EXIT_OK;
    }
    lg_faults_free(faults);
    return status;
}

const struct lg_command lg_command_check = {
    .name = "check",
    .arguments = "FILE",
    .summary = "Say what is wrong with a configuration file; nothing is started.",
    .help = "Every fault is a line on standard error: FILE:LINE: PATH: found, expected.\n",
    .run = run,
};
