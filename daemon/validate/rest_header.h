/*
 * rest_header.h -- names of header fields as REST APIs compare them: by case.
 *
 * Contract: API Gateway REST API, "Header names": Host, User-Agent, Authorization, X-Amzn-Trace-Id,
 * X-Forwarded-For, -Port and -Proto always arrive in this spelling; of all others the client's
 * spelling counts.
 */
#ifndef LG_VALIDATE_REST_HEADER_H
#define LG_VALIDATE_REST_HEADER_H

#include <stdbool.h>

#include "base/str.h"

/* Whether a field that the client called `given` is the one that a configuration calls `name`. */
bool lg_rest_header_is(struct lg_str given, struct lg_str name);

#endif
