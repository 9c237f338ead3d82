/* rules_response.c -- what a gateway response must be: a known type, header fields that are free.
 */
#include <string.h>

#include "base/mem.h"
#include "config/rules.h"

#define HEADER "gatewayresponse.header."

void lg_rule_gateway_response(struct lg_rule_call *call, void *values)
{
    struct lg_config_gateway_response *response = values;

    (void)call;
    for (int type = 0; type < LG_RESPONSE_TYPE_COUNT; type++)
        if (strcmp(lg_response_type_row((enum lg_response_type)type)->name, response->name) == 0)
            response->type = (enum lg_response_type)type;
}

/* What the daemon sets itself, and what tells requests and errors apart. */
static bool is_ours(const char *name)
{
    static const char *const ours[] = {
        "connection",     "content-length",
        "content-type",   "date",
        "keep-alive",     "te",
        "trailer",        "transfer-encoding",
        "upgrade",        "x-amzn-requestid",
        "x-amz-apigw-id", "x-amzn-errortype",
    };

    for (size_t i = 0; i < LG_COUNT(ours); i++)
        if (strcasecmp(name, ours[i]) == 0)
            return true;
    return false;
}

void lg_rule_response_parameters(struct lg_rule_call *call, const struct lg_config_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++) {
        const struct lg_config_pair *pair = &pairs->items[i];

        if (is_ours(pair->name + strlen(HEADER)))
            lg_faults_add(call->faults, &pair->where,
                          "found a header that the daemon sets itself, expected another");
    }
}
