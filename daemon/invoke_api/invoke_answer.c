/* invoke_answer.c -- answers that leave whole: results, the API's errors, and the line for the log.
 */
#include <assert.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "invoke_api/invocation.h"
#include "observe/log.h"
#include "wire/loop.h"

#define LOG_TAIL_MAX 4096

/* --- answers ---------------------------------------------------------------------------------- */

void lg_invoke_add_header(struct lg_invoke *invocation, const char *name, struct lg_str value)
{
    assert(invocation->header_count < LG_INVOKE_HEADERS_MAX);
    invocation->headers[invocation->header_count++] = (struct lg_header){ lg_str_of(name), value };
}

void lg_invoke_add_ids(struct lg_invoke *invocation)
{
    lg_invoke_add_header(invocation, "x-amzn-RequestId", lg_str_of(invocation->id));
    lg_invoke_add_header(invocation, "X-Amzn-Trace-Id", invocation->request.trace);
}

void lg_invoke_log(const struct lg_invoke *invocation, int status, const char *outcome)
{
    int64_t now_us = lg_loop_now_us(lg_exchange_loop(invocation->exchange));
    const struct lg_log_field fields[] = {
        { .name = "function", .text = invocation->request.name.name },
        { .name = "status", .type = LG_FIELD_INT, .number = status },
        { .name = "outcome", .text = lg_str_of(outcome) },
        { .name = "took", .type = LG_FIELD_MS, .number = now_us - invocation->start_us },
    };

    lg_log_fields(LG_LOG_INFO, "invoke", invocation->id, "called", fields, LG_COUNT(fields));
}

void lg_invoke_answer(struct lg_invoke *invocation, int status, const char *outcome)
{
    if (invocation->body.size > 0)
        lg_invoke_add_header(invocation, "Content-Type", LG_STR("application/json"));
    lg_invoke_add_ids(invocation);
    lg_invoke_log(invocation, status, outcome);
    lg_exchange_answer(invocation->exchange,
                       &(struct lg_answer){ .status = status,
                                            .headers = invocation->headers,
                                            .header_count = invocation->header_count },
                       lg_buf_str(&invocation->body));
}

void lg_invoke_answer_error(struct lg_invoke *invocation, enum lg_invoke_error error,
                            struct lg_str message)
{
    const struct lg_invoke_error_form *form = lg_invoke_error_form(error);

    lg_invoke_error_write(&invocation->body, error, message);
    lg_invoke_add_header(invocation, "x-amzn-ErrorType", lg_str_of(form->shape));
    lg_invoke_answer(invocation, form->status, form->shape);
}

/* Whether the caller may repeat the call without running the function twice. */
static void add_outcome(struct lg_invoke *invocation, const char *outcome)
{
    lg_invoke_add_header(invocation, "x-lambdagate-outcome", lg_str_of(outcome));
}

void lg_invoke_answer_too_large(struct lg_invoke *invocation)
{
    lg_invoke_answer_error(
        invocation, LG_INVOKE_TOO_LARGE,
        lg_str_of(lg_arena_printf(
            &invocation->arena, "Request must be smaller than %lld bytes for the %s operation",
            (long long)invocation->admin->payload_bytes,
            invocation->request.stream ? "InvokeWithResponseStream" : "InvokeFunction")));
}

/* --- the end of a call ------------------------------------------------------------------------ */

static void write_document(struct lg_invoke *invocation, const char *type, const char *message)
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

static void write_timeout(struct lg_invoke *invocation)
{
    long long timeout_ms = (long long)lg_function_timeout_ms(invocation->function);

    write_document(invocation, "Sandbox.Timedout",
                   lg_arena_printf(&invocation->arena,
                                   "RequestId: %s Error: Task timed out after %lld.%02lld seconds",
                                   invocation->id, timeout_ms / 1000, timeout_ms % 1000 / 10));
}

static void write_too_large(struct lg_invoke *invocation)
{
    write_document(
        invocation, "Function.ResponseSizeTooLarge",
        lg_arena_printf(&invocation->arena,
                        "Response payload size exceeded maximum allowed payload size (%lld bytes).",
                        (long long)invocation->admin->result_bytes));
}

void lg_invoke_write_document(struct lg_invoke *invocation, const struct lg_call_end *end)
{
    /* With an answer that was passed on, the target tells its own. */
    if (end->cause == LG_CAUSE_TIMEOUT && !end->passed_on)
        write_timeout(invocation);
    else if (end->cause == LG_CAUSE_TOO_LARGE && !end->passed_on)
        write_too_large(invocation);
    else
        lg_buf_add_str(&invocation->body, end->result);
}

struct lg_str lg_invoke_log_tail(struct lg_invoke *invocation, struct lg_str tail)
{
    struct lg_buf encoded;
    struct lg_str kept;

    if (!invocation->request.want_log_tail)
        return LG_STR_NONE;
    if (tail.size > LOG_TAIL_MAX)
        tail = lg_str_part(tail, tail.size - LOG_TAIL_MAX, tail.size);
    lg_buf_init(&encoded, SIZE_MAX);
    lg_base64_encode(&encoded, tail);
    kept = lg_arena_str(&invocation->arena, lg_buf_str(&encoded));
    lg_buf_done(&encoded);
    return kept;
}

/* The function ran, well or not: 200, as Lambda answers it. */
static void answer_ran(struct lg_invoke *invocation, const struct lg_call_end *end)
{
    lg_invoke_write_document(invocation, end);
    lg_invoke_add_header(invocation, "X-Amz-Executed-Version", LG_STR("$LATEST"));
    if (end->cause != LG_CAUSE_OK)
        lg_invoke_add_header(invocation, "X-Amz-Function-Error", LG_STR("Unhandled"));
    if (invocation->request.want_log_tail)
        lg_invoke_add_header(invocation, "X-Amz-Log-Result",
                             lg_invoke_log_tail(invocation, end->log_tail));
    lg_invoke_answer(invocation, 200, lg_cause_text(end->cause));
}

void lg_invoke_answer_end(struct lg_invoke *invocation, const struct lg_call_end *end)
{
    switch (end->cause) {
    case LG_CAUSE_OK:
    case LG_CAUSE_FUNCTION_ERROR:
    case LG_CAUSE_TIMEOUT:
    case LG_CAUSE_TOO_LARGE:
        answer_ran(invocation, end);
        return;
    case LG_CAUSE_THROTTLED:
        add_outcome(invocation, "not-started");
        lg_invoke_add_header(invocation, "Retry-After", LG_STR("1"));
        lg_invoke_answer_error(invocation, LG_INVOKE_THROTTLED, LG_STR("Rate Exceeded."));
        return;
    case LG_CAUSE_NEVER_STARTED:
        add_outcome(invocation, "not-started");
        lg_invoke_answer_error(invocation, LG_INVOKE_SERVICE,
                               LG_STR("The function was not started: no worker took the call."));
        return;
    case LG_CAUSE_REFUSED:
        add_outcome(invocation, "not-started");
        lg_invoke_answer_error(invocation, LG_INVOKE_SERVICE,
                               LG_STR("The function's target does not accept this call."));
        return;
    case LG_CAUSE_UNKNOWN:
    case LG_CAUSE_ABANDONED: /* nobody is there to hear it */
        add_outcome(invocation, "unknown");
        lg_invoke_answer_error(invocation, LG_INVOKE_SERVICE,
                               LG_STR("The function may have run: its worker was lost."));
        return;
    }
}
