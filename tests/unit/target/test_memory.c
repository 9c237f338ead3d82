/* What a process and those below it use, as /proc tells it. */
#include "target/memory.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MB ((size_t)1 << 20)

TestSuite(memory, .timeout = 60);

/* A child that holds `own` bytes of its own, and a byte of each page of ours. */
static pid_t fork_child(size_t own)
{
    int ends[2];
    char byte;

    cr_assert(eq(int, pipe(ends), 0));
    pid_t pid = fork();
    if (pid == 0) {
        char *held = malloc(own + 1);

        memset(held, 1, own + 1);
        (void)!write(ends[1], held, 1);
        for (;;)
            pause();
    }
    cr_assert(eq(sz, (size_t)read(ends[0], &byte, 1), 1));
    close(ends[0]);
    close(ends[1]);
    return pid;
}

static void end_child(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

Test(memory, what_children_use_is_counted)
{
    int64_t before = lg_memory_group_kib(getpid(), false);
    pid_t pid = fork_child(64 * MB);

    cr_assert(gt(i64, before, 0));
    cr_assert(ge(i64, lg_memory_group_kib(getpid(), false) - before, 64 * 1024));
    end_child(pid);
}

Test(memory, exactly_counted_shared_pages_count_once)
{
    char *shared = malloc(64 * MB);
    pid_t pid;
    int64_t roughly, exactly;

    memset(shared, 1, 64 * MB);
    pid = fork_child(0);
    roughly = lg_memory_group_kib(getpid(), false);
    exactly = lg_memory_group_kib(getpid(), true);
    cr_assert(ge(i64, exactly, 64 * 1024));
    cr_assert(ge(i64, roughly - exactly, 48 * 1024), "%lld and %lld", (long long)roughly,
              (long long)exactly);
    end_child(pid);
    free(shared);
}

Test(memory, the_peak_stays_when_memory_was_given_back)
{
    char *volatile held = malloc(64 * MB);

    for (size_t i = 0; i < 64 * MB; i += 4096)
        ((volatile char *)held)[i] = 1;
    free(held);
    cr_assert(ge(i64, lg_memory_peak_kib(getpid()), 64 * 1024));
}

Test(memory, nobody_uses_nothing)
{
    pid_t pid = fork_child(0);

    end_child(pid);
    cr_assert(eq(i64, lg_memory_group_kib(pid, false), 0));
    cr_assert(eq(i64, lg_memory_group_kib(pid, true), 0));
    cr_assert(eq(i64, lg_memory_peak_kib(pid), 0));
}
