/* outbound.c -- pools by upstream, a sweep that ends those that nobody uses, and health checks. */
#include "upstream/outbound.h"

#include <stdlib.h>

#include "base/mem.h"

#define SWEEP_MS 100     /* grain of the health checks */
#define UNUSED_MS 120000 /* a pool that nobody asked for in this time is ended */

/* An upstream on this loop. */
struct used {
    struct lg_link link;
    struct lg_upstream *upstream; /* one reference */
    int64_t used_ms;
    struct lg_http_pool *pools[]; /* one a server; NULL until it is needed */
};

struct lg_outbound {
    struct lg_loop *loop;
    struct lg_http_client *client;
    struct lg_link used, checks;
    struct lg_timer timer;
};

/* A health check under way. */
struct check {
    struct lg_link link;
    struct lg_outbound *outbound;
    struct lg_upstream *upstream; /* one reference */
    size_t index;
    struct lg_http_call *call;
    int status;
};

struct lg_outbound *lg_outbound_new(struct lg_loop *loop, struct lg_http_client *client)
{
    struct lg_outbound *outbound = LG_NEW(struct lg_outbound);

    outbound->loop = loop;
    outbound->client = client;
    lg_list_init(&outbound->used);
    lg_list_init(&outbound->checks);
    return outbound;
}

static void end_used(struct used *used)
{
    for (size_t i = 0; i < used->upstream->count; i++)
        lg_http_pool_close(used->pools[i]);
    lg_upstream_unref(used->upstream);
    lg_list_remove(&used->link);
    free(used);
}

static void end_check(struct check *check)
{
    lg_upstream_unref(check->upstream);
    lg_list_remove(&check->link);
    free(check);
}

void lg_outbound_free(struct lg_outbound *outbound)
{
    struct lg_link *link;

    if (outbound == NULL)
        return;
    lg_timer_clear(outbound->loop, &outbound->timer);
    for (link = lg_list_first(&outbound->checks); link != NULL;) {
        struct check *check = LG_LIST_OF(link, struct check, link);

        link = lg_list_after(&outbound->checks, link);
        lg_http_call_cancel(check->call);
        end_check(check);
    }
    for (link = lg_list_first(&outbound->used); link != NULL;) {
        struct used *used = LG_LIST_OF(link, struct used, link);

        link = lg_list_after(&outbound->used, link);
        end_used(used);
    }
    lg_loop_settle(outbound->loop); /* what was closed rests until the end of a turn */
    free(outbound);
}

/* --- pools ------------------------------------------------------------------------------------ */

static struct lg_http_pool *new_pool(struct lg_outbound *outbound,
                                     const struct lg_upstream *upstream, size_t index)
{
    const struct lg_upstream_server *server = &upstream->servers[index];
    struct lg_http_pool_options options = upstream->pool;

    options.host = server->host;
    options.port = server->port;
    options.proxy = server->proxy.host != NULL ? &server->proxy : NULL;
    return lg_http_pool_new(outbound->client, &options);
}

static struct lg_http_pool *pool_of(struct lg_outbound *outbound, struct used *used, size_t index)
{
    if (used->pools[index] == NULL)
        used->pools[index] = new_pool(outbound, used->upstream, index);
    return used->pools[index];
}

/* --- health checks ---------------------------------------------------------------------------- */

static void on_check_head(void *context, const struct lg_http_response *head)
{
    struct check *check = context;

    check->status = head->status;
}

static enum lg_flow on_check_data(void *context, const void *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
    return LG_FLOW_MORE;
}

static void on_check_end(void *context, const struct lg_http_end *end)
{
    struct check *check = context;

    lg_upstream_tell_check(check->upstream, check->index,
                           end->outcome == LG_HTTP_WHOLE && check->status < 400);
    end_check(check);
}

static void begin_check(struct lg_outbound *outbound, struct used *used, size_t index)
{
    static const struct lg_http_call_events events = { NULL, on_check_head, on_check_data,
                                                       on_check_end };
    static const struct lg_header agent = { { "User-Agent", 10 },
                                            { "lambdagate-health-check", 23 } };
    const struct lg_upstream *upstream = used->upstream;
    const struct lg_http_request request = {
        .method = LG_STR("GET"),
        .target = lg_str_of(upstream->check_path),
        .host = lg_str_of(upstream->check_host),
        .headers = &agent,
        .header_count = 1,
        .times = { .total = upstream->check_timeout_ms },
    };
    struct check *check = LG_NEW(struct check);

    check->outbound = outbound;
    check->upstream = lg_upstream_ref(used->upstream);
    check->index = index;
    lg_list_add_last(&outbound->checks, &check->link);
    check->call = lg_http_call_begin(pool_of(outbound, used, index), &request, &events, check);
}

/* The loop that comes first at its time checks a server, and the others leave it alone. */
static void check_servers(struct lg_outbound *outbound, struct used *used, int64_t now)
{
    for (size_t i = 0; i < used->upstream->count; i++) {
        struct lg_upstream_server *server = &used->upstream->servers[i];
        int64_t at = atomic_load_explicit(&server->next_check_ms, memory_order_relaxed);

        if (now >= at && atomic_compare_exchange_strong(&server->next_check_ms, &at,
                                                        now + used->upstream->check_interval_ms))
            begin_check(outbound, used, i);
    }
}

static void sweep(struct lg_timer *timer);

static void sweep_later(struct lg_outbound *outbound)
{
    bool checks = false;

    if (lg_list_empty(&outbound->used))
        return;
    for (struct lg_link *link = lg_list_first(&outbound->used); link != NULL;
         link = lg_list_after(&outbound->used, link))
        checks = checks || LG_LIST_OF(link, struct used, link)->upstream->check_path != NULL;
    lg_timer_set(outbound->loop, &outbound->timer,
                 lg_loop_now_ms(outbound->loop) + (checks ? SWEEP_MS : UNUSED_MS), sweep);
}

static void sweep(struct lg_timer *timer)
{
    struct lg_outbound *outbound = LG_CONTAINER(timer, struct lg_outbound, timer);
    int64_t now = lg_loop_now_ms(outbound->loop);

    for (struct lg_link *link = lg_list_first(&outbound->used); link != NULL;) {
        struct used *used = LG_LIST_OF(link, struct used, link);

        link = lg_list_after(&outbound->used, link);
        if (now - used->used_ms > UNUSED_MS)
            end_used(used);
        else if (used->upstream->check_path != NULL)
            check_servers(outbound, used, now);
    }
    sweep_later(outbound);
}

static struct used *find(struct lg_outbound *outbound, struct lg_upstream *upstream)
{
    struct used *used;

    for (struct lg_link *link = lg_list_first(&outbound->used); link != NULL;
         link = lg_list_after(&outbound->used, link)) {
        used = LG_LIST_OF(link, struct used, link);
        if (used->upstream == upstream)
            return used;
    }
    used = lg_zalloc(sizeof(*used) + upstream->count * sizeof(used->pools[0]));
    used->upstream = lg_upstream_ref(upstream);
    used->used_ms = lg_loop_now_ms(outbound->loop);
    lg_list_add_last(&outbound->used, &used->link);
    if (upstream->check_path != NULL)
        check_servers(outbound, used, used->used_ms);
    sweep_later(outbound);
    return used;
}

struct lg_http_pool *lg_outbound_pool(struct lg_outbound *outbound, struct lg_upstream *upstream,
                                      size_t index)
{
    struct used *used = find(outbound, upstream);

    used->used_ms = lg_loop_now_ms(outbound->loop);
    return pool_of(outbound, used, index);
}
