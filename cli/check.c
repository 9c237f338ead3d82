/* check.c -- lambdagate check: all that is wrong with a configuration, without a daemon. */
#include "base/buf.h"
#include "faults.h"
#include "options.h"
#include "snapshot/snapshot.h"

static int run(const struct lg_command *command, int argc, char **argv)
{
    static const struct lg_grammar grammar = { .least = 1, .most = 1 };
    struct lg_buf words;
    const char *file;
    int status;

    if (!lg_options_read(command, argc, argv, &grammar, &file, &status))
        return status;

    struct lg_faults *faults = lg_faults_new();
    lg_buf_init(&words, SIZE_MAX);
    if (lg_snapshot_check(file, faults, &words) > 0) {
        lg_complain_faults(faults);
        status = LG_EXIT_FAILED;
    } else {
        printf("%s: ok (%.*s)\n", file, LG_STR_ARG(lg_buf_str(&words)));
        status = LG_EXIT_OK;
    }
    lg_buf_done(&words);
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
