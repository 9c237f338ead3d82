/* answer.c -- checks of what a client would see of a function's result. */
#include "answer.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "base/buf.h"

void answer_has_status(const struct lg_result *result, int status)
{
    cr_assert(eq(int, result->status, status));
}

void answer_has_body(const struct lg_result *result, const char *body)
{
    cr_assert(lg_str_is(result->body, body), "%.*s, not %s", LG_STR_ARG(result->body), body);
}

void answer_has_headers(const struct lg_result *result, const char *expected)
{
    struct lg_buf all;

    lg_buf_init(&all, SIZE_MAX);
    for (size_t i = 0; i < result->header_count; i++)
        lg_buf_printf(&all, "%s%.*s: %.*s", i > 0 ? "|" : "", LG_STR_ARG(result->headers[i].name),
                      LG_STR_ARG(result->headers[i].value));
    cr_assert(lg_str_is(lg_buf_str(&all), expected), "%.*s, not %s", LG_STR_ARG(lg_buf_str(&all)),
              expected);
    lg_buf_done(&all);
}
