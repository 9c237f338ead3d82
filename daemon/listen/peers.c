/* peers.c -- an open-addressed table of counts under one lock. */
#include "listen/peers.h"

#include <assert.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"

#define FIRST_ROOM 64 /* a power of two, as every later one */

struct entry {
    unsigned char key[8];
    size_t count; /* 0: free */
};

struct lg_peers {
    pthread_mutex_t lock;
    struct entry *entries;
    size_t room, used;
};

struct lg_peers *lg_peers_new(void)
{
    struct lg_peers *peers = LG_NEW(struct lg_peers);

    pthread_mutex_init(&peers->lock, NULL);
    peers->room = FIRST_ROOM;
    peers->entries = lg_calloc(peers->room, sizeof(struct entry));
    return peers;
}

void lg_peers_free(struct lg_peers *peers)
{
    if (peers == NULL)
        return;
    pthread_mutex_destroy(&peers->lock);
    free(peers->entries);
    free(peers);
}

struct lg_peer_key lg_peer_key_of(const struct sockaddr *address)
{
    struct lg_peer_key key = { .counted = true };

    if (address->sa_family == AF_INET)
        memcpy(key.bytes, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    else if (address->sa_family == AF_INET6)
        memcpy(key.bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 8);
    else
        key.counted = false;
    return key;
}

static size_t home_of(const struct lg_peers *peers, const unsigned char key[8])
{
    return lg_hash(lg_str_make((const char *)key, 8)) & (peers->room - 1);
}

/* The entry of `key`, or the free one where it belongs. */
static size_t find(const struct lg_peers *peers, const unsigned char key[8])
{
    size_t index = home_of(peers, key);

    while (peers->entries[index].count > 0 && memcmp(peers->entries[index].key, key, 8) != 0)
        index = (index + 1) & (peers->room - 1);
    return index;
}

static void grow(struct lg_peers *peers)
{
    struct entry *old = peers->entries;
    size_t room = peers->room;

    peers->room *= 2;
    peers->entries = lg_calloc(peers->room, sizeof(struct entry));
    for (size_t i = 0; i < room; i++) {
        if (old[i].count > 0)
            peers->entries[find(peers, old[i].key)] = old[i];
    }
    free(old);
}

/* Closes the gap at `index`, so that no later entry of the run becomes unreachable. */
static void close_gap(struct lg_peers *peers, size_t index)
{
    size_t mask = peers->room - 1, next = (index + 1) & mask;

    for (; peers->entries[next].count > 0; next = (next + 1) & mask) {
        size_t home = home_of(peers, peers->entries[next].key);

        if (((next - home) & mask) < ((next - index) & mask))
            continue;
        peers->entries[index] = peers->entries[next];
        index = next;
    }
    peers->entries[index].count = 0;
}

bool lg_peers_enter(struct lg_peers *peers, struct lg_peer_key key, size_t limit)
{
    bool room = true;
    struct entry *entry;

    if (!key.counted)
        return true;
    pthread_mutex_lock(&peers->lock);
    if (2 * (peers->used + 1) > peers->room)
        grow(peers);
    entry = &peers->entries[find(peers, key.bytes)];
    if (limit > 0 && entry->count >= limit) {
        room = false;
    } else {
        if (entry->count == 0) {
            memcpy(entry->key, key.bytes, sizeof(entry->key));
            peers->used++;
        }
        entry->count++;
    }
    pthread_mutex_unlock(&peers->lock);
    return room;
}

void lg_peers_leave(struct lg_peers *peers, struct lg_peer_key key)
{
    size_t index;

    if (!key.counted)
        return;
    pthread_mutex_lock(&peers->lock);
    index = find(peers, key.bytes);
    assert(peers->entries[index].count > 0);
    if (peers->entries[index].count == 1) {
        close_gap(peers, index);
        peers->used--;
    } else {
        peers->entries[index].count--;
    }
    pthread_mutex_unlock(&peers->lock);
}

size_t lg_peers_count(struct lg_peers *peers)
{
    size_t used;

    pthread_mutex_lock(&peers->lock);
    used = peers->used;
    pthread_mutex_unlock(&peers->lock);
    return used;
}
