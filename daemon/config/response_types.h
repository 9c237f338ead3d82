/*
 * response_types.h -- the gateway responses of REST APIs: what clients hear when no integration
 * answered, by type.
 *
 * Contract: API Gateway, "Gateway responses". Names are API Gateway's own.
 */
#ifndef LG_CONFIG_RESPONSE_TYPES_H
#define LG_CONFIG_RESPONSE_TYPES_H

#include <stdbool.h>

enum lg_response_type {
    LG_RESPONSE_ACCESS_DENIED,
    LG_RESPONSE_API_CONFIGURATION_ERROR,
    LG_RESPONSE_AUTHORIZER_CONFIGURATION_ERROR,
    LG_RESPONSE_AUTHORIZER_FAILURE,
    LG_RESPONSE_BAD_REQUEST_BODY,
    LG_RESPONSE_BAD_REQUEST_PARAMETERS,
    LG_RESPONSE_DEFAULT_4XX,
    LG_RESPONSE_DEFAULT_5XX,
    LG_RESPONSE_EXPIRED_TOKEN,
    LG_RESPONSE_INTEGRATION_FAILURE,
    LG_RESPONSE_INTEGRATION_TIMEOUT,
    LG_RESPONSE_INVALID_API_KEY,
    LG_RESPONSE_INVALID_SIGNATURE,
    LG_RESPONSE_MISSING_AUTHENTICATION_TOKEN,
    LG_RESPONSE_QUOTA_EXCEEDED,
    LG_RESPONSE_REQUEST_TOO_LARGE,
    LG_RESPONSE_RESOURCE_NOT_FOUND,
    LG_RESPONSE_THROTTLED,
    LG_RESPONSE_UNAUTHORIZED,
    LG_RESPONSE_UNSUPPORTED_MEDIA_TYPE,
    LG_RESPONSE_WAF_FILTERED,
    LG_RESPONSE_TYPE_COUNT
};

struct lg_response_type_row {
    const char *name;
    int status;             /* 0 for DEFAULT_4XX and DEFAULT_5XX: that of the cause */
    const char *message;    /* NULL: `null` in the body; for the DEFAULTs that of the cause */
    const char *error_type; /* x-amzn-ErrorType; NULL for the DEFAULTs: that of the cause */
    bool fixed;             /* API Gateway lets nobody change it */
};

/* Static. */
const struct lg_response_type_row *lg_response_type_row(enum lg_response_type type);

#endif
