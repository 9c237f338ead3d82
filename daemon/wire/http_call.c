/* http_call.c -- a request's bytes, and what its owner may ask of it. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/http_chars.h"
#include "base/mem.h"
#include "wire/http_private.h"

#define SPARE_CALLS 64
#define OUT_KEPT ((size_t)16 * 1024) /* a larger buffer is not kept for another call */
#define NEVER INT64_MAX

/* --- client ----------------------------------------------------------------------------------- */

struct lg_http_client *lg_http_client_new(struct lg_resolver *resolver)
{
    struct lg_http_client *client = LG_NEW(struct lg_http_client);

    client->loop = lg_resolver_loop(resolver);
    client->resolver = resolver;
    lg_list_init(&client->spare_calls);
    return client;
}

void lg_http_client_free(struct lg_http_client *client)
{
    if (client == NULL)
        return;
    assert(client->pools == 0 && "a pool was not closed");
    for (struct lg_link *link = lg_list_first(&client->spare_calls); link != NULL;) {
        struct lg_http_call *call = LG_LIST_OF(link, struct lg_http_call, link);

        link = lg_list_after(&client->spare_calls, link);
        lg_buf_done(&call->out);
        free(call);
    }
    free(client);
}

static struct lg_http_call *take_call(struct lg_http_client *client)
{
    struct lg_link *link = lg_list_first(&client->spare_calls);
    struct lg_http_call *call;
    struct lg_buf out;

    if (link == NULL) {
        call = LG_NEW(struct lg_http_call);
        lg_buf_init(&call->out, SIZE_MAX);
        return call;
    }
    lg_list_remove(link);
    client->spare_count--;
    call = LG_LIST_OF(link, struct lg_http_call, link);
    out = call->out;
    *call = (struct lg_http_call){ .out = out };
    return call;
}

static void give_call(struct lg_http_call *call)
{
    struct lg_http_pool *pool = call->pool;
    struct lg_http_client *client = pool->client;

    pool->call_count--;
    lg_http_pool_settle(pool);
    if (client->spare_count == SPARE_CALLS || call->out.room > OUT_KEPT) {
        lg_buf_done(&call->out);
        free(call);
        return;
    }
    lg_buf_clear(&call->out);
    lg_list_add_last(&client->spare_calls, &call->link);
    client->spare_count++;
}

/* --- the request ------------------------------------------------------------------------------ */

/* Fields that this client writes by itself, or that mean its connection. */
static bool is_ours(struct lg_str name)
{
    switch (name.size) {
    case 4:
        return lg_str_iis(name, "host");
    case 10:
        return lg_str_iis(name, "connection");
    case 14:
        return lg_str_iis(name, "content-length");
    case 17:
        return lg_str_iis(name, "transfer-encoding");
    default:
        return false;
    }
}

static void write_field(struct lg_buf *out, struct lg_str name, struct lg_str value)
{
    lg_buf_add_str(out, name);
    lg_buf_add(out, ": ", 2);
    lg_buf_add_str(out, value);
    lg_buf_add(out, "\r\n", 2);
}

/* Some servers want a length with every method that may have a body. */
static bool tells_no_body(struct lg_str method)
{
    return lg_str_is(method, "POST") || lg_str_is(method, "PUT") || lg_str_is(method, "PATCH");
}

static void write_framing(struct lg_http_call *call, const struct lg_http_request *request)
{
    int64_t length = request->streamed ? request->body_length : (int64_t)request->body.size;

    call->chunked = length < 0;
    if (call->chunked) {
        lg_buf_add_cstr(&call->out, "Transfer-Encoding: chunked\r\n");
    } else if (length > 0 || tells_no_body(request->method)) {
        lg_buf_add_cstr(&call->out, "Content-Length: ");
        lg_buf_add_i64(&call->out, length);
        lg_buf_add(&call->out, "\r\n", 2);
    }
}

/* A proxy for http is given the whole URL. */
static void write_origin(struct lg_buf *out, const struct lg_http_pool *pool)
{
    bool v6 = strchr(pool->options.host, ':') != NULL;

    lg_buf_printf(out, "http://%s%s%s:%u", v6 ? "[" : "", pool->options.host, v6 ? "]" : "",
                  (unsigned)pool->options.port);
}

static void write_head(struct lg_http_call *call, const struct lg_http_request *request)
{
    const struct lg_http_pool *pool = call->pool;
    bool forwarded = pool->options.proxy != NULL && pool->options.tls == NULL;
    struct lg_buf *out = &call->out;

    lg_buf_add_str(out, request->method);
    lg_buf_add_char(out, ' ');
    if (forwarded)
        write_origin(out, pool);
    lg_buf_add_str(out, request->target);
    lg_buf_add_cstr(out, " HTTP/1.1\r\n");
    write_field(out, LG_STR("Host"), request->host);
    if (forwarded && pool->proxy.authorization != NULL)
        write_field(out, LG_STR("Proxy-Authorization"), lg_str_of(pool->proxy.authorization));
    for (size_t i = 0; i < request->header_count; i++) {
        const struct lg_header *field = &request->headers[i];

        /* A field that could end its line would be a request of its own. */
        if (!is_ours(field->name) && lg_http_token_valid(field->name) &&
            lg_http_field_value_valid(field->value))
            write_field(out, field->name, field->value);
    }
    write_framing(call, request);
    lg_buf_add(out, "\r\n", 2);
}

bool lg_http_call_has_output(const struct lg_http_call *call)
{
    return call->out_taken < call->out.size || call->body.size > 0;
}

struct lg_http_call *lg_http_call_begin(struct lg_http_pool *pool,
                                        const struct lg_http_request *request,
                                        const struct lg_http_call_events *events, void *context)
{
    struct lg_http_call *call = take_call(pool->client);

    assert(!pool->closing);
    call->pool = pool;
    call->events = events;
    call->context = context;
    call->times = request->times;
    call->total_at_ms = request->times.total > 0
                            ? lg_loop_now_ms(pool->client->loop) + request->times.total
                            : NEVER;
    call->is_head = lg_str_is(request->method, "HEAD");
    call->streamed = request->streamed;
    call->complete = !request->streamed || request->body_length == 0;
    call->full = !call->complete; /* until there is a connection */
    if (!request->streamed)
        call->body = request->body;
    write_head(call, request);
    pool->call_count++;
    if (!lg_http_pool_put(pool, call)) {
        call->end = (struct lg_http_end){ .outcome = LG_HTTP_NOT_SENT,
                                          .fault = LG_HTTP_FAULT_FULL,
                                          .error = "too many requests wait for a connection" };
        lg_http_call_end_soon(call);
    }
    return call;
}

/* --- a streamed body -------------------------------------------------------------------------- */

enum lg_flow lg_http_call_send(struct lg_http_call *call, const void *data, size_t size)
{
    assert(call->streamed && !call->complete);
    if (call->deaf || size == 0)
        return LG_FLOW_MORE;
    if (call->out_taken >= LG_HTTP_SEND_FULL) {
        lg_buf_drop(&call->out, call->out_taken);
        call->out_taken = 0;
    }
    if (call->chunked)
        lg_buf_printf(&call->out, "%zx\r\n", size);
    lg_buf_add(&call->out, data, size);
    if (call->chunked)
        lg_buf_add(&call->out, "\r\n", 2);
    if (call->line != NULL)
        lg_http_line_wake(call->line);
    call->full = call->out.size - call->out_taken >= LG_HTTP_SEND_FULL;
    return call->full ? LG_FLOW_PAUSE : LG_FLOW_MORE;
}

void lg_http_call_send_end(struct lg_http_call *call)
{
    assert(call->streamed && (!call->complete || !call->chunked));
    if (call->complete)
        return;
    call->complete = true;
    if (call->chunked && !call->deaf)
        lg_buf_add_cstr(&call->out, "0\r\n\r\n");
    if (call->line != NULL)
        lg_http_line_wake(call->line);
}

void lg_http_call_resume(struct lg_http_call *call)
{
    if (!call->paused)
        return;
    call->paused = false;
    if (call->line == NULL)
        return;
    lg_http_line_patience(call->line);
    lg_http_line_wake(call->line);
}

bool lg_http_call_was_sent(const struct lg_http_call *call)
{
    return call->line != NULL && lg_conn_sent(call->line->conn) != call->line->sent_before;
}

/* --- ends ------------------------------------------------------------------------------------- */

void lg_http_call_end(struct lg_http_call *call)
{
    assert(call->line == NULL && !lg_link_in_list(&call->link));
    lg_timer_clear(call->pool->client->loop, &call->timer);
    lg_task_cancel(&call->task);
    call->events->on_end(call->context, &call->end);
    give_call(call);
}

static void end_by_task(struct lg_task *task)
{
    lg_http_call_end(LG_CONTAINER(task, struct lg_http_call, task));
}

void lg_http_call_end_soon(struct lg_http_call *call)
{
    lg_task_queue(call->pool->client->loop, &call->task, end_by_task);
}

void lg_http_call_cancel(struct lg_http_call *call)
{
    struct lg_http_pool *pool = call->pool;
    struct lg_http_line *line = call->line;

    lg_task_cancel(&call->task);
    lg_timer_clear(pool->client->loop, &call->timer);
    if (line != NULL) {
        line->call = NULL;
        call->line = NULL;
        lg_http_line_close(line);
        lg_http_pool_dispatch(pool);
    } else if (lg_link_in_list(&call->link)) {
        lg_http_pool_unwait(call);
    }
    give_call(call);
}
