/*
 * url.c -- a function URL as the way to a function: the event goes as the request of HTTP that it
 * was made of, and the answer is its result.
 *
 * What the service itself refuses, and that a function failed, comes as an answer too. What may be
 * that is held until its body has told.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "lambda/call.h"
#include "lambda/url_answer.h"

/* --- the answer ------------------------------------------------------------------------------- */

static void write_document(struct lg_lambda_call *call, struct lg_str message)
{
    bool first = true;

    if (call->error_type[0] == '\0')
        lg_cstr_copy(call->error_type, sizeof(call->error_type), "InternalServerErrorException");
    lg_buf_add_char(&call->document, '{');
    lg_json_add_name(&call->document, &first, "errorType");
    lg_json_add_string(&call->document, lg_str_of(call->error_type));
    lg_json_add_name(&call->document, &first, "errorMessage");
    lg_json_add_string(&call->document, message);
    lg_buf_add_char(&call->document, '}');
}

/* A 502 of a kind that says nothing else is how the service tells that the function failed. */
static bool is_function_error(const struct lg_lambda_call *call,
                              const struct lg_lambda_verdict *verdict)
{
    return call->status == 502 && verdict->cause == LG_CAUSE_UNKNOWN;
}

static void on_refusal(struct lg_lambda_call *call, struct lg_str message)
{
    const struct lg_lambda_verdict verdict =
        lg_lambda_judge(call->status, lg_str_of(call->error_type));

    (void)snprintf(call->reason, sizeof(call->reason),
                   "the function URL answered %d %s: %.*s (request %s)", call->status,
                   call->error_type, (int)(message.size < 256 ? message.size : 256), message.data,
                   call->request_id);
    if (!is_function_error(call, &verdict)) {
        lg_lambda_follow(call, &verdict);
        return;
    }
    lg_lambda_went_well(call);
    write_document(call, message);
    lg_lambda_give_up(call, LG_CAUSE_FUNCTION_ERROR, call->reason);
}

/* Whether the caller takes the head, and the body as it comes. */
static bool passes_head(const struct lg_lambda_call *call)
{
    return call->invocation->stream || call->invocation->http;
}

static enum lg_flow begin(struct lg_lambda_call *call)
{
    const struct lg_invocation *invocation = call->invocation;
    const struct lg_invocation_head head = {
        .content_type = LG_STR(LG_URL_HEAD_TYPE),
        .streaming = true,
        .passed_on = invocation->stream,
    };

    call->held = false;
    if (!passes_head(call))
        return LG_FLOW_MORE;
    call->passed_on = invocation->stream;
    lg_url_answer_end_head(&call->result);
    invocation->events->on_head(invocation->owner, &head);
    return invocation->events->on_data(invocation->owner, call->result.data, call->result.size);
}

static enum lg_flow take(struct lg_lambda_call *call, struct lg_str bytes)
{
    const struct lg_invocation *invocation = call->invocation;

    if (passes_head(call))
        return invocation->events->on_data(invocation->owner, bytes.data, bytes.size);
    if (bytes.size > LG_LAMBDA_PAYLOAD_MAX - call->body.size)
        lg_lambda_break_off(call, LG_CAUSE_TOO_LARGE, "the answer is over Lambda's 6 MB");
    else
        (void)lg_buf_add_str(&call->body, bytes);
    return LG_FLOW_MORE;
}

static void on_head(void *context, const struct lg_http_response *answer)
{
    struct lg_lambda_call *call = context;

    call->status = answer->status;
    for (size_t i = 0; i < answer->header_count; i++)
        lg_lambda_read_header(call, &answer->headers[i]);
    call->kind = LG_LAMBDA_RESULT;
    call->is_plain = lg_url_answer_is_plain(answer);
    lg_url_answer_begin(&call->result, answer);
    if (lg_url_answer_may_be_error(answer))
        call->held = true;
    else
        (void)begin(call);
}

/* It is too long for the service's own word. What was held is the function's. */
static enum lg_flow release(struct lg_lambda_call *call)
{
    struct lg_buf held = call->body;
    enum lg_flow flow;

    lg_buf_init(&call->body, SIZE_MAX);
    flow = begin(call);
    if (held.size > 0 && take(call, lg_buf_str(&held)) == LG_FLOW_PAUSE)
        flow = LG_FLOW_PAUSE;
    lg_buf_done(&held);
    return flow;
}

static enum lg_flow on_data(void *context, const void *data, size_t size)
{
    struct lg_lambda_call *call = context;
    enum lg_flow flow = LG_FLOW_MORE;

    if (call->held && call->body.size + size <= LG_LAMBDA_ERROR_BODY_MAX) {
        (void)lg_buf_add(&call->body, data, size);
        return LG_FLOW_MORE;
    }
    if (call->held)
        flow = release(call);
    return take(call, lg_str_make(data, size)) == LG_FLOW_PAUSE ? LG_FLOW_PAUSE : flow;
}

/* --- the end of an answer --------------------------------------------------------------------- */

static void run_result(struct lg_job *job)
{
    struct lg_lambda_call *call = LG_CONTAINER(job, struct lg_lambda_call, job);

    lg_url_answer_end_result(&call->result, lg_buf_str(&call->body), call->is_plain);
}

static void on_result(struct lg_job *job)
{
    struct lg_lambda_call *call = LG_CONTAINER(job, struct lg_lambda_call, job);
    const struct lg_invocation *invocation = call->invocation;
    const struct lg_invocation_head head = { .content_type = LG_STR("application/json") };

    call->working = false;
    invocation->events->on_head(invocation->owner, &head);
    (void)invocation->events->on_data(invocation->owner, call->result.data, call->result.size);
    lg_lambda_give_up(call, LG_CAUSE_OK, call->reason);
}

static void finish(struct lg_lambda_call *call)
{
    lg_lambda_went_well(call);
    call->error_type[0] = '\0'; /* a header of the function's own */
    if (call->held)
        (void)release(call);
    if (passes_head(call)) {
        lg_lambda_give_up(call, LG_CAUSE_OK, call->reason);
        return;
    }
    if (call->body.size >= LG_POOL_WORTH && lg_lambda_work(call, run_result, on_result))
        return;
    run_result(&call->job);
    on_result(&call->job);
}

static void on_end(void *context, const struct lg_http_end *how)
{
    struct lg_lambda_call *call = context;
    struct lg_str message;

    call->http = NULL;
    if (how->outcome != LG_HTTP_WHOLE)
        lg_lambda_not_whole(call, how);
    else if (call->held &&
             lg_url_answer_is_error(&call->arena, call->status, lg_buf_str(&call->body), &message))
        on_refusal(call, message);
    else
        finish(call);
}

static const struct lg_http_call_events http_events = { .on_head = on_head,
                                                        .on_data = on_data,
                                                        .on_end = on_end };

/* --- the request ------------------------------------------------------------------------------ */

static const char *refusal(const struct lg_lambda_call *call)
{
    if (call->invocation->payload.size > LG_LAMBDA_PAYLOAD_MAX)
        return "the event is over Lambda's 6 MB";
    if (call->invocation->client_context.size > 0)
        return "a function URL takes no client context";
    return NULL;
}

static const char *prepare(struct lg_lambda_call *call)
{
    const struct lg_invocation *invocation = call->invocation;
    struct lg_url_request *request = &call->request;
    const char *reason;

    if (lg_url_request_read(&call->arena, invocation->payload, call->lambda->path,
                            call->lambda->is_signed, request, &reason) != LG_OK)
        return reason;
    if (!request->has_agent)
        request->headers[request->header_count++] =
            (struct lg_header){ LG_STR("User-Agent"), LG_STR("lambdagate/" LG_VERSION) };
    if (!request->has_trace && invocation->trace.size > 0)
        request->headers[request->header_count++] =
            (struct lg_header){ LG_STR("X-Amzn-Trace-Id"), invocation->trace };
    if (call->lambda->is_signed)
        lg_lambda_hash(call, request->body);
    return NULL;
}

/* Host, what says how the body is to be read, and what has a meaning for the service. */
static size_t pick_signed(const struct lg_lambda_call *call, struct lg_header *picked)
{
    const struct lg_url_request *request = &call->request;
    size_t count = 0;

    picked[count++] = (struct lg_header){ LG_STR("Host"), call->lambda->authority };
    for (size_t i = 0; i < request->header_count; i++) {
        const struct lg_header *header = &request->headers[i];

        if (lg_str_iis(header->name, "content-type") ||
            lg_str_istarts(header->name, LG_STR("x-amz-")))
            picked[count++] = *header;
    }
    return count;
}

/* Returns how many headers it has put into `headers`, which are sent besides. */
static size_t sign(struct lg_lambda_call *call, const struct lg_credentials *credentials,
                   struct lg_header headers[LG_SIGNATURE_HEADERS])
{
    struct lg_header picked[LG_URL_REQUEST_HEADERS + LG_URL_REQUEST_ADDED + 1];
    const struct lg_url_request *request = &call->request;
    const struct lg_signing signing = { .method = request->method,
                                        .path = request->path,
                                        .query = request->query,
                                        .headers = picked,
                                        .header_count = pick_signed(call, picked),
                                        .body = request->body,
                                        .body_hash = lg_lambda_body_hash(call) };

    return lg_signer_sign(call->seat->signer, credentials, &signing, lg_lambda_signing_ms(call),
                          headers);
}

static void send_request(struct lg_lambda_call *call, const struct lg_credentials *credentials)
{
    struct lg_header headers[LG_URL_REQUEST_HEADERS + LG_URL_REQUEST_ADDED + LG_SIGNATURE_HEADERS];
    const struct lg_url_request *request = &call->request;
    size_t count = request->header_count;

    memcpy(headers, request->headers, count * sizeof(*headers));
    if (credentials != NULL)
        count += sign(call, credentials, headers + count);
    const struct lg_http_request sent = {
        .method = request->method,
        .target = request->target,
        .host = call->lambda->authority,
        .headers = headers,
        .header_count = count,
        .body = request->body,
        .times = { .wait = 2 * call->lambda->config.connect_timeout_ms, .send = LG_LAMBDA_SEND_MS },
    };
    lg_lambda_send(call, &sent, &http_events);
}

const struct lg_lambda_way lg_lambda_url = { refusal, prepare, send_request };
