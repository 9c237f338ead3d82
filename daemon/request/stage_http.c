/*
 * stage_http.c -- passes a request on to an upstream server, and its answer back, piece by piece.
 *
 * A small body, and one that is looked into, is read whole first; any other leaves as it comes,
 * once there is a connection to take it. So nothing of the body is gone when a try ends of which
 * nothing was sent, and the next server can be asked. What was sent is only sent again where that
 * is safe and the route allows it.
 *
 * An answer that begins while the body still comes is held until the body is whole, unless it
 * refuses: our listener stops reading what has been answered.
 */
#include "request/stage_http.h"

#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "integrate/forward.h"
#include "observe/log.h"
#include "upstream/outbound.h"

#define SMALL ((int64_t)64 * 1024) /* bodies that are read whole: one write, and all tries */
#define HELD ((size_t)256 * 1024)  /* of a body and an answer on their way, for the budget */
#define EARLY_MOST                                                                                 \
    ((size_t)1 << 20) /* of an answer that came early; its server waits before that */

struct lg_pass {
    struct lg_request *request;
    struct lg_http_call *call; /* NULL between and after tries */
    struct lg_forwarded out;
    size_t server;   /* of this try */
    uint64_t tried;  /* servers, a bit each */
    int64_t tries;   /* begun */
    bool streams;    /* the body */
    bool reading;    /* the exchange's body was asked for */
    bool read_whole; /* and has come */
    bool full;       /* the server takes no more of it for now, and the client is not read */
    uint64_t read;   /* bytes of it */
    bool early;      /* an answer is held until the body has come */
    int64_t length;  /* of the answer */
    struct lg_buf held;
    int64_t begun_us;
};

/* --- ends ------------------------------------------------------------------------------------- */

static void fail(struct lg_request *request, enum lg_error error, const char *reason)
{
    if (request->answered)
        return;
    lg_timer_clear(request->front->loop, &request->budget);
    (void)lg_request_fail(request, error, reason);
    lg_request_answer(request);
}

void lg_pass_cancel(struct lg_request *request)
{
    struct lg_pass *pass = request->pass;

    if (pass == NULL || pass->call == NULL)
        return;
    lg_http_call_cancel(pass->call);
    pass->call = NULL;
}

static void done_pass(void *pass)
{
    struct lg_pass *ended = pass;

    lg_buf_done(&ended->held);
}

static struct lg_upstream *upstream_of(const struct lg_pass *pass)
{
    return pass->request->rule->extras->upstream;
}

static const char *words(struct lg_pass *pass, const char *error)
{
    const struct lg_upstream_server *server = &upstream_of(pass)->servers[pass->server];

    return lg_arena_printf(&pass->request->arena, "%s:%u: %s", server->host, (unsigned)server->port,
                           error != NULL ? error : "no answer");
}

static enum lg_error error_of(const struct lg_http_end *end)
{
    bool sent = end->outcome == LG_HTTP_UNKNOWN;

    switch (end->fault) {
    case LG_HTTP_FAULT_TIME:
        return sent ? LG_ERROR_TIMEOUT : LG_ERROR_TIMEOUT_WAITING;
    case LG_HTTP_FAULT_WAIT:
        return LG_ERROR_TIMEOUT_WAITING;
    case LG_HTTP_FAULT_FULL:
        return LG_ERROR_NOT_STARTED;
    default:
        if (sent)
            return LG_ERROR_UPSTREAM_FAILED;
        return end->error != NULL && strncmp(end->error, "TLS:", 4) == 0
                   ? LG_ERROR_UPSTREAM_TLS
                   : LG_ERROR_UPSTREAM_UNREACHABLE;
    }
}

/* --- tries ------------------------------------------------------------------------------------ */

static bool is_idempotent(struct lg_str method)
{
    return lg_str_is(method, "GET") || lg_str_is(method, "HEAD") || lg_str_is(method, "OPTIONS") ||
           lg_str_is(method, "PUT") || lg_str_is(method, "DELETE");
}

static bool may_try_again(const struct lg_pass *pass, const struct lg_http_end *end)
{
    const struct lg_config_http *http = pass->request->rule->config->http;

    if (pass->tries > http->retries || end->has_head || pass->reading)
        return false;
    if (end->outcome == LG_HTTP_NOT_SENT)
        return true;
    return http->retry_idempotent && is_idempotent(lg_request_method(pass->request));
}

static void begin_try(struct lg_pass *pass);

/* There is room for more of the body, or nobody who takes it: then it is dropped. */
static void read_on(struct lg_pass *pass)
{
    struct lg_request *request = pass->request;

    if (pass->read_whole)
        return;
    pass->full = false;
    lg_timer_clear(request->front->loop, &request->budget);
    lg_exchange_resume_body(request->exchange);
}

static void on_end(void *context, const struct lg_http_end *end)
{
    struct lg_pass *pass = context;
    struct lg_request *request = pass->request;

    pass->call = NULL;
    lg_upstream_tell(upstream_of(pass), pass->server, end, lg_loop_now_ms(request->front->loop));
    if (request->stream.state == LG_STREAM_BEGUN) {
        if (end->outcome == LG_HTTP_WHOLE)
            lg_exchange_answer_end(request->exchange);
        else
            lg_request_cut(request, "upstream", words(pass, end->error));
        return;
    }
    if (request->answered)
        return;
    if (end->outcome == LG_HTTP_WHOLE) {
        read_on(pass); /* what is held leaves when the body has come */
        return;
    }
    pass->early = false;
    if (may_try_again(pass, end)) {
        lg_log(LG_LOG_INFO, "request", request->id, "tries again: %s", words(pass, end->error));
        begin_try(pass);
        return;
    }
    fail(request, error_of(end), words(pass, end->error));
}

/* Time is up. */
static void give_up(struct lg_request *request, const char *why)
{
    struct lg_pass *pass = request->pass;
    bool sent = pass->tries > 1 || (pass->call != NULL && lg_http_call_was_sent(pass->call));
    const struct lg_http_end end = { .outcome = sent ? LG_HTTP_UNKNOWN : LG_HTTP_NOT_SENT,
                                     .fault = LG_HTTP_FAULT_TIME,
                                     .error = why };

    lg_pass_cancel(request);
    lg_upstream_tell(upstream_of(pass), pass->server, &end, lg_loop_now_ms(request->front->loop));
    fail(request, error_of(&end), words(pass, end.error));
}

static void on_stall(struct lg_timer *timer)
{
    give_up(LG_CONTAINER(timer, struct lg_request, budget), "the request was not taken in time");
}

/* --- the answer ------------------------------------------------------------------------------- */

static bool has_no_body(const struct lg_request *request)
{
    return lg_str_is(request->head->method, "HEAD") || request->status == 204 ||
           request->status == 304;
}

static void answer(struct lg_pass *pass)
{
    struct lg_request *request = pass->request;

    pass->early = false;
    lg_timer_clear(request->front->loop, &request->budget);
    if (!lg_request_map_answer(request)) {
        lg_pass_cancel(request);
        lg_request_answer(request);
        return;
    }
    if (has_no_body(request)) {
        request->stream.state = LG_STREAM_SILENT;
        request->stream.silent_bytes = pass->length;
    } else {
        request->stream.state = LG_STREAM_BEGUN;
        request->stream.has_length = true;
        request->stream.length = pass->length;
    }
    lg_request_answer(request);
}

/*
 * The server answers, takes no more of the body, and waits for us to take its answer, which is held
 * for the body: its connection has no deadline then.
 */
static void watch_stall(struct lg_pass *pass)
{
    struct lg_request *request = pass->request;
    struct lg_loop *loop = request->front->loop;

    if (pass->early && pass->full)
        lg_timer_set(loop, &request->budget,
                     lg_loop_now_ms(loop) + request->rule->config->http->idle_timeout_ms, on_stall);
}

/* The server was asked with HEAD, by a client that was told of no body by nothing else. */
static bool asks_for_less(const struct lg_request *request)
{
    return lg_str_is(lg_request_method(request), "HEAD") &&
           !lg_str_is(request->head->method, "HEAD");
}

static void on_head(void *context, const struct lg_http_response *head)
{
    struct lg_pass *pass = context;
    struct lg_request *request = pass->request;
    struct lg_upstream_server *server = &upstream_of(pass)->servers[pass->server];

    lg_histogram_observe_us(&server->numbers->first_byte,
                            lg_loop_now_us(request->front->loop) - pass->begun_us);
    if (request->answered)
        return;
    request->status = head->status;
    request->headers = lg_forward_answer(&request->arena, request->kind, head->headers,
                                         head->header_count, &request->header_count);
    pass->length = asks_for_less(request) ? 0 : head->length;
    pass->early = pass->reading && !pass->read_whole && head->status < 300;
    if (pass->early)
        watch_stall(pass);
    else
        answer(pass);
}

static enum lg_flow on_data(void *context, const void *data, size_t size)
{
    struct lg_pass *pass = context;
    struct lg_request *request = pass->request;

    if (pass->early) {
        lg_buf_add(&pass->held, data, size);
        return LG_FLOW_PAUSE;
    }
    if (request->stream.state != LG_STREAM_BEGUN)
        return LG_FLOW_MORE;
    return lg_exchange_answer_data(request->exchange, data, size);
}

/* The body has come whole: what was held may go. */
static void let_go(struct lg_pass *pass)
{
    struct lg_request *request = pass->request;

    answer(pass);
    if (request->stream.state != LG_STREAM_BEGUN)
        return;
    if (pass->held.size > 0)
        (void)lg_exchange_answer_data(request->exchange, pass->held.data, pass->held.size);
    lg_buf_done(&pass->held);
    if (pass->call != NULL)
        lg_http_call_resume(pass->call);
    else
        lg_exchange_answer_end(request->exchange); /* it had come whole */
}

void lg_pass_on_room(struct lg_request *request)
{
    if (request->pass != NULL && request->pass->call != NULL)
        lg_http_call_resume(request->pass->call);
}

/* --- the body --------------------------------------------------------------------------------- */

bool lg_pass_buffers(const struct lg_request *request)
{
    int64_t length = request->head->content_length;

    return (length > 0 && length <= SMALL) || request->rule->body != NULL ||
           lg_request_mapping_reads_body(request);
}

bool lg_pass_streams_body(const struct lg_request *request)
{
    return request->pass != NULL && request->pass->streams;
}

static void on_room(void *context)
{
    struct lg_pass *pass = context;
    struct lg_request *request = pass->request;

    if (request->answered)
        return;
    if (pass->reading) {
        read_on(pass);
        return;
    }
    pass->reading = true;
    lg_timer_clear(request->front->loop, &request->budget);
    lg_exchange_read_body(request->exchange);
}

enum lg_flow lg_pass_on_data(struct lg_request *request, const void *data, size_t size)
{
    struct lg_pass *pass = request->pass;

    pass->read += size;
    if (request->answered)
        return LG_FLOW_MORE;
    if (pass->read > (uint64_t)lg_snapshot_config(request->snapshot)->limits.body_bytes) {
        lg_pass_cancel(request);
        fail(request, LG_ERROR_BODY_TOO_LARGE, "body over the limit");
        return LG_FLOW_MORE;
    }
    if (pass->call == NULL || lg_http_call_send(pass->call, data, size) == LG_FLOW_MORE)
        return LG_FLOW_MORE;
    pass->full = true;
    watch_stall(pass);
    return LG_FLOW_PAUSE;
}

static void arm_budget(struct lg_request *request);

void lg_pass_on_body(struct lg_request *request)
{
    struct lg_pass *pass = request->pass;

    pass->read_whole = true;
    if (request->answered)
        return;
    if (pass->call != NULL)
        lg_http_call_send_end(pass->call);
    if (pass->early)
        let_go(pass);
    else
        arm_budget(request);
}

/* --- beginning -------------------------------------------------------------------------------- */

/* The route's patience is at its end, and no answer has begun. */
static void on_budget(struct lg_timer *timer)
{
    give_up(LG_CONTAINER(timer, struct lg_request, budget), "no answer within the route's timeout");
}

static void arm_budget(struct lg_request *request)
{
    struct lg_loop *loop = request->front->loop;

    lg_timer_set(loop, &request->budget, lg_loop_now_ms(loop) + request->rule->timeout_ms,
                 on_budget);
}

static void begin_try(struct lg_pass *pass)
{
    static const struct lg_http_call_events events = { on_room, on_head, on_data, on_end };
    struct lg_request *request = pass->request;
    const struct lg_config_http *http = request->rule->config->http;
    struct lg_upstream *upstream = upstream_of(pass);
    const struct lg_http_request call = {
        .method = lg_request_method(request),
        .target = pass->out.target,
        .host = pass->out.host,
        .headers = pass->out.headers,
        .header_count = pass->out.header_count,
        .body = lg_buf_str(&request->body),
        .streamed = pass->streams,
        .body_length = request->head->content_length,
        .times = { .wait = 2 * http->connect_timeout_ms,
                   .send = http->idle_timeout_ms,
                   .between = http->idle_timeout_ms },
    };

    pass->server = lg_upstream_choose(upstream, pass->tried, lg_loop_now_ms(request->front->loop));
    pass->tried |= (uint64_t)1 << (pass->server % 64);
    pass->tries++;
    pass->begun_us = lg_loop_now_us(request->front->loop);
    pass->call = lg_http_call_begin(
        lg_outbound_pool(request->front->outbound, upstream, pass->server), &call, &events, pass);
}

static bool open_outbound(struct lg_front *front)
{
    struct lg_http_client *client = front->outbound == NULL ? front->http_client(front) : NULL;

    if (client != NULL)
        front->outbound = lg_outbound_new(front->loop, client);
    return front->outbound != NULL;
}

static enum lg_next begin(struct lg_request *request)
{
    const struct lg_rule_extras *extras = request->rule->extras;
    const struct lg_forward_source source = { .head = request->head,
                                              .path = request->path,
                                              .match = &request->match,
                                              .mapped = request->mapped };
    struct lg_pass *pass;

    if (request->error != LG_ERROR_NONE)
        return LG_ANSWER;
    if (!open_outbound(request->front))
        return lg_request_fail(request, LG_ERROR_OVERLOADED, "no descriptor for names of hosts");
    if (lg_request_add_memory(request, HELD) != LG_OK)
        return lg_request_fail(request, LG_ERROR_OVERLOADED,
                               "memory_budget: no room for a request");
    pass = LG_ARENA_NEW(&request->arena, struct lg_pass);
    pass->request = request;
    lg_buf_init(&pass->held, EARLY_MOST);
    lg_arena_defer(&request->arena, done_pass, pass);
    pass->streams = request->head->content_length != 0 && !lg_pass_buffers(request);
    lg_forward_request(extras->forward, &request->arena, &source, &pass->out);
    request->pass = pass;
    arm_budget(request);
    begin_try(pass);
    return LG_WAIT;
}

static void map(struct lg_request *request)
{
    (void)lg_request_map(request);
}

enum lg_next lg_pass_begin(struct lg_request *request)
{
    size_t size = lg_request_mapping_reads_body(request) ? request->body.size : 0;

    return lg_request_work(request, size, map, begin);
}
