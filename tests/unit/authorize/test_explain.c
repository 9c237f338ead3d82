/* What an explanation says; that it agrees with the verdict is held to every token of
 * test_adversary. */
#include "authorize/explain.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "authorize/explain_text.h"
#include "base/mem.h"
#include "mint.h"

#define NOW_MS INT64_C(1700000000000)
#define ISSUER "https://idp.example.com"
#define HEADER "{\"alg\":\"ES256\",\"kid\":\"k1\"}"

static struct lg_arena arena;
static struct lg_jwks *jwks;
static EVP_PKEY *key;
static struct lg_issuer issuer;
static struct lg_str issuer_name, client;
static struct lg_explain_asked asked;
static struct lg_explanation explanation;

static void start(void)
{
    const char *reason;

    lg_arena_init(&arena);
    key = mint_ec("P-256");
    char *jwk = mint_jwk(key, "\"kid\":\"k1\""), *set = lg_sprintf("{\"keys\":[%s,{}]}", jwk);
    cr_assert(eq(int, lg_jwks_read(lg_str_of(set), &jwks, &reason), LG_OK));
    free(jwk), free(set);
    issuer_name = LG_STR(ISSUER);
    client = LG_STR("shop");
    issuer =
        (struct lg_issuer){ .names = { &issuer_name, 1 },
                            .algs = LG_JWT_BIT(LG_JWT_ES256) | LG_JWT_BIT(LG_JWT_RS256),
                            .rules = { .clients = { &client, 1 }, .max_lifetime_ms = 7200000 } };
    asked = (struct lg_explain_asked){ .no_scopes = "nobody asked", .now_ms = NOW_MS };
}

static void stop(void)
{
    EVP_PKEY_free(key);
    lg_jwks_unref(jwks);
    lg_arena_done(&arena);
}

static const struct lg_jwks *keys(void *context, size_t index)
{
    (void)context, (void)index;
    return jwks;
}

static void explain(const char *header, const char *payload)
{
    const struct lg_issuers issuers = { &issuer, 1, keys, NULL, 8192 };
    struct lg_verifier *verifier = lg_verifier_new();
    char *token = mint_token(key, &mint_es256, header, payload);
    struct lg_str kept = lg_arena_str(&arena, lg_str_of(token));

    lg_explain(verifier, &arena, &issuers, kept, &asked, &explanation);
    free(token);
    lg_verifier_free(verifier);
}

/* "ok FOUND; EXPECTED", with the state's letter: o, F or -. */
static const char *line(const char *check)
{
    for (size_t i = 0; i < explanation.count; i++) {
        const struct lg_explain_line *at = &explanation.lines[i];
        if (strcmp(at->check, check) == 0)
            return lg_arena_printf(&arena, "%c %s; %s", "oF-"[at->state], at -> found,
                                   at -> expected != NULL ? at -> expected : "");
    }
    return "there is no such line";
}

#define says(check, text) cr_expect_str_eq(line(check), text)
#define GOOD "\"iss\":\"" ISSUER "\",\"aud\":\"shop\",\"exp\":1700003600"

TestSuite(explain, .init = start, .fini = stop);

Test(explain, a_good_token_has_no_failure)
{
    explain(HEADER, "{" GOOD ",\"iat\":1699999995}");
    cr_assert(eq(int, explanation.fault, LG_JWT_GOOD));
    cr_expect_str_eq(explanation.header, HEADER);
    says("header",
         "o alg \"ES256\", typ nothing; a JSON object with a known \"alg\", \"typ\" JWT or "
         "at+jwt if any, a \"kid\" of 1 to 256 bytes if any, no \"crit\", \"b64\", \"enc\" "
         "or \"cty\"");
    says("iss", "o \"" ISSUER "\"; \"" ISSUER "\"");
    says("algorithm", "o ES256; RS256, ES256");
    says("key", "o \"k1\"; a key of the issuer: \"k1\"; keys[1] is left out: \"kid\" is "
                "missing, empty or longer than 256 bytes");
    says("signature", "o made with this key; ");
    says("exp", "o 1700003600 (2023-11-14T23:13:20.000Z, in 1h 0m); after now "
                "(2023-11-14T22:13:20.000Z), by 2h at most, with a leeway of 0s");
    says("nbf", "o nothing; not after now (2023-11-14T22:13:20.000Z), with a leeway of 0s, if at "
                "all");
    says("token_use", "- only Cognito's tokens have one; ");
    says("aud", "o \"shop\"; \"shop\"");
    says("groups", "- the authorizer asks for none; ");
    says("claims", "- the authorizer asks for none; ");
    says("scope", "- nobody asked; ");
}

Test(explain, all_that_is_wrong_is_told_at_once)
{
    const struct lg_str wanted[] = { LG_STR("a"), LG_STR("b") };

    asked.scopes = (struct lg_str_list){ wanted, 2 };
    explain("{\"alg\":\"ES256\",\"kid\":\"k2\"}",
            "{\"iss\":\"" ISSUER "\",\"aud\":[\"x\"],\"exp\":1699999928,\"iat\":1700000060,"
            "\"scp\":[\"c\"]}");
    cr_assert(eq(int, explanation.fault, LG_JWT_UNKNOWN_KID));
    cr_expect_eq(line("key")[0], 'F');
    says("signature", "- because of what failed above; ");
    cr_expect_eq(strncmp(line("exp"), "F 1699999928 (2023-11-14T22:12:08.000Z, 1m 12s ago); ", 52),
                 0);
    cr_expect_eq(line("iat")[0], 'F');
    says("aud", "F [\"x\"]; \"shop\"");
    says("scope", "F [\"c\"]; one of \"a\", \"b\"");
}

Test(explain, another_issuers_token_is_held_against_the_only_one_but_no_key)
{
    explain(HEADER, "{\"iss\":\"https://else.example\",\"aud\":\"y\",\"exp\":1700003600}");
    cr_assert(eq(int, explanation.fault, LG_JWT_UNKNOWN_ISSUER));
    says("iss", "F \"https://else.example\"; \"" ISSUER "\"");
    says("key", "- because of what failed above; ");
    says("signature", "- because of what failed above; ");
    cr_expect_eq(line("exp")[0], 'o');
    cr_expect_eq(line("aud")[0], 'F');
}

Test(explain, keys_that_are_not_there_say_why)
{
    const char *place = "https://idp.example.com/keys", *trouble = "cannot fetch its keys: refused";

    lg_jwks_unref(jwks);
    jwks = NULL;
    asked.places = &place;
    asked.troubles = &trouble;
    explain(HEADER, "{" GOOD "}");
    cr_assert(eq(int, explanation.fault, LG_JWT_UNKNOWN_KID));
    says("key", "F \"k1\", and no keys: cannot fetch its keys: refused; a key of "
                "https://idp.example.com/keys");
}

Test(explain, every_claim_that_is_asked_for_has_its_line)
{
    struct lg_json *level, *text;
    cr_assert(
        eq(int, lg_json_read(&arena, LG_STR("7"), &lg_json_default_limits, &level, NULL), LG_OK));
    cr_assert(eq(int, lg_json_read(&arena, LG_STR("\"x\""), &lg_json_default_limits, &text, NULL),
                 LG_OK));
    const struct lg_json *const values[] = { level, text };
    const struct lg_claim_rule rules[] = { { LG_STR("level"), values, 2 },
                                           { LG_STR("/a/b"), values, 1 },
                                           { LG_STR("sub"), NULL, 0 } };
    issuer.rules.claims = rules;
    issuer.rules.claim_count = 3;
    explain(HEADER, "{" GOOD ",\"level\":7,\"a\":{\"b\":\"7\"}}");
    cr_assert(eq(int, explanation.fault, LG_JWT_CLAIM));
    says("claim level", "o 7; one of 7, \"x\"");
    says("claim /a/b", "F \"7\"; 7");
    says("claim sub", "F nothing; anything but null");
}

Test(explain, of_a_token_that_is_none_nothing_else_is_looked_at)
{
    explain("[]", "{" GOOD "}");
    cr_assert(eq(int, explanation.fault, LG_JWT_BAD_HEADER));
    cr_expect(explanation.header == NULL && explanation.claims != NULL);
    cr_expect_eq(line("payload")[0], 'o');
    says("algorithm", "- because of what failed above; ");
    cr_expect_eq(line("exp")[0], 'o');

    explain(HEADER, "{" GOOD ",\"sub\":7}");
    cr_assert(eq(int, explanation.fault, LG_JWT_BAD_PAYLOAD));
    says("iss", "- because of what failed above; ");
    says("client", "- because of what failed above; ");
    says("scope", "- because of what failed above; ");
}

Test(explain, no_text_can_steer_the_terminal)
{
    explain(HEADER,
            "{" GOOD
            ",\"scope\":\"\\u001b[31m\\u009b \xe2\x80\xae\",\"x\":\"\xc2\x9b\",\n\t\"y\":1}");
    cr_expect(strstr(explanation.claims, "\\u202e") != NULL);
    cr_expect(strpbrk(explanation.claims, "\n\t\x1b\x9b") == NULL);
    const struct lg_str wanted = LG_STR("a");
    asked.scopes = (struct lg_str_list){ &wanted, 1 };
    explain(HEADER, "{" GOOD ",\"scope\":\"\\u001b[31m\\u009b\\u202e\"}");
    says("scope", "F \"\\u001b[31m\\u009b\\u202e\"; \"a\"");
}

Test(explain, long_values_are_cut_between_characters)
{
    struct lg_json value = { .type = LG_JSON_STRING };
    char *text = lg_alloc(999);

    for (size_t i = 0; i < 333; i++)
        memcpy(text + 3 * i, "\xe2\x82\xac", 3);
    value.text = lg_str_make(text, 999);
    const char *shown = lg_explain_value(&arena, &value);
    cr_expect(strlen(shown) < 230 && strstr(shown, "\xac... (1001 bytes)") != NULL);
    free(text);
}

Test(explain, times_beyond_the_calendar_are_shown_as_they_are)
{
    struct lg_json value = { .type = LG_JSON_NUMBER, .text = LG_STR("1700000000000") };

    cr_expect_str_eq(lg_explain_time(&arena, &value, NOW_MS), "1700000000000");
    value.text = LG_STR("1700176400");
    cr_expect(strstr(lg_explain_time(&arena, &value, NOW_MS), "in 2d 1h)") != NULL);
    value.text = LG_STR("1e400");
    cr_expect_str_eq(lg_explain_time(&arena, &value, NOW_MS), "1e400");
}
