/* claims.c -- times, audience, use, groups, claims of the operator's choice, scopes. */
#include "authorize/claims.h"

#include <assert.h>
#include <math.h> /* isfinite, fabs: no library needed */
#include <stdlib.h>
#include <string.h>

#define NUMBER_MAX 40               /* characters of a time */
#define SECONDS_MAX 1000000000000.0 /* beyond the year 30000 */

/* --- times ------------------------------------------------------------------------------------ */

bool lg_claims_time(const struct lg_json *value, int64_t *ret_ms)
{
    char text[NUMBER_MAX + 1];

    if (value->type != LG_JSON_NUMBER || value->text.size > NUMBER_MAX)
        return false;
    memcpy(text, value->text.data, value->text.size);
    text[value->text.size] = '\0';
    double seconds = strtod(text, NULL);
    if (!isfinite(seconds) || fabs(seconds) > SECONDS_MAX)
        return false;
    *ret_ms = (int64_t)(seconds * 1000.0);
    return true;
}

static enum lg_jwt_fault check_expiry(const struct lg_json *claims,
                                      const struct lg_claim_rules *rules, int64_t now_ms)
{
    const struct lg_json *exp = lg_json_get(claims, "exp");
    int64_t at_ms;

    if (exp == NULL)
        return LG_JWT_NO_EXPIRY;
    if (!lg_claims_time(exp, &at_ms))
        return LG_JWT_LIFETIME;
    if (now_ms >= at_ms + rules->leeway_ms)
        return LG_JWT_EXPIRED;
    return at_ms - now_ms > rules->max_lifetime_ms ? LG_JWT_LIFETIME : LG_JWT_GOOD;
}

/* Whether a time lies in the past, or is not told. */
static bool is_past(const struct lg_json *time, const struct lg_claim_rules *rules, int64_t now_ms)
{
    int64_t at_ms;

    return time == NULL || (lg_claims_time(time, &at_ms) && at_ms <= now_ms + rules->leeway_ms);
}

static enum lg_jwt_fault check_not_before(const struct lg_json *claims,
                                          const struct lg_claim_rules *rules, int64_t now_ms)
{
    return is_past(lg_json_get(claims, "nbf"), rules, now_ms) ? LG_JWT_GOOD : LG_JWT_NOT_BEFORE;
}

static enum lg_jwt_fault check_issued(const struct lg_json *claims,
                                      const struct lg_claim_rules *rules, int64_t now_ms)
{
    return is_past(lg_json_get(claims, "iat"), rules, now_ms) ? LG_JWT_GOOD : LG_JWT_FUTURE;
}

int64_t lg_claims_expiry_ms(const struct lg_json *claims)
{
    int64_t at_ms = 0;
    const struct lg_json *exp = lg_json_get(claims, "exp");

    assert(exp != NULL);
    return lg_claims_time(exp, &at_ms) ? at_ms : 0;
}

/* --- who it was made for ---------------------------------------------------------------------- */

static bool is_listed(struct lg_str text, struct lg_str_list list)
{
    for (size_t i = 0; i < list.count; i++) {
        if (lg_str_eq(text, list.items[i]))
            return true;
    }
    return false;
}

static bool is_listed_string(const struct lg_json *value, struct lg_str_list list)
{
    return lg_json_is(value, LG_JSON_STRING) && is_listed(value->text, list);
}

/* Whether an array of strings holds one of the list. */
static bool any_is_listed(const struct lg_json *array, struct lg_str_list list)
{
    if (!lg_json_is(array, LG_JSON_ARRAY))
        return false;
    for (const struct lg_json *item = array->first; item != NULL; item = item->next) {
        if (is_listed_string(item, list))
            return true;
    }
    return false;
}

/* The only claim that tells an access token of Cognito from an id token. */
static unsigned token_use_of(const struct lg_json *claims)
{
    const struct lg_json *use = lg_json_get(claims, "token_use");

    if (!lg_json_is(use, LG_JSON_STRING))
        return 0;
    if (lg_str_is(use->text, "access"))
        return LG_TOKEN_ACCESS;
    return lg_str_is(use->text, "id") ? LG_TOKEN_ID : 0;
}

static enum lg_jwt_fault check_token_use(const struct lg_json *claims,
                                         const struct lg_claim_rules *rules, int64_t now_ms)
{
    (void)now_ms;
    if (rules->cognito && (token_use_of(claims) & rules->token_use) == 0)
        return LG_JWT_TOKEN_USE;
    return LG_JWT_GOOD;
}

/* As HTTP APIs where it is not Cognito's: `client_id` counts only where there is no `aud`. */
const char *lg_claims_client_name(const struct lg_json *claims, const struct lg_claim_rules *rules)
{
    if (rules->cognito)
        return token_use_of(claims) == LG_TOKEN_ACCESS ? "client_id" : "aud";
    return lg_json_get(claims, "aud") == NULL ? "client_id" : "aud";
}

static enum lg_jwt_fault check_client(const struct lg_json *claims,
                                      const struct lg_claim_rules *rules, int64_t now_ms)
{
    const struct lg_json *client = lg_json_get(claims, lg_claims_client_name(claims, rules));

    (void)now_ms;
    if (rules->any_client || is_listed_string(client, rules->clients))
        return LG_JWT_GOOD;
    /* Only others than Cognito have lists of audiences, and of these only in `aud`. */
    bool list = !rules->cognito && lg_json_get(claims, "aud") != NULL;
    return list && any_is_listed(client, rules->clients) ? LG_JWT_GOOD : LG_JWT_AUDIENCE;
}

static enum lg_jwt_fault check_groups(const struct lg_json *claims,
                                      const struct lg_claim_rules *rules, int64_t now_ms)
{
    (void)now_ms;
    if (rules->groups.count > 0 &&
        !any_is_listed(lg_json_get(claims, "cognito:groups"), rules->groups))
        return LG_JWT_GROUP;
    return LG_JWT_GOOD;
}

/* --- claims of the operator's choice ---------------------------------------------------------- */

/* The member or item that one step of a JSON pointer (RFC 6901) names. */
static const struct lg_json *step_into(const struct lg_json *value, struct lg_str step)
{
    char name[256];
    size_t size = 0;

    if (!lg_json_is(value, LG_JSON_OBJECT) || step.size >= sizeof(name))
        return NULL;
    for (size_t i = 0; i < step.size; i++) {
        char character = step.data[i];
        if (character == '~' && i + 1 < step.size)
            character = step.data[++i] == '1' ? '/' : '~';
        name[size++] = character;
    }
    name[size] = '\0';
    return lg_json_get(value, name);
}

const struct lg_json *lg_claims_at(const struct lg_json *claims, struct lg_str path)
{
    struct lg_str step;

    if (!lg_str_starts(path, LG_STR("/"))) {
        for (const struct lg_json *claim = claims->first; claim != NULL; claim = claim->next) {
            if (lg_str_eq(claim->name, path))
                return claim;
        }
        return NULL;
    }
    struct lg_str rest = lg_str_part(path, 1, path.size);
    while (claims != NULL && rest.data != NULL && lg_str_next(&rest, '/', &step))
        claims = step_into(claims, step);
    return claims;
}

/* Text "true" is not the boolean: the types must be the same. Numbers are compared as written. */
static bool is_equal(const struct lg_json *a, const struct lg_json *b)
{
    return a->type == b->type && lg_str_eq(a->text, b->text);
}

static bool holds_value(const struct lg_json *claim, const struct lg_json *value)
{
    if (claim->type != LG_JSON_ARRAY)
        return is_equal(claim, value);
    for (const struct lg_json *item = claim->first; item != NULL; item = item->next) {
        if (is_equal(item, value))
            return true;
    }
    return false;
}

bool lg_claims_fit(const struct lg_json *claims, const struct lg_claim_rule *rule)
{
    const struct lg_json *claim = lg_claims_at(claims, rule->path);

    if (claim == NULL || claim->type == LG_JSON_NULL)
        return false;
    for (size_t i = 0; i < rule->value_count; i++) {
        if (holds_value(claim, rule->values[i]))
            return true;
    }
    return rule->value_count == 0;
}

static enum lg_jwt_fault check_rules(const struct lg_json *claims,
                                     const struct lg_claim_rules *rules, int64_t now_ms)
{
    (void)now_ms;
    for (size_t i = 0; i < rules->claim_count; i++) {
        if (!lg_claims_fit(claims, &rules->claims[i]))
            return LG_JWT_CLAIM;
    }
    return LG_JWT_GOOD;
}

/* --- all of them ------------------------------------------------------------------------------ */

enum lg_jwt_fault lg_claims_check_step(enum lg_claims_step step, const struct lg_json *claims,
                                       const struct lg_claim_rules *rules, int64_t now_ms)
{
    static enum lg_jwt_fault (*const checks[LG_CLAIMS_STEP_COUNT])(
        const struct lg_json *claims, const struct lg_claim_rules *rules, int64_t now_ms) = {
        [LG_CLAIMS_EXP] = check_expiry,    [LG_CLAIMS_NBF] = check_not_before,
        [LG_CLAIMS_IAT] = check_issued,    [LG_CLAIMS_TOKEN_USE] = check_token_use,
        [LG_CLAIMS_CLIENT] = check_client, [LG_CLAIMS_GROUPS] = check_groups,
        [LG_CLAIMS_RULES] = check_rules,
    };

    assert(step < LG_CLAIMS_STEP_COUNT);
    return checks[step](claims, rules, now_ms);
}

enum lg_jwt_fault lg_claims_check(const struct lg_json *claims, const struct lg_claim_rules *rules,
                                  int64_t now_ms)
{
    enum lg_jwt_fault fault = LG_JWT_GOOD;

    for (enum lg_claims_step step = LG_CLAIMS_EXP;
         step < LG_CLAIMS_STEP_COUNT && fault == LG_JWT_GOOD; step++)
        fault = lg_claims_check_step(step, claims, rules, now_ms);
    return fault;
}

/* --- scopes ----------------------------------------------------------------------------------- */

/* Items between single blanks; what lies between two of them is no scope. */
static bool text_holds_scope(struct lg_str text, struct lg_str_list scopes)
{
    struct lg_str scope;

    while (text.data != NULL && lg_str_next(&text, ' ', &scope)) {
        if (scope.size > 0 && is_listed(scope, scopes))
            return true;
    }
    return false;
}

bool lg_claims_have_scope(const struct lg_json *claims, struct lg_str_list scopes)
{
    static const char *const names[] = { "scope", "scp" };

    if (scopes.count == 0)
        return true;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct lg_json *claim = lg_json_get(claims, names[i]);
        if (lg_json_is(claim, LG_JSON_STRING) && text_holds_scope(claim->text, scopes))
            return true;
        if (any_is_listed(claim, scopes))
            return true;
    }
    return false;
}

/* --- for the function ------------------------------------------------------------------------- */

/* A value inside an array: bare, whatever it is. */
static void add_items(struct lg_buf *out, const struct lg_json *array)
{
    (void)lg_buf_add_char(out, '[');
    for (const struct lg_json *item = array->first; item != NULL; item = item->next) {
        if (item != array->first)
            (void)lg_buf_add_char(out, ' ');
        (void)lg_buf_add_str(out, item->text);
    }
    (void)lg_buf_add_char(out, ']');
}

/* As text: borrowed from the claim or from `scratch`. */
static struct lg_str text_of(struct lg_buf *scratch, const struct lg_json *claim)
{
    if (claim->type != LG_JSON_ARRAY)
        return claim->text;
    lg_buf_clear(scratch);
    add_items(scratch, claim);
    return lg_buf_str(scratch);
}

void lg_claims_write(struct lg_buf *out, const struct lg_json *claims)
{
    struct lg_buf scratch;
    bool first = true;

    lg_buf_init(&scratch, SIZE_MAX);
    (void)lg_buf_add_char(out, '{');
    for (const struct lg_json *claim = claims->first; claim != NULL; claim = claim->next) {
        if (claim->type == LG_JSON_NULL)
            continue;
        lg_json_add_name_str(out, &first, claim->name);
        lg_json_add_string(out, text_of(&scratch, claim));
    }
    (void)lg_buf_add_char(out, '}');
    lg_buf_done(&scratch);
}

const struct lg_header *lg_claims_members(struct lg_arena *arena, const struct lg_json *claims,
                                          size_t *ret_count)
{
    struct lg_header *members = lg_arena_alloc(arena, claims->count * sizeof(*members));
    struct lg_buf scratch;
    size_t count = 0;

    lg_buf_init(&scratch, SIZE_MAX);
    for (const struct lg_json *claim = claims->first; claim != NULL; claim = claim->next) {
        if (claim->type == LG_JSON_NULL)
            continue;
        struct lg_str text = text_of(&scratch, claim);
        if (claim->type == LG_JSON_ARRAY)
            text = lg_arena_str(arena, text);
        members[count++] = (struct lg_header){ claim->name, text };
    }
    lg_buf_done(&scratch);
    *ret_count = count;
    return members;
}

static void add_scope(struct lg_buf *out, bool *first, struct lg_str scope)
{
    if (!*first)
        (void)lg_buf_add_char(out, ',');
    *first = false;
    lg_json_add_string(out, scope);
}

void lg_claims_write_scopes(struct lg_buf *out, const struct lg_json *claims)
{
    const struct lg_json *claim = lg_json_get(claims, "scope");
    bool first = true;
    struct lg_str scope;

    if (claim == NULL)
        claim = lg_json_get(claims, "scp");
    (void)lg_buf_add_char(out, '[');
    if (lg_json_is(claim, LG_JSON_STRING)) {
        struct lg_str rest = claim->text;
        while (rest.data != NULL && lg_str_next(&rest, ' ', &scope)) {
            if (scope.size > 0)
                add_scope(out, &first, scope);
        }
    } else if (lg_json_is(claim, LG_JSON_ARRAY)) {
        for (const struct lg_json *item = claim->first; item != NULL; item = item->next) {
            if (item->type == LG_JSON_STRING)
                add_scope(out, &first, item->text);
        }
    }
    (void)lg_buf_add_char(out, ']');
}
