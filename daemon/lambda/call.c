/*
 * call.c -- one call: waits for credentials, signs, sends, reads the answer, and tries again where
 * the function surely has not run.
 */
#include "lambda/call.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "wire/loop.h"

#define PAYLOAD_MAX 6291456       /* of Lambda; limits.payload may be more */
#define EVENT_PAYLOAD_MAX 1048576 /* handed over alone */
#define CONTEXT_MAX 3583          /* encoded */
#define CREDENTIALS_MS 5000
#define PAUSE_MS 50 /* before the first retry, doubled for each */
#define PAUSE_MAX_MS 2000
#define SEND_MS 30000
#define ERROR_BODY_MAX 16384
#define LOG_MAX 8192 /* 4 KB in base64, and some */
#define HEADERS_MAX 8

static void attempt(struct lg_lambda_call *call);

/* --- the end ---------------------------------------------------------------------------------- */

static void free_call(struct lg_lambda_call *call)
{
    lg_buf_done(&call->body);
    lg_buf_done(&call->log_tail);
    lg_buf_done(&call->beginning);
    lg_buf_done(&call->document);
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

static void give_up(struct lg_lambda_call *call, enum lg_cause cause, const char *reason)
{
    call->cause = cause;
    if (reason != call->reason)
        (void)snprintf(call->reason, sizeof(call->reason), "%s", reason);
    end(call);
}

static void end_later(struct lg_lambda_call *call, enum lg_cause cause, const char *reason)
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
        lg_credential_view_refuse(call->seat->view);
        return true;
    }
    if (remedy == LG_LAMBDA_OTHER_CLOCK && !call->corrected && call->date_ms > 0) {
        call->corrected = true;
        return lg_credential_set_learn_skew(call->lambda->credentials,
                                            call->date_ms - lg_loop_wall_ms(call->loop));
    }
    return false;
}

/* --- the answer ------------------------------------------------------------------------------- */

static void note_health(struct lg_lambda_call *call, bool good)
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

/* {"Message": "..."}, {"message": "..."}, and the type where no header told it. */
static void read_error_body(struct lg_lambda_call *call, char *message, size_t room)
{
    const struct lg_json *text = NULL, *type;
    struct lg_arena arena;
    struct lg_json *json;

    *message = '\0';
    lg_arena_init(&arena);
    if (lg_json_read(&arena, lg_buf_str(&call->body), &lg_json_default_limits, &json, NULL) ==
        LG_OK) {
        text = lg_json_get(json, "message");
        if (text == NULL)
            text = lg_json_get(json, "Message");
        if (lg_json_is(text, LG_JSON_STRING))
            (void)snprintf(message, room, "%.*s", LG_STR_ARG(text->text));
        type = lg_json_get(json, "__type");
        if (call->error_type[0] == '\0' && lg_json_is(type, LG_JSON_STRING))
            (void)snprintf(call->error_type, sizeof(call->error_type), "%.*s",
                           LG_STR_ARG(lg_lambda_error_type(type->text)));
    }
    lg_arena_done(&arena);
}

/* AWS's words stay here, and in the log: the client hears the class. */
static void on_api_error(struct lg_lambda_call *call)
{
    char message[256];

    read_error_body(call, message, sizeof(message));
    const struct lg_lambda_verdict verdict =
        lg_lambda_judge(call->status, lg_str_of(call->error_type));

    (void)snprintf(call->reason, sizeof(call->reason), "Lambda answered %d %s: %s (request %s)",
                   call->status, call->error_type, message, call->request_id);
    note_health(call, !verdict.sick);
    if (is_cured(call, verdict.remedy) && may_try_again(call))
        try_again(call, 0);
    else if (verdict.remedy == LG_LAMBDA_TRY_AGAIN && may_try_again(call))
        try_again(call, pause_ms(call));
    else
        give_up(call, verdict.cause, call->reason);
}

static void on_transport_error(struct lg_lambda_call *call, const struct lg_http_end *how)
{
    bool unsent = how->outcome == LG_HTTP_NOT_SENT;

    (void)snprintf(call->reason, sizeof(call->reason), "Lambda at %.*s: %s",
                   LG_STR_ARG(call->lambda->authority),
                   how->error != NULL ? how->error : "the connection was lost");
    if (how->fault == LG_HTTP_FAULT_FULL) {
        lg_breaker_forget(&call->seat->breaker);
        give_up(call, LG_CAUSE_THROTTLED, call->reason);
        return;
    }
    note_health(call, false);
    if (unsent && may_try_again(call))
        try_again(call, pause_ms(call));
    else
        give_up(call, unsent ? LG_CAUSE_NEVER_STARTED : LG_CAUSE_UNKNOWN, call->reason);
}

static void finish_stream(struct lg_lambda_call *call)
{
    if (!call->complete) {
        give_up(call, LG_CAUSE_UNKNOWN, "the stream ended before it was complete");
        return;
    }
    lg_lambda_stream_flush(call);
    give_up(call, call->document.size > 0 ? LG_CAUSE_FUNCTION_ERROR : LG_CAUSE_OK, call->reason);
}

static void on_http_end(void *context, const struct lg_http_end *how)
{
    struct lg_lambda_call *call = context;

    call->http = NULL;
    if (how->outcome != LG_HTTP_WHOLE) {
        on_transport_error(call, how);
    } else if (call->kind == LG_LAMBDA_ERROR) {
        on_api_error(call);
    } else {
        note_health(call, true);
        lg_lambda_retry_give(call->seat);
        if (call->kind == LG_LAMBDA_STREAM)
            finish_stream(call);
        else
            give_up(call, call->function_error ? LG_CAUSE_FUNCTION_ERROR : LG_CAUSE_OK,
                    call->reason);
    }
}

static void read_log(struct lg_lambda_call *call, struct lg_str base64)
{
    struct lg_arena arena;
    struct lg_str bytes;

    lg_arena_init(&arena);
    if (call->invocation->want_log_tail && base64.size <= LOG_MAX &&
        lg_base64_decode(&arena, base64, &bytes) == LG_OK)
        (void)lg_buf_add_str(&call->log_tail, bytes);
    lg_arena_done(&arena);
}

/* Sun, 06 Nov 1994 08:49:37 GMT */
static int64_t read_date(struct lg_str value)
{
    struct tm time = { 0 };
    char text[64];

    if (value.size >= sizeof(text))
        return 0;
    memcpy(text, value.data, value.size);
    text[value.size] = '\0';
    return strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &time) == NULL
               ? 0
               : (int64_t)timegm(&time) * 1000;
}

static void keep(char *to, size_t room, struct lg_str value)
{
    (void)snprintf(to, room, "%.*s", LG_STR_ARG(value));
}

static void read_header(struct lg_lambda_call *call, const struct lg_header *header)
{
    uint64_t seconds;

    if (lg_str_iis(header->name, "x-amz-function-error"))
        call->function_error = header->value.size > 0;
    else if (lg_str_iis(header->name, "x-amz-log-result"))
        read_log(call, header->value);
    else if (lg_str_iis(header->name, "x-amzn-errortype"))
        keep(call->error_type, sizeof(call->error_type), lg_lambda_error_type(header->value));
    else if (lg_str_iis(header->name, "x-amzn-requestid"))
        keep(call->request_id, sizeof(call->request_id), header->value);
    else if (lg_str_iis(header->name, "date"))
        call->date_ms = read_date(header->value);
    else if (lg_str_iis(header->name, "retry-after") &&
             lg_str_to_u64(header->value, &seconds) == LG_OK && seconds < 3600)
        call->retry_after_ms = (int64_t)seconds * 1000;
}

static void forget_answer(struct lg_lambda_call *call)
{
    call->kind = LG_LAMBDA_NOTHING_YET;
    call->function_error = false;
    call->date_ms = call->retry_after_ms = 0;
    call->error_type[0] = call->request_id[0] = call->reason[0] = '\0';
    lg_buf_clear(&call->body);
    lg_buf_clear(&call->log_tail);
}

static bool is_event_stream(const struct lg_http_response *head)
{
    for (size_t i = 0; i < head->header_count; i++) {
        if (lg_str_iis(head->headers[i].name, "content-type"))
            return lg_str_istarts(head->headers[i].value,
                                  LG_STR("application/vnd.amazon.eventstream"));
    }
    return false;
}

static void on_http_head(void *context, const struct lg_http_response *answer)
{
    struct lg_lambda_call *call = context;
    const struct lg_invocation *invocation = call->invocation;

    call->status = answer->status;
    for (size_t i = 0; i < answer->header_count; i++)
        read_header(call, &answer->headers[i]);
    if (answer->status < 200 || answer->status > 299) {
        call->kind = LG_LAMBDA_ERROR;
        return;
    }
    if (invocation->stream && is_event_stream(answer)) {
        call->kind = LG_LAMBDA_STREAM;
        return;
    }
    call->kind = LG_LAMBDA_RESULT;
    const struct lg_invocation_head head = { .content_type = LG_STR("application/json"),
                                             .function_error = call->function_error };
    invocation->events->on_head(invocation->owner, &head);
}

static enum lg_flow on_http_data(void *context, const void *data, size_t size)
{
    struct lg_lambda_call *call = context;
    const struct lg_invocation *invocation = call->invocation;
    enum lg_flow flow = LG_FLOW_MORE;

    if (call->kind == LG_LAMBDA_RESULT)
        return invocation->events->on_data(invocation->owner, data, size);
    if (call->kind == LG_LAMBDA_ERROR) {
        if (call->body.size + size <= ERROR_BODY_MAX)
            (void)lg_buf_add(&call->body, data, size);
        return LG_FLOW_MORE;
    }
    /* Whoever takes the bytes may have left at them. */
    if (!lg_lambda_stream_feed(call, data, size, &flow) && call->http != NULL) {
        lg_http_call_cancel(call->http);
        call->http = NULL;
        lg_breaker_forget(&call->seat->breaker);
        end_later(call, LG_CAUSE_UNKNOWN, "the stream of the answer is damaged");
    }
    return flow;
}

static const struct lg_http_call_events http_events = { .on_head = on_http_head,
                                                        .on_data = on_http_data,
                                                        .on_end = on_http_end };

/* --- the request ------------------------------------------------------------------------------ */

struct head {
    struct lg_header list[HEADERS_MAX + LG_SIGNATURE_HEADERS];
    size_t count;
    struct lg_buf context; /* base64 */
};

static void add(struct head *head, struct lg_str name, struct lg_str value)
{
    head->list[head->count++] = (struct lg_header){ name, value };
}

/* Host is the first: the client writes its own, but it is signed. */
static void fill_head(struct head *head, const struct lg_lambda_call *call)
{
    const struct lg_invocation *invocation = call->invocation;
    bool event = call->lambda->config.event;

    head->count = 0;
    lg_buf_init(&head->context, SIZE_MAX);
    add(head, LG_STR("Host"), call->lambda->authority);
    add(head, LG_STR("Content-Type"), LG_STR("application/json"));
    add(head, LG_STR("User-Agent"), LG_STR("lambdagate/" LG_VERSION));
    add(head, LG_STR("X-Amz-Invocation-Type"), event ? LG_STR("Event") : LG_STR("RequestResponse"));
    if (invocation->want_log_tail && !event)
        add(head, LG_STR("X-Amz-Log-Type"), LG_STR("Tail"));
    if (invocation->trace.size > 0)
        add(head, LG_STR("X-Amzn-Trace-Id"), invocation->trace);
    if (invocation->client_context.size > 0 && !event) {
        lg_base64_encode(&head->context, invocation->client_context);
        add(head, LG_STR("X-Amz-Client-Context"), lg_buf_str(&head->context));
    }
}

static void tell_start(struct lg_lambda_call *call)
{
    if (call->started)
        return;
    call->started = true;
    call->invocation->events->on_start(call->invocation->owner);
}

static void send_request(struct lg_lambda_call *call, const struct lg_credentials *credentials)
{
    struct lg_lambda *lambda = call->lambda;
    const struct lg_invocation *invocation = call->invocation;
    struct lg_str path =
        invocation->stream && !lambda->config.event ? lambda->stream_path : lambda->path;
    struct lg_buf target;
    struct head head;

    fill_head(&head, call);
    const struct lg_signing signing = { .method = LG_STR("POST"),
                                        .path = path,
                                        .query = lambda->query,
                                        .headers = head.list,
                                        .header_count = head.count,
                                        .body = invocation->payload };
    head.count +=
        lg_signer_sign(call->seat->signer, credentials, &signing,
                       lg_loop_wall_ms(call->loop) + lg_credential_set_skew(lambda->credentials),
                       head.list + head.count);
    lg_buf_init(&target, SIZE_MAX);
    lg_buf_add_str(&target, path);
    if (lambda->query.size > 0)
        lg_buf_printf(&target, "?%.*s", LG_STR_ARG(lambda->query));
    const struct lg_http_request request = {
        .method = LG_STR("POST"),
        .target = lg_buf_str(&target),
        .host = lambda->authority,
        .headers = head.list + 1,
        .header_count = head.count - 1,
        .body = invocation->payload,
        /* How long the function may take is for its timeout to say. */
        .times = { .wait = 2 * lambda->config.connect_timeout_ms, .send = SEND_MS },
    };
    forget_answer(call);
    call->tries++;
    tell_start(call);
    call->http = lg_http_call_begin(call->seat->pool, &request, &http_events, call);
    lg_buf_done(&target);
    lg_buf_done(&head.context);
}

static void send_if_well(struct lg_lambda_call *call, const struct lg_credentials *credentials)
{
    if (lg_breaker_enter(&call->seat->breaker, lg_loop_now_ms(call->loop)))
        send_request(call, credentials);
    else
        give_up(call, LG_CAUSE_NEVER_STARTED,
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
    give_up(call, LG_CAUSE_NEVER_STARTED, call->reason);
}

static const char *too_large(const struct lg_lambda_call *call)
{
    const struct lg_invocation *invocation = call->invocation;
    size_t most = call->lambda->config.event ? EVENT_PAYLOAD_MAX : PAYLOAD_MAX;

    if (invocation->payload.size > most)
        return call->lambda->config.event ? "the event is over Lambda's 1 MB for Event"
                                          : "the event is over Lambda's 6 MB";
    if ((invocation->client_context.size + 2) / 3 * 4 > CONTEXT_MAX)
        return "the client context is over Lambda's 3583 bytes";
    return NULL;
}

static void attempt(struct lg_lambda_call *call)
{
    const char *fault = call->lambda->fault != NULL ? call->lambda->fault : NULL;
    const struct lg_credentials *credentials;

    call->seat = lg_lambda_seat(call->lambda);
    if (fault != NULL || call->seat == NULL) {
        give_up(call, LG_CAUSE_NEVER_STARTED, fault != NULL ? fault : "no connection can be made");
        return;
    }
    if (too_large(call) != NULL) {
        give_up(call, LG_CAUSE_REFUSED, too_large(call));
        return;
    }
    credentials = lg_credential_view_now(call->seat->view);
    if (credentials != NULL)
        send_if_well(call, credentials);
    else
        lg_credential_view_wait(call->seat->view, &call->waiter, CREDENTIALS_MS, on_credentials);
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
    lg_buf_init(&call->log_tail, LOG_MAX);
    lg_buf_init(&call->beginning, SIZE_MAX);
    lg_buf_init(&call->document, SIZE_MAX);
    lg_task_queue(call->loop, &call->task, on_begin);
}

static bool is_ending(const struct lg_lambda_call *call)
{
    return lg_link_in_list(&call->task.link) && call->task.fn == on_end_task;
}

static void cut(struct lg_lambda_call *call, enum lg_cause cause, const char *reason)
{
    lg_http_call_cancel(call->http);
    call->http = NULL;
    lg_breaker_forget(&call->seat->breaker);
    end_later(call, cause, reason);
}

void lg_lambda_call_cancel(struct lg_invocation *invocation, enum lg_cancel why)
{
    struct lg_lambda_call *call = invocation->place;

    assert(call != NULL && "cancelled after its end");
    if (is_ending(call))
        return;
    if (call->http == NULL)
        end_later(call, LG_CAUSE_NEVER_STARTED, "withdrawn before it was sent");
    else if (why == LG_CANCEL_TIMEOUT)
        cut(call, LG_CAUSE_UNKNOWN, "Lambda has not answered within the function's timeout");
    else if (why == LG_CANCEL_ABANDON && call->passed_on)
        cut(call, LG_CAUSE_ABANDONED, "its caller left");
    else
        call->abandoned = true;
}

void lg_lambda_call_resume(struct lg_invocation *invocation)
{
    const struct lg_lambda_call *call = invocation->place;

    if (call != NULL && call->http != NULL)
        lg_http_call_resume(call->http);
}
