/* stage_respond.c -- the answer leaves, and the access line is written. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "observe/log.h"
#include "request/request.h"
#include "respond/cors.h"

/* ids, trace, content type, error type, outcome, retry after, challenge; CORS and vary */
#define ADDED_HEADERS (8 + LG_CORS_HEADERS_MAX + 1)
#define CLIENT_LEFT                                                                                \
    499 /* in the log only: nobody was there to hear a status, as nginx writes it                  \
         */

struct headers {
    struct lg_header *items;
    size_t count;
};

static void add(struct headers *headers, const char *name, const char *value)
{
    headers->items[headers->count++] = (struct lg_header){ lg_str_of(name), lg_str_of(value) };
}

/* A REST API may want it said in words of its own; their headers become those of the answer. */
static void apply_responses(struct lg_request *request, struct lg_error_answer *answer)
{
    struct lg_context context;
    const struct lg_response_source source = {
        .context = &context,
        .match = request->rule != NULL ? &request->match : NULL,
        .message = answer->message,
        .type = lg_response_type_row(answer->type)->name,
        .validation = request->error == LG_ERROR_INVALID_BODY ? request->reason : NULL,
    };

    request->header_count = 0;
    if (request->api == NULL || request->kind != LG_API_REST)
        return;
    lg_request_context(request, &context);
    lg_gateway_responses_apply(lg_snapshot_responses(request->snapshot, request->api), &source,
                               &request->arena, answer, &request->headers, &request->header_count);
}

/* The answer of the table. */
static void make_error(struct lg_request *request, struct lg_error_answer *ret_answer)
{
    const struct lg_error_row *row = lg_error_row(request->error);
    enum lg_config_errors errors = request->api != NULL ? request->api->errors : LG_ERRORS_AWS;

    lg_metric_add(request->front->errors[request->error], 1);
    lg_error_answer(request->error, request->kind, errors, request->message, &request->arena,
                    ret_answer);
    if (request->problem.size > 0) {
        ret_answer->body = request->problem;
        ret_answer->content_type = "application/problem+json";
    }
    apply_responses(request, ret_answer);
    request->status = ret_answer->status;
    request->answer = ret_answer->body;
    if (request->status >= 500 || request->reason != NULL)
        lg_log(request->status >= 500 ? LG_LOG_WARN : LG_LOG_INFO, "request", request->id,
               "%d %s: %s", request->status, row->word,
               request->reason != NULL ? request->reason : "no reason given");
}

static void add_error(const struct lg_request *request, const struct lg_error_answer *answer,
                      struct headers *headers)
{
    const struct lg_error_row *row = lg_error_row(request->error);

    if (answer->content_type != NULL)
        add(headers, "content-type", answer->content_type);
    if (answer->error_type != NULL)
        add(headers, "x-amzn-ErrorType", answer->error_type);
    if (row->outcome != NULL)
        add(headers, "x-lambdagate-outcome", row->outcome);
    if (row->retry_after)
        add(headers, "retry-after", "1");
    if (request->challenge != NULL)
        add(headers, "www-authenticate", request->challenge);
}

/* A REST API names itself as the parent of what the function began, unless the client did. */
static const char *answered_trace(struct lg_request *request)
{
    uint64_t parent;

    if (memmem(request->trace.data, request->trace.size, "Parent=", strlen("Parent=")) != NULL)
        return request->trace.data;
    lg_random(&parent, sizeof(parent));
    return lg_arena_printf(&request->arena, "%s;Parent=%016" PRIx64 ";Sampled=0",
                           request->trace.data, parent);
}

/* What tells the request apart, in the words of the API's kind. */
static void add_ids(struct lg_request *request, struct headers *headers)
{
    if (request->kind == LG_API_HTTP) {
        add(headers, "apigw-requestid", request->id);
        return;
    }
    add(headers, "x-amzn-RequestId", request->id);
    add(headers, "x-amz-apigw-id", request->extended_id);
    if (request->error == LG_ERROR_NONE && request->trace.size > 0)
        add(headers, "X-Amzn-Trace-Id", answered_trace(request));
}

static void send_answer(struct lg_request *request, const struct lg_answer *answer)
{
    bool head = lg_str_is(request->head->method, "HEAD");

    if (request->error == LG_ERROR_NONE && request->stream.state == LG_STREAM_BEGUN) {
        lg_exchange_answer_start(request->exchange, answer,
                                 request->stream.has_length ? request->stream.length : -1);
    } else if (request->error == LG_ERROR_NONE && request->stream.state == LG_STREAM_SILENT &&
               head) {
        lg_exchange_answer_start(request->exchange, answer, request->stream.silent_bytes);
        lg_exchange_answer_end(request->exchange);
    } else {
        lg_exchange_answer(request->exchange, answer, request->answer);
    }
}

enum lg_next lg_stage_respond(struct lg_request *request)
{
    struct lg_answer answer = { .close = false };
    struct lg_error_answer error = { .status = 0 };
    struct headers headers;

    assert(!request->answered);
    if (request->error != LG_ERROR_NONE && request->call == NULL)
        lg_request_drop_input(request);
    if (request->error != LG_ERROR_NONE)
        make_error(request, &error);
    headers.items = lg_arena_alloc(&request->arena, (request->header_count + ADDED_HEADERS) *
                                                        sizeof(struct lg_header));
    headers.count = request->header_count;
    if (headers.count > 0)
        memcpy(headers.items, request->headers, headers.count * sizeof(struct lg_header));
    if (request->error != LG_ERROR_NONE)
        add_error(request, &error, &headers);
    add_ids(request, &headers);
    lg_request_add_cors(request, headers.items, &headers.count);
    answer.status = request->status;
    answer.headers = headers.items;
    answer.header_count = headers.count;
    request->answered = true;
    request->sent_status = request->status;
    send_answer(request, &answer);
    return LG_NEXT;
}

void lg_request_log_access(const struct lg_request *request, enum lg_done how, uint64_t bytes_sent)
{
    const struct lg_head *head = request->head;
    bool sent = how == LG_DONE_SENT;
    bool cut = !sent && request->stream.cut != NULL;
    bool begun = request->stream.state == LG_STREAM_BEGUN;
    struct lg_log_field fields[10];
    size_t count = 0;

    if (!lg_snapshot_config(request->snapshot)->log.access)
        return;
    fields[count++] = (struct lg_log_field){ "method", LG_FIELD_STR, head->method, 0 };
    fields[count++] = (struct lg_log_field){ "path", LG_FIELD_STR, head->path, 0 };
    fields[count++] = (struct lg_log_field){ "status", LG_FIELD_INT, LG_STR_NONE,
                                             sent || cut ? request->sent_status : CLIENT_LEFT };
    fields[count++] = (struct lg_log_field){ "bytes", LG_FIELD_INT, LG_STR_NONE,
                                             sent || begun ? (int64_t)bytes_sent : 0 };
    fields[count++] = (struct lg_log_field){ "took", LG_FIELD_MS, LG_STR_NONE, request->took_us };
    fields[count++] = (struct lg_log_field){ "peer", LG_FIELD_STR, lg_str_of(head->peer), 0 };
    if (request->api != NULL && lg_snapshot_config(request->snapshot)->api_count > 1)
        fields[count++] =
            (struct lg_log_field){ "api", LG_FIELD_STR, lg_str_of(request->api->name), 0 };
    if (request->rule != NULL)
        fields[count++] = (struct lg_log_field){ "route", LG_FIELD_STR, request->rule->key, 0 };
    if (request->function_id != NULL)
        fields[count++] =
            (struct lg_log_field){ "invocation", LG_FIELD_STR, lg_str_of(request->function_id), 0 };
    if (cut)
        fields[count++] =
            (struct lg_log_field){ "cause", LG_FIELD_STR, lg_str_of(request->stream.cut), 0 };
    assert(count <= LG_COUNT(fields));
    lg_log_fields(LG_LOG_INFO, "access", request->id,
                  sent  ? "answered"
                  : cut ? "answer cut"
                        : "client left",
                  fields, count);
}
