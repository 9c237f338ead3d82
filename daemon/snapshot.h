/*
 * snapshot.h -- the rules that requests follow, made once from a configuration and never changed.
 *
 * A snapshot is reference-counted: every loop holds the current one, every request the one that
 * it began with, so a reload swaps it loop by loop and the old one ends with its last request.
 * What lives longer than a configuration (functions with their workers, counters) are runtime
 * objects: the snapshot refers to them and they are adopted by the next.
 */
#ifndef LG_SNAPSHOT_H
#define LG_SNAPSHOT_H

#include "config/config.h"
#include "function/function.h"
#include "integrate/redirect.h"
#include "observe/metrics.h"
#include "route/hosts.h"
#include "route/table.h"
#include "validate/schema.h"

/* The numbers of one route. */
struct lg_route_metrics {
    struct lg_metric *answered[4]; /* 2xx, 3xx, 4xx, 5xx */
    struct lg_metric *duration;
    struct lg_metric *in_flight;
};

enum lg_integration { LG_INTEGRATION_FUNCTION, LG_INTEGRATION_REDIRECT, LG_INTEGRATION_RESPOND };

/* What happens to a request that matched a route. */
struct lg_rule {
    const struct lg_config_route *config;
    enum lg_integration integration;
    struct lg_function *function; /* one reference; NULL in a snapshot that is only checked */
    struct lg_redirect *redirect; /* owned */
    struct lg_schema *schema;     /* owned, or NULL */
    struct lg_header *headers;    /* of a static answer, owned */
    size_t header_count;
    struct lg_route_metrics metrics;
};

struct lg_snapshot;

/*
 * Builds the rules of `config`, which the snapshot takes over in any case. Functions are not
 * attached yet. Everything that is wrong is added to `faults`: NULL then. One reference.
 */
struct lg_snapshot *lg_snapshot_build(struct lg_config *config, struct lg_faults *faults);

/*
 * Gives every rule its function, found by name. `find` returns a new reference, never NULL.
 * Once, before the snapshot is used.
 */
void lg_snapshot_attach(struct lg_snapshot *snapshot,
                        struct lg_function *(*find)(void *context, const char *name),
                        void *context);

struct lg_snapshot *lg_snapshot_ref(struct lg_snapshot *snapshot);
void lg_snapshot_unref(struct lg_snapshot *snapshot); /* NULL is fine */

const struct lg_config *lg_snapshot_config(const struct lg_snapshot *snapshot);
/* Which API a request belongs to. */
const struct lg_hosts *lg_snapshot_hosts(const struct lg_snapshot *snapshot);
/* The routes of the API at index `api` of the configuration. */
const struct lg_route_table *lg_snapshot_routes(const struct lg_snapshot *snapshot, size_t api);
const struct lg_rule *lg_snapshot_rule(const struct lg_snapshot *snapshot, size_t index);
/* The numbers of requests that matched no route of `api`; NULL: nor any API. */
const struct lg_route_metrics *lg_snapshot_unmatched(const struct lg_snapshot *snapshot,
                                                     const struct lg_config_api *api);

/*
 * Checks a configuration file whole, as the daemon would before it starts: for `check`. Returns
 * the number of faults; when there are none, what the file holds is appended in words.
 */
size_t lg_snapshot_check(const char *file, struct lg_faults *faults, struct lg_buf *ret_words);

#endif
