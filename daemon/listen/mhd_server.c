/* mhd_server.c -- one libmicrohttpd daemon on one loop, and the connections it serves. */
#include "listen/mhd.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "observe/log.h"

#define RUNS_A_TURN 16           /* libmicrohttpd runs at most so often before others get a turn */
#define CHECK_MS 250             /* grain of the deadlines for heads and bodies */
#define BODY_GRACE_MS 5000       /* a body must keep up its rate after this */
#define CONNECTIONS_MAX 1000000u /* our own limits are lower; the default would be FD_SETSIZE */

/* --- connections --- */

static void check(struct lg_timer *timer);
static void watch_for_end(struct lg_mhd_connection *connection);

static void check_later(struct lg_mhd_server *server)
{
    if (!lg_timer_armed(&server->check_timer))
        lg_timer_set(server->base.loop, &server->check_timer,
                     lg_loop_now_ms(server->base.loop) + CHECK_MS, check);
}

void lg_mhd_connection_head_awaited(struct lg_mhd_connection *connection)
{
    struct lg_mhd_server *server = connection->server;

    if (connection->service->limits->header_timeout_ms == 0 ||
        lg_link_in_list(&connection->head_link))
        return;
    connection->head_since_ms = lg_loop_now_ms(server->base.loop);
    lg_list_add_last(&server->heads, &connection->head_link);
    check_later(server);
}

void lg_mhd_connection_head_complete(struct lg_mhd_connection *connection)
{
    lg_list_remove(&connection->head_link);
}

void lg_mhd_connection_body_awaited(struct lg_mhd_connection *connection)
{
    struct lg_mhd_server *server = connection->server;

    watch_for_end(connection);
    if (connection->service->limits->body_rate == 0)
        return;
    connection->exchange->body_since_ms = lg_loop_now_ms(server->base.loop);
    connection->exchange->body_bytes = 0;
    if (!lg_link_in_list(&connection->body_link))
        lg_list_add_last(&server->bodies, &connection->body_link);
    check_later(server);
}

void lg_mhd_connection_body_paused(struct lg_mhd_connection *connection)
{
    lg_list_remove(&connection->body_link);
}

/* libmicrohttpd notices and cleans up. */
static void cut(struct lg_mhd_connection *connection, const char *why)
{
    lg_log(LG_LOG_INFO, "listen", NULL, "%s: %s, cut", connection->peer, why);
    lg_list_remove(&connection->head_link);
    lg_list_remove(&connection->body_link);
    (void)shutdown(connection->fd, SHUT_RDWR);
}

static void check_heads(struct lg_mhd_server *server, int64_t now)
{
    struct lg_link *link = lg_list_first(&server->heads);

    while (link != NULL) {
        struct lg_mhd_connection *connection =
            LG_LIST_OF(link, struct lg_mhd_connection, head_link);

        link = lg_list_after(&server->heads, link);
        if (now - connection->head_since_ms >= connection->service->limits->header_timeout_ms)
            cut(connection, "no whole request head within header_timeout");
    }
}

static bool too_slow(const struct lg_mhd_connection *connection, int64_t now)
{
    int64_t took = now - connection->exchange->body_since_ms;

    return took >= BODY_GRACE_MS && (int64_t)connection->exchange->body_bytes * 1000 / took <
                                        connection->service->limits->body_rate;
}

static void check_bodies(struct lg_mhd_server *server, int64_t now)
{
    struct lg_link *link = lg_list_first(&server->bodies);

    while (link != NULL) {
        struct lg_mhd_connection *connection =
            LG_LIST_OF(link, struct lg_mhd_connection, body_link);

        link = lg_list_after(&server->bodies, link);
        if (too_slow(connection, now))
            cut(connection, "a body slower than body_rate");
    }
}

static void check(struct lg_timer *timer)
{
    struct lg_mhd_server *server = LG_CONTAINER(timer, struct lg_mhd_server, check_timer);
    int64_t now = lg_loop_now_ms(server->base.loop);

    check_heads(server, now);
    check_bodies(server, now);
    if (!lg_list_empty(&server->heads) || !lg_list_empty(&server->bodies))
        check_later(server);
}

/*
 * The peer closed its side. libmicrohttpd does not look at suspended connections, so the request
 * is resumed to be ended. Others it looks at, but 0.9.75 overlooks an end that came together with
 * the last data: shutting down our side of it makes the kernel tell it once more. A client that
 * only shuts down its sending side cannot be told from one that left, and is treated as one, as
 * nginx does.
 */
static void on_peer_closed(struct lg_watch *watch, uint32_t events)
{
    struct lg_mhd_connection *connection = LG_CONTAINER(watch, struct lg_mhd_connection, gone);

    (void)events;
    connection->peer_closed = true;
    if (connection->exchange != NULL && connection->exchange->suspended)
        lg_mhd_connection_resume(connection);
    else
        (void)shutdown(connection->fd, SHUT_RD);
}

static void watch_for_end(struct lg_mhd_connection *connection)
{
    if (connection->gone.fn != NULL)
        return;
    if (lg_watch_add(connection->server->base.loop, &connection->gone, connection->fd,
                     EPOLLRDHUP | EPOLLET, on_peer_closed) != LG_OK)
        lg_log(LG_LOG_WARN, "listen", NULL, "cannot watch a waiting connection: %s",
               strerror(errno));
}

void lg_mhd_connection_suspend(struct lg_mhd_connection *connection)
{
    assert(!connection->exchange->suspended);
    MHD_suspend_connection(connection->mhd);
    connection->exchange->suspended = true;
    watch_for_end(connection);
    if (connection->peer_closed)
        lg_mhd_connection_resume(connection);
}

void lg_mhd_connection_resume(struct lg_mhd_connection *connection)
{
    assert(connection->exchange->suspended);
    connection->exchange->suspended = false;
    MHD_resume_connection(connection->mhd);
    connection->server->due = true;
}

static struct lg_mhd_connection *connection_open(struct lg_mhd_server *server,
                                                 struct MHD_Connection *mhd)
{
    const struct lg_arrival *arrival = server->arrival;
    struct lg_mhd_connection *connection = LG_NEW(struct lg_mhd_connection);

    assert(arrival != NULL);
    connection->server = server;
    connection->listener = arrival->listener;
    connection->service = arrival->service;
    connection->mhd = mhd;
    connection->fd = arrival->fd;
    connection->key = arrival->key;
    connection->peer_port = arrival->peer_port;
    memcpy(connection->peer, arrival->peer, sizeof(connection->peer));
    lg_list_add_last(&server->connections, &connection->link);
    server->connection_count++;
    lg_mhd_connection_head_awaited(connection);
    return connection;
}

static void connection_close(struct lg_mhd_connection *connection)
{
    struct lg_mhd_server *server = connection->server;

    /* A request that libmicrohttpd refused by itself was begun, but never completed. */
    if (connection->exchange != NULL)
        lg_mhd_exchange_end(connection->exchange, MHD_REQUEST_TERMINATED_WITH_ERROR);
    lg_watch_remove(server->base.loop, &connection->gone);
    if (connection->unread && !connection->peer_closed)
        lg_linger_copy(&server->lingers, connection->fd);
    lg_list_remove(&connection->head_link);
    lg_list_remove(&connection->body_link);
    lg_list_remove(&connection->link);
    server->connection_count--;
    lg_listener_unref(connection->listener, connection->key);
    free(connection);
}

/* --- what libmicrohttpd calls --- */

static void on_connection(void *context, struct MHD_Connection *mhd, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *socket_context = connection_open(context, mhd);
    else if (*socket_context != NULL)
        connection_close(*socket_context);
}

static struct lg_mhd_connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info->socket_context;
}

/*
 * libmicrohttpd would take every parameter apart into the memory that it has for the head, and
 * 0.9.75 forgets to answer when that is used up. `target` lies in its own buffer, and it has found
 * the question mark already.
 */
static void hide_query(const char *target)
{
    char *mark = strchr((char *)(uintptr_t)(const void *)target, '?');

    if (mark != NULL)
        mark[1] = '\0';
}

/* The raw target; libmicrohttpd splits and decodes its own copy in place after this. */
static void *on_target(void *context, const char *target, struct MHD_Connection *mhd)
{
    struct lg_mhd_exchange *exchange = lg_mhd_exchange_begin(connection_of(mhd), target);

    (void)context;
    hide_query(target);
    return exchange;
}

static lg_mhd_result on_request(void *context, struct MHD_Connection *mhd, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **exchange)
{
    (void)context;
    (void)mhd;
    (void)url;
    return lg_mhd_exchange_step(*exchange, method, version, data, size);
}

static void on_completed(void *context, struct MHD_Connection *mhd, void **exchange,
                         enum MHD_RequestTerminationCode code)
{
    (void)context;
    (void)mhd;
    if (*exchange != NULL)
        lg_mhd_exchange_end(*exchange, code);
    *exchange = NULL;
}

static size_t leave_encoded(void *context, struct MHD_Connection *mhd, char *text)
{
    (void)context;
    (void)mhd;
    return strlen(text);
}

__attribute__((format(printf, 2, 0))) static void on_message(void *context, const char *format,
                                                             va_list args)
{
    char text[512];
    size_t size;

    (void)context;
    (void)vsnprintf(text, sizeof(text), format, args);
    size = strlen(text);
    while (size > 0 && text[size - 1] == '\n')
        text[--size] = '\0';
    lg_log(LG_LOG_DEBUG, "listen", NULL, "%s", text);
}

/* --- the server --- */

static void on_readable(struct lg_watch *watch, uint32_t events)
{
    struct lg_mhd_server *server = LG_CONTAINER(watch, struct lg_mhd_server, watch);

    (void)events;
    server->due = true;
}

static int64_t daemon_timeout(struct MHD_Daemon *daemon)
{
#if MHD_VERSION >= 0x00097701
    uint64_t timeout;

    if (MHD_get_timeout64(daemon, &timeout) != MHD_YES)
        return -1;
#else
    MHD_UNSIGNED_LONG_LONG timeout;

    if (MHD_get_timeout(daemon, &timeout) != MHD_YES)
        return -1;
#endif
    return timeout > 60000 ? 60000 : (int64_t)timeout;
}

static int64_t run_daemon(struct lg_hook *hook)
{
    struct lg_mhd_server *server = LG_CONTAINER(hook, struct lg_mhd_server, hook);
    int64_t now = lg_loop_now_ms(server->base.loop);
    int64_t wait = -1;

    if (server->run_at_ms >= 0 && server->run_at_ms <= now)
        server->due = true;
    if (!server->due)
        return server->run_at_ms < 0 ? -1 : server->run_at_ms - now;
    for (int runs = 0; runs < RUNS_A_TURN && server->due; runs++) {
        server->due = false;
        (void)MHD_run(server->daemon);
        wait = daemon_timeout(server->daemon);
        if (wait == 0)
            server->due = true;
    }
    server->run_at_ms = wait < 0 ? -1 : now + wait;
    return server->due ? 0 : wait;
}

/*
 * 0.9.75 answers HTML where its own checks fail, and its level 1 adds nothing that ours lack; from
 * 1.0 on level 1 refuses what never reaches us, such as folded fields and bare carriage returns.
 */
static int discipline(void)
{
#if MHD_VERSION >= 0x01000000
    return 1;
#else
    return 0;
#endif
}

static struct MHD_Daemon *start_daemon(struct lg_mhd_server *server,
                                       const struct lg_server_options *options)
{
    unsigned flags =
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;

#if MHD_VERSION >= 0x00097707
    /* Else an added connection is begun later, when nobody knows any more who it came from. */
    flags |= MHD_USE_NO_THREAD_SAFETY;
#endif
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, server, MHD_OPTION_EXTERNAL_LOGGER, on_message, server,
        MHD_OPTION_URI_LOG_CALLBACK, on_target, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        server, MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_UNESCAPE_CALLBACK,
        leave_encoded, server, MHD_OPTION_CONNECTION_MEMORY_LIMIT, options->connection_memory,
        MHD_OPTION_CONNECTION_TIMEOUT, options->idle_timeout_s, MHD_OPTION_CONNECTION_LIMIT,
        CONNECTIONS_MAX, MHD_OPTION_STRICT_FOR_CLIENT, discipline(), MHD_OPTION_END);
}

static const struct lg_engine engine;

struct lg_server *lg_mhd_server_new(struct lg_loop *loop, const struct lg_server_options *options)
{
    struct lg_mhd_server *server = LG_NEW(struct lg_mhd_server);
    const union MHD_DaemonInfo *info;

    server->base.engine = &engine;
    server->base.loop = loop;
    server->run_at_ms = -1;
    lg_list_init(&server->connections);
    lg_list_init(&server->heads);
    lg_list_init(&server->bodies);
    lg_lingers_init(&server->lingers, loop);
    lg_list_init(&server->spare);
    server->daemon = start_daemon(server, options);
    if (server->daemon == NULL) {
        free(server);
        return NULL;
    }
    info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    if (lg_watch_add(loop, &server->watch, info->epoll_fd, EPOLLIN, on_readable) != LG_OK) {
        MHD_stop_daemon(server->daemon);
        free(server);
        return NULL;
    }
    lg_hook_add(loop, &server->hook, run_daemon);
    server->due = true;
    return &server->base;
}

static void cut_all(struct lg_mhd_server *server)
{
    struct lg_link *link = lg_list_first(&server->connections);

    while (link != NULL) {
        struct lg_mhd_connection *connection = LG_LIST_OF(link, struct lg_mhd_connection, link);

        link = lg_list_after(&server->connections, link);
        if (connection->exchange != NULL) {
            connection->exchange->aborted = true;
            if (connection->exchange->suspended)
                lg_mhd_connection_resume(connection);
        }
        (void)shutdown(connection->fd, SHUT_RDWR);
    }
    /* libmicrohttpd aborts the process when it is stopped with a suspended connection. */
    (void)MHD_run(server->daemon);
}

static void free_spares(struct lg_mhd_server *server)
{
    struct lg_link *link = lg_list_first(&server->spare);

    while (link != NULL) {
        struct lg_link *after = lg_list_after(&server->spare, link);

        free(LG_LIST_OF(link, struct lg_mhd_exchange, link));
        link = after;
    }
}

static struct lg_mhd_server *of(struct lg_server *base)
{
    return LG_CONTAINER(base, struct lg_mhd_server, base);
}

static void free_server(struct lg_server *base)
{
    struct lg_mhd_server *server = of(base);

    cut_all(server);
    lg_hook_remove(&server->hook);
    lg_watch_remove(server->base.loop, &server->watch);
    MHD_stop_daemon(server->daemon);
    lg_timer_clear(server->base.loop, &server->check_timer);
    assert(lg_list_empty(&server->connections));
    lg_lingers_done(&server->lingers);
    free_spares(server);
    free(server);
}

/* A request may be on its way in the socket: such a connection is answered first. */
static bool is_idle(const struct lg_mhd_connection *connection)
{
    int waiting = 0;

    if (connection->exchange != NULL)
        return false;
    return ioctl(connection->fd, FIONREAD, &waiting) != 0 || waiting == 0;
}

static void drain(struct lg_server *base)
{
    struct lg_mhd_server *server = of(base);
    struct lg_link *link = lg_list_first(&server->connections);

    server->draining = true;
    for (; link != NULL; link = lg_list_after(&server->connections, link)) {
        struct lg_mhd_connection *connection = LG_LIST_OF(link, struct lg_mhd_connection, link);

        if (is_idle(connection))
            (void)shutdown(connection->fd, SHUT_RDWR);
    }
}

static size_t connections(const struct lg_server *base)
{
    return ((const struct lg_mhd_server *)base)->connection_count;
}

static void adopt(struct lg_server *base, const struct lg_arrival *arrival)
{
    struct lg_mhd_server *server = of(base);
    size_t before = server->connection_count;

    server->arrival = arrival;
    if (MHD_add_connection(server->daemon, arrival->fd, (struct sockaddr *)arrival->address,
                           arrival->address_size) != MHD_YES) {
        /* libmicrohttpd closed the socket. */
        lg_log(LG_LOG_WARN, "listen", NULL, "cannot serve a connection: %s", strerror(errno));
        if (server->connection_count == before)
            lg_listener_unref(arrival->listener, arrival->key);
    }
    server->arrival = NULL;
    server->due = true;
}

static const struct lg_engine engine = {
    .adopt = adopt,
    .drain = drain,
    .connections = connections,
    .free = free_server,
    .read_body = lg_mhd_read_body,
    .resume_body = lg_mhd_resume_body,
    .trailer = lg_mhd_trailer,
    .answer = lg_mhd_answer,
    .answer_start = lg_mhd_answer_start,
    .answer_data = lg_mhd_answer_data,
    .answer_end = lg_mhd_answer_end,
    .answer_cut = lg_mhd_abort, /* nobody cuts an answer of the admin address in the middle */
    .abort = lg_mhd_abort,
};
