/*
 * invoke.c -- read the head, find the function, read the payload, call.
 *
 * An invocation is freed when its exchange is done and its call has ended, whichever is later: a
 * caller that leaves does not stop a function that runs, but one that streams to it.
 */
#include "invoke_api/invoke.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "invoke_api/invocation.h"
#include "observe/log.h"
#include "wire/loop.h"

static void free_invocation(struct lg_invoke *invocation)
{
    if (invocation->function != NULL)
        lg_function_unref(invocation->function);
    lg_buf_done(&invocation->payload);
    lg_buf_done(&invocation->body);
    lg_arena_done(&invocation->arena);
    free(invocation);
}

/* --- the end of a call ------------------------------------------------------------------------ */

static void on_end(void *owner, const struct lg_call_end *end)
{
    struct lg_invoke *invocation = owner;

    invocation->call = NULL;
    if (end->cause != LG_CAUSE_OK)
        lg_log(LG_LOG_WARN, "invoke", invocation->id, "function %s: %s%s%s",
               lg_function_name(invocation->function), lg_cause_text(end->cause),
               end->reason == NULL ? "" : ": ", end->reason == NULL ? "" : end->reason);
    if (invocation->exchange == NULL)
        free_invocation(invocation);
    else if (invocation->request.stream)
        lg_invoke_end_stream(invocation, end);
    else
        lg_invoke_answer_end(invocation, end);
}

/* --- the payload ------------------------------------------------------------------------------ */

static void refuse_payload(struct lg_invoke *invocation)
{
    lg_invoke_answer_error(
        invocation, LG_INVOKE_INVALID_CONTENT,
        lg_str_of(lg_arena_printf(&invocation->arena,
                                  "Could not parse request body into json: Could not "
                                  "parse payload into json: %s (at byte %zu)",
                                  invocation->fault.message, invocation->fault.offset)));
}

static void call(struct lg_invoke *invocation)
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
        .stream = invocation->request.stream ? &lg_invoke_stream : NULL,
    };

    invocation->call = lg_function_call(invocation->function, &options, on_end, invocation);
}

static void run_check(struct lg_job *job)
{
    struct lg_invoke *invocation = LG_CONTAINER(job, struct lg_invoke, job);

    invocation->is_json = lg_json_check(lg_buf_str(&invocation->payload), &invocation->fault);
}

static void on_checked(struct lg_job *job)
{
    struct lg_invoke *invocation = LG_CONTAINER(job, struct lg_invoke, job);

    invocation->working = false;
    if (invocation->exchange == NULL)
        free_invocation(invocation);
    else if (invocation->is_json)
        call(invocation);
    else
        refuse_payload(invocation);
}

/* Six megabytes would hold the loop for some fifty milliseconds. */
static void check_away(struct lg_invoke *invocation)
{
    const struct lg_admin *admin = invocation->admin;

    invocation->job.run = run_check;
    invocation->job.done = on_checked;
    invocation->job.mailbox = admin->mailbox;
    invocation->working = lg_pool_submit(admin->pool, &invocation->job) == LG_OK;
    if (!invocation->working)
        lg_invoke_answer_error(invocation, LG_INVOKE_THROTTLED,
                               LG_STR("Too many large payloads at once."));
}

static void on_body(void *object)
{
    struct lg_invoke *invocation = object;

    if (lg_buf_failed(&invocation->payload))
        return; /* answered already */
    if (invocation->payload.size == 0)
        lg_buf_add_cstr(&invocation->payload, "{}");
    if (invocation->payload.size >= LG_POOL_WORTH) {
        check_away(invocation);
        return;
    }
    run_check(&invocation->job);
    on_checked(&invocation->job);
}

static enum lg_flow on_data(void *object, const void *data, size_t size)
{
    struct lg_invoke *invocation = object;

    if (!lg_buf_failed(&invocation->payload) && !lg_buf_add(&invocation->payload, data, size))
        lg_invoke_answer_too_large(invocation);
    return LG_FLOW_MORE;
}

static void on_done(void *object, enum lg_done how, uint64_t bytes_sent)
{
    struct lg_invoke *invocation = object;

    (void)how;
    (void)bytes_sent;
    invocation->exchange = NULL;
    if (invocation->call != NULL)
        lg_call_withdraw(invocation->call);
    else if (!invocation->working)
        free_invocation(invocation);
}

/* --- the head --------------------------------------------------------------------------------- */

static void answer_not_found(struct lg_invoke *invocation)
{
    const struct lg_admin *admin = invocation->admin;
    struct lg_str name = invocation->request.name.name;
    struct lg_str qualifier = invocation->request.name.qualifier;

    if (qualifier.size == 0)
        qualifier = LG_STR("$LATEST");
    lg_invoke_answer_error(
        invocation, LG_INVOKE_NOT_FOUND,
        lg_str_of(lg_arena_printf(
            &invocation->arena, "Function not found: arn:aws:lambda:%s:%s:function:%.*s:%.*s",
            admin->region, admin->account_id, LG_STR_ARG(name), LG_STR_ARG(qualifier))));
}

/* Whether the name means this gateway's region and account; answered if not. */
static bool check_place(struct lg_invoke *invocation)
{
    const struct lg_admin *admin = invocation->admin;
    const struct lg_invoke_name *name = &invocation->request.name;

    if (name->account.size > 0 && !lg_str_is(name->account, admin->account_id)) {
        lg_invoke_answer_error(
            invocation, LG_INVOKE_ACCESS_DENIED,
            lg_str_of(lg_arena_printf(
                &invocation->arena,
                "Functions of account '%.*s' are not reachable in this account ('%s')",
                LG_STR_ARG(name->account), admin->account_id)));
        return false;
    }
    if (name->region.size == 0 || lg_str_is(name->region, admin->region))
        return true;
    lg_invoke_answer_error(
        invocation, LG_INVOKE_NOT_FOUND,
        lg_str_of(lg_arena_printf(&invocation->arena,
                                  "Functions from '%.*s' are not reachable in this region ('%s')",
                                  LG_STR_ARG(name->region), admin->region)));
    return false;
}

static bool read_request(struct lg_invoke *invocation, const struct lg_invoke_path *path)
{
    const struct lg_head *head = lg_exchange_head(invocation->exchange);
    struct lg_invoke_fault fault;

    enum lg_err err =
        lg_invoke_request_read(&invocation->arena, head, path, &invocation->request, &fault);
    if (invocation->request.trace.size == 0)
        invocation->request.trace = lg_str_of(invocation->trace);
    if (err != LG_OK)
        lg_invoke_answer_error(invocation, fault.error, fault.message);
    return err == LG_OK;
}

static bool find_function(struct lg_invoke *invocation)
{
    const struct lg_admin *admin = invocation->admin;

    invocation->function = admin->find_function(admin->context, invocation->request.name.name);
    if (invocation->function == NULL)
        answer_not_found(invocation);
    return invocation->function != NULL;
}

static bool may_invoke(struct lg_invoke *invocation)
{
    if (invocation->admin->host == NULL || invocation->admin->invoke_auth_none)
        return true;
    lg_invoke_answer_error(
        invocation, LG_INVOKE_ACCESS_DENIED,
        LG_STR("Calls over TCP are not allowed: use the admin unix socket, or write "
               "`invoke_auth: none` into the configuration."));
    return false;
}

void lg_invoke_begin(const struct lg_admin *admin, struct lg_exchange *exchange,
                     const struct lg_invoke_path *path)
{
    static const struct lg_exchange_events events = { on_data, on_body, lg_invoke_on_room,
                                                      on_done };
    struct lg_invoke *invocation = LG_NEW(struct lg_invoke);

    invocation->admin = admin;
    invocation->exchange = exchange;
    invocation->start_us = lg_loop_now_us(lg_exchange_loop(exchange));
    lg_arena_init(&invocation->arena);
    lg_buf_init(&invocation->payload, (size_t)admin->payload_bytes);
    lg_buf_init(&invocation->body, SIZE_MAX);
    lg_id_uuid(invocation->id);
    lg_id_trace_root(lg_loop_wall_ms(lg_exchange_loop(exchange)), invocation->trace);
    lg_exchange_own(exchange, &events, invocation);

    if (!may_invoke(invocation) || !read_request(invocation, path) || !check_place(invocation) ||
        !find_function(invocation))
        return;
    if (invocation->request.dry_run)
        lg_invoke_answer(invocation, 204, "dry_run");
    else if (lg_exchange_head(exchange)->content_length > admin->payload_bytes)
        lg_invoke_answer_too_large(invocation);
    else
        lg_exchange_read_body(exchange);
}
