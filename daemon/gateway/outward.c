/*
 * outward.c -- what connects outward shares: threads for names of hosts, and a loop's HTTP
 * client. All of it is made by need, the threads before a configuration that needs them is used.
 */
#include "gateway/private.h"
#include "wire/http_client.h"

#define LOOKUP_THREADS 2
#define LOOKUPS 256

bool lg_gateway_need_names(struct lg_gateway *gateway)
{
    if (gateway->lookups == NULL)
        gateway->lookups = lg_lookups_new(LOOKUP_THREADS, LOOKUPS, NULL);
    return gateway->lookups != NULL;
}

/* Where the first of what needs an HTTP client stands; NULL: there is none. */
static const struct lg_where *find_need(const struct lg_config *config)
{
    for (size_t i = 0; i < config->function_count; i++) {
        if (config->functions[i].lambda != NULL)
            return &config->functions[i].lambda->where;
    }
    for (size_t i = 0; i < config->route_count; i++) {
        if (config->routes[i].http != NULL)
            return &config->routes[i].http->where;
    }
    return NULL;
}

bool lg_gateway_prepare_outward(struct lg_gateway *gateway, const struct lg_config *config,
                                struct lg_faults *faults)
{
    const struct lg_where *where = find_need(config);

    if (where == NULL || lg_gateway_need_names(gateway))
        return true;
    lg_faults_add(faults, where, LG_NO_NAMES);
    return false;
}

struct lg_resolver *lg_lane_resolver(struct lg_lane *lane)
{
    if (lane->resolver == NULL)
        lane->resolver = lg_resolver_new(lane->loop, lane->gateway->lookups);
    return lane->resolver;
}

struct lg_http_client *lg_gateway_client(void *context, unsigned loop)
{
    struct lg_gateway *gateway = context;
    struct lg_lane *lane = &gateway->lanes[loop];

    if (lane->client == NULL && lg_lane_resolver(lane) != NULL)
        lane->client = lg_http_client_new(lane->resolver);
    return lane->client;
}
