/* What the kernel writes about cgroups, and the files that are written to it. */
#include "keeper/cgroup.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static struct lg_str found, root;

static void is(struct lg_str text, const char *expected)
{
    cr_assert(lg_str_is(text, expected), "%.*s", LG_STR_ARG(text));
}

Test(cgroup, our_path_is_that_of_version_2)
{
    cr_assert(
        eq(int,
           lg_cgroup_parse_path(LG_STR("9:name=systemd:/x\n4:memory:/y\n0::/a.slice/b\n"), &found),
           LG_OK));
    is(found, "/a.slice/b");
    cr_assert(eq(int, lg_cgroup_parse_path(LG_STR("0::/"), &found), LG_OK));
    is(found, "/");
    cr_assert(
        eq(int, lg_cgroup_parse_path(LG_STR("4:memory:/y\n10::/x\n"), &found), LG_ERR_NOT_FOUND));
    cr_assert(eq(int, lg_cgroup_parse_path(LG_STR(""), &found), LG_ERR_NOT_FOUND));
}

Test(cgroup, where_it_is_mounted)
{
    static const char text[] =
        "25 30 0:23 / /proc rw,nosuid shared:14 - proc proc rw\n"
        "28 25 0:26 /part /sys/fs/cgroup rw shared:9 master:2 - cgroup2 cgroup2 rw,nsdelegate\n";

    cr_assert(eq(int, lg_cgroup_parse_mount(lg_str_of(text), &found, &root), LG_OK));
    is(found, "/sys/fs/cgroup");
    is(root, "/part");
    cr_assert(eq(int,
                 lg_cgroup_parse_mount(
                     LG_STR("28 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"),
                     &found, &root),
                 LG_ERR_NOT_FOUND));
    cr_assert(eq(int, lg_cgroup_parse_mount(LG_STR("cgroup2"), &found, &root), LG_ERR_NOT_FOUND));
}

Test(cgroup, numbers_are_found_by_name)
{
    static const char text[] = "low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 1\n";

    cr_assert(eq(i64, lg_cgroup_parse_event(lg_str_of(text), "oom_kill"), 2));
    cr_assert(eq(i64, lg_cgroup_parse_event(lg_str_of(text), "oom_group_kill"), 1));
    cr_assert(eq(i64, lg_cgroup_parse_event(lg_str_of(text), "oom_"), -1));
    cr_assert(eq(i64, lg_cgroup_parse_event(LG_STR("oom_kill x\n"), "oom_kill"), -1));
    cr_assert(eq(i64, lg_cgroup_parse_event(LG_STR("oom_kill"), "oom_kill"), -1));
    cr_assert(lg_cgroup_has_word(LG_STR("cpu io memory pids\n"), "memory"));
    cr_assert_not(lg_cgroup_has_word(LG_STR("cpu hugetlb\n"), "memory"));
    cr_assert_not(lg_cgroup_has_word(LG_STR(""), "memory"));
}

/* A folder with files as the kernel's: what is written can be read. */
static char folder[64];

static void set_up(void)
{
    snprintf(folder, sizeof(folder), "/tmp/lg-cgroup-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
}

static void tear_down(void)
{
    char *command = lg_sprintf("rm -rf %s", folder);

    cr_assert(eq(int, system(command), 0));
    free(command);
}

TestSuite(cgroup_files, .init = set_up, .fini = tear_down);

static void put(const char *name, const char *text)
{
    char *path = lg_sprintf("%s/%s", folder, name);
    FILE *file = fopen(path, "we");

    cr_assert_not_null(file, "%s", path);
    fputs(text, file);
    fclose(file);
    free(path);
}

static void make_directory(const char *name)
{
    char *path = lg_sprintf("%s/%s", folder, name);

    cr_assert(eq(int, mkdir(path, 0755), 0));
    free(path);
}

static bool is_there(const char *name)
{
    char *path = lg_sprintf("%s/%s", folder, name);
    bool there = access(path, F_OK) == 0;

    free(path);
    return there;
}

static const char *get(const char *name)
{
    static char text[256];
    char *path = lg_sprintf("%s/%s", folder, name);
    FILE *file = fopen(path, "re");
    size_t size;

    cr_assert_not_null(file, "%s", path);
    size = fread(text, 1, sizeof(text) - 1, file);
    text[size] = '\0';
    fclose(file);
    free(path);
    return text;
}

Test(cgroup_files, this_process_moves_away_and_memory_is_handed_down)
{
    make_directory("gateway");
    put("gateway/cgroup.procs", "");
    put("cgroup.subtree_control", "");
    cr_assert(lg_cgroup_take(folder));
    cr_assert_str_eq(get("gateway/cgroup.procs"), "0");
    cr_assert_str_eq(get("cgroup.subtree_control"), "+memory");
}

Test(cgroup_files, one_that_the_kernel_does_not_let_us_divide_is_left_as_it_was)
{
    put("cgroup.procs", "");
    cr_assert_not(lg_cgroup_take(folder)); /* there is no cgroup.procs in a folder that we make */
    cr_assert_str_eq(get("cgroup.procs"), "0");
    cr_assert_not(is_there("gateway"));
    cr_assert_not(lg_cgroup_take("/no/such/cgroup"));
    cr_assert_null(lg_cgroup_open("/no/such/cgroup"));
}

Test(cgroup_files, workers_groups_of_an_earlier_one_go_with_all_below_and_no_others)
{
    make_directory("gateway");
    put("gateway/cgroup.procs", "");
    put("cgroup.subtree_control", "");
    make_directory("worker-1");
    make_directory("worker-1/made");
    make_directory("worker-1/made/by-it");
    make_directory("worker-2");
    make_directory("other");
    cr_assert(lg_cgroup_take(folder));
    cr_assert_not(is_there("worker-1"));
    cr_assert_not(is_there("worker-2"));
    cr_assert(is_there("other"));
}

Test(cgroup_files, who_leaves_takes_memory_and_all_groups_back)
{
    make_directory("gateway");
    make_directory("worker-3");
    put("cgroup.procs", "");
    put("cgroup.subtree_control", "+memory");
    lg_cgroup_leave(folder);
    cr_assert_str_eq(get("cgroup.subtree_control"), "-memory");
    cr_assert_str_eq(get("cgroup.procs"), "0");
    cr_assert_not(is_there("worker-3"));
    cr_assert_not(is_there("gateway"));
    lg_cgroup_leave("/no/such/cgroup");
}

Test(cgroup_files, what_a_process_used_and_why_it_died_is_read)
{
    struct lg_cgroup *cgroup;
    int64_t peak_kib;
    bool out_of_memory;

    cgroup = lg_cgroup_open(folder);
    make_directory("worker-7");
    put("worker-7/memory.peak", "134217728\n");
    put("worker-7/memory.events", "max 3\noom 1\noom_kill 1\n");
    lg_cgroup_read(cgroup, 7, &peak_kib, &out_of_memory);
    cr_assert(eq(i64, peak_kib, 131072));
    cr_assert(out_of_memory);
    cr_assert(eq(i64, lg_cgroup_peak_kib(folder, 7), 131072));
    cr_assert(eq(i64, lg_cgroup_peak_kib(folder, 8), 0));
    put("worker-7/memory.events", "max 3\noom 0\noom_kill 0\n");
    lg_cgroup_read(cgroup, 7, &peak_kib, &out_of_memory);
    cr_assert_not(out_of_memory);
    lg_cgroup_free(cgroup);
}
