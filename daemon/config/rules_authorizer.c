/* rules_authorizer.c -- what an authorizer's options must be together, and who names whom. */
#include <string.h>

#include "base/mem.h"
#include "config/rules.h"
#include "config/words.h"

#define NAMES_SHOWN 10

/* --- issuers ---------------------------------------------------------------------------------- */

static bool is_loopback(const char *host)
{
    static const char *const names[] = { "127.0.0.1", "localhost", "[::1]" };

    if (host[strcspn(host, "@/?#")] == '@') /* what stands before it is a user's name */
        return false;
    for (size_t i = 0; i < LG_COUNT(names); i++) {
        size_t size = strlen(names[i]);
        if (strncmp(host, names[i], size) == 0 && strchr(":/", host[size]) != NULL)
            return true;
    }
    return false;
}

/* Keys that come in the clear are anybody's keys. */
static void check_url(struct lg_rule_call *call, const char *key, const char *url)
{
    if (strncmp(url, "http://", 7) == 0 && !is_loopback(url + 7))
        lg_faults_add(call->faults, lg_rule_where(call->node, key),
                      "found a URL with http://, expected https://, or a host of this machine's "
                      "loopback");
}

static void check_clients(struct lg_rule_call *call, const struct lg_config_issuer *issuer,
                          const char *key, const char *any)
{
    if (issuer->clients.count == 0 && !issuer->any_client)
        lg_faults_add(call->faults, &call->node->where,
                      "found no \"%s\", expected it here, or `%s: true`, which believes tokens "
                      "that were made for anybody",
                      key, any);
    if (issuer->clients.count > 0 && issuer->any_client)
        lg_faults_add(call->faults, lg_rule_where(call->node, any),
                      "found beside \"%s\", expected only one "
                      "of them",
                      key);
}

static void set_pool_name(struct lg_rule_call *call, struct lg_config_issuer *issuer)
{
    int region = (int)strcspn(issuer->user_pool, "_");
    const char **name = lg_arena_zalloc(call->arena, sizeof(*name));
    const char *domain =
        strncmp(issuer->user_pool, "cn-", 3) == 0 ? "amazonaws.com.cn" : "amazonaws.com";

    *name = lg_arena_printf(call->arena, "https://cognito-idp.%.*s.%s/%s", region,
                            issuer->user_pool, domain, issuer->user_pool);
    issuer->names = (struct lg_config_strings){ name, 1 };
}

void lg_rule_cognito(struct lg_rule_call *call, void *values)
{
    struct lg_config_issuer *issuer = values;

    check_clients(call, issuer, "client_ids", "any_client");
    if (issuer->names.count == 0)
        set_pool_name(call, issuer);
    if (issuer->jwks_url == NULL && issuer->jwks_file == NULL)
        issuer->jwks_url =
            lg_arena_printf(call->arena, "%s/.well-known/jwks.json", issuer->names.items[0]);
    if (issuer->jwks_url != NULL)
        check_url(call, lg_node_get(call->node, "jwks_url") != NULL ? "jwks_url" : "issuer",
                  issuer->jwks_url);
}

static bool is_secret(const char *algorithm)
{
    return strncmp(algorithm, "HS", 2) == 0;
}

/* RFC 8725 section 3.5: an issuer has secrets or public keys, never both. */
static void check_algorithms(struct lg_rule_call *call, const struct lg_config_issuer *issuer)
{
    for (size_t i = 0; i < issuer->algorithms.count; i++) {
        const char *algorithm = issuer->algorithms.items[i];
        if (is_secret(algorithm) && issuer->secret_file == NULL)
            lg_faults_add(call->faults, lg_rule_where(call->node, "algorithms"),
                          "found %s without \"secret_file\", expected the two together", algorithm);
        if (!is_secret(algorithm) && issuer->secret_file != NULL)
            lg_faults_add(call->faults, lg_rule_where(call->node, "algorithms"),
                          "found %s beside \"secret_file\", expected HS256, HS384 or HS512 only",
                          algorithm);
    }
}

void lg_rule_jwt(struct lg_rule_call *call, void *values)
{
    struct lg_config_issuer *issuer = values;

    check_clients(call, issuer, "audience", "any_audience");
    check_algorithms(call, issuer);
    if (issuer->jwks_url != NULL)
        check_url(call, "jwks_url", issuer->jwks_url);
    else if (issuer->jwks_file == NULL && issuer->secret_file == NULL)
        check_url(call, "issuer", issuer->names.items[0]);
}

/* --- authorizers ------------------------------------------------------------------------------ */

static const struct lg_config_issuer *issuer_of(const struct lg_config_issuer_entry *entry)
{
    return entry->cognito != NULL ? entry->cognito : entry->jwt;
}

static bool share_a_name(const struct lg_config_issuer *a, const struct lg_config_issuer *b)
{
    for (size_t i = 0; i < a->names.count; i++) {
        for (size_t j = 0; j < b->names.count; j++) {
            if (strcmp(a->names.items[i], b->names.items[j]) == 0)
                return true;
        }
    }
    return false;
}

static void check_names(struct lg_rule_call *call, const struct lg_config_authorizer *authorizer)
{
    for (size_t i = 0; i < authorizer->issuer_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (share_a_name(authorizer->issuers[i], authorizer->issuers[j]))
                lg_faults_add(call->faults, &authorizer->issuers[i]->where,
                              "found the issuer of line %u again, expected another: a token has "
                              "only one",
                              authorizer->issuers[j]->where.line);
        }
    }
}

static void check_beside_lambda(struct lg_rule_call *call)
{
    static const char *const keys[] = { "identity", "token_bytes" };

    for (size_t i = 0; i < LG_COUNT(keys); i++) {
        if (lg_node_get(call->node, keys[i]) != NULL)
            lg_faults_add(call->faults, lg_rule_where(call->node, keys[i]),
                          "found beside \"lambda\", expected it with tokens only: a function has "
                          "\"identity_sources\" of its own");
    }
}

void lg_rule_authorizer(struct lg_rule_call *call, void *values)
{
    static const char *const usual[] = { "$request.header.Authorization" };
    struct lg_config_authorizer *authorizer = values;
    size_t count = authorizer->entry_count > 0 ? authorizer->entry_count : 1;
    const struct lg_config_issuer **issuers =
        lg_arena_zalloc(call->arena, count * sizeof(*issuers));

    if (strcmp(authorizer->name, "none") == 0)
        lg_faults_add(call->faults, &authorizer->where,
                      "found the name \"none\", expected another: it is what public routes say");
    if (authorizer->lambda != NULL) {
        check_beside_lambda(call);
        return;
    }
    if (authorizer->identity.count == 0)
        authorizer->identity = (struct lg_config_strings){ usual, 1 };
    if (authorizer->entry_count == 0 && authorizer->cognito == NULL && authorizer->jwt == NULL) {
        if (lg_node_get(call->node, "issuers") != NULL)
            lg_faults_add(call->faults, lg_rule_where(call->node, "issuers"),
                          "found no issuer, expected one at least");
        return; /* what is missing was said already */
    }
    for (size_t i = 0; i < authorizer->entry_count; i++) {
        issuers[i] = issuer_of(&authorizer->entries[i]);
        if (issuers[i] == NULL)
            return;
    }
    if (authorizer->entry_count == 0)
        issuers[0] = authorizer->cognito != NULL ? authorizer->cognito : authorizer->jwt;
    authorizer->issuers = issuers;
    authorizer->issuer_count = count;
    check_names(call, authorizer);
}

/* --- routes ----------------------------------------------------------------------------------- */

static const struct lg_config_authorizer *find(const struct lg_config *config, const char *name)
{
    for (size_t i = 0; i < config->authorizer_count; i++) {
        if (strcmp(config->authorizers[i].name, name) == 0)
            return &config->authorizers[i];
    }
    return NULL;
}

static void unknown(struct lg_rule_call *call, const struct lg_config *config,
                    const struct lg_where *where, const char *name)
{
    size_t count = config->authorizer_count + 1;
    const char **names = lg_arena_alloc(call->arena, count * sizeof(*names));

    names[0] = "none";
    for (size_t i = 1; i < count; i++)
        names[i] = config->authorizers[i - 1].name;
    lg_faults_add(call->faults, where, "found %s, an unknown authorizer, expected %s%s",
                  lg_words_quote(call->arena, name),
                  lg_words_list(call->arena, names, count, NAMES_SHOWN),
                  lg_words_meant(call->arena, name, names, count));
}

/* NULL for `none`, and for what was reported. */
static const struct lg_config_authorizer *resolve(struct lg_rule_call *call,
                                                  const struct lg_config *config,
                                                  const struct lg_where *where, const char *name)
{
    if (strcmp(name, "none") == 0)
        return NULL;
    const struct lg_config_authorizer *found = find(config, name);
    if (found == NULL)
        unknown(call, config, where, name);
    return found;
}

static void complete_route(struct lg_rule_call *call, const struct lg_config *config,
                           struct lg_config_route *route)
{
    const struct lg_config_api *api = route->api;

    if (route->authorizer_name != NULL)
        route->authorizer = resolve(call, config, &route->authorizer_where, route->authorizer_name);
    else if (api->authorizer_name != NULL)
        route->authorizer = find(config, api->authorizer_name);
    else if (config->authorizer_count > 0)
        lg_faults_add(call->faults, &route->where,
                      "found no \"authorizer\", expected one, or `authorizer: none`: where there "
                      "are authorizers, a route is public only when it says so");
    if (route->scopes.count > 0 && route->authorizer == NULL)
        lg_faults_add(call->faults, &route->where,
                      "found \"scopes\" without an authorizer, expected the two together");
    if (route->authorizer != NULL && route->authorizer->lambda != NULL)
        lg_rule_lambda_route(call, route);
}

void lg_rule_authorizers(struct lg_rule_call *call, void *values)
{
    struct lg_config *config = values;
    struct lg_config_route *routes = (struct lg_config_route *)(uintptr_t)config->routes;

    for (size_t i = 0; i < config->api_count; i++) {
        const struct lg_config_api *api = &config->apis[i];
        if (api->authorizer_name != NULL)
            (void)resolve(call, config, &api->authorizer_where, api->authorizer_name);
    }
    for (size_t i = 0; i < config->route_count; i++)
        complete_route(call, config, &routes[i]);
}
