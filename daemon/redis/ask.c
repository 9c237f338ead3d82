/* ask.c -- tries server after server. */
#include "redis/ask.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

#define ANSWER_MAX ((size_t)4 << 20) /* bytes: the slots of a thousand nodes */

struct lg_redis_ask {
    struct lg_redis_ask_options options;
    void *context;
    struct lg_redis_pipe *pipe;
    const struct lg_config_redis_node *nodes; /* NULL: none is asked */
    size_t count, first, tried;
    bool taken;
    char why[LG_REDIS_WHY_SIZE]; /* of the one that is asked */
};

static const struct lg_config_redis_node *asked(const struct lg_redis_ask *ask)
{
    return &ask->nodes[(ask->first + ask->tried) % ask->count];
}

static void on_answer(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_ask *ask = context;

    if (fate != LG_REDIS_ANSWERED)
        return;
    if (lg_resp_is_error(reply))
        (void)snprintf(ask->why, sizeof(ask->why), "%.*s", LG_STR_ARG(lg_resp_text(reply)));
    else
        ask->taken = ask->options.take(ask->context, asked(ask), reply, ask->why);
    lg_redis_pipe_drop(ask->pipe, "it was asked");
}

static void on_open(void *context)
{
    struct lg_redis_ask *ask = context;

    lg_redis_pipe_login(ask->pipe, ask->options.login);
    if (lg_redis_pipe_is_open(ask->pipe))
        lg_redis_pipe_send(ask->pipe, ask->options.command, ask->options.count, 0, on_answer, ask);
}

static void finish(struct lg_redis_ask *ask, const char *why)
{
    if (why == NULL)
        ask->first = (ask->first + ask->tried) % ask->count;
    ask->nodes = NULL;
    ask->options.on_done(ask->context, why);
}

static void on_end(void *context, const char *why)
{
    struct lg_redis_ask *ask = context;
    const struct lg_config_redis_node *node = asked(ask);
    char text[LG_REDIS_WHY_SIZE * 2 + 64];

    if (ask->taken) {
        finish(ask, NULL);
        return;
    }
    if (++ask->tried < ask->count) {
        ask->why[0] = '\0';
        lg_redis_pipe_open(ask->pipe, asked(ask));
        return;
    }
    (void)snprintf(text, sizeof(text), "%s:%u: %s", node->host, node->port,
                   *ask->why != '\0' ? ask->why : why);
    finish(ask, text);
}

static size_t ceiling(void *context)
{
    (void)context;
    return ANSWER_MAX;
}

static const struct lg_redis_pipe_events events = { on_open, on_end, NULL, ceiling };

struct lg_redis_ask *lg_redis_ask_new(struct lg_loop *loop, struct lg_resolver *resolver,
                                      const struct lg_redis_ask_options *options, void *context)
{
    struct lg_redis_ask *ask = LG_NEW(struct lg_redis_ask);
    const struct lg_redis_pipe_options of_pipe = {
        .tls = options->tls,
        .connect_ms = options->connect_ms < LG_REDIS_ASK_MS ? options->connect_ms : LG_REDIS_ASK_MS,
        .command_ms = LG_REDIS_ASK_MS,
    };

    ask->options = *options;
    ask->context = context;
    ask->pipe = lg_redis_pipe_new(loop, resolver, &of_pipe, &events, ask);
    return ask;
}

void lg_redis_ask_free(struct lg_redis_ask *ask)
{
    if (ask == NULL)
        return;
    lg_redis_pipe_free(ask->pipe);
    free(ask);
}

void lg_redis_ask_begin(struct lg_redis_ask *ask, const struct lg_config_redis_node *nodes,
                        size_t count)
{
    assert(ask->nodes == NULL && count > 0);
    ask->nodes = nodes;
    ask->count = count;
    ask->tried = 0;
    ask->taken = false;
    ask->why[0] = '\0';
    lg_redis_pipe_open(ask->pipe, asked(ask));
}

bool lg_redis_ask_is_busy(const struct lg_redis_ask *ask)
{
    return ask->nodes != NULL;
}

void lg_redis_ask_distrust(struct lg_redis_ask *ask)
{
    ask->first++;
}
