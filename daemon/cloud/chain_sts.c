/*
 * chain_sts.c -- the Security Token Service: roles taken with keys or with a token, and whose keys
 * these are. Its Query protocol: a form there, XML back.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/chain_private.h"
#include "cloud/credential_text.h"
#include "cloud/endpoint.h"
#include "cloud/secret_file.h"
#include "cloud/sigv4.h"
#include "cloud/skew.h"

#define CALL_MS 5000
#define TRIES 3
#define PAUSE_MS 100L /* doubled before each further try */
#define FORM_TYPE "application/x-www-form-urlencoded"

/* A call under way. Without keys it is not signed. */
struct call {
    struct lg_chain *chain;
    const struct lg_credentials *keys;
    char *region, *url; /* owned */
    struct lg_str host; /* in url */
    struct lg_str path; /* in url */
    struct lg_signer *signer;
    struct lg_buf form;
    struct lg_web_answer answer;
};

char *lg_chain_call_region(const struct lg_chain *chain)
{
    char *region = lg_chain_region(chain->settings);

    return region != NULL ? region : lg_strdup("us-east-1");
}

static void add_field(struct lg_buf *form, const char *name, struct lg_str value)
{
    if (value.size == 0)
        return;
    lg_buf_printf(form, "&%s=", name);
    lg_percent_encode(form, value, LG_PERCENT_QUERY);
}

static void begin(struct call *call, struct lg_chain *chain, const char *action,
                  const struct lg_credentials *keys)
{
    *call = (struct call){ .chain = chain, .keys = keys };
    call->region = lg_chain_call_region(chain);
    char *base = lg_endpoint_url(chain->settings->sts_endpoint, "sts", lg_str_of(call->region));
    const char *host = strstr(base, "://");

    call->url =
        host != NULL && strchr(host + 3, '/') != NULL ? lg_strdup(base) : lg_sprintf("%s/", base);
    free(base);
    struct lg_str url = lg_str_of(call->url);
    size_t from = host == NULL ? 0 : (size_t)(strstr(call->url, "://") - call->url) + 3;
    size_t slash = lg_str_find(url, '/', from);
    call->host = lg_str_part(url, from, slash);
    call->path = lg_str_part(url, slash, url.size);
    lg_buf_init(&call->form, SIZE_MAX);
    lg_buf_printf(&call->form, "Action=%s&Version=2011-06-15", action);
    lg_buf_init(&call->answer.body, SIZE_MAX);
    if (keys != NULL)
        call->signer =
            lg_signer_new(lg_str_of(call->region), LG_STR("sts"), LG_SIGV4_PATH_NORMALIZED);
}

static void end(struct call *call)
{
    lg_signer_free(call->signer);
    lg_web_answer_done(&call->answer);
    if (call->form.size > 0)
        explicit_bzero(call->form.data, call->form.size); /* it may hold a token */
    lg_buf_done(&call->form);
    free(call->url);
    free(call->region);
}

static void send_once(struct call *call)
{
    struct lg_header headers[2 + LG_SIGNATURE_HEADERS] = {
        { LG_STR("Content-Type"), LG_STR(FORM_TYPE) }, { LG_STR("Host"), call->host }
    };
    struct lg_web_request request = { .method = "POST",
                                      .url = call->url,
                                      .headers = headers,
                                      .header_count = 2,
                                      .body = lg_buf_str(&call->form),
                                      .ca_file = call->chain->settings->ca_file,
                                      .timeout_ms = CALL_MS,
                                      .ended = call->chain->ended };
    const struct lg_signing signing = { .method = LG_STR("POST"),
                                        .path = call->path,
                                        .headers = headers,
                                        .header_count = 2,
                                        .body = request.body };

    if (call->signer != NULL)
        request.header_count +=
            lg_signer_sign(call->signer, call->keys, &signing,
                           lg_clock_wall_ms() + call->chain->skew_ms, headers + 2);
    lg_web_answer_done(&call->answer);
    (void)lg_web_call(&request, &call->answer);
}

static struct lg_str code_of(const struct call *call)
{
    return lg_xml_find(lg_buf_str(&call->answer.body), "Code");
}

/* Whether the same may come out otherwise when it is sent again: nothing happens twice by it. */
static bool may_come_right(struct call *call)
{
    struct lg_str code = code_of(call);

    if (call->answer.status == 0 || call->answer.status >= 500 || call->answer.status == 429)
        return true;
    if (call->keys != NULL && call->answer.date_ms > 0 && lg_skew_is_blamed(code)) {
        int64_t skew_ms = call->answer.date_ms - lg_clock_wall_ms();
        bool is_news = lg_skew_differs(call->chain->skew_ms, skew_ms);

        call->chain->skew_ms = is_news ? skew_ms : call->chain->skew_ms;
        return is_news;
    }
    return lg_str_is(code, "IDPCommunicationError") || lg_str_is(code, "InvalidIdentityToken") ||
           lg_str_is(code, "Throttling");
}

/* On the thread that looks for credentials, which nobody waits for: not on a loop. */
static void rest(long ms)
{
    const struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

    (void)nanosleep(&pause, NULL);
}

static bool send_call(struct call *call, struct lg_buf *reason)
{
    for (unsigned tries = 1;; tries++) {
        send_once(call);
        if (call->answer.status == 200)
            return true;
        if (tries == TRIES || !may_come_right(call) ||
            (call->chain->ended != NULL && atomic_load(call->chain->ended)))
            break;
        rest(PAUSE_MS << tries);
    }
    struct lg_str code = code_of(call);
    if (call->answer.status == 0)
        lg_buf_printf(reason, "STS at %.*s: %s", LG_STR_ARG(call->host), call->answer.fault);
    else
        lg_buf_printf(reason, "STS at %.*s: status %d %.*s", LG_STR_ARG(call->host),
                      call->answer.status, LG_STR_ARG(lg_str_part(code, 0, 100)));
    return false;
}

/* --- roles --------------------------------------------------------------------------------------
 */

static void add_role(struct call *call, const struct lg_chain_role *role)
{
    const char *general = call->chain->settings->role_session;
    const char *named = lg_chain_variable("AWS_ROLE_SESSION_NAME");
    struct lg_str session = role->session_name;

    if (session.size == 0)
        session = lg_str_of(general != NULL ? general : named != NULL ? named : "lambdagate");
    add_field(&call->form, "RoleArn", role->arn);
    add_field(&call->form, "RoleSessionName", session);
    add_field(&call->form, "ExternalId", role->external_id);
    if (role->duration_s > 0)
        lg_buf_printf(&call->form, "&DurationSeconds=%lld", (long long)role->duration_s);
}

static bool take_role(struct call *call, const struct lg_chain_role *role,
                      struct lg_chain_result *result, struct lg_buf *reason)
{
    struct lg_credentials found;

    lg_buf_printf(reason, "role %.*s: ", LG_STR_ARG(role->arn));
    if (!send_call(call, reason) ||
        !lg_credentials_read_xml(lg_buf_str(&call->answer.body), &found, reason))
        return false;
    lg_credentials_done(&result->credentials);
    result->credentials = found;
    result->outlive = false;
    lg_chain_say(result, "%srole %.*s", result->provider[0] != '\0' ? ", " : "",
                 LG_STR_ARG(role->arn));
    return true;
}

bool lg_chain_assume(struct lg_chain *chain, const struct lg_chain_role *role,
                     struct lg_chain_result *result, struct lg_buf *reterr_reason)
{
    struct call call;

    begin(&call, chain, "AssumeRole", &result->credentials);
    add_role(&call, role);
    bool good = take_role(&call, role, result, reterr_reason);
    end(&call);
    return good;
}

bool lg_chain_assume_by_token(struct lg_chain *chain, const struct lg_chain_role *role,
                              const char *token_file, struct lg_chain_result *ret_result,
                              struct lg_buf *reterr_reason)
{
    struct lg_str token;
    struct call call;
    size_t size;
    char *text;

    if (!lg_chain_read_token(token_file, &text, &size, &token, reterr_reason))
        return false;
    begin(&call, chain, "AssumeRoleWithWebIdentity", NULL);
    (void)lg_buf_reserve(&call.form, 4 * token.size + 4096);
    add_role(&call, role);
    add_field(&call.form, "WebIdentityToken", token);
    lg_secret_free(text, size);
    lg_chain_say(ret_result, "web identity");
    bool good = take_role(&call, role, ret_result, reterr_reason);
    end(&call);
    return good;
}

enum lg_found lg_chain_web_identity(struct lg_chain *chain, struct lg_chain_result *ret_result,
                                    struct lg_buf *reterr_reason)
{
    const char *file = lg_chain_variable("AWS_WEB_IDENTITY_TOKEN_FILE");
    const struct lg_chain_role role = { .arn = lg_str_of(lg_chain_variable("AWS_ROLE_ARN")) };

    if (file == NULL)
        return LG_FOUND_NOTHING;
    if (role.arn.size == 0) {
        lg_buf_add_cstr(reterr_reason, "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is in the "
                                       "environment without AWS_ROLE_ARN");
        return LG_FOUND_FAULT;
    }
    return lg_chain_assume_by_token(chain, &role, file, ret_result, reterr_reason) ? LG_FOUND
                                                                                   : LG_FOUND_FAULT;
}

/* --- whose keys they are ------------------------------------------------------------------------
 */

static char *copy_of(struct lg_str text)
{
    return lg_strndup(text.size > 0 ? text.data : "", text.size);
}

bool lg_chain_whoami(struct lg_chain *chain, const struct lg_credentials *credentials,
                     struct lg_chain_identity *ret_identity, struct lg_buf *reterr_reason)
{
    struct call call;

    begin(&call, chain, "GetCallerIdentity", credentials);
    bool good = send_call(&call, reterr_reason);
    if (good) {
        struct lg_str body = lg_buf_str(&call.answer.body);

        *ret_identity = (struct lg_chain_identity){ copy_of(lg_xml_find(body, "Account")),
                                                    copy_of(lg_xml_find(body, "Arn")),
                                                    copy_of(lg_xml_find(body, "UserId")) };
    }
    end(&call);
    return good;
}

void lg_chain_identity_done(struct lg_chain_identity *identity)
{
    free(identity->account);
    free(identity->arn);
    free(identity->user_id);
}
