/* run.c -- the lines around the invocation of a worker, and the log that its caller asked for. */
#include "target/run.h"

#include <stdlib.h>

#include "base/mem.h"
#include "target/say.h"

static struct lg_loop *loop_of(const struct lg_worker *worker)
{
    return worker->pool->env.loop;
}

void lg_run_open(struct lg_worker *worker, struct lg_job *job)
{
    const struct lg_invocation *invocation = job->invocation;
    struct lg_run *run = &worker->run;

    *run = (struct lg_run){
        .open = true,
        .picked_us = lg_loop_now_us(loop_of(worker)),
        .timeout_ms = invocation->timeout_ms,
        .deadline_ms = lg_loop_now_ms(loop_of(worker)) + invocation->timeout_ms,
        .init_us = worker->served == 0 ? worker->ready_us - worker->spawned_us : -1,
    };
    lg_cstr_copy(run->id, sizeof(run->id), invocation->id);
    lg_cstr_copy(run->request_id, sizeof(run->request_id), invocation->request_id);
    worker->output.request_id = run->request_id;
    if (invocation->want_log_tail) {
        worker->output.tail = LG_NEW(struct lg_tail);
        run->tail_job = job;
        job->tail_due = true;
    }
}

static void hand_over_tail(struct lg_worker *worker)
{
    struct lg_job *job = worker->run.tail_job;

    if (job == NULL)
        return;
    worker->run.tail_job = NULL;
    job->result.log_tail = lg_alloc(LG_TAIL_SIZE);
    job->result.log_tail_size = lg_tail_read(worker->output.tail, job->result.log_tail);
    free(worker->output.tail);
    worker->output.tail = NULL;
    job->tail_due = false;
    lg_job_settle(job);
}

void lg_run_settle(struct lg_worker *worker)
{
    if (!worker->run.open)
        return;
    worker->run.open = false;
    lg_output_drain(&worker->output);
    lg_say_report(worker);
    worker->output.request_id = "";
    hand_over_tail(worker);
}
