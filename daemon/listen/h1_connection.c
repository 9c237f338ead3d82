/* h1_connection.c -- what a connection does next, and whom it waits for. */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "listen/h1.h"
#include "observe/log.h"

#define STEPS_A_TURN 64 /* some twenty requests in a row: then others have their turn */
#define CHECK_MS 250    /* grain of the deadlines for heads and bodies */

/* --- bytes --- */

void lg_h1_touch(struct lg_h1_connection *connection)
{
    int64_t now = lg_loop_now_ms(connection->server->base.loop);

    if (connection->active_ms == now)
        return;
    connection->active_ms = now;
    if (lg_link_in_list(&connection->rest_link)) {
        lg_list_remove(&connection->rest_link);
        lg_list_add_last(&connection->server->resting, &connection->rest_link);
    }
}

enum lg_h1_step lg_h1_receive(struct lg_h1_connection *connection, char *data, size_t room,
                              size_t *ret_size)
{
    ssize_t count = recv(connection->watch.fd, data, room, MSG_DONTWAIT);

    *ret_size = 0;
    if (count == 0)
        return LG_H1_GONE;
    if (count < 0) {
        if (errno == EINTR)
            return LG_H1_ON;
        connection->readable = false;
        return errno == EAGAIN ? LG_H1_WAIT : LG_H1_GONE;
    }
    *ret_size = (size_t)count;
    /* What comes after these is told anew; the end was told already, and stands behind them. */
    if ((size_t)count < room && !connection->hung_up)
        connection->readable = false;
    lg_h1_touch(connection);
    return LG_H1_ON;
}

/* --- steps --- */

/* The answer is with the kernel. While draining no further request is invited. */
static enum lg_h1_step finish(struct lg_h1_connection *connection)
{
    bool last = connection->closing;

    lg_h1_exchange_end(connection, LG_DONE_SENT);
    if (connection->server->draining && connection->start == connection->end &&
        !connection->readable)
        last = true;
    return last ? LG_H1_OVER : LG_H1_ON;
}

static bool wants_body(const struct lg_h1_connection *connection)
{
    const struct lg_h1_exchange *exchange = connection->exchange;

    if (exchange == NULL)
        return connection->body.kind != LG_H1_NO_BODY; /* left over: it is dropped */
    return exchange->phase == LG_H1_HAS_BODY && !exchange->paused && !exchange->answered;
}

static enum lg_h1_step next_step(struct lg_h1_connection *connection)
{
    const struct lg_h1_exchange *exchange = connection->exchange;

    if (exchange != NULL && exchange->aborted)
        return LG_H1_GONE;
    if (exchange != NULL && lg_h1_has_output(exchange))
        return lg_h1_write_step(connection);
    if (exchange != NULL && exchange->complete)
        return finish(connection);
    if (wants_body(connection))
        return lg_h1_body_step(connection);
    if (exchange == NULL)
        return lg_h1_head_step(connection);
    /* The owner has the next word, unless nobody is there to hear it. */
    return connection->hung_up ? LG_H1_GONE : LG_H1_WAIT;
}

/* --- waiting --- */

static void wait_in(struct lg_link *list, struct lg_link *link, bool waits, int64_t now,
                    int64_t *since_ms)
{
    if (waits == lg_link_in_list(link))
        return;
    if (!waits) {
        lg_list_remove(link);
        return;
    }
    *since_ms = now;
    lg_list_add_last(list, link);
}

/* Puts it on the lists of those that wait for their peer. */
static void settle(struct lg_h1_connection *connection)
{
    struct lg_h1_server *server = connection->server;
    const struct lg_listen_limits *limits = connection->service->limits;
    const struct lg_h1_exchange *exchange = connection->exchange;
    int64_t now = lg_loop_now_ms(server->base.loop);
    bool body = wants_body(connection);
    bool head = exchange == NULL && !body &&
                (connection->requests == 0 || connection->start < connection->end);
    bool peer = exchange == NULL || body || lg_h1_has_output(exchange);

    if (body && !lg_link_in_list(&connection->body_link))
        connection->body.bytes = 0;
    wait_in(&server->heads, &connection->head_link, head && limits->header_timeout_ms > 0, now,
            &connection->head_since_ms);
    wait_in(&server->bodies, &connection->body_link, body && limits->body_rate > 0, now,
            &connection->body.since_ms);
    wait_in(&server->resting, &connection->rest_link, peer && server->idle_ms > 0, now,
            &connection->active_ms);
    if (lg_link_in_list(&connection->head_link) || lg_link_in_list(&connection->body_link))
        lg_h1_check_soon(server, now + CHECK_MS);
    else if (lg_link_in_list(&connection->rest_link))
        lg_h1_check_soon(server, connection->active_ms + server->idle_ms);
    if (exchange == NULL)
        lg_h1_rest_buffer(connection);
}

static void go_on(struct lg_task *task)
{
    lg_h1_run(LG_CONTAINER(task, struct lg_h1_connection, task));
}

void lg_h1_wake(struct lg_h1_connection *connection)
{
    if (!connection->running)
        lg_task_queue_last(connection->server->base.loop, &connection->task, go_on);
}

/* --- life --- */

/*
 * Closing a socket with unread bytes resets it, and the peer may lose its answer; so what it still
 * sends is waited for and dropped.
 */
static bool worth_lingering(const struct lg_h1_connection *connection)
{
    return !connection->hung_up &&
           (connection->unread || connection->readable || connection->start < connection->end);
}

/* An answer that was begun and not ended must not look as if it were whole. */
static bool is_cut(const struct lg_h1_connection *connection)
{
    const struct lg_h1_exchange *exchange = connection->exchange;

    return exchange != NULL && exchange->answered &&
           (!exchange->complete || lg_h1_has_output(exchange) || exchange->aborted);
}

static void close_socket(struct lg_h1_connection *connection, bool cut, bool linger)
{
    const struct linger reset = { .l_onoff = 1 };
    int fd = connection->watch.fd;

    lg_watch_remove(connection->server->base.loop, &connection->watch);
    if (linger) {
        lg_linger_take(&connection->server->lingers, fd,
                       connection->partly ? lg_h1_drop_limit(connection) : LG_LINGER_BYTES);
        return;
    }
    if (cut)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    close(fd);
}

static void end(struct lg_h1_connection *connection, enum lg_done how, bool linger)
{
    struct lg_h1_server *server = connection->server;
    bool cut = is_cut(connection);

    connection->running = true; /* nothing wakes it any more */
    if (connection->exchange != NULL)
        lg_h1_exchange_end(connection, how);
    lg_task_cancel(&connection->task);
    close_socket(connection, cut, linger);
    lg_list_remove(&connection->head_link);
    lg_list_remove(&connection->body_link);
    lg_list_remove(&connection->rest_link);
    lg_list_remove(&connection->link);
    server->connection_count--;
    lg_h1_buffer_give(server, connection->in);
    lg_listener_unref(connection->listener, connection->key);
    free(connection);
}

void lg_h1_close(struct lg_h1_connection *connection, enum lg_done how)
{
    end(connection, how, false);
}

void lg_h1_run(struct lg_h1_connection *connection)
{
    enum lg_h1_step step = LG_H1_ON;

    assert(!connection->running);
    connection->running = true;
    for (int i = 0; i < STEPS_A_TURN && step == LG_H1_ON; i++)
        step = next_step(connection);
    connection->running = false;
    switch (step) {
    case LG_H1_ON:
    case LG_H1_LATER:
        lg_h1_wake(connection);
        settle(connection);
        break;
    case LG_H1_WAIT:
        settle(connection);
        break;
    case LG_H1_GONE:
        end(connection, LG_DONE_GONE, false);
        break;
    case LG_H1_OVER:
        end(connection, LG_DONE_SENT, worth_lingering(connection));
        break;
    }
}

static void on_event(struct lg_watch *watch, uint32_t events)
{
    struct lg_h1_connection *connection = LG_CONTAINER(watch, struct lg_h1_connection, watch);

    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        connection->hung_up = true;
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        connection->readable = true;
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0)
        connection->blocked = false;
    lg_h1_run(connection);
}

void lg_h1_connection_open(struct lg_h1_server *server, const struct lg_arrival *arrival)
{
    struct lg_h1_connection *connection = LG_NEW(struct lg_h1_connection);

    connection->server = server;
    connection->listener = arrival->listener;
    connection->service = arrival->service;
    connection->key = arrival->key;
    connection->peer_port = arrival->peer_port;
    memcpy(connection->peer, arrival->peer, sizeof(connection->peer));
    if (lg_watch_add(server->base.loop, &connection->watch, arrival->fd,
                     EPOLLIN | EPOLLRDHUP | EPOLLET, on_event) != LG_OK) {
        lg_log(LG_LOG_WARN, "listen", NULL, "cannot serve a connection: %s", strerror(errno));
        close(arrival->fd);
        lg_listener_unref(arrival->listener, arrival->key);
        free(connection);
        return;
    }
    lg_list_add_last(&server->connections, &connection->link);
    server->connection_count++;
    settle(connection);
}
