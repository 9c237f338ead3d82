/* upstream.c -- upstreams by their options, and the choice of a server. */
#include "upstream/upstream.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "observe/log.h"

#define TRIED_BITS 64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct lg_map *upstreams; /* by identity; NULL while there are none */

/* --- numbers ---------------------------------------------------------------------------------- */

#define NUMBER(member) offsetof(struct lg_upstream_numbers, member)
#define TRIES(member, outcome)                                                                     \
    {                                                                                              \
        LG_METRIC_COUNTER, NUMBER(member), "lambdagate_upstream_requests_total",                   \
            "outcome=\"" outcome "\"", "Requests to upstream servers, by outcome of each try."     \
    }

static const struct lg_metric_row rows[] = {
    TRIES(whole, "whole"),
    TRIES(not_sent, "not-sent"),
    TRIES(unknown, "unknown"),
    { LG_METRIC_GAUGE, NUMBER(healthy), "lambdagate_upstream_healthy", "",
      "Whether an upstream server is not left out." },
    { LG_METRIC_COUNTER, NUMBER(opened), "lambdagate_upstream_fresh_total", "",
      "Requests to upstream servers on a connection of their own." },
    { LG_METRIC_COUNTER, NUMBER(reused), "lambdagate_upstream_reused_total", "",
      "Requests to upstream servers on a connection that was kept." },
    { LG_METRIC_HISTOGRAM, NUMBER(first_byte), "lambdagate_upstream_answer_seconds", "",
      "Time until an upstream server's answer begins." },
};

static const struct lg_metric_class number_class = { sizeof(struct lg_upstream_numbers), rows,
                                                     LG_COUNT(rows) };

static struct lg_upstream_numbers *get_numbers(const struct lg_config_http *http,
                                               const struct lg_upstream_server *server)
{
    struct lg_upstream_numbers *numbers;
    char address[300];
    struct lg_buf labels;

    (void)snprintf(address, sizeof(address), "%s:%u", server->host, (unsigned)server->port);
    lg_buf_init(&labels, SIZE_MAX);
    lg_metric_label(&labels, "upstream", http->authority);
    lg_metric_label(&labels, "server", address);
    lg_buf_add_char(&labels, '\0');
    numbers = lg_metric_set_get(&number_class, labels.data);
    lg_buf_done(&labels);
    return numbers;
}

/* --- making ----------------------------------------------------------------------------------- */

static void add_text(struct lg_buf *out, const char *text)
{
    lg_buf_add_cstr(out, text != NULL ? text : "-");
    lg_buf_add_char(out, '\n');
}

static void add_number(struct lg_buf *out, int64_t number)
{
    lg_buf_add_i64(out, number);
    lg_buf_add_char(out, '\n');
}

static struct lg_tls_client_options tls_options(const struct lg_config_http *http)
{
    return (struct lg_tls_client_options){ .ca_file = http->ca_file,
                                           .certificate_file = http->certificate_file,
                                           .key_file = http->key_file,
                                           .alpn_http = true };
}

/* Everything but the path of the URL and what is said of the client. */
static char *identity_of(const struct lg_config_http *http)
{
    const struct lg_config_health_check *check = http->health_check;
    const int64_t numbers[] = {
        http->tls,
        http->connect_timeout_ms,
        http->connections,
        http->queue,
        http->keepalive,
        http->keepalive_timeout_ms,
        http->keepalive_requests,
        http->max_fails,
        http->fail_timeout_ms,
        check != NULL ? check->interval_ms : 0,
        check != NULL ? check->timeout_ms : 0,
        check != NULL ? check->healthy : 0,
        check != NULL ? check->unhealthy : 0,
    };
    const struct lg_tls_client_options tls = tls_options(http);
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    add_text(&text, http->authority);
    add_text(&text, http->ca_file);
    add_text(&text, http->certificate_file);
    add_text(&text, http->key_file);
    lg_tls_client_stamp(&tls, &text);
    add_text(&text, http->proxy);
    add_text(&text, check != NULL ? check->path : NULL);
    for (size_t i = 0; i < LG_COUNT(numbers); i++)
        add_number(&text, numbers[i]);
    for (size_t i = 0; i < http->origin_count; i++) {
        add_text(&text, http->origins[i].host);
        add_number(&text, http->origins[i].port);
    }
    lg_buf_add_char(&text, '\0');
    return lg_buf_take(&text, NULL);
}

static void free_upstream(struct lg_upstream *upstream)
{
    for (size_t i = 0; i < upstream->count; i++) {
        struct lg_upstream_server *server = &upstream->servers[i];

        free(server->host);
        lg_http_proxy_done(&server->proxy);
        lg_metric_set_unref(&number_class, server->numbers);
    }
    lg_tls_client_free(upstream->tls);
    free(upstream->tls_name);
    free(upstream->check_path);
    free(upstream->check_host);
    free(upstream->identity);
    free(upstream);
}

static bool find_proxy(const struct lg_config_http *http, struct lg_upstream_server *server,
                       struct lg_faults *faults)
{
    const char *reason = NULL;
    enum lg_err err = LG_ERR_NOT_FOUND;

    if (strcmp(http->proxy, "environment") == 0)
        err = lg_http_proxy_find(http->tls, lg_str_of(server->host), server->port, &server->proxy,
                                 &reason);
    else if (strcmp(http->proxy, "none") != 0)
        err = lg_http_proxy_parse(lg_str_of(http->proxy), &server->proxy, &reason);
    if (err != LG_ERR_SYNTAX)
        return true;
    lg_faults_add(faults, &http->where, "the proxy of %s cannot be used: %s", server->host, reason);
    return false;
}

static bool make_tls(struct lg_upstream *upstream, const struct lg_config_http *http,
                     struct lg_faults *faults)
{
    const struct lg_tls_client_options options = tls_options(http);
    char error[LG_TLS_ERROR_SIZE];

    if (!http->tls || lg_tls_client_new(&options, &upstream->tls, error) == LG_OK)
        return true;
    lg_faults_add(faults, &http->where, "%s", error);
    return false;
}

static void set_options(struct lg_upstream *upstream, const struct lg_config_http *http)
{
    const struct lg_config_health_check *check = http->health_check;

    upstream->tls_name = lg_strdup(http->host);
    upstream->max_fails = http->max_fails;
    upstream->fail_timeout_ms = http->fail_timeout_ms;
    upstream->pool = (struct lg_http_pool_options){
        .tls = upstream->tls,
        .tls_name = upstream->tls_name,
        .connect_ms = http->connect_timeout_ms,
        .tls_ms = http->connect_timeout_ms,
        .connections = (size_t)http->connections,
        .waiting = (size_t)http->queue,
        .idle = (size_t)http->keepalive,
        .idle_ms = http->keepalive_timeout_ms,
        .requests = (size_t)http->keepalive_requests,
    };
    if (check == NULL)
        return;
    upstream->check_path = lg_strdup(check->path);
    upstream->check_host = lg_strdup(http->authority);
    upstream->check_interval_ms = check->interval_ms;
    upstream->check_timeout_ms = check->timeout_ms;
    upstream->healthy = (int)check->healthy;
    upstream->unhealthy = (int)check->unhealthy;
}

static struct lg_upstream *make(const struct lg_config_http *http, char *identity,
                                struct lg_faults *faults)
{
    struct lg_upstream *upstream =
        lg_zalloc(sizeof(*upstream) + http->origin_count * sizeof(upstream->servers[0]));
    bool good = true;

    atomic_init(&upstream->references, 1);
    upstream->identity = identity;
    upstream->count = http->origin_count;
    for (size_t i = 0; i < upstream->count; i++) {
        struct lg_upstream_server *server = &upstream->servers[i];

        server->host = lg_strdup(http->origins[i].host);
        server->port = http->origins[i].port;
        server->numbers = get_numbers(http, server);
        lg_metric_set(&server->numbers->healthy, 1);
        good = find_proxy(http, server, faults) && good;
    }
    if (!make_tls(upstream, http, faults) || !good) {
        free_upstream(upstream);
        return NULL;
    }
    set_options(upstream, http);
    return upstream;
}

struct lg_upstream *lg_upstream_get(const struct lg_config_http *http, struct lg_faults *faults)
{
    char *identity = identity_of(http);
    struct lg_upstream *upstream = NULL;

    pthread_mutex_lock(&lock);
    if (upstreams != NULL)
        upstream = lg_map_get(upstreams, lg_str_of(identity));
    if (upstream != NULL) {
        free(identity);
        (void)lg_upstream_ref(upstream);
    } else {
        upstream = make(http, identity, faults);
        if (upstream != NULL) {
            if (upstreams == NULL)
                upstreams = lg_map_new();
            (void)!lg_map_put(upstreams, lg_str_of(upstream->identity), upstream);
        }
    }
    pthread_mutex_unlock(&lock);
    return upstream;
}

struct lg_upstream *lg_upstream_ref(struct lg_upstream *upstream)
{
    atomic_fetch_add_explicit(&upstream->references, 1, memory_order_relaxed);
    return upstream;
}

void lg_upstream_unref(struct lg_upstream *upstream)
{
    bool last;

    if (upstream == NULL)
        return;
    /* Under the lock, so that nobody finds one that is ending. */
    pthread_mutex_lock(&lock);
    last = atomic_fetch_sub_explicit(&upstream->references, 1, memory_order_acq_rel) == 1;
    if (last) {
        (void)lg_map_remove(upstreams, lg_str_of(upstream->identity));
        if (lg_map_count(upstreams) == 0) {
            lg_map_free(upstreams, NULL);
            upstreams = NULL;
        }
    }
    pthread_mutex_unlock(&lock);
    if (last)
        free_upstream(upstream);
}

/* --- choosing --------------------------------------------------------------------------------- */

static bool is_tried(uint64_t tried, size_t index)
{
    return index < TRIED_BITS && ((tried >> index) & 1) != 0;
}

static bool is_well(struct lg_upstream_server *server, int64_t now_ms)
{
    return !atomic_load_explicit(&server->sick, memory_order_relaxed) &&
           atomic_load_explicit(&server->out_until_ms, memory_order_relaxed) <= now_ms;
}

size_t lg_upstream_choose(struct lg_upstream *upstream, uint64_t tried, int64_t now_ms)
{
    size_t first = 0, fallback = SIZE_MAX;

    if (upstream->count > 1)
        first =
            atomic_fetch_add_explicit(&upstream->turn, 1, memory_order_relaxed) % upstream->count;
    for (size_t i = 0; i < upstream->count; i++) {
        size_t index = (first + i) % upstream->count;

        if (is_tried(tried, index))
            continue;
        if (is_well(&upstream->servers[index], now_ms))
            return index;
        if (fallback == SIZE_MAX)
            fallback = index;
    }
    return fallback != SIZE_MAX ? fallback : first;
}

/* --- what is known of them -------------------------------------------------------------------- */

static void show_health(struct lg_upstream_server *server, bool well, const char *why)
{
    lg_metric_set(&server->numbers->healthy, well);
    lg_log(well ? LG_LOG_INFO : LG_LOG_WARN, "upstream", NULL, "%s:%u %s: %s", server->host,
           (unsigned)server->port, well ? "is back" : "is left out", why);
}

static void count_failure(struct lg_upstream *upstream, struct lg_upstream_server *server,
                          const char *error, int64_t now_ms)
{
    int fails = atomic_fetch_add(&server->fails, 1) + 1;

    /* A single server is never left out: there is nobody else. */
    if (upstream->max_fails == 0 || upstream->count == 1 || fails < upstream->max_fails)
        return;
    if (atomic_exchange(&server->out_until_ms, now_ms + upstream->fail_timeout_ms) <= now_ms)
        show_health(server, false, error != NULL ? error : "no answer");
}

void lg_upstream_tell(struct lg_upstream *upstream, size_t index, const struct lg_http_end *end,
                      int64_t now_ms)
{
    struct lg_upstream_server *server = &upstream->servers[index];

    lg_metric_add(end->reused ? &server->numbers->reused : &server->numbers->opened, 1);
    switch (end->outcome) {
    case LG_HTTP_WHOLE:
        lg_metric_add(&server->numbers->whole, 1);
        if (atomic_load_explicit(&server->fails, memory_order_relaxed) == 0)
            return;
        atomic_store(&server->fails, 0);
        if (atomic_exchange(&server->out_until_ms, 0) != 0 && !atomic_load(&server->sick))
            show_health(server, true, "it answers");
        return;
    case LG_HTTP_NOT_SENT:
        lg_metric_add(&server->numbers->not_sent, 1);
        break;
    case LG_HTTP_UNKNOWN:
        lg_metric_add(&server->numbers->unknown, 1);
        break;
    }
    if (end->fault != LG_HTTP_FAULT_FULL && !end->has_head)
        count_failure(upstream, server, end->error, now_ms);
}

void lg_upstream_tell_check(struct lg_upstream *upstream, size_t index, bool good)
{
    struct lg_upstream_server *server = &upstream->servers[index];
    bool sick = atomic_load(&server->sick);
    int wanted = sick ? upstream->healthy : upstream->unhealthy;

    if (good != sick) {
        atomic_store(&server->checks, 0);
        return;
    }
    if (atomic_fetch_add(&server->checks, 1) + 1 < wanted)
        return;
    atomic_store(&server->checks, 0);
    atomic_store(&server->sick, !sick);
    show_health(server, sick, "its health checks");
}
