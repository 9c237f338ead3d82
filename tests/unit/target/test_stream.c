/*
 * test_stream.c -- answers that travel while they come. Every test runs twice: with a caller on the
 * pool's own loop, and with one on another.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "elsewhere.h"
#include "target/stream.h"
#include "wire/loop.h"
#include "world.h"

TestSuite(stream, .init = begin_away, .fini = end_away, .timeout = 120);

static struct call one;
static struct puppet puppet;
static struct peer peer;
static bool is_away;

#define BOTH(name)                                                                                 \
    static void name(void);                                                                        \
    Test(stream, name##_at_home)                                                                   \
    {                                                                                              \
        name();                                                                                    \
    }                                                                                              \
    Test(stream, name##_away)                                                                      \
    {                                                                                              \
        is_away = true;                                                                            \
        name();                                                                                    \
    }                                                                                              \
    static void name(void)

/* --- the caller ------------------------------------------------------------------------------- */

static void there(void (*fn)(void))
{
    if (is_away)
        over_there(fn);
    else
        fn();
}

static void begin_it(void)
{
    prepare(&one, "{}");
    one.loop = is_away ? away : world.loop;
    one.invocation.stream = true;
    cr_assert(eq(int, (int)start(&one), LG_OK));
}

static void resume(void)
{
    world.pool->class->resume(world.pool, &one.invocation);
}

static void abandon(void)
{
    cancel(&one, LG_CANCEL_ABANDON);
}

static void withdraw_and_abandon(void)
{
    cancel(&one, LG_CANCEL_WITHDRAW);
    cancel(&one, LG_CANCEL_ABANDON);
}

static void time_out(void)
{
    cancel(&one, LG_CANCEL_TIMEOUT);
}

static bool has_head(const void *context)
{
    (void)context;
    return one.heads > 0;
}

static bool is_given(const void *size)
{
    return one.given >= *(const size_t *)size;
}

static void until_given(size_t size)
{
    until(is_given, &size);
}

static void ends_with(enum lg_cause cause, const char *error_type)
{
    until_ended(&one);
    cr_assert(eq(int, (int)one.cause, (int)cause), "%s", lg_cause_text(one.cause));
    cr_assert_str_eq(one.error_type, error_type);
}

/* --- the runtime ------------------------------------------------------------------------------ */

static void send_text(const char *text)
{
    peer_send(&peer, text, strlen(text));
}

static void chunk(const char *text)
{
    char line[256];

    snprintf(line, sizeof(line), "%zx\r\n%s\r\n", strlen(text), text);
    send_text(line);
}

/* The head of a response; its chunks follow. */
static void open_response(void)
{
    char head[512];

    snprintf(head, sizeof(head),
             "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: x\r\n"
             "Lambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\n"
             "Trailer: Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body\r\n"
             "Content-Type: text/event-stream\r\n\r\n",
             one.invocation.id);
    send_text(head);
}

/* A call that a puppet has taken. */
static void run_it(void)
{
    use_puppets(0, 1);
    open_pool();
    there(begin_it);
    puppet_ready(&puppet, &peer);
    cr_assert(eq(int, peer_answer(&peer), 200));
    until_started(&one);
}

static void begin_answer(void)
{
    run_it();
    open_response();
    until(has_head, NULL);
}

static void done(void)
{
    finish(&one);
    peer_close(&peer);
}

/* As much as the daemon takes before it stops reading; returns how much that was. */
static size_t send_until_it_blocks(void)
{
    static char block[65536 + 9];
    size_t sent = 0;
    int refusals = 0;

    memset(block, 'x', sizeof(block));
    memcpy(block, "10000\r\n", 7);
    memcpy(block + 7 + 65536, "\r\n", 2);
    /* The kernel has room for some megabytes; when nothing moves for long it is full. */
    while (refusals < 50 && sent < (size_t)256 * 1024 * 1024) {
        size_t at = sent % sizeof(block);
        ssize_t size = send(peer.fd, block + at, sizeof(block) - at, MSG_NOSIGNAL);

        if (size > 0) {
            sent += (size_t)size;
            refusals = 0;
        } else {
            cr_assert(eq(int, errno, EAGAIN));
            refusals++;
            until_later(5);
        }
    }
    return sent;
}

/* --- answers ---------------------------------------------------------------------------------- */

BOTH(the_head_comes_before_any_data)
{
    begin_answer();
    cr_assert(one.streaming && one.passed_on);
    cr_assert_str_eq(one.content_type, "text/event-stream");
    cr_assert(eq(sz, one.given, 0));
    send_text("0\r\n\r\n");
    cr_assert(eq(int, peer_answer(&peer), 202));
    ends_with(LG_CAUSE_OK, "");
    done();
}

BOTH(a_piece_comes_before_the_end_of_the_answer)
{
    begin_answer();
    chunk("first");
    until_given(5);
    cr_assert(eq(int, one.ends, 0));
    chunk("second");
    until_given(11);
    send_text("0\r\n\r\n");
    cr_assert(eq(int, peer_answer(&peer), 202));
    ends_with(LG_CAUSE_OK, "");
    cr_assert_str_eq(data_of(&one), "firstsecond");
    cr_assert_str_eq(one.document, "");
    ask_next(&peer);
    until_state(0, 1, 0, 0);
    done();
}

BOTH(an_answer_that_is_not_streamed_comes_whole)
{
    run_it();
    cr_assert(eq(int, respond(&peer, &one, "whole"), 202));
    ends_with(LG_CAUSE_OK, "");
    cr_assert_str_eq(data_of(&one), "whole");
    cr_assert_not(one.passed_on);
    done();
}

static void begin_without_stream(void)
{
    begin_it();
    one.invocation.stream = false;
}

BOTH(a_caller_that_wants_it_whole_gets_a_streamed_answer_at_its_end)
{
    use_puppets(0, 1);
    open_pool();
    there(begin_without_stream);
    puppet_ready(&puppet, &peer);
    cr_assert(eq(int, peer_answer(&peer), 200));
    open_response();
    chunk("who");
    chunk("le");
    until_later(20);
    cr_assert(eq(int, one.heads, 0));
    send_text("0\r\n\r\n");
    cr_assert(eq(int, peer_answer(&peer), 202));
    ends_with(LG_CAUSE_OK, "");
    cr_assert(one.streaming && !one.passed_on);
    cr_assert_str_eq(data_of(&one), "whole");
    done();
}

/* --- pace ------------------------------------------------------------------------------------- */

BOTH(a_caller_without_room_stops_the_worker)
{
    begin_answer();
    one.pause = true;
    chunk("first");
    until_given(5);
    size_t sent = send_until_it_blocks();
    cr_assert(lt(sz, sent, (size_t)256 * 1024 * 1024), "nothing stopped it");
    cr_assert(eq(sz, one.given, 5), "told while it had no room");
    /* What waits is bounded, whatever the kernel holds: it is all that one more load may have. */
    there(resume);
    until_given(6);
    cr_assert(le(sz, one.given, 5 + LG_STREAM_HIGH + 131072), "%zu bytes waited",
              (size_t)one.given);
    there(abandon);
    ends_with(LG_CAUSE_ABANDONED, "");
    done();
}

BOTH(an_answer_goes_on_when_there_is_room_again)
{
    begin_answer();
    one.pause = true;
    chunk("1");
    until_given(1);
    chunk("2");
    chunk("3");
    send_text("0\r\n\r\n");
    cr_assert(eq(int, peer_answer(&peer), 202));
    until_later(20);
    cr_assert(eq(sz, one.given, 1));
    cr_assert(eq(int, one.ends, 0), "the end must not overtake what waits");
    there(resume);
    ends_with(LG_CAUSE_OK, "");
    cr_assert_str_eq(data_of(&one), "123");
    done();
}

BOTH(the_end_does_not_wait_for_room_that_nothing_needs)
{
    begin_answer();
    one.pause = true;
    chunk("1");
    until_given(1);
    send_text("0\r\n\r\n");
    cr_assert(eq(int, peer_answer(&peer), 202));
    ends_with(LG_CAUSE_OK, "");
    done();
}

/* --- failures --------------------------------------------------------------------------------- */

BOTH(an_error_in_the_trailers_comes_after_the_data)
{
    begin_answer();
    chunk("half");
    send_text("0\r\nLambda-Runtime-Function-Error-Type: Function.Boom\r\n"
              "Lambda-Runtime-Function-Error-Body: eyJlcnJvck1lc3NhZ2UiOiJib29tIn0=\r\n\r\n");
    cr_assert(eq(int, peer_answer(&peer), 202));
    ends_with(LG_CAUSE_FUNCTION_ERROR, "Function.Boom");
    cr_assert_str_eq(data_of(&one), "half");
    cr_assert_str_eq(one.document, "{\"errorMessage\":\"boom\"}");
    cr_assert_not(one.function_error, "the head was told before");
    ask_next(&peer);
    until_logged("Error Type: Function.Boom");
    done();
}

BOTH(a_process_that_dies_in_the_middle_ends_the_answer)
{
    begin_answer();
    chunk("half");
    until_given(4);
    command(&puppet, "exit 3");
    ends_with(LG_CAUSE_FUNCTION_ERROR, "Runtime.ExitError");
    cr_assert(strstr(one.document, "exit status 3") != NULL);
    done();
}

BOTH(a_timeout_in_the_middle_ends_the_answer)
{
    begin_answer();
    chunk("half");
    until_given(4);
    there(time_out);
    ends_with(LG_CAUSE_TIMEOUT, "Sandbox.Timedout");
    cr_assert(strstr(one.document, "Task timed out") != NULL);
    until_gone(puppet.pid);
    done();
}

BOTH(a_timeout_ends_an_answer_that_waits_for_room_once_that_has_come)
{
    begin_answer();
    one.pause = true;
    chunk("1");
    until_given(1);
    chunk("2");
    until_later(10);
    there(time_out);
    until_gone(puppet.pid);
    one.pause = false;
    there(resume);
    ends_with(LG_CAUSE_TIMEOUT, "Sandbox.Timedout");
    cr_assert_str_eq(data_of(&one), "12");
    done();
}

BOTH(a_connection_that_ends_in_the_middle_ends_the_answer_and_the_process_serves_on)
{
    begin_answer();
    chunk("half");
    until_given(4);
    peer_close(&peer);
    ends_with(LG_CAUSE_FUNCTION_ERROR, "Runtime.TruncatedResponse");
    peer_open(&peer, puppet.port);
    ask_next(&peer);
    until_state(0, 1, 0, 0);
    done();
}

BOTH(a_process_that_asks_for_more_after_a_cut_answer_is_believed_to_live)
{
    struct peer second;

    begin_answer();
    chunk("half");
    until_given(4);
    peer_close(&peer);
    peer_open(&second, puppet.port);
    ask_next(&second);
    ends_with(LG_CAUSE_FUNCTION_ERROR, "Runtime.TruncatedResponse");
    until_state(0, 1, 0, 0);
    peer_close(&second);
    finish(&one);
}

BOTH(a_cut_answer_has_no_second_try)
{
    begin_answer();
    chunk("half");
    until_given(4);
    peer_close(&peer);
    peer_open(&peer, puppet.port);
    cr_assert(eq(int, respond(&peer, &one, "again"), 400));
    ends_with(LG_CAUSE_FUNCTION_ERROR, "Runtime.TruncatedResponse");
    cr_assert_str_eq(data_of(&one), "half");
    done();
}

BOTH(an_answer_over_the_limit_ends_and_the_process_serves_on)
{
    world.limits.stream_bytes = 8;
    begin_answer();
    chunk("12345678");
    until_given(8);
    chunk("9");
    ends_with(LG_CAUSE_TOO_LARGE, "Function.ResponseSizeTooLarge");
    cr_assert_str_eq(data_of(&one), "12345678");
    cr_assert(strstr(one.document, "(8 bytes)") != NULL);
    cr_assert(eq(int, peer_answer(&peer), 413));
    peer_close(&peer); /* how much would follow is not known, so that the connection ends */
    peer_open(&peer, puppet.port);
    ask_next(&peer);
    until_state(0, 1, 0, 0);
    done();
}

/* --- callers that leave ----------------------------------------------------------------------- */

BOTH(a_caller_that_leaves_cuts_the_answer_and_the_process_serves_on)
{
    begin_answer();
    chunk("half");
    until_given(4);
    there(abandon);
    ends_with(LG_CAUSE_ABANDONED, "");
    until_cut(&peer);
    peer_close(&peer);
    peer_open(&peer, puppet.port);
    ask_next(&peer);
    until_state(0, 1, 0, 0);
    until_logged("REPORT RequestId");
    done();
}

BOTH(a_caller_that_leaves_takes_no_answer_that_begins_later)
{
    run_it();
    there(abandon);
    until_later(10);
    cr_assert(eq(int, one.ends, 0), "the function runs on");
    open_response();
    until_cut(&peer);
    ends_with(LG_CAUSE_ABANDONED, "");
    cr_assert(eq(int, one.heads, 0));
    done();
}

BOTH(a_function_that_nobody_waits_for_may_still_answer_whole)
{
    run_it();
    there(abandon);
    cr_assert(eq(int, respond(&peer, &one, "whole"), 202));
    ends_with(LG_CAUSE_OK, "");
    cr_assert(eq(int, one.heads, 0));
    done();
}

BOTH(a_call_that_waits_is_withdrawn_when_its_caller_leaves)
{
    use_puppets(0, 1);
    open_pool();
    there(begin_it);
    there(abandon);
    ends_with(LG_CAUSE_NEVER_STARTED, "");
    finish(&one);
}

BOTH(a_caller_may_leave_while_it_withdraws)
{
    run_it();
    there(withdraw_and_abandon);
    open_response();
    ends_with(LG_CAUSE_ABANDONED, "");
    done();
}

BOTH(a_caller_may_leave_while_the_end_waits_for_its_room)
{
    begin_answer();
    one.pause = true;
    chunk("1");
    until_given(1);
    chunk("2");
    send_text("0\r\n\r\n");
    cr_assert(eq(int, peer_answer(&peer), 202));
    there(abandon);
    ends_with(LG_CAUSE_OK, "");
    cr_assert(eq(sz, one.given, 1));
    done();
}
