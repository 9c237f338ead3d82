/*
 * mapping_reserved.c -- header fields that no mapping may touch.
 *
 * Contract: API Gateway, "HTTP API integrations and parameter mapping" (reserved) and "REST header
 * restrictions" (what fails when a request runs on the service fails here when the configuration is
 * read).
 */
#include "base/mem.h"
#include "integrate/hop_by_hop.h"
#include "integrate/mapping_key.h"

/* Of HTTP APIs, both ways; a "*" at the end stands for anything. */
static const char *const http_names[] = {
    "access-control-*",
    "apigw-*",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-location",
    "forwarded",
    "keep-alive",
    "origin",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "trailers",
    "transfer-encoding",
    "upgrade",
    "x-amz-*",
    "x-amzn-*",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "via",
};

/* Of REST APIs towards an integration. */
static const char *const rest_names[] = {
    "content-length",
    "transfer-encoding",
    "x-amzn-trace-id",
    "x-amzn-apigateway-api-id",
};

/* What the daemon writes itself, whatever anybody says. */
static const char *const request_names[] = { "content-length", "x-forwarded-port" };
static const char *const answer_names[] = { "content-length", "date" };

static bool fits(struct lg_str name, const char *row)
{
    struct lg_str text = lg_str_of(row);

    if (!lg_str_ends(text, LG_STR("*")))
        return lg_str_ieq(name, text);
    return lg_str_istarts(name, lg_str_part(text, 0, text.size - 1));
}

static bool is_any_of(struct lg_str name, const char *const *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fits(name, rows[i]))
            return true;
    return false;
}

const char *lg_mapping_reserved(struct lg_str name, const struct lg_mapping_scope *scope)
{
    bool rest = scope->kind == LG_API_REST;

    if (!rest && is_any_of(name, http_names, LG_COUNT(http_names)))
        return "a header that API Gateway reserves";
    if (rest && !scope->answer && is_any_of(name, rest_names, LG_COUNT(rest_names)))
        return "a header that API Gateway does not let be mapped";
    if (lg_hop_by_hop(name) ||
        (scope->answer ? is_any_of(name, answer_names, LG_COUNT(answer_names))
                       : is_any_of(name, request_names, LG_COUNT(request_names))))
        return "a header that the daemon sets itself";
    return NULL;
}
