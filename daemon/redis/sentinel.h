/*
 * sentinel.h -- asks Sentinels who the master is (SENTINEL get-master-addr-by-name).
 *
 * Threads: all on its loop.
 */
#ifndef LG_REDIS_SENTINEL_H
#define LG_REDIS_SENTINEL_H

#include "config/config.h"
#include "wire/resolve.h"
#include "wire/tls_client.h"

struct lg_redis_sentinel;

/* Comes for each answer. `master` is good for the call; NULL: none has a good answer, see `why`. */
typedef void lg_redis_master_fn(void *context, const struct lg_config_redis_node *master,
                                const char *why);

/* `config` outlives it, and so does `tls`, which may be NULL. */
struct lg_redis_sentinel *lg_redis_sentinel_new(struct lg_loop *loop, struct lg_resolver *resolver,
                                                const struct lg_config_redis *config,
                                                struct lg_tls_client *tls, lg_redis_master_fn *fn,
                                                void *context);
/* NULL is fine. Not within fn(). */
void lg_redis_sentinel_free(struct lg_redis_sentinel *sentinel);

/* fn() comes later; once for questions that are asked while one is under way. */
void lg_redis_sentinel_ask(struct lg_redis_sentinel *sentinel);

/* The master it named is none: the next question goes to another Sentinel. */
void lg_redis_sentinel_distrust(struct lg_redis_sentinel *sentinel);

#endif
