/* http_pool.c -- which call gets which connection, and which connections are kept. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "wire/http_private.h"

struct lg_http_pool *lg_http_pool_new(struct lg_http_client *client,
                                      const struct lg_http_pool_options *options)
{
    struct lg_http_pool *pool = LG_NEW(struct lg_http_pool);

    assert(options->connections > 0 && options->connect_ms > 0 && options->idle_ms > 0);
    assert(options->proxy == NULL || options->path == NULL);
    pool->client = client;
    pool->options = *options;
    pool->options.host = lg_strdup_or_null(options->host);
    pool->options.path = lg_strdup_or_null(options->path);
    pool->options.tls_name = lg_strdup_or_null(options->tls_name);
    if (options->proxy != NULL) {
        pool->proxy =
            (struct lg_http_proxy){ lg_strdup_or_null(options->proxy->host), options->proxy->port,
                                    lg_strdup_or_null(options->proxy->authorization) };
        pool->options.proxy = &pool->proxy;
    }
    lg_list_init(&pool->lines);
    lg_list_init(&pool->idle);
    lg_list_init(&pool->waiting);
    client->pools++;
    return pool;
}

static void free_pool(struct lg_task *task)
{
    struct lg_http_pool *pool = LG_CONTAINER(task, struct lg_http_pool, end);

    lg_tls_session_clear(&pool->session);
    lg_http_proxy_done(&pool->proxy);
    free((char *)(uintptr_t)pool->options.host);
    free((char *)(uintptr_t)pool->options.path);
    free((char *)(uintptr_t)pool->options.tls_name);
    pool->client->pools--;
    free(pool);
}

void lg_http_pool_settle(struct lg_http_pool *pool)
{
    if (pool->closing && pool->call_count == 0 && pool->line_count == 0)
        lg_task_queue(pool->client->loop, &pool->end, free_pool);
}

void lg_http_pool_close(struct lg_http_pool *pool)
{
    if (pool == NULL)
        return;
    pool->closing = true;
    for (struct lg_link *link = lg_list_first(&pool->lines); link != NULL;) {
        struct lg_http_line *line = LG_LIST_OF(link, struct lg_http_line, link);

        link = lg_list_after(&pool->lines, link);
        if (line->state == LG_HTTP_LINE_IDLE ||
            (line->state != LG_HTTP_LINE_BUSY && pool->waiting_count == 0))
            lg_http_line_close(line);
    }
    lg_http_pool_settle(pool);
}

struct lg_http_pool_numbers lg_http_pool_numbers(const struct lg_http_pool *pool)
{
    return (struct lg_http_pool_numbers){ .connections = pool->line_count,
                                          .idle = pool->idle_count,
                                          .waiting = pool->waiting_count,
                                          .opened = pool->opened,
                                          .reused = pool->reused };
}

/* --- waiting ---------------------------------------------------------------------------------- */

static void on_patience(struct lg_timer *timer)
{
    struct lg_http_call *call = LG_CONTAINER(timer, struct lg_http_call, timer);

    lg_http_pool_unwait(call);
    call->end.outcome = LG_HTTP_NOT_SENT;
    call->end.fault = LG_HTTP_FAULT_WAIT;
    call->end.error = "there was no connection in time";
    lg_http_call_end(call);
}

void lg_http_pool_wait(struct lg_http_pool *pool, struct lg_http_call *call, bool first)
{
    int64_t now = lg_loop_now_ms(pool->client->loop);
    int64_t until = call->total_at_ms;

    if (call->times.wait > 0 && now + call->times.wait < until)
        until = now + call->times.wait;
    if (until != INT64_MAX)
        lg_timer_set(pool->client->loop, &call->timer, until, on_patience);
    if (first)
        lg_list_add_first(&pool->waiting, &call->link);
    else
        lg_list_add_last(&pool->waiting, &call->link);
    pool->waiting_count++;
}

void lg_http_pool_unwait(struct lg_http_call *call)
{
    lg_list_remove(&call->link);
    call->pool->waiting_count--;
    lg_timer_clear(call->pool->client->loop, &call->timer);
}

static struct lg_http_call *first_waiting(struct lg_http_pool *pool)
{
    struct lg_link *link = lg_list_first(&pool->waiting);

    return link == NULL ? NULL : LG_LIST_OF(link, struct lg_http_call, link);
}

void lg_http_pool_failed(struct lg_http_pool *pool, const char *error)
{
    struct lg_http_call *call = first_waiting(pool);

    if (call == NULL)
        return;
    lg_http_pool_unwait(call);
    call->end.outcome = LG_HTTP_NOT_SENT;
    call->end.fault = LG_HTTP_FAULT_CONNECT;
    call->end.error = error;
    lg_http_call_end(call);
}

/* --- connections ------------------------------------------------------------------------------ */

/* The one that was used last, if it is still good: those at the end of the list grow old. */
static struct lg_http_line *take_idle(struct lg_http_pool *pool)
{
    struct lg_link *link;

    while ((link = lg_list_first(&pool->idle)) != NULL) {
        struct lg_http_line *line = LG_LIST_OF(link, struct lg_http_line, idle_link);

        if (lg_conn_is_quiet(line->conn)) {
            lg_list_remove(link);
            pool->idle_count--;
            return line;
        }
        lg_http_line_close(line);
    }
    return NULL;
}

static void open_missing(struct lg_http_pool *pool)
{
    while (pool->opening_count < pool->waiting_count &&
           pool->line_count < pool->options.connections)
        lg_http_line_open(pool);
}

void lg_http_pool_dispatch(struct lg_http_pool *pool)
{
    struct lg_http_call *call;

    while ((call = first_waiting(pool)) != NULL) {
        struct lg_http_line *line = take_idle(pool);

        if (line == NULL)
            break;
        lg_http_pool_unwait(call);
        lg_http_line_attach(line, call);
    }
    open_missing(pool);
}

bool lg_http_pool_put(struct lg_http_pool *pool, struct lg_http_call *call)
{
    struct lg_http_line *line = pool->waiting_count == 0 ? take_idle(pool) : NULL;
    size_t busy = pool->line_count - pool->opening_count - pool->idle_count;

    if (line != NULL) {
        lg_http_line_attach(line, call);
        return true;
    }
    /* Those that have a connection coming, or could have, do not wait for others. */
    if (pool->waiting_count >= pool->options.waiting + pool->options.connections - busy)
        return false;
    lg_http_pool_wait(pool, call, false);
    open_missing(pool);
    return true;
}
