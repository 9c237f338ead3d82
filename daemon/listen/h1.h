/*
 * h1.h -- private to listen/: our own HTTP/1.1 engine, and how its parts hang together.
 *
 *     h1_server.c      the connections of a loop: come, deadlines, drain, end
 *     h1_connection.c  what one does next: a table of steps, run until it must wait
 *     h1_head.c        bytes to requests; refusals
 *     h1_body.c        bytes to pieces of a body
 *     h1_exchange.c    the calls of exchange.h
 *     h1_answer.c      the head of an answer; writing
 *     h1_buffer.c      memory for bytes, only while there are some
 *
 * A connection is watched once, edge-triggered: the kernel tells when something came, `readable`
 * and `blocked` remember it. So a request that is answered in its turn costs one recv, one sendmsg
 * and its share of an epoll_wait. Whatever happens only changes the state and runs the connection;
 * calls of the owner (exchange.h) let it run at the end of the turn, never inside the call.
 */
#ifndef LG_LISTEN_H1_H
#define LG_LISTEN_H1_H

#include "base/arena.h"
#include "base/buf.h"
#include "listen/engine.h"
#include "listen/h1_request.h"
#include "listen/linger.h"
#include "wire/http_chunks.h"

#define LG_H1_WINDOW ((size_t)65536) /* a long body is read in pieces of up to this */

/* Bytes that were received. */
struct lg_h1_buffer {
    struct lg_h1_buffer *next; /* of the spares */
    size_t room;
    char data[];
};

struct lg_h1_server {
    struct lg_server base;
    int64_t idle_ms;   /* 0: no limit */
    int64_t long_us;   /* the turn in which the window was last used ... */
    size_t long_bytes; /* ... and what it took */
    bool draining;
    struct lg_link connections;
    size_t connection_count;
    /* Connections that wait for their peer; each list says for what. */
    struct lg_link heads;   /* a head that was begun, or the first one */
    struct lg_link bodies;  /* bytes of a body */
    struct lg_link resting; /* any byte either way; longest quiet first */
    struct lg_timer check_timer;
    struct lg_lingers lingers;
    struct lg_link spare_exchanges;
    struct lg_h1_buffer *spare_buffers;
    size_t spare_exchange_count, spare_buffer_count;
    char *window; /* LG_H1_WINDOW bytes, from the first long body on */
    int64_t date_s;
    char date[40]; /* the header line of this second */
};

enum lg_h1_body_kind { LG_H1_NO_BODY, LG_H1_LENGTH, LG_H1_CHUNKED };

/* What is still to come of the current request's body. */
struct lg_h1_body {
    enum lg_h1_body_kind kind;
    uint64_t left; /* LENGTH */
    struct lg_http_chunks chunks;
    int64_t since_ms; /* waited for since then, or since it went on after a pause */
    uint64_t bytes;   /* that came since then */
};

struct lg_h1_connection {
    struct lg_h1_server *server;
    struct lg_listener *listener; /* one reference */
    const struct lg_service *service;
    struct lg_watch watch;
    struct lg_task task;             /* runs it at the end of the turn */
    struct lg_h1_exchange *exchange; /* the current one, or NULL */

    struct lg_h1_buffer *in; /* NULL while there is nothing in it */
    size_t start, end;       /* the bytes not taken yet */
    size_t floor;            /* bytes below belong to the exchange's head */
    size_t tried;            /* so many bytes are no whole head */
    struct lg_h1_body body;

    bool running;
    bool readable; /* the kernel may have bytes, or the end */
    bool hung_up;  /* the peer closed its side: what is here is the last */
    bool blocked;  /* the kernel takes no more bytes for now */
    bool closing;  /* after the answer under way */
    bool unread;   /* with bytes of its request still to come */
    bool partly;   /* which were being read: they are dropped up to a lower limit */

    int64_t head_since_ms, active_ms;
    struct lg_link link; /* in server->connections */
    struct lg_link head_link, body_link, rest_link;
    size_t requests; /* begun on it */
    struct lg_peer_key key;
    char peer[LG_ADDRESS_TEXT_SIZE];
    uint16_t peer_port;
};

enum lg_h1_phase {
    LG_H1_HAS_HEAD,  /* the owner has not asked for the body */
    LG_H1_HAS_BODY,  /* the body goes to the owner */
    LG_H1_HAS_WHOLE, /* the body is complete */
};

struct lg_h1_trailer {
    struct lg_header field;
    struct lg_h1_trailer *next;
};

#define LG_H1_HEADERS 24

struct lg_h1_exchange {
    struct lg_exchange base;
    struct lg_h1_connection *connection;
    enum lg_h1_phase phase;
    bool paused;  /* the body */
    bool expects; /* the client waits for 100 Continue */
    bool keep;    /* the client would go on with the connection; not set for what is refused */
    bool aborted;
    bool answered; /* the head of the answer is made */
    bool complete; /* so is the rest of it */
    bool bodiless; /* HEAD, 204, 304 */

    bool streaming, chunked, full; /* an answer piece by piece; full: its sender pauses */
    bool cut;                  /* complete is all that it will be, and the client shall see it */
    struct lg_timer cut_timer; /* until then it may take what is queued */
    uint64_t stream_left;      /* of a known length */

    struct lg_str body; /* of an answer made whole: what is left to send */
    size_t out_taken;   /* bytes of `out` that were sent */
    uint64_t sent;      /* bytes of the body handed over */

    struct lg_h1_buffer *kept; /* holds the head, if connection->in does not any more */
    struct lg_h1_trailer *trailers;
    struct lg_arena arena; /* headers beyond the inline ones, trailers */
    struct lg_link link;   /* in server->spare_exchanges */

    /* not cleared when used again */
    struct lg_buf out; /* the answer's head, and pieces */
    struct lg_header headers[LG_H1_HEADERS];
};

/* What a step leads to. */
enum lg_h1_step {
    LG_H1_ON,    /* the next step */
    LG_H1_LATER, /* the same, but others have their turn first */
    LG_H1_WAIT,  /* for an event, or for the owner */
    LG_H1_GONE,  /* the connection ends, with whatever was under way */
    LG_H1_OVER   /* the connection ends as announced */
};

/* h1_server.c */
void lg_h1_adopt(struct lg_server *base, const struct lg_arrival *arrival);
void lg_h1_drain(struct lg_server *base);
void lg_h1_set_idle_timeout(struct lg_server *base, unsigned seconds);
size_t lg_h1_connections(const struct lg_server *base);
void lg_h1_free(struct lg_server *base);
void lg_h1_check_soon(struct lg_h1_server *server, int64_t at_ms);
struct lg_str lg_h1_date(struct lg_h1_server *server);

/* h1_connection.c */
/* Takes what lg_server_adopt() takes. */
void lg_h1_connection_open(struct lg_h1_server *server, const struct lg_arrival *arrival);
/* Does whatever can be done. The connection may be gone afterwards. Not from within its steps. */
void lg_h1_run(struct lg_h1_connection *connection);
/* Runs it soon, unless it is running. */
void lg_h1_wake(struct lg_h1_connection *connection);
/* Ends it at once; what is under way ends as `how`. */
void lg_h1_close(struct lg_h1_connection *connection, enum lg_done how);
/* Bytes from the peer to `data`: ON, WAIT when there are none, or GONE. */
enum lg_h1_step lg_h1_receive(struct lg_h1_connection *connection, char *data, size_t room,
                              size_t *ret_size);
void lg_h1_touch(struct lg_h1_connection *connection);

/* h1_head.c */
enum lg_h1_step lg_h1_head_step(struct lg_h1_connection *connection);
/* A head that did not come in time, or not at all: 408. */
void lg_h1_refuse_late(struct lg_h1_connection *connection);
/* The body of the current exchange breaks the rules: another one takes its place. */
void lg_h1_refuse_body(struct lg_h1_connection *connection, const char *reason);

/* h1_body.c */
enum lg_h1_step lg_h1_body_step(struct lg_h1_connection *connection);

/* h1_exchange.c */
extern const struct lg_engine lg_h1_engine;
struct lg_h1_exchange *lg_h1_exchange_take(struct lg_h1_connection *connection);
void lg_h1_exchange_give(struct lg_h1_exchange *exchange);
/* The owner is told that it is over. */
void lg_h1_exchange_end(struct lg_h1_connection *connection, enum lg_done how);
void lg_h1_exchanges_free(struct lg_h1_server *server);

/* h1_answer.c */
/* How much is dropped of a body that was refused while it came. */
uint64_t lg_h1_drop_limit(const struct lg_h1_connection *connection);
/* length -1: unknown. */
void lg_h1_answer_head(struct lg_h1_exchange *exchange, const struct lg_answer *answer,
                       int64_t length);
bool lg_h1_has_output(const struct lg_h1_exchange *exchange);
enum lg_h1_step lg_h1_write_step(struct lg_h1_connection *connection);

/* h1_buffer.c */
/* Makes room for bytes behind connection->end; those of the exchange's head stay where they are. */
void lg_h1_make_room(struct lg_h1_connection *connection);
void lg_h1_buffer_give(struct lg_h1_server *server, struct lg_h1_buffer *buffer);
/* Gives the buffer back if nothing is in it. */
void lg_h1_rest_buffer(struct lg_h1_connection *connection);
void lg_h1_buffers_free(struct lg_h1_server *server);

static inline struct lg_str lg_h1_pending(const struct lg_h1_connection *connection)
{
    if (connection->in == NULL)
        return LG_STR("");
    return lg_str_make(connection->in->data + connection->start,
                       connection->end - connection->start);
}

#endif
