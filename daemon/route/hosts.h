/*
 * hosts.h -- host and path to API, as API Gateway's custom domains and their mappings choose.
 *
 * An exact host beats a wildcard, a longer wildcard a shorter one, and any of them the APIs that
 * name no host. Among the APIs of that host the longest mount whose segments the path begins with
 * is taken; routes are never looked at, and no other host is tried.
 * Built once at load, never changed. Threads: lookups from any number at once.
 */
#ifndef LG_ROUTE_HOSTS_H
#define LG_ROUTE_HOSTS_H

#include "base/err.h"
#include "base/str.h"
#include "config/config.h"

struct lg_hosts;

#define LG_HOST_SIZE_MAX ((size_t)255) /* a longer one is no host of ours */

/* The APIs must outlive the table. No two of them have the same host and mount. */
struct lg_hosts *lg_hosts_build(const struct lg_config_api *apis, size_t count);
void lg_hosts_free(struct lg_hosts *hosts); /* NULL is fine */

struct lg_host_match {
    size_t api;                   /* index */
    struct lg_str path;           /* behind the mount, "/" at least: what routes are matched with */
    enum lg_config_api_kind kind; /* whose words a refusal has */
};

/*
 * `host` is a Host field as it came, with a port or without; an empty one is no host. `path` is
 * raw. LG_ERR_NOT_FOUND: the host's APIs do not take the path. LG_ERR_REFUSED: nobody serves the
 * host. Only match->kind is set then.
 */
LG_MUST_CHECK enum lg_err lg_hosts_find(const struct lg_hosts *hosts, struct lg_str host,
                                        struct lg_str path, struct lg_host_match *ret_match);

#endif
