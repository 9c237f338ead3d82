/*
 * http_client.h -- the lean HTTP/1.1 client of the data plane: pools of connections to upstreams.
 *
 *     client (of a loop) -> pool (an upstream on that loop) -> lines (connections) <- calls
 *
 * A call is one request and its answer, streamed both ways. It is never repeated: once a byte of it
 * was given to the kernel it ends with that connection, and if its answer has not come whole by
 * then, its outcome is unknown. Only a connection that was kept from before and turns out to be
 * dead before a byte was sent is silently replaced by another.
 *
 * The order of events of a call:
 *
 *     on_room ...           (streamed bodies) there is a connection, and what was queued has been
 *                           sent: send more, or begin to
 *     on_head               the answer's status and fields, 200..599
 *     on_data ...           its body
 *     on_end                exactly once, last: the call is invalid after it returns
 *
 * Callbacks come on the loop, never within a call of this file, and never after a cancel.
 * Threads: all of it belongs to one loop.
 */
#ifndef LG_WIRE_HTTP_CLIENT_H
#define LG_WIRE_HTTP_CLIENT_H

#include "wire/connect.h"
#include "wire/flow.h"
#include "wire/http_proxy.h"
#include "wire/http_response.h"

struct lg_http_client;
struct lg_http_pool;
struct lg_http_call;

struct lg_http_client *lg_http_client_new(struct lg_resolver *resolver);
/* After its pools. NULL is fine. */
void lg_http_client_free(struct lg_http_client *client);

/* --- an upstream ------------------------------------------------------------------------------ */

struct lg_http_pool_options {
    const char *host; /* a name or an address, without brackets */
    uint16_t port;
    const char *path;                  /* of a unix socket, in place of host and port; NULL: none */
    struct lg_tls_client *tls;         /* NULL: http. Outlives the pool */
    const char *tls_name;              /* whom the certificate must be for; NULL: host */
    const struct lg_http_proxy *proxy; /* NULL: none */
    int64_t connect_ms, tls_ms;        /* for a connection; above 0 */
    size_t connections;                /* at once; at least 1 */
    size_t waiting;                    /* calls that may wait for one */
    size_t idle;                       /* connections that are kept without a call */
    int64_t idle_ms;                   /* for so long; above 0 */
    size_t requests;                   /* on one connection; 0: no limit */
};

/* Everything in `options` is copied but the TLS client. */
struct lg_http_pool *lg_http_pool_new(struct lg_http_client *client,
                                      const struct lg_http_pool_options *options);
/* Ends what is idle now, and itself after the last of its calls. NULL is fine. */
void lg_http_pool_close(struct lg_http_pool *pool);

struct lg_http_pool_numbers {
    size_t connections, idle, waiting; /* now */
    uint64_t opened, reused;           /* ever */
};
struct lg_http_pool_numbers lg_http_pool_numbers(const struct lg_http_pool *pool);

/* --- a call ----------------------------------------------------------------------------------- */

/* Milliseconds; 0: no limit of this kind. */
struct lg_http_times {
    int64_t wait;    /* until there is a connection, its making included */
    int64_t send;    /* in which the peer takes no byte of the request */
    int64_t first;   /* from the request's last byte to the answer's first */
    int64_t between; /* in which no byte of the answer comes */
    int64_t total;
};

struct lg_http_request {
    struct lg_str method, target; /* valid as they stand: a token; a path with query */
    struct lg_str host;           /* for Host */
    /* Copied as they stand. Host, Connection, Content-Length and Transfer-Encoding are ours. */
    const struct lg_header *headers;
    size_t header_count;
    struct lg_str body;  /* whole; lives until on_end */
    bool streamed;       /* the body comes by lg_http_call_send(), in place of `body` */
    int64_t body_length; /* with `streamed`: -1 if not known */
    struct lg_http_times times;
};

enum lg_http_outcome {
    LG_HTTP_WHOLE,    /* the answer came whole */
    LG_HTTP_NOT_SENT, /* nobody has seen a byte of the request: another try is safe */
    LG_HTTP_UNKNOWN   /* the request, or a part of it, may have been acted on */
};

enum lg_http_fault {
    LG_HTTP_FAULT_NONE,
    LG_HTTP_FAULT_FULL,    /* too many calls wait for a connection */
    LG_HTTP_FAULT_CONNECT, /* there is no connection: name, address, TLS, proxy */
    LG_HTTP_FAULT_WAIT,    /* nor was there one in time */
    LG_HTTP_FAULT_LOST,    /* the connection ended before the answer did */
    LG_HTTP_FAULT_TIME,    /* the peer took too long */
    LG_HTTP_FAULT_BAD      /* what it said is no answer */
};

struct lg_http_end {
    enum lg_http_outcome outcome;
    enum lg_http_fault fault;
    const char *error; /* words for the log; NULL: none */
    bool has_head;     /* on_head came */
    bool reused;       /* its connection had served others */
};

struct lg_http_call_events {
    void (*on_room)(void *context); /* NULL if nothing is streamed */
    /* `head` and its slices are valid for the call. */
    void (*on_head)(void *context, const struct lg_http_response *head);
    /* LG_FLOW_PAUSE: taken, but no more until lg_http_call_resume(). */
    enum lg_flow (*on_data)(void *context, const void *data, size_t size);
    void (*on_end)(void *context, const struct lg_http_end *end);
};

/* `events` is static. */
struct lg_http_call *lg_http_call_begin(struct lg_http_pool *pool,
                                        const struct lg_http_request *request,
                                        const struct lg_http_call_events *events, void *context);

/* A piece of a streamed body, copied. LG_FLOW_PAUSE: taken, but send no more before on_room. */
enum lg_flow lg_http_call_send(struct lg_http_call *call, const void *data, size_t size);
void lg_http_call_send_end(struct lg_http_call *call);

void lg_http_call_resume(struct lg_http_call *call);
/* Whether anybody may have seen a byte of the request. */
bool lg_http_call_was_sent(const struct lg_http_call *call);
/* Its connection is closed unless nothing was sent. */
void lg_http_call_cancel(struct lg_http_call *call);

#endif
