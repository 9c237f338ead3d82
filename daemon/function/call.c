/* call.c -- one invocation from the caller's side: two timers, the collected result, one end. */
#include "function/call.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "function/slots.h"
#include "wire/loop.h"

struct lg_call {
    struct lg_invocation invocation;
    struct lg_function *function; /* one reference */
    struct lg_loop *loop;
    char *arn;             /* qualified, owned; NULL: the function's own */
    struct lg_timer timer; /* queue_wait, then timeout */
    struct lg_task refusal;
    enum lg_cause refused;
    const char *refused_why; /* static */
    bool counted;            /* in the function's slots */
    bool started, waited, function_error, too_large;
    const struct lg_call_stream *stream; /* or NULL */
    bool passed_on;                      /* to it */
    int64_t started_us;
    struct lg_buf result;
    struct lg_buf content_type;
    void (*on_end)(void *owner, const struct lg_call_end *end);
    void *owner;
};

static struct lg_target *target_of(const struct lg_call *call)
{
    return lg_function_target(call->function);
}

static void cancel(struct lg_call *call, enum lg_cancel why)
{
    target_of(call)->class->cancel(target_of(call), &call->invocation, why);
}

static void free_call(struct lg_call *call)
{
    lg_buf_done(&call->result);
    lg_buf_done(&call->content_type);
    lg_function_unref(call->function);
    free(call->arn);
    free(call);
}

static void end(struct lg_call *call, enum lg_cause cause, const char *reason,
                const struct lg_invocation_end *ended)
{
    const struct lg_function_metrics *metrics = lg_function_metrics(call->function);
    struct lg_call_end how = { .cause = cause,
                               .reason = reason,
                               .buffer = &call->result,
                               .passed_on = call->passed_on,
                               .result = lg_buf_str(&call->result),
                               .error_type = ended == NULL ? NULL : ended->error_type,
                               .content_type = lg_buf_str(&call->content_type),
                               .log_tail = ended == NULL ? LG_STR_NONE : ended->log_tail };

    lg_timer_clear(call->loop, &call->timer);
    if (call->started)
        how.duration_us = lg_loop_now_us(call->loop) - call->started_us;
    if (call->started)
        lg_histogram_observe_us(metrics->duration, how.duration_us);
    lg_metric_add(metrics->running, -1);
    lg_metric_add(metrics->ended[cause], 1);
    if (call->counted)
        lg_slots_give(lg_function_slots(call->function));
    call->on_end(call->owner, &how);
    free_call(call);
}

static void count_throttle(const struct lg_call *call, enum lg_throttle why)
{
    lg_metric_add(lg_function_metrics(call->function)->throttled[why], 1);
}

/* --- what the target tells --- */

static void on_timeout(struct lg_timer *timer)
{
    cancel(LG_CONTAINER(timer, struct lg_call, timer), LG_CANCEL_TIMEOUT);
}

/* For the caller that is the same as no room to wait at all, as Lambda throttles. */
static void on_queue_wait(struct lg_timer *timer)
{
    struct lg_call *call = LG_CONTAINER(timer, struct lg_call, timer);

    call->waited = true;
    cancel(call, LG_CANCEL_WITHDRAW);
}

static void on_start(void *owner)
{
    struct lg_call *call = owner;

    call->started = true;
    call->started_us = lg_loop_now_us(call->loop);
    lg_timer_set(call->loop, &call->timer, lg_loop_now_ms(call->loop) + call->invocation.timeout_ms,
                 on_timeout);
}

static void on_head(void *owner, const struct lg_invocation_head *head)
{
    struct lg_call *call = owner;

    call->function_error = head->function_error;
    call->passed_on = head->passed_on;
    (void)lg_buf_add_str(&call->content_type, head->content_type);
    if (call->passed_on)
        call->stream->on_head(call->owner, head);
}

static enum lg_flow on_data(void *owner, const void *data, size_t size)
{
    struct lg_call *call = owner;

    if (call->passed_on)
        return call->stream->on_data(call->owner, data, size);
    if (!lg_buf_add(&call->result, data, size))
        call->too_large = true;
    return LG_FLOW_MORE;
}

static void on_end(void *owner, const struct lg_invocation_end *ended)
{
    struct lg_call *call = owner;
    enum lg_cause cause = ended->cause;

    if (cause == LG_CAUSE_OK && call->function_error)
        cause = LG_CAUSE_FUNCTION_ERROR;
    if (cause == LG_CAUSE_OK && call->too_large)
        cause = LG_CAUSE_TOO_LARGE;
    (void)lg_buf_add_str(&call->result, ended->document);
    if (cause == LG_CAUSE_NEVER_STARTED && call->waited) {
        count_throttle(call, LG_THROTTLE_QUEUE_WAIT);
        end(call, LG_CAUSE_THROTTLED, "no worker took it within queue_wait", NULL);
        return;
    }
    /* From another loop than the pool's, a full queue is told by the end. */
    if (cause == LG_CAUSE_THROTTLED)
        count_throttle(call, LG_THROTTLE_QUEUE);
    end(call, cause, ended->reason, ended);
}

static const struct lg_invocation_events events = { on_start, on_head, on_data, on_end };

/* --- the caller's side --- */

static void tell_refusal(struct lg_task *task)
{
    struct lg_call *call = LG_CONTAINER(task, struct lg_call, refusal);

    end(call, call->refused, call->refused_why, NULL);
}

static void refuse(struct lg_call *call, enum lg_cause cause, const char *why)
{
    call->refused = cause;
    call->refused_why = why;
    lg_task_queue(call->loop, &call->refusal, tell_refusal);
}

/* Returns false when the function is not to be called; the refusal is on its way then. */
static bool enter(struct lg_call *call)
{
    struct lg_target *target = target_of(call);
    enum lg_err err;

    call->counted =
        lg_slots_take(lg_function_slots(call->function), lg_function_concurrency(call->function));
    if (!call->counted) {
        count_throttle(call, LG_THROTTLE_CONCURRENCY);
        refuse(call, LG_CAUSE_THROTTLED, "the function's concurrency reached");
        return false;
    }
    err = target->class->start(target, &call->invocation);
    if (err == LG_ERR_FULL) {
        count_throttle(call, LG_THROTTLE_QUEUE);
        refuse(call, LG_CAUSE_THROTTLED, "too many calls wait already");
    } else if (err != LG_OK) {
        refuse(call, LG_CAUSE_NEVER_STARTED, "shutting down");
    }
    return err == LG_OK;
}

static void fill_invocation(struct lg_call *call, const struct lg_call_options *options)
{
    struct lg_invocation *invocation = &call->invocation;

    if (options->invocation_id != NULL)
        lg_cstr_copy(invocation->id, sizeof(invocation->id), options->invocation_id);
    else
        lg_id_uuid(invocation->id);
    invocation->request_id = options->request_id != NULL ? options->request_id : invocation->id;
    invocation->payload = options->payload;
    invocation->trace = options->trace;
    invocation->client_context = options->client_context;
    if (options->qualifier != NULL)
        call->arn = lg_sprintf("%s:%s", lg_function_arn(call->function), options->qualifier);
    invocation->arn = call->arn != NULL ? call->arn : lg_function_arn(call->function);
    invocation->timeout_ms = lg_function_timeout_ms(call->function);
    invocation->attempt = 1;
    invocation->want_log_tail = options->want_log_tail;
    invocation->stream = options->stream != NULL;
    invocation->http = options->http;
    invocation->events = &events;
    invocation->owner = call;
}

struct lg_call *lg_function_call(struct lg_function *function,
                                 const struct lg_call_options *options,
                                 void (*on_call_end)(void *owner, const struct lg_call_end *end),
                                 void *owner)
{
    struct lg_call *call = LG_NEW(struct lg_call);

    call->function = lg_function_ref(function);
    call->loop = lg_loop_current();
    call->on_end = on_call_end;
    call->stream = options->stream;
    call->owner = owner;
    assert(call->loop != NULL && options->result_ceiling > 0);
    lg_buf_init(&call->result, (size_t)options->result_ceiling);
    lg_buf_init(&call->content_type, 256);
    fill_invocation(call, options);
    lg_metric_add(lg_function_metrics(function)->running, 1);
    if (enter(call) && !call->started)
        lg_timer_set(call->loop, &call->timer,
                     lg_loop_now_ms(call->loop) + lg_function_queue_wait_ms(function),
                     on_queue_wait);
    return call;
}

const char *lg_call_id(const struct lg_call *call)
{
    return call->invocation.id;
}

bool lg_call_started(const struct lg_call *call)
{
    return call->started;
}

void lg_call_withdraw(struct lg_call *call)
{
    if (lg_link_in_list(&call->refusal.link))
        return;
    if (call->stream != NULL)
        cancel(call, LG_CANCEL_ABANDON);
    else if (!call->started)
        cancel(call, LG_CANCEL_WITHDRAW);
}

void lg_call_resume(struct lg_call *call)
{
    target_of(call)->class->resume(target_of(call), &call->invocation);
}
