/*
 * credentials_local.c -- those that lie on this machine: the daemon's environment, a shared
 * credentials file, or a key whose secret lies in a file. Read anew each time: they may be changed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cloud/credential_text.h"
#include "cloud/credentials.h"
#include "cloud/profile.h"
#include "cloud/secret_file.h"

struct local {
    struct lg_credentials_provider provider; /* first */
    struct lg_loop *loop;
    struct lg_config_credentials_from config; /* its texts are owned; all NULL: the environment */
};

/* --- reading ------------------------------------------------------------------------------------
 */

static struct lg_str variable(const char *name)
{
    const char *value = getenv(name);

    return lg_str_of(value != NULL ? value : "");
}

static bool read_environment(struct lg_credentials *ret_credentials, struct lg_buf *reterr_reason)
{
    struct lg_str token = variable("AWS_SESSION_TOKEN");

    if (token.size == 0)
        token = variable("AWS_SECURITY_TOKEN");
    if (lg_credentials_take(variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), token,
                            ret_credentials, reterr_reason)) {
        ret_credentials->expires_ms = lg_credentials_time(variable("AWS_CREDENTIAL_EXPIRATION"));
        return true;
    }
    lg_buf_add_cstr(reterr_reason, " in the environment of the daemon");
    return false;
}

static bool read_secret(const char *path, char **ret_text, size_t *ret_size,
                        struct lg_buf *reterr_reason)
{
    enum lg_err err = lg_secret_read(path, ret_text, ret_size);

    if (err == LG_ERR_IO)
        lg_buf_printf(reterr_reason, "%s: %s", path, strerror(errno));
    else if (err != LG_OK)
        lg_buf_printf(reterr_reason, "%s: %s", path,
                      err == LG_ERR_TOO_BIG ? "too large" : "not a regular file");
    return err == LG_OK;
}

static bool read_profile(const struct lg_config_credentials_from *config,
                         struct lg_credentials *ret_credentials, struct lg_buf *reterr_reason)
{
    struct lg_profile profile;
    char *text;
    size_t size;
    bool good = false;

    if (!read_secret(config->file, &text, &size, reterr_reason))
        return false;
    if (lg_profile_read(lg_str_make(text, size), config->profile, &profile) != LG_OK)
        lg_buf_printf(reterr_reason, "no profile");
    else
        good = lg_credentials_take(profile.access_key_id, profile.secret_access_key,
                                   profile.session_token, ret_credentials, reterr_reason);
    if (!good)
        lg_buf_printf(reterr_reason, " [%s] in %s", config->profile, config->file);
    lg_secret_free(text, size);
    return good;
}

static struct lg_str trimmed(const char *text, size_t size)
{
    while (size > 0 && strchr(" \t\r\n", text[size - 1]) != NULL)
        size--;
    return lg_str_make(text, size);
}

static bool read_key(const struct lg_config_credentials_from *config,
                     struct lg_credentials *ret_credentials, struct lg_buf *reterr_reason)
{
    char *secret = NULL, *token = NULL;
    size_t secret_size = 0, token_size = 0;
    bool good = read_secret(config->secret_access_key_file, &secret, &secret_size, reterr_reason);

    if (good && config->session_token_file != NULL)
        good = read_secret(config->session_token_file, &token, &token_size, reterr_reason);
    if (good)
        good = lg_credentials_take(lg_str_of(config->access_key_id), trimmed(secret, secret_size),
                                   trimmed(token, token_size), ret_credentials, reterr_reason);
    lg_secret_free(secret, secret_size);
    lg_secret_free(token, token_size);
    return good;
}

bool lg_credentials_read_local(const struct lg_config_credentials_from *config,
                               struct lg_credentials *ret_credentials, struct lg_buf *reterr_reason)
{
    if (config != NULL && config->file != NULL)
        return read_profile(config, ret_credentials, reterr_reason);
    if (config != NULL && config->access_key_id != NULL)
        return read_key(config, ret_credentials, reterr_reason);
    return read_environment(ret_credentials, reterr_reason);
}

bool lg_credentials_are_local(const struct lg_config_credentials *config)
{
    return config->role == NULL &&
           (config->from != NULL || config->source == LG_SOURCE_ENVIRONMENT);
}

bool lg_credentials_check(const struct lg_config_credentials *config, struct lg_buf *reterr_reason)
{
    struct lg_credentials credentials = { 0 };
    bool good = (config->from == NULL && config->source == LG_SOURCE_AWS) ||
                lg_credentials_read_local(config->from, &credentials, reterr_reason);

    lg_credentials_done(&credentials);
    return good;
}

/* --- the provider -------------------------------------------------------------------------------
 */

static void answer(struct lg_task *task)
{
    struct lg_credentials_request *request =
        LG_CONTAINER(task, struct lg_credentials_request, task);
    const struct local *local = LG_CONTAINER(request->provider, struct local, provider);
    struct lg_credentials credentials = { 0 };
    struct lg_buf reason;

    lg_buf_init(&reason, SIZE_MAX);
    if (lg_credentials_read_local(&local->config, &credentials, &reason)) {
        request->on_end(request, &credentials, NULL);
    } else {
        lg_buf_add_char(&reason, '\0');
        request->on_end(request, NULL, reason.data);
    }
    lg_credentials_done(&credentials);
    lg_buf_done(&reason);
}

static void get(struct lg_credentials_provider *provider, struct lg_credentials_request *request)
{
    const struct local *local = LG_CONTAINER(provider, struct local, provider);

    request->provider = provider;
    lg_task_queue(local->loop, &request->task, answer);
}

static void cancel(struct lg_credentials_provider *provider, struct lg_credentials_request *request)
{
    (void)provider;
    lg_task_cancel(&request->task);
}

static void free_text(const char *text)
{
    free((void *)(uintptr_t)text);
}

static void free_local(struct lg_credentials_provider *provider)
{
    struct local *local = LG_CONTAINER(provider, struct local, provider);

    free_text(local->config.file);
    free_text(local->config.profile);
    free_text(local->config.access_key_id);
    free_text(local->config.secret_access_key_file);
    free_text(local->config.session_token_file);
    free(local);
}

static const struct lg_credentials_class local_class = {
    .name = "local", .get = get, .cancel = cancel, .free = free_local
};

struct lg_credentials_provider *
lg_credentials_provider_new(const struct lg_config_credentials *config, struct lg_loop *loop)
{
    const struct lg_config_credentials_from *from = config->from;
    struct local *local = LG_NEW(struct local);

    local->provider.class = &local_class;
    local->loop = loop;
    if (from == NULL)
        return &local->provider;
    local->config = (struct lg_config_credentials_from){
        .file = lg_strdup_or_null(from->file),
        .profile = lg_strdup_or_null(from->profile),
        .access_key_id = lg_strdup_or_null(from->access_key_id),
        .secret_access_key_file = lg_strdup_or_null(from->secret_access_key_file),
        .session_token_file = lg_strdup_or_null(from->session_token_file),
    };
    return &local->provider;
}
