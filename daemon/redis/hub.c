/*
 * hub.c -- a loop and its Redis: whether calls can be sent, and the replies that come back.
 *
 * Replies outlive a lost connection: they wait in their list.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "observe/log.h"
#include "redis/hub.h"
#include "redis/slots.h"

#define POP_WAIT_MS 5000
#define POP_WAIT "5"         /* seconds */
#define CLUSTER_POP_WAIT "1" /* replies may be with the node that its slot is moving to */
#define POP_COUNT "64"
#define REST_MS 100
#define LOOK_MS 20
#define LINE_ROOM ((size_t)1 << 20) /* of replies beside their bodies */
#define PAGE_MESSAGES 4             /* that cleanup.c asks for at once, of a payload and a line */

/* --- state ------------------------------------------------------------------------------------ */

static bool is_ours(const struct lg_redis_hub *hub)
{
    return atomic_load(&hub->redis->held_until_ms) > lg_loop_now_ms(hub->loop);
}

bool lg_redis_hub_reaches(const struct lg_redis_hub *hub, const char *key)
{
    return lg_redis_net_is_ready(hub->net, LG_REDIS_COMMANDS, key);
}

void lg_redis_hub_send(struct lg_redis_hub *hub, const char *key, const struct lg_str *arguments,
                       size_t count, lg_redis_reply_fn *fn, void *context)
{
    lg_redis_net_send(hub->net, LG_REDIS_COMMANDS, key, arguments, count, 0, fn, context);
}

bool lg_redis_hub_is_ready(const struct lg_redis_hub *hub, const char *key,
                           char ret_why[LG_REDIS_REASON_SIZE])
{
    bool up = lg_redis_hub_reaches(hub, key);
    bool reads = lg_redis_net_is_up(hub->net, LG_REDIS_POPS, hub->reply_key);

    if (up && is_ours(hub) && (hub->reading || hub->resting))
        return true;
    if (!up)
        (void)snprintf(ret_why, LG_REDIS_REASON_SIZE, "Redis is not reachable: %s",
                       lg_redis_net_trouble(hub->net, LG_REDIS_COMMANDS, key));
    else if (!reads)
        (void)snprintf(ret_why, LG_REDIS_REASON_SIZE, "Redis is not reachable: %s",
                       lg_redis_net_trouble(hub->net, LG_REDIS_POPS, hub->reply_key));
    else if (atomic_load(&hub->redis->name_taken))
        lg_cstr_copy(ret_why, LG_REDIS_REASON_SIZE, "another gateway has this one's name");
    else
        lg_cstr_copy(ret_why, LG_REDIS_REASON_SIZE, "the gateway's name is not confirmed yet");
    return false;
}

int64_t lg_redis_hub_now_ms(const struct lg_redis_hub *hub, const char *key)
{
    return lg_redis_net_now_ms(hub->net, key);
}

static void settle(struct lg_redis_hub *hub)
{
    if (!hub->settled)
        atomic_fetch_sub(&hub->redis->unsettled, 1);
    hub->settled = true;
}

/* --- replies ---------------------------------------------------------------------------------- */

static void pop(struct lg_redis_hub *hub);
static void look(struct lg_timer *timer);

/* A Cluster that is busy with itself is asked again soon; any other fault needs a new connection.
 */
static void refused(struct lg_redis_hub *hub, struct lg_str error)
{
    char why[LG_REDIS_REASON_SIZE];

    if (hub->redis->config->cluster && lg_redis_is_passing(error)) {
        hub->resting = true;
        lg_timer_set(hub->loop, &hub->look_timer, lg_loop_now_ms(hub->loop) + REST_MS, look);
        return;
    }
    (void)snprintf(why, sizeof(why), "BLMPOP: %.*s", LG_STR_ARG(error));
    lg_redis_net_drop(hub->net, LG_REDIS_POPS, hub->reply_key, why);
}

static void on_popped(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_hub *hub = context;

    hub->reading = false;
    if (fate != LG_REDIS_ANSWERED)
        return;
    if (lg_resp_is_error(reply))
        refused(hub, lg_resp_text(reply));
    else
        pop(hub);
}

static void pop(struct lg_redis_hub *hub)
{
    bool many = hub->redis->config->cluster;
    struct lg_str wait = many ? LG_STR(CLUSTER_POP_WAIT) : LG_STR(POP_WAIT);
    struct lg_str arguments[] = { LG_STR("BLMPOP"),          wait,           LG_STR("1"),
                                  lg_str_of(hub->reply_key), LG_STR("LEFT"), LG_STR("COUNT"),
                                  LG_STR(POP_COUNT) };

    /* Whoever reads the replies of a name that it does not have steals them. */
    hub->resting = false;
    if (hub->reading || !is_ours(hub))
        return;
    if (!lg_redis_net_is_up(hub->net, LG_REDIS_POPS, hub->reply_key)) {
        lg_redis_net_open(hub->net, LG_REDIS_POPS, hub->reply_key);
        return;
    }
    hub->reading = true;
    settle(hub);
    lg_redis_net_send(hub->net, LG_REDIS_POPS, hub->reply_key, arguments, LG_COUNT(arguments),
                      POP_WAIT_MS, on_popped, hub);
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
    if (!lg_redis_hub_reaches(hub, hub->reply_key))
        return; /* again when it is */
    /* The name may be lost and found later: there is little to looking. */
    lg_timer_set(hub->loop, timer, lg_loop_now_ms(hub->loop) + (good ? 50 * LOOK_MS : LOOK_MS),
                 look);
}

static void measure(const struct lg_redis_hub *hub)
{
    lg_metric_set(hub->up, lg_redis_net_is_whole(hub->net) ? 1 : 0);
}

static void on_up(void *context, enum lg_redis_lane lane, struct lg_redis_link *link)
{
    struct lg_redis_hub *hub = context;

    measure(hub);
    if (lane == LG_REDIS_POPS) {
        pop(hub);
        return;
    }
    lg_metric_add(hub->reconnects, 1);
    hub->complained = false;
    if (hub->index == 0) {
        lg_log(LG_LOG_INFO, "redis", NULL, "connected to %s as gateway \"%s\"",
               lg_redis_link_place(link), hub->redis->gateway);
        lg_redis_identity_on_up(hub->identity);
        lg_redis_doubt(link);
    }
    look(&hub->look_timer);
}

/* What waits for a connection may be elsewhere now. */
static void on_map(void *context)
{
    struct lg_redis_hub *hub = context;

    measure(hub);
    if (hub->identity != NULL)
        lg_redis_identity_on_up(hub->identity);
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

static void on_down(void *context, const char *why)
{
    struct lg_redis_hub *hub = context;

    measure(hub);
    settle(hub);
    complain(hub, why);
}

/* --- life ------------------------------------------------------------------------------------- */

/*
 * The most that is ever asked for at once; a reply of a worker is handed over one by one, and what
 * is cut from it is still longer than a result may be.
 */
static size_t ceiling_of(void *context, enum lg_redis_lane lane)
{
    const struct lg_redis_limits *limits = ((const struct lg_redis_hub *)context)->limits;
    int64_t page = PAGE_MESSAGES * limits->payload_bytes;

    (void)lane;
    return (size_t)(page > limits->result_bytes ? page : limits->result_bytes) + LINE_ROOM;
}

static const struct lg_redis_net_events events = { on_up, on_down, on_map, on_element, ceiling_of };

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
    const struct lg_redis_net_options options = {
        .config = redis->config,
        .tls = redis->tls,
        .name = redis->client_name,
        .speaks = lg_loop_index(loop) == 0,
        .cuts = true,
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
    hub->net = lg_redis_net_new(loop, resolver, &options, &events, hub);
    redis->hubs[hub->index] = hub;
}

void lg_redis_leave(struct lg_redis *redis, unsigned loop)
{
    struct lg_redis_hub *hub = redis == NULL ? NULL : redis->hubs[loop];

    if (hub == NULL)
        return;
    lg_timer_clear(hub->loop, &hub->look_timer);
    if (hub->identity != NULL)
        lg_redis_identity_let_go(hub->identity);
    lg_redis_net_free(hub->net);
    lg_redis_identity_free(hub->identity);
    lg_redis_cleanup_free(hub->cleanup);
    lg_redis_table_done(&hub->jobs);
    lg_metric_set(hub->up, 0);
    free((char *)(uintptr_t)hub->reply_key);
    free(hub);
    redis->hubs[loop] = NULL;
}
