/* Calls find a process, or wait for one, or are refused: real processes, played by the test. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "world.h"

TestSuite(pool, .init = world_begin, .fini = world_end, .timeout = 120);

static struct call one, two, three;
static struct puppet first, second;
static struct peer peer, other;

static void assert_ok(struct call *call, const char *result)
{
    until_ended(call);
    cr_assert(eq(int, (int)call->cause, LG_CAUSE_OK));
    cr_assert_str_eq(data_of(call), result);
    finish(call);
}

/* What the runtime on `from` reads is the invocation of `call`. */
static void assert_got(struct peer *from, const struct call *call)
{
    char line[128];

    cr_assert(eq(int, peer_answer(from), 200));
    snprintf(line, sizeof(line), "Lambda-Runtime-Aws-Request-Id: %s", call->invocation.id);
    cr_assert(peer_header(from, line), "%s", from->text);
}

static void serve(struct peer *from, struct call *call, const char *result)
{
    assert_got(from, call);
    cr_assert(eq(int, respond(from, call, result), 202));
    assert_ok(call, result);
}

Test(pool, a_call_starts_a_process_and_its_answer_comes_back)
{
    use_puppets(0, 1);
    open_pool();
    cr_assert(eq(u64, state().started_total, 0));
    begin(&one, "{\"a\":1}");
    cr_assert(eq(uint, state().starting, 1));
    cr_assert(eq(uint, state().waiting, 1));
    puppet_ready(&first, &peer);
    cr_assert(eq(int, peer_answer(&peer), 200));
    cr_assert_str_eq(peer_body(&peer), "{\"a\":1}");
    until_started(&one);
    cr_assert(eq(uint, state().busy, 1));
    cr_assert(eq(uint, state().waiting, 0));
    cr_assert(eq(int, one.ends, 0));
    cr_assert(eq(int, respond(&peer, &one, "[2]"), 202));
    cr_assert_str_eq(peer_body(&peer), "{\"status\":\"OK\"}\n");
    until_ended(&one);
    cr_assert(eq(int, (int)one.cause, LG_CAUSE_OK));
    cr_assert(eq(int, one.starts, 1));
    cr_assert(eq(int, one.heads, 1));
    cr_assert_not(one.function_error);
    cr_assert_not(one.streaming);
    cr_assert_str_eq(data_of(&one), "[2]");
    cr_assert_str_eq(one.reason, "");
    cr_assert_str_eq(one.log_tail, "");
    cr_assert_null(one.invocation.place);
    finish(&one);
    peer_close(&peer);
}

Test(pool, a_process_is_used_again)
{
    use_puppets(0, 4);
    open_pool();
    begin(&one, "1");
    puppet_ready(&first, &peer);
    serve(&peer, &one, "one");
    ask_next(&peer);
    until_state(0, 1, 0, 0);
    begin(&two, "2");
    serve(&peer, &two, "two");
    cr_assert(eq(u64, state().started_total, 1));
    peer_close(&peer);
}

Test(pool, two_calls_at_once_run_in_two_processes)
{
    use_puppets(0, 2);
    open_pool();
    begin(&one, "1");
    begin(&two, "2");
    cr_assert(eq(uint, state().starting, 2));
    puppet_ready(&first, &peer);
    assert_got(&peer, &one);
    puppet_ready(&second, &other);
    assert_got(&other, &two);
    cr_assert(eq(uint, state().busy, 2));
    cr_assert(eq(int, respond(&other, &two, "two"), 202));
    assert_ok(&two, "two");
    cr_assert(eq(int, one.ends, 0));
    cr_assert(eq(int, respond(&peer, &one, "one"), 202));
    assert_ok(&one, "one");
    peer_close(&peer);
    peer_close(&other);
}

Test(pool, there_are_never_more_processes_than_max_and_calls_wait_in_order)
{
    use_puppets(0, 1);
    open_pool();
    begin(&one, "1");
    begin(&two, "2");
    begin(&three, "3");
    cr_assert(eq(u64, state().started_total, 1));
    cr_assert(eq(uint, state().waiting, 3));
    puppet_ready(&first, &peer);
    serve(&peer, &one, "a");
    ask_next(&peer);
    serve(&peer, &two, "b");
    ask_next(&peer);
    serve(&peer, &three, "c");
    cr_assert(eq(u64, state().started_total, 1));
    peer_close(&peer);
}

Test(pool, a_caller_that_calls_again_at_once_does_not_cause_a_second_process)
{
    int64_t before_ms;

    use_puppets(0, 2);
    open_pool();
    begin(&one, "1");
    one.then = &two;
    puppet_ready(&first, &peer);
    assert_got(&peer, &one);
    before_ms = lg_clock_mono_ms();
    cr_assert(eq(int, respond(&peer, &one, "one"), 202));
    until_ended(&one);
    /* On a machine that stood still for so long, a second process is right. */
    if (lg_clock_mono_ms() - before_ms < 50)
        cr_assert(eq(u64, state().started_total, 1));
    ask_next(&peer);
    serve(&peer, &two, "two");
    finish(&one);
    peer_close(&peer);
}

static bool has_started_two(const void *context)
{
    (void)context;
    return state().started_total == 2;
}

Test(pool, a_process_that_dawdles_after_its_answer_is_not_waited_for)
{
    use_puppets(0, 2);
    open_pool();
    begin(&one, "1");
    puppet_ready(&first, &peer);
    serve(&peer, &one, "one");
    begin(&two, "2");
    until(has_started_two, NULL);
    puppet_ready(&second, &other);
    serve(&other, &two, "two");
    peer_close(&peer);
    peer_close(&other);
}

Test(pool, the_queue_is_bounded)
{
    world.function.queue = 1;
    use_puppets(0, 1);
    open_pool();
    begin(&one, "1");
    puppet_ready(&first, &peer);
    assert_got(&peer, &one);
    begin(&two, "2");
    cr_assert(eq(int, (int)try_begin(&three, "3"), LG_ERR_FULL));
    cr_assert_null(three.invocation.place);
    cr_assert(eq(int, respond(&peer, &one, "one"), 202));
    assert_ok(&one, "one");
    ask_next(&peer);
    serve(&peer, &two, "two");
    begin(&three, "3");
    ask_next(&peer);
    serve(&peer, &three, "three");
    peer_close(&peer);
}

Test(pool, without_a_queue_a_call_may_still_wait_for_its_own_process)
{
    world.function.queue = 0;
    use_puppets(0, 2);
    open_pool();
    begin(&one, "1");
    begin(&two, "2");
    cr_assert(eq(int, (int)try_begin(&three, "3"), LG_ERR_FULL));
    puppet_ready(&first, &peer);
    serve(&peer, &one, "one");
    puppet_ready(&second, &other);
    serve(&other, &two, "two");
    peer_close(&peer);
    peer_close(&other);
}

Test(pool, a_call_that_waits_can_be_withdrawn)
{
    use_puppets(0, 1);
    open_pool();
    begin(&one, "1");
    begin(&two, "2");
    cancel(&two, LG_CANCEL_WITHDRAW);
    cr_assert(eq(uint, state().waiting, 1));
    until_ended(&two);
    cr_assert(eq(int, (int)two.cause, LG_CAUSE_NEVER_STARTED));
    cr_assert(eq(int, two.starts, 0));
    cr_assert(eq(int, two.heads, 0));
    finish(&two);
    puppet_ready(&first, &peer);
    serve(&peer, &one, "one");
    peer_close(&peer);
}

Test(pool, a_call_that_waits_past_its_deadline_has_never_started)
{
    use_puppets(0, 1);
    open_pool();
    begin(&one, "1");
    cancel(&one, LG_CANCEL_TIMEOUT);
    until_ended(&one);
    cr_assert(eq(int, (int)one.cause, LG_CAUSE_NEVER_STARTED));
    finish(&one);
}

Test(pool, a_running_call_cannot_be_withdrawn)
{
    use_puppets(0, 1);
    open_pool();
    begin(&one, "1");
    puppet_ready(&first, &peer);
    assert_got(&peer, &one);
    cancel(&one, LG_CANCEL_WITHDRAW);
    cr_assert(eq(int, respond(&peer, &one, "one"), 202));
    assert_ok(&one, "one");
    peer_close(&peer);
}

Test(pool, min_processes_are_started_at_once_and_kept)
{
    use_puppets(2, 4);
    open_pool();
    cr_assert(eq(uint, state().starting, 2));
    puppet_ready(&first, &peer);
    puppet_ready(&second, &other);
    until_state(0, 2, 0, 0);
    begin(&one, "1");
    cr_assert(eq(uint, state().busy, 1));
    cr_assert(eq(u64, state().started_total, 2));
    /* One that has served is replaced at once. */
    cancel(&one, LG_CANCEL_TIMEOUT);
    until_ended(&one);
    until_state(1, 1, 0, 0);
    cr_assert(eq(u64, state().started_total, 3));
    finish(&one);
    peer_close(&peer);
    peer_close(&other);
}

Test(pool, processes_above_min_end_when_they_were_idle_for_long)
{
    world.workers.idle_timeout_ms = 30;
    use_puppets(1, 2);
    open_pool();
    puppet_ready(&first, &peer);
    until_state(0, 1, 0, 0);
    begin(&one, "1");
    begin(&two, "2");
    puppet_ready(&second, &other);
    serve(&other, &two, "two");
    ask_next(&other);
    until_gone(second.pid);
    cr_assert(eq(uint, state().busy, 1));
    cr_assert(process_exists(first.pid));
    serve(&peer, &one, "one");
    ask_next(&peer);
    until_state(0, 1, 0, 0);
    until_later(150);
    cr_assert(process_exists(first.pid), "those up to min stay for ever");
    cr_assert(eq(u64, state().started_total, 2));
    peer_close(&peer);
    peer_close(&other);
}

Test(pool, of_two_idle_processes_the_one_used_last_is_used_again)
{
    use_puppets(2, 2);
    open_pool();
    puppet_ready(&first, &peer);
    until_state(1, 1, 0, 0);
    puppet_ready(&second, &other);
    until_state(0, 2, 0, 0);
    begin(&one, "1");
    serve(&other, &one, "one");
    ask_next(&other);
    until_state(0, 2, 0, 0);
    begin(&two, "2");
    serve(&other, &two, "two");
    peer_close(&peer);
    peer_close(&other);
}

Test(pool, an_owner_that_pauses_gets_the_end_when_it_resumes)
{
    use_puppets(0, 1);
    open_pool();
    begin(&one, "1");
    one.pause = true;
    puppet_ready(&first, &peer);
    assert_got(&peer, &one);
    cr_assert(eq(int, respond(&peer, &one, "one"), 202));
    ask_next(&peer);
    until_state(0, 1, 0, 0);
    cr_assert(eq(sz, one.data.size, 3));
    cr_assert(eq(int, one.ends, 0));
    world.pool->class->resume(world.pool, &one.invocation);
    cr_assert(eq(int, one.ends, 0));
    assert_ok(&one, "one");
    peer_close(&peer);
}
