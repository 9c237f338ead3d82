/*
 * stage_authorize.c -- who may: the token of a request, found, judged, and what its bearer hears.
 *
 * Nothing of what a client sends can stand for a claim: functions get claims from the token alone.
 */
#include "base/text.h"
#include "observe/metrics.h"
#include "request.h"

/* --- finding the token ------------------------------------------------------------------------ */

enum found { FOUND_NONE, FOUND_ONE, FOUND_SEVERAL };

/* Two tokens would let each part of a chain of proxies believe another one. */
static enum found settle(enum found found, struct lg_str value, struct lg_str *ret_value)
{
    if (found != FOUND_NONE)
        return FOUND_SEVERAL;
    *ret_value = value;
    return FOUND_ONE;
}

static enum found find_header(const struct lg_head *head, struct lg_str name,
                              struct lg_str *ret_value)
{
    enum found found = FOUND_NONE;

    for (size_t i = 0; i < head->header_count; i++) {
        if (lg_str_ieq(head->headers[i].name, name))
            found = settle(found, head->headers[i].value, ret_value);
    }
    return found;
}

static enum found find_parameter(struct lg_arena *arena, struct lg_str query, struct lg_str name,
                                 struct lg_str *ret_value)
{
    enum found found = FOUND_NONE;
    struct lg_str pair;

    while (query.data != NULL && lg_str_next(&query, '&', &pair)) {
        size_t equals = lg_str_find(pair, '=', 0);
        struct lg_str key = lg_percent_decode(arena, lg_str_part(pair, 0, equals), true);
        if (lg_str_eq(key, name))
            found = settle(found,
                           lg_percent_decode(arena, lg_str_part(pair, equals + 1, pair.size), true),
                           ret_value);
    }
    return found;
}

static enum found find_cookie(const struct lg_head *head, struct lg_str name,
                              struct lg_str *ret_value)
{
    enum found found = FOUND_NONE;
    struct lg_str cookie;

    for (size_t i = 0; i < head->header_count; i++) {
        struct lg_str rest = head->headers[i].value;
        if (!lg_str_iis(head->headers[i].name, "cookie"))
            continue;
        while (rest.data != NULL && lg_str_next(&rest, ';', &cookie)) {
            cookie = lg_str_trim(cookie);
            size_t equals = lg_str_find(cookie, '=', 0);
            if (equals < cookie.size && lg_str_eq(lg_str_part(cookie, 0, equals), name))
                found = settle(found, lg_str_part(cookie, equals + 1, cookie.size), ret_value);
        }
    }
    return found;
}

static enum found find_in(struct lg_request *request, const struct lg_token_source *source,
                          struct lg_str *ret_value)
{
    switch (source->place) {
    case LG_TOKEN_IN_HEADER:
        return find_header(request->head, source->name, ret_value);
    case LG_TOKEN_IN_QUERY:
        return find_parameter(&request->arena, request->head->query, source->name, ret_value);
    case LG_TOKEN_IN_COOKIE:
        return find_cookie(request->head, source->name, ret_value);
    }
    return FOUND_NONE;
}

/* `Bearer TOKEN`, or the token alone, as API Gateway takes both. */
static struct lg_str without_scheme(struct lg_str value)
{
    if (lg_str_istarts(value, LG_STR("Bearer ")))
        return lg_str_part(value, sizeof("Bearer ") - 1, value.size);
    return value;
}

static enum found find_token(struct lg_request *request, struct lg_str *ret_token)
{
    size_t count;
    const struct lg_token_source *sources =
        lg_authorizer_sources(request->rule->authorizer, &count);

    for (size_t i = 0; i < count; i++) {
        enum found found = find_in(request, &sources[i], ret_token);
        if (found == FOUND_SEVERAL)
            return found;
        if (found == FOUND_ONE && ret_token->size > 0) {
            *ret_token = without_scheme(*ret_token);
            return found;
        }
    }
    return FOUND_NONE;
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

    if (authorizer == NULL)
        return LG_NEXT;
    enum found found = find_token(request, &token);
    if (found == FOUND_NONE) {
        challenge(request, NULL, NULL);
        return lg_request_fail(request, LG_ERROR_NO_TOKEN, "no token");
    }
    if (found == FOUND_SEVERAL)
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
