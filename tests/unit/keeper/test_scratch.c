/* Directories for temporary files: private while they are needed, gone afterwards. */
#include "keeper/scratch.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

static char folder[64];
static const struct lg_keeper_confine plain = { .tmp = LG_KEEPER_TMP_DIRECTORY };

static void set_up(void)
{
    snprintf(folder, sizeof(folder), "/tmp/lg-scratch-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    setenv("TMPDIR", folder, 1);
}

static void tear_down(void)
{
    cr_assert(eq(int, rmdir(folder), 0), "something is left in %s", folder);
}

TestSuite(scratch, .init = set_up, .fini = tear_down, .timeout = 60);

static char *make(struct lg_scratch *scratch, unsigned number)
{
    char *path = NULL;

    cr_assert(eq(int, lg_scratch_make(scratch, number, &plain, &path), 0));
    return path;
}

static void make_file(const char *directory)
{
    char *path = lg_sprintf("%s/file", directory);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);

    cr_assert(fd >= 0, "%s", path);
    close(fd);
    free(path);
}

static bool exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Until no remover runs any more. */
static void settle(struct lg_scratch *scratch)
{
    while (lg_scratch_remover(scratch) > 0) {
        pid_t pid = lg_scratch_remover(scratch);

        cr_assert(eq(int, waitpid(pid, NULL, 0), pid));
        lg_scratch_reaped(scratch, pid);
    }
}

Test(scratch, a_directory_is_private_and_each_has_its_own)
{
    struct lg_scratch *scratch = lg_scratch_new();
    char *one = make(scratch, 1), *two = make(scratch, 2);
    struct stat stat_one;

    cr_assert(eq(int, stat(one, &stat_one), 0));
    cr_assert(eq(u32, stat_one.st_mode & 07777, 0700));
    cr_assert(eq(u32, stat_one.st_uid, geteuid()));
    cr_assert_str_neq(one, two);
    cr_assert(strncmp(one, folder, strlen(folder)) == 0, "%s", one);
    free(one);
    free(two);
    lg_scratch_free(scratch);
}

Test(scratch, it_goes_when_its_process_has_ended)
{
    struct lg_scratch *scratch = lg_scratch_new();
    char *one = make(scratch, 1), *two = make(scratch, 2), *three = make(scratch, 3);

    make_file(one);
    make_file(two);
    make_file(three);
    lg_scratch_drop(scratch, 1);
    cr_assert_not(exists(one), "at once, under that name");
    lg_scratch_drop(scratch, 2); /* while the first is being removed */
    settle(scratch);
    cr_assert_not(exists(two));
    cr_assert(exists(three));
    lg_scratch_drop(scratch, 4711); /* never was */
    free(one);
    free(two);
    free(three);
    lg_scratch_free(scratch);
}

Test(scratch, a_directory_belongs_to_the_user_of_its_process)
{
    const struct lg_keeper_confine nobody = {
        .change_user = true, .uid = 65534, .gid = 65533, .tmp = LG_KEEPER_TMP_DIRECTORY
    };
    struct lg_scratch *scratch;
    struct stat stat_one;
    char *one = NULL;

    if (geteuid() != 0) {
        tear_down(); /* criterion does not when a test is skipped */
        cr_skip_test("needs root");
    }
    scratch = lg_scratch_new();
    cr_assert(eq(int, lg_scratch_make(scratch, 1, &nobody, &one), 0));
    cr_assert(eq(int, stat(one, &stat_one), 0));
    cr_assert(eq(u32, stat_one.st_uid, 65534));
    cr_assert(eq(u32, stat_one.st_gid, 65533));
    free(one);
    lg_scratch_free(scratch);
}

/* A keeper that is killed: its directory stays, its lock does not. */
static char *die_with_a_directory(void)
{
    int ends[2];
    char path[256] = "";

    cr_assert(eq(int, pipe(ends), 0));
    pid_t pid = fork();
    if (pid == 0) {
        struct lg_scratch *scratch = lg_scratch_new();
        char *one = make(scratch, 1);

        make_file(one);
        (void)!write(ends[1], one, strlen(one));
        raise(SIGKILL);
    }
    close(ends[1]);
    cr_assert(read(ends[0], path, sizeof(path) - 1) > 0);
    close(ends[0]);
    cr_assert(eq(int, waitpid(pid, NULL, 0), pid));
    return lg_strdup(path);
}

Test(scratch, what_a_killed_keeper_left_is_removed_at_the_next_start)
{
    char *stale = die_with_a_directory();
    struct lg_scratch *scratch;

    cr_assert(exists(stale));
    scratch = lg_scratch_new();
    settle(scratch);
    cr_assert_not(exists(stale));
    free(stale);
    free(make(scratch, 1)); /* so that the end removes the base too */
    lg_scratch_free(scratch);
}

Test(scratch, what_another_living_keeper_holds_is_left_alone)
{
    struct lg_scratch *first = lg_scratch_new();
    char *held = make(first, 1);
    struct lg_scratch *second = lg_scratch_new();

    settle(second);
    cr_assert(exists(held));
    lg_scratch_free(second);
    cr_assert(exists(held));
    free(held);
    lg_scratch_free(first);
}

Test(scratch, a_strangers_directory_is_not_used)
{
    char *usual = lg_sprintf("%s/lambdagate-%u", folder, (unsigned)geteuid());
    struct lg_scratch *scratch;
    char *one;

    cr_assert(eq(int, mkdir(usual, 0777), 0));
    cr_assert(eq(int, chmod(usual, 0777), 0)); /* anybody could put something there */
    scratch = lg_scratch_new();
    one = make(scratch, 1);
    cr_assert(strncmp(one, usual, strlen(usual) + 1) != 0 || one[strlen(usual)] != '/', "%s", one);
    free(one);
    lg_scratch_free(scratch);
    cr_assert(eq(int, rmdir(usual), 0), "nothing was put into it");
    free(usual);
}

Test(scratch, when_all_was_removed_above_it_it_is_made_again)
{
    struct lg_scratch *scratch = lg_scratch_new();
    char *one = make(scratch, 1), *two;
    char *command = lg_sprintf("rm -rf %s/*", folder);

    cr_assert(eq(int, system(command), 0));
    two = make(scratch, 2);
    cr_assert(exists(two));
    free(command);
    free(one);
    free(two);
    lg_scratch_free(scratch);
}
