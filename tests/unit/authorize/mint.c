/* mint.c -- OpenSSL from the other side. */
#include "mint.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/base64url.h"
#include "base/mem.h"

const struct mint_way mint_rs256 = { "SHA2-256", false, 0, false, 0 };
const struct mint_way mint_rs384 = { "SHA2-384", false, 0, false, 0 };
const struct mint_way mint_rs512 = { "SHA2-512", false, 0, false, 0 };
const struct mint_way mint_ps256 = { "SHA2-256", true, -1, false, 0 };
const struct mint_way mint_es256 = { "SHA2-256", false, 0, false, 32 };
const struct mint_way mint_es384 = { "SHA2-384", false, 0, false, 48 };
const struct mint_way mint_es512 = { "SHA2-512", false, 0, false, 66 };
const struct mint_way mint_eddsa = { NULL, false, 0, false, 0 };

EVP_PKEY *mint_rsa(unsigned bits)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);

    assert(key != NULL);
    return key;
}

EVP_PKEY *mint_ec(const char *curve)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve);

    assert(key != NULL);
    return key;
}

EVP_PKEY *mint_ed25519(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");

    assert(key != NULL);
    return key;
}

static void add_number(struct lg_buf *out, const char *name, EVP_PKEY *key, const char *param,
                       int width)
{
    BIGNUM *number = NULL;
    unsigned char bytes[1024];
    int done = EVP_PKEY_get_bn_param(key, param, &number);

    assert(done == 1);
    int size = width > 0 ? BN_bn2binpad(number, bytes, width) : BN_bn2bin(number, bytes);
    lg_buf_printf(out, ",\"%s\":\"", name);
    lg_base64url_encode(out, lg_str_make((char *)bytes, (size_t)size));
    lg_buf_add_char(out, '"');
    BN_free(number);
}

static void add_ec(struct lg_buf *out, EVP_PKEY *key)
{
    int width = (EVP_PKEY_get_bits(key) + 7) / 8;
    const char *curve = width == 32 ? "P-256" : width == 48 ? "P-384" : "P-521";

    lg_buf_printf(out, ",\"kty\":\"EC\",\"crv\":\"%s\"", curve);
    add_number(out, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, width);
    add_number(out, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, width);
}

char *mint_jwk(EVP_PKEY *key, const char *members)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_buf_printf(&out, "{%s", members);
    if (EVP_PKEY_is_a(key, "RSA")) {
        lg_buf_add_cstr(&out, ",\"kty\":\"RSA\"");
        add_number(&out, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
        add_number(&out, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
    } else if (EVP_PKEY_is_a(key, "EC")) {
        add_ec(&out, key);
    } else {
        unsigned char raw[32];
        size_t size = sizeof(raw);
        EVP_PKEY_get_raw_public_key(key, raw, &size);
        lg_buf_add_cstr(&out, ",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"");
        lg_base64url_encode(&out, lg_str_make((char *)raw, size));
        lg_buf_add_char(&out, '"');
    }
    lg_buf_add_char(&out, '}');
    return lg_buf_take(&out, NULL);
}

/* DER to r || s. */
static size_t to_pair(unsigned char *signature, size_t size, size_t half)
{
    const unsigned char *from = signature;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &from, (long)size);

    assert(pair != NULL);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, (int)half);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + half, (int)half);
    ECDSA_SIG_free(pair);
    return 2 * half;
}

static size_t sign(EVP_PKEY *key, const struct mint_way *way, struct lg_str text,
                   unsigned char signature[1100])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *asked = NULL;
    size_t size = 1100;
    int done = EVP_DigestSignInit_ex(context, &asked, way->digest, NULL, NULL, key, NULL);

    assert(done == 1);
    if (way->pss) {
        EVP_PKEY_CTX_set_rsa_padding(asked, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(asked, way->salt < 0 ? RSA_PSS_SALTLEN_DIGEST : way->salt);
    }
    done = EVP_DigestSign(context, signature, &size, (const unsigned char *)text.data, text.size);
    assert(done == 1);
    EVP_MD_CTX_free(context);
    return way->half > 0 && !way->der ? to_pair(signature, size, way->half) : size;
}

static void begin(struct lg_buf *out, struct lg_str header, struct lg_str payload)
{
    lg_buf_init(out, SIZE_MAX);
    lg_base64url_encode(out, header);
    lg_buf_add_char(out, '.');
    lg_base64url_encode(out, payload);
}

static char *finish(struct lg_buf *out, const unsigned char *signature, size_t size)
{
    lg_buf_add_char(out, '.');
    lg_base64url_encode(out, lg_str_make((const char *)signature, size));
    return lg_buf_take(out, NULL);
}

char *mint_token_of(EVP_PKEY *key, const struct mint_way *way, struct lg_str header,
                    struct lg_str payload)
{
    struct lg_buf out;
    unsigned char signature[1100];

    begin(&out, header, payload);
    return finish(&out, signature, sign(key, way, lg_buf_str(&out), signature));
}

char *mint_token(EVP_PKEY *key, const struct mint_way *way, const char *header, const char *payload)
{
    return mint_token_of(key, way, lg_str_of(header), lg_str_of(payload));
}

char *mint_hmac_token(struct lg_str secret, const char *header, const char *payload)
{
    struct lg_buf out;
    unsigned char signature[EVP_MAX_MD_SIZE];
    unsigned size;

    begin(&out, lg_str_of(header), lg_str_of(payload));
    HMAC(EVP_sha256(), secret.data, (int)secret.size, (unsigned char *)out.data, out.size,
         signature, &size);
    return finish(&out, signature, size);
}

char *mint_unsigned(const char *header, const char *payload, const char *third)
{
    struct lg_buf out;

    begin(&out, lg_str_of(header), lg_str_of(payload));
    lg_buf_add_char(&out, '.');
    lg_buf_add_cstr(&out, third);
    return lg_buf_take(&out, NULL);
}

char *mint_pem(EVP_PKEY *key, size_t *ret_size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data;

    PEM_write_bio_PUBKEY(bio, key);
    *ret_size = (size_t)BIO_get_mem_data(bio, &data);
    char *pem = lg_strndup(data, *ret_size);
    BIO_free(bio);
    return pem;
}

char *mint_der(EVP_PKEY *key, size_t *ret_size)
{
    unsigned char *der = NULL;
    int size = i2d_PUBKEY(key, &der);
    char *copy = lg_alloc((size_t)size);

    memcpy(copy, der, (size_t)size);
    OPENSSL_free(der);
    *ret_size = (size_t)size;
    return copy;
}
