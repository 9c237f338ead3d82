/*
 * outbound.h -- what one loop has to do with upstreams: a pool for each server of each upstream,
 * and their health checks. All of it is made when it is first needed.
 *
 * Threads: the loop's.
 */
#ifndef LG_UPSTREAM_OUTBOUND_H
#define LG_UPSTREAM_OUTBOUND_H

#include "upstream/upstream.h"

struct lg_outbound;

/* The loop's outbound. `client` is of that loop, and outlives it. */
struct lg_outbound *lg_outbound_new(struct lg_loop *loop, struct lg_http_client *client);
/* No call may be under way; on the loop's thread, or after the loop ended. NULL is fine. */
void lg_outbound_free(struct lg_outbound *outbound);

/* The pool of a server, valid for the call: begin a call with it at once. */
struct lg_http_pool *lg_outbound_pool(struct lg_outbound *outbound, struct lg_upstream *upstream,
                                      size_t index);

#endif
