/* test_tls.c -- who is trusted, and how a connection says that it is not. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <string.h>

#include "echo.h"
#include "outside.h"
#include "user.h"
#include "wire/tls_client.h"

static struct authority *ours, *others;
static struct lg_tls_client *client;
static struct lg_tls_session session;

static int server(const char *host, struct lg_addresses *ret_addresses)
{
    if (strstr(host, ".example") == NULL)
        return EAI_NONAME;
    outside_answer(ret_addresses, "127.0.0.1");
    return 0;
}

static void begin(void)
{
    outside_begin(server, 16);
    certificates_begin();
    ours = authority_new("ours");
    others = authority_new("others");
}

static void make_client(const struct lg_tls_client_options *options)
{
    char error[LG_TLS_ERROR_SIZE] = "";

    cr_assert(eq(int, lg_tls_client_new(options, &client, error), LG_OK), "%s", error);
}

static void trust_ours(void)
{
    make_client(&(struct lg_tls_client_options){ .ca_file = authority_file(ours) });
}

static void end(void)
{
    lg_tls_session_clear(&session);
    lg_tls_client_free(client);
    authority_free(ours);
    authority_free(others);
    certificates_end();
    outside_end();
}

static void open_to(const struct echo *echo, const char *host)
{
    user_open(&(struct lg_conn_options){ .host = host,
                                         .port = echo_port(echo),
                                         .connect_ms = 10000,
                                         .tls = client,
                                         .session = &session,
                                         .tls_ms = 10000 });
}

TestSuite(tls, .init = begin, .timeout = 60);

Test(tls, bytes_go_there_and_come_back)
{
    struct certificate certificate = authority_issue(ours, "DNS:shop.example", 30);
    struct echo *echo = echo_start(&(struct echo_options){ .tls = &certificate });

    trust_ours();
    open_to(echo, "shop.example");
    user_until("<open>");
    user_say("hello");
    user_until("<open>hello");
    outside_same(echo_server_name(echo), "shop.example");
    outside_same(echo_alpn(echo), "");
    cr_assert(gt(u64, lg_conn_sent(user.conn), 5));
    cr_assert(lg_conn_is_quiet(user.conn));
    user_close();
    echo_stop(echo);
    end();
}

Test(tls, much_more_than_a_socket_takes_comes_back_whole)
{
    struct certificate certificate = authority_issue(ours, "DNS:shop.example", 30);
    struct echo *echo = echo_start(&(struct echo_options){ .tls = &certificate });

    trust_ours();
    open_to(echo, "shop.example");
    user_until("<open>");
    user_flood((size_t)32 << 20);
    user_close();
    echo_stop(echo);
    end();
}

static void refused(const char *names, int days, struct authority *issuer, const char *host,
                    const char *error)
{
    struct certificate certificate = authority_issue(issuer, names, days);
    struct echo *echo = echo_start(&(struct echo_options){ .tls = &certificate });

    trust_ours();
    open_to(echo, host);
    user_until_error(error);
    outside_same(user.events, "");
    user_close();
    echo_stop(echo);
    end();
}

Test(tls, another_hosts_certificate_is_refused)
{
    refused("DNS:evil.example", 30, ours, "shop.example",
            "TLS: certificate: host name does not match");
}

Test(tls, another_addresss_certificate_is_refused)
{
    refused("IP:127.0.0.2,DNS:127.0.0.1", 30, ours, "127.0.0.1",
            "TLS: certificate: address does not match");
}

Test(tls, an_expired_certificate_is_refused)
{
    refused("DNS:shop.example", -1, ours, "shop.example",
            "TLS: certificate: certificate has expired");
}

Test(tls, a_certificate_of_a_stranger_is_refused)
{
    refused("DNS:shop.example", 30, others, "shop.example",
            "TLS: certificate: its issuer is not trusted");
}

Test(tls, the_systems_authorities_do_not_know_ours)
{
    struct certificate certificate = authority_issue(ours, "DNS:shop.example", 30);
    struct echo *echo = echo_start(&(struct echo_options){ .tls = &certificate });

    make_client(&(struct lg_tls_client_options){ 0 });
    open_to(echo, "shop.example");
    user_until_error("TLS: certificate: its issuer is not trusted");
    user_close();
    echo_stop(echo);
    end();
}

Test(tls, an_address_can_have_a_certificate)
{
    struct certificate certificate = authority_issue(ours, "IP:127.0.0.1", 30);
    struct echo *echo = echo_start(&(struct echo_options){ .tls = &certificate });

    trust_ours();
    open_to(echo, "127.0.0.1");
    user_until("<open>");
    outside_same(echo_server_name(echo), "");
    user_close();
    echo_stop(echo);
    end();
}

static void taken_up_again(int max_version)
{
    struct certificate certificate = authority_issue(ours, "DNS:shop.example", 30);
    struct echo *echo =
        echo_start(&(struct echo_options){ .tls = &certificate, .max_version = max_version });

    trust_ours();
    for (int i = 0; i < 3; i++) {
        open_to(echo, "shop.example");
        user_until("<open>");
        user_say("hello");
        user_until("<open>hello");
        cr_assert(eq(int, lg_conn_resumed(user.conn), i > 0));
        user_close();
    }
    echo_stop(echo);
    end();
}

Test(tls, a_session_is_taken_up_again_in_1_3)
{
    taken_up_again(0);
}

Test(tls, a_session_is_taken_up_again_in_1_2)
{
    taken_up_again(TLS1_2_VERSION);
}

Test(tls, old_versions_are_refused)
{
    struct certificate certificate = authority_issue(ours, "DNS:shop.example", 30);
    struct echo *echo =
        echo_start(&(struct echo_options){ .tls = &certificate, .max_version = TLS1_1_VERSION });

    trust_ours();
    open_to(echo, "shop.example");
    user_until_error("TLS: ");
    user_close();
    echo_stop(echo);
    end();
}

Test(tls, a_server_without_tls_is_told_in_words)
{
    struct echo *echo = echo_start(&(struct echo_options){ .starts_plain = true });

    trust_ours();
    open_to(echo, "shop.example");
    user_until_error("TLS: the peer does not speak TLS");
    user_close();
    echo_stop(echo);
    end();
}

Test(tls, a_handshake_does_not_take_for_ever)
{
    struct echo *echo = echo_start(&(struct echo_options){ .mute = true });

    trust_ours();
    user_open(&(struct lg_conn_options){ .host = "shop.example",
                                         .port = echo_port(echo),
                                         .connect_ms = 10000,
                                         .tls = client,
                                         .tls_ms = 50 });
    user_until_error("TLS: the handshake took too long");
    user_close();
    echo_stop(echo);
    end();
}

Test(tls, the_clients_certificate_is_shown)
{
    struct certificate certificate = authority_issue(ours, "DNS:shop.example", 30);
    struct certificate mine = authority_issue(others, "DNS:gateway.example", 30);
    struct echo *echo = echo_start(
        &(struct echo_options){ .tls = &certificate, .client_ca = authority_file(others) });

    make_client(&(struct lg_tls_client_options){ .ca_file = authority_file(ours),
                                                 .certificate_file = mine.file,
                                                 .key_file = mine.key_file,
                                                 .alpn_http = true });
    open_to(echo, "shop.example");
    user_until("<open>");
    user_say("hello");
    user_until("<open>hello");
    outside_same(echo_alpn(echo), "http/1.1");
    user_close();
    echo_stop(echo);
    end();
}

Test(tls, without_it_the_server_hangs_up)
{
    struct certificate certificate = authority_issue(ours, "DNS:shop.example", 30);
    struct echo *echo = echo_start(
        &(struct echo_options){ .tls = &certificate, .client_ca = authority_file(others) });

    trust_ours();
    open_to(echo, "shop.example");
    user_until_error("certificate required"); /* in 1.3 the server says so after our handshake */
    user_close();
    echo_stop(echo);
    end();
}

Test(tls, an_end_without_a_goodbye_is_no_end)
{
    struct certificate certificate = authority_issue(ours, "DNS:shop.example", 30);
    struct echo *echo = echo_start(&(struct echo_options){ .tls = &certificate, .cuts = true });

    trust_ours();
    open_to(echo, "shop.example");
    user_until("<open>");
    user_say("hello");
    user_until("<open>hello<broken>");
    outside_same(user.error, "TLS: the peer closed the connection without saying so");
    user_close();
    echo_stop(echo);
    end();
}

Test(tls, it_can_begin_later)
{
    struct certificate certificate = authority_issue(ours, "DNS:shop.example", 30);
    struct echo *echo =
        echo_start(&(struct echo_options){ .tls = &certificate, .starts_plain = true });

    trust_ours();
    user_open(&(struct lg_conn_options){
        .host = "127.0.0.1", .port = echo_port(echo), .connect_ms = 10000 });
    user_until("<open>");
    user_say("TLS");
    user_until("<open>ok");
    lg_conn_start_tls(user.conn, client, "shop.example", &session, 10000);
    user_until("<open>ok<open>");
    user_say("hello");
    user_until("<open>ok<open>hello");
    user_close();
    echo_stop(echo);
    end();
}

Test(tls, files_that_cannot_be_used_are_named_with_the_reason)
{
    struct certificate one = authority_issue(ours, "DNS:shop.example", 30);
    struct certificate two = authority_issue(ours, "DNS:shop.example", 30);
    const struct lg_tls_client_options bad[] = {
        { .ca_file = "/nonexistent/ca.pem" },
        { .ca_file = one.key_file },
        { .certificate_file = one.key_file, .key_file = one.key_file },
        { .certificate_file = one.file, .key_file = two.key_file },
        { .certificate_file = one.file },
    };
    static const char *const words[] = { "/nonexistent/ca.pem: cannot be used as certificate",
                                         "-key.pem: cannot be used as certificate authorities",
                                         "-key.pem: cannot be used as certificate: ",
                                         "-key.pem: cannot be used as private key: ",
                                         "-certificate.pem: cannot be used as private key: " };

    for (size_t i = 0; i < 5; i++) {
        char error[LG_TLS_ERROR_SIZE] = "";

        cr_assert(eq(int, lg_tls_client_new(&bad[i], &client, error), LG_ERR_IO));
        cr_assert(strstr(error, words[i]) != NULL, "%zu: %s", i, error);
    }
    client = NULL;
    end();
}
