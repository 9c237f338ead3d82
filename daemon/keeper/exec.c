/* exec.c -- fork, strip what is ours, exec; the reason of a failure goes through a pipe. */
#include "keeper/exec.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mem.h"
#include "keeper/keeper.h"
#include "keeper/private_tmp.h"

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

/*
 * Whatever it was, it is this user now, with no way back. Straight to the kernel: libc would tell
 * other threads by a signal that reset_signals() has just made deadly, and there are none.
 */
static int change_user(const struct lg_keeper_confine *confine)
{
    if (syscall(SYS_setgroups, confine->group_count, confine->groups) < 0 ||
        syscall(SYS_setresgid, confine->gid, confine->gid, confine->gid) < 0 ||
        syscall(SYS_setresuid, confine->uid, confine->uid, confine->uid) < 0)
        return -1;
    /* Neither programs with the set-user-ID bit nor those with capabilities lead back. */
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static const char *const *with_tmp(const char *const *environment, const char *tmp)
{
    static const char name[] = "TMPDIR=";
    size_t count = 0;

    for (; environment[count] != NULL; count++)
        if (strncmp(environment[count], name, strlen(name)) == 0)
            return environment;

    const char **more = lg_calloc(count + 2, sizeof(*more));

    memcpy(more, environment, count * sizeof(*more));
    more[count] = lg_sprintf("%s%s", name, tmp);
    return more;
}

_Noreturn void lg_exec_finish(const struct lg_exec_end *end)
{
    const char *const *environment = end->environment;

    /* Again: a change of user or of namespace takes it back. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        fail(end->report, LG_KEEPER_STEP_FORK);
    if (getppid() != end->keeper) /* it died before we asked to be told */
        _exit(126);
    if (chdir(end->directory) < 0)
        fail(end->report, LG_KEEPER_STEP_DIRECTORY);
    if (end->tmp != NULL)
        environment = with_tmp(environment, end->tmp);

    /* execvp() looks the command up in the PATH of `environ`, execvpe() would do so too. */
    environ = (char **)(uintptr_t)environment;
    execvp(end->argv[0], (char **)(uintptr_t)end->argv);
    fail(end->report, LG_KEEPER_STEP_EXEC);
}

/* Whether /tmp is the directory now; else TMPDIR has to name it. */
static bool mount_tmp(const struct lg_keeper_message *spawn, const struct lg_exec_place *place,
                      int report)
{
    if (place->tmp == NULL || spawn->confine.tmp != LG_KEEPER_TMP_MOUNT)
        return false;
    if (geteuid() == 0)
        return lg_private_tmp_mount(place->tmp) == 0;
    if (place->helper != NULL)
        lg_private_tmp_exec(place->helper, spawn, place->tmp, report);
    return false;
}

static _Noreturn void become(const struct lg_keeper_message *spawn,
                             const struct lg_exec_place *place, int report, pid_t keeper)
{
    struct lg_exec_end end = { .report = report,
                               .keeper = keeper,
                               .directory = spawn->directory,
                               .argv = spawn->argv,
                               .environment = spawn->environment,
                               .tmp = place->tmp };

    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
        fail(report, LG_KEEPER_STEP_FORK);
    if (getppid() != keeper)
        _exit(126);
    if (place->join >= 0 && write(place->join, "0", 1) < 0)
        fail(report, LG_KEEPER_STEP_MEMORY);
    reset_signals();
    umask(0077);
    if (set_streams(place->output) < 0)
        fail(report, LG_KEEPER_STEP_FORK);
    if (mount_tmp(spawn, place, report))
        end.tmp = NULL;
    if (spawn->confine.change_user && change_user(&spawn->confine) < 0)
        fail(report, LG_KEEPER_STEP_USER);
    lg_exec_finish(&end);
}

int lg_exec_start(const struct lg_keeper_message *spawn, const struct lg_exec_place *place,
                  pid_t *ret_pid, int *ret_report)
{
    int ends[2];
    pid_t keeper = getpid();

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
        return errno;

    pid_t pid = fork();
    if (pid == 0)
        become(spawn, place, ends[1], keeper);

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
