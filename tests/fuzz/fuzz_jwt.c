/* fuzz_jwt.c -- whatever reads as a token holds together, and no bytes are one that is believed. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "authorize/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct lg_jwks *no_keys(void *context, size_t issuer)
{
    (void)issuer;
    return context;
}

/* Its first failure is the verdict, and no text of it can steer a terminal. */
static void explain(struct lg_verifier *verifier, struct lg_arena *arena,
                    const struct lg_issuers *issuers, struct lg_str token, enum lg_jwt_fault fault)
{
    const struct lg_explain_asked asked = { .no_scopes = "none", .now_ms = 1700000000000 };
    struct lg_explanation explanation;
    enum lg_jwt_fault first = LG_JWT_GOOD;

    lg_explain(verifier, arena, issuers, token, &asked, &explanation);
    for (size_t i = 0; i < explanation.count; i++) {
        const struct lg_explain_line *line = &explanation.lines[i];
        if (first == LG_JWT_GOOD && line->state == LG_EXPLAIN_FAILED)
            first = line->fault;
        assert(strpbrk(line->found, "\x1b\r\n\b") == NULL);
    }
    assert(first == fault && explanation.fault == fault);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct lg_verifier *verifier;
    static struct lg_jwks *secret;
    struct lg_str token = lg_str_make((const char *)data, size), name = LG_STR("i");
    struct lg_issuer issuer = { .names = { &name, 1 },
                                .algs = ~0U,
                                .rules = { .any_client = true, .max_lifetime_ms = INT64_MAX / 2 } };
    struct lg_arena arena;
    struct lg_jwt jwt;

    if (verifier == NULL) {
        verifier = lg_verifier_new();
        secret =
            lg_jwks_of_secret(LG_STR("a secret that nobody can guess, not even by fuzzing it"));
    }
    struct lg_issuers issuers = { &issuer, 1, no_keys, secret, 8192 };
    lg_arena_init(&arena);
    if (lg_jwt_read(&arena, token, 8192, &jwt) == LG_JWT_GOOD) {
        assert(jwt.alg != LG_JWT_ALG_NONE && jwt.signature.size > 0);
        assert(jwt.signed_part.data == token.data && jwt.signed_part.size < token.size);
        assert(lg_json_is(jwt.claims, LG_JSON_OBJECT));

        struct lg_buf out;
        struct lg_json *again;
        lg_buf_init(&out, SIZE_MAX);
        lg_claims_write(&out, jwt.claims);
        enum lg_err err =
            lg_json_read(&arena, lg_buf_str(&out), &lg_json_default_limits, &again, NULL);
        assert(err == LG_OK);
        lg_buf_done(&out);
        (void)lg_claims_check(jwt.claims, &issuer.rules, 1700000000000);
    }
    enum lg_jwt_fault fault = lg_judge(verifier, &arena, &issuers, token, 1700000000000).fault;
    assert(fault != LG_JWT_GOOD);
    explain(verifier, &arena, &issuers, token, fault);
    lg_arena_done(&arena);
    return 0;
}
