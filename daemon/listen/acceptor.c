/* acceptor.c -- accepts on one loop and deals the connections out to the servers of all loops. */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "listen/engine.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "wire/mailbox.h"

#define ACCEPTS_A_TURN 64
#define REST_MS 100   /* after descriptors ran out */
#define QUIET_MS 1000 /* after a complaint */

struct lg_listener {
    atomic_uint references;            /* the owner, and every connection */
    atomic_size_t open;                /* connections */
    const struct lg_service *services; /* by server */
    uint16_t port;
    int fd;
    struct lg_loop *loop;
    struct lg_watch watch;
    struct lg_timer rest;
    struct lg_task end_task;
    struct lg_letter end_letter;
    struct lg_peers *peers;
    int64_t quiet_until_ms; /* a complaint was logged */
    struct lg_server *const *servers;
    struct lg_mailbox *const *mailboxes;
    size_t count, next;
};

/* A connection on its way to another loop. */
struct delivery {
    struct lg_letter letter;
    struct lg_server *server;
    struct lg_arrival arrival;
    struct sockaddr_storage address;
};

uint16_t lg_listener_port(const struct lg_listener *listener)
{
    return listener->port;
}

static void free_listener(struct lg_listener *listener)
{
    lg_peers_free(listener->peers);
    free(listener);
}

static void end_unused(struct lg_task *task)
{
    struct lg_listener *listener = LG_CONTAINER(task, struct lg_listener, end_task);
    const struct lg_service *service = &listener->services[0];

    free_listener(listener);
    service->on_unused(service->context);
}

static void end_at_home(struct lg_letter *letter)
{
    struct lg_listener *listener = LG_CONTAINER(letter, struct lg_listener, end_letter);

    lg_task_queue(listener->loop, &listener->end_task, end_unused);
}

/* The service is told on its own loop, in a turn of its own. */
static void release(struct lg_listener *listener)
{
    if (atomic_fetch_sub_explicit(&listener->references, 1, memory_order_acq_rel) != 1)
        return;
    if (listener->services[0].on_unused == NULL)
        free_listener(listener);
    else if (lg_loop_current() == listener->loop)
        lg_task_queue(listener->loop, &listener->end_task, end_unused);
    else
        lg_mailbox_post_always(listener->mailboxes[0], &listener->end_letter, end_at_home);
}

/* Returns how many there were before. */
static size_t count_open(struct lg_listener *listener, int change)
{
    if (listener->services[0].open != NULL)
        lg_metric_add(listener->services[0].open, change);
    return atomic_fetch_add_explicit(&listener->open, (size_t)change, memory_order_relaxed);
}

void lg_listener_unref(struct lg_listener *listener, struct lg_peer_key key)
{
    lg_peers_leave(listener->peers, key);
    (void)count_open(listener, -1);
    release(listener);
}

static void describe_peer(struct lg_arrival *arrival)
{
    const struct sockaddr *address = (const struct sockaddr *)arrival->address;
    const char *text = NULL;

    if (address->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)arrival->address;

        text = inet_ntop(AF_INET, &v4->sin_addr, arrival->peer, sizeof(arrival->peer));
        arrival->peer_port = ntohs(v4->sin_port);
    } else if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)arrival->address;

        text = inet_ntop(AF_INET6, &v6->sin6_addr, arrival->peer, sizeof(arrival->peer));
        arrival->peer_port = ntohs(v6->sin6_port);
    }
    if (text == NULL)
        (void)snprintf(arrival->peer, sizeof(arrival->peer), "unix");
}

static void deliver(struct lg_letter *letter)
{
    struct delivery *delivery = LG_CONTAINER(letter, struct delivery, letter);

    delivery->arrival.address = &delivery->address;
    delivery->server->engine->adopt(delivery->server, &delivery->arrival);
    free(delivery);
}

static void turn_away(struct lg_listener *listener, const struct lg_arrival *arrival)
{
    close(arrival->fd);
    lg_peers_leave(listener->peers, arrival->key);
    (void)count_open(listener, -1);
    /* Never the last one: a listener that accepts still has its owner's. */
    atomic_fetch_sub_explicit(&listener->references, 1, memory_order_relaxed);
}

/* Hands the connection to the next server in turn, through its loop's mailbox unless it is ours. */
static void deal(struct lg_listener *listener, struct lg_arrival *arrival)
{
    size_t index = listener->next;
    struct lg_server *server = listener->servers[index];
    struct delivery *delivery;

    listener->next = (listener->next + 1) % listener->count;
    arrival->service = &listener->services[index];
    if (arrival->service->connections != NULL)
        lg_metric_add(arrival->service->connections, 1);
    if (server->loop == listener->loop) {
        server->engine->adopt(server, arrival);
        return;
    }
    delivery = LG_NEW(struct delivery);
    delivery->server = server;
    delivery->arrival = *arrival;
    delivery->address = *arrival->address;
    if (lg_mailbox_post(listener->mailboxes[index], &delivery->letter, deliver) != LG_OK) {
        turn_away(listener, arrival);
        free(delivery);
    }
}

/* Clients decide how often this happens, so not every time is a line of the log. */
static void complain(struct lg_listener *listener, const char *text)
{
    int64_t now = lg_loop_now_ms(listener->loop);

    if (now < listener->quiet_until_ms)
        return;
    listener->quiet_until_ms = now + QUIET_MS;
    lg_log(LG_LOG_WARN, "listen", NULL, "%s", text);
}

static void greet(struct lg_listener *listener, int fd, struct sockaddr_storage *address,
                  socklen_t size)
{
    const struct lg_service *service = &listener->services[0];
    struct lg_arrival arrival = {
        .fd = fd, .listener = listener, .address = address, .address_size = size
    };
    struct lg_peer_key key = lg_peer_key_of((const struct sockaddr *)address);
    size_t limit = service->limits->connections;
    size_t open = count_open(listener, 1);

    atomic_fetch_add_explicit(&listener->references, 1, memory_order_relaxed);
    if (limit > 0 && open >= limit) {
        complain(listener, "limits.connections reached, new ones are turned away");
        turn_away(listener, &arrival);
        return;
    }
    if (!lg_peers_enter(listener->peers, key, service->limits->connections_per_peer)) {
        complain(listener, "limits.connections_per_peer reached, new ones are turned away");
        turn_away(listener, &arrival);
        return;
    }
    arrival.key = key;
    if (service->admit != NULL && !service->admit(service->context, fd)) {
        turn_away(listener, &arrival);
        return;
    }
    describe_peer(&arrival);
    deal(listener, &arrival);
}

static void look(struct lg_listener *listener, uint32_t events)
{
    if (lg_watch_change(listener->loop, &listener->watch, events) != LG_OK)
        lg_log(LG_LOG_ERROR, "listen", NULL, "cannot watch a listening socket: %s",
               strerror(errno));
}

static void end_rest(struct lg_timer *timer)
{
    struct lg_listener *listener = LG_CONTAINER(timer, struct lg_listener, rest);

    look(listener, EPOLLIN);
}

/* Without descriptors a level-triggered listener would spin: look away for a while. */
static void rest(struct lg_listener *listener)
{
    complain(listener, "no descriptors left, accepting rests until some are closed");
    look(listener, 0);
    lg_timer_set(listener->loop, &listener->rest, lg_loop_now_ms(listener->loop) + REST_MS,
                 end_rest);
}

static void on_connections(struct lg_watch *watch, uint32_t events)
{
    struct lg_listener *listener = LG_CONTAINER(watch, struct lg_listener, watch);

    (void)events;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        struct sockaddr_storage address = { 0 };
        socklen_t size = sizeof(address);
        int fd =
            accept4(listener->fd, (struct sockaddr *)&address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            greet(listener, fd, &address, size);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
            rest(listener);
        if (errno != ECONNABORTED && errno != EINTR)
            return;
    }
}

struct lg_listener *lg_listener_open(struct lg_server *const *servers,
                                     struct lg_mailbox *const *mailboxes, size_t count, int fd,
                                     const struct lg_service *services)
{
    struct lg_listener *listener = LG_NEW(struct lg_listener);
    const int one = 1;

    assert(count > 0);
    atomic_init(&listener->references, 1);
    listener->services = services;
    listener->port = lg_socket_port(fd);
    /* Every connection inherits it: pieces of an answer must not wait for one another. */
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    listener->fd = fd;
    listener->loop = servers[0]->loop;
    listener->servers = servers;
    listener->mailboxes = mailboxes;
    listener->count = count;
    listener->peers = lg_peers_new();
    if (lg_watch_add(listener->loop, &listener->watch, fd, EPOLLIN, on_connections) != LG_OK) {
        close(fd);
        free_listener(listener);
        return NULL;
    }
    return listener;
}

void lg_listener_close(struct lg_listener *listener)
{
    if (listener == NULL)
        return;
    /* What the kernel has accepted already would be reset: it gets its answer first. */
    if (lg_loop_current() == listener->loop)
        on_connections(&listener->watch, EPOLLIN);
    lg_timer_clear(listener->loop, &listener->rest);
    lg_watch_remove(listener->loop, &listener->watch);
    close(listener->fd);
    release(listener);
}
