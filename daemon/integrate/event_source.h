/*
 * event_source.h -- what an event is made of, whatever its format; borrowed while it is written.
 */
#ifndef LG_INTEGRATE_EVENT_SOURCE_H
#define LG_INTEGRATE_EVENT_SOURCE_H

#include "config/config.h"
#include "integrate/mapping.h"
#include "listen/exchange.h"
#include "route/table.h"

/* What an event to a Lambda authorizer tells besides; it never has a body. */
struct lg_event_question {
    struct lg_str arn;             /* of what is asked for: methodArn, routeArn */
    const struct lg_str *identity; /* the values of the identity sources */
    size_t count;
};

struct lg_event_source {
    const struct lg_head *head;
    struct lg_str method; /* that the route was found by */
    const struct lg_route_match *match;
    struct lg_str body;
    const struct lg_config_api *api;
    const char *account_id;
    const char *request_id;  /* requestContext.requestId, which the answer carries too */
    const char *extended_id; /* requestContext.extendedRequestId, in 1.0 only */
    const char *trace_id;    /* X-Amzn-Trace-Id as created or continued */
    int64_t wall_ms;         /* when the request came */
    /*
     * requestContext.authorizer as the format wants it, a whole JSON value: {"jwt":{"claims":...,
     * "scopes":...}} in 2.0, {"claims":...} in 1.0. Empty: there was none, the member is absent.
     */
    struct lg_str authorizer_json;
    /* What parameter mappings made of `head`, whose requestContext stays; NULL: there were none. */
    const struct lg_mapped *mapped;
    const struct lg_event_question *question; /* for an authorizer; NULL: for an integration */
};

#endif
