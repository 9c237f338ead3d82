/*
 * fuzz_h1.c -- a connection of our own engine over a real socket: whatever a client sends, in any
 * pieces, leads to the same requests and bodies, each ends exactly once, and what comes back is
 * whole answers.
 *
 * Input: a byte for the size of the pieces, one for what the owner does, then what is sent.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "listen/h1.h"
#include "observe/log.h"
#include "wire/http_chunks.h"
#include "wire/mailbox.h"

#define SENT_MAX 4000
#define TURNS_MAX 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { READS = 1, ANSWERS_LATE = 2, STREAMS = 4, PAUSES = 8, CLOSES = 16, NEVER_ANSWERS = 32 };

static struct lg_loop *loop;
static struct lg_mailbox *mailbox;
static struct lg_server *server;
static struct lg_listener *listener;
static struct lg_service service;
static struct sockaddr_un address;
static socklen_t address_size;

static unsigned owner;
static struct lg_buf *events; /* of the run under way */
static struct lg_exchange *paused;
static size_t alive;
static bool any_head; /* an answer without a body was asked for */

/* --- the owner --- */

static void answer(struct lg_exchange *exchange)
{
    const struct lg_answer head = { .status = 200, .close = (owner & CLOSES) != 0 };

    if ((owner & NEVER_ANSWERS) != 0)
        return;
    if ((owner & STREAMS) == 0) {
        lg_exchange_answer(exchange, &head, LG_STR("whole"));
        return;
    }
    lg_exchange_answer_start(exchange, &head, -1);
    (void)lg_exchange_answer_data(exchange, "piece", 5);
    lg_exchange_answer_end(exchange);
}

static enum lg_flow on_data(void *object, const void *data, size_t size)
{
    assert(size > 0);
    lg_buf_add(events, data, size);
    if ((owner & PAUSES) == 0)
        return LG_FLOW_MORE;
    assert(paused == NULL);
    paused = object;
    return LG_FLOW_PAUSE;
}

static void on_body(void *object)
{
    lg_buf_add_cstr(events, "<body>");
    (void)lg_exchange_trailer(object, "x");
    if ((owner & ANSWERS_LATE) != 0)
        answer(object);
}

static void on_done(void *object, enum lg_done how, uint64_t bytes)
{
    (void)bytes;
    assert(how != LG_DONE_ABORTED && alive == 1);
    alive--;
    if (paused == object)
        paused = NULL;
    lg_buf_add_cstr(events, how == LG_DONE_SENT ? "<sent>" : "<gone>");
}

static const struct lg_exchange_events exchange_events = { on_data, on_body, NULL, on_done };

static void begin(struct lg_exchange *exchange)
{
    const struct lg_head *head = lg_exchange_head(exchange);

    assert(alive == 0);
    alive++;
    lg_exchange_own(exchange, &exchange_events, exchange);
    any_head |= lg_str_is(head->method, "HEAD");
    assert(head->method.data != NULL && head->target.data != NULL && head->path.data != NULL);
}

static void on_request(void *context, struct lg_exchange *exchange)
{
    const struct lg_head *head = lg_exchange_head(exchange);

    (void)context;
    begin(exchange);
    lg_buf_add_str(events, head->method);
    lg_buf_add_str(events, head->target);
    for (size_t i = 0; i < head->header_count; i++)
        lg_buf_add_str(events, head->headers[i].value);
    if ((owner & READS) != 0)
        lg_exchange_read_body(exchange);
    if ((owner & READS) == 0 || (owner & ANSWERS_LATE) == 0)
        answer(exchange);
}

static void on_refuse(void *context, struct lg_exchange *exchange, int status, const char *reason)
{
    const struct lg_answer head = { .status = status };

    (void)context;
    assert(reason != NULL && reason[0] != '\0');
    begin(exchange);
    lg_buf_add_cstr(events, "<refused>");
    lg_exchange_answer(exchange, &head, LG_STR("refused"));
}

/* --- the world, made once --- */

static void set_up(void)
{
    static const struct lg_listen_limits limits = { .header_bytes = 500,
                                                    .headers = 40,
                                                    .drop_bytes = 100 };
    static const struct lg_server_options options = { .idle_timeout_s = 0 };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    lg_log_set_level(LG_LOG_ERROR);
    address.sun_family = AF_UNIX;
    assert(bind(fd, (struct sockaddr *)&address, sizeof(address.sun_family)) == 0);
    address_size = sizeof(address);
    assert(getsockname(fd, (struct sockaddr *)&address, &address_size) == 0);
    assert(listen(fd, 8) == 0);
    loop = lg_loop_new(0);
    mailbox = lg_mailbox_new(loop, 8);
    server = lg_server_new(loop, &options);
    service =
        (struct lg_service){ .limits = &limits, .on_request = on_request, .on_refuse = on_refuse };
    listener = lg_listener_open(&server, &mailbox, 1, fd, &service);
    assert(listener != NULL);
}

static void stop(struct lg_timer *timer)
{
    (void)timer;
    lg_loop_stop(loop);
}

static void turn(void)
{
    struct lg_timer timer = { 0 };

    lg_timer_set(loop, &timer, 0, stop);
    lg_loop_run(loop);
    if (paused != NULL) {
        struct lg_exchange *exchange = paused;

        paused = NULL;
        lg_exchange_resume_body(exchange);
    }
}

/* --- a client --- */

static void receive(int client, struct lg_buf *received)
{
    char piece[4096];
    ssize_t count;

    while ((count = recv(client, piece, sizeof(piece), MSG_DONTWAIT)) > 0)
        lg_buf_add(received, piece, (size_t)count);
}

static void run(struct lg_str text, size_t step, struct lg_buf *received)
{
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert(connect(client, (struct sockaddr *)&address, address_size) == 0);
    turn();
    turn();
    assert(lg_server_connections(server) == 1);
    for (size_t at = 0; at < text.size; at += step) {
        struct lg_str piece = lg_str_part(text, at, at + step);

        if (send(client, piece.data, piece.size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
            break;
        turn();
        receive(client, received);
    }
    /* Every piece of a paused body takes a turn. */
    for (size_t i = 0; i < text.size + 4 && ((owner & PAUSES) != 0 || i < 4); i++)
        turn();
    receive(client, received);
    close(client);
    for (int i = 0; i < TURNS_MAX && lg_server_connections(server) > 0; i++)
        turn();
    assert(lg_server_connections(server) == 0 && alive == 0);
}

/* --- what came back --- */

static void skip_chunks(struct lg_http_cursor *cursor)
{
    struct lg_http_chunks chunks;
    struct lg_header field;
    enum lg_http_piece piece;

    lg_http_chunks_init(&chunks, 0, 0);
    do
        piece = lg_http_chunks_next(&chunks, cursor, &field);
    while (piece == LG_HTTP_PIECE_DATA);
    assert(piece == LG_HTTP_PIECE_END);
}

static void skip_answer(struct lg_http_cursor *cursor)
{
    struct lg_str status = lg_str_part(lg_http_cursor_rest(cursor), 0, 9);
    struct lg_header field;
    bool chunked = false, interim;
    uint64_t length = UINT64_MAX;
    enum lg_http_found found;

    assert(lg_str_is(status, "HTTP/1.1 "));
    interim = cursor->at[9] == '1';
    cursor->at = (const char *)memchr(cursor->at, '\n', (size_t)(cursor->end - cursor->at)) + 1;
    while ((found = lg_http_field_read(cursor, &field)) == LG_HTTP_FOUND) {
        chunked |= lg_str_iis(field.name, "transfer-encoding");
        if (lg_str_iis(field.name, "content-length"))
            assert(lg_str_to_u64(field.value, &length) == LG_OK);
    }
    assert(found == LG_HTTP_END);
    if (interim)
        return;
    if (chunked) {
        skip_chunks(cursor);
    } else if (length != UINT64_MAX) {
        assert(length <= lg_http_cursor_rest(cursor).size);
        cursor->at += length;
    } else {
        cursor->at = cursor->end;
    }
}

static void check_answers(const struct lg_buf *received)
{
    struct lg_http_cursor cursor = { received->data, NULL, NULL };

    if (received->size == 0)
        return;
    cursor.end = received->data + received->size;
    while (!any_head && cursor.at < cursor.end)
        skip_answer(&cursor);
}

static void try_once(struct lg_str text, size_t step, struct lg_buf *run_events)
{
    struct lg_buf received;

    lg_buf_init(&received, SIZE_MAX);
    lg_buf_init(run_events, SIZE_MAX);
    events = run_events;
    any_head = false;
    run(text, step, &received);
    check_answers(&received);
    lg_buf_done(&received);
}

/* A bad head without an end need not be refused at its first bad byte: its time ends too. */
static void check_same(struct lg_str whole, struct lg_str pieces)
{
    assert(lg_str_starts(whole, pieces));
    assert(whole.size == pieces.size ||
           lg_str_starts(lg_str_part(whole, pieces.size, whole.size), LG_STR("<refused>")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct lg_buf whole, pieces;
    struct lg_str text;

    if (size < 3 || size > SENT_MAX)
        return 0;
    if (loop == NULL)
        set_up();
    text = lg_str_make((const char *)data + 2, size - 2);
    owner = data[1];
    try_once(text, text.size, &whole);
    try_once(text, 1 + data[0], &pieces);
    check_same(lg_buf_str(&whole), lg_buf_str(&pieces));
    lg_buf_done(&whole);
    lg_buf_done(&pieces);
    return 0;
}
