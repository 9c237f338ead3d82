/*
 * endpoint.h -- where a service of AWS is reached: https://SERVICE.REGION.SUFFIX, and variants.
 *
 * Pure, but for the variables that override it (AWS_ENDPOINT_URL_SERVICE, AWS_ENDPOINT_URL).
 */
#ifndef LG_CLOUD_ENDPOINT_H
#define LG_CLOUD_ENDPOINT_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/str.h"

struct lg_endpoint_options {
    bool fips, dual_stack;
};

/* Appends the host's name. */
void lg_endpoint_host(struct lg_buf *out, const char *service, struct lg_str region,
                      struct lg_endpoint_options options);

/* "aws", "aws-cn", "aws-us-gov", ...: whose ARNs a region has. */
const char *lg_endpoint_partition(struct lg_str region);

/*
 * The address as a text of its own (free it), without a slash at its end: `override` if there is
 * one, else that of the environment, else AWS's own.
 */
char *lg_endpoint_url(const char *override, const char *service, struct lg_str region);

#endif
