/* echo.c -- one connection after the other, blocking. */
#include "echo.h"

#include <criterion/criterion.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct echo {
    struct echo_options options;
    SSL_CTX *context;
    int listener, stop[2];
    uint16_t port;
    pthread_t thread;
    atomic_uint accepted;
    char server_name[128], alpn[32];
};

static bool wait_readable(struct echo *echo, int fd)
{
    struct pollfd polls[] = { { fd, POLLIN, 0 }, { echo->stop[0], POLLIN, 0 } };

    (void)poll(polls, 2, 20000);
    return polls[1].revents == 0 && polls[0].revents != 0;
}

static void echo_plain(struct echo *echo, int fd)
{
    static char data[65536];
    ssize_t count;

    while (wait_readable(echo, fd) && (count = recv(fd, data, sizeof(data), 0)) > 0) {
        for (ssize_t sent = 0, one; sent < count; sent += one) {
            one = send(fd, data + sent, (size_t)(count - sent), MSG_NOSIGNAL);
            if (one < 0)
                return;
        }
        if (echo->options.cuts)
            return;
    }
}

static void echo_tls(struct echo *echo, int fd)
{
    static char data[65536];
    SSL *ssl = SSL_new(echo->context);
    const unsigned char *alpn = NULL;
    unsigned alpn_size = 0;
    int count;

    (void)SSL_set_fd(ssl, fd);
    if (SSL_accept(ssl) == 1) {
        const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

        (void)snprintf(echo->server_name, sizeof(echo->server_name), "%s", name ? name : "");
        SSL_get0_alpn_selected(ssl, &alpn, &alpn_size);
        (void)snprintf(echo->alpn, sizeof(echo->alpn), "%.*s", (int)alpn_size,
                       alpn != NULL ? (const char *)alpn : "");
        while ((SSL_pending(ssl) > 0 || wait_readable(echo, fd)) &&
               (count = SSL_read(ssl, data, sizeof(data))) > 0) {
            if (SSL_write(ssl, data, count) <= 0 || echo->options.cuts)
                break;
        }
        if (!echo->options.cuts)
            (void)SSL_shutdown(ssl);
    }
    SSL_free(ssl);
}

static void serve(struct echo *echo, int fd)
{
    char word[3];

    if (echo->options.mute) {
        (void)wait_readable(echo, echo->stop[0]);
        return;
    }
    if (echo->options.starts_plain &&
        (recv(fd, word, 3, MSG_WAITALL) != 3 || send(fd, "ok", 2, MSG_NOSIGNAL) != 2))
        return;
    if (echo->context != NULL)
        echo_tls(echo, fd);
    else
        echo_plain(echo, fd);
}

static void *run(void *context)
{
    struct echo *echo = context;

    while (wait_readable(echo, echo->listener)) {
        int fd = accept(echo->listener, NULL, NULL);

        if (fd < 0)
            break;
        atomic_fetch_add(&echo->accepted, 1);
        serve(echo, fd);
        close(fd);
    }
    return NULL;
}

static int choose(SSL *ssl, const unsigned char **ret_out, unsigned char *ret_size,
                  const unsigned char *in, unsigned size, void *context)
{
    (void)ssl;
    (void)context;
    return SSL_select_next_proto((unsigned char **)(uintptr_t)ret_out, ret_size,
                                 (const unsigned char *)"\x08http/1.1", 9, in,
                                 size) == OPENSSL_NPN_NEGOTIATED
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_NOACK;
}

static SSL_CTX *server_context(const struct echo_options *options)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());

    cr_assert(SSL_CTX_use_certificate_chain_file(context, options->tls->file) == 1);
    cr_assert(SSL_CTX_use_PrivateKey_file(context, options->tls->key_file, SSL_FILETYPE_PEM) == 1);
    SSL_CTX_set_alpn_select_cb(context, choose, NULL);
    (void)SSL_CTX_set_session_id_context(context, (const unsigned char *)"echo", 4);
    if (options->max_version != 0) {
        SSL_CTX_set_security_level(context, 0);
        (void)SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
        (void)SSL_CTX_set_max_proto_version(context, options->max_version);
    }
    if (options->client_ca != NULL) {
        cr_assert(SSL_CTX_load_verify_file(context, options->client_ca) == 1);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    return context;
}

static void listen_inet(struct echo *echo)
{
    struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
    socklen_t size = echo->options.v6 ? sizeof(v6) : sizeof(v4);
    struct sockaddr *any = echo->options.v6 ? (struct sockaddr *)&v6 : (struct sockaddr *)&v4;

    echo->listener = socket(any->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(bind(echo->listener, any, size) == 0);
    cr_assert(getsockname(echo->listener, any, &size) == 0);
    echo->port = ntohs(echo->options.v6 ? v6.sin6_port : v4.sin_port);
}

static void listen_unix(struct echo *echo)
{
    struct sockaddr_un to = { .sun_family = AF_UNIX };

    (void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", echo->options.path);
    echo->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(bind(echo->listener, (struct sockaddr *)&to, sizeof(to)) == 0);
}

struct echo *echo_start(const struct echo_options *options)
{
    struct echo *echo = calloc(1, sizeof(*echo));

    cr_assert(echo != NULL);
    echo->options = *options;
    if (options->tls != NULL)
        echo->context = server_context(options);
    if (options->path != NULL)
        listen_unix(echo);
    else
        listen_inet(echo);
    cr_assert(listen(echo->listener, 16) == 0);
    cr_assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, echo->stop) == 0);
    cr_assert(pthread_create(&echo->thread, NULL, run, echo) == 0);
    return echo;
}

void echo_stop(struct echo *echo)
{
    close(echo->stop[1]);
    pthread_join(echo->thread, NULL);
    close(echo->stop[0]);
    close(echo->listener);
    SSL_CTX_free(echo->context);
    if (echo->options.path != NULL)
        (void)unlink(echo->options.path);
    free(echo);
}

uint16_t echo_port(const struct echo *echo)
{
    return echo->port;
}

unsigned echo_accepted(struct echo *echo)
{
    return atomic_load(&echo->accepted);
}

const char *echo_server_name(const struct echo *echo)
{
    return echo->server_name;
}

const char *echo_alpn(const struct echo *echo)
{
    return echo->alpn;
}
