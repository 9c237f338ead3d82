/*
 * invoke_stream.c -- InvokeWithResponseStream: the answer as events, while the function makes it.
 *
 * The pieces of an answer are PayloadChunk events as they come, prelude included: only an HTTP
 * front reads that. The last event is InvokeComplete, which alone says whether the function failed,
 * since its status has been sent by then.
 */
#include "base/json.h"
#include "invoke_api/event_stream.h"
#include "invoke_api/invocation.h"

#define CHUNK_MAX ((size_t)256 * 1024) /* of a result that is there whole */

static void begin(struct lg_invoke *invocation)
{
    invocation->streams = true;
    lg_invoke_add_header(invocation, "Content-Type", LG_STR("application/vnd.amazon.eventstream"));
    lg_invoke_add_header(invocation, "X-Amz-Executed-Version", LG_STR("$LATEST"));
    lg_invoke_add_ids(invocation);
    lg_exchange_answer_start(invocation->exchange,
                             &(struct lg_answer){ .status = 200,
                                                  .headers = invocation->headers,
                                                  .header_count = invocation->header_count },
                             -1);
}

static enum lg_flow send_chunk(struct lg_invoke *invocation, struct lg_str bytes)
{
    struct lg_buf *out = &invocation->body;

    lg_buf_clear(out);
    lg_event_stream_add(out, "PayloadChunk", "application/octet-stream", bytes);
    return lg_exchange_answer_data(invocation->exchange, out->data, out->size);
}

static void on_head(void *owner, const struct lg_invocation_head *head)
{
    struct lg_invoke *invocation = owner;

    (void)head;
    if (invocation->exchange != NULL)
        begin(invocation);
}

static enum lg_flow on_data(void *owner, const void *data, size_t size)
{
    struct lg_invoke *invocation = owner;

    if (invocation->exchange == NULL)
        return LG_FLOW_MORE;
    return send_chunk(invocation, lg_str_make(data, size));
}

const struct lg_call_stream lg_invoke_stream = { on_head, on_data };

void lg_invoke_on_room(void *object)
{
    struct lg_invoke *invocation = object;

    if (invocation->call != NULL)
        lg_call_resume(invocation->call);
}

/* --- its end ---------------------------------------------------------------------------------- */

/* Whether the function ran: then what became of it is the last event's to tell. */
static bool has_run(enum lg_cause cause)
{
    return cause == LG_CAUSE_OK || cause == LG_CAUSE_FUNCTION_ERROR || cause == LG_CAUSE_TIMEOUT ||
           cause == LG_CAUSE_TOO_LARGE;
}

static void add_member(struct lg_buf *out, bool *first, const char *name, struct lg_str value)
{
    lg_json_add_name(out, first, name);
    lg_json_add_string(out, value);
}

static void write_complete(struct lg_invoke *invocation, const struct lg_call_end *end,
                           struct lg_buf *out)
{
    bool first = true;

    lg_buf_add_char(out, '{');
    if (end->cause != LG_CAUSE_OK) {
        const char *code = end->error_type != NULL ? end->error_type : "Runtime.Unknown";

        lg_buf_clear(&invocation->body);
        lg_invoke_write_document(invocation, end);
        add_member(out, &first, "ErrorCode", lg_str_of(code));
        add_member(out, &first, "ErrorDetails", lg_buf_str(&invocation->body));
    }
    if (invocation->request.want_log_tail)
        add_member(out, &first, "LogResult", lg_invoke_log_tail(invocation, end->log_tail));
    lg_buf_add_char(out, '}');
}

static void send_complete(struct lg_invoke *invocation, const struct lg_call_end *end)
{
    struct lg_buf json;

    lg_buf_init(&json, SIZE_MAX);
    write_complete(invocation, end, &json);
    lg_buf_clear(&invocation->body);
    lg_event_stream_add(&invocation->body, "InvokeComplete", "application/json", lg_buf_str(&json));
    (void)lg_exchange_answer_data(invocation->exchange, invocation->body.data,
                                  invocation->body.size);
    lg_exchange_answer_end(invocation->exchange);
    lg_buf_done(&json);
}

/* A function that answered in one piece has it cut into events. */
static void send_result(struct lg_invoke *invocation, struct lg_str result)
{
    for (size_t at = 0; at < result.size; at += CHUNK_MAX) {
        size_t end = result.size - at < CHUNK_MAX ? result.size : at + CHUNK_MAX;

        (void)send_chunk(invocation, lg_str_part(result, at, end));
    }
}

void lg_invoke_end_stream(struct lg_invoke *invocation, const struct lg_call_end *end)
{
    if (!invocation->streams && !has_run(end->cause)) {
        lg_invoke_answer_end(invocation, end);
        return;
    }
    if (!invocation->streams)
        begin(invocation);
    if (end->cause == LG_CAUSE_OK)
        send_result(invocation, end->result);
    lg_invoke_log(invocation, 200, lg_cause_text(end->cause));
    send_complete(invocation, end);
}
