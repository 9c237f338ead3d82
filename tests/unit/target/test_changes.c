/* Files change below a folder, and one word of it comes. */
#include "target/changes.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static struct lg_loop *loop;
static struct lg_changes *changes;
static struct lg_timer timer;
static char folder[64];
static unsigned told;

static void set_up(void)
{
    snprintf(folder, sizeof(folder), "/tmp/lg-changes-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    loop = lg_loop_new(0);
    told = 0;
}

static void tear_down(void)
{
    char *command = lg_sprintf("rm -rf %s", folder);

    lg_changes_close(changes);
    lg_timer_clear(loop, &timer);
    lg_loop_free(loop);
    cr_assert(eq(int, system(command), 0));
    free(command);
}

TestSuite(changes, .init = set_up, .fini = tear_down, .timeout = 60);

static void on_change(void *context)
{
    cr_assert(eq(ptr, context, &told));
    told++;
    lg_loop_stop(loop);
}

static void on_late(struct lg_timer *late)
{
    (void)late;
    lg_loop_stop(loop);
}

static void start(void)
{
    changes = lg_changes_open(loop, "function f", folder, on_change, &told);
}

static void shell(const char *script)
{
    char *command = lg_sprintf("cd %s && { %s; }", folder, script);

    cr_assert(eq(int, system(command), 0), "%s", script);
    free(command);
}

static void until_told(void)
{
    lg_timer_set(loop, &timer, lg_loop_now_ms(loop) + 20000, on_late);
    lg_loop_run(loop);
    cr_assert(eq(u32, told, 1), "waited in vain");
    told = 0;
}

/* Longer than changes take to settle. */
static void nothing_is_told(void)
{
    lg_timer_set(loop, &timer, lg_loop_now_ms(loop) + 500, on_late);
    lg_loop_run(loop);
    cr_assert(eq(u32, told, 0));
}

Test(changes, many_in_one_stroke_are_told_once)
{
    start();
    shell("echo a >a.py; echo b >b.py; echo c >>a.py");
    until_told();
    nothing_is_told();
}

Test(changes, writing_moving_removing_and_linking_count)
{
    shell("echo a >a.py; echo b >b.py");
    start();
    shell("echo more >>a.py");
    until_told();
    shell("mv b.py c.py");
    until_told();
    shell("rm c.py");
    until_told();
    shell("ln -s a.py d.py");
    until_told();
    shell("cat a.py >/dev/null");
    nothing_is_told();
}

Test(changes, folders_below_are_watched_also_new_ones)
{
    shell("mkdir -p old/deep");
    start();
    shell("echo a >old/deep/a.py");
    until_told();
    shell("mkdir -p new/deep");
    until_told();
    shell("echo a >new/deep/a.py");
    until_told();
    shell("mv new renamed");
    until_told();
    shell("echo b >renamed/deep/a.py");
    until_told();
}

Test(changes, what_tools_keep_for_themselves_does_not_count)
{
    shell("mkdir -p .git/objects node_modules/x");
    start();
    shell("mkdir __pycache__; echo a >__pycache__/a.pyc; echo a >.git/objects/a; "
          "echo a >node_modules/x/a.js; echo a >.a.py.swp; echo a >a.py~; rm a.py~");
    nothing_is_told();
}

Test(changes, a_folder_that_is_replaced_whole_is_found_again)
{
    char aside[80];

    start();
    snprintf(aside, sizeof(aside), "%s.old", folder);
    cr_assert(eq(int, rename(folder, aside), 0));
    lg_timer_set(loop, &timer, lg_loop_now_ms(loop) + 500, on_late);
    lg_loop_run(loop);
    cr_assert(eq(u32, told, 0), "there is nothing to start from");
    cr_assert(eq(int, mkdir(folder, 0700), 0));
    until_told();
    shell("echo a >a.py");
    until_told();
    cr_assert(eq(int, rmdir(aside), 0));
}

Test(changes, there_is_a_largest_number_of_folders)
{
    shell("for i in $(seq 1100); do mkdir d$i; done");
    start();
    shell("echo a >a.py");
    until_told();
}

Test(changes, a_folder_that_is_not_there_is_no_fault)
{
    changes = lg_changes_open(loop, "function f", "/no/such/folder", on_change, &told);
    nothing_is_told();
}

Test(changes, names_of_code_are_not_ignored)
{
    cr_assert_not(lg_changes_ignored("app.py"));
    cr_assert_not(lg_changes_ignored(".env"));
    cr_assert_not(lg_changes_ignored("bootstrap"));
    cr_assert_not(lg_changes_ignored(".gitignore"));
    cr_assert_not(lg_changes_ignored("node_modules.txt"));
}
