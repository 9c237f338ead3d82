/*
 * engine.h -- private to listen/: what an HTTP engine is to servers, listeners and exchanges.
 *
 * There are two. h1_*.c is our own: strict, lean, made for clients and workers. mhd_*.c stands on
 * libmicrohttpd and serves the admin address. Their servers and exchanges begin with the structs
 * below; the calls of server.h and exchange.h find their engine there.
 */
#ifndef LG_LISTEN_ENGINE_H
#define LG_LISTEN_ENGINE_H

#include <sys/socket.h>

#include "listen/head_check.h"
#include "listen/peers.h"
#include "listen/server.h"
#include "wire/loop.h"

struct lg_arrival;

struct lg_engine {
    /* Takes the socket and the reference to the listener. On the server's loop. */
    void (*adopt)(struct lg_server *server, const struct lg_arrival *arrival);
    void (*drain)(struct lg_server *server);
    void (*set_idle_timeout)(struct lg_server *server, unsigned seconds); /* optional: NULL */
    size_t (*connections)(const struct lg_server *server);
    void (*free)(struct lg_server *server);

    void (*read_body)(struct lg_exchange *exchange);
    void (*resume_body)(struct lg_exchange *exchange);
    struct lg_str (*trailer)(const struct lg_exchange *exchange, const char *name);
    void (*answer)(struct lg_exchange *exchange, const struct lg_answer *answer,
                   struct lg_str body);
    void (*answer_start)(struct lg_exchange *exchange, const struct lg_answer *answer,
                         int64_t length);
    enum lg_flow (*answer_data)(struct lg_exchange *exchange, const void *data, size_t size);
    void (*answer_end)(struct lg_exchange *exchange);
    void (*answer_cut)(struct lg_exchange *exchange);
    void (*abort)(struct lg_exchange *exchange);
};

struct lg_server {
    const struct lg_engine *engine;
    struct lg_loop *loop;
};

struct lg_exchange {
    const struct lg_engine *engine;
    struct lg_loop *loop;
    const struct lg_exchange_events *events; /* NULL until owned */
    void *object;
    struct lg_head head;
};

/* NULL when it cannot start. */
struct lg_server *lg_h1_server_new(struct lg_loop *loop, const struct lg_server_options *options);
struct lg_server *lg_mhd_server_new(struct lg_loop *loop, const struct lg_server_options *options);

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

/* exchange.c: what both engines do with an exchange. */
/* Hands a head that must not be served to its service, or answers for it. */
void lg_exchange_refuse(struct lg_exchange *exchange, const struct lg_service *service,
                        const struct lg_head_fault *fault);
/* Whether a header of an answer is for the client: not ours to set, and valid. */
bool lg_answer_header_fine(const struct lg_header *header);

/* How much of a body that nobody wants is read, so that its connection goes on. */
uint64_t lg_unread_limit(const struct lg_listen_limits *limits);

/* A streamed answer's sender is asked to pause from HIGH on, and told of room from LOW down. */
#define LG_STREAM_HIGH ((size_t)128 * 1024)
#define LG_STREAM_LOW ((size_t)32 * 1024)

/* socket.c: the port that a TCP socket is bound to; 0 for others. */
uint16_t lg_socket_port(int fd);

/* acceptor.c: listeners are kept by their connections. */
uint16_t lg_listener_port(const struct lg_listener *listener);
/* A connection ended: gives its place and its reference back. */
void lg_listener_unref(struct lg_listener *listener, struct lg_peer_key key);

#endif
