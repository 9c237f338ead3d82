/*
 * explain.h -- why a token passes or does not, check by check: for people, off the path of
 * requests.
 *
 * Each check is the daemon's own step (jwt.h, judge.h, claims.h), in the order of lg_judge(), whose
 * verdict stands beside them. Checks behind one that failed are made as far as they can be, so that
 * all that is wrong is told at once. Nothing of the signature is ever in a text, and texts cannot
 * steer a terminal.
 */
#ifndef LG_AUTHORIZE_EXPLAIN_H
#define LG_AUTHORIZE_EXPLAIN_H

#include "authorize/judge.h"

enum lg_explain_state { LG_EXPLAIN_OK, LG_EXPLAIN_FAILED, LG_EXPLAIN_SKIPPED };

struct lg_explain_line {
    const char *check; /* "shape", "exp", "claim /realm_access/roles" */
    enum lg_explain_state state;
    enum lg_jwt_fault fault; /* of a failure */
    const char *found;
    const char *expected; /* NULL: there is nothing to say */
};

struct lg_explain_asked {
    struct lg_str_list scopes; /* of the route */
    const char *no_scopes;     /* why there are none: "no --route was given" */
    /* of each issuer, NULL where there is nothing to say */
    const char *const *places;   /* where its keys are from: "file /etc/keys.json" */
    const char *const *troubles; /* why there are none */
    int64_t now_ms;
};

struct lg_explanation {
    struct lg_explain_line *lines;
    size_t count;
    const char *header, *claims; /* JSON on one line; NULL: could not be read */
    enum lg_jwt_fault fault;     /* the daemon's verdict, scopes included */
};

/* Everything lies in the arena, or points into `token`. */
void lg_explain(struct lg_verifier *verifier, struct lg_arena *arena,
                const struct lg_issuers *issuers, struct lg_str token,
                const struct lg_explain_asked *asked, struct lg_explanation *ret_explanation);

#endif
