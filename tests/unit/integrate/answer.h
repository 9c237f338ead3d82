/*
 * answer.h -- checks of what a client would see of a function's result.
 */
#ifndef LG_TESTS_INTEGRATE_ANSWER_H
#define LG_TESTS_INTEGRATE_ANSWER_H

#include "integrate/result.h"

void answer_has_status(const struct lg_result *result, int status);
void answer_has_body(const struct lg_result *result, const char *body);
/* "name: value" of all headers in order, with "|" between. */
void answer_has_headers(const struct lg_result *result, const char *expected);

#endif
