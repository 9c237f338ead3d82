/* stage_admit.c -- how many requests may be worked on at once, in all and of one route. */
#include "request/request.h"

enum lg_next lg_stage_admit(struct lg_request *request)
{
    struct lg_budget *requests = &request->front->shared->requests;
    const struct lg_rule *rule = request->rule;

    if (!lg_budget_take(requests, 1))
        return lg_request_fail(request, LG_ERROR_OVERLOADED, "limits.requests reached");
    if (!lg_metric_enter(&rule->numbers->in_flight, rule->concurrency)) {
        lg_budget_give(requests, 1);
        return lg_request_fail(request, LG_ERROR_ROUTE_BUSY, "the route's concurrency reached");
    }
    request->admitted = true;
    return LG_NEXT;
}
