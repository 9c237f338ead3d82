/*
 * pipe.h -- one connection to a Redis or a Sentinel, as long as it lasts: commands go in, replies
 * come back in order.
 *
 *     closed -> lg_redis_pipe_open() -> on_open -> commands and replies -> on_end -> closed -> ...
 *
 * What is sent in one turn of the loop leaves in one write. Nothing is sent twice: commands under
 * way at the end are told so, before on_end. Who greets, tries again, and where, is link.c's.
 *
 * Threads: all on its loop.
 */
#ifndef LG_REDIS_PIPE_H
#define LG_REDIS_PIPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"
#include "redis/resp.h"
#include "wire/connect.h"

#define LG_REDIS_WHY_SIZE 256

struct lg_redis_pipe;

enum lg_redis_fate {
    LG_REDIS_ANSWERED,
    LG_REDIS_UNSENT, /* the connection went before any of it had left */
    LG_REDIS_LOST    /* it may have been carried out */
};

/* `reply` is NULL unless answered, and good for the call only; it may be an error. */
typedef void lg_redis_reply_fn(void *context, enum lg_redis_fate fate, const redisReply *reply);

struct lg_redis_pipe_options {
    struct lg_tls_client *tls; /* or NULL; outlives the pipe */
    int64_t connect_ms;        /* for a connection, and once more for TLS */
    int64_t command_ms;        /* for an answer */
    /* What is sent leaves after all else of a turn: so that an answer need not wait for the next
       request for more. */
    bool after_others;
    bool cuts; /* as lg_resp_cut_long() has it; else such a reply ends the connection */
};

struct lg_redis_pipe_events {
    void (*on_open)(void *context);
    /* Once for each lg_redis_pipe_open(), which may be called again at once. */
    void (*on_end)(void *context, const char *why);
    /* As lg_resp_reader_new() has it; or NULL. */
    void (*on_element)(void *context, struct lg_str element);
    size_t (*ceiling)(void *context); /* bytes of one reply that may be held */
};

/* Closed. `events` is static. */
struct lg_redis_pipe *lg_redis_pipe_new(struct lg_loop *loop, struct lg_resolver *resolver,
                                        const struct lg_redis_pipe_options *options,
                                        const struct lg_redis_pipe_events *events, void *context);
/* Commands under way are told that they are lost, within this call; on_end does not come. */
void lg_redis_pipe_free(struct lg_redis_pipe *pipe); /* NULL is fine */

/* A closed one. */
void lg_redis_pipe_open(struct lg_redis_pipe *pipe, const struct lg_config_redis_node *node);
/* Commands under way are told that they are lost; on_end does not come. */
void lg_redis_pipe_close(struct lg_redis_pipe *pipe);

/* Whether commands can be sent: from on_open until it is to end. */
bool lg_redis_pipe_is_open(const struct lg_redis_pipe *pipe);
/* Whether none is under way. */
bool lg_redis_pipe_is_idle(const struct lg_redis_pipe *pipe);

/*
 * Sends a command; the pipe must be open. fn() comes once, never within this call. `wait_ms`: how
 * long Redis itself may wait before it answers (BLPOP), beside the time of a command.
 */
void lg_redis_pipe_send(struct lg_redis_pipe *pipe, const struct lg_str *arguments, size_t count,
                        int64_t wait_ms, lg_redis_reply_fn *fn, void *context);
/* As above; the last two of `arguments` are one that lies in two pieces. */
void lg_redis_pipe_send_joined(struct lg_redis_pipe *pipe, const struct lg_str *arguments,
                               size_t count, lg_redis_reply_fn *fn, void *context);
/* As lg_redis_pipe_send(), and no copy of it is left behind. */
void lg_redis_pipe_send_secret(struct lg_redis_pipe *pipe, const struct lg_str *arguments,
                               size_t count, lg_redis_reply_fn *fn, void *context);
/* As above; the command as its bytes. */
void lg_redis_pipe_send_bytes(struct lg_redis_pipe *pipe, struct lg_str bytes, int64_t wait_ms,
                              lg_redis_reply_fn *fn, void *context);

/* Bytes that have not left yet. */
size_t lg_redis_pipe_backlog(const struct lg_redis_pipe *pipe);
/* Sends what waits at once, as far as the socket takes it. */
void lg_redis_pipe_flush(struct lg_redis_pipe *pipe);
/*
 * Gives the connection up: on_end comes at the end of the turn. One that says READONLY is given up
 * by itself: it is a replica now, and there is a new master to look for.
 */
void lg_redis_pipe_drop(struct lg_redis_pipe *pipe, const char *why);

/*
 * AUTH on an open pipe, if there is a password. A password that cannot be read or is refused drops
 * it.
 */
void lg_redis_pipe_login(struct lg_redis_pipe *pipe, const struct lg_config_redis_login *login);

#endif
