/* http_line.c -- a connection of a pool, from its opening to its end. */
#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"
#include "wire/http_private.h"

#define IN_MOST (LG_HTTP_RESPONSE_HEAD_BYTES + 2 * LG_HTTP_WINDOW)
#define NEVER INT64_MAX

static struct lg_loop *loop_of(const struct lg_http_line *line)
{
    return line->pool->client->loop;
}

/* --- its end ---------------------------------------------------------------------------------- */

static void free_line(struct lg_task *task)
{
    struct lg_http_line *line = LG_CONTAINER(task, struct lg_http_line, task);

    lg_buf_done(&line->in);
    lg_buf_done(&line->out);
    free(line);
}

void lg_http_line_close(struct lg_http_line *line)
{
    struct lg_http_pool *pool = line->pool;

    assert(line->state != LG_HTTP_LINE_DEAD && line->call == NULL);
    if (line->state == LG_HTTP_LINE_OPENING || line->state == LG_HTTP_LINE_TUNNEL)
        pool->opening_count--;
    if (line->state == LG_HTTP_LINE_IDLE)
        pool->idle_count--;
    lg_list_remove(&line->idle_link);
    lg_list_remove(&line->link);
    pool->line_count--;
    line->state = LG_HTTP_LINE_DEAD;
    lg_timer_clear(loop_of(line), &line->timer);
    lg_conn_close(line->conn);
    lg_task_cancel(&line->task);
    lg_task_queue(loop_of(line), &line->task, free_line);
    lg_http_pool_settle(pool);
}

static struct lg_http_call *detach(struct lg_http_line *line)
{
    struct lg_http_call *call = line->call;

    line->call = NULL;
    call->line = NULL;
    return call;
}

static bool was_sent(const struct lg_http_line *line)
{
    return lg_conn_sent(line->conn) != line->sent_before;
}

/* The call ends without its answer, and the line with it. */
static void fail(struct lg_http_line *line, enum lg_http_fault fault, const char *error)
{
    struct lg_http_pool *pool = line->pool;
    bool sent = was_sent(line), kept = line->requests > 1;
    struct lg_http_call *call = detach(line);

    if (!sent && kept && fault == LG_HTTP_FAULT_LOST) {
        /* It was dead when we took it. */
        lg_http_line_close(line);
        call->end.reused = false;
        lg_http_pool_wait(pool, call, true);
        lg_http_pool_dispatch(pool);
        return;
    }
    call->end.outcome = sent ? LG_HTTP_UNKNOWN : LG_HTTP_NOT_SENT;
    call->end.fault = fault;
    call->end.error = error;
    lg_http_line_close(line);
    lg_http_pool_dispatch(pool);
    lg_http_call_end(call);
}

/* --- deadlines -------------------------------------------------------------------------------- */

static const char *late_words(const struct lg_http_call *call)
{
    if (call->answering)
        return "the answer stopped coming";
    return lg_http_call_has_output(call) ? "the request was not taken in time"
                                         : "there was no answer in time";
}

static void on_deadline(struct lg_timer *timer)
{
    struct lg_http_line *line = LG_CONTAINER(timer, struct lg_http_line, timer);

    if (lg_loop_now_ms(loop_of(line)) < line->deadline_ms) {
        if (line->deadline_ms != NEVER)
            lg_timer_set(loop_of(line), timer, line->deadline_ms, on_deadline);
        return;
    }
    switch (line->state) {
    case LG_HTTP_LINE_IDLE:
        lg_http_line_close(line);
        break;
    case LG_HTTP_LINE_TUNNEL:
        lg_http_line_fail_opening(line, "the proxy took too long");
        break;
    case LG_HTTP_LINE_BUSY:
        fail(line, LG_HTTP_FAULT_TIME, late_words(line->call));
        break;
    default:
        break;
    }
}

/* The timer is touched only when it would be late: it finds by itself that it is early. */
void lg_http_line_set_deadline(struct lg_http_line *line, int64_t at_ms)
{
    line->deadline_ms = at_ms;
    if (at_ms != NEVER && (!lg_timer_armed(&line->timer) || line->timer.at_ms > at_ms))
        lg_timer_set(loop_of(line), &line->timer, at_ms, on_deadline);
}

void lg_http_line_patience(struct lg_http_line *line)
{
    const struct lg_http_call *call = line->call;
    int64_t phase, until = call->total_at_ms;

    if (call->paused)
        phase = 0;
    else if (call->answering)
        phase = call->times.between;
    else if (lg_http_call_has_output(call))
        phase = call->times.send;
    else
        phase = call->complete ? call->times.first : 0;
    if (phase > 0 && lg_loop_now_ms(loop_of(line)) + phase < until)
        until = lg_loop_now_ms(loop_of(line)) + phase;
    lg_http_line_set_deadline(line, until);
}

/* --- sending ---------------------------------------------------------------------------------- */

static void count_taken(struct lg_http_call *call, size_t size)
{
    size_t out = call->out.size - call->out_taken;

    if (size < out) {
        call->out_taken += size;
        return;
    }
    size -= out;
    lg_buf_clear(&call->out);
    call->out_taken = 0;
    call->body = lg_str_part(call->body, size, call->body.size);
}

/* Gives the kernel what it takes. No callbacks. */
static enum lg_err send_some(struct lg_http_line *line)
{
    struct lg_http_call *call = line->call;
    enum lg_err err = LG_OK;
    bool moved = false;

    while (!call->deaf && lg_http_call_has_output(call) && err == LG_OK) {
        struct iovec parts[2];
        size_t count = 0, size;

        if (call->out_taken < call->out.size)
            parts[count++] = (struct iovec){ call->out.data + call->out_taken,
                                             call->out.size - call->out_taken };
        if (call->body.size > 0)
            parts[count++] = (struct iovec){ (void *)(uintptr_t)call->body.data, call->body.size };
        err = lg_conn_write(line->conn, parts, count, &size);
        count_taken(call, size);
        moved = moved || size > 0;
    }
    if (moved)
        lg_http_line_patience(line);
    return err;
}

static void drop_output(struct lg_http_call *call)
{
    call->deaf = true;
    lg_buf_clear(&call->out);
    call->out_taken = 0;
    call->body = LG_STR_NONE;
}

static void send_step(struct lg_http_line *line)
{
    struct lg_http_call *call = line->call;

    if (send_some(line) == LG_ERR_IO) {
        if (!was_sent(line)) {
            fail(line, LG_HTTP_FAULT_LOST, lg_conn_error(line->conn));
            return;
        }
        /* It may have answered already, and hung up on the rest. */
        drop_output(call);
        lg_http_line_patience(line);
    }
    if (call->full && !lg_http_call_has_output(call)) {
        call->full = false;
        if (!call->complete)
            call->events->on_room(call->context);
    }
}

/* --- receiving -------------------------------------------------------------------------------- */

static void finish(struct lg_http_line *line, bool leftover)
{
    struct lg_http_call *call = line->call;
    struct lg_http_pool *pool = line->pool;
    bool again = line->reader.persistent && !leftover && !call->deaf && call->complete &&
                 !lg_http_call_has_output(call);

    (void)detach(line);
    lg_buf_done(&line->in); /* of this answer, but for what makes it the last one here */
    call->end.outcome = LG_HTTP_WHOLE;
    call->end.fault = LG_HTTP_FAULT_NONE;
    call->end.error = NULL;
    if (again)
        lg_http_line_ready(line);
    else
        lg_http_line_close(line);
    lg_http_pool_dispatch(pool);
    lg_http_call_end(call);
}

static bool show_head(struct lg_http_line *line)
{
    struct lg_http_call *call = line->call;

    call->end.has_head = true;
    call->events->on_head(call->context, &line->reader.head);
    return line->call == call;
}

static bool show_data(struct lg_http_line *line, struct lg_str data)
{
    struct lg_http_call *call = line->call;
    enum lg_flow flow = call->events->on_data(call->context, data.data, data.size);

    if (line->call != call)
        return false;
    if (flow == LG_FLOW_PAUSE && line->reader.state != LG_HTTP_RESPONSE_DONE) {
        call->paused = true;
        lg_http_line_patience(line);
    }
    return true;
}

/* Takes what is whole off `cursor`; false when the call is not on this line any more. */
static bool take(struct lg_http_line *line, struct lg_http_cursor *cursor)
{
    while (!line->call->paused) {
        struct lg_str data;

        switch (lg_http_response_next(&line->reader, cursor, &data)) {
        case LG_HTTP_RESPONSE_PIECE_HEAD:
            if (!show_head(line))
                return false;
            break;
        case LG_HTTP_RESPONSE_PIECE_DATA:
            if (!show_data(line, data))
                return false;
            break;
        case LG_HTTP_RESPONSE_PIECE_MORE:
            return true;
        case LG_HTTP_RESPONSE_PIECE_END:
            finish(line, cursor->at < cursor->end);
            return false;
        case LG_HTTP_RESPONSE_PIECE_BAD:
            fail(line, LG_HTTP_FAULT_BAD, cursor->fault);
            return false;
        }
    }
    return true;
}

/* What was kept, with what may have come behind it. */
static bool take_kept(struct lg_http_line *line)
{
    struct lg_http_cursor cursor = { line->in.data, line->in.data + line->in.size, NULL };

    if (!take(line, &cursor))
        return false;
    lg_buf_drop(&line->in, (size_t)(cursor.at - line->in.data));
    if (line->in.size == 0)
        lg_buf_done(&line->in);
    return true;
}

static bool take_new(struct lg_http_line *line, size_t size)
{
    const char *window = line->pool->client->window;
    struct lg_http_cursor cursor = { window, window + size, NULL };

    line->call->answering = true;
    lg_http_line_patience(line);
    if (line->in.size > 0) {
        lg_buf_add(&line->in, window, size);
        assert(!lg_buf_failed(&line->in)); /* the reader refuses what does not end before */
        return take_kept(line);
    }
    if (!take(line, &cursor))
        return false;
    if (cursor.at < cursor.end) {
        lg_buf_init(&line->in, IN_MOST);
        lg_buf_add(&line->in, cursor.at, (size_t)(cursor.end - cursor.at));
    }
    return true;
}

static void on_closed(struct lg_http_line *line)
{
    if (lg_http_response_may_end(&line->reader))
        finish(line, true);
    else
        fail(line, LG_HTTP_FAULT_LOST, "the peer closed the connection");
}

static void receive_step(struct lg_http_line *line)
{
    if (line->in.size > 0 && !line->call->paused && !take_kept(line))
        return;
    while (!line->call->paused) {
        size_t size;

        switch (lg_conn_read(line->conn, line->pool->client->window, LG_HTTP_WINDOW, &size)) {
        case LG_OK:
            if (!take_new(line, size))
                return;
            break;
        case LG_ERR_BUSY:
            return;
        case LG_ERR_CLOSED:
            on_closed(line);
            return;
        default:
            fail(line, LG_HTTP_FAULT_LOST, lg_conn_error(line->conn));
            return;
        }
    }
}

/* --- events ----------------------------------------------------------------------------------- */

static void run(struct lg_task *task)
{
    struct lg_http_line *line = LG_CONTAINER(task, struct lg_http_line, task);

    if (line->state != LG_HTTP_LINE_BUSY)
        return;
    send_step(line);
    if (line->state == LG_HTTP_LINE_BUSY)
        receive_step(line);
}

void lg_http_line_wake(struct lg_http_line *line)
{
    lg_task_queue(loop_of(line), &line->task, run);
}

static void on_readable(void *context)
{
    struct lg_http_line *line = context;
    struct lg_http_pool *pool = line->pool;

    switch (line->state) {
    case LG_HTTP_LINE_TUNNEL:
        lg_http_tunnel_read(line);
        break;
    case LG_HTTP_LINE_BUSY:
        receive_step(line);
        break;
    case LG_HTTP_LINE_IDLE:
        lg_http_line_close(line);
        lg_http_pool_dispatch(pool);
        break;
    default:
        break;
    }
}

static void on_writable(void *context)
{
    struct lg_http_line *line = context;

    if (line->state == LG_HTTP_LINE_TUNNEL)
        lg_http_tunnel_write(line);
    else if (line->state == LG_HTTP_LINE_BUSY)
        run(&line->task);
}

void lg_http_line_fail_opening(struct lg_http_line *line, const char *error)
{
    struct lg_http_pool *pool = line->pool;

    lg_http_line_close(line); /* what `error` may lie in rests until the end of the turn */
    lg_http_pool_failed(pool, error);
    lg_http_pool_dispatch(pool);
}

/* A server of HTTP does not speak first. */
static const char *listen_to(struct lg_http_line *line)
{
    size_t size;

    switch (lg_conn_read(line->conn, line->pool->client->window, LG_HTTP_WINDOW, &size)) {
    case LG_ERR_BUSY:
        return NULL;
    case LG_OK:
        return "the peer speaks before it is asked";
    case LG_ERR_CLOSED:
        return "the peer closed the connection at once";
    default:
        return lg_conn_error(line->conn);
    }
}

static void on_open(void *context, const char *error)
{
    struct lg_http_line *line = context;
    struct lg_http_pool *pool = line->pool;
    const struct lg_http_pool_options *options = &pool->options;

    if (error == NULL && options->proxy != NULL && options->tls != NULL &&
        line->state == LG_HTTP_LINE_OPENING && line->out.room == 0) {
        lg_http_tunnel_begin(line);
        return;
    }
    if (error == NULL)
        error = listen_to(line);
    if (error == NULL && !lg_conn_rest(line->conn))
        error = "the peer closed the connection at once";
    if (error != NULL) {
        lg_http_line_fail_opening(line, error);
        return;
    }
    pool->opening_count--;
    pool->opened++;
    line->state = LG_HTTP_LINE_BUSY;
    lg_http_line_ready(line);
}

/* --- its beginning ---------------------------------------------------------------------------- */

void lg_http_line_open(struct lg_http_pool *pool)
{
    static const struct lg_conn_events events = { on_open, on_readable, on_writable };
    const struct lg_http_pool_options *options = &pool->options;
    struct lg_http_line *line = LG_NEW(struct lg_http_line);
    struct lg_conn_options conn = { .host = options->host,
                                    .port = options->port,
                                    .path = options->path,
                                    .connect_ms = options->connect_ms,
                                    .tls = options->tls,
                                    .tls_name = options->tls_name,
                                    .session = &pool->session,
                                    .tls_ms = options->tls_ms };

    if (options->proxy != NULL) {
        conn.host = options->proxy->host;
        conn.port = options->proxy->port;
        conn.tls = NULL;
    }
    line->pool = pool;
    line->deadline_ms = NEVER;
    lg_list_add_last(&pool->lines, &line->link);
    pool->line_count++;
    pool->opening_count++;
    line->conn = lg_conn_open(pool->client->resolver, &conn, &events, line);
}

static void rest(struct lg_http_line *line)
{
    struct lg_http_pool *pool = line->pool;
    const struct lg_http_pool_options *options = &pool->options;

    if (pool->closing || pool->idle_count >= options->idle) {
        lg_http_line_close(line);
        return;
    }
    line->state = LG_HTTP_LINE_IDLE;
    lg_list_add_first(&pool->idle, &line->idle_link);
    pool->idle_count++;
    lg_http_line_set_deadline(line, lg_loop_now_ms(loop_of(line)) + options->idle_ms);
}

void lg_http_line_ready(struct lg_http_line *line)
{
    struct lg_http_pool *pool = line->pool;
    size_t most = pool->options.requests;
    struct lg_link *link;

    if (!lg_conn_rest(line->conn) || (most > 0 && line->requests >= most)) {
        lg_http_line_close(line);
        return;
    }
    link = lg_list_first(&pool->waiting);
    if (link == NULL) {
        rest(line);
        return;
    }
    struct lg_http_call *call = LG_LIST_OF(link, struct lg_http_call, link);
    lg_http_pool_unwait(call);
    lg_http_line_attach(line, call);
}

void lg_http_line_attach(struct lg_http_line *line, struct lg_http_call *call)
{
    assert(line->in.size == 0);
    line->state = LG_HTTP_LINE_BUSY;
    line->call = call;
    call->line = line;
    line->sent_before = lg_conn_sent(line->conn);
    call->end.reused = line->requests > 0;
    line->pool->reused += line->requests > 0;
    line->requests++;
    lg_http_response_init(&line->reader, line->pool->client->headers,
                          call->is_head ? LG_STR("HEAD") : LG_STR("GET"));
    lg_http_line_patience(line);
    /* A streamed body may begin in this turn, and leave with the head. */
    if (!call->complete || send_some(line) == LG_ERR_IO)
        lg_http_line_wake(line);
}
