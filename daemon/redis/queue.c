/* queue.c -- a queue of Redis as a target: calls begin and end on whichever loop they are made. */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "redis/hub.h"

static struct lg_redis_queue *queue_of(struct lg_target *target)
{
    return LG_CONTAINER(target, struct lg_redis_queue, target);
}

/* --- draining --------------------------------------------------------------------------------- */

static void on_drained_letter(struct lg_letter *letter)
{
    struct lg_redis_queue *queue = LG_CONTAINER(letter, struct lg_redis_queue, drained_letter);

    queue->on_drained(queue->drained_context);
}

/* By letter to its home, whichever loop saw the last call go. */
static void tell_drained(struct lg_redis_queue *queue)
{
    lg_mailbox_post_always(queue->redis->env.mailboxes[lg_loop_index(queue->home)],
                           &queue->drained_letter, on_drained_letter);
}

/* Closed is the lowest bit, so that one look tells both: only one can see the count reach 0. */
static bool enter(struct lg_redis_queue *queue)
{
    long jobs = atomic_load(&queue->jobs);

    do {
        if ((jobs & LG_REDIS_CLOSED) != 0)
            return false;
    } while (!atomic_compare_exchange_weak(&queue->jobs, &jobs, jobs + LG_REDIS_ONE_JOB));
    return true;
}

void lg_redis_queue_leave(struct lg_redis_queue *queue)
{
    if (atomic_fetch_sub(&queue->jobs, LG_REDIS_ONE_JOB) == LG_REDIS_ONE_JOB + LG_REDIS_CLOSED)
        tell_drained(queue);
}

static void drain(struct lg_target *target, void (*on_drained)(void *context), void *context)
{
    struct lg_redis_queue *queue = queue_of(target);

    queue->on_drained = on_drained;
    queue->drained_context = context;
    if (atomic_fetch_or(&queue->jobs, LG_REDIS_CLOSED) == 0)
        tell_drained(queue);
}

/* --- calls ------------------------------------------------------------------------------------ */

static enum lg_err start(struct lg_target *target, struct lg_invocation *invocation)
{
    struct lg_redis_queue *queue = queue_of(target);
    struct lg_redis_hub *hub = queue->redis->hubs[lg_loop_index(lg_loop_current())];
    char why[LG_REDIS_REASON_SIZE];
    struct lg_redis_job *job;
    bool ready;

    assert(hub != NULL);
    if (!enter(queue))
        return LG_ERR_CLOSED;
    ready = lg_redis_hub_is_ready(hub, queue->key, why);
    if (ready && lg_redis_net_backlog(hub->net) > LG_REDIS_BACKLOG_MAX) {
        lg_redis_queue_leave(queue);
        return LG_ERR_FULL;
    }
    job = lg_redis_job_new(hub, queue, invocation);
    if (!ready)
        lg_redis_job_end_later(job, LG_CAUSE_NEVER_STARTED, why);
    else if (queue->expect_workers && !lg_redis_presence_any(queue->presence))
        lg_redis_job_end_later(job, LG_CAUSE_NEVER_STARTED, "no worker has said that it is there");
    else
        lg_redis_job_push(job);
    return LG_OK;
}

static void cancel(struct lg_target *target, struct lg_invocation *invocation, enum lg_cancel why)
{
    (void)target;
    assert(invocation->place != NULL && "cancelled after its end");
    lg_redis_job_cancel(invocation->place, why);
}

static void resume(struct lg_target *target, struct lg_invocation *invocation)
{
    (void)target, (void)invocation; /* nothing is held back: an answer comes whole */
}

/* --- life ------------------------------------------------------------------------------------- */

static void free_queue(struct lg_target *target)
{
    struct lg_redis_queue *queue = queue_of(target);

    assert(atomic_load(&queue->jobs) == LG_REDIS_CLOSED && "freed before it was drained");
    lg_redis_presence_free(queue->presence);
    lg_redis_forget(queue->redis, queue->key);
    lg_metrics_drop("function", queue->function);
    lg_arena_done(&queue->arena);
    free(queue);
}

static const struct lg_target_class class = {
    .name = "redis",
    .start = start,
    .cancel = cancel,
    .resume = resume,
    .drain = drain,
    .free = free_queue,
};

static void get_metrics(struct lg_redis_queue *queue)
{
    struct lg_buf labels;
    const char *text;

    lg_buf_init(&labels, SIZE_MAX);
    lg_metric_label(&labels, "function", queue->function);
    text = lg_arena_cstr(&queue->arena, lg_buf_str(&labels));
    lg_buf_done(&labels);
    queue->metrics.depth = lg_metric_get(LG_METRIC_GAUGE, "lambdagate_redis_queue_depth", text,
                                         "Calls that wait in the queue in Redis.");
    queue->metrics.workers =
        lg_metric_get(LG_METRIC_GAUGE, "lambdagate_redis_workers", text,
                      "Workers that said within the last 60 seconds that they are there.");
    queue->metrics.in_flight =
        lg_metric_get(LG_METRIC_GAUGE, "lambdagate_redis_in_flight", text,
                      "Calls of this gateway that were sent to Redis and have no end yet.");
}

struct lg_target *lg_redis_target_new(struct lg_redis *redis, struct lg_loop *home,
                                      const struct lg_config_function *function)
{
    static const char *const suffixes[] = {
        [LG_PRIORITY_NORMAL] = "",
        [LG_PRIORITY_HIGH] = ":hi",
        [LG_PRIORITY_LOW] = ":lo",
    };
    const struct lg_config_redis_target *options = function->redis;
    const char *name = options->queue != NULL ? options->queue : function->name;
    struct lg_redis_queue *queue = LG_NEW(struct lg_redis_queue);

    queue->target.class = &class;
    queue->redis = redis;
    queue->home = home;
    lg_arena_init(&queue->arena);
    queue->function = lg_arena_cstr(&queue->arena, lg_str_of(function->name));
    queue->key = lg_redis_key(&queue->arena, redis, "q", name, suffixes[options->priority]);
    queue->presence_key = lg_redis_key(&queue->arena, redis, "w", name, "");
    queue->depth_max = options->depth;
    queue->wait_ms = function->queue_wait_ms;
    queue->start_receipts = options->start_receipts;
    queue->expect_workers = options->expect_workers;
    lg_metrics_keep("function", queue->function);
    get_metrics(queue);
    lg_redis_learn(redis, queue->key);
    queue->presence = lg_redis_presence_new(queue);
    return &queue->target;
}

void lg_redis_target_state(const struct lg_target *target, struct lg_redis_state *ret_state)
{
    const struct lg_redis_queue *queue = (const struct lg_redis_queue *)(const void *)target;

    *ret_state = (struct lg_redis_state){
        .queue = queue->key,
        .depth = lg_metric_value(queue->metrics.depth),
        .workers = lg_metric_value(queue->metrics.workers),
        .in_flight = lg_metric_value(queue->metrics.in_flight),
    };
}
