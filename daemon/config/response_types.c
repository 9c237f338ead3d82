/* response_types.c -- the table of gateway responses. */
#include "config/response_types.h"

#include <assert.h>
#include <stddef.h>

static const struct lg_response_type_row rows[LG_RESPONSE_TYPE_COUNT] = {
    [LG_RESPONSE_ACCESS_DENIED] = { "ACCESS_DENIED", 403,
                                    "User is not authorized to access this resource",
                                    "AccessDeniedException", false },
    [LG_RESPONSE_API_CONFIGURATION_ERROR] = { "API_CONFIGURATION_ERROR", 500,
                                              "Internal server error",
                                              "InternalServerErrorException", false },
    [LG_RESPONSE_AUTHORIZER_CONFIGURATION_ERROR] = { "AUTHORIZER_CONFIGURATION_ERROR", 500, NULL,
                                                     "AuthorizerConfigurationException", false },
    [LG_RESPONSE_AUTHORIZER_FAILURE] = { "AUTHORIZER_FAILURE", 500, NULL,
                                         "AuthorizerFailureException", false },
    [LG_RESPONSE_BAD_REQUEST_BODY] = { "BAD_REQUEST_BODY", 400, "Invalid request body",
                                       "BadRequestException", false },
    [LG_RESPONSE_BAD_REQUEST_PARAMETERS] = { "BAD_REQUEST_PARAMETERS", 400,
                                             "Missing required request parameters",
                                             "BadRequestException", false },
    [LG_RESPONSE_DEFAULT_4XX] = { "DEFAULT_4XX", 0, NULL, NULL, false },
    [LG_RESPONSE_DEFAULT_5XX] = { "DEFAULT_5XX", 0, NULL, NULL, false },
    [LG_RESPONSE_EXPIRED_TOKEN] = { "EXPIRED_TOKEN", 403,
                                    "The security token included in the request is expired",
                                    "ExpiredTokenException", false },
    [LG_RESPONSE_INTEGRATION_FAILURE] = { "INTEGRATION_FAILURE", 504,
                                          "Network error communicating with endpoint",
                                          "InternalServerErrorException", false },
    [LG_RESPONSE_INTEGRATION_TIMEOUT] = { "INTEGRATION_TIMEOUT", 504, "Endpoint request timed out",
                                          "InternalServerErrorException", false },
    [LG_RESPONSE_INVALID_API_KEY] = { "INVALID_API_KEY", 403, "Forbidden", "ForbiddenException",
                                      false },
    [LG_RESPONSE_INVALID_SIGNATURE] = { "INVALID_SIGNATURE", 403,
                                        "The request signature we calculated does not match the "
                                        "signature you provided.",
                                        "InvalidSignatureException", false },
    [LG_RESPONSE_MISSING_AUTHENTICATION_TOKEN] = { "MISSING_AUTHENTICATION_TOKEN", 403,
                                                   "Missing Authentication Token",
                                                   "MissingAuthenticationTokenException", false },
    [LG_RESPONSE_QUOTA_EXCEEDED] = { "QUOTA_EXCEEDED", 429, "Limit Exceeded",
                                     "LimitExceededException", false },
    [LG_RESPONSE_REQUEST_TOO_LARGE] = { "REQUEST_TOO_LARGE", 413, "Request Too Long",
                                        "BadRequestException", true },
    [LG_RESPONSE_RESOURCE_NOT_FOUND] = { "RESOURCE_NOT_FOUND", 404, "Not Found",
                                         "ResourceNotFoundException", false },
    [LG_RESPONSE_THROTTLED] = { "THROTTLED", 429, "Too Many Requests", "TooManyRequestsException",
                                false },
    [LG_RESPONSE_UNAUTHORIZED] = { "UNAUTHORIZED", 401, "Unauthorized", "UnauthorizedException",
                                   false },
    [LG_RESPONSE_UNSUPPORTED_MEDIA_TYPE] = { "UNSUPPORTED_MEDIA_TYPE", 415,
                                             "Unsupported Media Type", "BadRequestException",
                                             false },
    [LG_RESPONSE_WAF_FILTERED] = { "WAF_FILTERED", 403, "Forbidden", "ForbiddenException", false },
};

const struct lg_response_type_row *lg_response_type_row(enum lg_response_type type)
{
    assert((unsigned)type < LG_RESPONSE_TYPE_COUNT);
    return &rows[type];
}
