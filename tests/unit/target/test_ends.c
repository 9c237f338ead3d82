/* How calls and processes end when something goes wrong, and how the pool itself ends. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"
#include "target/pool.h"
#include "world.h"

TestSuite(ends, .init = world_begin, .fini = world_end, .timeout = 120);

static struct call one, two;
static struct puppet first, second;
static struct peer peer, other;

static void run_one(void)
{
    use_puppets(0, 1);
    open_pool();
    begin(&one, "1");
    puppet_ready(&first, &peer);
    cr_assert(eq(int, peer_answer(&peer), 200));
    until_started(&one);
}

static void assert_document(struct call *call, enum lg_cause cause, const char *type,
                            const char *message)
{
    char *expected =
        lg_sprintf("{\"errorType\":\"%s\",\"errorMessage\":\"RequestId: %s Error: %s\"}", type,
                   call->invocation.id, message);

    until_ended(call);
    cr_assert(eq(int, (int)call->cause, (int)cause));
    cr_assert(call->function_error);
    cr_assert_str_eq(data_of(call), expected);
    cr_assert_str_eq(call->content_type, "application/json");
    free(expected);
    finish(call);
}

/* --- timeouts ------------------------------------------------------------------------------- */

Test(ends, a_call_over_its_time_ends_and_its_process_is_replaced)
{
    char line[256];

    run_one();
    cancel(&one, LG_CANCEL_TIMEOUT);
    assert_document(&one, LG_CAUSE_TIMEOUT, "Sandbox.Timedout",
                    "Task timed out after 3.00 seconds");
    cr_assert_str_eq(one.reason, "Task timed out after 3.00 seconds");
    until_gone(first.pid);
    snprintf(line, sizeof(line), "%s Task timed out after 3.00 seconds", one.invocation.id);
    assert_logged_in_order((const char *const[]){ "START RequestId", line, "END RequestId",
                                                  "REPORT RequestId", "Status: timeout", NULL });
    peer_close(&peer);

    begin(&two, "2");
    puppet_ready(&second, &other);
    cr_assert(eq(int, peer_answer(&other), 200));
    cr_assert(eq(int, respond(&other, &two, "two"), 202));
    until_ended(&two);
    cr_assert(eq(int, (int)two.cause, LG_CAUSE_OK));
    finish(&two);
    peer_close(&other);
}

Test(ends, the_end_of_a_timed_out_call_does_not_wait_for_its_process)
{
    run_one();
    kill(first.pid, SIGSTOP);
    cancel(&one, LG_CANCEL_TIMEOUT);
    until_ended(&one);
    finish(&one);
    peer_close(&peer);
}

Test(ends, a_process_over_its_time_is_not_asked_to_end_but_killed)
{
    run_one();
    command(&first, "trap 'touch $DIR/term' TERM; touch $DIR/ready");
    until_file("ready");
    cancel(&one, LG_CANCEL_TIMEOUT);
    until_ended(&one);
    until_gone(first.pid);
    cr_assert_not(file_exists("term"));
    finish(&one);
    peer_close(&peer);
}

Test(ends, a_payload_that_nobody_reads_is_let_go_before_the_end)
{
    char *payload = lg_alloc(32 << 20);

    memset(payload, 'x', (32 << 20) - 1);
    payload[(32 << 20) - 1] = '\0';
    use_puppets(0, 1);
    open_pool();
    begin(&one, payload);
    puppet_ready(&first, &peer);
    until_started(&one);
    cancel(&one, LG_CANCEL_TIMEOUT);
    until_gone(first.pid);
    peer_close(&peer); /* as the kernel does for a real one */
    until_ended(&one);
    free(payload);
    cr_assert(eq(int, (int)one.cause, LG_CAUSE_TIMEOUT));
    finish(&one);
}

/* --- death ---------------------------------------------------------------------------------- */

static void die_by(const char *how, const char *message, const char *reason)
{
    run_one();
    command(&first, how);
    assert_document(&one, LG_CAUSE_FUNCTION_ERROR, "Runtime.ExitError", message);
    cr_assert_str_eq(one.reason, reason);
    assert_logged_in_order((const char *const[]){ "START RequestId", message, "END RequestId",
                                                  "REPORT RequestId", "Status: error",
                                                  "Error Type: Runtime.ExitError", NULL });
    until_state(0, 0, 0, 0);
    peer_close(&peer);
}

Test(ends, an_exit_in_the_middle_of_a_call_is_its_error)
{
    die_by("exit 3", "Runtime exited with error: exit status 3", "exit status 3");
}

Test(ends, a_signal_in_the_middle_of_a_call_is_its_error)
{
    die_by("kill -9 $$", "Runtime exited with error: signal: killed", "signal: killed");
}

Test(ends, an_exit_without_a_status_is_an_error_too)
{
    die_by("exit 0", "Runtime exited without providing a reason", "exit status 0");
}

Test(ends, a_crash_does_not_slow_the_next_start_down)
{
    run_one();
    command(&first, "exit 1");
    until_ended(&one);
    until_state(0, 0, 0, 0);
    begin(&two, "2");
    cr_assert(eq(uint, state().starting, 1));
    puppet_ready(&second, &other);
    cr_assert(eq(int, peer_answer(&other), 200));
    cr_assert(eq(int, respond(&other, &two, "two"), 202));
    until_ended(&two);
    cr_assert(eq(int, count_logged("next start in"), 0));
    finish(&one);
    finish(&two);
    peer_close(&peer);
    peer_close(&other);
}

Test(ends, a_process_that_never_served_and_dies_idle_slows_the_next_start_down)
{
    use_puppets(1, 1);
    open_pool();
    puppet_ready(&first, &peer);
    until_state(0, 1, 0, 0);
    command(&first, "exit 0");
    until_logged("a process ended while it was idle: exit status 0");
    until_logged("next start in 100 ms");
    puppet_ready(&second, &other);
    command(&second, "exit 0");
    until_logged("next start in 200 ms");
    peer_close(&peer);
    peer_close(&other);
}

Test(ends, a_call_before_the_next_start_after_an_idle_death_hears_how_it_died)
{
    use_puppets(1, 1);
    open_pool();
    puppet_ready(&first, &peer);
    until_state(0, 1, 0, 0);
    command(&first, "exit 7");
    until_logged("next start in 100 ms");
    begin(&one, "1"); /* in the same turn: nothing can have been started yet */
    assert_document(&one, LG_CAUSE_FUNCTION_ERROR, "Runtime.ExitError",
                    "Runtime exited with error: exit status 7");
    cr_assert(eq(int, one.starts, 0));
    cr_assert_str_eq(one.reason, "exit status 7");
    peer_close(&peer);
}

Test(ends, a_process_that_is_being_killed_gets_no_call)
{
    const struct lg_pool *pool;

    use_puppets(0, 1);
    open_pool();
    begin(&one, "1");
    until_puppet(&first);
    peer_open(&peer, first.port);
    pool = LG_CONTAINER(world.pool, struct lg_pool, target);
    /* As memory.c says it, whose SIGKILL is on its way. */
    LG_LIST_OF(lg_list_first(&pool->workers[LG_WORKER_STARTING]), struct lg_worker, link)->why =
        "memory";
    ask_next(&peer);
    until_cut(&peer);
    cr_assert(eq(int, one.starts, 0));
    command(&first, "kill -9 $$");
    until_ended(&one);
    cr_assert_str_eq(one.reason, "signal: killed");
    finish(&one);
    peer_close(&peer);
}

Test(ends, a_process_that_does_not_ask_again_in_time_is_killed)
{
    world.function.timeout_ms = 1;
    run_one();
    cr_assert(eq(int, respond(&peer, &one, "one"), 202));
    until_ended(&one);
    cr_assert(eq(int, (int)one.cause, LG_CAUSE_OK));
    until_gone(first.pid);
    until_logged("did not ask for its next invocation in time");
    finish(&one);
    peer_close(&peer);
}

Test(ends, a_process_may_work_on_after_its_answer_until_its_deadline)
{
    run_one();
    cr_assert(eq(int, respond(&peer, &one, "one"), 202));
    until_ended(&one);
    until_later(1300);
    cr_assert(process_exists(first.pid));
    ask_next(&peer);
    until_state(0, 1, 0, 0);
    finish(&one);
    peer_close(&peer);
}

/* --- starts that fail ----------------------------------------------------------------------- */

static void use_command(const char *word)
{
    static const char *words[1];

    words[0] = word;
    world.workers.command = (struct lg_config_strings){ words, 1 };
    world.workers.max = 2;
}

Test(ends, a_death_before_the_first_next_is_the_error_of_those_who_wait)
{
    use_command("/bin/false");
    open_pool();
    begin(&one, "1");
    assert_document(&one, LG_CAUSE_FUNCTION_ERROR, "Runtime.ExitError",
                    "Runtime exited with error: exit status 1");
    cr_assert(eq(int, one.starts, 0));
    cr_assert_str_eq(one.reason, "exit status 1");
    until_logged("a process could not start: exit status 1");
    until_logged("INIT_REPORT Init Duration: ");
    /* While nothing can be started, a call does not hang, and starts nothing. */
    begin(&two, "2");
    assert_document(&two, LG_CAUSE_FUNCTION_ERROR, "Runtime.ExitError",
                    "Runtime exited with error: exit status 1");
    cr_assert(eq(u64, state().started_total, 1));
}

Test(ends, starts_that_fail_are_tried_again_ever_more_slowly)
{
    use_command("/bin/false");
    world.workers.min = 1;
    open_pool();
    until_logged("next start in 800 ms");
    assert_logged_in_order((const char *const[]){ "next start in 100 ms", "next start in 200 ms",
                                                  "next start in 400 ms", "next start in 800 ms",
                                                  NULL });
    cr_assert(eq(u64, state().started_total, 4));
}

Test(ends, a_call_that_was_served_forgives_earlier_starts_that_failed)
{
    use_puppets(1, 1);
    open_pool();
    until_puppet(&first);
    command(&first, "exit 1");
    until_logged("next start in 100 ms");
    puppet_ready(&second, &peer);
    until_state(0, 1, 0, 0);
    begin(&one, "1");
    cr_assert(eq(int, peer_answer(&peer), 200));
    cr_assert(eq(int, respond(&peer, &one, "one"), 202));
    until_ended(&one);
    command(&second, "exit 0");
    until_puppet(&first);
    command(&first, "exit 1");
    until_puppet(&second);
    cr_assert(eq(uint, count_logged("next start in 100 ms"), 2));
    cr_assert(eq(uint, count_logged("next start in 200 ms"), 0));
    finish(&one);
    peer_close(&peer);
}

Test(ends, a_missing_command_is_told_as_an_invalid_entry_point)
{
    use_command("/no/such/bootstrap");
    open_pool();
    begin(&one, "1");
    assert_document(&one, LG_CAUSE_FUNCTION_ERROR, "Runtime.InvalidEntrypoint",
                    "Couldn't find valid bootstrap(s): [/no/such/bootstrap]");
    cr_assert_str_eq(one.reason, "cannot execute /no/such/bootstrap: No such file or directory");
}

Test(ends, a_missing_directory_is_told)
{
    use_command("sh");
    world.workers.directory = "/no/such/directory";
    open_pool();
    begin(&one, "1");
    assert_document(&one, LG_CAUSE_FUNCTION_ERROR, "Runtime.InvalidWorkingDir",
                    "Couldn't enter the working directory");
}

Test(ends, a_process_that_never_asks_is_killed_and_told_as_timed_out)
{
    world.workers.init_timeout_ms = 250;
    use_puppets(0, 1);
    open_pool();
    begin(&one, "1");
    assert_document(&one, LG_CAUSE_FUNCTION_ERROR, "Sandbox.Timedout",
                    "Task timed out after 0.25 seconds");
    until_state(0, 0, 0, 0);
    until_logged("Phase: init");
    until_logged("Status: timeout");
}

Test(ends, an_init_error_is_told_word_for_word)
{
    static const char document[] = "{\"errorMessage\": \"no app\", \"errorType\":\"X\"}";

    use_puppets(0, 1);
    open_pool();
    begin(&one, "1");
    until_puppet(&first);
    peer_open(&peer, first.port);
    peer_request_with(&peer, "POST", "/2018-06-01/runtime/init/error",
                      "Lambda-Runtime-Function-Error-Type: Runtime.ImportModuleError\r\n",
                      document);
    cr_assert(eq(int, peer_answer(&peer), 202));
    until_ended(&one);
    cr_assert(eq(int, (int)one.cause, LG_CAUSE_FUNCTION_ERROR));
    cr_assert(one.function_error);
    cr_assert_str_eq(data_of(&one), document);
    cr_assert_str_eq(one.reason, "init error: Runtime.ImportModuleError");
    until_logged("Status: error\tError Type: Runtime.ImportModuleError");
    /* It is expected to exit: that counts once, and it gets nothing to do. */
    peer_request(&peer, "GET", "/2018-06-01/runtime/invocation/next", "");
    cr_assert(eq(int, peer_answer(&peer), 403));
    command(&first, "exit 1");
    until_state(0, 0, 0, 0);
    cr_assert(eq(int, count_logged("next start in"), 1));
    finish(&one);
    peer_close(&peer);
}

/* Room for one descriptor: that of the connection, and none to ask whose it is. */
static void leave_one_descriptor(struct rlimit *ret_old)
{
    int lowest = dup(STDIN_FILENO);
    struct rlimit less;

    cr_assert(getrlimit(RLIMIT_NOFILE, ret_old) == 0);
    close(lowest);
    less = *ret_old;
    less.rlim_cur = (rlim_t)lowest + 1;
    cr_assert(setrlimit(RLIMIT_NOFILE, &less) == 0);
}

Test(ends, a_process_that_cannot_be_told_for_want_of_descriptors_has_not_run_anything)
{
    struct rlimit old;

    use_puppets(0, 1);
    open_pool();
    begin(&one, "1");
    until_puppet(&first);
    peer_open(&peer, first.port);
    leave_one_descriptor(&old);
    until_logged("a connection to a worker's port was refused: its owner is not known");
    cr_assert(setrlimit(RLIMIT_NOFILE, &old) == 0);
    command(&first, "exit 1");
    until_ended(&one);
    cr_assert(eq(int, (int)one.cause, LG_CAUSE_NEVER_STARTED));
    finish(&one);
    peer_close(&peer);
}

Test(ends, those_who_wait_for_others_are_not_hurt_by_one_failed_start)
{
    use_puppets(0, 2);
    open_pool();
    begin(&one, "1");
    begin(&two, "2");
    puppet_ready(&first, &peer);
    until_puppet(&second);
    command(&second, "exit 1");
    until_logged("a process could not start");
    cr_assert(eq(int, peer_answer(&peer), 200));
    cr_assert(eq(int, respond(&peer, &one, "one"), 202));
    ask_next(&peer);
    cr_assert(eq(int, peer_answer(&peer), 200));
    cr_assert(eq(int, respond(&peer, &two, "two"), 202));
    until_ended(&two);
    cr_assert(eq(int, (int)two.cause, LG_CAUSE_OK));
    finish(&one);
    finish(&two);
    peer_close(&peer);
}

/* --- draining ------------------------------------------------------------------------------- */

Test(ends, a_drained_pool_ends_those_who_wait_and_lets_finish_those_that_run)
{
    run_one();
    begin(&two, "2");
    drain_pool();
    until_ended(&two);
    cr_assert(eq(int, (int)two.cause, LG_CAUSE_NEVER_STARTED));
    cr_assert(eq(int, one.ends, 0));
    cr_assert_not(world.drained);
    cr_assert(eq(int, (int)try_begin(&two, "2"), LG_ERR_CLOSED));
    cr_assert(eq(int, respond(&peer, &one, "one"), 202));
    until_ended(&one);
    cr_assert(eq(int, (int)one.cause, LG_CAUSE_OK));
    cr_assert(process_exists(first.pid));
    ask_next(&peer);
    until_drained();
    cr_assert_not(process_exists(first.pid));
    finish(&one);
    finish(&two);
    peer_close(&peer);
}

/* No matter how slow we are, it is not killed for it. Before the loop turns once more. */
static void spare_the_stopping(void)
{
    const struct lg_pool *pool = (const struct lg_pool *)(const void *)world.pool;
    struct lg_link *link;

    until_state(0, 0, 0, 1);
    link = lg_list_first(&pool->workers[LG_WORKER_STOPPING]);
    lg_timer_clear(world.loop, &LG_LIST_OF(link, struct lg_worker, link)->timer);
}

Test(ends, a_process_is_told_to_end_before_its_port_closes)
{
    use_puppets(1, 1);
    open_pool();
    puppet_ready(&first, &peer);
    until_state(0, 1, 0, 0);
    command(&first, "trap 'touch $DIR/term' TERM; touch $DIR/ready");
    until_file("ready");
    drain_pool();
    spare_the_stopping();
    until_file("term");
    peer_open(&other, first.port);
    peer_request(&other, "GET", "/2018-06-01/ping", "");
    cr_assert(eq(int, peer_answer(&other), 200));
    command(&first, "exit 0");
    until_drained();
    peer_close(&peer);
    peer_close(&other);
}

Test(ends, a_process_that_ignores_being_told_is_killed)
{
    use_puppets(1, 1);
    open_pool();
    puppet_ready(&first, &peer);
    until_state(0, 1, 0, 0);
    command(&first, "trap '' TERM; touch $DIR/ready");
    until_file("ready");
    drain_pool();
    until_drained();
    cr_assert_not(process_exists(first.pid));
    peer_close(&peer);
}

Test(ends, work_after_an_answer_is_not_cut_short_by_a_drain)
{
    run_one();
    command(&first, "trap 'touch $DIR/term; exit 0' TERM; touch $DIR/ready");
    until_file("ready");
    cr_assert(eq(int, respond(&peer, &one, "one"), 202));
    until_ended(&one);
    drain_pool();
    until_later(100);
    cr_assert_not(file_exists("term"));
    ask_next(&peer);
    until_file("term");
    until_drained();
    finish(&one);
    peer_close(&peer);
}

Test(ends, a_process_that_left_next_is_ended_by_a_drain)
{
    use_puppets(1, 1);
    open_pool();
    puppet_ready(&first, &peer);
    until_state(0, 1, 0, 0);
    command(&first, "trap 'touch $DIR/term; exit 0' TERM; touch $DIR/ready");
    until_file("ready");
    peer_close(&peer);
    until_state(0, 0, 1, 0);
    drain_pool();
    until_file("term");
    until_drained();
}

Test(ends, a_process_that_starts_is_ended_by_a_drain)
{
    use_puppets(1, 1);
    open_pool();
    until_puppet(&first);
    drain_pool();
    until_drained();
    cr_assert_not(process_exists(first.pid));
}

Test(ends, an_empty_pool_drains)
{
    use_puppets(0, 1);
    open_pool();
    drain_pool();
    cr_assert_not(world.drained, "not before drain() returned");
    until_drained();
}

Test(ends, a_stranger_on_a_port_of_the_past_does_not_stop_a_drain)
{
    use_puppets(1, 1);
    open_pool();
    puppet_ready(&first, &peer);
    until_state(0, 1, 0, 0);
    peer_open(&other, first.port);
    peer_request(&other, "GET", "/2018-06-01/ping", "");
    cr_assert(eq(int, peer_answer(&other), 200));
    drain_pool();
    until_drained();
    peer_close(&peer);
    peer_close(&other);
}
