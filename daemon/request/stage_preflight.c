/*
 * stage_preflight.c -- CORS: a browser that asks for leave is answered here, and every answer says
 * which pages may read it.
 *
 * HTTP APIs: an OPTIONS, ANY or $default route takes the preflight itself, as on the service; but a
 * route with `cors` of its own has it answered here in any case. REST APIs: an OPTIONS method that
 * was made for `cors` answers, functions say the rest themselves, and only the gateway's own errors
 * are told apart for pages.
 */
#include "request/request.h"

#include "respond/cors.h"
#include "snapshot/rule_extras.h"

/* The route that the preflight asks about, or NULL. */
static const struct lg_rule *find_asked(struct lg_request *request)
{
    struct lg_str method = lg_head_find(request->head, "access-control-request-method");
    struct lg_route_match match;

    if (lg_route_table_find(lg_request_routes(request), &request->arena, method, request->path,
                            &match) != LG_OK)
        return NULL;
    return match.rule;
}

static const struct lg_cors *cors_of(const struct lg_rule *rule)
{
    return rule->extras != NULL ? rule->extras->cors : NULL;
}

static enum lg_next answer(struct lg_request *request, const struct lg_cors *cors)
{
    request->cors = cors;
    request->status = 204;
    return LG_ANSWER;
}

static bool is_options_route(const struct lg_request *request)
{
    return lg_str_is(request->match.pattern->method, "OPTIONS");
}

enum lg_next lg_stage_preflight(struct lg_request *request)
{
    const struct lg_rule *asked;

    request->cors = cors_of(request->rule);
    if (!lg_cors_is_preflight(request->head) || request->kind != LG_API_HTTP ||
        !lg_snapshot_has_cors(request->snapshot, request->api) || is_options_route(request))
        return LG_NEXT;
    asked = find_asked(request);
    if (asked == NULL || asked->extras == NULL || asked->extras->own_cors == NULL)
        return LG_NEXT;
    return answer(request, asked->extras->cors);
}

bool lg_request_answer_unrouted(struct lg_request *request)
{
    const struct lg_cors *cors = lg_snapshot_cors(request->snapshot, request->api);
    const struct lg_rule *asked = NULL;

    request->cors = cors;
    if (!lg_cors_is_preflight(request->head) || request->kind != LG_API_HTTP ||
        !lg_snapshot_has_cors(request->snapshot, request->api))
        return false;
    asked = find_asked(request);
    if (asked != NULL)
        cors = cors_of(asked);
    if (cors == NULL)
        return false;
    (void)answer(request, cors);
    return true;
}

/* --- answers ---------------------------------------------------------------------------------- */

/* What integrations say of CORS is not passed on. */
static void strip(struct lg_header *headers, size_t *count)
{
    size_t kept = 0;

    for (size_t i = 0; i < *count; i++)
        if (!lg_cors_owns(headers[i].name))
            headers[kept++] = headers[i];
    *count = kept;
}

static bool lists(struct lg_str list, const char *word)
{
    struct lg_str piece;

    while (lg_str_next(&list, ',', &piece))
        if (lg_str_iis(lg_str_trim(piece), word))
            return true;
    return false;
}

static void add_vary(const struct lg_cors *cors, struct lg_header *headers, size_t *count)
{
    if (!lg_cors_varies(cors))
        return;
    for (size_t i = 0; i < *count; i++)
        if (lg_str_iis(headers[i].name, "vary") &&
            (lists(headers[i].value, "origin") || lists(headers[i].value, "*")))
            return;
    headers[(*count)++] = (struct lg_header){ LG_STR("vary"), LG_STR("origin") };
}

static bool has_origin(const struct lg_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (lg_str_iis(headers[i].name, "access-control-allow-origin"))
            return true;
    return false;
}

/* API Gateway lets nobody change the answer to what is too large. */
static bool is_unchangeable(const struct lg_request *request)
{
    return request->error == LG_ERROR_BODY_TOO_LARGE || request->error == LG_ERROR_EVENT_TOO_LARGE;
}

static void add_for_rest(struct lg_request *request, struct lg_header *headers, size_t *count)
{
    bool made = request->error == LG_ERROR_NONE && request->rule != NULL &&
                request->rule->extras != NULL && request->rule->extras->answers_options;

    if (request->error == LG_ERROR_NONE && !made)
        return;
    if (is_unchangeable(request) || has_origin(headers, *count))
        return;
    if (made)
        *count += lg_cors_options_headers(request->cors, &request->arena, request->head,
                                          headers + *count);
    else
        *count += lg_cors_headers(request->cors, &request->arena, request->head, headers + *count);
    add_vary(request->cors, headers, count);
}

void lg_request_add_cors(struct lg_request *request, struct lg_header *headers, size_t *count)
{
    if (request->cors == NULL)
        return;
    if (request->kind == LG_API_REST) {
        add_for_rest(request, headers, count);
        return;
    }
    strip(headers, count);
    *count += lg_cors_headers(request->cors, &request->arena, request->head, headers + *count);
    add_vary(request->cors, headers, count);
}
