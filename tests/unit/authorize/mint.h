/* mint.h -- keys, key sets and tokens for tests, good ones and every kind of bad one. */
#ifndef LG_TEST_MINT_H
#define LG_TEST_MINT_H

#include <openssl/evp.h>

#include "authorize/jwks.h"
#include "base/buf.h"

EVP_PKEY *mint_rsa(unsigned bits);
EVP_PKEY *mint_ec(const char *curve); /* "P-256", "secp256k1", ... */
EVP_PKEY *mint_ed25519(void);

/* The public key as a JWK object with these members too: `"kid":"k1","use":"sig"`. Owned. */
char *mint_jwk(EVP_PKEY *key, const char *members);

/* How a text is signed. */
struct mint_way {
    const char *digest; /* "SHA2-256"; NULL: EdDSA */
    bool pss;
    int salt;    /* of PSS; -1: as long as the digest */
    bool der;    /* an ECDSA signature stays DER */
    size_t half; /* ECDSA: bytes of r and of s */
};

extern const struct mint_way mint_rs256, mint_rs384, mint_rs512, mint_ps256, mint_es256, mint_es384,
    mint_es512, mint_eddsa;

/* base64url(header).base64url(payload).signature, owned. */
char *mint_token(EVP_PKEY *key, const struct mint_way *way, const char *header,
                 const char *payload);
/* The same with a payload that may hold NUL. */
char *mint_token_of(EVP_PKEY *key, const struct mint_way *way, struct lg_str header,
                    struct lg_str payload);
char *mint_hmac_token(struct lg_str secret, const char *header, const char *payload);
/* header.payload with this text as third part, owned. */
char *mint_unsigned(const char *header, const char *payload, const char *third);

/* SubjectPublicKeyInfo; owned. */
char *mint_pem(EVP_PKEY *key, size_t *ret_size);
char *mint_der(EVP_PKEY *key, size_t *ret_size);

#endif
