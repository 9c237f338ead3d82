/* test_payload_headers.c -- headers and cookies of an event 2.0. */
#include <stdio.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "event.h"

#define EVENT(...) event_of(&(const struct request){ HEADERS(__VA_ARGS__) })

static void has_header(const struct event *event, const char *name, const char *expected)
{
    char path[64];

    snprintf(path, sizeof(path), "headers.%s", name);
    event_has(event, path, expected);
}

Test(headers, names_are_in_lower_case)
{
    struct event *event = EVENT(HEADER("X-TaG", "One"), HEADER("ACCEPT", "*/*"));

    has_header(event, "x-tag", "One");
    has_header(event, "accept", "*/*");
    has_header(event, "X-TaG", NULL);
}

Test(headers, repeats_are_joined_with_a_comma_in_order)
{
    struct event *event = EVENT(HEADER("x-tag", "two"), HEADER("a", "1"), HEADER("X-Tag", "one"),
                                HEADER("x-tag", ""));

    has_header(event, "x-tag", "two,one,");
}

Test(headers, are_an_object_even_when_the_client_sends_none)
{
    struct event *event = event_of(&(const struct request){ .http_1_0 = true });

    cr_assert(eq(sz, lg_json_get(event->json, "headers")->count, 4)); /* the gateway's own */
}

Test(headers, host_and_user_agent_and_content_type_are_among_them)
{
    struct event *event = EVENT(HEADER("Host", "a.example:1"), HEADER("User-Agent", "curl"),
                                HEADER("Content-Type", "text/plain"));

    has_header(event, "host", "a.example:1");
    has_header(event, "user-agent", "curl");
    has_header(event, "content-type", "text/plain");
}

Test(headers, content_length_is_kept)
{
    has_header(EVENT(HEADER("Content-Length", "13")), "content-length", "13");
}

Test(headers, fields_of_the_connection_are_left_out)
{
    struct event *event =
        EVENT(HEADER("Connection", "close"), HEADER("Transfer-Encoding", "chunked"),
              HEADER("Keep-Alive", "timeout=5"), HEADER("TE", "trailers"), HEADER("Trailer", "x"),
              HEADER("Upgrade", "h2c"), HEADER("Proxy-Authorization", "Basic x"),
              HEADER("Proxy-Connection", "close"));

    cr_assert(eq(sz, lg_json_get(event->json, "headers")->count, 4));
}

Test(headers, fields_that_only_look_like_those_of_the_connection_stay)
{
    struct event *event = EVENT(HEADER("X-Connection", "1"), HEADER("Proxy", "1"),
                                HEADER("Trailers", "1"), HEADER("Tea", "1"));

    cr_assert(eq(sz, lg_json_get(event->json, "headers")->count, 8));
}

Test(headers, trace_id_is_the_gateways_and_replaces_the_clients)
{
    has_header(EVENT(HEADER("X-Amzn-Trace-Id", "Root=mine")), "x-amzn-trace-id",
               "Root=1-6a5145a8-3c8b0e8d5e0b7c1a2f3d4e5f");
    has_header(EVENT(HEADER("a", "b")), "x-amzn-trace-id",
               "Root=1-6a5145a8-3c8b0e8d5e0b7c1a2f3d4e5f");
}

Test(headers, forwarded_for_is_the_peer)
{
    has_header(EVENT(HEADER("a", "b")), "x-forwarded-for", "198.51.100.7");
}

Test(headers, forwarded_for_is_the_clients_list_with_the_peer_behind)
{
    has_header(EVENT(HEADER("X-Forwarded-For", "203.0.113.9, 10.0.0.1")), "x-forwarded-for",
               "203.0.113.9, 10.0.0.1, 198.51.100.7");
    has_header(EVENT(HEADER("x-forwarded-for", "a"), HEADER("X-Forwarded-For", ""),
                     HEADER("X-Forwarded-For", "b")),
               "x-forwarded-for", "a, b, 198.51.100.7");
}

Test(headers, forwarded_port_and_proto_are_ours_whatever_the_client_says)
{
    struct event *event =
        EVENT(HEADER("X-Forwarded-Port", "443"), HEADER("X-Forwarded-Proto", "https"));

    has_header(event, "x-forwarded-port", "8080");
    has_header(event, "x-forwarded-proto", "http");
}

Test(headers, values_may_hold_quotes_and_bytes_that_are_no_utf8)
{
    struct event *event = EVENT(HEADER("a", "say \"\\\"\t"), HEADER("b", "caf\xe9"));

    has_header(event, "a", "say \"\\\"\t");
    has_header(event, "b", "caf\xef\xbf\xbd");
}

/* --- cookies ---------------------------------------------------------------------------------- */

Test(cookies, stand_apart_and_not_among_the_headers)
{
    struct event *event = EVENT(HEADER("Cookie", "sid=9f2c77; theme=dark"));

    event_has(event, "cookies", "[\"sid=9f2c77\",\"theme=dark\"]");
    has_header(event, "cookie", NULL);
}

Test(cookies, of_several_fields_come_in_one_list)
{
    event_has(EVENT(HEADER("Cookie", "a=1;b=2"), HEADER("x", "y"), HEADER("COOKIE", "c=3")),
              "cookies", "[\"a=1\",\"b=2\",\"c=3\"]");
}

Test(cookies, are_trimmed_and_empty_ones_left_out)
{
    event_has(EVENT(HEADER("Cookie", " a=1 ;; \tb = 2;")), "cookies", "[\"a=1\",\"b = 2\"]");
}

Test(cookies, are_absent_when_there_are_none)
{
    event_has(EVENT(HEADER("a", "b")), "cookies", NULL);
    event_has(EVENT(HEADER("Cookie", " ; ")), "cookies", NULL);
    has_header(EVENT(HEADER("Cookie", "")), "cookie", NULL);
}
