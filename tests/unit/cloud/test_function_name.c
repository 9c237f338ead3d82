#include "cloud/function_name.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

/* region/account/name/qualifier, or the error */
static const char *read(const char *text)
{
    static char result[512];
    struct lg_invoke_name name;

    switch (lg_invoke_name_read(lg_str_of(text), &name)) {
    case LG_OK:
        snprintf(result, sizeof(result), "%.*s/%.*s/%.*s/%.*s", LG_STR_ARG(name.region),
                 LG_STR_ARG(name.account), LG_STR_ARG(name.name), LG_STR_ARG(name.qualifier));
        return result;
    case LG_ERR_TOO_BIG:
        return "too big";
    default:
        return "syntax";
    }
}

Test(name, a_bare_name)
{
    cr_assert_str_eq(read("demo"), "//demo/");
    cr_assert_str_eq(read("My_Func-1.x"), "//My_Func-1.x/");
}

Test(name, a_name_with_a_qualifier)
{
    cr_assert_str_eq(read("demo:PROD"), "//demo/PROD");
    cr_assert_str_eq(read("demo:7"), "//demo/7");
    cr_assert_str_eq(read("demo:$LATEST"), "//demo/$LATEST");
    cr_assert_str_eq(read("demo:$LATEST.PUBLISHED"), "//demo/$LATEST.PUBLISHED");
}

Test(name, a_partial_arn)
{
    cr_assert_str_eq(read("123456789012:function:demo"), "/123456789012/demo/");
    cr_assert_str_eq(read("123456789012:function:demo:PROD"), "/123456789012/demo/PROD");
    cr_assert_str_eq(read("123456789012:demo"), "/123456789012/demo/");
    cr_assert_str_eq(read("function:demo"), "//demo/");
}

Test(name, a_full_arn)
{
    cr_assert_str_eq(read("arn:aws:lambda:eu-west-1:123456789012:function:demo"),
                     "eu-west-1/123456789012/demo/");
    cr_assert_str_eq(read("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:demo:7"),
                     "us-gov-west-1/123456789012/demo/7");
    cr_assert_str_eq(read("arn:aws-iso-b:lambda:us-isob-east-1:123456789012:function:d"),
                     "us-isob-east-1/123456789012/d/");
    cr_assert_str_eq(read("arn:aws-iso:lambda:us-iso-east-1:123456789012:function:d"),
                     "us-iso-east-1/123456789012/d/");
    cr_assert_str_eq(read("arn:aws-eusc:lambda:eusc-de-east-1:123456789012:function:d"),
                     "eusc-de-east-1/123456789012/d/");
    cr_assert_str_eq(read("arn::lambda:eu-west-1:123456789012:function:demo"),
                     "eu-west-1/123456789012/demo/");
}

Test(name, a_prefix_without_what_follows_is_a_name)
{
    cr_assert_str_eq(read("function:$LATEST"), "//function/$LATEST");
    cr_assert_str_eq(read("eu-west-1:$LATEST"), "//eu-west-1/$LATEST");
    cr_assert_str_eq(read("123456789012:$LATEST"), "//123456789012/$LATEST");
    cr_assert_str_eq(read("123456789012:function"), "/123456789012/function/");
    cr_assert_str_eq(read("function"), "//function/");
}

Test(name, a_prefix_is_taken_first)
{
    cr_assert_str_eq(read("function:function:demo"), "//function/demo");
    cr_assert_str_eq(read("us-gov-1:demo"), "us-gov-1//demo/");
}

Test(name, what_is_of_no_form_is_refused)
{
    static const char *const bad[] = {
        "",
        ":",
        "x!",
        "a/b",
        "a b",
        "d\xc3\xa9mo",
        "demo:",
        "demo:a:b",
        ":demo",
        "demo:PRO D",
        "demo:$OLDEST",
        "demo:$LATEST.X",
        "demo$",
        "demo:a.b",
        "12345678901:function:demo",
        "1234567890123:function:demo",
        "arn:aws:s3:eu-west-1:123456789012:function:demo",
        "arn:aws:lambda:eu-west-12:123456789012:function:demo",
        "arn:aws:lambda:EU-west-1:123456789012:function:demo",
        "arn:aws:lambda:eu-west-1:123456789012:function:",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert_str_eq(read(bad[i]), "syntax", "%s", bad[i]);
}

Test(name, the_whole_text_has_a_limit)
{
    char text[300];

    memset(text, 'a', sizeof(text));
    text[256] = '\0';
    cr_assert_str_neq(read(text), "too big");
    text[256] = 'a';
    text[257] = '\0';
    cr_assert_str_eq(read(text), "too big");
}

static enum lg_err check(const char *text)
{
    return lg_invoke_qualifier_check(lg_str_of(text));
}

Test(name, qualifiers_of_the_query)
{
    char text[130];

    cr_assert(eq(int, check("PROD"), LG_OK));
    cr_assert(eq(int, check("7"), LG_OK));
    cr_assert(eq(int, check("$LATEST"), LG_OK));
    cr_assert(eq(int, check("$LATEST.PUBLISHED"), LG_OK));
    cr_assert(eq(int, check(""), LG_ERR_SYNTAX));
    cr_assert(eq(int, check("a.b"), LG_ERR_SYNTAX));
    cr_assert(eq(int, check("a:b"), LG_ERR_SYNTAX));
    memset(text, 'a', sizeof(text));
    text[128] = '\0';
    cr_assert(eq(int, check(text), LG_OK));
    text[128] = 'a';
    text[129] = '\0';
    cr_assert(eq(int, check(text), LG_ERR_TOO_BIG));
}
