/*
 * chain_anywhere.c -- IAM Roles Anywhere: a certificate and its key in the place of AWS's keys.
 *
 * The request is signed as with Signature Version 4, but by the private key itself (RSA or EC), and
 * the certificate travels along.
 */
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "cloud/chain_private.h"
#include "cloud/credential_text.h"
#include "cloud/digest.h"
#include "cloud/endpoint.h"
#include "cloud/secret_file.h"
#include "cloud/sigv4.h"

#define CALL_MS 5000
#define CHAIN_MAX 5 /* certificates between ours and the anchor */
#define HEADERS 5

struct session {
    struct lg_chain *chain;
    const struct lg_config_roles_anywhere *config;
    X509 *certificate;
    EVP_PKEY *key;
    struct lg_buf leaf, between; /* base64 */
    struct lg_buf body, authorization;
    struct lg_canonical canonical;
    char *region, *base; /* owned */
    char stamp[LG_SIGV4_STAMP_SIZE];
};

/* --- files ------------------------------------------------------------------------------------ */

static BIO *open_file(const char *path, char **ret_text, size_t *ret_size, struct lg_buf *reason)
{
    if (lg_secret_read(path, ret_text, ret_size) != LG_OK) {
        lg_buf_printf(reason, "%s cannot be read", path);
        return NULL;
    }
    return BIO_new_mem_buf(*ret_text, (int)*ret_size);
}

static void add_der(struct lg_buf *out, X509 *certificate)
{
    unsigned char *der = NULL;
    int size = i2d_X509(certificate, &der);

    if (size > 0)
        lg_base64_encode(out, lg_str_make((const char *)der, (size_t)size));
    OPENSSL_free(der);
}

static bool read_certificate(struct session *session, struct lg_buf *reason)
{
    const char *path = session->config->certificate;
    char *text;
    size_t size;
    BIO *bio = open_file(path, &text, &size, reason);

    if (bio == NULL)
        return false;
    session->certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    lg_secret_free(text, size);
    if (session->certificate == NULL)
        lg_buf_printf(reason, "%s holds no certificate in PEM", path);
    else
        add_der(&session->leaf, session->certificate);
    return session->certificate != NULL;
}

static bool read_between(struct session *session, struct lg_buf *reason)
{
    X509 *certificate;
    char *text;
    size_t size, count = 0;

    if (session->config->chain == NULL)
        return true;
    BIO *bio = open_file(session->config->chain, &text, &size, reason);
    if (bio == NULL)
        return false;
    while (count < CHAIN_MAX && (certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
        if (count++ > 0)
            lg_buf_add_char(&session->between, ',');
        add_der(&session->between, certificate);
        X509_free(certificate);
    }
    BIO_free(bio);
    lg_secret_free(text, size);
    if (count == 0)
        lg_buf_printf(reason, "%s holds no certificate in PEM", session->config->chain);
    return count > 0;
}

static bool read_key(struct session *session, struct lg_buf *reason)
{
    const char *path = session->config->private_key;
    char *text;
    size_t size;
    BIO *bio = open_file(path, &text, &size, reason);

    if (bio == NULL)
        return false;
    /* An empty word for one that is encrypted: nobody is there to type it. */
    session->key = PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t) "");
    BIO_free(bio);
    lg_secret_free(text, size);
    if (session->key == NULL)
        lg_buf_printf(reason, "%s holds no private key in PEM", path);
    else if (!EVP_PKEY_is_a(session->key, "RSA") && !EVP_PKEY_is_a(session->key, "EC"))
        lg_buf_printf(reason, "%s is neither RSA nor EC", path);
    else if (X509_check_private_key(session->certificate, session->key) != 1)
        lg_buf_printf(reason, "%s is not the key of %s", path, session->config->certificate);
    else
        return true;
    return false;
}

/* --- signing ---------------------------------------------------------------------------------- */

static void add_member(struct lg_buf *out, bool *first, const char *name, const char *value)
{
    lg_json_add_name(out, first, name);
    lg_json_add_string(out, lg_str_of(value));
}

static void write_body(struct session *session)
{
    const struct lg_chain_settings *settings = session->chain->settings;
    struct lg_buf *body = &session->body;
    bool first = true;

    lg_buf_add_char(body, '{');
    add_member(body, &first, "profileArn", session->config->profile_arn);
    add_member(body, &first, "roleArn", session->config->role_arn);
    add_member(body, &first, "trustAnchorArn", session->config->trust_anchor_arn);
    if (settings->role_session != NULL)
        add_member(body, &first, "roleSessionName", settings->role_session);
    lg_buf_add_char(body, '}');
}

static const char *algorithm(const struct session *session)
{
    return EVP_PKEY_is_a(session->key, "RSA") ? "AWS4-X509-RSA-SHA256" : "AWS4-X509-ECDSA-SHA256";
}

static void write_scope(const struct session *session, struct lg_buf *out)
{
    lg_buf_printf(out, "%.8s/%s/rolesanywhere/aws4_request", session->stamp, session->region);
}

static void write_string_to_sign(struct session *session, const struct lg_header *headers,
                                 size_t count, struct lg_buf *out)
{
    struct lg_digest *digest = lg_digest_new();
    unsigned char hash[LG_DIGEST_SIZE];
    char hex[LG_DIGEST_HEX_SIZE];

    lg_digest_sha256(digest, lg_buf_str(&session->body), hash);
    lg_digest_hex(hash, hex);
    const struct lg_sigv4_request request = { .method = LG_STR("POST"),
                                              .path = LG_STR("/sessions"),
                                              .headers = headers,
                                              .header_count = count,
                                              .payload_hash = lg_str_of(hex) };
    lg_canonical_write(&session->canonical, &request, LG_SIGV4_PATH_NORMALIZED);
    lg_digest_sha256(digest, lg_buf_str(&session->canonical.text), hash);
    lg_digest_hex(hash, hex);
    lg_digest_free(digest);
    lg_buf_printf(out, "%s\n%s\n", algorithm(session), session->stamp);
    write_scope(session, out);
    lg_buf_printf(out, "\n%s", hex);
}

static bool add_signature(struct session *session, struct lg_str text)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[1024]; /* RSA of 8192 bits */
    size_t size = sizeof(signature);
    bool good =
        context != NULL &&
        EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, session->key) == 1 &&
        EVP_DigestSign(context, signature, &size, (const unsigned char *)text.data, text.size) == 1;

    if (good)
        lg_hex_encode(&session->authorization, lg_str_make((const char *)signature, size));
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return good;
}

static bool authorize(struct session *session, const struct lg_header *headers, size_t count)
{
    struct lg_buf *out = &session->authorization;
    BIGNUM *serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(session->certificate), NULL);
    char *decimal = serial == NULL ? NULL : BN_bn2dec(serial);
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    write_string_to_sign(session, headers, count, &text);
    lg_buf_printf(out, "%s Credential=%s/", algorithm(session), decimal == NULL ? "" : decimal);
    write_scope(session, out);
    lg_buf_printf(
        out, ", SignedHeaders=%.*s, Signature=", LG_STR_ARG(lg_buf_str(&session->canonical.names)));
    bool good = decimal != NULL && add_signature(session, lg_buf_str(&text));
    lg_buf_done(&text);
    OPENSSL_free(decimal);
    BN_free(serial);
    return good;
}

/* --- the call --------------------------------------------------------------------------------- */

static struct lg_str host_of(const char *base)
{
    const char *host = strstr(base, "://");

    return lg_str_of(host == NULL ? base : host + 3);
}

/* {"credentialSet": [{"credentials": {...}}]} */
static bool read_answer(struct lg_str text, struct lg_chain_result *ret_result,
                        struct lg_buf *reason)
{
    static const struct lg_credentials_dialect dialect = {
        "credentials", "accessKeyId", "secretAccessKey", "sessionToken", "expiration", NULL,
    };
    struct lg_arena arena;
    struct lg_json *json;
    bool good = false;

    lg_arena_init(&arena);
    if (lg_json_read(&arena, text, &lg_json_default_limits, &json, NULL) == LG_OK) {
        const struct lg_json *set = lg_json_get(json, "credentialSet");

        if (lg_json_is(set, LG_JSON_ARRAY) && set->first != NULL)
            good = lg_credentials_read_json(set->first->text, &dialect, &ret_result->credentials,
                                            reason);
        else
            lg_buf_add_cstr(reason, "an answer without credentials");
    } else {
        lg_buf_add_cstr(reason, "an answer that is not JSON");
    }
    lg_arena_done(&arena);
    return good;
}

static bool send_call(struct session *session, struct lg_chain_result *ret_result,
                      struct lg_buf *reason)
{
    struct lg_header headers[HEADERS + 1] = {
        { LG_STR("Content-Type"), LG_STR("application/json") },
        { LG_STR("Host"), host_of(session->base) },
        { LG_STR("X-Amz-Date"), lg_str_of(session->stamp) },
        { LG_STR("X-Amz-X509"), lg_buf_str(&session->leaf) },
    };
    size_t count = HEADERS - 1;
    struct lg_web_answer answer;

    if (session->between.size > 0)
        headers[count++] =
            (struct lg_header){ LG_STR("X-Amz-X509-Chain"), lg_buf_str(&session->between) };
    if (!authorize(session, headers, count)) {
        lg_buf_add_cstr(reason, "its key cannot sign");
        return false;
    }
    headers[count++] =
        (struct lg_header){ LG_STR("Authorization"), lg_buf_str(&session->authorization) };
    char *url = lg_sprintf("%s/sessions", session->base);
    const struct lg_web_request request = { .method = "POST",
                                            .url = url,
                                            .headers = headers,
                                            .header_count = count,
                                            .body = lg_buf_str(&session->body),
                                            .ca_file = session->chain->settings->ca_file,
                                            .timeout_ms = CALL_MS,
                                            .ended = session->chain->ended };
    bool good = false;
    (void)lg_web_call(&request, &answer);
    if (answer.status == 200 || answer.status == 201)
        good = read_answer(lg_buf_str(&answer.body), ret_result, reason);
    else if (answer.status != 0)
        lg_buf_printf(reason, "status %d", answer.status);
    else
        lg_buf_add_cstr(reason, answer.fault);
    lg_web_answer_done(&answer);
    free(url);
    return good;
}

static void begin(struct session *session, struct lg_chain *chain)
{
    *session = (struct session){ .chain = chain, .config = chain->settings->anywhere };
    lg_buf_init(&session->leaf, SIZE_MAX);
    lg_buf_init(&session->between, SIZE_MAX);
    lg_buf_init(&session->body, SIZE_MAX);
    lg_buf_init(&session->authorization, SIZE_MAX);
    lg_canonical_init(&session->canonical);
    session->region = lg_chain_call_region(chain);
    session->base =
        lg_endpoint_url(session->config->endpoint, "rolesanywhere", lg_str_of(session->region));
    lg_sigv4_stamp(lg_clock_wall_ms() + chain->skew_ms, session->stamp);
}

static void end(struct session *session)
{
    X509_free(session->certificate);
    EVP_PKEY_free(session->key);
    lg_buf_done(&session->leaf);
    lg_buf_done(&session->between);
    lg_buf_done(&session->body);
    lg_buf_done(&session->authorization);
    lg_canonical_done(&session->canonical);
    free(session->region);
    free(session->base);
    ERR_clear_error();
}

enum lg_found lg_chain_anywhere(struct lg_chain *chain, struct lg_chain_result *ret_result,
                                struct lg_buf *reterr_reason)
{
    struct session session;

    if (chain->settings->anywhere == NULL)
        return LG_FOUND_NOTHING;
    begin(&session, chain);
    lg_buf_add_cstr(reterr_reason, "roles anywhere: ");
    lg_chain_say(ret_result, "roles anywhere, role %s", session.config->role_arn);
    write_body(&session);
    bool good = read_certificate(&session, reterr_reason) &&
                read_between(&session, reterr_reason) && read_key(&session, reterr_reason) &&
                send_call(&session, ret_result, reterr_reason);
    end(&session);
    return good ? LG_FOUND : LG_FOUND_FAULT;
}
