/* h1_head.c -- bytes become a request, or a refusal, and the service gets it. */
#include <assert.h>
#include <string.h>

#include "base/mem.h"
#include "listen/h1.h"

/* The names of what a broken head does not say are empty, never missing. */
static void fill_head(struct lg_h1_exchange *exchange, const struct lg_h1_request *request)
{
    const struct lg_h1_connection *connection = exchange->connection;
    struct lg_head *head = &exchange->base.head;

    head->method = request->method.data == NULL ? LG_STR("") : request->method;
    head->target = request->target.data == NULL ? LG_STR("") : request->target;
    head->path = request->path.data == NULL ? head->target : request->path;
    head->query = request->query;
    head->version_minor = request->version_minor;
    head->peer = connection->peer;
    head->peer_port = connection->peer_port;
    head->local_port = lg_listener_port(connection->listener);
}

static void begin(struct lg_h1_connection *connection, struct lg_h1_exchange *exchange)
{
    connection->exchange = exchange;
    connection->requests++;
    connection->tried = 0;
}

/* Nothing behind it can be believed. */
static void refuse(struct lg_h1_connection *connection, const struct lg_head_fault *fault)
{
    connection->unread = fault->status != 408; /* that one does not send enough to be waited for */
    connection->start = connection->end;
    connection->body.kind = LG_H1_NO_BODY;
    lg_exchange_refuse(&connection->exchange->base, connection->service, fault);
    assert(connection->exchange->base.events != NULL);
}

static void expect_body(struct lg_h1_connection *connection, int64_t length)
{
    const struct lg_listen_limits *limits = connection->service->limits;

    if (length > 0) {
        connection->body.kind = LG_H1_LENGTH;
        connection->body.left = (uint64_t)length;
    } else if (length < 0) {
        connection->body.kind = LG_H1_CHUNKED;
        lg_http_chunks_init(&connection->body.chunks, limits->header_bytes, limits->headers);
    }
}

/* A head that is well formed: what it means is looked at now. */
static void present(struct lg_h1_connection *connection, struct lg_h1_exchange *exchange)
{
    const struct lg_service *service = connection->service;
    struct lg_head *head = &exchange->base.head;
    struct lg_head_facts facts;
    struct lg_head_fault fault;

    if (lg_head_judge(head, &facts, &fault) != LG_OK) {
        refuse(connection, &fault);
        return;
    }
    head->content_length = facts.content_length;
    exchange->expects = facts.expects_continue;
    exchange->keep = !facts.close && (head->version_minor > 0 || facts.keep_alive);
    expect_body(connection, facts.content_length);
    service->on_request(service->context, &exchange->base);
    assert(exchange->base.events != NULL);
}

/* Reads into larger arrays until all fields fit. */
static enum lg_h1_read read_request(struct lg_h1_connection *connection,
                                    struct lg_h1_exchange *exchange,
                                    struct lg_h1_request *ret_request)
{
    struct lg_header *headers = exchange->headers;
    size_t room = LG_H1_HEADERS;
    enum lg_h1_read read;

    for (;;) {
        read = lg_h1_request_read(lg_h1_pending(connection), connection->service->limits, headers,
                                  room, ret_request);
        if (read != LG_H1_ROOM)
            break;
        room *= 2;
        headers = lg_arena_alloc(&exchange->arena, room * sizeof(struct lg_header));
    }
    exchange->base.head.headers = headers;
    exchange->base.head.header_count = ret_request->header_count;
    return read;
}

/* Looks for the end alone in what is new, so that a head in many pieces is not read once a piece.
 */
static bool worth_reading(const struct lg_h1_connection *connection)
{
    struct lg_str bytes = lg_h1_pending(connection);
    size_t known = connection->tried < 3 ? 0 : connection->tried - 3;

    return connection->tried == 0 || bytes.size >= 2 * connection->tried ||
           memmem(bytes.data + known, bytes.size - known, "\r\n\r\n", 4) != NULL;
}

static enum lg_h1_step take_head(struct lg_h1_connection *connection)
{
    struct lg_h1_exchange *exchange;
    struct lg_h1_request request = { .size = 0 };

    if (!worth_reading(connection))
        return LG_H1_WAIT;
    exchange = lg_h1_exchange_take(connection);
    switch (read_request(connection, exchange, &request)) {
    case LG_H1_HEAD:
        fill_head(exchange, &request);
        begin(connection, exchange);
        connection->start += request.size;
        connection->floor = connection->start;
        present(connection, exchange);
        return LG_H1_ON;
    case LG_H1_BAD:
        fill_head(exchange, &request);
        begin(connection, exchange);
        connection->floor = connection->end;
        refuse(connection, &request.fault);
        return LG_H1_ON;
    default:
        connection->tried = lg_h1_pending(connection).size;
        lg_h1_exchange_give(exchange);
        return LG_H1_WAIT;
    }
}

enum lg_h1_step lg_h1_head_step(struct lg_h1_connection *connection)
{
    enum lg_h1_step step;
    size_t size;

    if (connection->start < connection->end) {
        step = take_head(connection);
        if (step != LG_H1_WAIT)
            return step;
    }
    if (!connection->readable)
        return LG_H1_WAIT;
    lg_h1_make_room(connection);
    step = lg_h1_receive(connection, connection->in->data + connection->end,
                         connection->in->room - connection->end, &size);
    connection->end += size;
    return step;
}

void lg_h1_refuse_late(struct lg_h1_connection *connection)
{
    static const struct lg_head_fault late = { 408, "no whole request head within header_timeout" };
    struct lg_h1_exchange *exchange = lg_h1_exchange_take(connection);
    struct lg_h1_request request = { .size = 0 };

    (void)read_request(connection, exchange, &request);
    fill_head(exchange, &request);
    begin(connection, exchange);
    connection->floor = connection->end;
    connection->running = true;
    refuse(connection, &late);
    connection->running = false;
}

/* Of the old head, which ends, what a refusal looks at. */
static void copy_head(struct lg_h1_exchange *exchange, const struct lg_head *old)
{
    const struct lg_h1_request request = {
        .method = lg_arena_str(&exchange->arena, old->method),
        .target = lg_arena_str(&exchange->arena, old->target),
        .path = lg_arena_str(&exchange->arena, old->path),
        .version_minor = old->version_minor,
    };
    struct lg_str host = lg_head_find(old, "host");

    fill_head(exchange, &request);
    exchange->base.head.headers = exchange->headers;
    if (host.data != NULL)
        exchange->headers[exchange->base.head.header_count++] =
            (struct lg_header){ LG_STR("Host"), lg_arena_str(&exchange->arena, host) };
}

void lg_h1_refuse_body(struct lg_h1_connection *connection, const char *reason)
{
    const struct lg_head_fault fault = { 400, reason };
    struct lg_h1_exchange *exchange = lg_h1_exchange_take(connection);

    copy_head(exchange, &connection->exchange->base.head);
    lg_h1_exchange_end(connection, LG_DONE_GONE);
    begin(connection, exchange);
    refuse(connection, &fault);
}
