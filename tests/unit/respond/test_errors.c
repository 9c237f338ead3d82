/* test_errors.c -- what a client of an HTTP API hears for each cause and each refused head. */
#include "respond/errors.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static void check_cause(enum lg_cause cause, int status, const char *body, const char *outcome)
{
    const struct lg_error_row *row = lg_error_row(lg_error_of_cause(cause));

    cr_assert(eq(int, row->status, status));
    cr_assert(eq(str, (char *)row->body, (char *)body));
    if (outcome == NULL)
        cr_assert(zero(ptr, (void *)row->outcome));
    else
        cr_assert(eq(str, (char *)row->outcome, (char *)outcome));
}

Test(errors, a_function_error_is_500_and_never_200)
{
    check_cause(LG_CAUSE_FUNCTION_ERROR, 500, "{\"message\":\"Internal Server Error\"}", NULL);
}

Test(errors, a_result_over_the_limit_is_500)
{
    check_cause(LG_CAUSE_TOO_LARGE, 500, "{\"message\":\"Internal Server Error\"}", NULL);
}

Test(errors, a_timeout_is_503_and_not_safe_to_repeat)
{
    check_cause(LG_CAUSE_TIMEOUT, 503, "{\"message\":\"Service Unavailable\"}", "unknown");
    check_cause(LG_CAUSE_UNKNOWN, 503, "{\"message\":\"Service Unavailable\"}", "unknown");
}

Test(errors, what_never_started_is_503_and_safe_to_repeat)
{
    check_cause(LG_CAUSE_NEVER_STARTED, 503, "{\"message\":\"Service Unavailable\"}",
                "not-started");
    check_cause(LG_CAUSE_THROTTLED, 503, "{\"message\":\"Service Unavailable\"}", "not-started");
    cr_assert(lg_error_row(LG_ERROR_THROTTLED)->retry_after);
    cr_assert(not(lg_error_row(LG_ERROR_TIMEOUT)->retry_after));
}

Test(errors, ok_is_no_error)
{
    cr_assert(eq(int, lg_error_of_cause(LG_CAUSE_OK), LG_ERROR_NONE));
}

Test(errors, a_refused_head_keeps_its_status)
{
    static const int statuses[] = { 400, 414, 431, 501 };

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        cr_assert(eq(int, lg_error_row(lg_error_of_head(statuses[i]))->status, statuses[i]));
}

Test(errors, the_bodies_that_clients_of_api_gateway_know)
{
    cr_assert(eq(str, (char *)lg_error_row(LG_ERROR_NOT_FOUND)->body,
                 (char *)"{\"message\":\"Not Found\"}"));
    cr_assert(eq(str, (char *)lg_error_row(LG_ERROR_INVALID_BODY)->body,
                 (char *)"{\"message\":\"Invalid request body\"}"));
    cr_assert(eq(str, (char *)lg_error_row(LG_ERROR_BODY_TOO_LARGE)->body,
                 (char *)"{\"message\":\"Request Entity Too Large\"}"));
}

Test(errors, every_row_is_filled)
{
    for (int error = LG_ERROR_NONE + 1; error <= LG_ERROR_INTERNAL; error++) {
        const struct lg_error_row *row = lg_error_row((enum lg_error)error);

        cr_assert(ge(int, row->status, 400), "row %d", error);
        cr_assert(not(zero(ptr, (void *)row->word)), "row %d", error);
    }
}
