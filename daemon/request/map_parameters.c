/* map_parameters.c -- parameter mapping applied to a request before its event, and to its answer.
 */
#include "integrate/event_write.h"
#include "integrate/mapping.h"
#include "request/request.h"
#include "snapshot/rule_extras.h"

static struct lg_context context_of(struct lg_request *request)
{
    const struct lg_event_source source = { .head = request->head, .api = request->api };
    struct lg_context context;

    lg_request_context(request, &context);
    /* As the event's requestContext has it. */
    if (request->kind == LG_API_HTTP)
        context.path = lg_event_stage_path(&request->arena, &source, false);
    return context;
}

static void refuse(struct lg_request *request, enum lg_err err, const char *reason)
{
    (void)lg_request_fail(
        request, err == LG_ERR_TOO_BIG ? LG_ERROR_HEADERS_TOO_LARGE : LG_ERROR_BAD_REQUEST, reason);
}

bool lg_request_map(struct lg_request *request)
{
    const struct lg_rule_extras *extras = request->rule->extras;
    struct lg_mapped *mapped;
    const char *reason;
    enum lg_err err;

    if (extras == NULL || extras->mapping == NULL)
        return true;
    const struct lg_context context = context_of(request);
    const struct lg_mapping_source source = {
        .context = &context,
        .headers = request->head->headers,
        .header_count = request->head->header_count,
        .body = lg_buf_str(&request->body),
        .path = request->path,
        .query = request->head->query,
        .match = &request->match,
    };
    mapped = LG_ARENA_NEW(&request->arena, struct lg_mapped);
    err = lg_mapping_apply(extras->mapping, &request->arena, &source, mapped, &reason);
    if (err != LG_OK) {
        refuse(request, err, reason);
        return false;
    }
    request->mapped = mapped;
    return true;
}

bool lg_request_mapping_reads_body(const struct lg_request *request)
{
    const struct lg_rule_extras *extras = request->rule->extras;

    return extras != NULL && extras->mapping != NULL && lg_mapping_needs_body(extras->mapping);
}

bool lg_request_map_answer(struct lg_request *request)
{
    const struct lg_rule_extras *extras = request->rule->extras;
    struct lg_mapped_answer answer;
    const char *reason;

    if (extras == NULL || extras->answers == NULL ||
        !lg_answer_mapping_has(extras->answers, request->status))
        return true;
    struct lg_context context = context_of(request);
    const struct lg_mapping_source source = {
        .context = &context,
        .headers = request->headers,
        .header_count = request->header_count,
        .body = request->answer,
        .path = request->path,
        .match = &request->match,
    };
    context.status = request->status;
    if (lg_answer_mapping_apply(extras->answers, &request->arena, request->status, &source, &answer,
                                &reason) != LG_OK) {
        (void)lg_request_fail(request, LG_ERROR_MALFORMED, reason);
        return false;
    }
    request->status = answer.status;
    request->headers = answer.headers;
    request->header_count = answer.header_count;
    return true;
}
