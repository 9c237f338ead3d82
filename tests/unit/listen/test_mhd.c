/*
 * test_mhd.c -- libmicrohttpd's engine: answers piece by piece over a real socket: pauses, ends,
 * cuts, peers that leave.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "listen/server.h"
#include "wire/loop.h"
#include "wire/mailbox.h"

#define STEP_MS 5
#define PATIENCE_MS 10000

static struct lg_loop *loop;
static struct lg_mailbox *mailbox;
static struct lg_server *server;
static struct lg_listener *listener;
static struct lg_service service;
static uint16_t port;
static int client = -1;

/* One request at a time; what is to be done with it is the test's. */
static struct lg_exchange *exchange;
static bool body_complete, done;
static enum lg_done how;
static uint64_t sent;
static unsigned rooms;
static void (*on_ready)(void);

static enum lg_flow on_data(void *object, const void *data, size_t size)
{
    (void)object;
    (void)data;
    (void)size;
    return LG_FLOW_MORE;
}

static void on_body(void *object)
{
    (void)object;
    body_complete = true;
    on_ready();
}

static void on_room(void *object)
{
    (void)object;
    rooms++;
}

static void on_done(void *object, enum lg_done ended, uint64_t bytes)
{
    (void)object;
    cr_assert(not(done), "on_done comes once");
    done = true;
    how = ended;
    sent = bytes;
    exchange = NULL;
}

static const struct lg_exchange_events events = { on_data, on_body, on_room, on_done };

static void on_request(void *context, struct lg_exchange *begun)
{
    (void)context;
    exchange = begun;
    lg_exchange_own(begun, &events, &exchange);
    lg_exchange_read_body(begun);
}

/* --- the client --- */

static void connect_client(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(eq(int, connect(client, (struct sockaddr *)&address, sizeof(address)), 0));
}

static void send_request(void)
{
    static const char text[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

    cr_assert(eq(sz, (size_t)send(client, text, sizeof(text) - 1, 0), sizeof(text) - 1));
}

static char received[1 << 20];
static size_t received_size;
static bool received_end;

static void receive(void)
{
    ssize_t count;

    while ((count = recv(client, received + received_size, sizeof(received) - 1 - received_size,
                         MSG_DONTWAIT)) > 0)
        received_size += (size_t)count;
    received[received_size] = '\0';
    received_end = received_end || count == 0;
}

/* --- turning the loop until something holds --- */

static bool (*awaited)(void);
static int64_t give_up_ms;

static void look(struct lg_timer *timer)
{
    if (awaited() || lg_loop_now_ms(loop) > give_up_ms)
        lg_loop_stop(loop);
    else
        lg_timer_set(loop, timer, lg_loop_now_ms(loop) + STEP_MS, look);
}

static void turn_until(bool (*condition)(void), const char *what)
{
    struct lg_timer timer = { 0 };

    awaited = condition;
    give_up_ms = lg_loop_now_ms(loop) + PATIENCE_MS;
    lg_timer_set(loop, &timer, 0, look);
    lg_loop_run(loop);
    lg_timer_clear(loop, &timer);
    cr_assert(condition(), "%s", what);
}

static bool is_done(void)
{
    return done;
}

static bool has_request(void)
{
    return body_complete;
}

static void set_up(void)
{
    static const struct lg_listen_limits limits = { .header_bytes = 10240, .headers = 100 };
    static const struct lg_server_options options = { 60, true, 32768 };
    const struct lg_address address = { "127.0.0.1", 0, NULL, 0 };
    int fd;

    loop = lg_loop_new(0);
    mailbox = lg_mailbox_new(loop, 16);
    server = lg_server_new(loop, &options);
    service = (struct lg_service){ .limits = &limits, .on_request = on_request };
    cr_assert(eq(int, lg_listen_socket(&address, &fd, &port), LG_OK));
    listener = lg_listener_open(&server, &mailbox, 1, fd, &service);
    connect_client();
    send_request();
}

static void tear_down(void)
{
    if (client >= 0)
        close(client);
    lg_listener_close(listener);
    lg_server_free(server);
    lg_mailbox_free(mailbox);
    lg_loop_free(loop);
}

TestSuite(mhd, .init = set_up, .fini = tear_down, .timeout = 60);

static const struct lg_answer ok = { .status = 200 };

static void start_unknown(void)
{
    lg_exchange_answer_start(exchange, &ok, -1);
}

static bool has_hello(void)
{
    receive();
    return strstr(received, "hello") != NULL;
}

static bool has_end(void)
{
    receive();
    return strstr(received, "\r\n0\r\n") != NULL;
}

Test(mhd, pieces_reach_the_client_as_they_come)
{
    on_ready = start_unknown;
    turn_until(has_request, "the request must come");
    (void)lg_exchange_answer_data(exchange, "hello", 5);
    turn_until(has_hello, "the first piece must come before the end is there");
    cr_assert(not(done));
    (void)lg_exchange_answer_data(exchange, " world", 6);
    lg_exchange_answer_end(exchange);
    turn_until(is_done, "the answer must end");
    turn_until(has_end, "the last chunk must come");
    cr_assert(eq(int, how, LG_DONE_SENT));
    cr_assert(eq(u64, sent, 11));
}

Test(mhd, a_client_that_leaves_while_the_answer_waits_for_data_is_noticed)
{
    on_ready = start_unknown;
    turn_until(has_request, "the request must come");
    (void)lg_exchange_answer_data(exchange, "hello", 5);
    turn_until(has_hello, "the first piece must come");
    close(client);
    client = -1;
    turn_until(is_done, "the end of the client must be noticed");
    cr_assert(eq(int, how, LG_DONE_GONE));
}

static void do_nothing(void)
{
}

Test(mhd, a_client_that_leaves_before_any_answer_is_noticed)
{
    on_ready = do_nothing;
    turn_until(has_request, "the request must come");
    close(client);
    client = -1;
    turn_until(is_done, "the end of the client must be noticed");
    cr_assert(eq(int, how, LG_DONE_GONE));
}

static enum lg_flow flow;

static bool is_full_or_done(void)
{
    static char piece[65536];

    for (int i = 0; i < 64 && flow == LG_FLOW_MORE; i++)
        flow = lg_exchange_answer_data(exchange, piece, sizeof(piece));
    return flow == LG_FLOW_PAUSE;
}

static bool has_room(void)
{
    receive();
    received_size = 0; /* only the flow matters */
    return rooms > 0;
}

Test(mhd, a_sender_is_paused_while_the_client_does_not_read_and_told_of_room)
{
    on_ready = start_unknown;
    turn_until(has_request, "the request must come");
    turn_until(is_full_or_done, "a client that does not read must pause the sender");
    cr_assert(eq(u32, rooms, 0));
    turn_until(has_room, "a client that reads must make room");
    lg_exchange_abort(exchange);
    turn_until(is_done, "an abort must end the exchange");
    cr_assert(eq(int, how, LG_DONE_ABORTED));
}

static bool is_cut(void)
{
    receive();
    return received_end;
}

Test(mhd, an_aborted_answer_is_seen_as_cut)
{
    on_ready = start_unknown;
    turn_until(has_request, "the request must come");
    (void)lg_exchange_answer_data(exchange, "hello", 5);
    turn_until(has_hello, "the first piece must come");
    lg_exchange_abort(exchange);
    turn_until(is_done, "an abort must end the exchange");
    turn_until(is_cut, "the connection must be closed");
    cr_assert(eq(int, how, LG_DONE_ABORTED));
    cr_assert(zero(ptr, strstr(received, "\r\n0\r\n")), "a cut answer must not look whole");
}

static void start_known(void)
{
    lg_exchange_answer_start(exchange, &ok, 5);
}

Test(mhd, a_known_length_is_told)
{
    on_ready = start_known;
    turn_until(has_request, "the request must come");
    (void)lg_exchange_answer_data(exchange, "hello", 5);
    lg_exchange_answer_end(exchange);
    turn_until(is_done, "the answer must end");
    turn_until(has_hello, "the answer must come");
    cr_assert(not(zero(ptr, strstr(received, "Content-Length: 5"))), "%s", received);
}
