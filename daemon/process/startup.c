/* startup.c -- dumps, signals, limits, log, listening. */
#include "process/startup.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "listen/server.h"
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

static void describe(const struct lg_config_address *address, uint16_t port, char *ret_text,
                     size_t size)
{
    if (address->path != NULL)
        (void)snprintf(ret_text, size, "%s", address->path);
    else
        (void)snprintf(ret_text, size, strchr(address->host, ':') != NULL ? "[%s]:%u" : "%s:%u",
                       address->host, (unsigned)port);
}

enum lg_err lg_startup_listen(const struct lg_config_address *where, unsigned mode,
                              const char *what, int *ret_fd)
{
    const struct lg_address address = { where->host, where->port, where->path, mode };
    uint16_t port = where->port;
    char text[256];
    enum lg_err err = lg_listen_socket(&address, ret_fd, &port);

    describe(where, port, text, sizeof(text));
    if (err == LG_OK)
        lg_log(LG_LOG_INFO, "listen", NULL, "%s on %s", what, text);
    else
        lg_log(LG_LOG_ERROR, "listen", NULL, "cannot listen on %s (%s): %s", text, what,
               strerror(errno));
    return err;
}
