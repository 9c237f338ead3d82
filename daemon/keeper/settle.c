/* settle.c -- descriptors, session, signals. */
#include "keeper/settle.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/mem.h"

/* Above the standard streams, in ascending order; all others are closed. */
static void keep_descriptors(int *fds, unsigned count)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    unsigned next = STDERR_FILENO + 1;

    for (unsigned i = 0; i < count; i++) {
        fds[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, (int)next);
        if (fds[i] < 0)
            _exit(1);
        next = (unsigned)fds[i] + 1;
    }
    dup2(null, STDIN_FILENO);
    dup2(null, STDOUT_FILENO);
    next = STDERR_FILENO + 1;
    for (unsigned i = 0; i < count; i++) {
        unsigned fd = (unsigned)fds[i];

        if (fd > next)
            close_range(next, fd - 1, 0);
        next = fd + 1;
    }
    close_range(next, ~0U, 0);
}

/*
 * A session of our own: a signal to the daemon's group must not end who cleans up after it. It
 * decides when to stop, so what a terminal or a service manager sends to all is not for us.
 */
static void be_alone(void)
{
    static const int ignored[] = { SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGPIPE, SIGALRM,
                                   SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU };
    sigset_t child;

    prctl(PR_SET_NAME, "lg-keeper");
    prctl(PR_SET_DUMPABLE, 0);
    setsid();
    for (size_t i = 0; i < LG_COUNT(ignored); i++)
        signal(ignored[i], SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* ignored, it would reap before we know */
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &child, NULL);
}

void lg_settle(int *fds, unsigned count)
{
    be_alone();
    keep_descriptors(fds, count);
}
