/*
 * job.c -- one call: from the text that was popped to the reply that Redis has.
 *
 *     taken -> (expired) ------------------------> pushing -> gone
 *           \-> waiting -> running (receipt) -> /
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "bridge/parts.h"
#include "bridge/request.h"
#include "observe/log.h"
#include "target/report.h"

#define RETRY_MS 500

struct job {
    struct lg_link link;
    struct lg_bridge *bridge;
    struct lg_arena arena;
    char *text; /* as it was popped */
    struct lg_redis_request request;
    struct lg_invocation invocation;
    const char *request_id, *reply_key;
    int64_t deadline_ms;   /* by Redis's clock */
    struct lg_timer timer; /* until it starts, while it runs, while it is pushed */
    struct lg_buf answer;
    bool function_error, too_large;
    bool over;    /* there is a reply */
    bool pushing; /* it is on its way */
    bool given_up;
    enum lg_redis_status status;
};

static struct lg_loop *loop_of(const struct job *job)
{
    return job->bridge->env.loop;
}

static int64_t left_ms(const struct job *job)
{
    return job->deadline_ms - lg_bridge_now_ms(job->bridge);
}

static void set_timer(struct job *job, int64_t in_ms, void (*fn)(struct lg_timer *timer))
{
    lg_timer_set(loop_of(job), &job->timer, lg_loop_now_ms(loop_of(job)) + in_ms, fn);
}

static void forget(struct job *job)
{
    struct lg_bridge *bridge = job->bridge;

    lg_timer_clear(bridge->env.loop, &job->timer);
    lg_list_remove(&job->link);
    lg_buf_done(&job->answer);
    lg_arena_done(&job->arena);
    free(job->text);
    free(job);
    bridge->running--;
    lg_metric_set(bridge->metrics.in_flight, bridge->running);
    lg_bridge_go_on(bridge);
}

/* --- the reply -------------------------------------------------------------------------------- */

static void push(struct job *job);

static void on_retry(struct lg_timer *timer)
{
    lg_bridge_push_all(LG_CONTAINER(timer, struct lg_bridge, retry_timer));
}

/* Memory full, a replica: it may be better soon. */
static void refused(struct job *job, struct lg_str error)
{
    struct lg_bridge *bridge = job->bridge;

    lg_log(LG_LOG_WARN, "worker", job->request_id, "Redis refused the reply: %.*s",
           LG_STR_ARG(error));
    if (!lg_timer_armed(&bridge->retry_timer))
        lg_timer_set(bridge->env.loop, &bridge->retry_timer,
                     lg_loop_now_ms(bridge->env.loop) + RETRY_MS, on_retry);
}

static void drop(struct job *job, const char *why)
{
    lg_metric_add(job->bridge->metrics.dropped, 1);
    lg_log(LG_LOG_ERROR, "worker", job->request_id, "no reply is sent: %s", why);
    forget(job);
}

static void give_up(struct job *job)
{
    drop(job, "Redis did not take it while somebody waited for it");
}

/*
 * Whether a push that was lost has arrived nobody knows; a gateway drops the second of two. The
 * next try is made when the connection is back.
 */
static void on_pushed(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct job *job = context;

    job->pushing = false;
    if (fate == LG_REDIS_ANSWERED && !lg_resp_is_error(reply)) {
        lg_metric_add(job->bridge->metrics.answered, 1);
        forget(job);
    } else if (job->given_up) {
        give_up(job);
    } else if (fate == LG_REDIS_ANSWERED) {
        refused(job, lg_resp_text(reply));
    }
}

static void tell(struct job *job, enum lg_redis_status status, struct lg_str body,
                 lg_redis_reply_fn *fn, void *context)
{
    const struct lg_redis_reply reply = {
        .id = job->request.id,
        .status = status,
        .worker = lg_str_of(job->bridge->member),
    };
    struct lg_buf line;

    lg_buf_init(&line, SIZE_MAX);
    lg_redis_reply_write(&line, &reply);
    struct lg_str arguments[] = { LG_STR("RPUSH"), job->request.reply, lg_buf_str(&line), body };
    lg_redis_net_send_joined(job->bridge->net, job->reply_key, arguments, LG_COUNT(arguments), fn,
                             context);
    lg_buf_done(&line);
}

static void push(struct job *job)
{
    if (!job->over || job->pushing || !lg_bridge_reaches(job->bridge, job->reply_key))
        return;
    job->pushing = true;
    tell(job, job->status, lg_buf_str(&job->answer), on_pushed, job);
}

void lg_bridge_push_all(struct lg_bridge *bridge)
{
    for (struct lg_link *link = lg_list_first(&bridge->jobs); link != NULL;
         link = lg_list_after(&bridge->jobs, link))
        push(LG_LIST_OF(link, struct job, link));
}

/* What is under way may still be taken: its answer tells. */
static void on_nobody_waits(struct lg_timer *timer)
{
    struct job *job = LG_CONTAINER(timer, struct job, timer);

    if (job->pushing)
        job->given_up = true;
    else
        give_up(job);
}

static void finish(struct job *job, enum lg_redis_status status)
{
    int64_t left = left_ms(job);

    job->over = true;
    job->status = status;
    if (status == LG_REDIS_EXPIRED)
        lg_metric_add(job->bridge->metrics.expired, 1);
    set_timer(job, (left > 0 ? left : 0) + job->bridge->env.grace_ms, on_nobody_waits);
    push(job);
}

/* --- what the target tells -------------------------------------------------------------------- */

static void cancel(struct job *job, enum lg_cancel why)
{
    struct lg_target *target = job->bridge->env.target;

    target->class->cancel(target, &job->invocation, why);
}

static void on_timeout(struct lg_timer *timer)
{
    cancel(LG_CONTAINER(timer, struct job, timer), LG_CANCEL_TIMEOUT);
}

static void on_too_late(struct lg_timer *timer)
{
    cancel(LG_CONTAINER(timer, struct job, timer), LG_CANCEL_WITHDRAW);
}

static void on_receipt(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    (void)context, (void)fate, (void)reply; /* without it the gateway finds out by itself */
}

static void on_start(void *owner)
{
    struct job *job = owner;
    int64_t left = left_ms(job), timeout = job->invocation.timeout_ms;

    if (job->request.start && lg_bridge_reaches(job->bridge, job->reply_key))
        tell(job, LG_REDIS_START, LG_STR_NONE, on_receipt, NULL);
    set_timer(job, timeout < left ? timeout : left, on_timeout);
}

static void on_head(void *owner, const struct lg_invocation_head *head)
{
    ((struct job *)owner)->function_error = head->function_error;
}

static enum lg_flow on_data(void *owner, const void *data, size_t size)
{
    struct job *job = owner;

    if (!lg_buf_add(&job->answer, data, size))
        job->too_large = true;
    return LG_FLOW_MORE;
}

/* What we say ourselves fits, however little a function may return. */
static void clear_answer(struct job *job)
{
    lg_buf_done(&job->answer);
    lg_buf_init(&job->answer, SIZE_MAX);
}

static void say_too_large(struct job *job)
{
    clear_answer(job);
    lg_report_too_large_document(&job->answer, job->bridge->env.result_bytes);
}

/* A failure without a document gets one. */
static void say_failure(struct job *job, const struct lg_invocation_end *end)
{
    if (job->answer.size > 0)
        return;
    clear_answer(job);
    lg_report_document(&job->answer, end->error_type != NULL ? end->error_type : "Runtime.Unknown",
                       job->invocation.id,
                       lg_str_of(end->reason != NULL ? end->reason : lg_cause_text(end->cause)));
}

static void on_end(void *owner, const struct lg_invocation_end *end)
{
    struct job *job = owner;
    bool good = end->cause == LG_CAUSE_OK && !job->function_error && !job->too_large;

    lg_timer_clear(loop_of(job), &job->timer);
    switch (end->cause) {
    case LG_CAUSE_THROTTLED:
    case LG_CAUSE_NEVER_STARTED:
    case LG_CAUSE_REFUSED:
        lg_buf_clear(&job->answer);
        finish(job, LG_REDIS_EXPIRED);
        return;
    case LG_CAUSE_UNKNOWN:
    case LG_CAUSE_ABANDONED:
        drop(job, end->reason != NULL ? end->reason : "nobody knows how it ended");
        return;
    default:
        break;
    }
    if (job->too_large)
        say_too_large(job);
    if (!good)
        say_failure(job, end);
    finish(job, good ? LG_REDIS_OK : LG_REDIS_ERROR);
}

static const struct lg_invocation_events events = {
    .on_start = on_start,
    .on_head = on_head,
    .on_data = on_data,
    .on_end = on_end,
};

/* --- taking ----------------------------------------------------------------------------------- */

static void set_invocation(struct job *job, int64_t left)
{
    const struct lg_bridge_env *env = &job->bridge->env;

    if (job->request.arn.size == 0)
        job->request.arn = lg_str_of(env->arn);
    if (job->request.timeout_ms <= 0)
        job->request.timeout_ms = env->timeout_ms;
    job->reply_key = lg_arena_cstr(&job->arena, job->request.reply);
    lg_bridge_invocation(&job->arena, &job->request, left, &job->invocation);
    job->request_id = job->invocation.request_id;
    job->invocation.events = &events;
    job->invocation.owner = job;
}

static void begin(struct job *job)
{
    struct lg_target *target = job->bridge->env.target;

    job->deadline_ms = lg_bridge_deadline_ms(&job->request, lg_bridge_now_ms(job->bridge));
    set_invocation(job, left_ms(job));
    if (left_ms(job) <= 0) {
        finish(job, LG_REDIS_EXPIRED);
        return;
    }
    set_timer(job, left_ms(job), on_too_late);
    if (target->class->start(target, &job->invocation) != LG_OK)
        finish(job, LG_REDIS_EXPIRED);
}

void lg_bridge_take(struct lg_bridge *bridge, struct lg_str text)
{
    struct job *job = LG_NEW(struct job);

    job->bridge = bridge;
    lg_arena_init(&job->arena);
    lg_buf_init(&job->answer, (size_t)bridge->env.result_bytes);
    job->text = lg_alloc(text.size + 1);
    memcpy(job->text, text.data, text.size);
    lg_list_add_last(&bridge->jobs, &job->link);
    bridge->running++;
    lg_metric_set(bridge->metrics.in_flight, bridge->running);
    if (lg_redis_request_read(&job->arena, lg_str_make(job->text, text.size), &job->request) !=
            LG_OK ||
        !lg_bridge_request_good(&job->request, lg_str_of(bridge->reply_prefix))) {
        lg_metric_add(bridge->metrics.refused, 1);
        lg_log(LG_LOG_WARN, "worker", NULL, "%zu bytes that are no request: dropped", text.size);
        forget(job);
        return;
    }
    lg_metric_add(bridge->metrics.taken, 1);
    begin(job);
}
