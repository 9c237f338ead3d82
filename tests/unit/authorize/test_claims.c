/* Claims of the operator's choice, scopes, and what of a token is told to the function. */
#include "authorize/claims.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

#include "base/mem.h"

static struct lg_arena arena;
static struct lg_buf out;

static void start(void)
{
    lg_arena_init(&arena);
    lg_buf_init(&out, SIZE_MAX);
}

static void stop(void)
{
    lg_arena_done(&arena);
    lg_buf_done(&out);
}

TestSuite(claims, .init = start, .fini = stop);

static const struct lg_json *json(const char *text)
{
    struct lg_json *value;

    cr_assert(eq(int, lg_json_read(&arena, lg_str_of(text), &lg_json_default_limits, &value, NULL),
                 LG_OK),
              "%s", text);
    return value;
}

static bool has_scope(const char *claims, const char *first, const char *second)
{
    struct lg_str wanted[2] = { lg_str_of(first), lg_str_of(second) };

    return lg_claims_have_scope(json(claims), (struct lg_str_list){ wanted, second ? 2 : 1 });
}

/* 144-150 of the table of hostile tokens */
Test(claims, one_of_the_scopes_is_enough_and_nothing_but_a_whole_one)
{
    cr_expect(has_scope("{\"scope\":\"openid my/read\"}", "my/read", NULL));
    cr_expect(has_scope("{\"scope\":\"openid my/read\"}", "my/write", "my/read"));
    cr_expect(not(has_scope("{\"scope\":\"openid my/read\"}", "my/write", NULL)));
    cr_expect(not(has_scope("{\"scope\":\"my/reader\"}", "my/read", NULL)));
    cr_expect(not(has_scope("{\"scope\":\"my/READ\"}", "my/read", NULL)));
    cr_expect(has_scope("{\"scope\":\"a  my/read \"}", "my/read", NULL));
    cr_expect(not(has_scope("{\"scope\":\"a\\tmy/read\"}", "my/read", NULL)));
    cr_expect(not(has_scope("{\"scope\":\"\"}", "my/read", NULL)));
    cr_expect(not(has_scope("{\"scope\":\"  \"}", "", NULL)));
    cr_expect(not(has_scope("{}", "my/read", NULL)));
    cr_expect(not(has_scope("{\"scope\":7}", "7", NULL)));
}

Test(claims, scp_holds_scopes_as_text_or_as_a_list)
{
    cr_expect(has_scope("{\"scp\":\"a b\"}", "b", NULL));
    cr_expect(has_scope("{\"scp\":[\"a\",\"b\"]}", "b", NULL));
    cr_expect(not(has_scope("{\"scp\":[\"a b\"]}", "b", NULL)));
    cr_expect(not(has_scope("{\"scp\":[7,null]}", "7", NULL)));
    cr_expect(has_scope("{\"scope\":\"a\",\"scp\":[\"b\"]}", "b", NULL));
}

Test(claims, a_route_without_scopes_asks_for_none)
{
    cr_expect(lg_claims_have_scope(json("{}"), (struct lg_str_list){ NULL, 0 }));
}

static enum lg_jwt_fault check(const char *claims, const char *path, const char *values)
{
    const struct lg_json *wanted[8];
    struct lg_claim_rule rule = { .path = lg_str_of(path), .values = wanted };
    struct lg_str client = LG_STR("c");
    struct lg_claim_rules rules = {
        .clients = { &client, 1 }, .claims = &rule, .claim_count = 1, .max_lifetime_ms = 10000
    };

    for (const struct lg_json *value = json(values)->first; value != NULL; value = value->next)
        wanted[rule.value_count++] = value;
    const char *whole = lg_arena_printf(&arena, "{\"exp\":5,\"aud\":\"c\",%s}", claims);
    return lg_claims_check(json(whole), &rules, 1000);
}

Test(claims, a_claim_must_hold_one_of_its_values_with_its_type)
{
    static const struct {
        const char *claims, *path, *values;
        enum lg_jwt_fault wanted;
    } cases[] = {
        { "\"a\":\"x\"", "a", "[\"x\"]", LG_JWT_GOOD },
        { "\"a\":\"y\"", "a", "[\"x\",\"y\"]", LG_JWT_GOOD },
        { "\"a\":\"z\"", "a", "[\"x\",\"y\"]", LG_JWT_CLAIM },
        { "\"a\":true", "a", "[true]", LG_JWT_GOOD },
        { "\"a\":\"true\"", "a", "[true]", LG_JWT_CLAIM },
        { "\"a\":true", "a", "[\"true\"]", LG_JWT_CLAIM },
        { "\"a\":7", "a", "[7]", LG_JWT_GOOD },
        { "\"a\":7", "a", "[\"7\"]", LG_JWT_CLAIM },
        { "\"a\":[\"w\",\"x\"]", "a", "[\"x\"]", LG_JWT_GOOD },
        { "\"a\":[\"w\"]", "a", "[\"x\"]", LG_JWT_CLAIM },
        { "\"a\":[]", "a", "[\"x\"]", LG_JWT_CLAIM },
        { "\"b\":1", "a", "[\"x\"]", LG_JWT_CLAIM },
        { "\"b\":1", "a", "[]", LG_JWT_CLAIM },
        { "\"a\":null", "a", "[]", LG_JWT_CLAIM },
        { "\"a\":\"\"", "a", "[]", LG_JWT_GOOD },
        { "\"https://x.y/z\":\"v\"", "https://x.y/z", "[\"v\"]", LG_JWT_GOOD },
        { "\"a\":{\"b\":{\"c\":[\"v\"]}}", "/a/b/c", "[\"v\"]", LG_JWT_GOOD },
        { "\"a\":{\"b\":{\"c\":[\"v\"]}}", "a/b/c", "[\"v\"]", LG_JWT_CLAIM },
        { "\"a\":{\"b/c\":{\"~\":\"v\"}}", "/a/b~1c/~0", "[\"v\"]", LG_JWT_GOOD },
        { "\"a\":[\"v\"]", "/a/0", "[\"v\"]", LG_JWT_CLAIM },
        { "\"a\":\"v\"", "/a/b", "[\"v\"]", LG_JWT_CLAIM },
    };

    for (size_t i = 0; i < LG_COUNT(cases); i++)
        cr_expect(eq(int, check(cases[i].claims, cases[i].path, cases[i].values), cases[i].wanted),
                  "%s at %s", cases[i].claims, cases[i].path);
}

static bool writes(void (*write)(struct lg_buf *buf, const struct lg_json *claims),
                   const char *claims, const char *wanted)
{
    lg_buf_clear(&out);
    write(&out, json(claims));
    if (lg_str_is(lg_buf_str(&out), wanted))
        return true;
    cr_log_error("expected %s, found %.*s", wanted, (int)out.size, out.data);
    return false;
}

Test(claims, are_told_as_text)
{
    cr_expect(writes(lg_claims_write, "{}", "{}"));
    cr_expect(writes(lg_claims_write, "{\"a\":\"x\",\"b\":7,\"c\":1.50,\"d\":true,\"e\":false}",
                     "{\"a\":\"x\",\"b\":\"7\",\"c\":\"1.50\",\"d\":\"true\",\"e\":\"false\"}"));
    cr_expect(writes(lg_claims_write, "{\"a\":null,\"b\":\"\"}", "{\"b\":\"\"}"));
    cr_expect(
        writes(lg_claims_write, "{\"g\":[\"a\",\"b c\",7,true]}", "{\"g\":\"[a b c 7 true]\"}"));
    cr_expect(writes(lg_claims_write, "{\"g\":[]}", "{\"g\":\"[]\"}"));
    cr_expect(writes(lg_claims_write, "{\"o\":{\"k\": [1]}}", "{\"o\":\"{\\\"k\\\": [1]}\"}"));
    cr_expect(writes(lg_claims_write, "{\"cognito:groups\":[\"\\\"\"]}",
                     "{\"cognito:groups\":\"[\\\"]\"}"));
}

Test(claims, all_scopes_of_the_token_are_told)
{
    cr_expect(writes(lg_claims_write_scopes, "{\"scope\":\"a  b \"}", "[\"a\",\"b\"]"));
    cr_expect(writes(lg_claims_write_scopes, "{\"scp\":[\"a\",7,\"b\"]}", "[\"a\",\"b\"]"));
    cr_expect(writes(lg_claims_write_scopes, "{\"scope\":\"a\",\"scp\":\"b\"}", "[\"a\"]"));
    cr_expect(writes(lg_claims_write_scopes, "{}", "[]"));
}

Test(claims, the_end_of_a_token_is_told_in_milliseconds)
{
    cr_expect(eq(i64, lg_claims_expiry_ms(json("{\"exp\":1700000000.25}")), 1700000000250));
}

Test(claims, every_fault_has_words_of_its_own)
{
    for (enum lg_jwt_fault a = 0; a < LG_JWT_FAULT_COUNT; a++) {
        cr_assert(lg_jwt_fault_name(a) != NULL && lg_jwt_fault_text(a) != NULL, "%d", (int)a);
        for (enum lg_jwt_fault b = 0; b < a; b++)
            cr_expect(strcmp(lg_jwt_fault_name(a), lg_jwt_fault_name(b)) != 0);
    }
}
