/*
 * resolve.h -- host names to addresses, without holding a loop.
 *
 *     loop: query -> cache -> | queue -> thread "lg-resolve": getaddrinfo -> mailbox | -> answer
 *
 * getaddrinfo(3) may block for half a minute, so threads of its own call it: struct lg_lookups,
 * shared by all loops. Each loop has a resolver, which remembers answers for a short time, asks
 * for a name once however many wait for it, and knows how many names it may hold at all. An answer
 * is kept for LG_RESOLVE_KEEP_MS, since getaddrinfo(3) does not tell how long it is good; a failure
 * for LG_RESOLVE_KEEP_FAILED_MS.
 */
#ifndef LG_WIRE_RESOLVE_H
#define LG_WIRE_RESOLVE_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/list.h"
#include "wire/loop.h"

#define LG_RESOLVE_KEEP_MS 10000
#define LG_RESOLVE_KEEP_FAILED_MS 1000
#define LG_RESOLVE_NAMES 256   /* that a loop remembers or waits for */
#define LG_RESOLVE_ADDRESSES 8 /* of a name; further ones are not tried */

struct lg_socket_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    };
    socklen_t size;
};

/* In the order of preference (RFC 6724); ports are 0. */
struct lg_addresses {
    size_t count;
    struct lg_socket_address list[LG_RESOLVE_ADDRESSES];
};

/* --- the threads --- */

struct lg_lookups;

/* Asks for `host`; 0 or a code of getaddrinfo(3). Called on several threads at once. */
typedef int lg_lookup_fn(const char *host, struct lg_addresses *ret_addresses);

/*
 * `room`: names that may wait for a thread. `lookup` NULL: getaddrinfo(3). NULL with errno when no
 * thread could be started.
 */
struct lg_lookups *lg_lookups_new(unsigned threads, size_t room, lg_lookup_fn *lookup);
/* Does not wait for a lookup under way: its thread ends by itself, later. NULL is fine. */
void lg_lookups_free(struct lg_lookups *lookups);

/* --- the resolver of a loop: all on its thread --- */

struct lg_resolver;
struct lg_query;

/* Exactly one of `addresses` (borrowed for the call) and `error` (words) is not NULL. */
typedef void lg_resolved_fn(struct lg_query *query, const struct lg_addresses *addresses,
                            const char *error);

/* A question, embedded in who asks; zero-initialised is "not asked". */
struct lg_query {
    struct lg_link link;
    lg_resolved_fn *done;
    struct lg_resolver *resolver;
    struct lg_task task; /* for what is known already */
    struct lg_addresses addresses;
    const char *error;
};

/* `lookups` outlives it. NULL with errno when the kernel refuses. */
struct lg_resolver *lg_resolver_new(struct lg_loop *loop, struct lg_lookups *lookups);
/* No query may be pending. NULL is fine. */
void lg_resolver_free(struct lg_resolver *resolver);

struct lg_loop *lg_resolver_loop(const struct lg_resolver *resolver);

/*
 * done() comes exactly once, never within this call, unless the query is cancelled before. A
 * numeric address needs no thread.
 */
void lg_resolve(struct lg_resolver *resolver, struct lg_query *query, const char *host,
                lg_resolved_fn *done);
/* done() will not come. Fine for a query that is not pending. */
void lg_resolve_cancel(struct lg_query *query);

#endif
