/* error.c -- the table, and the few members of an error's body. */
#include "invoke_api/error.h"

#include <assert.h>

#include "base/json.h"
#include "base/mem.h"

static const struct {
    struct lg_invoke_error_form form;
    const char *type;    /* "Type" member; NULL: none */
    const char *message; /* how the text's member is spelt */
    const char *reason;  /* "Reason" member, or NULL */
} errors[] = {
    [LG_INVOKE_VALIDATION] = { { 400, "ValidationException" }, NULL, "message", NULL },
    [LG_INVOKE_INVALID_PARAMETER] = { { 400, "InvalidParameterValueException" },
                                      "User",
                                      "message",
                                      NULL },
    [LG_INVOKE_INVALID_CONTENT] = { { 400, "InvalidRequestContentException" },
                                    "User",
                                    "message",
                                    NULL },
    [LG_INVOKE_ACCESS_DENIED] = { { 403, "AccessDeniedException" }, NULL, "Message", NULL },
    [LG_INVOKE_NOT_FOUND] = { { 404, "ResourceNotFoundException" }, "User", "Message", NULL },
    [LG_INVOKE_TOO_LARGE] = { { 413, "RequestEntityTooLargeException" }, "User", "message", NULL },
    [LG_INVOKE_THROTTLED] = { { 429, "TooManyRequestsException" },
                              "User",
                              "message",
                              "ReservedFunctionConcurrentInvocationLimitExceeded" },
    [LG_INVOKE_SERVICE] = { { 500, "ServiceException" }, "Service", "Message", NULL },
};

const struct lg_invoke_error_form *lg_invoke_error_form(enum lg_invoke_error error)
{
    assert((size_t)error < LG_COUNT(errors));
    return &errors[error].form;
}

static void add_member(struct lg_buf *out, bool *first, const char *name, struct lg_str value)
{
    lg_json_add_name(out, first, name);
    lg_json_add_string(out, value);
}

void lg_invoke_error_write(struct lg_buf *out, enum lg_invoke_error error, struct lg_str message)
{
    bool first = true;

    assert((size_t)error < LG_COUNT(errors));
    lg_buf_add_char(out, '{');
    if (errors[error].type != NULL)
        add_member(out, &first, "Type", lg_str_of(errors[error].type));
    add_member(out, &first, errors[error].message, message);
    if (errors[error].reason != NULL)
        add_member(out, &first, "Reason", lg_str_of(errors[error].reason));
    lg_buf_add_char(out, '}');
}
