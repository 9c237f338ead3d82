/* test_hosts.c -- which API a host and a path belong to. */
#include "route/hosts.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct lg_hosts *hosts;
static const struct lg_config_api *apis;

static struct lg_config_api api(const char *name, const char *mount, const char *const *names)
{
    struct lg_config_api made = { .name = name, .mount = mount };

    while (names != NULL && names[made.hosts.count] != NULL)
        made.hosts.count++;
    made.hosts.items = names;
    return made;
}

#define NAMES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void build(const struct lg_config_api *list, size_t count)
{
    apis = list;
    hosts = lg_hosts_build(list, count);
}

#define BUILD(...)                                                                                 \
    const struct lg_config_api list[] = { __VA_ARGS__ };                                           \
    build(list, sizeof(list) / sizeof(list[0]))

static void end(void)
{
    lg_hosts_free(hosts);
}

TestSuite(hosts, .fini = end);

/* "API PATH", "no path" or "no host". */
static const char *find(const char *host, const char *path)
{
    static char said[600];
    struct lg_host_match match;

    switch (lg_hosts_find(hosts, lg_str_of(host), lg_str_of(path), &match)) {
    case LG_OK:
        snprintf(said, sizeof(said), "%s %.*s", apis[match.api].name, LG_STR_ARG(match.path));
        return said;
    case LG_ERR_NOT_FOUND:
        return "no path";
    default:
        return "no host";
    }
}

#define FINDS(host, path, expected) cr_assert_str_eq(find(host, path), expected)

Test(hosts, without_any_host_one_api_takes_all)
{
    BUILD(api("a", "", NULL));
    FINDS("x.example.com", "/p", "a /p");
    FINDS("", "/", "a /");
    FINDS("x", "*", "a *");
}

Test(hosts, an_exact_host_beats_wildcards_and_the_longest_wildcard_beats_the_others)
{
    BUILD(api("any", "", NULL), api("short", "", NAMES("*.example.com")),
          api("exact", "", NAMES("api.eu.example.com")),
          api("long", "", NAMES("*.eu.example.com")));
    FINDS("api.eu.example.com", "/", "exact /");
    FINDS("www.eu.example.com", "/", "long /");
    FINDS("a.b.eu.example.com", "/", "long /");
    FINDS("eu.example.com", "/", "short /");
    FINDS("a.example.com", "/", "short /");
    FINDS("example.com", "/", "any /");
    FINDS("example.org", "/", "any /");
}

Test(hosts, a_wildcard_needs_something_in_front)
{
    BUILD(api("wild", "", NAMES("*.example.com")));
    FINDS("example.com", "/", "no host");
    FINDS(".example.com", "/", "no host");
    FINDS("xexample.com", "/", "no host");
}

Test(hosts, port_case_and_a_dot_at_the_end_make_no_difference)
{
    BUILD(api("a", "", NAMES("api.example.com")), api("six", "", NAMES("[::1]")));
    FINDS("api.example.com:8080", "/", "a /");
    FINDS("API.Example.COM", "/", "a /");
    FINDS("api.example.com.", "/", "a /");
    FINDS("Api.example.com.:443", "/", "a /");
    FINDS("[::1]:8080", "/", "six /");
    FINDS("[::1]", "/", "six /");
}

Test(hosts, a_host_of_nobody_is_refused)
{
    char longest[400];

    BUILD(api("a", "", NAMES("api.example.com")));
    memset(longest, 'a', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    FINDS("other.example.com", "/", "no host");
    FINDS("", "/", "no host");
    FINDS(":80", "/", "no host");
    FINDS("[", "/", "no host");
    FINDS(longest, "/", "no host");
}

Test(hosts, the_longest_mount_of_whole_segments_wins)
{
    BUILD(api("root", "", NAMES("a.example.com")), api("orders", "/orders", NAMES("a.example.com")),
          api("items", "/orders/v1/items", NAMES("a.example.com")));
    FINDS("a.example.com", "/orders", "orders /");
    FINDS("a.example.com", "/orders/", "orders /");
    FINDS("a.example.com", "/orders/v1", "orders /v1");
    FINDS("a.example.com", "/orders/v1/items", "items /");
    FINDS("a.example.com", "/orders/v1/items/7", "items /7");
    FINDS("a.example.com", "/orders/v1/itemsx", "orders /v1/itemsx");
    FINDS("a.example.com", "/ordersx", "root /ordersx");
    FINDS("a.example.com", "/Orders", "root /Orders");
    FINDS("a.example.com", "/", "root /");
}

Test(hosts, a_path_outside_all_mounts_of_its_host_is_not_sought_elsewhere)
{
    BUILD(api("any", "", NULL), api("v1", "/v1", NAMES("a.example.com")));
    FINDS("a.example.com", "/v2", "no path");
    FINDS("b.example.com", "/v2", "any /v2");
}

Test(hosts, a_stage_is_a_mount)
{
    BUILD(api("dev", "/dev", NULL), api("default", "", NULL));
    FINDS("h", "/dev/x", "dev /x");
    FINDS("h", "/dev", "dev /");
    FINDS("h", "/development", "default /development");
    FINDS("h", "/x", "default /x");
}

Test(hosts, one_api_may_have_several_hosts)
{
    BUILD(api("a", "", NAMES("a.example.com", "*.a.example.com", "b.example.com")));
    FINDS("b.example.com", "/", "a /");
    FINDS("x.a.example.com", "/", "a /");
}

Test(hosts, a_refusal_has_the_words_of_a_rest_api_as_soon_as_there_is_one)
{
    struct lg_host_match match;
    struct lg_config_api rest = api("rest", "/v1", NAMES("r.example.com"));

    rest.kind = LG_API_REST;
    BUILD(rest, api("http", "/v2", NAMES("h.example.com")));
    cr_assert_eq(lg_hosts_find(hosts, LG_STR("h.example.com"), LG_STR("/"), &match),
                 LG_ERR_NOT_FOUND);
    cr_assert_eq(match.kind, LG_API_HTTP);
    cr_assert_eq(lg_hosts_find(hosts, LG_STR("r.example.com"), LG_STR("/"), &match),
                 LG_ERR_NOT_FOUND);
    cr_assert_eq(match.kind, LG_API_REST);
    cr_assert_eq(lg_hosts_find(hosts, LG_STR("x.example.com"), LG_STR("/"), &match),
                 LG_ERR_REFUSED);
    cr_assert_eq(match.kind, LG_API_REST);
}
