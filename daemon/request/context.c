/* context.c -- a request as the context variables of templates and mappings see it. */
#include "request/request.h"

void lg_request_context(const struct lg_request *request, struct lg_context *ret_context)
{
    const struct lg_config *config = lg_snapshot_config(request->snapshot);
    const struct lg_config_api *api = request->api;

    *ret_context = (struct lg_context){
        .kind = request->kind,
        .head = request->head,
        .method = lg_request_method(request),
        .path = request->head->path,
        .route_key = request->rule != NULL ? lg_str_of(request->rule->config->key) : LG_STR_NONE,
        .account_id = config->account_id,
        .api_id = api != NULL ? api->api_id : NULL,
        .stage = api != NULL ? api->stage : NULL,
        .request_id = request->id,
        .extended_request_id = request->extended_id,
        .wall_ms = request->wall_ms,
        .authorizer = request->identity != NULL ? &request->bearer : NULL,
    };
}
