/*
 * call.c -- one call: makes ready what is sent, waits for credentials, and tries again where the
 * function surely has not run. How it is sent and read is its way's: invoke.c, url.c.
 */
#include "lambda/call.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "cloud/skew.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "wire/loop.h"

#define CREDENTIALS_MS 5000
#define PAUSE_MS 50 /* before the first retry, doubled for each */
#define PAUSE_MAX_MS 2000

#define WITHDRAWN "withdrawn before it was sent"

static void attempt(struct lg_lambda_call *call);

/* --- the end ---------------------------------------------------------------------------------- */

static void free_call(struct lg_lambda_call *call)
{
    lg_buf_done(&call->body);
    lg_buf_done(&call->log_tail);
    lg_buf_done(&call->beginning);
    lg_buf_done(&call->document);
    lg_buf_done(&call->result);
    lg_arena_done(&call->arena);
    free(call);
}

static void end(struct lg_lambda_call *call)
{
    struct lg_invocation *invocation = call->invocation;
    struct lg_lambda *lambda = call->lambda;
    const struct lg_invocation_end how = {
        .cause = call->cause,
        .reason = call->reason[0] != '\0' ? call->reason : NULL,
        .log_tail = lg_buf_str(&call->log_tail),
        .error_type = call->error_type[0] != '\0' ? call->error_type : NULL,
        .document = lg_buf_str(&call->document),
    };

    lg_timer_clear(call->loop, &call->timer);
    lg_credential_waiter_cancel(&call->waiter);
    invocation->place = NULL;
    invocation->events->on_end(invocation->owner, &how);
    free_call(call);
    lg_lambda_leave(lambda);
}

static void on_end_task(struct lg_task *task)
{
    end(LG_CONTAINER(task, struct lg_lambda_call, task));
}

void lg_lambda_give_up(struct lg_lambda_call *call, enum lg_cause cause, const char *reason)
{
    call->cause = cause;
    if (reason != call->reason)
        (void)snprintf(call->reason, sizeof(call->reason), "%s", reason);
    end(call);
}

void lg_lambda_end_later(struct lg_lambda_call *call, enum lg_cause cause, const char *reason)
{
    lg_timer_clear(call->loop, &call->timer);
    lg_credential_waiter_cancel(&call->waiter);
    lg_task_cancel(&call->task);
    call->cause = cause;
    (void)snprintf(call->reason, sizeof(call->reason), "%s", reason);
    lg_task_queue(call->loop, &call->task, on_end_task);
}

/* --- another try ------------------------------------------------------------------------------ */

static void on_pause(struct lg_timer *timer)
{
    attempt(LG_CONTAINER(timer, struct lg_lambda_call, timer));
}

static int64_t pause_ms(const struct lg_lambda_call *call)
{
    int64_t most = PAUSE_MS << (call->tries < 6 ? call->tries - 1 : 5);
    uint32_t chance;

    if (call->retry_after_ms > 0)
        return call->retry_after_ms < PAUSE_MAX_MS ? call->retry_after_ms : PAUSE_MAX_MS;
    lg_random(&chance, sizeof(chance));
    return 1 + chance % (uint32_t)most;
}

static bool may_try_again(const struct lg_lambda_call *call)
{
    return call->tries <= (unsigned)call->lambda->config.retries && !call->abandoned &&
           lg_lambda_retry_take(call->seat);
}

static void try_again(struct lg_lambda_call *call, int64_t wait_ms)
{
    lg_log(LG_LOG_DEBUG, call->lambda->who, call->invocation->request_id, "%s; trying again",
           call->reason);
    lg_metric_add(call->lambda->metrics.retries, 1);
    call->error_type[0] = '\0';
    lg_timer_set(call->loop, &call->timer, lg_loop_now_ms(call->loop) + wait_ms, on_pause);
}

/* What helps once, and need not wait. */
static bool is_cured(struct lg_lambda_call *call, enum lg_lambda_remedy remedy)
{
    if (remedy == LG_LAMBDA_NEW_CREDENTIALS && !call->renewed) {
        call->renewed = true;
        lg_credential_view_refuse(call->seat->view, call->edition);
        return true;
    }
    if (remedy == LG_LAMBDA_OTHER_CLOCK && !call->corrected && call->date_ms > 0) {
        int64_t skew_ms = call->date_ms - lg_loop_wall_ms(call->loop);

        call->corrected = true;
        lg_credential_set_learn_skew(call->lambda->credentials, skew_ms);
        /* Another call may have learned it since this one was signed. */
        return lg_skew_differs(call->skew_ms, skew_ms);
    }
    return false;
}

/* --- the answer ------------------------------------------------------------------------------- */

void lg_lambda_note_health(struct lg_lambda_call *call, bool good)
{
    struct lg_breaker *breaker = &call->seat->breaker;

    if (!lg_breaker_leave(breaker, good, lg_loop_now_ms(call->loop)))
        return;
    lg_metric_add(call->lambda->metrics.breaker_open, good ? -1 : 1);
    if (good)
        lg_log(LG_LOG_INFO, call->lambda->who, NULL, "Lambda at %.*s answers again",
               LG_STR_ARG(call->lambda->authority));
    else
        lg_log(LG_LOG_WARN, call->lambda->who, NULL,
               "Lambda at %.*s failed %d times in a row: it is left alone for a while",
               LG_STR_ARG(call->lambda->authority), LG_BREAKER_FAILURES);
}

void lg_lambda_follow(struct lg_lambda_call *call, const struct lg_lambda_verdict *verdict)
{
    lg_lambda_note_health(call, !verdict->sick);
    if (is_cured(call, verdict->remedy) && may_try_again(call))
        try_again(call, 0);
    else if (verdict->remedy == LG_LAMBDA_TRY_AGAIN && may_try_again(call))
        try_again(call, pause_ms(call));
    else
        lg_lambda_give_up(call, verdict->cause, call->reason);
}

void lg_lambda_not_whole(struct lg_lambda_call *call, const struct lg_http_end *how)
{
    bool unsent = how->outcome == LG_HTTP_NOT_SENT;

    (void)snprintf(call->reason, sizeof(call->reason), "Lambda at %.*s: %s",
                   LG_STR_ARG(call->lambda->authority),
                   how->error != NULL ? how->error : "the connection was lost");
    if (how->fault == LG_HTTP_FAULT_FULL) {
        lg_breaker_forget(&call->seat->breaker);
        lg_lambda_give_up(call, LG_CAUSE_THROTTLED, call->reason);
        return;
    }
    lg_lambda_note_health(call, false);
    if (unsent && may_try_again(call))
        try_again(call, pause_ms(call));
    else
        lg_lambda_give_up(call, unsent ? LG_CAUSE_NEVER_STARTED : LG_CAUSE_UNKNOWN, call->reason);
}

void lg_lambda_went_well(struct lg_lambda_call *call)
{
    lg_lambda_note_health(call, true);
    lg_lambda_retry_give(call->seat);
}

void lg_lambda_break_off(struct lg_lambda_call *call, enum lg_cause cause, const char *reason)
{
    lg_http_call_cancel(call->http);
    call->http = NULL;
    lg_breaker_forget(&call->seat->breaker);
    lg_lambda_end_later(call, cause, reason);
}

/* --- sending ---------------------------------------------------------------------------------- */

static void forget_answer(struct lg_lambda_call *call)
{
    call->kind = LG_LAMBDA_NOTHING_YET;
    call->function_error = false;
    call->date_ms = call->retry_after_ms = 0;
    call->error_type[0] = call->request_id[0] = call->reason[0] = '\0';
    call->held = false;
    lg_buf_clear(&call->body);
    lg_buf_clear(&call->log_tail);
    lg_buf_clear(&call->result);
}

static void tell_start(struct lg_lambda_call *call)
{
    if (call->started)
        return;
    call->started = true;
    call->invocation->events->on_start(call->invocation->owner);
}

void lg_lambda_send(struct lg_lambda_call *call, const struct lg_http_request *request,
                    const struct lg_http_call_events *events)
{
    forget_answer(call);
    call->tries++;
    tell_start(call);
    call->http = lg_http_call_begin(call->seat->pool, request, events, call);
}

int64_t lg_lambda_signing_ms(struct lg_lambda_call *call)
{
    call->skew_ms = lg_credential_set_skew(call->lambda->credentials);
    return lg_loop_wall_ms(call->loop) + call->skew_ms;
}

static void send_if_well(struct lg_lambda_call *call, const struct lg_credentials *credentials)
{
    if (credentials != NULL)
        call->edition = lg_credential_view_edition(call->seat->view);
    if (lg_breaker_enter(&call->seat->breaker, lg_loop_now_ms(call->loop)))
        call->lambda->way->send(call, credentials);
    else
        lg_lambda_give_up(call, LG_CAUSE_NEVER_STARTED,
                          "Lambda failed too often: it is left alone for a while");
}

static void on_credentials(struct lg_credential_waiter *waiter,
                           const struct lg_credentials *credentials, const char *error)
{
    struct lg_lambda_call *call = LG_CONTAINER(waiter, struct lg_lambda_call, waiter);

    if (credentials != NULL) {
        send_if_well(call, credentials);
        return;
    }
    (void)snprintf(call->reason, sizeof(call->reason), "no AWS credentials: %s", error);
    lg_lambda_give_up(call, LG_CAUSE_NEVER_STARTED, call->reason);
}

static void go_on(struct lg_lambda_call *call)
{
    const struct lg_credentials *credentials;

    if (!call->lambda->is_signed) {
        send_if_well(call, NULL);
        return;
    }
    credentials = lg_credential_view_now(call->seat->view);
    if (credentials != NULL)
        send_if_well(call, credentials);
    else
        lg_credential_view_wait(call->seat->view, &call->waiter, CREDENTIALS_MS, on_credentials);
}

/* --- what is done once, and away from the loop where it is much ------------------------------- */

static void run_prepare(struct lg_job *job)
{
    struct lg_lambda_call *call = LG_CONTAINER(job, struct lg_lambda_call, job);

    call->refused = call->lambda->way->prepare(call);
}

static void on_prepared(struct lg_job *job)
{
    struct lg_lambda_call *call = LG_CONTAINER(job, struct lg_lambda_call, job);

    call->working = false;
    call->prepared = true;
    if (call->abandoned)
        lg_lambda_give_up(call, LG_CAUSE_NEVER_STARTED, WITHDRAWN);
    else if (call->refused != NULL)
        lg_lambda_give_up(call, LG_CAUSE_REFUSED, call->refused);
    else
        go_on(call);
}

bool lg_lambda_work(struct lg_lambda_call *call, void (*run)(struct lg_job *job),
                    void (*done)(struct lg_job *job))
{
    const struct lg_lambda_env *env = &call->lambda->env;

    call->job.run = run;
    call->job.done = done;
    call->job.mailbox = env->mailboxes[lg_loop_index(call->loop)];
    call->working = lg_pool_submit(env->pool, &call->job) == LG_OK;
    return call->working;
}

static void prepare(struct lg_lambda_call *call)
{
    const char *refusal = call->lambda->way->refusal(call);

    if (refusal != NULL) {
        lg_lambda_give_up(call, LG_CAUSE_REFUSED, refusal);
    } else if (call->invocation->payload.size < LG_POOL_WORTH) {
        run_prepare(&call->job);
        on_prepared(&call->job);
    } else if (!lg_lambda_work(call, run_prepare, on_prepared)) {
        lg_lambda_give_up(call, LG_CAUSE_THROTTLED, "too many large events at once");
    }
}

static void attempt(struct lg_lambda_call *call)
{
    const char *fault = call->lambda->fault;

    call->seat = lg_lambda_seat(call->lambda);
    if (fault != NULL || call->seat == NULL)
        lg_lambda_give_up(call, LG_CAUSE_NEVER_STARTED,
                          fault != NULL ? fault : "no connection can be made");
    else if (call->prepared)
        go_on(call);
    else
        prepare(call);
}

/* --- the interface ---------------------------------------------------------------------------- */

static void on_begin(struct lg_task *task)
{
    attempt(LG_CONTAINER(task, struct lg_lambda_call, task));
}

void lg_lambda_call_begin(struct lg_lambda *lambda, struct lg_invocation *invocation)
{
    struct lg_lambda_call *call = LG_NEW(struct lg_lambda_call);

    call->lambda = lambda;
    call->invocation = invocation;
    call->loop = lg_loop_current();
    invocation->loop = call->loop;
    invocation->place = call;
    lg_buf_init(&call->body, SIZE_MAX);
    lg_buf_init(&call->log_tail, LG_LAMBDA_LOG_MAX);
    lg_buf_init(&call->beginning, SIZE_MAX);
    lg_buf_init(&call->document, SIZE_MAX);
    lg_buf_init(&call->result, SIZE_MAX);
    lg_arena_init(&call->arena);
    lg_task_queue(call->loop, &call->task, on_begin);
}

static bool is_ending(const struct lg_lambda_call *call)
{
    return lg_link_in_list(&call->task.link) && call->task.fn == on_end_task;
}

void lg_lambda_call_cancel(struct lg_invocation *invocation, enum lg_cancel why)
{
    struct lg_lambda_call *call = invocation->place;

    assert(call != NULL && "cancelled after its end");
    if (is_ending(call))
        return;
    bool begun = call->http != NULL, sent = begun && lg_http_call_was_sent(call->http);

    if (!begun && !call->working)
        lg_lambda_end_later(call, LG_CAUSE_NEVER_STARTED, WITHDRAWN);
    else if (begun && !sent)
        lg_lambda_break_off(call, LG_CAUSE_NEVER_STARTED,
                            why == LG_CANCEL_TIMEOUT
                                ? "no connection to Lambda within the function's timeout"
                                : WITHDRAWN);
    else if (sent && why == LG_CANCEL_TIMEOUT)
        lg_lambda_break_off(call, LG_CAUSE_UNKNOWN,
                            "Lambda has not answered within the function's timeout");
    else if (sent && why == LG_CANCEL_ABANDON && call->passed_on)
        lg_lambda_break_off(call, LG_CAUSE_ABANDONED, "its caller left");
    else /* what a job works on is its caller's, who keeps it until the end */
        call->abandoned = true;
}

void lg_lambda_call_resume(struct lg_invocation *invocation)
{
    const struct lg_lambda_call *call = invocation->place;

    if (call != NULL && call->http != NULL)
        lg_http_call_resume(call->http);
}
