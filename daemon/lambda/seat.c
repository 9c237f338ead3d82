/* seat.c -- a loop's connections, signer and view of the credentials. */
#include "base/mem.h"
#include "lambda/private.h"
#include "observe/metrics.h"
#include "wire/loop.h"

#define RETRY_ROOM 500
#define RETRY_COST 5
#define IDLE_MS 50000 /* AWS ends a connection that rests for a minute */

static void open_seat(struct lg_lambda_seat *seat, struct lg_lambda *lambda,
                      struct lg_http_client *client)
{
    const struct lg_http_pool_options options = {
        .host = lambda->host,
        .port = lambda->port,
        .tls = lambda->tls,
        .proxy = lambda->has_proxy ? &lambda->proxy : NULL,
        .connect_ms = lambda->config.connect_timeout_ms,
        .tls_ms = lambda->config.connect_timeout_ms,
        .connections = (size_t)lambda->config.connections,
        .waiting = (size_t)lambda->config.connections * 4,
        .idle = (size_t)lambda->config.connections,
        .idle_ms = IDLE_MS,
    };

    seat->lambda = lambda;
    seat->loop = lg_loop_current();
    seat->pool = lg_http_pool_new(client, &options);
    seat->signer = lg_signer_new(lambda->region, LG_STR("lambda"), LG_SIGV4_PATH_NORMALIZED);
    seat->view = lg_credential_view_new(lambda->credentials, seat->loop);
    seat->retry_budget = RETRY_ROOM;
}

struct lg_lambda_seat *lg_lambda_seat(struct lg_lambda *lambda)
{
    unsigned index = lg_loop_index(lg_loop_current());
    struct lg_lambda_seat *seat = &lambda->seats[index];

    if (seat->pool != NULL)
        return seat;
    struct lg_http_client *client = lambda->env.client(lambda->env.context, index);
    if (client == NULL)
        return NULL;
    open_seat(seat, lambda, client);
    return seat;
}

void lg_lambda_seat_close(struct lg_lambda_seat *seat)
{
    if (seat->pool == NULL)
        return;
    if (seat->breaker.is_open)
        lg_metric_add(seat->lambda->metrics.breaker_open, -1);
    lg_http_pool_close(seat->pool);
    lg_signer_free(seat->signer);
    lg_credential_view_free(seat->view);
    *seat = (struct lg_lambda_seat){ 0 };
}

bool lg_lambda_retry_take(struct lg_lambda_seat *seat)
{
    if (seat->retry_budget < RETRY_COST)
        return false;
    seat->retry_budget -= RETRY_COST;
    return true;
}

void lg_lambda_retry_give(struct lg_lambda_seat *seat)
{
    if (seat->retry_budget < RETRY_ROOM)
        seat->retry_budget++;
}
