/* credential_text.c -- four members each, and who calls them what. */
#include "cloud/credential_text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/mem.h"

static const char *const instance_needs[] = { "Code", "Success", NULL };
static const char *const process_needs[] = { "Version", "1", NULL };

const struct lg_credentials_dialect lg_credentials_of_container = {
    NULL, "AccessKeyId", "SecretAccessKey", "Token", "Expiration", NULL,
};
const struct lg_credentials_dialect lg_credentials_of_instance = {
    NULL, "AccessKeyId", "SecretAccessKey", "Token", "Expiration", instance_needs,
};
const struct lg_credentials_dialect lg_credentials_of_process = {
    NULL, "AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", process_needs,
};
const struct lg_credentials_dialect lg_credentials_of_sso = {
    "roleCredentials", "accessKeyId", "secretAccessKey", "sessionToken", "expiration", NULL,
};

/* What can stand in a header; all that AWS hands out can. */
static bool is_key(struct lg_str text)
{
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return false;
    return text.size > 0;
}

bool lg_credentials_take(struct lg_str id, struct lg_str secret, struct lg_str token,
                         struct lg_credentials *ret_credentials, struct lg_buf *reterr_reason)
{
    if (!is_key(id) || !is_key(secret) || (token.size > 0 && !is_key(token))) {
        lg_buf_add_cstr(reterr_reason, id.size == 0 ? "no access key id"
                                       : secret.size == 0
                                           ? "no secret access key"
                                           : "a key with characters that no key has");
        return false;
    }
    *ret_credentials = (struct lg_credentials){
        .access_key_id = lg_strndup(id.data, id.size),
        .secret_access_key = lg_strndup(secret.data, secret.size),
        .session_token = token.size > 0 ? lg_strndup(token.data, token.size) : NULL,
    };
    return true;
}

/* "+01:00" in seconds; 0 for anything else. */
static int64_t read_offset(const char *text)
{
    if ((text[0] != '+' && text[0] != '-') || strlen(text) != 6 || text[3] != ':')
        return 0;
    for (size_t i = 1; i < 6; i++)
        if (i != 3 && (text[i] < '0' || text[i] > '9'))
            return 0;
    int64_t seconds =
        ((text[1] - '0') * 10 + text[2] - '0') * 3600 + ((text[4] - '0') * 10 + text[5] - '0') * 60;
    return text[0] == '-' ? -seconds : seconds;
}

int64_t lg_credentials_time(struct lg_str text)
{
    struct tm time = { 0 };
    char copy[40];

    if (text.size == 0 || text.size >= sizeof(copy))
        return 0;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    const char *rest = strptime(copy, "%Y-%m-%dT%H:%M:%S", &time);
    if (rest == NULL)
        return 0;
    if (*rest == '.')
        rest += 1 + strspn(rest + 1, "0123456789");
    return ((int64_t)timegm(&time) - read_offset(rest)) * 1000;
}

/* --- JSON ---------------------------------------------------------------------------------------
 */

static struct lg_str text_of(const struct lg_json *object, const char *name)
{
    const struct lg_json *member = lg_json_get(object, name);

    return lg_json_is(member, LG_JSON_STRING) ? member->text : LG_STR("");
}

static bool has_needs(const struct lg_json *object, const char *const *needs)
{
    for (; needs != NULL && needs[0] != NULL; needs += 2) {
        const struct lg_json *member = lg_json_get(object, needs[0]);

        if (member == NULL || !lg_str_is(member->text, needs[1]))
            return false;
    }
    return true;
}

/* A text, or milliseconds. */
static int64_t expiration_of(const struct lg_json *object, const char *name)
{
    const struct lg_json *member = lg_json_get(object, name);
    int64_t ms = 0;

    if (lg_json_is(member, LG_JSON_NUMBER))
        return lg_json_to_i64(member, &ms) == LG_OK && ms > 0 ? ms : 0;
    return lg_json_is(member, LG_JSON_STRING) ? lg_credentials_time(member->text) : 0;
}

static bool is_given(const struct lg_json *member)
{
    return member != NULL && member->type != LG_JSON_NULL;
}

static bool read_object(const struct lg_json *json, const struct lg_credentials_dialect *dialect,
                        struct lg_credentials *ret_credentials, struct lg_buf *reterr_reason)
{
    if (dialect->within != NULL)
        json = lg_json_get(json, dialect->within);
    if (!lg_json_is(json, LG_JSON_OBJECT)) {
        lg_buf_add_cstr(reterr_reason, "a document without credentials");
        return false;
    }
    if (!has_needs(json, dialect->needs)) {
        lg_buf_printf(reterr_reason, "a document whose %s is not %s", dialect->needs[0],
                      dialect->needs[1]);
        return false;
    }
    if (!lg_credentials_take(text_of(json, dialect->id), text_of(json, dialect->secret),
                             text_of(json, dialect->token), ret_credentials, reterr_reason))
        return false;
    ret_credentials->expires_ms = expiration_of(json, dialect->expiration);
    if (ret_credentials->expires_ms > 0 || !is_given(lg_json_get(json, dialect->expiration)))
        return true;
    lg_credentials_done(ret_credentials);
    lg_buf_printf(reterr_reason, "a document whose %s is not a time", dialect->expiration);
    return false;
}

bool lg_credentials_read_json(struct lg_str text, const struct lg_credentials_dialect *dialect,
                              struct lg_credentials *ret_credentials, struct lg_buf *reterr_reason)
{
    struct lg_arena arena;
    struct lg_json *json;
    bool good = false;

    lg_arena_init(&arena);
    if (lg_json_read(&arena, text, &lg_json_default_limits, &json, NULL) == LG_OK)
        good = read_object(json, dialect, ret_credentials, reterr_reason);
    else
        lg_buf_add_cstr(reterr_reason, "a document that is not JSON");
    lg_arena_done(&arena);
    return good;
}

/* --- XML ----------------------------------------------------------------------------------------
 */

static size_t find(struct lg_str text, struct lg_str piece)
{
    const char *at =
        text.size < piece.size ? NULL : memmem(text.data, text.size, piece.data, piece.size);

    return at == NULL ? text.size : (size_t)(at - text.data);
}

struct lg_str lg_xml_find(struct lg_str text, const char *tag)
{
    char open[64], close[64];

    (void)snprintf(open, sizeof(open), "<%s>", tag);
    (void)snprintf(close, sizeof(close), "</%s>", tag);

    size_t from = find(text, lg_str_of(open));
    if (from == text.size)
        return LG_STR_NONE;
    text = lg_str_part(text, from + strlen(open), text.size);
    size_t end = find(text, lg_str_of(close));
    return end == text.size ? LG_STR_NONE : lg_str_trim(lg_str_part(text, 0, end));
}

/* Nothing in a key needs an entity, and one that has any is refused as no key. */
bool lg_credentials_read_xml(struct lg_str text, struct lg_credentials *ret_credentials,
                             struct lg_buf *reterr_reason)
{
    struct lg_str inside = lg_xml_find(text, "Credentials");

    if (inside.size == 0) {
        lg_buf_add_cstr(reterr_reason, "an answer without credentials");
        return false;
    }
    if (!lg_credentials_take(lg_xml_find(inside, "AccessKeyId"),
                             lg_xml_find(inside, "SecretAccessKey"),
                             lg_xml_find(inside, "SessionToken"), ret_credentials, reterr_reason))
        return false;
    ret_credentials->expires_ms = lg_credentials_time(lg_xml_find(inside, "Expiration"));
    if (ret_credentials->expires_ms > 0)
        return true;
    lg_credentials_done(ret_credentials);
    lg_buf_add_cstr(reterr_reason, "an answer whose Expiration is not a time");
    return false;
}
