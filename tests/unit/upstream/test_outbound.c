/* A loop has a pool for each server of an upstream, and holds on to the upstream by it. */
#include "upstream/outbound.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "wire/loop.h"

static time_t ahead_s;

/* In place of the C library's: minutes go by at once. */
int clock_gettime(clockid_t clock, struct timespec *ret_now)
{
    int result = (int)syscall(SYS_clock_gettime, clock, ret_now);

    ret_now->tv_sec += ahead_s;
    return result;
}

static struct lg_loop *loop;
static struct lg_lookups *lookups;
static struct lg_resolver *resolver;
static struct lg_http_client *client;
static struct lg_outbound *outbound;

static void setup(void)
{
    loop = lg_loop_new(0);
    lookups = lg_lookups_new(1, 4, NULL);
    resolver = lg_resolver_new(loop, lookups);
    client = lg_http_client_new(resolver);
    outbound = lg_outbound_new(loop, client);
}

static void teardown(void)
{
    lg_outbound_free(outbound);
    lg_http_client_free(client);
    lg_resolver_free(resolver);
    lg_lookups_free(lookups);
    lg_loop_free(loop);
}

TestSuite(outbound, .init = setup, .fini = teardown, .timeout = 20);

static struct lg_upstream *upstream_of(const char *authority)
{
    static const struct lg_config_origin origins[] = { { "127.0.0.1", 1 }, { "127.0.0.1", 2 } };
    const struct lg_config_http http = { .host = "shop.example",
                                         .authority = authority,
                                         .origins = origins,
                                         .origin_count = LG_COUNT(origins),
                                         .connect_timeout_ms = 1000,
                                         .connections = 1,
                                         .keepalive_timeout_ms = 1000,
                                         .proxy = "none" };

    return lg_upstream_get(&http, NULL);
}

Test(outbound, each_server_of_each_upstream_has_a_pool_and_keeps_it)
{
    struct lg_upstream *one = upstream_of("one.example"), *two = upstream_of("two.example");
    struct lg_http_pool *pool = lg_outbound_pool(outbound, one, 0);

    cr_assert(eq(ptr, lg_outbound_pool(outbound, one, 0), pool));
    cr_assert(ne(ptr, lg_outbound_pool(outbound, one, 1), pool));
    cr_assert(ne(ptr, lg_outbound_pool(outbound, two, 0), pool));
    cr_assert(eq(ptr, lg_outbound_pool(outbound, one, 0), pool));
    lg_upstream_unref(one);
    lg_upstream_unref(two);
}

Test(outbound, an_upstream_lives_while_a_loop_has_pools_of_it)
{
    struct lg_upstream *upstream = upstream_of("one.example"), *again;

    (void)lg_outbound_pool(outbound, upstream, 0);
    lg_upstream_unref(upstream);
    again = upstream_of("one.example");
    cr_assert(eq(ptr, again, upstream));
    lg_upstream_unref(again);
}

static int turns;

static void count_turn(struct lg_task *task)
{
    if (++turns == 4)
        lg_loop_stop(loop);
    else
        lg_task_queue(loop, task, count_turn);
}

static void pass(time_t seconds)
{
    struct lg_task task = { 0 };

    ahead_s += seconds;
    turns = 0;
    lg_task_queue(loop, &task, count_turn);
    lg_loop_run(loop);
}

/* A new one is not marked. */
static bool is_marked(const char *authority)
{
    struct lg_upstream *upstream = upstream_of(authority);
    bool marked = atomic_exchange(&upstream->servers[0].next_check_ms, 77) == 77;

    lg_upstream_unref(upstream);
    return marked;
}

Test(outbound, pools_that_nobody_uses_for_two_minutes_end)
{
    struct lg_upstream *upstream = upstream_of("one.example");

    (void)lg_outbound_pool(outbound, upstream, 0);
    cr_assert(not(is_marked("one.example")), "it is new");
    pass(90);
    (void)lg_outbound_pool(outbound, upstream, 0);
    lg_upstream_unref(upstream);
    pass(90);
    cr_assert(is_marked("one.example"), "it was used 90 seconds ago");
    pass(60);
    pass(60);
    cr_assert(not(is_marked("one.example")), "it was not used for more than 2 minutes");
}
