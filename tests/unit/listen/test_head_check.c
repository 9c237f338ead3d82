/* test_head_check.c -- each duty of a gateway towards a request's head, by name. */
#include "listen/head_check.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static const struct lg_listen_limits limits = { .header_bytes = 10240, .headers = 100 };

/* A good head: every test spoils one thing. */
struct sample {
    struct lg_head head;
    struct lg_header headers[128];
};

static struct sample good(void)
{
    struct sample sample = { 0 };

    sample.head.method = LG_STR("POST");
    sample.head.target = LG_STR("/items?x=1");
    sample.head.version_minor = 1;
    sample.headers[0] = (struct lg_header){ LG_STR("Host"), LG_STR("shop.example") };
    sample.head.header_count = 1;
    return sample;
}

static void add(struct sample *sample, const char *name, const char *value)
{
    sample->headers[sample->head.header_count++] =
        (struct lg_header){ lg_str_of(name), lg_str_of(value) };
}

static struct lg_head_facts facts;

/* 0 when accepted, else the status. */
static int check(struct sample *sample)
{
    struct lg_head_fault fault;

    sample->head.headers = sample->headers;
    if (lg_head_check(&sample->head, &limits, &facts, &fault) == LG_OK)
        return 0;
    cr_assert(gt(sz, lg_head_fault_body(&fault).size, 0));
    cr_assert(gt(sz, strlen(fault.reason), 0));
    return fault.status;
}

static int with(const char *name, const char *value)
{
    struct sample sample = good();

    add(&sample, name, value);
    return check(&sample);
}

static int with_both(const char *name, const char *value, const char *name2, const char *value2)
{
    struct sample sample = good();

    add(&sample, name, value);
    add(&sample, name2, value2);
    return check(&sample);
}

static int with_target(const char *target, const char *method)
{
    struct sample sample = good();

    sample.head.target = lg_str_of(target);
    sample.head.method = lg_str_of(method);
    return check(&sample);
}

Test(head_check, a_plain_request_passes)
{
    struct sample sample = good();

    cr_assert(eq(int, check(&sample), 0));
    cr_assert(eq(int, with("Content-Length", "12"), 0));
    cr_assert(eq(int, with("Transfer-Encoding", "Chunked"), 0));
    cr_assert(eq(int, with("X-Tab", "a\tb\xc3\xa9"), 0));
}

Test(head_check, an_unknown_or_lower_case_method_is_not_implemented)
{
    cr_assert(eq(int, with_target("/", "get"), 501));
    cr_assert(eq(int, with_target("/", "F(O"), 501));
    cr_assert(eq(int, with_target("/", "CONNECT"), 501));
    cr_assert(eq(int, with_target("/", "TRACE"), 501));
}

Test(head_check, every_method_of_api_gateway_is_known)
{
    static const char *const methods[] = { "GET",   "POST", "PUT",    "DELETE",
                                           "PATCH", "HEAD", "OPTIONS" };

    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
        cr_assert(eq(int, with_target("/", methods[i]), 0), "%s", methods[i]);
}

Test(head_check, a_target_is_a_path_of_visible_characters)
{
    cr_assert(eq(int, with_target("http://evil/a", "GET"), 400));
    cr_assert(eq(int, with_target("", "GET"), 400));
    cr_assert(eq(int, with_target("evil:443", "GET"), 400));
    cr_assert(eq(int, with_target("/a b", "GET"), 400));
    cr_assert(eq(int, with_target("/a#b", "GET"), 400));
    cr_assert(eq(int, with_target("/a\xc3\xa9", "GET"), 400));
    cr_assert(eq(int, with_target("/a\x7f", "GET"), 400));
}

Test(head_check, a_star_is_for_options_only)
{
    cr_assert(eq(int, with_target("*", "OPTIONS"), 0));
    cr_assert(eq(int, with_target("*", "GET"), 400));
}

Test(head_check, two_hosts_are_refused)
{
    cr_assert(eq(int, with("host", "other.example"), 400));
}

Test(head_check, no_host_is_refused_in_1_1_and_fine_in_1_0)
{
    struct sample sample = good();

    sample.head.header_count = 0;
    cr_assert(eq(int, check(&sample), 400));
    sample.head.version_minor = 0;
    cr_assert(eq(int, check(&sample), 0));
}

Test(head_check, two_lengths_are_refused_also_when_equal)
{
    cr_assert(eq(int, with_both("Content-Length", "3", "content-length", "3"), 400));
    cr_assert(eq(int, with_both("Content-Length", "3", "Content-Length", "4"), 400));
}

Test(head_check, a_length_is_digits_only)
{
    cr_assert(eq(int, with("Content-Length", "+3"), 400));
    cr_assert(eq(int, with("Content-Length", "-1"), 400));
    cr_assert(eq(int, with("Content-Length", "3, 3"), 400));
    cr_assert(eq(int, with("Content-Length", "3abc"), 400));
    cr_assert(eq(int, with("Content-Length", ""), 400));
    cr_assert(eq(int, with("Content-Length", "18446744073709551616"), 400));
    cr_assert(eq(int, with("Content-Length", "18446744073709551615"), 400));
}

Test(head_check, length_and_chunked_together_are_refused)
{
    cr_assert(eq(int, with_both("Content-Length", "3", "Transfer-Encoding", "chunked"), 400));
}

Test(head_check, only_plain_chunked_is_a_transfer_encoding)
{
    cr_assert(eq(int, with("Transfer-Encoding", "gzip, chunked"), 400));
    cr_assert(eq(int, with("Transfer-Encoding", "xchunked"), 400));
    cr_assert(eq(int, with("Transfer-Encoding", "identity"), 400));
    cr_assert(
        eq(int, with_both("Transfer-Encoding", "chunked", "Transfer-Encoding", "identity"), 400));
}

Test(head_check, chunked_is_refused_in_1_0)
{
    struct sample sample = good();

    sample.head.version_minor = 0;
    add(&sample, "Transfer-Encoding", "chunked");
    cr_assert(eq(int, check(&sample), 400));
}

Test(head_check, a_header_name_is_a_token)
{
    cr_assert(eq(int, with("X A", "1"), 400));
    cr_assert(eq(int, with("", "1"), 400));
    cr_assert(eq(int, with("Transfer-Encoding ", "chunked"), 400));
}

Test(head_check, a_header_value_has_no_control_characters)
{
    cr_assert(eq(int, with("X-A", "a\rb"), 400));
    cr_assert(eq(int, with("X-A", "a\x01"), 400));
}

Test(head_check, two_authorizations_or_content_types_are_refused)
{
    cr_assert(eq(int, with_both("Authorization", "a", "authorization", "b"), 401));
    cr_assert(eq(int, with_both("Content-Type", "a/b", "content-type", "a/b"), 400));
}

Test(head_check, too_many_fields_are_431)
{
    struct sample sample = good();

    while (sample.head.header_count < limits.headers)
        add(&sample, "a", "b");
    cr_assert(eq(int, check(&sample), 0));
    add(&sample, "a", "b");
    cr_assert(eq(int, check(&sample), 431));
}

Test(head_check, request_line_and_headers_together_have_a_ceiling)
{
    static char value[10240];

    memset(value, 'v', sizeof(value) - 1);
    value[10240 - 55 + 1] = '\0';
    cr_assert(eq(int, with("X-Big", value), 431));
    value[10240 - 55] = '\0';
    cr_assert(eq(int, with("X-Big", value), 0));
}

Test(head_check, a_target_over_the_ceiling_is_414)
{
    static char target[10300];

    memset(target, 'a', sizeof(target) - 1);
    target[0] = '/';
    cr_assert(eq(int, with_target(target, "GET"), 414));
}

Test(head_check, the_length_of_the_body_follows_the_head)
{
    struct sample sample = good();

    cr_assert(eq(int, check(&sample), 0));
    cr_assert(eq(i64, facts.content_length, 0));
    cr_assert(eq(int, with("content-length", "42"), 0));
    cr_assert(eq(i64, facts.content_length, 42));
    cr_assert(eq(int, with("transfer-encoding", "chunked"), 0));
    cr_assert(eq(i64, facts.content_length, -1));
}

Test(head_check, a_host_is_a_name_or_an_address_and_a_port)
{
    static const char *const hosts[] = { "", "a", "a.example:8080", "[::1]:80", "a_b-c~d" };

    for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
        struct sample sample = good();

        sample.headers[0].value = lg_str_of(hosts[i]);
        cr_assert(eq(int, check(&sample), 0), "%s", hosts[i]);
    }
    for (const char *byte = " \t/?#@\\\"<>\x80"; *byte != '\0'; byte++) {
        const char host[] = { 'a', *byte, 'b', '\0' };
        struct sample sample = good();

        sample.headers[0].value = lg_str_of(host);
        cr_assert(eq(int, check(&sample), 400), "%s", host);
    }
}

Test(head_check, nothing_can_be_expected_but_100_continue)
{
    cr_assert(eq(int, with_both("Expect", "100-Continue", "Content-Length", "5"), 0));
    cr_assert(facts.expects_continue);
    cr_assert(eq(int, with("Expect", "100-continue"), 0));
    cr_assert(not(facts.expects_continue), "there is no body to wait for");
    cr_assert(eq(int, with("Expect", "a-miracle"), 417));
    cr_assert(eq(int, with("Expect", ""), 417));
    cr_assert(eq(int, with_both("Expect", "100-continue", "Expect", "100-continue"), 417));
}

Test(head_check, http_1_0_expects_nothing)
{
    struct sample sample = good();

    sample.head.version_minor = 0;
    add(&sample, "Expect", "100-continue");
    add(&sample, "Content-Length", "5");
    cr_assert(eq(int, check(&sample), 0));
    cr_assert(not(facts.expects_continue));
}

Test(head_check, connection_is_a_list_of_words)
{
    cr_assert(eq(int, with("Connection", "keep-alive"), 0));
    cr_assert(facts.keep_alive);
    cr_assert(not(facts.close));
    cr_assert(eq(int, with("connection", "upgrade , Close,"), 0));
    cr_assert(facts.close);
    cr_assert(eq(int, with_both("Connection", "x", "Connection", "close"), 0));
    cr_assert(facts.close);
    cr_assert(eq(int, with("Connection", "closed"), 0));
    cr_assert(not(facts.close));
}
