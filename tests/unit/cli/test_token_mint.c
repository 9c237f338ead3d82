#include "cli/token_mint.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authorize/judge.h"
#include "base/buf.h"
#include "base/mem.h"

#define ISSUER "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Quickstart"
#define NOW_S 1700000000

static const struct lg_token_wish wish = { .issuer = ISSUER,
                                           .client_id = "quickstart",
                                           .username = "al\"ice",
                                           .scope = "a b",
                                           .now_s = NOW_S,
                                           .expires_s = 60 };

static struct lg_jwks *jwks;

static const struct lg_jwks *keys(void *context, size_t issuer)
{
    (void)context, (void)issuer;
    return jwks;
}

/* A pair in a folder of its own, which is gone again; the public half in `jwks`. */
static struct lg_token_key make_pair(void)
{
    char folder[] = "/tmp/lambdagate-unit-XXXXXX", text[4096];
    const char *reason;
    struct lg_token_key key;

    cr_assert(mkdtemp(folder) != NULL);
    char *file = lg_sprintf("%s/keys.json", folder), *pem = lg_sprintf("%s/key.pem", folder);
    cr_assert(lg_token_key_open(file, &key));
    FILE *opened = fopen(file, "r");
    size_t size = fread(text, 1, sizeof(text), opened);
    fclose(opened);
    cr_assert(eq(int, lg_jwks_read(lg_str_make(text, size), &jwks, &reason), LG_OK));
    unlink(file), unlink(pem), rmdir(folder);
    free(file), free(pem);
    return key;
}

static enum lg_jwt_fault judge(const char *token, unsigned use, int64_t now_s)
{
    const struct lg_str issuer = LG_STR(ISSUER), client = LG_STR("quickstart");
    const struct lg_issuer issuers = { .names = { &issuer, 1 },
                                       .algs = LG_JWT_BIT(LG_JWT_RS256),
                                       .rules = { .cognito = true,
                                                  .token_use = use,
                                                  .clients = { &client, 1 },
                                                  .max_lifetime_ms = 86400000 } };
    const struct lg_issuers all = { &issuers, 1, keys, NULL, 8192 };
    struct lg_verifier *verifier = lg_verifier_new();
    struct lg_arena arena;

    lg_arena_init(&arena);
    enum lg_jwt_fault fault =
        lg_judge(verifier, &arena, &all, lg_str_of(token), now_s * 1000).fault;
    lg_arena_done(&arena);
    lg_verifier_free(verifier);
    return fault;
}

Test(token_mint, what_it_signs_the_daemon_believes_until_it_expires)
{
    struct lg_token_key key = make_pair();
    json_t *claims = lg_token_claims(&wish);
    char *token = lg_token_sign(claims, &key);

    cr_assert(eq(int, judge(token, LG_TOKEN_ACCESS, NOW_S + 59), LG_JWT_GOOD));
    cr_assert(eq(int, judge(token, LG_TOKEN_ACCESS, NOW_S + 60), LG_JWT_EXPIRED));
    cr_assert(eq(int, judge(token, LG_TOKEN_ID, NOW_S), LG_JWT_TOKEN_USE));
    free(token);
    json_decref(claims);

    struct lg_token_wish id = wish;
    id.id = true;
    claims = lg_token_claims(&id);
    token = lg_token_sign(claims, &key);
    cr_assert(eq(int, judge(token, LG_TOKEN_ID, NOW_S), LG_JWT_GOOD));
    free(token);
    json_decref(claims);
    lg_token_key_done(&key);
    lg_jwks_unref(jwks);
}

Test(token_mint, groups_are_a_list_or_absent)
{
    struct lg_token_wish asked = wish;
    json_t *claims = lg_token_claims(&asked);

    cr_assert(json_object_get(claims, "cognito:groups") == NULL);
    json_decref(claims);
    asked.groups = " a,,b c ,";
    claims = lg_token_claims(&asked);
    const json_t *groups = json_object_get(claims, "cognito:groups");
    cr_assert(eq(sz, json_array_size(groups), 2));
    cr_assert_str_eq(json_string_value(json_array_get(groups, 1)), "b c");
    json_decref(claims);
    asked.groups = " , ";
    claims = lg_token_claims(&asked);
    cr_assert(json_object_get(claims, "cognito:groups") == NULL);
    json_decref(claims);
}

Test(token_mint, a_token_that_has_expired_was_issued_before)
{
    struct lg_token_wish asked = wish;
    asked.expires_s = -60;
    json_t *claims = lg_token_claims(&asked);
    json_int_t exp = json_integer_value(json_object_get(claims, "exp")),
               iat = json_integer_value(json_object_get(claims, "iat"));

    cr_assert(exp == NOW_S - 60 && iat < exp);
    json_decref(claims);
}
