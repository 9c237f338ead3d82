/* jwt.c -- split, decode, check the members' types. */
#include "authorize/jwt.h"

#include "authorize/jwks.h"
#include "base/base64url.h"

#define HEADER_MAX 1536 /* bytes of JSON: a kid of 256 and what else providers put there */

static const struct lg_json_limits json_limits = { .depth = 32, .values = 4096 };

static bool split(struct lg_str token, struct lg_str ret_parts[3])
{
    for (int i = 0; i < 3; i++) {
        if (token.data == NULL || !lg_str_next(&token, '.', &ret_parts[i]) ||
            ret_parts[i].size == 0)
            return false;
    }
    return token.data == NULL;
}

/* Text with a NUL is read short by others: what they see is not what was signed. */
static bool holds_nul(const struct lg_json *value)
{
    if (value->type == LG_JSON_STRING && memchr(value->text.data, '\0', value->text.size) != NULL)
        return true;
    for (const struct lg_json *child = value->first; child != NULL; child = child->next) {
        if ((child->name.size > 0 && memchr(child->name.data, '\0', child->name.size) != NULL) ||
            holds_nul(child)) /* no deeper than json_limits.depth */
            return true;
    }
    return false;
}

static bool read_object(struct lg_arena *arena, struct lg_str part, struct lg_json **ret_object)
{
    struct lg_str text;

    return lg_base64url_read(arena, part, &text) == LG_OK &&
           lg_json_read(arena, text, &json_limits, ret_object, NULL) == LG_OK &&
           lg_json_is(*ret_object, LG_JSON_OBJECT) && !holds_nul(*ret_object);
}

/* The text of a member that is a string or missing; false when it is something else. */
static bool read_text(const struct lg_json *object, const char *name, struct lg_str *ret_text)
{
    const struct lg_json *member = lg_json_get(object, name);

    *ret_text = LG_STR_NONE;
    if (member == NULL)
        return true;
    if (member->type != LG_JSON_STRING)
        return false;
    *ret_text = member->text;
    return true;
}

static bool is_usual_type(struct lg_str type)
{
    return type.data == NULL || lg_str_iis(type, "JWT") || lg_str_iis(type, "at+jwt") ||
           lg_str_iis(type, "application/at+jwt");
}

static enum lg_jwt_fault check_header(const struct lg_json *header, struct lg_jwt *jwt)
{
    struct lg_str type, alg;

    if (!read_text(header, "typ", &type) || !read_text(header, "alg", &alg) ||
        !read_text(header, "kid", &jwt->kid))
        return LG_JWT_BAD_HEADER;
    if (lg_json_get(header, "crit") != NULL || lg_json_get(header, "b64") != NULL)
        return LG_JWT_CRITICAL;
    if (!is_usual_type(type) || lg_json_get(header, "enc") != NULL ||
        lg_json_get(header, "cty") != NULL)
        return LG_JWT_BAD_TYPE;
    jwt->alg = lg_jwt_alg_of(alg);
    if (jwt->alg == LG_JWT_ALG_NONE)
        return LG_JWT_BAD_ALGORITHM;
    if (jwt->kid.data != NULL && (jwt->kid.size == 0 || jwt->kid.size > LG_JWKS_MAX_KID))
        return LG_JWT_UNKNOWN_KID;
    return LG_JWT_GOOD;
}

static bool is_audience(const struct lg_json *value)
{
    if (value == NULL || value->type == LG_JSON_STRING)
        return true;
    if (value->type != LG_JSON_ARRAY)
        return false;
    for (const struct lg_json *item = value->first; item != NULL; item = item->next) {
        if (item->type != LG_JSON_STRING)
            return false;
    }
    return true;
}

/* The types that RFC 7519 gives to the registered claims. */
static enum lg_jwt_fault check_claims(const struct lg_json *claims, struct lg_jwt *jwt)
{
    static const char *const texts[] = { "sub", "jti", "scope" };
    static const char *const numbers[] = { "exp", "nbf", "iat" };
    struct lg_str text;

    if (!read_text(claims, "iss", &jwt->issuer))
        return LG_JWT_BAD_PAYLOAD;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (!read_text(claims, texts[i], &text))
            return LG_JWT_BAD_PAYLOAD;
    }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const struct lg_json *number = lg_json_get(claims, numbers[i]);
        if (number != NULL && number->type != LG_JSON_NUMBER)
            return LG_JWT_BAD_PAYLOAD;
    }
    return is_audience(lg_json_get(claims, "aud")) ? LG_JWT_GOOD : LG_JWT_BAD_PAYLOAD;
}

enum lg_jwt_fault lg_jwt_split(struct lg_arena *arena, struct lg_str token, size_t limit,
                               struct lg_jwt *jwt)
{
    struct lg_str *parts = jwt->parts;

    if (token.size > limit)
        return LG_JWT_TOO_LONG;
    if (!split(token, parts) || LG_BASE64URL_ROOM(parts[2].size) > LG_JWT_MAX_SIGNATURE + 2 ||
        lg_base64url_read(arena, parts[2], &jwt->signature) != LG_OK)
        return LG_JWT_NOT_A_TOKEN;
    jwt->signed_part = lg_str_make(token.data, parts[0].size + 1 + parts[1].size);
    return LG_JWT_GOOD;
}

enum lg_jwt_fault lg_jwt_read_header(struct lg_arena *arena, struct lg_jwt *jwt)
{
    struct lg_json *header;

    if (LG_BASE64URL_ROOM(jwt->parts[0].size) > HEADER_MAX ||
        !read_object(arena, jwt->parts[0], &header))
        return LG_JWT_BAD_HEADER;
    jwt->header = header;
    return check_header(header, jwt);
}

enum lg_jwt_fault lg_jwt_read_payload(struct lg_arena *arena, struct lg_jwt *jwt)
{
    struct lg_json *claims;

    if (!read_object(arena, jwt->parts[1], &claims))
        return LG_JWT_BAD_PAYLOAD;
    jwt->claims = claims;
    return check_claims(claims, jwt);
}

enum lg_jwt_fault lg_jwt_read(struct lg_arena *arena, struct lg_str token, size_t limit,
                              struct lg_jwt *ret_jwt)
{
    struct lg_jwt jwt = { .alg = LG_JWT_ALG_NONE };
    enum lg_jwt_fault fault = lg_jwt_split(arena, token, limit, &jwt);

    if (fault == LG_JWT_GOOD)
        fault = lg_jwt_read_header(arena, &jwt);
    if (fault == LG_JWT_GOOD)
        fault = lg_jwt_read_payload(arena, &jwt);
    if (fault == LG_JWT_GOOD)
        *ret_jwt = jwt;
    return fault;
}
