/* test_grant.c -- what a Lambda authorizer answers, in every form. */
#include "authorize/grant.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "base/mem.h"

static const struct lg_grant_form rest = { .strings = true, .no_claims = true };
static const struct lg_grant_form http = { .simple = false };
static const struct lg_grant_form simple = { .simple = true };

#define POLICY                                                                                     \
    "\"policyDocument\":{\"Version\":\"2012-10-17\",\"Statement\":[{\"Action\":"                   \
    "\"execute-api:Invoke\",\"Effect\":\"Allow\",\"Resource\":\"*\"}]}"
#define ANSWER(context) "{\"principalId\":\"u1\"," POLICY ",\"context\":" context "}"

static struct lg_identity *read_or_fail(const char *answer, const struct lg_grant_form *form)
{
    struct lg_identity *identity = NULL;
    const char *reason = "";

    cr_assert(eq(int, lg_grant_read(lg_str_of(answer), form, &identity, &reason), LG_OK), "%s: %s",
              answer, reason);
    return identity;
}

static void refuse(const char *answer, const struct lg_grant_form *form)
{
    struct lg_identity *identity = NULL;
    const char *reason = NULL;

    cr_expect(eq(int, lg_grant_read(lg_str_of(answer), form, &identity, &reason), LG_ERR_SYNTAX),
              "%s", answer);
    cr_expect(reason != NULL);
}

static bool holds(const struct lg_identity *identity, const char *name, const char *value)
{
    for (size_t i = 0; i < identity->member_count; i++) {
        if (lg_str_is(identity->members[i].name, name))
            return lg_str_is(identity->members[i].value, value);
    }
    return false;
}

static bool is_text(struct lg_str text, const char *expected)
{
    return lg_str_is(text, expected);
}

Test(grant, a_rest_api_tells_the_context_as_text)
{
    struct lg_identity *identity = read_or_fail(
        "{\"principalId\":\"user-17\"," POLICY ",\"context\":{\"tenant\":\"t9\",\"level\":3,"
        "\"ratio\":1.50,\"beta\":true,\"off\":false,\"none\":null,\"say\":\"\\\"hi\\\"\"},"
        "\"usageIdentifierKey\":\"k3y\"}",
        &rest);

    cr_expect(is_text(identity->grant->principal, "user-17"));
    cr_expect(is_text(identity->grant->usage_key, "k3y"));
    cr_expect(is_text(identity->grant->context_text,
                      "\"tenant\":\"t9\",\"level\":\"3\",\"ratio\":\"1.50\",\"beta\":\"true\","
                      "\"off\":\"false\",\"say\":\"\\\"hi\\\"\""));
    cr_expect(holds(identity, "principalId", "user-17"));
    cr_expect(holds(identity, "level", "3"));
    cr_expect(holds(identity, "say", "\"hi\""));
    cr_expect(not(holds(identity, "none", "")));
    lg_identity_unref(identity);
}

Test(grant, an_http_api_keeps_the_types_of_the_context)
{
    struct lg_identity *identity = read_or_fail(
        "{\"isAuthorized\":true,\"context\":{\"n\":1,\"b\":true,\"z\":null,\"s\":\"x\","
        "\"list\":[1,\"a\"],\"deep\":{\"k\":[{}]}}}",
        &simple);

    cr_expect(is_text(identity->grant->context_text,
                      "\"n\":1,\"b\":true,\"z\":null,\"s\":\"x\",\"list\":[1,\"a\"],"
                      "\"deep\":{\"k\":[{}]}"));
    cr_expect(identity->grant->principal.data == NULL);
    cr_expect(holds(identity, "s", "x"));
    cr_expect(holds(identity, "list", "[1,\"a\"]"));
    cr_expect(not(holds(identity, "z", "null")));
    lg_identity_unref(identity);
}

Test(grant, the_principal_is_never_taken_from_the_context)
{
    struct lg_identity *identity =
        read_or_fail(ANSWER("{\"principalId\":\"root\",\"integrationLatency\":\"x\"}"), &rest);

    cr_expect(eq(sz, identity->grant->context_text.size, 0));
    cr_expect(eq(sz, identity->member_count, 1));
    cr_expect(holds(identity, "principalId", "u1"));
    lg_identity_unref(identity);
}

Test(grant, a_simple_answer_is_true_or_false_and_nothing_else)
{
    static const struct lg_policy_request request = { .action = { "a:b", 3 } };
    struct lg_identity *identity = read_or_fail("{\"isAuthorized\":true,\"more\":1}", &simple);

    cr_expect(eq(int, (int)lg_grant_judge(identity->grant, &request), LG_POLICY_ALLOW));
    lg_identity_unref(identity);
    identity = read_or_fail("{\"isAuthorized\":false,\"context\":null}", &simple);
    cr_expect(eq(int, (int)lg_grant_judge(identity->grant, &request), LG_POLICY_NO_ALLOW));
    lg_identity_unref(identity);
    refuse("{\"isAuthorized\":\"true\"}", &simple);
    refuse("{\"isAuthorized\":1}", &simple);
    refuse("{\"isAuthorized\":null}", &simple);
    refuse("{}", &simple);
    refuse(ANSWER("{}"), &simple);
}

Test(grant, what_is_no_answer_is_refused)
{
    static const char *const answers[] = {
        "",
        "null",
        "true",
        "\"Allow\"",
        "[]",
        "{}",
        "{",
        "{\"isAuthorized\":true}",
        "{\"principalId\":\"u\"}",
        "{" POLICY "}",
        "{\"principalId\":1," POLICY "}",
        "{\"principalId\":null," POLICY "}",
        "{\"principalId\":\"u\",\"policyDocument\":null}",
        "{\"principalId\":\"u\",\"policyDocument\":\"{}\"}",
        "{\"principalId\":\"u\",\"policyDocument\":{}}",
        "{\"principalId\":\"u\",\"principalId\":\"v\"," POLICY "}",
        "{\"principalId\":\"u\"," POLICY ",\"usageIdentifierKey\":7}",
        ANSWER("[]"),
        ANSWER("\"x\""),
        ANSWER("1"),
    };

    for (size_t i = 0; i < LG_COUNT(answers); i++) {
        refuse(answers[i], &rest);
        refuse(answers[i], &http);
    }
}

Test(grant, nested_values_and_reserved_names_are_refused_where_the_contract_says_so)
{
    refuse(ANSWER("{\"a\":[]}"), &rest);
    refuse(ANSWER("{\"a\":{}}"), &rest);
    refuse(ANSWER("{\"claims\":\"x\"}"), &rest);
    lg_identity_unref(read_or_fail(ANSWER("{\"a\":[]}"), &http));
    lg_identity_unref(read_or_fail(ANSWER("{\"claims\":\"x\"}"), &http));
}

Test(grant, an_answer_too_long_is_not_read)
{
    struct lg_buf answer;
    struct lg_identity *identity;
    const char *reason;

    lg_buf_init(&answer, SIZE_MAX);
    lg_buf_add_cstr(&answer, "{\"isAuthorized\":true,\"context\":{\"x\":\"");
    while (answer.size < LG_GRANT_BYTES - 3)
        lg_buf_add_char(&answer, 'x');
    lg_buf_add_cstr(&answer, "\"}}");
    cr_assert(eq(int, lg_grant_read(lg_buf_str(&answer), &simple, &identity, &reason), LG_OK));
    lg_identity_unref(identity);
    lg_buf_add_char(&answer, ' ');
    cr_expect(
        eq(int, lg_grant_read(lg_buf_str(&answer), &simple, &identity, &reason), LG_ERR_SYNTAX));
    lg_buf_done(&answer);
}

Test(grant, only_the_exact_word_is_unauthorized)
{
    cr_expect(lg_grant_says_unauthorized(
        LG_STR("{\"errorMessage\":\"Unauthorized\",\"errorType\":\"Exception\"}")));
    cr_expect(not(lg_grant_says_unauthorized(LG_STR("{\"errorMessage\":\"unauthorized\"}"))));
    cr_expect(not(lg_grant_says_unauthorized(LG_STR("{\"errorMessage\":\"Unauthorized \"}"))));
    cr_expect(not(lg_grant_says_unauthorized(LG_STR("{\"errorType\":\"Unauthorized\"}"))));
    cr_expect(not(lg_grant_says_unauthorized(LG_STR("\"Unauthorized\""))));
    cr_expect(not(lg_grant_says_unauthorized(LG_STR("Unauthorized"))));
    cr_expect(not(lg_grant_says_unauthorized(LG_STR(""))));
}
