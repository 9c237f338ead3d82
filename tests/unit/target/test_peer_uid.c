/* Whose socket is at the other end: by netlink and by /proc, which must agree. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "target/peer_uid.h"

static int listener, client, server;
static struct sockaddr_in peer, here;

static void connect_client(int family)
{
    struct sockaddr_in6 mapped = { .sin6_family = AF_INET6 };
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof(address);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert(bind(listener, (struct sockaddr *)&address, sizeof(address)) == 0);
    cr_assert(listen(listener, 1) == 0);
    cr_assert(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    client = socket(family, SOCK_STREAM, 0);
    mapped.sin6_port = address.sin_port;
    cr_assert(inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr) == 1);
    if (family == AF_INET)
        cr_assert(connect(client, (struct sockaddr *)&address, sizeof(address)) == 0);
    else
        cr_assert(connect(client, (struct sockaddr *)&mapped, sizeof(mapped)) == 0);
    size = sizeof(peer);
    server = accept(listener, (struct sockaddr *)&peer, &size);
    cr_assert(server >= 0);
    here = address;
}

static void close_all(void)
{
    close(listener);
    close(server);
    close(client);
}

TestSuite(peer_uid, .fini = close_all);

static void assert_ours(void)
{
    uid_t uid = 12345;

    cr_assert(eq(int, (int)lg_peer_uid(server, &uid), LG_OK));
    cr_assert(eq(u32, uid, geteuid()));
    uid = 12345;
    cr_assert(eq(int, (int)lg_peer_uid_proc(&peer, &here, &uid), LG_OK));
    cr_assert(eq(u32, uid, geteuid()));
    uid = 12345;
    /* A sandbox may have no netlink for us: then the two above were told by /proc. */
    if (lg_peer_uid_netlink(&peer, &here, &uid) == LG_OK)
        cr_assert(eq(u32, uid, geteuid()));
}

Test(peer_uid, a_socket_of_ours_is_ours)
{
    connect_client(AF_INET);
    assert_ours();
}

Test(peer_uid, an_ipv6_socket_with_a_mapped_address_is_found)
{
    connect_client(AF_INET6);
    assert_ours();
}

Test(peer_uid, a_socket_of_somebody_else_is_theirs)
{
    uid_t uid = 0;

    if (geteuid() != 0)
        cr_skip_test("needs root to become somebody else");
    cr_assert(seteuid(65534) == 0);
    connect_client(AF_INET);
    cr_assert(seteuid(0) == 0);
    cr_assert(eq(int, (int)lg_peer_uid(server, &uid), LG_OK));
    cr_assert(eq(u32, uid, 65534));
    uid = 0;
    cr_assert(eq(int, (int)lg_peer_uid_proc(&peer, &here, &uid), LG_OK));
    cr_assert(eq(u32, uid, 65534));
}

/* The kernel reports user 0 for it: nobody may pass as root by leaving early. */
Test(peer_uid, a_socket_that_was_closed_belongs_to_nobody)
{
    uid_t uid = 12345;

    connect_client(AF_INET);
    close(client);
    cr_assert(eq(int, (int)lg_peer_uid(server, &uid), LG_ERR_NOT_FOUND));
    cr_assert(eq(int, (int)lg_peer_uid_proc(&peer, &here, &uid), LG_ERR_NOT_FOUND));
    cr_assert(ne(int, (int)lg_peer_uid_netlink(&peer, &here, &uid), LG_OK));
    cr_assert(eq(u32, uid, 12345));
}

Test(peer_uid, what_is_no_connection_belongs_to_nobody)
{
    uid_t uid;

    connect_client(AF_INET);
    cr_assert(eq(int, (int)lg_peer_uid(listener, &uid), LG_ERR_NOT_FOUND));
    cr_assert(eq(int, (int)lg_peer_uid(-1, &uid), LG_ERR_NOT_FOUND));
}

/* --- lines of /proc/net/tcp ----------------------------------------------------------------- */

#define REST " 00000000:00000000 00:00000000 00000000 "

static bool matches(const char *line, uid_t *ret_uid)
{
    peer = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(0x1234) };
    here = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(0x2345) };
    peer.sin_addr.s_addr = here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return lg_peer_uid_line(line, &peer, &here, ret_uid);
}

Test(peer_uid_line, fields_are_where_the_kernel_puts_them)
{
    uid_t uid = 0;

    cr_assert(
        matches("   3: 0100007F:1234 0100007F:2345 01" REST " 1000        0 77 1 0000", &uid));
    cr_assert(eq(u32, uid, 1000));
    cr_assert(matches("   3: 0000000000000000FFFF00000100007F:1234 "
                      "0000000000000000FFFF00000100007F:2345 01" REST " 1001        0 77 1 0000",
                      &uid));
    cr_assert(eq(u32, uid, 1001));
}

Test(peer_uid_line, other_sockets_do_not_match)
{
    uid_t uid = 5;

    cr_assert_not(matches("  sl  local_address rem_address   st tx_queue", &uid));
    cr_assert_not(matches("", &uid));
    cr_assert_not(matches("3: 0100007F:1235 0100007F:2345 01" REST "1000 0 77 1", &uid));
    cr_assert_not(matches("3: 0100007F:1234 0100007F:2346 01" REST "1000 0 77 1", &uid));
    cr_assert_not(matches("3: 0200007F:1234 0100007F:2345 01" REST "1000 0 77 1", &uid));
    cr_assert_not(matches("3: 0100007F:1234 0200007F:2345 01" REST "1000 0 77 1", &uid));
    cr_assert_not(matches("3: 0100007F:2345 0100007F:1234 01" REST "1000 0 77 1", &uid));
    cr_assert_not(matches("3: 0100007F:1234 0100007F:2345 06" REST "1000 0 77 1", &uid));
    cr_assert_not(matches("3: 0100007F:1234 0100007F:2345 01" REST "1000 0 0 1", &uid));
    cr_assert(eq(u32, uid, 5));
}
