/* answer.c -- a table of errors by name, and what statuses say without one. */
#include "lambda/answer.h"

#include "base/mem.h"
#include "cloud/skew.h"

/*
 * All of these are told before the function's code begins. What may be otherwise (500
 * ServiceException, EFS and SnapStart while it begins) is not here.
 */
static const struct {
    const char *type;
    struct lg_lambda_verdict verdict;
} known[] = {
    { "TooManyRequestsException", { LG_CAUSE_THROTTLED, LG_LAMBDA_TRY_AGAIN, false } },
    { "ThrottlingException", { LG_CAUSE_THROTTLED, LG_LAMBDA_TRY_AGAIN, false } },
    { "Throttling", { LG_CAUSE_THROTTLED, LG_LAMBDA_TRY_AGAIN, false } },
    { "RequestLimitExceeded", { LG_CAUSE_THROTTLED, LG_LAMBDA_TRY_AGAIN, false } },
    { "EC2ThrottledException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_TRY_AGAIN, false } },
    { "ENINotReadyException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_TRY_AGAIN, false } },
    { "SnapStartNotReadyException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_TRY_AGAIN, false } },
    { "ResourceNotReadyException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_TRY_AGAIN, false } },
    { "ResourceConflictException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_TRY_AGAIN, false } },
    { "ExpiredTokenException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_NEW_CREDENTIALS, false } },
    { "ExpiredToken", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_NEW_CREDENTIALS, false } },
    { "UnrecognizedClientException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_NEW_CREDENTIALS, false } },
    { "InvalidClientTokenId", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_NEW_CREDENTIALS, false } },
    { "RequestTooLargeException", { LG_CAUSE_REFUSED, LG_LAMBDA_GIVE_UP, false } },
    { "RequestEntityTooLargeException", { LG_CAUSE_REFUSED, LG_LAMBDA_GIVE_UP, false } },
    { "EC2AccessDeniedException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_GIVE_UP, false } },
    { "ENILimitReachedException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_GIVE_UP, false } },
    { "InvalidRuntimeException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_GIVE_UP, false } },
    { "InvalidSecurityGroupIDException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_GIVE_UP, false } },
    { "InvalidSubnetIDException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_GIVE_UP, false } },
    { "InvalidZipFileException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_GIVE_UP, false } },
    { "KMSAccessDeniedException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_GIVE_UP, false } },
    { "KMSDisabledException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_GIVE_UP, false } },
    { "KMSInvalidStateException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_GIVE_UP, false } },
    { "KMSNotFoundException", { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_GIVE_UP, false } },
    { "SubnetIPAddressLimitReachedException",
      { LG_CAUSE_NEVER_STARTED, LG_LAMBDA_GIVE_UP, false } },
};

struct lg_str lg_lambda_error_type(struct lg_str text)
{
    text = lg_str_part(text, 0, lg_str_find(text, ':', 0));
    for (size_t hash = lg_str_find(text, '#', 0); hash < text.size;
         hash = lg_str_find(text, '#', 0))
        text = lg_str_part(text, hash + 1, text.size);
    return lg_str_trim(text);
}

struct lg_lambda_verdict lg_lambda_judge(int status, struct lg_str type)
{
    type = lg_lambda_error_type(type);
    if (lg_skew_is_blamed(type))
        return (struct lg_lambda_verdict){ LG_CAUSE_NEVER_STARTED, LG_LAMBDA_OTHER_CLOCK, false };
    for (size_t i = 0; i < LG_COUNT(known); i++) {
        if (lg_str_is(type, known[i].type))
            return known[i].verdict;
    }
    /* Only Lambda's own word for it says that it is safe: a 429 may be somebody else's. */
    if (status == 429)
        return (struct lg_lambda_verdict){ LG_CAUSE_THROTTLED, LG_LAMBDA_GIVE_UP, false };
    if (status == 413)
        return (struct lg_lambda_verdict){ LG_CAUSE_REFUSED, LG_LAMBDA_GIVE_UP, false };
    if (status >= 400 && status < 500 && status != 408 && status != 410)
        return (struct lg_lambda_verdict){ LG_CAUSE_NEVER_STARTED, LG_LAMBDA_GIVE_UP, false };
    return (struct lg_lambda_verdict){ LG_CAUSE_UNKNOWN, LG_LAMBDA_GIVE_UP, status >= 500 };
}
