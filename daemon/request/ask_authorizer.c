/*
 * ask_authorizer.c -- the stage for a route with a Lambda authorizer: who asks is read from the
 * head, a remembered answer is looked for, and else the function is called before a byte of the
 * body is read.
 *
 * Contract: API Gateway, "Lambda authorizers". Answers are remembered by a salted digest of what
 * told requests apart, failures never. A remembered policy is judged for each request anew.
 */
#include <openssl/sha.h>
#include <string.h>

#include "base/text.h"
#include "integrate/payload_v1.h"
#include "integrate/payload_v2.h"
#include "request/request.h"
#include "snapshot/lambda_authorizer.h"
#include "snapshot/rule_extras.h"

#define ACTION LG_STR("execute-api:Invoke")
#define METHOD_ARN_MAX 1600 /* of a REST API, which answers 414 to longer ones */
#define REASON_SHOWN 256    /* of an error document, in the log */

/* One question to an authorizer, in the request's arena. */
struct lg_question {
    const struct lg_lambda_authorizer *lambda;
    struct lg_policy_request request;
    struct lg_str *identity; /* the values of its sources */
    size_t identity_count;
    unsigned char digest[LG_TOKEN_DIGEST_SIZE]; /* that its answer is remembered by */
    int64_t ttl_ms;                             /* for so long; 0: not at all */
    int64_t latency_ms;
};

static const struct lg_lambda_authorizer *lambda_of(const struct lg_request *request)
{
    return request->rule->extras->lambda;
}

static void count(const struct lg_request *request, enum lg_decision decision)
{
    lg_metric_add(&lambda_of(request)->numbers->decisions[decision], 1);
}

/* --- what is said no to ----------------------------------------------------------------------- */

static enum lg_next unauthorized(struct lg_request *request, enum lg_error error,
                                 const char *reason)
{
    count(request, LG_DECISION_UNAUTHORIZED);
    return lg_request_fail(
        request, error,
        lg_arena_printf(&request->arena, "authorizer %s: %s", lambda_of(request)->name, reason));
}

static enum lg_next failed(struct lg_request *request, enum lg_error error, const char *reason)
{
    count(request, LG_DECISION_FAILED);
    return lg_request_fail(
        request, error,
        lg_arena_printf(&request->arena, "authorizer %s: %s", lambda_of(request)->name, reason));
}

static enum lg_next denied(struct lg_request *request, enum lg_error error, const char *reason)
{
    count(request, LG_DECISION_DENY);
    return lg_request_fail(request, error,
                           lg_arena_printf(&request->arena, "authorizer %s: %s for %.*s",
                                           lambda_of(request)->name, reason,
                                           LG_STR_ARG(request->question->request.resource)));
}

/* --- the question ----------------------------------------------------------------------------- */

static struct lg_str arn_of(struct lg_request *request, struct lg_str path)
{
    const struct lg_config *config = lg_snapshot_config(request->snapshot);
    struct lg_str method = lg_request_method(request);

    return lg_str_of(lg_arena_printf(&request->arena, "arn:aws:execute-api:%s:%s:%s/%s/%.*s%.*s",
                                     config->region, config->account_id, request->api->api_id,
                                     request->api->stage, LG_STR_ARG(method), LG_STR_ARG(path)));
}

static void name_resource(struct lg_request *request)
{
    struct lg_policy_request *asked = &request->question->request;
    struct lg_str path = lg_request_resource(request);
    struct lg_str decoded = lg_percent_decode(&request->arena, path, false);

    asked->action = ACTION;
    asked->resource = arn_of(request, path);
    asked->decoded = decoded.data == path.data ? asked->resource : arn_of(request, decoded);
}

/* A REST API that does not cache leaves it to the function to miss something. */
static bool must_be_there(const struct lg_request *request)
{
    return request->kind == LG_API_HTTP || request->question->ttl_ms > 0 ||
           lambda_of(request)->config->type == LG_AUTHORIZER_TOKEN;
}

/* Returns why the request names nobody, or NULL. */
static const char *read_identity(struct lg_request *request)
{
    const struct lg_lambda_authorizer *lambda = lambda_of(request);
    struct lg_question *question = request->question;

    question->identity =
        lg_arena_zalloc(&request->arena, lambda->source_count * sizeof(*question->identity));
    for (size_t i = 0; i < lambda->source_count; i++) {
        struct lg_str *value = &question->identity[question->identity_count];
        enum lg_found found = lg_request_find_source(request, &lambda->sources[i], value);

        if (found == LG_FOUND_SEVERAL)
            return "an identity source is there several times";
        if (found == LG_FOUND_ONE && value->size > 0)
            question->identity_count++;
        else if (must_be_there(request))
            return "an identity source is missing";
    }
    return NULL;
}

static void add_sized(struct lg_buf *out, struct lg_str text)
{
    uint64_t size = text.size;

    lg_buf_add(out, &size, sizeof(size));
    lg_buf_add_str(out, text);
}

/* Nothing of the values themselves is kept. */
static void digest_question(struct lg_request *request)
{
    const struct lg_lambda_authorizer *lambda = lambda_of(request);
    struct lg_question *question = request->question;
    const unsigned char *salt = request->front->authorize.salt;
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    lg_buf_add(&text, salt, sizeof(request->front->authorize.salt));
    lg_buf_add_char(&text, request->kind == LG_API_REST ? 'R' : 'H');
    add_sized(&text, lambda->identity);
    add_sized(&text, lg_str_of(request->api->name));
    for (size_t i = 0; i < question->identity_count; i++)
        add_sized(&text, question->identity[i]);
    (void)SHA256((const unsigned char *)text.data, text.size, question->digest);
    lg_buf_done(&text);
}

/* --- the answer ------------------------------------------------------------------------------- */

/* Who was found to ask is known from here on, whatever the answer: gateway responses may say it. */
static enum lg_next judge(struct lg_request *request, struct lg_identity *identity)
{
    enum lg_policy_verdict verdict = lg_grant_judge(identity->grant, &request->question->request);

    request->identity = identity;
    request->bearer = (struct lg_context_authorizer){ .properties = identity->members,
                                                      .property_count = identity->member_count };
    switch (verdict) {
    case LG_POLICY_ALLOW:
        count(request, LG_DECISION_ALLOW);
        return LG_NEXT;
    case LG_POLICY_NO_ALLOW:
        return denied(request, LG_ERROR_DENIED,
                      identity->grant->simple ? "not authorized" : "no statement allows");
    case LG_POLICY_EXPLICIT_DENY:
        return denied(request, LG_ERROR_EXPLICIT_DENY, "a statement denies");
    case LG_POLICY_GAVE_UP:
        break;
    }
    return failed(request, LG_ERROR_AUTHORIZER_ANSWER, "its policy takes too long to judge");
}

/* NULL: not known, or not any more. */
static struct lg_identity *recall(struct lg_request *request)
{
    struct lg_token_cache *cache = request->front->authorize.grants;
    struct lg_identity *identity = lg_token_cache_find(cache, request->question->digest, 0);

    if (identity == NULL)
        return NULL;
    if (lg_loop_now_ms(request->front->loop) < identity->expires_ms)
        return lg_identity_ref(identity);
    lg_token_cache_remove(cache, identity);
    return NULL;
}

/* Another request may have asked the same at the same time: the later answer counts. */
static void remember(struct lg_request *request, struct lg_identity *identity)
{
    const struct lg_question *question = request->question;
    struct lg_token_cache *cache = request->front->authorize.grants;
    struct lg_identity *known = lg_token_cache_find(cache, question->digest, 0);

    if (question->ttl_ms == 0)
        return;
    if (known != NULL)
        lg_token_cache_remove(cache, known);
    memcpy(identity->digest, question->digest, sizeof(identity->digest));
    identity->expires_ms = lg_loop_now_ms(request->front->loop) + question->ttl_ms;
    lg_token_cache_add(cache, identity);
}

static enum lg_next refuse_failure(struct lg_request *request, const struct lg_call_end *end)
{
    struct lg_str shown = lg_str_part(end->result, 0, REASON_SHOWN);

    if (end->cause != LG_CAUSE_FUNCTION_ERROR)
        return failed(request, LG_ERROR_AUTHORIZER_FAILED,
                      lg_arena_cstr(&request->arena,
                                    lg_str_of(end->reason != NULL ? end->reason
                                                                  : lg_cause_text(end->cause))));
    if (lg_grant_says_unauthorized(end->result))
        return unauthorized(request, LG_ERROR_BAD_TOKEN, "the function says Unauthorized");
    return failed(request, LG_ERROR_AUTHORIZER_ANSWER,
                  lg_arena_printf(&request->arena, "the function failed: %.*s", LG_STR_ARG(shown)));
}

/* One reference; NULL: it is none, and *reterr_reason says why. */
static struct lg_identity *read_answer(const struct lg_request *request, struct lg_str answer,
                                       const char **reterr_reason)
{
    const struct lg_lambda_authorizer *lambda = lambda_of(request);
    const struct lg_grant_form form = {
        .simple = lambda->config->simple_responses,
        .strings = request->kind == LG_API_REST,
        .no_claims = lg_lambda_authorizer_is_v1(lambda, request->kind),
    };
    struct lg_identity *identity;

    return lg_grant_read(answer, &form, &identity, reterr_reason) == LG_OK ? identity : NULL;
}

static void go_on(struct lg_request *request, enum lg_next next)
{
    if (next == LG_NEXT)
        lg_request_resume(request);
    else
        lg_request_answer(request);
}

static void on_call_end(void *owner, const struct lg_call_end *end)
{
    struct lg_request *request = owner;
    struct lg_identity *identity = NULL;
    const char *reason = NULL;

    request->call = NULL;
    lg_buf_done(&request->event);
    lg_request_hold(request, 0);
    request->question->latency_ms = end->duration_us / 1000;
    if (end->cause == LG_CAUSE_OK)
        identity = read_answer(request, end->result, &reason);
    if (identity != NULL)
        remember(request, identity);
    if (request->exchange == NULL || request->answered) {
        lg_identity_unref(identity);
        if (request->exchange == NULL)
            lg_request_release(request);
        return;
    }
    lg_timer_clear(request->front->loop, &request->budget);
    if (identity != NULL)
        go_on(request, judge(request, identity));
    else if (reason != NULL)
        go_on(request, failed(request, LG_ERROR_AUTHORIZER_ANSWER,
                              lg_arena_printf(&request->arena, "no answer: %s", reason)));
    else
        go_on(request, refuse_failure(request, end));
}

/* --- the call --------------------------------------------------------------------------------- */

/* The route's own patience is at its end. A call that waits is withdrawn when the answer is sent.
 */
static void on_budget(struct lg_timer *timer)
{
    struct lg_request *request = LG_CONTAINER(timer, struct lg_request, budget);

    (void)failed(request, LG_ERROR_AUTHORIZER_FAILED, "no answer within the route's timeout");
    lg_request_answer(request);
}

static void write_event(struct lg_request *request)
{
    const struct lg_lambda_authorizer *lambda = lambda_of(request);
    const struct lg_question *question = request->question;
    const struct lg_event_question told = { question->request.resource, question->identity,
                                            question->identity_count };
    const struct lg_event_source source = {
        .head = request->head,
        .method = lg_request_method(request),
        .match = &request->match,
        .request_id = request->id,
        .extended_id = request->extended_id,
        .trace_id = request->trace.data,
        .account_id = lg_snapshot_config(request->snapshot)->account_id,
        .api = request->rule->api,
        .wall_ms = request->wall_ms,
        .question = &told,
    };

    if (lambda->config->type == LG_AUTHORIZER_TOKEN)
        lg_payload_token_write(&source, &request->event);
    else if (lg_lambda_authorizer_is_v1(lambda, request->kind))
        lg_payload_v1_write(&request->arena, &source, &request->event);
    else
        lg_payload_v2_write(&request->arena, &source, &request->event);
}

static enum lg_next call_function(struct lg_request *request)
{
    struct lg_loop *loop = request->front->loop;

    lg_request_begin_trace(request);
    write_event(request);
    if (lg_buf_failed(&request->event))
        return lg_request_fail(request, LG_ERROR_EVENT_TOO_LARGE,
                               "an authorizer's event over the payload limit");
    if (lg_request_settle_memory(request, request->event.room) != LG_OK)
        return lg_request_fail(request, LG_ERROR_OVERLOADED, "memory_budget: no room for an event");
    const struct lg_call_options options = {
        .payload = lg_buf_str(&request->event),
        .request_id = request->id,
        .trace = request->trace,
        .result_ceiling = LG_GRANT_BYTES,
    };
    request->call = lg_function_call(lambda_of(request)->function, &options, on_call_end, request);
    lg_timer_set(loop, &request->budget, lg_loop_now_ms(loop) + request->rule->timeout_ms,
                 on_budget);
    return LG_WAIT;
}

enum lg_next lg_request_ask_authorizer(struct lg_request *request)
{
    const struct lg_lambda_authorizer *lambda = lambda_of(request);
    struct lg_question *question = LG_ARENA_NEW(&request->arena, struct lg_question);
    struct lg_identity *identity;
    const char *reason;

    request->question = question;
    question->ttl_ms = lg_lambda_authorizer_ttl_ms(lambda, request->kind);
    reason = read_identity(request);
    if (reason != NULL)
        return unauthorized(request, LG_ERROR_NO_TOKEN, reason);
    if (lambda->validation != NULL &&
        !lg_token_pattern_matches(lambda->validation, question->identity[0]))
        return unauthorized(request, LG_ERROR_BAD_TOKEN,
                            "the token does not match identity_validation");
    name_resource(request);
    if (request->kind == LG_API_REST && question->request.resource.size > METHOD_ARN_MAX)
        return lg_request_fail(request, LG_ERROR_URI_TOO_LONG, "method ARN over 1600 bytes");
    digest_question(request);
    identity = recall(request);
    if (identity == NULL)
        return call_function(request);
    lg_metric_add(&lambda->numbers->remembered, 1);
    return judge(request, identity);
}

/* --- for the function ------------------------------------------------------------------------- */

static void add_member(struct lg_buf *out, struct lg_str text)
{
    if (text.size > 0 && out->data[out->size - 1] != '{')
        lg_buf_add_char(out, ',');
    lg_buf_add_str(out, text);
}

struct lg_str lg_request_grant_json(struct lg_request *request)
{
    const struct lg_grant *grant = request->identity->grant;
    bool rest = request->kind == LG_API_REST;
    bool flat = rest || request->rule->config->payload == LG_PAYLOAD_V1;
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_buf_add_cstr(&out, flat ? "{" : "{\"lambda\":{");
    if (flat && grant->principal.data != NULL) {
        lg_buf_add_cstr(&out, "\"principalId\":");
        lg_json_add_string(&out, grant->principal);
    }
    add_member(&out, grant->context_text);
    if (rest)
        add_member(&out, lg_str_of(lg_arena_printf(&request->arena, "\"integrationLatency\":%lld",
                                                   (long long)request->question->latency_ms)));
    lg_buf_add_cstr(&out, flat ? "}" : "}}");
    struct lg_str text = lg_arena_str(&request->arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return text;
}
