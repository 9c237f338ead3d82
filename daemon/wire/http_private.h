/*
 * http_private.h -- private to wire/http_*.c: how the parts of the HTTP client hang together.
 *
 *     http_call.c   the calls of http_client.h; a request's bytes
 *     http_pool.c   who gets which connection; who waits
 *     http_line.c   a connection: opening, sending, receiving, deadlines, its end
 *     http_tunnel.c CONNECT
 *
 * A line has at most one call, a call at most one line. What ends a call takes it off its line
 * first, so that its owner may begin the next one from within on_end.
 */
#ifndef LG_WIRE_HTTP_PRIVATE_H
#define LG_WIRE_HTTP_PRIVATE_H

#include "base/buf.h"
#include "wire/http_client.h"

#define LG_HTTP_WINDOW ((size_t)64 * 1024) /* bytes of a read */
#define LG_HTTP_SEND_FULL                                                                          \
    ((size_t)64 * 1024) /* of a streamed body that wait: its sender pauses                         \
                         */

struct lg_http_client {
    struct lg_loop *loop;
    struct lg_resolver *resolver;
    size_t pools;
    struct lg_link spare_calls;
    size_t spare_count;
    struct lg_header headers[LG_HTTP_RESPONSE_HEADERS]; /* of the head that is read just now */
    char window[LG_HTTP_WINDOW];
};

struct lg_http_pool {
    struct lg_http_client *client;
    struct lg_http_pool_options options; /* strings and proxy owned */
    struct lg_http_proxy proxy;
    struct lg_tls_session session;
    struct lg_link lines; /* all */
    struct lg_link idle;  /* the one used last is first */
    struct lg_link waiting;
    size_t line_count, idle_count, opening_count, waiting_count, call_count;
    uint64_t opened, reused;
    bool closing;
    struct lg_task end; /* of a closing one */
};

enum lg_http_line_state {
    LG_HTTP_LINE_OPENING,
    LG_HTTP_LINE_TUNNEL, /* CONNECT was sent */
    LG_HTTP_LINE_IDLE,
    LG_HTTP_LINE_BUSY,
    LG_HTTP_LINE_DEAD /* rests until the end of the turn */
};

struct lg_http_line {
    struct lg_http_pool *pool;
    enum lg_http_line_state state;
    struct lg_conn *conn;
    struct lg_link link, idle_link;
    struct lg_http_call *call;
    struct lg_http_response_reader reader;
    struct lg_buf in;  /* received, and not taken yet */
    struct lg_buf out; /* CONNECT */
    struct lg_timer timer;
    int64_t deadline_ms; /* the timer may be earlier, and is then set anew */
    struct lg_task task;
    size_t requests;      /* begun on it */
    uint64_t sent_before; /* lg_conn_sent() when the call began */
};

struct lg_http_call {
    struct lg_http_pool *pool;
    struct lg_http_line *line; /* NULL while it waits */
    struct lg_link link;       /* in pool->waiting, or among the spare ones */
    const struct lg_http_call_events *events;
    void *context;
    struct lg_http_times times;
    int64_t total_at_ms;   /* INT64_MAX: never */
    struct lg_timer timer; /* while it waits */
    struct lg_task task;   /* an end that is known at once */
    struct lg_http_end end;

    struct lg_buf out; /* the head, and pieces of a streamed body */
    size_t out_taken;
    struct lg_str body; /* what is left of a whole one */
    bool is_head;       /* the method */
    bool streamed, chunked;
    bool complete;  /* the sender has said all */
    bool full;      /* and is to wait for on_room */
    bool deaf;      /* the peer takes no more of it */
    bool paused;    /* its answer */
    bool answering; /* a byte of the answer came */
};

/* http_call.c */
bool lg_http_call_has_output(const struct lg_http_call *call);
/* The call ends here: its owner hears of it, and its memory is gone. It is on no line any more. */
void lg_http_call_end(struct lg_http_call *call);
void lg_http_call_end_soon(struct lg_http_call *call);

/* http_pool.c */
/* Gives waiting calls their connections, and opens what is missing. */
void lg_http_pool_dispatch(struct lg_http_pool *pool);
bool lg_http_pool_put(struct lg_http_pool *pool, struct lg_http_call *call);
void lg_http_pool_wait(struct lg_http_pool *pool, struct lg_http_call *call, bool first);
void lg_http_pool_unwait(struct lg_http_call *call);
/* A connection could not be had: the call that waits longest pays for it. */
void lg_http_pool_failed(struct lg_http_pool *pool, const char *error);
/* Frees a closing pool that nobody needs any more, soon. */
void lg_http_pool_settle(struct lg_http_pool *pool);

/* http_line.c */
void lg_http_line_open(struct lg_http_pool *pool);
/* The line is open, and idle from now on unless somebody waits. */
void lg_http_line_ready(struct lg_http_line *line);
void lg_http_line_attach(struct lg_http_line *line, struct lg_http_call *call);
void lg_http_line_close(struct lg_http_line *line);
void lg_http_line_wake(struct lg_http_line *line);     /* runs it at the end of the turn */
void lg_http_line_patience(struct lg_http_line *line); /* sets the deadline of its call's phase */
void lg_http_line_set_deadline(struct lg_http_line *line, int64_t at_ms);
void lg_http_line_fail_opening(struct lg_http_line *line, const char *error);

/* http_tunnel.c */
void lg_http_tunnel_begin(struct lg_http_line *line);
void lg_http_tunnel_write(struct lg_http_line *line);
void lg_http_tunnel_read(struct lg_http_line *line);

#endif
