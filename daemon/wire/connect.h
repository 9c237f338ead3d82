/*
 * connect.h -- an outbound connection: bytes to and from a host or a unix socket, with TLS or
 * without, on a loop.
 *
 *     resolve.c -> dial.c (happy eyeballs) -> tls_channel.c -> open: lg_conn_read(), _write()
 *
 * The socket is watched edge-triggered, once. on_readable comes when there may be bytes (or the
 * end) after a read said LG_ERR_BUSY, on_writable when there is room after a write did: whoever
 * pauses simply does not read, and reads again when it wants to. Whose direction TLS waits for is
 * this file's own affair.
 *
 * Ownership: who opens a connection closes it, always, at any time, also from within a callback and
 * after a failure. Callbacks come on the loop, never within a call of this file, and never after
 * lg_conn_close().
 */
#ifndef LG_WIRE_CONNECT_H
#define LG_WIRE_CONNECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "base/err.h"
#include "wire/resolve.h"
#include "wire/tls_client.h"

struct lg_conn;

struct lg_conn_options {
    const char *host; /* a name or an address, without brackets */
    uint16_t port;
    const char *path;   /* of a unix socket, in place of host and port; NULL: none */
    int64_t connect_ms; /* for name and connection together; above 0 */

    struct lg_tls_client *tls;      /* NULL: plain. Outlives the connection */
    const char *tls_name;           /* whom the certificate must be for; NULL: host */
    struct lg_tls_session *session; /* may be NULL. Outlives the connection */
    int64_t tls_ms;                 /* for the handshake; above 0 with tls */
};

struct lg_conn_events {
    /*
     * Once: open (error NULL), or failed, in words without the host's name ("127.0.0.1:80:
     * connection refused", "TLS: certificate: certificate has expired"); they last until
     * lg_conn_close(). Again after lg_conn_start_tls().
     */
    void (*on_open)(void *context, const char *error);
    void (*on_readable)(void *context);
    void (*on_writable)(void *context);
};

/* All strings of `options` are copied; `events` is static. */
struct lg_conn *lg_conn_open(struct lg_resolver *resolver, const struct lg_conn_options *options,
                             const struct lg_conn_events *events, void *context);

/* Says goodbye in TLS, and closes. What was written may still be on its way. NULL is fine. */
void lg_conn_close(struct lg_conn *conn);

/*
 * LG_OK          *ret_size bytes, at least 1
 * LG_ERR_BUSY    none now; on_readable will come
 * LG_ERR_CLOSED  the peer ended its side, properly (in TLS: said so)
 * LG_ERR_IO      the connection broke: lg_conn_error()
 */
LG_MUST_CHECK enum lg_err lg_conn_read(struct lg_conn *conn, void *data, size_t room,
                                       size_t *ret_size);

/*
 * LG_OK        *ret_size bytes were taken, at least 1, maybe not all: offer the rest again
 * LG_ERR_BUSY  none; on_writable will come. Then the same bytes must come first again: in TLS they
 *              may be on their way already
 * LG_ERR_IO    the peer takes no more: lg_conn_error(). Without TLS what it said before can still
 *              be read
 */
LG_MUST_CHECK enum lg_err lg_conn_write(struct lg_conn *conn, const struct iovec *parts,
                                        size_t count, size_t *ret_size);

/*
 * Begins TLS on an open, plain connection (behind a proxy's CONNECT) on which nothing is unread.
 * on_open comes again.
 */
void lg_conn_start_tls(struct lg_conn *conn, struct lg_tls_client *tls, const char *name,
                       struct lg_tls_session *session, int64_t tls_ms);

/*
 * Lets a connection rest on which nothing is expected: on_readable then means that it is of no use
 * any more. False: it is of none already.
 */
LG_MUST_CHECK bool lg_conn_rest(struct lg_conn *conn);
/* Looks once more before it is used again: open, with nothing to read. */
bool lg_conn_is_quiet(struct lg_conn *conn);

/*
 * How many bytes the kernel has taken, those of TLS itself included. If it is the same as before a
 * request was written, then surely nobody has seen any of the request.
 */
uint64_t lg_conn_sent(const struct lg_conn *conn);

const char *lg_conn_error(const struct lg_conn *conn); /* "" while all is well */
bool lg_conn_resumed(const struct lg_conn *conn);      /* its TLS session was an earlier one */
struct lg_loop *lg_conn_loop(const struct lg_conn *conn);

#endif
