/* One section of a shared credentials file, as the SDKs read it. */
#include "cloud/profile.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct lg_profile profile;

static enum lg_err read_it(const char *text, const char *name)
{
    return lg_profile_read(lg_str_of(text), name, &profile);
}

static void is(struct lg_str found, const char *expected)
{
    cr_assert(lg_str_is(found, expected), "%.*s", LG_STR_ARG(found));
}

static const char file[] = "# keys\n"
                           "[default]\n"
                           "aws_access_key_id = AKIADEFAULT\n"
                           "aws_secret_access_key=a/b+c=#d\n"
                           "\n"
                           "  [shop]\r\n"
                           "[shop]\r\n"
                           "; comment\n"
                           "AWS_ACCESS_KEY_ID=AKIASHOP # the shop's\n"
                           "aws_secret_access_key = secret\t; too\r\n"
                           "aws_session_token = token\n"
                           "s3 =\n"
                           "  aws_secret_access_key = nested\n"
                           "region = eu-west-1\n"
                           "no equals sign\n"
                           "[empty]";

Test(profile, values_are_those_of_the_section)
{
    cr_assert(eq(int, read_it(file, "default"), LG_OK));
    is(profile.access_key_id, "AKIADEFAULT");
    is(profile.secret_access_key, "a/b+c=#d");
    is(profile.session_token, "");
}

Test(profile, comments_blanks_case_and_nested_values)
{
    cr_assert(eq(int, read_it(file, "shop"), LG_OK));
    is(profile.access_key_id, "AKIASHOP");
    is(profile.secret_access_key, "secret");
    is(profile.session_token, "token");
}

Test(profile, a_section_may_be_empty_or_not_there)
{
    cr_assert(eq(int, read_it(file, "empty"), LG_OK));
    is(profile.access_key_id, "");
    cr_assert(eq(int, read_it(file, "other"), LG_ERR_NOT_FOUND));
    cr_assert(eq(int, read_it("", "default"), LG_ERR_NOT_FOUND));
    cr_assert(eq(int, read_it("[default", "default"), LG_ERR_NOT_FOUND));
    cr_assert(eq(int, read_it("aws_access_key_id = x\n", "default"), LG_ERR_NOT_FOUND));
}

Test(profile, the_later_of_two_wins)
{
    cr_assert(eq(int, read_it("[a]\naws_access_key_id=1\n[b]\n[ a ]\naws_access_key_id=2\n", "a"),
                 LG_OK));
    is(profile.access_key_id, "2");
}
