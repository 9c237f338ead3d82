/* chain_sso.c -- IAM Identity Center: the token that `aws sso login` left, and the role it opens.
 */
#include <openssl/evp.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/chain_private.h"
#include "cloud/credential_text.h"
#include "cloud/endpoint.h"
#include "cloud/secret_file.h"

#define CALL_MS 5000
#define RENEWED_MS (15 * 60000) /* before its end, as the SDKs do it */

static char *cache_path(struct lg_str key)
{
    const char *home = lg_chain_variable("HOME");
    unsigned char hash[EVP_MAX_MD_SIZE];
    size_t size = 0;
    struct lg_buf hex;

    if (home == NULL || EVP_Q_digest(NULL, "SHA1", NULL, key.data, key.size, hash, &size) != 1)
        return NULL;
    lg_buf_init(&hex, SIZE_MAX);
    lg_hex_encode(&hex, lg_str_make((const char *)hash, size));
    char *path = lg_sprintf("%s/.aws/sso/cache/%.*s.json", home, LG_STR_ARG(lg_buf_str(&hex)));
    lg_buf_done(&hex);
    return path;
}

static bool is_token(struct lg_str text)
{
    return text.size > 0 && lg_http_field_value_valid(text);
}

static bool fetch(struct lg_chain *chain, const struct lg_chain_sso *sso, struct lg_str token,
                  struct lg_chain_result *ret_result, struct lg_buf *reason)
{
    const struct lg_header header = { LG_STR("x-amz-sso_bearer_token"), token };
    char *base = lg_endpoint_url(NULL, "portal.sso", sso->region);
    struct lg_web_answer answer;
    struct lg_buf url;
    bool good = false;

    lg_buf_init(&url, SIZE_MAX);
    lg_buf_printf(&url, "%s/federation/credentials?role_name=", base);
    lg_percent_encode(&url, sso->role_name, LG_PERCENT_QUERY);
    lg_buf_add_cstr(&url, "&account_id=");
    lg_percent_encode(&url, sso->account_id, LG_PERCENT_QUERY);
    lg_buf_add_char(&url, '\0');
    const struct lg_web_request request = { .url = url.data,
                                            .headers = &header,
                                            .header_count = 1,
                                            .ca_file = chain->settings->ca_file,
                                            .timeout_ms = CALL_MS,
                                            .ended = chain->ended };
    (void)lg_web_call(&request, &answer);
    if (answer.status == 200)
        good = lg_credentials_read_json(lg_buf_str(&answer.body), &lg_credentials_of_sso,
                                        &ret_result->credentials, reason);
    else if (answer.status == 401)
        lg_buf_add_cstr(reason, "the session is over, `aws sso login` begins another");
    else if (answer.status != 0)
        lg_buf_printf(reason, "status %d", answer.status);
    else
        lg_buf_add_cstr(reason, answer.fault);
    lg_web_answer_done(&answer);
    lg_buf_done(&url);
    free(base);
    return good;
}

static bool use_token(struct lg_chain *chain, const struct lg_chain_sso *sso, const char *path,
                      struct lg_arena *arena, const struct lg_json *cached,
                      struct lg_chain_result *ret_result, struct lg_buf *reason)
{
    const struct lg_json *member = lg_json_get(cached, "accessToken");
    const struct lg_json *expires = lg_json_get(cached, "expiresAt");
    int64_t left_ms;

    if (!lg_json_is(member, LG_JSON_STRING) || !is_token(member->text) ||
        !lg_json_is(expires, LG_JSON_STRING)) {
        lg_buf_add_cstr(reason, "its token cannot be read");
        return false;
    }
    struct lg_str token = member->text;

    left_ms = lg_credentials_time(expires->text) - lg_clock_wall_ms();
    bool renewed = sso->renews && left_ms < RENEWED_MS &&
                   lg_chain_sso_renew(chain, sso->region, path, arena, cached, &token) &&
                   is_token(token);
    if (!renewed && left_ms <= 0) {
        lg_buf_add_cstr(reason, "the session is over, `aws sso login` begins another");
        return false;
    }
    return fetch(chain, sso, token, ret_result, reason);
}

static bool use_cache(struct lg_chain *chain, const struct lg_chain_sso *sso, const char *path,
                      struct lg_str text, struct lg_chain_result *ret_result, struct lg_buf *reason)
{
    struct lg_arena arena;
    struct lg_json *json;
    bool good = false;

    lg_arena_init(&arena);
    if (lg_json_read(&arena, text, &lg_json_default_limits, &json, NULL) == LG_OK)
        good = use_token(chain, sso, path, &arena, json, ret_result, reason);
    else
        lg_buf_add_cstr(reason, "its token cannot be read");
    lg_arena_done(&arena);
    return good;
}

bool lg_chain_sso(struct lg_chain *chain, const struct lg_chain_sso *sso,
                  struct lg_chain_result *ret_result, struct lg_buf *reterr_reason)
{
    char *path = cache_path(sso->cache_key), *text = NULL;
    bool good = false;
    size_t size = 0;

    lg_buf_add_cstr(reterr_reason, "SSO: ");
    if (sso->region.size == 0 || sso->account_id.size == 0 || sso->role_name.size == 0)
        lg_buf_add_cstr(reterr_reason, "sso_region, sso_account_id and sso_role_name are needed");
    else if (path == NULL || lg_secret_read(path, &text, &size) != LG_OK)
        lg_buf_add_cstr(reterr_reason, "there is no session, `aws sso login` begins one");
    else
        good = use_cache(chain, sso, path, lg_str_make(text, size), ret_result, reterr_reason);
    lg_secret_free(text, size);
    free(path);
    return good;
}
