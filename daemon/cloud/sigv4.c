/* sigv4.c -- the key of the day, the string to sign, the Authorization header. */
#include "cloud/sigv4.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cloud/digest.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define DAY_SIZE 8

struct lg_signer {
    struct lg_str region, service; /* owned */
    enum lg_sigv4_path style;
    struct lg_digest *digest;
    struct lg_canonical canonical;
    struct lg_header *headers; /* the caller's and ours */
    size_t header_room;

    /* the key of the day, and what it was made from; day[0] is NUL before the first */
    char day[DAY_SIZE + 1];
    char *secret; /* owned */
    unsigned char key[LG_DIGEST_SIZE];

    /* of the last signature */
    int64_t second; /* of the stamp */
    char stamp[LG_SIGV4_STAMP_SIZE], payload_hash[LG_DIGEST_HEX_SIZE];
    struct lg_buf scope, string_to_sign, authorization;
};

static struct lg_str own(struct lg_str text)
{
    return lg_str_make(lg_strndup(text.data, text.size), text.size);
}

struct lg_signer *lg_signer_new(struct lg_str region, struct lg_str service,
                                enum lg_sigv4_path style)
{
    struct lg_signer *signer = LG_NEW(struct lg_signer);

    signer->region = own(region);
    signer->service = own(service);
    signer->style = style;
    signer->digest = lg_digest_new();
    lg_canonical_init(&signer->canonical);
    lg_buf_init(&signer->scope, SIZE_MAX);
    lg_buf_init(&signer->string_to_sign, SIZE_MAX);
    lg_buf_init(&signer->authorization, SIZE_MAX);
    return signer;
}

static void forget_key(struct lg_signer *signer)
{
    if (signer->secret != NULL)
        explicit_bzero(signer->secret, strlen(signer->secret));
    free(signer->secret);
    signer->secret = NULL;
    explicit_bzero(signer->key, sizeof(signer->key));
    signer->day[0] = '\0';
}

void lg_signer_free(struct lg_signer *signer)
{
    if (signer == NULL)
        return;
    forget_key(signer);
    lg_digest_free(signer->digest);
    lg_canonical_done(&signer->canonical);
    lg_buf_done(&signer->scope);
    lg_buf_done(&signer->string_to_sign);
    lg_buf_done(&signer->authorization);
    free((char *)signer->region.data);
    free((char *)signer->service.data);
    free(signer->headers);
    free(signer);
}

void lg_sigv4_stamp(int64_t wall_ms, char ret_stamp[LG_SIGV4_STAMP_SIZE])
{
    char iso[LG_CLOCK_ISO_SIZE]; /* any clock fits: it may be corrected by what a stranger says */
    size_t size = 0;

    lg_clock_iso(wall_ms, iso);
    for (const char *at = iso; *at != '.'; at++)
        if (*at != '-' && *at != ':')
            ret_stamp[size++] = *at;
    ret_stamp[size++] = 'Z';
    ret_stamp[size] = '\0';
    assert(size == LG_SIGV4_STAMP_SIZE - 1);
}

/* Once a second: calendars are slow. */
static void write_stamp(struct lg_signer *signer, int64_t second)
{
    if (signer->stamp[0] != '\0' && signer->second == second)
        return;
    signer->second = second;
    lg_sigv4_stamp(second * 1000, signer->stamp);
}

/* --- the key of the day ----------------------------------------------------------------------- */

static struct lg_str key_of(const struct lg_signer *signer)
{
    return lg_str_make((const char *)signer->key, sizeof(signer->key));
}

static void derive_key(struct lg_signer *signer, const char *secret)
{
    struct lg_buf first;

    lg_buf_init(&first, SIZE_MAX);
    (void)lg_buf_reserve(&first, strlen(secret) + 4); /* so that it never moves */
    lg_buf_add_cstr(&first, "AWS4");
    lg_buf_add_cstr(&first, secret);
    lg_digest_hmac(signer->digest, lg_buf_str(&first), lg_str_of(signer->day), signer->key);
    explicit_bzero(first.data, first.size);
    lg_buf_done(&first);
    lg_digest_hmac(signer->digest, key_of(signer), signer->region, signer->key);
    lg_digest_hmac(signer->digest, key_of(signer), signer->service, signer->key);
    lg_digest_hmac(signer->digest, key_of(signer), LG_STR("aws4_request"), signer->key);
}

static void prepare_key(struct lg_signer *signer, const char *secret)
{
    if (memcmp(signer->day, signer->stamp, DAY_SIZE) == 0 && strcmp(signer->secret, secret) == 0)
        return;
    forget_key(signer);
    signer->secret = lg_strdup(secret);
    memcpy(signer->day, signer->stamp, DAY_SIZE);
    derive_key(signer, secret);
}

/* --- signing ---------------------------------------------------------------------------------- */

static void hash_payload(struct lg_signer *signer, const struct lg_signing *signing)
{
    unsigned char hash[LG_DIGEST_SIZE];

    if (signing->unsigned_payload) {
        lg_cstr_copy(signer->payload_hash, sizeof(signer->payload_hash), LG_SIGV4_UNSIGNED_PAYLOAD);
        return;
    }
    if (signing->body_hash != NULL) {
        lg_cstr_copy(signer->payload_hash, sizeof(signer->payload_hash), signing->body_hash);
        return;
    }
    lg_digest_sha256(signer->digest, signing->body, hash);
    lg_digest_hex(hash, signer->payload_hash);
}

/* Ours, but for the signature itself. */
static size_t make_headers(struct lg_signer *signer, const struct lg_credentials *credentials,
                           const struct lg_signing *signing,
                           struct lg_header ret_headers[LG_SIGNATURE_HEADERS])
{
    size_t count = 0;

    ret_headers[count++] = (struct lg_header){ LG_STR("X-Amz-Date"), lg_str_of(signer->stamp) };
    if (credentials->session_token != NULL)
        ret_headers[count++] = (struct lg_header){ LG_STR("X-Amz-Security-Token"),
                                                   lg_str_of(credentials->session_token) };
    if (signing->content_sha256 || signing->unsigned_payload)
        ret_headers[count++] =
            (struct lg_header){ LG_STR("X-Amz-Content-Sha256"), lg_str_of(signer->payload_hash) };
    return count;
}

static void write_canonical(struct lg_signer *signer, const struct lg_signing *signing,
                            const struct lg_header *ours, size_t our_count)
{
    size_t count = signing->header_count + our_count;

    if (count > signer->header_room) {
        signer->header_room = count;
        signer->headers = lg_realloc(signer->headers, count * sizeof(*signer->headers));
    }
    if (signing->header_count > 0)
        memcpy(signer->headers, signing->headers, signing->header_count * sizeof(*signer->headers));
    memcpy(signer->headers + signing->header_count, ours, our_count * sizeof(*ours));

    const struct lg_sigv4_request request = {
        .method = signing->method,
        .path = signing->path,
        .query = signing->query,
        .headers = signer->headers,
        .header_count = count,
        .payload_hash = lg_str_of(signer->payload_hash),
    };
    lg_canonical_write(&signer->canonical, &request, signer->style);
}

static void write_scope(struct lg_signer *signer)
{
    struct lg_buf *scope = &signer->scope;

    lg_buf_clear(scope);
    lg_buf_add(scope, signer->stamp, DAY_SIZE);
    lg_buf_add_char(scope, '/');
    lg_buf_add_str(scope, signer->region);
    lg_buf_add_char(scope, '/');
    lg_buf_add_str(scope, signer->service);
    lg_buf_add_cstr(scope, "/aws4_request");
}

static void write_string_to_sign(struct lg_signer *signer)
{
    struct lg_buf *out = &signer->string_to_sign;
    unsigned char hash[LG_DIGEST_SIZE];
    char hex[LG_DIGEST_HEX_SIZE];

    lg_digest_sha256(signer->digest, lg_buf_str(&signer->canonical.text), hash);
    lg_digest_hex(hash, hex);
    lg_buf_clear(out);
    lg_buf_add_cstr(out, ALGORITHM "\n");
    lg_buf_add_cstr(out, signer->stamp);
    lg_buf_add_char(out, '\n');
    lg_buf_add_str(out, lg_buf_str(&signer->scope));
    lg_buf_add_char(out, '\n');
    lg_buf_add_cstr(out, hex);
}

static void write_authorization(struct lg_signer *signer, const char *access_key_id)
{
    struct lg_buf *out = &signer->authorization;
    unsigned char hash[LG_DIGEST_SIZE];
    char hex[LG_DIGEST_HEX_SIZE];

    lg_digest_hmac(signer->digest, key_of(signer), lg_buf_str(&signer->string_to_sign), hash);
    lg_digest_hex(hash, hex);
    lg_buf_clear(out);
    lg_buf_add_cstr(out, ALGORITHM " Credential=");
    lg_buf_add_cstr(out, access_key_id);
    lg_buf_add_char(out, '/');
    lg_buf_add_str(out, lg_buf_str(&signer->scope));
    lg_buf_add_cstr(out, ", SignedHeaders=");
    lg_buf_add_str(out, lg_buf_str(&signer->canonical.names));
    lg_buf_add_cstr(out, ", Signature=");
    lg_buf_add_cstr(out, hex);
}

size_t lg_signer_sign(struct lg_signer *signer, const struct lg_credentials *credentials,
                      const struct lg_signing *signing, int64_t wall_ms,
                      struct lg_header ret_headers[LG_SIGNATURE_HEADERS])
{
    write_stamp(signer, wall_ms / 1000);
    prepare_key(signer, credentials->secret_access_key);
    hash_payload(signer, signing);

    size_t count = make_headers(signer, credentials, signing, ret_headers);

    write_canonical(signer, signing, ret_headers, count);
    write_scope(signer);
    write_string_to_sign(signer);
    write_authorization(signer, credentials->access_key_id);
    ret_headers[count++] =
        (struct lg_header){ LG_STR("Authorization"), lg_buf_str(&signer->authorization) };
    return count;
}

struct lg_str lg_signer_canonical(const struct lg_signer *signer)
{
    return lg_buf_str(&signer->canonical.text);
}

struct lg_str lg_signer_string_to_sign(const struct lg_signer *signer)
{
    return lg_buf_str(&signer->string_to_sign);
}
