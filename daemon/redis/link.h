/*
 * link.h -- one connection to a Redis that is kept up: commands go in, replies come back in order.
 *
 *     down -> dialling -> greeting (AUTH, SELECT, CLIENT SETNAME, ROLE, PING) -> up -> down -> ...
 *
 * What is sent in one turn of the loop leaves in one write. A connection that is lost is tried
 * again by itself, ever more slowly, up to LG_REDIS_BACKOFF_MAX_MS. Nothing is sent twice: commands
 * under way when a connection is lost are told so.
 *
 * Threads: all on its loop.
 */
#ifndef LG_REDIS_LINK_H
#define LG_REDIS_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "redis/resp.h"
#include "wire/connect.h"

#define LG_REDIS_BACKOFF_MAX_MS 2000

struct lg_redis_link;

enum lg_redis_fate {
    LG_REDIS_ANSWERED,
    LG_REDIS_UNSENT, /* the connection went before any of it had left */
    LG_REDIS_LOST    /* it may have been carried out */
};

/* `reply` is NULL unless answered, and good for the call only; it may be an error. */
typedef void lg_redis_reply_fn(void *context, enum lg_redis_fate fate, const redisReply *reply);

struct lg_redis_link_options {
    const struct lg_config_redis *config; /* outlives the link */
    struct lg_tls_client *tls;            /* or NULL; outlives it too */
    const char *name;                     /* as CLIENT LIST shows it; outlives it */
    /* What is sent leaves after all else of a turn: so that an answer need not wait for the next
       request for more. */
    bool after_others;
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
void lg_redis_link_free(struct lg_redis_link *link);

bool lg_redis_link_is_up(const struct lg_redis_link *link);
/* Why it is not up; "" while it is. */
const char *lg_redis_link_trouble(const struct lg_redis_link *link);

/*
 * Sends a command; the link must be up. fn() comes once, never within this call, except that of
 * lg_redis_link_free(). `wait_ms`: how long Redis itself may wait before it answers (BLPOP), beside
 * the command timeout.
 */
void lg_redis_link_send(struct lg_redis_link *link, const struct lg_str *arguments, size_t count,
                        int64_t wait_ms, lg_redis_reply_fn *fn, void *context);
/* As above; the last two of `arguments` are one that lies in two pieces. */
void lg_redis_link_send_joined(struct lg_redis_link *link, const struct lg_str *arguments,
                               size_t count, lg_redis_reply_fn *fn, void *context);

/* Bytes that have not left yet. */
size_t lg_redis_link_backlog(const struct lg_redis_link *link);

/* Sends what waits at once, as far as the socket takes it: before the link is freed. */
void lg_redis_link_flush(struct lg_redis_link *link);

/* Gives the connection up, and tries again: on_down comes at the end of the turn. */
void lg_redis_link_drop(struct lg_redis_link *link, const char *why);

#endif
