/*
 * tls_channel.h -- private to wire/: TLS on one connected, non-blocking socket.
 *
 * A call that cannot go on says what the socket must become first, which may be the other direction
 * than one expects. Nothing here watches the socket. Threads: the loop's.
 */
#ifndef LG_WIRE_TLS_CHANNEL_H
#define LG_WIRE_TLS_CHANNEL_H

#include <stdint.h>

#include "wire/tls_client.h"

struct lg_tls_channel;

enum lg_tls_result {
    LG_TLS_DONE,
    LG_TLS_WANTS_READ,  /* call again when the socket is readable */
    LG_TLS_WANTS_WRITE, /* ... writable */
    LG_TLS_CLOSED,      /* the peer said that it is done */
    LG_TLS_FAILED       /* lg_tls_channel_error() says why; nothing goes on */
};

/*
 * `name`: the host's name or address, which the certificate must be for. The socket stays the
 * caller's. `session` may be NULL.
 */
struct lg_tls_channel *lg_tls_channel_new(struct lg_tls_client *client, int fd, const char *name,
                                          struct lg_tls_session *session);
/* Says goodbye if all went well so far. Before close(). NULL is fine. */
void lg_tls_channel_free(struct lg_tls_channel *channel);

enum lg_tls_result lg_tls_handshake(struct lg_tls_channel *channel);
enum lg_tls_result lg_tls_read(struct lg_tls_channel *channel, void *data, size_t room,
                               size_t *ret_size);
/* After WANTS_*, the next call must begin with the same bytes, and offer no fewer. */
enum lg_tls_result lg_tls_write(struct lg_tls_channel *channel, const void *data, size_t size,
                                size_t *ret_size);

/* Whether bytes were received that nobody has read yet. */
bool lg_tls_has_more(const struct lg_tls_channel *channel);
/* Whether the channel is open and the peer has said nothing: looks at the socket. */
bool lg_tls_is_quiet(struct lg_tls_channel *channel);

/* Bytes that the kernel took, of whatever kind. */
uint64_t lg_tls_sent(const struct lg_tls_channel *channel);
/* Whether a session was taken up again; after the handshake. */
bool lg_tls_resumed(const struct lg_tls_channel *channel);
/* After LG_TLS_FAILED. */
const char *lg_tls_channel_error(const struct lg_tls_channel *channel);

/* For tls_client.c: where an SSL finds its channel. */
void lg_tls_channel_keep_session(struct lg_tls_channel *channel, struct ssl_session_st *session);
struct ssl_ctx_st *lg_tls_client_context(struct lg_tls_client *client);
bool lg_tls_client_offers_http(const struct lg_tls_client *client);

#endif
