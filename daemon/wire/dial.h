/*
 * dial.h -- from a host name, or the path of a unix socket, to a connected socket.
 *
 * Happy eyeballs (RFC 8305): the families take turns, beginning with the one that the system
 * prefers; an attempt that has not succeeded within LG_DIAL_STAGGER_MS gets company, one that fails
 * is followed at once. The first that succeeds wins, the others are closed. Deadlines are the
 * caller's. Threads: the loop's.
 */
#ifndef LG_WIRE_DIAL_H
#define LG_WIRE_DIAL_H

#include "wire/resolve.h"

#define LG_DIAL_STAGGER_MS 250
#define LG_DIAL_ERROR_SIZE 256

struct lg_dial;

/* `fd` is the caller's, non-blocking and connected; or -1 with `error` in words. */
typedef void lg_dialled_fn(struct lg_dial *dial, int fd, const char *error);

struct lg_dial_attempt {
    struct lg_watch watch;
    struct lg_dial *dial;
    const struct lg_socket_address *to;
};

/* Embedded in who dials; zero-initialised is "not dialling". */
struct lg_dial {
    struct lg_loop *loop;
    lg_dialled_fn *done;
    struct lg_query query;
    in_port_t port; /* network order */
    struct lg_timer stagger;
    struct lg_task task;           /* for an end that is known at once */
    int fd;                        /* that the task hands over */
    struct lg_addresses addresses; /* in the order of the attempts */
    size_t begun, open;
    struct lg_dial_attempt attempts[LG_RESOLVE_ADDRESSES];
    char error[LG_DIAL_ERROR_SIZE]; /* of the first attempt that failed */
};

/* done() comes exactly once, never within the call, unless the dial is cancelled before. */
void lg_dial_host(struct lg_dial *dial, struct lg_resolver *resolver, const char *host,
                  uint16_t port, lg_dialled_fn *done);
void lg_dial_unix(struct lg_dial *dial, struct lg_loop *loop, const char *path,
                  lg_dialled_fn *done);
/* done() will not come. Fine when it is over. */
void lg_dial_cancel(struct lg_dial *dial);

/* The families by turns, each in its own order, beginning with that of the first. */
void lg_dial_interleave(struct lg_addresses *addresses);

/* "10.0.0.1:443", "[::1]:443" */
#define LG_SOCKET_ADDRESS_TEXT 64
void lg_socket_address_text(const struct lg_socket_address *address,
                            char ret_text[LG_SOCKET_ADDRESS_TEXT]);

/* What errno says, in the words that these files use ("connection refused"). */
const char *lg_socket_error_text(int error);

#endif
