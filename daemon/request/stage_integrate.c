/* stage_integrate.c -- the work: a redirect, a static answer, a server's, or a call of a function.
 */
#include <stdint.h>
#include <stdlib.h>

#include "base/text.h"
#include "integrate/payload_v1.h"
#include "integrate/payload_v2.h"
#include "integrate/prelude.h"
#include "integrate/result_v1.h"
#include "integrate/result_v2.h"
#include "observe/log.h"
#include "request/request.h"
#include "request/stage_http.h"

static enum lg_next redirect(struct lg_request *request)
{
    struct lg_header *location = LG_ARENA_NEW(&request->arena, struct lg_header);

    location->name = LG_STR("location");
    location->value = lg_redirect_location(request->rule->redirect, &request->arena,
                                           &request->match, request->head->query);
    request->status = lg_redirect_status(request->rule->redirect);
    request->headers = location;
    request->header_count = 1;
    return lg_request_map_answer(request) ? LG_NEXT : LG_ANSWER;
}

static enum lg_next respond(struct lg_request *request)
{
    const struct lg_rule *rule = request->rule;

    request->status = rule->status;
    request->headers = rule->headers;
    request->header_count = rule->header_count;
    request->answer = rule->answer;
    return lg_request_map_answer(request) ? LG_NEXT : LG_ANSWER;
}

/* --- functions --- */

#define EVENT_USUAL 2048  /* of an event, beside the body */
#define TRACE_MAX 255     /* a longer trace id is not continued */
#define FAILURE_SHOWN 512 /* of an error document, in the log */

#define READ_MOST ((size_t)16 * 1024) /* of JSON, on a loop */

#define KEPT_WHOLE ((size_t)64 * 1024) /* larger results are taken over, not copied */

/* The call's buffer ends with the call. */
static void keep_result(struct lg_request *request, const struct lg_call_end *end)
{
    if (end->result.size < KEPT_WHOLE) {
        request->result = lg_arena_str(&request->arena, end->result);
        return;
    }
    request->result_memory = lg_buf_take(end->buffer, &request->result.size);
    request->result.data = request->result_memory;
}

static bool lies_in(struct lg_str part, struct lg_str whole)
{
    return part.size == 0 || (part.data >= whole.data && part.data < whole.data + whole.size);
}

void lg_request_keep_head(struct lg_request *request, const struct lg_result *head)
{
    struct lg_arena *arena = &request->arena;
    struct lg_header *headers =
        lg_arena_alloc(arena, (head->header_count + 1) * sizeof(struct lg_header));

    for (size_t i = 0; i < head->header_count; i++)
        headers[i] = (struct lg_header){ lg_arena_str(arena, head->headers[i].name),
                                         lg_arena_str(arena, head->headers[i].value) };
    request->status = head->status;
    request->headers = headers;
    request->header_count = head->header_count;
}

/* As the route's payload format has it. */
static enum lg_err map_result(const struct lg_request *request, struct lg_arena *tree,
                              struct lg_result *ret_result, const char **reterr_message)
{
    const struct lg_config_route *route = request->rule->config;

    if (request->result_has_prelude)
        return lg_prelude_split(tree, request->kind, request->result, ret_result, reterr_message);
    if (route->payload == LG_PAYLOAD_V1)
        return lg_result_v1_read(tree, request->result, route->api,
                                 lg_head_find(request->head, "accept"), ret_result, reterr_message);
    return lg_result_v2_read(tree, request->result, ret_result, reterr_message);
}

/*
 * The tree of a result is many times its size and would stay until a slow client has taken the
 * answer, so only what is needed of it is kept.
 */
static void read_result(struct lg_request *request)
{
    struct lg_arena *arena = &request->arena;
    struct lg_result result;
    struct lg_arena tree;
    const char *message;
    enum lg_err err;

    lg_arena_init(&tree);
    err = map_result(request, &tree, &result, &message);
    if (err != LG_OK) {
        (void)lg_request_fail(request,
                              err == LG_ERR_REFUSED ? LG_ERROR_NOT_BASE64 : LG_ERROR_MALFORMED,
                              lg_arena_cstr(arena, lg_str_of(message)));
        lg_arena_done(&tree);
        return;
    }
    lg_request_keep_head(request, &result);
    request->answer =
        lies_in(result.body, request->result) ? result.body : lg_arena_str(arena, result.body);
    lg_arena_done(&tree);
    (void)lg_request_map_answer(request);
}

/* An answer that was decoded is a copy; it is never larger than what it was decoded from. */
static enum lg_next answer_result(struct lg_request *request)
{
    size_t result = request->result.size;

    if (request->error == LG_ERROR_NONE && !lies_in(request->answer, request->result)) {
        lg_request_drop_result(request);
        lg_request_hold(request, request->held - result + request->answer.size);
    }
    return LG_ANSWER;
}

static const char *describe_failure(struct lg_request *request, const struct lg_call_end *end)
{
    struct lg_str shown = lg_str_part(end->result, 0, FAILURE_SHOWN);

    if (end->cause == LG_CAUSE_FUNCTION_ERROR)
        return lg_arena_printf(&request->arena, "function failed: %.*s", LG_STR_ARG(shown));
    if (end->reason != NULL)
        return lg_arena_cstr(&request->arena, lg_str_of(end->reason));
    return lg_cause_text(end->cause);
}

/* JSON takes twice as long to read as to write, and more where it is nested. */
static size_t weight_of_result(const struct lg_request *request)
{
    return request->result.size * 2;
}

static void on_call_end(void *owner, const struct lg_call_end *end)
{
    struct lg_request *request = owner;
    enum lg_error error = lg_error_of_cause(end->cause);

    request->call = NULL;
    lg_request_drop_input(request);
    if (request->exchange == NULL) {
        lg_request_release(request);
        return;
    }
    if (end->passed_on) {
        lg_request_end_stream(request, end->cause,
                              error == LG_ERROR_NONE ? NULL : describe_failure(request, end));
        return;
    }
    if (request->answered)
        return;
    lg_timer_clear(request->front->loop, &request->budget);
    if (error == LG_ERROR_NOT_STARTED && request->late)
        error = LG_ERROR_TIMEOUT_WAITING;
    if (error != LG_ERROR_NONE) {
        (void)lg_request_fail(request, error, describe_failure(request, end));
        lg_request_answer(request);
        return;
    }
    if (lg_request_add_memory(request, end->result.size) != LG_OK) {
        (void)lg_request_fail(request, LG_ERROR_NO_ROOM, "memory_budget: no room for a result");
        lg_request_answer(request);
        return;
    }
    keep_result(request, end);
    request->result_has_prelude = lg_prelude_expected(end->content_type);
    if (lg_request_work(request, weight_of_result(request), read_result, answer_result) ==
        LG_ANSWER)
        lg_request_answer(request);
}

#define WITHDRAWN_MS 20 /* how long the answer to a withdrawal may take before it is looked for */

/* The route's own patience is at its end. A function that runs goes on, as behind API Gateway. */
static void on_budget(struct lg_timer *timer)
{
    struct lg_request *request = LG_CONTAINER(timer, struct lg_request, budget);
    struct lg_loop *loop = request->front->loop;

    if (request->call == NULL) {
        /* Still waiting for memory to read its body into. */
        lg_request_stop_waiting(request);
        (void)lg_request_fail(request, LG_ERROR_OVERLOADED, "memory_budget: no room in time");
        lg_request_answer(request);
        return;
    }
    if (!lg_call_started(request->call)) {
        /* A worker may take the call before the withdrawal reaches it, and then runs on. */
        lg_call_withdraw(request->call);
        request->late = true;
        lg_timer_set(loop, timer, lg_loop_now_ms(loop) + WITHDRAWN_MS, on_budget);
        return;
    }
    (void)lg_request_fail(request, LG_ERROR_TIMEOUT, "route timeout: the function still runs");
    lg_request_answer(request);
}

void lg_request_arm_budget(struct lg_request *request)
{
    struct lg_loop *loop = request->front->loop;

    lg_timer_set(loop, &request->budget, lg_loop_now_ms(loop) + request->rule->timeout_ms,
                 on_budget);
}

/* A client's trace id is continued when it has a root, else a new one begins. */
static struct lg_str continue_trace(struct lg_request *request)
{
    struct lg_str given = lg_head_find(request->head, "x-amzn-trace-id");
    struct lg_str rest = given, part;
    char *root;

    while (given.size > 0 && given.size <= TRACE_MAX && lg_utf8_valid(given) &&
           lg_str_next(&rest, ';', &part)) {
        if (lg_str_istarts(lg_str_trim(part), LG_STR("root=")))
            return lg_arena_str(&request->arena, given);
    }
    root = lg_arena_alloc(&request->arena, LG_TRACE_ROOT_SIZE);
    lg_id_trace_root(request->wall_ms, root);
    return lg_str_of(root);
}

void lg_request_begin_trace(struct lg_request *request)
{
    if (request->trace.data == NULL)
        request->trace = continue_trace(request);
}

/* Most events are written without growing twice. */
static void make_room(struct lg_request *request)
{
    size_t size = request->body.size + request->body.size / 8 + EVENT_USUAL;

    if (size <= request->event.ceiling)
        (void)lg_buf_reserve(&request->event, size);
}

static void write_event(struct lg_request *request)
{
    const struct lg_config *config = lg_snapshot_config(request->snapshot);

    if (!lg_request_map(request))
        return;
    const struct lg_event_source source = {
        .head = request->head,
        .method = lg_request_method(request),
        .match = &request->match,
        .body = lg_buf_str(&request->body),
        .request_id = request->id,
        .extended_id = request->extended_id,
        .trace_id = request->trace.data,
        .account_id = config->account_id,
        .api = request->rule->api,
        .wall_ms = request->wall_ms,
        .mapped = request->mapped,
        .authorizer_json = lg_request_authorizer_json(request),
    };

    make_room(request);
    if (request->rule->payload == LG_PAYLOAD_V1)
        lg_payload_v1_write(&request->arena, &source, &request->event);
    else
        lg_payload_v2_write(&request->arena, &source, &request->event);
}

static enum lg_next call_function(struct lg_request *request)
{
    const struct lg_config *config = lg_snapshot_config(request->snapshot);
    struct lg_call_options options = {
        .payload = lg_buf_str(&request->event),
        .request_id = request->id,
        .trace = request->trace,
        .http = true,
        .result_ceiling = config->limits.result_bytes,
        .stream = lg_request_streams(request) ? &lg_request_stream : NULL,
    };

    if (request->error != LG_ERROR_NONE)
        return LG_ANSWER;
    if (lg_buf_failed(&request->event))
        return lg_request_fail(request, LG_ERROR_EVENT_TOO_LARGE, "event over the payload limit");
    /* The event holds all that is left to know of the body. */
    lg_buf_done(&request->body);
    if (lg_request_settle_memory(request, request->event.room) != LG_OK)
        return lg_request_fail(request, LG_ERROR_OVERLOADED, "memory_budget: no room for an event");
    request->call = lg_function_call(request->rule->function, &options, on_call_end, request);
    request->function_id = lg_arena_cstr(&request->arena, lg_str_of(lg_call_id(request->call)));
    lg_request_arm_budget(request);
    return LG_WAIT;
}

/* Reading a body's JSON takes longer than writing it into an event. */
static size_t weight_of_event(const struct lg_request *request)
{
    size_t size = request->body.size;

    return size >= READ_MOST && lg_request_mapping_reads_body(request) ? SIZE_MAX : size;
}

enum lg_next lg_stage_integrate(struct lg_request *request)
{
    switch (request->rule->integration) {
    case LG_INTEGRATION_REDIRECT:
        return redirect(request);
    case LG_INTEGRATION_RESPOND:
        return respond(request);
    case LG_INTEGRATION_HTTP:
        return lg_pass_begin(request);
    case LG_INTEGRATION_FUNCTION:
        break;
    }
    lg_request_begin_trace(request);
    return lg_request_work(request, weight_of_event(request), write_event, call_function);
}
