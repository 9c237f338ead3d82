/*
 * token_keys.h -- the keys of an authorizer for a process without loops: those that the daemon
 * fetches are fetched once, for the issuer that a token names and no other.
 */
#ifndef LG_CLI_TOKEN_KEYS_H
#define LG_CLI_TOKEN_KEYS_H

#include "authorize/authorizer.h"

struct lg_token_keys {
    const struct lg_config_authorizer *config;
    struct lg_str wanted;   /* the issuer; data == NULL: none, and nothing is fetched */
    struct lg_arena *arena; /* of the words */
    /* by issuer, as struct lg_explain_asked has them */
    const char **places, **troubles;
};

/* Fills in the last two, and gives the authorizer its keys. */
void lg_token_keys_attach(struct lg_token_keys *keys, struct lg_authorizer *authorizer);

#endif
