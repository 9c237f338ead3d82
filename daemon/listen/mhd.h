/*
 * mhd.h -- private to listen/: how a server, its connections and their exchanges hang together
 * around libmicrohttpd.
 *
 * libmicrohttpd calls its handler once for the head, once for each piece of the body and once at
 * the end. An exchange maps these calls to our events, and suspends the connection whenever the
 * answer is not there yet. What we must do ourselves (libmicrohttpd 0.9.75, read and tried):
 * run it after every resume; watch the socket of a suspended connection, which it does not; hold
 * the deadline of a head; answer only in the head or the final call.
 */
#ifndef LG_LISTEN_MHD_H
#define LG_LISTEN_MHD_H

#include <microhttpd.h>
#include <stdatomic.h>

#include "base/arena.h"
#include "base/buf.h"
#include "listen/engine.h"
#include "listen/linger.h"

/* libmicrohttpd 1.0 changed the return type of its callbacks from int to an enum in 0.9.71. */
typedef enum MHD_Result lg_mhd_result;

struct lg_mhd_server {
    struct lg_server base;
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

struct lg_mhd_connection {
    struct lg_mhd_server *server;
    struct lg_listener *listener; /* one reference */
    const struct lg_service *service;
    struct MHD_Connection *mhd;
    int fd;
    struct lg_watch gone; /* from the first suspension or body on */
    bool peer_closed;
    bool unread; /* answered before its body was read: what still comes is dropped */
    int64_t head_since_ms;
    struct lg_link link;              /* in server->connections */
    struct lg_link head_link;         /* in server->heads while a head is awaited */
    struct lg_link body_link;         /* in server->bodies while a body is awaited and wanted */
    struct lg_mhd_exchange *exchange; /* the current one, or NULL */
    size_t requests;                  /* begun on it */
    struct lg_peer_key key;
    char peer[LG_ADDRESS_TEXT_SIZE];
    uint16_t peer_port;
};

enum lg_mhd_phase {
    LG_MHD_NEW,     /* the head is not complete */
    LG_MHD_HEAD,    /* the owner has the head and has not asked for the body */
    LG_MHD_BODY,    /* the body goes to the owner */
    LG_MHD_DROP,    /* answered early: what is left of the body is thrown away */
    LG_MHD_WHOLE,   /* the body is complete */
    LG_MHD_ANSWERED /* libmicrohttpd has the answer */
};

#define LG_HEADERS_INLINE 24

struct lg_mhd_exchange {
    struct lg_exchange base;
    struct lg_mhd_connection *connection;
    enum lg_mhd_phase phase;
    bool suspended;
    bool head_again; /* suspended in the call for the head: libmicrohttpd will make it once more */
    bool aborted;
    bool refused;          /* the head failed its check: close after the answer */
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

/* mhd_exchange.c: called by the server. */
struct lg_mhd_exchange *lg_mhd_exchange_begin(struct lg_mhd_connection *connection,
                                              const char *target);
lg_mhd_result lg_mhd_exchange_step(struct lg_mhd_exchange *exchange, const char *method,
                                   const char *version, const char *data, size_t *size);
/* The request is over for libmicrohttpd; the owner is told, the exchange goes to the spares. */
void lg_mhd_exchange_end(struct lg_mhd_exchange *exchange, enum MHD_RequestTerminationCode code);

/* mhd_server.c: called by the exchange. */
void lg_mhd_connection_suspend(struct lg_mhd_connection *connection);
void lg_mhd_connection_resume(struct lg_mhd_connection *connection);
void lg_mhd_connection_head_awaited(struct lg_mhd_connection *connection);
void lg_mhd_connection_head_complete(struct lg_mhd_connection *connection);
/* The body is being read from now on; it must keep up the rate. */
void lg_mhd_connection_body_awaited(struct lg_mhd_connection *connection);
void lg_mhd_connection_body_paused(struct lg_mhd_connection *connection); /* or complete */

/* The exchange's part of the engine. */
void lg_mhd_read_body(struct lg_exchange *base);
void lg_mhd_resume_body(struct lg_exchange *base);
struct lg_str lg_mhd_trailer(const struct lg_exchange *base, const char *name);
void lg_mhd_answer(struct lg_exchange *base, const struct lg_answer *answer, struct lg_str body);
void lg_mhd_answer_start(struct lg_exchange *base, const struct lg_answer *answer, int64_t length);
enum lg_flow lg_mhd_answer_data(struct lg_exchange *base, const void *data, size_t size);
void lg_mhd_answer_end(struct lg_exchange *base);
void lg_mhd_abort(struct lg_exchange *base);

#endif
