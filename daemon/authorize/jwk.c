/* jwk.c -- JWK members to OpenSSL keys, with the tests that OpenSSL leaves to us. */
#include "authorize/jwk.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <string.h>

#include "base/base64url.h"

#define RSA_MIN_BITS 2048
#define RSA_MAX_BITS 8192 /* the price of a verification grows with the square */
#define RSA_MAX_BYTES (RSA_MAX_BITS / 8)
#define EXPONENT_MAX_BYTES 4
#define EC_MAX_BYTES 66

static struct lg_str text_of(const json_t *entry, const char *name)
{
    const json_t *value = json_object_get(entry, name);

    if (!json_is_string(value))
        return LG_STR_NONE;
    return lg_str_make(json_string_value(value), json_string_length(value));
}

/* The bytes of a member that is base64url; false when it is missing, odd or longer than `room`. */
static bool bytes_of(const json_t *entry, const char *name, unsigned char *out, size_t room,
                     size_t *ret_size)
{
    struct lg_str text = text_of(entry, name);

    if (text.data == NULL || text.size == 0 || LG_BASE64URL_ROOM(text.size) > room + 2)
        return false;
    return lg_base64url_decode(text, out, ret_size) == LG_OK && *ret_size <= room;
}

static EVP_PKEY *key_of(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);

    if (context != NULL && params != NULL && EVP_PKEY_fromdata_init(context) == 1)
        (void)EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* fromdata() builds what public_check() refuses: even moduli and exponents, tiny ones. */
static bool is_sound(EVP_PKEY *key)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool sound = context != NULL && EVP_PKEY_public_check(context) == 1;

    EVP_PKEY_CTX_free(context);
    return sound;
}

static EVP_PKEY *build_rsa(const BIGNUM *n, const BIGNUM *e)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;

    if (builder != NULL && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1)
        params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY *key = key_of("RSA", params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    return key;
}

static const char *read_rsa(const json_t *entry, struct lg_jwk *jwk)
{
    unsigned char n[RSA_MAX_BYTES + 2], e[EXPONENT_MAX_BYTES + 2];
    size_t n_size, e_size;

    if (!bytes_of(entry, "n", n, RSA_MAX_BYTES, &n_size))
        return "\"n\" is missing, no base64url, or more than 8192 bits";
    if (!bytes_of(entry, "e", e, EXPONENT_MAX_BYTES, &e_size))
        return "\"e\" is missing, no base64url, or more than 32 bits";

    BIGNUM *modulus = BN_bin2bn(n, (int)n_size, NULL), *exponent = BN_bin2bn(e, (int)e_size, NULL);
    const char *reason = NULL;
    if (modulus == NULL || exponent == NULL)
        reason = "its numbers cannot be read";
    else if (BN_num_bits(modulus) < RSA_MIN_BITS)
        reason = "an RSA key of less than 2048 bits";
    else if (!BN_is_odd(exponent) || BN_is_one(exponent))
        reason = "an RSA exponent that is even or 1";
    else if ((jwk->key = build_rsa(modulus, exponent)) == NULL)
        reason = "OpenSSL refuses it";
    BN_free(modulus);
    BN_free(exponent);
    if (reason == NULL) {
        jwk->kind = LG_JWK_RSA;
        jwk->signature_size = (size_t)EVP_PKEY_get_size(jwk->key);
    }
    return reason;
}

struct curve {
    const char *name; /* of JOSE, and one that OpenSSL takes */
    size_t size;      /* bytes of a coordinate */
    enum lg_jwk_kind kind;
};

static const struct curve curves[] = {
    { "P-256", 32, LG_JWK_P256 },
    { "P-384", 48, LG_JWK_P384 },
    { "P-521", 66, LG_JWK_P521 },
};

static EVP_PKEY *build_ec(const struct curve *curve, unsigned char *point, size_t size)
{
    char group[16];
    (void)strncpy(group, curve->name, sizeof(group) - 1);
    group[sizeof(group) - 1] = '\0';
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, size),
        OSSL_PARAM_construct_end(),
    };
    return key_of("EC", params);
}

static const char *read_ec(const json_t *entry, struct lg_jwk *jwk)
{
    struct lg_str name = text_of(entry, "crv");
    const struct curve *curve = NULL;
    unsigned char point[1 + 2 * EC_MAX_BYTES + 2];
    size_t x_size, y_size;

    for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++) {
        if (lg_str_is(name, curves[i].name))
            curve = &curves[i];
    }
    if (curve == NULL)
        return "a curve other than P-256, P-384 and P-521";
    point[0] = 4; /* uncompressed */
    if (!bytes_of(entry, "x", point + 1, curve->size, &x_size) || x_size != curve->size ||
        !bytes_of(entry, "y", point + 1 + curve->size, curve->size, &y_size) ||
        y_size != curve->size)
        return "\"x\" or \"y\" is missing or not of the curve's size";
    jwk->key = build_ec(curve, point, 1 + 2 * curve->size);
    jwk->kind = curve->kind;
    return jwk->key != NULL ? NULL : "its point is not on the curve";
}

static const char *read_okp(const json_t *entry, struct lg_jwk *jwk)
{
    unsigned char x[32 + 2];
    size_t size;

    if (!lg_str_is(text_of(entry, "crv"), "Ed25519"))
        return "a curve other than Ed25519";
    if (!bytes_of(entry, "x", x, 32, &size) || size != 32)
        return "\"x\" is missing or not 32 bytes";
    jwk->key = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, x, size);
    jwk->kind = LG_JWK_ED25519;
    return jwk->key != NULL ? NULL : "OpenSSL refuses it";
}

static bool may_verify(const json_t *operations)
{
    size_t index;
    json_t *operation;

    if (operations == NULL)
        return true;
    json_array_foreach(operations, index, operation)
    {
        if (json_is_string(operation) && strcmp(json_string_value(operation), "verify") == 0)
            return true;
    }
    return false;
}

/* What is told about the key beside its numbers. */
static const char *check_labels(const json_t *entry, struct lg_jwk *jwk)
{
    static const char *const private_members[] = { "d", "p", "q", "dp", "dq", "qi", "k" };
    const json_t *use = json_object_get(entry, "use"), *alg = json_object_get(entry, "alg");

    for (size_t i = 0; i < sizeof(private_members) / sizeof(private_members[0]); i++) {
        if (json_object_get(entry, private_members[i]) != NULL)
            return "it shows a private key";
    }
    if (use != NULL && !lg_str_is(text_of(entry, "use"), "sig"))
        return "\"use\" is not \"sig\"";
    if (!may_verify(json_object_get(entry, "key_ops")))
        return "\"key_ops\" is without \"verify\"";
    jwk->kid = text_of(entry, "kid");
    if (jwk->kid.size == 0 || jwk->kid.size > LG_JWKS_MAX_KID)
        return "\"kid\" is missing, empty or longer than 256 bytes";
    if (alg != NULL) {
        jwk->alg = lg_jwt_alg_of(text_of(entry, "alg"));
        if (jwk->alg == LG_JWT_ALG_NONE)
            return "\"alg\" is no signature algorithm that is known";
    }
    return NULL;
}

static const char *read_key(const json_t *entry, struct lg_jwk *jwk)
{
    struct lg_str type = text_of(entry, "kty");

    if (lg_str_is(type, "RSA"))
        return read_rsa(entry, jwk);
    if (lg_str_is(type, "EC"))
        return read_ec(entry, jwk);
    if (lg_str_is(type, "OKP"))
        return read_okp(entry, jwk);
    return "\"kty\" is not RSA, EC or OKP";
}

const char *lg_jwk_read(const json_t *entry, struct lg_jwk *ret_jwk)
{
    struct lg_jwk jwk = { .alg = LG_JWT_ALG_NONE };

    if (!json_is_object(entry))
        return "not an object";
    const char *reason = check_labels(entry, &jwk);
    if (reason == NULL)
        reason = read_key(entry, &jwk);
    if (reason == NULL && jwk.alg != LG_JWT_ALG_NONE && lg_jwt_algorithm(jwk.alg)->kind != jwk.kind)
        reason = "\"alg\" does not fit the key";
    if (reason == NULL && !is_sound(jwk.key))
        reason = "OpenSSL's check refuses it";
    ERR_clear_error(); /* leftovers would be misread by the next user of this thread's queue */
    if (reason != NULL) {
        EVP_PKEY_free(jwk.key);
        return reason;
    }
    *ret_jwk = jwk;
    return NULL;
}
