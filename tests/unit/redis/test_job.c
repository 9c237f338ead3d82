/* test_job.c -- the end of a call in a turn in which much comes together. */
#include <criterion/criterion.h>

#include "redis/hub.h"

static struct lg_loop *loop;
static struct lg_redis_hub hub;
static struct lg_redis_queue queue;
static struct lg_invocation invocation = { .id = "0", .timeout_ms = 1000 };
static int starts, ends;
static enum lg_cause cause;

static void on_start(void *owner)
{
    (void)owner;
    starts++;
}

static void on_head(void *owner, const struct lg_invocation_head *head)
{
    (void)owner, (void)head;
}

static void on_end(void *owner, const struct lg_invocation_end *end)
{
    (void)owner;
    ends++;
    cause = end->cause;
}

static const struct lg_invocation_events events = { on_start, on_head, NULL, on_end };

static struct lg_redis_job *begin(void)
{
    static const struct lg_redis_limits limits = { .payload_bytes = 1000, .result_bytes = 1000 };

    loop = lg_loop_new(0);
    hub.loop = loop;
    hub.limits = &limits;
    lg_redis_table_init(&hub.jobs);
    queue.metrics.in_flight = lg_metric_get(LG_METRIC_GAUGE, "lambdagate_in_flight", "", "");
    atomic_store(&queue.jobs, LG_REDIS_ONE_JOB);
    invocation.events = &events;
    return lg_redis_job_new(&hub, &queue, &invocation);
}

static void stop(struct lg_timer *timer)
{
    (void)timer;
    lg_loop_stop(loop);
}

static void finish(void)
{
    static struct lg_timer timer;

    lg_timer_set(loop, &timer, lg_loop_now_ms(loop), stop);
    lg_loop_run(loop);
    cr_assert_eq(ends, 1);
    cr_assert_eq(atomic_load(&queue.jobs), 0);
    lg_redis_table_done(&hub.jobs);
    lg_loop_free(loop);
}

static struct lg_redis_reply said(enum lg_redis_status status)
{
    return (struct lg_redis_reply){ .id = LG_STR("0"), .status = status };
}

Test(job, a_receipt_in_the_turn_of_its_deadline_keeps_no_call_from_its_end)
{
    struct lg_redis_reply receipt = said(LG_REDIS_START);
    struct lg_redis_job *job = begin();

    lg_redis_job_reply(job, &receipt);
    lg_redis_job_cancel(job, LG_CANCEL_TIMEOUT);
    lg_redis_job_reply(job, &receipt);
    finish();
    cr_assert_eq(cause, LG_CAUSE_UNKNOWN);
    cr_assert_eq(starts, 1);
}

Test(job, a_reply_in_the_turn_of_its_deadline_is_its_end)
{
    struct lg_redis_reply answer = said(LG_REDIS_OK);
    struct lg_redis_job *job = begin();

    lg_redis_job_cancel(job, LG_CANCEL_TIMEOUT);
    lg_redis_job_reply(job, &answer);
    finish();
    cr_assert_eq(cause, LG_CAUSE_OK);
}
