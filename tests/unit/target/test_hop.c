/* A caller on another loop than the pool's: everything is called back on the caller's. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "elsewhere.h"
#include "wire/loop.h"
#include "wire/mailbox.h"
#include "world.h"

static struct call one, two;
static struct puppet first;
static struct peer peer;
static atomic_bool away_drained;

TestSuite(hop, .init = begin_away, .fini = end_away, .timeout = 120);

static void begin_one(void)
{
    prepare(&one, "1");
    one.loop = away;
    cr_assert(eq(int, (int)start(&one), LG_OK));
    cr_assert(one.invocation.loop == away);
}

static void begin_two(void)
{
    prepare(&two, "2");
    two.loop = away;
    cr_assert(eq(int, (int)start(&two), LG_OK));
}

static void withdraw_one(void)
{
    cancel(&one, LG_CANCEL_WITHDRAW);
}

static void time_one_out(void)
{
    cancel(&one, LG_CANCEL_TIMEOUT);
}

static void cancel_one_twice(void)
{
    cancel(&one, LG_CANCEL_WITHDRAW);
    cancel(&one, LG_CANCEL_TIMEOUT);
}

static void assert_cause(struct call *call, enum lg_cause cause)
{
    until_ended(call);
    cr_assert(eq(int, (int)call->cause, (int)cause), "%s", lg_cause_text(call->cause));
    finish(call);
}

static void run_one(void)
{
    use_puppets(0, 1);
    open_pool();
    over_there(begin_one);
    puppet_ready(&first, &peer);
    cr_assert(eq(int, peer_answer(&peer), 200));
    until_started(&one);
}

Test(hop, a_result_travels_back)
{
    run_one();
    cr_assert(eq(int, respond(&peer, &one, "result"), 202));
    until_ended(&one);
    cr_assert_str_eq(data_of(&one), "result");
    assert_cause(&one, LG_CAUSE_OK);
    peer_close(&peer);
}

Test(hop, a_waiting_call_is_withdrawn)
{
    use_puppets(0, 1);
    open_pool();
    over_there(begin_one);
    over_there(withdraw_one);
    assert_cause(&one, LG_CAUSE_NEVER_STARTED);
}

static void begin_and_withdraw_one(void)
{
    begin_one();
    withdraw_one();
}

Test(hop, a_call_is_withdrawn_before_it_even_arrived)
{
    use_puppets(0, 1);
    open_pool();
    over_there(begin_and_withdraw_one);
    assert_cause(&one, LG_CAUSE_NEVER_STARTED);
    cr_assert(eq(int, one.starts, 0));
}

Test(hop, a_running_call_is_stopped_at_its_deadline)
{
    run_one();
    over_there(time_one_out);
    assert_cause(&one, LG_CAUSE_TIMEOUT);
    until_gone(first.pid);
    peer_close(&peer);
}

Test(hop, a_timeout_right_after_a_withdrawal_is_not_lost)
{
    run_one();
    over_there(cancel_one_twice);
    assert_cause(&one, LG_CAUSE_TIMEOUT);
    peer_close(&peer);
}

Test(hop, a_full_queue_is_told_as_throttled)
{
    world.function.queue = 0;
    run_one();
    over_there(begin_two);
    assert_cause(&two, LG_CAUSE_THROTTLED);
    cr_assert(eq(int, respond(&peer, &one, "1"), 202));
    assert_cause(&one, LG_CAUSE_OK);
    peer_close(&peer);
}

static void on_away_drained(void *context)
{
    (void)context;
    cr_assert(lg_loop_current() == away);
    atomic_store(&away_drained, true);
}

static void drain_there(void)
{
    world.pool->class->drain(world.pool, on_away_drained, NULL);
}

static void try_two_when_closed(void)
{
    cr_assert(eq(int, (int)try_begin(&two, "2"), LG_ERR_CLOSED));
}

static bool is_away_drained(const void *context)
{
    (void)context;
    return atomic_load(&away_drained);
}

Test(hop, a_drain_asked_for_elsewhere_is_told_there)
{
    run_one();
    over_there(drain_there);
    over_there(try_two_when_closed);
    cr_assert(eq(int, respond(&peer, &one, "1"), 202));
    assert_cause(&one, LG_CAUSE_OK);
    ask_next(&peer);
    until(is_away_drained, NULL);
    world.drained = true;
    peer_close(&peer);
}

/* --- results that their callers' loop has not heard of ---------------------------------------- */

#define LARGE (6 * 1024 * 1024)
#define LARGE_CALLS 5
#define AHEAD 3 /* as many as reach the bound of 16 MB */

static struct call large[LARGE_CALLS];
static char *large_payload;
static atomic_bool held_up, go_on;

static void begin_large(void)
{
    for (size_t i = 0; i < LARGE_CALLS; i++) {
        prepare(&large[i], large_payload);
        large[i].loop = away;
        cr_assert(eq(int, (int)start(&large[i]), LG_OK));
    }
}

static void hold_up(struct lg_letter *letter)
{
    (void)letter;
    atomic_store(&held_up, true);
    while (!atomic_load(&go_on))
        sched_yield();
}

static bool is_held_up(const void *context)
{
    (void)context;
    return atomic_load(&held_up);
}

static bool has_answered_ahead(const void *context)
{
    (void)context;
    return count_logged("REPORT RequestId") == AHEAD && state().idle == 1;
}

Test(hop, a_pool_does_not_run_ahead_of_a_loop_that_is_held_up)
{
    struct lg_letter letter = { 0 };

    large_payload = malloc(LARGE + 1);
    memset(large_payload, '1', LARGE);
    large_payload[0] = large_payload[LARGE - 1] = '"';
    large_payload[LARGE] = '\0';
    world.limits.result_bytes = LARGE;
    use_python(0, 1);
    open_pool();
    over_there(begin_large);
    lg_mailbox_post_always(world.mailboxes[1], &letter, hold_up);
    until(is_held_up, NULL);
    until(has_answered_ahead, NULL);
    until_later(100);
    cr_assert(eq(uint, count_logged("START RequestId"), AHEAD));
    atomic_store(&go_on, true);
    for (size_t i = 0; i < LARGE_CALLS; i++)
        assert_cause(&large[i], LG_CAUSE_OK);
    free(large_payload);
}

/* --- many at once, both loops busy ---------------------------------------------------------- */

#define MANY 40

static struct call many[MANY];

static void begin_many(void)
{
    for (size_t i = 0; i < MANY; i++) {
        prepare(&many[i], "{}");
        many[i].loop = away;
        cr_assert(eq(int, (int)start(&many[i]), LG_OK));
        if (i % 4 == 3)
            cancel(&many[i], LG_CANCEL_WITHDRAW);
    }
}

Test(hop, many_calls_each_end_once)
{
    unsigned ok = 0, never = 0;

    world.function.queue = MANY;
    use_python(0, 2);
    open_pool();
    over_there(begin_many);
    for (size_t i = 0; i < MANY; i++) {
        until_ended(&many[i]);
        ok += many[i].cause == LG_CAUSE_OK;
        never += many[i].cause == LG_CAUSE_NEVER_STARTED;
        finish(&many[i]);
    }
    cr_assert(eq(uint, ok + never, MANY));
    cr_assert(ok >= MANY / 4 * 3);
}
