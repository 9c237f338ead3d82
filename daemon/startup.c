/* startup.c -- dumps, signals, limits, log. */
#include "startup.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "observe/log.h"

void lg_startup_protect(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    (void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

void lg_startup_raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void lg_startup_block_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

enum lg_err lg_startup_log(const struct lg_config *config)
{
    const struct lg_log_options options = {
        .level = (enum lg_log_level)config->log.level,
        .json = config->log.format == LG_LOG_JSON,
        .fd = STDERR_FILENO,
    };

    return lg_log_start(&options);
}

void lg_startup_say_memory(const struct lg_keeper *keeper)
{
    const char *cgroup = lg_keeper_cgroup(keeper);

    if (cgroup != NULL)
        lg_log(LG_LOG_INFO, "daemon", NULL, "memory of workers is limited by cgroups below %s",
               cgroup);
    else
        lg_log(LG_LOG_INFO, "daemon", NULL,
               "memory of workers is limited by looking at them: no cgroup was delegated to us");
}
