/* tls_client.c -- an SSL_CTX, made with care. */
#include "wire/tls_client.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "wire/tls_channel.h"

struct lg_tls_client {
    SSL_CTX *context;
    bool alpn_http;
};

struct ssl_ctx_st *lg_tls_client_context(struct lg_tls_client *client)
{
    return client->context;
}

bool lg_tls_client_offers_http(const struct lg_tls_client *client)
{
    return client->alpn_http;
}

static int on_new_session(SSL *ssl, SSL_SESSION *session)
{
    lg_tls_channel_keep_session(SSL_get_app_data(ssl), session);
    return 1; /* kept */
}

/* A key with a password would be asked for on the terminal. */
static int no_password(char *text, int room, int writing, void *context)
{
    (void)text;
    (void)room;
    (void)writing;
    (void)context;
    return -1;
}

static enum lg_err fail(const char *file, const char *what, char reterr_text[LG_TLS_ERROR_SIZE])
{
    unsigned long code = ERR_peek_error();
    const char *reason = ERR_GET_LIB(code) == ERR_LIB_SYS ? strerror(ERR_GET_REASON(code))
                                                          : ERR_reason_error_string(code);

    (void)snprintf(reterr_text, LG_TLS_ERROR_SIZE, "%s: %s: %s", file, what,
                   reason != NULL ? reason : "unknown reason");
    ERR_clear_error();
    return LG_ERR_IO;
}

static enum lg_err trust(SSL_CTX *context, const char *ca_file, char reterr_text[LG_TLS_ERROR_SIZE])
{
    if (ca_file == NULL)
        return SSL_CTX_set_default_verify_paths(context) == 1
                   ? LG_OK
                   : fail("the system's certificate authorities", "cannot be used", reterr_text);
    if (SSL_CTX_load_verify_file(context, ca_file) != 1)
        return fail(ca_file, "cannot be used as certificate authorities", reterr_text);
    /* Who names a file trusts what is in it, also if it was issued by somebody else. */
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    return LG_OK;
}

static enum lg_err show(SSL_CTX *context, const struct lg_tls_client_options *options,
                        char reterr_text[LG_TLS_ERROR_SIZE])
{
    const char *key_file =
        options->key_file != NULL ? options->key_file : options->certificate_file;

    if (options->certificate_file == NULL)
        return LG_OK;
    SSL_CTX_set_default_passwd_cb(context, no_password);
    if (SSL_CTX_use_certificate_chain_file(context, options->certificate_file) != 1)
        return fail(options->certificate_file, "cannot be used as certificate", reterr_text);
    if (SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1)
        return fail(key_file, "cannot be used as private key", reterr_text);
    if (SSL_CTX_check_private_key(context) != 1)
        return fail(key_file, "is not the key of the certificate", reterr_text);
    return LG_OK;
}

static SSL_CTX *new_context(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    assert(context != NULL); /* as every allocation: mem.h */
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    (void)SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    (void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1); /* a record a recv, in place of two */
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    (void)SSL_CTX_set_session_cache_mode(context,
                                         SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, on_new_session);
    return context;
}

enum lg_err lg_tls_client_new(const struct lg_tls_client_options *options,
                              struct lg_tls_client **ret_client,
                              char reterr_text[LG_TLS_ERROR_SIZE])
{
    SSL_CTX *context = new_context();
    enum lg_err err;

    ERR_clear_error();
    err = trust(context, options->ca_file, reterr_text);
    if (err == LG_OK)
        err = show(context, options, reterr_text);
    if (err != LG_OK) {
        SSL_CTX_free(context);
        return err;
    }
    *ret_client = LG_NEW(struct lg_tls_client);
    (*ret_client)->context = context;
    (*ret_client)->alpn_http = options->alpn_http;
    return LG_OK;
}

static void stamp(const char *file, struct lg_buf *out)
{
    struct stat state;

    if (file == NULL || stat(file, &state) != 0)
        lg_buf_add_char(out, '-');
    else
        lg_buf_printf(out, "%ju:%ju:%jd:%jd.%09ld", (uintmax_t)state.st_dev,
                      (uintmax_t)state.st_ino, (intmax_t)state.st_size,
                      (intmax_t)state.st_mtim.tv_sec, state.st_mtim.tv_nsec);
    lg_buf_add_char(out, '\n');
}

void lg_tls_client_stamp(const struct lg_tls_client_options *options, struct lg_buf *out)
{
    stamp(options->ca_file, out);
    stamp(options->certificate_file, out);
    stamp(options->key_file, out);
}

void lg_tls_client_free(struct lg_tls_client *client)
{
    if (client == NULL)
        return;
    SSL_CTX_free(client->context);
    free(client);
}

void lg_tls_session_clear(struct lg_tls_session *session)
{
    SSL_SESSION_free(session->last);
    session->last = NULL;
}
