/* run.c -- the lines around the invocation of a worker, and the log that its caller asked for. */
#include "target/run.h"

#include <stdlib.h>

#include "base/mem.h"
#include "target/memory.h"

/* Reading /proc costs more than a short call: of these, every so often one is looked at. */
#define READ_EVERY_MS 250
#define LONG_US 20000

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

void lg_run_say_start(struct lg_worker *worker)
{
    struct lg_buf line;

    if (!lg_output_heard(&worker->output))
        return;
    lg_buf_init(&line, SIZE_MAX);
    lg_report_start(&line, worker->run.id);
    lg_output_say(&worker->output, &line);
    lg_buf_done(&line);
}

static void read_memory(struct lg_worker *worker, int64_t duration_us)
{
    int64_t now = lg_loop_now_ms(loop_of(worker));

    if (duration_us >= LONG_US || now - worker->used_read_ms >= READ_EVERY_MS)
        lg_memory_read(worker);
}

static void say_report(struct lg_worker *worker)
{
    const struct lg_run *run = &worker->run;
    struct lg_report report = {
        .id = run->id,
        .duration_us = lg_loop_now_us(loop_of(worker)) - run->picked_us,
        .timeout_ms = run->timeout_ms,
        .init_us = run->init_us,
        .memory_mb = worker->pool->function->memory_mb,
        .status = run->status,
        .error_type = run->error_type,
    };
    struct lg_buf line;

    if (!lg_output_heard(&worker->output))
        return;
    read_memory(worker, report.duration_us);
    report.used_kib = worker->used_kib;
    lg_buf_init(&line, SIZE_MAX);
    lg_report_end(&line, run->id);
    lg_output_say(&worker->output, &line);
    lg_report_line(&line, &report);
    lg_output_say(&worker->output, &line);
    lg_buf_done(&line);
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
    say_report(worker);
    worker->output.request_id = "";
    hand_over_tail(worker);
}
