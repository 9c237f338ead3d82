/* mhd_exchange.c -- one request: libmicrohttpd's calls turned into events, our answers into its
 * own. */
#include "listen/mhd.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "observe/log.h"

#define SPARE_EXCHANGES 256
#define STREAM_BLOCK 32768

/* --- life --- */

struct lg_mhd_exchange *lg_mhd_exchange_begin(struct lg_mhd_connection *connection,
                                              const char *target)
{
    struct lg_mhd_server *server = connection->server;
    struct lg_link *spare = lg_list_first(&server->spare);
    struct lg_mhd_exchange *exchange;

    if (connection->exchange != NULL)
        lg_mhd_exchange_end(connection->exchange, MHD_REQUEST_TERMINATED_WITH_ERROR);
    if (spare != NULL) {
        lg_list_remove(spare);
        server->spare_count--;
        exchange = LG_LIST_OF(spare, struct lg_mhd_exchange, link);
        memset(exchange, 0, offsetof(struct lg_mhd_exchange, headers));
    } else {
        exchange = LG_NEW(struct lg_mhd_exchange);
    }
    exchange->base.engine = connection->server->base.engine;
    exchange->base.loop = connection->server->base.loop;
    lg_arena_init(&exchange->arena);
    exchange->connection = connection;
    exchange->base.head.target = lg_arena_str(&exchange->arena, lg_str_of(target));
    connection->exchange = exchange;
    connection->requests++;
    lg_mhd_connection_head_awaited(connection);
    return exchange;
}

void lg_mhd_exchange_end(struct lg_mhd_exchange *exchange, enum MHD_RequestTerminationCode code)
{
    struct lg_mhd_connection *connection = exchange->connection;
    struct lg_mhd_server *server = connection->server;
    enum lg_done how = LG_DONE_GONE;

    if (exchange->aborted)
        how = LG_DONE_ABORTED;
    else if (code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
        how = LG_DONE_SENT;
    lg_mhd_connection_body_paused(connection);
    connection->exchange = NULL;
    lg_task_cancel(&exchange->room_task);
    if (exchange->base.events != NULL)
        exchange->base.events->on_done(exchange->base.object, how, exchange->body_sent);
    if (exchange->response != NULL)
        MHD_destroy_response(exchange->response);
    if (exchange->streaming)
        lg_buf_done(&exchange->stream);
    lg_arena_done(&exchange->arena);
    if (server->spare_count < SPARE_EXCHANGES) {
        server->spare_count++;
        lg_list_add_first(&server->spare, &exchange->link);
    } else {
        free(exchange);
    }
}

static struct lg_mhd_exchange *of(struct lg_exchange *base)
{
    return LG_CONTAINER(base, struct lg_mhd_exchange, base);
}

struct lg_str lg_mhd_trailer(const struct lg_exchange *base, const char *name)
{
    const struct lg_mhd_exchange *exchange = (const struct lg_mhd_exchange *)base;
    const char *value =
        MHD_lookup_connection_value(exchange->connection->mhd, MHD_FOOTER_KIND, name);

    assert(exchange->phase == LG_MHD_WHOLE);
    return value == NULL ? LG_STR("") : lg_str_trim(lg_str_of(value));
}

/* --- the head --- */

struct header_list {
    struct lg_mhd_exchange *exchange;
    struct lg_header *items;
    size_t count, room;
};

static void grow_list(struct header_list *list)
{
    struct lg_header *bigger =
        lg_arena_alloc(&list->exchange->arena, 2 * list->room * sizeof(struct lg_header));

    memcpy(bigger, list->items, list->count * sizeof(struct lg_header));
    list->items = bigger;
    list->room *= 2;
}

static lg_mhd_result add_header(void *context, enum MHD_ValueKind kind, const char *name,
                                size_t name_size, const char *value, size_t value_size)
{
    struct header_list *list = context;

    (void)kind;
    if (list->count == list->room)
        grow_list(list);
    list->items[list->count++] = (struct lg_header){
        lg_str_make(name, name_size),
        value == NULL ? LG_STR("") : lg_str_trim(lg_str_make(value, value_size)),
    };
    return MHD_YES;
}

static void read_head(struct lg_mhd_exchange *exchange, const char *method, const char *version)
{
    struct lg_mhd_connection *connection = exchange->connection;
    struct lg_head *head = &exchange->base.head;
    struct header_list list = { exchange, exchange->headers, 0, LG_HEADERS_INLINE };
    size_t mark = lg_str_find(head->target, '?', 0);

    (void)MHD_get_connection_values_n(connection->mhd, MHD_HEADER_KIND, add_header, &list);
    head->headers = list.items;
    head->header_count = list.count;
    head->method = lg_str_of(method);
    head->version_minor = strcmp(version, MHD_HTTP_VERSION_1_0) == 0 ? 0 : 1;
    head->path = lg_str_part(head->target, 0, mark);
    head->query = mark == head->target.size
                      ? LG_STR_NONE
                      : lg_str_part(head->target, mark + 1, head->target.size);
    head->peer = connection->peer;
    head->peer_port = connection->peer_port;
    head->local_port = lg_listener_port(connection->listener);
}

static void present(struct lg_mhd_exchange *exchange, const char *method, const char *version)
{
    const struct lg_service *service = exchange->connection->service;
    struct lg_head_facts facts;
    struct lg_head_fault fault;

    lg_mhd_connection_head_complete(exchange->connection);
    read_head(exchange, method, version);
    exchange->phase = LG_MHD_HEAD;
    if (lg_head_check(&exchange->base.head, service->limits, &facts, &fault) == LG_OK) {
        exchange->base.head.content_length = facts.content_length;
        service->on_request(service->context, &exchange->base);
        return;
    }
    exchange->refused = true;
    lg_exchange_refuse(&exchange->base, service, &fault);
}

/* --- the steps --- */

static lg_mhd_result queue_answer(struct lg_mhd_exchange *exchange)
{
    lg_mhd_result queued = MHD_queue_response(exchange->connection->mhd, (unsigned)exchange->status,
                                              exchange->response);

    MHD_destroy_response(exchange->response);
    exchange->response = NULL;
    exchange->phase = LG_MHD_ANSWERED;
    if (queued != MHD_YES)
        lg_log(LG_LOG_ERROR, "listen", NULL, "%s: an answer could not be sent, cut",
               exchange->base.head.peer);
    return queued;
}

static void suspend(struct lg_mhd_exchange *exchange)
{
    lg_mhd_connection_suspend(exchange->connection);
}

static uint64_t unread_limit(const struct lg_mhd_exchange *exchange)
{
    return lg_unread_limit(exchange->connection->service->limits);
}

/*
 * An answer to the head of a request with a body closes the connection, since the rest would be
 * read as a next request. A small body is read and dropped instead.
 */
static bool worth_dropping(const struct lg_mhd_exchange *exchange)
{
    if (exchange->refused || lg_head_find(&exchange->base.head, "expect").data != NULL)
        return false;
    return exchange->base.head.content_length >= 0 &&
           (uint64_t)exchange->base.head.content_length <= unread_limit(exchange);
}

static lg_mhd_result step_head(struct lg_mhd_exchange *exchange)
{
    if (exchange->response != NULL) {
        if (!worth_dropping(exchange)) {
            exchange->connection->unread = exchange->base.head.content_length != 0;
            return queue_answer(exchange);
        }
        exchange->phase = LG_MHD_DROP;
        if (exchange->base.head.content_length > 0)
            lg_mhd_connection_body_awaited(exchange->connection);
    } else if (exchange->phase == LG_MHD_HEAD) {
        exchange->head_again = true;
        suspend(exchange);
    }
    return MHD_YES;
}

/* A repeated call looks like the end of the body to one whose body is awaited by now. */
static bool is_head_again(struct lg_mhd_exchange *exchange, size_t size)
{
    bool again = exchange->head_again && size == 0;

    exchange->head_again = false;
    return again;
}

static void pause_body(struct lg_mhd_exchange *exchange)
{
    lg_mhd_connection_body_paused(exchange->connection);
    suspend(exchange);
}

/* What was worth dropping is, so that its client hears the answer. */
static uint64_t drop_limit(const struct lg_mhd_exchange *exchange)
{
    size_t limit = exchange->connection->service->limits->drop_bytes;

    return limit > unread_limit(exchange) ? limit : unread_limit(exchange);
}

static lg_mhd_result step_data(struct lg_mhd_exchange *exchange, const char *data, size_t *size)
{
    size_t count = *size;

    *size = 0;
    exchange->body_bytes += count;
    if (exchange->phase == LG_MHD_BODY) {
        enum lg_flow flow = exchange->base.events->on_data(exchange->base.object, data, count);

        if (exchange->aborted)
            return MHD_NO;
        if (exchange->response != NULL)
            exchange->phase = LG_MHD_DROP;
        else if (flow == LG_FLOW_PAUSE && !exchange->suspended)
            pause_body(exchange); /* libmicrohttpd still gives the chunks that it has */
        return MHD_YES;
    }
    exchange->dropped += count;
    return exchange->dropped > drop_limit(exchange) ? MHD_NO : MHD_YES;
}

static lg_mhd_result step_end(struct lg_mhd_exchange *exchange)
{
    lg_mhd_connection_body_paused(exchange->connection);
    if (exchange->phase == LG_MHD_BODY) {
        exchange->phase = LG_MHD_WHOLE;
        exchange->base.events->on_body(exchange->base.object);
    }
    exchange->phase = LG_MHD_WHOLE;
    if (exchange->aborted)
        return MHD_NO;
    if (exchange->response != NULL)
        return queue_answer(exchange);
    suspend(exchange);
    return MHD_YES;
}

lg_mhd_result lg_mhd_exchange_step(struct lg_mhd_exchange *exchange, const char *method,
                                   const char *version, const char *data, size_t *size)
{
    if (exchange->aborted || exchange->connection->peer_closed)
        return MHD_NO;
    if (exchange->phase == LG_MHD_NEW) {
        present(exchange, method, version);
        assert(exchange->base.events != NULL);
        return exchange->aborted ? MHD_NO : step_head(exchange);
    }
    if (is_head_again(exchange, *size))
        return step_head(exchange);
    if (*size > 0)
        return step_data(exchange, data, size);
    return step_end(exchange);
}

void lg_mhd_read_body(struct lg_exchange *base)
{
    struct lg_mhd_exchange *exchange = of(base);

    assert(exchange->phase == LG_MHD_HEAD && exchange->response == NULL);
    exchange->phase = LG_MHD_BODY;
    lg_mhd_connection_body_awaited(exchange->connection);
    if (exchange->suspended)
        lg_mhd_connection_resume(exchange->connection);
}

void lg_mhd_resume_body(struct lg_exchange *base)
{
    struct lg_mhd_exchange *exchange = of(base);

    if (exchange->phase != LG_MHD_BODY || !exchange->suspended)
        return;
    lg_mhd_connection_body_awaited(exchange->connection);
    lg_mhd_connection_resume(exchange->connection);
}

/* --- answers --- */

static void add_answer_header(struct lg_mhd_exchange *exchange, const struct lg_header *header)
{
    if (!lg_answer_header_fine(header))
        return;
    if (MHD_add_response_header(exchange->response, lg_arena_cstr(&exchange->arena, header->name),
                                lg_arena_cstr(&exchange->arena, header->value)) != MHD_YES)
        lg_log(LG_LOG_WARN, "listen", NULL, "a header of an answer cannot be sent: %.*s",
               LG_STR_ARG(header->name));
}

/* Whether the connection ends with this answer. */
static bool last_request(const struct lg_mhd_connection *connection)
{
    size_t limit = connection->service->limits->requests_per_connection;

    return connection->server->draining || (limit > 0 && connection->requests >= limit);
}

static void add_answer_head(struct lg_mhd_exchange *exchange, const struct lg_answer *answer)
{
    exchange->status = answer->status;
    for (size_t i = 0; i < answer->header_count; i++)
        add_answer_header(exchange, &answer->headers[i]);
    if (answer->close || exchange->refused || last_request(exchange->connection))
        (void)MHD_add_response_header(exchange->response, "Connection", "close");
}

static void answer_ready(struct lg_mhd_exchange *exchange)
{
    if (exchange->suspended)
        lg_mhd_connection_resume(exchange->connection);
}

void lg_mhd_answer(struct lg_exchange *base, const struct lg_answer *answer, struct lg_str body)
{
    struct lg_mhd_exchange *exchange = of(base);
    /* libmicrohttpd reads only, in spite of its prototype. */
    void *data = (void *)(uintptr_t)(const void *)body.data;

    assert(exchange->response == NULL && exchange->phase != LG_MHD_ANSWERED);
    exchange->response = MHD_create_response_from_buffer(body.size, data, MHD_RESPMEM_PERSISTENT);
    assert(exchange->response != NULL);
    exchange->body_sent = body.size;
    add_answer_head(exchange, answer);
    answer_ready(exchange);
}

static void tell_room(struct lg_task *task)
{
    struct lg_mhd_exchange *exchange = LG_CONTAINER(task, struct lg_mhd_exchange, room_task);

    if (exchange->base.events->on_room != NULL)
        exchange->base.events->on_room(exchange->base.object);
}

static void drop_taken(struct lg_mhd_exchange *exchange)
{
    lg_buf_drop(&exchange->stream, exchange->stream_taken);
    exchange->stream_taken = 0;
}

/* libmicrohttpd wants the next bytes of a streamed answer. */
static ssize_t read_stream(void *context, uint64_t position, char *data, size_t room)
{
    struct lg_mhd_exchange *exchange = context;
    size_t here = exchange->stream.size - exchange->stream_taken;

    (void)position;
    if (exchange->aborted || exchange->connection->peer_closed)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (here == 0) {
        if (exchange->stream_ended)
            return MHD_CONTENT_READER_END_OF_STREAM;
        suspend(exchange);
        return 0;
    }
    if (here > room)
        here = room;
    memcpy(data, exchange->stream.data + exchange->stream_taken, here);
    exchange->stream_taken += here;
    exchange->body_sent += here;
    if (exchange->stream.size - exchange->stream_taken <= LG_STREAM_LOW) {
        drop_taken(exchange);
        if (exchange->stream_full) {
            exchange->stream_full = false;
            lg_task_queue(exchange->base.loop, &exchange->room_task, tell_room);
        }
    }
    return (ssize_t)here;
}

void lg_mhd_answer_start(struct lg_exchange *base, const struct lg_answer *answer, int64_t length)
{
    struct lg_mhd_exchange *exchange = of(base);
    struct lg_answer head = *answer;

    assert(exchange->response == NULL && exchange->phase != LG_MHD_ANSWERED);
    exchange->streaming = true;
    lg_buf_init(&exchange->stream, SIZE_MAX);
    exchange->response =
        MHD_create_response_from_callback(length < 0 ? MHD_SIZE_UNKNOWN : (uint64_t)length,
                                          STREAM_BLOCK, read_stream, exchange, NULL);
    assert(exchange->response != NULL);
    /* 0.9.75 sends a chunk end after the head of a HEAD answer, which a next request would trip
     * over. */
    if (length < 0 && lg_str_is(exchange->base.head.method, "HEAD"))
        head.close = true;
    add_answer_head(exchange, &head);
    answer_ready(exchange);
}

/* The reader suspended the connection for want of what has come now. */
static void wake_reader(struct lg_mhd_exchange *exchange)
{
    if (exchange->phase == LG_MHD_ANSWERED && exchange->suspended)
        lg_mhd_connection_resume(exchange->connection);
}

enum lg_flow lg_mhd_answer_data(struct lg_exchange *base, const void *data, size_t size)
{
    struct lg_mhd_exchange *exchange = of(base);

    assert(exchange->streaming && !exchange->stream_ended);
    (void)lg_buf_add(&exchange->stream, data, size);
    wake_reader(exchange);
    exchange->stream_full = exchange->stream.size - exchange->stream_taken >= LG_STREAM_HIGH;
    return exchange->stream_full ? LG_FLOW_PAUSE : LG_FLOW_MORE;
}

void lg_mhd_answer_end(struct lg_exchange *base)
{
    struct lg_mhd_exchange *exchange = of(base);

    assert(exchange->streaming && !exchange->stream_ended);
    exchange->stream_ended = true;
    wake_reader(exchange);
}

/* Without chunks only a reset tells a cut answer from a whole one. */
static void end_by_reset(struct lg_mhd_exchange *exchange)
{
    const struct sockaddr nobody = { .sa_family = AF_UNSPEC };

    (void)connect(exchange->connection->fd, &nobody, sizeof(nobody));
}

void lg_mhd_abort(struct lg_exchange *base)
{
    struct lg_mhd_exchange *exchange = of(base);

    exchange->aborted = true;
    if (exchange->streaming && exchange->base.head.version_minor == 0)
        end_by_reset(exchange);
    if (exchange->suspended)
        lg_mhd_connection_resume(exchange->connection);
    else if (exchange->phase == LG_MHD_ANSWERED || exchange->phase == LG_MHD_BODY)
        (void)shutdown(exchange->connection->fd, SHUT_RDWR); /* libmicrohttpd waits for it */
}
