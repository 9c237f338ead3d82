/*
 * server.h -- sockets that listen, and the HTTP engine of one loop that serves what they accept.
 *
 * A listener accepts on one loop and deals connections out to the servers of all loops in turn;
 * a server belongs to one loop and serves connections of any listener.
 */
#ifndef LG_LISTEN_SERVER_H
#define LG_LISTEN_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "listen/exchange.h"

struct lg_loop;
struct lg_mailbox;
struct lg_metric;
struct lg_server;
struct lg_listener;
struct lg_metric;

/* Ceilings; every one has a default in config/options.c. */
struct lg_listen_limits {
    size_t header_bytes;       /* request line and headers together */
    size_t headers;            /* fields */
    int64_t header_timeout_ms; /* from a connection's start, or a request line, to a whole head; 0:
                                  none */
    size_t connections;        /* open at once, over all loops; 0: no limit */
    size_t connections_per_peer;    /* of one address (an IPv6 /64); 0: no limit */
    size_t requests_per_connection; /* then it is closed; 0: no limit */
    int64_t body_rate; /* bytes a second that a body must come with on average; 0: any */
    size_t drop_bytes; /* what is still dropped of a body that was refused while it came */
    /* a declared body that is refused on its head is read and dropped up to this (64 KB at least),
       since many clients send all of it before they listen */
    size_t drop_unread_bytes;
};

/* What connections of one server have in common. */
struct lg_server_options {
    unsigned idle_timeout_s; /* without a byte either way, suspended requests aside; 0: none */
    /*
     * libmicrohttpd instead of our own engine: for addresses that are not on the hot path. It
     * needs to know its memory: for the head of a request and a window of its body.
     */
    bool library;
    size_t connection_memory;
};

/* The HTTP engine of `loop`. NULL when it cannot start. */
struct lg_server *lg_server_new(struct lg_loop *loop, const struct lg_server_options *options);
/* All listeners must be closed before; cuts what is still open. */
void lg_server_free(struct lg_server *server);

/* New requests are told `Connection: close` after their answer; idle connections are closed. */
void lg_server_drain(struct lg_server *server);
/*
 * For connections that are open too. Of our own engine only, and only where there was one before: 0
 * stays 0.
 */
void lg_server_set_idle_timeout(struct lg_server *server, unsigned seconds);
size_t lg_server_connections(const struct lg_server *server);

/*
 * What the connections of one listener on one server share. Must outlive them all. Only the loop of
 * that server reads it, so that loop may change it.
 */
struct lg_service {
    const struct lg_listen_limits *limits;
    struct lg_metric *connections; /* optional: counts those that this server got */
    lg_request_fn *on_request;
    /*
     * Optional: a head that must not be served (see head_check.h), to be answered with `status` and
     * logged with `reason`, static; the connection closes after it. Owns the exchange as on_request
     * does. NULL: the engine answers {"message":...} and logs by itself.
     */
    void (*on_refuse)(void *context, struct lg_exchange *exchange, int status, const char *reason);
    void *context;
    /*
     * Optional: asked once a connection, before anything is read. false closes it.
     * `fd` is the connected socket. That of servers[0] is asked, on its loop.
     */
    bool (*admit)(void *context, int fd);
    /*
     * Optional: called once after lg_listener_close() returned, on the loop of servers[0], when the
     * last connection of the listener is gone too: nothing refers to the services any more. Only
     * that of servers[0] is called.
     */
    void (*on_unused)(void *context);
    struct lg_metric *open; /* optional gauge: connections open now. That of servers[0] counts */
};

/* Where to listen. */
struct lg_address {
    const char *host; /* numeric address or name; NULL for a unix socket */
    uint16_t port;    /* 0: any free one */
    const char *path; /* unix socket, or NULL */
    unsigned mode;    /* of the unix socket, such as 0660 */
};

/*
 * Binds and listens. LG_ERR_IO with errno. *ret_fd is owned by the caller, close-on-exec and
 * non-blocking; *ret_port (may be NULL) is the port that was bound.
 */
LG_MUST_CHECK enum lg_err lg_listen_socket(const struct lg_address *address, int *ret_fd,
                                           uint16_t *ret_port);

/*
 * Starts accepting from `fd`, which the listener owns from here on, on the loop of `servers[0]`.
 * `mailboxes[i]` belongs to the loop of `servers[i]`, and `services[i]` says how that server treats
 * what it gets; all three arrays must outlive the listener and its connections. The connection
 * limit that counts is that of services[0].
 */
struct lg_listener *lg_listener_open(struct lg_server *const *servers,
                                     struct lg_mailbox *const *mailboxes, size_t count, int fd,
                                     const struct lg_service *services);
/* Stops accepting; connections live on. On the loop of servers[0]. */
void lg_listener_close(struct lg_listener *listener);

#endif
