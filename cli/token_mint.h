/*
 * token_mint.h -- a token with the claims that Amazon Cognito gives, signed by libjwt.
 *
 * What differs from Cognito's: libjwt writes `typ: JWT` into the header, and one key signs both
 * kinds of tokens.
 */
#ifndef LG_CLI_TOKEN_MINT_H
#define LG_CLI_TOKEN_MINT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "token_key.h"

struct lg_token_wish {
    const char *issuer, *client_id, *username;
    const char *scope;  /* of an access token: several with blanks between them; "" for none */
    const char *groups; /* several with commas between them; NULL for none */
    bool id;            /* an id token, else an access token */
    int64_t now_s;
    int64_t expires_s; /* from now; below 0: it has expired already */
};

/* The claims, to be decref'd. The same username always has the same `sub`. */
json_t *lg_token_claims(const struct lg_token_wish *wish);

/* The token, owned by the caller: free(). NULL: it was complained about. */
char *lg_token_sign(json_t *claims, const struct lg_token_key *key);

#endif
