/* errors.c -- cause to status and body, in one place. */
#include "respond/errors.h"

#include <assert.h>

#include "base/buf.h"
#include "base/json.h"

#define SERVICE_UNAVAILABLE "Service Unavailable"
#define INTERNAL_HTTP "Internal Server Error"
#define INTERNAL_REST "Internal server error"
#define UNAVAILABLE_TYPE "ServiceUnavailableException"
#define INTERNAL_TYPE "InternalServerErrorException"

static const struct lg_error_row rows[LG_ERROR_COUNT] = {
    [LG_ERROR_BAD_REQUEST] = {
        .word = "bad_request",
        .http = { 400, "Bad Request", false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_4XX,
            .status = 400,
            .message = "Bad Request",
            .error_type = "BadRequestException",
        },
    },
    [LG_ERROR_UNKNOWN_METHOD] = {
        .word = "unknown_method",
        .http = { 501, "Not Implemented", false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_5XX,
            .status = 501,
            .message = "Not Implemented",
            .error_type = "NotImplementedException",
        },
    },
    [LG_ERROR_URI_TOO_LONG] = {
        .word = "uri_too_long",
        .http = { 414, "URI Too Long", false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_4XX,
            .status = 414,
            .message = "Request URI too long",
            .error_type = "RequestUriTooLongException",
        },
    },
    [LG_ERROR_HEADERS_TOO_LARGE] = {
        .word = "headers_too_large",
        .http = { 431, "Request Header Fields Too Large", false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_4XX,
            .status = 431,
            .message = "Request Header Fields Too Large",
            .error_type = "BadRequestException",
        },
    },
    [LG_ERROR_LATE_HEAD] = {
        .word = "late_head",
        .http = { 408, "Request Timeout", false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_4XX,
            .status = 408,
            .message = "Request Timeout",
            .error_type = "RequestTimeoutException",
        },
    },
    [LG_ERROR_EXPECTATION] = {
        .word = "expectation",
        .http = { 417, "Expectation Failed", false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_4XX,
            .status = 417,
            .message = "Expectation Failed",
            .error_type = "BadRequestException",
        },
    },
    [LG_ERROR_VERSION] = {
        .word = "http_version",
        .http = { 505, "HTTP Version Not Supported", false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_5XX,
            .status = 505,
            .message = "HTTP Version Not Supported",
            .error_type = "HttpVersionNotSupportedException",
        },
    },
    [LG_ERROR_UNKNOWN_HOST] = {
        .word = "unknown_host",
        .http = { 403, "Forbidden", false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_4XX,
            .status = 403,
            .message = "Forbidden",
            .error_type = "ForbiddenException",
        },
    },
    [LG_ERROR_NO_STAGE] = {
        .word = "no_stage",
        .http = { 404, "Not Found", false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_4XX,
            .status = 403,
            .message = "Forbidden",
            .error_type = "ForbiddenException",
        },
    },
    [LG_ERROR_NOT_FOUND] = {
        .word = "not_found",
        .http = { 404, "Not Found", false },
        .rest = { .type = LG_RESPONSE_MISSING_AUTHENTICATION_TOKEN },
    },
    [LG_ERROR_NOT_SIGNED] = {
        .word = "not_signed",
        .http = { 404, "Not Found", false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_4XX,
            .status = 403,
            .message = "Forbidden",
            .error_type = "IncompleteSignatureException",
        },
    },
    [LG_ERROR_NO_TOKEN] = {
        .word = "no_token",
        .http = { 401, "Unauthorized", false },
        .rest = { .type = LG_RESPONSE_UNAUTHORIZED },
    },
    [LG_ERROR_BAD_TOKEN] = {
        .word = "bad_token",
        .http = { 401, "Unauthorized", false },
        .rest = { .type = LG_RESPONSE_UNAUTHORIZED },
    },
    [LG_ERROR_EXPIRED_TOKEN] = {
        .word = "expired_token",
        .http = { 401, "Unauthorized", false },
        .rest = { .type = LG_RESPONSE_UNAUTHORIZED, .message = "The incoming token has expired" },
    },
    [LG_ERROR_NO_SCOPE] = {
        .word = "no_scope",
        .http = { 403, "Forbidden", false },
        .rest = { .type = LG_RESPONSE_UNAUTHORIZED },
    },
    [LG_ERROR_NO_KEYS] = {
        .word = "no_keys",
        .outcome = "not-started",
        .retry_after = true,
        .distinct = 503,
        .http = { 401, "Unauthorized", false },
        .rest = { .type = LG_RESPONSE_UNAUTHORIZED },
    },
    [LG_ERROR_DENIED] = {
        .word = "denied",
        .http = { 403, "Forbidden", false },
        .rest = { .type = LG_RESPONSE_ACCESS_DENIED, .capital = true },
    },
    [LG_ERROR_EXPLICIT_DENY] = {
        .word = "explicit_deny",
        .http = { 403, "Forbidden", false },
        .rest = {
            .type = LG_RESPONSE_ACCESS_DENIED,
            .message = "User is not authorized to access this resource with an explicit deny",
            .capital = true,
        },
    },
    [LG_ERROR_AUTHORIZER_ANSWER] = {
        .word = "authorizer_answer",
        .http = { 500, INTERNAL_HTTP, false },
        .rest = { .type = LG_RESPONSE_AUTHORIZER_CONFIGURATION_ERROR },
    },
    [LG_ERROR_AUTHORIZER_FAILED] = {
        .word = "authorizer_failed",
        .outcome = "not-started",
        .distinct = 503,
        .http = { 500, INTERNAL_HTTP, false },
        .rest = { .type = LG_RESPONSE_AUTHORIZER_FAILURE },
    },
    [LG_ERROR_BODY_TOO_LARGE] = {
        .word = "body_too_large",
        .http = { 413, "Request Entity Too Large", false },
        .rest = { .type = LG_RESPONSE_REQUEST_TOO_LARGE, .plain = true },
    },
    [LG_ERROR_EVENT_TOO_LARGE] = {
        .word = "event_too_large",
        .http = { 413, "Request Entity Too Large", false },
        .rest = { .type = LG_RESPONSE_REQUEST_TOO_LARGE, .spaced = true },
    },
    [LG_ERROR_INVALID_PARAMETERS] = {
        .word = "invalid_parameters",
        .http = { 400, "Missing required request parameters", false },
        .rest = { .type = LG_RESPONSE_BAD_REQUEST_PARAMETERS, .spaced = true },
    },
    [LG_ERROR_INVALID_BODY] = {
        .word = "invalid_body",
        .http = { 400, "Invalid request body", false },
        .rest = { .type = LG_RESPONSE_BAD_REQUEST_BODY, .spaced = true },
    },
    [LG_ERROR_UNSUPPORTED_MEDIA_TYPE] = {
        .word = "unsupported_media_type",
        .http = { 415, "Unsupported Media Type", false },
        .rest = { .type = LG_RESPONSE_UNSUPPORTED_MEDIA_TYPE, .spaced = true },
    },
    [LG_ERROR_FUNCTION] = {
        .word = "function_error",
        .http = { 500, INTERNAL_HTTP, false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_5XX,
            .status = 502,
            .message = INTERNAL_REST,
            .error_type = INTERNAL_TYPE,
            .spaced = true,
        },
    },
    [LG_ERROR_MALFORMED] = {
        .word = "malformed_answer",
        .http = { 500, INTERNAL_HTTP, false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_5XX,
            .status = 502,
            .message = INTERNAL_REST,
            .error_type = INTERNAL_TYPE,
            .spaced = true,
        },
    },
    [LG_ERROR_NOT_BASE64] = {
        .word = "answer_not_base64",
        .http = { 500, INTERNAL_HTTP, false },
        .rest = { .type = LG_RESPONSE_API_CONFIGURATION_ERROR, .spaced = true },
    },
    [LG_ERROR_TOO_LARGE] = {
        .word = "answer_too_large",
        .http = { 500, INTERNAL_HTTP, false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_5XX,
            .status = 502,
            .message = INTERNAL_REST,
            .error_type = INTERNAL_TYPE,
            .spaced = true,
        },
    },
    [LG_ERROR_FUNCTION_TIMEOUT] = {
        .word = "function_timeout",
        .outcome = "unknown",
        .distinct = 504,
        .http = { 500, INTERNAL_HTTP, false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_5XX,
            .status = 502,
            .message = INTERNAL_REST,
            .error_type = INTERNAL_TYPE,
            .spaced = true,
        },
    },
    [LG_ERROR_TIMEOUT] = {
        .word = "timeout",
        .outcome = "unknown",
        .distinct = 504,
        .http = { 503, SERVICE_UNAVAILABLE, true },
        .rest = { .type = LG_RESPONSE_INTEGRATION_TIMEOUT, .spaced = true },
    },
    [LG_ERROR_TIMEOUT_WAITING] = {
        .word = "timeout_waiting",
        .outcome = "not-started",
        .retry_after = true,
        .distinct = 503,
        .http = { 503, SERVICE_UNAVAILABLE, true },
        .rest = { .type = LG_RESPONSE_INTEGRATION_TIMEOUT, .spaced = true },
    },
    [LG_ERROR_NOT_STARTED] = {
        .word = "not_started",
        .outcome = "not-started",
        .retry_after = true,
        .distinct = 503,
        .http = { 503, SERVICE_UNAVAILABLE, false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_5XX,
            .status = 500,
            .message = INTERNAL_REST,
            .error_type = INTERNAL_TYPE,
            .spaced = true,
        },
    },
    [LG_ERROR_THROTTLED] = {
        .word = "throttled",
        .outcome = "not-started",
        .retry_after = true,
        .distinct = 503,
        .http = { 503, SERVICE_UNAVAILABLE, false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_5XX,
            .status = 500,
            .message = INTERNAL_REST,
            .error_type = INTERNAL_TYPE,
            .spaced = true,
        },
    },
    [LG_ERROR_ROUTE_BUSY] = {
        .word = "route_busy",
        .outcome = "not-started",
        .retry_after = true,
        .http = { 429, "Too Many Requests", false },
        .rest = { .type = LG_RESPONSE_THROTTLED },
    },
    [LG_ERROR_OVERLOADED] = {
        .word = "overloaded",
        .outcome = "not-started",
        .retry_after = true,
        .http = { 503, SERVICE_UNAVAILABLE, false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_5XX,
            .status = 503,
            .message = SERVICE_UNAVAILABLE,
            .error_type = UNAVAILABLE_TYPE,
        },
    },
    [LG_ERROR_UPSTREAM_UNREACHABLE] = {
        .word = "upstream_unreachable",
        .outcome = "not-started",
        .retry_after = true,
        .distinct = 503,
        .http = { 503, SERVICE_UNAVAILABLE, false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_5XX,
            .status = 500,
            .message = INTERNAL_REST,
            .error_type = INTERNAL_TYPE,
            .spaced = true,
        },
    },
    [LG_ERROR_UPSTREAM_TLS] = {
        .word = "upstream_tls",
        .outcome = "not-started",
        .retry_after = true,
        .distinct = 503,
        .http = { 503, SERVICE_UNAVAILABLE, false },
        .rest = { .type = LG_RESPONSE_INTEGRATION_FAILURE, .spaced = true },
    },
    [LG_ERROR_UPSTREAM_FAILED] = {
        .word = "upstream_failed",
        .outcome = "unknown",
        .distinct = 504,
        .http = { 503, SERVICE_UNAVAILABLE, false },
        .rest = { .type = LG_RESPONSE_INTEGRATION_FAILURE, .spaced = true },
    },
    [LG_ERROR_NO_ROOM] = {
        .word = "no_room",
        .outcome = "unknown",
        .distinct = 504,
        .http = { 503, SERVICE_UNAVAILABLE, false },
        .rest = {
            .type = LG_RESPONSE_DEFAULT_5XX,
            .status = 503,
            .message = SERVICE_UNAVAILABLE,
            .error_type = UNAVAILABLE_TYPE,
            .spaced = true,
        },
    },
    [LG_ERROR_INTERNAL] = {
        .word = "internal",
        .http = { 500, INTERNAL_HTTP, false },
        .rest = { .type = LG_RESPONSE_API_CONFIGURATION_ERROR, .spaced = true },
    },
};

const struct lg_error_row *lg_error_row(enum lg_error error)
{
    assert(error > LG_ERROR_NONE && error < LG_ERROR_COUNT);
    return &rows[error];
}

/* --- answers --- */

static struct lg_str document(struct lg_arena *arena, const char *message,
                              const struct lg_error_rest *rest)
{
    struct lg_buf out;
    struct lg_str body;

    lg_buf_init(&out, SIZE_MAX);
    lg_buf_add_cstr(&out, rest != NULL && rest->capital ? "{\"Message\":" : "{\"message\":");
    if (rest != NULL && rest->spaced)
        lg_buf_add_char(&out, ' ');
    if (message == NULL)
        lg_buf_add_cstr(&out, "null");
    else
        lg_json_add_string(&out, lg_str_of(message));
    lg_buf_add_char(&out, '}');
    body = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return body;
}

static void answer_http(const struct lg_error_http *http, struct lg_error_answer *answer)
{
    answer->status = http->status;
    answer->message = http->message;
    answer->content_type = http->untyped ? NULL : "application/json";
}

static void answer_rest(const struct lg_error_rest *rest, struct lg_error_answer *answer)
{
    const struct lg_response_type_row *type = lg_response_type_row(rest->type);

    answer->type = rest->type;
    answer->status = rest->status != 0 ? rest->status : type->status;
    answer->message = rest->message != NULL ? rest->message : type->message;
    answer->error_type = rest->error_type != NULL ? rest->error_type : type->error_type;
    answer->content_type = rest->plain ? "text/plain" : "application/json";
}

/* The status tells by itself whether the function may have run. */
static void make_distinct(int status, struct lg_error_answer *answer)
{
    if (status == 0 || status == answer->status)
        return;
    answer->status = status;
    answer->message = status == 504 ? "Gateway Timeout" : SERVICE_UNAVAILABLE;
    answer->content_type = "application/json";
    if (answer->error_type != NULL)
        answer->error_type = status == 504 ? INTERNAL_TYPE : UNAVAILABLE_TYPE;
}

void lg_error_answer(enum lg_error error, enum lg_config_api_kind kind,
                     enum lg_config_errors errors, const char *message, struct lg_arena *arena,
                     struct lg_error_answer *ret_answer)
{
    const struct lg_error_row *row = lg_error_row(error);
    bool rest = kind == LG_API_REST;
    struct lg_error_answer answer = { .status = 0 };

    if (rest)
        answer_rest(&row->rest, &answer);
    else
        answer_http(&row->http, &answer);
    if (errors == LG_ERRORS_DISTINCT)
        make_distinct(row->distinct, &answer);
    if (message != NULL)
        answer.message = message;
    answer.body = rest && row->rest.plain
                      ? lg_str_of(answer.message)
                      : document(arena, answer.message, rest ? &row->rest : NULL);
    *ret_answer = answer;
}

/* --- causes --- */

enum lg_error lg_error_of_cause(enum lg_cause cause)
{
    switch (cause) {
    case LG_CAUSE_OK:
        return LG_ERROR_NONE;
    case LG_CAUSE_FUNCTION_ERROR:
        return LG_ERROR_FUNCTION;
    case LG_CAUSE_TIMEOUT:
        return LG_ERROR_FUNCTION_TIMEOUT;
    case LG_CAUSE_UNKNOWN:
        return LG_ERROR_TIMEOUT;
    case LG_CAUSE_THROTTLED:
        return LG_ERROR_THROTTLED;
    case LG_CAUSE_NEVER_STARTED:
        return LG_ERROR_NOT_STARTED;
    case LG_CAUSE_TOO_LARGE:
        return LG_ERROR_TOO_LARGE;
    case LG_CAUSE_REFUSED:
    case LG_CAUSE_ABANDONED:
        break;
    }
    return LG_ERROR_INTERNAL;
}

enum lg_error lg_error_of_head(int status)
{
    switch (status) {
    case 401:
        return LG_ERROR_BAD_TOKEN;
    case 408:
        return LG_ERROR_LATE_HEAD;
    case 417:
        return LG_ERROR_EXPECTATION;
    case 505:
        return LG_ERROR_VERSION;
    case 414:
        return LG_ERROR_URI_TOO_LONG;
    case 431:
        return LG_ERROR_HEADERS_TOO_LARGE;
    case 501:
        return LG_ERROR_UNKNOWN_METHOD;
    default:
        return LG_ERROR_BAD_REQUEST;
    }
}
