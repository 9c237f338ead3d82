/*
 * hop.c -- between the loop of a caller and the home loop of a pool, by letters inside the job.
 *
 *     caller    start ------request----->    home
 *               <-------started-----------
 *               <-------forth-------------   a streamed answer, piece by piece: the next one
 *               -------back-------------->   waits at home until there is room for it
 *               <-------end---------------   the result lies in the job
 *               -------answer------------>   the caller is done with it: home frees it
 *
 * A cancel is a round trip of its own (cancel, and back by the same letter), during which the
 * job stays alive. When both loops are one, a task takes the place of the letters, so that
 * nothing is called back before start() or cancel() returned.
 */
#include <assert.h>

#include "target/pool.h"

static bool is_home(const struct lg_job *job)
{
    return job->from == job->pool->env.loop;
}

static struct lg_mailbox *box_of(const struct lg_pool *pool, const struct lg_loop *loop)
{
    return pool->env.mailboxes[lg_loop_index(loop)];
}

/* --- the end of a job, on the home loop ----------------------------------------------------- */

static void forget_job(struct lg_job *job)
{
    struct lg_pool *pool = job->pool;

    lg_job_free(job);
    assert(pool->jobs > 0);
    pool->jobs--;
    lg_pool_check_drained(pool);
}

static void on_answer(struct lg_letter *letter)
{
    forget_job(LG_CONTAINER(letter, struct lg_job, answer));
}

/* On the caller's loop, when neither it nor a cancel needs the job any more. */
static void give_back(struct lg_job *job)
{
    if (is_home(job))
        forget_job(job);
    else
        lg_mailbox_post_always(job->pool->env.mailbox, &job->answer, on_answer);
}

static void on_back(struct lg_letter *letter)
{
    lg_stream_taken(LG_CONTAINER(letter, struct lg_job, stream.back));
}

static void give_load_back(struct lg_job *job)
{
    if (is_home(job))
        lg_stream_taken(job);
    else
        lg_mailbox_post_always(job->pool->env.mailbox, &job->stream.back, on_back);
}

/* --- telling, on the caller's loop ---------------------------------------------------------- */

static void tell_start(struct lg_job *job)
{
    job->invocation->events->on_start(job->invocation->owner);
}

/* Returns false when the caller wants to wait with the rest. */
static bool tell_data(struct lg_job *job)
{
    const struct lg_result *result = &job->result;
    const struct lg_invocation_events *events = job->invocation->events;
    struct lg_invocation_head head = {
        .content_type = lg_str_of(result->content_type),
        .function_error = result->function_error,
        .streaming = result->streaming,
    };

    if (job->data_given || job->stream.dropped || !result->has_head)
        return true;
    job->data_given = true;
    events->on_head(job->invocation->owner, &head);
    if (result->body.size == 0)
        return true;
    return events->on_data(job->invocation->owner, result->body.data, result->body.size) ==
           LG_FLOW_MORE;
}

static void tell_end(struct lg_job *job)
{
    const struct lg_result *result = &job->result;
    struct lg_invocation *invocation = job->invocation;
    struct lg_invocation_end end = {
        .cause = result->cause,
        .reason = result->reason[0] != '\0' ? result->reason : NULL,
        .log_tail = lg_str_make(result->log_tail, result->log_tail_size),
        .error_type = result->error_type[0] != '\0' ? result->error_type : NULL,
    };

    if (job->stream.on && result->has_head)
        end.document = lg_buf_str(&result->body);
    job->over = true;
    invocation->place = NULL;
    invocation->events->on_end(invocation->owner, &end);
    if (!job->cancelling)
        give_back(job);
}

static void tell_all(struct lg_job *job)
{
    if (tell_data(job))
        tell_end(job);
    else
        job->paused = true;
}

/* The load is its caller's until there is room for the next. */
static void tell_stream(struct lg_job *job)
{
    const struct lg_invocation_events *events = job->invocation->events;
    struct lg_stream *stream = &job->stream;
    struct lg_invocation_head head = {
        .content_type = lg_str_of(job->stream.content_type),
        .streaming = true,
        .passed_on = true,
    };
    enum lg_flow flow = LG_FLOW_MORE;

    if (!job->data_given && !stream->dropped) {
        job->data_given = true;
        events->on_head(job->invocation->owner, &head);
    }
    if (stream->load.size > 0 && !stream->dropped)
        flow = events->on_data(job->invocation->owner, stream->load.data, stream->load.size);
    if (flow == LG_FLOW_PAUSE)
        stream->paused = true;
    else
        give_load_back(job);
}

/* What is added by those who are told waits for the next turn: the last of them frees the job. */
static void on_task(struct lg_task *task)
{
    struct lg_job *job = LG_CONTAINER(task, struct lg_job, task);
    bool start = job->start_due, stream = job->stream_due, end = job->end_due;

    job->start_due = job->stream_due = job->end_due = false;
    if (start)
        tell_start(job);
    if (stream)
        tell_stream(job);
    if (end)
        tell_all(job);
}

static void on_started(struct lg_letter *letter)
{
    tell_start(LG_CONTAINER(letter, struct lg_job, started));
}

static void on_forth(struct lg_letter *letter)
{
    tell_stream(LG_CONTAINER(letter, struct lg_job, stream.forth));
}

static void on_end(struct lg_letter *letter)
{
    struct lg_job *job = LG_CONTAINER(letter, struct lg_job, end);

    atomic_fetch_sub(&job->pool->untold, job->untold);
    tell_all(job);
}

void lg_job_tell_start(struct lg_job *job)
{
    if (!is_home(job)) {
        lg_mailbox_post_always(box_of(job->pool, job->from), &job->started, on_started);
        return;
    }
    job->start_due = true;
    lg_task_queue(job->from, &job->task, on_task);
}

void lg_job_tell_stream(struct lg_job *job)
{
    if (!is_home(job)) {
        lg_mailbox_post_always(box_of(job->pool, job->from), &job->stream.forth, on_forth);
        return;
    }
    job->stream_due = true;
    lg_task_queue(job->from, &job->task, on_task);
}

void lg_job_tell_end(struct lg_job *job)
{
    if (!is_home(job)) {
        job->untold = job->result.body.size;
        atomic_fetch_add(&job->pool->untold, job->untold);
        lg_mailbox_post_always(box_of(job->pool, job->from), &job->end, on_end);
        return;
    }
    job->end_due = true;
    lg_task_queue(job->from, &job->task, on_task);
}

/* --- starting ------------------------------------------------------------------------------- */

static void refuse_late(struct lg_job *job, enum lg_err err)
{
    if (err == LG_ERR_FULL)
        lg_job_end(job, LG_CAUSE_THROTTLED, "too many calls wait already");
    else
        lg_job_end(job, LG_CAUSE_NEVER_STARTED, "the function is shutting down");
}

static void on_request(struct lg_letter *letter)
{
    struct lg_job *job = LG_CONTAINER(letter, struct lg_job, request);
    enum lg_err err;

    job->pool->jobs++;
    err = lg_pool_start(job->pool, job);
    if (err != LG_OK)
        refuse_late(job, err);
}

static enum lg_err start_here(struct lg_pool *pool, struct lg_job *job)
{
    enum lg_err err;

    pool->jobs++;
    err = lg_pool_start(pool, job);
    if (err != LG_OK)
        pool->jobs--;
    return err;
}

enum lg_err lg_hop_start(struct lg_target *target, struct lg_invocation *invocation)
{
    struct lg_pool *pool = LG_CONTAINER(target, struct lg_pool, target);
    struct lg_loop *from = lg_loop_current() != NULL ? lg_loop_current() : pool->env.loop;
    struct lg_job *job;
    enum lg_err err;

    if (atomic_load(&pool->closed))
        return LG_ERR_CLOSED;
    job = lg_job_new(pool, invocation, from);
    invocation->loop = from;
    invocation->place = job;
    if (is_home(job))
        err = start_here(pool, job);
    else
        err = lg_mailbox_post(pool->env.mailbox, &job->request, on_request);
    if (err == LG_OK)
        return LG_OK;
    invocation->place = NULL;
    lg_job_free(job);
    return err;
}

/* --- cancelling ----------------------------------------------------------------------------- */

static void post_cancel(struct lg_job *job);

/* What weighs more goes first. */
static enum lg_cancel take_next(struct lg_job *job)
{
    enum lg_cancel next = LG_CANCEL_WITHDRAW;

    if ((job->cancel_next & 1u << LG_CANCEL_ABANDON) != 0)
        next = LG_CANCEL_ABANDON;
    if ((job->cancel_next & 1u << LG_CANCEL_TIMEOUT) != 0)
        next = LG_CANCEL_TIMEOUT;
    job->cancel_next &= ~(1u << next);
    return next;
}

/* Back on the caller's loop. */
static void on_cancelled(struct lg_letter *letter)
{
    struct lg_job *job = LG_CONTAINER(letter, struct lg_job, cancel);

    job->cancelling = false;
    if (job->over) {
        give_back(job);
    } else if (job->cancel_next != 0) {
        job->why = take_next(job);
        post_cancel(job);
    }
}

static void on_cancel(struct lg_letter *letter)
{
    struct lg_job *job = LG_CONTAINER(letter, struct lg_job, cancel);

    lg_pool_cancel(job->pool, job, job->why);
    lg_mailbox_post_always(box_of(job->pool, job->from), &job->cancel, on_cancelled);
}

static void post_cancel(struct lg_job *job)
{
    job->cancelling = true;
    lg_mailbox_post_always(job->pool->env.mailbox, &job->cancel, on_cancel);
}

void lg_hop_cancel(struct lg_target *target, struct lg_invocation *invocation, enum lg_cancel why)
{
    struct lg_job *job = invocation->place;

    (void)target;
    assert(job != NULL && "cancelled after its end");
    job->stream.dropped = job->stream.dropped || why == LG_CANCEL_ABANDON;
    if (job->paused) {
        lg_hop_resume(target, invocation);
        return;
    }
    if (is_home(job)) {
        lg_pool_cancel(job->pool, job, why);
        return;
    }
    if (job->cancelling) {
        job->cancel_next |= 1u << why;
        return;
    }
    job->why = why;
    post_cancel(job);
}

static void on_resumed(struct lg_task *task)
{
    tell_end(LG_CONTAINER(task, struct lg_job, task));
}

void lg_hop_resume(struct lg_target *target, struct lg_invocation *invocation)
{
    struct lg_job *job = invocation->place;

    (void)target;
    if (job != NULL && job->stream.paused) {
        job->stream.paused = false;
        give_load_back(job);
    }
    if (job == NULL || !job->paused)
        return;
    job->paused = false;
    lg_task_queue(job->from, &job->task, on_resumed);
}

/* --- draining ------------------------------------------------------------------------------- */

static void on_drain(struct lg_letter *letter)
{
    lg_pool_drain(LG_CONTAINER(letter, struct lg_pool, drain));
}

void lg_hop_drain(struct lg_target *target, void (*on_drained)(void *context), void *context)
{
    struct lg_pool *pool = LG_CONTAINER(target, struct lg_pool, target);
    struct lg_loop *from = lg_loop_current() != NULL ? lg_loop_current() : pool->env.loop;

    assert(!atomic_load(&pool->closed) && "drained twice");
    atomic_store(&pool->closed, true);
    pool->drained_loop = from;
    pool->on_drained = on_drained;
    pool->drained_context = context;
    /* By letter from home too: what other loops started before comes in first. */
    lg_mailbox_post_always(pool->env.mailbox, &pool->drain, on_drain);
}

static void on_drained_letter(struct lg_letter *letter)
{
    struct lg_pool *pool = LG_CONTAINER(letter, struct lg_pool, drained_letter);

    pool->on_drained(pool->drained_context);
}

static void on_drained_task(struct lg_task *task)
{
    struct lg_pool *pool = LG_CONTAINER(task, struct lg_pool, drained_task);

    pool->on_drained(pool->drained_context);
}

void lg_hop_tell_drained(struct lg_pool *pool)
{
    if (pool->drained_loop == pool->env.loop)
        lg_task_queue(pool->env.loop, &pool->drained_task, on_drained_task);
    else
        lg_mailbox_post_always(box_of(pool, pool->drained_loop), &pool->drained_letter,
                               on_drained_letter);
}
