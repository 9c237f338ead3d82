/*
 * claims.h -- what a token whose signature is good must say to be let in, and what of it is told to
 * the function. Pure: the time is given.
 */
#ifndef LG_AUTHORIZE_CLAIMS_H
#define LG_AUTHORIZE_CLAIMS_H

#include <stdint.h>

#include "authorize/jwt.h"
#include "base/buf.h"
#include "listen/exchange.h"

struct lg_str_list {
    const struct lg_str *items;
    size_t count;
};

enum lg_token_use { LG_TOKEN_ACCESS = 1, LG_TOKEN_ID = 2 }; /* bits */

/* One claim that must hold one of some values: a scalar that equals it, or an array with it inside.
 */
struct lg_claim_rule {
    struct lg_str path;                  /* a name, or a JSON pointer when it starts with "/" */
    const struct lg_json *const *values; /* strings, numbers, true, false; none: it must be there */
    size_t value_count;
};

/* What one issuer's tokens must be. Everything is borrowed. */
struct lg_claim_rules {
    bool cognito;               /* `token_use` decides where the client's id stands */
    unsigned token_use;         /* of Cognito: bits of enum lg_token_use */
    struct lg_str_list clients; /* audiences or client ids; any of them */
    bool any_client;            /* clients are not looked at: written out in the configuration */
    struct lg_str_list groups;  /* `cognito:groups`, any of them; none: not looked at */
    const struct lg_claim_rule *claims;
    size_t claim_count;
    int64_t leeway_ms;
    int64_t max_lifetime_ms; /* from now to `exp`: catches times in milliseconds too */
};

/* What is looked at, in this order. */
enum lg_claims_step {
    LG_CLAIMS_EXP,
    LG_CLAIMS_NBF,
    LG_CLAIMS_IAT,
    LG_CLAIMS_TOKEN_USE, /* of Cognito */
    LG_CLAIMS_CLIENT,
    LG_CLAIMS_GROUPS,
    LG_CLAIMS_RULES,
    LG_CLAIMS_STEP_COUNT
};

/* One of them alone; the others may have failed. */
enum lg_jwt_fault lg_claims_check_step(enum lg_claims_step step, const struct lg_json *claims,
                                       const struct lg_claim_rules *rules, int64_t now_ms);

/* Everything but the scopes: the first fault of all steps. */
enum lg_jwt_fault lg_claims_check(const struct lg_json *claims, const struct lg_claim_rules *rules,
                                  int64_t now_ms);

/* Whether `scope` (or `scp`) holds one of `scopes`; no scopes asked for: yes. */
bool lg_claims_have_scope(const struct lg_json *claims, struct lg_str_list scopes);

/* One member of `claims`, or what a JSON pointer leads to; NULL: there is no such. */
const struct lg_json *lg_claims_at(const struct lg_json *claims, struct lg_str path);
bool lg_claims_fit(const struct lg_json *claims, const struct lg_claim_rule *rule);

/* The claim that tells for whom a token was made: "aud" or "client_id". */
const char *lg_claims_client_name(const struct lg_json *claims, const struct lg_claim_rules *rules);

/* NumericDate (RFC 7519 section 2) in unix milliseconds; false for what is no time. */
bool lg_claims_time(const struct lg_json *value, int64_t *ret_ms);

/* When the token ends, without leeway, in unix milliseconds. Only for claims that were checked. */
int64_t lg_claims_expiry_ms(const struct lg_json *claims);

/*
 * Claims as API Gateway tells them: {"name":"text",...}. Strings as they are, numbers and booleans
 * as text, arrays as "[a b c]", objects as JSON text; null is left out.
 */
void lg_claims_write(struct lg_buf *out, const struct lg_json *claims);

/* The same, name by name; in the arena. */
const struct lg_header *lg_claims_members(struct lg_arena *arena, const struct lg_json *claims,
                                          size_t *ret_count);

/* `["a","b"]` of all scopes of the token. */
void lg_claims_write_scopes(struct lg_buf *out, const struct lg_json *claims);

#endif
