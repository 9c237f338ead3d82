/* A worker reads its function's credentials from its own port, and nobody else does. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "world.h"

static struct lg_config_credentials credentials;
static struct puppet puppet;
static struct peer peer;

static void set_up(void)
{
    setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "the-secret-key", 1);
    setenv("AWS_SESSION_TOKEN", "the-session", 1);
    world_begin();
    world.function.credentials = &credentials;
}

TestSuite(credentials_api, .init = set_up, .fini = world_end, .timeout = 120);

/* What the variable is in the worker's environment. */
static const char *variable_of(const struct puppet *of, const char *name)
{
    static char text[256];
    char path[128], line[256];

    snprintf(line, sizeof(line), "echo \"$%s\" >$DIR/tmp && mv $DIR/tmp $DIR/value", name);
    snprintf(path, sizeof(path), "%s/value", world.folder);
    remove(path);
    command(of, line);
    until_file("value");
    FILE *file = fopen(path, "re");
    cr_assert(file != NULL && fgets(text, sizeof(text), file) != NULL);
    fclose(file);
    text[strcspn(text, "\n")] = '\0';
    return text;
}

static void open_one(void)
{
    use_puppets(1, 2);
    open_pool();
    until_puppet(&puppet);
    peer_open(&peer, puppet.port);
}

static int ask(const char *method, const char *token)
{
    char *header = *token == '\0' ? lg_strdup("") : lg_sprintf("Authorization: %s\r\n", token);

    peer_request_with(&peer, method, "/v1/credentials", header, "");
    free(header);
    return peer_answer(&peer);
}

Test(credentials_api, the_environment_names_the_place_and_the_token_but_no_secret)
{
    char *expected;

    open_one();
    expected = lg_sprintf("http://127.0.0.1:%u/v1/credentials", puppet.port);
    cr_assert_str_eq(variable_of(&puppet, "AWS_CONTAINER_CREDENTIALS_FULL_URI"), expected);
    cr_assert(eq(sz, strlen(variable_of(&puppet, "AWS_CONTAINER_AUTHORIZATION_TOKEN")), 64));
    cr_assert_str_eq(variable_of(&puppet, "AWS_SECRET_ACCESS_KEY"), "");
    cr_assert_str_eq(variable_of(&puppet, "AWS_ACCESS_KEY_ID"), "");
    free(expected);
    peer_close(&peer);
}

Test(credentials_api, the_right_token_gets_them_already_while_the_worker_starts)
{
    open_one();
    cr_assert(eq(int, ask("GET", variable_of(&puppet, "AWS_CONTAINER_AUTHORIZATION_TOKEN")), 200));
    cr_assert(peer_header(&peer, "Content-Type: application/json"));
    cr_assert(peer_header(&peer, "Cache-Control: no-store"));
    cr_assert_not_null(strstr(peer_body(&peer),
                              "{\"AccessKeyId\":\"AKIAEXAMPLE\",\"SecretAccessKey\":"
                              "\"the-secret-key\",\"Token\":\"the-session\",\"Expiration\":\"20"));
    ask_next(&peer);
    until_state(0, 1, 0, 0);
    cr_assert_null(strstr(logged(), "the-secret-key"));
    peer_close(&peer);
}

Test(credentials_api, without_a_token_or_with_a_wrong_one_nothing_is_told)
{
    char token[65];

    open_one();
    snprintf(token, sizeof(token), "%s", variable_of(&puppet, "AWS_CONTAINER_AUTHORIZATION_TOKEN"));
    cr_assert(eq(int, ask("GET", ""), 401));
    cr_assert_str_eq(peer_body(&peer),
                     "{\"code\":\"MissingAuthorization\",\"message\":\"The request "
                     "has no Authorization header\"}");
    token[63] = token[63] == '0' ? '1' : '0';
    cr_assert(eq(int, ask("GET", token), 403));
    cr_assert_null(strstr(peer_body(&peer), "secret"));
    token[63] = '\0';
    cr_assert(eq(int, ask("GET", token), 403));
    until_logged("credentials were asked for with a wrong token");
    peer_close(&peer);
}

Test(credentials_api, the_token_of_another_worker_is_wrong)
{
    char token[65];
    struct puppet second;

    use_puppets(2, 2);
    open_pool();
    until_puppet(&puppet);
    until_puppet(&second);
    snprintf(token, sizeof(token), "%s", variable_of(&second, "AWS_CONTAINER_AUTHORIZATION_TOKEN"));
    peer_open(&peer, puppet.port);
    cr_assert(eq(int, ask("GET", token), 403));
    peer_close(&peer);
}

Test(credentials_api, they_can_only_be_read)
{
    open_one();
    cr_assert(eq(int, ask("POST", variable_of(&puppet, "AWS_CONTAINER_AUTHORIZATION_TOKEN")), 405));
    peer_close(&peer);
}

Test(credentials_api, when_there_are_none_any_more_it_is_unavailable)
{
    char token[65];

    open_one();
    snprintf(token, sizeof(token), "%s", variable_of(&puppet, "AWS_CONTAINER_AUTHORIZATION_TOKEN"));
    unsetenv("AWS_SECRET_ACCESS_KEY");
    cr_assert(eq(int, ask("GET", token), 503));
    cr_assert_not_null(strstr(peer_body(&peer), "CredentialsUnavailable"));
    until_logged("no credentials for the function: no secret access key");
    peer_close(&peer);
}

Test(credentials_api, a_caller_that_leaves_at_once_is_forgotten)
{
    char request[256];

    open_one();
    snprintf(request, sizeof(request),
             "GET /v1/credentials HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\n\r\n",
             variable_of(&puppet, "AWS_CONTAINER_AUTHORIZATION_TOKEN"));
    peer_send(&peer, request, strlen(request));
    peer_close(&peer);
    until_later(50);
}

Test(credentials_api, a_function_without_credentials_has_no_such_place)
{
    world.function.credentials = NULL;
    open_one();
    cr_assert_str_eq(variable_of(&puppet, "AWS_CONTAINER_CREDENTIALS_FULL_URI"), "");
    cr_assert(eq(int, ask("GET", "x"), 404));
    peer_close(&peer);
}
