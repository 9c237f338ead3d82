/* How many processes there are: as many as are needed, not all at once, and back again. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "world.h"

TestSuite(scale, .init = world_begin, .fini = world_end, .timeout = 120);

static struct call calls[32];
static struct puppet puppets[32];
static struct peer peers[32];

static void begin_calls(size_t count)
{
    for (size_t i = 0; i < count; i++)
        begin(&calls[i], "1");
}

static void end_calls(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        until_ended(&calls[i]);
        finish(&calls[i]);
    }
}

Test(scale, a_waiting_call_starts_one_process_and_no_more)
{
    use_puppets(0, 10);
    open_pool();
    begin_calls(3);
    cr_assert(eq(u64, state().started_total, 3));
    puppet_ready(&puppets[0], &peers[0]);
    until_started(&calls[0]);
    cr_assert(eq(u64, state().started_total, 3), "two wait, and two processes are starting");
    for (size_t i = 0; i < 3; i++)
        cancel(&calls[i], LG_CANCEL_TIMEOUT);
    end_calls(3);
    peer_close(&peers[0]);
}

Test(scale, no_more_than_16_processes_of_a_loop_start_at_once)
{
    world.function.queue = 100;
    use_puppets(0, 20);
    open_pool();
    begin_calls(18);
    cr_assert(eq(uint, state().starting, 16));
    puppet_ready(&puppets[0], &peers[0]);
    until_started(&calls[0]);
    until_state(16, 0, 1, 0);
    cr_assert(eq(u64, state().started_total, 17));
    puppet_ready(&puppets[1], &peers[1]);
    until_state(16, 0, 2, 0);
    puppet_ready(&puppets[2], &peers[2]);
    until_state(15, 0, 3, 0);
    cr_assert(eq(u64, state().started_total, 18));
    for (size_t i = 0; i < 18; i++)
        cancel(&calls[i], LG_CANCEL_TIMEOUT);
    end_calls(18);
    for (size_t i = 0; i < 3; i++)
        peer_close(&peers[i]);
}

Test(scale, a_function_without_a_starting_process_may_always_start_one)
{
    struct lg_target *crowd;
    static struct call alone;

    use_puppets(16, 20);
    open_pool();
    cr_assert(eq(uint, state().starting, 16));
    crowd = world.pool;
    world.workers.min = 0;
    world.pool = NULL;
    open_pool();
    begin(&alone, "1");
    cr_assert(eq(uint, state().starting, 1));
    cancel(&alone, LG_CANCEL_WITHDRAW);
    until_ended(&alone);
    finish(&alone);
    drain_pool();
    until_drained();
    world.pool->class->free(world.pool);
    world.pool = crowd;
    world.drained = false;
}

Test(scale, after_a_failure_one_process_has_to_prove_itself_before_others_start)
{
    use_puppets(3, 3);
    open_pool();
    cr_assert(eq(uint, state().starting, 3));
    for (size_t i = 0; i < 3; i++) {
        until_puppet(&puppets[i]);
        command(&puppets[i], "exit 3");
    }
    until_state(0, 0, 0, 0);
    until_state(1, 0, 0, 0);
    cr_assert(eq(u64, state().started_total, 4));
    puppet_ready(&puppets[3], &peers[3]);
    until_state(1, 1, 0, 0);
    cr_assert(eq(u64, state().started_total, 5));
    peer_close(&peers[3]);
}

static bool has_two_left(const void *context)
{
    (void)context;
    return state().idle == 2;
}

static bool has_one_left(const void *context)
{
    (void)context;
    return state().idle == 1;
}

Test(scale, idle_processes_go_one_by_one_and_min_stay)
{
    world.workers.idle_timeout_ms = 1000;
    use_puppets(1, 3);
    open_pool();
    begin_calls(3);
    for (size_t i = 0; i < 3; i++) {
        puppet_ready(&puppets[i], &peers[i]);
        until_started(&calls[i]);
    }
    for (size_t i = 0; i < 3; i++) {
        cr_assert(eq(int, peer_answer(&peers[i]), 200));
        cr_assert(eq(int, respond(&peers[i], &calls[i], "1"), 202));
        ask_next(&peers[i]);
    }
    end_calls(3);
    until_state(0, 3, 0, 0);
    until(has_two_left, NULL); /* never seen, if both went in one turn of the loop */
    until(has_one_left, NULL);
    until_later(300);
    cr_assert(eq(uint, state().idle, 1));
    for (size_t i = 0; i < 3; i++)
        peer_close(&peers[i]);
}

Test(scale, one_of_min_that_died_is_replaced)
{
    use_puppets(1, 2);
    open_pool();
    puppet_ready(&puppets[0], &peers[0]);
    until_state(0, 1, 0, 0);
    begin(&calls[0], "1");
    cr_assert(eq(int, peer_answer(&peers[0]), 200));
    cr_assert(eq(int, respond(&peers[0], &calls[0], "1"), 202));
    end_calls(1);
    ask_next(&peers[0]);
    until_state(0, 1, 0, 0);
    command(&puppets[0], "exit 0");
    until_state(1, 0, 0, 0);
    cr_assert(eq(u64, state().started_total, 2));
    peer_close(&peers[0]);
}

static char code[128];

/* Apart from the folder in which puppets meet the test. */
static void use_code(void)
{
    snprintf(code, sizeof(code), "%s/code", world.folder);
    cr_assert(eq(int, mkdir(code, 0700), 0));
    char *puppet = lg_sprintf("%s/puppet.sh", world.workers.directory);
    char *link = lg_sprintf("%s/puppet.sh", code);
    cr_assert(eq(int, symlink(puppet, link), 0));
    free(puppet);
    free(link);
    world.workers.directory = code;
    world.workers.reload_on_change = true;
}

static void change_code(void)
{
    char *path = lg_sprintf("%s/app", code);
    FILE *file = fopen(path, "we");

    cr_assert_not_null(file);
    fclose(file);
    free(path);
}

Test(scale, when_the_code_changes_idle_processes_are_replaced_and_busy_ones_finish)
{
    use_puppets(2, 3);
    use_code();
    open_pool();
    puppet_ready(&puppets[0], &peers[0]);
    puppet_ready(&puppets[1], &peers[1]);
    until_state(0, 2, 0, 0);
    begin(&calls[0], "1");
    cr_assert(eq(int, peer_answer(&peers[1]), 200), "the last one that came is used");
    change_code();
    until_logged("its files changed");
    puppet_ready(&puppets[2], &peers[2]);
    cr_assert(eq(uint, state().busy, 1));
    until_gone(puppets[0].pid);
    cr_assert(eq(int, respond(&peers[1], &calls[0], "1"), 202));
    end_calls(1);
    ask_next(&peers[1]);
    until_gone(puppets[1].pid);
    puppet_ready(&puppets[3], &peers[3]);
    until_state(0, 2, 0, 0);
    for (size_t i = 0; i < 4; i++)
        peer_close(&peers[i]);
}

Test(scale, when_the_code_changes_a_start_that_failed_is_tried_again_at_once)
{
    use_puppets(1, 1);
    use_code();
    open_pool();
    for (size_t i = 0; i < 6; i++) {
        until_puppet(&puppets[i]);
        command(&puppets[i], "exit 1");
    }
    until_logged("next start in 3200 ms");
    change_code();
    until_logged("its files changed");
    cr_assert(eq(uint, state().starting, 1));
}
