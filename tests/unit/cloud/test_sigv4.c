/* Requests as AWS believes them: what is signed, in which spelling, with which day's key. */
#include "cloud/sigv4.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#define NOON 1440938160000 /* 2015-08-30T12:36:00Z */
#define DAY_MS 86400000

static struct lg_credentials keys = { (char *)"AKIDEXAMPLE",
                                      (char *)"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", NULL, 0 };
static const struct lg_header host[] = { { { "Host", 4 }, { "example.amazonaws.com", 21 } } };

static struct lg_signer *signer;
static struct lg_header headers[LG_SIGNATURE_HEADERS];

static void set_up(void)
{
    keys.session_token = NULL;
    signer = lg_signer_new(LG_STR("us-east-1"), LG_STR("service"), LG_SIGV4_PATH_NORMALIZED);
}

static void tear_down(void)
{
    lg_signer_free(signer);
}

TestSuite(sigv4, .init = set_up, .fini = tear_down, .timeout = 20);

static struct lg_signing get(const char *path, const char *query)
{
    return (struct lg_signing){ .method = LG_STR("GET"),
                                .path = lg_str_of(path),
                                .query = lg_str_of(query),
                                .headers = host,
                                .header_count = 1 };
}

static struct lg_str sign(struct lg_signing signing, int64_t wall_ms)
{
    size_t count = lg_signer_sign(signer, &keys, &signing, wall_ms, headers);

    return headers[count - 1].value;
}

static void ends_with(struct lg_str text, const char *end)
{
    cr_expect(lg_str_ends(text, lg_str_of(end)), "%.*s", LG_STR_ARG(text));
}

/* The line of the canonical request, from 0. */
static struct lg_str line(size_t index)
{
    struct lg_str rest = lg_signer_canonical(signer), text = LG_STR_NONE;

    for (size_t i = 0; i <= index; i++)
        cr_assert(lg_str_next(&rest, '\n', &text));
    return text;
}

static void path_is(const char *path, const char *canonical)
{
    (void)sign(get(path, ""), NOON);
    cr_expect(lg_str_is(line(1), canonical), "%s: %.*s", path, LG_STR_ARG(line(1)));
}

static void query_is(const char *query, const char *canonical)
{
    (void)sign(get("/", query), NOON);
    cr_expect(lg_str_is(line(2), canonical), "%s: %.*s", query, LG_STR_ARG(line(2)));
}

Test(sigv4, a_plain_request_has_the_published_signature)
{
    struct lg_str value = sign(get("/", ""), NOON);

    cr_assert(lg_str_starts(
        value, LG_STR("AWS4-HMAC-SHA256 "
                      "Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                      "SignedHeaders=host;x-amz-date, Signature=")));
    ends_with(value, "=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
    cr_assert(lg_str_is(headers[0].name, "X-Amz-Date"));
    cr_assert(lg_str_is(headers[0].value, "20150830T123600Z"));
}

Test(sigv4, a_call_of_a_function_by_its_partial_arn_encodes_its_path_twice)
{
    const struct lg_header sent[] = { { LG_STR("Host"), LG_STR("lambda.us-east-1.amazonaws.com") },
                                      { LG_STR("X-Amz-Invocation-Type"),
                                        LG_STR("RequestResponse") },
                                      { LG_STR("X-Amzn-Trace-Id"), LG_STR("Root=1-2-3") } };
    const struct lg_signing signing = {
        .method = LG_STR("POST"),
        .path = LG_STR("/2015-03-31/functions/123456789012%3Afunction%3Ademo/invocations"),
        .query = LG_STR("Qualifier=%24LATEST"),
        .headers = sent,
        .header_count = 3,
        .body = LG_STR("{\"k\":1}"),
    };

    lg_signer_free(signer);
    signer = lg_signer_new(LG_STR("us-east-1"), LG_STR("lambda"), LG_SIGV4_PATH_NORMALIZED);
    ends_with(sign(signing, NOON),
              "=089f24609418a31a26080582129b1a2c34032147b05b5f80b6682a3a51de41a3");
    cr_assert(
        lg_str_is(line(1), "/2015-03-31/functions/123456789012%253Afunction%253Ademo/invocations"));
}

Test(sigv4, paths_are_resolved_and_encoded_once_more)
{
    path_is("", "/");
    path_is("/", "/");
    path_is("//a//b//", "/a/b/");
    path_is("/a/./b/../c", "/a/c");
    path_is("/../../a", "/a");
    path_is("/a/..", "/");
    path_is("/a/../", "/");
    path_is("/.", "/");
    path_is("/a%20b:c~d", "/a%2520b%3Ac~d");
}

Test(sigv4, a_path_of_s3_stays_as_it_is)
{
    lg_signer_free(signer);
    signer = lg_signer_new(LG_STR("us-east-1"), LG_STR("s3"), LG_SIGV4_PATH_AS_IT_IS);
    path_is("/a//./b%20c/../", "/a//./b%20c/../");
    path_is("", "/");
}

Test(sigv4, parameters_are_sorted_in_one_spelling)
{
    query_is("b=2&a=1", "a=1&b=2");
    query_is("a=b&a=a&A=c", "A=c&a=a&a=b");
    query_is("a", "a=");
    query_is("a=b=c", "a=b%3Dc");
    query_is("a=%7e%c3%A9", "a=~%C3%A9");
    query_is("a=b+c%2", "a=b%2Bc%252");
    /* after encoding, not before it */
    query_is("%C3%A9=1&z=2", "%C3%A9=1&z=2");
}

Test(sigv4, headers_are_folded_joined_and_sorted)
{
    const struct lg_header sent[] = {
        { LG_STR("Host"), LG_STR("h") },
        { LG_STR("My-Header"), LG_STR("  a   b\r\n\t c  ") },
        { LG_STR("A"), LG_STR("\"x   y\"") },
        { LG_STR("my-header"), LG_STR("second") },
        { LG_STR("Connection"), LG_STR("close") },
        { LG_STR("User-Agent"), LG_STR("me") },
    };
    struct lg_signing signing = get("/", "");

    signing.headers = sent;
    signing.header_count = 6;
    (void)sign(signing, NOON);
    cr_assert(lg_str_is(line(3), "a:\"x y\""));
    cr_assert(lg_str_is(line(4), "host:h"));
    cr_assert(lg_str_is(line(5), "my-header:a b c,second"));
    cr_assert(lg_str_is(line(6), "x-amz-date:20150830T123600Z"));
    cr_assert(lg_str_is(line(8), "a;host;my-header;x-amz-date"));
}

Test(sigv4, a_session_token_is_sent_and_signed)
{
    keys.session_token = (char *)"6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267";
    ends_with(sign(get("/", ""), NOON),
              "=07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8");
    cr_assert(lg_str_is(headers[1].name, "X-Amz-Security-Token"));
}

Test(sigv4, a_payload_that_is_not_hashed_says_so)
{
    struct lg_signing signing = get("/", "");

    signing.unsigned_payload = true;
    signing.body = LG_STR("x");
    (void)sign(signing, NOON);
    cr_assert(lg_str_is(headers[1].name, "X-Amz-Content-Sha256"));
    cr_assert(lg_str_is(headers[1].value, "UNSIGNED-PAYLOAD"));
    ends_with(lg_signer_canonical(signer),
              "\nhost;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD");
}

Test(sigv4, another_day_and_another_secret_have_another_key)
{
    char first[80], again[80];
    struct lg_str value = sign(get("/", ""), NOON);

    lg_cstr_copy(first, sizeof(first), value.data + value.size - 64);
    value = sign(get("/", ""), NOON + DAY_MS);
    cr_assert(not(lg_str_ends(value, lg_str_make(first, 64))));
    value = sign(get("/", ""), NOON);
    cr_assert(lg_str_ends(value, lg_str_make(first, 64)));

    struct lg_credentials others = keys;
    struct lg_signing signing = get("/", "");

    others.secret_access_key = (char *)"another";
    size_t count = lg_signer_sign(signer, &others, &signing, NOON, headers);
    value = headers[count - 1].value;
    lg_cstr_copy(again, sizeof(again), value.data + value.size - 64);
    cr_assert(not(lg_str_eq(lg_str_make(first, 64), lg_str_make(again, 64))));
}

Test(sigv4, no_header_is_signed_that_may_change_on_the_way)
{
    static const char *const names[] = {
        "Connection",
        "Expect",
        "Keep-Alive",
        "Proxy-Authenticate",
        "Proxy-Authorization",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Proxy-Connection",
        "Authorization",
        "Upgrade",
        "User-Agent",
        "X-Amzn-Trace-Id",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct lg_header both[] = { host[0], { lg_str_of(names[i]), LG_STR("x") } };
        struct lg_signing signing = get("/", "");

        signing.headers = both;
        signing.header_count = 2;
        (void)sign(signing, NOON);
        ends_with(line(3), "host:example.amazonaws.com");
        cr_expect(lg_str_starts(line(4), LG_STR("x-amz-date:")), "%s", names[i]);
        cr_expect(lg_str_eq(line(5), LG_STR_NONE), "%s", names[i]);
    }
}

Test(sigv4, what_is_kept_of_a_path_is_not_taken_for_another)
{
    path_is("/a%20b", "/a%2520b");
    path_is("/a%20b", "/a%2520b");
    path_is("/a%20c", "/a%2520c");
    path_is("/a%20", "/a%2520");
    path_is("", "/");
    path_is("/a%20b/", "/a%2520b/");
}

Test(sigv4, a_stamp_is_one_whatever_the_clock_was_corrected_to)
{
    char stamp[LG_SIGV4_STAMP_SIZE];

    lg_sigv4_stamp(1440938160000, stamp);
    cr_assert_str_eq(stamp, "20150830T123600Z");
    lg_sigv4_stamp(253402300800000, stamp);
    cr_assert_str_eq(stamp, "99991231T235959Z");
    lg_sigv4_stamp(-62135596800000, stamp);
    cr_assert_str_eq(stamp, "00010101T000000Z");
}
