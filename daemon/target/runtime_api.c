/*
 * runtime_api.c -- the Lambda Runtime API that one worker talks to, on a loopback port of its own.
 *
 * What a request means is decided in runtime_request.c; what follows from it, in worker.c. The
 * answers that a runtime brings are read in ask.c.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "observe/log.h"
#include "target/ask.h"
#include "target/credentials_api.h"
#include "target/peer_uid.h"

static const struct lg_listen_limits limits = {
    .header_bytes = 1114112, /* an X-Ray error cause may have 1 MiB */
    .headers = 64,
    .header_timeout_ms = 0, /* a runtime that hangs is its function's timeout's */
    .connections = 32,
    .drop_bytes = 1048576,
};

static const struct lg_header text_header = { { "Content-Type", 12 }, { "text/plain", 10 } };

/* --- life of a request ---------------------------------------------------------------------- */

static struct lg_ask *ask_new(struct lg_port *port, struct lg_exchange *exchange)
{
    struct lg_ask *ask = LG_NEW(struct lg_ask);

    ask->port = port;
    ask->exchange = exchange;
    lg_buf_init(&ask->body, SIZE_MAX);
    lg_list_add_last(&port->asks, &ask->link);
    return ask;
}

static void free_port_if_done(struct lg_port *port)
{
    struct lg_pool *pool = port->pool;

    if (!port->unused || !lg_list_empty(&port->asks))
        return;
    lg_list_remove(&port->link);
    free(port);
    if (pool != NULL)
        lg_pool_check_drained(pool);
}

static void ask_free(struct lg_ask *ask)
{
    struct lg_port *port = ask->port;

    lg_credentials_api_cancel(ask);
    lg_list_remove(&ask->link);
    if (ask->secret)
        explicit_bzero(ask->body.data, ask->body.size);
    lg_buf_done(&ask->body);
    free(ask);
    free_port_if_done(port);
}

void lg_ask_abort(struct lg_ask *ask)
{
    lg_exchange_abort(ask->exchange);
}

void lg_ask_go_on(struct lg_ask *ask)
{
    lg_exchange_resume_body(ask->exchange);
}

/* --- next ----------------------------------------------------------------------------------- */

#define NEXT_HEADERS 8

struct headers {
    struct lg_header items[NEXT_HEADERS];
    size_t count;
};

/* A header without a value is left out. */
static void add_header(struct headers *headers, const char *name, struct lg_str value)
{
    assert(headers->count < NEXT_HEADERS);
    if (value.size > 0)
        headers->items[headers->count++] = (struct lg_header){ lg_str_of(name), value };
}

void lg_ask_send(struct lg_ask *ask, struct lg_job *job)
{
    const struct lg_invocation *invocation = job->invocation;
    const struct lg_pool *pool = job->pool;
    const struct lg_run *run = &job->worker->run;
    int64_t left_ms = run->deadline_ms - lg_loop_now_ms(pool->env.loop);
    struct headers headers = { .count = 0 };
    struct lg_buf context, identity;
    char deadline[LG_I64_SIZE];

    lg_buf_init(&context, SIZE_MAX);
    lg_buf_init(&identity, SIZE_MAX);
    lg_runtime_header_json(&context, invocation->client_context);
    lg_runtime_header_json(&identity, invocation->cognito_identity);
    (void)lg_i64_text(lg_loop_wall_ms(pool->env.loop) + left_ms, deadline);
    add_header(&headers, "Content-Type", LG_STR("application/json"));
    add_header(&headers, "Lambda-Runtime-Aws-Request-Id", lg_str_of(invocation->id));
    add_header(&headers, "Lambda-Runtime-Deadline-Ms", lg_str_of(deadline));
    add_header(&headers, "Lambda-Runtime-Invoked-Function-Arn",
               lg_str_of(invocation->arn != NULL ? invocation->arn : pool->arn));
    add_header(&headers, "Lambda-Runtime-Trace-Id", invocation->trace);
    add_header(&headers, "Lambda-Runtime-Client-Context", lg_buf_str(&context));
    add_header(&headers, "Lambda-Runtime-Cognito-Identity", lg_buf_str(&identity));
    ask->job = job;
    lg_list_add_last(&job->sends, &ask->send_link);
    lg_exchange_answer(ask->exchange,
                       &(struct lg_answer){
                           .status = 200, .headers = headers.items, .header_count = headers.count },
                       invocation->payload);
    lg_buf_done(&context);
    lg_buf_done(&identity);
}

static void sent(struct lg_ask *ask)
{
    struct lg_job *job = ask->job;

    lg_list_remove(&ask->send_link);
    ask->job = NULL;
    lg_job_settle(job);
}

/* --- requests ------------------------------------------------------------------------------- */

/* A bad mode leaves an invocation that this runtime will never answer otherwise. */
static void end_by_bad_mode(struct lg_worker *worker)
{
    struct lg_job *job = worker->job;
    struct lg_buf document;

    lg_buf_init(&document, SIZE_MAX);
    lg_report_document(&document, "Runtime.InvalidResponseModeHeader", worker->run.id,
                       LG_STR("Invalid function response mode"));
    lg_worker_answered(worker, LG_REPORT_ERROR, "Runtime.InvalidResponseModeHeader");
    lg_job_document(job, "Runtime.InvalidResponseModeHeader", &document);
    lg_job_end(job, LG_CAUSE_FUNCTION_ERROR, "Runtime.InvalidResponseModeHeader");
}

/* Of the running invocation, unless its answer is being read already, or was cut. */
static const char *running_id(const struct lg_worker *worker)
{
    const struct lg_job *job = worker->job;

    return job != NULL && job->claim == NULL && !job->stream.on ? worker->run.id : NULL;
}

static void act(struct lg_ask *ask, struct lg_worker *worker)
{
    switch (ask->request.call) {
    case LG_RUNTIME_NEXT:
        lg_worker_next(worker, ask);
        return;
    case LG_RUNTIME_PING:
        lg_ask_answer(ask, 200, &text_header, LG_STR("pong"));
        return;
    case LG_RUNTIME_RESPONSE:
    case LG_RUNTIME_ERROR:
    case LG_RUNTIME_INIT_ERROR:
        lg_ask_read_answer(ask, worker);
        return;
    case LG_RUNTIME_UNKNOWN:
    case LG_RUNTIME_WRONG_METHOD:
        break;
    }
    assert(false && "refused before");
}

/* In the middle. The runtime may try again, unless a part of its answer has been passed on. */
static void cut_off(struct lg_ask *ask)
{
    struct lg_job *job = ask->job;

    job->claim = NULL;
    if (ask->passes_on)
        lg_worker_cut(job->worker);
}

static void on_done(void *object, enum lg_done how, uint64_t bytes_sent)
{
    struct lg_ask *ask = object;
    struct lg_worker *worker = ask->port->worker;

    (void)how;
    (void)bytes_sent;
    if (lg_link_in_list(&ask->send_link))
        sent(ask);
    else if (ask->job != NULL)
        cut_off(ask);
    if (worker != NULL && worker->next == ask)
        lg_worker_next_lost(worker);
    ask_free(ask);
}

static const struct lg_exchange_events events = { lg_ask_on_data, lg_ask_on_body, NULL, on_done };

static void on_request(void *context, struct lg_exchange *exchange)
{
    struct lg_port *port = context;
    struct lg_worker *worker = port->worker;
    struct lg_ask *ask = ask_new(port, exchange);
    struct lg_runtime_refusal refusal;

    lg_exchange_own(exchange, &events, ask);
    if (worker == NULL) {
        lg_ask_abort(ask);
        return;
    }
    if (lg_credentials_api_is(ask)) {
        lg_credentials_api_begin(ask);
        return;
    }
    lg_runtime_request_read(lg_exchange_head(exchange), &ask->request);
    if (lg_runtime_allowed(&ask->request, lg_worker_runtime_state(worker), running_id(worker),
                           &refusal)) {
        act(ask, worker);
        return;
    }
    if (strcmp(refusal.type, "InvalidFunctionResponseMode") == 0)
        end_by_bad_mode(worker);
    lg_ask_refuse(ask, &refusal);
}

/* A head that breaks HTTP: the same JSON as all errors here. */
static void on_refuse(void *context, struct lg_exchange *exchange, int status, const char *reason)
{
    struct lg_ask *ask = ask_new(context, exchange);
    struct lg_runtime_refusal refusal = { .status = status, .type = "InvalidRequest" };

    (void)snprintf(refusal.message, sizeof(refusal.message), "%s", reason);
    lg_exchange_own(exchange, &events, ask);
    lg_ask_refuse(ask, &refusal);
}

/* --- the port ------------------------------------------------------------------------------- */

static bool admit(void *context, int fd)
{
    const struct lg_port *port = context;
    struct lg_worker *worker = port->worker;
    const char *who = worker != NULL ? worker->pool->who : "workers";
    uid_t uid = 0;
    enum lg_err err = lg_peer_uid(fd, &uid);

    if (err == LG_OK && uid == port->uid)
        return true;
    if (err == LG_OK)
        lg_log(LG_LOG_WARN, who, "", "a process of user %u was refused at a worker's port",
               (unsigned)uid);
    else
        lg_log(LG_LOG_WARN, who, "", "a connection to a worker's port was refused: %s",
               err == LG_ERR_NOT_FOUND ? "its other end has no owner" : "its owner is not known");
    if (worker != NULL && err != LG_OK && err != LG_ERR_NOT_FOUND)
        worker->turned_away = true;
    return false;
}

static void on_unused(void *context)
{
    struct lg_port *port = context;

    port->unused = true;
    free_port_if_done(port);
}

struct lg_port *lg_port_open(struct lg_worker *worker)
{
    const struct lg_address address = { .host = "127.0.0.1" };
    const struct lg_workers_env *env = &worker->pool->env;
    struct lg_port *port = LG_NEW(struct lg_port);
    int fd;

    port->worker = worker;
    port->pool = worker->pool;
    port->uid = worker->pool->uid;
    port->server = env->server;
    port->mailbox = env->mailbox;
    port->service = (struct lg_service){ .limits = &limits,
                                         .on_request = on_request,
                                         .on_refuse = on_refuse,
                                         .context = port,
                                         .admit = admit,
                                         .on_unused = on_unused };
    lg_list_init(&port->asks);
    if (lg_listen_socket(&address, &fd, &port->number) == LG_OK)
        port->listener = lg_listener_open(&port->server, &port->mailbox, 1, fd, &port->service);
    if (port->listener == NULL) {
        free(port);
        return NULL;
    }
    lg_list_add_last(&port->pool->ports, &port->link);
    return port;
}

static void close_ask(struct lg_ask *ask)
{
    lg_credentials_api_cancel(ask);
    lg_ask_abort(ask);
}

void lg_port_close(struct lg_port *port)
{
    struct lg_link *link = lg_list_first(&port->asks);

    port->worker = NULL;
    for (; link != NULL; link = lg_list_after(&port->asks, link))
        close_ask(LG_LIST_OF(link, struct lg_ask, link));
    /* on_unused() comes in a later turn, when nobody is connected any more. */
    lg_listener_close(port->listener);
}
