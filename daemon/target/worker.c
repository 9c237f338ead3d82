/* worker.c -- one process through its states, and the lines around what it does. */
#include <assert.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "observe/log.h"
#include "target/memory.h"
#include "target/run.h"
#include "target/say.h"
#include "target/spawn.h"

#define STOP_GRACE_MS 2000   /* from SIGTERM to SIGKILL */
#define SETTLE_MIN_MS 1000   /* for work after an answer that came just before the deadline */
#define LOST_MS 10000        /* from a lost `next` to the process's new one */
#define SOUND_AFTER_MS 10000 /* one that lived so long did start, even if it never served */

#define SHRINK_PAUSE_MS 1000 /* between the ends of two processes that have nothing to do */

static void arm(struct lg_worker *worker);
static void on_timer(struct lg_timer *timer);

static struct lg_loop *loop_of(const struct lg_worker *worker)
{
    return worker->pool->env.loop;
}

/* --- states --------------------------------------------------------------------------------- */

/* A pool that is being drained shares its metrics with the one that a reload put in its place. */
static void count(struct lg_pool *pool, enum lg_worker_state state, int change)
{
    pool->counts[state] = (unsigned)((int)pool->counts[state] + change);
    atomic_store(&pool->shown.workers[state], pool->counts[state]);
    lg_metric_add(pool->metrics.workers[state], change);
}

static void leave_state(struct lg_worker *worker)
{
    if (!lg_link_in_list(&worker->link))
        return;
    lg_list_remove(&worker->link);
    count(worker->pool, worker->state, -1);
    if (worker->state == LG_WORKER_STARTING)
        lg_starts_end(worker->pool->env.starts);
}

/* The one that came last is the first to be used, so that the others can go when it is calm. */
void lg_worker_move(struct lg_worker *worker, enum lg_worker_state state)
{
    struct lg_pool *pool = worker->pool;

    leave_state(worker);
    worker->state = state;
    lg_list_add_first(&pool->workers[state], &worker->link);
    count(pool, state, 1);
    if (state == LG_WORKER_STARTING)
        lg_starts_begin(pool->env.starts);
    arm(worker);
}

/* --- its end -------------------------------------------------------------------------------- */

void lg_worker_stop(struct lg_worker *worker, const char *why)
{
    if (worker->state == LG_WORKER_STOPPING)
        return;
    worker->why = why;
    lg_keeper_signal(worker->pool->env.keeper, worker->ticket, SIGTERM);
    lg_worker_move(worker, LG_WORKER_STOPPING);
}

void lg_worker_kill(struct lg_worker *worker, const char *why)
{
    if (worker->why == NULL)
        worker->why = why;
    lg_keeper_signal(worker->pool->env.keeper, worker->ticket, SIGKILL);
    lg_worker_move(worker, LG_WORKER_STOPPING);
    lg_timer_clear(loop_of(worker), &worker->timer);
}

static void fail_init(struct lg_worker *worker, enum lg_report_status status,
                      struct lg_init_error *error)
{
    assert(worker->state != LG_WORKER_STARTING && "must not count as one that will come");
    lg_output_drain(&worker->output);
    lg_say_init_failed(worker, status, error->type);
    lg_pool_init_failed(worker->pool, error);
}

static void on_init_timeout(struct lg_worker *worker)
{
    struct lg_init_error error = { .type = "Sandbox.Timedout" };
    char text[LG_REPORT_TEXT_SIZE];

    lg_report_timeout_text(worker->pool->function->workers->init_timeout_ms, text);
    lg_buf_init(&error.text, SIZE_MAX);
    lg_buf_add_cstr(&error.text, text);
    (void)snprintf(error.reason, sizeof(error.reason), "it did not ask for an invocation in time");
    lg_worker_kill(worker, "init_timeout");
    fail_init(worker, LG_REPORT_TIMEOUT, &error);
    lg_pool_balance(worker->pool);
}

void lg_worker_init_error(struct lg_worker *worker, struct lg_buf *body, const char *error_type)
{
    struct lg_init_error error = { .verbatim = body->size > 0 };

    assert(worker->state == LG_WORKER_STARTING);
    worker->init_error_sent = true;
    worker->why = "init_error";
    lg_worker_move(worker, LG_WORKER_STOPPING);
    error.text = *body;
    lg_buf_init(body, SIZE_MAX);
    lg_cstr_copy(error.type, sizeof(error.type), error_type);
    (void)snprintf(error.reason, sizeof(error.reason), "init error: %s", error_type);
    fail_init(worker, LG_REPORT_ERROR, &error);
    lg_pool_balance(worker->pool);
}

/* The process died with an invocation in its hands, or in the work after one. */
static void end_run_by_exit(struct lg_worker *worker, int status)
{
    struct lg_job *job = worker->job;
    char text[LG_REPORT_TEXT_SIZE];
    struct lg_buf message, document;

    lg_buf_init(&message, SIZE_MAX);
    lg_buf_init(&document, SIZE_MAX);
    lg_report_exit_message(&message, status);
    lg_report_exit_text(status, text);
    lg_report_document(&document, "Runtime.ExitError", worker->run.id, lg_buf_str(&message));
    lg_output_drain(&worker->output);
    lg_say_exit(worker, status);
    worker->run.status = LG_REPORT_ERROR;
    (void)snprintf(worker->run.error_type, sizeof(worker->run.error_type), "Runtime.ExitError");
    lg_run_settle(worker);
    if (job != NULL) {
        worker->job = NULL;
        lg_job_document(job, "Runtime.ExitError", &document);
        lg_job_end(job, LG_CAUSE_FUNCTION_ERROR, text);
    }
    lg_buf_done(&message);
    lg_buf_done(&document);
}

static void end_idle_by_exit(struct lg_worker *worker, const struct lg_keeper_exit *how)
{
    struct lg_pool *pool = worker->pool;
    char text[LG_REPORT_TEXT_SIZE];
    int64_t lived_us = lg_loop_now_us(loop_of(worker)) - worker->ready_us;
    struct lg_init_error error;

    lg_report_exit_text(how->status, text);
    lg_log(LG_LOG_WARN, pool->who, "", "a process ended while it was idle: %s", text);
    if (worker->served > 0 || lived_us >= (int64_t)SOUND_AFTER_MS * 1000) {
        pool->failures = 0;
        return;
    }
    lg_spawn_describe(pool->function->workers, how->error, how->status, &error);
    lg_pool_back_off(pool, &error);
}

static void free_worker(struct lg_worker *worker)
{
    assert(worker->job == NULL && !worker->run.open);
    lg_timer_clear(loop_of(worker), &worker->timer);
    lg_output_close(&worker->output);
    lg_port_close(worker->port);
    leave_state(worker);
    free(worker);
}

static void on_exit_status(void *owner, const struct lg_keeper_exit *how)
{
    struct lg_worker *worker = owner;
    struct lg_pool *pool = worker->pool;
    enum lg_worker_state state = worker->state;
    struct lg_init_error init_error;

    worker->pid = 0;
    if (how->peak_kib > worker->used_kib)
        worker->used_kib = how->peak_kib;
    if (how->out_of_memory) {
        lg_log(LG_LOG_WARN, pool->who, worker->output.request_id,
               "a process used all of its %" PRId64 " MB: killed by the kernel",
               pool->function->memory_mb);
        worker->why = "memory";
    }
    lg_pool_count_exit(pool, worker->why != NULL ? worker->why : "exit");
    lg_worker_move(worker, LG_WORKER_STOPPING);
    if (state == LG_WORKER_STARTING) {
        lg_spawn_describe(pool->function->workers, how->error, how->status, &init_error);
        init_error.scarce = init_error.scarce || worker->turned_away;
        fail_init(worker, LG_REPORT_ERROR, &init_error);
    } else if (worker->run.open) {
        end_run_by_exit(worker, how->status);
    } else if (state != LG_WORKER_STOPPING) {
        end_idle_by_exit(worker, how);
    }
    free_worker(worker);
    lg_pool_balance(pool);
    lg_pool_check_drained(pool);
}

static void on_spawned(void *owner, pid_t pid, bool limited)
{
    struct lg_worker *worker = owner;

    worker->pid = pid;
    worker->limited = limited;
    if (!limited)
        lg_memory_watch(worker->pool);
}

const struct lg_keeper_events lg_worker_keeper_events = { on_spawned, on_exit_status };

/* --- its time in a state -------------------------------------------------------------------- */

/* One by one: what a crowd needed may be needed again a moment after it left. */
static int64_t shrink_pause_ms(const struct lg_pool *pool)
{
    int64_t pause_ms = pool->function->workers->idle_timeout_ms / 10;

    return pause_ms < SHRINK_PAUSE_MS ? pause_ms : SHRINK_PAUSE_MS;
}

static void on_idle_timeout(struct lg_worker *worker)
{
    struct lg_pool *pool = worker->pool;
    int64_t now = lg_loop_now_ms(loop_of(worker));
    int64_t next = pool->shrunk_ms + shrink_pause_ms(pool);

    if (lg_pool_live(pool) <= (unsigned)pool->function->workers->min) {
        arm(worker);
    } else if (now < next) {
        lg_timer_set(loop_of(worker), &worker->timer, next, on_timer);
    } else {
        pool->shrunk_ms = now;
        lg_worker_stop(worker, "idle");
    }
}

static void on_away_too_long(struct lg_worker *worker)
{
    struct lg_pool *pool = worker->pool;

    lg_log(LG_LOG_WARN, pool->who, worker->output.request_id,
           "a process did not ask for its next invocation in time: killed");
    if (worker->run.open)
        worker->run.status = LG_REPORT_TIMEOUT;
    lg_run_settle(worker);
    lg_worker_kill(worker, "stuck");
    lg_pool_balance(pool);
}

static void on_timer(struct lg_timer *timer)
{
    struct lg_worker *worker = LG_CONTAINER(timer, struct lg_worker, timer);

    switch (worker->state) {
    case LG_WORKER_STARTING:
        on_init_timeout(worker);
        break;
    case LG_WORKER_IDLE:
        on_idle_timeout(worker);
        break;
    case LG_WORKER_AWAY:
        on_away_too_long(worker);
        break;
    case LG_WORKER_STOPPING:
        lg_worker_kill(worker, worker->why);
        break;
    case LG_WORKER_BUSY: /* its time is the caller's to watch */
        break;
    }
}

static int64_t away_until(const struct lg_worker *worker, int64_t now)
{
    if (!worker->run.open)
        return now + LOST_MS;
    return worker->run.deadline_ms > now + SETTLE_MIN_MS ? worker->run.deadline_ms
                                                         : now + SETTLE_MIN_MS;
}

/* When its time in its state is over; -1: that is for its caller to say. */
static int64_t due(const struct lg_worker *worker, int64_t now)
{
    const struct lg_config_workers *config = worker->pool->function->workers;

    switch (worker->state) {
    case LG_WORKER_STARTING:
        return now + config->init_timeout_ms;
    case LG_WORKER_IDLE:
        return now + config->idle_timeout_ms;
    case LG_WORKER_AWAY:
        return away_until(worker, now);
    case LG_WORKER_STOPPING:
        return now + STOP_GRACE_MS;
    case LG_WORKER_BUSY:
        break;
    }
    return -1;
}

static void arm(struct lg_worker *worker)
{
    int64_t at = due(worker, lg_loop_now_ms(loop_of(worker)));

    if (at < 0)
        lg_timer_clear(loop_of(worker), &worker->timer);
    else
        lg_timer_set(loop_of(worker), &worker->timer, at, on_timer);
}

/* --- its work ------------------------------------------------------------------------------- */

void lg_worker_start(struct lg_pool *pool)
{
    struct lg_worker *worker = LG_NEW(struct lg_worker);
    struct lg_init_error error;

    worker->pool = pool;
    worker->spawned_us = lg_loop_now_us(pool->env.loop);
    worker->used_read_ms = INT64_MIN / 2;
    worker->generation = pool->generation;
    worker->provisioned = pool->waiting_count <= pool->counts[LG_WORKER_STARTING];
    if (lg_spawn(worker, &error) != LG_OK) {
        free(worker);
        lg_pool_init_failed(pool, &error);
        return;
    }
    lg_worker_move(worker, LG_WORKER_STARTING);
    lg_metric_add(pool->metrics.starts, 1);
    atomic_fetch_add(&pool->shown.started, 1);
    if (pool->function->logging != NULL)
        worker->output.least = pool->function->logging->application_level;
    lg_say_init_start(worker);
}

void lg_worker_give(struct lg_worker *worker, struct lg_job *job)
{
    struct lg_ask *ask = worker->next;

    assert(worker->state == LG_WORKER_IDLE && ask != NULL && !worker->run.open);
    worker->next = NULL;
    worker->job = job;
    job->worker = worker;
    lg_run_open(worker, job);
    if (worker->served == 0 && job->came_us < worker->ready_us)
        lg_metric_add(worker->pool->metrics.cold_starts, 1);
    lg_worker_move(worker, LG_WORKER_BUSY);
    if (!worker->limited)
        lg_memory_watch(worker->pool);
    lg_say_start(worker, job->invocation->arn != NULL ? job->invocation->arn : worker->pool->arn);
    lg_ask_send(ask, job);
    lg_job_tell_start(job);
}

static void wait_for_work(struct lg_worker *worker, struct lg_ask *ask)
{
    struct lg_ask *old = worker->next;

    worker->next = ask;
    /* A runtime that asks again has given its first request up. */
    if (old != NULL)
        lg_ask_abort(old);
}

void lg_worker_next(struct lg_worker *worker, struct lg_ask *ask)
{
    struct lg_pool *pool = worker->pool;

    if (worker->state == LG_WORKER_BUSY && worker->job->stream.broken)
        lg_worker_truncated(worker);
    /* It is being killed (memory.c): a call that it took now would die with it. */
    if (worker->why != NULL &&
        (worker->state == LG_WORKER_STARTING || worker->state == LG_WORKER_AWAY)) {
        lg_ask_abort(ask);
        return;
    }
    switch (worker->state) {
    case LG_WORKER_BUSY:
        lg_ask_send(ask, worker->job);
        return;
    case LG_WORKER_IDLE:
    case LG_WORKER_STOPPING:
        wait_for_work(worker, ask);
        return;
    case LG_WORKER_STARTING:
        worker->ready_us = lg_loop_now_us(loop_of(worker));
        lg_histogram_observe_us(pool->metrics.init, worker->ready_us - worker->spawned_us);
        lg_output_drain(&worker->output); /* before the first START */
        lg_say_init_done(worker);
        break;
    case LG_WORKER_AWAY:
        lg_run_settle(worker);
        break;
    }
    wait_for_work(worker, ask);
    if (pool->draining) {
        lg_worker_stop(worker, "drain");
        return;
    }
    if (worker->generation != pool->generation) {
        lg_worker_stop(worker, "change");
        lg_pool_balance(pool);
        return;
    }
    lg_worker_move(worker, LG_WORKER_IDLE);
    lg_pool_balance(pool);
}

static void go_away(struct lg_worker *worker)
{
    worker->away_ms = lg_loop_now_ms(loop_of(worker));
    lg_worker_move(worker, LG_WORKER_AWAY);
}

void lg_worker_next_lost(struct lg_worker *worker)
{
    worker->next = NULL;
    if (worker->state == LG_WORKER_IDLE)
        go_away(worker);
}

void lg_worker_answered(struct lg_worker *worker, enum lg_report_status status,
                        const char *error_type)
{
    assert(worker->state == LG_WORKER_BUSY);
    worker->job = NULL;
    worker->served++;
    worker->pool->failures = 0;
    worker->run.status = status;
    worker->run.answered_us = lg_loop_now_us(loop_of(worker));
    lg_cstr_copy(worker->run.error_type, sizeof(worker->run.error_type), error_type);
    go_away(worker);
}

void lg_worker_timed_out(struct lg_worker *worker)
{
    struct lg_job *job = worker->job;
    const struct lg_run *run = &worker->run;
    char text[LG_REPORT_TEXT_SIZE];
    struct lg_buf document;

    assert(worker->state == LG_WORKER_BUSY);
    lg_buf_init(&document, SIZE_MAX);
    lg_report_timeout_text(run->timeout_ms, text);
    lg_report_document(&document, "Sandbox.Timedout", run->id, lg_str_of(text));
    lg_output_drain(&worker->output);
    lg_say_timed_out(worker);
    worker->run.status = LG_REPORT_TIMEOUT;
    lg_run_settle(worker);
    worker->job = NULL;
    lg_worker_kill(worker, "timeout");
    lg_job_document(job, "Sandbox.Timedout", &document);
    lg_job_end(job, LG_CAUSE_TIMEOUT, text);
    lg_pool_balance(worker->pool);
}

enum lg_runtime_state lg_worker_runtime_state(const struct lg_worker *worker)
{
    switch (worker->state) {
    case LG_WORKER_STARTING:
        return LG_RUNTIME_STARTED;
    case LG_WORKER_IDLE:
        return LG_RUNTIME_READY;
    case LG_WORKER_BUSY:
        return LG_RUNTIME_RUNNING;
    case LG_WORKER_AWAY:
        return LG_RUNTIME_RESPONSE_SENT;
    case LG_WORKER_STOPPING:
        break;
    }
    return worker->init_error_sent ? LG_RUNTIME_INIT_ERROR_SENT : LG_RUNTIME_READY;
}
