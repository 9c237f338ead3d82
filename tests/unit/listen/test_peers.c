/* test_peers.c -- connections counted by peer address. */
#include "listen/peers.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/un.h>

static struct lg_peer_key v4(uint32_t number)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(number) };

    return lg_peer_key_of((struct sockaddr *)&address);
}

static struct lg_peer_key v6(const char *text)
{
    struct sockaddr_in6 address = { .sin6_family = AF_INET6 };

    cr_assert(eq(int, inet_pton(AF_INET6, text, &address.sin6_addr), 1));
    return lg_peer_key_of((struct sockaddr *)&address);
}

Test(peers, a_peer_at_its_limit_is_refused_and_others_are_not)
{
    struct lg_peers *peers = lg_peers_new();

    cr_assert(lg_peers_enter(peers, v4(1), 2));
    cr_assert(lg_peers_enter(peers, v4(1), 2));
    cr_assert(not(lg_peers_enter(peers, v4(1), 2)));
    cr_assert(lg_peers_enter(peers, v4(2), 2));
    lg_peers_leave(peers, v4(1));
    cr_assert(lg_peers_enter(peers, v4(1), 2));
    lg_peers_free(peers);
}

Test(peers, no_limit_is_no_limit)
{
    struct lg_peers *peers = lg_peers_new();

    for (int i = 0; i < 1000; i++)
        cr_assert(lg_peers_enter(peers, v4(7), 0));
    lg_peers_free(peers);
}

Test(peers, addresses_of_one_ipv6_network_count_together)
{
    struct lg_peers *peers = lg_peers_new();

    cr_assert(lg_peers_enter(peers, v6("2001:db8:1:2::1"), 1));
    cr_assert(not(lg_peers_enter(peers, v6("2001:db8:1:2:ffff::9"), 1)));
    cr_assert(lg_peers_enter(peers, v6("2001:db8:1:3::1"), 1));
    lg_peers_free(peers);
}

Test(peers, a_unix_socket_is_not_counted)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct lg_peer_key key = lg_peer_key_of((struct sockaddr *)&address);
    struct lg_peers *peers = lg_peers_new();

    cr_assert(lg_peers_enter(peers, key, 1));
    cr_assert(lg_peers_enter(peers, key, 1));
    cr_assert(eq(sz, lg_peers_count(peers), 0));
    lg_peers_leave(peers, key);
    lg_peers_free(peers);
}

Test(peers, many_that_come_and_go_in_any_order_leave_nothing)
{
    struct lg_peers *peers = lg_peers_new();

    for (uint32_t i = 0; i < 3000; i++)
        cr_assert(lg_peers_enter(peers, v4(i), 1));
    for (uint32_t i = 0; i < 3000; i += 3)
        lg_peers_leave(peers, v4(i));
    cr_assert(eq(sz, lg_peers_count(peers), 2000));
    for (uint32_t i = 0; i < 3000; i++)
        cr_assert(eq(int, lg_peers_enter(peers, v4(i), 1), i % 3 == 0), "peer %u", i);
    for (uint32_t i = 0; i < 3000; i++)
        lg_peers_leave(peers, v4((i * 7) % 3000));
    cr_assert(eq(sz, lg_peers_count(peers), 0));
    lg_peers_free(peers);
}
