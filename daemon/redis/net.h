/*
 * net.h -- the Redis of a loop, be it one server, the master behind Sentinels, or a Cluster:
 * commands go to whoever has their key.
 *
 *     one server:  a node with two connections, open from the start
 *     a Cluster:   a node for each master that was needed, with connections opened on demand; a map
 *                  of slots, asked for anew when a redirection or a lost connection says that it is
 *                  old; redirections are followed here
 *
 * Each node has a lane for commands and one for those that wait (BLPOP), since a connection that
 * waits executes nothing else. A command is sent to one node, and to another only after the first
 * one has refused it with MOVED or ASK, which means that it was not carried out.
 *
 * Threads: all on its loop.
 */
#ifndef LG_REDIS_NET_H
#define LG_REDIS_NET_H

#include "redis/link.h"

#define LG_REDIS_NODES_MAX 256   /* of a Cluster */
#define LG_REDIS_REDIRECTS_MAX 5 /* of one command */

struct lg_redis_net;

enum lg_redis_lane { LG_REDIS_COMMANDS, LG_REDIS_POPS };
#define LG_REDIS_LANES 2

struct lg_redis_net_options {
    const struct lg_config_redis *config; /* outlives the net */
    struct lg_tls_client *tls;            /* or NULL; outlives it too */
    const char *name;                     /* as CLIENT LIST shows it; outlives it */
    bool speaks;                          /* of a clock that is not ours */
    bool cuts;                            /* what lists give and is too long, as a pipe has it */
};

struct lg_redis_net_events {
    /* A connection came up; good for the call. */
    void (*on_up)(void *context, enum lg_redis_lane lane, struct lg_redis_link *link);
    /* One went, or a try failed, or nobody tells who has which slots. */
    void (*on_down)(void *context, const char *why);
    /* Of a Cluster: it is known who has which slots, maybe others than before. */
    void (*on_map)(void *context);
    /* Of the lane of those that wait; as lg_resp_reader_new() has it. */
    void (*on_element)(void *context, struct lg_str element);
    size_t (*ceiling)(void *context, enum lg_redis_lane lane);
};

/* Begins to connect. `events` is static. */
struct lg_redis_net *lg_redis_net_new(struct lg_loop *loop, struct lg_resolver *resolver,
                                      const struct lg_redis_net_options *options,
                                      const struct lg_redis_net_events *events, void *context);
/* Commands under way are told that they are lost, within this call. Events do not come. */
void lg_redis_net_free(struct lg_redis_net *net);

/* Whether all that was connected is. */
bool lg_redis_net_is_whole(const struct lg_redis_net *net);
/*
 * Whether a command about `key` can be sent now: a connection that is just being opened will do.
 * is_up: whether it stands already; open() makes that it will.
 */
bool lg_redis_net_is_ready(const struct lg_redis_net *net, enum lg_redis_lane lane,
                           const char *key);
bool lg_redis_net_is_up(const struct lg_redis_net *net, enum lg_redis_lane lane, const char *key);
void lg_redis_net_open(struct lg_redis_net *net, enum lg_redis_lane lane, const char *key);
/* Whether commands about `key` take that connection. */
bool lg_redis_net_uses(const struct lg_redis_net *net, const struct lg_redis_link *link,
                       const char *key);
/* Why it is not ready. */
const char *lg_redis_net_trouble(const struct lg_redis_net *net, enum lg_redis_lane lane,
                                 const char *key);

/*
 * Sends a command about `key`, which must be ready. fn() comes once, never within this call, as of
 * lg_redis_pipe_send().
 */
void lg_redis_net_send(struct lg_redis_net *net, enum lg_redis_lane lane, const char *key,
                       const struct lg_str *arguments, size_t count, int64_t wait_ms,
                       lg_redis_reply_fn *fn, void *context);
/* As above, in the lane of commands; the last two of `arguments` are one that lies in two pieces.
 */
void lg_redis_net_send_joined(struct lg_redis_net *net, const char *key,
                              const struct lg_str *arguments, size_t count, lg_redis_reply_fn *fn,
                              void *context);

/* Bytes of commands that have not left yet, or in a Cluster: that have no answer yet. */
size_t lg_redis_net_backlog(const struct lg_redis_net *net);
/* Sends what waits at once, as far as sockets take it. */
void lg_redis_net_flush(struct lg_redis_net *net);
/* Gives the connection for `key` up, and tries again. */
void lg_redis_net_drop(struct lg_redis_net *net, enum lg_redis_lane lane, const char *key,
                       const char *why);

/*
 * Unix milliseconds by the clock of the server that has `key`; by that of another one, or by ours,
 * while it is not known.
 */
int64_t lg_redis_net_now_ms(const struct lg_redis_net *net, const char *key);
/* Whether the server that has `key` has told its time. */
bool lg_redis_net_knows_time(const struct lg_redis_net *net, const char *key);

#endif
