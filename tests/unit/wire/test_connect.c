/* test_connect.c -- outbound connections against real sockets: happy eyeballs, deadlines, bytes. */
#include "wire/connect.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "echo.h"
#include "outside.h"
#include "user.h"
#include "wire/dial.h"

/* Names of these tests: what their addresses are is in them. */
static int server(const char *host, struct lg_addresses *ret_addresses)
{
    if (strcmp(host, "both.example") == 0) { /* nobody listens on the first */
        outside_answer(ret_addresses, "::1");
        outside_answer(ret_addresses, "127.0.0.1");
    } else if (strcmp(host, "hole.example") == 0) { /* the first answers nothing, ever */
        outside_answer(ret_addresses, "192.0.2.1");
        outside_answer(ret_addresses, "127.0.0.1");
    } else if (strcmp(host, "void.example") == 0) {
        outside_answer(ret_addresses, "192.0.2.1");
    } else if (strcmp(host, "never.example") == 0) {
        sleep(1);
        return EAI_AGAIN;
    } else {
        return EAI_NONAME;
    }
    return 0;
}

static void begin(void)
{
    outside_begin(server, 16);
}

TestSuite(connect, .init = begin, .timeout = 60);

Test(connect, bytes_go_there_and_come_back)
{
    struct echo *echo = echo_start(&(struct echo_options){ 0 });

    user_open(&(struct lg_conn_options){
        .host = "127.0.0.1", .port = echo_port(echo), .connect_ms = 10000 });
    user_until("<open>");
    user_say("hello");
    user_until("<open>hello");
    cr_assert(eq(u64, lg_conn_sent(user.conn), 5));
    user_close();
    echo_stop(echo);
    outside_end();
}

Test(connect, a_unix_socket_does_as_well)
{
    char path[] = "/tmp/lg-connect-XXXXXX";
    struct echo *echo;

    cr_assert(mkdtemp(path) != NULL);
    char name[64];
    (void)snprintf(name, sizeof(name), "%s/echo.sock", path);
    echo = echo_start(&(struct echo_options){ .path = name });
    user_open(&(struct lg_conn_options){ .path = name, .connect_ms = 10000 });
    user_until("<open>");
    user_say("hello");
    user_until("<open>hello");
    user_close();
    echo_stop(echo);
    user_open(&(struct lg_conn_options){ .path = name, .connect_ms = 10000 });
    user_until_error("echo.sock: there is no such socket");
    user_close();
    (void)rmdir(path);
    outside_end();
}

Test(connect, much_more_than_a_socket_takes_comes_back_whole)
{
    struct echo *echo = echo_start(&(struct echo_options){ 0 });

    user_open(&(struct lg_conn_options){
        .host = "127.0.0.1", .port = echo_port(echo), .connect_ms = 10000 });
    user_until("<open>");
    user_flood((size_t)32 << 20);
    user_close();
    echo_stop(echo);
    outside_end();
}

Test(connect, nobody_there_is_told_in_words)
{
    struct echo *echo = echo_start(&(struct echo_options){ 0 });
    uint16_t port = echo_port(echo);

    echo_stop(echo);
    user_open(&(struct lg_conn_options){ .host = "127.0.0.1", .port = port, .connect_ms = 10000 });
    user_until_error(": connection refused");
    cr_assert(eq(chr, lg_conn_error(user.conn)[0], '1'), "with the address that was tried");
    user_close();
    user_open(&(struct lg_conn_options){ .host = "no.example", .port = 1, .connect_ms = 10000 });
    user_until_error("there is no such host name");
    user_close();
    outside_end();
}

Test(connect, the_other_family_is_tried_when_the_first_refuses)
{
    struct echo *echo = echo_start(&(struct echo_options){ 0 });

    user_open(&(struct lg_conn_options){
        .host = "both.example", .port = echo_port(echo), .connect_ms = 10000 });
    user_until("<open>");
    user_close();
    echo_stop(echo);
    outside_end();
}

Test(connect, an_address_that_stays_silent_gets_company)
{
    struct echo *echo = echo_start(&(struct echo_options){ 0 });

    user_open(&(struct lg_conn_options){
        .host = "hole.example", .port = echo_port(echo), .connect_ms = 10000 });
    user_until("<open>");
    user_close();
    echo_stop(echo);
    outside_end();
}

Test(connect, patience_ends)
{
    user_open(&(struct lg_conn_options){ .host = "never.example", .port = 1, .connect_ms = 50 });
    user_until_error("connecting took too long");
    user_close();
    outside_end();
}

Test(connect, what_is_closed_at_once_is_never_heard_of)
{
    struct echo *echo = echo_start(&(struct echo_options){ 0 });

    user_open(&(struct lg_conn_options){
        .host = "both.example", .port = echo_port(echo), .connect_ms = 10000 });
    user_close();
    user_open(&(struct lg_conn_options){
        .host = "127.0.0.1", .port = echo_port(echo), .connect_ms = 10000 });
    outside_turn();
    user_close();
    cr_assert(user.events[0] == '\0' || strcmp(user.events, "<open>") == 0);
    echo_stop(echo);
    outside_end();
}

Test(connect, a_peer_that_leaves_ends_the_rest_of_a_connection)
{
    struct echo *echo = echo_start(&(struct echo_options){ 0 });

    user_open(&(struct lg_conn_options){
        .host = "127.0.0.1", .port = echo_port(echo), .connect_ms = 10000 });
    user_until("<open>");
    user_say("hello");
    user_until("<open>hello"); /* it was accepted */
    cr_assert(lg_conn_rest(user.conn));
    cr_assert(lg_conn_is_quiet(user.conn));
    echo_stop(echo);
    user_until("<open>hello<end>");
    cr_assert(not(lg_conn_is_quiet(user.conn)));
    cr_assert(not(lg_conn_rest(user.conn)));
    user_close();
    outside_end();
}

Test(connect, families_take_turns)
{
    static const char *const given[] = { "::1", "::2", "::3", "10.0.0.1", "10.0.0.2" };
    static const char *const wanted[] = { "[::1]:0", "10.0.0.1:0", "[::2]:0", "10.0.0.2:0",
                                          "[::3]:0" };
    struct lg_addresses addresses = { 0 };
    char text[LG_SOCKET_ADDRESS_TEXT];

    for (size_t i = 0; i < 5; i++)
        outside_answer(&addresses, given[i]);
    lg_dial_interleave(&addresses);
    for (size_t i = 0; i < 5; i++) {
        lg_socket_address_text(&addresses.list[i], text);
        outside_same(text, wanted[i]);
    }
    outside_end();
}
