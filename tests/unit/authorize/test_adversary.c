/*
 * Tokens that somebody made to get in, and the few odd ones that must get in.
 *
 * The numbers are those of the project's table of hostile tokens. `cognito`: the issuer is a user
 * pool that wants access tokens; `oidc`: a generic issuer with all public-key algorithms.
 */
#include "authorize/explain.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64url.h"
#include "base/mem.h"
#include "mint.h"

#define NOW_MS INT64_C(1700000000000)
#define NOW "1700000000"
#define LATER "1700003600"
#define POOL "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_example01"
#define HEADER "{\"kid\":\"k1\",\"alg\":\"RS256\"}"
#define CLAIMS_BUT_ISS_AND_EXP                                                                     \
    "\"sub\":\"4f5\",\"token_use\":\"access\",\"scope\":\"aws.cognito.signin.user.admin "          \
    "my/read\",\"auth_time\":" NOW ",\"iat\":" NOW                                                 \
    ",\"jti\":\"j\",\"client_id\":\"client\",\"username\":\"u\",\"cognito:groups\":[\"admin\"]"
#define ISS "\"iss\":\"" POOL "\","
#define EXP "\"exp\":" LATER ","
#define CLAIMS "{" ISS EXP CLAIMS_BUT_ISS_AND_EXP "}"
#define CLAIMS_EXP(value) "{" ISS "\"exp\":" value "," CLAIMS_BUT_ISS_AND_EXP "}"
#define CLAIMS_ISS(value) "{\"iss\":" value "," EXP CLAIMS_BUT_ISS_AND_EXP "}"
/* An access token with these claims in place of the usual ones. */
#define ACCESS(claims) "{" ISS EXP "\"token_use\":\"access\",\"client_id\":\"client\"," claims "}"
#define ID(claims) "{" ISS EXP "\"token_use\":\"id\"," claims "}"

static struct {
    EVP_PKEY *k1, *k2, *ke, *k384, *kd, *weak, *stranger;
} keys;
static struct lg_jwks *jwks;
static struct lg_verifier *verifier;
static size_t wrong;

static struct lg_str client = { "client", 6 }, admin = { "admin", 5 },
                     pool = { POOL, sizeof(POOL) - 1 };

#define ALL_PUBLIC ((1U << LG_JWT_HS256) - 2)

static struct lg_issuer cognito(unsigned use)
{
    return (struct lg_issuer){ .names = { &pool, 1 },
                               .algs = LG_JWT_BIT(LG_JWT_RS256),
                               .rules = { .cognito = true,
                                          .token_use = use,
                                          .clients = { &client, 1 },
                                          .max_lifetime_ms = INT64_C(172800000) } };
}

static struct lg_issuer oidc(void)
{
    struct lg_issuer issuer = cognito(0);

    issuer.rules.cognito = false;
    issuer.algs = ALL_PUBLIC;
    return issuer;
}

static const struct lg_jwks *the_keys(void *context, size_t issuer)
{
    (void)context, (void)issuer;
    return jwks;
}

/* The explanation of every token here has the verdict as its first failure, and no signature. */
static void explain(const struct lg_issuers *issuers, struct lg_str token, enum lg_jwt_fault fault)
{
    const struct lg_explain_asked asked = { .no_scopes = "none", .now_ms = NOW_MS };
    const struct lg_explain_line *failed = NULL;
    struct lg_explanation explanation;
    struct lg_arena arena;

    lg_arena_init(&arena);
    lg_explain(verifier, &arena, issuers, token, &asked, &explanation);
    for (size_t i = explanation.count; i > 0; i--) {
        if (explanation.lines[i - 1].state == LG_EXPLAIN_FAILED)
            failed = &explanation.lines[i - 1];
    }
    enum lg_jwt_fault told = failed == NULL ? LG_JWT_GOOD : failed->fault;
    if (explanation.fault != fault || told != fault || explanation.count != 15) {
        wrong++;
        cr_log_error("explained as %s by %s with %zu lines, but it is %s",
                     lg_jwt_fault_name(explanation.fault), lg_jwt_fault_name(told),
                     explanation.count, lg_jwt_fault_name(fault));
    }
    lg_arena_done(&arena);
}

static enum lg_jwt_fault judge(struct lg_issuer issuer, struct lg_str token)
{
    struct lg_arena arena;

    lg_arena_init(&arena);
    struct lg_issuers issuers = { &issuer, 1, the_keys, NULL, 8192 };
    struct lg_judgement judgement = lg_judge(verifier, &arena, &issuers, token, NOW_MS);
    lg_arena_done(&arena);
    explain(&issuers, token, judgement.fault);
    if (ERR_peek_error() != 0) {
        wrong++;
        cr_log_error("OpenSSL's queue of errors was not left empty");
    }
    return judgement.fault;
}

static void expect_of(const char *number, struct lg_issuer issuer, struct lg_str token,
                      enum lg_jwt_fault wanted)
{
    enum lg_jwt_fault found = judge(issuer, token);

    if (found == wanted)
        return;
    wrong++;
    cr_log_error("case %s: expected %s, found %s", number, lg_jwt_fault_name(wanted),
                 lg_jwt_fault_name(found));
}

/* Judges a token for a pool that wants access tokens, and frees it. */
static void expect(const char *number, char *token, enum lg_jwt_fault wanted)
{
    expect_of(number, cognito(LG_TOKEN_ACCESS), lg_str_of(token), wanted);
    free(token);
}

/* For the pool and for the generic issuer. */
static void expect_both(const char *number, char *token, enum lg_jwt_fault by_pool,
                        enum lg_jwt_fault by_oidc)
{
    expect_of(number, cognito(LG_TOKEN_ACCESS), lg_str_of(token), by_pool);
    expect_of(number, oidc(), lg_str_of(token), by_oidc);
    free(token);
}

static char *rs256(const char *header, const char *claims)
{
    return mint_token(keys.k1, &mint_rs256, header, claims);
}

static char *good(void)
{
    return rs256(HEADER, CLAIMS);
}

static char *good_with(const char *more)
{
    char *token = good(), *longer = lg_sprintf("%s%s", token, more);

    free(token);
    return longer;
}

static void load_keys(void)
{
    const char *reason = "";
    char *k1 = mint_jwk(keys.k1, "\"kid\":\"k1\",\"use\":\"sig\",\"alg\":\"RS256\""),
         *k2 = mint_jwk(keys.k2, "\"kid\":\"k2\",\"alg\":\"RS256\""),
         *no_alg = mint_jwk(keys.k1, "\"kid\":\"knoalg\""),
         *enc = mint_jwk(keys.k1, "\"kid\":\"kenc\",\"use\":\"enc\""),
         *ps = mint_jwk(keys.k1, "\"kid\":\"kps\",\"alg\":\"PS256\""),
         *ec = mint_jwk(keys.ke, "\"kid\":\"ke\",\"alg\":\"ES256\""),
         *ec_no_alg = mint_jwk(keys.ke, "\"kid\":\"kenoalg\""),
         *p384 = mint_jwk(keys.k384, "\"kid\":\"k384\""), *ed = mint_jwk(keys.kd, "\"kid\":\"kd\""),
         *weak = mint_jwk(keys.weak, "\"kid\":\"k1024\"");
    char *text = lg_sprintf("{\"keys\":[%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,{\"kid\":\"koct\",\"kty\":"
                            "\"oct\",\"k\":\"c2VjcmV0\"}]}",
                            k1, k2, no_alg, enc, ps, ec, ec_no_alg, p384, ed, weak);

    cr_assert(eq(int, lg_jwks_read(lg_str_of(text), &jwks, &reason), LG_OK), "%s", reason);
    char *all[] = { k1, k2, no_alg, enc, ps, ec, ec_no_alg, p384, ed, weak, text };
    for (size_t i = 0; i < LG_COUNT(all); i++)
        free(all[i]);
}

static void start(void)
{
    keys.k1 = mint_rsa(2048);
    keys.k2 = mint_rsa(2048);
    keys.stranger = mint_rsa(2048);
    keys.weak = mint_rsa(1024);
    keys.ke = mint_ec("P-256");
    keys.k384 = mint_ec("P-384");
    keys.kd = mint_ed25519();
    load_keys();
    verifier = lg_verifier_new();
    cr_assert(verifier != NULL);
}

static void stop(void)
{
    EVP_PKEY *all[] = { keys.k1, keys.k2, keys.ke, keys.k384, keys.kd, keys.weak, keys.stranger };

    for (size_t i = 0; i < LG_COUNT(all); i++)
        EVP_PKEY_free(all[i]);
    lg_jwks_unref(jwks);
    lg_verifier_free(verifier);
    cr_assert(eq(sz, wrong, 0));
}

TestSuite(adversary, .init = start, .fini = stop);

/* 1-5 */
Test(adversary, kinds_of_tokens_and_keys)
{
    char *id = rs256(HEADER, ID("\"aud\":\"client\""));

    expect("1", good(), LG_JWT_GOOD);
    expect_of("2", cognito(LG_TOKEN_ACCESS), lg_str_of(id), LG_JWT_TOKEN_USE);
    expect_of("3", cognito(LG_TOKEN_ID), lg_str_of(id), LG_JWT_GOOD);
    expect_of("3 any", cognito(LG_TOKEN_ID | LG_TOKEN_ACCESS), lg_str_of(id), LG_JWT_GOOD);
    expect_both("4", mint_token(keys.ke, &mint_es256, "{\"kid\":\"ke\",\"alg\":\"ES256\"}", CLAIMS),
                LG_JWT_BAD_ALGORITHM, LG_JWT_GOOD);
    expect_both("5", mint_token(keys.kd, &mint_eddsa, "{\"kid\":\"kd\",\"alg\":\"EdDSA\"}", CLAIMS),
                LG_JWT_BAD_ALGORITHM, LG_JWT_GOOD);
    expect_both("es384",
                mint_token(keys.k384, &mint_es384, "{\"kid\":\"k384\",\"alg\":\"ES384\"}", CLAIMS),
                LG_JWT_BAD_ALGORITHM, LG_JWT_GOOD);
    free(id);
}

/* 6-13, 9-11: the algorithm named by the token */
Test(adversary, algorithms_by_name)
{
    char *token = good();
    const char *signature = strrchr(token, '.') + 1;

    expect_both("6", mint_unsigned("{\"alg\":\"none\"}", CLAIMS, ""), LG_JWT_NOT_A_TOKEN,
                LG_JWT_NOT_A_TOKEN);
    expect_both("7", mint_unsigned("{\"kid\":\"k1\",\"alg\":\"none\"}", CLAIMS, signature),
                LG_JWT_BAD_ALGORITHM, LG_JWT_BAD_ALGORITHM);
    expect_both("8", mint_unsigned("{\"kid\":\"k1\",\"alg\":\"nOnE\"}", CLAIMS, "AA"),
                LG_JWT_BAD_ALGORITHM, LG_JWT_BAD_ALGORITHM);
    expect("9", rs256("{\"kid\":\"k1\"}", CLAIMS), LG_JWT_BAD_ALGORITHM);
    expect("10", rs256("{\"kid\":\"k1\",\"alg\":null}", CLAIMS), LG_JWT_BAD_HEADER);
    expect("11", rs256("{\"kid\":\"k1\",\"alg\":[\"RS256\"]}", CLAIMS), LG_JWT_BAD_HEADER);
    expect("12", rs256("{\"kid\":\"k1\",\"alg\":\"rs256\"}", CLAIMS), LG_JWT_BAD_ALGORITHM);
    expect("13", rs256("{\"kid\":\"k1\",\"alg\":\"RS256 \"}", CLAIMS), LG_JWT_BAD_ALGORITHM);
    free(token);
}

/* 14-18: our public key as a secret */
Test(adversary, algorithm_confusion)
{
    static const char header[] = "{\"kid\":\"k1\",\"alg\":\"HS256\"}";
    size_t pem_size, der_size;
    char *pem = mint_pem(keys.k1, &pem_size), *der = mint_der(keys.k1, &der_size);
    char *jwk = mint_jwk(keys.k1, "\"kid\":\"k1\"");
    const char *n = strstr(jwk, "\"n\":\"") + 5;
    struct lg_issuer everything = oidc();

    everything.algs |= LG_JWT_BIT(LG_JWT_HS256);
    struct lg_str secrets[] = { lg_str_make(pem, pem_size), lg_str_make(der, der_size),
                                lg_str_make(n, strcspn(n, "\"")), LG_STR("") };
    for (size_t i = 0; i < LG_COUNT(secrets); i++) {
        char *token = mint_hmac_token(secrets[i], header, CLAIMS), name[16];
        (void)snprintf(name, sizeof(name), "%zu", 14 + i);
        expect_of(name, everything, lg_str_of(token), LG_JWT_KEY_ALGORITHM);
        expect_both(name, token, LG_JWT_BAD_ALGORITHM, LG_JWT_BAD_ALGORITHM);
    }
    expect("18", mint_hmac_token(LG_STR("secret"), "{\"kid\":\"koct\",\"alg\":\"HS256\"}", CLAIMS),
           LG_JWT_BAD_ALGORITHM);
    free(pem);
    free(der);
    free(jwk);
}

/* 19-26: keys and algorithms that do not belong together */
Test(adversary, keys_and_algorithms)
{
    struct mint_way short_salt = mint_ps256, long_salt = mint_ps256;

    expect_both("19",
                mint_token(keys.k1, &mint_rs384, "{\"kid\":\"k1\",\"alg\":\"RS384\"}", CLAIMS),
                LG_JWT_BAD_ALGORITHM, LG_JWT_KEY_ALGORITHM);
    expect_both("20",
                mint_token(keys.k1, &mint_rs512, "{\"kid\":\"knoalg\",\"alg\":\"RS512\"}", CLAIMS),
                LG_JWT_BAD_ALGORITHM, LG_JWT_GOOD);
    expect_both("21",
                mint_token(keys.k1, &mint_ps256, "{\"kid\":\"k1\",\"alg\":\"PS256\"}", CLAIMS),
                LG_JWT_BAD_ALGORITHM, LG_JWT_KEY_ALGORITHM);
    expect_both("22",
                mint_token(keys.k1, &mint_ps256, "{\"kid\":\"kps\",\"alg\":\"PS256\"}", CLAIMS),
                LG_JWT_BAD_ALGORITHM, LG_JWT_GOOD);
    expect("23", mint_token(keys.k1, &mint_ps256, HEADER, CLAIMS), LG_JWT_BAD_SIGNATURE);
    expect_both("24",
                mint_token(keys.ke, &mint_es256, "{\"kid\":\"knoalg\",\"alg\":\"ES256\"}", CLAIMS),
                LG_JWT_BAD_ALGORITHM, LG_JWT_KEY_ALGORITHM);
    expect_both("25",
                mint_token(keys.k1, &mint_rs256, "{\"kid\":\"kenoalg\",\"alg\":\"RS256\"}", CLAIMS),
                LG_JWT_KEY_ALGORITHM, LG_JWT_KEY_ALGORITHM);
    struct mint_way es384 = mint_es384;
    es384.half = 32;
    expect_both("26",
                mint_token(keys.ke, &es384, "{\"kid\":\"kenoalg\",\"alg\":\"ES384\"}", CLAIMS),
                LG_JWT_BAD_ALGORITHM, LG_JWT_KEY_ALGORITHM);
    short_salt.salt = 20;
    long_salt.salt = 222;
    expect_both("173 short",
                mint_token(keys.k1, &short_salt, "{\"kid\":\"kps\",\"alg\":\"PS256\"}", CLAIMS),
                LG_JWT_BAD_ALGORITHM, LG_JWT_BAD_SIGNATURE);
    expect_both("173 long",
                mint_token(keys.k1, &long_salt, "{\"kid\":\"kps\",\"alg\":\"PS256\"}", CLAIMS),
                LG_JWT_BAD_ALGORITHM, LG_JWT_BAD_SIGNATURE);
}

/* 27-40: `kid` */
Test(adversary, key_ids)
{
    struct lg_buf huge;

    expect("27", rs256("{\"alg\":\"RS256\"}", CLAIMS), LG_JWT_NO_KID);
    expect("28", rs256("{\"kid\":\"\",\"alg\":\"RS256\"}", CLAIMS), LG_JWT_UNKNOWN_KID);
    expect("29", rs256("{\"kid\":\"nobody\",\"alg\":\"RS256\"}", CLAIMS), LG_JWT_UNKNOWN_KID);
    expect("30", rs256("{\"kid\":1,\"alg\":\"RS256\"}", CLAIMS), LG_JWT_BAD_HEADER);
    expect("31", rs256("{\"kid\":\"../../../../dev/null\",\"alg\":\"RS256\"}", CLAIMS),
           LG_JWT_UNKNOWN_KID);
    expect("32", rs256("{\"kid\":\"' UNION SELECT \\u0000\",\"alg\":\"RS256\"}", CLAIMS),
           LG_JWT_BAD_HEADER);
    expect("33", rs256("{\"kid\":\"k1\\u0000x\",\"alg\":\"RS256\"}", CLAIMS), LG_JWT_BAD_HEADER);
    expect("34", rs256("{\"kid\":\"k2\",\"alg\":\"RS256\"}", CLAIMS), LG_JWT_BAD_SIGNATURE);
    lg_buf_init(&huge, SIZE_MAX);
    lg_buf_add_cstr(&huge, "{\"alg\":\"RS256\",\"kid\":\"");
    for (size_t i = 0; i < 1024 * 1024; i++)
        lg_buf_add_char(&huge, 'k');
    lg_buf_add(&huge, "\"}", 3);
    expect("35", rs256(huge.data, CLAIMS), LG_JWT_TOO_LONG);
    huge.data[400] = '"';
    huge.data[401] = '}';
    huge.data[402] = '\0';
    expect("35 short", rs256(huge.data, CLAIMS), LG_JWT_UNKNOWN_KID);
    lg_buf_done(&huge);
    expect("36", rs256("{\"kid\":\"__proto__\",\"alg\":\"RS256\"}", CLAIMS), LG_JWT_UNKNOWN_KID);
    expect("37", rs256("{\"kid\":\"K1\",\"alg\":\"RS256\"}", CLAIMS), LG_JWT_UNKNOWN_KID);
    expect("38", rs256("{\"kid\":\"kenc\",\"alg\":\"RS256\"}", CLAIMS), LG_JWT_UNKNOWN_KID);
    expect("39, 40",
           mint_token(keys.weak, &mint_rs256, "{\"kid\":\"k1024\",\"alg\":\"RS256\"}", CLAIMS),
           LG_JWT_UNKNOWN_KID);
}

/* 41-58: what else a header may hold */
Test(adversary, headers)
{
    char *jwk = mint_jwk(keys.stranger, "\"kid\":\"k1\""),
         *header = lg_sprintf("{\"kid\":\"k1\",\"alg\":\"RS256\",\"jwk\":%s}", jwk);
    static const char *const references[] = { "\"jku\":\"https://evil.example/k\"",
                                              "\"x5u\":\"https://evil.example/c\"",
                                              "\"x5c\":[\"MIIB\"]" };

    expect("41", mint_token(keys.stranger, &mint_rs256, header, CLAIMS), LG_JWT_BAD_SIGNATURE);
    for (size_t i = 0; i < LG_COUNT(references); i++) {
        char *with = lg_sprintf("{\"kid\":\"k1\",\"alg\":\"RS256\",%s}", references[i]);
        expect("42-44", mint_token(keys.stranger, &mint_rs256, with, CLAIMS), LG_JWT_BAD_SIGNATURE);
        expect("45", rs256(with, CLAIMS), LG_JWT_GOOD);
        free(with);
    }
    static const struct {
        const char *number, *members;
        enum lg_jwt_fault wanted;
    } cases[] = {
        { "46", "\"crit\":[\"x\"],\"x\":1", LG_JWT_CRITICAL },
        { "47", "\"crit\":[]", LG_JWT_CRITICAL },
        { "48", "\"crit\":[\"alg\"]", LG_JWT_CRITICAL },
        { "49", "\"b64\":false,\"crit\":[\"b64\"]", LG_JWT_CRITICAL },
        { "50", "\"b64\":false", LG_JWT_CRITICAL },
        { "51", "\"zip\":\"DEF\"", LG_JWT_GOOD },
        { "52", "\"typ\":\"JWT\"", LG_JWT_GOOD },
        { "52 case", "\"typ\":\"jwt\"", LG_JWT_GOOD },
        { "53", "\"typ\":\"at+jwt\"", LG_JWT_GOOD },
        { "53 long", "\"typ\":\"application/at+jwt\"", LG_JWT_GOOD },
        { "54", "\"typ\":\"JOSE+JSON\"", LG_JWT_BAD_TYPE },
        { "54 type", "\"typ\":7", LG_JWT_BAD_HEADER },
        { "55 cty", "\"cty\":\"JWT\"", LG_JWT_BAD_TYPE },
        { "enc", "\"enc\":\"A128GCM\"", LG_JWT_BAD_TYPE },
        { "58", "\"alg\":\"none\"", LG_JWT_BAD_HEADER },
    };
    for (size_t i = 0; i < LG_COUNT(cases); i++) {
        char *with = lg_sprintf("{\"kid\":\"k1\",\"alg\":\"RS256\",%s}", cases[i].members);
        expect(cases[i].number, rs256(with, CLAIMS), cases[i].wanted);
        free(with);
    }
    expect("55", rs256(HEADER, "\"eyJ.eyJ.AA\""), LG_JWT_BAD_PAYLOAD);
    expect("56, 177", lg_strdup("eyJ.AA.AA.AA.AA"), LG_JWT_NOT_A_TOKEN);
    expect("57", rs256("{\"kid\":\"k1\",\"alg\":\"none\",\"alg\":\"RS256\"}", CLAIMS),
           LG_JWT_BAD_HEADER);
    free(jwk);
    free(header);
}

/* 59-61: a name twice */
Test(adversary, repeated_claims)
{
    expect("59", rs256(HEADER, "{" ISS "\"exp\":1," EXP CLAIMS_BUT_ISS_AND_EXP "}"),
           LG_JWT_BAD_PAYLOAD);
    expect("60", rs256(HEADER, ACCESS("\"sub\":\"a\",\"sub\":\"b\"")), LG_JWT_BAD_PAYLOAD);
    expect("61", rs256(HEADER, ACCESS("\"sub\":\"a\",\"s\\u0075b\":\"b\"")), LG_JWT_BAD_PAYLOAD);
}

/* 62-90: the text around the parts, and the signature's own */
Test(adversary, compact_form)
{
    static const char *const texts[] = { "", "a.b", "..", "a", "a..b", ".a.b", "a.b." };
    char *token = good();
    size_t size = strlen(token);

    for (size_t i = 0; i < LG_COUNT(texts); i++)
        expect("62-64", lg_strdup(texts[i]), LG_JWT_NOT_A_TOKEN);
    expect("65", good_with(".x"), LG_JWT_NOT_A_TOKEN);
    expect("66", good_with("."), LG_JWT_NOT_A_TOKEN);
    expect("67", lg_sprintf(" %s", token), LG_JWT_BAD_HEADER);
    expect("68", good_with(" "), LG_JWT_NOT_A_TOKEN);
    expect("69", good_with("\n"), LG_JWT_NOT_A_TOKEN);
    expect("70", mint_unsigned(HEADER, CLAIMS, ""), LG_JWT_NOT_A_TOKEN);
    expect("71", good_with("=="), LG_JWT_NOT_A_TOKEN);
    expect("72", lg_sprintf("%.*s=%s", (int)strcspn(token, "."), token, strchr(token, '.')),
           LG_JWT_BAD_HEADER);
    expect("73", mint_unsigned(HEADER, CLAIMS, "++//"), LG_JWT_NOT_A_TOKEN);
    char *loose = lg_strdup(token); /* 256 bytes leave four bits that must be zero */
    loose[size - 1] = (char)(loose[size - 1] + 1);
    expect("74", loose, LG_JWT_NOT_A_TOKEN);
    expect("75", good_with("AAA"), LG_JWT_NOT_A_TOKEN);
    expect("76", lg_strndup(token, size - 1), LG_JWT_NOT_A_TOKEN);
    expect("76 two", lg_strndup(token, size - 2), LG_JWT_BAD_SIGNATURE);
    char *flipped = lg_strdup(token);
    flipped[size - 20] = flipped[size - 20] == 'A' ? 'B' : 'A';
    expect("77", flipped, LG_JWT_BAD_SIGNATURE);
    expect("81", lg_sprintf("%.*s. %s", (int)strcspn(token, "."), token, strchr(token, '.') + 1),
           LG_JWT_BAD_PAYLOAD);
    const char *signature = strrchr(token, '.') + 1;
    expect("82", mint_unsigned(HEADER, ACCESS("\"sub\":\"admin\""), signature),
           LG_JWT_BAD_SIGNATURE);
    expect("83", mint_unsigned("{\"alg\":\"RS256\",\"kid\":\"k1\"}", CLAIMS, signature),
           LG_JWT_BAD_SIGNATURE);
    free(token);
}

static char *with_signature(struct lg_str bytes, const char *header)
{
    struct lg_buf text;

    lg_buf_init(&text, SIZE_MAX);
    lg_base64url_encode(&text, bytes);
    char *third = lg_buf_take(&text, NULL), *token = mint_unsigned(header, CLAIMS, third);
    free(third);
    return token;
}

/* 78-80, 85-87: signatures of other sizes, and of nothing */
Test(adversary, signature_bytes)
{
    static const char es_header[] = "{\"kid\":\"ke\",\"alg\":\"ES256\"}";
    static const char zeros[257];
    char *token = good(), bytes[300] = { 0 };
    size_t size;

    cr_assert(eq(
        int,
        lg_base64url_decode(lg_str_of(strrchr(token, '.') + 1), (unsigned char *)bytes + 1, &size),
        LG_OK));
    cr_assert(eq(sz, size, 256));
    expect("78", with_signature(lg_str_make(bytes + 1, 257), HEADER), LG_JWT_BAD_SIGNATURE);
    expect("79", with_signature(lg_str_make(bytes, 257), HEADER), LG_JWT_BAD_SIGNATURE);
    expect("80", with_signature(lg_str_make(zeros, 256), HEADER), LG_JWT_BAD_SIGNATURE);
    expect_both("85", with_signature(lg_str_make(zeros, 64), es_header), LG_JWT_BAD_ALGORITHM,
                LG_JWT_BAD_SIGNATURE);
    expect_both("86", with_signature(lg_str_make(zeros, 63), es_header), LG_JWT_BAD_ALGORITHM,
                LG_JWT_BAD_SIGNATURE);
    expect_both("87", with_signature(lg_str_make(zeros, 65), es_header), LG_JWT_BAD_ALGORITHM,
                LG_JWT_BAD_SIGNATURE);
    free(token);
}

/* 84, 88-90 */
Test(adversary, ecdsa)
{
    static const char header[] = "{\"kid\":\"ke\",\"alg\":\"ES256\"}";
    static const unsigned char order[32] = {
        0xff, 0xff, 0xff, 0xff, 0,    0,    0,    0,    0xff, 0xff, 0xff,
        0xff, 0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
        0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    };
    struct mint_way der = mint_es256;
    unsigned char bytes[LG_BASE64URL_ROOM(88)], mirrored[64];
    size_t size;

    der.der = true;
    expect_both("84", mint_token(keys.ke, &der, header, CLAIMS), LG_JWT_BAD_ALGORITHM,
                LG_JWT_BAD_SIGNATURE);
    char *token = mint_token(keys.ke, &mint_es256, header, CLAIMS);
    cr_assert(
        eq(int, lg_base64url_decode(lg_str_of(strrchr(token, '.') + 1), bytes, &size), LG_OK));
    memcpy(mirrored, bytes, 64);
    int borrow = 0;
    for (int i = 31; i >= 0;
         i--) { /* s := order - s verifies as well: nothing may be keyed by it */
        int digit = order[i] - bytes[32 + i] - borrow;
        borrow = digit < 0;
        mirrored[32 + i] = (unsigned char)(digit + 256 * borrow);
    }
    expect_both("88", with_signature(lg_str_make((char *)mirrored, 64), header),
                LG_JWT_BAD_ALGORITHM, LG_JWT_GOOD);
    memcpy(bytes, order, 32);
    expect_both("89", with_signature(lg_str_make((char *)bytes, 64), header), LG_JWT_BAD_ALGORITHM,
                LG_JWT_BAD_SIGNATURE);
    EVP_PKEY *koblitz = mint_ec("secp256k1");
    expect_both("90", mint_token(koblitz, &mint_es256, header, CLAIMS), LG_JWT_BAD_ALGORITHM,
                LG_JWT_BAD_SIGNATURE);
    EVP_PKEY_free(koblitz);
    free(token);
}

/* 91-105: payloads that are no claims */
Test(adversary, payloads)
{
    static const char *const texts[] = { "hello",
                                         "[1]",
                                         "null",
                                         "7",
                                         "\"text\"",
                                         CLAIMS "x",
                                         "\xef\xbb\xbf" CLAIMS,
                                         ACCESS("\"sub\":\"\xff\""),
                                         ACCESS("\"sub\":\"\\u0000\""),
                                         ACCESS("/* x */ \"sub\":1"),
                                         CLAIMS_EXP("NaN"),
                                         ACCESS("\"n\\u0000\":1") };
    static const char *const headers[] = { "hello", "[]", "null", "{\"kid\":\"k1\",}" };

    for (size_t i = 0; i < LG_COUNT(texts); i++)
        expect("91-105", rs256(HEADER, texts[i]), LG_JWT_BAD_PAYLOAD);
    for (size_t i = 0; i < LG_COUNT(headers); i++)
        expect("95, 96", rs256(headers[i], CLAIMS), LG_JWT_BAD_HEADER);
    expect("94", rs256(HEADER, "{}"), LG_JWT_UNKNOWN_ISSUER);
    expect("98",
           mint_token_of(keys.k1, &mint_rs256, lg_str_of(HEADER),
                         lg_str_make(CLAIMS "\0{}", sizeof(CLAIMS) + 2)),
           LG_JWT_BAD_PAYLOAD);
    char *deep = lg_alloc(4001);
    memset(deep, '[', 2000);
    memset(deep + 2000, ']', 2000);
    deep[4000] = '\0';
    char *nested = lg_sprintf("{" ISS EXP "\"deep\":%s}", deep);
    expect("101", rs256(HEADER, nested), LG_JWT_BAD_PAYLOAD);
    char *wide = lg_alloc(1024 * 1024);
    memset(wide, 'x', 1024 * 1024 - 1);
    wide[1024 * 1024 - 1] = '\0';
    char *large = lg_sprintf("{" ISS EXP "\"wide\":\"%s\"}", wide);
    expect("102", rs256(HEADER, large), LG_JWT_TOO_LONG);
    free(deep);
    free(nested);
    free(wide);
    free(large);
}

/* 106-123: times */
Test(adversary, times)
{
    static const struct {
        const char *number, *claims;
        enum lg_jwt_fault wanted;
    } cases[] = {
        { "106", "{" ISS CLAIMS_BUT_ISS_AND_EXP "}", LG_JWT_NO_EXPIRY },
        { "107", CLAIMS_EXP("1699999999"), LG_JWT_EXPIRED },
        { "108", CLAIMS_EXP("0"), LG_JWT_EXPIRED },
        { "109", CLAIMS_EXP("-5"), LG_JWT_EXPIRED },
        { "110", CLAIMS_EXP("\"1700003600\""), LG_JWT_BAD_PAYLOAD },
        { "111", CLAIMS_EXP("1700003600.5"), LG_JWT_GOOD },
        { "112", CLAIMS_EXP("1e400"), LG_JWT_LIFETIME },
        { "113", CLAIMS_EXP("9007199254740993"), LG_JWT_LIFETIME },
        { "114", CLAIMS_EXP("18446744073709551616"), LG_JWT_LIFETIME },
        { "115", CLAIMS_EXP("1700003600000"), LG_JWT_LIFETIME },
        { "115 days", CLAIMS_EXP("1700172801"), LG_JWT_LIFETIME },
        { "115 just", CLAIMS_EXP("1700172800"), LG_JWT_GOOD },
        { "116", CLAIMS_EXP("null"), LG_JWT_BAD_PAYLOAD },
        { "117", CLAIMS_EXP("true"), LG_JWT_BAD_PAYLOAD },
        { "118", CLAIMS_EXP("[1700003600]"), LG_JWT_BAD_PAYLOAD },
        { "119", ACCESS("\"nbf\":1700000060"), LG_JWT_NOT_BEFORE },
        { "119 now", ACCESS("\"nbf\":" NOW), LG_JWT_GOOD },
        { "119 odd", ACCESS("\"nbf\":1e400"), LG_JWT_NOT_BEFORE },
        { "120", ACCESS("\"nbf\":\"" NOW "\""), LG_JWT_BAD_PAYLOAD },
        { "121", ACCESS("\"iat\":" LATER), LG_JWT_FUTURE },
        { "122", ACCESS("\"iat\":\"" NOW "\""), LG_JWT_BAD_PAYLOAD },
        { "123", ACCESS("\"jti\":\"j\""), LG_JWT_GOOD },
        { "172", CLAIMS_EXP(NOW), LG_JWT_EXPIRED },
        { "172 next", CLAIMS_EXP("1700000000.001"), LG_JWT_GOOD },
    };

    for (size_t i = 0; i < LG_COUNT(cases); i++)
        expect(cases[i].number, rs256(HEADER, cases[i].claims), cases[i].wanted);
}

Test(adversary, leeway_is_for_every_time)
{
    struct lg_issuer issuer = cognito(LG_TOKEN_ACCESS);
    static const struct {
        const char *claims;
        enum lg_jwt_fault wanted;
    } cases[] = {
        { CLAIMS_EXP("1699999971"), LG_JWT_GOOD },
        { CLAIMS_EXP("1699999970"), LG_JWT_EXPIRED },
        { ACCESS("\"nbf\":1700000030"), LG_JWT_GOOD },
        { ACCESS("\"nbf\":1700000031"), LG_JWT_NOT_BEFORE },
        { ACCESS("\"iat\":1700000030"), LG_JWT_GOOD },
        { ACCESS("\"iat\":1700000031"), LG_JWT_FUTURE },
    };

    issuer.rules.leeway_ms = 30000;
    for (size_t i = 0; i < LG_COUNT(cases); i++) {
        char *token = rs256(HEADER, cases[i].claims);
        expect_of(cases[i].claims, issuer, lg_str_of(token), cases[i].wanted);
        free(token);
    }
}

/* 124-131 */
Test(adversary, issuers)
{
    static const char *const strangers[] = {
        "\"https://cognito-idp.us-east-1.amazonaws.com/us-east-1_example02\"",
        "\"" POOL "/\"",
        "\"https://COGNITO-idp.us-east-1.amazonaws.com/us-east-1_example01\"",
        "\"http://cognito-idp.us-east-1.amazonaws.com/us-east-1_example01\"",
        "\"" POOL ".evil.com\"",
        "\"https://issuer-cognito-idp.us-east-1.amazonaws.com/us-east-1_example01\"",
        "\"\"",
    };

    expect("124", rs256(HEADER, "{" EXP CLAIMS_BUT_ISS_AND_EXP "}"), LG_JWT_UNKNOWN_ISSUER);
    for (size_t i = 0; i < LG_COUNT(strangers); i++) {
        char *claims = lg_sprintf("{\"iss\":%s," EXP CLAIMS_BUT_ISS_AND_EXP "}", strangers[i]);
        expect("125-131", rs256(HEADER, claims), LG_JWT_UNKNOWN_ISSUER);
        free(claims);
    }
    expect("130", rs256(HEADER, CLAIMS_ISS("[\"" POOL "\"]")), LG_JWT_BAD_PAYLOAD);
}

/* 132-143 */
Test(adversary, clients_and_uses)
{
    static const struct {
        const char *number, *claims;
        enum lg_jwt_fault access, id, oidc;
    } cases[] = {
        { "132", "{" ISS EXP "\"token_use\":\"access\",\"client_id\":\"other\"}", LG_JWT_AUDIENCE,
          LG_JWT_TOKEN_USE, LG_JWT_AUDIENCE },
        { "133", "{" ISS EXP "\"token_use\":\"access\"}", LG_JWT_AUDIENCE, LG_JWT_TOKEN_USE,
          LG_JWT_AUDIENCE },
        { "134", "{" ISS EXP "\"token_use\":\"access\",\"aud\":\"client\"}", LG_JWT_AUDIENCE,
          LG_JWT_TOKEN_USE, LG_JWT_GOOD },
        { "135", ID("\"aud\":[\"client\"]"), LG_JWT_TOKEN_USE, LG_JWT_AUDIENCE, LG_JWT_GOOD },
        { "136", ID("\"aud\":[\"client\",\"other\"]"), LG_JWT_TOKEN_USE, LG_JWT_AUDIENCE,
          LG_JWT_GOOD },
        { "136 other", ID("\"aud\":[\"other\"]"), LG_JWT_TOKEN_USE, LG_JWT_AUDIENCE,
          LG_JWT_AUDIENCE },
        { "137", ID("\"client_id\":\"client\""), LG_JWT_TOKEN_USE, LG_JWT_AUDIENCE, LG_JWT_GOOD },
        { "137 both", ID("\"client_id\":\"client\",\"aud\":\"other\""), LG_JWT_TOKEN_USE,
          LG_JWT_AUDIENCE, LG_JWT_AUDIENCE },
        { "138", ID("\"aud\":[]"), LG_JWT_TOKEN_USE, LG_JWT_AUDIENCE, LG_JWT_AUDIENCE },
        { "139", ID("\"aud\":[7]"), LG_JWT_BAD_PAYLOAD, LG_JWT_BAD_PAYLOAD, LG_JWT_BAD_PAYLOAD },
        { "140", "{" ISS EXP "\"client_id\":\"client\"}", LG_JWT_TOKEN_USE, LG_JWT_TOKEN_USE,
          LG_JWT_GOOD },
        { "141", "{" ISS EXP "\"token_use\":\"refresh\",\"client_id\":\"client\"}",
          LG_JWT_TOKEN_USE, LG_JWT_TOKEN_USE, LG_JWT_GOOD },
        { "142", "{" ISS EXP "\"token_use\":\"ACCESS\",\"client_id\":\"client\"}", LG_JWT_TOKEN_USE,
          LG_JWT_TOKEN_USE, LG_JWT_GOOD },
        { "143", "{" ISS EXP "\"token_use\":[\"access\"],\"client_id\":\"client\"}",
          LG_JWT_TOKEN_USE, LG_JWT_TOKEN_USE, LG_JWT_GOOD },
    };

    for (size_t i = 0; i < LG_COUNT(cases); i++) {
        char *token = rs256(HEADER, cases[i].claims);
        expect_of(cases[i].number, cognito(LG_TOKEN_ACCESS), lg_str_of(token), cases[i].access);
        expect_of(cases[i].number, cognito(LG_TOKEN_ID), lg_str_of(token), cases[i].id);
        expect_of(cases[i].number, oidc(), lg_str_of(token), cases[i].oidc);
        free(token);
    }
    struct lg_issuer anybody = cognito(LG_TOKEN_ACCESS);
    anybody.rules.any_client = true;
    char *token = rs256(HEADER, cases[0].claims);
    expect_of("any client", anybody, lg_str_of(token), LG_JWT_GOOD);
    free(token);
}

/* 151-154 */
Test(adversary, groups)
{
    static const struct {
        const char *number, *claims;
        enum lg_jwt_fault wanted;
    } cases[] = {
        { "151", ACCESS("\"cognito:groups\":[\"x\",\"admin\"]"), LG_JWT_GOOD },
        { "152", ACCESS("\"sub\":\"s\""), LG_JWT_GROUP },
        { "153", ACCESS("\"cognito:groups\":\"admin\""), LG_JWT_GROUP },
        { "154", ACCESS("\"cognito:groups\":\"x,admin\""), LG_JWT_GROUP },
        { "154 array", ACCESS("\"cognito:groups\":[\"x,admin\",\"Admin\",7]"), LG_JWT_GROUP },
    };
    struct lg_issuer issuer = cognito(LG_TOKEN_ACCESS);

    issuer.rules.groups = (struct lg_str_list){ &admin, 1 };
    for (size_t i = 0; i < LG_COUNT(cases); i++) {
        char *token = rs256(HEADER, cases[i].claims);
        expect_of(cases[i].number, issuer, lg_str_of(token), cases[i].wanted);
        free(token);
    }
}

/* 159 */
Test(adversary, a_token_of_one_byte_too_many_is_not_read)
{
    char *token = lg_alloc(8194);

    memset(token, 'a', 8193);
    token[8193] = '\0';
    expect_of("159", cognito(LG_TOKEN_ACCESS), lg_str_make(token, 8193), LG_JWT_TOO_LONG);
    expect_of("159 just", cognito(LG_TOKEN_ACCESS), lg_str_make(token, 8192), LG_JWT_NOT_A_TOKEN);
    free(token);
}

static const struct lg_jwks *keys_of_two(void *context, size_t issuer)
{
    const struct lg_jwks *const *sets = context;

    return sets[issuer];
}

/* 169, 170 */
Test(adversary, keys_never_cross_issuers)
{
    const char *reason;
    struct lg_str names[2] = { LG_STR("https://a.example"), LG_STR("https://b.example") };
    struct lg_issuer issuers[2] = { oidc(), oidc() };
    char *a = mint_jwk(keys.k1, "\"kid\":\"k1\""), *b = mint_jwk(keys.k2, "\"kid\":\"k1\"");
    char *first = lg_sprintf("{\"keys\":[%s]}", a), *second = lg_sprintf("{\"keys\":[%s]}", b);
    struct lg_jwks *sets[2];
    struct lg_arena arena;

    cr_assert(eq(int, lg_jwks_read(lg_str_of(first), &sets[0], &reason), LG_OK));
    cr_assert(eq(int, lg_jwks_read(lg_str_of(second), &sets[1], &reason), LG_OK));
    for (size_t i = 0; i < 2; i++)
        issuers[i].names = (struct lg_str_list){ &names[i], 1 };
    for (size_t i = 0; i < 2; i++) {
        char *claims = lg_sprintf("{\"iss\":\"%s\"," EXP "\"aud\":\"client\"}", names[i].data);
        char *token = rs256(HEADER, claims);
        lg_arena_init(&arena);
        struct lg_issuers both = { issuers, 2, keys_of_two, sets, 8192 };
        struct lg_judgement judgement = lg_judge(verifier, &arena, &both, lg_str_of(token), NOW_MS);
        cr_expect(eq(int, judgement.fault, i == 0 ? LG_JWT_GOOD : LG_JWT_BAD_SIGNATURE));
        both.count = 1;
        judgement = lg_judge(verifier, &arena, &both, lg_str_of(token), NOW_MS);
        cr_expect(eq(int, judgement.fault, i == 0 ? LG_JWT_GOOD : LG_JWT_UNKNOWN_ISSUER));
        lg_arena_done(&arena);
        free(claims);
        free(token);
    }
    char *all[] = { a, b, first, second };
    for (size_t i = 0; i < LG_COUNT(all); i++)
        free(all[i]);
    lg_jwks_unref(sets[0]);
    lg_jwks_unref(sets[1]);
}
