/*
 * invoke.c -- read the head, find the function, read the payload, call, answer.
 *
 * An invocation is freed when its exchange is done and its call has ended, whichever is later: a
 * caller that leaves does not stop a function that runs.
 */
#include "invoke_api/invoke.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "invoke_api/json_check.h"
#include "invoke_api/request.h"
#include "observe/log.h"
#include "wire/loop.h"

#define LOG_TAIL_MAX 4096
#define HEADERS_MAX 8

struct invocation {
    const struct lg_admin *admin;
    struct lg_arena arena;
    struct lg_exchange *exchange; /* NULL: done */
    struct lg_call *call;         /* NULL: not begun, or ended */
    struct lg_function *function; /* one reference, once it was found */
    struct lg_invoke_request request;
    int64_t start_us;
    char id[LG_UUID_SIZE];
    char trace[LG_TRACE_ROOT_SIZE]; /* where the caller sent none */
    struct lg_buf payload;          /* an empty one becomes {} */
    struct lg_buf body;             /* of the answer */
    struct lg_header headers[HEADERS_MAX];
    size_t header_count;
};

static void free_invocation(struct invocation *invocation)
{
    if (invocation->function != NULL)
        lg_function_unref(invocation->function);
    lg_buf_done(&invocation->payload);
    lg_buf_done(&invocation->body);
    lg_arena_done(&invocation->arena);
    free(invocation);
}

/* --- answers ---------------------------------------------------------------------------------- */

static void add_header(struct invocation *invocation, const char *name, struct lg_str value)
{
    assert(invocation->header_count < HEADERS_MAX);
    invocation->headers[invocation->header_count++] = (struct lg_header){ lg_str_of(name), value };
}

/* Sends the body with what every answer carries. `outcome` is for the log. */
static void answer(struct invocation *invocation, int status, const char *outcome)
{
    int64_t now_us = lg_loop_now_us(lg_exchange_loop(invocation->exchange));
    const struct lg_log_field fields[] = {
        { .name = "function", .text = invocation->request.name.name },
        { .name = "status", .type = LG_FIELD_INT, .number = status },
        { .name = "outcome", .text = lg_str_of(outcome) },
        { .name = "took", .type = LG_FIELD_MS, .number = now_us - invocation->start_us },
    };

    if (invocation->body.size > 0)
        add_header(invocation, "Content-Type", LG_STR("application/json"));
    add_header(invocation, "x-amzn-RequestId", lg_str_of(invocation->id));
    add_header(invocation, "X-Amzn-Trace-Id", invocation->request.trace);
    lg_log_fields(LG_LOG_INFO, "invoke", invocation->id, "called", fields, LG_COUNT(fields));
    lg_exchange_answer(invocation->exchange,
                       &(struct lg_answer){ .status = status,
                                            .headers = invocation->headers,
                                            .header_count = invocation->header_count },
                       lg_buf_str(&invocation->body));
}

static void answer_error(struct invocation *invocation, enum lg_invoke_error error,
                         struct lg_str message)
{
    const struct lg_invoke_error_form *form = lg_invoke_error_form(error);

    lg_invoke_error_write(&invocation->body, error, message);
    add_header(invocation, "x-amzn-ErrorType", lg_str_of(form->shape));
    answer(invocation, form->status, form->shape);
}

/* Whether the caller may repeat the call without running the function twice. */
static void add_outcome(struct invocation *invocation, const char *outcome)
{
    add_header(invocation, "x-lambdagate-outcome", lg_str_of(outcome));
}

static void answer_too_large(struct invocation *invocation)
{
    answer_error(invocation, LG_INVOKE_TOO_LARGE,
                 lg_str_of(lg_arena_printf(
                     &invocation->arena,
                     "Request must be smaller than %lld bytes for the InvokeFunction operation",
                     (long long)invocation->admin->payload_bytes)));
}

/* --- the end of a call ------------------------------------------------------------------------ */

/* An error document that the platform makes where the function made none. */
static void write_document(struct invocation *invocation, const char *type, const char *message)
{
    struct lg_buf *out = &invocation->body;
    bool first = true;

    lg_buf_add_char(out, '{');
    lg_json_add_name(out, &first, "errorType");
    lg_json_add_string(out, lg_str_of(type));
    lg_json_add_name(out, &first, "errorMessage");
    lg_json_add_string(out, lg_str_of(message));
    lg_buf_add_char(out, '}');
}

static void write_timeout(struct invocation *invocation)
{
    long long timeout_ms = (long long)lg_function_timeout_ms(invocation->function);

    write_document(invocation, "Sandbox.Timedout",
                   lg_arena_printf(&invocation->arena,
                                   "RequestId: %s Error: Task timed out after %lld.%02lld seconds",
                                   invocation->id, timeout_ms / 1000, timeout_ms % 1000 / 10));
}

static void write_too_large(struct invocation *invocation)
{
    write_document(
        invocation, "Function.ResponseSizeTooLarge",
        lg_arena_printf(&invocation->arena,
                        "Response payload size exceeded maximum allowed payload size (%lld bytes).",
                        (long long)invocation->admin->result_bytes));
}

static void add_log_tail(struct invocation *invocation, struct lg_str tail)
{
    struct lg_buf encoded;

    if (!invocation->request.want_log_tail)
        return;
    if (tail.size > LOG_TAIL_MAX)
        tail = lg_str_part(tail, tail.size - LOG_TAIL_MAX, tail.size);
    lg_buf_init(&encoded, SIZE_MAX);
    lg_base64_encode(&encoded, tail);
    add_header(invocation, "X-Amz-Log-Result",
               lg_arena_str(&invocation->arena, lg_buf_str(&encoded)));
    lg_buf_done(&encoded);
}

/* The function ran, well or not: 200, as Lambda answers it. The body is there. */
static void answer_ran(struct invocation *invocation, const struct lg_call_end *end)
{
    add_header(invocation, "X-Amz-Executed-Version", LG_STR("$LATEST"));
    if (end->cause != LG_CAUSE_OK)
        add_header(invocation, "X-Amz-Function-Error", LG_STR("Unhandled"));
    add_log_tail(invocation, end->log_tail);
    answer(invocation, 200, lg_cause_text(end->cause));
}

static void answer_end(struct invocation *invocation, const struct lg_call_end *end)
{
    switch (end->cause) {
    case LG_CAUSE_OK:
    case LG_CAUSE_FUNCTION_ERROR:
        lg_buf_add_str(&invocation->body, end->result);
        answer_ran(invocation, end);
        return;
    case LG_CAUSE_TIMEOUT:
        write_timeout(invocation);
        answer_ran(invocation, end);
        return;
    case LG_CAUSE_TOO_LARGE:
        write_too_large(invocation);
        answer_ran(invocation, end);
        return;
    case LG_CAUSE_THROTTLED:
        add_outcome(invocation, "not-started");
        add_header(invocation, "Retry-After", LG_STR("1"));
        answer_error(invocation, LG_INVOKE_THROTTLED, LG_STR("Rate Exceeded."));
        return;
    case LG_CAUSE_NEVER_STARTED:
        add_outcome(invocation, "not-started");
        answer_error(invocation, LG_INVOKE_SERVICE,
                     LG_STR("The function was not started: no worker took the call."));
        return;
    case LG_CAUSE_REFUSED:
        add_outcome(invocation, "not-started");
        answer_error(invocation, LG_INVOKE_SERVICE,
                     LG_STR("The function's target does not accept this call."));
        return;
    case LG_CAUSE_UNKNOWN:
    case LG_CAUSE_ABANDONED: /* answers are collected here, and so none is */
        add_outcome(invocation, "unknown");
        answer_error(invocation, LG_INVOKE_SERVICE,
                     LG_STR("The function may have run: its worker was lost."));
        return;
    }
}

static void on_end(void *owner, const struct lg_call_end *end)
{
    struct invocation *invocation = owner;

    invocation->call = NULL;
    if (end->cause != LG_CAUSE_OK)
        lg_log(LG_LOG_WARN, "invoke", invocation->id, "function %s: %s%s%s",
               lg_function_name(invocation->function), lg_cause_text(end->cause),
               end->reason == NULL ? "" : ": ", end->reason == NULL ? "" : end->reason);
    if (invocation->exchange == NULL)
        free_invocation(invocation);
    else
        answer_end(invocation, end);
}

/* --- the payload ------------------------------------------------------------------------------ */

static bool check_payload(struct invocation *invocation)
{
    struct lg_json_check_fault fault;

    if (lg_json_check(lg_buf_str(&invocation->payload), &fault))
        return true;
    answer_error(invocation, LG_INVOKE_INVALID_CONTENT,
                 lg_str_of(lg_arena_printf(&invocation->arena,
                                           "Could not parse request body into json: Could not "
                                           "parse payload into json: %s (at byte %zu)",
                                           fault.message, fault.offset)));
    return false;
}

static void call(struct invocation *invocation)
{
    struct lg_str qualifier = invocation->request.name.qualifier;
    const struct lg_call_options options = {
        .payload = lg_buf_str(&invocation->payload),
        .request_id = invocation->id,
        .invocation_id = invocation->id,
        .trace = invocation->request.trace,
        .client_context = invocation->request.client_context,
        .qualifier = qualifier.size > 0 ? lg_arena_cstr(&invocation->arena, qualifier) : NULL,
        .want_log_tail = invocation->request.want_log_tail,
        .result_ceiling = invocation->admin->result_bytes,
    };

    invocation->call = lg_function_call(invocation->function, &options, on_end, invocation);
}

static void on_body(void *object)
{
    struct invocation *invocation = object;

    if (lg_buf_failed(&invocation->payload))
        return; /* answered already */
    if (invocation->payload.size == 0)
        lg_buf_add_cstr(&invocation->payload, "{}");
    if (check_payload(invocation))
        call(invocation);
}

static enum lg_flow on_data(void *object, const void *data, size_t size)
{
    struct invocation *invocation = object;

    if (!lg_buf_failed(&invocation->payload) && !lg_buf_add(&invocation->payload, data, size))
        answer_too_large(invocation);
    return LG_FLOW_MORE;
}

static void on_done(void *object, enum lg_done how, uint64_t bytes_sent)
{
    struct invocation *invocation = object;

    (void)how;
    (void)bytes_sent;
    invocation->exchange = NULL;
    if (invocation->call != NULL)
        lg_call_withdraw(invocation->call);
    else
        free_invocation(invocation);
}

/* --- the head --------------------------------------------------------------------------------- */

static void answer_not_found(struct invocation *invocation)
{
    const struct lg_admin *admin = invocation->admin;
    struct lg_str name = invocation->request.name.name;
    struct lg_str qualifier = invocation->request.name.qualifier;

    if (qualifier.size == 0)
        qualifier = LG_STR("$LATEST");
    answer_error(
        invocation, LG_INVOKE_NOT_FOUND,
        lg_str_of(lg_arena_printf(
            &invocation->arena, "Function not found: arn:aws:lambda:%s:%s:function:%.*s:%.*s",
            admin->region, admin->account_id, LG_STR_ARG(name), LG_STR_ARG(qualifier))));
}

/* Whether the name means this gateway's region and account; answered if not. */
static bool check_place(struct invocation *invocation)
{
    const struct lg_admin *admin = invocation->admin;
    const struct lg_invoke_name *name = &invocation->request.name;

    if (name->account.size > 0 && !lg_str_is(name->account, admin->account_id)) {
        answer_error(invocation, LG_INVOKE_ACCESS_DENIED,
                     lg_str_of(lg_arena_printf(
                         &invocation->arena,
                         "Functions of account '%.*s' are not reachable in this account ('%s')",
                         LG_STR_ARG(name->account), admin->account_id)));
        return false;
    }
    if (name->region.size == 0 || lg_str_is(name->region, admin->region))
        return true;
    answer_error(
        invocation, LG_INVOKE_NOT_FOUND,
        lg_str_of(lg_arena_printf(&invocation->arena,
                                  "Functions from '%.*s' are not reachable in this region ('%s')",
                                  LG_STR_ARG(name->region), admin->region)));
    return false;
}

static bool read_request(struct invocation *invocation, struct lg_str segment)
{
    const struct lg_head *head = lg_exchange_head(invocation->exchange);
    struct lg_invoke_fault fault;

    enum lg_err err =
        lg_invoke_request_read(&invocation->arena, head, segment, &invocation->request, &fault);
    if (invocation->request.trace.size == 0)
        invocation->request.trace = lg_str_of(invocation->trace);
    if (err != LG_OK)
        answer_error(invocation, fault.error, fault.message);
    return err == LG_OK;
}

static bool find_function(struct invocation *invocation)
{
    const struct lg_admin *admin = invocation->admin;

    invocation->function = admin->find_function(admin->context, invocation->request.name.name);
    if (invocation->function == NULL)
        answer_not_found(invocation);
    return invocation->function != NULL;
}

static bool may_invoke(struct invocation *invocation)
{
    if (invocation->admin->host == NULL || invocation->admin->invoke_auth_none)
        return true;
    answer_error(invocation, LG_INVOKE_ACCESS_DENIED,
                 LG_STR("Calls over TCP are not allowed: use the admin unix socket, or write "
                        "`invoke_auth: none` into the configuration."));
    return false;
}

void lg_invoke_begin(const struct lg_admin *admin, struct lg_exchange *exchange,
                     struct lg_str segment)
{
    static const struct lg_exchange_events events = { on_data, on_body, NULL, on_done };
    struct invocation *invocation = LG_NEW(struct invocation);

    invocation->admin = admin;
    invocation->exchange = exchange;
    invocation->start_us = lg_loop_now_us(lg_exchange_loop(exchange));
    lg_arena_init(&invocation->arena);
    lg_buf_init(&invocation->payload, (size_t)admin->payload_bytes);
    lg_buf_init(&invocation->body, SIZE_MAX);
    lg_id_uuid(invocation->id);
    lg_id_trace_root(lg_loop_wall_ms(lg_exchange_loop(exchange)), invocation->trace);
    lg_exchange_own(exchange, &events, invocation);

    if (!may_invoke(invocation) || !read_request(invocation, segment) || !check_place(invocation) ||
        !find_function(invocation))
        return;
    if (invocation->request.dry_run)
        answer(invocation, 204, "dry_run");
    else if (lg_exchange_head(exchange)->content_length > admin->payload_bytes)
        answer_too_large(invocation);
    else
        lg_exchange_read_body(exchange);
}
