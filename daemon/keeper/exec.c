/* exec.c -- fork, strip what is ours, exec; the reason of a failure goes through a pipe. */
#include "keeper/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "keeper/keeper.h"

static _Noreturn void fail(int report, int step)
{
    struct lg_exec_failure failure = { .error = errno, .step = step };

    /* Smaller than PIPE_BUF, into an empty pipe: all or nothing. If the keeper is gone, so be it.
     */
    if (write(report, &failure, sizeof(failure)) < 0)
        _exit(126);
    _exit(127);
}

/*
 * The keeper ignores and blocks signals; both would survive exec. Straight to the kernel, as libc
 * does not let go of the two that it keeps for itself, which whoever started us may have ignored.
 */
static void reset_signals(void)
{
    static const unsigned long defaults[8]; /* the kernel's struct sigaction: SIG_DFL, no flags */
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        syscall(SYS_rt_sigaction, number, defaults, NULL, NSIG / 8);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static int set_streams(int output)
{
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(output, STDERR_FILENO) < 0)
        return -1;
    /* All of ours are close-on-exec; this holds for those that a library may have opened. */
    close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    return 0;
}

static _Noreturn void become(const struct lg_keeper_message *spawn, int output, int report,
                             pid_t keeper)
{
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        fail(report, LG_KEEPER_STEP_FORK);
    if (getppid() != keeper) /* it died before we asked to be told */
        _exit(126);
    reset_signals();
    umask(0077);
    if (set_streams(output) < 0)
        fail(report, LG_KEEPER_STEP_FORK);
    if (chdir(spawn->directory) < 0)
        fail(report, LG_KEEPER_STEP_DIRECTORY);

    /* execvp() looks the command up in the PATH of `environ`, execvpe() would do so too. */
    environ = (char **)(uintptr_t)spawn->environment;
    execvp(spawn->argv[0], (char **)(uintptr_t)spawn->argv);
    fail(report, LG_KEEPER_STEP_EXEC);
}

int lg_exec_start(const struct lg_keeper_message *spawn, int output, pid_t *ret_pid,
                  int *ret_report)
{
    int ends[2];
    pid_t keeper = getpid();

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return errno;

    pid_t pid = fork();
    if (pid == 0)
        become(spawn, output, ends[1], keeper);

    int err = pid < 0 ? errno : 0;
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return err;
    }
    *ret_pid = pid;
    *ret_report = ends[0];
    return 0;
}

enum lg_err lg_exec_result(int report, struct lg_exec_failure *reterr_failure)
{
    struct lg_exec_failure failure;
    ssize_t size;

    do
        size = read(report, &failure, sizeof(failure));
    while (size < 0 && errno == EINTR);
    if (size < 0)
        return LG_ERR_BUSY;
    if (size != (ssize_t)sizeof(failure))
        return LG_OK;
    *reterr_failure = failure;
    return LG_ERR_REFUSED;
}
