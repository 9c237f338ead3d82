/* cut.c -- an answer that was passed on ends before it is whole, by the worker or by its caller. */
#include <assert.h>

#include "target/pool.h"

#define CUT_MS 200 /* from the end of its connection to the news of its own end */
#define TRUNCATED "Runtime.TruncatedResponse"

/* It lives, and so its answer was not cut by its own end. */
void lg_worker_truncated(struct lg_worker *worker)
{
    struct lg_job *job = worker->job;
    struct lg_buf document;

    lg_buf_init(&document, SIZE_MAX);
    lg_report_document(&document, TRUNCATED, worker->run.id,
                       LG_STR("The response ended before it was whole"));
    lg_worker_answered(worker, LG_REPORT_ERROR, TRUNCATED);
    lg_job_document(job, TRUNCATED, &document);
    lg_job_end(job, LG_CAUSE_FUNCTION_ERROR, TRUNCATED);
}

static void on_cut_timer(struct lg_timer *timer)
{
    lg_worker_truncated(LG_CONTAINER(timer, struct lg_worker, timer));
}

/* What it sent is gone to its caller: there can be no second try. */
void lg_worker_cut(struct lg_worker *worker)
{
    struct lg_loop *loop = worker->pool->env.loop;

    assert(worker->state == LG_WORKER_BUSY && worker->job->stream.on);
    worker->job->stream.broken = true;
    lg_timer_set(loop, &worker->timer, lg_loop_now_ms(loop) + CUT_MS, on_cut_timer);
}

void lg_worker_abandoned(struct lg_worker *worker)
{
    struct lg_job *job = worker->job;
    struct lg_ask *ask = job->claim;

    if (job->stream.broken) {
        lg_worker_truncated(worker);
        return;
    }
    lg_worker_answered(worker, LG_REPORT_OK, "");
    lg_job_end(job, LG_CAUSE_ABANDONED, "the caller left before the end of the answer");
    lg_ask_abort(ask);
}
