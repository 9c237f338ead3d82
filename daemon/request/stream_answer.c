/*
 * stream_answer.c -- an answer that leaves while its function still makes it.
 *
 * It begins when its prelude is whole, or at once where it has none. Until then a failure is the
 * table's answer, as for every other request; after that it can only be a cut, which the client
 * sees as an answer without its end, and the log explains.
 */
#include <assert.h>
#include <stdlib.h>

#include "integrate/prelude.h"
#include "observe/log.h"
#include "request/request.h"
#include "request/stage_http.h"

/* What one holds at most on its way, for the memory budget: both loops' share and the socket's. */
#define HELD ((size_t)384 * 1024)

bool lg_request_streams(const struct lg_request *request)
{
    const struct lg_config_route *route = request->rule->config;

    if (route->invoke_mode == LG_INVOKE_DEFAULT)
        return route->function->invoke_mode == LG_INVOKE_STREAM;
    return route->invoke_mode == LG_INVOKE_STREAM;
}

/* --- its beginning ---------------------------------------------------------------------------- */

static void fail(struct lg_request *request, enum lg_error error, const char *reason)
{
    (void)lg_request_fail(request, error, reason);
    lg_request_answer(request);
}

/* Some answers have no body, whatever a function sends: they leave at its end. */
static bool has_no_body(const struct lg_request *request)
{
    return lg_str_is(request->head->method, "HEAD") || request->status == 204 ||
           request->status == 304;
}

static void begin(struct lg_request *request, const struct lg_result *head)
{
    lg_request_keep_head(request, head);
    if (!lg_request_map_answer(request)) {
        lg_request_answer(request);
        return;
    }
    if (has_no_body(request)) {
        request->stream.state = LG_STREAM_SILENT;
        return;
    }
    lg_timer_clear(request->front->loop, &request->budget);
    request->stream.state = LG_STREAM_BEGUN;
    lg_request_answer(request);
}

static void begin_plain(struct lg_request *request, struct lg_str content_type)
{
    const struct lg_header header = { LG_STR("content-type"), content_type };

    begin(request, &(struct lg_result){ .status = 200, .headers = &header, .header_count = 1 });
}

static void begin_by_prelude(struct lg_request *request)
{
    struct lg_result head;
    struct lg_arena tree;
    const char *message;

    lg_arena_init(&tree);
    if (lg_prelude_read(&tree, request->kind, lg_buf_str(&request->stream.prelude->text), &head,
                        &message) == LG_OK)
        begin(request, &head);
    else
        fail(request, LG_ERROR_MALFORMED, lg_arena_cstr(&request->arena, lg_str_of(message)));
    lg_arena_done(&tree);
}

static void free_prelude(void *prelude)
{
    lg_prelude_done(prelude);
}

static void on_head(void *owner, const struct lg_invocation_head *head)
{
    struct lg_request *request = owner;

    if (request->exchange == NULL || request->answered)
        return;
    if (lg_request_add_memory(request, HELD) != LG_OK) {
        fail(request, LG_ERROR_NO_ROOM, "memory_budget: no room for a streamed answer");
        return;
    }
    if (!lg_prelude_expected(head->content_type)) {
        begin_plain(request, head->content_type);
        return;
    }
    request->stream.state = LG_STREAM_PRELUDE;
    request->stream.prelude = LG_ARENA_NEW(&request->arena, struct lg_prelude);
    lg_prelude_init(request->stream.prelude);
    lg_arena_defer(&request->arena, free_prelude, request->stream.prelude);
}

/* --- its body --------------------------------------------------------------------------------- */

/* Returns what is left for the body. */
static struct lg_str take_prelude(struct lg_request *request, struct lg_str bytes)
{
    size_t used;

    switch (lg_prelude_feed(request->stream.prelude, bytes, &used)) {
    case LG_PRELUDE_WHOLE:
        begin_by_prelude(request);
        break;
    case LG_PRELUDE_TOO_LONG:
        fail(request, LG_ERROR_MALFORMED, "the prelude of the answer has no end within 16 KB");
        break;
    case LG_PRELUDE_MORE:
        break;
    }
    return lg_str_part(bytes, used, bytes.size);
}

static enum lg_flow on_data(void *owner, const void *data, size_t size)
{
    struct lg_request *request = owner;
    struct lg_str bytes = lg_str_make(data, size);

    if (request->exchange == NULL)
        return LG_FLOW_MORE;
    if (request->stream.state == LG_STREAM_PRELUDE && !request->answered)
        bytes = take_prelude(request, bytes);
    if (request->stream.state == LG_STREAM_SILENT)
        request->stream.silent_bytes += (int64_t)bytes.size;
    if (request->stream.state != LG_STREAM_BEGUN || bytes.size == 0)
        return LG_FLOW_MORE;
    return lg_exchange_answer_data(request->exchange, bytes.data, bytes.size);
}

const struct lg_call_stream lg_request_stream = { on_head, on_data };

void lg_request_on_room(void *object)
{
    struct lg_request *request = object;

    if (request->call != NULL)
        lg_call_resume(request->call);
    lg_pass_on_room(request);
}

/* --- its end ---------------------------------------------------------------------------------- */

/* What was sent before is its client's. */
void lg_request_cut(struct lg_request *request, const char *cause, const char *reason)
{
    request->stream.cut = cause;
    lg_log(LG_LOG_WARN, "request", request->id, "answer cut: %s: %s", request->stream.cut, reason);
    lg_exchange_answer_cut(request->exchange);
}

void lg_request_end_stream(struct lg_request *request, enum lg_cause cause, const char *reason)
{
    enum lg_error error = lg_error_of_cause(cause);

    if (request->stream.state == LG_STREAM_BEGUN) {
        if (error == LG_ERROR_NONE)
            lg_exchange_answer_end(request->exchange);
        else
            lg_request_cut(request, lg_cause_text(cause), reason);
        return;
    }
    if (request->answered)
        return;
    if (error != LG_ERROR_NONE)
        fail(request, error, reason);
    else if (request->stream.state == LG_STREAM_SILENT)
        lg_request_answer(request);
    else
        fail(request, LG_ERROR_MALFORMED, "the answer ended before its prelude did");
}

/* Once a cut, by whichever side. */
void lg_request_count_cut(const struct lg_request *request)
{
    const char *cause = request->stream.cut != NULL ? request->stream.cut : "client_left";
    struct lg_buf labels;
    char *text;

    assert(request->stream.state == LG_STREAM_BEGUN);
    lg_buf_init(&labels, SIZE_MAX);
    lg_metric_label(&labels, "cause", cause);
    text = lg_buf_take(&labels, NULL);
    lg_metric_add(lg_metric_get(LG_METRIC_COUNTER, "lambdagate_streams_cut_total", text,
                                "Streamed answers that ended before they were whole, by cause."),
                  1);
    free(text);
}
