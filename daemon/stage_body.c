/* stage_body.c -- the body is buffered for a function, and refused before a byte of it is read
 * where that can be known. */
#include "request.h"

#include "observe/log.h"

enum lg_next lg_stage_body(struct lg_request *request)
{
    const struct lg_config *config = lg_snapshot_config(request->snapshot);
    int64_t length = request->head->content_length;

    if (length > config->limits.body_bytes)
        return lg_request_fail(request, LG_ERROR_BODY_TOO_LARGE, "Content-Length over the limit");
    /* Redirects and static answers do not look at a body. */
    if (request->rule->integration != LG_INTEGRATION_FUNCTION || length == 0)
        return LG_NEXT;
    if (length > 0)
        (void)lg_buf_reserve(&request->body, (size_t)length);
    lg_exchange_read_body(request->exchange);
    return LG_WAIT;
}

enum lg_flow lg_request_on_data(void *object, const void *data, size_t size)
{
    struct lg_request *request = object;

    if (lg_buf_add(&request->body, data, size) || request->answered)
        return LG_FLOW_MORE;
    (void)lg_request_fail(request, LG_ERROR_BODY_TOO_LARGE, "body over the limit");
    lg_request_answer(request);
    return LG_FLOW_MORE;
}

void lg_request_on_body(void *object)
{
    lg_request_resume(object);
}
