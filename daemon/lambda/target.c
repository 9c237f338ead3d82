/* target.c -- a function in Lambda as a target: where it is, what it is called, and its end. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cloud/endpoint.h"
#include "cloud/function_name.h"
#include "lambda/call.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "wire/loop.h"

static struct lg_lambda *lambda_of(struct lg_target *target)
{
    return LG_CONTAINER(target, struct lg_lambda, target);
}

/* --- the end: from loop to loop, each closes its own ------------------------------------------ */

static void on_all_closed(struct lg_letter *letter)
{
    struct lg_lambda *lambda = LG_CONTAINER(letter, struct lg_lambda, letter);

    lambda->on_drained(lambda->drained_context);
}

static void on_close(struct lg_letter *letter)
{
    struct lg_lambda *lambda = LG_CONTAINER(letter, struct lg_lambda, letter);

    lg_lambda_seat_close(&lambda->seats[lambda->closing++]);
    if (lambda->closing < lambda->env.loops)
        lg_mailbox_post_always(lambda->env.mailboxes[lambda->closing], letter, on_close);
    else
        lg_mailbox_post_always(lambda->env.mailboxes[lg_loop_index(lambda->home)], letter,
                               on_all_closed);
}

static void begin_closing(struct lg_lambda *lambda)
{
    lg_mailbox_post_always(lambda->env.mailboxes[0], &lambda->letter, on_close);
}

/* Closed is the lowest bit, so that one look tells both: only one can see the count reach 0. */
static bool enter(struct lg_lambda *lambda)
{
    long jobs = atomic_load(&lambda->jobs);

    do {
        if ((jobs & LG_LAMBDA_CLOSED) != 0)
            return false;
    } while (!atomic_compare_exchange_weak(&lambda->jobs, &jobs, jobs + LG_LAMBDA_ONE_JOB));
    lg_metric_add(lambda->metrics.in_flight, 1);
    return true;
}

void lg_lambda_leave(struct lg_lambda *lambda)
{
    lg_metric_add(lambda->metrics.in_flight, -1);
    if (atomic_fetch_sub(&lambda->jobs, LG_LAMBDA_ONE_JOB) == LG_LAMBDA_ONE_JOB + LG_LAMBDA_CLOSED)
        begin_closing(lambda);
}

static void drain(struct lg_target *target, void (*on_drained)(void *context), void *context)
{
    struct lg_lambda *lambda = lambda_of(target);

    lambda->on_drained = on_drained;
    lambda->drained_context = context;
    if (atomic_fetch_or(&lambda->jobs, LG_LAMBDA_CLOSED) == 0)
        begin_closing(lambda);
}

/* --- calls ------------------------------------------------------------------------------------ */

static enum lg_err start(struct lg_target *target, struct lg_invocation *invocation)
{
    struct lg_lambda *lambda = lambda_of(target);

    if (!enter(lambda))
        return LG_ERR_CLOSED;
    lg_lambda_call_begin(lambda, invocation);
    return LG_OK;
}

static void cancel(struct lg_target *target, struct lg_invocation *invocation, enum lg_cancel why)
{
    (void)target;
    lg_lambda_call_cancel(invocation, why);
}

static void resume(struct lg_target *target, struct lg_invocation *invocation)
{
    (void)target;
    lg_lambda_call_resume(invocation);
}

static void free_lambda(struct lg_target *target)
{
    struct lg_lambda *lambda = lambda_of(target);

    assert(atomic_load(&lambda->jobs) == LG_LAMBDA_CLOSED && "freed before it was drained");
    lg_credential_set_unref(lambda->credentials);
    lg_tls_client_free(lambda->tls);
    lg_http_proxy_done(&lambda->proxy);
    lg_metrics_drop("function", lambda->function);
    lg_arena_done(&lambda->arena);
    free(lambda->seats);
    free(lambda);
}

static const struct lg_target_class class = {
    .name = "lambda",
    .start = start,
    .cancel = cancel,
    .resume = resume,
    .drain = drain,
    .free = free_lambda,
};

/* --- where it is ------------------------------------------------------------------------------ */

static struct lg_str path_of(struct lg_lambda *lambda, struct lg_str prefix, const char *version,
                             struct lg_str name, const char *what)
{
    struct lg_buf path;

    lg_buf_init(&path, SIZE_MAX);
    lg_buf_printf(&path, "%.*s/%s/functions/", LG_STR_ARG(prefix), version);
    lg_percent_encode(&path, name, LG_PERCENT_QUERY);
    lg_buf_printf(&path, "/%s", what);
    struct lg_str kept = lg_arena_str(&lambda->arena, lg_buf_str(&path));
    lg_buf_done(&path);
    return kept;
}

/* The name goes without its qualifier, which goes into the query. */
static void set_paths(struct lg_lambda *lambda, struct lg_str prefix, struct lg_str given,
                      const struct lg_invoke_name *name)
{
    struct lg_str qualifier =
        lambda->config.qualifier != NULL ? lg_str_of(lambda->config.qualifier) : name->qualifier;
    struct lg_buf query;

    if (name->qualifier.size > 0)
        given.size -= name->qualifier.size + 1;
    lambda->path = path_of(lambda, prefix, "2015-03-31", given, "invocations");
    lambda->stream_path =
        path_of(lambda, prefix, "2021-11-15", given, "response-streaming-invocations");
    if (qualifier.size == 0)
        return;
    lg_buf_init(&query, SIZE_MAX);
    lg_buf_add_cstr(&query, "Qualifier=");
    lg_percent_encode(&query, qualifier, LG_PERCENT_QUERY);
    lambda->query = lg_arena_str(&lambda->arena, lg_buf_str(&query));
    lg_buf_done(&query);
}

static void set_region(struct lg_lambda *lambda, const struct lg_invoke_name *name,
                       const struct lg_chain_settings *settings)
{
    char *found = NULL;

    if (lambda->config.region != NULL)
        lambda->region = lg_str_of(lambda->config.region);
    else if (name->region.size > 0)
        lambda->region = name->region;
    else if ((found = lg_chain_region(settings)) != NULL)
        lambda->region = lg_str_of(found);
    else
        lambda->region = lg_str_of(lambda->env.region);
    lambda->region = lg_arena_str(&lambda->arena, lambda->region);
    free(found);
}

static char *endpoint_url(const struct lg_lambda *lambda)
{
    const struct lg_endpoint_options options = { lambda->config.fips, lambda->config.dual_stack };
    struct lg_buf url;

    if (lambda->config.endpoint != NULL || (!options.fips && !options.dual_stack))
        return lg_endpoint_url(lambda->config.endpoint, "lambda", lambda->region);
    lg_buf_init(&url, SIZE_MAX);
    lg_buf_add_cstr(&url, "https://");
    lg_endpoint_host(&url, "lambda", lambda->region, options);
    return lg_buf_take(&url, NULL);
}

/* Returns what stands behind host and port. */
static struct lg_str set_host(struct lg_lambda *lambda, struct lg_str url, bool tls)
{
    struct lg_str rest = lg_str_part(url, tls ? 8 : 7, url.size);
    size_t slash = lg_str_find(rest, '/', 0);
    struct lg_str host = lg_str_part(rest, 0, slash);
    size_t colon =
        lg_str_find(host, ':', lg_str_starts(host, LG_STR("[")) ? lg_str_find(host, ']', 0) : 0);
    uint64_t port = tls ? 443 : 80;

    lambda->authority = lg_arena_str(&lambda->arena, host);
    if (colon < host.size &&
        (lg_str_to_u64(lg_str_part(host, colon + 1, host.size), &port) != LG_OK || port == 0 ||
         port > UINT16_MAX))
        lambda->fault = "its endpoint has no port that can be";
    lambda->port = (uint16_t)port;
    host = lg_str_part(host, 0, colon);
    if (lg_str_starts(host, LG_STR("[")) && lg_str_ends(host, LG_STR("]")))
        host = lg_str_part(host, 1, host.size - 1);
    lambda->host = lg_arena_cstr(&lambda->arena, host);
    return lg_str_part(rest, slash, rest.size);
}

static void open_tls(struct lg_lambda *lambda, const char *ca_file)
{
    const struct lg_tls_client_options options = { .ca_file = ca_file, .alpn_http = true };
    char error[LG_TLS_ERROR_SIZE];

    if (lg_tls_client_new(&options, &lambda->tls, error) == LG_OK)
        return;
    lambda->tls = NULL;
    lambda->fault = lg_arena_cstr(&lambda->arena, lg_str_of(error));
    lg_log(LG_LOG_ERROR, lambda->who, NULL, "%s", error);
}

static void find_proxy(struct lg_lambda *lambda, bool tls)
{
    const char *reason = NULL;
    enum lg_err err =
        lg_http_proxy_find(tls, lg_str_of(lambda->host), lambda->port, &lambda->proxy, &reason);

    lambda->has_proxy = err == LG_OK;
    if (err == LG_OK || err == LG_ERR_NOT_FOUND)
        return;
    lambda->fault = lg_arena_printf(&lambda->arena, "the proxy of the environment: %s", reason);
    lg_log(LG_LOG_ERROR, lambda->who, NULL, "%s", lambda->fault);
}

/* Returns whether it is https. */
static bool use_invoke(struct lg_lambda *lambda, const struct lg_chain_settings *settings)
{
    struct lg_str given =
        lg_str_of(lambda->config.arn != NULL ? lambda->config.arn : lambda->config.function);
    struct lg_invoke_name name = { 0 };
    enum lg_err err = lg_invoke_name_read(given, &name);

    assert(err == LG_OK && "the configuration was checked");
    (void)err;
    lambda->way = &lg_lambda_invoke;
    lambda->is_signed = true;
    set_region(lambda, &name, settings);
    char *url = endpoint_url(lambda);
    bool tls = strncmp(url, "https://", 8) == 0;

    if (!tls && strncmp(url, "http://", 7) != 0)
        lambda->fault = "its endpoint is no address that begins with https:// or http://";
    set_paths(lambda, set_host(lambda, lg_str_of(url), tls), given, &name);
    free(url);
    return tls;
}

static bool use_url(struct lg_lambda *lambda, const struct lg_chain_settings *settings)
{
    struct lg_str url = lg_str_of(lambda->config.url), prefix;
    bool tls = lg_str_starts(url, LG_STR("https://"));

    lambda->way = &lg_lambda_url;
    lambda->is_signed = !lambda->config.no_auth;
    set_region(lambda, &(struct lg_invoke_name){ 0 }, settings);
    prefix = set_host(lambda, url, tls);
    while (lg_str_ends(prefix, LG_STR("/")))
        prefix.size--;
    lambda->path = lg_arena_str(&lambda->arena, prefix);
    return tls;
}

static void set_endpoint(struct lg_lambda *lambda, const struct lg_chain_settings *settings)
{
    bool tls =
        lambda->config.url != NULL ? use_url(lambda, settings) : use_invoke(lambda, settings);

    if (tls)
        open_tls(lambda,
                 lambda->config.ca_file != NULL ? lambda->config.ca_file : settings->ca_file);
    find_proxy(lambda, tls);
}

/* --- making it -------------------------------------------------------------------------------- */

static void copy_config(struct lg_lambda *lambda, const struct lg_config_lambda *config)
{
    struct lg_arena *arena = &lambda->arena;

    lambda->config = *config;
    lambda->config.arn = lg_arena_cstr_or_null(arena, config->arn);
    lambda->config.function = lg_arena_cstr_or_null(arena, config->function);
    lambda->config.url = lg_arena_cstr_or_null(arena, config->url);
    lambda->config.qualifier = lg_arena_cstr_or_null(arena, config->qualifier);
    lambda->config.region = lg_arena_cstr_or_null(arena, config->region);
    lambda->config.endpoint = lg_arena_cstr_or_null(arena, config->endpoint);
    lambda->config.ca_file = lg_arena_cstr_or_null(arena, config->ca_file);
    lambda->config.where = (struct lg_where){ 0 };
}

static void get_metrics(struct lg_lambda *lambda)
{
    struct lg_buf labels;
    const char *text;

    lg_buf_init(&labels, SIZE_MAX);
    lg_metric_label(&labels, "function", lambda->function);
    text = lg_arena_cstr(&lambda->arena, lg_buf_str(&labels));
    lg_buf_done(&labels);
    lambda->metrics.in_flight = lg_metric_get(LG_METRIC_GAUGE, "lambdagate_lambda_in_flight", text,
                                              "Calls of AWS Lambda that have no end yet.");
    lambda->metrics.retries = lg_metric_get(LG_METRIC_COUNTER, "lambdagate_lambda_retries_total",
                                            text, "Calls of AWS Lambda that were tried again.");
    lambda->metrics.breaker_open =
        lg_metric_get(LG_METRIC_GAUGE, "lambdagate_lambda_breakers_open", text,
                      "Loops that leave the endpoint alone, since it failed too often.");
}

struct lg_target *lg_lambda_target_new(const struct lg_lambda_env *env, struct lg_loop *home,
                                       const struct lg_config_function *function)
{
    const struct lg_chain_settings settings =
        lg_credential_settings(function->aws, function->credentials);
    struct lg_lambda *lambda = LG_NEW(struct lg_lambda);

    lambda->target.class = &class;
    lambda->env = *env;
    lambda->home = home;
    lg_arena_init(&lambda->arena);
    lambda->function = lg_arena_cstr_or_null(&lambda->arena, function->name);
    lambda->who = lg_arena_printf(&lambda->arena, "function %s", function->name);
    copy_config(lambda, function->lambda);
    set_endpoint(lambda, &settings);
    lambda->seats = lg_calloc(env->loops, sizeof(struct lg_lambda_seat));
    lambda->credentials = lg_credential_set_get(env->credentials, &settings);
    lg_metrics_keep("function", lambda->function);
    get_metrics(lambda);
    return &lambda->target;
}
