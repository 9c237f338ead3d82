/*
 * key_set.h -- the keys of one issuer, fetched and renewed off the path of requests.
 *
 *     control loop:  fetch -> read -> publish -> wait -> fetch ...
 *     other loops:   a view each, with the set as it was published last; no lock
 *
 * A token with a key that nobody knows asks for one fetch, which all that come meanwhile join; then
 * none for ten seconds, in which such tokens are refused. A set is replaced whole: a key that was
 * withdrawn ends at once. When a fetch fails the last good set is kept for a bounded time, and the
 * next try comes after 1 s, 2 s, ... 60 s.
 *
 * Reference-counted, any thread. A set with a file or a secret is never fetched.
 */
#ifndef LG_AUTHORIZE_KEY_SET_H
#define LG_AUTHORIZE_KEY_SET_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "authorize/key_fetch.h"
#include "base/list.h"

struct lg_fetcher;
struct lg_key_set;
struct lg_key_waiter;
struct lg_loop;
struct lg_mailbox;

/* Where sets live and whom they tell. Outlives every set. Filled in by its owner. */
struct lg_key_home {
    struct lg_loop *loop;       /* the control loop */
    struct lg_mailbox *mailbox; /* its own */
    struct lg_fetcher *fetcher;
    struct lg_mailbox *const *mailboxes; /* of the loops that read keys */
    size_t loop_count;
    atomic_bool ended; /* no loop runs any more: set before the last references go */

    pthread_mutex_t lock; /* lg_key_home_init() makes these */
    struct lg_link sets;
};

void lg_key_home_init(struct lg_key_home *home);
/* After all loops ended and all references are gone. */
void lg_key_home_done(struct lg_key_home *home);

/* Everything is copied. One reference. The first fetch begins at once. */
struct lg_key_set *lg_key_set_new(struct lg_key_home *home, const struct lg_key_source *source);
/* With keys that are there and stay; takes over the reference to `jwks`. */
struct lg_key_set *lg_key_set_fixed(struct lg_jwks *jwks);

struct lg_key_set *lg_key_set_ref(struct lg_key_set *set);
void lg_key_set_unref(struct lg_key_set *set); /* NULL is fine */

/* The first try has ended, well or not. Any thread. */
bool lg_key_set_settled(const struct lg_key_set *set);

/* The keys as loop `index` knows them, valid for this turn. NULL: there are none, or no set. */
const struct lg_jwks *lg_key_set_keys(const struct lg_key_set *set, size_t index);

/* Somebody who waits for a fetch, embedded; zero-initialised is "not waiting". */
struct lg_key_waiter {
    struct lg_link link;
    struct lg_key_set *set;
    void (*fn)(struct lg_key_waiter *waiter);
};

/*
 * Asks for a fetch and waits for its end, on loop `index`: `fn` is called there once, in at most 3
 * seconds. False: no fetch is to be expected now, or too many wait.
 */
bool lg_key_set_wait(struct lg_key_set *set, size_t index, struct lg_key_waiter *waiter,
                     void (*fn)(struct lg_key_waiter *waiter));
void lg_key_waiter_cancel(struct lg_key_waiter *waiter); /* fine when not waiting */

#endif
