/*
 * tls_client.h -- what connections to one upstream share for TLS: whom to trust, who we are.
 *
 * TLS 1.2 or newer; the peer's certificate is always verified, and so is that it was made for the
 * host's name or address. There is no option that leaves this out: give a `ca_file`.
 *
 * Threads: a client is made on any thread and read-only from then on; connections of several loops
 * may use it. A session store belongs to one loop. The process ignores SIGPIPE.
 */
#ifndef LG_WIRE_TLS_CLIENT_H
#define LG_WIRE_TLS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct lg_tls_client;

struct lg_tls_client_options {
    const char *ca_file;          /* PEM; NULL: the system's authorities (SSL_CERT_FILE, _DIR) */
    const char *certificate_file; /* PEM, ours with its chain; NULL: none is shown */
    const char *key_file;         /* PEM, not encrypted; NULL: in certificate_file */
    bool alpn_http;               /* offers "http/1.1" */
};

#define LG_TLS_ERROR_SIZE 256

/*
 * Reads the files, so make one only for an upstream that uses TLS. LG_ERR_IO with words (file and
 * reason, no secrets) when one cannot be used. The system's authorities are read by need.
 */
LG_MUST_CHECK enum lg_err lg_tls_client_new(const struct lg_tls_client_options *options,
                                            struct lg_tls_client **ret_client,
                                            char reterr_text[LG_TLS_ERROR_SIZE]);
/*
 * Adds a text that is another one as soon as one of the files is: a client reads them once, so who
 * keeps one across a reload asks whether they were renewed.
 */
void lg_tls_client_stamp(const struct lg_tls_client_options *options, struct lg_buf *out);
/* After the last connection that was opened with it was closed. NULL is fine. */
void lg_tls_client_free(struct lg_tls_client *client);

/*
 * The last session of an upstream, for shorter handshakes: one a pool of connections to the same
 * name with the same client, never shared wider, since a session stands for what was verified when
 * it began. Zero-initialised is empty. Outlives the connections that use it.
 */
struct lg_tls_session {
    struct ssl_session_st *last; /* owned */
};

void lg_tls_session_clear(struct lg_tls_session *session);

#endif
