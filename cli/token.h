/* token.h -- private to the token command: its two halves and what they were asked. */
#ifndef LG_CLI_TOKEN_H
#define LG_CLI_TOKEN_H

#include "config/config.h"
#include "options.h"

/* The quickstart's, below the folder where the command runs. */
#define LG_TOKEN_CONFIG "conf/quickstart.yaml"

struct lg_token_asked {
    const char *config, *authorizer;
    /* of --quickstart */
    bool quickstart, raw;
    const char *scope, *groups, *expires, *token_use, *username;
    /* of --explain */
    const char *explain, *route, *api;
    bool json;
};

/* Whether there is such a file to read; complained about if not. */
bool lg_token_can_read(const char *file);

/* The configuration; NULL: it was complained about. lg_config_free() it. */
struct lg_config *lg_token_load(const char *file);

/* The authorizer of that name, or the only one there is. NULL: it was complained about. */
const struct lg_config_authorizer *lg_token_authorizer(const struct lg_config *config,
                                                       const char *name);

/* Both return an exit status. */
int lg_token_quickstart(const struct lg_command *command, const struct lg_token_asked *asked);
int lg_token_explain(const struct lg_command *command, const struct lg_token_asked *asked);

#endif
