/*
 * token_key.h -- the key pair of the quickstart: made once, kept beside the JWKS that the gateway
 * reads, closed to everybody else.
 *
 * Both lie in one folder: `key.pem`, which only its owner may read, and the public half in the
 * file that the configuration names. A JWKS that was not made from the key beside it is somebody
 * else's and is left alone.
 */
#ifndef LG_CLI_TOKEN_KEY_H
#define LG_CLI_TOKEN_KEY_H

#include <stdbool.h>

struct lg_token_key {
    char *pem; /* PKCS#8, owned; wiped by lg_token_key_done() */
    char *kid; /* base64 text as Cognito's, owned */
};

/* Opens the pair, or makes it. On false it was complained about and there is nothing to end. */
bool lg_token_key_open(const char *jwks_file, struct lg_token_key *ret_key);
void lg_token_key_done(struct lg_token_key *key);

#endif
