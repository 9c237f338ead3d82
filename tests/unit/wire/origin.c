/* origin.c -- blocking threads, one a connection. */
#include "origin.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define PEERS 64

struct peer {
    struct origin *origin;
    unsigned number;
    int fd;
    SSL *ssl;
    pthread_t thread;
    char in[1 << 17];
    size_t in_size;
};

struct origin {
    origin_answer_fn *answer;
    SSL_CTX *context;
    bool proxy;
    int listener;
    uint16_t port;
    pthread_t thread;
    atomic_bool stopping;
    atomic_uint executions, connections;
    struct peer *peers[PEERS];
    unsigned peer_count;
};

static ssize_t receive(struct peer *peer, char *data, size_t room)
{
    if (peer->ssl != NULL)
        return SSL_read(peer->ssl, data, (int)room);
    return recv(peer->fd, data, room, 0);
}

/* Wants `size` bytes in peer->in. */
static bool fill(struct peer *peer, size_t size)
{
    while (peer->in_size < size) {
        ssize_t count;

        cr_assert(size < sizeof(peer->in));
        count = receive(peer, peer->in + peer->in_size, sizeof(peer->in) - 1 - peer->in_size);
        if (count <= 0)
            return false;
        peer->in_size += (size_t)count;
    }
    peer->in[peer->in_size] = '\0';
    return true;
}

static void drop(struct peer *peer, size_t size)
{
    memmove(peer->in, peer->in + size, peer->in_size - size);
    peer->in_size -= size;
    peer->in[peer->in_size] = '\0';
}

static bool read_head(struct peer *peer, char *head, size_t room)
{
    char *end;
    size_t size;

    while ((end = strstr(peer->in, "\r\n\r\n")) == NULL) {
        if (!fill(peer, peer->in_size + 1))
            return false;
    }
    size = (size_t)(end - peer->in) + 4;
    cr_assert(size < room);
    memcpy(head, peer->in, size);
    head[size] = '\0';
    drop(peer, size);
    return true;
}

static size_t length_of(const char *head)
{
    const char *at = strcasestr(head, "content-length: ");

    return at == NULL ? 0 : strtoul(at + 16, NULL, 10);
}

static bool read_chunks(struct peer *peer, size_t *ret_size)
{
    for (;;) {
        char *end;
        size_t size, line;

        while ((end = strstr(peer->in, "\r\n")) == NULL) {
            if (!fill(peer, peer->in_size + 1))
                return false;
        }
        size = strtoul(peer->in, NULL, 16);
        line = (size_t)(end - peer->in) + 2;
        if (!fill(peer, line + size + 2))
            return false;
        drop(peer, line + size + 2);
        *ret_size += size;
        if (size == 0)
            return true;
    }
}

static bool read_length(struct peer *peer, size_t length, size_t *ret_size)
{
    while (*ret_size < length) {
        size_t part;

        if (peer->in_size == 0 && !fill(peer, 1))
            return false;
        part = peer->in_size < length - *ret_size ? peer->in_size : length - *ret_size;
        drop(peer, part);
        *ret_size += part;
    }
    return true;
}

/* Goes through to a port of this host, until one side is done. */
static void tunnel(struct peer *peer, const char *head)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct pollfd polls[2];
    char data[16384];
    int other = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ssize_t count = 1;

    to.sin_port = htons((uint16_t)strtoul(strchr(head, ':') + 1, NULL, 10));
    if (connect(other, (struct sockaddr *)&to, sizeof(to)) != 0)
        abort();
    (void)!write(peer->fd, "HTTP/1.1 200 Go\r\n\r\n", 19);
    polls[0] = (struct pollfd){ peer->fd, POLLIN, 0 };
    polls[1] = (struct pollfd){ other, POLLIN, 0 };
    while (count > 0 && poll(polls, 2, 20000) > 0) {
        for (int i = 0; i < 2 && count > 0; i++) {
            if (polls[i].revents == 0)
                continue;
            count = recv(polls[i].fd, data, sizeof(data), 0);
            if (count > 0)
                count = send(polls[1 - i].fd, data, (size_t)count, MSG_NOSIGNAL);
        }
    }
    close(other);
}

static bool serve(struct peer *peer, unsigned number)
{
    char head[40000], path[300] = "";
    struct origin_request request = { .origin = peer->origin,
                                      .peer = peer,
                                      .connection = peer->number,
                                      .request = number,
                                      .head = head,
                                      .path = path };

    if (!read_head(peer, head, sizeof(head)))
        return false;
    atomic_fetch_add(&peer->origin->executions, 1);
    if (peer->origin->proxy && strncmp(head, "CONNECT ", 8) == 0) {
        tunnel(peer, head);
        return false;
    }
    (void)sscanf(head, "%*s %299s", path);
    if (strstr(path, "early") == NULL &&
        !(strcasestr(head, "transfer-encoding: chunked") != NULL
              ? read_chunks(peer, &request.body_size)
              : read_length(peer, length_of(head), &request.body_size)))
        return false;
    return peer->origin->answer(&request);
}

static void *talk(void *context)
{
    struct peer *peer = context;
    unsigned number = 0;

    if (peer->origin->context != NULL) {
        peer->ssl = SSL_new(peer->origin->context);
        (void)SSL_set_fd(peer->ssl, peer->fd);
    }
    if (peer->ssl == NULL || SSL_accept(peer->ssl) == 1) {
        while (serve(peer, ++number)) {
        }
        if (peer->ssl != NULL)
            (void)SSL_shutdown(peer->ssl);
    }
    SSL_free(peer->ssl);
    (void)shutdown(peer->fd, SHUT_RDWR);
    return NULL;
}

static void *welcome(void *context)
{
    struct origin *origin = context;

    for (;;) {
        int fd = accept(origin->listener, NULL, NULL);
        struct peer *peer;

        if (fd < 0 || atomic_load(&origin->stopping)) {
            if (fd >= 0)
                close(fd);
            return NULL;
        }
        cr_assert(origin->peer_count < PEERS);
        peer = calloc(1, sizeof(*peer));
        cr_assert(peer != NULL);
        peer->origin = origin;
        peer->fd = fd;
        peer->number = atomic_fetch_add(&origin->connections, 1) + 1;
        origin->peers[origin->peer_count++] = peer;
        cr_assert(pthread_create(&peer->thread, NULL, talk, peer) == 0);
    }
}

struct origin *origin_start(origin_answer_fn *answer, const struct certificate *tls)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof(at);
    struct origin *origin = calloc(1, sizeof(*origin));

    cr_assert(origin != NULL);
    origin->answer = answer;
    if (tls != NULL) {
        origin->context = SSL_CTX_new(TLS_server_method());
        cr_assert(SSL_CTX_use_certificate_chain_file(origin->context, tls->file) == 1);
        cr_assert(SSL_CTX_use_PrivateKey_file(origin->context, tls->key_file, SSL_FILETYPE_PEM) ==
                  1);
    }
    origin->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(bind(origin->listener, (struct sockaddr *)&at, size) == 0);
    cr_assert(getsockname(origin->listener, (struct sockaddr *)&at, &size) == 0);
    cr_assert(listen(origin->listener, 64) == 0);
    origin->port = ntohs(at.sin_port);
    cr_assert(pthread_create(&origin->thread, NULL, welcome, origin) == 0);
    return origin;
}

struct origin *origin_start_proxy(void)
{
    struct origin *origin = origin_start(NULL, NULL);

    origin->proxy = true;
    return origin;
}

void origin_stop(struct origin *origin)
{
    atomic_store(&origin->stopping, true);
    (void)shutdown(origin->listener, SHUT_RDWR);
    pthread_join(origin->thread, NULL);
    for (unsigned i = 0; i < origin->peer_count; i++)
        (void)shutdown(origin->peers[i]->fd, SHUT_RDWR);
    for (unsigned i = 0; i < origin->peer_count; i++) {
        pthread_join(origin->peers[i]->thread, NULL);
        close(origin->peers[i]->fd);
        free(origin->peers[i]);
    }
    close(origin->listener);
    SSL_CTX_free(origin->context);
    free(origin);
}

uint16_t origin_port(const struct origin *origin)
{
    return origin->port;
}

unsigned origin_executions(struct origin *origin)
{
    return atomic_load(&origin->executions);
}

unsigned origin_connections(struct origin *origin)
{
    return atomic_load(&origin->connections);
}

void origin_send(const struct origin_request *request, const char *data, size_t size)
{
    struct peer *peer = request->peer;

    while (size > 0) {
        ssize_t count = peer->ssl != NULL ? SSL_write(peer->ssl, data, (int)size)
                                          : send(peer->fd, data, size, MSG_NOSIGNAL);

        if (count <= 0)
            return;
        data += count;
        size -= (size_t)count;
    }
}

void origin_say(const struct origin_request *request, const char *text)
{
    origin_send(request, text, strlen(text));
}

void origin_await_end(const struct origin_request *request)
{
    struct peer *peer = request->peer;
    struct pollfd hung_up = { peer->fd, POLLRDHUP, 0 };

    (void)poll(&hung_up, 1, 20000);
}
