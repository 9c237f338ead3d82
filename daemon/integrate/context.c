/* context.c -- API Gateway's context variables of one request. */
#include "integrate/context.h"

#include "base/clock.h"
#include "base/mem.h"
#include "integrate/resource.h"

enum id {
    ABSENT, /* a name of API Gateway's that never has a value where mappings are made */
    ACCOUNT_ID,
    API_ID,
    DOMAIN_NAME,
    DOMAIN_PREFIX,
    EXTENDED_REQUEST_ID,
    HTTP_METHOD,
    PATH,
    PROTOCOL,
    REQUEST_ID,
    REQUEST_TIME,
    REQUEST_TIME_EPOCH,
    RESOURCE_ID,
    RESOURCE_PATH,
    ROUTE_KEY,
    STAGE,
    SOURCE_IP,
    USER_AGENT,
    STATUS,
    INTEGRATION_STATUS,
    CLAIM,
    PROPERTY
};

enum kinds { HTTP = 1, REST = 2, BOTH = HTTP | REST };

struct row {
    const char *name;
    enum kinds kinds;
    enum id id;
};

static const struct row rows[] = {
    { "accountId", BOTH, ACCOUNT_ID },
    { "apiId", BOTH, API_ID },
    { "authenticate.error", REST, ABSENT },
    { "authenticate.latency", REST, ABSENT },
    { "authenticate.status", REST, ABSENT },
    { "authorize.error", REST, ABSENT },
    { "authorize.latency", REST, ABSENT },
    { "authorize.status", REST, ABSENT },
    { "awsEndpointRequestId", BOTH, ABSENT },
    { "awsEndpointRequestId2", HTTP, ABSENT },
    { "customDomain.basePathMatched", BOTH, ABSENT },
    { "dataProcessed", HTTP, ABSENT },
    { "domainName", BOTH, DOMAIN_NAME },
    { "domainPrefix", BOTH, DOMAIN_PREFIX },
    { "error.message", BOTH, ABSENT },
    { "error.messageString", BOTH, ABSENT },
    { "error.responseType", BOTH, ABSENT },
    { "error.validationErrorString", REST, ABSENT },
    { "extendedRequestId", BOTH, EXTENDED_REQUEST_ID },
    { "httpMethod", BOTH, HTTP_METHOD },
    { "identity.accountId", BOTH, ABSENT },
    { "identity.apiKey", REST, ABSENT },
    { "identity.apiKeyId", REST, ABSENT },
    { "identity.caller", BOTH, ABSENT },
    { "identity.clientCert.clientCertPem", BOTH, ABSENT },
    { "identity.clientCert.issuerDN", BOTH, ABSENT },
    { "identity.clientCert.serialNumber", BOTH, ABSENT },
    { "identity.clientCert.subjectDN", BOTH, ABSENT },
    { "identity.clientCert.validity.notAfter", BOTH, ABSENT },
    { "identity.clientCert.validity.notBefore", BOTH, ABSENT },
    { "identity.cognitoAuthenticationProvider", BOTH, ABSENT },
    { "identity.cognitoAuthenticationType", BOTH, ABSENT },
    { "identity.cognitoIdentityId", BOTH, ABSENT },
    { "identity.cognitoIdentityPoolId", BOTH, ABSENT },
    { "identity.principalOrgId", BOTH, ABSENT },
    { "identity.sourceIp", BOTH, SOURCE_IP },
    { "identity.user", BOTH, ABSENT },
    { "identity.userAgent", BOTH, USER_AGENT },
    { "identity.userArn", BOTH, ABSENT },
    { "integration.error", BOTH, ABSENT },
    { "integration.integrationStatus", BOTH, INTEGRATION_STATUS },
    { "integration.latency", BOTH, ABSENT },
    { "integration.requestId", BOTH, ABSENT },
    { "integration.status", BOTH, STATUS },
    { "integrationErrorMessage", BOTH, ABSENT },
    { "integrationLatency", BOTH, ABSENT },
    { "integrationStatus", BOTH, INTEGRATION_STATUS },
    { "path", BOTH, PATH },
    { "protocol", BOTH, PROTOCOL },
    { "requestId", BOTH, REQUEST_ID },
    { "requestTime", BOTH, REQUEST_TIME },
    { "requestTimeEpoch", BOTH, REQUEST_TIME_EPOCH },
    { "resourceId", REST, RESOURCE_ID },
    { "resourcePath", REST, RESOURCE_PATH },
    { "responseLatency", BOTH, ABSENT },
    { "responseLength", BOTH, ABSENT },
    { "routeKey", HTTP, ROUTE_KEY },
    { "stage", BOTH, STAGE },
    { "status", BOTH, STATUS },
    { "waf.error", REST, ABSENT },
    { "waf.latency", REST, ABSENT },
    { "waf.status", REST, ABSENT },
    { "wafResponseCode", REST, ABSENT },
    { "webaclArn", REST, ABSENT },
    { "xrayTraceId", REST, ABSENT },
};

/* --- names ---------------------------------------------------------------------------------- */

/* Cuts `prefix` off `*name`. */
static bool take(struct lg_str *name, struct lg_str prefix)
{
    if (!lg_str_starts(*name, prefix))
        return false;
    *name = lg_str_part(*name, prefix.size, name->size);
    return true;
}

/* claims.NAME, jwt.claims.NAME, claims['NAME'], or a property of the authorizer's context. */
static enum lg_err parse_authorizer(struct lg_str name, struct lg_context_variable *ret_variable)
{
    enum id id = CLAIM;

    if (take(&name, LG_STR("jwt.claims.")) || take(&name, LG_STR("claims."))) {
        /* the name itself is left */
    } else if (take(&name, LG_STR("jwt.claims['")) || take(&name, LG_STR("claims['"))) {
        if (!lg_str_ends(name, LG_STR("']")))
            return LG_ERR_NOT_FOUND;
        name.size -= 2;
    } else {
        (void)take(&name, LG_STR("lambda."));
        id = PROPERTY;
    }
    if (name.size == 0)
        return LG_ERR_NOT_FOUND;
    *ret_variable = (struct lg_context_variable){ (int)id, name };
    return LG_OK;
}

enum lg_err lg_context_parse(struct lg_str name, enum lg_config_api_kind kind,
                             struct lg_context_variable *ret_variable)
{
    enum kinds wanted = kind == LG_API_REST ? REST : HTTP;

    if (take(&name, LG_STR("authorizer.")))
        return parse_authorizer(name, ret_variable);
    for (size_t i = 0; i < LG_COUNT(rows); i++) {
        if (!lg_str_is(name, rows[i].name) || (rows[i].kinds & wanted) == 0)
            continue;
        *ret_variable = (struct lg_context_variable){ (int)rows[i].id, LG_STR_NONE };
        return LG_OK;
    }
    return LG_ERR_NOT_FOUND;
}

/* --- values --------------------------------------------------------------------------------- */

/* The first one: the others were refused, or say the same. */
static struct lg_str header_of(const struct lg_context *context, const char *name)
{
    const struct lg_head *head = context->head;

    for (size_t i = 0; i < head->header_count; i++)
        if (lg_str_iis(head->headers[i].name, name))
            return head->headers[i].value;
    return LG_STR_NONE;
}

static struct lg_str domain_of(const struct lg_context *context)
{
    struct lg_str host = header_of(context, "host");
    size_t from = lg_str_starts(host, LG_STR("[")) ? lg_str_find(host, ']', 0) : 0;

    return lg_str_part(host, 0, lg_str_find(host, ':', from));
}

static struct lg_str domain_prefix(const struct lg_context *context)
{
    struct lg_str domain = domain_of(context);

    return lg_str_part(domain, 0, lg_str_find(domain, '.', 0));
}

static struct lg_str named(const struct lg_header *items, size_t count, struct lg_str name)
{
    for (size_t i = 0; i < count; i++)
        if (lg_str_eq(items[i].name, name))
            return items[i].value;
    return LG_STR_NONE;
}

static struct lg_str of_authorizer(const struct lg_context *context,
                                   const struct lg_context_variable *variable)
{
    const struct lg_context_authorizer *authorizer = context->authorizer;

    if (authorizer == NULL)
        return LG_STR_NONE;
    return variable->id == CLAIM
               ? named(authorizer->claims, authorizer->claim_count, variable->name)
               : named(authorizer->properties, authorizer->property_count, variable->name);
}

static struct lg_str number(struct lg_arena *arena, int64_t value)
{
    return lg_str_of(lg_arena_printf(arena, "%lld", (long long)value));
}

static struct lg_str time_text(const struct lg_context *context, struct lg_arena *arena)
{
    char text[LG_CLOCK_CLF_SIZE];

    lg_clock_clf(context->wall_ms, text);
    return lg_arena_str(arena, lg_str_of(text));
}

/* REST names HTTP/1.1 whatever the client speaks. */
static struct lg_str protocol(const struct lg_context *context, struct lg_arena *arena)
{
    if (context->kind == LG_API_REST)
        return LG_STR("HTTP/1.1");
    return lg_str_of(lg_arena_printf(arena, "HTTP/1.%d", context->head->version_minor));
}

/* The service that runs functions answers 200, whatever the function makes of it. */
static struct lg_str integration_status(const struct lg_context *context)
{
    return context->status > 0 ? LG_STR("200") : LG_STR_NONE;
}

/* Those that are made for the purpose. */
static struct lg_str made_value(const struct lg_context *context,
                                const struct lg_context_variable *variable, struct lg_arena *arena)
{
    switch (variable->id) {
    case DOMAIN_NAME:
        return domain_of(context);
    case DOMAIN_PREFIX:
        return domain_prefix(context);
    case PROTOCOL:
        return protocol(context, arena);
    case REQUEST_TIME:
        return time_text(context, arena);
    case REQUEST_TIME_EPOCH:
        return number(arena, context->wall_ms);
    case RESOURCE_ID:
        return lg_resource_id(arena, context->route_key);
    case RESOURCE_PATH:
        return lg_resource_path(context->route_key);
    case USER_AGENT:
        return header_of(context, "user-agent");
    case STATUS:
        return context->status > 0 ? number(arena, context->status) : LG_STR_NONE;
    case INTEGRATION_STATUS:
        return integration_status(context);
    case CLAIM:
    case PROPERTY:
        return of_authorizer(context, variable);
    default:
        return LG_STR_NONE;
    }
}

struct lg_str lg_context_value(const struct lg_context *context,
                               const struct lg_context_variable *variable, struct lg_arena *arena)
{
    switch (variable->id) {
    case ACCOUNT_ID:
        return lg_str_of(context->account_id);
    case API_ID:
        return lg_str_of(context->api_id);
    case EXTENDED_REQUEST_ID:
        return lg_str_of(context->extended_request_id);
    case HTTP_METHOD:
        return context->method;
    case PATH:
        return context->path;
    case REQUEST_ID:
        return lg_str_of(context->request_id);
    case ROUTE_KEY:
        return context->route_key;
    case STAGE:
        return lg_str_of(context->stage);
    case SOURCE_IP:
        return lg_str_of(context->head->peer);
    default:
        return made_value(context, variable, arena);
    }
}
