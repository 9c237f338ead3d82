/* test_request.c -- what of a request line is believed, and what it becomes. */
#include <string.h>

#include <criterion/criterion.h>

#include "bridge/request.h"

static struct lg_redis_request plain;
static struct lg_arena arena;

static void begin(void)
{
    lg_arena_init(&arena);
    plain = (struct lg_redis_request){
        .id = LG_STR("28d6135d-88c7-4741-a394-20f7b8e4feb1"),
        .function = LG_STR("resize"),
        .reply = LG_STR("lg:r:{gw1}:0"),
        .deadline_ms = 5000,
        .timeout_ms = 300,
        .attempt = 1,
        .trace = LG_STR("Root=1-6b024eec-20916595d89672e9987e882a"),
        .arn = LG_STR("arn:aws:lambda:us-east-1:123456789012:function:resize:live"),
        .client_context = LG_STR("{\"custom\":{}}"),
        .identity = LG_STR("{\"id\":1}"),
        .body = LG_STR("[1]"),
    };
}

static void end(void)
{
    lg_arena_done(&arena);
}

TestSuite(request, .init = begin, .fini = end);

static bool good(const struct lg_redis_request *request)
{
    return lg_bridge_request_good(request, LG_STR("lg:r:"));
}

Test(request, one_as_a_gateway_makes_it_is_good)
{
    cr_assert(good(&plain));
}

Test(request, a_reply_goes_to_a_list_of_replies_or_nowhere)
{
    static const char *const others[] = { "", "lg:r", "lg:q:{resize}", "x:lg:r:{gw1}:0", "LG:R:a" };
    struct lg_redis_request request = plain;

    for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
        request.reply = lg_str_of(others[i]);
        cr_expect(!good(&request), "%s", others[i]);
    }
}

Test(request, nothing_that_could_end_a_header_is_taken)
{
    static const char *const bad[] = { "a\r\nb: c", "a\nb", "a\tb", "\x7f", "\x01" };
    struct lg_redis_request request = plain;
    struct lg_str *const texts[] = { &request.id, &request.trace, &request.arn,
                                     &request.client_context, &request.identity };

    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        for (size_t j = 0; j < sizeof(bad) / sizeof(*bad); j++) {
            request = plain;
            *texts[i] = lg_str_of(bad[j]);
            cr_expect(!good(&request), "text %zu, %zu", i, j);
        }
        request = plain;
        *texts[i] = LG_STR("Gr\xc3\xbc\xc3\x9f");
        cr_expect(good(&request), "text %zu", i);
    }
}

static int64_t deadline(int64_t asked, int64_t now_ms)
{
    struct lg_redis_request request = { .deadline_ms = asked };

    return lg_bridge_deadline_ms(&request, now_ms);
}

Test(request, a_deadline_is_at_most_30_days_away)
{
    int64_t now = 1795313391696, longest = INT64_C(30) * 24 * 3600 * 1000;

    cr_assert_eq(deadline(now + 1000, now), now + 1000);
    cr_assert_eq(deadline(now - 1000, now), now - 1000);
    cr_assert_eq(deadline(now + longest, now), now + longest);
    cr_assert_eq(deadline(now + longest + 1, now), now + longest);
    cr_assert_eq(deadline(INT64_MAX, now), now + longest); /* as where none is said */
    cr_assert_eq(deadline(INT64_MIN, now), 0);
}

static struct lg_invocation made(const struct lg_redis_request *request, int64_t left_ms)
{
    struct lg_invocation invocation;

    lg_bridge_invocation(&arena, request, left_ms, &invocation);
    return invocation;
}

Test(request, all_that_it_says_is_told)
{
    struct lg_invocation invocation = made(&plain, 5000);

    cr_assert_str_eq(invocation.id, "28d6135d-88c7-4741-a394-20f7b8e4feb1");
    cr_assert_str_eq(invocation.request_id, invocation.id);
    cr_assert(lg_str_eq(invocation.payload, plain.body));
    cr_assert(lg_str_eq(invocation.trace, plain.trace));
    cr_assert(lg_str_eq(invocation.client_context, plain.client_context));
    cr_assert(lg_str_eq(invocation.cognito_identity, plain.identity));
    cr_assert(lg_str_is(plain.arn, invocation.arn));
    cr_assert_eq(invocation.attempt, 1);
}

Test(request, it_may_run_for_its_timeout_and_never_beyond_its_deadline)
{
    struct lg_redis_request request = plain;

    cr_assert_eq(made(&request, 5000).timeout_ms, 300);
    cr_assert_eq(made(&request, 299).timeout_ms, 299);
    request.timeout_ms = 0;
    cr_assert_eq(made(&request, 5000).timeout_ms, 5000);
    request.timeout_ms = -1;
    cr_assert_eq(made(&request, 5000).timeout_ms, 5000);
}

Test(request, an_id_that_fits_no_path_is_told_as_another)
{
    static const char *const strange[] = { "a/b", "a b", "a?b", "\xc3\xbc",
                                           "28d6135d-88c7-4741-a394-20f7b8e4feb12" };
    struct lg_redis_request request = plain;

    for (size_t i = 0; i < sizeof(strange) / sizeof(*strange); i++) {
        request.id = lg_str_of(strange[i]);
        struct lg_invocation invocation = made(&request, 5000);

        cr_expect_eq(strlen(invocation.id), LG_UUID_SIZE - 1, "%s", strange[i]);
        cr_expect(strcmp(invocation.id, strange[i]) != 0, "%s", strange[i]);
        cr_expect_str_eq(invocation.request_id,
                         strange[i]); /* the log knows it as its caller does */
    }
}

Test(request, an_attempt_that_is_no_number_of_one_is_the_first)
{
    struct lg_redis_request request = plain;

    request.attempt = 3;
    cr_assert_eq(made(&request, 5000).attempt, 3);
    request.attempt = 0;
    cr_assert_eq(made(&request, 5000).attempt, 1);
    request.attempt = INT64_MAX;
    cr_assert_eq(made(&request, 5000).attempt, 1);
}
