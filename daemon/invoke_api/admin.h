/*
 * admin.h -- the admin listener: health, metrics, what is loaded, and Lambda's Invoke API.
 *
 *     GET  /healthz     200 while the process turns
 *     GET  /readyz      200 when requests are served, else 503
 *     GET  /metrics     the Prometheus text format
 *     GET  /functions   for `lambdagate functions`
 *     GET  /routes      for `lambdagate routes`
 *     POST /reload      reads the configuration again: 200, 409, 422 with "faults", or 503
 *     POST /2015-03-31/functions/{FunctionName}/invocations
 *     POST /2021-11-15/functions/{FunctionName}/response-streaming-invocations
 *
 * What lies above this folder comes in through callbacks.
 */
#ifndef LG_INVOKE_API_ADMIN_H
#define LG_INVOKE_API_ADMIN_H

#include <stdbool.h>
#include <stdint.h>

#include "config/config.h"
#include "function/function.h"
#include "listen/server.h"

struct lg_mailbox;
struct lg_pool;

enum lg_admin_state { LG_ADMIN_STARTING, LG_ADMIN_READY, LG_ADMIN_DRAINING };

/* The largest payload and the largest result, as Lambda enforces them. */
#define LG_INVOKE_PAYLOAD_MAX INT64_C(6291456)
#define LG_INVOKE_RESULT_MAX INT64_C(6291556)

/*
 * What the listener needs from the process: filled in by main, outlives the listener and every
 * call made through it. The callbacks run on the loop that serves the request.
 */
struct lg_admin {
    /* As configured: NULL for a unix socket, where every caller is allowed. */
    const char *host;
    /* Health, readiness and metrics are served and nothing else: only `state` is asked. */
    bool watch_only;
    bool invoke_auth_none; /* calls over TCP are allowed to anybody */
    const char *account_id, *region;
    int64_t payload_bytes, result_bytes;
    /* For work on large payloads, and of the loop that serves. */
    struct lg_pool *pool;
    struct lg_mailbox *mailbox;

    void *context;
    enum lg_admin_state (*state)(void *context);
    /* A new reference to the function called `name`, or NULL. */
    struct lg_function *(*find_function)(void *context, struct lg_str name);
    /* Call show(to, ...) for each, in the order of the configuration. */
    void (*each_function)(void *context, void (*show)(void *to, struct lg_function *function),
                          void *to);
    void (*each_route)(void *context, void (*show)(void *to, const struct lg_config_route *route),
                       void *to);
    /*
     * LG_OK: on_end(to, faults) comes once, later; no faults: the new configuration is in use.
     * LG_ERR_BUSY: a reload is under way. Others: not now.
     */
    enum lg_err (*reload)(void *context, void (*on_end)(void *to, const struct lg_faults *faults),
                          void *to);
    /* Optional: brings gauges up to date before they are written. */
    void (*refresh)(void *context);
};

/* For struct lg_service: `context` is the struct lg_admin. */
lg_request_fn lg_admin_request;

#endif
