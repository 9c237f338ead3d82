/* What an answer that is no result means. */
#include "lambda/answer.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(answer, .timeout = 20);

static void is(int status, const char *type, enum lg_cause cause, enum lg_lambda_remedy remedy)
{
    struct lg_lambda_verdict verdict = lg_lambda_judge(status, lg_str_of(type));

    cr_expect(eq(int, (int)verdict.cause, (int)cause), "%d %s", status, type);
    cr_expect(eq(int, (int)verdict.remedy, (int)remedy), "%d %s", status, type);
}

Test(answer, the_name_of_an_error_is_found_among_its_decorations)
{
    cr_assert(lg_str_is(lg_lambda_error_type(LG_STR("A")), "A"));
    cr_assert(lg_str_is(lg_lambda_error_type(LG_STR("A:http://x/y#z")), "A"));
    cr_assert(lg_str_is(lg_lambda_error_type(LG_STR("com.amazonaws#x#A")), "A"));
    cr_assert(lg_str_is(lg_lambda_error_type(LG_STR("")), ""));
}

Test(answer, only_lambdas_own_word_makes_a_repeat_safe)
{
    is(429, "TooManyRequestsException", LG_CAUSE_THROTTLED, LG_LAMBDA_TRY_AGAIN);
    is(429, "", LG_CAUSE_THROTTLED, LG_LAMBDA_GIVE_UP);
    is(500, "ServiceException", LG_CAUSE_UNKNOWN, LG_LAMBDA_GIVE_UP);
    is(503, "", LG_CAUSE_UNKNOWN, LG_LAMBDA_GIVE_UP);
    is(502, "EC2ThrottledException", LG_CAUSE_NEVER_STARTED, LG_LAMBDA_TRY_AGAIN);
    is(502, "KMSDisabledException", LG_CAUSE_NEVER_STARTED, LG_LAMBDA_GIVE_UP);
    is(502, "", LG_CAUSE_UNKNOWN, LG_LAMBDA_GIVE_UP);
    is(301, "", LG_CAUSE_UNKNOWN, LG_LAMBDA_GIVE_UP);
}

Test(answer, what_the_caller_did_wrong_has_not_run)
{
    is(404, "ResourceNotFoundException", LG_CAUSE_NEVER_STARTED, LG_LAMBDA_GIVE_UP);
    is(403, "AccessDeniedException", LG_CAUSE_NEVER_STARTED, LG_LAMBDA_GIVE_UP);
    is(413, "RequestEntityTooLargeException", LG_CAUSE_REFUSED, LG_LAMBDA_GIVE_UP);
    is(409, "ResourceConflictException", LG_CAUSE_NEVER_STARTED, LG_LAMBDA_TRY_AGAIN);
    is(408, "EFSMountTimeoutException", LG_CAUSE_UNKNOWN, LG_LAMBDA_GIVE_UP);
}

Test(answer, credentials_and_clocks_have_remedies_of_their_own)
{
    is(403, "ExpiredTokenException", LG_CAUSE_NEVER_STARTED, LG_LAMBDA_NEW_CREDENTIALS);
    is(403, "InvalidSignatureException", LG_CAUSE_NEVER_STARTED, LG_LAMBDA_OTHER_CLOCK);
    is(403, "RequestInTheFuture", LG_CAUSE_NEVER_STARTED, LG_LAMBDA_OTHER_CLOCK);
}
