/* endpoint.c -- the suffixes of the partitions. */
#include "cloud/endpoint.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static const struct partition {
    const char *prefix; /* of its regions; the first that fits counts */
    const char *name, *suffix, *dual_suffix;
} partitions[] = {
    { "cn-", "aws-cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn" },
    { "us-gov-", "aws-us-gov", "amazonaws.com", "api.aws" },
    { "us-isob-", "aws-iso-b", "sc2s.sgov.gov", "sc2s.sgov.gov" },
    { "us-isof-", "aws-iso-f", "csp.hci.ic.gov", "csp.hci.ic.gov" },
    { "eu-isoe-", "aws-iso-e", "cloud.adc-e.uk", "cloud.adc-e.uk" },
    { "us-iso-", "aws-iso", "c2s.ic.gov", "c2s.ic.gov" },
    { "eusc-", "aws-eusc", "amazonaws.eu", "api.amazonwebservices.eu" },
    { "", "aws", "amazonaws.com", "api.aws" },
};

static const struct partition *partition_of(struct lg_str region)
{
    const struct partition *partition = partitions;

    while (!lg_str_starts(region, lg_str_of(partition->prefix)))
        partition++;
    return partition;
}

const char *lg_endpoint_partition(struct lg_str region)
{
    return partition_of(region)->name;
}

void lg_endpoint_host(struct lg_buf *out, const char *service, struct lg_str region,
                      struct lg_endpoint_options options)
{
    const struct partition *partition = partition_of(region);

    lg_buf_printf(out, "%s%s.%.*s.%s", service, options.fips ? "-fips" : "", LG_STR_ARG(region),
                  options.dual_stack ? partition->dual_suffix : partition->suffix);
}

/* A variable that is set to nothing is not set. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

static const char *from_environment(const char *service)
{
    char name[64];

    (void)snprintf(name, sizeof(name), "AWS_ENDPOINT_URL_%s", service);
    for (char *at = name; *at != '\0'; at++)
        *at = *at == '-' ? '_' : (char)toupper((unsigned char)*at);
    return variable(name) != NULL ? variable(name) : variable("AWS_ENDPOINT_URL");
}

char *lg_endpoint_url(const char *override, const char *service, struct lg_str region)
{
    const char *given = override != NULL ? override : from_environment(service);
    struct lg_buf url;

    lg_buf_init(&url, SIZE_MAX);
    if (given != NULL) {
        lg_buf_add_cstr(&url, given);
        while (url.size > 0 && url.data[url.size - 1] == '/')
            url.size--;
    } else {
        lg_buf_add_cstr(&url, "https://");
        lg_endpoint_host(&url, service, region, (struct lg_endpoint_options){ 0 });
    }
    return lg_buf_take(&url, NULL);
}
