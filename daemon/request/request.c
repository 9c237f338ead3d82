/* request.c -- the table of stages, and the loop that runs it. */
#include "request/request.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "observe/log.h"
#include "request/stage_http.h"

typedef enum lg_next lg_stage_fn(struct lg_request *request);

struct lg_stage {
    const char *name;
    lg_stage_fn *run;
};

static const struct lg_stage stages[] = {
    /* on the head alone, before a byte of the body is read */
    { "route", lg_stage_route },           /* which rule:  403, 404 */
    { "preflight", lg_stage_preflight },   /* CORS: answered here */
    { "admit", lg_stage_admit },           /* how many:    429, 503 */
    { "authorize", lg_stage_authorize },   /* who:         401, 403 */
    { "parameters", lg_stage_parameters }, /* what must be there: 400 */
    { "body", lg_stage_body },             /* buffer or refuse: 413 */
    { "validate", lg_stage_validate },     /* what:        400 */
    { "integrate", lg_stage_integrate },   /* the work:    5xx by API kind */
    { "respond", lg_stage_respond },       /* always reached; LG_ANSWER jumps here */
};
#define RESPOND (LG_COUNT(stages) - 1)

static void run_stages(struct lg_request *request)
{
    while (request->stage < LG_COUNT(stages)) {
        switch (stages[request->stage].run(request)) {
        case LG_WAIT:
            return;
        case LG_NEXT:
            request->stage++;
            break;
        case LG_ANSWER:
            assert(request->stage < RESPOND);
            request->stage = RESPOND;
            break;
        }
    }
}

void lg_request_resume(struct lg_request *request)
{
    request->stage++;
    run_stages(request);
}

void lg_request_answer(struct lg_request *request)
{
    request->stage = RESPOND;
    run_stages(request);
}

enum lg_next lg_request_fail(struct lg_request *request, enum lg_error error, const char *reason)
{
    request->error = error;
    request->reason = reason;
    return LG_ANSWER;
}

enum lg_next lg_request_fail_saying(struct lg_request *request, enum lg_error error,
                                    const char *message, const char *reason)
{
    request->message = message;
    return lg_request_fail(request, error, reason);
}

/* --- life --- */

void lg_request_release(struct lg_request *request)
{
    struct lg_arena arena;

    assert(request->exchange == NULL && request->call == NULL && !request->working);
    lg_timer_clear(request->front->loop, &request->budget);
    if (request->admitted) {
        lg_budget_give(&request->front->shared->requests, 1);
        lg_metric_add(&request->rule->numbers->in_flight, -1);
    }
    lg_request_drop_input(request);
    lg_request_drop_result(request);
    lg_request_hold(request, 0);
    lg_identity_unref(request->identity);
    lg_snapshot_unref(request->snapshot);
    request->front->requests--;
    arena = request->arena;
    lg_arena_done(&arena);
}

static struct lg_route_numbers *numbers_of(const struct lg_request *request)
{
    if (request->rule != NULL)
        return request->rule->numbers;
    return lg_snapshot_unmatched(request->snapshot, request->api);
}

/* The exchange is over: sent, or the client left. A call that runs goes on to its end. */
static void on_done(void *object, enum lg_done how, uint64_t bytes_sent)
{
    struct lg_request *request = object;
    struct lg_route_numbers *numbers = numbers_of(request);
    int class = request->sent_status / 100;

    if (how == LG_DONE_SENT && class >= 2 && class <= 5)
        lg_metric_add(&numbers->answered[class - 2], 1);
    if (how != LG_DONE_SENT && request->stream.state == LG_STREAM_BEGUN)
        lg_request_count_cut(request);
    /* Most requests begin and end in one turn of the loop, in which its clock stands still. */
    request->took_us = lg_clock_mono_us() - request->start_us;
    lg_histogram_observe_us(&numbers->duration, request->took_us);
    lg_request_log_access(request, how, bytes_sent);
    request->exchange = NULL;
    if (!request->head_kept)
        request->head = NULL;
    lg_request_stop_waiting(request);
    lg_key_waiter_cancel(&request->key_waiter);
    lg_timer_clear(request->front->loop, &request->budget);
    lg_pass_cancel(request);
    if (request->working)
        return; /* offload.c releases it */
    if (request->call == NULL)
        lg_request_release(request);
    else
        lg_call_withdraw(request->call);
}

static const struct lg_exchange_events events = { lg_request_on_data, lg_request_on_body,
                                                  lg_request_on_room, on_done };

static struct lg_request *new_request(struct lg_front *front, struct lg_exchange *exchange)
{
    const struct lg_config *config;
    struct lg_request *request;
    struct lg_arena arena;

    lg_arena_init(&arena);
    request = LG_ARENA_NEW(&arena, struct lg_request);
    request->arena = arena;
    request->front = front;
    request->snapshot = lg_snapshot_ref(front->snapshot);
    config = lg_snapshot_config(request->snapshot);
    request->exchange = exchange;
    request->head = lg_exchange_head(exchange);
    request->start_us = lg_loop_now_us(front->loop);
    request->wall_ms = lg_loop_wall_ms(front->loop);
    lg_id_request(request->extended_id);
    memcpy(request->id, request->extended_id, sizeof(request->extended_id));
    lg_buf_init(&request->body, (size_t)config->limits.body_bytes);
    lg_buf_init(&request->event, (size_t)config->limits.payload_bytes);
    front->requests++;
    lg_exchange_own(exchange, &events, request);
    return request;
}

void lg_request_begin(void *front, struct lg_exchange *exchange)
{
    run_stages(new_request(front, exchange));
}

void lg_request_refuse(void *front, struct lg_exchange *exchange, int status, const char *reason)
{
    struct lg_request *request = new_request(front, exchange);

    request->head_status = status;
    request->head_reason = reason;
    run_stages(request);
}
