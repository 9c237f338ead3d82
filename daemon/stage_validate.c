/* stage_validate.c -- what may reach a function: a body that fits the route's schema. */
#include "request.h"
#include "validate/body.h"

static void check_body(struct lg_request *request)
{
    struct lg_schema_failure failure;
    struct lg_arena tree; /* a body's tree is many times its size: it ends with the check */

    lg_arena_init(&tree);
    enum lg_err err =
        lg_body_check(&tree, request->rule->schema, lg_buf_str(&request->body), &failure);
    if (err == LG_ERR_TOO_BIG)
        lg_metric_add(request->front->fuel_exhausted, 1);
    if (err != LG_OK)
        (void)lg_request_fail(request, LG_ERROR_INVALID_BODY,
                              lg_arena_cstr(&request->arena, lg_str_of(failure.text)));
    lg_arena_done(&tree);
}

static enum lg_next after_check(struct lg_request *request)
{
    return request->error == LG_ERROR_NONE ? LG_NEXT : LG_ANSWER;
}

enum lg_next lg_stage_validate(struct lg_request *request)
{
    if (request->rule->schema == NULL)
        return LG_NEXT;
    return lg_request_work(request, request->body.size, check_body, after_check);
}
