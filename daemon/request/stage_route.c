/* stage_route.c -- which rule a request follows: its API by host and path, then its route. */
#include "observe/metrics.h"
#include "request/request.h"
#include "respond/signature.h"
#include "snapshot/rule_lines.h"

/* --- the API --- */

static void take_api(struct lg_request *request, const struct lg_host_match *match)
{
    request->api = &lg_snapshot_config(request->snapshot)->apis[match->api];
    request->path = match->path;
}

/* Its kind is known whatever comes of it, and with the kind the ids. */
static enum lg_err find_api(struct lg_request *request)
{
    const struct lg_head *head = request->head;
    struct lg_host_match match;
    enum lg_err err = lg_hosts_find(lg_snapshot_hosts(request->snapshot),
                                    lg_head_find(head, "host"), head->path, &match);

    if (err == LG_OK)
        take_api(request, &match);
    request->kind = err == LG_OK ? request->api->kind : match.kind;
    if (request->kind == LG_API_REST)
        lg_id_uuid(request->id);
    return err;
}

/* --- the size of its head --- */

static size_t size_of_values(const struct lg_head *head)
{
    size_t size = 0;

    for (size_t i = 0; i < head->header_count; i++)
        size += head->headers[i].value.size;
    return size;
}

/* As listen/ counts it. */
static size_t size_of_head(const struct lg_head *head)
{
    size_t size = head->method.size + head->target.size + sizeof("  HTTP/1.1\r\n") - 1;

    for (size_t i = 0; i < head->header_count; i++)
        size += head->headers[i].name.size + sizeof(": \r\n") - 1;
    return size + size_of_values(head);
}

/* listen/ lets more through than each kind takes where there is an API of both. */
static enum lg_error check_head(const struct lg_request *request)
{
    const struct lg_config *config = lg_snapshot_config(request->snapshot);
    size_t most = (size_t)config->limits.header_bytes;

    if (!config->any_rest)
        return LG_ERROR_NONE;
    if (request->head->target.size > most)
        return LG_ERROR_URI_TOO_LONG;
    if ((request->kind == LG_API_REST ? size_of_values(request->head)
                                      : size_of_head(request->head)) > most)
        return LG_ERROR_HEADERS_TOO_LARGE;
    return LG_ERROR_NONE;
}

/* --- the route --- */

/* A REST API takes several slashes at the front for one, and none at the end for as good as one. */
static struct lg_str resource_path(struct lg_str path)
{
    size_t from = 0, to = path.size;

    while (from + 1 < to && path.data[from + 1] == '/')
        from++;
    while (to > from + 1 && path.data[to - 1] == '/')
        to--;
    return lg_str_part(path, from, to);
}

struct lg_str lg_request_method(const struct lg_request *request)
{
    struct lg_str method = LG_STR_NONE;

    if (request->kind == LG_API_REST)
        method = lg_head_find(request->head, "x-http-method-override");
    return lg_method_index(method) != LG_METHOD_ANY ? method : request->head->method;
}

struct lg_str lg_request_resource(const struct lg_request *request)
{
    return request->kind == LG_API_REST ? resource_path(request->path) : request->path;
}

static enum lg_next fail_unmatched(struct lg_request *request)
{
    struct lg_str authorization = lg_head_find(request->head, "authorization");

    if (request->kind == LG_API_REST && authorization.size > 0 &&
        !lg_signature_present(authorization))
        return lg_request_fail_saying(request, LG_ERROR_NOT_SIGNED,
                                      lg_signature_refusal(&request->arena, authorization),
                                      "no route, and an Authorization that is no signature");
    return lg_request_fail(request, LG_ERROR_NOT_FOUND, "no route");
}

const struct lg_route_table *lg_request_routes(const struct lg_request *request)
{
    const struct lg_config *config = lg_snapshot_config(request->snapshot);

    return lg_snapshot_routes(request->snapshot, (size_t)(request->api - config->apis));
}

enum lg_next lg_stage_route(struct lg_request *request)
{
    enum lg_err err = find_api(request);
    enum lg_error refusal;

    if (request->head_status != 0) {
        lg_metric_add(request->front->refused, 1);
        return lg_request_fail(request, lg_error_of_head(request->head_status),
                               request->head_reason);
    }
    refusal = check_head(request);
    if (refusal != LG_ERROR_NONE)
        return lg_request_fail(request, refusal, "head over header_bytes");
    if (err == LG_ERR_REFUSED)
        return lg_request_fail(request, LG_ERROR_UNKNOWN_HOST, "no API serves the host");
    if (err != LG_OK)
        return lg_request_fail(request, LG_ERROR_NO_STAGE, "path is outside stage and base path");
    if (lg_route_table_find(lg_request_routes(request), &request->arena, lg_request_method(request),
                            lg_request_resource(request), &request->match) != LG_OK)
        return lg_request_answer_unrouted(request) ? LG_ANSWER : fail_unmatched(request);
    request->rule = request->match.rule;
    lg_rule_fetch(request->rule);
    return LG_NEXT;
}
