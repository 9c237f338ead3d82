/*
 * http_proxy.h -- the HTTP proxy through which an upstream is reached, from a URL or from the
 * environment, as curl and the SDKs read it.
 *
 * HTTPS_PROXY (or https_proxy) for https, http_proxy (small letters only: a CGI client could set
 * the other) for http; ALL_PROXY for both; NO_PROXY has hosts, domains (with or without a leading
 * dot), addresses, networks (10.0.0.0/8), ports behind a colon, or "*". Pure, but for
 * lg_http_proxy_find().
 */
#ifndef LG_WIRE_HTTP_PROXY_H
#define LG_WIRE_HTTP_PROXY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct lg_http_proxy {
    char *host; /* owned, as the next */
    uint16_t port;
    char *authorization; /* "Basic ...", or NULL; a secret */
};

/* [http://][user:password@]host[:port][/]; port 3128 without one. LG_ERR_SYNTAX with a reason. */
LG_MUST_CHECK enum lg_err lg_http_proxy_parse(struct lg_str url, struct lg_http_proxy *ret_proxy,
                                              const char **reterr_reason);
void lg_http_proxy_done(struct lg_http_proxy *proxy); /* zero-initialised is fine */

/* Whether NO_PROXY's text excepts the host. */
bool lg_http_proxy_excepted(struct lg_str no_proxy, struct lg_str host, uint16_t port);

/*
 * What the environment says for an upstream. LG_ERR_NOT_FOUND: no proxy. LG_ERR_SYNTAX: the
 * environment's URL cannot be used; *reterr_reason has no secrets.
 */
LG_MUST_CHECK enum lg_err lg_http_proxy_find(bool tls, struct lg_str host, uint16_t port,
                                             struct lg_http_proxy *ret_proxy,
                                             const char **reterr_reason);

#endif
