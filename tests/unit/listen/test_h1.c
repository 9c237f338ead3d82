/* test_h1.c -- our own engine over real sockets: requests, bodies, what becomes of connections. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "stand.h"

#define GET "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"

TestSuite(h1, .init = stand_begin, .fini = stand_end, .timeout = 60);

static void begin_again(struct lg_listen_limits limits)
{
    stand_end();
    stand.limits = limits;
    stand_begin();
}

static int answers(void)
{
    int count = 0;

    stand_receive();
    for (const char *at = stand.received; (at = strstr(at, "HTTP/1.1 ")) != NULL; at++)
        count++;
    return count;
}

/* --- requests --- */

Test(h1, a_request_is_answered_and_its_connection_goes_on)
{
    stand.on_request = stand_hello;
    for (int i = 1; i <= 3; i++) {
        stand_say(GET);
        while (answers() < i)
            stand_turn();
    }
    stand_until_events("<GET /a 0><sent><GET /a 0><sent><GET /a 0><sent>");
    cr_assert(strncmp(stand.received, "HTTP/1.1 200 OK\r\nDate: ", 23) == 0);
    cr_assert(strstr(stand.received, "\r\ncontent-type: text/plain\r\n") != NULL);
    cr_assert(strstr(stand.received, "\r\nContent-Length: 5\r\n\r\nhello") != NULL);
    cr_assert(strstr(stand.received, "Connection") == NULL);
    cr_assert(eq(u64, stand.sent, 5));
}

Test(h1, pipelined_requests_are_answered_in_order)
{
    stand_say("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n"
              "GET /3 HTTP/1.1\r\nHost: x\r\n\r\n");
    stand_until_events("<GET /1 0>");
    stand_hello(stand.exchange);
    stand_until_events("<GET /1 0><sent><GET /2 0>");
    stand.on_request = stand_hello;
    stand_hello(stand.exchange);
    stand_until_events("<GET /1 0><sent><GET /2 0><sent><GET /3 0><sent>");
}

Test(h1, a_thousand_pipelined_requests_are_all_answered)
{
    stand.on_request = stand_hello;
    for (int i = 0; i < 1000; i++)
        stand_say(GET);
    while (answers() < 1000)
        stand_turn();
}

Test(h1, what_was_pipelined_behind_a_large_head_is_not_lost)
{
    static char text[8192] = "GET /a HTTP/1.1\r\nHost: x\r\nX: ";
    size_t size = strlen(text);

    stand.on_request = stand_hello;
    memset(text + size, 'x', 4000);
    strcpy(text + size + 4000, "\r\n\r\n" GET GET);
    stand_say(text);
    stand_until_events("<GET /a 0><sent><GET /a 0><sent><GET /a 0><sent>");
}

/* The head fills the buffer: what comes behind it must find room elsewhere, and the head stays. */
Test(h1, a_head_outlives_the_buffer_that_its_body_outgrows)
{
    static char text[8192] = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX: ";
    size_t size = strlen(text);

    memset(text + size, 'x', 3900 - size);
    strcpy(text + 3900, "\r\n\r\n5\r\nhello\r\n0\r\nT: told\r\n");
    stand.on_request = stand_read;
    stand_say(text);
    stand_until_events("<POST /a -1>hello");
    memset(text, 't', 3000);
    stand_say("U: ");
    stand_send(text, 3000);
    stand_turn();
    stand_say("\r\n\r\n");
    stand_until_events("<POST /a -1>hello<body>");
    cr_assert(lg_str_is(lg_exchange_head(stand.exchange)->method, "POST"));
    cr_assert(lg_str_is(lg_head_find(lg_exchange_head(stand.exchange), "host"), "x"));
    cr_assert(eq(sz, lg_head_find(lg_exchange_head(stand.exchange), "x").size, 3900 - size));
    cr_assert(lg_str_is(lg_exchange_trailer(stand.exchange, "t"), "told"));
    cr_assert(eq(sz, lg_exchange_trailer(stand.exchange, "u").size, 3000));
    stand_hello(stand.exchange);
    stand_until_events("<POST /a -1>hello<body><sent>");
}

Test(h1, a_head_of_many_fields_is_seen_whole)
{
    char text[4096] = "GET /a HTTP/1.1\r\nHost: x\r\n";

    for (int i = 0; i < 98; i++)
        strcat(text, "A: b\r\n");
    strcat(text, "Last: here\r\n\r\n");
    stand.on_request = stand_hello;
    stand.show = LG_STR("last");
    stand_say(text);
    stand_until_events("<GET /a 0>[here]<sent>");
}

Test(h1, a_target_with_a_scheme_is_its_path)
{
    stand.on_request = stand_hello;
    stand_say("GET http://x/b?c HTTP/1.1\r\nHost: x\r\n\r\n");
    stand_until_events("<GET /b?c 0><sent>");
}

static void expect_refusal(const char *text, const char *status)
{
    char line[64];

    stand_say(text);
    snprintf(line, sizeof(line), "HTTP/1.1 %s", status);
    stand_until_heard(line);
    cr_assert(strstr(stand.received, "\r\nConnection: close\r\n") != NULL);
    cr_assert(strstr(stand.received, "\r\n\r\n{\"message\":\"") != NULL);
    stand_until_ended();
    cr_assert(not(stand.reset));
    cr_assert(eq(int, answers(), 1));
    stand_connect();
}

Test(h1, a_head_that_breaks_the_rules_is_refused_in_json_and_closed)
{
    stand.on_request = stand_hello;
    expect_refusal("GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n" GET, "400");
    expect_refusal("GET /a HTTP/1.1\r\n: y\r\nHost: x\r\n\r\n" GET, "400");
    expect_refusal("GET /a HTTP/1.1\nHost: x\n\n" GET, "400");
    expect_refusal("GET /a HTTP/1.1\r\n\r\n" GET, "400 Bad Request");
    expect_refusal("\x16\x03\x01", "400");
    expect_refusal("GET /a HTTP/2.0\r\nHost: x\r\n\r\n" GET, "505");
    expect_refusal("BREW /a HTTP/1.1\r\nHost: x\r\n\r\n" GET, "501");
    expect_refusal("POST /a HTTP/1.1\r\nHost: x\r\nExpect: b\r\n\r\n" GET, "417");
    expect_refusal("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na",
                   "400");
    cr_assert(strcmp(stand.events, "") == 0);
}

static int refused_with;
static char refused_head[64];

static void refuse(void *context, struct lg_exchange *exchange, int status, const char *reason)
{
    const struct lg_head *head = lg_exchange_head(exchange);

    (void)context;
    cr_assert(gt(sz, strlen(reason), 0));
    refused_with = status;
    snprintf(refused_head, sizeof(refused_head), "%.*s %.*s %.*s", LG_STR_ARG(head->method),
             LG_STR_ARG(head->target), LG_STR_ARG(lg_head_find(head, "host")));
    stand_own(exchange);
    stand_hello(exchange);
}

Test(h1, a_service_answers_what_is_refused_and_its_connection_still_ends)
{
    stand.service.on_refuse = refuse;
    stand.on_request = stand_read;
    stand_say("GET /a HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n" GET);
    stand_until_heard("Connection: close\r\n");
    stand_until_ended();
    stand_until_events("<sent>");
    cr_assert(eq(int, refused_with, 400));
    cr_assert(strcmp(refused_head, "GET /a x") == 0);
    stand_connect();
    stand_say("POST /b HTTP/1.1\r\nHost: y\r\nTransfer-Encoding: chunked\r\n\r\nnone\r\n");
    stand_until_heard("Connection: close\r\n");
    stand_until_events("<sent><POST /b -1><gone><sent>");
    cr_assert(strcmp(refused_head, "POST /b y") == 0);
}

Test(h1, a_head_far_over_the_limit_is_refused_in_json)
{
    char *text = calloc(1, 100000);

    strcpy(text, "GET /a HTTP/1.1\r\nHost: x\r\nX: ");
    memset(text + strlen(text), 'x', 90000);
    expect_refusal(text, "431");
    strcpy(text, "GET /");
    memset(text + 5, 'x', 90000);
    expect_refusal(text, "414");
    free(text);
}

/* --- every split --- */

static void check_splits(const char *text, const char *events)
{
    size_t size = strlen(text);

    for (size_t first = 1; first < size; first++) {
        stand_connect();
        stand.events[0] = '\0';
        stand_send(text, first);
        stand_turn();
        stand_send(text + first, size - first);
        stand_until_events(events);
    }
}

Test(h1, a_head_is_the_same_in_any_two_pieces)
{
    stand.on_request = stand_hello;
    stand.show = LG_STR("a");
    check_splits("\r\nOPTIONS * HTTP/1.1\r\nHost: x\r\nA:  b \r\n\r\n" GET,
                 "<OPTIONS * 0>[b]<sent><GET /a 0>[]<sent>");
}

Test(h1, a_body_of_known_length_is_the_same_in_any_two_pieces)
{
    stand.on_request = stand_read;
    stand.on_body = stand_hello;
    check_splits("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world" GET,
                 "<POST /a 11>hello world<body><sent><GET /a 0><body><sent>");
}

static void show_trailer(struct lg_exchange *exchange)
{
    size_t size = strlen(stand.events);

    snprintf(stand.events + size, sizeof(stand.events) - size, "|%.*s|%.*s|",
             LG_STR_ARG(lg_exchange_trailer(exchange, "t")),
             LG_STR_ARG(lg_exchange_trailer(exchange, "none")));
    stand_hello(exchange);
}

Test(h1, a_body_in_chunks_is_the_same_in_any_two_pieces)
{
    stand.on_request = stand_read;
    stand.on_body = show_trailer;
    check_splits("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nA: b\r\nT: told\r\n\r\n" GET,
                 "<POST /a -1>hello world<body>|told||<sent><GET /a 0><body>|||<sent>");
}

/* --- bodies --- */

#define POST(headers) "POST /a HTTP/1.1\r\nHost: x\r\n" headers "\r\n\r\n"

Test(h1, a_client_that_waits_is_told_to_go_on_when_its_body_is_wanted)
{
    stand.on_body = stand_hello;
    stand_say(POST("Content-Length: 2\r\nExpect: 100-continue"));
    stand_until_events("<POST /a 2>");
    cr_assert(eq(int, answers(), 0));
    lg_exchange_read_body(stand.exchange);
    stand_until_heard("HTTP/1.1 100 Continue\r\n\r\n");
    stand_say("hi");
    stand_until_events("<POST /a 2>hi<body><sent>");
    stand_until_heard("HTTP/1.1 200 OK\r\n");
    cr_assert(strstr(stand.received, "Connection") == NULL);
}

Test(h1, a_client_that_waits_in_vain_is_answered_and_closed)
{
    stand.on_request = stand_hello;
    stand_say(POST("Content-Length: 2\r\nExpect: 100-continue"));
    stand_until_heard("HTTP/1.1 200 OK\r\n");
    cr_assert(strstr(stand.received, "Connection: close\r\n") != NULL);
    stand_until_ended();
    cr_assert(strstr(stand.received, "100 Continue") == NULL);
}

Test(h1, a_small_body_that_nobody_wants_is_dropped_and_the_connection_goes_on)
{
    stand.on_request = stand_hello;
    stand_say(POST("Content-Length: 10"));
    stand_until_events("<POST /a 10><sent>");
    stand_say("01234");
    stand_turn();
    stand_say("56789" GET);
    stand_until_events("<POST /a 10><sent><GET /a 0><sent>");
}

Test(h1, a_large_body_that_nobody_wants_ends_its_connection)
{
    char *body = malloc(65537);

    memset(body, 'x', 65537);
    stand.on_request = stand_hello;
    stand_say(POST("Content-Length: 65537"));
    stand_until_heard("Connection: close\r\n");
    stand_send(body, 65537);
    stand_until_ended();
    cr_assert(not(stand.reset));
    stand_until_events("<POST /a 65537><sent>");
    free(body);
}

Test(h1, a_client_that_sends_all_of_a_refused_request_first_hears_why)
{
    char *body = calloc(1, 3000000);

    memset(body, 'x', 2999999);
    stand_say("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\nA: b\r\n c\r\n\r\n");
    stand_until_heard("HTTP/1.1 400 Bad Request\r\n");
    stand_say(body);
    cr_assert(strstr(stand.received, "\r\nConnection: close\r\n") != NULL);
    stand_until_ended();
    cr_assert(not(stand.reset));
    free(body);
}

Test(h1, chunks_that_nobody_wants_end_their_connection)
{
    stand.on_request = stand_hello;
    stand_say(POST("Transfer-Encoding: chunked") "3\r\nabc\r\n0\r\n\r\n" GET);
    stand_until_heard("Connection: close\r\n");
    stand_until_ended();
    stand_until_events("<POST /a -1><sent>");
}

Test(h1, a_body_in_broken_chunks_is_refused_and_never_complete)
{
    stand.on_request = stand_read;
    stand_say(POST("Transfer-Encoding: chunked") "3\r\nabcX0\r\n\r\n" GET);
    stand_until_heard("HTTP/1.1 400 Bad Request\r\n");
    stand_until_ended();
    stand_until_events("<POST /a -1>abc<gone>");
}

Test(h1, trailers_over_the_limit_of_headers_are_refused)
{
    begin_again((struct lg_listen_limits){ .header_bytes = 200, .headers = 3 });
    stand.on_request = stand_read;
    stand_say(POST("Transfer-Encoding: chunked") "0\r\nA:\r\nA:\r\nA:\r\nA:\r\n\r\n");
    stand_until_heard("HTTP/1.1 400 Bad Request\r\n");
    stand_until_events("<POST /a -1><gone>");
}

static bool has_all_data(void)
{
    return stand.data_bytes == 3000000;
}

static void send_long(const char *head, bool chunked)
{
    char *piece = malloc(100000);

    memset(piece, 'x', 100000);
    stand.on_request = stand_read;
    stand.quiet = true;
    stand_say(head);
    for (int i = 0; i < 30; i++) {
        if (chunked)
            stand_say("186a0\r\n");
        stand_send(piece, 100000);
        if (chunked)
            stand_say("\r\n");
    }
    stand_until(has_all_data, "all data");
    free(piece);
}

Test(h1, a_long_body_comes_whole_and_no_byte_of_what_follows)
{
    send_long(POST("Content-Length: 3000000"), false);
    stand.on_body = stand_hello;
    stand_say(GET);
    stand_until_events("<POST /a 3000000><body>");
    stand_hello(stand.exchange);
    stand_until_events("<POST /a 3000000><body><sent><GET /a 0><body><sent>");
}

Test(h1, a_long_body_in_chunks_comes_whole)
{
    send_long(POST("Transfer-Encoding: chunked"), true);
    stand_say("0\r\n\r\n");
    stand_until_events("<POST /a -1><body>");
}

Test(h1, a_paused_body_comes_on_when_it_is_resumed)
{
    stand.on_request = stand_read;
    stand.flow = LG_FLOW_PAUSE;
    stand_say(POST("Content-Length: 10") "01234");
    stand_until_events("<POST /a 10>01234");
    stand_say("56789");
    stand_turn();
    cr_assert(strcmp(stand.events, "<POST /a 10>01234") == 0);
    lg_exchange_resume_body(stand.exchange);
    stand_until_events("<POST /a 10>0123456789");
    lg_exchange_resume_body(stand.exchange);
    stand_until_events("<POST /a 10>0123456789<body>");
}

static void answer_at_once(struct lg_exchange *exchange)
{
    lg_exchange_read_body(exchange);
    stand_hello(exchange);
}

Test(h1, an_answer_to_a_body_under_way_drops_the_rest)
{
    stand.on_request = answer_at_once;
    stand_say(POST("Content-Length: 10") "01234");
    stand_until_events("<POST /a 10><sent>");
    stand.on_request = stand_hello;
    stand_say("56789" GET);
    stand_until_events("<POST /a 10><sent><GET /a 0><sent>");
}

/* --- memory --- */

Test(h1, an_idle_connection_holds_no_buffer_and_less_than_a_page)
{
    cr_assert(lt(sz, sizeof(struct lg_h1_connection), 1024));
    stand.on_request = stand_hello;
    stand_turn();
    cr_assert(stand_connection()->in == NULL);
    stand_say(GET);
    stand_until_events("<GET /a 0><sent>");
    cr_assert(stand_connection()->in == NULL);
    stand_say("GET");
    stand_turn();
    cr_assert(stand_connection()->in != NULL);
    stand_say(" /a HTTP/1.1\r\nHost: x\r\n\r\n");
    stand_until_events("<GET /a 0><sent><GET /a 0><sent>");
    cr_assert(stand_connection()->in == NULL);
}

/* --- ends --- */

static bool is_alone(void)
{
    return lg_server_connections(stand.server) == 0;
}

Test(h1, a_client_that_leaves_while_its_answer_is_made_is_noticed)
{
    stand_say(GET);
    stand_until_events("<GET /a 0>");
    close(stand.client);
    stand.client = -1;
    stand_until_events("<GET /a 0><gone>");
}

Test(h1, a_client_that_leaves_is_noticed_behind_requests_that_nobody_read_yet)
{
    stand_say(GET);
    stand_until_events("<GET /a 0>");
    for (int i = 0; i < 1000; i++)
        stand_say(GET);
    stand_turn();
    close(stand.client);
    stand.client = -1;
    stand_until_events("<GET /a 0><gone>");
    stand_until(is_alone, "the end of the connection");
}

Test(h1, a_client_that_shuts_its_side_down_is_gone)
{
    stand_say(GET);
    stand_until_events("<GET /a 0>");
    shutdown(stand.client, SHUT_WR);
    stand_until_events("<GET /a 0><gone>");
}

Test(h1, requests_before_the_end_of_a_client_are_answered)
{
    stand.on_request = stand_hello;
    stand_say(GET GET);
    shutdown(stand.client, SHUT_WR);
    stand_until_events("<GET /a 0><sent><GET /a 0><sent>");
    stand_until_ended();
    cr_assert(eq(int, answers(), 2));
}

Test(h1, a_client_that_leaves_within_its_body_is_gone)
{
    stand.on_request = stand_read;
    stand_say(POST("Content-Length: 10") "01234");
    close(stand.client);
    stand.client = -1;
    stand_until_events("<POST /a 10>01234<gone>");
}

Test(h1, a_client_that_leaves_within_its_head_ends_at_once)
{
    stand_say("GET /a HT");
    stand_turn();
    cr_assert(not(is_alone()));
    close(stand.client);
    stand.client = -1;
    stand_until(is_alone, "the end of the connection");
}

Test(h1, close_is_announced_and_kept_when_the_client_asks_for_it)
{
    stand.on_request = stand_hello;
    stand_say("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stand_until_heard("\r\nConnection: close\r\n");
    stand_until_ended();
}

Test(h1, http_1_0_is_closed_unless_it_asks_to_go_on)
{
    stand.on_request = stand_hello;
    stand_say("GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
    stand_until_heard("\r\nConnection: Keep-Alive\r\n");
    stand_say("GET /a HTTP/1.0\r\n\r\n");
    stand_until_heard("\r\nConnection: close\r\n");
    stand_until_ended();
}

Test(h1, the_last_request_of_a_connection_is_told_so)
{
    begin_again((struct lg_listen_limits){
        .header_bytes = 1000, .headers = 10, .requests_per_connection = 2 });
    stand.on_request = stand_hello;
    stand_say(GET GET GET);
    stand_until_ended();
    stand_until_events("<GET /a 0><sent><GET /a 0><sent>");
    cr_assert(strstr(stand.received, "Connection: close") > strstr(stand.received, "hello"));
    cr_assert(eq(int, answers(), 2));
}

Test(h1, a_head_that_was_begun_and_does_not_come_is_408)
{
    begin_again(
        (struct lg_listen_limits){ .header_bytes = 1000, .headers = 10, .header_timeout_ms = 1 });
    stand.on_request = stand_hello;
    stand_say("GET /a HTTP/1.1\r\n");
    stand_until_heard("HTTP/1.1 408 Request Timeout\r\n");
    cr_assert(strstr(stand.received, "{\"message\":\"Request Timeout\"}") != NULL);
    stand_until_ended();
}

Test(h1, a_connection_without_a_byte_is_closed_in_silence)
{
    begin_again(
        (struct lg_listen_limits){ .header_bytes = 1000, .headers = 10, .header_timeout_ms = 1 });
    stand_until_ended();
    cr_assert(eq(sz, stand.received_size, 0));
}

Test(h1, draining_ends_idle_connections_and_the_others_after_their_answer)
{
    stand.on_request = stand_hello;
    stand_say(GET);
    stand_until_events("<GET /a 0><sent>");
    lg_server_drain(stand.server);
    stand_until_ended();
    stand.on_request = NULL;
    stand_connect();
    stand_say(GET);
    stand_until_events("<GET /a 0><sent><GET /a 0>");
    lg_server_drain(stand.server);
    stand_turn();
    stand_hello(stand.exchange);
    stand_until_heard("Connection: close\r\n");
    stand_until_ended();
}

Test(h1, a_server_that_ends_aborts_what_is_under_way)
{
    stand_say(GET);
    stand_until_events("<GET /a 0>");
    lg_server_free(stand.server);
    cr_assert(strcmp(stand.events, "<GET /a 0><aborted>") == 0);
    stand.server = lg_server_new(stand.loop, &(struct lg_server_options){ 0 });
}
