/*
 * upstream.h -- the servers behind one `http` of a route: who they are, and which of them are well.
 *
 * An upstream is a runtime object: routes with the same options, and the same routes after a
 * reload, share one with its connections and what is known of its servers.
 *
 * A server that fails so many requests in a row is left out for a time; one that fails its health
 * checks, until they are good again. When none is left, all are tried: a guess beats a refusal.
 *
 * Threads: any, without locks, but for lg_upstream_get() and _unref(), which are for loading.
 */
#ifndef LG_UPSTREAM_UPSTREAM_H
#define LG_UPSTREAM_UPSTREAM_H

#include <stdatomic.h>

#include "config/config.h"
#include "config/fault.h"
#include "observe/metrics.h"
#include "wire/http_client.h"

/* Of one server; all loops count. */
struct lg_upstream_numbers {
    struct lg_metric whole, not_sent, unknown; /* tries, by outcome */
    struct lg_metric healthy;                  /* 1 or 0 */
    struct lg_metric opened, reused;
    struct lg_histogram first_byte;
};

struct lg_upstream_server {
    char *host; /* owned */
    uint16_t port;
    struct lg_http_proxy proxy; /* host NULL: none */
    struct lg_upstream_numbers *numbers;
    atomic_int fails;              /* of requests, in a row */
    _Atomic int64_t out_until_ms;  /* monotonic */
    atomic_bool sick;              /* by health checks */
    atomic_int checks;             /* in a row, of the kind that would change that */
    _Atomic int64_t next_check_ms; /* whichever loop comes first then, checks */
};

struct lg_upstream {
    atomic_uint references;
    char *identity; /* owned: all options in words */
    struct lg_tls_client *tls;
    char *tls_name;
    struct lg_http_pool_options pool; /* but for host, port and proxy */
    int64_t max_fails, fail_timeout_ms;
    char *check_path; /* NULL: no checks */
    char *check_host;
    int64_t check_interval_ms, check_timeout_ms;
    int healthy, unhealthy;
    atomic_uint turn;
    size_t count;
    struct lg_upstream_server servers[];
};

/*
 * The upstream of `http`, made if there is none with these options: one reference. Files and
 * proxies that cannot be used are added to `faults`: NULL then.
 */
struct lg_upstream *lg_upstream_get(const struct lg_config_http *http, struct lg_faults *faults);
struct lg_upstream *lg_upstream_ref(struct lg_upstream *upstream);
void lg_upstream_unref(struct lg_upstream *upstream); /* NULL is fine */

/*
 * The next one in turn that is not known to be bad and not `tried` (a bit each); else any that was
 * not; else any at all.
 */
size_t lg_upstream_choose(struct lg_upstream *upstream, uint64_t tried, int64_t now_ms);

/* What a try came to. */
void lg_upstream_tell(struct lg_upstream *upstream, size_t index, const struct lg_http_end *end,
                      int64_t now_ms);
/* What a health check came to. */
void lg_upstream_tell_check(struct lg_upstream *upstream, size_t index, bool good);

#endif
