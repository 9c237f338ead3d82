/*
 * stage_authorize.c -- who may: the token of a request, found, judged, and what its bearer hears.
 *
 * Nothing of what a client sends can stand for a claim: functions get claims from the token alone.
 */
#include "observe/metrics.h"
#include "request/request.h"
#include "snapshot/rule_extras.h"

/* --- finding the token ------------------------------------------------------------------------ */

/* `Bearer TOKEN`, or the token alone, as API Gateway takes both. */
static struct lg_str without_scheme(struct lg_str value)
{
    if (lg_str_istarts(value, LG_STR("Bearer ")))
        return lg_str_part(value, sizeof("Bearer ") - 1, value.size);
    return value;
}

static enum lg_found find_token(struct lg_request *request, struct lg_str *ret_token)
{
    size_t count;
    const struct lg_token_source *sources =
        lg_authorizer_sources(request->rule->authorizer, &count);

    for (size_t i = 0; i < count; i++) {
        enum lg_found found = lg_request_find_source(request, &sources[i], ret_token);
        if (found == LG_FOUND_SEVERAL)
            return found;
        if (found == LG_FOUND_ONE && ret_token->size > 0) {
            *ret_token = without_scheme(*ret_token);
            return found;
        }
    }
    return LG_FOUND_NONE;
}

/* --- refusing --------------------------------------------------------------------------------- */

static struct lg_config_strings scopes_of(const struct lg_request *request)
{
    return request->rule->config->scopes;
}

/* RFC 6750 section 3; in an HTTP API only, as API Gateway has it. */
static void challenge(struct lg_request *request, const char *error, const char *description)
{
    struct lg_config_strings scopes = scopes_of(request);
    struct lg_buf out;

    if (request->kind != LG_API_HTTP)
        return;
    lg_buf_init(&out, SIZE_MAX);
    lg_buf_add_cstr(&out, "Bearer");
    if (error != NULL) {
        lg_buf_add_cstr(&out, " scope=\"");
        for (size_t i = 0; i < scopes.count; i++) {
            if (i > 0)
                lg_buf_add_char(&out, ' ');
            for (const char *at = scopes.items[i]; *at != '\0'; at++) {
                if (*at == '"' || *at == '\\')
                    lg_buf_add_char(&out, '\\');
                lg_buf_add_char(&out, *at);
            }
        }
        lg_buf_printf(&out, "\" error=\"%s\" error_description=\"%s\"", error, description);
    }
    request->challenge = lg_arena_cstr(&request->arena, lg_buf_str(&out));
    lg_buf_done(&out);
}

static enum lg_next refuse(struct lg_request *request, enum lg_jwt_fault fault)
{
    lg_metric_add(request->front->tokens_refused[fault], 1);
    if (fault == LG_JWT_SCOPE) {
        challenge(request, "insufficient_scope", "the token has none of the scopes");
        return lg_request_fail(request, LG_ERROR_NO_SCOPE, lg_jwt_fault_text(fault));
    }
    challenge(request, "invalid_token", "the token is not valid");
    if (fault == LG_JWT_EXPIRED)
        return lg_request_fail(request, LG_ERROR_EXPIRED_TOKEN, lg_jwt_fault_text(fault));
    return lg_request_fail(request, LG_ERROR_BAD_TOKEN, lg_jwt_fault_text(fault));
}

static enum lg_next refuse_without_keys(struct lg_request *request)
{
    lg_metric_add(request->front->tokens_refused[LG_JWT_UNKNOWN_KID], 1);
    challenge(request, "invalid_token", "the token cannot be judged now");
    return lg_request_fail(request, LG_ERROR_NO_KEYS,
                           "the issuer's keys were never there: see the log of \"keys\"");
}

/* --- the stage -------------------------------------------------------------------------------- */

static enum lg_next welcome(struct lg_request *request, struct lg_identity *identity)
{
    request->identity = identity;
    if (!lg_identity_has_scope(identity, scopes_of(request)))
        return refuse(request, LG_JWT_SCOPE);
    request->bearer = (struct lg_context_authorizer){ .claims = identity->members,
                                                      .claim_count = identity->member_count };
    return LG_NEXT;
}

static void on_keys(struct lg_key_waiter *waiter)
{
    struct lg_request *request = LG_CONTAINER(waiter, struct lg_request, key_waiter);

    request->keys_awaited = true;
    if (lg_stage_authorize(request) == LG_NEXT)
        lg_request_resume(request);
    else
        lg_request_answer(request);
}

enum lg_next lg_stage_authorize(struct lg_request *request)
{
    struct lg_authorize_lane *lane = &request->front->authorize;
    const struct lg_authorizer *authorizer = request->rule->authorizer;
    struct lg_str token;

    if (request->rule->extras != NULL && request->rule->extras->lambda != NULL)
        return lg_request_ask_authorizer(request);
    if (authorizer == NULL)
        return LG_NEXT;
    enum lg_found found = find_token(request, &token);
    if (found == LG_FOUND_NONE) {
        challenge(request, NULL, NULL);
        return lg_request_fail(request, LG_ERROR_NO_TOKEN, "no token");
    }
    if (found == LG_FOUND_SEVERAL)
        return refuse(request, LG_JWT_NOT_A_TOKEN);
    struct lg_verdict verdict = lg_authorizer_judge(authorizer, lane, token,
                                                    scopes_of(request).count > 0, request->wall_ms);
    if (verdict.fault == LG_JWT_GOOD)
        return welcome(request, verdict.identity);
    if (verdict.fault != LG_JWT_UNKNOWN_KID)
        return refuse(request, verdict.fault);
    if (!request->keys_awaited &&
        lg_key_set_wait(verdict.unknown, lane->index, &request->key_waiter, on_keys))
        return LG_WAIT;
    return verdict.never_had_keys ? refuse_without_keys(request) : refuse(request, verdict.fault);
}

/* --- for the function ------------------------------------------------------------------------- */

struct lg_str lg_request_authorizer_json(struct lg_request *request)
{
    const struct lg_identity *identity = request->identity;
    struct lg_str scopes = LG_STR("null");
    char *text;

    if (identity == NULL)
        return LG_STR_NONE;
    if (identity->grant != NULL)
        return lg_request_grant_json(request);
    if (scopes_of(request).count > 0)
        scopes = identity->scopes_text;
    if (request->kind == LG_API_REST)
        text = lg_arena_printf(&request->arena, "{\"claims\":%.*s}",
                               LG_STR_ARG(identity->claims_text));
    else if (request->rule->config->payload == LG_PAYLOAD_V1)
        text = lg_arena_printf(&request->arena, "{\"claims\":%.*s,\"scopes\":%.*s}",
                               LG_STR_ARG(identity->claims_text), LG_STR_ARG(scopes));
    else
        text = lg_arena_printf(&request->arena, "{\"jwt\":{\"claims\":%.*s,\"scopes\":%.*s}}",
                               LG_STR_ARG(identity->claims_text), LG_STR_ARG(scopes));
    return lg_str_of(text);
}
