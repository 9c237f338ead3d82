/* token.c -- lambdagate token: makes tokens for the quickstart, and explains any. */
#include "token.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "config/words.h"
#include "faults.h"

#define NAMES_SHOWN 10

/* --- the configuration ------------------------------------------------------------------------ */

bool lg_token_can_read(const char *file)
{
    if (access(file, R_OK) == 0)
        return true;
    lg_complain("cannot read %s: %s; say --config FILE, or run this in the project's folder", file,
                strerror(errno));
    return false;
}

struct lg_config *lg_token_load(const char *file)
{
    struct lg_faults *faults = lg_faults_new();
    struct lg_config *config = lg_config_load(file, faults);

    if (config == NULL)
        lg_complain_faults(faults);
    lg_faults_free(faults);
    return config;
}

static void complain_of_name(const struct lg_config *config, const char *name)
{
    struct lg_arena arena;

    lg_arena_init(&arena);
    size_t count = config->authorizer_count;
    const char **names = lg_arena_alloc(&arena, count * sizeof(*names));
    for (size_t i = 0; i < count; i++)
        names[i] = config->authorizers[i].name;
    const char *list = lg_words_list(&arena, names, count, NAMES_SHOWN);
    if (count == 0)
        lg_complain("the configuration has no authorizer");
    else if (name == NULL)
        lg_complain("there are several authorizers, say --authorizer %s", list);
    else
        lg_complain("there is no authorizer %s, expected %s", name, list);
    lg_arena_done(&arena);
}

const struct lg_config_authorizer *lg_token_authorizer(const struct lg_config *config,
                                                       const char *name)
{
    for (size_t i = 0; i < config->authorizer_count; i++) {
        if (name == NULL ? config->authorizer_count == 1
                         : strcmp(config->authorizers[i].name, name) == 0)
            return &config->authorizers[i];
    }
    complain_of_name(config, name);
    return NULL;
}

/* --- the command ------------------------------------------------------------------------------ */

static int run(const struct lg_command *command, int argc, char **argv)
{
    struct lg_token_asked asked = { .config = LG_TOKEN_CONFIG };
    const struct lg_option options[] = {
        { .name = "quickstart", .given = &asked.quickstart },
        { .name = "config", .value = &asked.config },
        { .name = "authorizer", .value = &asked.authorizer },
        { .name = "raw", .given = &asked.raw },
        { .name = "scope", .value = &asked.scope },
        { .name = "groups", .value = &asked.groups },
        { .name = "expires", .value = &asked.expires },
        { .name = "token-use", .value = &asked.token_use },
        { .name = "username", .value = &asked.username },
        { .name = "explain", .value = &asked.explain },
        { .name = "route", .value = &asked.route },
        { .name = "api", .value = &asked.api },
        { .name = "json", .given = &asked.json },
    };
    const struct lg_grammar grammar = { .options = options, .option_count = LG_COUNT(options) };
    int status;

    if (!lg_options_read(command, argc, argv, &grammar, NULL, &status))
        return status;
    if (asked.quickstart == (asked.explain != NULL))
        return lg_command_misused(command, "say --quickstart or --explain TOKEN");
    return asked.quickstart ? lg_token_quickstart(command, &asked)
                            : lg_token_explain(command, &asked);
}

const struct lg_command lg_command_token = {
    .name = "token",
    .arguments = "--quickstart [--raw] [--token-use access|id] [--scope SCOPES]\n"
                 "                        [--groups NAMES] [--expires DURATION] [--username NAME]\n"
                 "                        [--config FILE] [--authorizer NAME]\n"
                 "       lambdagate token --explain TOKEN [--config FILE] [--authorizer NAME]\n"
                 "                        [--route KEY [--api NAME]] [--json]",
    .summary = "Make a token for the quickstart, or say why a token passes or not.",
    .help =
        "--quickstart prints a token with the claims of Amazon Cognito's, signed with a key pair "
        "that is made\nonce beside the authorizer's `jwks_file`. On a terminal it prints lines to "
        "try as well; otherwise, or\nwith --raw, only the token:\n\n"
        "  TOKEN=$(lambdagate token --quickstart)\n"
        "  curl -i http://127.0.0.1:8080/me -H \"authorization: Bearer $TOKEN\"\n\n"
        "  --token-use KIND   access (as if left out) or id\n"
        "  --scope SCOPES     of an access token, blanks between them; those that the routes ask "
        "for if left out\n"
        "  --groups NAMES     cognito:groups, commas between them\n"
        "  --expires DURATION such as 5m; 1h if left out; with a minus it has expired already\n"
        "  --username NAME    alice if left out\n\n"
        "Only for user pools whose id ends in _Quickstart: tokens of a real one come from "
        "Cognito.\n\n"
        "--explain says check by check what the daemon would find, with its own code, and "
        "what it expects;\nthe signature is never printed. TOKEN may be - for standard input, "
        "where nobody sees it in a list of\nprocesses. Keys come from where the authorizer has "
        "them from, and are fetched if need be.\n\n"
        "  --route KEY        \"PUT /items/{id}\": its authorizer, and the scopes that it asks "
        "for\n"
        "  --api NAME         whose route, where several APIs have such a one\n"
        "  --json             the same for programs\n\n"
        "Both:\n\n"
        "  --config FILE      conf/quickstart.yaml if left out\n"
        "  --authorizer NAME  where there are several\n\n"
        "Exit status of --explain: 0 the token passes, 1 it is refused, 2 wrong usage or a "
        "configuration with\nfaults.\n",
    .run = run,
};
