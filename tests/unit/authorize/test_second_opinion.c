/*
 * test_second_opinion.c -- signatures as libjwt sees them: what either of us signs the other takes,
 * and a token in which one letter was changed is taken by neither.
 */
#include <criterion/criterion.h>
#include <jwt.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "authorize/jwt.h"
#include "authorize/signature.h"
#include "base/mem.h"
#include "mint.h"

#define CLAIMS                                                                                     \
    "{\"iss\":\"https://idp.example.com\",\"exp\":1700003600,\"sub\":\"u\",\"scope\":\"a b\"}"
#define SECRET "a secret that is sixty-four bytes long, as the largest digest is."

enum kind { KIND_RSA, KIND_EC, KIND_SECRET };

static const struct {
    const char *name;
    jwt_alg_t theirs;
    enum kind kind;
    const char *curve;
    const struct mint_way *way;
} algorithms[] = {
    { "RS256", JWT_ALG_RS256, KIND_RSA, NULL, &mint_rs256 },
    { "RS384", JWT_ALG_RS384, KIND_RSA, NULL, &mint_rs384 },
    { "RS512", JWT_ALG_RS512, KIND_RSA, NULL, &mint_rs512 },
    { "ES256", JWT_ALG_ES256, KIND_EC, "P-256", &mint_es256 },
    { "ES384", JWT_ALG_ES384, KIND_EC, "P-384", &mint_es384 },
    { "ES512", JWT_ALG_ES512, KIND_EC, "P-521", &mint_es512 },
    { "HS256", JWT_ALG_HS256, KIND_SECRET, NULL, NULL },
};

/* A key as each of us wants it. */
struct both {
    EVP_PKEY *key;
    struct lg_jwks *jwks;
    char *public_pem, *private_pem; /* or the secret, twice */
    size_t public_size, private_size;
};

static char *private_pem(EVP_PKEY *key, size_t *ret_size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;

    cr_assert_eq(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
    long size = BIO_get_mem_data(bio, &text);
    char *copy = lg_strndup(text, (size_t)size);
    *ret_size = (size_t)size;
    BIO_free(bio);
    return copy;
}

static struct both make_key(size_t index)
{
    struct both both = { 0 };
    const char *reason = "";

    if (algorithms[index].kind == KIND_SECRET) {
        both.jwks = lg_jwks_of_secret(lg_str_of(SECRET));
        both.public_pem = lg_strdup(SECRET);
        both.private_pem = lg_strdup(SECRET);
        both.public_size = both.private_size = strlen(SECRET);
        return both;
    }
    both.key =
        algorithms[index].kind == KIND_RSA ? mint_rsa(2048) : mint_ec(algorithms[index].curve);
    both.public_pem = mint_pem(both.key, &both.public_size);
    both.private_pem = private_pem(both.key, &both.private_size);
    char *jwk = mint_jwk(both.key, "\"kid\":\"k\"");
    char *text = lg_sprintf("{\"keys\":[%s]}", jwk);
    cr_assert_eq(lg_jwks_read(lg_str_of(text), &both.jwks, &reason), LG_OK, "%s", reason);
    free(jwk);
    free(text);
    return both;
}

static void free_key(struct both *both)
{
    EVP_PKEY_free(both->key);
    lg_jwks_unref(both->jwks);
    free(both->public_pem);
    free(both->private_pem);
}

static bool we_take(struct lg_verifier *verifier, const struct both *both, const char *token)
{
    struct lg_arena arena;
    struct lg_jwt jwt;
    bool taken = false, known;

    lg_arena_init(&arena);
    if (lg_jwt_read(&arena, lg_str_of(token), 8192, &jwt) == LG_JWT_GOOD) {
        const struct lg_jwk *key = lg_jwks_find(both->jwks, jwt.kid, jwt.alg, &known);

        taken = key != NULL &&
                lg_verifier_check(verifier, key, jwt.alg, jwt.signed_part, jwt.signature);
    }
    lg_arena_done(&arena);
    return taken;
}

static bool they_take(const struct both *both, const char *token)
{
    jwt_t *jwt = NULL;
    int code =
        jwt_decode(&jwt, token, (const unsigned char *)both->public_pem, (int)both->public_size);

    jwt_free(jwt);
    return code == 0;
}

static char *our_token(size_t index, const struct both *both)
{
    char *header = lg_sprintf("{\"kid\":\"k\",\"alg\":\"%s\"}", algorithms[index].name);
    char *token = both->key != NULL ? mint_token(both->key, algorithms[index].way, header, CLAIMS)
                                    : mint_hmac_token(lg_str_of(SECRET), header, CLAIMS);

    free(header);
    return token;
}

static char *their_token(size_t index, const struct both *both)
{
    jwt_t *jwt = NULL;

    cr_assert_eq(jwt_new(&jwt), 0);
    cr_assert_eq(jwt_add_grants_json(jwt, CLAIMS), 0);
    cr_assert_eq(jwt_add_header(jwt, "kid", "k"), 0);
    cr_assert_eq(jwt_set_alg(jwt, algorithms[index].theirs,
                             (const unsigned char *)both->private_pem, (int)both->private_size),
                 0);
    char *token = jwt_encode_str(jwt);
    jwt_free(jwt);
    cr_assert_not_null(token);
    return token;
}

/*
 * Another letter in place of each seventh. Not of the last one of a part: some of its bits may mean
 * nothing, which we refuse and libjwt does not see.
 */
static void change_letters(struct lg_verifier *verifier, size_t index, const struct both *both,
                           char *token)
{
    size_t size = strlen(token);

    for (size_t i = 0; i + 1 < size; i += 7) {
        char letter = token[i];

        if (letter == '.' || token[i + 1] == '.')
            continue;
        token[i] = letter == 'A' ? 'B' : 'A';
        cr_expect(!we_take(verifier, both, token), "%s: taken by us with letter %zu changed",
                  algorithms[index].name, i);
        cr_expect(!they_take(both, token), "%s: taken by libjwt with letter %zu changed",
                  algorithms[index].name, i);
        token[i] = letter;
    }
}

Test(second_opinion, libjwt_and_we_agree_on_every_signature)
{
    struct lg_verifier *verifier = lg_verifier_new();

    for (size_t i = 0; i < LG_COUNT(algorithms); i++) {
        struct both both = make_key(i), stranger = make_key(i);
        char *tokens[] = { our_token(i, &both), their_token(i, &both) };

        for (size_t t = 0; t < LG_COUNT(tokens); t++) {
            const char *signer = t == 0 ? "us" : "libjwt";

            cr_expect(we_take(verifier, &both, tokens[t]), "%s, signed by %s: refused by us",
                      algorithms[i].name, signer);
            cr_expect(they_take(&both, tokens[t]), "%s, signed by %s: refused by libjwt",
                      algorithms[i].name, signer);
            if (stranger.key != NULL) {
                cr_expect(!we_take(verifier, &stranger, tokens[t]), "%s: any key will do for us",
                          algorithms[i].name);
                cr_expect(!they_take(&stranger, tokens[t]), "%s: any key will do for libjwt",
                          algorithms[i].name);
            }
            change_letters(verifier, i, &both, tokens[t]);
        }
        free(tokens[0]);
        free(tokens[1]);
        free_key(&both);
        free_key(&stranger);
    }
    lg_verifier_free(verifier);
}
