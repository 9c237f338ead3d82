/* Workers are spawned clean, told of, and never outlive anybody: with real processes. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "keeper/keeper.h"
#include "keeper/process.h"
#include "keeper/protocol.h"
#include "wire/loop.h"
#include "world.h"

/* Leaves the session and the parent, tells its number as NAME=, and stays. */
#define STRAY(name) "(setsid sh -c 'echo " name "=$$; exec sleep 1000' &)\n"
#define STRAY_WITHOUT_ENVIRONMENT(name)                                                            \
    "(setsid env -i PATH=$PATH sh -c 'echo " name "=$$; exec sleep 1000' &)\n"
#define STAY "exec sleep 1000"

TestSuite(keeper, .init = world_begin, .fini = world_end, .timeout = 120);

static struct worker one, two;

static int exit_code(const struct worker *worker)
{
    return worker->error == 0 && WIFEXITED(worker->status) ? WEXITSTATUS(worker->status) : -1;
}

/* The signal that ended it. */
static int death(const struct worker *worker)
{
    return worker->error == 0 && WIFSIGNALED(worker->status) ? WTERMSIG(worker->status) : -1;
}

/* --- starting --------------------------------------------------------------------------------- */

Test(keeper, output_and_exit_status_come_back)
{
    spawn(&one, "a", "echo out; echo err >&2; exit 7");
    until_exited(&one);
    until_silent(&one);
    cr_assert_str_eq(one.text, "out\nerr\n");
    cr_assert(eq(int, one.spawned, 1));
    cr_assert(eq(int, one.exited, 1));
    cr_assert(eq(int, one.error, 0));
    cr_assert(eq(int, exit_code(&one), 7));
}

Test(keeper, a_signal_that_killed_is_told)
{
    spawn(&one, "a", "kill -TERM $$");
    until_exited(&one);
    cr_assert(eq(int, death(&one), SIGTERM));
}

static void assert_failure(const char *command, const char *directory, int error, int step)
{
    const char *const argv[] = { command, NULL };
    const char *const environment[] = { "PATH=/usr/bin:/bin", NULL };
    const struct lg_keeper_spawn request = { .argv = argv,
                                             .environment = environment,
                                             .directory = directory };

    cr_assert(eq(int, ask(&one, &request), LG_OK));
    until_exited(&one);
    cr_assert(eq(int, one.spawned, 0));
    cr_assert(eq(int, one.error, error));
    cr_assert(eq(int, one.status, step));
}

Test(keeper, a_missing_command_is_told_apart_from_a_missing_directory)
{
    assert_failure("no-such-command", "/tmp", ENOENT, LG_KEEPER_STEP_EXEC);
    assert_failure("/dev/null", "/tmp", EACCES, LG_KEEPER_STEP_EXEC);
    assert_failure("sh", "/no/such/directory", ENOENT, LG_KEEPER_STEP_DIRECTORY);
    assert_failure("sh", "/dev/null", ENOTDIR, LG_KEEPER_STEP_DIRECTORY);
}

static void run(const char *const *argv, const char *const *environment, const char *directory)
{
    const struct lg_keeper_spawn request = { .argv = argv,
                                             .environment = environment,
                                             .directory = directory };

    cr_assert(eq(int, ask(&one, &request), LG_OK));
    until_exited(&one);
    until_silent(&one);
    cr_assert(eq(int, one.error, 0), "%s", strerror(one.error));
}

Test(keeper, the_command_is_looked_up_in_the_path_of_the_worker)
{
    const char *const argv[] = { "only-here", NULL };
    char folder[] = "/tmp/lg-keeper-XXXXXX";
    cr_assert(mkdtemp(folder) != NULL);
    char *program = lg_sprintf("%s/only-here", folder);
    char *path = lg_sprintf("PATH=%s", folder);
    const char *const environment[] = { path, NULL };
    int fd = open(program, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);

    cr_assert(eq(int, dprintf(fd, "#!/bin/sh\necho found\n"), 21));
    close(fd);
    run(argv, environment, "/");
    cr_assert_str_eq(one.text, "found\n");

    const char *const relative[] = { "./only-here", NULL };
    run(relative, environment, folder);
    cr_assert_str_eq(one.text, "found\n");
    unlink(program);
    rmdir(folder);
    free(program);
    free(path);
}

Test(keeper, the_environment_is_the_given_one_and_no_more)
{
    const char *const argv[] = { "/usr/bin/env", NULL };
    const char *const environment[] = { "A=1", "B=two words", NULL };

    setenv("LEAKED", "yes", 1);
    run(argv, environment, "/tmp");
    cr_assert_str_eq(one.text, "A=1\nB=two words\n");

    const char *const none[] = { NULL };
    run(argv, none, "/tmp");
    cr_assert_str_eq(one.text, "");
}

Test(keeper, a_worker_runs_in_its_directory_with_a_private_umask_and_no_input)
{
    spawn(&one, "a", "pwd; umask; readlink /proc/self/fd/0; cat");
    until_exited(&one);
    until_silent(&one);
    cr_assert_str_eq(one.text, "/tmp\n0077\n/dev/null\n");
}

Test(keeper, a_worker_leads_its_own_session_and_group)
{
    spawn(&one, "a", "cut -d' ' -f1,5,6 /proc/$$/stat");
    until_exited(&one);
    until_silent(&one);
    char *expected = lg_sprintf("%d %d %d\n", one.pid, one.pid, one.pid);
    cr_assert_str_eq(one.text, expected);
    free(expected);
}

/* Of the ls itself: the three streams, and the folder that it reads. */
Test(keeper, no_descriptor_is_inherited)
{
    spawn(&two, "b", STAY); /* its report pipe and its output must not show up either */
    until_spawned(&two);
    spawn(&one, "a", "exec ls /proc/self/fd");
    until_exited(&one);
    until_silent(&one);
    cr_assert_str_eq(one.text, "0\n1\n2\n3\n");
}

Test(keeper, signal_dispositions_and_mask_are_those_of_a_fresh_process)
{
    spawn(&one, "a", "exec cat /proc/self/status");
    until_exited(&one);
    until_silent(&one);
    cr_assert(ne(ptr,
                 strstr(one.text, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"
                                  "SigCgt:\t0000000000000000\n"),
                 NULL),
              "%s", one.text);
}

Test(keeper, many_are_spawned_at_once)
{
    static struct worker workers[64];

    for (size_t i = 0; i < LG_COUNT(workers); i++)
        spawn(&workers[i], "a", "exit 3");
    for (size_t i = 0; i < LG_COUNT(workers); i++) {
        until_exited(&workers[i]);
        cr_assert(eq(int, exit_code(&workers[i]), 3));
        close(workers[i].output);
    }
    cr_assert(eq(u32, count_children(lg_keeper_pid(keeper)), 0));
}

Test(keeper, a_command_line_over_one_message_is_refused)
{
    static char large[LG_KEEPER_MESSAGE_MAX];
    const char *argv[] = { "true", large, NULL };
    const char *const environment[] = { "PATH=/bin", NULL };
    const struct lg_keeper_spawn request = { .argv = argv,
                                             .environment = environment,
                                             .directory = "/" };

    memset(large, 'x', sizeof(large) - 1);
    cr_assert(eq(int, ask(&one, &request), LG_ERR_TOO_BIG));

    large[LG_KEEPER_MESSAGE_MAX - 1024] = '\0'; /* one that just fits goes all the way */
    cr_assert(eq(int, ask(&one, &request), LG_OK));
    until_exited(&one);
    cr_assert(eq(int, one.error, 0));
}

/* --- signals ---------------------------------------------------------------------------------- */

Test(keeper, a_signal_reaches_the_whole_group)
{
    spawn(&one, "a",
          "sh -c 'trap \"echo child; exit\" TERM; echo child=$$; while :; do sleep 1000 & "
          "wait; done' & trap 'wait; echo parent; exit 5' TERM; echo up=$$; wait");
    said_pid(&one, "child");
    said_pid(&one, "up");
    lg_keeper_signal(line, one.ticket, SIGTERM);
    until_exited(&one);
    until_silent(&one);
    cr_assert(strstr(one.text, "child\n") != NULL);
    cr_assert(strstr(one.text, "parent\n") != NULL);
    cr_assert(eq(int, exit_code(&one), 5));
}

Test(keeper, a_signal_asked_for_at_once_is_not_lost)
{
    spawn(&one, "a", STAY);
    lg_keeper_signal(line, one.ticket, SIGTERM); /* it has most likely not even been forked */
    until_exited(&one);
    cr_assert(eq(int, death(&one), SIGTERM));
    cr_assert(eq(int, one.spawned, 1));
}

Test(keeper, a_kill_asked_for_at_once_is_not_lost)
{
    spawn(&one, "a", STAY);
    lg_keeper_signal(line, one.ticket, SIGKILL);
    until_exited(&one);
    cr_assert(eq(int, death(&one), SIGKILL));
}

Test(keeper, a_signal_to_one_that_ended_is_harmless)
{
    spawn(&one, "a", "exit 0");
    until_exited(&one);
    lg_keeper_signal(line, one.ticket, SIGKILL);
    lg_keeper_forget(line, one.ticket);
    spawn(&two, "b", "exit 4"); /* takes the same place, under another ticket */
    cr_assert(ne(u64, one.ticket, two.ticket));
    lg_keeper_signal(line, one.ticket, SIGKILL);
    until_exited(&two);
    cr_assert(eq(int, exit_code(&two), 4));
    cr_assert(eq(int, one.exited, 1));
}

Test(keeper, a_forgotten_worker_is_killed_in_silence)
{
    spawn(&one, "a", "echo up=$$; " STAY);
    pid_t pid = said_pid(&one, "up");
    int before = one.spawned;

    lg_keeper_forget(line, one.ticket);
    until_gone(pid);
    spawn(&two, "b", "exit 0"); /* answers keep their order: that of the first is through */
    until_exited(&two);
    cr_assert(eq(int, one.exited, 0));
    cr_assert(eq(int, one.spawned, before));
}

/* The keeper is stopped, so that signals pile up until the socket is full. */
Test(keeper, signals_outlive_a_full_socket)
{
    static struct worker workers[40];
    uint64_t sent = 0;

    for (size_t i = 0; i < LG_COUNT(workers); i++)
        spawn(&workers[i], "a",
              "trap 'exit 9' TERM; echo up=; while :; do sleep 1000 & wait; done");
    for (size_t i = 0; i < LG_COUNT(workers); i++)
        until_said(&workers[i], "up=");
    kill(lg_keeper_pid(keeper), SIGSTOP);
    for (; sent < 20000; sent++) /* no disposition, so no effect, but a message each */
        lg_keeper_signal(line, workers[0].ticket, SIGCONT);
    for (size_t i = 0; i < LG_COUNT(workers); i++)
        lg_keeper_signal(line, workers[i].ticket, SIGTERM);
    cr_assert(
        eq(int,
           lg_keeper_spawn(line,
                           &(struct lg_keeper_spawn){ .argv = (const char *const[]){ "true", NULL },
                                                      .environment = (const char *const[]){ NULL },
                                                      .directory = "/" },
                           &sent),
           LG_ERR_FULL));
    kill(lg_keeper_pid(keeper), SIGCONT);
    for (size_t i = 0; i < LG_COUNT(workers); i++) {
        until_exited(&workers[i]);
        cr_assert(eq(int, exit_code(&workers[i]), 9));
        close(workers[i].output);
    }
}

/* --- whoever is left over ----------------------------------------------------------------------
 */

Test(keeper, the_group_dies_with_its_worker)
{
    spawn(&one, "a", "sleep 1000 & echo child=$!; exit 0");
    pid_t child = said_pid(&one, "child");

    until_exited(&one);
    until_gone(child);
}

/* Not even a marker that another one carries keeps it alive. */
Test(keeper, the_group_dies_with_its_worker_before_anybody_looks_at_markers)
{
    spawn(&two, "same", STAY);
    spawn(&one, "same", "sleep 1000 & echo child=$!; exit 0");
    pid_t child = said_pid(&one, "child");

    until_exited(&one);
    until_gone(child);
    cr_assert(eq(int, two.exited, 0));
}

Test(keeper, a_stray_dies_with_its_worker)
{
    spawn(&one, "a", STRAY("stray") "read line < /proc/version; wait; echo done=1; " STAY);
    pid_t stray = said_pid(&one, "stray");

    cr_assert(exists(stray));
    lg_keeper_signal(line, one.ticket, SIGKILL);
    until_exited(&one);
    until_gone(stray);
    until_silent(&one); /* which proves that nobody holds the pipe */
    cr_assert(eq(u32, count_children(lg_keeper_pid(keeper)), 0));
}

Test(keeper, a_stray_without_environment_dies_with_its_worker)
{
    spawn(&one, "a", STRAY_WITHOUT_ENVIRONMENT("stray") STAY);
    pid_t stray = said_pid(&one, "stray");

    lg_keeper_signal(line, one.ticket, SIGKILL);
    until_gone(stray);
}

/* Each generation leaves the session of the one before, and keeps living. */
Test(keeper, the_descendants_of_a_stray_die_with_it)
{
    spawn(&one, "a",
          "(setsid sh -c 'echo first=$$; setsid sh -c \"echo second=\\$\\$; setsid sh -c \\\"echo "
          "third=\\\\\\$\\\\\\$; sleep 1000\\\" & wait\" & wait' &)\n" STAY);
    pid_t first = said_pid(&one, "first");
    pid_t second = said_pid(&one, "second");
    pid_t third = said_pid(&one, "third");

    lg_keeper_signal(line, one.ticket, SIGKILL);
    until_gone(first);
    until_gone(second);
    until_gone(third);
}

Test(keeper, strays_of_a_living_worker_stay)
{
    spawn(&one, "127.0.0.1:1001", STRAY("stray") STAY);
    spawn(
        &two, "127.0.0.1:1002",
        STRAY("stray") "(sleep 1000 & echo session=$!)\n(env -i sleep 1000 & echo bare=$!)\n" STAY);
    pid_t dies = said_pid(&one, "stray");
    pid_t stays = said_pid(&two, "stray");
    pid_t session = said_pid(&two, "session");
    pid_t bare = said_pid(&two, "bare");

    lg_keeper_signal(line, one.ticket, SIGKILL);
    until_exited(&one);
    until_gone(dies);
    cr_assert(exists(stays));
    cr_assert(exists(session));
    cr_assert(exists(bare));
    cr_assert(eq(int, two.exited, 0));

    lg_keeper_signal(line, two.ticket, SIGKILL);
    until_gone(stays);
    until_gone(session);
    until_gone(bare);
}

Test(keeper, a_stray_that_ends_leaves_no_zombie)
{
    spawn(&one, "a", "(setsid sh -c 'echo stray=$$' &)\n" STAY);
    pid_t stray = said_pid(&one, "stray");

    until_gone(stray);
    until_spawned(&one);
    cr_assert(eq(u32, count_children(lg_keeper_pid(keeper)), 1));
}

Test(keeper, nobody_is_left_when_the_keeper_is_freed)
{
    spawn(&one, "a",
          STRAY("stray") "trap '' TERM HUP INT; echo up=$$; while :; do sleep 1000; done");
    pid_t stray = said_pid(&one, "stray");
    pid_t worker = said_pid(&one, "up");

    world_end();
    cr_assert(not(exists(stray)));
    cr_assert(not(exists(worker)));
    cr_assert(eq(int, one.exited, 0));
    world_begin();
}

Test(keeper, a_stopped_worker_is_killed_too)
{
    spawn(&one, "a", "echo up=$$; kill -STOP $$");
    pid_t worker = said_pid(&one, "up");

    world_end();
    cr_assert(not(exists(worker)));
    world_begin();
}

/* The daemon of this test is a child of it, and is killed like one that crashed. */
Test(keeper, a_daemon_killed_the_hard_way_leaves_no_process)
{
    int ends[2];
    pid_t told[4] = { 0 };

    cr_assert(eq(int, pipe2(ends, O_CLOEXEC), 0));
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* whoever is left would become ours */
    pid_t daemon = fork();
    if (daemon == 0) {
        world_begin();
        spawn(&one, "a", STRAY("stray") "sleep 1000 & echo up=$$; wait");
        told[0] = said_pid(&one, "stray");
        told[1] = said_pid(&one, "up");
        told[2] = lg_keeper_pid(keeper);
        told[3] = 1;
        if (write(ends[1], told, sizeof(told)) == sizeof(told))
            kill(getpid(), SIGKILL);
        _exit(1);
    }
    close(ends[1]);
    cr_assert(eq(sz, (size_t)read(ends[0], told, sizeof(told)), sizeof(told)));
    waitpid(daemon, NULL, 0);
    waitpid(told[2], NULL, 0); /* the keeper came to us, and ends when all else has */
    cr_assert(not(exists(told[0])));
    cr_assert(not(exists(told[1])));
}

/* --- the keeper itself -------------------------------------------------------------------------
 */

Test(keeper, signals_to_everybody_do_not_end_it)
{
    static const int numbers[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1, SIGALRM };

    for (size_t i = 0; i < LG_COUNT(numbers); i++)
        kill(lg_keeper_pid(keeper), numbers[i]);
    spawn(&one, "a", "exit 0");
    until_exited(&one);
    cr_assert(eq(int, one.error, 0));
    cr_assert(ne(int, getpgid(lg_keeper_pid(keeper)), getpgrp()));
}

Test(keeper, it_has_a_name)
{
    char *path = lg_sprintf("/proc/%d/comm", lg_keeper_pid(keeper));
    char name[32] = "";

    spawn(&one, "a", "exit 0"); /* so that it is up */
    until_exited(&one);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    cr_assert(gt(int, (int)read(fd, name, sizeof(name) - 1), 0));
    close(fd);
    cr_assert_str_eq(name, "lg-keeper\n");
    free(path);
}

/* The files of a process that may not be dumped belong to root; so we must not be root. */
Test(keeper, it_is_not_dumpable)
{
    struct stat info;

    world_end();
    cr_assert(setuid(65534) == 0 || getuid() != 0);
    prctl(PR_SET_DUMPABLE, 1); /* a change of user cleared it, and fork hands it on */
    world_begin();
    spawn(&one, "a", "exit 0"); /* so that it is up */
    until_exited(&one);

    char *path = lg_sprintf("/proc/%d/environ", lg_keeper_pid(keeper));
    cr_assert(eq(int, stat(path, &info), 0));
    cr_assert(eq(u32, info.st_uid, 0));
    free(path);
}

Test(keeper, it_holds_no_descriptor_of_the_daemon)
{
    int ends[2];
    char byte;

    world_end();
    cr_assert(eq(int, pipe(ends), 0));
    int high = fcntl(ends[1], F_DUPFD, 500); /* below its lines, and above */
    world_begin();
    spawn(&one, "a", "exit 0"); /* so that it is up */
    until_exited(&one);
    close(ends[1]);
    close(high);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    cr_assert(eq(int, (int)read(ends[0], &byte, 1), 0)); /* the end, not EAGAIN */
}

static bool is_lost(const void *context)
{
    (void)context;
    return lost > 0;
}

Test(keeper, its_death_is_told_to_every_owner_and_once_to_the_daemon)
{
    int status = 0;

    prctl(PR_SET_CHILD_SUBREAPER, 1); /* so that the orphan comes to us */
    spawn(&one, "a", STAY);
    spawn(&two, "b", "exit 0");
    until_spawned(&one);
    until_exited(&two);
    kill(lg_keeper_pid(keeper), SIGKILL);
    until(is_lost, NULL);
    cr_assert(eq(int, lost, 1));
    cr_assert(eq(int, one.exited, 1));
    cr_assert(eq(int, one.error, EPIPE));
    cr_assert(eq(int, two.exited, 1));
    siginfo_t info; /* its children are handed on before it counts as ended */
    cr_assert(eq(int, waitid(P_PID, (id_t)lg_keeper_pid(keeper), &info, WEXITED | WNOWAIT), 0));
    cr_assert(eq(int, waitpid(one.pid, &status, 0), one.pid));
    cr_assert(eq(int, status, SIGKILL)); /* PR_SET_PDEATHSIG */

    const char *const argv[] = { "true", NULL };
    const char *const environment[] = { NULL };
    struct worker late;
    cr_assert(eq(int,
                 ask(&late, &(struct lg_keeper_spawn){ .argv = argv,
                                                       .environment = environment,
                                                       .directory = "/" }),
                 LG_ERR_CLOSED));
    lg_keeper_signal(line, one.ticket, SIGKILL);
    lg_keeper_forget(line, one.ticket);
}

static uint64_t tickets[2];

static void call_back(void *owner, const struct lg_keeper_exit *how)
{
    const char *const argv[] = { "true", NULL };
    const char *const environment[] = { NULL };
    const struct lg_keeper_spawn again = {
        .argv = argv, .environment = environment, .directory = "/", .output = STDERR_FILENO
    };
    uint64_t ticket;

    cr_assert(eq(int, how->error, EPIPE));
    ++*(int *)owner;
    lg_keeper_signal(line, tickets[0], SIGTERM);
    lg_keeper_signal(line, tickets[1], SIGTERM);
    cr_assert(eq(int, lg_keeper_spawn(line, &again, &ticket), LG_ERR_CLOSED));
}

Test(keeper, owners_may_call_while_they_hear_of_its_death)
{
    static const struct lg_keeper_events events = { .on_spawned = NULL, .on_exit = call_back };
    const char *const argv[] = { "sleep", "1000", NULL };
    const char *const environment[] = { NULL };
    int calls = 0;

    kill(lg_keeper_pid(keeper), SIGSTOP); /* so that on_spawned never comes */
    for (int i = 0; i < 2; i++)
        cr_assert(eq(int,
                     lg_keeper_spawn(line,
                                     &(struct lg_keeper_spawn){ .argv = argv,
                                                                .environment = environment,
                                                                .directory = "/",
                                                                .output = STDERR_FILENO,
                                                                .events = &events,
                                                                .owner = &calls },
                                     &tickets[i]),
                     LG_OK));
    kill(lg_keeper_pid(keeper), SIGKILL);
    until(is_lost, NULL);
    cr_assert(eq(int, calls, 2));
}

static void detach(void *owner, const struct lg_keeper_exit *how)
{
    (void)how;
    ++*(int *)owner;
    lg_keeper_detach(line);
}

static bool is_positive(const void *number)
{
    return *(const int *)number > 0;
}

Test(keeper, an_owner_may_detach_the_line_when_it_is_called)
{
    static const struct lg_keeper_events events = { .on_spawned = NULL, .on_exit = detach };
    const char *const argv[] = { "no-such-command", NULL };
    const char *const environment[] = { NULL };
    int calls = 0;
    uint64_t ticket;

    for (int i = 0; i < 3; i++)
        cr_assert(eq(int,
                     lg_keeper_spawn(line,
                                     &(struct lg_keeper_spawn){ .argv = argv,
                                                                .environment = environment,
                                                                .directory = "/",
                                                                .output = STDERR_FILENO,
                                                                .events = &events,
                                                                .owner = &calls },
                                     &ticket),
                     LG_OK));
    until(is_positive, &calls);
    until_gone(lg_keeper_pid(keeper) + 1000000); /* one more turn */
    cr_assert(eq(int, calls, 1));
}

Test(keeper, lines_do_not_hear_of_each_other)
{
    world_end();
    keeper = lg_keeper_fork(3);
    loop = lg_loop_new(0);
    line = lg_keeper_attach(keeper, 2, loop, NULL, NULL);
    struct lg_keeper_line *second = lg_keeper_attach(keeper, 0, loop, NULL, NULL);

    struct lg_keeper_line *first = line;
    spawn(&one, "a", "echo up=; " STAY);
    until_said(&one, "up=");
    line = second;
    spawn(&two, "b", "echo up=; " STAY);
    until_said(&two, "up=");
    cr_assert(eq(u64, one.ticket, two.ticket)); /* tickets are a line's own */

    lg_keeper_signal(second, two.ticket, SIGTERM);
    until_exited(&two);
    cr_assert(eq(int, one.exited, 0));
    lg_keeper_signal(first, one.ticket, SIGINT);
    until_exited(&one);
    cr_assert(eq(int, death(&one), SIGINT));
    cr_assert(eq(int, death(&two), SIGTERM));
    lg_keeper_detach(first);
}

/* --- requests that our own daemon never makes ---------------------------------------------------
 */

/* A keeper with a bare line, whose other end is ours. */
static pid_t fork_bare(int *ret_line)
{
    int ends[2];

    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0));
    pid_t pid = fork();
    if (pid == 0)
        lg_keeper_process(&ends[1], 1, NULL, NULL);
    close(ends[1]);
    *ret_line = ends[0];
    return pid;
}

Test(keeper, a_damaged_request_ends_it)
{
    char byte;
    int bare, status = -1;
    pid_t pid = fork_bare(&bare);

    cr_assert(eq(int, (int)send(bare, "garbage", 7, 0), 7));
    cr_assert(eq(int, (int)recv(bare, &byte, 1, 0), 0));
    cr_assert(eq(int, waitpid(pid, &status, 0), pid));
    cr_assert(eq(int, status, 0));
}

Test(keeper, a_request_whose_descriptor_was_lost_is_refused)
{
    const char *const argv[] = { "true", NULL };
    const char *const environment[] = { NULL };
    struct lg_keeper_message message = { .kind = LG_KEEPER_SPAWN,
                                         .ticket = 4,
                                         .directory = "/",
                                         .argv = argv,
                                         .environment = environment };
    struct lg_buf bytes;
    struct lg_arena arena;
    char answer[64];
    int bare;
    pid_t pid = fork_bare(&bare);

    lg_arena_init(&arena);
    lg_buf_init(&bytes, LG_KEEPER_MESSAGE_MAX);
    cr_assert(eq(int, lg_keeper_encode(&bytes, &message), LG_OK));
    cr_assert(eq(sz, (size_t)send(bare, bytes.data, bytes.size, 0), bytes.size));
    ssize_t size = recv(bare, answer, sizeof(answer), 0);
    cr_assert(gt(int, (int)size, 0));
    cr_assert(
        eq(int, lg_keeper_decode(lg_str_make(answer, (size_t)size), &arena, &message), LG_OK));
    cr_assert(eq(int, (int)message.kind, LG_KEEPER_FAILED));
    cr_assert(eq(u64, message.ticket, 4));
    cr_assert(eq(int, message.error, EMFILE));
    cr_assert(eq(int, message.step, LG_KEEPER_STEP_FORK));
    lg_buf_done(&bytes);
    lg_arena_done(&arena);
    close(bare);
    waitpid(pid, NULL, 0);
}
