/* exchange.c -- the calls of exchange.h find their engine; and what both engines share. */
#include "listen/exchange.h"

#include <assert.h>

#include "base/http_chars.h"
#include "listen/engine.h"
#include "observe/log.h"

#define WORTH_DROPPING 65536 /* a declared body up to this is read to keep the connection */

void lg_exchange_own(struct lg_exchange *exchange, const struct lg_exchange_events *events,
                     void *object)
{
    exchange->events = events;
    exchange->object = object;
}

const struct lg_head *lg_exchange_head(const struct lg_exchange *exchange)
{
    return &exchange->head;
}

struct lg_loop *lg_exchange_loop(const struct lg_exchange *exchange)
{
    return exchange->loop;
}

void lg_exchange_read_body(struct lg_exchange *exchange)
{
    exchange->engine->read_body(exchange);
}

void lg_exchange_resume_body(struct lg_exchange *exchange)
{
    exchange->engine->resume_body(exchange);
}

struct lg_str lg_exchange_trailer(const struct lg_exchange *exchange, const char *name)
{
    return exchange->engine->trailer(exchange, name);
}

void lg_exchange_answer(struct lg_exchange *exchange, const struct lg_answer *answer,
                        struct lg_str body)
{
    assert(answer->status >= 200 && answer->status <= 599);
    exchange->engine->answer(exchange, answer, body);
}

void lg_exchange_answer_start(struct lg_exchange *exchange, const struct lg_answer *answer,
                              int64_t length)
{
    assert(answer->status >= 200 && answer->status <= 599);
    exchange->engine->answer_start(exchange, answer, length);
}

enum lg_flow lg_exchange_answer_data(struct lg_exchange *exchange, const void *data, size_t size)
{
    return exchange->engine->answer_data(exchange, data, size);
}

void lg_exchange_answer_end(struct lg_exchange *exchange)
{
    exchange->engine->answer_end(exchange);
}

void lg_exchange_answer_cut(struct lg_exchange *exchange)
{
    exchange->engine->answer_cut(exchange);
}

void lg_exchange_abort(struct lg_exchange *exchange)
{
    exchange->engine->abort(exchange);
}

/* --- shared by the engines --- */

static enum lg_flow ignore_data(void *object, const void *data, size_t size)
{
    (void)object;
    (void)data;
    (void)size;
    return LG_FLOW_MORE;
}

static void ignore_body(void *object)
{
    (void)object;
}

static void ignore_done(void *object, enum lg_done how, uint64_t bytes_sent)
{
    (void)object;
    (void)how;
    (void)bytes_sent;
}

void lg_exchange_refuse(struct lg_exchange *exchange, const struct lg_service *service,
                        const struct lg_head_fault *fault)
{
    static const struct lg_exchange_events nobody = { ignore_data, ignore_body, NULL, ignore_done };
    static const struct lg_header type = { { "content-type", 12 }, { "application/json", 16 } };
    const struct lg_answer answer = { fault->status, &type, 1, true };

    if (service->on_refuse != NULL) {
        service->on_refuse(service->context, exchange, fault->status, fault->reason);
        return;
    }
    lg_log(LG_LOG_INFO, "listen", NULL, "%s: refused: %s", exchange->head.peer, fault->reason);
    lg_exchange_own(exchange, &nobody, exchange);
    lg_exchange_answer(exchange, &answer, lg_head_fault_body(fault));
}

/* What the engine says about framing and time is not the caller's to say. */
static bool is_ours(struct lg_str name)
{
    switch (name.size) {
    case 4:
        return lg_str_iis(name, "date");
    case 7:
        return lg_str_iis(name, "trailer") || lg_str_iis(name, "upgrade");
    case 10:
        return lg_str_iis(name, "connection") || lg_str_iis(name, "keep-alive");
    case 14:
        return lg_str_iis(name, "content-length");
    case 17:
        return lg_str_iis(name, "transfer-encoding");
    default:
        return false;
    }
}

bool lg_answer_header_fine(const struct lg_header *header)
{
    if (is_ours(header->name) || header->value.size == 0)
        return false;
    if (lg_http_token_valid(header->name) && lg_http_field_value_valid(header->value))
        return true;
    lg_log(LG_LOG_WARN, "listen", NULL, "a header of an answer cannot be sent: %.*s",
           LG_STR_ARG(header->name));
    return false;
}

uint64_t lg_unread_limit(const struct lg_listen_limits *limits)
{
    return limits->drop_unread_bytes > WORTH_DROPPING ? limits->drop_unread_bytes : WORTH_DROPPING;
}
