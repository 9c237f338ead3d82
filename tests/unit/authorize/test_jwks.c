/* Which keys of a set are used, and which are left out. */
#include "authorize/jwks.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "mint.h"

static const char *reason;

static struct lg_jwks *read_set(const char *keys, enum lg_err wanted)
{
    struct lg_jwks *jwks = NULL;
    char *text = lg_sprintf("{\"keys\":[%s]}", keys);

    reason = NULL;
    cr_assert(eq(int, lg_jwks_read(lg_str_of(text), &jwks, &reason), wanted), "%s: %s", text,
              reason ? reason : "no reason");
    cr_assert(eq(int, ERR_peek_error() == 0, 1), "OpenSSL's queue must be left empty");
    free(text);
    return jwks;
}

/* Reads a set of this key and a good one; true when it is left out for a reason that holds `why`.
 */
static bool is_left_out(const char *key, const char *why)
{
    EVP_PKEY *good = mint_ed25519();
    char *jwk = mint_jwk(good, "\"kid\":\"good\"");
    char *both = lg_sprintf("%s,%s", key, jwk);
    struct lg_jwks *jwks = read_set(both, LG_OK);
    size_t count;
    const struct lg_jwks_note *notes = lg_jwks_notes(jwks, &count);
    bool out = lg_jwks_count(jwks) == 1 && count == 1 && notes[0].index == 0 &&
               strstr(notes[0].reason, why) != NULL;

    if (!out)
        cr_log_error("%s: %zu notes, %s", key, count, count ? notes[0].reason : "-");
    lg_jwks_unref(jwks);
    free(both);
    free(jwk);
    EVP_PKEY_free(good);
    return out;
}

static bool is_key_left_out(EVP_PKEY *key, const char *members, const char *why)
{
    char *jwk = mint_jwk(key, members);
    bool out = is_left_out(jwk, why);

    free(jwk);
    return out;
}

static const struct lg_jwk *find(const struct lg_jwks *jwks, const char *kid, enum lg_jwt_alg alg,
                                 bool wanted_known)
{
    bool known = !wanted_known;
    const struct lg_jwk *key = lg_jwks_find(jwks, lg_str_of(kid), alg, &known);

    cr_expect(eq(int, known, wanted_known), "known kid %s", kid);
    return key;
}

Test(jwks, keys_of_every_kind_are_read_and_found_for_their_algorithms)
{
    static const struct {
        const char *curve;
        enum lg_jwt_alg alg;
    } curves[] = { { "P-256", LG_JWT_ES256 },
                   { "P-384", LG_JWT_ES384 },
                   { "P-521", LG_JWT_ES512 } };
    EVP_PKEY *rsa = mint_rsa(2048), *ed = mint_ed25519();
    char *jwk = mint_jwk(rsa, "\"kid\":\"r\",\"use\":\"sig\"");
    char *other = mint_jwk(ed, "\"kid\":\"e\",\"key_ops\":[\"verify\"]");
    char *both = lg_sprintf("%s,%s", jwk, other);
    struct lg_jwks *jwks = read_set(both, LG_OK);

    for (enum lg_jwt_alg alg = LG_JWT_RS256; alg <= LG_JWT_PS512; alg++)
        cr_expect(find(jwks, "r", alg, true) != NULL, "%s", lg_jwt_algorithm(alg)->name);
    cr_expect(find(jwks, "r", LG_JWT_ES256, true) == NULL);
    cr_expect(find(jwks, "r", LG_JWT_HS256, true) == NULL);
    cr_expect(find(jwks, "e", LG_JWT_EDDSA, true) != NULL);
    cr_expect(find(jwks, "R", LG_JWT_RS256, false) == NULL, "expected case to matter");
    lg_jwks_unref(jwks);
    for (size_t i = 0; i < LG_COUNT(curves); i++) {
        EVP_PKEY *ec = mint_ec(curves[i].curve);
        char *text = mint_jwk(ec, "\"kid\":\"c\"");
        jwks = read_set(text, LG_OK);
        for (enum lg_jwt_alg alg = LG_JWT_ES256; alg <= LG_JWT_ES512; alg++)
            cr_expect(eq(int, find(jwks, "c", alg, true) != NULL, alg == curves[i].alg));
        lg_jwks_unref(jwks);
        free(text);
        EVP_PKEY_free(ec);
    }
    free(jwk);
    free(other);
    free(both);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ed);
}

Test(jwks, a_key_with_an_algorithm_is_for_no_other)
{
    EVP_PKEY *rsa = mint_rsa(2048);
    char *jwk = mint_jwk(rsa, "\"kid\":\"r\",\"alg\":\"RS256\"");
    struct lg_jwks *jwks = read_set(jwk, LG_OK);

    cr_expect(find(jwks, "r", LG_JWT_RS256, true) != NULL);
    cr_expect(find(jwks, "r", LG_JWT_RS384, true) == NULL);
    cr_expect(find(jwks, "r", LG_JWT_PS256, true) == NULL);
    lg_jwks_unref(jwks);
    free(jwk);
    EVP_PKEY_free(rsa);
}

Test(jwks, keys_that_are_not_for_signatures_are_left_out)
{
    EVP_PKEY *key = mint_ec("P-256");

    cr_expect(is_key_left_out(key, "\"kid\":\"k\",\"use\":\"enc\"", "\"use\""));
    cr_expect(is_key_left_out(key, "\"kid\":\"k\",\"use\":null", "\"use\""));
    cr_expect(is_key_left_out(key, "\"kid\":\"k\",\"key_ops\":[\"sign\"]", "\"key_ops\""));
    cr_expect(is_key_left_out(key, "\"kid\":\"k\",\"key_ops\":[]", "\"key_ops\""));
    cr_expect(is_key_left_out(key, "\"kid\":\"k\",\"alg\":\"ECDH-ES\"", "\"alg\""));
    cr_expect(is_key_left_out(key, "\"kid\":\"k\",\"alg\":\"RS256\"", "does not fit"));
    cr_expect(is_key_left_out(key, "\"kid\":\"k\",\"alg\":\"ES384\"", "does not fit"));
    cr_expect(is_key_left_out(key, "\"kid\":\"k\",\"d\":\"AQAB\"", "private"));
    cr_expect(is_key_left_out(key, "\"use\":\"sig\"", "\"kid\""));
    cr_expect(is_key_left_out(key, "\"kid\":\"\"", "\"kid\""));
    cr_expect(is_key_left_out(key, "\"kid\":7", "\"kid\""));
    cr_expect(is_left_out("{\"kid\":\"k\",\"kty\":\"oct\",\"k\":\"AQAB\"}", "private"));
    cr_expect(is_left_out("{\"kid\":\"k\",\"kty\":\"oct\"}", "\"kty\""));
    cr_expect(is_left_out("{\"kid\":\"k\"}", "\"kty\""));
    cr_expect(is_left_out("7", "not an object"));
    EVP_PKEY_free(key);
}

Test(jwks, weak_and_huge_rsa_keys_are_left_out)
{
    EVP_PKEY *weak = mint_rsa(1024), *good = mint_rsa(2048);

    cr_expect(is_key_left_out(weak, "\"kid\":\"k\"", "less than 2048 bits"));
    char *huge = lg_alloc(2001);
    memset(huge, 'z', 2000);
    huge[2000] = '\0';
    char *jwk = lg_sprintf("{\"kid\":\"k\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"%s\"}", huge);
    cr_expect(is_left_out(jwk, "8192"));
    free(huge);
    free(jwk);

    char *whole = mint_jwk(good, "\"kid\":\"k\"");
    char *e = strstr(whole, "\"e\":\"AQAB\"");
    cr_assert(e != NULL);
    memcpy(e, "\"e\":\"AQ\"  ", 10);
    cr_expect(is_left_out(whole, "exponent"));
    memcpy(e, "\"e\":\"AAA\" ", 10);
    cr_expect(is_left_out(whole, "exponent"));
    memcpy(e, "\"e\":\"AQAA\"", 10);
    cr_expect(is_left_out(whole, "exponent"));
    free(whole);
    EVP_PKEY_free(weak);
    EVP_PKEY_free(good);
}

Test(jwks, an_even_modulus_is_left_out)
{
    struct lg_buf out;
    char n[257];

    memset(n, 0xaa, 256);
    lg_buf_init(&out, SIZE_MAX);
    lg_buf_add_cstr(&out, "{\"kid\":\"k\",\"kty\":\"RSA\",\"e\":\"AQAB\",\"n\":\"");
    n[0] = (char)0xc3;
    for (size_t i = 0; i < 256; i += 3) { /* 256 bytes: groups of three and one */
        static const char alphabet[] =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        size_t left = 256 - i;
        unsigned bits = (unsigned)(unsigned char)n[i] << 16;
        bits |= left > 1 ? (unsigned)(unsigned char)n[i + 1] << 8 : 0;
        bits |= left > 2 ? (unsigned char)n[i + 2] : 0;
        lg_buf_add_char(&out, alphabet[bits >> 18]);
        lg_buf_add_char(&out, alphabet[bits >> 12 & 63]);
        if (left > 1)
            lg_buf_add_char(&out, alphabet[bits >> 6 & 63]);
        if (left > 2)
            lg_buf_add_char(&out, alphabet[bits & 63]);
    }
    lg_buf_add_cstr(&out, "\"}");
    char *jwk = lg_buf_take(&out, NULL);
    cr_expect(is_left_out(jwk, "OpenSSL"));
    free(jwk);
}

Test(jwks, a_point_off_its_curve_or_of_another_size_is_left_out)
{
    EVP_PKEY *key = mint_ec("P-256");
    char *jwk = mint_jwk(key, "\"kid\":\"k\"");
    char *y = strstr(jwk, "\"y\":\"");

    y[5] = y[5] == 'A' ? 'B' : 'A';
    cr_expect(is_left_out(jwk, "curve"));
    cr_expect(is_left_out(
        "{\"kid\":\"k\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"AQ\"}", "size"));
    cr_expect(is_left_out("{\"kid\":\"k\",\"kty\":\"EC\",\"crv\":\"secp256k1\"}", "curve"));
    cr_expect(is_left_out("{\"kid\":\"k\",\"kty\":\"OKP\",\"crv\":\"X25519\"}", "Ed25519"));
    cr_expect(
        is_left_out("{\"kid\":\"k\",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQ\"}", "32"));
    free(jwk);
    EVP_PKEY_free(key);
}

Test(jwks, what_is_no_set_is_refused_with_a_reason)
{
    static const char *const texts[] = {
        "", "{}", "[]", "{\"keys\":{}}", "{\"keys\":[]", "{\"keys\":[],\"keys\":[]}"
    };
    struct lg_jwks *jwks;

    for (size_t i = 0; i < LG_COUNT(texts); i++) {
        reason = NULL;
        cr_expect(eq(int, lg_jwks_read(lg_str_of(texts[i]), &jwks, &reason), LG_ERR_SYNTAX), "%s",
                  texts[i]);
        cr_expect(reason != NULL);
    }
    (void)read_set("", LG_ERR_NOT_FOUND);
    (void)read_set("{},7", LG_ERR_NOT_FOUND);
}

Test(jwks, a_set_has_its_limits)
{
    char *text = lg_zalloc(LG_JWKS_MAX_BYTES + 2);
    struct lg_jwks *jwks;
    struct lg_buf many;

    memset(text, ' ', LG_JWKS_MAX_BYTES + 1);
    cr_expect(eq(int, lg_jwks_read(lg_str_make(text, LG_JWKS_MAX_BYTES + 1), &jwks, &reason),
                 LG_ERR_TOO_BIG));
    cr_expect(
        eq(int, lg_jwks_read(lg_str_make(text, LG_JWKS_MAX_BYTES), &jwks, &reason), LG_ERR_SYNTAX));
    free(text);
    lg_buf_init(&many, SIZE_MAX);
    for (size_t i = 0; i <= LG_JWKS_MAX_KEYS; i++)
        lg_buf_printf(&many, "%s{}", i > 0 ? "," : "");
    char *keys = lg_buf_take(&many, NULL);
    (void)read_set(keys, LG_ERR_TOO_BIG);
    keys[strlen(keys) - 3] = '\0';
    (void)read_set(keys, LG_ERR_NOT_FOUND);
    free(keys);
}

Test(jwks, two_keys_of_one_id_need_two_algorithms)
{
    EVP_PKEY *key = mint_rsa(2048);
    char *plain = mint_jwk(key, "\"kid\":\"k\""),
         *rs = mint_jwk(key, "\"kid\":\"k\",\"alg\":\"RS256\""),
         *ps = mint_jwk(key, "\"kid\":\"k\",\"alg\":\"PS256\"");
    char *twins = lg_sprintf("%s,%s", plain, plain), *mixed = lg_sprintf("%s,%s", rs, plain),
         *told_apart = lg_sprintf("%s,%s", rs, ps);

    (void)read_set(twins, LG_ERR_SYNTAX);
    cr_expect(strstr(reason, "one \"kid\"") != NULL);
    (void)read_set(mixed, LG_ERR_SYNTAX);
    struct lg_jwks *jwks = read_set(told_apart, LG_OK);
    cr_expect(find(jwks, "k", LG_JWT_RS256, true) != find(jwks, "k", LG_JWT_PS256, true));
    lg_jwks_unref(jwks);
    free(plain);
    free(rs);
    free(ps);
    free(twins);
    free(mixed);
    free(told_apart);
    EVP_PKEY_free(key);
}

Test(jwks, sets_are_the_same_when_their_keys_are)
{
    EVP_PKEY *a = mint_ed25519(), *b = mint_ed25519();
    char *first = mint_jwk(a, "\"kid\":\"a\""), *second = mint_jwk(b, "\"kid\":\"b\""),
         *renewed = mint_jwk(b, "\"kid\":\"a\"");
    char *one = lg_sprintf("%s,%s", first, second), *other = lg_sprintf("%s,%s", second, first),
         *third = lg_sprintf("%s,%s", renewed, second);
    struct lg_jwks *x = read_set(one, LG_OK), *y = read_set(other, LG_OK),
                   *z = read_set(third, LG_OK), *w = read_set(first, LG_OK);

    cr_expect(lg_jwks_same(x, y), "expected the order not to matter");
    cr_expect(not(lg_jwks_same(x, z)), "expected new key material under an old name to be seen");
    cr_expect(not(lg_jwks_same(x, w)));
    cr_expect(ne(u64, lg_jwks_generation(x), lg_jwks_generation(y)));
    lg_jwks_unref(x);
    lg_jwks_unref(lg_jwks_ref(y));
    lg_jwks_unref(y);
    lg_jwks_unref(z);
    lg_jwks_unref(w);
    free(first);
    free(second);
    free(renewed);
    free(one);
    free(other);
    free(third);
    EVP_PKEY_free(a);
    EVP_PKEY_free(b);
}

Test(jwks, a_secret_is_for_the_algorithms_it_is_long_enough_for)
{
    struct lg_jwks *jwks = lg_jwks_of_secret(LG_STR("0123456789012345678901234567890123456789"));

    cr_expect(find(jwks, "whatever", LG_JWT_HS256, true) != NULL);
    cr_expect(find(jwks, "", LG_JWT_HS384, true) == NULL);
    cr_expect(find(jwks, "", LG_JWT_RS256, true) == NULL);
    lg_jwks_unref(jwks);
}
