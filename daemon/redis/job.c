/*
 * job.c -- one call: RPUSH, then a reply, or a withdrawal whose LREM says what is known.
 *
 * LREM 1: it was still in the queue, so it has never started. LREM 0: a worker has taken it (or it
 * went with its key), and from then on the call runs.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "redis/hub.h"
#include "target/report.h"

struct lg_redis_job *lg_redis_job_new(struct lg_redis_hub *hub, struct lg_redis_queue *queue,
                                      struct lg_invocation *invocation)
{
    struct lg_redis_job *job = LG_NEW(struct lg_redis_job);

    job->hub = hub;
    job->queue = queue;
    job->invocation = invocation;
    job->references = 1;
    invocation->loop = hub->loop;
    invocation->place = job;
    lg_redis_table_add(&hub->jobs, job);
    lg_metric_add(queue->metrics.in_flight, 1);
    return job;
}

static void unref(struct lg_redis_job *job)
{
    if (--job->references > 0)
        return;
    free(job->line);
    free(job);
}

/* --- the end ---------------------------------------------------------------------------------- */

static void end(struct lg_redis_job *job, const struct lg_invocation_end *how)
{
    struct lg_invocation *invocation = job->invocation;
    struct lg_redis_queue *queue = job->queue;

    lg_task_cancel(&job->task);
    lg_redis_table_remove(&job->hub->jobs, job);
    invocation->place = NULL;
    job->invocation = NULL;
    job->queue = NULL;
    lg_metric_add(queue->metrics.in_flight, -1);
    invocation->events->on_end(invocation->owner, how);
    unref(job);
    lg_redis_queue_leave(queue);
}

static void end_with(struct lg_redis_job *job, enum lg_cause cause, const char *reason)
{
    struct lg_invocation_end how = { .cause = cause, .reason = reason };

    end(job, &how);
}

static void on_end_task(struct lg_task *task)
{
    struct lg_redis_job *job = LG_CONTAINER(task, struct lg_redis_job, task);

    end_with(job, job->cause, job->reason);
}

void lg_redis_job_end_later(struct lg_redis_job *job, enum lg_cause cause, const char *reason)
{
    if (lg_link_in_list(&job->task.link))
        return;
    job->cause = cause;
    lg_cstr_copy(job->reason, sizeof(job->reason), reason);
    lg_task_queue(job->hub->loop, &job->task, on_end_task);
}

static void tell_start(struct lg_redis_job *job)
{
    job->taken = true;
    if (job->started)
        return;
    job->started = true;
    job->invocation->events->on_start(job->invocation->owner);
}

/* Whether what a command says about the job still matters; gives its reference back. */
static bool is_open(struct lg_redis_job *job)
{
    bool open = job->invocation != NULL && !lg_link_in_list(&job->task.link);

    if (!open) {
        unref(job);
        return false;
    }
    job->references--;
    assert(job->references > 0 && "an open call has a reference of its own");
    return true;
}

/* --- taking it back --------------------------------------------------------------------------- */

static void on_removed(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_job *job = context;
    int64_t count = lg_resp_integer(reply, -1);
    bool over_depth = job->over_depth;

    job->removing = false;
    if (!is_open(job) || job->taken)
        return;
    if (fate != LG_REDIS_ANSWERED || count < 0)
        end_with(job, LG_CAUSE_UNKNOWN, "Redis did not tell whether a worker has it");
    else if (count == 0)
        tell_start(job);
    else if (over_depth)
        end_with(job, LG_CAUSE_THROTTLED, "too many calls wait already");
    else
        end_with(job, LG_CAUSE_NEVER_STARTED, "withdrawn from the queue");
}

/*
 * From the end of the queue, where it was added last, or from its beginning, where it waits long.
 * Only after it is there for sure: in a Cluster the two may go different ways.
 */
static void take_back(struct lg_redis_job *job, bool over_depth)
{
    struct lg_str arguments[] = { LG_STR("LREM"), lg_str_of(job->queue->key),
                                  over_depth ? LG_STR("-1") : LG_STR("1"),
                                  lg_str_make(job->line, job->line_size),
                                  job->invocation->payload };

    if (job->removing)
        return;
    if (job->pushing) {
        job->unwanted = true;
        return;
    }
    if (!lg_redis_hub_reaches(job->hub, job->queue->key)) {
        lg_redis_job_end_later(job, LG_CAUSE_UNKNOWN, "Redis is not reachable to take it back");
        return;
    }
    job->removing = true;
    job->over_depth = over_depth;
    job->references++;
    lg_redis_net_send_joined(job->hub->net, job->queue->key, arguments, LG_COUNT(arguments),
                             on_removed, job);
}

void lg_redis_job_cancel(struct lg_redis_job *job, enum lg_cancel why)
{
    if (lg_link_in_list(&job->task.link))
        return;
    if (why == LG_CANCEL_TIMEOUT)
        lg_redis_job_end_later(job, LG_CAUSE_UNKNOWN, "no reply before the deadline");
    else if (!job->taken)
        take_back(job, false);
}

/* --- sending ---------------------------------------------------------------------------------- */

static void refused(struct lg_redis_job *job, const redisReply *reply)
{
    char reason[LG_REDIS_REASON_SIZE];
    struct lg_str error = lg_resp_text(reply);

    (void)snprintf(reason, sizeof(reason), "Redis refused it: %.*s", LG_STR_ARG(error));
    end_with(job, LG_CAUSE_NEVER_STARTED, reason);
}

static void on_pushed(void *context, enum lg_redis_fate fate, const redisReply *reply)
{
    struct lg_redis_job *job = context;
    int64_t depth = lg_resp_integer(reply, -1);

    job->pushing = false;
    if (!is_open(job))
        return;
    if (fate == LG_REDIS_UNSENT) {
        end_with(job, LG_CAUSE_NEVER_STARTED, "the connection to Redis went before it was sent");
    } else if (fate == LG_REDIS_LOST) {
        end_with(job, LG_CAUSE_UNKNOWN, "the connection to Redis was lost while it was sent");
    } else if (lg_resp_is_error(reply)) {
        refused(job, reply);
    } else {
        lg_metric_set(job->queue->metrics.depth, depth);
        if (job->taken)
            return;
        if (job->unwanted)
            take_back(job, false);
        else if (depth > job->queue->depth_max)
            take_back(job, true);
    }
}

static void write_line(struct lg_redis_job *job)
{
    const struct lg_invocation *invocation = job->invocation;
    const struct lg_redis_queue *queue = job->queue;
    struct lg_redis_request request = {
        .id = lg_str_of(invocation->id),
        .function = lg_str_of(queue->function),
        .reply = lg_str_of(job->hub->reply_key),
        .deadline_ms =
            lg_redis_hub_now_ms(job->hub, queue->key) + queue->wait_ms + invocation->timeout_ms,
        .timeout_ms = invocation->timeout_ms,
        .attempt = invocation->attempt,
        .start = queue->start_receipts,
        .trace = invocation->trace,
        .arn = lg_str_of(invocation->arn),
        .client_context = invocation->client_context,
        .identity = invocation->cognito_identity,
    };
    struct lg_buf line;

    lg_buf_init(&line, SIZE_MAX);
    lg_redis_request_write(&line, &request);
    job->line = lg_buf_take(&line, &job->line_size);
}

void lg_redis_job_push(struct lg_redis_job *job)
{
    struct lg_str arguments[] = { LG_STR("RPUSH"), lg_str_of(job->queue->key), LG_STR_NONE,
                                  job->invocation->payload };

    write_line(job);
    arguments[2] = lg_str_make(job->line, job->line_size);
    job->references++;
    job->pushing = true;
    lg_redis_net_send_joined(job->hub->net, job->queue->key, arguments, LG_COUNT(arguments),
                             on_pushed, job);
}

/* --- replies ---------------------------------------------------------------------------------- */

static void tell_body(struct lg_redis_job *job, struct lg_str body, bool error)
{
    const struct lg_invocation_events *events = job->invocation->events;
    struct lg_invocation_head head = { .function_error = error };

    events->on_head(job->invocation->owner, &head);
    if (body.size > 0)
        (void)events->on_data(job->invocation->owner, body.data, body.size);
}

static void too_large(struct lg_redis_job *job)
{
    struct lg_invocation_end how = { .cause = LG_CAUSE_TOO_LARGE,
                                     .reason = "the result is over limits.result",
                                     .error_type = "Function.ResponseSizeTooLarge" };
    struct lg_buf document;

    lg_buf_init(&document, SIZE_MAX);
    lg_report_too_large_document(&document, job->hub->limits->result_bytes);
    tell_body(job, lg_buf_str(&document), true);
    lg_buf_done(&document);
    end(job, &how);
}

static void finish(struct lg_redis_job *job, const struct lg_redis_reply *reply)
{
    bool error = reply->status == LG_REDIS_ERROR;
    struct lg_invocation_end how = { .cause = error ? LG_CAUSE_FUNCTION_ERROR : LG_CAUSE_OK };
    char type[64] = "";

    if (reply->body.size > (size_t)job->hub->limits->result_bytes) {
        too_large(job);
        return;
    }
    if (error)
        lg_redis_error_type(reply->body, type, sizeof(type));
    if (*type != '\0')
        how.error_type = how.reason = type;
    tell_body(job, reply->body, error);
    end(job, &how);
}

void lg_redis_job_reply(struct lg_redis_job *job, const struct lg_redis_reply *reply)
{
    if (lg_link_in_list(&job->task.link)) { /* it came in the very turn in which it was given up */
        if (reply->status == LG_REDIS_START)
            return; /* nothing else would end it */
        lg_task_cancel(&job->task);
    }
    switch (reply->status) {
    case LG_REDIS_START:
        tell_start(job);
        break;
    case LG_REDIS_EXPIRED:
        end_with(job, LG_CAUSE_NEVER_STARTED, "a worker found it past its deadline");
        break;
    case LG_REDIS_OK:
    case LG_REDIS_ERROR:
        finish(job, reply);
        break;
    }
}
