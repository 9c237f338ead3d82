/* stage_validate.c -- what may reach a function: a body that fits the route's schema. */
#include "request.h"
#include "validate/body.h"

enum lg_next lg_stage_validate(struct lg_request *request)
{
    struct lg_schema_failure failure;

    if (request->rule->schema == NULL)
        return LG_NEXT;
    if (lg_body_check(&request->arena, request->rule->schema, lg_buf_str(&request->body),
                      &failure) == LG_OK)
        return LG_NEXT;
    return lg_request_fail(request, LG_ERROR_INVALID_BODY,
                           lg_arena_cstr(&request->arena, lg_str_of(failure.text)));
}
