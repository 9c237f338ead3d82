/*
 * ask.h -- one question to several servers, one after the other, until one has a good answer: to
 * Sentinels who the master is, to nodes of a Cluster who has which slot.
 *
 * Each question has a connection of its own, that is closed after it. The server that answered
 * last is asked first the next time.
 *
 * Threads: all on its loop.
 */
#ifndef LG_REDIS_ASK_H
#define LG_REDIS_ASK_H

#include "redis/pipe.h"

#define LG_REDIS_ASK_MS 500 /* for a connection, for TLS, for an answer */

struct lg_redis_ask;

/* All of it outlives what it was made with. */
struct lg_redis_ask_options {
    const struct lg_config_redis_login *login;
    struct lg_tls_client *tls; /* or NULL */
    int64_t connect_ms;        /* when that is less */
    const struct lg_str *command;
    size_t count;
    /* Takes the answer of `node`, which is no error. False with words: it is of no use. */
    bool (*take)(void *context, const struct lg_config_redis_node *node, const redisReply *reply,
                 char reterr_why[LG_REDIS_WHY_SIZE]);
    /* The end of it. `why`: NULL when an answer was taken. It may be begun again at once. */
    void (*on_done)(void *context, const char *why);
};

struct lg_redis_ask *lg_redis_ask_new(struct lg_loop *loop, struct lg_resolver *resolver,
                                      const struct lg_redis_ask_options *options, void *context);
/* on_done does not come. NULL is fine. Not within take() and on_done(). */
void lg_redis_ask_free(struct lg_redis_ask *ask);

/* While none is under way. `nodes`, at least one, last until on_done. */
void lg_redis_ask_begin(struct lg_redis_ask *ask, const struct lg_config_redis_node *nodes,
                        size_t count);
bool lg_redis_ask_is_busy(const struct lg_redis_ask *ask);

/* What the last one said has proved wrong: another is first the next time. */
void lg_redis_ask_distrust(struct lg_redis_ask *ask);

#endif
