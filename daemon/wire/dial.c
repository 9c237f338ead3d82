/* dial.c -- attempts to connect, one after the other and then side by side. */
#include "wire/dial.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/str.h"

/* An idle connection whose peer vanished is found after about a minute and a half. */
#define KEEP_ALIVE_IDLE_S 60
#define KEEP_ALIVE_EVERY_S 10
#define KEEP_ALIVE_TRIES 3

const char *lg_socket_error_text(int error)
{
    switch (error) {
    case ECONNREFUSED:
        return "connection refused";
    case ECONNRESET:
    case EPIPE:
        return "connection reset by the peer";
    case ETIMEDOUT:
        return "the peer does not answer";
    case ENETUNREACH:
        return "network is unreachable";
    case EHOSTUNREACH:
        return "no route to host";
    case ENOENT:
        return "there is no such socket";
    default:
        return strerror(error);
    }
}

void lg_socket_address_text(const struct lg_socket_address *address,
                            char ret_text[LG_SOCKET_ADDRESS_TEXT])
{
    char host[INET6_ADDRSTRLEN] = "?";
    bool v6 = address->any.sa_family == AF_INET6;
    const void *bytes =
        v6 ? (const void *)&address->v6.sin6_addr : (const void *)&address->v4.sin_addr;
    unsigned port = ntohs(v6 ? address->v6.sin6_port : address->v4.sin_port);

    (void)inet_ntop(v6 ? AF_INET6 : AF_INET, bytes, host, sizeof(host));
    (void)snprintf(ret_text, LG_SOCKET_ADDRESS_TEXT, v6 ? "[%s]:%u" : "%s:%u", host, port);
}

void lg_dial_interleave(struct lg_addresses *addresses)
{
    struct lg_addresses old = *addresses;
    size_t next[2] = { 0, 0 }; /* of the first's family, of the others */
    unsigned turn = 0;

    for (size_t i = 0; i < old.count; i++, turn ^= 1) {
        for (unsigned tries = 0; tries < 2; tries++, turn ^= 1) {
            size_t *at = &next[turn];

            while (*at < old.count &&
                   (old.list[*at].any.sa_family != old.list[0].any.sa_family) != (turn == 1))
                (*at)++;
            if (*at < old.count) {
                addresses->list[i] = old.list[(*at)++];
                break;
            }
        }
    }
}

/* --- the end --- */

static void close_attempts(struct lg_dial *dial)
{
    for (size_t i = 0; i < dial->begun; i++) {
        struct lg_watch *watch = &dial->attempts[i].watch;
        int fd = watch->fd;

        if (watch->fn == NULL)
            continue;
        lg_watch_remove(dial->loop, watch);
        close(fd);
    }
    dial->open = 0;
}

static void end(struct lg_dial *dial, int fd)
{
    lg_timer_clear(dial->loop, &dial->stagger);
    close_attempts(dial);
    dial->fd = -1;
    dial->done(dial, fd, fd >= 0 ? NULL : dial->error);
}

static void end_by_task(struct lg_task *task)
{
    struct lg_dial *dial = LG_CONTAINER(task, struct lg_dial, task);

    end(dial, dial->fd);
}

void lg_dial_cancel(struct lg_dial *dial)
{
    if (dial->loop == NULL)
        return;
    lg_resolve_cancel(&dial->query);
    lg_timer_clear(dial->loop, &dial->stagger);
    lg_task_cancel(&dial->task);
    close_attempts(dial);
    if (dial->fd >= 0)
        close(dial->fd);
    dial->fd = -1;
}

/* --- attempts --- */

static void remember_error(struct lg_dial *dial, const struct lg_socket_address *to, int error)
{
    char address[LG_SOCKET_ADDRESS_TEXT];

    if (dial->error[0] != '\0')
        return;
    lg_socket_address_text(to, address);
    (void)snprintf(dial->error, sizeof(dial->error), "%s: %s", address,
                   lg_socket_error_text(error));
}

static void tune(int fd)
{
    const int on = 1, idle = KEEP_ALIVE_IDLE_S, every = KEEP_ALIVE_EVERY_S,
              tries = KEEP_ALIVE_TRIES;

    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &every, sizeof(every));
    (void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &tries, sizeof(tries));
}

/* A socket on its way; -1 with errno. */
static int start_connect(const struct sockaddr *to, socklen_t size)
{
    int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    int error;

    if (fd < 0)
        return -1;
    if (to->sa_family != AF_UNIX)
        tune(fd);
    if (connect(fd, to, size) == 0 || errno == EINPROGRESS)
        return fd;
    error = errno;
    close(fd);
    errno = error;
    return -1;
}

static void go_on(struct lg_dial *dial);

static void on_attempt(struct lg_watch *watch, uint32_t events)
{
    struct lg_dial_attempt *attempt = LG_CONTAINER(watch, struct lg_dial_attempt, watch);
    struct lg_dial *dial = attempt->dial;
    int error = 0, fd = watch->fd;
    socklen_t size = sizeof(error);

    (void)events;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    lg_watch_remove(dial->loop, watch);
    dial->open--;
    if (error == 0) {
        end(dial, fd);
        return;
    }
    close(fd);
    remember_error(dial, attempt->to, error);
    go_on(dial);
}

static bool begin_attempt(struct lg_dial *dial, struct lg_dial_attempt *attempt)
{
    int fd = start_connect(&attempt->to->any, attempt->to->size);

    if (fd >= 0 && lg_watch_add(dial->loop, &attempt->watch, fd, EPOLLOUT, on_attempt) == LG_OK) {
        dial->open++;
        return true;
    }
    remember_error(dial, attempt->to, errno);
    if (fd >= 0)
        close(fd);
    return false;
}

static void on_stagger(struct lg_timer *timer)
{
    go_on(LG_CONTAINER(timer, struct lg_dial, stagger));
}

/* Begins the next attempt. */
static void go_on(struct lg_dial *dial)
{
    bool begun = false;

    while (!begun && dial->begun < dial->addresses.count) {
        struct lg_dial_attempt *attempt = &dial->attempts[dial->begun];

        *attempt =
            (struct lg_dial_attempt){ .dial = dial, .to = &dial->addresses.list[dial->begun] };
        dial->begun++;
        begun = begin_attempt(dial, attempt);
    }
    if (dial->open == 0)
        end(dial, -1);
    else if (dial->begun < dial->addresses.count)
        lg_timer_set(dial->loop, &dial->stagger, lg_loop_now_ms(dial->loop) + LG_DIAL_STAGGER_MS,
                     on_stagger);
}

/* --- beginning --- */

static void on_resolved(struct lg_query *query, const struct lg_addresses *addresses,
                        const char *error)
{
    struct lg_dial *dial = LG_CONTAINER(query, struct lg_dial, query);

    if (error != NULL) {
        lg_cstr_copy(dial->error, sizeof(dial->error), error);
        end(dial, -1);
        return;
    }
    dial->addresses = *addresses;
    lg_dial_interleave(&dial->addresses);
    for (size_t i = 0; i < dial->addresses.count; i++) {
        struct lg_socket_address *to = &dial->addresses.list[i];

        if (to->any.sa_family == AF_INET6)
            to->v6.sin6_port = dial->port;
        else
            to->v4.sin_port = dial->port;
    }
    go_on(dial);
}

void lg_dial_host(struct lg_dial *dial, struct lg_resolver *resolver, const char *host,
                  uint16_t port, lg_dialled_fn *done)
{
    memset(dial, 0, sizeof(*dial));
    dial->loop = lg_resolver_loop(resolver);
    dial->done = done;
    dial->fd = -1;
    dial->port = htons(port);
    lg_resolve(resolver, &dial->query, host, on_resolved);
}

void lg_dial_unix(struct lg_dial *dial, struct lg_loop *loop, const char *path, lg_dialled_fn *done)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };
    int error = ENAMETOOLONG;

    memset(dial, 0, sizeof(*dial));
    dial->loop = loop;
    dial->done = done;
    dial->fd = -1;
    if (strlen(path) < sizeof(to.sun_path)) {
        lg_cstr_copy(to.sun_path, sizeof(to.sun_path), path);
        dial->fd = start_connect((const struct sockaddr *)&to, sizeof(to));
        error = errno;
    }
    if (dial->fd < 0)
        (void)snprintf(dial->error, sizeof(dial->error), "%s: %s", path,
                       error == EAGAIN ? "too many connections wait there"
                                       : lg_socket_error_text(error));
    lg_task_queue(loop, &dial->task, end_by_task);
}
