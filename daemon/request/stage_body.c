/*
 * stage_body.c -- the body is buffered for a function, and refused before a byte of it is read
 * where that can be known.
 */
#include "request/stage_http.h"

/* A REST API says the limit in words. */
static enum lg_next too_large(struct lg_request *request, const char *reason)
{
    const struct lg_config *config = lg_snapshot_config(request->snapshot);
    const char *message = NULL;

    if (request->kind == LG_API_REST)
        message = lg_arena_printf(&request->arena, "HTTP content length exceeded %lld bytes.",
                                  (long long)config->limits.body_bytes);
    return lg_request_fail_saying(request, LG_ERROR_BODY_TOO_LARGE, message, reason);
}

static void read_body(struct lg_request *request)
{
    int64_t length = request->head->content_length;

    if (length > 0)
        (void)lg_buf_reserve(&request->body, (size_t)length);
    lg_exchange_read_body(request->exchange);
}

static bool reads_body(const struct lg_request *request)
{
    switch (request->rule->integration) {
    case LG_INTEGRATION_FUNCTION:
        return true;
    case LG_INTEGRATION_HTTP:
        return lg_pass_buffers(request); /* else it goes to the server as it comes */
    default:
        return false;
    }
}

enum lg_next lg_stage_body(struct lg_request *request)
{
    const struct lg_config *config = lg_snapshot_config(request->snapshot);
    int64_t length = request->head->content_length;

    if (length > config->limits.body_bytes)
        return too_large(request, "Content-Length over the limit");
    /* Redirects and static answers do not look at a body. */
    if (!reads_body(request) || length == 0)
        return LG_NEXT;
    switch (lg_request_ask_memory(request, length)) {
    case LG_OK:
        read_body(request);
        return LG_WAIT;
    case LG_ERR_BUSY:
        lg_request_arm_budget(request);
        return LG_WAIT;
    default:
        return lg_request_fail(request, LG_ERROR_OVERLOADED, "memory_budget: no room for a body");
    }
}

void lg_request_memory_found(struct lg_request *request)
{
    lg_timer_clear(request->front->loop, &request->budget);
    if (request->head->content_length < 0)
        lg_exchange_resume_body(request->exchange);
    else
        read_body(request);
}

/* One of unknown length has grown. What is answered now drops the rest of it. */
static enum lg_flow go_on(struct lg_request *request)
{
    switch (lg_request_grow_memory(request, request->body.room)) {
    case LG_OK:
        return LG_FLOW_MORE;
    case LG_ERR_BUSY:
        lg_request_arm_budget(request);
        return LG_FLOW_PAUSE;
    default:
        (void)lg_request_fail(request, LG_ERROR_OVERLOADED,
                              "memory_budget: no room for a growing body");
        lg_request_answer(request);
        return LG_FLOW_MORE;
    }
}

enum lg_flow lg_request_on_data(void *object, const void *data, size_t size)
{
    struct lg_request *request = object;

    if (lg_pass_streams_body(request))
        return lg_pass_on_data(request, data, size);
    if (request->answered)
        return LG_FLOW_MORE;
    if (lg_buf_add(&request->body, data, size))
        return go_on(request);
    (void)too_large(request, "body over the limit");
    lg_request_answer(request);
    return LG_FLOW_MORE;
}

void lg_request_on_body(void *object)
{
    if (lg_pass_streams_body(object))
        lg_pass_on_body(object);
    else
        lg_request_resume(object);
}
