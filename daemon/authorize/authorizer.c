/* authorizer.c -- rules of the configuration to what a token is judged by. */
#include "authorize/authorizer.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "authorize/judge.h"
#include "base/file.h"
#include "base/mem.h"

#define SECRET_MAX 4096 /* bytes */
#define ANY_PUBLIC (LG_JWT_BIT(LG_JWT_HS256) - LG_JWT_BIT(LG_JWT_RS256))

struct lg_authorizer {
    const struct lg_config_authorizer *config;
    struct lg_arena arena;
    uint64_t number; /* no other authorizer of this process has it */
    struct lg_token_source *sources;
    size_t source_count;
    /* Twice: for routes without and with scopes; they differ in Cognito's `token_use` only. */
    struct lg_issuer *issuers[2];
    struct lg_key_set **keys;
    size_t count;
};

/* --- compiling -------------------------------------------------------------------------------- */

static struct lg_str_list list_of(struct lg_arena *arena, struct lg_config_strings strings)
{
    struct lg_str *items = lg_arena_alloc(arena, strings.count * sizeof(*items));

    for (size_t i = 0; i < strings.count; i++)
        items[i] = lg_str_of(strings.items[i]);
    return (struct lg_str_list){ items, strings.count };
}

static unsigned algorithms_of(const struct lg_config_issuer *config)
{
    unsigned bits = 0;

    if (config->user_pool != NULL)
        return LG_JWT_BIT(LG_JWT_RS256);
    for (size_t i = 0; i < config->algorithms.count; i++)
        bits |= LG_JWT_BIT(lg_jwt_alg_of(lg_str_of(config->algorithms.items[i])));
    if (bits != 0)
        return bits;
    return config->secret_file != NULL ? LG_JWT_BIT(LG_JWT_HS256) : ANY_PUBLIC;
}

/* One member of `claims`: a scalar, or a list of them. */
static bool compile_claim(struct lg_arena *arena, const struct lg_json *member,
                          struct lg_claim_rule *ret_rule)
{
    bool list = member->type == LG_JSON_ARRAY;
    size_t count = list ? member->count : 1;
    const struct lg_json **values = lg_arena_alloc(arena, count * sizeof(*values));
    const struct lg_json *value = list ? member->first : member;

    for (size_t i = 0; i < count; i++, value = value->next) {
        if (value->type == LG_JSON_NULL || value->type == LG_JSON_ARRAY ||
            value->type == LG_JSON_OBJECT)
            return false;
        values[i] = value;
    }
    *ret_rule = (struct lg_claim_rule){ member->name, values, count };
    return true;
}

static void compile_claims(struct lg_arena *arena, const struct lg_config_issuer *config,
                           struct lg_claim_rules *rules, struct lg_faults *faults)
{
    struct lg_json *claims;
    bool good =
        config->claims == NULL || (lg_json_read(arena, lg_str_of(config->claims),
                                                &lg_json_default_limits, &claims, NULL) == LG_OK &&
                                   claims->type == LG_JSON_OBJECT);

    if (config->claims == NULL)
        return;
    struct lg_claim_rule *items =
        lg_arena_alloc(arena, (good ? claims->count : 0) * sizeof(*items));
    for (const struct lg_json *member = good ? claims->first : NULL; member != NULL && good;
         member = member->next)
        good = compile_claim(arena, member, &items[rules->claim_count++]);
    rules->claims = items;
    if (!good)
        lg_faults_add(faults, &config->where,
                      "found \"claims\" with something else in it, expected names with a text, a "
                      "number, true, false, or a list of these");
}

static struct lg_issuer compile_issuer(struct lg_arena *arena,
                                       const struct lg_config_issuer *config, bool scoped,
                                       struct lg_faults *faults)
{
    struct lg_issuer issuer = {
        .names = list_of(arena, config->names),
        .algs = algorithms_of(config),
        .rules = { .cognito = config->user_pool != NULL,
                   .token_use = config->token_use & LG_TOKEN_USE_ANY,
                   .clients = list_of(arena, config->clients),
                   .any_client = config->any_client,
                   .groups = list_of(arena, config->groups),
                   .leeway_ms = config->leeway_ms,
                   .max_lifetime_ms = config->max_lifetime_ms },
    };

    if (config->token_use == LG_TOKEN_USE_BY_SCOPES)
        issuer.rules.token_use = scoped ? LG_TOKEN_ACCESS : LG_TOKEN_ID;
    compile_claims(arena, config, &issuer.rules, faults);
    return issuer;
}

static void compile_sources(struct lg_authorizer *authorizer)
{
    static const struct {
        const char *prefix;
        enum lg_token_place place;
    } places[] = {
        { "$request.header.", LG_TOKEN_IN_HEADER },
        { "$request.querystring.", LG_TOKEN_IN_QUERY },
        { "$request.cookie.", LG_TOKEN_IN_COOKIE },
    };
    struct lg_config_strings texts = authorizer->config->identity;

    authorizer->sources =
        lg_arena_alloc(&authorizer->arena, texts.count * sizeof(*authorizer->sources));
    for (size_t i = 0; i < texts.count; i++) {
        for (size_t p = 0; p < LG_COUNT(places); p++) {
            size_t size = strlen(places[p].prefix);
            if (strncmp(texts.items[i], places[p].prefix, size) == 0)
                authorizer->sources[authorizer->source_count++] =
                    (struct lg_token_source){ places[p].place, lg_str_of(texts.items[i] + size) };
        }
    }
    assert(authorizer->source_count == texts.count); /* the option's shape saw to that */
}

/* --- keys from files -------------------------------------------------------------------------- */

/* All of a file of `limit` bytes at most; false with the reason in `faults`. */
static bool read_file(const char *path, size_t limit, const struct lg_where *where,
                      struct lg_faults *faults, struct lg_buf *ret_text)
{
    lg_buf_init(ret_text, limit);
    (void)lg_buf_reserve(ret_text, limit); /* a secret must not be left behind by a move */
    enum lg_err err = lg_file_read(path, LG_FILE_REGULAR, ret_text);
    if (err == LG_ERR_TOO_BIG)
        lg_faults_add(faults, where, "file \"%s\": larger than %zu bytes", path, limit);
    else if (err != LG_OK)
        lg_faults_add(faults, where, "file \"%s\": %s", path, lg_file_fault(err));
    return err == LG_OK;
}

static struct lg_jwks *load_keys(const struct lg_config_issuer *config, struct lg_faults *faults)
{
    struct lg_jwks *jwks = NULL;
    struct lg_buf text;
    const char *reason;

    if (read_file(config->jwks_file, LG_JWKS_MAX_BYTES, &config->where, faults, &text) &&
        lg_jwks_read(lg_buf_str(&text), &jwks, &reason) != LG_OK)
        lg_faults_add(faults, &config->where, "file \"%s\": not a set of keys: %s",
                      config->jwks_file, reason);
    lg_buf_done(&text);
    return jwks;
}

static size_t least_secret(unsigned algorithms)
{
    size_t least = 0;

    for (enum lg_jwt_alg alg = LG_JWT_HS256; alg < LG_JWT_ALG_COUNT; alg++) {
        if ((algorithms & LG_JWT_BIT(alg)) != 0 && lg_jwt_algorithm(alg)->digest_size > least)
            least = lg_jwt_algorithm(alg)->digest_size;
    }
    return least;
}

static struct lg_jwks *load_secret(const struct lg_config_issuer *config, struct lg_faults *faults)
{
    struct lg_jwks *jwks = NULL;
    size_t least = least_secret(algorithms_of(config));
    struct lg_buf text;

    if (read_file(config->secret_file, SECRET_MAX, &config->where, faults, &text)) {
        struct lg_str secret = lg_buf_str(&text);
        while (secret.size > 0 && strchr("\r\n", secret.data[secret.size - 1]) != NULL)
            secret.size--;
        if (secret.size < least)
            lg_faults_add(faults, &config->where,
                          "file \"%s\": found a secret of %zu bytes, expected %zu at least",
                          config->secret_file, secret.size, least);
        else
            jwks = lg_jwks_of_secret(secret);
    }
    if (text.data != NULL)
        OPENSSL_cleanse(text.data, text.size);
    lg_buf_done(&text);
    return jwks;
}

static struct lg_key_set *fixed_keys(const struct lg_config_issuer *config,
                                     struct lg_faults *faults)
{
    struct lg_jwks *jwks = NULL;

    if (config->jwks_file != NULL)
        jwks = load_keys(config, faults);
    else if (config->secret_file != NULL)
        jwks = load_secret(config, faults);
    return jwks != NULL ? lg_key_set_fixed(jwks) : NULL;
}

static bool fetches(const struct lg_config_issuer *config)
{
    return config->jwks_file == NULL && config->secret_file == NULL;
}

/* libcurl reads it at every fetch; that it can be used is said at load. */
static void check_authorities(const struct lg_config_issuer *config, struct lg_faults *faults)
{
    FILE *file = fopen(config->ca_file, "re");

    if (file == NULL) {
        lg_faults_add(faults, &config->where, "file \"%s\": %s", config->ca_file, strerror(errno));
        return;
    }
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    if (certificate == NULL)
        lg_faults_add(faults, &config->where,
                      "file \"%s\": found no certificate in PEM, expected those of authorities",
                      config->ca_file);
    X509_free(certificate);
    ERR_clear_error();
    (void)fclose(file);
}

/* --- life
 * -----------------------------------------------------------------------------------------------
 */

struct lg_authorizer *lg_authorizer_build(const struct lg_config_authorizer *config,
                                          struct lg_faults *faults)
{
    static _Atomic uint64_t numbers;
    size_t before = lg_faults_count(faults);
    struct lg_authorizer *authorizer = LG_NEW(struct lg_authorizer);

    authorizer->config = config;
    /* Two at once: a verdict counts for routes with scopes or for routes without. */
    authorizer->number = atomic_fetch_add_explicit(&numbers, 2, memory_order_relaxed) + 2;
    authorizer->count = config->issuer_count;
    lg_arena_init(&authorizer->arena);
    authorizer->keys =
        lg_arena_zalloc(&authorizer->arena, config->issuer_count * sizeof(struct lg_key_set *));
    for (int scoped = 0; scoped < 2; scoped++)
        authorizer->issuers[scoped] =
            lg_arena_alloc(&authorizer->arena, config->issuer_count * sizeof(struct lg_issuer));
    compile_sources(authorizer);
    for (size_t i = 0; i < config->issuer_count; i++) {
        authorizer->issuers[0][i] =
            compile_issuer(&authorizer->arena, config->issuers[i], false, faults);
        if (lg_faults_count(faults) == before)
            authorizer->issuers[1][i] =
                compile_issuer(&authorizer->arena, config->issuers[i], true, faults);
        authorizer->keys[i] = fixed_keys(config->issuers[i], faults);
        if (config->issuers[i]->ca_file != NULL)
            check_authorities(config->issuers[i], faults);
    }
    if (lg_faults_count(faults) == before)
        return authorizer;
    lg_authorizer_free(authorizer);
    return NULL;
}

void lg_authorizer_free(struct lg_authorizer *authorizer)
{
    if (authorizer == NULL)
        return;
    for (size_t i = 0; i < authorizer->count; i++)
        lg_key_set_unref(authorizer->keys[i]);
    lg_arena_done(&authorizer->arena);
    free(authorizer);
}

bool lg_authorizer_fetches(const struct lg_authorizer *authorizer)
{
    for (size_t i = 0; i < authorizer->count; i++) {
        if (fetches(authorizer->config->issuers[i]))
            return true;
    }
    return false;
}

void lg_authorizer_attach(struct lg_authorizer *authorizer,
                          struct lg_key_set *(*find)(void *context,
                                                     const struct lg_key_source *source),
                          void *context)
{
    for (size_t i = 0; i < authorizer->count; i++) {
        const struct lg_config_issuer *config = authorizer->config->issuers[i];
        const char *issuer = config->names.items[0];
        const char *url = config->jwks_url != NULL ? config->jwks_url : issuer;
        const struct lg_key_source source = {
            .name = issuer,
            .issuer = issuer,
            .jwks_url = config->jwks_url,
            .ca_file = config->ca_file,
            .plain = strncmp(url, "http://", 7) == 0,
            .refresh_ms = config->refresh_ms,
            .stale_ms = config->stale_ms,
        };

        if (fetches(config))
            authorizer->keys[i] = find(context, &source);
    }
}

const struct lg_token_source *lg_authorizer_sources(const struct lg_authorizer *authorizer,
                                                    size_t *ret_count)
{
    *ret_count = authorizer->source_count;
    return authorizer->sources;
}

bool lg_identity_has_scope(const struct lg_identity *identity, struct lg_config_strings scopes)
{
    for (size_t i = 0; i < scopes.count; i++) {
        const struct lg_str scope = lg_str_of(scopes.items[i]);
        if (lg_claims_have_scope(identity->claims, (struct lg_str_list){ &scope, 1 }))
            return true;
    }
    return scopes.count == 0;
}

/* --- judging ---------------------------------------------------------------------------------- */

struct keys_context {
    const struct lg_authorizer *authorizer;
    size_t lane;
};

static const struct lg_jwks *keys_of(void *context, size_t issuer)
{
    const struct keys_context *keys = context;

    return lg_key_set_keys(keys->authorizer->keys[issuer], keys->lane);
}

/* Whether what was once found good still is. */
static bool still_holds(const struct lg_authorizer *authorizer, size_t lane,
                        const struct lg_identity *identity, int64_t wall_ms)
{
    const struct lg_jwks *jwks = lg_key_set_keys(authorizer->keys[identity->issuer], lane);

    return jwks != NULL && lg_jwks_generation(jwks) == identity->generation &&
           wall_ms < identity->expires_ms;
}

static struct lg_str write_text(struct lg_arena *arena,
                                void (*write)(struct lg_buf *out, const struct lg_json *claims),
                                const struct lg_json *claims)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    write(&out, claims);
    struct lg_str text = lg_arena_str(arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return text;
}

static void complete(struct lg_identity *identity, const struct lg_authorizer *authorizer,
                     const struct lg_judgement *judgement, const struct lg_jwks *jwks)
{
    identity->claims = judgement->claims;
    identity->claims_text = write_text(&identity->arena, lg_claims_write, judgement->claims);
    identity->scopes_text = write_text(&identity->arena, lg_claims_write_scopes, judgement->claims);
    identity->members =
        lg_claims_members(&identity->arena, judgement->claims, &identity->member_count);
    identity->expires_ms = lg_claims_expiry_ms(judgement->claims) +
                           authorizer->issuers[0][judgement->issuer].rules.leeway_ms;
    identity->issuer = judgement->issuer;
    identity->generation = lg_jwks_generation(jwks);
}

static struct lg_verdict judge_new(const struct lg_authorizer *authorizer,
                                   struct lg_authorize_lane *lane, struct lg_str token, bool scoped,
                                   int64_t wall_ms)
{
    struct keys_context keys = { authorizer, lane->index };
    const struct lg_issuers issuers = { authorizer->issuers[scoped], authorizer->count, keys_of,
                                        &keys, (size_t)authorizer->config->token_bytes };
    struct lg_identity *identity = lg_identity_new();
    /* What is read points into the token where nothing is escaped: it must last as long. */
    struct lg_str kept = lg_arena_str(&identity->arena, token);
    struct lg_judgement judgement =
        lg_judge(lane->verifier, &identity->arena, &issuers, kept, wall_ms);
    struct lg_verdict verdict = { .fault = judgement.fault };

    if (judgement.fault == LG_JWT_GOOD) {
        complete(identity, authorizer, &judgement, keys_of(&keys, judgement.issuer));
        verdict.identity = identity;
        return verdict;
    }
    if (judgement.fault == LG_JWT_UNKNOWN_KID) {
        verdict.unknown = authorizer->keys[judgement.issuer];
        verdict.never_had_keys = keys_of(&keys, judgement.issuer) == NULL;
    }
    lg_identity_unref(identity);
    return verdict;
}

struct lg_verdict lg_authorizer_judge(const struct lg_authorizer *authorizer,
                                      struct lg_authorize_lane *lane, struct lg_str token,
                                      bool scoped, int64_t wall_ms)
{
    unsigned char digest[LG_TOKEN_DIGEST_SIZE];
    uint64_t number = authorizer->number + (scoped ? 1 : 0);

    if (token.size > (size_t)authorizer->config->token_bytes)
        return (struct lg_verdict){ .fault = LG_JWT_TOO_LONG };
    (void)SHA256((const unsigned char *)token.data, token.size, digest);
    struct lg_identity *known = lg_token_cache_find(lane->cache, digest, number);
    if (known != NULL && still_holds(authorizer, lane->index, known, wall_ms))
        return (struct lg_verdict){ .identity = lg_identity_ref(known) };
    if (known != NULL)
        lg_token_cache_remove(lane->cache, known);

    struct lg_verdict verdict = judge_new(authorizer, lane, token, scoped, wall_ms);
    if (verdict.identity != NULL) {
        verdict.identity->authorizer = number;
        memcpy(verdict.identity->digest, digest, sizeof(digest));
        lg_token_cache_add(lane->cache, verdict.identity);
    }
    return verdict;
}

void lg_authorizer_explain(const struct lg_authorizer *authorizer, struct lg_verifier *verifier,
                           struct lg_arena *arena, struct lg_str token,
                           const struct lg_explain_asked *asked,
                           struct lg_explanation *ret_explanation)
{
    struct keys_context keys = { authorizer, 0 };
    const struct lg_issuers issuers = { authorizer->issuers[asked->scopes.count > 0],
                                        authorizer->count, keys_of, &keys,
                                        (size_t)authorizer->config->token_bytes };

    lg_explain(verifier, arena, &issuers, token, asked, ret_explanation);
}
