/* test_http_proxy.c -- URLs of proxies, exceptions from them, and the environment. */
#include "wire/http_proxy.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>

#include "outside.h"

static void parses(const char *url, const char *host, uint16_t port, const char *authorization)
{
    struct lg_http_proxy proxy = { 0 };
    const char *reason = "";

    cr_assert(eq(int, lg_http_proxy_parse(lg_str_of(url), &proxy, &reason), LG_OK), "%s", url);
    outside_same(proxy.host, host);
    cr_assert(eq(u16, proxy.port, port));
    if (authorization == NULL)
        cr_assert(proxy.authorization == NULL);
    else
        outside_same(proxy.authorization, authorization);
    lg_http_proxy_done(&proxy);
}

Test(http_proxy, urls_are_taken_apart)
{
    parses("http://proxy.example:8080", "proxy.example", 8080, NULL);
    parses("http://proxy.example/", "proxy.example", 3128, NULL);
    parses("proxy.example:1", "proxy.example", 1, NULL);
    parses("HTTP://[::1]:99", "::1", 99, NULL);
    parses("http://Aladdin:open%20sesame@10.0.0.1:8080", "10.0.0.1", 8080,
           "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    parses("http://u:p@w@h:1", "h", 1, "Basic dTpwQHc=");
}

Test(http_proxy, others_are_refused)
{
    static const char *const bad[] = { "https://proxy:1",
                                       "socks5://proxy:1",
                                       "http://",
                                       "",
                                       "http://proxy:0",
                                       "http://proxy:x",
                                       "http://proxy:65536",
                                       "http://a b:1",
                                       "http://[::1",
                                       "http://a/b:1",
                                       "http://proxy:1/x" };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct lg_http_proxy proxy = { 0 };
        const char *reason = NULL;

        cr_assert(eq(int, lg_http_proxy_parse(lg_str_of(bad[i]), &proxy, &reason), LG_ERR_SYNTAX),
                  "%s", bad[i]);
        cr_assert(reason != NULL);
    }
}

static bool excepted(const char *list, const char *host, uint16_t port)
{
    return lg_http_proxy_excepted(lg_str_of(list), lg_str_of(host), port);
}

Test(http_proxy, exceptions_are_names_domains_addresses_and_networks)
{
    cr_assert(excepted("*", "a.example", 80));
    cr_assert(excepted("a.example", "a.example", 80));
    cr_assert(excepted("A.Example", "b.a.example", 80));
    cr_assert(excepted(".example", "a.example", 80));
    cr_assert(excepted("x, localhost,127.0.0.1", "127.0.0.1", 80));
    cr_assert(excepted("x localhost", "localhost", 80));
    cr_assert(excepted("10.0.0.0/8", "10.200.1.1", 80));
    cr_assert(excepted("fd00::/8", "fd12::1", 80));
    cr_assert(excepted("::1", "::1", 80));
    cr_assert(excepted("a.example:80", "a.example", 80));
    cr_assert(not(excepted("a.example:81", "a.example", 80)));
    cr_assert(not(excepted("", "a.example", 80)));
    cr_assert(not(excepted("a.example", "ba.example", 80)));
    cr_assert(not(excepted(".", "a.example", 80)));
    cr_assert(not(excepted("10.0.0.0/8", "11.0.0.1", 80)));
    cr_assert(not(excepted("10.0.0.0/33", "10.0.0.1", 80)));
    cr_assert(not(excepted("10.0.0.0/8", "ten.example", 80)));
    cr_assert(not(excepted("127.0.0.1", "127.0.0.10", 80)));
}

static bool found(bool tls, const char *host)
{
    struct lg_http_proxy proxy = { 0 };
    const char *reason;
    bool is = lg_http_proxy_find(tls, lg_str_of(host), 443, &proxy, &reason) == LG_OK;

    lg_http_proxy_done(&proxy);
    return is;
}

Test(http_proxy, the_environment_names_them_by_scheme)
{
    static const char *const names[] = { "https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY",
                                         "all_proxy",   "ALL_PROXY",   "no_proxy",   "NO_PROXY" };

    for (size_t i = 0; i < 8; i++)
        unsetenv(names[i]);
    cr_assert(not(found(true, "a.example")));
    setenv("HTTPS_PROXY", "http://p:1", 1);
    cr_assert(found(true, "a.example"));
    cr_assert(not(found(false, "a.example")));
    setenv("NO_PROXY", "a.example", 1);
    cr_assert(not(found(true, "a.example")));
    cr_assert(found(true, "b.example"));
    setenv("HTTP_PROXY", "http://p:1", 1);
    cr_assert(not(found(false, "b.example")), "a CGI client could have set it");
    setenv("http_proxy", "http://p:1", 1);
    cr_assert(found(false, "b.example"));
}
