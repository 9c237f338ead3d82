/*
 * engine.h -- private to listen/: how a server, its connections and their exchanges hang together
 * around libmicrohttpd.
 *
 * libmicrohttpd calls its handler once for the head, once for each piece of the body and once at
 * the end. An exchange maps these calls to our events, and suspends the connection whenever the
 * answer is not there yet. What we must do ourselves (libmicrohttpd 0.9.75, read and tried):
 * run it after every resume; watch the socket of a suspended connection, which it does not; hold
 * the deadline of a head; answer only in the head or the final call.
 */
#ifndef LG_LISTEN_ENGINE_H
#define LG_LISTEN_ENGINE_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "listen/linger.h"
#include "listen/peers.h"
#include "listen/server.h"
#include "wire/loop.h"

/* libmicrohttpd 1.0 changed the return type of its callbacks from int to an enum in 0.9.71. */
typedef enum MHD_Result lg_mhd_result;

struct lg_server {
    struct lg_loop *loop;
    struct MHD_Daemon *daemon;
    struct lg_watch watch; /* of libmicrohttpd's own epoll */
    struct lg_hook hook;
    bool due;          /* libmicrohttpd must run before the loop sleeps */
    int64_t run_at_ms; /* it asked to run then; -1: not */
    bool draining;
    const struct lg_arrival *arrival; /* while MHD_add_connection() runs */
    struct lg_link connections;
    size_t connection_count;
    struct lg_link heads;  /* connections that owe us a head, oldest first */
    struct lg_link bodies; /* connections that owe us a body */
    struct lg_timer check_timer;
    struct lg_lingers lingers;
    struct lg_link spare; /* exchanges to use again */
    size_t spare_count;
};

/* An accepted socket on its way to a server. */
struct lg_arrival {
    int fd;
    struct lg_listener *listener; /* one reference */
    const struct lg_service *service;
    struct lg_peer_key key;
    char peer[LG_ADDRESS_TEXT_SIZE];
    uint16_t peer_port;
    struct sockaddr_storage *address;
    socklen_t address_size;
};

/* Takes the socket and the reference. On the server's loop. */
void lg_server_adopt(struct lg_server *server, const struct lg_arrival *arrival);

struct lg_connection {
    struct lg_server *server;
    struct lg_listener *listener; /* one reference */
    const struct lg_service *service;
    struct MHD_Connection *mhd;
    int fd;
    struct lg_watch gone; /* from the first suspension or body on */
    bool peer_closed;
    bool unread; /* answered before its body was read: what still comes is dropped */
    int64_t head_since_ms;
    struct lg_link link;          /* in server->connections */
    struct lg_link head_link;     /* in server->heads while a head is awaited */
    struct lg_link body_link;     /* in server->bodies while a body is awaited and wanted */
    struct lg_exchange *exchange; /* the current one, or NULL */
    size_t requests;              /* begun on it */
    struct lg_peer_key key;
    char peer[LG_ADDRESS_TEXT_SIZE];
    uint16_t peer_port;
};

enum lg_exchange_phase {
    LG_EXCHANGE_NEW,     /* the head is not complete */
    LG_EXCHANGE_HEAD,    /* the owner has the head and has not asked for the body */
    LG_EXCHANGE_BODY,    /* the body goes to the owner */
    LG_EXCHANGE_DROP,    /* answered early: what is left of the body is thrown away */
    LG_EXCHANGE_WHOLE,   /* the body is complete */
    LG_EXCHANGE_ANSWERED /* libmicrohttpd has the answer */
};

#define LG_HEADERS_INLINE 24

struct lg_exchange {
    struct lg_connection *connection;
    enum lg_exchange_phase phase;
    bool suspended;
    bool head_again; /* suspended in the call for the head: libmicrohttpd will make it once more */
    bool aborted;
    bool refused;                            /* the head failed its check: close after the answer */
    const struct lg_exchange_events *events; /* NULL until owned */
    void *object;
    struct lg_head head;
    struct lg_arena arena; /* the target, and headers beyond the inline ones */
    uint64_t dropped;      /* bytes of the body thrown away */
    int64_t body_since_ms; /* reading began, or went on after a pause, then */
    uint64_t body_bytes;   /* since then */

    struct MHD_Response *response; /* made, not yet queued */
    int status;
    uint64_t body_sent;

    bool streaming; /* answered piece by piece */
    bool stream_ended, stream_full;
    bool stream_waiting; /* suspended by the reader for want of data */
    struct lg_buf stream;
    size_t stream_taken; /* bytes of `stream` already handed over */
    struct lg_task room_task;

    struct lg_link link; /* in server->spare */

    struct lg_header headers[LG_HEADERS_INLINE]; /* last: not cleared when used again */
};

/* exchange.c: called by the engine. */
struct lg_exchange *lg_exchange_begin(struct lg_connection *connection, const char *target);
lg_mhd_result lg_exchange_step(struct lg_exchange *exchange, const char *method,
                               const char *version, const char *data, size_t *size);
/* The request is over for libmicrohttpd; the owner is told, the exchange goes to the spares. */
void lg_exchange_end(struct lg_exchange *exchange, enum MHD_RequestTerminationCode code);

/* engine.c: called by the exchange. */
void lg_connection_suspend(struct lg_connection *connection);
void lg_connection_resume(struct lg_connection *connection);
void lg_connection_head_awaited(struct lg_connection *connection);
void lg_connection_head_complete(struct lg_connection *connection);
/* The body is being read from now on; it must keep up the rate. */
void lg_connection_body_awaited(struct lg_connection *connection);
void lg_connection_body_paused(struct lg_connection *connection); /* or complete */

/* socket.c: the port that a TCP socket is bound to; 0 for others. */
uint16_t lg_socket_port(int fd);

/* acceptor.c: listeners are kept by their connections. */
uint16_t lg_listener_port(const struct lg_listener *listener);
/* A connection ended: gives its place and its reference back. */
void lg_listener_unref(struct lg_listener *listener, struct lg_peer_key key);

#endif
