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
    struct lg_link *spare = lg_list_first(&server->spare_buffers);
    struct lg_h1_buffer *buffer;

    if (spare != NULL && room <= SMALL_ROOM) {
        lg_list_remove(spare);
        server->spare_buffer_count--;
        return LG_LIST_OF(spare, struct lg_h1_buffer, link);
    }
    if (room < SMALL_ROOM)
        room = SMALL_ROOM;
    buffer = lg_alloc(sizeof(*buffer) + room);
    buffer->link = (struct lg_link){ NULL, NULL };
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
    lg_list_add_first(&server->spare_buffers, &buffer->link);
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
    struct lg_link *link = lg_list_first(&server->spare_buffers);

    while (link != NULL) {
        struct lg_link *after = lg_list_after(&server->spare_buffers, link);

        free(LG_LIST_OF(link, struct lg_h1_buffer, link));
        link = after;
    }
    free(server->window);
}
