/* stand.c -- one loop that both the server and the test's client live on. */
#include "stand.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/mailbox.h"

#define STEP_MS 2
#define PATIENCE_MS 20000

struct stand stand;
static uint16_t port;

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
    size_t size = strlen(stand.events);
    va_list args;

    va_start(args, format);
    vsnprintf(stand.events + size, sizeof(stand.events) - size, format, args);
    va_end(args);
}

static enum lg_flow on_data(void *object, const void *data, size_t size)
{
    (void)object;
    stand.data_bytes += size;
    if (!stand.quiet)
        note("%.*s", (int)size, (const char *)data);
    return stand.flow;
}

static void on_body(void *object)
{
    (void)object;
    note("<body>");
    if (stand.on_body != NULL)
        stand.on_body(stand.exchange);
}

static void on_room(void *object)
{
    (void)object;
    stand.rooms++;
}

static void on_done(void *object, enum lg_done how, uint64_t bytes)
{
    static const char *const words[] = { "sent", "gone", "aborted" };

    (void)object;
    note("<%s>", words[how]);
    stand.sent = bytes;
    stand.exchange = NULL;
}

static const struct lg_exchange_events events = { on_data, on_body, on_room, on_done };

void stand_own(struct lg_exchange *exchange)
{
    stand.exchange = exchange;
    lg_exchange_own(exchange, &events, &stand);
}

static void on_request(void *context, struct lg_exchange *exchange)
{
    const struct lg_head *head = lg_exchange_head(exchange);

    (void)context;
    stand_own(exchange);
    note("<%.*s %.*s %lld>", LG_STR_ARG(head->method), LG_STR_ARG(head->target),
         (long long)head->content_length);
    if (stand.show.size > 0)
        note("[%.*s]", LG_STR_ARG(lg_head_find(head, stand.show.data)));
    if (stand.on_request != NULL)
        stand.on_request(exchange);
}

void stand_begin(void)
{
    static const struct lg_server_options options = { .idle_timeout_s = 60 };
    const struct lg_address address = { "127.0.0.1", 0, NULL, 0 };
    int fd;

    stand.loop = lg_loop_new(0);
    stand.mailbox = lg_mailbox_new(stand.loop, 16);
    stand.server = lg_server_new(stand.loop, &options);
    if (stand.limits.header_bytes == 0)
        stand.limits = (struct lg_listen_limits){ .header_bytes = 20000,
                                                  .headers = 100,
                                                  .drop_bytes = 100000 };
    stand.service = (struct lg_service){ .limits = &stand.limits, .on_request = on_request };
    cr_assert(eq(int, lg_listen_socket(&address, &fd, &port), LG_OK));
    stand.listener = lg_listener_open(&stand.server, &stand.mailbox, 1, fd, &stand.service);
    stand.client = -1;
    stand_connect();
}

void stand_end(void)
{
    if (stand.client >= 0)
        close(stand.client);
    lg_listener_close(stand.listener);
    lg_server_free(stand.server);
    lg_mailbox_free(stand.mailbox);
    lg_loop_free(stand.loop);
}

void stand_connect(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons(port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

    if (stand.client >= 0)
        close(stand.client);
    stand.client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(eq(int, connect(stand.client, (struct sockaddr *)&address, sizeof(address)), 0));
    stand.received_size = 0;
    stand.received[0] = '\0';
    stand.ended = stand.reset = false;
}

void stand_send(const char *text, size_t size)
{
    while (size > 0) {
        ssize_t count = send(stand.client, text, size, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (count > 0) {
            text += count;
            size -= (size_t)count;
        } else {
            cr_assert(eq(int, errno, EAGAIN));
            stand_turn();
        }
    }
}

void stand_say(const char *text)
{
    stand_send(text, strlen(text));
}

void stand_receive(void)
{
    ssize_t count = 0;

    while (stand.client >= 0 && !stand.ended &&
           (count = recv(stand.client, stand.received + stand.received_size,
                         sizeof(stand.received) - 1 - stand.received_size, MSG_DONTWAIT)) > 0)
        stand.received_size += (size_t)count;
    stand.received[stand.received_size] = '\0';
    if (count == 0 && stand.client >= 0)
        stand.ended = true;
    if (count < 0 && errno == ECONNRESET)
        stand.ended = stand.reset = true;
}

/* --- turning --- */

static bool (*awaited)(void);
static int64_t give_up_ms;
static int turns;

static void look(struct lg_timer *timer)
{
    if (awaited() || lg_loop_now_ms(stand.loop) > give_up_ms)
        lg_loop_stop(stand.loop);
    else
        lg_timer_set(stand.loop, timer, lg_loop_now_ms(stand.loop) + STEP_MS, look);
}

/* A task that is queued by a task runs in the next turn; a timer could fire in the same one. */
static void count_turn(struct lg_task *task)
{
    if (--turns == 0)
        lg_loop_stop(stand.loop);
    else
        lg_task_queue(stand.loop, task, count_turn);
}

void stand_turn(void)
{
    struct lg_task task = { { NULL, NULL }, NULL };

    turns = 4;
    lg_task_queue(stand.loop, &task, count_turn);
    lg_loop_run(stand.loop);
}

void stand_until(bool (*condition)(void), const char *what)
{
    struct lg_timer timer = { 0 };

    awaited = condition;
    give_up_ms = lg_loop_now_ms(stand.loop) + PATIENCE_MS;
    lg_timer_set(stand.loop, &timer, 0, look);
    lg_loop_run(stand.loop);
    lg_timer_clear(stand.loop, &timer);
    cr_assert(condition(), "%s; events %.300s; received %.300s", what, stand.events,
              stand.received);
}

static const char *wanted;

static bool has_events(void)
{
    return strcmp(stand.events, wanted) == 0;
}

static bool has_heard(void)
{
    stand_receive();
    return strstr(stand.received, wanted) != NULL;
}

static bool has_ended(void)
{
    stand_receive();
    return stand.ended;
}

void stand_until_events(const char *text)
{
    wanted = text;
    stand_until(has_events, text);
}

void stand_until_heard(const char *text)
{
    wanted = text;
    stand_until(has_heard, text);
}

void stand_until_ended(void)
{
    stand_until(has_ended, "the end of the connection");
}

const struct lg_h1_connection *stand_connection(void)
{
    const struct lg_h1_server *server = (const struct lg_h1_server *)stand.server;

    cr_assert(eq(sz, server->connection_count, 1));
    return LG_LIST_OF(lg_list_first(&server->connections), struct lg_h1_connection, link);
}

/* --- things to do --- */

void stand_read(struct lg_exchange *exchange)
{
    lg_exchange_read_body(exchange);
}

void stand_hello(struct lg_exchange *exchange)
{
    static const struct lg_header type = { { "content-type", 12 }, { "text/plain", 10 } };
    const struct lg_answer answer = { .status = 200, .headers = &type, .header_count = 1 };

    lg_exchange_answer(exchange, &answer, LG_STR("hello"));
}

void stand_start(struct lg_exchange *exchange)
{
    const struct lg_answer answer = { .status = 200 };

    lg_exchange_answer_start(exchange, &answer, -1);
}
