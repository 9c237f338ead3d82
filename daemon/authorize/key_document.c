/* key_document.c -- OpenID Connect Discovery 1.0, sections 3 and 4. */
#include "authorize/key_document.h"

#include <jansson.h>
#include <string.h>

#include "base/mem.h"

#define WELL_KNOWN "/.well-known/openid-configuration"

char *lg_discovery_url(const char *issuer)
{
    size_t size = strlen(issuer);

    while (size > 0 && issuer[size - 1] == '/')
        size--;
    return lg_sprintf("%.*s" WELL_KNOWN, (int)size, issuer);
}

/* Scheme, host and port. */
static struct lg_str origin_of(const char *url)
{
    const char *host = strstr(url, "://");

    if (host == NULL)
        return LG_STR_NONE;
    return lg_str_make(url, (size_t)(host + 3 - url) + strcspn(host + 3, "/?#"));
}

static char *check(const json_t *root, const char *issuer, const char **reterr_reason)
{
    const char *name = json_string_value(json_object_get(root, "issuer")),
               *url = json_string_value(json_object_get(root, "jwks_uri"));

    *reterr_reason = "it names another issuer";
    if (name == NULL || strcmp(name, issuer) != 0)
        return NULL;
    *reterr_reason = "it has no \"jwks_uri\"";
    if (url == NULL)
        return NULL;
    *reterr_reason =
        "its \"jwks_uri\" lies on another host than the issuer; give `jwks_url` if that "
        "is right";
    if (!lg_str_ieq(origin_of(url), origin_of(issuer)))
        return NULL;
    return lg_strdup(url);
}

char *lg_discovery_read(struct lg_str text, const char *issuer, const char **reterr_reason)
{
    json_t *root = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, NULL);

    if (!json_is_object(root)) {
        *reterr_reason = "it is no JSON object";
        json_decref(root);
        return NULL;
    }
    char *url = check(root, issuer, reterr_reason);
    json_decref(root);
    return url;
}
