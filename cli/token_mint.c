/* token_mint.c -- claims by jansson, signature by libjwt. */
#include "token_mint.h"

#include <errno.h>
#include <jwt.h>
#include <openssl/sha.h>
#include <stdlib.h>
#include <string.h>

#include "base/id.h"
#include "base/mem.h"
#include "base/str.h"
#include "command.h"

/* --- claims ----------------------------------------------------------------------------------- */

static void set_text(json_t *claims, const char *name, const char *value)
{
    (void)json_object_set_new(claims, name, json_string(value));
}

static void set_number(json_t *claims, const char *name, int64_t value)
{
    (void)json_object_set_new(claims, name, json_integer(value));
}

static void set_new_id(json_t *claims, const char *name)
{
    char id[LG_UUID_SIZE];

    lg_id_uuid(id);
    set_text(claims, name, id);
}

/* A UUID that is always the same for one name. */
static void set_subject(json_t *claims, const char *username)
{
    unsigned char d[SHA256_DIGEST_LENGTH];
    char id[LG_UUID_SIZE];

    (void)SHA256((const unsigned char *)username, strlen(username), d);
    (void)snprintf(id, sizeof(id),
                   "%02x%02x%02x%02x-%02x%02x-4%01x%02x-a%01x%02x-%02x%02x%02x%02x%02x%02x", d[0],
                   d[1], d[2], d[3], d[4], d[5], d[6] & 15U, d[7], d[8] & 15U, d[9], d[10], d[11],
                   d[12], d[13], d[14], d[15]);
    set_text(claims, "sub", id);
}

/* Cognito leaves the claim out where there is none, and never has it empty. */
static void set_groups(json_t *claims, const char *groups)
{
    json_t *list = json_array();
    struct lg_str rest = lg_str_of(groups), group;

    while (rest.data != NULL && lg_str_next(&rest, ',', &group)) {
        group = lg_str_trim(group);
        if (group.size > 0)
            (void)json_array_append_new(list, json_stringn(group.data, group.size));
    }
    if (json_array_size(list) > 0)
        (void)json_object_set(claims, "cognito:groups", list);
    json_decref(list);
}

static void set_id_claims(json_t *claims, const struct lg_token_wish *wish)
{
    char *email = lg_sprintf("%s@example.com", wish->username);

    set_text(claims, "token_use", "id");
    set_text(claims, "aud", wish->client_id);
    set_text(claims, "cognito:username", wish->username);
    set_text(claims, "email", email);
    (void)json_object_set_new(claims, "email_verified", json_true());
    free(email);
}

static void set_access_claims(json_t *claims, const struct lg_token_wish *wish)
{
    set_text(claims, "token_use", "access");
    set_text(claims, "client_id", wish->client_id);
    set_text(claims, "username", wish->username);
    set_number(claims, "version", 2);
    if (wish->scope[0] != '\0')
        set_text(claims, "scope", wish->scope);
}

json_t *lg_token_claims(const struct lg_token_wish *wish)
{
    json_t *claims = json_object();
    int64_t expires = wish->now_s + wish->expires_s;
    int64_t issued = wish->expires_s < 0 ? expires - 3600 : wish->now_s;

    set_text(claims, "iss", wish->issuer);
    set_subject(claims, wish->username);
    if (wish->id)
        set_id_claims(claims, wish);
    else
        set_access_claims(claims, wish);
    set_groups(claims, wish->groups);
    set_number(claims, "auth_time", issued);
    set_number(claims, "iat", issued);
    set_number(claims, "exp", expires);
    set_new_id(claims, "jti");
    set_new_id(claims, "origin_jti");
    set_new_id(claims, "event_id");
    return claims;
}

/* --- the signature ---------------------------------------------------------------------------- */

static char *encode(jwt_t *jwt, const char *claims, const struct lg_token_key *key)
{
    int size = (int)strlen(key->pem);

    if (claims == NULL || jwt_add_header(jwt, "kid", key->kid) != 0 ||
        jwt_add_grants_json(jwt, claims) != 0 ||
        jwt_set_alg(jwt, JWT_ALG_RS256, (const unsigned char *)key->pem, size) != 0)
        return NULL;
    return jwt_encode_str(jwt);
}

char *lg_token_sign(json_t *claims, const struct lg_token_key *key)
{
    char *text = json_dumps(claims, JSON_COMPACT), *token = NULL;
    jwt_t *jwt = NULL;

    if (jwt_new(&jwt) == 0)
        token = encode(jwt, text, key);
    if (token == NULL)
        lg_complain("libjwt cannot sign the token: %s", strerror(errno));
    jwt_free(jwt);
    free(text);
    return token;
}
