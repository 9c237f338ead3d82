/* h1_buffer.c -- memory for received bytes: small ones from a list of spares, larger ones for long
 * heads. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/poison.h"
#include "listen/h1.h"

#define SMALL_ROOM (4096 - sizeof(struct lg_h1_buffer))
#define ROOM_MIN ((size_t)512) /* worth a call of the kernel */
#define SPARES ((size_t)(LG_POISON_GAP > 0 ? 0 : 256))

static struct lg_h1_buffer *take(struct lg_h1_server *server, size_t room)
{
    struct lg_h1_buffer *buffer = server->spare_buffers;

    if (buffer != NULL && room <= SMALL_ROOM) {
        server->spare_buffers = buffer->next;
        server->spare_buffer_count--;
        return buffer;
    }
    if (room < SMALL_ROOM)
        room = SMALL_ROOM;
    buffer = lg_alloc(sizeof(*buffer) + room);
    buffer->room = room;
    return buffer;
}

void lg_h1_buffer_give(struct lg_h1_server *server, struct lg_h1_buffer *buffer)
{
    if (buffer == NULL)
        return;
    if (buffer->room > SMALL_ROOM || server->spare_buffer_count + 1 > SPARES) {
        free(buffer);
        return;
    }
    server->spare_buffer_count++;
    buffer->next = server->spare_buffers;
    server->spare_buffers = buffer;
}

void lg_h1_rest_buffer(struct lg_h1_connection *connection)
{
    if (connection->in == NULL || connection->start < connection->end || connection->floor > 0)
        return;
    lg_h1_buffer_give(connection->server, connection->in);
    connection->in = NULL;
    connection->start = connection->end = 0;
}

static size_t room_left(const struct lg_h1_connection *connection)
{
    return connection->in->room - connection->end;
}

static void move_down(struct lg_h1_connection *connection)
{
    size_t size = connection->end - connection->start;

    memmove(connection->in->data + connection->floor, connection->in->data + connection->start,
            size);
    connection->start = connection->floor;
    connection->end = connection->floor + size;
}

/* The old one stays with the exchange if its head lies there. */
static void move_to_another(struct lg_h1_connection *connection)
{
    size_t size = connection->end - connection->start;
    struct lg_h1_buffer *old = connection->in;

    connection->in = take(connection->server, 2 * size);
    memcpy(connection->in->data, old->data + connection->start, size);
    connection->start = 0;
    connection->end = size;
    if (connection->floor > 0) {
        assert(connection->exchange->kept == NULL);
        connection->exchange->kept = old;
        connection->floor = 0;
    } else {
        lg_h1_buffer_give(connection->server, old);
    }
}

void lg_h1_make_room(struct lg_h1_connection *connection)
{
    if (connection->in == NULL)
        connection->in = take(connection->server, SMALL_ROOM);
    if (connection->start == connection->end)
        connection->start = connection->end = connection->floor;
    if (room_left(connection) >= ROOM_MIN)
        return;
    if (connection->start > connection->floor)
        move_down(connection);
    if (room_left(connection) < ROOM_MIN)
        move_to_another(connection);
}

void lg_h1_buffers_free(struct lg_h1_server *server)
{
    struct lg_h1_buffer *buffer = server->spare_buffers;

    while (buffer != NULL) {
        struct lg_h1_buffer *next = buffer->next;

        free(buffer);
        buffer = next;
    }
    free(server->window);
}
