/* connect.c -- the life of an outbound connection, and its bytes. */
#include "wire/connect.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"
#include "wire/dial.h"
#include "wire/tls_channel.h"

#define TLS_RECORD ((size_t)16384) /* small parts are gathered up to this */
#define PARTS_MAX 64               /* of a write; further ones wait for the next */

enum state {
    DIALLING,
    SHAKING, /* hands: TLS begins */
    OPEN,
    BROKEN, /* failed, or lost */
    CLOSED  /* by its owner: it rests until the end of the turn */
};

struct lg_conn {
    enum state state;
    struct lg_loop *loop;
    const struct lg_conn_events *events;
    void *context;
    struct lg_dial dial;
    struct lg_watch watch;
    struct lg_timer deadline;
    struct lg_task task; /* the end of the memory, or a failure that is known at once */

    struct lg_tls_client *tls;
    struct lg_tls_session *session;
    int64_t tls_ms;
    char *tls_name; /* owned; NULL: plain */
    struct lg_tls_channel *channel;

    bool readable, writable; /* as far as the kernel told */
    bool ended;              /* the peer closed its side */
    bool deaf; /* a write failed: the peer takes no more, but may have said something */
    bool reader_waits, writer_waits;
    bool read_wants_write, write_wants_read; /* TLS, now and then */
    uint64_t sent;                           /* without TLS */
    char error[LG_DIAL_ERROR_SIZE];
};

/* --- ends --- */

static void free_conn(struct lg_task *task)
{
    struct lg_conn *conn = LG_CONTAINER(task, struct lg_conn, task);

    free(conn->tls_name);
    free(conn);
}

void lg_conn_close(struct lg_conn *conn)
{
    int fd;

    if (conn == NULL)
        return;
    assert(conn->state != CLOSED);
    conn->state = CLOSED;
    fd = conn->watch.fd;
    lg_dial_cancel(&conn->dial);
    lg_timer_clear(conn->loop, &conn->deadline);
    lg_tls_channel_free(conn->channel);
    conn->channel = NULL;
    if (conn->watch.fn != NULL) {
        lg_watch_remove(conn->loop, &conn->watch);
        close(fd);
    }
    /* An event of this turn may still be on its way through our functions. */
    lg_task_cancel(&conn->task);
    lg_task_queue(conn->loop, &conn->task, free_conn);
}

static void break_with(struct lg_conn *conn, const char *error)
{
    conn->state = BROKEN;
    if (conn->error[0] == '\0')
        lg_cstr_copy(conn->error, sizeof(conn->error), error);
    lg_timer_clear(conn->loop, &conn->deadline);
}

static void fail_open(struct lg_conn *conn, const char *error)
{
    break_with(conn, error);
    conn->events->on_open(conn->context, conn->error);
}

/* --- opening --- */

static void on_event(struct lg_watch *watch, uint32_t events);

static void on_deadline(struct lg_timer *timer)
{
    struct lg_conn *conn = LG_CONTAINER(timer, struct lg_conn, deadline);

    if (conn->state == SHAKING) {
        fail_open(conn, "TLS: the handshake took too long");
        return;
    }
    lg_dial_cancel(&conn->dial);
    fail_open(conn, conn->dial.error[0] != '\0' ? conn->dial.error : "connecting took too long");
}

static void open_now(struct lg_conn *conn)
{
    lg_timer_clear(conn->loop, &conn->deadline);
    conn->state = OPEN;
    conn->events->on_open(conn->context, NULL);
}

static void shake(struct lg_conn *conn)
{
    switch (lg_tls_handshake(conn->channel)) {
    case LG_TLS_DONE:
        open_now(conn);
        break;
    case LG_TLS_WANTS_READ:
        conn->readable = false;
        break;
    case LG_TLS_WANTS_WRITE:
        conn->writable = false;
        break;
    case LG_TLS_CLOSED:
        fail_open(conn, "TLS: the peer closed the connection");
        break;
    case LG_TLS_FAILED:
        fail_open(conn, lg_tls_channel_error(conn->channel));
        break;
    }
}

static void begin_tls(struct lg_conn *conn)
{
    conn->state = SHAKING;
    conn->channel = lg_tls_channel_new(conn->tls, conn->watch.fd, conn->tls_name, conn->session);
    lg_timer_set(conn->loop, &conn->deadline, lg_loop_now_ms(conn->loop) + conn->tls_ms,
                 on_deadline);
    shake(conn);
}

static void on_dialled(struct lg_dial *dial, int fd, const char *error)
{
    struct lg_conn *conn = LG_CONTAINER(dial, struct lg_conn, dial);

    if (fd >= 0 && lg_watch_add(conn->loop, &conn->watch, fd,
                                EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, on_event) != LG_OK) {
        error = strerror(errno);
        close(fd);
    }
    if (error != NULL) {
        fail_open(conn, error);
        return;
    }
    conn->readable = conn->writable = true; /* until proved wrong */
    if (conn->tls != NULL)
        begin_tls(conn);
    else
        open_now(conn);
}

struct lg_conn *lg_conn_open(struct lg_resolver *resolver, const struct lg_conn_options *options,
                             const struct lg_conn_events *events, void *context)
{
    struct lg_conn *conn = LG_NEW(struct lg_conn);

    assert(options->connect_ms > 0 && (options->tls == NULL || options->tls_ms > 0));
    conn->loop = lg_resolver_loop(resolver);
    conn->events = events;
    conn->context = context;
    conn->watch.fd = -1;
    if (options->tls != NULL) {
        conn->tls = options->tls;
        conn->session = options->session;
        conn->tls_ms = options->tls_ms;
        conn->tls_name = lg_strdup(options->tls_name != NULL ? options->tls_name : options->host);
    }
    if (options->path != NULL)
        lg_dial_unix(&conn->dial, conn->loop, options->path, on_dialled);
    else
        lg_dial_host(&conn->dial, resolver, options->host, options->port, on_dialled);
    lg_timer_set(conn->loop, &conn->deadline, lg_loop_now_ms(conn->loop) + options->connect_ms,
                 on_deadline);
    return conn;
}

static void tls_by_task(struct lg_task *task)
{
    begin_tls(LG_CONTAINER(task, struct lg_conn, task));
}

void lg_conn_start_tls(struct lg_conn *conn, struct lg_tls_client *tls, const char *name,
                       struct lg_tls_session *session, int64_t tls_ms)
{
    assert(conn->state == OPEN && conn->channel == NULL && tls_ms > 0);
    conn->state = DIALLING;
    conn->tls = tls;
    conn->session = session;
    conn->tls_ms = tls_ms;
    conn->tls_name = lg_strdup(name);
    conn->reader_waits = conn->writer_waits = false;
    conn->readable = conn->writable = true;
    lg_task_queue(conn->loop, &conn->task, tls_by_task);
}

/* --- events --- */

static void on_event(struct lg_watch *watch, uint32_t events)
{
    struct lg_conn *conn = LG_CONTAINER(watch, struct lg_conn, watch);
    bool read = false, write = false;

    if ((events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        conn->ended = true;
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
        conn->readable = read = true;
    if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0)
        conn->writable = write = true;
    if (conn->state == SHAKING) {
        shake(conn);
        return;
    }
    if (conn->state != OPEN)
        return;
    if (conn->reader_waits && (conn->read_wants_write ? write : read)) {
        conn->reader_waits = false;
        conn->events->on_readable(conn->context);
    }
    if (conn->state == OPEN && conn->writer_waits && (conn->write_wants_read ? read : write)) {
        conn->writer_waits = false;
        conn->events->on_writable(conn->context);
    }
}

/* --- bytes --- */

static enum lg_err lose(struct lg_conn *conn, const char *error)
{
    break_with(conn, error);
    return LG_ERR_IO;
}

static enum lg_err stop_writing(struct lg_conn *conn, const char *error)
{
    conn->deaf = true;
    lg_cstr_copy(conn->error, sizeof(conn->error), error);
    return LG_ERR_IO;
}

static enum lg_err wait_to_read(struct lg_conn *conn, bool wants_write)
{
    conn->reader_waits = true;
    conn->read_wants_write = wants_write;
    return LG_ERR_BUSY;
}

static enum lg_err wait_to_write(struct lg_conn *conn, bool wants_read)
{
    conn->writer_waits = true;
    conn->write_wants_read = wants_read;
    return LG_ERR_BUSY;
}

static enum lg_err read_plain(struct lg_conn *conn, void *data, size_t room, size_t *ret_size)
{
    ssize_t count;

    if (!conn->readable)
        return wait_to_read(conn, false);
    do {
        count = recv(conn->watch.fd, data, room, MSG_DONTWAIT);
    } while (count < 0 && errno == EINTR);
    if (count == 0)
        return LG_ERR_CLOSED;
    if (count < 0) {
        if (errno != EAGAIN)
            return lose(conn, lg_socket_error_text(errno));
        conn->readable = false;
        return wait_to_read(conn, false);
    }
    /* What comes after these is told anew; the end was told already, and stands behind them. */
    if ((size_t)count < room && !conn->ended)
        conn->readable = false;
    *ret_size = (size_t)count;
    return LG_OK;
}

static enum lg_err read_tls(struct lg_conn *conn, void *data, size_t room, size_t *ret_size)
{
    switch (lg_tls_read(conn->channel, data, room, ret_size)) {
    case LG_TLS_DONE:
        return LG_OK;
    case LG_TLS_WANTS_READ:
        return wait_to_read(conn, false);
    case LG_TLS_WANTS_WRITE:
        return wait_to_read(conn, true);
    case LG_TLS_CLOSED:
        return LG_ERR_CLOSED;
    default:
        return lose(conn, lg_tls_channel_error(conn->channel));
    }
}

enum lg_err lg_conn_read(struct lg_conn *conn, void *data, size_t room, size_t *ret_size)
{
    assert(room > 0);
    *ret_size = 0;
    if (conn->state != OPEN)
        return conn->state == BROKEN ? LG_ERR_IO : LG_ERR_BUSY;
    return conn->channel != NULL ? read_tls(conn, data, room, ret_size)
                                 : read_plain(conn, data, room, ret_size);
}

static enum lg_err write_plain(struct lg_conn *conn, const struct iovec *parts, size_t count,
                               size_t *ret_size)
{
    struct msghdr message = { .msg_iovlen = count < PARTS_MAX ? count : PARTS_MAX };
    ssize_t taken;

    if (conn->deaf)
        return LG_ERR_IO;
    if (!conn->writable)
        return wait_to_write(conn, false);
    message.msg_iov = (struct iovec *)(uintptr_t)parts;
    do {
        taken = sendmsg(conn->watch.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (taken < 0 && errno == EINTR);
    if (taken <= 0) {
        if (taken < 0 && errno != EAGAIN)
            return stop_writing(conn, lg_socket_error_text(errno));
        conn->writable = false;
        return wait_to_write(conn, false);
    }
    conn->sent += (size_t)taken;
    *ret_size = (size_t)taken;
    return LG_OK;
}

/* The first part alone if it is long, else as many as fit into a record. */
static struct iovec gather(const struct iovec *parts, size_t count, char room[TLS_RECORD])
{
    size_t size = 0, first = 0;

    while (first + 1 < count && parts[first].iov_len == 0)
        first++;
    if (first + 1 == count || parts[first].iov_len >= TLS_RECORD)
        return (struct iovec){ parts[first].iov_base, parts[first].iov_len < TLS_RECORD
                                                          ? parts[first].iov_len
                                                          : TLS_RECORD };
    for (size_t i = first; i < count && size < TLS_RECORD; i++) {
        size_t fits = parts[i].iov_len < TLS_RECORD - size ? parts[i].iov_len : TLS_RECORD - size;

        if (fits > 0)
            memcpy(room + size, parts[i].iov_base, fits);
        size += fits;
    }
    return (struct iovec){ room, size };
}

static enum lg_err write_tls(struct lg_conn *conn, const struct iovec *parts, size_t count,
                             size_t *ret_size)
{
    char room[TLS_RECORD];
    struct iovec one = gather(parts, count, room);

    switch (lg_tls_write(conn->channel, one.iov_base, one.iov_len, ret_size)) {
    case LG_TLS_DONE:
        return LG_OK;
    case LG_TLS_WANTS_READ:
        return wait_to_write(conn, true);
    case LG_TLS_WANTS_WRITE:
        return wait_to_write(conn, false);
    case LG_TLS_CLOSED:
        return lose(conn, "TLS: the peer closed the connection");
    default:
        return lose(conn, lg_tls_channel_error(conn->channel));
    }
}

enum lg_err lg_conn_write(struct lg_conn *conn, const struct iovec *parts, size_t count,
                          size_t *ret_size)
{
    assert(count > 0);
    *ret_size = 0;
    if (conn->state != OPEN)
        return conn->state == BROKEN ? LG_ERR_IO : LG_ERR_BUSY;
    return conn->channel != NULL ? write_tls(conn, parts, count, ret_size)
                                 : write_plain(conn, parts, count, ret_size);
}

/* --- what one may ask --- */

bool lg_conn_rest(struct lg_conn *conn)
{
    if (conn->state != OPEN || conn->ended || conn->deaf)
        return false;
    if (conn->channel != NULL && lg_tls_has_more(conn->channel))
        return false;
    (void)wait_to_read(conn, false);
    return true;
}

bool lg_conn_is_quiet(struct lg_conn *conn)
{
    char byte;
    ssize_t count;

    if (conn->state != OPEN || conn->ended || conn->deaf)
        return false;
    if (conn->channel != NULL)
        return lg_tls_is_quiet(conn->channel);
    count = recv(conn->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return count < 0 && errno == EAGAIN;
}

uint64_t lg_conn_sent(const struct lg_conn *conn)
{
    return conn->channel != NULL ? lg_tls_sent(conn->channel) : conn->sent;
}

const char *lg_conn_error(const struct lg_conn *conn)
{
    return conn->error;
}

bool lg_conn_resumed(const struct lg_conn *conn)
{
    return conn->channel != NULL && lg_tls_resumed(conn->channel);
}

struct lg_loop *lg_conn_loop(const struct lg_conn *conn)
{
    return conn->loop;
}
