/*
 * peers.h -- how many connections each peer address has open, so that one cannot take them all.
 *
 * Connections are accepted on one loop and end on any, so the table is locked; it is touched
 * twice a connection, never for a request.
 */
#ifndef LG_LISTEN_PEERS_H
#define LG_LISTEN_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct lg_peers;

struct lg_peers *lg_peers_new(void);
void lg_peers_free(struct lg_peers *peers);

/* What is counted: an IPv4 address, or the /64 that an IPv6 address lies in (one customer's). */
struct lg_peer_key {
    unsigned char bytes[8];
    bool counted; /* false for unix sockets */
};

struct lg_peer_key lg_peer_key_of(const struct sockaddr *address);

/* Counts one more unless there are `limit` already (0: no limit). */
bool lg_peers_enter(struct lg_peers *peers, struct lg_peer_key key, size_t limit);
void lg_peers_leave(struct lg_peers *peers, struct lg_peer_key key);

/* Addresses that have connections now. */
size_t lg_peers_count(struct lg_peers *peers);

#endif
