/* private_tmp.c -- unshare, mount, and the program in between. */
#include "keeper/private_tmp.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "keeper/exec.h"

static int write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    int error = 0;

    if (fd < 0)
        return errno;
    if (write(fd, text, strlen(text)) < 0)
        error = errno;
    close(fd);
    return error;
}

/* The same user and group as before, and no other. */
static int map_ids(uid_t uid, gid_t gid)
{
    char text[64];
    int error;

    (void)snprintf(text, sizeof(text), "%u %u 1", (unsigned)uid, (unsigned)uid);
    error = write_file("/proc/self/uid_map", text);
    if (error == 0)
        error = write_file("/proc/self/setgroups", "deny");
    (void)snprintf(text, sizeof(text), "%u %u 1", (unsigned)gid, (unsigned)gid);
    return error == 0 ? write_file("/proc/self/gid_map", text) : error;
}

static int separate(void)
{
    uid_t uid = geteuid();
    gid_t gid = getegid();

    if (uid == 0)
        return unshare(CLONE_NEWNS) < 0 ? errno : 0;
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0 ? errno : map_ids(uid, gid);
}

int lg_private_tmp_mount(const char *directory)
{
    int error = separate();

    if (error != 0)
        return error;
    /* What the machine mounts later is seen here, and nothing of ours there. */
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) < 0 ||
        mount(directory, "/tmp", NULL, MS_BIND, NULL) < 0)
        return errno;
    /* Without success it is as it was where the directory lies, which is as safe as before. */
    (void)mount(NULL, "/tmp", NULL, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV, NULL);
    return 0;
}

/* --- the program in between ---------------------------------------------------------------------
 */

/* program WORD, report, the keeper's number, /tmp, directory, then the command */
enum { ARG_WORD = 1, ARG_REPORT, ARG_KEEPER, ARG_TMP, ARG_DIRECTORY, ARG_COMMAND };

void lg_private_tmp_exec(const char *helper, const struct lg_keeper_message *spawn,
                         const char *directory, int report)
{
    size_t count = 0;
    char report_text[16], keeper_text[16];

    while (spawn->argv[count] != NULL)
        count++;
    const char **argv = lg_calloc(ARG_COMMAND + count + 1, sizeof(*argv));
    (void)snprintf(report_text, sizeof(report_text), "%d", report);
    (void)snprintf(keeper_text, sizeof(keeper_text), "%d", (int)getppid());
    argv[0] = "lambdagated";
    argv[ARG_WORD] = LG_PRIVATE_TMP_WORD;
    argv[ARG_REPORT] = report_text;
    argv[ARG_KEEPER] = keeper_text;
    argv[ARG_TMP] = directory;
    argv[ARG_DIRECTORY] = spawn->directory;
    memcpy(argv + ARG_COMMAND, spawn->argv, count * sizeof(*argv));
    (void)fcntl(report, F_SETFD, 0);
    (void)execve(helper, (char **)(uintptr_t)argv, (char **)(uintptr_t)spawn->environment);
    (void)fcntl(report, F_SETFD, FD_CLOEXEC);
    free(argv);
}

_Noreturn void lg_private_tmp_main(int argc, char **argv)
{
    struct lg_exec_end end = { 0 };
    uint64_t report, keeper;

    if (argc <= ARG_COMMAND || lg_str_to_u64(lg_str_of(argv[ARG_REPORT]), &report) != LG_OK ||
        lg_str_to_u64(lg_str_of(argv[ARG_KEEPER]), &keeper) != LG_OK || report > INT_MAX ||
        keeper > INT_MAX)
        _exit(126);
    end.report = (int)report;
    end.keeper = (pid_t)keeper;
    end.directory = argv[ARG_DIRECTORY];
    end.argv = (const char *const *)(uintptr_t)(argv + ARG_COMMAND);
    end.environment = (const char *const *)(uintptr_t)environ;
    if (fcntl(end.report, F_SETFD, FD_CLOEXEC) < 0)
        _exit(126);
    if (lg_private_tmp_mount(argv[ARG_TMP]) != 0)
        end.tmp = argv[ARG_TMP];
    lg_exec_finish(&end);
}
