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

#include "authorize/authorizer.h"
#include "config/config.h"
#include "function/function.h"
#include "integrate/redirect.h"
#include "observe/metrics.h"
#include "respond/gateway_response.h"
#include "route/hosts.h"
#include "route/table.h"
#include "snapshot/rule_extras.h"
#include "validate/body.h"

/* The numbers of one route. What every request counts comes first: it fits into one cache line. */
struct lg_route_numbers {
    struct lg_metric in_flight;
    struct lg_metric answered[4]; /* 2xx, 3xx, 4xx, 5xx */
    struct lg_histogram duration;
};

enum lg_integration {
    LG_INTEGRATION_FUNCTION,
    LG_INTEGRATION_HTTP,
    LG_INTEGRATION_REDIRECT,
    LG_INTEGRATION_RESPOND
};

/*
 * What happens to a request that matched a route. Among many routes, what costs is cache lines:
 * what every request reads stands in the first two, and must not be looked for in `config`.
 */
struct lg_rule {
    _Alignas(64) struct lg_route_numbers *numbers; /* one reference */
    enum lg_integration integration;
    int status;                             /* of a static answer */
    int64_t concurrency;                    /* requests at once; INT64_MAX: no limit of its own */
    int64_t timeout_ms;                     /* from the whole request */
    const struct lg_body_rules *body;       /* or NULL */
    const struct lg_authorizer *authorizer; /* of the snapshot; NULL: everybody may */
    struct lg_function *function; /* one reference; NULL in a snapshot that is only checked */
    struct lg_redirect *redirect; /* owned */
    /* The key; and headers and body of a static answer: all in lines of the snapshot. */
    struct lg_header *headers;
    unsigned header_count;
    enum lg_config_payload payload;
    struct lg_str key, answer;
    const struct lg_config_api *api;
    struct lg_rule_extras *extras; /* owned, or NULL */
    const struct lg_config_route *config;
};

_Static_assert(offsetof(struct lg_rule, config) <= 128, "what requests read: two cache lines");

struct lg_snapshot;

/*
 * Builds the rules of `config`, which the snapshot takes over in any case. Functions are not
 * attached yet. Everything that is wrong is added to `faults`: NULL then. One reference.
 */
struct lg_snapshot *lg_snapshot_build(struct lg_config *config, struct lg_faults *faults);

/*
 * Gives every issuer whose keys are fetched its keys; as lg_authorizer_attach(). Once, before the
 * snapshot is used. lg_snapshot_fetches() tells whether there is any such issuer.
 */
void lg_snapshot_attach_keys(struct lg_snapshot *snapshot,
                             struct lg_key_set *(*find)(void *context,
                                                        const struct lg_key_source *source),
                             void *context);
bool lg_snapshot_fetches(const struct lg_snapshot *snapshot);

/*
 * Gives every rule, and every Lambda authorizer, its function, found by name. `find` returns a new
 * reference, never NULL. Once, before the snapshot is used.
 */
void lg_snapshot_attach(struct lg_snapshot *snapshot,
                        struct lg_function *(*find)(void *context, const char *name),
                        void *context);

struct lg_snapshot *lg_snapshot_ref(struct lg_snapshot *snapshot);
void lg_snapshot_unref(struct lg_snapshot *snapshot); /* NULL is fine */

const struct lg_config *lg_snapshot_config(const struct lg_snapshot *snapshot);
/* Which API a request belongs to. */
const struct lg_hosts *lg_snapshot_hosts(const struct lg_snapshot *snapshot);
/* NULL: the API has none of its own. */
const struct lg_gateway_responses *lg_snapshot_responses(const struct lg_snapshot *snapshot,
                                                         const struct lg_config_api *api);
/* The routes of the API at index `api` of the configuration. */
const struct lg_route_table *lg_snapshot_routes(const struct lg_snapshot *snapshot, size_t api);
const struct lg_rule *lg_snapshot_rule(const struct lg_snapshot *snapshot, size_t index);
/* The CORS of an API, or NULL: it says nothing; and whether it, or any route of it, says something.
 */
const struct lg_cors *lg_snapshot_cors(const struct lg_snapshot *snapshot,
                                       const struct lg_config_api *api);
bool lg_snapshot_has_cors(const struct lg_snapshot *snapshot, const struct lg_config_api *api);
/* The numbers of requests that matched no route of `api`; NULL: nor any API. */
struct lg_route_numbers *lg_snapshot_unmatched(const struct lg_snapshot *snapshot,
                                               const struct lg_config_api *api);

/*
 * Checks a configuration file whole, as the daemon would before it starts: for `check`. Returns
 * the number of faults; when there are none, what the file holds is appended in words.
 */
size_t lg_snapshot_check(const char *file, struct lg_faults *faults, struct lg_buf *ret_words);

#endif
