/* Servers take turns, the bad ones are left out for a time, and equal options share an upstream. */
#include "upstream/upstream.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/mem.h"

static const struct lg_config_origin origins[] = { { "one.example", 80 },
                                                   { "two.example", 80 },
                                                   { "three.example", 80 } };
static struct lg_config_http http;
static struct lg_upstream *upstream;

static void setup(void)
{
    http = (struct lg_config_http){
        .url = "http://shop.example",
        .host = "shop.example",
        .authority = "shop.example",
        .origins = origins,
        .origin_count = LG_COUNT(origins),
        .connect_timeout_ms = 1000,
        .connections = 4,
        .keepalive = 2,
        .keepalive_timeout_ms = 1000,
        .max_fails = 2,
        .fail_timeout_ms = 1000,
        .proxy = "none",
    };
    upstream = NULL;
}

static void teardown(void)
{
    lg_upstream_unref(upstream);
}

TestSuite(upstream, .init = setup, .fini = teardown, .timeout = 20);

static struct lg_upstream *get(void)
{
    struct lg_upstream *found = lg_upstream_get(&http, NULL);

    cr_assert(found != NULL);
    return found;
}

static void open_upstream(void)
{
    upstream = get();
}

static void chosen(uint64_t tried, int64_t now_ms, size_t expected)
{
    size_t index = lg_upstream_choose(upstream, tried, now_ms);

    cr_assert(eq(sz, index, expected), "%zu, expected %zu", index, expected);
}

/* Of many choices, how many were `index`. */
static size_t share_of(size_t index, int64_t now_ms)
{
    size_t count = 0;

    for (int i = 0; i < 30; i++)
        count += lg_upstream_choose(upstream, 0, now_ms) == index;
    return count;
}

static void told(size_t index, enum lg_http_outcome outcome, enum lg_http_fault fault, bool head,
                 int64_t now_ms)
{
    const struct lg_http_end end = { .outcome = outcome, .fault = fault, .has_head = head };

    lg_upstream_tell(upstream, index, &end, now_ms);
}

static void fails(size_t index, unsigned times, int64_t now_ms)
{
    for (unsigned i = 0; i < times; i++)
        told(index, LG_HTTP_NOT_SENT, LG_HTTP_FAULT_CONNECT, false, now_ms);
}

/* --- choosing --- */

Test(upstream, servers_take_turns)
{
    open_upstream();
    for (size_t i = 0; i < 7; i++)
        chosen(0, 0, i % 3);
}

Test(upstream, what_was_tried_is_tried_again_only_when_all_were)
{
    open_upstream();
    chosen(1, 0, 1); /* 0 is in turn, and was tried */
    chosen(1 | 2, 0, 2);
    chosen(1 | 4, 0, 1);
    chosen(1 | 2 | 4, 0, 0);
}

Test(upstream, a_server_that_fails_in_a_row_is_left_out_for_a_time)
{
    open_upstream();
    fails(1, 1, 100);
    cr_assert(eq(sz, share_of(1, 100), 10));
    fails(1, 1, 100);
    cr_assert(eq(sz, share_of(1, 100), 0));
    cr_assert(eq(sz, share_of(1, 1099), 0));
    cr_assert(gt(sz, share_of(1, 1100), 0));
    cr_assert(eq(i64, lg_metric_value(&upstream->servers[1].numbers->healthy), 0));
    cr_assert(eq(i64, lg_metric_value(&upstream->servers[0].numbers->healthy), 1));
}

Test(upstream, an_answer_brings_a_server_back)
{
    open_upstream();
    fails(0, 2, 100);
    told(0, LG_HTTP_WHOLE, LG_HTTP_FAULT_NONE, true, 200);
    cr_assert(eq(sz, share_of(0, 200), 10));
    cr_assert(eq(i64, lg_metric_value(&upstream->servers[0].numbers->healthy), 1));
    fails(0, 1, 300); /* and it counts from the start */
    cr_assert(eq(sz, share_of(0, 300), 10));
}

Test(upstream, only_what_the_server_did_counts_against_it)
{
    open_upstream();
    for (unsigned i = 0; i < 5; i++) {
        told(0, LG_HTTP_NOT_SENT, LG_HTTP_FAULT_FULL, false, 100); /* our own queue */
        told(0, LG_HTTP_UNKNOWN, LG_HTTP_FAULT_LOST, true, 100);   /* it did answer */
    }
    cr_assert(eq(sz, share_of(0, 100), 10));
    told(0, LG_HTTP_UNKNOWN, LG_HTTP_FAULT_LOST, false, 100);
    told(0, LG_HTTP_UNKNOWN, LG_HTTP_FAULT_TIME, false, 100);
    cr_assert(eq(sz, share_of(0, 100), 0));
}

Test(upstream, when_none_is_left_all_are_tried)
{
    open_upstream();
    for (size_t i = 0; i < 3; i++)
        fails(i, 2, 100);
    cr_assert(eq(sz, share_of(0, 100) + share_of(1, 100) + share_of(2, 100), 30));
}

Test(upstream, a_single_server_is_never_left_out)
{
    http.origin_count = 1;
    open_upstream();
    fails(0, 20, 100);
    chosen(0, 100, 0);
    cr_assert(eq(i64, lg_metric_value(&upstream->servers[0].numbers->healthy), 1));
}

Test(upstream, nobody_is_left_out_where_max_fails_is_0)
{
    http.max_fails = 0;
    open_upstream();
    fails(0, 20, 100);
    cr_assert(eq(sz, share_of(0, 100), 10));
}

/* --- health checks --- */

static void checked(size_t index, bool good, unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        lg_upstream_tell_check(upstream, index, good);
}

Test(upstream, checks_in_a_row_take_a_server_out_and_bring_it_back)
{
    static const struct lg_config_health_check check = {
        .path = "/health", .interval_ms = 100, .timeout_ms = 50, .healthy = 2, .unhealthy = 3
    };

    http.health_check = &check;
    open_upstream();
    checked(2, false, 2);
    checked(2, true, 1); /* not in a row */
    checked(2, false, 2);
    cr_assert(eq(sz, share_of(2, 0), 10));
    checked(2, false, 1);
    cr_assert(eq(sz, share_of(2, 0), 0));
    checked(2, true, 1);
    checked(2, false, 1);
    checked(2, true, 1);
    cr_assert(eq(sz, share_of(2, 0), 0));
    checked(2, true, 1);
    cr_assert(eq(sz, share_of(2, 0), 10));
}

Test(upstream, an_answer_does_not_bring_back_who_fails_its_checks)
{
    static const struct lg_config_health_check check = { .path = "/",
                                                         .healthy = 1,
                                                         .unhealthy = 1 };

    http.health_check = &check;
    open_upstream();
    checked(0, false, 1);
    fails(0, 2, 100);
    told(0, LG_HTTP_WHOLE, LG_HTTP_FAULT_NONE, true, 100);
    cr_assert(eq(sz, share_of(0, 100), 0));
    cr_assert(eq(i64, lg_metric_value(&upstream->servers[0].numbers->healthy), 0));
}

/* --- sharing --- */

Test(upstream, equal_options_share_one_and_what_is_known_of_it)
{
    struct lg_upstream *other;

    open_upstream();
    http.url = "http://shop.example/another/path"; /* a route's own */
    other = get();
    cr_assert(eq(ptr, other, upstream));
    lg_upstream_unref(other);
    http.max_fails++;
    other = get();
    cr_assert(ne(ptr, other, upstream));
    lg_upstream_unref(other);
}

Test(upstream, every_option_of_its_own_makes_another)
{
    static const struct lg_config_health_check check = { .path = "/h",
                                                         .healthy = 1,
                                                         .unhealthy = 1 };
    const struct lg_config_http plain = http;
    struct lg_config_http changed[10];

    for (size_t i = 0; i < LG_COUNT(changed); i++)
        changed[i] = plain;
    changed[0].authority = "other.example";
    changed[1].connect_timeout_ms++;
    changed[2].connections++;
    changed[3].queue++;
    changed[4].keepalive++;
    changed[5].keepalive_timeout_ms++;
    changed[6].keepalive_requests++;
    changed[7].fail_timeout_ms++;
    changed[8].health_check = &check;
    changed[9].origin_count--;
    open_upstream();
    for (size_t i = 0; i < LG_COUNT(changed); i++) {
        http = changed[i];
        struct lg_upstream *other = get();
        cr_expect(ne(ptr, other, upstream), "%zu", i);
        lg_upstream_unref(other);
    }
}

Test(upstream, the_last_reference_ends_it)
{
    open_upstream();
    fails(0, 2, 100);
    cr_assert(eq(sz, share_of(0, 100), 0));
    (void)lg_upstream_ref(upstream);
    lg_upstream_unref(upstream);
    cr_assert(eq(sz, share_of(0, 100), 0));
    lg_upstream_unref(upstream);
    upstream = get();
    cr_assert(eq(sz, share_of(0, 100), 10));
}

/* --- what cannot be used --- */

static void refused(const char *part)
{
    struct lg_faults *faults = lg_faults_new();

    cr_assert(eq(ptr, lg_upstream_get(&http, faults), NULL));
    cr_assert(ge(sz, lg_faults_count(faults), 1));
    cr_assert(ne(ptr, strstr(lg_faults_line(faults, 0), part), NULL), "%s",
              lg_faults_line(faults, 0));
    lg_faults_free(faults);
}

Test(upstream, files_and_proxies_that_cannot_be_used_are_told)
{
    http.proxy = "ftp://proxy.example";
    refused("the proxy of one.example cannot be used");
    http.proxy = "none";
    http.tls = true;
    http.ca_file = "/nonexistent/ca.pem";
    refused("/nonexistent/ca.pem");
    http.tls = false; /* nobody reads them then */
    open_upstream();
    cr_assert(eq(ptr, upstream->tls, NULL));
}
