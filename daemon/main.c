/* main.c -- start-up in order: arguments, configuration, keeper, log, gateway, run, end. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "gateway.h"
#include "keeper/keeper.h"
#include "keeper/private_tmp.h"
#include "observe/log.h"

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

/*
 * Nobody may read the memory or trace this process. Sanitizers need both for themselves.
 */
static void protect(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* Two descriptors a request and one an idle client: the usual soft limit of 1024 is soon reached.
 */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* Signals are read on loop 0; every thread and the keeper inherit this mask. */
static void block_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

static int start_log(const struct lg_config *config)
{
    const struct lg_log_options options = {
        .level = (enum lg_log_level)config->log.level,
        .json = config->log.format == LG_LOG_JSON,
        .fd = STDERR_FILENO,
    };

    return lg_log_start(&options) == LG_OK ? 0 : -1;
}

static void say_how_memory_is_limited(const struct lg_keeper *keeper)
{
    const char *cgroup = lg_keeper_cgroup(keeper);

    if (cgroup != NULL)
        lg_log(LG_LOG_INFO, "daemon", NULL, "memory of workers is limited by cgroups below %s",
               cgroup);
    else
        lg_log(LG_LOG_INFO, "daemon", NULL,
               "memory of workers is limited by looking at them: no cgroup was delegated to us");
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
    protect();
    block_signals();
    lg_keeper_use_helper("/proc/self/exe");
    keeper = lg_keeper_fork(lg_gateway_loops(lg_snapshot_config(snapshot)));
    /* After the fork: workers keep the limit that the operator gave. */
    raise_descriptor_limit();
    if (keeper == NULL || start_log(lg_snapshot_config(snapshot)) != 0) {
        fprintf(stderr, "lambdagated: cannot start: %s\n", strerror(errno));
        lg_keeper_free(keeper);
        lg_snapshot_unref(snapshot);
        return EXIT_FAULT;
    }
    say_how_memory_is_limited(keeper);
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
