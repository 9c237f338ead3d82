/*
 * authorizer.h -- who may use a route: the issuers of one authorizer, their keys, and the answer to
 * a token.
 *
 * Made with a snapshot and never changed; the keys behind it are key sets, which outlive it.
 */
#ifndef LG_AUTHORIZE_AUTHORIZER_H
#define LG_AUTHORIZE_AUTHORIZER_H

#include "authorize/explain.h"
#include "authorize/jwt_fault.h"
#include "authorize/key_set.h"
#include "authorize/token_cache.h"
#include "config/config.h"

struct lg_authorizer;
struct lg_verifier;

/* What one loop needs to judge tokens. */
struct lg_authorize_lane {
    size_t index; /* of the loop */
    struct lg_verifier *verifier;
    struct lg_token_cache *cache;
    struct lg_token_cache *grants; /* of Lambda authorizers; their times are the loop's own */
    unsigned char salt[32];        /* nobody else can tell what lies beside what in there */
};

/*
 * Compiles an authorizer and reads its files. What is wrong is added to `faults`; NULL then.
 * `config` must outlive it.
 */
struct lg_authorizer *lg_authorizer_build(const struct lg_config_authorizer *config,
                                          struct lg_faults *faults);
void lg_authorizer_free(struct lg_authorizer *authorizer); /* NULL is fine */

/*
 * Gives every issuer whose keys are fetched its key set: `find` returns a new reference. Once,
 * before it is used.
 */
void lg_authorizer_attach(struct lg_authorizer *authorizer,
                          struct lg_key_set *(*find)(void *context,
                                                     const struct lg_key_source *source),
                          void *context);
/* Whether it needs any. */
bool lg_authorizer_fetches(const struct lg_authorizer *authorizer);

enum lg_token_place {
    LG_TOKEN_IN_HEADER,
    LG_TOKEN_IN_QUERY,
    LG_TOKEN_IN_COOKIE,
    LG_TOKEN_IN_CONTEXT, /* this and the next for Lambda authorizers only */
    LG_TOKEN_IN_STAGE_VARIABLE
};

struct lg_token_source {
    enum lg_token_place place;
    struct lg_str name;
};

const struct lg_token_source *lg_authorizer_sources(const struct lg_authorizer *authorizer,
                                                    size_t *ret_count);

/* Whether the token holds one of a route's scopes. */
bool lg_identity_has_scope(const struct lg_identity *identity, struct lg_config_strings scopes);

struct lg_verdict {
    enum lg_jwt_fault fault;
    struct lg_identity *identity; /* when good: one reference */
    struct lg_key_set *unknown;   /* of LG_JWT_UNKNOWN_KID: whose keys to wait for; borrowed */
    bool never_had_keys;          /* of the same: there is nothing to judge by */
};

/*
 * Judges `token`. `scoped`: the route asks for scopes, which decides what `token_use: by_scopes`
 * wants; the scopes themselves are the caller's affair. On the lane's loop.
 */
struct lg_verdict lg_authorizer_judge(const struct lg_authorizer *authorizer,
                                      struct lg_authorize_lane *lane, struct lg_str token,
                                      bool scoped, int64_t wall_ms);

/*
 * Explains the same; lg_explain() says how, with the scopes of `asked` as those of the route. In a
 * process without loops, and without the cache.
 */
void lg_authorizer_explain(const struct lg_authorizer *authorizer, struct lg_verifier *verifier,
                           struct lg_arena *arena, struct lg_str token,
                           const struct lg_explain_asked *asked,
                           struct lg_explanation *ret_explanation);

#endif
