/* ask.c -- a request of a runtime that brings an answer: response, error, init/error. */
#include "target/ask.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"
#include "observe/log.h"

static const struct lg_header json_header = { { "Content-Type", 12 }, { "application/json", 16 } };

/* --- answers -------------------------------------------------------------------------------- */

void lg_ask_answer(struct lg_ask *ask, int status, const struct lg_header *type, struct lg_str body)
{
    const struct lg_answer head = { .status = status, .headers = type, .header_count = 1 };

    lg_exchange_answer(ask->exchange, &head, body);
}

static void answer_accepted(struct lg_ask *ask)
{
    lg_ask_answer(ask, 202, &json_header, LG_STR("{\"status\":\"OK\"}\n"));
}

void lg_ask_refuse(struct lg_ask *ask, const struct lg_runtime_refusal *refusal)
{
    const struct lg_worker *worker = ask->port->worker;

    if (worker != NULL)
        lg_log(LG_LOG_DEBUG, worker->pool->who, worker->output.request_id,
               "the runtime was refused: %d %s", refusal->status, refusal->message);
    lg_buf_done(&ask->body);
    lg_buf_init(&ask->body, SIZE_MAX);
    lg_runtime_refusal_write(refusal, &ask->body);
    lg_ask_answer(ask, refusal->status, &json_header, lg_buf_str(&ask->body));
}

static void answer_too_large(struct lg_ask *ask, int64_t limit)
{
    struct lg_runtime_refusal refusal;

    lg_runtime_too_large(limit, &refusal);
    lg_ask_refuse(ask, &refusal);
}

/* --- what it brings ------------------------------------------------------------------------- */

#define TOO_LARGE "Function.ResponseSizeTooLarge"

static void end_too_large(struct lg_ask *ask, int64_t limit)
{
    struct lg_job *job = ask->job;
    struct lg_buf document;

    lg_buf_init(&document, SIZE_MAX);
    lg_report_too_large_document(&document, limit);
    lg_worker_answered(job->worker, LG_REPORT_ERROR, TOO_LARGE);
    lg_job_document(job, TOO_LARGE, &document);
    lg_job_end(job, LG_CAUSE_TOO_LARGE, "the result is over the limit");
}

/* The rest is read and dropped: the runtime should hear 413, not a broken connection. */
static void grow_too_large(struct lg_ask *ask)
{
    ask->too_large = true;
    lg_buf_done(&ask->body);
    lg_buf_init(&ask->body, SIZE_MAX);
    if (ask->job != NULL)
        end_too_large(ask, ask->job->pool->env.limits->result_bytes);
}

static struct lg_str content_type_of(const struct lg_ask *ask)
{
    struct lg_str type = ask->request.content_type;

    if (type.size == 0 && ask->request.mode == LG_RUNTIME_STREAMING)
        return LG_STR("application/octet-stream");
    return type.size == 0 ? LG_STR("") : type;
}

static void take_result(struct lg_ask *ask)
{
    struct lg_job *job = ask->job;
    struct lg_result *result = &job->result;
    struct lg_str type = content_type_of(ask);

    result->has_head = true;
    result->function_error = ask->request.call == LG_RUNTIME_ERROR;
    result->streaming = ask->request.mode == LG_RUNTIME_STREAMING;
    free(result->content_type);
    result->content_type = lg_strndup(type.data, type.size);
    if (result->function_error)
        lg_cstr_copy(result->error_type, sizeof(result->error_type), ask->request.error_type);
    lg_buf_done(&result->body);
    result->body = ask->body;
    lg_buf_init(&ask->body, SIZE_MAX);
}

/* The document comes in base64; one that does not is made here. */
static void read_stream_error(struct lg_ask *ask, struct lg_str encoded)
{
    struct lg_arena arena;
    struct lg_str document;

    lg_buf_done(&ask->body);
    lg_buf_init(&ask->body, SIZE_MAX);
    lg_arena_init(&arena);
    if (lg_base64_decode(&arena, encoded, &document) == LG_OK && document.size > 0)
        lg_buf_add_str(&ask->body, document);
    else
        lg_report_document(&ask->body, ask->request.error_type, ask->job->worker->run.id,
                           LG_STR("The function failed while it sent its response"));
    lg_arena_done(&arena);
}

/* A response that failed in the middle says so in its trailers: what was sent is no result then. */
static void check_trailers(struct lg_ask *ask)
{
    struct lg_str type = lg_exchange_trailer(ask->exchange, "Lambda-Runtime-Function-Error-Type");
    struct lg_str body = lg_exchange_trailer(ask->exchange, "Lambda-Runtime-Function-Error-Body");

    if (ask->request.call != LG_RUNTIME_RESPONSE || (type.size == 0 && body.size == 0))
        return;
    ask->request.call = LG_RUNTIME_ERROR;
    ask->request.mode = LG_RUNTIME_BUFFERED;
    ask->request.content_type = LG_STR("application/json");
    lg_runtime_error_type(type, ask->request.error_type);
    read_stream_error(ask, body);
}

static void finish_job(struct lg_ask *ask)
{
    struct lg_job *job = ask->job;
    bool error;

    job->worker->run.answer_bytes = job->stream.on ? job->stream.bytes : (int64_t)ask->body.size;
    check_trailers(ask);
    error = ask->request.call == LG_RUNTIME_ERROR;
    if (!job->stream.on)
        take_result(ask);
    else if (error)
        lg_job_document(job, ask->request.error_type, &ask->body);
    lg_worker_answered(job->worker, error ? LG_REPORT_ERROR : LG_REPORT_OK,
                       ask->request.error_type);
    lg_job_end(job, error ? LG_CAUSE_FUNCTION_ERROR : LG_CAUSE_OK,
               error ? ask->request.error_type : "");
}

/* The call it answers ended while it was read. */
static void answer_late(struct lg_ask *ask)
{
    struct lg_runtime_refusal refusal;

    (void)lg_runtime_allowed(&ask->request, LG_RUNTIME_READY, NULL, &refusal);
    lg_ask_refuse(ask, &refusal);
}

void lg_ask_on_body(void *object)
{
    struct lg_ask *ask = object;
    struct lg_worker *worker = ask->port->worker;

    if (worker == NULL) {
        lg_ask_abort(ask);
    } else if (ask->too_large) {
        answer_too_large(ask, worker->pool->env.limits->result_bytes);
    } else if (ask->request.call == LG_RUNTIME_INIT_ERROR) {
        if (worker->state == LG_WORKER_STARTING)
            lg_worker_init_error(worker, &ask->body, ask->request.error_type);
        answer_accepted(ask);
    } else if (ask->job != NULL) {
        finish_job(ask);
        answer_accepted(ask);
    } else {
        answer_late(ask);
    }
}

/* Of an answer that is passed on. One that outgrows its limit is answered in the middle. */
static enum lg_flow pass_on(struct lg_ask *ask, const void *data, size_t size)
{
    struct lg_job *job = ask->job;
    int64_t limit = job->pool->env.limits->stream_bytes;

    if (limit == 0 || (int64_t)size <= limit - job->stream.bytes)
        return lg_stream_add(job, data, size);
    end_too_large(ask, limit);
    answer_too_large(ask, limit);
    return LG_FLOW_MORE;
}

enum lg_flow lg_ask_on_data(void *object, const void *data, size_t size)
{
    struct lg_ask *ask = object;

    if (ask->passes_on)
        return ask->job != NULL ? pass_on(ask, data, size) : LG_FLOW_MORE;
    if (!ask->too_large && !lg_buf_add(&ask->body, data, size))
        grow_too_large(ask);
    return LG_FLOW_MORE;
}

/* A response is allowed only to a job. */
static bool is_wanted_streaming(const struct lg_ask *ask, const struct lg_worker *worker)
{
    return ask->request.call == LG_RUNTIME_RESPONSE && ask->request.mode == LG_RUNTIME_STREAMING &&
           worker->job->invocation->stream;
}

static void stream_answer(struct lg_ask *ask, struct lg_worker *worker)
{
    struct lg_job *job = worker->job;

    ask->job = job;
    job->claim = ask;
    if (job->stream.abandoned) {
        lg_worker_abandoned(worker);
        return;
    }
    ask->passes_on = true;
    lg_stream_begin(job, content_type_of(ask));
    lg_exchange_read_body(ask->exchange);
}

static void collect_answer(struct lg_ask *ask, struct lg_worker *worker)
{
    int64_t limit = worker->pool->env.limits->result_bytes;
    int64_t length = lg_exchange_head(ask->exchange)->content_length;

    lg_buf_init(&ask->body, (size_t)limit);
    if (ask->request.call != LG_RUNTIME_INIT_ERROR) {
        ask->job = worker->job;
        worker->job->claim = ask;
    }
    if (length > limit)
        grow_too_large(ask);
    else if (length > 0)
        (void)lg_buf_reserve(&ask->body, (size_t)length);
    lg_exchange_read_body(ask->exchange);
}

void lg_ask_read_answer(struct lg_ask *ask, struct lg_worker *worker)
{
    worker->run.answer_us = lg_loop_now_us(worker->pool->env.loop);
    if (is_wanted_streaming(ask, worker))
        stream_answer(ask, worker);
    else
        collect_answer(ask, worker);
}
