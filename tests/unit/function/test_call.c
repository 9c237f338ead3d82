/*
 * test_call.c -- a call's two timers and its one end, with a target that does what the test says.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "function/function.h"
#include "function/slots.h"
#include "wire/loop.h"

/* A target that keeps the invocation until the test decides. */
struct puppet {
    struct lg_target target;
    enum lg_err answer; /* of start() */
    struct lg_invocation *held;
    struct lg_task end_task;
    enum lg_cause cause;
    unsigned starts, withdrawn, timed_out, abandoned, resumed;
    bool freed;
};

static struct lg_loop *loop;
static struct puppet puppet;
static struct lg_config_function config;
static struct lg_function *function;

static struct {
    unsigned count;
    enum lg_cause cause;
    char result[64];
    char reason[64];
    bool passed_on;
    unsigned heads;
    char streamed[64];
} seen;

static enum lg_err start(struct lg_target *target, struct lg_invocation *invocation)
{
    (void)target;
    puppet.starts++;
    if (puppet.answer != LG_OK)
        return puppet.answer;
    puppet.held = invocation;
    return LG_OK;
}

static void end_now(struct lg_task *task)
{
    struct lg_invocation *invocation = puppet.held;
    const struct lg_invocation_end end = { .cause = puppet.cause };

    (void)task;
    puppet.held = NULL;
    invocation->events->on_end(invocation->owner, &end);
}

static void end_with(enum lg_cause cause)
{
    puppet.cause = cause;
    lg_task_queue(loop, &puppet.end_task, end_now);
}

static void cancel(struct lg_target *target, struct lg_invocation *invocation, enum lg_cancel why)
{
    (void)target;
    cr_assert(eq(ptr, invocation, puppet.held), "only what runs can be cancelled");
    if (why == LG_CANCEL_TIMEOUT) {
        puppet.timed_out++;
        end_with(LG_CAUSE_TIMEOUT);
    } else if (why == LG_CANCEL_ABANDON) {
        puppet.abandoned++;
        end_with(LG_CAUSE_ABANDONED);
    } else {
        puppet.withdrawn++;
        end_with(LG_CAUSE_NEVER_STARTED);
    }
}

static void resume(struct lg_target *target, struct lg_invocation *invocation)
{
    (void)target;
    cr_assert(eq(ptr, invocation, puppet.held), "only what runs can go on");
    puppet.resumed++;
}

static void free_puppet(struct lg_target *target)
{
    (void)target;
    puppet.freed = true;
}

static const struct lg_function_env env = { "123456789012", "eu-west-1" };

static const struct lg_target_class puppet_class = {
    .name = "puppet", .start = start, .cancel = cancel, .resume = resume, .free = free_puppet
};

static void set_up(void)
{
    config = (struct lg_config_function){
        .name = "demo",
        .timeout_ms = 40,
        .queue_wait_ms = 20,
        .memory_mb = 128,
        .concurrency = -1,
    };

    loop = lg_loop_new(0);
    memset(&puppet, 0, sizeof(puppet));
    memset(&seen, 0, sizeof(seen));
    puppet.target.class = &puppet_class;
    function = lg_function_new(&env, &config, &puppet.target, NULL);
}

static void tear_down(void)
{
    lg_function_unref(function);
    cr_assert(puppet.freed, "the last reference frees the target");
    lg_loop_free(loop);
}

TestSuite(call, .init = set_up, .fini = tear_down, .timeout = 20);

static void on_end(void *owner, const struct lg_call_end *end)
{
    cr_assert(eq(ptr, owner, &seen));
    seen.count++;
    seen.cause = end->cause;
    seen.passed_on = end->passed_on;
    (void)snprintf(seen.result, sizeof(seen.result), "%.*s", LG_STR_ARG(end->result));
    (void)snprintf(seen.reason, sizeof(seen.reason), "%s", end->reason == NULL ? "" : end->reason);
    lg_loop_stop(loop);
}

static struct lg_call *call;
static size_t ceiling = 16;
static const struct lg_call_stream *stream; /* NULL: the caller takes it whole */

/* Begins a call on the loop, then goes on with `then`. */
static void (*then)(void);

static void begin(struct lg_task *task)
{
    const struct lg_call_options options = { .payload = LG_STR("{}"),
                                             .request_id = "r-1",
                                             .qualifier = "PROD",
                                             .stream = stream,
                                             .result_ceiling = (int64_t)ceiling };

    (void)task;
    call = lg_function_call(function, &options, on_end, &seen);
    cr_assert(eq(u32, seen.count, 0), "the end never comes before the call returned");
    if (then != NULL)
        then();
}

static void run(void (*what)(void))
{
    struct lg_task task = { 0 };

    then = what;
    lg_task_queue(loop, &task, begin);
    lg_loop_run(loop);
    cr_assert(eq(u32, seen.count, 1), "every call has exactly one end");
}

static void tell(const char *data)
{
    static const struct lg_invocation_head head = { .content_type = { "application/json", 16 } };
    const struct lg_invocation_events *events = puppet.held->events;

    events->on_start(puppet.held->owner);
    cr_assert(lg_call_started(call));
    events->on_head(puppet.held->owner, &head);
    (void)events->on_data(puppet.held->owner, data, strlen(data));
}

static void answer_in_time(void)
{
    tell("[1,2]");
    end_with(LG_CAUSE_OK);
}

Test(call, a_result_reaches_the_caller)
{
    run(answer_in_time);
    cr_assert(eq(int, seen.cause, LG_CAUSE_OK));
    cr_assert(eq(str, seen.result, (char *)"[1,2]"));
}

static void look_at_invocation(void)
{
    cr_assert(eq(sz, strlen(puppet.held->id), 36));
    cr_assert(eq(str, (char *)puppet.held->id, (char *)lg_call_id(call)));
    cr_assert(eq(str, (char *)puppet.held->arn,
                 (char *)"arn:aws:lambda:eu-west-1:123456789012:function:demo:PROD"));
    cr_assert(eq(str, (char *)puppet.held->request_id, (char *)"r-1"));
    cr_assert(eq(i64, puppet.held->timeout_ms, 40));
    cr_assert(eq(u32, puppet.held->attempt, 1));
    answer_in_time();
}

Test(call, the_target_is_told_who_what_and_how_long)
{
    run(look_at_invocation);
}

static void fail_with_document(void)
{
    static const struct lg_invocation_head head = { .function_error = true };

    puppet.held->events->on_start(puppet.held->owner);
    puppet.held->events->on_head(puppet.held->owner, &head);
    (void)puppet.held->events->on_data(puppet.held->owner, "{}", 2);
    end_with(LG_CAUSE_OK);
}

Test(call, an_error_document_is_a_function_error_whatever_the_target_calls_it)
{
    run(fail_with_document);
    cr_assert(eq(int, seen.cause, LG_CAUSE_FUNCTION_ERROR));
    cr_assert(eq(str, seen.result, (char *)"{}"));
}

static void answer_at_ceiling(void)
{
    tell("0123456789abcdef");
    end_with(LG_CAUSE_OK);
}

static void answer_over_ceiling(void)
{
    tell("0123456789abcdefg");
    end_with(LG_CAUSE_OK);
}

Test(call, a_result_of_the_largest_size_passes)
{
    run(answer_at_ceiling);
    cr_assert(eq(int, seen.cause, LG_CAUSE_OK));
}

Test(call, a_byte_more_is_too_large)
{
    run(answer_over_ceiling);
    cr_assert(eq(int, seen.cause, LG_CAUSE_TOO_LARGE));
}

Test(call, what_no_worker_takes_within_queue_wait_is_throttled)
{
    run(NULL);
    cr_assert(eq(int, seen.cause, LG_CAUSE_THROTTLED));
    cr_assert(eq(u32, puppet.withdrawn, 1));
    cr_assert(eq(u32, puppet.timed_out, 0));
}

static void start_and_hang(void)
{
    puppet.held->events->on_start(puppet.held->owner);
}

Test(call, what_runs_longer_than_its_timeout_is_stopped)
{
    run(start_and_hang);
    cr_assert(eq(int, seen.cause, LG_CAUSE_TIMEOUT));
    cr_assert(eq(u32, puppet.timed_out, 1));
    cr_assert(eq(u32, puppet.withdrawn, 0), "queue_wait ends when a worker takes the call");
}

Test(call, a_full_queue_throttles)
{
    puppet.answer = LG_ERR_FULL;
    run(NULL);
    cr_assert(eq(int, seen.cause, LG_CAUSE_THROTTLED));
    cr_assert(eq(u32, puppet.starts, 1), "a refusal is not tried again");
}

Test(call, a_target_that_closes_never_started_it)
{
    puppet.answer = LG_ERR_CLOSED;
    run(NULL);
    cr_assert(eq(int, seen.cause, LG_CAUSE_NEVER_STARTED));
}

static void withdraw(void)
{
    lg_call_withdraw(call);
}

Test(call, a_caller_that_leaves_ends_a_call_that_waits)
{
    run(withdraw);
    cr_assert(eq(int, seen.cause, LG_CAUSE_NEVER_STARTED));
    cr_assert(eq(u32, puppet.withdrawn, 1));
}

static void withdraw_after_start(void)
{
    tell("late");
    lg_call_withdraw(call);
    cr_assert(eq(u32, puppet.withdrawn, 0));
    end_with(LG_CAUSE_OK);
}

Test(call, a_caller_that_leaves_does_not_end_a_call_that_runs)
{
    run(withdraw_after_start);
    cr_assert(eq(int, seen.cause, LG_CAUSE_OK));
}

Test(call, a_function_is_kept_by_its_calls)
{
    run(answer_in_time);
    cr_assert(eq(u32, lg_function_references(function), 1), "the call gave its reference back");
}

/* The same function with another limit, as a reload makes it. */
static void change_concurrency(int64_t limit)
{
    struct lg_function *old = function;

    config.concurrency = limit;
    function = lg_function_new(&env, &config, &puppet.target, lg_function_slots(old));
    lg_function_unref(old);
    puppet.freed = false;
}

Test(call, above_its_concurrency_a_function_is_throttled_and_the_target_not_asked)
{
    change_concurrency(1);
    cr_assert(lg_slots_take(lg_function_slots(function), 1));
    run(NULL);
    cr_assert(eq(int, seen.cause, LG_CAUSE_THROTTLED));
    cr_assert(eq(str, seen.reason, (char *)"the function's concurrency reached"));
    cr_assert(eq(u32, puppet.starts, 0));
    cr_assert(eq(i64, lg_slots_taken(lg_function_slots(function)), 1), "it took none");
    lg_slots_give(lg_function_slots(function));
}

Test(call, a_call_gives_its_place_back_when_it_ends)
{
    change_concurrency(1);
    run(answer_in_time);
    cr_assert(eq(int, seen.cause, LG_CAUSE_OK));
    cr_assert(eq(i64, lg_slots_taken(lg_function_slots(function)), 0));
}

Test(call, one_that_the_target_refused_gives_its_place_back_too)
{
    change_concurrency(1);
    puppet.answer = LG_ERR_FULL;
    run(NULL);
    cr_assert(eq(int, seen.cause, LG_CAUSE_THROTTLED));
    cr_assert(eq(i64, lg_slots_taken(lg_function_slots(function)), 0));
}

Test(call, with_a_concurrency_of_0_nothing_runs)
{
    change_concurrency(0);
    run(NULL);
    cr_assert(eq(int, seen.cause, LG_CAUSE_THROTTLED));
    cr_assert(eq(u32, puppet.starts, 0));
}

/* --- answers that are passed on -----------------------------------------------------------------
 */

static void on_stream_head(void *owner, const struct lg_invocation_head *head)
{
    cr_assert(eq(ptr, owner, &seen));
    cr_assert(lg_str_is(head->content_type, "text/plain"));
    cr_assert(head->streaming);
    seen.heads++;
}

static enum lg_flow on_stream_data(void *owner, const void *data, size_t size)
{
    cr_assert(eq(ptr, owner, &seen));
    cr_assert(eq(u32, seen.heads, 1), "the head comes first");
    (void)strncat(seen.streamed, data, size);
    return LG_FLOW_PAUSE;
}

static const struct lg_call_stream taker = { on_stream_head, on_stream_data };

static void tell_stream(const char *data)
{
    static const struct lg_invocation_head head = { .content_type = { "text/plain", 10 },
                                                    .streaming = true,
                                                    .passed_on = true };
    const struct lg_invocation_events *events = puppet.held->events;

    cr_assert(puppet.held->stream, "the target is told that the caller takes it so");
    events->on_start(puppet.held->owner);
    events->on_head(puppet.held->owner, &head);
    cr_assert(eq(int, events->on_data(puppet.held->owner, data, strlen(data)), LG_FLOW_PAUSE));
}

/* More than the ceiling of results, which is none of a stream. */
static void stream_to_the_end(void)
{
    tell_stream("0123456789abcdef and more");
    lg_call_resume(call);
    lg_call_resume(call);
    end_with(LG_CAUSE_OK);
}

Test(call, an_answer_that_is_passed_on_goes_to_the_taker_and_is_no_result)
{
    stream = &taker;
    run(stream_to_the_end);
    cr_assert(eq(int, seen.cause, LG_CAUSE_OK));
    cr_assert(seen.passed_on);
    cr_assert(eq(str, seen.streamed, (char *)"0123456789abcdef and more"));
    cr_assert(eq(str, seen.result, (char *)""));
    cr_assert(eq(u32, puppet.resumed, 2), "whoever makes room tells the target");
}

static void stream_and_fail(void)
{
    tell_stream("begun");
    end_with(LG_CAUSE_FUNCTION_ERROR);
}

Test(call, an_answer_that_fails_after_it_was_passed_on_says_so)
{
    stream = &taker;
    run(stream_and_fail);
    cr_assert(eq(int, seen.cause, LG_CAUSE_FUNCTION_ERROR));
    cr_assert(seen.passed_on);
    cr_assert(eq(str, seen.streamed, (char *)"begun"));
}

Test(call, an_answer_that_is_not_passed_on_is_a_result_of_a_taker_too)
{
    stream = &taker;
    run(answer_in_time);
    cr_assert(not(seen.passed_on));
    cr_assert(eq(str, seen.result, (char *)"[1,2]"));
    cr_assert(eq(u32, seen.heads, 0));
}

static void stream_and_leave(void)
{
    tell_stream("begun");
    lg_call_withdraw(call);
}

Test(call, a_taker_that_leaves_abandons_the_call_also_while_it_runs)
{
    stream = &taker;
    run(stream_and_leave);
    cr_assert(eq(int, seen.cause, LG_CAUSE_ABANDONED));
    cr_assert(eq(u32, puppet.abandoned, 1));
    cr_assert(eq(u32, puppet.withdrawn, 0));
}
