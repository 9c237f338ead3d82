/*
 * gateway_outward.c -- what loops need to connect outward: names of hosts, and an HTTP client. Each
 * loop makes its own when it first needs one.
 */
#include "gateway_private.h"
#include "wire/http_client.h"

#define LOOKUP_THREADS 1
#define LOOKUPS 256

static const struct lg_config_lambda *find_lambda(const struct lg_config *config)
{
    for (size_t i = 0; i < config->function_count; i++) {
        if (config->functions[i].lambda != NULL)
            return config->functions[i].lambda;
    }
    return NULL;
}

bool lg_gateway_prepare_outward(struct lg_gateway *gateway, const struct lg_config *config,
                                struct lg_faults *faults)
{
    const struct lg_config_lambda *lambda = find_lambda(config);

    if (gateway->lookups == NULL && lambda != NULL)
        gateway->lookups = lg_lookups_new(LOOKUP_THREADS, LOOKUPS, NULL);
    if (gateway->lookups != NULL || lambda == NULL)
        return true;
    lg_faults_add(faults, &lambda->where, "a thread for names of hosts cannot be started");
    return false;
}

struct lg_http_client *lg_gateway_client(void *context, unsigned loop)
{
    struct lg_gateway *gateway = context;
    struct lg_lane *lane = &gateway->lanes[loop];

    if (lane->client != NULL)
        return lane->client;
    if (lane->resolver == NULL)
        lane->resolver = lg_resolver_new(lane->loop, gateway->lookups);
    if (lane->resolver != NULL)
        lane->client = lg_http_client_new(lane->resolver);
    return lane->client;
}
