/*
 * hub.c -- a loop's two connections: one for commands, one that waits for replies.
 *
 * A connection that waits executes nothing else, hence two. Replies outlive a lost connection: they
 * wait in their list.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "observe/log.h"
#include "redis/hub.h"

#define POP_WAIT_MS 5000
#define POP_WAIT "5" /* seconds */
#define POP_COUNT "64"
#define LOOK_MS 20
#define LINE_ROOM ((size_t)1 << 20) /* of replies beside their bodies */
#define PAGE_MESSAGES 4             /* that cleanup.c asks for at once, of a payload and a line */

/* --- state ------------------------------------------------------------------------------------ */

static bool is_ours(const struct lg_redis_hub *hub)
{
    return atomic_load(&hub->redis->held_until_ms) > lg_loop_now_ms(hub->loop);
}

bool lg_redis_hub_is_ready(const struct lg_redis_hub *hub, char ret_why[LG_REDIS_REASON_SIZE])
{
    bool up = lg_redis_link_is_up(hub->commands), reads = lg_redis_link_is_up(hub->replies);

    if (up && is_ours(hub) && hub->reading)
        return true;
    if (!up || !reads)
        (void)snprintf(ret_why, LG_REDIS_REASON_SIZE, "Redis is not reachable: %s",
                       lg_redis_link_trouble(up ? hub->replies : hub->commands));
    else if (atomic_load(&hub->redis->name_taken))
        lg_cstr_copy(ret_why, LG_REDIS_REASON_SIZE, "another gateway has this one's name");
    else
        lg_cstr_copy(ret_why, LG_REDIS_REASON_SIZE, "the gateway's name is not confirmed yet");
    return false;
}

int64_t lg_redis_hub_now_ms(const struct lg_redis_hub *hub)
{
    return lg_redis_clock_now_ms(&hub->clock);
}

static void settle(struct lg_redis_hub *hub)
{
    if (!hub->settled)
        atomic_fetch_sub(&hub->redis->unsettled, 1);
    hub->settled = true;
}

/* --- replies ---------------------------------------------------------------------------------- */

static void pop(struct lg_redis_hub *hub);

static void on_popped(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_hub *hub = context;

    hub->reading = false;
    if (fate != LG_REDIS_ANSWERED)
        return;
    if (lg_resp_is_error(reply)) {
        char why[LG_REDIS_REASON_SIZE];

        (void)snprintf(why, sizeof(why), "BLMPOP: %.*s", LG_STR_ARG(lg_resp_text(reply)));
        lg_redis_link_drop(hub->replies, why);
        return;
    }
    pop(hub);
}

static void pop(struct lg_redis_hub *hub)
{
    struct lg_str arguments[] = { LG_STR("BLMPOP"),          LG_STR(POP_WAIT), LG_STR("1"),
                                  lg_str_of(hub->reply_key), LG_STR("LEFT"),   LG_STR("COUNT"),
                                  LG_STR(POP_COUNT) };

    /* Whoever reads the replies of a name that it does not have steals them. */
    if (hub->reading || !is_ours(hub) || !lg_redis_link_is_up(hub->replies))
        return;
    hub->reading = true;
    settle(hub);
    lg_redis_link_send(hub->replies, arguments, LG_COUNT(arguments), POP_WAIT_MS, on_popped, hub);
}

static void count_unknown(const struct lg_redis *redis, enum lg_redis_status status)
{
    if (status == LG_REDIS_OK || status == LG_REDIS_ERROR)
        lg_metric_add(redis->metrics.late, 1);
}

static void on_element(void *context, struct lg_str element)
{
    struct lg_redis_hub *hub = context;
    const struct lg_redis *redis = hub->redis;
    struct lg_redis_reply reply;
    struct lg_arena arena;

    lg_arena_init(&arena);
    if (lg_redis_reply_read(&arena, element, &reply) != LG_OK) {
        lg_metric_add(redis->metrics.bad, 1);
        lg_log(LG_LOG_WARN, "redis", NULL, "a reply of %zu bytes has no reply line: dropped",
               element.size);
    } else {
        struct lg_redis_job *job = lg_redis_table_find(&hub->jobs, reply.id);

        if (reply.status == LG_REDIS_EXPIRED)
            lg_metric_add(redis->metrics.expired, 1);
        if (job != NULL)
            lg_redis_job_reply(job, &reply);
        else
            count_unknown(redis, reply.status);
    }
    lg_arena_done(&arena);
}

/* --- up and down ------------------------------------------------------------------------------ */

/* Until the name is ours; then replies are read, and calls may come. */
static void look(struct lg_timer *timer)
{
    struct lg_redis_hub *hub = LG_CONTAINER(timer, struct lg_redis_hub, look_timer);
    bool good = is_ours(hub);

    if (good)
        pop(hub);
    if (atomic_load(&hub->redis->name_taken))
        settle(hub);
    if (!lg_redis_link_is_up(hub->commands))
        return; /* again when it is */
    /* The name may be lost and found later: there is little to looking. */
    lg_timer_set(hub->loop, timer, lg_loop_now_ms(hub->loop) + (good ? 50 * LOOK_MS : LOOK_MS),
                 look);
}

static void on_commands_up(void *context)
{
    struct lg_redis_hub *hub = context;

    lg_metric_set(hub->up, 1);
    lg_metric_add(hub->reconnects, 1);
    hub->complained = false;
    if (hub->index == 0)
        lg_log(LG_LOG_INFO, "redis", NULL, "connected to %s as gateway \"%s\"",
               lg_redis_link_place(hub->commands), hub->redis->gateway);
    lg_redis_clock_ask(&hub->clock);
    if (hub->identity != NULL)
        lg_redis_identity_on_up(hub->identity);
    if (hub->index == 0)
        lg_redis_doubt(hub);
    look(&hub->look_timer);
}

/* Said once an outage, by the first loop. */
static void complain(struct lg_redis_hub *hub, const char *why)
{
    if (hub->complained || hub->index != 0)
        return;
    hub->complained = true;
    lg_log(LG_LOG_ERROR, "redis", NULL, "%s: %s; trying again", hub->redis->config->url, why);
}

static void on_commands_down(void *context, const char *why)
{
    struct lg_redis_hub *hub = context;

    lg_metric_set(hub->up, 0);
    settle(hub);
    complain(hub, why);
}

static void on_replies_up(void *context)
{
    pop(context);
}

static void on_replies_down(void *context, const char *why)
{
    struct lg_redis_hub *hub = context;

    hub->reading = false;
    complain(hub, why);
}

/* --- life ------------------------------------------------------------------------------------- */

/* The most that is ever asked for at once; a reply of a worker is handed over one by one. */
static size_t ceiling_of(void *context)
{
    const struct lg_redis_limits *limits = ((const struct lg_redis_hub *)context)->limits;
    int64_t page = PAGE_MESSAGES * limits->payload_bytes;

    return (size_t)(page > limits->result_bytes ? page : limits->result_bytes) + LINE_ROOM;
}

static const struct lg_redis_link_events command_events = { on_commands_up, on_commands_down, NULL,
                                                            ceiling_of };
static const struct lg_redis_link_events reply_events = { on_replies_up, on_replies_down,
                                                          on_element, ceiling_of };

static void get_metrics(struct lg_redis_hub *hub)
{
    char labels[32];

    (void)snprintf(labels, sizeof(labels), "loop=\"%u\"", hub->index);
    hub->up = lg_metric_get(LG_METRIC_GAUGE, "lambdagate_redis_up", labels,
                            "Whether the loop is connected to Redis.");
    hub->reconnects = lg_metric_get(LG_METRIC_COUNTER, "lambdagate_redis_connects_total", labels,
                                    "Connections to Redis that came up, the first one included.");
}

void lg_redis_enter(struct lg_redis *redis, struct lg_loop *loop, struct lg_resolver *resolver,
                    const struct lg_redis_limits *limits)
{
    struct lg_redis_hub *hub = LG_NEW(struct lg_redis_hub);
    struct lg_redis_link_options options = {
        .config = redis->config,
        .tls = redis->tls,
        .name = redis->client_name,
    };

    hub->redis = redis;
    hub->index = lg_loop_index(loop);
    hub->loop = loop;
    hub->limits = limits;
    lg_redis_table_init(&hub->jobs);
    get_metrics(hub);
    hub->reply_key = lg_sprintf("%s:r:{%s}:%u", redis->config->prefix, redis->gateway, hub->index);
    if (hub->index == 0) {
        hub->identity = lg_redis_identity_new(hub);
        hub->cleanup = lg_redis_cleanup_new(hub);
    }
    hub->commands = lg_redis_link_new(loop, resolver, &options, &command_events, hub);
    options.after_others = true;
    hub->replies = lg_redis_link_new(loop, resolver, &options, &reply_events, hub);
    lg_redis_clock_init(&hub->clock, loop, hub->commands, hub->index == 0);
    redis->hubs[hub->index] = hub;
}

void lg_redis_leave(struct lg_redis *redis, unsigned loop)
{
    struct lg_redis_hub *hub = redis == NULL ? NULL : redis->hubs[loop];

    if (hub == NULL)
        return;
    lg_redis_clock_done(&hub->clock);
    lg_timer_clear(hub->loop, &hub->look_timer);
    if (hub->identity != NULL)
        lg_redis_identity_let_go(hub->identity);
    lg_redis_link_free(hub->replies);
    lg_redis_link_free(hub->commands);
    lg_redis_identity_free(hub->identity);
    lg_redis_cleanup_free(hub->cleanup);
    lg_redis_table_done(&hub->jobs);
    lg_metric_set(hub->up, 0);
    free((char *)(uintptr_t)hub->reply_key);
    free(hub);
    redis->hubs[loop] = NULL;
}
