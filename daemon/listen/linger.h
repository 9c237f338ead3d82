/*
 * linger.h -- private to listen/: sockets whose answer is out, but whose peer still sends.
 *
 * A request that is refused on its head is answered before its body came, and the connection
 * closes. Closing a socket with unread bytes resets it, and a client that sends everything
 * before it listens would lose the answer. So what it still sends is dropped for a while.
 */
#ifndef LG_LISTEN_LINGER_H
#define LG_LISTEN_LINGER_H

#include "base/list.h"

struct lg_loop;

struct lg_lingers {
    struct lg_loop *loop;
    struct lg_link all;
    size_t count;
};

void lg_lingers_init(struct lg_lingers *lingers, struct lg_loop *loop);
void lg_lingers_done(struct lg_lingers *lingers); /* closes all at once */

#define LG_LINGER_BYTES ((size_t)64 << 20)

/*
 * Owns `fd` from here on; who sends more than `most` bytes is not waited for. Closes it at once
 * when too many linger already.
 */
void lg_linger_take(struct lg_lingers *lingers, int fd, size_t most);
/* The same with a copy, for an `fd` that others close. */
void lg_linger_copy(struct lg_lingers *lingers, int fd);

#endif
