/* tls_channel.c -- an SSL on a socket, and its errors in words. */
#include "wire/tls_channel.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/dial.h"

struct lg_tls_channel {
    SSL *ssl;
    struct lg_tls_session *session; /* the caller's, or NULL */
    bool open;                      /* the handshake is done, nothing failed since */
    char error[LG_TLS_ERROR_SIZE];
};

static bool is_address(const char *name)
{
    unsigned char bytes[16];

    return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

static void expect(SSL *ssl, const char *name)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    int done;

    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                               X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (is_address(name))
        done = X509_VERIFY_PARAM_set1_ip_asc(param, name);
    else
        done = X509_VERIFY_PARAM_set1_host(param, name, 0) == 1 &&
               SSL_set_tlsext_host_name(ssl, name) == 1;
    assert(done == 1); /* only a lack of memory, or a name longer than any that resolves */
}

struct lg_tls_channel *lg_tls_channel_new(struct lg_tls_client *client, int fd, const char *name,
                                          struct lg_tls_session *session)
{
    static const unsigned char http[] = { 8, 'h', 't', 't', 'p', '/', '1', '.', '1' };
    struct lg_tls_channel *channel = LG_NEW(struct lg_tls_channel);

    channel->ssl = SSL_new(lg_tls_client_context(client));
    assert(channel->ssl != NULL);
    channel->session = session;
    (void)SSL_set_app_data(channel->ssl, channel);
    expect(channel->ssl, name);
    if (lg_tls_client_offers_http(client))
        (void)SSL_set_alpn_protos(channel->ssl, http, sizeof(http));
    if (session != NULL && session->last != NULL)
        (void)SSL_set_session(channel->ssl, session->last);
    (void)SSL_set_fd(channel->ssl, fd);
    SSL_set_connect_state(channel->ssl);
    return channel;
}

void lg_tls_channel_free(struct lg_tls_channel *channel)
{
    if (channel == NULL)
        return;
    ERR_clear_error();
    if (channel->open)
        (void)SSL_shutdown(channel->ssl);
    SSL_free(channel->ssl);
    ERR_clear_error();
    free(channel);
}

void lg_tls_channel_keep_session(struct lg_tls_channel *channel, SSL_SESSION *session)
{
    if (channel->session == NULL) {
        SSL_SESSION_free(session);
        return;
    }
    lg_tls_session_clear(channel->session);
    channel->session->last = session;
}

/* --- what went wrong --- */

static const char *certificate_words(long code)
{
    switch (code) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
        return "host name does not match";
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return "address does not match";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return "its issuer is not trusted";
    default:
        return X509_verify_cert_error_string(code);
    }
}

static void tell_protocol_error(struct lg_tls_channel *channel)
{
    unsigned long code = ERR_peek_error();
    long verified = SSL_get_verify_result(channel->ssl);
    const char *reason = ERR_reason_error_string(code);

    if (!channel->open && verified != X509_V_OK) {
        (void)snprintf(channel->error, sizeof(channel->error), "TLS: certificate: %s",
                       certificate_words(verified));
        return;
    }
    if (ERR_GET_LIB(code) == ERR_LIB_SSL) {
        if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
            reason = "the peer closed the connection without saying so";
        else if (ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER)
            reason = "the peer does not speak TLS, or none of its versions that we do";
    }
    (void)snprintf(channel->error, sizeof(channel->error), "TLS: %s",
                   reason != NULL ? reason : "protocol error");
}

static enum lg_tls_result fail(struct lg_tls_channel *channel, int kind, int error)
{
    if (kind == SSL_ERROR_SSL)
        tell_protocol_error(channel);
    else
        (void)snprintf(channel->error, sizeof(channel->error), "%s",
                       error != 0 ? lg_socket_error_text(error) : "the peer closed the connection");
    ERR_clear_error();
    channel->open = false;
    return LG_TLS_FAILED;
}

/* What a call that returned `value` came to. */
static enum lg_tls_result judge(struct lg_tls_channel *channel, int value)
{
    int error = errno, kind = SSL_get_error(channel->ssl, value);

    switch (kind) {
    case SSL_ERROR_NONE:
        return LG_TLS_DONE;
    case SSL_ERROR_WANT_READ:
        return LG_TLS_WANTS_READ;
    case SSL_ERROR_WANT_WRITE:
        return LG_TLS_WANTS_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return LG_TLS_CLOSED;
    default:
        return fail(channel, kind, error);
    }
}

const char *lg_tls_channel_error(const struct lg_tls_channel *channel)
{
    return channel->error;
}

/* --- bytes --- */

/* The whole queue of errors is slow to clear, and nearly always empty. */
static void get_ready(void)
{
    if (ERR_peek_error() != 0)
        ERR_clear_error();
    errno = 0;
}

enum lg_tls_result lg_tls_handshake(struct lg_tls_channel *channel)
{
    enum lg_tls_result result;

    get_ready();
    result = judge(channel, SSL_do_handshake(channel->ssl));
    if (result == LG_TLS_DONE)
        channel->open = true;
    else if (result == LG_TLS_FAILED && channel->session != NULL)
        lg_tls_session_clear(channel->session); /* it may be the reason */
    return result;
}

enum lg_tls_result lg_tls_read(struct lg_tls_channel *channel, void *data, size_t room,
                               size_t *ret_size)
{
    *ret_size = 0;
    get_ready();
    return judge(channel, SSL_read_ex(channel->ssl, data, room, ret_size));
}

enum lg_tls_result lg_tls_write(struct lg_tls_channel *channel, const void *data, size_t size,
                                size_t *ret_size)
{
    *ret_size = 0;
    get_ready();
    return judge(channel, SSL_write_ex(channel->ssl, data, size, ret_size));
}

bool lg_tls_has_more(const struct lg_tls_channel *channel)
{
    return SSL_has_pending(channel->ssl) == 1;
}

bool lg_tls_is_quiet(struct lg_tls_channel *channel)
{
    char byte;
    size_t size;

    get_ready();
    /* Peeking takes in what TLS has to say for itself, such as new sessions. */
    return channel->open &&
           judge(channel, SSL_peek_ex(channel->ssl, &byte, 1, &size)) == LG_TLS_WANTS_READ;
}

uint64_t lg_tls_sent(const struct lg_tls_channel *channel)
{
    return BIO_number_written(SSL_get_wbio(channel->ssl));
}

bool lg_tls_resumed(const struct lg_tls_channel *channel)
{
    return SSL_session_reused(channel->ssl) == 1;
}
