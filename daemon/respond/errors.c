/* errors.c -- cause to status and body, in one place. */
#include "respond/errors.h"

#include <assert.h>

static const struct lg_error_row rows[] = {
    [LG_ERROR_BAD_REQUEST] = { 400, "{\"message\":\"Bad Request\"}", NULL, false, "bad_request" },
    [LG_ERROR_UNKNOWN_METHOD] = { 501, "{\"message\":\"Not Implemented\"}", NULL, false,
                                  "unknown_method" },
    [LG_ERROR_URI_TOO_LONG] = { 414, "{\"message\":\"URI Too Long\"}", NULL, false,
                                "uri_too_long" },
    [LG_ERROR_HEADERS_TOO_LARGE] = { 431, "{\"message\":\"Request Header Fields Too Large\"}", NULL,
                                     false, "headers_too_large" },
    [LG_ERROR_NOT_FOUND] = { 404, "{\"message\":\"Not Found\"}", NULL, false, "not_found" },
    [LG_ERROR_BODY_TOO_LARGE] = { 413, "{\"message\":\"Request Entity Too Large\"}", NULL, false,
                                  "body_too_large" },
    [LG_ERROR_INVALID_BODY] = { 400, "{\"message\":\"Invalid request body\"}", NULL, false,
                                "invalid_body" },
    [LG_ERROR_FUNCTION] = { 500, "{\"message\":\"Internal Server Error\"}", NULL, false,
                            "function_error" },
    [LG_ERROR_MALFORMED] = { 500, "{\"message\":\"Internal Server Error\"}", NULL, false,
                             "malformed_answer" },
    [LG_ERROR_TOO_LARGE] = { 500, "{\"message\":\"Internal Server Error\"}", NULL, false,
                             "answer_too_large" },
    [LG_ERROR_TIMEOUT] = { 503, "{\"message\":\"Service Unavailable\"}", "unknown", false,
                           "timeout" },
    [LG_ERROR_NOT_STARTED] = { 503, "{\"message\":\"Service Unavailable\"}", "not-started", true,
                               "not_started" },
    [LG_ERROR_THROTTLED] = { 503, "{\"message\":\"Service Unavailable\"}", "not-started", true,
                             "throttled" },
    [LG_ERROR_ROUTE_BUSY] = { 429, "{\"message\":\"Too Many Requests\"}", "not-started", true,
                              "route_busy" },
    [LG_ERROR_OVERLOADED] = { 503, "{\"message\":\"Service Unavailable\"}", "not-started", true,
                              "overloaded" },
    [LG_ERROR_NO_ROOM] = { 503, "{\"message\":\"Service Unavailable\"}", "unknown", false,
                           "no_room" },
    [LG_ERROR_INTERNAL] = { 500, "{\"message\":\"Internal Server Error\"}", NULL, false,
                            "internal" },
};

const struct lg_error_row *lg_error_row(enum lg_error error)
{
    assert(error > LG_ERROR_NONE && (size_t)error < sizeof(rows) / sizeof(rows[0]));
    return &rows[error];
}

enum lg_error lg_error_of_cause(enum lg_cause cause)
{
    switch (cause) {
    case LG_CAUSE_OK:
        return LG_ERROR_NONE;
    case LG_CAUSE_FUNCTION_ERROR:
        return LG_ERROR_FUNCTION;
    case LG_CAUSE_TIMEOUT:
    case LG_CAUSE_UNKNOWN:
        return LG_ERROR_TIMEOUT;
    case LG_CAUSE_THROTTLED:
        return LG_ERROR_THROTTLED;
    case LG_CAUSE_NEVER_STARTED:
        return LG_ERROR_NOT_STARTED;
    case LG_CAUSE_TOO_LARGE:
        return LG_ERROR_TOO_LARGE;
    case LG_CAUSE_REFUSED:
        break;
    }
    return LG_ERROR_INTERNAL;
}

enum lg_error lg_error_of_head(int status)
{
    switch (status) {
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
