#include "invoke_api/error.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

static void check(enum lg_invoke_error error, int status, const char *shape, const char *body)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_invoke_error_write(&out, error, LG_STR("say \"no\""));
    char *text = lg_buf_take(&out, NULL);
    cr_assert_str_eq(text, body);
    cr_assert(eq(int, lg_invoke_error_form(error)->status, status));
    cr_assert_str_eq(lg_invoke_error_form(error)->shape, shape);
    free(text);
}

Test(error, each_shape_spells_its_message_as_clients_read_it)
{
    check(LG_INVOKE_VALIDATION, 400, "ValidationException", "{\"message\":\"say \\\"no\\\"\"}");
    check(LG_INVOKE_INVALID_PARAMETER, 400, "InvalidParameterValueException",
          "{\"Type\":\"User\",\"message\":\"say \\\"no\\\"\"}");
    check(LG_INVOKE_INVALID_CONTENT, 400, "InvalidRequestContentException",
          "{\"Type\":\"User\",\"message\":\"say \\\"no\\\"\"}");
    check(LG_INVOKE_ACCESS_DENIED, 403, "AccessDeniedException",
          "{\"Message\":\"say \\\"no\\\"\"}");
    check(LG_INVOKE_NOT_FOUND, 404, "ResourceNotFoundException",
          "{\"Type\":\"User\",\"Message\":\"say \\\"no\\\"\"}");
    check(LG_INVOKE_TOO_LARGE, 413, "RequestEntityTooLargeException",
          "{\"Type\":\"User\",\"message\":\"say \\\"no\\\"\"}");
    check(LG_INVOKE_THROTTLED, 429, "TooManyRequestsException",
          "{\"Type\":\"User\",\"message\":\"say \\\"no\\\"\","
          "\"Reason\":\"ReservedFunctionConcurrentInvocationLimitExceeded\"}");
    check(LG_INVOKE_SERVICE, 500, "ServiceException",
          "{\"Type\":\"Service\",\"Message\":\"say \\\"no\\\"\"}");
}
