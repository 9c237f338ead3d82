/*
 * invoke.c -- the Invoke API as the way to a function: its request, and the answers of both of its
 * kinds.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "lambda/call.h"

#define EVENT_PAYLOAD_MAX 1048576 /* handed over alone */
#define CONTEXT_MAX 3583          /* encoded */
#define HEADERS_MAX 8

/* --- the answer ------------------------------------------------------------------------------- */

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
    lg_lambda_follow(call, &verdict);
}

static void finish_stream(struct lg_lambda_call *call)
{
    if (!call->complete) {
        lg_lambda_give_up(call, LG_CAUSE_UNKNOWN,
                          call->broken ? call->reason : "the stream ended before it was complete");
        return;
    }
    lg_lambda_stream_flush(call);
    lg_lambda_give_up(call, call->document.size > 0 ? LG_CAUSE_FUNCTION_ERROR : LG_CAUSE_OK,
                      call->reason);
}

static void on_http_end(void *context, const struct lg_http_end *how)
{
    struct lg_lambda_call *call = context;

    call->http = NULL;
    if (how->outcome != LG_HTTP_WHOLE) {
        lg_lambda_not_whole(call, how);
    } else if (call->kind == LG_LAMBDA_ERROR) {
        on_api_error(call);
    } else {
        lg_lambda_went_well(call);
        if (call->kind == LG_LAMBDA_STREAM)
            finish_stream(call);
        else
            lg_lambda_give_up(call, call->function_error ? LG_CAUSE_FUNCTION_ERROR : LG_CAUSE_OK,
                              call->reason);
    }
}

static void read_log(struct lg_lambda_call *call, struct lg_str base64)
{
    struct lg_arena arena;
    struct lg_str bytes;

    lg_arena_init(&arena);
    if (call->invocation->want_log_tail && base64.size <= LG_LAMBDA_LOG_MAX &&
        lg_base64_decode(&arena, base64, &bytes) == LG_OK)
        (void)lg_buf_add_str(&call->log_tail, bytes);
    lg_arena_done(&arena);
}

static void read_header(struct lg_lambda_call *call, const struct lg_header *header)
{
    if (lg_str_iis(header->name, "x-amz-function-error"))
        call->function_error = header->value.size > 0;
    else if (lg_str_iis(header->name, "x-amz-log-result"))
        read_log(call, header->value);
    else
        lg_lambda_read_header(call, header);
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
        if (call->body.size + size <= LG_LAMBDA_ERROR_BODY_MAX)
            (void)lg_buf_add(&call->body, data, size);
        return LG_FLOW_MORE;
    }
    /* Whoever takes the bytes may have left at them. */
    if (!lg_lambda_stream_feed(call, data, size, &flow) && call->http != NULL)
        lg_lambda_break_off(call, LG_CAUSE_UNKNOWN, "the stream of the answer is damaged");
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
                                        .body = invocation->payload,
                                        .body_hash = lg_lambda_body_hash(call) };
    head.count += lg_signer_sign(call->seat->signer, credentials, &signing,
                                 lg_lambda_signing_ms(call), head.list + head.count);
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
        .times = { .wait = 2 * lambda->config.connect_timeout_ms, .send = LG_LAMBDA_SEND_MS },
    };
    lg_lambda_send(call, &request, &http_events);
    lg_buf_done(&target);
    lg_buf_done(&head.context);
}

static const char *refusal(const struct lg_lambda_call *call)
{
    const struct lg_invocation *invocation = call->invocation;
    size_t most = call->lambda->config.event ? EVENT_PAYLOAD_MAX : LG_LAMBDA_PAYLOAD_MAX;

    if (invocation->payload.size > most)
        return call->lambda->config.event ? "the event is over Lambda's 1 MB for Event"
                                          : "the event is over Lambda's 6 MB";
    if ((invocation->client_context.size + 2) / 3 * 4 > CONTEXT_MAX)
        return "the client context is over Lambda's 3583 bytes";
    return NULL;
}

static const char *prepare(struct lg_lambda_call *call)
{
    lg_lambda_hash(call, call->invocation->payload);
    return NULL;
}

const struct lg_lambda_way lg_lambda_invoke = { refusal, prepare, send_request };
