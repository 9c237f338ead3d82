/*
 * chain_instance.c -- the metadata service of an instance (IMDS), version 2: a token first, then
 * the role's name, then its credentials. Version 1 where there is no version 2, unless that is
 * forbidden. Never through a proxy.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "cloud/chain_private.h"
#include "cloud/credential_text.h"

#define CALL_MS 1000
#define TOKEN_PATH "/latest/api/token"
#define ROLES_PATH "/latest/meta-data/iam/security-credentials/"

struct metadata {
    struct lg_chain *chain;
    const char *endpoint;
    char token[256]; /* "": version 1 */
};

static bool is_true(const char *name)
{
    const char *value = lg_chain_variable(name);

    return value != NULL && strcasecmp(value, "true") == 0;
}

static const char *endpoint(void)
{
    const char *given = lg_chain_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    const char *mode = lg_chain_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");

    if (given != NULL)
        return given;
    return mode != NULL && strcasecmp(mode, "IPv6") == 0 ? "http://[fd00:ec2::254]"
                                                         : "http://169.254.169.254";
}

static bool call(struct metadata *metadata, const char *method, const char *path,
                 struct lg_web_answer *ret_answer)
{
    const struct lg_header header =
        method != NULL
            ? (struct lg_header){ LG_STR("X-aws-ec2-metadata-token-ttl-seconds"), LG_STR("21600") }
            : (struct lg_header){ LG_STR("X-aws-ec2-metadata-token"), lg_str_of(metadata->token) };
    struct lg_str base = lg_str_of(metadata->endpoint);

    while (lg_str_ends(base, LG_STR("/")))
        base.size--;
    char *url = lg_sprintf("%.*s%s", LG_STR_ARG(base), path);
    const struct lg_web_request request = {
        .method = method,
        .url = url,
        .headers = &header,
        .header_count = method != NULL || metadata->token[0] != '\0',
        .timeout_ms = CALL_MS,
        .direct = true,
        .ended = metadata->chain->ended,
    };
    bool answered = lg_web_call(&request, ret_answer);

    free(url);
    return answered;
}

/*
 * LG_FOUND: a token, or version 1. Nothing answers a machine that is no instance; from within a
 * container the token's answer may not come either, since it travels one hop.
 */
static enum lg_found get_token(struct metadata *metadata, struct lg_buf *reason)
{
    struct lg_web_answer answer;
    enum lg_found found = LG_FOUND;

    (void)call(metadata, "PUT", TOKEN_PATH, &answer);
    if (answer.status == 200 && answer.body.size > 0 &&
        answer.body.size < sizeof(metadata->token) &&
        memchr(answer.body.data, '\n', answer.body.size) == NULL) {
        memcpy(metadata->token, answer.body.data, answer.body.size);
        metadata->token[answer.body.size] = '\0';
    } else if (answer.status == 0 || answer.status == 403 || answer.status == 404 ||
               answer.status == 405) {
        if (is_true("AWS_EC2_METADATA_V1_DISABLED"))
            found = LG_FOUND_NOTHING;
    } else {
        lg_buf_printf(reason, "instance: its token: status %d", answer.status);
        found = LG_FOUND_FAULT;
    }
    lg_web_answer_done(&answer);
    return found;
}

static void tell(struct lg_buf *reason, const char *what, const struct lg_web_answer *answer)
{
    lg_buf_printf(reason, "instance: %s", what);
    if (answer->status != 0)
        lg_buf_printf(reason, "status %d", answer->status);
    else
        lg_buf_add_cstr(reason, answer->fault);
}

/*
 * The path of the role's credentials, to be freed. One that gave a token is an instance: it has no
 * role where it says so, and what it cannot tell now must not become somebody else's role.
 */
static enum lg_found find_role(struct metadata *metadata, char **ret_path, struct lg_buf *reason)
{
    struct lg_web_answer answer;
    char *path = NULL;
    bool silent;

    (void)call(metadata, NULL, ROLES_PATH, &answer);
    silent = metadata->token[0] != '\0' && answer.status != 200 && answer.status != 404;
    if (silent)
        tell(reason, "its role: ", &answer);
    if (answer.status == 200) {
        struct lg_str body = lg_buf_str(&answer.body);
        struct lg_str name = lg_str_trim(lg_str_part(body, 0, lg_str_find(body, '\n', 0)));

        if (lg_str_ends(name, LG_STR("\r")))
            name.size--;
        if (name.size > 0 && name.size <= 128)
            path = lg_sprintf(ROLES_PATH "%.*s", LG_STR_ARG(name));
    }
    lg_web_answer_done(&answer);
    *ret_path = path;
    return silent ? LG_FOUND_FAULT : path != NULL ? LG_FOUND : LG_FOUND_NOTHING;
}

static enum lg_found read_role(struct metadata *metadata, const char *path,
                               struct lg_chain_result *ret_result, struct lg_buf *reason)
{
    struct lg_web_answer answer;
    bool good = false;

    (void)call(metadata, NULL, path, &answer);
    if (answer.status == 200) {
        lg_buf_add_cstr(reason, "instance: ");
        good = lg_credentials_read_json(lg_buf_str(&answer.body), &lg_credentials_of_instance,
                                        &ret_result->credentials, reason);
        lg_chain_say(ret_result, "instance, role %s", path + sizeof(ROLES_PATH) - 1);
        ret_result->outlive = true;
    } else {
        tell(reason, "", &answer);
    }
    lg_web_answer_done(&answer);
    return good ? LG_FOUND : LG_FOUND_FAULT;
}

enum lg_found lg_chain_instance(struct lg_chain *chain, struct lg_chain_result *ret_result,
                                struct lg_buf *reterr_reason)
{
    struct metadata metadata = { .chain = chain, .endpoint = endpoint() };
    enum lg_found found;
    char *path = NULL;

    if (is_true("AWS_EC2_METADATA_DISABLED"))
        return LG_FOUND_NOTHING;
    found = get_token(&metadata, reterr_reason);
    if (found == LG_FOUND)
        found = find_role(&metadata, &path, reterr_reason);
    if (found == LG_FOUND)
        found = read_role(&metadata, path, ret_result, reterr_reason);
    free(path);
    explicit_bzero(metadata.token, sizeof(metadata.token));
    return found;
}
