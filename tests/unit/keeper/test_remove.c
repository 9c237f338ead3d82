/* A tree goes, whatever is in it, and nothing beside it. */
#include "keeper/remove.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static int top;

static void set_up(void)
{
    snprintf(folder, sizeof(folder), "/tmp/lg-remove-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    top = open(folder, O_RDONLY | O_DIRECTORY);
    cr_assert(eq(int, mkdirat(top, "tree", 0700), 0));
}

static void tear_down(void)
{
    cr_assert(eq(int, rmdir(folder), 0), "something is left in %s", folder);
    close(top);
}

TestSuite(removing, .init = set_up, .fini = tear_down, .timeout = 60);

static bool exists(const char *path)
{
    return faccessat(top, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static void make_file(const char *path)
{
    int fd = openat(top, path, O_WRONLY | O_CREAT, 0600);

    cr_assert(fd >= 0);
    close(fd);
}

Test(removing, files_directories_links_and_fifos_go)
{
    make_file("tree/file");
    cr_assert(eq(int, mkdirat(top, "tree/a", 0700), 0));
    cr_assert(eq(int, mkdirat(top, "tree/a/b", 0700), 0));
    make_file("tree/a/b/.hidden");
    cr_assert(eq(int, mkfifoat(top, "tree/fifo", 0600), 0));
    cr_assert(eq(int, symlinkat("nowhere", top, "tree/link"), 0));
    cr_assert(eq(int, lg_remove_tree(top, "tree"), 0));
    cr_assert_not(exists("tree"));
}

Test(removing, what_a_link_points_to_stays)
{
    cr_assert(eq(int, mkdirat(top, "beside", 0700), 0));
    make_file("beside/file");
    cr_assert(eq(int, symlinkat("../beside", top, "tree/link"), 0));
    cr_assert(eq(int, symlinkat(folder, top, "tree/absolute"), 0));
    cr_assert(eq(int, lg_remove_tree(top, "tree"), 0));
    cr_assert_not(exists("tree"));
    cr_assert(exists("beside/file"));
    cr_assert(eq(int, lg_remove_tree(top, "beside"), 0));
}

Test(removing, a_link_in_the_place_of_the_tree_is_removed_alone)
{
    cr_assert(eq(int, symlinkat("tree", top, "link"), 0));
    cr_assert(eq(int, lg_remove_tree(top, "link"), 0));
    cr_assert(exists("tree"));
    cr_assert(eq(int, lg_remove_tree(top, "tree"), 0));
}

Test(removing, directories_that_are_shut_are_opened)
{
    cr_assert(eq(int, mkdirat(top, "tree/shut", 0700), 0));
    make_file("tree/shut/file");
    cr_assert(eq(int, fchmodat(top, "tree/shut", 0, 0), 0));
    cr_assert(eq(int, lg_remove_tree(top, "tree"), 0));
}

/* Deeper than descriptors go: each directory lies in the one before. */
Test(removing, a_very_deep_tree_goes)
{
    int fd = openat(top, "tree", O_RDONLY | O_DIRECTORY);

    for (int i = 0; i < 3000; i++) {
        cr_assert(eq(int, mkdirat(fd, "d", 0700), 0));
        int next = openat(fd, "d", O_RDONLY | O_DIRECTORY);
        cr_assert(next >= 0);
        close(fd);
        fd = next;
    }
    close(fd);
    cr_assert(eq(int, lg_remove_tree(top, "tree"), 0));
}

Test(removing, what_is_not_there_is_fine)
{
    cr_assert(eq(int, lg_remove_tree(top, "nothing"), 0));
    cr_assert(eq(int, lg_remove_tree(top, "tree"), 0));
}
