/* Where credentials lie on this machine, and the document that SDKs get. */
#include "cloud/credentials.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

static struct lg_loop *loop;
static struct lg_config_credentials config;
static struct lg_config_credentials_from from;
static char folder[64], path[128], token_path[128];

static struct {
    unsigned ends;
    char id[64], secret[64], token[64], error[256];
    int64_t expires_ms;
} seen;

static void set_up(void)
{
    snprintf(folder, sizeof(folder), "/tmp/lg-cloud-XXXXXX");
    cr_assert_not_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/file", folder);
    snprintf(token_path, sizeof(token_path), "%s/token", folder);
    unsetenv("AWS_ACCESS_KEY_ID");
    unsetenv("AWS_SECRET_ACCESS_KEY");
    unsetenv("AWS_SESSION_TOKEN");
    unsetenv("AWS_SECURITY_TOKEN");
    unsetenv("AWS_CREDENTIAL_EXPIRATION");
    loop = lg_loop_new(0);
    memset(&seen, 0, sizeof(seen));
    from = (struct lg_config_credentials_from){ 0 };
    config = (struct lg_config_credentials){ 0 };
}

static void tear_down(void)
{
    lg_loop_free(loop);
    unlink(path);
    unlink(token_path);
    cr_assert(eq(int, rmdir(folder), 0));
}

TestSuite(credentials, .init = set_up, .fini = tear_down, .timeout = 20);

static void put(const char *name, const char *text)
{
    FILE *file = fopen(name, "we");

    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

static void keep(char *to, size_t room, const char *text)
{
    snprintf(to, room, "%s", text != NULL ? text : "");
}

static void on_end(struct lg_credentials_request *request, const struct lg_credentials *credentials,
                   const char *error)
{
    (void)request;
    seen.ends++;
    keep(seen.error, sizeof(seen.error), error);
    if (credentials != NULL) {
        keep(seen.id, sizeof(seen.id), credentials->access_key_id);
        keep(seen.secret, sizeof(seen.secret), credentials->secret_access_key);
        keep(seen.token, sizeof(seen.token), credentials->session_token);
        seen.expires_ms = credentials->expires_ms;
    }
    lg_loop_stop(loop);
}

static void fetch(void)
{
    struct lg_credentials_provider *provider = lg_credentials_provider_new(&config, loop);
    struct lg_credentials_request request = { .on_end = on_end };

    provider->class->get(provider, &request);
    cr_assert(eq(u32, seen.ends, 0), "never before get() returned");
    lg_loop_run(loop);
    cr_assert(eq(u32, seen.ends, 1));
    provider->class->free(provider);
}

static const char *why_not(void)
{
    static char text[512];
    struct lg_buf reason;

    lg_buf_init(&reason, SIZE_MAX);
    cr_assert_not(lg_credentials_check(&config, &reason));
    snprintf(text, sizeof(text), "%.*s", (int)reason.size, reason.data);
    lg_buf_done(&reason);
    return text;
}

Test(credentials, the_daemons_environment)
{
    setenv("AWS_ACCESS_KEY_ID", "AKIAENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_SECURITY_TOKEN", "old", 1);
    fetch();
    cr_assert_str_eq(seen.id, "AKIAENV");
    cr_assert_str_eq(seen.secret, "secret");
    cr_assert_str_eq(seen.token, "old");
    cr_assert(eq(i64, seen.expires_ms, 0));
}

Test(credentials, the_environment_may_say_when_they_expire)
{
    setenv("AWS_ACCESS_KEY_ID", "AKIAENV", 1);
    setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
    setenv("AWS_SESSION_TOKEN", "new", 1);
    setenv("AWS_SECURITY_TOKEN", "old", 1);
    setenv("AWS_CREDENTIAL_EXPIRATION", "2026-01-31T10:00:00Z", 1);
    fetch();
    cr_assert_str_eq(seen.token, "new");
    cr_assert(eq(i64, seen.expires_ms, 1769853600000));
}

Test(credentials, an_environment_without_them_says_so_without_a_secret)
{
    cr_assert_str_eq(why_not(), "no access key id in the environment of the daemon");
    setenv("AWS_ACCESS_KEY_ID", "AKIAENV", 1);
    cr_assert_str_eq(why_not(), "no secret access key in the environment of the daemon");
    setenv("AWS_SECRET_ACCESS_KEY", "sec\nret", 1);
    cr_assert_str_eq(why_not(),
                     "a key with characters that no key has in the environment of the daemon");
    fetch();
    cr_assert_str_eq(seen.id, "");
    cr_assert_str_eq(seen.error, why_not());
}

Test(credentials, a_profile_of_a_file_read_anew_each_time)
{
    from.file = path;
    from.profile = "shop";
    config.from = &from;
    put(path, "[shop]\naws_access_key_id=AKIAONE\naws_secret_access_key=s1\n");
    fetch();
    cr_assert_str_eq(seen.id, "AKIAONE");
    cr_assert_str_eq(seen.secret, "s1");
    cr_assert_str_eq(seen.token, "");
    put(path, "[shop]\naws_access_key_id=AKIATWO\naws_secret_access_key=s2\naws_session_token=t\n");
    seen.ends = 0;
    fetch();
    cr_assert_str_eq(seen.id, "AKIATWO");
    cr_assert_str_eq(seen.token, "t");
}

Test(credentials, a_file_that_will_not_do_is_told)
{
    char *expected = lg_sprintf("%s: No such file or directory", path);

    from.file = path;
    from.profile = "shop";
    config.from = &from;
    cr_assert_str_eq(why_not(), expected);
    free(expected);
    put(path, "[other]\n");
    expected = lg_sprintf("no profile [shop] in %s", path);
    cr_assert_str_eq(why_not(), expected);
    free(expected);
    put(path, "[shop]\naws_access_key_id=AKIA\n");
    expected = lg_sprintf("no secret access key [shop] in %s", path);
    cr_assert_str_eq(why_not(), expected);
    free(expected);
    unlink(path);
    cr_assert(eq(int, mkfifo(path, 0600), 0));
    expected = lg_sprintf("%s: not a regular file", path);
    cr_assert_str_eq(why_not(), expected);
    free(expected);
}

Test(credentials, a_file_has_a_largest_size)
{
    char *large = lg_alloc(300 * 1024);

    memset(large, '#', 300 * 1024 - 1);
    large[300 * 1024 - 1] = '\0';
    put(path, large);
    free(large);
    from.file = path;
    from.profile = "shop";
    config.from = &from;
    cr_assert_not_null(strstr(why_not(), "too large"));
}

Test(credentials, a_key_with_its_secrets_in_files)
{
    from.access_key_id = "AKIASTATIC";
    from.secret_access_key_file = path;
    config.from = &from;
    put(path, "secret\r\n");
    fetch();
    cr_assert_str_eq(seen.id, "AKIASTATIC");
    cr_assert_str_eq(seen.secret, "secret");
    cr_assert_str_eq(seen.token, "");
    from.session_token_file = token_path;
    put(token_path, "token\n");
    seen.ends = 0;
    fetch();
    cr_assert_str_eq(seen.token, "token");
    put(path, "two words\n");
    cr_assert_str_eq(why_not(), "a key with characters that no key has");
}

static void stop(struct lg_timer *timer)
{
    (void)timer;
    lg_loop_stop(loop);
}

Test(credentials, one_that_is_cancelled_is_not_answered)
{
    struct lg_credentials_provider *provider = lg_credentials_provider_new(&config, loop);
    struct lg_credentials_request request = { .on_end = on_end };
    struct lg_timer timer = { 0 };

    provider->class->get(provider, &request);
    provider->class->cancel(provider, &request);
    lg_timer_set(loop, &timer, lg_loop_now_ms(loop) + 20, stop);
    lg_loop_run(loop);
    cr_assert(eq(u32, seen.ends, 0));
    provider->class->free(provider);
}

static void writes(const struct lg_credentials *credentials, const char *expected)
{
    struct lg_buf out;

    lg_buf_init(&out, SIZE_MAX);
    lg_credentials_write(&out, credentials, 1769853600123);
    cr_assert(lg_str_is(lg_buf_str(&out), expected), "%.*s", (int)out.size, out.data);
    lg_buf_done(&out);
}

Test(credentials, the_document_has_all_four_members_always)
{
    char id[] = "AKIA", secret[] = "s/\"", token[] = "t";
    struct lg_credentials credentials = { .access_key_id = id,
                                          .secret_access_key = secret,
                                          .session_token = token,
                                          .expires_ms = 1769857200000 };

    writes(&credentials, "{\"AccessKeyId\":\"AKIA\",\"SecretAccessKey\":\"s/\\\"\",\"Token\":\"t\","
                         "\"Expiration\":\"2026-01-31T11:00:00Z\"}");
    credentials.session_token = NULL;
    credentials.expires_ms = 0; /* asked for again in an hour */
    writes(&credentials, "{\"AccessKeyId\":\"AKIA\",\"SecretAccessKey\":\"s/\\\"\",\"Token\":\"\","
                         "\"Expiration\":\"2026-01-31T11:00:00Z\"}");
}
