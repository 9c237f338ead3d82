/*
 * stream.c -- InvokeWithResponseStream: frames in, the function's bytes out.
 *
 * Lambda does not tell what kind of stream a function sends. One that begins with a prelude (status
 * and headers, as JSON and eight NULs behind it) is known by that: what begins with `{` is held
 * until the second piece has come, and for as long as it may still become a prelude.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "cloud/event_reader.h"
#include "integrate/prelude.h"
#include "lambda/call.h"
#include "lambda/url_answer.h"

#define PIECES_MAX 64 /* that are held: they are read again with each */
#define FRAMES_MAX (LG_EVENT_FRAME_MAX + 65536)

static bool has_prelude(struct lg_str bytes)
{
    static const char nuls[8];

    return bytes.size > 0 && bytes.data[0] == '{' &&
           memmem(bytes.data, bytes.size, nuls, sizeof(nuls)) != NULL;
}

static enum lg_flow begin(struct lg_lambda_call *call)
{
    const struct lg_invocation *invocation = call->invocation;
    struct lg_str bytes = lg_buf_str(&call->beginning);
    const struct lg_invocation_head head = {
        .content_type =
            has_prelude(bytes) ? LG_STR(LG_URL_HEAD_TYPE) : LG_STR("application/octet-stream"),
        .streaming = true,
        .passed_on = true,
    };

    call->passed_on = true;
    invocation->events->on_head(invocation->owner, &head);
    return bytes.size == 0 ? LG_FLOW_MORE
                           : invocation->events->on_data(invocation->owner, bytes.data, bytes.size);
}

static bool may_become_prelude(const struct lg_lambda_call *call)
{
    struct lg_str bytes = lg_buf_str(&call->beginning);

    if (bytes.data[0] != '{' || has_prelude(bytes))
        return false;
    return call->pieces == 1 || (call->pieces < PIECES_MAX && lg_prelude_may_come(bytes));
}

static enum lg_flow on_chunk(struct lg_lambda_call *call, struct lg_str payload)
{
    const struct lg_invocation *invocation = call->invocation;

    if (payload.size == 0)
        return LG_FLOW_MORE;
    if (call->passed_on)
        return invocation->events->on_data(invocation->owner, payload.data, payload.size);
    (void)lg_buf_add_str(&call->beginning, payload);
    call->pieces++;
    return may_become_prelude(call) ? LG_FLOW_MORE : begin(call);
}

void lg_lambda_stream_flush(struct lg_lambda_call *call)
{
    if (!call->passed_on && call->document.size == 0)
        (void)begin(call);
}

static void write_document(struct lg_lambda_call *call, struct lg_str type, struct lg_str message)
{
    bool first = true;

    (void)snprintf(call->error_type, sizeof(call->error_type), "%.*s", LG_STR_ARG(type));
    (void)snprintf(call->reason, sizeof(call->reason), "%.*s", LG_STR_ARG(type));
    lg_buf_add_char(&call->document, '{');
    lg_json_add_name(&call->document, &first, "errorType");
    lg_json_add_string(&call->document, type);
    lg_json_add_name(&call->document, &first, "errorMessage");
    lg_json_add_string(&call->document, message);
    lg_buf_add_char(&call->document, '}');
}

static struct lg_str text_of(const struct lg_json *json, const char *name)
{
    const struct lg_json *member = lg_json_get(json, name);

    return lg_json_is(member, LG_JSON_STRING) ? member->text : LG_STR_NONE;
}

static void on_complete(struct lg_lambda_call *call, struct lg_str payload)
{
    struct lg_arena arena;
    struct lg_json *json;

    call->complete = true;
    lg_arena_init(&arena);
    if (lg_json_read(&arena, payload, &lg_json_default_limits, &json, NULL) == LG_OK) {
        struct lg_str code = text_of(json, "ErrorCode"), log = text_of(json, "LogResult"), bytes;

        if (code.size > 0)
            write_document(call, code, text_of(json, "ErrorDetails"));
        if (log.size > 0 && lg_base64_decode(&arena, log, &bytes) == LG_OK)
            (void)lg_buf_add_str(&call->log_tail, bytes);
    }
    lg_arena_done(&arena);
}

static enum lg_flow on_event(struct lg_lambda_call *call, const struct lg_event *event)
{
    if (call->complete || call->broken)
        return LG_FLOW_MORE;
    /* The service failed, and not the function, which may have run. */
    if (!lg_str_is(event->message_type, "event")) {
        call->broken = true;
        (void)snprintf(call->reason, sizeof(call->reason), "the stream ended with %.*s: %.*s",
                       LG_STR_ARG(event->type), LG_STR_ARG(event->error_message));
        return LG_FLOW_MORE;
    }
    if (lg_str_is(event->type, "PayloadChunk"))
        return on_chunk(call, event->payload);
    if (lg_str_is(event->type, "InvokeComplete"))
        on_complete(call, event->payload);
    return LG_FLOW_MORE;
}

bool lg_lambda_stream_feed(struct lg_lambda_call *call, const void *data, size_t size,
                           enum lg_flow *ret_flow)
{
    enum lg_flow flow = LG_FLOW_MORE;
    struct lg_event event;
    size_t used = 0, frame = 0;
    enum lg_err err;

    if (size > FRAMES_MAX - call->body.size)
        return false;
    (void)lg_buf_add(&call->body, data, size);
    while ((err = lg_event_read(lg_str_part(lg_buf_str(&call->body), used, call->body.size), &event,
                                &frame)) == LG_OK) {
        if (on_event(call, &event) == LG_FLOW_PAUSE)
            flow = LG_FLOW_PAUSE;
        used += frame;
    }
    lg_buf_drop(&call->body, used);
    *ret_flow = flow;
    return err == LG_ERR_BUSY;
}
