/* options_http.c -- the options of a route that passes requests on to an HTTP server. */
#include "base/mem.h"
#include "config/config.h"
#include "config/options.h"

#define HTTP(member) LG_OPTION_AT(lg_config_http, member)
#define CHECK(member) LG_OPTION_AT(lg_config_health_check, member)

/* --- health checks ---------------------------------------------------------------------------- */

static const struct lg_shape check_path = { "/[!-~]*", "a path such as /health" };

static const struct lg_option check_options[] = {
    { .key = "path",
      .type = LG_OPTION_STRING,
      CHECK(path),
      .shape = &check_path,
      .fallback = "/",
      .example = "/health",
      .help = "What is asked for with GET. An answer from 200 to 399 is a good one." },
    { .key = "interval",
      .type = LG_OPTION_DURATION,
      CHECK(interval_ms),
      .min = 100,
      .max = 3600000,
      .fallback = "10s",
      .help = "How often each server is asked." },
    { .key = "timeout",
      .type = LG_OPTION_DURATION,
      CHECK(timeout_ms),
      .min = 10,
      .max = 60000,
      .fallback = "2s",
      .help = "How long its answer may take." },
    { .key = "healthy",
      .type = LG_OPTION_INTEGER,
      CHECK(healthy),
      .min = 1,
      .max = 100,
      .fallback = "2",
      .help = "Good answers in a row that bring a server back." },
    { .key = "unhealthy",
      .type = LG_OPTION_INTEGER,
      CHECK(unhealthy),
      .min = 1,
      .max = 100,
      .fallback = "3",
      .help = "Bad ones in a row that take it out." },
};

static const struct lg_group check_group = {
    .name = "health check",
    .help = "Asks each server whether it is well, from the first request for them on.",
    .size = sizeof(struct lg_config_health_check),
    .where_at = offsetof(struct lg_config_health_check, where),
    .options = check_options,
    .count = LG_COUNT(check_options),
};

/* --- http ------------------------------------------------------------------------------------- */

static const struct lg_shape url_shape = { "[Hh][Tt][Tt][Pp][Ss]?://[\\s\\S]+",
                                           "a URL with http:// or https://" };
static const struct lg_shape upstream_shape = { "[!-~]+", "an address such as 10.0.0.1:8080" };

static const struct lg_choice keepalive_words[] = { { "connections", -1, false } };
static const struct lg_choice host_choices[] = { { "url", 0, false }, { "request", 1, false } };
static const struct lg_choice forwarded_choices[] = {
    { "x-forwarded", LG_FORWARDED_X, false },
    { "forwarded", LG_FORWARDED_STANDARD, false },
    { "both", LG_FORWARDED_BOTH, false },
    { "none", LG_FORWARDED_NONE, false },
};
static const struct lg_choice client_choices[] = { { "replace", 0, false },
                                                   { "append", 1, false } };

static const struct lg_option http_options[] = {
    { .key = "url",
      .type = LG_OPTION_STRING,
      .flags = LG_OPTION_REQUIRED,
      HTTP(url),
      .shape = &url_shape,
      .example = "http://shop.internal:8080/api/{proxy}",
      .help = "Where requests go. `{name}` is replaced by what the route's variable of that name "
              "took; it may stand in path and query, but never in the host. The query of the "
              "request is added. For `$default` the path of the request is added, too." },
    { .key = "upstreams",
      .type = LG_OPTION_STRINGS,
      .flags = LG_OPTION_ONE_OR_MORE,
      HTTP(upstreams),
      .shape = &upstream_shape,
      .instead = "connections go to the host of `url`",
      .example = "[ \"10.0.0.1:8080\", \"10.0.0.2:8080\" ]",
      .help = "The servers, in turns, that serve the host of `url`: HOST:PORT each. `url` still "
              "says what Host and certificate are." },
    { .key = "host",
      .type = LG_OPTION_ENUM,
      HTTP(host_of_request),
      .choices = host_choices,
      .choice_count = LG_COUNT(host_choices),
      .fallback = "url",
      .help = "What Host says: the host of `url`, or the client's." },
    { .key = "forwarded",
      .type = LG_OPTION_ENUM,
      HTTP(forwarded),
      .choices = forwarded_choices,
      .choice_count = LG_COUNT(forwarded_choices),
      .fallback = "x-forwarded",
      .help = "How the server is told who asks: X-Forwarded-For, -Proto, -Host and -Port; the "
              "Forwarded of RFC 7239; both; or not at all." },
    { .key = "client_forwarded",
      .type = LG_OPTION_ENUM,
      HTTP(append_forwarded),
      .choices = client_choices,
      .choice_count = LG_COUNT(client_choices),
      .fallback = "replace",
      .help = "What becomes of these fields where the client sent them: it could say anything. "
              "`append` only behind a proxy of yours that replaces them." },
    { .key = "connect_timeout",
      .type = LG_OPTION_DURATION,
      HTTP(connect_timeout_ms),
      .min = 10,
      .max = 60000,
      .fallback = "2s",
      .help = "How long a connection may take, its name included; and again for TLS." },
    { .key = "idle_timeout",
      .type = LG_OPTION_DURATION,
      HTTP(idle_timeout_ms),
      .min = 10,
      .max = 3600000,
      .fallback = "30s",
      .help = "How long the server may take nothing of a request, or send nothing of an answer "
              "that it has begun. Until it begins, `timeout` of the route counts." },
    { .key = "connections",
      .type = LG_OPTION_INTEGER,
      HTTP(connections),
      .min = 1,
      .max = 10000,
      .fallback = "64",
      .help = "Connections at once to one server, on each of the `loops`." },
    { .key = "queue",
      .type = LG_OPTION_INTEGER,
      HTTP(queue),
      .min = 0,
      .max = 100000,
      .fallback = "256",
      .help = "Requests that may wait for one of them, likewise. More are answered with 503." },
    { .key = "keepalive",
      .type = LG_OPTION_INTEGER,
      HTTP(keepalive),
      .min = 0,
      .max = 10000,
      .choices = keepalive_words,
      .choice_count = LG_COUNT(keepalive_words),
      .fallback = "connections",
      .help = "Connections without a request that are kept, likewise: as many as there may be, or "
              "fewer. What is closed must be opened again when many requests come at once." },
    { .key = "keepalive_timeout",
      .type = LG_OPTION_DURATION,
      HTTP(keepalive_timeout_ms),
      .min = 10,
      .max = 3600000,
      .fallback = "50s",
      .help = "For how long. Less than the server keeps them: it could close one just when it is "
              "used." },
    { .key = "keepalive_requests",
      .type = LG_OPTION_INTEGER,
      HTTP(keepalive_requests),
      .min = 0,
      .max = 1000000000,
      .fallback = "10000",
      .help = "Requests on one connection. 0 is no limit." },
    { .key = "retries",
      .type = LG_OPTION_INTEGER,
      HTTP(retries),
      .min = 0,
      .max = 10,
      .fallback = "1",
      .help = "Further tries, with the next server where there are several, for a request of which "
              "surely nothing was sent." },
    { .key = "retry_idempotent",
      .type = LG_OPTION_BOOL,
      HTTP(retry_idempotent),
      .fallback = "false",
      .help = "Whether GET, HEAD, OPTIONS, PUT and DELETE are tried again, too, when a request was "
              "sent and no answer came. The server may then do them twice." },
    { .key = "max_fails",
      .type = LG_OPTION_INTEGER,
      HTTP(max_fails),
      .min = 0,
      .max = 1000,
      .fallback = "3",
      .help = "Failures in a row that take a server out for `fail_timeout`, where there are "
              "several: no connection, or no answer. 0 is never." },
    { .key = "fail_timeout",
      .type = LG_OPTION_DURATION,
      HTTP(fail_timeout_ms),
      .min = 100,
      .max = 3600000,
      .fallback = "10s",
      .help = "For how long. When all are out, all are tried." },
    { .key = "health_check",
      .type = LG_OPTION_GROUP,
      HTTP(health_check),
      .group = &check_group,
      .instead = "only failures of requests count",
      .help = "Asks each server whether it is well." },
    { .key = "ca_file",
      .type = LG_OPTION_PATH,
      HTTP(ca_file),
      .instead = "the system's authorities are trusted",
      .example = "/etc/lambdagate/ca.pem",
      .help = "Who is trusted to sign the server's certificate, in PEM. It is always checked, and "
              "so is the name in it. A reload reads it again, when it has changed." },
    { .key = "certificate",
      .type = LG_OPTION_PATH,
      HTTP(certificate_file),
      .instead = "none is shown",
      .example = "/etc/lambdagate/client.pem",
      .help = "The certificate that is shown to the server, with its chain, in PEM. A reload reads "
              "it and its key again, when they have changed." },
    { .key = "key",
      .type = LG_OPTION_PATH,
      HTTP(key_file),
      .instead = "it is in `certificate`",
      .example = "/etc/lambdagate/client.key",
      .help = "Its private key, in PEM." },
    { .key = "proxy",
      .type = LG_OPTION_STRING,
      HTTP(proxy),
      .fallback = "environment",
      .help = "The HTTP proxy that leads to the server: http://HOST:PORT, `none`, or what "
              "HTTPS_PROXY, http_proxy, ALL_PROXY and NO_PROXY of the daemon's environment say." },
};

static const struct lg_need http_needs[] = {
    { "key", "certificate" },
    { NULL, NULL },
};

const struct lg_group lg_options_http = {
    .name = "http",
    .help = "Passes the request on to an HTTP server, and its answer back, piece by piece.",
    .size = sizeof(struct lg_config_http),
    .where_at = offsetof(struct lg_config_http, where),
    .options = http_options,
    .count = LG_COUNT(http_options),
    .needs = http_needs,
    .rule = lg_rule_http,
};
