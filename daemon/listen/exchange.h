/*
 * exchange.h -- one HTTP request and its answer, as the rest of the daemon sees them.
 *
 * No other folder knows which HTTP library lies behind this. The order of events:
 *
 *     on_request            the head is complete and passed the gateway's checks
 *       -> answer at once, or later; or lg_exchange_read_body()
 *     on_data ... on_body   the body, piece by piece, then its end
 *       -> answer at once, or later
 *     on_room               (streamed answers) the peer took what was queued: send more
 *     on_done               exactly once, last: the exchange is invalid after it returns
 *
 * on_done may come at any time after on_request: the peer may leave. All calls, both ways, are
 * made on the loop of the server that accepted the connection. No call into this interface runs
 * on_done before it returns; on_data and on_body neither.
 */
#ifndef LG_LISTEN_EXCHANGE_H
#define LG_LISTEN_EXCHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "wire/flow.h"
#include "wire/http_field.h"

struct lg_exchange;
struct lg_loop;

#define LG_ADDRESS_TEXT_SIZE 64

/* The head of a request. All slices live until on_done. */
struct lg_head {
    struct lg_str method; /* upper case by rule of the caller: as received */
    struct lg_str target; /* as received: starts with "/", or is "*" */
    struct lg_str path;   /* target up to "?" , still encoded */
    struct lg_str query;  /* target after "?", without it; data == NULL when there is no "?" */
    int version_minor;    /* HTTP/1.x */
    const struct lg_header *headers; /* in order of arrival, names as spelt by the client */
    size_t header_count;
    int64_t content_length; /* -1: chunked, length unknown; 0: no body */
    const char *peer;       /* numeric address, "unix" for a local socket */
    uint16_t peer_port;
    uint16_t local_port;
};

/* The first header called `name` (case ignored), or an empty slice with data == NULL. */
struct lg_str lg_head_find(const struct lg_head *head, const char *name);

enum lg_done {
    LG_DONE_SENT,   /* the answer was handed to the kernel whole */
    LG_DONE_GONE,   /* the peer left, or a limit of the listener cut it off */
    LG_DONE_ABORTED /* by lg_exchange_abort() or at shutdown */
};

struct lg_exchange_events {
    /* LG_FLOW_PAUSE: consumed, but no more until lg_exchange_resume_body(). */
    enum lg_flow (*on_data)(void *object, const void *data, size_t size);
    void (*on_body)(void *object); /* the body is complete */
    void (*on_room)(void *object); /* optional: only for streamed answers */
    void (*on_done)(void *object, enum lg_done how, uint64_t bytes_sent);
};

/* What a listener calls for each request; it must call lg_exchange_own() before it returns. */
typedef void lg_request_fn(void *listener_context, struct lg_exchange *exchange);

void lg_exchange_own(struct lg_exchange *exchange, const struct lg_exchange_events *events,
                     void *object);

const struct lg_head *lg_exchange_head(const struct lg_exchange *exchange);
struct lg_loop *lg_exchange_loop(const struct lg_exchange *exchange);

/* Starts reading the body (100 Continue is sent if the client waits for it). Once. */
void lg_exchange_read_body(struct lg_exchange *exchange);
void lg_exchange_resume_body(struct lg_exchange *exchange);
/* A trailer of a body that has come whole, from on_body on; empty without one. Valid until on_done.
 */
struct lg_str lg_exchange_trailer(const struct lg_exchange *exchange, const char *name);

struct lg_answer {
    int status; /* 200..599 */
    const struct lg_header *headers;
    size_t header_count;
    bool close; /* close the connection after the answer */
};

/*
 * Answers whole. `body` must live until on_done; headers are copied. Content-Length, Date and
 * Connection are the listener's: given ones are ignored. A header with a bad name or value is
 * left out and counted. If the request's body was not read, the connection is closed after the
 * answer, unless the body is small enough to be read and dropped.
 */
void lg_exchange_answer(struct lg_exchange *exchange, const struct lg_answer *answer,
                        struct lg_str body);

/* Answers piece by piece; length -1 when it is not known. Pieces are copied. */
void lg_exchange_answer_start(struct lg_exchange *exchange, const struct lg_answer *answer,
                              int64_t length);
/* LG_FLOW_PAUSE: taken, but send no more before on_room. */
enum lg_flow lg_exchange_answer_data(struct lg_exchange *exchange, const void *data, size_t size);
void lg_exchange_answer_end(struct lg_exchange *exchange);

/*
 * Ends an answer that was begun piece by piece, and never will be whole. The client sees that: what
 * is queued still leaves, if the client takes it within seconds, and then the connection ends.
 */
void lg_exchange_answer_cut(struct lg_exchange *exchange);

/* Cuts the connection: what was not sent is lost, and the client can see that. */
void lg_exchange_abort(struct lg_exchange *exchange);

#endif
