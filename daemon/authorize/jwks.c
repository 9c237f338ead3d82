/* jwks.c -- the list of keys of one issuer. jansson reads it: once an hour, off the path. */
#include "authorize/jwks.h"

#include <assert.h>
#include <jansson.h>
#include <openssl/crypto.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "authorize/jwk.h"
#include "base/mem.h"

struct lg_jwks {
    _Atomic size_t references;
    uint64_t generation;
    size_t count, note_count;
    struct lg_jwk keys[LG_JWKS_MAX_KEYS];
    struct lg_jwks_note notes[LG_JWKS_MAX_KEYS];
};

static struct lg_jwks *new_set(void)
{
    static _Atomic uint64_t generations;
    struct lg_jwks *jwks = LG_NEW(struct lg_jwks);

    atomic_init(&jwks->references, 1);
    jwks->generation = atomic_fetch_add_explicit(&generations, 1, memory_order_relaxed) + 1;
    return jwks;
}

static struct lg_str own(struct lg_str text)
{
    return lg_str_make(lg_strndup(text.data, text.size), text.size);
}

/* Two keys of one id are one too many, unless their algorithms tell them apart. */
static bool is_twin(const struct lg_jwk *a, const struct lg_jwk *b)
{
    if (!lg_str_eq(a->kid, b->kid) || a->kind != b->kind)
        return false;
    return a->alg == b->alg || a->alg == LG_JWT_ALG_NONE || b->alg == LG_JWT_ALG_NONE;
}

static bool add_key(struct lg_jwks *jwks, struct lg_jwk key)
{
    for (size_t i = 0; i < jwks->count; i++) {
        if (is_twin(&jwks->keys[i], &key)) {
            EVP_PKEY_free(key.key);
            return false;
        }
    }
    key.kid = own(key.kid);
    jwks->keys[jwks->count++] = key;
    return true;
}

static const char *read_keys(const json_t *list, struct lg_jwks *jwks)
{
    size_t index;
    json_t *entry;

    json_array_foreach(list, index, entry)
    {
        struct lg_jwk key;
        const char *reason = lg_jwk_read(entry, &key);
        if (reason != NULL)
            jwks->notes[jwks->note_count++] = (struct lg_jwks_note){ index, reason };
        else if (!add_key(jwks, key))
            return "two keys have one \"kid\"";
    }
    return NULL;
}

enum lg_err lg_jwks_read(struct lg_str text, struct lg_jwks **ret_jwks, const char **reterr_reason)
{
    struct lg_jwks *jwks = NULL;
    enum lg_err err = LG_ERR_SYNTAX;

    if (text.size > LG_JWKS_MAX_BYTES) {
        *reterr_reason = "larger than 256 KiB";
        return LG_ERR_TOO_BIG;
    }
    json_t *root = json_loadb(text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *list = json_object_get(root, "keys");
    if (!json_is_array(list)) {
        *reterr_reason = root == NULL ? "not JSON" : "without an array \"keys\"";
        goto out;
    }
    if (json_array_size(list) > LG_JWKS_MAX_KEYS) {
        *reterr_reason = "more than 64 keys";
        err = LG_ERR_TOO_BIG;
        goto out;
    }
    jwks = new_set();
    const char *reason = read_keys(list, jwks);
    if (reason != NULL) {
        *reterr_reason = reason;
        goto out;
    }
    if (jwks->count == 0) {
        *reterr_reason = "none of its keys can be used";
        err = LG_ERR_NOT_FOUND;
        goto out;
    }
    *ret_jwks = jwks;
    jwks = NULL;
    err = LG_OK;
out:
    lg_jwks_unref(jwks);
    json_decref(root);
    return err;
}

struct lg_jwks *lg_jwks_of_secret(struct lg_str secret)
{
    struct lg_jwks *jwks = new_set();

    jwks->keys[0] =
        (struct lg_jwk){ .kid = own(LG_STR("")), .kind = LG_JWK_SECRET, .secret = own(secret) };
    jwks->count = 1;
    return jwks;
}

struct lg_jwks *lg_jwks_ref(struct lg_jwks *jwks)
{
    (void)atomic_fetch_add_explicit(&jwks->references, 1, memory_order_relaxed);
    return jwks;
}

void lg_jwks_unref(struct lg_jwks *jwks)
{
    if (jwks == NULL || atomic_fetch_sub_explicit(&jwks->references, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < jwks->count; i++) {
        struct lg_jwk *key = &jwks->keys[i];
        EVP_PKEY_free(key->key);
        free((char *)key->kid.data);
        if (key->secret.data != NULL)
            OPENSSL_cleanse((char *)key->secret.data, key->secret.size);
        free((char *)key->secret.data);
    }
    free(jwks);
}

size_t lg_jwks_count(const struct lg_jwks *jwks)
{
    return jwks->count;
}

const struct lg_jwk *lg_jwks_at(const struct lg_jwks *jwks, size_t index)
{
    assert(index < jwks->count);
    return &jwks->keys[index];
}

const struct lg_jwks_note *lg_jwks_notes(const struct lg_jwks *jwks, size_t *ret_count)
{
    *ret_count = jwks->note_count;
    return jwks->notes;
}

uint64_t lg_jwks_generation(const struct lg_jwks *jwks)
{
    return jwks->generation;
}

static bool is_same_key(const struct lg_jwk *a, const struct lg_jwk *b)
{
    if (!lg_str_eq(a->kid, b->kid) || a->kind != b->kind || a->alg != b->alg)
        return false;
    if (a->kind == LG_JWK_SECRET)
        return lg_str_eq(a->secret, b->secret);
    return EVP_PKEY_eq(a->key, b->key) == 1;
}

bool lg_jwks_same(const struct lg_jwks *a, const struct lg_jwks *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        bool found = false;
        for (size_t j = 0; j < b->count; j++)
            found = found || is_same_key(&a->keys[i], &b->keys[j]);
        if (!found)
            return false;
    }
    return true;
}

static bool fits(const struct lg_jwk *key, enum lg_jwt_alg alg)
{
    const struct lg_jwt_algorithm *algorithm = lg_jwt_algorithm(alg);

    if (key->kind != algorithm->kind)
        return false;
    if (key->kind == LG_JWK_SECRET)
        return key->secret.size >= algorithm->digest_size;
    return key->alg == LG_JWT_ALG_NONE || key->alg == alg;
}

const struct lg_jwk *lg_jwks_find(const struct lg_jwks *jwks, struct lg_str kid,
                                  enum lg_jwt_alg alg, bool *ret_known_kid)
{
    assert(alg != LG_JWT_ALG_NONE);
    *ret_known_kid = false;
    for (size_t i = 0; i < jwks->count; i++) {
        const struct lg_jwk *key = &jwks->keys[i];
        if (key->kind != LG_JWK_SECRET && !lg_str_eq(key->kid, kid))
            continue;
        *ret_known_kid = true;
        if (fits(key, alg))
            return key;
    }
    return NULL;
}
