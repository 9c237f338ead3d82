/*
 * identity_source.c -- where a request says who asks: a header field, a query parameter, a cookie;
 * and what else may tell requests to an authorizer apart.
 */
#include "base/text.h"
#include "request/request.h"
#include "route/query.h"

/* Two tokens would let each part of a chain of proxies believe another one. */
static enum lg_found settle(enum lg_found found, struct lg_str value, struct lg_str *ret_value)
{
    if (found != LG_FOUND_NONE)
        return LG_FOUND_SEVERAL;
    *ret_value = value;
    return LG_FOUND_ONE;
}

static enum lg_found find_header(const struct lg_head *head, struct lg_str name,
                                 struct lg_str *ret_value)
{
    enum lg_found found = LG_FOUND_NONE;

    for (size_t i = 0; i < head->header_count; i++) {
        if (lg_str_ieq(head->headers[i].name, name))
            found = settle(found, head->headers[i].value, ret_value);
    }
    return found;
}

/* Parted as in the event, which a REST API parts at semicolons too. */
static enum lg_found find_parameter(struct lg_request *request, struct lg_str name,
                                    struct lg_str *ret_value)
{
    struct lg_arena *arena = &request->arena;
    struct lg_str rest = request->head->query;
    enum lg_found found = LG_FOUND_NONE;
    struct lg_query_pair pair;

    while (lg_query_next(&rest, request->kind == LG_API_REST, &pair)) {
        if (lg_query_is(arena, &pair, name))
            found = settle(found, lg_percent_decode(arena, pair.value, true), ret_value);
    }
    return found;
}

static enum lg_found find_cookie(const struct lg_head *head, struct lg_str name,
                                 struct lg_str *ret_value)
{
    enum lg_found found = LG_FOUND_NONE;
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

static enum lg_found take(struct lg_str value, struct lg_str *ret_value)
{
    *ret_value = value;
    return value.data != NULL ? LG_FOUND_ONE : LG_FOUND_NONE;
}

static enum lg_found find_variable(struct lg_request *request, struct lg_str name,
                                   struct lg_str *ret_value)
{
    struct lg_context_variable variable;
    struct lg_context context;

    if (lg_context_parse(name, request->kind, &variable) != LG_OK)
        return LG_FOUND_NONE;
    lg_request_context(request, &context);
    return take(lg_context_value(&context, &variable, &request->arena), ret_value);
}

static enum lg_found find_stage_variable(const struct lg_request *request, struct lg_str name,
                                         struct lg_str *ret_value)
{
    const struct lg_config_pairs *variables = &request->api->stage_variables;

    for (size_t i = 0; i < variables->count; i++) {
        if (lg_str_is(name, variables->items[i].name))
            return take(lg_str_of(variables->items[i].value), ret_value);
    }
    return LG_FOUND_NONE;
}

enum lg_found lg_request_find_source(struct lg_request *request,
                                     const struct lg_token_source *source, struct lg_str *ret_value)
{
    switch (source->place) {
    case LG_TOKEN_IN_HEADER:
        return find_header(request->head, source->name, ret_value);
    case LG_TOKEN_IN_QUERY:
        return find_parameter(request, source->name, ret_value);
    case LG_TOKEN_IN_COOKIE:
        return find_cookie(request->head, source->name, ret_value);
    case LG_TOKEN_IN_CONTEXT:
        return find_variable(request, source->name, ret_value);
    case LG_TOKEN_IN_STAGE_VARIABLE:
        return find_stage_variable(request, source->name, ret_value);
    }
    return LG_FOUND_NONE;
}
