/* main.c -- start-up in order: arguments, configuration, keeper, log, gateway, run, end. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway/gateway.h"
#include "keeper/keeper.h"
#include "keeper/private_tmp.h"
#include "observe/log.h"
#include "process/startup.h"

enum { EXIT_FAULT = 1, EXIT_USAGE = 2 };

static const char usage[] = "usage: lambdagated [--check] FILE\n"
                            "       lambdagated --version | --help\n"
                            "\n"
                            "Serves the gateway that FILE (YAML or JSON) describes until SIGTERM.\n"
                            "  --check    say what is wrong with FILE, start nothing\n";

static void print_faults(const struct lg_faults *faults)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    lg_faults_print(faults, &text);
    (void)!write(STDERR_FILENO, text.data, text.size);
    lg_buf_done(&text);
}

static int check(const char *file)
{
    struct lg_faults *faults = lg_faults_new();
    struct lg_buf words;

    lg_buf_init(&words, SIZE_MAX);
    size_t count = lg_snapshot_check(file, faults, &words);
    print_faults(faults);
    lg_faults_free(faults);
    if (count == 0)
        printf("%s: ok (%.*s)\n", file, LG_STR_ARG(lg_buf_str(&words)));
    lg_buf_done(&words);
    return count == 0 ? 0 : EXIT_FAULT;
}

/* NULL after all faults were printed. */
static struct lg_snapshot *load(const char *file)
{
    struct lg_faults *faults = lg_faults_new();
    struct lg_config *config = lg_config_load(file, faults);
    struct lg_snapshot *snapshot = NULL;

    if (config != NULL)
        snapshot = lg_snapshot_build(config, faults);
    print_faults(faults);
    lg_faults_free(faults);
    return snapshot;
}

static int serve(const char *file)
{
    struct lg_snapshot *snapshot;
    struct lg_keeper *keeper;
    struct lg_gateway *gateway;
    int status = EXIT_FAULT;

    lg_mem_tune();
    snapshot = load(file);
    if (snapshot == NULL)
        return EXIT_FAULT;
    lg_startup_protect();
    lg_startup_block_signals();
    lg_keeper_use_helper("/proc/self/exe");
    keeper = lg_keeper_fork(lg_gateway_loops(lg_snapshot_config(snapshot)));
    lg_startup_raise_descriptor_limit();
    if (keeper == NULL || lg_startup_log(lg_snapshot_config(snapshot)) != LG_OK) {
        fprintf(stderr, "lambdagated: cannot start: %s\n", strerror(errno));
        lg_keeper_free(keeper);
        lg_snapshot_unref(snapshot);
        return EXIT_FAULT;
    }
    lg_startup_say_memory(keeper);
    gateway = lg_gateway_open(snapshot, keeper);
    if (gateway != NULL) {
        status = lg_gateway_run(gateway);
        lg_gateway_free(gateway);
        lg_log(LG_LOG_INFO, "daemon", NULL, "stopped");
    }
    lg_log_stop();
    return status;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], LG_PRIVATE_TMP_WORD) == 0)
        lg_private_tmp_main(argc, argv);
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("lambdagated %s\n", LG_VERSION);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        printf("%s", usage);
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "--check") == 0)
        return check(argv[2]);
    if (argc == 2 && argv[1][0] != '-')
        return serve(argv[1]);
    fprintf(stderr, "%s", usage);
    return EXIT_USAGE;
}
