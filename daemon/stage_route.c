/* stage_route.c -- which rule a request follows: its stage, then its route. */
#include "observe/metrics.h"
#include "request.h"
#include "route/stage.h"

enum lg_next lg_stage_route(struct lg_request *request)
{
    const struct lg_config *config = lg_snapshot_config(request->snapshot);
    struct lg_str path;

    if (request->head_status != 0) {
        lg_metric_add(request->front->refused, 1);
        return lg_request_fail(request, lg_error_of_head(request->head_status),
                               request->head_reason);
    }
    if (!lg_stage_take(lg_str_of(config->apis->stage), request->head->path, &path))
        return lg_request_fail(request, LG_ERROR_NOT_FOUND, "path is outside the stage");
    if (lg_route_table_find(lg_snapshot_routes(request->snapshot, 0), &request->arena,
                            request->head->method, path, &request->match) != LG_OK)
        return lg_request_fail(request, LG_ERROR_NOT_FOUND, "no route");
    request->rule = request->match.rule;
    return LG_NEXT;
}
