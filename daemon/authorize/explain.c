/* explain.c -- the daemon's steps, one line each. */
#include "authorize/explain.h"

#include <assert.h>

#include "authorize/explain_text.h"
#include "base/clock.h"
#include "base/mem.h"
#include "config/values.h"

/* shape, header, payload, iss, algorithm, key, signature; and the scope */
#define LINES_BESIDE_CLAIMS 8
#define NOT_REACHED "because of what failed above"

struct explaining {
    struct lg_arena *arena;
    struct lg_verifier *verifier;
    const struct lg_issuers *issuers;
    const struct lg_explain_asked *asked;
    struct lg_explanation *explanation;
    struct lg_jwt jwt;
    const struct lg_issuer *issuer; /* NULL: not known */
    size_t index;                   /* of it */
};

/* --- lines ------------------------------------------------------------------------------------ */

static void add(struct explaining *about, const char *check, enum lg_jwt_fault fault,
                const char *found, const char *expected)
{
    about->explanation->lines[about->explanation->count++] = (struct lg_explain_line){
        .check = check,
        .state = fault == LG_JWT_GOOD ? LG_EXPLAIN_OK : LG_EXPLAIN_FAILED,
        .fault = fault,
        .found = found,
        .expected = expected,
    };
}

static void skip(struct explaining *about, const char *check, const char *why)
{
    about->explanation->lines[about->explanation->count++] =
        (struct lg_explain_line){ .check = check, .state = LG_EXPLAIN_SKIPPED, .found = why };
}

static const char *value_of(struct explaining *about, const char *name)
{
    return lg_explain_value(about->arena, lg_json_get(about->jwt.claims, name));
}

static const char *one_of(struct explaining *about, struct lg_str_list list)
{
    const char *text = lg_explain_list(about->arena, list);

    return list.count < 2 ? text : lg_arena_printf(about->arena, "one of %s", text);
}

static const char *json_of(struct explaining *about, const struct lg_json *object)
{
    return object == NULL ? NULL : lg_explain_clean(about->arena, object->text);
}

/* --- the token as such ------------------------------------------------------------------------ */

static bool explain_shape(struct explaining *about, struct lg_str token)
{
    size_t limit = about->issuers->token_limit;
    enum lg_jwt_fault fault = lg_jwt_split(about->arena, token, limit, &about->jwt);

    add(about, "shape", fault,
        fault == LG_JWT_NOT_A_TOKEN ? "something else"
                                    : lg_arena_printf(about->arena, "%zu bytes", token.size),
        lg_arena_printf(about->arena, "three parts of unpadded base64url, at most %zu bytes",
                        limit));
    return fault == LG_JWT_GOOD;
}

static bool explain_header(struct explaining *about)
{
    enum lg_jwt_fault fault = lg_jwt_read_header(about->arena, &about->jwt);
    const struct lg_json *header = about->jwt.header;
    const char *found = "no JSON object";

    about->explanation->header = json_of(about, header);
    if (fault == LG_JWT_GOOD)
        found = lg_arena_printf(about->arena, "alg %s, typ %s",
                                lg_explain_value(about->arena, lg_json_get(header, "alg")),
                                lg_explain_value(about->arena, lg_json_get(header, "typ")));
    else if (header != NULL)
        found = lg_explain_value(about->arena, header);
    add(about, "header", fault, found,
        "a JSON object with a known \"alg\", \"typ\" JWT or at+jwt if any, a \"kid\" of 1 to 256 "
        "bytes if any, no \"crit\", \"b64\", \"enc\" or \"cty\"");
    return fault == LG_JWT_GOOD;
}

static bool explain_payload(struct explaining *about)
{
    enum lg_jwt_fault fault = lg_jwt_read_payload(about->arena, &about->jwt);
    const struct lg_json *claims = about->jwt.claims;

    about->explanation->claims = json_of(about, claims);
    add(about, "payload", fault,
        claims == NULL         ? "no JSON object"
        : fault == LG_JWT_GOOD ? lg_arena_printf(about->arena, "%zu claims", claims->count)
                               : "registered claims of other types",
        "a JSON object; iss, sub, jti, scope texts, exp, nbf, iat numbers, aud a text or a list");
    return fault == LG_JWT_GOOD;
}

/* --- whose it is, and who signed it ----------------------------------------------------------- */

static bool explain_issuer(struct explaining *about)
{
    const struct lg_issuers *issuers = about->issuers;
    bool found = lg_judge_find_issuer(issuers, about->jwt.issuer, &about->index);
    struct lg_buf names;

    lg_buf_init(&names, SIZE_MAX);
    for (size_t i = 0; i < issuers->count; i++)
        lg_buf_printf(&names, "%s%s", i > 0 ? ", " : "",
                      lg_explain_list(about->arena, issuers->items[i].names));
    add(about, "iss", found ? LG_JWT_GOOD : LG_JWT_UNKNOWN_ISSUER, value_of(about, "iss"),
        lg_arena_cstr(about->arena, lg_buf_str(&names)));
    lg_buf_done(&names);
    if (found || issuers->count == 1) /* what else is wrong is told by the only one there is */
        about->issuer = &issuers->items[found ? about->index : 0];
    return found;
}

static bool explain_algorithm(struct explaining *about)
{
    bool fits = lg_judge_algorithm(about->issuer, about->jwt.alg);
    struct lg_buf names;

    lg_buf_init(&names, SIZE_MAX);
    for (enum lg_jwt_alg alg = LG_JWT_ALG_NONE + 1; alg < LG_JWT_ALG_COUNT; alg++) {
        if (lg_judge_algorithm(about->issuer, alg))
            lg_buf_printf(&names, "%s%s", names.size > 0 ? ", " : "", lg_jwt_algorithm(alg)->name);
    }
    add(about, "algorithm", fits ? LG_JWT_GOOD : LG_JWT_BAD_ALGORITHM,
        lg_jwt_algorithm(about->jwt.alg)->name, lg_arena_cstr(about->arena, lg_buf_str(&names)));
    lg_buf_done(&names);
    return fits;
}

static const char *place_of(const struct explaining *about)
{
    const char *place = about->asked->places != NULL ? about->asked->places[about->index] : NULL;

    return place != NULL ? place : "the issuer";
}

/* What the set holds, and what was left out of it, which is often the one that was meant. */
static const char *keys_in_words(struct explaining *about, const struct lg_jwks *keys)
{
    size_t count = lg_jwks_count(keys), note_count;
    const struct lg_jwks_note *notes = lg_jwks_notes(keys, &note_count);
    struct lg_str *kids = lg_arena_alloc(about->arena, count * sizeof(*kids));
    struct lg_buf out;

    for (size_t i = 0; i < count; i++)
        kids[i] = lg_jwks_at(keys, i)->kid;
    lg_buf_init(&out, SIZE_MAX);
    lg_buf_printf(&out, "a key of %s: %s", place_of(about),
                  lg_explain_list(about->arena, (struct lg_str_list){ kids, count }));
    for (size_t i = 0; i < note_count; i++)
        lg_buf_printf(&out, "; keys[%zu] is left out: %s", notes[i].index, notes[i].reason);
    const char *text = lg_arena_cstr(about->arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return text;
}

static const struct lg_jwk *explain_key(struct explaining *about)
{
    const struct lg_jwks *keys = about->issuers->keys(about->issuers->context, about->index);
    const char *trouble =
        about->asked->troubles != NULL ? about->asked->troubles[about->index] : NULL;
    const struct lg_jwk *key = NULL;
    enum lg_jwt_fault fault = lg_judge_key(keys, &about->jwt, &key);
    const char *found = lg_explain_value(about->arena, lg_json_get(about->jwt.header, "kid"));

    if (keys == NULL) {
        found = lg_arena_printf(about->arena, "%s, and no keys: %s", found,
                                trouble != NULL ? trouble : "they were never there");
        add(about, "key", fault, found,
            lg_arena_printf(about->arena, "a key of %s", place_of(about)));
        return NULL;
    }
    bool secret = key != NULL && key->kind == LG_JWK_SECRET;
    add(about, "key", fault, secret ? "the secret" : found,
        secret ? place_of(about) : keys_in_words(about, keys));
    return key;
}

static void explain_signature(struct explaining *about, const struct lg_jwk *key)
{
    if (key == NULL) {
        skip(about, "signature", NOT_REACHED);
        return;
    }
    bool good = lg_verifier_check(about->verifier, key, about->jwt.alg, about->jwt.signed_part,
                                  about->jwt.signature);
    add(about, "signature", good ? LG_JWT_GOOD : LG_JWT_BAD_SIGNATURE,
        good ? "made with this key" : "not made with this key, or header or payload were changed",
        NULL);
}

/* The key matters only where issuer and algorithm are right: no other key is ever looked at. */
static void explain_origin(struct explaining *about, bool header_fits)
{
    bool known = explain_issuer(about);

    if (!known || !header_fits) {
        skip(about, "algorithm", NOT_REACHED);
    } else if (explain_algorithm(about)) {
        explain_signature(about, explain_key(about));
        return;
    }
    skip(about, "key", NOT_REACHED);
    skip(about, "signature", NOT_REACHED);
}

/* --- claims ----------------------------------------------------------------------------------- */

static enum lg_jwt_fault check(struct explaining *about, enum lg_claims_step step)
{
    return lg_claims_check_step(step, about->jwt.claims, &about->issuer->rules,
                                about->asked->now_ms);
}

static const char *duration(struct explaining *about, int64_t ms)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_value_write_duration(&out, ms);
    const char *text = lg_arena_cstr(about->arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return text;
}

static void explain_time(struct explaining *about, const char *name, enum lg_claims_step step)
{
    const struct lg_claim_rules *rules = &about->issuer->rules;
    const char *leeway = duration(about, rules->leeway_ms);
    char now[LG_CLOCK_ISO_SIZE];

    lg_clock_iso(about->asked->now_ms, now);
    add(about, name, check(about, step),
        lg_explain_time(about->arena, lg_json_get(about->jwt.claims, name), about->asked->now_ms),
        step == LG_CLAIMS_EXP
            ? lg_arena_printf(about->arena, "after now (%s), by %s at most, with a leeway of %s",
                              now, duration(about, rules->max_lifetime_ms), leeway)
            : lg_arena_printf(about->arena, "not after now (%s), with a leeway of %s, if at all",
                              now, leeway));
}

static void explain_use(struct explaining *about)
{
    unsigned use = about->issuer->rules.token_use;

    if (!about->issuer->rules.cognito)
        skip(about, "token_use", "only Cognito's tokens have one");
    else
        add(about, "token_use", check(about, LG_CLAIMS_TOKEN_USE), value_of(about, "token_use"),
            use == LG_TOKEN_ACCESS ? "\"access\""
            : use == LG_TOKEN_ID   ? "\"id\""
                                   : "\"access\" or \"id\"");
}

static void explain_client(struct explaining *about)
{
    const struct lg_claim_rules *rules = &about->issuer->rules;
    const char *name = lg_claims_client_name(about->jwt.claims, rules);

    add(about, name, check(about, LG_CLAIMS_CLIENT), value_of(about, name),
        rules->any_client ? "any" : one_of(about, rules->clients));
}

static void explain_groups(struct explaining *about)
{
    struct lg_str_list groups = about->issuer->rules.groups;

    if (groups.count == 0)
        skip(about, "groups", "the authorizer asks for none");
    else
        add(about, "groups", check(about, LG_CLAIMS_GROUPS), value_of(about, "cognito:groups"),
            one_of(about, groups));
}

static const char *rule_values(struct explaining *about, const struct lg_claim_rule *rule)
{
    struct lg_buf out;

    if (rule->value_count == 0)
        return "anything but null";
    lg_buf_init(&out, SIZE_MAX);
    lg_buf_add_cstr(&out, rule->value_count > 1 ? "one of " : "");
    for (size_t i = 0; i < rule->value_count; i++)
        lg_buf_printf(&out, "%s%s", i > 0 ? ", " : "",
                      lg_explain_value(about->arena, rule->values[i]));
    const char *text = lg_arena_cstr(about->arena, lg_buf_str(&out));
    lg_buf_done(&out);
    return text;
}

static void explain_rules(struct explaining *about)
{
    const struct lg_claim_rules *rules = &about->issuer->rules;

    if (rules->claim_count == 0)
        skip(about, "claims", "the authorizer asks for none");
    for (size_t i = 0; i < rules->claim_count; i++) {
        const struct lg_claim_rule *rule = &rules->claims[i];
        const char *name =
            lg_arena_printf(about->arena, "claim %s", lg_explain_clean(about->arena, rule->path));
        add(about, name, lg_claims_fit(about->jwt.claims, rule) ? LG_JWT_GOOD : LG_JWT_CLAIM,
            lg_explain_value(about->arena, lg_claims_at(about->jwt.claims, rule->path)),
            rule_values(about, rule));
    }
}

static void explain_scope(struct explaining *about)
{
    const struct lg_json *scope = lg_json_get(about->jwt.claims, "scope");
    struct lg_str_list scopes = about->asked->scopes;

    if (scopes.count == 0) {
        skip(about, "scope", about->asked->no_scopes);
        return;
    }
    if (scope == NULL)
        scope = lg_json_get(about->jwt.claims, "scp");
    add(about, "scope",
        lg_claims_have_scope(about->jwt.claims, scopes) ? LG_JWT_GOOD : LG_JWT_SCOPE,
        lg_explain_value(about->arena, scope), one_of(about, scopes));
}

static void explain_claims(struct explaining *about)
{
    static const char *const names[] = { "exp",    "nbf",    "iat",   "token_use",
                                         "client", "groups", "claims" };

    _Static_assert(LG_COUNT(names) == LG_CLAIMS_STEP_COUNT, "each step of claims has its line");
    if (about->issuer == NULL) {
        for (size_t i = 0; i < LG_COUNT(names); i++)
            skip(about, names[i], NOT_REACHED);
    } else {
        explain_time(about, "exp", LG_CLAIMS_EXP);
        explain_time(about, "nbf", LG_CLAIMS_NBF);
        explain_time(about, "iat", LG_CLAIMS_IAT);
        explain_use(about);
        explain_client(about);
        explain_groups(about);
        explain_rules(about);
    }
}

/* --- all of it -------------------------------------------------------------------------------- */

static size_t most_lines(const struct lg_issuers *issuers)
{
    size_t most = 0;

    for (size_t i = 0; i < issuers->count; i++) {
        if (issuers->items[i].rules.claim_count > most)
            most = issuers->items[i].rules.claim_count;
    }
    return LINES_BESIDE_CLAIMS + LG_CLAIMS_STEP_COUNT + most;
}

static void explain_token(struct explaining *about, struct lg_str token)
{
    static const char *const rest[] = { "iss", "algorithm", "key", "signature" };
    bool shape = explain_shape(about, token), header = false, payload = false;

    if (shape) {
        header = explain_header(about);
        payload = explain_payload(about);
    } else {
        skip(about, "header", NOT_REACHED);
        skip(about, "payload", NOT_REACHED);
    }
    if (payload) {
        explain_origin(about, header);
    } else {
        for (size_t i = 0; i < LG_COUNT(rest); i++)
            skip(about, rest[i], NOT_REACHED);
    }
    explain_claims(about);
    if (payload)
        explain_scope(about);
    else
        skip(about, "scope", NOT_REACHED);
}

void lg_explain(struct lg_verifier *verifier, struct lg_arena *arena,
                const struct lg_issuers *issuers, struct lg_str token,
                const struct lg_explain_asked *asked, struct lg_explanation *ret_explanation)
{
    struct explaining about = { .arena = arena,
                                .verifier = verifier,
                                .issuers = issuers,
                                .asked = asked,
                                .explanation = ret_explanation };
    struct lg_judgement judgement = lg_judge(verifier, arena, issuers, token, asked->now_ms);

    *ret_explanation = (struct lg_explanation){
        .lines = lg_arena_alloc(arena, most_lines(issuers) * sizeof(struct lg_explain_line)),
        .fault = judgement.fault,
    };
    if (judgement.fault == LG_JWT_GOOD && !lg_claims_have_scope(judgement.claims, asked->scopes))
        ret_explanation->fault = LG_JWT_SCOPE;
    explain_token(&about, token);
}
