/* test_policy.c -- policies against requests: a table of cases. */
#include "authorize/policy.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define API "arn:aws:execute-api:eu-west-1:123456789012:ab12cd34ef"
#define HERE API "/prod/GET/shops/7"

enum { NONE = -1 }; /* not a policy */

static int judge(const char *document, const char *resource, const char *decoded)
{
    const struct lg_policy_request request = { LG_STR("execute-api:Invoke"), lg_str_of(resource),
                                               lg_str_of(decoded) };
    struct lg_policy policy;
    struct lg_arena arena;
    struct lg_json *json;
    const char *reason = NULL;
    int verdict = NONE;

    lg_arena_init(&arena);
    cr_assert(eq(int,
                 lg_json_read(&arena, lg_str_of(document), &lg_json_default_limits, &json, NULL),
                 LG_OK),
              "%s", document);
    if (lg_policy_read(&arena, json, &policy, &reason) == LG_OK)
        verdict = (int)lg_policy_judge(&policy, &request);
    else
        cr_expect(reason != NULL);
    lg_arena_done(&arena);
    return verdict;
}

static int judge_statements(const char *statements)
{
    char *document = lg_sprintf("{\"Version\":\"2012-10-17\",\"Statement\":%s}", statements);
    int verdict = judge(document, HERE, HERE);

    free(document);
    return verdict;
}

#define ALLOW(resource)                                                                            \
    "{\"Effect\":\"Allow\",\"Action\":\"execute-api:Invoke\",\"Resource\":" resource "}"
#define DENY(resource)                                                                             \
    "{\"Effect\":\"Deny\",\"Action\":\"execute-api:Invoke\",\"Resource\":" resource "}"
#define ACTION(action) "{\"Effect\":\"Allow\",\"Action\":" action ",\"Resource\":\"*\"}"
#define EFFECT(effect, rest) "{\"Effect\":\"" effect "\"," rest "}"

Test(policy, statements_are_judged_as_iam_judges_them)
{
    static const struct {
        const char *statements;
        int verdict;
    } cases[] = {
        { ALLOW("\"*\""), LG_POLICY_ALLOW },
        { "[" ALLOW("\"*\"") "]", LG_POLICY_ALLOW },
        { ALLOW("\"" HERE "\""), LG_POLICY_ALLOW },
        { ALLOW("[\"" API "/x\",\"" HERE "\"]"), LG_POLICY_ALLOW },
        { ALLOW("\"" API "/prod/GET/shops/*\""), LG_POLICY_ALLOW },
        { ALLOW("\"" API "/*/GET/*\""), LG_POLICY_ALLOW },
        { ALLOW("\"" API "/prod/GET/shops/?\""), LG_POLICY_ALLOW },
        { ALLOW("\"" API "/prod/GET/shops/??\""), LG_POLICY_NO_ALLOW },
        { ALLOW("\"" API "/prod/POST/*\""), LG_POLICY_NO_ALLOW },
        { ALLOW("\"" API "/prod/GET/shops\""), LG_POLICY_NO_ALLOW },
        { ALLOW("\"" API "/prod/GET/SHOPS/7\""), LG_POLICY_NO_ALLOW },
        { ALLOW("\"arn:aws:execute-api:*:*:*\""), LG_POLICY_ALLOW },
        { ALLOW("\"arn:aws:execute-api:*\""), LG_POLICY_ALLOW },
        { ALLOW("\"arn:aws:execute-api:us-*:*:*\""), LG_POLICY_NO_ALLOW },
        { ALLOW("\"arn:*:*:*:*:*/GET/*/*\""), LG_POLICY_ALLOW },
        /* a wildcard does not reach over a colon to allow, but does to deny */
        { ALLOW("\"arn:aws:execute-api:*/GET/shops/7\""), LG_POLICY_NO_ALLOW },
        { "[" ALLOW("\"*\"") "," DENY("\"arn:aws:execute-api:*/GET/shops/7\"") "]",
          LG_POLICY_EXPLICIT_DENY },
        /* what denies wins, wherever it stands */
        { "[" ALLOW("\"*\"") "," DENY("\"" HERE "\"") "]", LG_POLICY_EXPLICIT_DENY },
        { "[" DENY("\"" HERE "\"") "," ALLOW("\"*\"") "]", LG_POLICY_EXPLICIT_DENY },
        { "[" ALLOW("\"*\"") "," DENY("\"" API "/prod/POST/*\"") "]", LG_POLICY_ALLOW },
        { DENY("\"" API "/prod/POST/*\""), LG_POLICY_NO_ALLOW },
        { DENY("\"*\""), LG_POLICY_EXPLICIT_DENY },
        { "[" ALLOW("\"*\"") "," DENY("\"" API "/prod/GET/${aws:username}\"") "]",
          LG_POLICY_EXPLICIT_DENY },
        { ALLOW("\"" API "/prod/GET/${aws:username}\""), LG_POLICY_NO_ALLOW },
        /* actions */
        { ACTION("\"*\""), LG_POLICY_ALLOW },
        { ACTION("\"execute-api:*\""), LG_POLICY_ALLOW },
        { ACTION("\"execute-api:Inv?ke\""), LG_POLICY_ALLOW },
        { ACTION("\"Execute-API:invoke\""), LG_POLICY_ALLOW },
        { ACTION("[\"s3:GetObject\",\"execute-api:Invoke\"]"), LG_POLICY_ALLOW },
        { ACTION("\"s3:*\""), LG_POLICY_NO_ALLOW },
        { EFFECT("Allow", "\"NotAction\":\"s3:*\",\"Resource\":\"*\""), LG_POLICY_ALLOW },
        { EFFECT("Allow", "\"NotAction\":\"execute-api:*\",\"Resource\":\"*\""),
          LG_POLICY_NO_ALLOW },
        /* resources that are not meant */
        { EFFECT("Allow", "\"Action\":\"*\",\"NotResource\":\"" API "/prod/POST/*\""),
          LG_POLICY_ALLOW },
        { EFFECT("Allow", "\"Action\":\"*\",\"NotResource\":[\"" API "/x\",\"" HERE "\"]"),
          LG_POLICY_NO_ALLOW },
        { EFFECT("Allow", "\"Action\":\"*\",\"NotResource\":\"arn:aws:execute-api:*/GET/shops/7\""),
          LG_POLICY_NO_ALLOW },
        { "[" ALLOW("\"*\"") "," EFFECT("Deny",
                                        "\"Action\":\"*\",\"NotResource\":\"" HERE "\"") "]",
          LG_POLICY_ALLOW },
        { "[" ALLOW("\"*\"") "," EFFECT("Deny", "\"Action\":\"*\",\"NotResource\":\"" API
                                                "/prod/POST/*\"") "]",
          LG_POLICY_EXPLICIT_DENY },
        { "[" ALLOW("\"*\"") "," EFFECT(
              "Deny", "\"Action\":\"*\",\"NotResource\":\"arn:aws:execute-api:*/GET/*\"") "]",
          LG_POLICY_EXPLICIT_DENY },
        /* conditions are not understood: they never allow, but deny */
        { EFFECT("Allow",
                 "\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"a\":\"b\"}}"),
          LG_POLICY_NO_ALLOW },
        { EFFECT("Allow", "\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":{}"),
          LG_POLICY_ALLOW },
        { EFFECT("Allow", "\"Action\":\"*\",\"Resource\":\"*\",\"Condition\":null"),
          LG_POLICY_NO_ALLOW },
        { "[" ALLOW("\"*\"") "," EFFECT("Deny", "\"Action\":\"*\",\"Resource\":\"*\","
                                                "\"Condition\":{\"Bool\":{\"a\":\"b\"}}") "]",
          LG_POLICY_EXPLICIT_DENY },
        { EFFECT("Allow", "\"Sid\":\"x\",\"Action\":\"*\",\"Resource\":\"*\""), LG_POLICY_ALLOW },
        /* what is no policy */
        { "[]", NONE },
        { "null", NONE },
        { "\"x\"", NONE },
        { "[1]", NONE },
        { "{}", NONE },
        { EFFECT("allow", "\"Action\":\"*\",\"Resource\":\"*\""), NONE },
        { "{\"Action\":\"*\",\"Resource\":\"*\"}", NONE },
        { EFFECT("Allow", "\"Resource\":\"*\""), NONE },
        { EFFECT("Allow", "\"Action\":\"*\""), NONE },
        { EFFECT("Allow", "\"Action\":[],\"Resource\":\"*\""), NONE },
        { EFFECT("Allow", "\"Action\":\"*\",\"Resource\":[]"), NONE },
        { EFFECT("Allow", "\"Action\":\"*\",\"Resource\":[1]"), NONE },
        { EFFECT("Allow", "\"Action\":\"Invoke\",\"Resource\":\"*\""), NONE },
        { EFFECT("Allow", "\"Action\":\"*\",\"Resource\":\"/shops\""), NONE },
        { EFFECT("Allow", "\"Action\":\"*\",\"NotAction\":\"*\",\"Resource\":\"*\""), NONE },
        { EFFECT("Allow", "\"Action\":\"*\",\"Resource\":\"*\",\"NotResource\":\"*\""), NONE },
        { EFFECT("Allow", "\"Action\":\"*\",\"Resource\":\"*\",\"Principal\":\"*\""), NONE },
        /* one bad statement spoils all */
        { "[" ALLOW("\"*\"") ",{}]", NONE },
    };

    for (size_t i = 0; i < LG_COUNT(cases); i++)
        cr_expect(eq(int, judge_statements(cases[i].statements), cases[i].verdict), "%s",
                  cases[i].statements);
}

Test(policy, a_version_is_one_that_exists)
{
#define VERSIONED(version) "{" version "\"Statement\":" ALLOW("\"*\"") "}"
    cr_expect(eq(int, judge(VERSIONED(""), HERE, HERE), LG_POLICY_ALLOW));
    cr_expect(
        eq(int, judge(VERSIONED("\"Version\":\"2008-10-17\","), HERE, HERE), LG_POLICY_ALLOW));
    cr_expect(eq(int, judge(VERSIONED("\"Version\":\"2012-10-18\","), HERE, HERE), NONE));
    cr_expect(eq(int, judge(VERSIONED("\"Version\":2012,"), HERE, HERE), NONE));
    cr_expect(eq(int, judge("{\"Version\":\"2012-10-17\"}", HERE, HERE), NONE));
}

Test(policy, an_encoded_path_does_not_slip_past_what_denies)
{
    const char *policy =
        "{\"Statement\":[" ALLOW("\"*\"") "," DENY("\"" API "/prod/GET/admin/*\"") "]}";

    cr_expect(eq(int, judge(policy, API "/prod/GET/%61dmin/x", API "/prod/GET/admin/x"),
                 LG_POLICY_EXPLICIT_DENY));
    policy = "{\"Statement\":" ALLOW("\"" API "/prod/GET/open/*\"") "}";
    cr_expect(eq(int, judge(policy, API "/prod/GET/%6Fpen/x", API "/prod/GET/open/x"),
                 LG_POLICY_NO_ALLOW));
}

Test(policy, a_resource_is_512_characters_at_most)
{
    char *longest = lg_sprintf("%s%0*d", API "/", 512 - (int)strlen(API "/"), 0);
    char *document = lg_sprintf("{\"Statement\":" ALLOW("\"%s\"") "}", longest);
    char *longer = lg_sprintf("{\"Statement\":" ALLOW("\"%s0\"") "}", longest);

    cr_expect(eq(int, judge(document, longest, longest), LG_POLICY_ALLOW));
    cr_expect(eq(int, judge(longer, longest, longest), NONE));
    free(longest);
    free(document);
    free(longer);
}

Test(policy, comparing_gives_up_before_it_takes_long)
{
    struct lg_buf document, path;

    lg_buf_init(&document, SIZE_MAX);
    lg_buf_init(&path, SIZE_MAX);
    lg_buf_add_cstr(&path, API "/");
    for (size_t i = 0; i < 8000; i++)
        lg_buf_add_char(&path, 'a');
    lg_buf_add_cstr(&document, "{\"Statement\":[" ALLOW("\"*\""));
    for (size_t i = 0; i < 100; i++) {
        lg_buf_add_cstr(&document,
                        ",{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"" API "/*");
        for (size_t j = 0; j < 200; j++)
            lg_buf_add_char(&document, 'a');
        lg_buf_add_cstr(&document, "b\"}");
    }
    lg_buf_add(&document, "]}", 3);
    lg_buf_add_char(&path, '\0');
    cr_expect(eq(int, judge(document.data, path.data, path.data), LG_POLICY_GAVE_UP));
    lg_buf_done(&document);
    lg_buf_done(&path);
}
