/* h1_body.c -- the body, piece by piece, to its owner or nowhere. */
#include <assert.h>

#include "base/mem.h"
#include "listen/h1.h"

#define LONG_BYTES_A_TURN ((size_t)1024 * 1024)

/* The next piece among the bytes of `cursor`. */
static enum lg_http_piece next_piece(struct lg_h1_body *body, struct lg_http_cursor *cursor,
                                     struct lg_header *ret_field)
{
    struct lg_str bytes = lg_http_cursor_rest(cursor);

    if (body->kind == LG_H1_CHUNKED)
        return lg_http_chunks_next(&body->chunks, cursor, ret_field);
    if (body->left == 0)
        return LG_HTTP_PIECE_END;
    if (bytes.size == 0)
        return LG_HTTP_PIECE_MORE;
    if (bytes.size > body->left)
        bytes.size = (size_t)body->left;
    body->left -= bytes.size;
    cursor->at += bytes.size;
    ret_field->value = bytes;
    return LG_HTTP_PIECE_DATA;
}

static void give_data(struct lg_h1_connection *connection, struct lg_str data)
{
    struct lg_h1_exchange *exchange = connection->exchange;

    connection->body.bytes += data.size;
    if (exchange != NULL && exchange->base.events->on_data(exchange->base.object, data.data,
                                                           data.size) == LG_FLOW_PAUSE)
        exchange->paused = !exchange->answered;
}

static void keep_trailer(struct lg_h1_exchange *exchange, const struct lg_header *field)
{
    struct lg_h1_trailer *trailer;

    if (exchange == NULL)
        return;
    trailer = LG_ARENA_NEW(&exchange->arena, struct lg_h1_trailer);
    trailer->field.name = lg_arena_str(&exchange->arena, field->name);
    trailer->field.value = lg_arena_str(&exchange->arena, field->value);
    trailer->next = exchange->trailers;
    exchange->trailers = trailer;
}

static void end_body(struct lg_h1_connection *connection)
{
    struct lg_h1_exchange *exchange = connection->exchange;

    connection->body.kind = LG_H1_NO_BODY;
    if (exchange == NULL)
        return;
    exchange->phase = LG_H1_HAS_WHOLE;
    exchange->base.events->on_body(exchange->base.object);
}

/* How much of what comes next is surely of the body, and of nothing behind it. */
static uint64_t sure(const struct lg_h1_body *body)
{
    return body->kind == LG_H1_LENGTH ? body->left : lg_http_chunks_sure(&body->chunks);
}

/* Long bodies of all connections together have half a millisecond of a turn. */
static bool had_its_turn(struct lg_h1_server *server)
{
    int64_t now = lg_loop_now_us(server->base.loop);

    if (server->long_us != now) {
        server->long_us = now;
        server->long_bytes = 0;
    }
    return server->long_bytes >= LONG_BYTES_A_TURN;
}

/* Into the window that all connections share: nothing of it is left over when we return. */
static enum lg_h1_step receive_long(struct lg_h1_connection *connection, uint64_t most)
{
    struct lg_h1_server *server = connection->server;
    struct lg_header field = { LG_STR_NONE, LG_STR_NONE };
    struct lg_http_cursor cursor;
    enum lg_h1_step step;
    size_t size;

    if (had_its_turn(server))
        return LG_H1_LATER;
    if (server->window == NULL)
        server->window = lg_alloc(LG_H1_WINDOW);
    step = lg_h1_receive(connection, server->window,
                         most < LG_H1_WINDOW ? (size_t)most : LG_H1_WINDOW, &size);
    if (step != LG_H1_ON)
        return step;
    server->long_bytes += size;
    cursor = (struct lg_http_cursor){ server->window, server->window + size, NULL };
    if (next_piece(&connection->body, &cursor, &field) == LG_HTTP_PIECE_DATA)
        give_data(connection, field.value);
    assert(cursor.at == cursor.end);
    return LG_H1_ON;
}

static enum lg_h1_step receive(struct lg_h1_connection *connection)
{
    uint64_t most = sure(&connection->body);
    enum lg_h1_step step;
    size_t room, size;

    if (!connection->readable)
        return LG_H1_WAIT;
    room = connection->in == NULL ? 0 : connection->in->room - connection->floor;
    if (connection->start == connection->end && most > room)
        return receive_long(connection, most);
    lg_h1_make_room(connection);
    step = lg_h1_receive(connection, connection->in->data + connection->end,
                         connection->in->room - connection->end, &size);
    connection->end += size;
    return step;
}

enum lg_h1_step lg_h1_body_step(struct lg_h1_connection *connection)
{
    struct lg_str bytes = lg_h1_pending(connection);
    struct lg_http_cursor cursor = { bytes.data, bytes.data + bytes.size, NULL };
    struct lg_header field = { LG_STR_NONE, LG_STR_NONE };
    enum lg_http_piece piece = next_piece(&connection->body, &cursor, &field);

    connection->start += (size_t)(cursor.at - bytes.data);
    switch (piece) {
    case LG_HTTP_PIECE_DATA:
        give_data(connection, field.value);
        return LG_H1_ON;
    case LG_HTTP_PIECE_TRAILER:
        keep_trailer(connection->exchange, &field);
        return LG_H1_ON;
    case LG_HTTP_PIECE_END:
        end_body(connection);
        return LG_H1_ON;
    case LG_HTTP_PIECE_BAD:
        lg_h1_refuse_body(connection, cursor.fault);
        return LG_H1_ON;
    case LG_HTTP_PIECE_MORE:
        break;
    }
    return receive(connection);
}
