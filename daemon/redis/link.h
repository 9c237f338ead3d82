/*
 * link.h -- a connection to a Redis that is kept up.
 *
 *     down -> finding (asks Sentinels) -> dialling -> greeting (AUTH, SELECT, CLIENT SETNAME, ROLE,
 *     PING) -> up -> down -> ...
 *
 * A connection that is lost is tried again by itself, ever more slowly, up to
 * LG_REDIS_BACKOFF_MAX_MS. Each time Sentinels are asked who the master is, if it is they who know,
 * and the server itself what it is: only a master will do. While it is up they are asked now and
 * then, since a master that is cut off from them does not hear that it is none any more.
 *
 * Nothing is sent twice: commands under way when a connection is lost are told so.
 *
 * Threads: all on its loop.
 */
#ifndef LG_REDIS_LINK_H
#define LG_REDIS_LINK_H

#include "redis/pipe.h"

#define LG_REDIS_BACKOFF_MAX_MS 2000

struct lg_redis_link;

struct lg_redis_link_options {
    const struct lg_config_redis *config;    /* outlives the link */
    const struct lg_config_redis_node *node; /* which; NULL: the configured one, or the master */
    struct lg_tls_client *tls;               /* or NULL; outlives it too */
    const char *name;                        /* as CLIENT LIST shows it; outlives it */
    bool after_others, cuts;                 /* as a pipe has them */
};

struct lg_redis_link_events {
    void (*on_up)(void *context);
    /* Also when a try fails. `why` in words, without secrets. */
    void (*on_down)(void *context, const char *why);
    /* As lg_resp_reader_new() has it; or NULL. */
    void (*on_element)(void *context, struct lg_str element);
    size_t (*ceiling)(void *context); /* bytes of one reply that may be held */
};

/* Begins to connect. `events` is static. */
struct lg_redis_link *lg_redis_link_new(struct lg_loop *loop, struct lg_resolver *resolver,
                                        const struct lg_redis_link_options *options,
                                        const struct lg_redis_link_events *events, void *context);
/* Commands under way are told that they are lost, within this call; on_down does not come. */
void lg_redis_link_free(struct lg_redis_link *link); /* NULL is fine */

bool lg_redis_link_is_up(const struct lg_redis_link *link);
/* Why it is not up; "" while it is. */
const char *lg_redis_link_trouble(const struct lg_redis_link *link);
/* Which server it is connected to, for people. */
const char *lg_redis_link_place(const struct lg_redis_link *link);

/* As those of pipe.h; the link must be up. */
void lg_redis_link_send(struct lg_redis_link *link, const struct lg_str *arguments, size_t count,
                        int64_t wait_ms, lg_redis_reply_fn *fn, void *context);
void lg_redis_link_send_joined(struct lg_redis_link *link, const struct lg_str *arguments,
                               size_t count, lg_redis_reply_fn *fn, void *context);
void lg_redis_link_send_bytes(struct lg_redis_link *link, struct lg_str bytes, int64_t wait_ms,
                              lg_redis_reply_fn *fn, void *context);
bool lg_redis_link_is_idle(const struct lg_redis_link *link);
size_t lg_redis_link_backlog(const struct lg_redis_link *link);
/* Before the link is freed. */
void lg_redis_link_flush(struct lg_redis_link *link);
/* Gives the connection up, and tries again: on_down comes at the end of the turn. */
void lg_redis_link_drop(struct lg_redis_link *link, const char *why);

#endif
