/* pool.c -- who waits, who works, and how many processes there should be. */
#include "target/pool.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/mem.h"
#include "observe/log.h"
#include "target/changes.h"
#include "target/memory.h"

#define BACKOFF_FIRST_MS 100
#define BACKOFF_MAX_MS 30000
/*
 * A worker asks for the next invocation a moment after it answered. A caller that calls again at
 * once should find that worker, not cause a second process.
 */
#define TRUST_MS 50
/*
 * A result counts in the memory budget from when its caller's loop hears of it. One that is held up
 * shall not have many of them lie before it.
 */
#define UNTOLD_MAX ((size_t)16 * 1024 * 1024)
#define UNTOLD_LOOK_MS 2
#define PATIENCE_MS 500 /* for connections that outlive their worker, when all else is drained */

unsigned lg_pool_live(const struct lg_pool *pool)
{
    return pool->counts[LG_WORKER_STARTING] + pool->counts[LG_WORKER_IDLE] +
           pool->counts[LG_WORKER_BUSY] + pool->counts[LG_WORKER_AWAY];
}

static bool backing_off(const struct lg_pool *pool)
{
    return lg_timer_armed(&pool->backoff_timer);
}

/* --- those who wait ------------------------------------------------------------------------- */

static void count_waiting(struct lg_pool *pool, int change)
{
    pool->waiting_count = (size_t)((ptrdiff_t)pool->waiting_count + change);
    atomic_store(&pool->shown.waiting, (unsigned)pool->waiting_count);
    lg_metric_add(pool->metrics.waiting, change);
}

static void stop_waiting(struct lg_pool *pool, struct lg_job *job)
{
    lg_list_remove(&job->link);
    count_waiting(pool, -1);
}

static struct lg_job *first_waiting(struct lg_pool *pool)
{
    struct lg_link *link = lg_list_first(&pool->waiting);

    return link == NULL ? NULL : LG_LIST_OF(link, struct lg_job, link);
}

static void end_waiting(struct lg_pool *pool, enum lg_cause cause, const char *reason)
{
    struct lg_job *job;

    while ((job = first_waiting(pool)) != NULL) {
        stop_waiting(pool, job);
        lg_job_end(job, cause, reason);
    }
}

/*
 * As on AWS, the caller of a function that cannot start gets the reason as the function's error.
 * Where the machine was short of something it is no fault of the function: a repeat may succeed.
 */
static void end_by_init_error(struct lg_pool *pool, struct lg_job *job)
{
    const struct lg_init_error *error = &pool->init_error;
    struct lg_buf document;

    if (error->scarce) {
        lg_job_end(job, LG_CAUSE_NEVER_STARTED, error->reason);
        return;
    }
    lg_buf_init(&document, SIZE_MAX);
    if (error->verbatim)
        lg_buf_add_str(&document, lg_buf_str(&error->text));
    else
        lg_report_document(&document, error->type, job->invocation->id, lg_buf_str(&error->text));
    lg_job_document(job, error->type, &document);
    lg_job_end(job, LG_CAUSE_FUNCTION_ERROR, error->reason);
}

/* --- processes that cannot start ------------------------------------------------------------ */

static void on_backoff_over(struct lg_timer *timer)
{
    lg_pool_balance(LG_CONTAINER(timer, struct lg_pool, backoff_timer));
}

void lg_pool_back_off(struct lg_pool *pool, struct lg_init_error *error)
{
    int64_t wait_ms = BACKOFF_MAX_MS;

    lg_buf_done(&pool->init_error.text);
    pool->init_error = *error;
    if (pool->failures < 9)
        wait_ms = (int64_t)BACKOFF_FIRST_MS << pool->failures;
    if (wait_ms > BACKOFF_MAX_MS)
        wait_ms = BACKOFF_MAX_MS;
    pool->failures++;
    if (pool->draining)
        return;
    lg_log(LG_LOG_WARN, pool->who, "", "next start in %" PRId64 " ms", wait_ms);
    lg_timer_set(pool->env.loop, &pool->backoff_timer, lg_loop_now_ms(pool->env.loop) + wait_ms,
                 on_backoff_over);
}

void lg_pool_init_failed(struct lg_pool *pool, struct lg_init_error *error)
{
    struct lg_job *job;

    lg_log(LG_LOG_WARN, pool->who, "", "a process could not start: %s", error->reason);
    lg_metric_add(pool->metrics.start_failures, 1);
    lg_pool_back_off(pool, error);
    if (lg_pool_live(pool) > 0)
        return;
    while ((job = first_waiting(pool)) != NULL) {
        stop_waiting(pool, job);
        end_by_init_error(pool, job);
    }
}

/* --- how many processes --------------------------------------------------------------------- */

static void on_trust_over(struct lg_timer *timer)
{
    lg_pool_balance(LG_CONTAINER(timer, struct lg_pool, scale_timer));
}

/* Workers that answered so recently that they will ask again; wakes us when that proves wrong. */
static unsigned count_trusted(struct lg_pool *pool)
{
    int64_t now = lg_loop_now_ms(pool->env.loop);
    int64_t wake = INT64_MAX;
    unsigned trusted = 0;
    struct lg_link *link = lg_list_first(&pool->workers[LG_WORKER_AWAY]);

    for (; link != NULL; link = lg_list_after(&pool->workers[LG_WORKER_AWAY], link)) {
        const struct lg_worker *worker = LG_LIST_OF(link, struct lg_worker, link);

        if (now - worker->away_ms >= TRUST_MS)
            continue;
        trusted++;
        if (worker->away_ms + TRUST_MS < wake)
            wake = worker->away_ms + TRUST_MS;
    }
    if (trusted > 0)
        lg_timer_set(pool->env.loop, &pool->scale_timer, wake, on_trust_over);
    return trusted;
}

/* After a start that failed, one process has to prove that it works before others follow. */
static bool is_on_probation(const struct lg_pool *pool)
{
    return pool->failures > 0 && pool->counts[LG_WORKER_STARTING] > 0;
}

static bool may_start(const struct lg_pool *pool)
{
    return !pool->draining && !backing_off(pool) && !is_on_probation(pool) &&
           lg_pool_live(pool) < (unsigned)pool->function->workers->max;
}

static bool should_start(struct lg_pool *pool)
{
    size_t coming = pool->counts[LG_WORKER_STARTING];

    if (lg_pool_live(pool) < (unsigned)pool->function->workers->min)
        return true;
    if (pool->waiting_count <= coming)
        return false;
    return pool->waiting_count > coming + count_trusted(pool);
}

static void on_told(struct lg_timer *timer)
{
    lg_pool_balance(LG_CONTAINER(timer, struct lg_pool, untold_timer));
}

/* Whether other loops have to hear of results first; looks again by itself. */
static bool is_ahead(struct lg_pool *pool)
{
    if (atomic_load(&pool->untold) < UNTOLD_MAX)
        return false;
    lg_timer_set(pool->env.loop, &pool->untold_timer,
                 lg_loop_now_ms(pool->env.loop) + UNTOLD_LOOK_MS, on_told);
    return true;
}

void lg_pool_balance(struct lg_pool *pool)
{
    struct lg_link *idle;
    struct lg_job *job;

    while ((job = first_waiting(pool)) != NULL &&
           (idle = lg_list_first(&pool->workers[LG_WORKER_IDLE])) != NULL) {
        if (is_ahead(pool))
            return;
        stop_waiting(pool, job);
        lg_worker_give(LG_LIST_OF(idle, struct lg_worker, link), job);
    }
    while (may_start(pool) && should_start(pool) &&
           lg_starts_may(pool->env.starts, &pool->starter, pool->counts[LG_WORKER_STARTING]))
        lg_worker_start(pool);
}

void lg_pool_start_again(struct lg_starter *starter)
{
    lg_pool_balance(LG_CONTAINER(starter, struct lg_pool, starter));
}

/* --- the target's functions ----------------------------------------------------------------- */

/* Calls that a process will take as soon as it has started do not count against the queue. */
static bool has_room(const struct lg_pool *pool)
{
    unsigned live = lg_pool_live(pool), max = (unsigned)pool->function->workers->max;
    size_t free_processes = pool->counts[LG_WORKER_STARTING] + pool->counts[LG_WORKER_IDLE];

    if (!backing_off(pool) && live < max)
        free_processes += max - live;
    return pool->waiting_count < (size_t)pool->function->queue + free_processes;
}

enum lg_err lg_pool_start(struct lg_pool *pool, struct lg_job *job)
{
    if (pool->draining)
        return LG_ERR_CLOSED;
    job->came_us = lg_loop_now_us(pool->env.loop);
    if (backing_off(pool) && lg_pool_live(pool) == 0) {
        end_by_init_error(pool, job);
        return LG_OK;
    }
    if (!has_room(pool))
        return LG_ERR_FULL;
    lg_list_add_last(&pool->waiting, &job->link);
    count_waiting(pool, 1);
    lg_pool_balance(pool);
    return LG_OK;
}

/* A function that has not begun to answer runs on, as on AWS: its answer is cut when it comes. */
static void abandon(struct lg_job *job)
{
    bool end_waits = job->ended && !lg_stream_empty(job);

    job->stream.abandoned = true;
    lg_stream_drop(job);
    if (end_waits)
        lg_job_settle(job);
    else if (!job->ended && job->stream.on)
        lg_worker_abandoned(job->worker);
}

void lg_pool_cancel(struct lg_pool *pool, struct lg_job *job, enum lg_cancel why)
{
    if (lg_link_in_list(&job->link)) {
        stop_waiting(pool, job);
        lg_job_end(job, LG_CAUSE_NEVER_STARTED,
                   why == LG_CANCEL_TIMEOUT ? "timed out before a process was free"
                                            : "withdrawn before a process was free");
        return;
    }
    if (why == LG_CANCEL_ABANDON) {
        abandon(job);
        return;
    }
    /* Without a worker its result is on its way: it answered in time. */
    if (why == LG_CANCEL_TIMEOUT && job->worker != NULL)
        lg_worker_timed_out(job->worker);
}

/* Those that work after their answer are let finish; lg_worker_next() stops them. */
static void stop_away(struct lg_pool *pool, const char *why)
{
    struct lg_link *head = &pool->workers[LG_WORKER_AWAY];
    struct lg_link *link = lg_list_first(head);

    while (link != NULL) {
        struct lg_worker *worker = LG_LIST_OF(link, struct lg_worker, link);

        link = lg_list_after(head, link);
        if (!worker->run.open)
            lg_worker_stop(worker, why);
    }
}

/* All that have no call in their hands. */
static void stop_free(struct lg_pool *pool, const char *why)
{
    static const enum lg_worker_state stopped[] = { LG_WORKER_STARTING, LG_WORKER_IDLE };
    struct lg_link *link;

    for (size_t i = 0; i < LG_COUNT(stopped); i++) {
        while ((link = lg_list_first(&pool->workers[stopped[i]])) != NULL)
            lg_worker_stop(LG_LIST_OF(link, struct lg_worker, link), why);
    }
    stop_away(pool, why);
}

void lg_pool_replace(struct lg_pool *pool)
{
    if (pool->draining)
        return;
    lg_log(LG_LOG_INFO, pool->who, "", "its files changed: new processes");
    pool->generation++;
    pool->failures = 0; /* what could not start may be repaired now */
    lg_timer_clear(pool->env.loop, &pool->backoff_timer);
    stop_free(pool, "change");
    lg_pool_balance(pool);
}

void lg_pool_drain(struct lg_pool *pool)
{
    pool->draining = true;
    lg_timer_clear(pool->env.loop, &pool->backoff_timer);
    lg_timer_clear(pool->env.loop, &pool->scale_timer);
    lg_timer_clear(pool->env.loop, &pool->untold_timer);
    lg_starts_leave(&pool->starter);
    lg_changes_close(pool->changes);
    pool->changes = NULL;
    end_waiting(pool, LG_CAUSE_NEVER_STARTED, "the function is shutting down");
    stop_free(pool, "drain");
    lg_pool_check_drained(pool);
}

static void on_patience_over(struct lg_timer *timer)
{
    struct lg_pool *pool = LG_CONTAINER(timer, struct lg_pool, patience_timer);

    pool->impatient = true;
    lg_pool_check_drained(pool);
}

/* The dead leave their connections a turn later; a stranger's may stay for ever. */
static bool still_connected(struct lg_pool *pool)
{
    if (pool->impatient || lg_list_empty(&pool->ports))
        return false;
    if (!lg_timer_armed(&pool->patience_timer))
        lg_timer_set(pool->env.loop, &pool->patience_timer,
                     lg_loop_now_ms(pool->env.loop) + PATIENCE_MS, on_patience_over);
    return true;
}

void lg_pool_check_drained(struct lg_pool *pool)
{
    if (!pool->draining || pool->drained || pool->jobs > 0)
        return;
    if (lg_pool_live(pool) > 0 || pool->counts[LG_WORKER_STOPPING] > 0 || still_connected(pool))
        return;
    pool->drained = true;
    lg_memory_forget(pool);
    lg_timer_clear(pool->env.loop, &pool->patience_timer);
    lg_hop_tell_drained(pool);
}

void lg_pool_count_exit(struct lg_pool *pool, const char *cause)
{
    struct lg_buf labels;

    lg_buf_init(&labels, SIZE_MAX);
    lg_metric_label(&labels, "function", pool->function->name);
    lg_metric_label(&labels, "cause", cause);
    lg_buf_add_char(&labels, '\0');
    lg_metric_add(lg_metric_get(LG_METRIC_COUNTER, "lambdagate_worker_exits_total", labels.data,
                                "Worker processes that ended, by cause."),
                  1);
    lg_buf_done(&labels);
}
