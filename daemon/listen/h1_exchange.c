/* h1_exchange.c -- the calls of exchange.h: they note what the owner wants, the connection does it.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/poison.h"
#include "listen/h1.h"

#define SPARES ((size_t)(LG_POISON_GAP > 0 ? 0 : 256))
#define CUT_MS 5000              /* how long the last bytes of a cut answer may take */
#define OUT_KEPT ((size_t)16384) /* a larger one is not kept for the next answer */

/* --- life --- */

struct lg_h1_exchange *lg_h1_exchange_take(struct lg_h1_connection *connection)
{
    struct lg_h1_server *server = connection->server;
    struct lg_link *spare = lg_list_first(&server->spare_exchanges);
    struct lg_h1_exchange *exchange;

    if (spare != NULL) {
        lg_list_remove(spare);
        server->spare_exchange_count--;
        exchange = LG_LIST_OF(spare, struct lg_h1_exchange, link);
        memset(exchange, 0, offsetof(struct lg_h1_exchange, out));
    } else {
        exchange = LG_NEW(struct lg_h1_exchange);
        lg_buf_init(&exchange->out, SIZE_MAX);
    }
    exchange->base.engine = &lg_h1_engine;
    exchange->base.loop = server->base.loop;
    exchange->connection = connection;
    lg_arena_init(&exchange->arena);
    return exchange;
}

static void free_exchange(struct lg_h1_exchange *exchange)
{
    lg_buf_done(&exchange->out);
    free(exchange);
}

void lg_h1_exchange_give(struct lg_h1_exchange *exchange)
{
    struct lg_h1_server *server = exchange->connection->server;

    lg_arena_done(&exchange->arena);
    if (server->spare_exchange_count + 1 > SPARES) {
        free_exchange(exchange);
        return;
    }
    lg_buf_clear(&exchange->out);
    if (exchange->out.room > OUT_KEPT)
        lg_buf_done(&exchange->out);
    server->spare_exchange_count++;
    lg_list_add_first(&server->spare_exchanges, &exchange->link);
}

void lg_h1_exchange_end(struct lg_h1_connection *connection, enum lg_done how)
{
    struct lg_h1_exchange *exchange = connection->exchange;

    lg_timer_clear(connection->server->base.loop, &exchange->cut_timer);
    if (exchange->aborted || exchange->cut)
        how = LG_DONE_ABORTED;
    exchange->base.events->on_done(exchange->base.object, how, exchange->sent);
    connection->exchange = NULL;
    connection->floor = 0;
    lg_h1_buffer_give(connection->server, exchange->kept);
    lg_h1_exchange_give(exchange);
}

void lg_h1_exchanges_free(struct lg_h1_server *server)
{
    struct lg_link *link = lg_list_first(&server->spare_exchanges);

    while (link != NULL) {
        struct lg_link *after = lg_list_after(&server->spare_exchanges, link);

        free_exchange(LG_LIST_OF(link, struct lg_h1_exchange, link));
        link = after;
    }
}

/* --- the calls --- */

static struct lg_h1_exchange *of(struct lg_exchange *base)
{
    return LG_CONTAINER(base, struct lg_h1_exchange, base);
}

static void read_body(struct lg_exchange *base)
{
    struct lg_h1_exchange *exchange = of(base);
    struct lg_h1_connection *connection = exchange->connection;

    assert(exchange->phase == LG_H1_HAS_HEAD && !exchange->answered);
    exchange->phase = LG_H1_HAS_BODY;
    /* Who sends already does not wait. */
    if (exchange->expects && connection->start == connection->end)
        (void)lg_buf_add_cstr(&exchange->out, "HTTP/1.1 100 Continue\r\n\r\n");
    exchange->expects = false;
    lg_h1_wake(connection);
}

static void resume_body(struct lg_exchange *base)
{
    struct lg_h1_exchange *exchange = of(base);

    exchange->paused = false;
    lg_h1_wake(exchange->connection);
}

static struct lg_str trailer(const struct lg_exchange *base, const char *name)
{
    const struct lg_h1_exchange *exchange = (const struct lg_h1_exchange *)base;
    const struct lg_h1_trailer *each = exchange->trailers;

    assert(exchange->phase == LG_H1_HAS_WHOLE);
    for (; each != NULL; each = each->next) {
        if (lg_str_iis(each->field.name, name))
            return each->field.value;
    }
    return LG_STR("");
}

static void answer_whole(struct lg_exchange *base, const struct lg_answer *answer,
                         struct lg_str body)
{
    struct lg_h1_exchange *exchange = of(base);

    assert(!exchange->answered);
    lg_h1_answer_head(exchange, answer, (int64_t)body.size);
    exchange->complete = true;
    if (!exchange->bodiless) {
        exchange->body = body;
        exchange->sent = body.size;
    }
    lg_h1_wake(exchange->connection);
}

static void answer_start(struct lg_exchange *base, const struct lg_answer *answer, int64_t length)
{
    struct lg_h1_exchange *exchange = of(base);

    assert(!exchange->answered);
    exchange->streaming = true;
    exchange->chunked = length < 0 && base->head.version_minor > 0;
    exchange->stream_left = length < 0 ? UINT64_MAX : (uint64_t)length;
    lg_h1_answer_head(exchange, answer, length);
    lg_h1_wake(exchange->connection);
}

static enum lg_flow answer_data(struct lg_exchange *base, const void *data, size_t size)
{
    struct lg_h1_exchange *exchange = of(base);

    assert(exchange->streaming && !exchange->complete);
    /* A piece without bytes would end a body in chunks. */
    if (exchange->bodiless || size == 0)
        return exchange->full ? LG_FLOW_PAUSE : LG_FLOW_MORE;
    assert(size <= exchange->stream_left);
    if (exchange->stream_left != UINT64_MAX)
        exchange->stream_left -= size;
    if (exchange->chunked)
        (void)lg_buf_printf(&exchange->out, "%zx\r\n", size);
    (void)lg_buf_add(&exchange->out, data, size);
    if (exchange->chunked)
        (void)lg_buf_add(&exchange->out, "\r\n", 2);
    exchange->sent += size;
    exchange->full = exchange->out.size - exchange->out_taken >= LG_STREAM_HIGH;
    lg_h1_wake(exchange->connection);
    return exchange->full ? LG_FLOW_PAUSE : LG_FLOW_MORE;
}

static void on_cut_timer(struct lg_timer *timer)
{
    struct lg_h1_exchange *exchange = LG_CONTAINER(timer, struct lg_h1_exchange, cut_timer);

    exchange->aborted = true;
    lg_h1_wake(exchange->connection);
}

/* Without chunks, and without a length, only a reset tells it from a whole one. */
static void answer_cut(struct lg_exchange *base)
{
    struct lg_h1_exchange *exchange = of(base);

    assert(exchange->streaming && !exchange->complete);
    exchange->cut = true;
    exchange->complete = true;
    exchange->connection->closing = true;
    if (!exchange->chunked && exchange->stream_left == UINT64_MAX)
        exchange->aborted = true;
    lg_timer_set(base->loop, &exchange->cut_timer, lg_loop_now_ms(base->loop) + CUT_MS,
                 on_cut_timer);
    lg_h1_wake(exchange->connection);
}

static void answer_end(struct lg_exchange *base)
{
    struct lg_h1_exchange *exchange = of(base);
    bool length_known = exchange->stream_left != UINT64_MAX;

    assert(exchange->streaming && !exchange->complete);
    if (length_known && exchange->stream_left > 0 && !exchange->bodiless) {
        answer_cut(base); /* shorter than was said: it must not look whole */
        return;
    }
    if (exchange->chunked && !exchange->bodiless)
        (void)lg_buf_add(&exchange->out, "0\r\n\r\n", 5);
    exchange->complete = true;
    lg_h1_wake(exchange->connection);
}

static void abort_exchange(struct lg_exchange *base)
{
    struct lg_h1_exchange *exchange = of(base);

    exchange->aborted = true;
    lg_h1_wake(exchange->connection);
}

const struct lg_engine lg_h1_engine = {
    .adopt = lg_h1_adopt,
    .drain = lg_h1_drain,
    .set_idle_timeout = lg_h1_set_idle_timeout,
    .connections = lg_h1_connections,
    .free = lg_h1_free,
    .read_body = read_body,
    .resume_body = resume_body,
    .trailer = trailer,
    .answer = answer_whole,
    .answer_start = answer_start,
    .answer_data = answer_data,
    .answer_end = answer_end,
    .answer_cut = answer_cut,
    .abort = abort_exchange,
};
