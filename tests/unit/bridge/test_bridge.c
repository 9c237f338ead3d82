/* test_bridge.c -- calls between a queue and a target: taken, run or not, answered once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "world.h"

TestSuite(bridge, .init = world_init, .fini = world_done, .timeout = 60);

#define FAR (redis_now_ms() + 60000)
#define SOON (redis_now_ms() + 2000) /* enough to begin, however slow all is */

static bool one_held(void)
{
    return world.held_count == 1;
}

static bool two_held(void)
{
    return world.held_count == 2;
}

static bool one_replied(void)
{
    return redis_replies() == 1;
}

static bool two_replied(void)
{
    return redis_replies() == 2;
}

static bool one_refused(void)
{
    return redis_refusals() >= 1;
}

static struct lg_bridge_counts counts(void)
{
    struct lg_bridge_counts found;

    lg_bridge_counts(world.bridge, &found);
    return found;
}

/* The line of a reply without the worker's name, and its body. */
static void expect_reply(size_t index, const char *id, const char *status, const char *body)
{
    const char *reply = redis_reply(index), *end = strchr(reply, '\n');
    char begins[256];

    (void)snprintf(begins, sizeof(begins), "{\"id\":\"%s\",\"status\":\"%s\",\"worker\":\"", id,
                   status);
    cr_assert_not_null(end, "%s", reply);
    cr_expect_eq(strncmp(reply, begins, strlen(begins)), 0, "expected %s, found %s", begins, reply);
    if (body != NULL)
        cr_expect_str_eq(end + 1, body);
}

/* --- calls ------------------------------------------------------------------------------------ */

Test(bridge, a_call_is_run_and_its_result_pushed)
{
    redis_queue("a", FAR, ",\"timeout_ms\":700", "[1]");
    world_open();
    world_until(one_held, "the call");
    cr_expect(lg_str_is(world.held[0]->payload, "[1]"));
    cr_expect_str_eq(world.held[0]->id, "a");
    cr_expect_str_eq(world.held[0]->arn, "arn:f");
    cr_expect_eq(world.held[0]->timeout_ms, 700);
    target_start(0);
    target_answer(0, false, "{\"b\":2}", LG_CAUSE_OK);
    world_until(one_replied, "the reply");
    expect_reply(0, "a", "ok", "{\"b\":2}");
    world_rest();
    cr_expect_eq(counts().taken, 1);
    cr_expect_eq(counts().answered, 1);
}

Test(bridge, a_call_that_names_no_timeout_has_that_of_the_function)
{
    redis_queue("a", FAR, "", "");
    world_open();
    world_until(one_held, "the call");
    cr_expect_eq(world.held[0]->timeout_ms, 3000);
    target_answer(0, false, "1", LG_CAUSE_OK);
}

Test(bridge, an_error_document_is_an_error)
{
    redis_queue("a", FAR, "", "");
    world_open();
    world_until(one_held, "the call");
    target_answer(0, true, "{\"errorType\":\"E\"}", LG_CAUSE_FUNCTION_ERROR);
    world_until(one_replied, "the reply");
    expect_reply(0, "a", "error", "{\"errorType\":\"E\"}");
}

Test(bridge, a_failure_without_a_document_gets_one)
{
    redis_queue("a", FAR, "", "");
    world_open();
    world_until(one_held, "the call");
    target_answer(0, false, NULL, LG_CAUSE_FUNCTION_ERROR);
    world_until(one_replied, "the reply");
    expect_reply(0, "a", "error", NULL);
    cr_expect_not_null(strstr(redis_reply(0), "\n{\"errorType\":\"Runtime.Unknown\""), "%s",
                       redis_reply(0));
}

Test(bridge, a_result_over_the_limit_is_an_error_that_says_so)
{
    world.env.result_bytes = 8;
    redis_queue("a", FAR, "", "");
    redis_queue("b", FAR, "", "");
    world_open();
    world_until(two_held, "the calls");
    target_answer(0, false, "\"345678\"", LG_CAUSE_OK);
    target_answer(1, false, "\"3456789\"", LG_CAUSE_OK);
    world_until(two_replied, "the replies");
    expect_reply(0, "a", "ok", "\"345678\"");
    expect_reply(1, "b", "error", NULL);
    cr_expect_not_null(strstr(redis_reply(1), "Function.ResponseSizeTooLarge"));
}

Test(bridge, a_receipt_goes_out_when_the_call_starts)
{
    redis_queue("a", FAR, ",\"start\":true", "");
    world_open();
    world_until(one_held, "the call");
    cr_expect_eq(redis_replies(), 0);
    target_start(0);
    world_until(one_replied, "the receipt");
    expect_reply(0, "a", "start", "");
    target_answer(0, false, "1", LG_CAUSE_OK);
    world_until(two_replied, "the reply");
    expect_reply(1, "a", "ok", "1");
}

Test(bridge, nobody_hears_of_a_call_whose_end_nobody_knows)
{
    redis_queue("a", FAR, "", "");
    redis_queue("b", FAR, "", "");
    world_open();
    world_until(two_held, "the calls");
    target_answer(0, false, NULL, LG_CAUSE_UNKNOWN);
    target_answer(1, false, "1", LG_CAUSE_OK);
    world_until(one_replied, "the other reply");
    expect_reply(0, "b", "ok", "1");
    world_rest();
    cr_expect_eq(redis_replies(), 1);
    cr_expect_eq(counts().dropped, 1);
}

Test(bridge, what_is_no_request_is_dropped_and_counted)
{
    redis_queue_text("nonsense");
    redis_queue_text("{\"v\":1,\"id\":\"a\",\"fn\":\"f\",\"reply\":\"lg:q:{f}\"}\n");
    redis_queue("b", FAR, "", "");
    world_open();
    world_until(one_held, "the good one");
    cr_expect_str_eq(world.held[0]->id, "b");
    target_answer(0, false, "1", LG_CAUSE_OK);
    world_until(one_replied, "the reply");
    cr_expect_eq(counts().refused, 2);
    cr_expect_eq(counts().taken, 1);
}

/* --- time ------------------------------------------------------------------------------------- */

Test(bridge, a_deadline_is_by_the_clock_of_redis_which_is_ahead)
{
    redis_set_clock(3600 * 1000);
    redis_queue("a", redis_now_ms() - 1000, "", ""); /* nearly an hour away by ours */
    redis_queue("b", redis_now_ms() + 60000, "", "");
    world_open();
    world_until(one_replied, "the reply");
    expect_reply(0, "a", "expired", "");
    world_until(one_held, "the other call");
    cr_expect_str_eq(world.held[0]->id, "b");
    cr_expect_eq(counts().expired, 1);
    target_answer(0, false, "1", LG_CAUSE_OK);
}

Test(bridge, a_deadline_is_by_the_clock_of_redis_which_is_behind)
{
    redis_set_clock(-3600 * 1000);
    redis_queue("a", redis_now_ms() + 60000, "", ""); /* nearly an hour ago by ours */
    world_open();
    world_until(one_held, "the call");
    target_answer(0, false, "1", LG_CAUSE_OK);
    world_until(one_replied, "the reply");
    expect_reply(0, "a", "ok", "1");
}

Test(bridge, what_could_not_be_started_in_time_is_expired)
{
    redis_queue("a", SOON, "", "");
    world_open();
    world_until(one_held, "the call");
    world_until(one_replied, "the reply");
    cr_expect_eq(world.cancelled[0], LG_CANCEL_WITHDRAW);
    expect_reply(0, "a", "expired", "");
}

Test(bridge, what_runs_beyond_its_timeout_is_stopped)
{
    redis_queue("a", FAR, ",\"timeout_ms\":50", "");
    world_open();
    world_until(one_held, "the call");
    target_start(0);
    world_until(one_replied, "the reply");
    cr_expect_eq(world.cancelled[0], LG_CANCEL_TIMEOUT);
    expect_reply(0, "a", "error", NULL);
    cr_expect_not_null(strstr(redis_reply(0), "Sandbox.Timedout"));
}

Test(bridge, what_runs_beyond_its_deadline_is_stopped)
{
    redis_queue("a", SOON, ",\"timeout_ms\":50000", "");
    world_open();
    world_until(one_held, "the call");
    target_start(0);
    world_until(one_replied, "the reply");
    cr_expect_eq(world.cancelled[0], LG_CANCEL_TIMEOUT);
}

Test(bridge, what_the_target_has_no_room_for_is_expired)
{
    world.start_answers = LG_ERR_FULL;
    redis_queue("a", FAR, "", "");
    world_open();
    world_until(one_replied, "the reply");
    expect_reply(0, "a", "expired", "");
}

/* --- what is taken ---------------------------------------------------------------------------- */

Test(bridge, no_more_is_taken_than_may_run)
{
    for (int i = 0; i < 3; i++)
        redis_queue("a", FAR, "", "");
    world_open();
    world_until(two_held, "two calls");
    world_rest();
    cr_expect_eq(world.held_count, 2);
    cr_expect_eq(redis_waiting(), 1);
    target_answer(0, false, "1", LG_CAUSE_OK);
    target_answer(1, false, "1", LG_CAUSE_OK);
    world_until(two_replied, "the replies");
    world_rest();
    cr_expect_eq(world.held_count, 3);
    target_answer(2, false, "1", LG_CAUSE_OK);
}

Test(bridge, a_call_counts_until_redis_has_its_reply)
{
    world.env.concurrency = 1;
    redis_refuse(true);
    redis_queue("a", FAR, "", "");
    redis_queue("b", FAR, "", "");
    world_open();
    world_until(one_held, "the first call");
    target_answer(0, false, "1", LG_CAUSE_OK);
    world_until(one_refused, "a refusal");
    world_rest();
    cr_expect_eq(redis_waiting(), 1);
    redis_refuse(false);
    world_until(two_held, "the second call");
    expect_reply(0, "a", "ok", "1");
    target_answer(1, false, "2", LG_CAUSE_OK);
    world_until(two_replied, "its reply");
}

Test(bridge, queues_are_asked_for_in_the_order_of_priority)
{
    redis_queue("a", FAR, "", "");
    world_open();
    world_until(one_held, "the call");
    cr_expect_not_null(redis_heard("BLPOP lg:q:{f}:hi lg:q:{f} lg:q:{f}:lo 2"));
    target_answer(0, false, "1", LG_CAUSE_OK);
}

/* --- replies that are not taken --------------------------------------------------------------- */

Test(bridge, a_reply_that_may_be_lost_is_pushed_again)
{
    redis_queue("a", FAR, "", "");
    world_open();
    world_until(one_held, "the call");
    redis_cut_next_push();
    target_answer(0, false, "1", LG_CAUSE_OK);
    world_until(one_replied, "the reply");
    expect_reply(0, "a", "ok", "1");
    cr_expect_eq(world.held_count, 1); /* it was not run again */
}

static bool one_dropped(void)
{
    return counts().dropped == 1;
}

Test(bridge, a_reply_that_redis_does_not_take_is_dropped_some_time_after_the_deadline)
{
    world.env.grace_ms = 100;
    world.env.concurrency = 1;
    redis_refuse(true);
    redis_queue("a", SOON, "", "");
    redis_queue("b", FAR, "", "");
    world_open();
    world_until(one_held, "the call");
    target_answer(0, false, "1", LG_CAUSE_OK);
    world_until(one_refused, "a refusal");
    world_until(one_dropped, "the end of the patience");
    redis_refuse(false);
    world_until(two_held, "the next call"); /* and its place is free again */
    target_answer(1, false, "2", LG_CAUSE_OK);
    world_until(one_replied, "its reply");
    expect_reply(0, "b", "ok", "2");
}

static int64_t given_up_ms;

static bool is_given_up(void)
{
    return redis_now_ms() > given_up_ms + 50;
}

Test(bridge, a_reply_that_redis_takes_at_last_is_not_counted_as_dropped)
{
    int64_t deadline = SOON;

    world.env.grace_ms = 100;
    redis_queue("a", deadline, "", "");
    world_open();
    world_until(one_held, "the call");
    redis_stand_still(true);
    world_rest(); /* it stands */
    target_answer(0, false, "1", LG_CAUSE_OK);
    given_up_ms = deadline + world.env.grace_ms;
    world_until(is_given_up, "the end of the patience");
    redis_stand_still(false);
    world_until(one_replied, "the reply");
    world_rest();
    cr_expect_eq(counts().answered, 1);
    cr_expect_eq(counts().dropped, 0);
}

/* --- presence and the end --------------------------------------------------------------------- */

static bool is_announced(void)
{
    return redis_heard("ZADD lg:w:{f} ") != NULL;
}

Test(bridge, it_says_that_it_is_there_by_the_clock_of_redis)
{
    const char *command;
    long long seconds;

    redis_set_clock(3600 * 1000);
    world_open();
    world_until(is_announced, "its presence");
    command = redis_heard("ZADD lg:w:{f} ");
    seconds = strtoll(command + strlen("ZADD lg:w:{f} "), NULL, 10);
    cr_expect_leq(llabs(redis_now_ms() / 1000 - seconds), 60, "%s", command);
    cr_expect_not_null(strchr(command + strlen("ZADD lg:w:{f} "), ':'), "%s", command);
    cr_expect_eq(redis_count("ZREM"), 0);
}

static bool is_drained(void)
{
    return world.drained;
}

Test(bridge, it_ends_after_the_last_reply_and_takes_nothing_more)
{
    redis_queue("a", FAR, "", "");
    world_open();
    world_until(one_held, "the call");
    target_answer(0, false, "1", LG_CAUSE_OK);
    redis_refuse(true);
    world_drain();
    world_until(one_refused, "a refusal");
    world_rest();
    cr_expect(!world.drained);
    redis_refuse(false);
    redis_queue("b", FAR, "", "");
    world_until(is_drained, "the end");
    cr_expect_eq(redis_replies(), 1);
    cr_expect_eq(redis_waiting(), 1);
    cr_expect_not_null(redis_heard("ZREM lg:w:{f} "));
}
