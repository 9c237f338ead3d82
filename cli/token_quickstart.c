/* token_quickstart.c -- lambdagate token --quickstart: a token, and what to do with it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "config/values.h"
#include "token.h"
#include "token_mint.h"

/* Cognito gives it to whoever logged in through a user pool's own API. */
#define LOGIN_SCOPE "aws.cognito.signin.user.admin"
#define POOL_END "_Quickstart"
#define TEXT_MAX 1024

/* --- what is wished --------------------------------------------------------------------------- */

/* Whoever could sign for a real pool could be anybody: only what cannot be one is signed for. */
static const struct lg_config_issuer *quickstart_issuer(const struct lg_config_authorizer *found)
{
    const struct lg_config_issuer *issuer = found->cognito;

    if (issuer == NULL || issuer->jwks_file == NULL || issuer->clients.count == 0) {
        lg_complain("the authorizer %s must be of the kind `cognito` with `client_ids` and "
                    "`jwks_file`",
                    found->name);
        return NULL;
    }
    if (!lg_str_ends(lg_str_of(issuer->user_pool), LG_STR(POOL_END))) {
        lg_complain("the user pool %s is not the quickstart's (it would end in " POOL_END
                    "): its tokens come from Cognito alone",
                    issuer->user_pool);
        return NULL;
    }
    return issuer;
}

static bool is_listed(struct lg_str scope, struct lg_str list)
{
    struct lg_str item;

    while (list.data != NULL && lg_str_next(&list, ' ', &item)) {
        if (lg_str_eq(item, scope))
            return true;
    }
    return false;
}

/* All that the routes of this authorizer ask for, so that the first token opens each of them. */
static void add_scopes(struct lg_buf *out, const struct lg_config *config,
                       const struct lg_config_authorizer *authorizer)
{
    lg_buf_add_cstr(out, LOGIN_SCOPE);
    for (size_t i = 0; i < config->route_count; i++) {
        const struct lg_config_route *route = &config->routes[i];
        for (size_t j = 0; route->authorizer == authorizer && j < route->scopes.count; j++) {
            if (!is_listed(lg_str_of(route->scopes.items[j]), lg_buf_str(out)))
                lg_buf_printf(out, " %s", route->scopes.items[j]);
        }
    }
}

static bool read_expiry(const struct lg_command *command, const char *text, int64_t *ret_s)
{
    int64_t ms = 3600000;
    bool past = text != NULL && text[0] == '-';

    if (text != NULL && lg_value_duration(text + past, &ms) != LG_OK) {
        (void)lg_command_misused(command, "--expires is a duration such as 5m, not %s", text);
        return false;
    }
    *ret_s = past ? -(ms / 1000) : ms / 1000;
    return true;
}

/* What would be no JSON, or would steer a terminal, is no text for a token. */
static bool is_text(const char *text)
{
    struct lg_str all = lg_str_of(text);

    for (size_t i = 0; i < all.size; i++) {
        if ((unsigned char)all.data[i] < ' ' || all.data[i] == 0x7f)
            return false;
    }
    return all.size <= TEXT_MAX && lg_utf8_valid(all);
}

static bool check_texts(const struct lg_command *command, const struct lg_token_asked *asked)
{
    const char *const texts[] = { asked->scope, asked->groups, asked->username };

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i] != NULL && !is_text(texts[i])) {
            (void)lg_command_misused(command, "up to %d printable characters are expected, not %s",
                                     TEXT_MAX,
                                     i == 0   ? "this --scope"
                                     : i == 1 ? "these --groups"
                                              : "this --username");
            return false;
        }
    }
    return true;
}

static bool read_wish(const struct lg_command *command, const struct lg_token_asked *asked,
                      struct lg_token_wish *wish)
{
    const char *use = asked->token_use != NULL ? asked->token_use : "access";

    wish->id = strcmp(use, "id") == 0;
    wish->groups = asked->groups;
    wish->username = asked->username != NULL ? asked->username : "alice";
    wish->now_s = lg_clock_wall_ms() / 1000;
    if (!wish->id && strcmp(use, "access") != 0) {
        (void)lg_command_misused(command, "--token-use is access or id, not %s", use);
        return false;
    }
    if (wish->id && asked->scope != NULL) {
        (void)lg_command_misused(command, "an id token has no --scope");
        return false;
    }
    return check_texts(command, asked) && read_expiry(command, asked->expires, &wish->expires_s);
}

/* --- printing --------------------------------------------------------------------------------- */

static void print_lines(const struct lg_config *config, const struct lg_token_wish *wish,
                        const char *token)
{
    const char *host = config->listen.host != NULL ? config->listen.host : "127.0.0.1";
    bool ipv6 = strchr(host, ':') != NULL;
    char *url = lg_sprintf("http://%s%s%s:%u", ipv6 ? "[" : "", host, ipv6 ? "]" : "",
                           (unsigned)config->listen.port);

    printf("TOKEN=%s\n\n", token);
    if (wish->id)
        printf("# an id token of %s\n", wish->username);
    else
        printf("# an access token of %s with the scopes: %s\n", wish->username, wish->scope);
    printf("curl -i %s/me -H \"authorization: Bearer $TOKEN\"\n", url);
    printf("curl -i -X PUT %s/items/pen-1 -H \"authorization: Bearer $TOKEN\" \\\n"
           "     --json '{\"name\": \"Pen\", \"price\": 2}'\n",
           url);
    free(url);
}

/* --- all of it -------------------------------------------------------------------------------- */

static int mint(const struct lg_config *config, const char *jwks_file,
                const struct lg_token_wish *wish, bool raw)
{
    struct lg_token_key key;

    if (!lg_token_key_open(jwks_file, &key))
        return LG_EXIT_FAILED;
    json_t *claims = lg_token_claims(wish);
    char *token = lg_token_sign(claims, &key);
    if (token != NULL && !raw && isatty(STDOUT_FILENO))
        print_lines(config, wish, token);
    else if (token != NULL)
        printf("%s\n", token);
    int status = token == NULL ? LG_EXIT_FAILED : LG_EXIT_OK;
    free(token);
    json_decref(claims);
    lg_token_key_done(&key);
    return status;
}

static int quickstart(const struct lg_config *config, const struct lg_token_asked *asked,
                      struct lg_token_wish *wish)
{
    const struct lg_config_authorizer *authorizer = lg_token_authorizer(config, asked->authorizer);
    const struct lg_config_issuer *issuer =
        authorizer == NULL ? NULL : quickstart_issuer(authorizer);
    struct lg_buf scopes;

    if (issuer == NULL)
        return LG_EXIT_FAILED;
    lg_buf_init(&scopes, SIZE_MAX);
    add_scopes(&scopes, config, authorizer);
    char *all = lg_buf_take(&scopes, NULL);
    wish->issuer = issuer->names.items[0];
    wish->client_id = issuer->clients.items[0];
    wish->scope = asked->scope != NULL ? asked->scope : all;
    int status = mint(config, issuer->jwks_file, wish, asked->raw);
    free(all);
    return status;
}

int lg_token_quickstart(const struct lg_command *command, const struct lg_token_asked *asked)
{
    struct lg_token_wish wish = { .issuer = NULL };

    if (!read_wish(command, asked, &wish))
        return LG_EXIT_USAGE;
    if (!lg_token_can_read(asked->config))
        return LG_EXIT_USAGE;
    struct lg_config *config = lg_token_load(asked->config);
    if (config == NULL)
        return LG_EXIT_FAILED;
    int status = quickstart(config, asked, &wish);
    lg_config_free(config);
    return status;
}
