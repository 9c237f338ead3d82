/* chain.c -- the order of the places. */
#include "cloud/chain.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cloud/chain_private.h"
#include "cloud/secret_file.h"

static const struct place {
    enum lg_config_provider provider;
    lg_place_fn *find;
    const char *missing; /* when it alone was to be asked */
} places[] = {
    { LG_PROVIDER_ENVIRONMENT, lg_chain_environment,
      "AWS_ACCESS_KEY_ID is not in the environment" },
    { LG_PROVIDER_FILES, lg_chain_files, "no file is named" },
    { LG_PROVIDER_PROFILE, lg_chain_profile,
      "the shared files have no credentials for the profile" },
    { LG_PROVIDER_WEB_IDENTITY, lg_chain_web_identity,
      "AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN are not in the environment" },
    { LG_PROVIDER_CONTAINER, lg_chain_container,
      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and _FULL_URI are not in the environment" },
    { LG_PROVIDER_INSTANCE, lg_chain_instance, "the instance has no metadata service, or no role" },
    { LG_PROVIDER_ROLES_ANYWHERE, lg_chain_anywhere, "aws.roles_anywhere is not there" },
};

void lg_chain_say(struct lg_chain_result *result, const char *format, ...)
{
    size_t size = strlen(result->provider);
    va_list args;

    va_start(args, format);
    (void)vsnprintf(result->provider + size, sizeof(result->provider) - size, format, args);
    va_end(args);
}

bool lg_chain_read_token(const char *path, char **ret_text, size_t *ret_size,
                         struct lg_str *ret_token, struct lg_buf *reterr_reason)
{
    if (lg_secret_read(path, ret_text, ret_size) != LG_OK) {
        lg_buf_printf(reterr_reason, "%s cannot be read", path);
        return false;
    }
    struct lg_str token = lg_str_make(*ret_text, *ret_size);
    while (token.size > 0 && strchr(" \t\r\n", token.data[token.size - 1]) != NULL)
        token.size--;
    if (token.size > 0 && memchr(token.data, '\n', token.size) == NULL &&
        memchr(token.data, '\r', token.size) == NULL) {
        *ret_token = token;
        return true;
    }
    lg_secret_free(*ret_text, *ret_size);
    lg_buf_printf(reterr_reason, "%s holds no token, or more than one line", path);
    return false;
}

static bool is_asked(const struct lg_chain_settings *settings, enum lg_config_provider provider)
{
    if (settings->provider != LG_PROVIDER_CHAIN)
        return settings->provider == provider;
    if (provider == LG_PROVIDER_FILES)
        return false;
    /* A profile that somebody took the trouble to name is meant. */
    return provider != LG_PROVIDER_ENVIRONMENT || settings->profile == NULL;
}

static bool find(struct lg_chain *chain, struct lg_chain_result *result,
                 struct lg_buf *reterr_reason)
{
    const struct lg_chain_settings *settings = chain->settings;

    for (size_t i = 0; i < LG_COUNT(places); i++) {
        if (!is_asked(settings, places[i].provider))
            continue;
        enum lg_found found = places[i].find(chain, result, reterr_reason);
        if (found != LG_FOUND_NOTHING)
            return found == LG_FOUND;
        if (settings->provider != LG_PROVIDER_CHAIN) {
            lg_buf_add_cstr(reterr_reason, places[i].missing);
            return false;
        }
    }
    lg_buf_add_cstr(reterr_reason, "no environment, profile, container or instance has any");
    return false;
}

static bool take_role(struct lg_chain *chain, const struct lg_config_assume_role *role,
                      struct lg_chain_result *result, struct lg_buf *reterr_reason)
{
    if (role == NULL)
        return true;
    const struct lg_chain_role wanted = { .arn = lg_str_of(role->arn),
                                          .session_name = lg_str_of(role->session_name),
                                          .external_id = lg_str_of(role->external_id),
                                          .duration_s = role->duration_ms / 1000 };

    return lg_chain_assume(chain, &wanted, result, reterr_reason);
}

bool lg_chain_resolve(struct lg_chain *chain, struct lg_chain_result *ret_result,
                      struct lg_buf *reterr_reason)
{
    *ret_result = (struct lg_chain_result){ 0 };
    if (!find(chain, ret_result, reterr_reason))
        return false;
    if (take_role(chain, chain->settings->first_role, ret_result, reterr_reason) &&
        take_role(chain, chain->settings->role, ret_result, reterr_reason))
        return true;
    lg_credentials_done(&ret_result->credentials);
    return false;
}
