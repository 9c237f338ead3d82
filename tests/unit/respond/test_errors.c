/* test_errors.c -- what a client hears for each cause and each refused head, by kind of API. */
#include "respond/errors.h"

#include <criterion/criterion.h>
#include <string.h>

static struct lg_arena arena;
static struct lg_error_answer answer;

static void begin(void)
{
    lg_arena_init(&arena);
}

static void end(void)
{
    lg_arena_done(&arena);
}

TestSuite(errors, .init = begin, .fini = end);

static void answer_of(enum lg_error error, enum lg_config_api_kind kind)
{
    lg_error_answer(error, kind, LG_ERRORS_AWS, NULL, &arena, &answer);
}

static const char *body(void)
{
    return lg_arena_cstr(&arena, answer.body);
}

static void http(enum lg_error error, int status, const char *document)
{
    answer_of(error, LG_API_HTTP);
    cr_assert_eq(answer.status, status);
    cr_assert_str_eq(body(), document);
    cr_assert_null(answer.error_type);
}

static void rest(enum lg_error error, int status, const char *document, const char *type)
{
    answer_of(error, LG_API_REST);
    cr_assert_eq(answer.status, status);
    cr_assert_str_eq(body(), document);
    cr_assert_str_eq(answer.error_type, type);
}

static void outcome(enum lg_error error, const char *expected)
{
    const char *found = lg_error_row(error)->outcome;

    cr_assert((found == NULL) == (expected == NULL));
    if (found != NULL)
        cr_assert_str_eq(found, expected);
}

/* --- HTTP APIs --- */

Test(errors, http_a_function_error_is_500_and_never_200)
{
    http(LG_ERROR_FUNCTION, 500, "{\"message\":\"Internal Server Error\"}");
    outcome(LG_ERROR_FUNCTION, NULL);
}

Test(errors, a_function_past_its_own_timeout_has_failed_and_may_have_run)
{
    http(LG_ERROR_FUNCTION_TIMEOUT, 500, "{\"message\":\"Internal Server Error\"}");
    rest(LG_ERROR_FUNCTION_TIMEOUT, 502, "{\"message\": \"Internal server error\"}",
         "InternalServerErrorException");
    outcome(LG_ERROR_FUNCTION_TIMEOUT, "unknown");
}

Test(errors, http_a_malformed_answer_is_500)
{
    http(LG_ERROR_MALFORMED, 500, "{\"message\":\"Internal Server Error\"}");
}

Test(errors, http_a_result_over_the_limit_is_500)
{
    http(LG_ERROR_TOO_LARGE, 500, "{\"message\":\"Internal Server Error\"}");
}

Test(errors, http_a_refused_invocation_is_500)
{
    http(LG_ERROR_INTERNAL, 500, "{\"message\":\"Internal Server Error\"}");
}

Test(errors, http_a_timeout_is_503_without_a_content_type_and_not_safe_to_repeat)
{
    http(LG_ERROR_TIMEOUT, 503, "{\"message\":\"Service Unavailable\"}");
    cr_assert_null(answer.content_type);
    cr_assert_eq(answer.body.size, 33);
    outcome(LG_ERROR_TIMEOUT, "unknown");
    cr_assert(!lg_error_row(LG_ERROR_TIMEOUT)->retry_after);
}

Test(errors, http_what_never_started_is_503_and_safe_to_repeat)
{
    static const enum lg_error errors[] = { LG_ERROR_NOT_STARTED, LG_ERROR_THROTTLED,
                                            LG_ERROR_TIMEOUT_WAITING, LG_ERROR_OVERLOADED };

    for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        http(errors[i], 503, "{\"message\":\"Service Unavailable\"}");
        outcome(errors[i], "not-started");
        cr_assert(lg_error_row(errors[i])->retry_after);
    }
}

Test(errors, http_an_unknown_route_or_stage_is_404)
{
    http(LG_ERROR_NOT_FOUND, 404, "{\"message\":\"Not Found\"}");
    http(LG_ERROR_NO_STAGE, 404, "{\"message\":\"Not Found\"}");
}

Test(errors, http_a_body_too_large_is_413)
{
    http(LG_ERROR_BODY_TOO_LARGE, 413, "{\"message\":\"Request Entity Too Large\"}");
    http(LG_ERROR_EVENT_TOO_LARGE, 413, "{\"message\":\"Request Entity Too Large\"}");
}

Test(errors, http_too_many_requests_are_429)
{
    http(LG_ERROR_ROUTE_BUSY, 429, "{\"message\":\"Too Many Requests\"}");
}

Test(errors, http_an_invalid_body_is_400)
{
    http(LG_ERROR_INVALID_BODY, 400, "{\"message\":\"Invalid request body\"}");
}

/* --- REST APIs --- */

Test(errors, rest_a_function_error_is_502)
{
    rest(LG_ERROR_FUNCTION, 502, "{\"message\": \"Internal server error\"}",
         "InternalServerErrorException");
    cr_assert_eq(answer.body.size, 36);
}

Test(errors, rest_a_malformed_answer_is_502)
{
    rest(LG_ERROR_MALFORMED, 502, "{\"message\": \"Internal server error\"}",
         "InternalServerErrorException");
}

Test(errors, rest_an_answer_that_cannot_be_decoded_is_500)
{
    rest(LG_ERROR_NOT_BASE64, 500, "{\"message\": \"Internal server error\"}",
         "InternalServerErrorException");
}

Test(errors, rest_a_result_over_the_limit_is_502)
{
    rest(LG_ERROR_TOO_LARGE, 502, "{\"message\": \"Internal server error\"}",
         "InternalServerErrorException");
}

Test(errors, rest_a_refused_invocation_is_500)
{
    rest(LG_ERROR_INTERNAL, 500, "{\"message\": \"Internal server error\"}",
         "InternalServerErrorException");
}

Test(errors, rest_a_throttled_invocation_is_500)
{
    rest(LG_ERROR_THROTTLED, 500, "{\"message\": \"Internal server error\"}",
         "InternalServerErrorException");
    outcome(LG_ERROR_THROTTLED, "not-started");
}

Test(errors, rest_a_timeout_is_504)
{
    rest(LG_ERROR_TIMEOUT, 504, "{\"message\": \"Endpoint request timed out\"}",
         "InternalServerErrorException");
    cr_assert_eq(answer.type, LG_RESPONSE_INTEGRATION_TIMEOUT);
    rest(LG_ERROR_TIMEOUT_WAITING, 504, "{\"message\": \"Endpoint request timed out\"}",
         "InternalServerErrorException");
}

Test(errors, rest_an_unknown_resource_or_method_is_403)
{
    rest(LG_ERROR_NOT_FOUND, 403, "{\"message\":\"Missing Authentication Token\"}",
         "MissingAuthenticationTokenException");
    cr_assert_eq(answer.body.size, 42);
}

Test(errors, rest_an_unknown_stage_is_403)
{
    rest(LG_ERROR_NO_STAGE, 403, "{\"message\":\"Forbidden\"}", "ForbiddenException");
    cr_assert_eq(answer.body.size, 23);
}

Test(errors, rest_an_unknown_host_is_403)
{
    rest(LG_ERROR_UNKNOWN_HOST, 403, "{\"message\":\"Forbidden\"}", "ForbiddenException");
    http(LG_ERROR_UNKNOWN_HOST, 403, "{\"message\":\"Forbidden\"}");
}

Test(errors, rest_an_event_over_6_mb_is_413)
{
    rest(LG_ERROR_EVENT_TOO_LARGE, 413, "{\"message\": \"Request Too Long\"}",
         "BadRequestException");
    cr_assert_str_eq(answer.content_type, "application/json");
}

Test(errors, rest_a_body_over_10_mb_is_413_in_plain_text)
{
    lg_error_answer(LG_ERROR_BODY_TOO_LARGE, LG_API_REST, LG_ERRORS_AWS,
                    "HTTP content length exceeded 10485760 bytes.", &arena, &answer);
    cr_assert_eq(answer.status, 413);
    cr_assert_str_eq(body(), "HTTP content length exceeded 10485760 bytes.");
    cr_assert_str_eq(answer.content_type, "text/plain");
}

Test(errors, rest_too_many_requests_are_429)
{
    rest(LG_ERROR_ROUTE_BUSY, 429, "{\"message\":\"Too Many Requests\"}",
         "TooManyRequestsException");
    cr_assert_eq(answer.type, LG_RESPONSE_THROTTLED);
}

Test(errors, rest_an_invalid_body_is_400)
{
    rest(LG_ERROR_INVALID_BODY, 400, "{\"message\": \"Invalid request body\"}",
         "BadRequestException");
    cr_assert_eq(answer.type, LG_RESPONSE_BAD_REQUEST_BODY);
}

Test(errors, rest_missing_parameters_are_named)
{
    lg_error_answer(LG_ERROR_INVALID_PARAMETERS, LG_API_REST, LG_ERRORS_AWS,
                    "Missing required request parameters: [X-Tenant, \"q]", &arena, &answer);
    cr_assert_eq(answer.status, 400);
    cr_assert_str_eq(body(),
                     "{\"message\": \"Missing required request parameters: [X-Tenant, \\\"q]\"}");
    cr_assert_str_eq(answer.error_type, "BadRequestException");
}

/* --- distinct --- */

static void distinct(enum lg_error error, enum lg_config_api_kind kind, int status,
                     const char *document)
{
    lg_error_answer(error, kind, LG_ERRORS_DISTINCT, NULL, &arena, &answer);
    cr_assert_eq(answer.status, status);
    cr_assert_str_eq(body(), document);
}

Test(errors, distinct_what_may_have_run_is_504)
{
    distinct(LG_ERROR_TIMEOUT, LG_API_HTTP, 504, "{\"message\":\"Gateway Timeout\"}");
    cr_assert_str_eq(answer.content_type, "application/json");
    distinct(LG_ERROR_TIMEOUT, LG_API_REST, 504, "{\"message\": \"Endpoint request timed out\"}");
    distinct(LG_ERROR_NO_ROOM, LG_API_HTTP, 504, "{\"message\":\"Gateway Timeout\"}");
}

Test(errors, distinct_what_never_started_is_503)
{
    distinct(LG_ERROR_THROTTLED, LG_API_HTTP, 503, "{\"message\":\"Service Unavailable\"}");
    distinct(LG_ERROR_THROTTLED, LG_API_REST, 503, "{\"message\": \"Service Unavailable\"}");
    cr_assert_str_eq(answer.error_type, "ServiceUnavailableException");
    distinct(LG_ERROR_TIMEOUT_WAITING, LG_API_REST, 503, "{\"message\": \"Service Unavailable\"}");
}

Test(errors, distinct_changes_nothing_else)
{
    for (int error = LG_ERROR_NONE + 1; error < LG_ERROR_COUNT; error++) {
        const struct lg_error_row *row = lg_error_row((enum lg_error)error);

        cr_assert((row->distinct == 0) || row->outcome != NULL, "%s", row->word);
        if (row->distinct == 503)
            cr_assert_str_eq(row->outcome, "not-started");
        if (row->distinct == 504)
            cr_assert_str_eq(row->outcome, "unknown");
    }
}

/* --- causes and heads --- */

Test(errors, what_a_lambda_authorizer_denies_is_403)
{
    http(LG_ERROR_DENIED, 403, "{\"message\":\"Forbidden\"}");
    http(LG_ERROR_EXPLICIT_DENY, 403, "{\"message\":\"Forbidden\"}");
    rest(LG_ERROR_DENIED, 403, "{\"Message\":\"User is not authorized to access this resource\"}",
         "AccessDeniedException");
    rest(LG_ERROR_EXPLICIT_DENY, 403,
         "{\"Message\":\"User is not authorized to access this resource with an explicit deny\"}",
         "AccessDeniedException");
}

Test(errors, a_lambda_authorizer_that_fails_is_500)
{
    http(LG_ERROR_AUTHORIZER_ANSWER, 500, "{\"message\":\"Internal Server Error\"}");
    http(LG_ERROR_AUTHORIZER_FAILED, 500, "{\"message\":\"Internal Server Error\"}");
    rest(LG_ERROR_AUTHORIZER_ANSWER, 500, "{\"message\":null}", "AuthorizerConfigurationException");
    rest(LG_ERROR_AUTHORIZER_FAILED, 500, "{\"message\":null}", "AuthorizerFailureException");
    outcome(LG_ERROR_AUTHORIZER_FAILED, "not-started");
}

Test(errors, every_cause_has_its_error)
{
    cr_assert_eq(lg_error_of_cause(LG_CAUSE_OK), LG_ERROR_NONE);
    cr_assert_eq(lg_error_of_cause(LG_CAUSE_FUNCTION_ERROR), LG_ERROR_FUNCTION);
    cr_assert_eq(lg_error_of_cause(LG_CAUSE_TIMEOUT), LG_ERROR_FUNCTION_TIMEOUT);
    cr_assert_eq(lg_error_of_cause(LG_CAUSE_UNKNOWN), LG_ERROR_TIMEOUT);
    cr_assert_eq(lg_error_of_cause(LG_CAUSE_THROTTLED), LG_ERROR_THROTTLED);
    cr_assert_eq(lg_error_of_cause(LG_CAUSE_NEVER_STARTED), LG_ERROR_NOT_STARTED);
    cr_assert_eq(lg_error_of_cause(LG_CAUSE_TOO_LARGE), LG_ERROR_TOO_LARGE);
    cr_assert_eq(lg_error_of_cause(LG_CAUSE_REFUSED), LG_ERROR_INTERNAL);
}

Test(errors, a_refused_head_keeps_its_status)
{
    static const int statuses[] = { 400, 408, 414, 417, 431, 501, 505 };

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        answer_of(lg_error_of_head(statuses[i]), LG_API_HTTP);
        cr_assert_eq(answer.status, statuses[i]);
        answer_of(lg_error_of_head(statuses[i]), LG_API_REST);
        cr_assert_eq(answer.status, statuses[i]);
    }
}

Test(errors, every_row_is_filled)
{
    for (int error = LG_ERROR_NONE + 1; error < LG_ERROR_COUNT; error++) {
        const struct lg_error_row *row = lg_error_row((enum lg_error)error);

        cr_assert_not_null(row->word, "row %d", error);
        answer_of((enum lg_error)error, LG_API_HTTP);
        cr_assert(answer.status >= 400 && answer.message != NULL, "row %d", error);
        answer_of((enum lg_error)error, LG_API_REST);
        /* Of authorizers that fail, API Gateway says null. */
        bool silent = error == LG_ERROR_AUTHORIZER_ANSWER || error == LG_ERROR_AUTHORIZER_FAILED;
        cr_assert(answer.status >= 400 && (answer.message == NULL) == silent, "row %d", error);
        cr_assert_not_null(answer.error_type, "row %d", error);
    }
}
