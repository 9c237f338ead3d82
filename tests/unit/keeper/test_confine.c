/* Real processes: whose they are, where their temporary files lie, and what is left of them. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "keeper/descent.h"
#include "world.h"

static char folder[64];

static void set_up(void)
{
    snprintf(folder, sizeof(folder), "/tmp/lg-confine-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    cr_assert(eq(int, chmod(folder, 0711), 0));
    setenv("TMPDIR", folder, 1);
    world_begin();
}

static void tear_down(void)
{
    world_end();
    cr_assert(eq(int, rmdir(folder), 0), "something is left in %s", folder);
}

/* What a test began with is not taken down by criterion when it is skipped. */
static void skip(const char *why)
{
    tear_down();
    cr_skip_test("%s", why);
}

TestSuite(confine, .init = set_up, .fini = tear_down, .timeout = 120);

static struct worker worker;

static void run(const struct lg_keeper_confine *confine, const char *const *environment,
                const char *script)
{
    const char *const argv[] = { "sh", "-c", script, NULL };
    const struct lg_keeper_spawn full = {
        .argv = argv, .environment = environment, .directory = "/", .confine = *confine
    };

    cr_assert(eq(int, ask(&worker, &full), LG_OK));
}

static const char *const path_only[] = { "PATH=/usr/bin:/bin", NULL };
static const gid_t groups[] = { 4242, 4243 };
static const struct lg_keeper_confine somebody = {
    .change_user = true, .uid = 65534, .gid = 65533, .groups = groups, .group_count = 2
};

static void assert_said(const char *expected)
{
    until_exited(&worker);
    until_silent(&worker);
    cr_assert_str_eq(worker.text, expected);
    cr_assert(eq(int, worker.status, 0));
}

static void need_root(void)
{
    if (geteuid() != 0)
        skip("needs root");
}

Test(confine, a_process_is_its_user_with_its_groups_and_no_way_back)
{
    need_root();
    run(&somebody, path_only,
        "grep -E '^(Uid|Gid|Groups|CapPrm|CapEff|NoNewPrivs):' /proc/self/status | tr '\\t' ' '");
    assert_said("Uid: 65534 65534 65534 65534\nGid: 65533 65533 65533 65533\n"
                "Groups: 4242 4243 \n"
                "CapPrm: 0000000000000000\nCapEff: 0000000000000000\nNoNewPrivs: 1\n");
}

Test(confine, a_process_of_another_user_is_still_ours_to_kill)
{
    need_root();
    run(&somebody, path_only, "echo up; exec sleep 1000");
    until_said(&worker, "up\n");
    lg_keeper_signal(line, worker.ticket, SIGKILL);
    until_exited(&worker);
    cr_assert(eq(int, worker.status, SIGKILL));
}

/* Whoever inherits it may take its time to reap it. */
static bool is_dead(const void *context)
{
    struct lg_descendant process;
    char path[64], text[1024];
    ssize_t size;

    snprintf(path, sizeof(path), "/proc/%d/stat", *(const pid_t *)context);
    int fd = open(path, O_RDONLY);
    if (fd < 0)
        return true;
    size = read(fd, text, sizeof(text));
    close(fd);
    return size <= 0 ||
           (lg_descent_parse(lg_str_make(text, (size_t)size), &process) == LG_OK && process.ended);
}

Test(confine, a_process_of_another_user_dies_with_its_keeper)
{
    need_root();
    run(&somebody, path_only, "echo up; exec sleep 1000");
    until_said(&worker, "up\n");
    kill(lg_keeper_pid(keeper), SIGKILL);
    until(is_dead, &worker.pid);
    until_exited(&worker);
}

Test(confine, without_root_another_user_is_told_to_be_impossible)
{
    if (geteuid() == 0)
        skip("needs another user than root");
    run(&somebody, path_only, "true");
    until_exited(&worker);
    cr_assert(eq(int, worker.status, LG_KEEPER_STEP_USER));
    cr_assert(eq(int, worker.error, 1 /* EPERM */));
}

static const struct lg_keeper_confine directory = { .tmp = LG_KEEPER_TMP_DIRECTORY };

Test(confine, temporary_files_lie_where_tmpdir_says)
{
    run(&directory, path_only,
        "echo x >$TMPDIR/f && stat -c '%a' $TMPDIR && case $TMPDIR in \"" /* continued */
        "/tmp/lg-confine-\"*) echo private;; esac");
    assert_said("700\nprivate\n");
}

Test(confine, a_tmpdir_of_the_functions_own_stays)
{
    const char *const own[] = { "PATH=/usr/bin:/bin", "TMPDIR=/var/tmp", NULL };

    run(&directory, own, "echo $TMPDIR");
    assert_said("/var/tmp\n");
}

Test(confine, temporary_files_go_with_their_process)
{
    char *path;

    run(&directory, path_only, "echo x >$TMPDIR/f; mkdir $TMPDIR/d; echo $TMPDIR; read x");
    until_exited(&worker);
    until_silent(&worker);
    worker.text[strcspn(worker.text, "\n")] = '\0';
    path = lg_strdup(worker.text);
    cr_assert(access(path, F_OK) != 0, "%s", path);
    free(path);
}

Test(confine, as_root_the_directory_is_tmp_itself)
{
    struct lg_keeper_confine mounted = somebody;

    need_root();
    mounted.tmp = LG_KEEPER_TMP_MOUNT;
    run(&mounted, path_only,
        "echo ${TMPDIR:-unset}; ls -A /tmp; echo x >/tmp/f && stat -c '%u %a' /tmp && cat /tmp/f");
    until_exited(&worker);
    until_silent(&worker);
    if (strncmp(worker.text, "unset", 5) != 0)
        skip("the kernel does not let us mount here");
    cr_assert_str_eq(worker.text, "unset\n65534 700\nx\n");
    cr_assert(access("/tmp/f", F_OK) != 0);
}

Test(confine, each_process_sees_a_tmp_of_its_own)
{
    const struct lg_keeper_confine mounted = { .tmp = LG_KEEPER_TMP_MOUNT };
    static struct worker other;

    need_root();
    run(&mounted, path_only, "echo ${TMPDIR:-unset}; echo one >/tmp/f; echo up; sleep 1000");
    until_said(&worker, "up\n");
    if (strncmp(worker.text, "unset", 5) != 0) {
        lg_keeper_signal(line, worker.ticket, SIGKILL);
        until_exited(&worker);
        skip("the kernel does not let us mount here");
    }
    other = worker;
    run(&mounted, path_only, "ls -A /tmp");
    until_exited(&worker);
    until_silent(&worker);
    cr_assert_str_eq(worker.text, "unset\n" + sizeof("unset\n") - 1);
    lg_keeper_signal(line, other.ticket, SIGKILL);
}

Test(confine, what_a_process_used_is_told)
{
    run(&directory, path_only, "exec python3 -c 'x = bytearray(64 << 20)'");
    until_exited(&worker);
    cr_assert(eq(int, worker.status, 0));
    cr_assert(ge(i64, worker.peak_kib, 64 * 1024));
    cr_assert(lt(i64, worker.peak_kib, 1024 * 1024));
    cr_assert_not(worker.out_of_memory);
}

Test(confine, without_a_cgroup_of_ours_memory_is_not_limited_by_the_kernel)
{
    const struct lg_keeper_confine little = { .memory_bytes = 1 << 20 };

    if (lg_keeper_cgroup(keeper) != NULL)
        skip("this machine delegates a cgroup to us");
    run(&little, path_only, "exec python3 -c 'x = bytearray(8 << 20)'");
    until_exited(&worker);
    cr_assert(eq(int, worker.status, 0));
    cr_assert_not(worker.limited);
    cr_assert(eq(i64, lg_keeper_peak_kib(line, worker.ticket), 0));
}
