/* test_h1_answer.c -- our own engine over real sockets: what answers look like, whole or in pieces.
 */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stand.h"

#define GET "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"

TestSuite(h1_answer, .init = stand_begin, .fini = stand_end, .timeout = 60);

/* What follows the head of the only answer. */
static const char *body(void)
{
    return strstr(stand.received, "\r\n\r\n") + 4;
}

static bool says(const char *line)
{
    const char *found = strstr(stand.received, line);

    return found != NULL && found < body();
}

static int status;

static void answer_status(struct lg_exchange *exchange)
{
    const struct lg_answer answer = { .status = status };

    lg_exchange_answer(exchange, &answer, LG_STR(""));
}

Test(h1_answer, head_has_a_length_and_no_body)
{
    stand.on_request = stand_hello;
    stand_say("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n" GET);
    stand_until_events("<HEAD /a 0><sent><GET /a 0><sent>");
    stand_until_heard("hello");
    cr_assert(says("Content-Length: 5\r\n"));
    cr_assert(strncmp(body(), "HTTP/1.1 200", 12) == 0);
}

Test(h1_answer, without_content_there_is_no_length)
{
    stand.on_request = answer_status;
    status = 204;
    stand_say(GET);
    stand_until_heard("\r\n\r\n");
    cr_assert(says("HTTP/1.1 204 No Content\r\n"));
    cr_assert(not(says("Content-Length")));
    stand_until_events("<GET /a 0><sent>");
    status = 200;
    stand_say(GET);
    stand_until_heard("Content-Length: 0\r\n\r\n");
}

Test(h1_answer, a_status_that_nobody_knows_has_no_words)
{
    stand.on_request = answer_status;
    status = 299;
    stand_say(GET);
    stand_until_heard("HTTP/1.1 299 \r\n");
}

static void answer_oddly(struct lg_exchange *exchange)
{
    static const struct lg_header headers[] = {
        { { "Content-Length", 14 }, { "99", 2 } },
        { { "transfer-encoding", 17 }, { "chunked", 7 } },
        { { "connection", 10 }, { "upgrade", 7 } },
        { { "Date", 4 }, { "yesterday", 9 } },
        { { "keep-alive", 10 }, { "timeout=5", 9 } },
        { { "Upgrade", 7 }, { "h2c", 3 } },
        { { "Trailer", 7 }, { "x", 1 } },
        { { "a b", 3 }, { "c", 1 } },
        { { "split", 5 }, { "x\r\nSet-Cookie: y", 16 } },
        { { "good", 4 }, { "yes", 3 } },
    };
    const struct lg_answer answer = { .status = 200,
                                      .headers = headers,
                                      .header_count = sizeof(headers) / sizeof(headers[0]) };

    lg_exchange_answer(exchange, &answer, LG_STR("x"));
}

Test(h1_answer, headers_that_are_ours_or_cannot_be_sent_are_left_out)
{
    stand.on_request = answer_oddly;
    stand_say(GET);
    stand_until_heard("good: yes\r\nContent-Length: 1\r\n\r\nx");
    cr_assert(not(says("99")));
    cr_assert(not(says("chunked")));
    cr_assert(not(says("upgrade")));
    cr_assert(not(says("yesterday")));
    cr_assert(not(says("timeout")));
    cr_assert(not(says("h2c")));
    cr_assert(not(says("a b")));
    cr_assert(not(says("Set-Cookie")));
    cr_assert(not(says("railer")));
}

static void answer_large(struct lg_exchange *exchange)
{
    static char large[900000];
    const struct lg_answer answer = { .status = 200 };

    memset(large, 'l', sizeof(large));
    lg_exchange_answer(exchange, &answer, lg_str_make(large, sizeof(large)));
}

static bool has_large(void)
{
    stand_receive();
    return stand.received_size > 900000;
}

Test(h1_answer, a_large_answer_comes_whole)
{
    stand.on_request = answer_large;
    stand_say(GET);
    stand_until(has_large, "the large answer");
    cr_assert(eq(sz, strspn(body(), "l"), 900000));
    stand_until_events("<GET /a 0><sent>");
    cr_assert(eq(u64, stand.sent, 900000));
}

/* --- piece by piece --- */

static void say(const char *text)
{
    (void)lg_exchange_answer_data(stand.exchange, text, strlen(text));
}

Test(h1_answer, pieces_reach_the_client_as_they_come)
{
    stand.on_request = stand_start;
    stand_say(GET);
    stand_until_events("<GET /a 0>");
    say("hello");
    stand_until_heard("\r\n\r\n5\r\nhello\r\n");
    cr_assert(says("Transfer-Encoding: chunked\r\n"));
    say("");
    say(" world");
    lg_exchange_answer_end(stand.exchange);
    stand_until_heard("\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
    stand_until_events("<GET /a 0><sent>");
    cr_assert(eq(u64, stand.sent, 11));
    stand.on_request = stand_hello;
    stand_say(GET);
    stand_until_events("<GET /a 0><sent><GET /a 0><sent>");
}

Test(h1_answer, a_head_comes_before_its_first_piece)
{
    stand.on_request = stand_start;
    stand_say(GET);
    stand_until_heard("chunked\r\n\r\n");
}

static void start_known(struct lg_exchange *exchange)
{
    const struct lg_answer answer = { .status = 200 };

    lg_exchange_answer_start(exchange, &answer, 5);
}

Test(h1_answer, a_known_length_is_told)
{
    stand.on_request = start_known;
    stand_say(GET);
    stand_until_events("<GET /a 0>");
    say("hel");
    say("lo");
    lg_exchange_answer_end(stand.exchange);
    stand_until_events("<GET /a 0><sent>");
    stand_until_heard("Content-Length: 5\r\n\r\nhello");
}

Test(h1_answer, less_than_the_known_length_is_a_cut)
{
    stand.on_request = start_known;
    stand_say(GET);
    stand_until_events("<GET /a 0>");
    say("hel");
    lg_exchange_answer_end(stand.exchange);
    stand_until_events("<GET /a 0><aborted>");
    stand_until_ended();
}

Test(h1_answer, pieces_to_http_1_0_end_with_the_connection)
{
    stand.on_request = stand_start;
    stand_say("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    stand_until_events("<GET /a 0>");
    say("hello");
    lg_exchange_answer_end(stand.exchange);
    stand_until_ended();
    cr_assert(says("Connection: close\r\n"));
    cr_assert(not(says("chunked")));
    cr_assert(strcmp(body(), "hello") == 0);
    cr_assert(not(stand.reset));
}

Test(h1_answer, a_cut_answer_to_http_1_0_is_reset)
{
    stand.on_request = stand_start;
    stand_say("GET /a HTTP/1.0\r\n\r\n");
    stand_until_events("<GET /a 0>");
    say("hello");
    stand_until_heard("hello");
    lg_exchange_abort(stand.exchange);
    stand_until_ended();
    cr_assert(stand.reset);
}

Test(h1_answer, head_gets_no_pieces)
{
    stand.on_request = stand_start;
    stand_say("HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n");
    stand_until_events("<HEAD /a 0>");
    say("hello");
    lg_exchange_answer_end(stand.exchange);
    stand_until_events("<HEAD /a 0><sent>");
    stand_receive();
    cr_assert(strcmp(body(), "") == 0);
    stand.on_request = stand_hello;
    stand_say(GET);
    stand_until_events("<HEAD /a 0><sent><GET /a 0><sent>");
}

Test(h1_answer, an_aborted_answer_is_seen_as_cut)
{
    stand.on_request = stand_start;
    stand_say(GET);
    stand_until_events("<GET /a 0>");
    say("hello");
    stand_until_heard("hello");
    lg_exchange_abort(stand.exchange);
    cr_assert(strcmp(stand.events, "<GET /a 0>") == 0, "never inside the call");
    stand_until_events("<GET /a 0><aborted>");
    stand_until_ended();
    cr_assert(strstr(stand.received, "\r\n0\r\n") == NULL);
}

Test(h1_answer, what_is_queued_before_a_cut_reaches_the_client)
{
    stand.on_request = stand_start;
    stand_say(GET);
    stand_until_events("<GET /a 0>");
    say("hello");
    lg_exchange_answer_cut(stand.exchange);
    cr_assert(strcmp(stand.events, "<GET /a 0>") == 0, "never inside the call");
    stand_until_events("<GET /a 0><aborted>");
    stand_until_ended();
    cr_assert(strstr(stand.received, "\r\n\r\n5\r\nhello\r\n") != NULL);
    cr_assert(strstr(stand.received, "\r\n0\r\n") == NULL);
    cr_assert(not(stand.reset));
}

Test(h1_answer, a_cut_of_an_answer_to_http_1_0_is_a_reset)
{
    stand.on_request = stand_start;
    stand_say("GET /a HTTP/1.0\r\n\r\n");
    stand_until_events("<GET /a 0>");
    say("hello");
    stand_until_heard("hello");
    lg_exchange_answer_cut(stand.exchange);
    stand_until_ended();
    cr_assert(stand.reset);
}

Test(h1_answer, a_client_that_leaves_between_two_pieces_is_noticed)
{
    stand.on_request = stand_start;
    stand_say(GET);
    stand_until_events("<GET /a 0>");
    say("hello");
    stand_until_heard("hello");
    close(stand.client);
    stand.client = -1;
    stand_until_events("<GET /a 0><gone>");
}

/* Sends whenever it may. */
static bool is_stuck(void)
{
    static char piece[65536];
    static unsigned seen, still;

    if (stand.exchange == NULL)
        return false;
    if (stand.rooms > seen) {
        seen = stand.rooms;
        still = 0;
        stand.flow = LG_FLOW_MORE;
    }
    while (stand.flow == LG_FLOW_MORE)
        stand.flow = lg_exchange_answer_data(stand.exchange, piece, sizeof(piece));
    return ++still > 20;
}

static unsigned rooms_before;

static bool has_room(void)
{
    stand_receive();
    stand.received_size = 0; /* only the flow matters */
    return stand.rooms > rooms_before;
}

Test(h1_answer, a_sender_is_paused_while_the_client_does_not_read_and_told_of_room)
{
    stand.on_request = stand_start;
    stand_say(GET);
    stand_until_events("<GET /a 0>");
    stand_until(is_stuck, "a client that does not read must pause the sender");
    rooms_before = stand.rooms;
    cr_assert(lt(sz, ((struct lg_h1_exchange *)stand.exchange)->out.size,
                 LG_STREAM_HIGH + 2 * 65536 + 1024));
    stand_until(has_room, "a client that reads must make room");
    lg_exchange_abort(stand.exchange);
    stand_until_events("<GET /a 0><aborted>");
}

static bool is_blocked(void)
{
    return stand.exchange != NULL && ((struct lg_h1_exchange *)stand.exchange)->connection->blocked;
}

Test(h1_answer, a_client_that_does_not_take_the_last_bytes_of_a_cut_is_reset_in_time)
{
    struct lg_h1_exchange *exchange;
    struct lg_timer *timer;

    stand.on_request = stand_start;
    stand_say(GET);
    stand_until_events("<GET /a 0>");
    stand_until(is_stuck, "a client that does not read must pause the sender");
    exchange = (struct lg_h1_exchange *)stand.exchange;
    timer = &exchange->cut_timer;
    lg_exchange_answer_cut(stand.exchange);
    stand_until(is_blocked, "what is queued waits for the client");
    cr_assert(strcmp(stand.events, "<GET /a 0>") == 0);
    cr_assert(lg_timer_armed(timer));
    cr_assert(le(i64, timer->at_ms, lg_loop_now_ms(stand.loop) + 5000));
    lg_timer_set(stand.loop, timer, 0, timer->fn); /* it comes, without the waiting */
    stand_until_events("<GET /a 0><aborted>");
    stand_until_ended();
    cr_assert(stand.reset);
}
