/* signature.c -- EVP_DigestVerify with digests fetched once; sizes first, they cost nothing. */
#include "authorize/signature.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <string.h>

#include "base/mem.h"

#define DER_MAX 160 /* an ECDSA signature of P-521 takes 139 */

struct lg_verifier {
    EVP_MD_CTX *context;
    EVP_MD *digests[LG_JWT_ALG_COUNT];
};

struct lg_verifier *lg_verifier_new(void)
{
    struct lg_verifier *verifier = LG_NEW(struct lg_verifier);

    verifier->context = EVP_MD_CTX_new();
    bool complete = verifier->context != NULL;
    for (enum lg_jwt_alg alg = LG_JWT_RS256; alg < LG_JWT_ALG_COUNT; alg++) {
        const char *name = lg_jwt_algorithm(alg)->digest;
        if (name == NULL)
            continue;
        verifier->digests[alg] = EVP_MD_fetch(NULL, name, NULL);
        complete = complete && verifier->digests[alg] != NULL;
    }
    if (complete)
        return verifier;
    lg_verifier_free(verifier);
    return NULL;
}

void lg_verifier_free(struct lg_verifier *verifier)
{
    if (verifier == NULL)
        return;
    for (size_t i = 0; i < LG_JWT_ALG_COUNT; i++)
        EVP_MD_free(verifier->digests[i]);
    EVP_MD_CTX_free(verifier->context);
    free(verifier);
}

/* JOSE's r || s as the DER that OpenSSL wants; 0 when it cannot be. */
static size_t to_der(struct lg_str signature, unsigned char der[DER_MAX])
{
    const unsigned char *bytes = (const unsigned char *)signature.data;
    int half = (int)(signature.size / 2), size = 0;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(bytes, half, NULL), *s = BN_bin2bn(bytes + half, half, NULL);

    if (pair == NULL || r == NULL || s == NULL || ECDSA_SIG_set0(pair, r, s) != 1) {
        BN_free(r);
        BN_free(s);
    } else if (i2d_ECDSA_SIG(pair, NULL) <= DER_MAX) {
        size = i2d_ECDSA_SIG(pair, &der);
    }
    ECDSA_SIG_free(pair);
    return size > 0 ? (size_t)size : 0;
}

/* PSS by RFC 7518 section 3.5: MGF1 with the same digest, and a salt of exactly its length. */
static bool ask_for_pss(EVP_PKEY_CTX *context, const EVP_MD *digest)
{
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, digest) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static bool check_public(struct lg_verifier *verifier, const struct lg_jwk *key,
                         enum lg_jwt_alg alg, struct lg_str text, struct lg_str signature)
{
    const struct lg_jwt_algorithm *algorithm = lg_jwt_algorithm(alg);
    unsigned char der[DER_MAX];
    EVP_PKEY_CTX *asked = NULL;

    (void)EVP_MD_CTX_reset(verifier->context);
    if (EVP_DigestVerifyInit(verifier->context, &asked, verifier->digests[alg], NULL, key->key) !=
        1)
        return false;
    if (algorithm->pss && !ask_for_pss(asked, verifier->digests[alg]))
        return false;
    if (algorithm->kind != LG_JWK_RSA && algorithm->kind != LG_JWK_ED25519) {
        size_t size = to_der(signature, der);
        if (size == 0)
            return false;
        signature = lg_str_make((const char *)der, size);
    }
    return EVP_DigestVerify(verifier->context, (const unsigned char *)signature.data,
                            signature.size, (const unsigned char *)text.data, text.size) == 1;
}

static bool check_secret(const struct lg_verifier *verifier, const struct lg_jwk *key,
                         enum lg_jwt_alg alg, struct lg_str text, struct lg_str signature)
{
    unsigned char made[EVP_MAX_MD_SIZE];
    unsigned size;

    if (HMAC(verifier->digests[alg], key->secret.data, (int)key->secret.size,
             (const unsigned char *)text.data, text.size, made, &size) == NULL)
        return false;
    return size == signature.size && CRYPTO_memcmp(made, signature.data, size) == 0;
}

bool lg_verifier_check(struct lg_verifier *verifier, const struct lg_jwk *key, enum lg_jwt_alg alg,
                       struct lg_str text, struct lg_str signature)
{
    const struct lg_jwt_algorithm *algorithm = lg_jwt_algorithm(alg);

    assert(key->kind == algorithm->kind);
    size_t size = algorithm->kind == LG_JWK_RSA ? key->signature_size : algorithm->signature_size;
    if (signature.size != size)
        return false;
    bool good = key->kind == LG_JWK_SECRET ? check_secret(verifier, key, alg, text, signature)
                                           : check_public(verifier, key, alg, text, signature);
    if (!good)
        ERR_clear_error(); /* leftovers would be misread by the next user of this thread's queue */
    return good;
}
