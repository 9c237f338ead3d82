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
struct lg_server;
struct lg_listener;

/* Ceilings; every one has a default in config/options.c. */
struct lg_listen_limits {
    size_t header_bytes;      /* request line and headers together */
    size_t headers;           /* fields */
    int64_t header_timeout_ms; /* from the connection's start or the last answer to a whole head */
    int64_t idle_timeout_ms;  /* between requests, and between bytes; 0: none */
    size_t connections;       /* open at once, over all loops; 0: no limit */
    size_t drop_bytes;        /* an unread body up to this is read and dropped to keep the connection */
};

/* The HTTP engine of `loop`. NULL when it cannot start. */
struct lg_server *lg_server_new(struct lg_loop *loop);
/* All listeners must be closed before; cuts what is still open. */
void lg_server_free(struct lg_server *server);

/* New requests are told `Connection: close` after their answer; idle connections are closed. */
void lg_server_drain(struct lg_server *server);
size_t lg_server_connections(const struct lg_server *server);

/* What the connections of one listener share. Must outlive them all. */
struct lg_service {
    const struct lg_listen_limits *limits;
    lg_request_fn *on_request;
    void *context;
    /*
     * Optional: asked once a connection, before anything is read. false closes it.
     * `fd` is the connected socket.
     */
    bool (*admit)(void *context, int fd);
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
 * `mailboxes[i]` belongs to the loop of `servers[i]`; both arrays must outlive the listener.
 */
struct lg_listener *lg_listener_open(struct lg_server *const *servers,
                                     struct lg_mailbox *const *mailboxes, size_t count, int fd,
                                     const struct lg_service *service);
/* Stops accepting; connections live on. On the loop of servers[0]. */
void lg_listener_close(struct lg_listener *listener);

#endif
