/* link.c -- finds its server, greets it, comes back when it was lost. */
#include "redis/link.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "redis/ask.h"
#include "redis/sentinel.h"

#define BACKOFF_MIN_MS 50
#define STEADY_MS 1000
#define WATCH_MS 5000 /* between questions to Sentinels while all is well */

enum state { DOWN, FINDING, DIALLING, GREETING, UP };

struct lg_redis_link {
    struct lg_loop *loop;
    struct lg_redis_link_options options;
    const struct lg_redis_link_events *events;
    void *context;
    enum state state;
    struct lg_redis_pipe *pipe;
    struct lg_redis_sentinel *sentinel; /* NULL: none is asked */
    struct lg_config_redis_node node;   /* it is connected to, or will be */
    char *place;                        /* of that, for people */
    int64_t up_ms;                      /* since when it is up */
    char why[LG_REDIS_WHY_SIZE];
    unsigned failures; /* in a row */
    struct lg_timer retry, watch;
};

/* --- down ------------------------------------------------------------------------------------- */

static void find(struct lg_redis_link *link);

static void on_retry(struct lg_timer *timer)
{
    find(LG_CONTAINER(timer, struct lg_redis_link, retry));
}

/* 25 to 50 ms, 50 to 100, ..., 1 to 2 s: many gateways do not come back in one moment. */
static int64_t backoff_ms(unsigned failures)
{
    int64_t most = BACKOFF_MIN_MS;
    uint16_t random;

    for (unsigned i = 1; i < failures && most < LG_REDIS_BACKOFF_MAX_MS; i++)
        most *= 2;
    if (most > LG_REDIS_BACKOFF_MAX_MS)
        most = LG_REDIS_BACKOFF_MAX_MS;
    lg_random(&random, sizeof(random));
    return most / 2 + (most / 2) * random / UINT16_MAX;
}

static void on_end(void *context, const char *why)
{
    struct lg_redis_link *link = context;

    lg_cstr_copy(link->why, sizeof(link->why), why);
    /* One that is up for a moment each time is no better than one that never is. */
    if (link->state == UP && lg_loop_now_ms(link->loop) - link->up_ms >= STEADY_MS)
        link->failures = 0;
    if (link->state != UP && link->state != FINDING && link->sentinel != NULL)
        lg_redis_sentinel_distrust(link->sentinel);
    link->state = DOWN;
    link->failures++;
    lg_timer_clear(link->loop, &link->watch);
    lg_timer_set(link->loop, &link->retry, lg_loop_now_ms(link->loop) + backoff_ms(link->failures),
                 on_retry);
    link->events->on_down(link->context, link->why);
}

void lg_redis_link_drop(struct lg_redis_link *link, const char *why)
{
    lg_redis_pipe_drop(link->pipe, why);
}

/* --- greeting --------------------------------------------------------------------------------- */

static void greeting_failed(struct lg_redis_link *link, const char *what, const redisReply *reply)
{
    char why[LG_REDIS_WHY_SIZE];

    (void)snprintf(why, sizeof(why), "%s: %.*s", what, LG_STR_ARG(lg_resp_text(reply)));
    lg_redis_link_drop(link, why);
}

static void on_select(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    if (fate == LG_REDIS_ANSWERED && lg_resp_is_error(reply))
        greeting_failed(context, "SELECT", reply);
}

static void on_name(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    (void)context, (void)fate, (void)reply; /* a user who may not has no name: no harm */
}

/* [role, ...]. A user who may not ask hears of a replica by what it refuses. */
static void on_role(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    if (fate != LG_REDIS_ANSWERED || reply->type != REDIS_REPLY_ARRAY || reply->elements == 0)
        return;
    if (!lg_str_is(lg_resp_text(reply->element[0]), "master"))
        lg_redis_link_drop(context, "it is a replica");
}

static void on_watch(struct lg_timer *timer);

static void on_ping(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_link *link = context;

    if (fate != LG_REDIS_ANSWERED || !lg_redis_pipe_is_open(link->pipe))
        return;
    if (lg_resp_is_error(reply)) {
        greeting_failed(link, "PING", reply);
        return;
    }
    link->state = UP;
    link->up_ms = lg_loop_now_ms(link->loop);
    link->why[0] = '\0';
    if (link->sentinel != NULL)
        lg_timer_set(link->loop, &link->watch, link->up_ms + WATCH_MS, on_watch);
    link->events->on_up(link->context);
}

static void greet(void *context)
{
    struct lg_redis_link *link = context;
    struct lg_str name[] = { LG_STR("CLIENT"), LG_STR("SETNAME"), lg_str_of(link->options.name) };
    struct lg_str role[] = { LG_STR("ROLE") };
    struct lg_str ping[] = { LG_STR("PING") };
    char number[LG_I64_SIZE];

    link->state = GREETING;
    lg_redis_pipe_login(link->pipe, &link->options.config->login);
    if (link->options.config->database != 0) {
        size_t digits = lg_i64_text(link->options.config->database, number);
        struct lg_str arguments[] = { LG_STR("SELECT"), lg_str_make(number, digits) };

        lg_redis_pipe_send(link->pipe, arguments, LG_COUNT(arguments), 0, on_select, link);
    }
    lg_redis_pipe_send(link->pipe, name, LG_COUNT(name), 0, on_name, link);
    lg_redis_pipe_send(link->pipe, role, LG_COUNT(role), 0, on_role, link);
    lg_redis_pipe_send(link->pipe, ping, LG_COUNT(ping), 0, on_ping, link);
}

/* --- finding ---------------------------------------------------------------------------------- */

static void on_watch(struct lg_timer *timer)
{
    struct lg_redis_link *link = LG_CONTAINER(timer, struct lg_redis_link, watch);

    lg_redis_sentinel_ask(link->sentinel);
    lg_timer_set(link->loop, timer, lg_loop_now_ms(link->loop) + WATCH_MS, on_watch);
}

static bool same_node(const struct lg_config_redis_node *a, const struct lg_config_redis_node *b)
{
    return a->host != NULL && strcmp(a->host, b->host) == 0 && a->port == b->port;
}

static void set_node(struct lg_redis_link *link, const struct lg_config_redis_node *node)
{
    free((char *)(uintptr_t)link->node.host);
    free(link->place);
    link->node = *node;
    link->node.host = node->host == NULL ? NULL : lg_strdup(node->host);
    link->place = node->host == NULL ? lg_sprintf("unix:%s", node->path)
                                     : lg_sprintf("%s:%u", node->host, node->port);
}

static void dial(struct lg_redis_link *link)
{
    link->state = DIALLING;
    lg_redis_pipe_open(link->pipe, &link->node);
}

/* What the Sentinels say, whenever they were asked. */
static void on_master(void *context, const struct lg_config_redis_node *master, const char *why)
{
    struct lg_redis_link *link = context;
    char text[LG_REDIS_WHY_SIZE];

    if (master == NULL && link->state == FINDING) {
        (void)snprintf(text, sizeof(text), "no Sentinel tells who the master is: %s", why);
        on_end(link, text);
    } else if (master != NULL && link->state == FINDING) {
        set_node(link, master);
        dial(link);
    } else if (master != NULL && link->state == UP && !same_node(&link->node, master)) {
        lg_redis_link_drop(link, "Sentinel names another master");
    }
}

static void find(struct lg_redis_link *link)
{
    if (link->sentinel == NULL) {
        dial(link);
        return;
    }
    link->state = FINDING;
    lg_redis_sentinel_ask(link->sentinel);
}

/* --- life ------------------------------------------------------------------------------------- */

static void on_element(void *context, struct lg_str element)
{
    struct lg_redis_link *link = context;

    if (link->state == UP) /* no answer to a greeting is one */
        link->events->on_element(link->context, element);
}

static size_t ceiling(void *context)
{
    const struct lg_redis_link *link = context;

    return link->events->ceiling(link->context);
}

static const struct lg_redis_pipe_events plain_events = { greet, on_end, NULL, ceiling };
static const struct lg_redis_pipe_events element_events = { greet, on_end, on_element, ceiling };

struct lg_redis_link *lg_redis_link_new(struct lg_loop *loop, struct lg_resolver *resolver,
                                        const struct lg_redis_link_options *options,
                                        const struct lg_redis_link_events *events, void *context)
{
    struct lg_redis_link *link = LG_NEW(struct lg_redis_link);
    const struct lg_config_redis *config = options->config;
    const struct lg_redis_pipe_options of_pipe = {
        .tls = options->tls,
        .connect_ms = config->connect_timeout_ms,
        .command_ms = config->command_timeout_ms,
        .after_others = options->after_others,
        .cuts = options->cuts,
    };

    link->loop = loop;
    link->options = *options;
    link->events = events;
    link->context = context;
    link->pipe =
        lg_redis_pipe_new(loop, resolver, &of_pipe,
                          events->on_element != NULL ? &element_events : &plain_events, link);
    if (config->sentinel_master != NULL)
        link->sentinel =
            lg_redis_sentinel_new(loop, resolver, config, options->tls, on_master, link);
    set_node(link, options->node != NULL ? options->node : &config->nodes[0]);
    lg_cstr_copy(link->why, sizeof(link->why), "still connecting");
    find(link);
    return link;
}

void lg_redis_link_free(struct lg_redis_link *link)
{
    if (link == NULL)
        return;
    link->state = DOWN;
    lg_timer_clear(link->loop, &link->retry);
    lg_timer_clear(link->loop, &link->watch);
    lg_redis_sentinel_free(link->sentinel);
    lg_redis_pipe_free(link->pipe);
    free((char *)(uintptr_t)link->node.host);
    free(link->place);
    free(link);
}

bool lg_redis_link_is_up(const struct lg_redis_link *link)
{
    return link->state == UP && lg_redis_pipe_is_open(link->pipe);
}

const char *lg_redis_link_trouble(const struct lg_redis_link *link)
{
    return link->why;
}

const char *lg_redis_link_place(const struct lg_redis_link *link)
{
    return link->place;
}

/* --- passing on ------------------------------------------------------------------------------- */

void lg_redis_link_send(struct lg_redis_link *link, const struct lg_str *arguments, size_t count,
                        int64_t wait_ms, lg_redis_reply_fn *fn, void *context)
{
    assert(link->state == UP);
    lg_redis_pipe_send(link->pipe, arguments, count, wait_ms, fn, context);
}

void lg_redis_link_send_joined(struct lg_redis_link *link, const struct lg_str *arguments,
                               size_t count, lg_redis_reply_fn *fn, void *context)
{
    assert(link->state == UP);
    lg_redis_pipe_send_joined(link->pipe, arguments, count, fn, context);
}

void lg_redis_link_send_bytes(struct lg_redis_link *link, struct lg_str bytes, int64_t wait_ms,
                              lg_redis_reply_fn *fn, void *context)
{
    assert(link->state == UP);
    lg_redis_pipe_send_bytes(link->pipe, bytes, wait_ms, fn, context);
}

bool lg_redis_link_is_idle(const struct lg_redis_link *link)
{
    return lg_redis_pipe_is_idle(link->pipe);
}

size_t lg_redis_link_backlog(const struct lg_redis_link *link)
{
    return lg_redis_pipe_backlog(link->pipe);
}

void lg_redis_link_flush(struct lg_redis_link *link)
{
    if (link->state == UP)
        lg_redis_pipe_flush(link->pipe);
}
