/*
 * token_pattern.h -- a regular expression that a token must match before anybody is asked about it.
 *
 * Contract: API Gateway's identityValidationExpression. The whole token must match. Threads: any.
 */
#ifndef LG_AUTHORIZE_TOKEN_PATTERN_H
#define LG_AUTHORIZE_TOKEN_PATTERN_H

#include <stdbool.h>

#include "base/str.h"

struct lg_token_pattern;

struct lg_token_pattern_fault {
    char text[128];
};

/* NULL: it is none; *reterr_fault says why. */
struct lg_token_pattern *lg_token_pattern_compile(const char *text,
                                                  struct lg_token_pattern_fault *reterr_fault);
void lg_token_pattern_free(struct lg_token_pattern *pattern); /* NULL is fine */

/* A token that takes too much work to compare does not match. */
bool lg_token_pattern_matches(const struct lg_token_pattern *pattern, struct lg_str token);

#endif
