/* test_redirect.c -- templates that are refused, and the Locations that the others make. */
#include "integrate/redirect.h"

#include <string.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct lg_arena arena;
static struct lg_faults *faults;

static void start(void)
{
    lg_arena_init(&arena);
    faults = lg_faults_new();
}

static void stop(void)
{
    lg_faults_free(faults);
    lg_arena_done(&arena);
}

TestSuite(redirect, .init = start, .fini = stop);
TestSuite(redirect_faults, .init = start, .fini = stop);

static const struct lg_config_pair added[] = { { .name = "from", .value = "a b&c" },
                                               { .name = "\xc3\xa9", .value = "" } };

static struct lg_config_redirect to(const char *text)
{
    return (struct lg_config_redirect){
        .to = text,
        .status = 308,
        .keep_query = true,
        .where = { .file = "gateway.yaml", .line = 7, .path = "routes.x.redirect.to" },
    };
}

/* The Location for `target` when the route is `key`. */
static struct lg_str location(const struct lg_config_redirect *config, const char *key,
                              const char *target)
{
    struct lg_route_entry entry = { .key = key, .rule = &arena };
    struct lg_route_table *table = lg_route_table_build(&entry, 1, faults);
    struct lg_str whole = lg_str_of(target), query = LG_STR_NONE, result;
    size_t mark = lg_str_find(whole, '?', 0);
    struct lg_route_match match;

    cr_assert(ne(ptr, table, NULL));
    cr_assert(
        eq(int,
           lg_route_table_find(table, &arena, LG_STR("GET"), lg_str_part(whole, 0, mark), &match),
           LG_OK),
        "%s", target);
    if (mark < whole.size)
        query = lg_str_part(whole, mark + 1, whole.size);
    struct lg_redirect *redirect = lg_redirect_compile(config, match.pattern, faults);
    cr_assert(ne(ptr, redirect, NULL), "%s",
              lg_faults_count(faults) > 0 ? lg_faults_line(faults, 0) : "");
    result = lg_redirect_location(redirect, &arena, &match, query);
    for (size_t i = 0; i < result.size; i++)
        cr_assert(result.data[i] > 0x20 && result.data[i] < 0x7f);
    lg_redirect_free(redirect);
    lg_route_table_free(table);
    return result;
}

static void goes_config(struct lg_config_redirect config, const char *key, const char *target,
                        const char *expected)
{
    struct lg_str found = location(&config, key, target);

    cr_assert(lg_str_is(found, expected), "%s through %s: %.*s, not %s", target, config.to,
              LG_STR_ARG(found), expected);
}

static void goes(const char *template, const char *key, const char *target, const char *expected)
{
    goes_config(to(template), key, target, expected);
}

/* With a capture or a query that no request line would give. */
static void goes_with_query(const char *template, const char *key, struct lg_str value,
                            struct lg_str query, const char *expected)
{
    struct lg_config_redirect config = to(template);
    struct lg_pattern pattern;
    const char *message;
    struct lg_capture capture = { LG_STR("x"), value, value };
    struct lg_route_match match = { .pattern = &pattern, .captures = &capture, .capture_count = 1 };

    cr_assert(eq(int, lg_pattern_parse(&arena, lg_str_of(key), &pattern, &message), LG_OK));
    struct lg_redirect *redirect = lg_redirect_compile(&config, &pattern, faults);
    cr_assert(ne(ptr, redirect, NULL));
    struct lg_str found = lg_redirect_location(redirect, &arena, &match, query);
    cr_assert(lg_str_is(found, expected), "%.*s, not %s", LG_STR_ARG(found), expected);
    lg_redirect_free(redirect);
}

static void goes_with(const char *template, const char *key, struct lg_str value,
                      const char *expected)
{
    goes_with_query(template, key, value, LG_STR_NONE, expected);
}

static void refuses_config(struct lg_config_redirect config, const char *part)
{
    struct lg_pattern pattern;
    const char *message;
    size_t before = lg_faults_count(faults);

    cr_assert(eq(int, lg_pattern_parse(&arena, LG_STR("GET /a/{id}/{rest+}"), &pattern, &message),
                 LG_OK));
    cr_assert(eq(ptr, lg_redirect_compile(&config, &pattern, faults), NULL), "%s", config.to);
    cr_assert(eq(sz, lg_faults_count(faults), before + 1));
    const char *line = lg_faults_line(faults, before);
    cr_assert(ne(ptr, strstr(line, part), NULL), "%s", line);
    cr_assert(ne(ptr, strstr(line, "gateway.yaml:7: routes.x.redirect.to: "), NULL), "%s", line);
}

static void refuses(const char *template, const char *part)
{
    refuses_config(to(template), part);
}

/* --- places and their encoding ------------------------------------------------------------------
 */

Test(redirect, a_template_without_variables_is_the_location)
{
    goes("https://docs.example.com/start", "GET /a", "/a", "https://docs.example.com/start");
    goes("http://docs.example.com", "GET /a", "/a", "http://docs.example.com");
    goes("/here", "GET /a", "/a", "/here");
    goes("/", "GET /a", "/a", "/");
}

Test(redirect, a_variable_stands_in_the_path)
{
    goes("https://h.example/v/{id}/x", "GET /a/{id}", "/a/7", "https://h.example/v/7/x");
    goes("/v{id}.html", "GET /a/{id}", "/a/7", "/v7.html");
}

Test(redirect, several_variables_take_their_own_values)
{
    goes("/{c}/{a}/{b}/{a}", "GET /{a}/x/{b}/{c+}", "/1/x/2/3/4", "/3/4/1/2/1");
}

Test(redirect, a_value_in_the_path_is_decoded_and_encoded_again)
{
    goes("/v/{id}", "GET /a/{id}", "/a/caf%c3%a9%20%41b", "/v/caf%C3%A9%20Ab");
    goes("/v/{id}", "GET /a/{id}", "/a/caf\xc3\xa9", "/v/caf%C3%A9");
    goes("/v/{id}", "GET /a/{id}", "/a/a:b@c;d=e,f+g", "/v/a:b@c;d=e,f+g");
}

Test(redirect, a_value_in_the_path_can_not_leave_its_segment)
{
    goes("/v/{id}/w", "GET /a/{id}", "/a/x%2Fy%3Fz%23w%5Cv%25u", "/v/x%2Fy%3Fz%23w%5Cv%25u/w");
}

Test(redirect, a_greedy_value_keeps_its_slashes_in_the_path)
{
    goes("https://docs.example.com/{page}", "GET /docs/{page+}", "/docs/a/b//c%20d",
         "https://docs.example.com/a/b//c%20d");
    goes("https://docs.example.com/{page+}", "GET /docs/{page+}", "/docs/a/b",
         "https://docs.example.com/a/b");
}

Test(redirect, a_greedy_value_keeps_its_encoded_slashes_encoded)
{
    goes("/v/{p}", "GET /{p+}", "/a%2Fb/c%3Fd", "/v/a%2Fb/c%3Fd");
}

Test(redirect, a_value_in_the_query_is_one_value)
{
    goes("/v?id={id}&x=1", "GET /a/{id}", "/a/b%26c=d%20e+f%23g",
         "/v?id=b%26c%3Dd%20e%2Bf%23g&x=1");
    goes("/v?p={p}", "GET /{p+}", "/a/b%2Fc", "/v?p=a%2Fb%2Fc");
}

Test(redirect, a_value_in_the_fragment_is_encoded)
{
    goes("/v#s-{id}", "GET /a/{id}", "/a/b%20c%23d%22", "/v#s-b%20c%23d%22");
}

Test(redirect, text_that_may_not_stand_in_a_url_is_encoded)
{
    goes("/caf\xc3\xa9 \"x\"/%41?a=<b>&c=%20#d e#f", "GET /a", "/a",
         "/caf%C3%A9%20%22x%22/%41?a=%3Cb%3E&c=%20#d%20e%23f");
}

Test(redirect, the_scheme_may_be_in_any_case)
{
    goes("HTTPS://h.example/{id}", "GET /{id}", "/1", "HTTPS://h.example/1");
}

Test(redirect, ports_and_addresses_are_hosts_too)
{
    goes("http://h-1.example_2:8080/{id}", "GET /{id}", "/1", "http://h-1.example_2:8080/1");
    goes("http://[2001:db8::1]:80/{id}", "GET /{id}", "/1", "http://[2001:db8::1]:80/1");
    goes("http://127.0.0.1?{id}", "GET /{id}", "/1", "http://127.0.0.1?1");
}

Test(redirect, stage_is_a_name_like_others)
{
    goes("/{stage}", "GET /{stage}", "/x", "/x");
    refuses("/{stage}", "found {stage}");
}

/* --- what a value must not do -------------------------------------------------------------------
 */

Test(redirect, a_value_can_not_name_a_host_by_two_slashes)
{
    goes("/{x}", "GET /r/{x+}", "/r//evil.example", "/evil.example");
    goes("/{x}", "GET /r/{x+}", "/r/%2Fevil.example", "/%2Fevil.example");
    goes_with("/{x}", "GET /{x+}", LG_STR("/evil.example"), "/%2Fevil.example");
    goes_with("/{x}", "GET /{x+}", LG_STR("//evil.example"), "/%2F/evil.example");
    goes_with("/{x}/evil.example", "GET /{x}", LG_STR(""), "/%2Fevil.example");
    goes_with("/{x}", "GET /{x+}", LG_STR("/../evil"), "/%2F%252E%252E/evil");
}

Test(redirect, two_slashes_behind_a_host_are_harmless_and_stay)
{
    goes_with("https://h.example/{x}", "GET /{x+}", LG_STR("/a"), "https://h.example//a");
}

Test(redirect, a_value_can_not_name_a_host_by_backslashes)
{
    goes("/{x}", "GET /r/{x+}", "/r/%5Cevil.example", "/%5Cevil.example");
    goes_with("/{x}", "GET /{x+}", LG_STR("\\/evil.example"), "/%5C/evil.example");
    goes_with("/{x}", "GET /{x+}", LG_STR("\t/evil.example"), "/%09/evil.example");
}

Test(redirect, a_value_can_not_climb)
{
    goes("/v/{x}", "GET /r/{x+}", "/r/../../b", "/v/%252E%252E/%252E%252E/b");
    goes("/v/{x}", "GET /r/{x+}", "/r/a/%2e%2E/./%2e", "/v/a/%252E%252E/%252E/%252E");
    goes("https://h.example/v/{x}/e", "GET /r/{x}", "/r/..", "https://h.example/v/%252E%252E/e");
    goes("/v/{x}", "GET /r/{x}", "/r/%252e%252e", "/v/%252e%252e");
}

Test(redirect, a_value_can_not_climb_together_with_text_beside_it)
{
    goes("/v/.{x}/w", "GET /r/{x}", "/r/.", "/v/%252E%252E/w");
    goes("/v/%2e{x}/w", "GET /r/{x}", "/r/.", "/v/%252E%252E/w");
    goes("/v/{x}{y}", "GET /{x}/{y}", "/./.", "/v/%252E%252E");
}

Test(redirect, dots_elsewhere_are_only_dots)
{
    goes("/v/{x}?a={x}#{x}", "GET /r/{x}", "/r/..", "/v/%252E%252E?a=..#..");
    goes("/v/{x}", "GET /r/{x+}", "/r/.../a..b/.x/x.", "/v/.../a..b/.x/x.");
}

Test(redirect, control_bytes_are_always_encoded)
{
    goes("/v/{x}?a={x}#{x}", "GET /r/{x}", "/r/%0d%0aSet-Cookie:%00%7f",
         "/v/%0D%0ASet-Cookie:%00%7F?a=%0D%0ASet-Cookie%3A%00%7F#%0D%0ASet-Cookie:%00%7F");
    goes_with("/v/{x}", "GET /{x+}", LG_STR("a\r\nb\0c\xff"), "/v/a%0D%0Ab%00c%FF");
    goes("/v", "GET /a", "/a?x\r\ny\x7f\t", "/v?x%0D%0Ay%7F%09");
}

/* --- the query ----------------------------------------------------------------------------------
 */

Test(redirect, the_clients_query_is_kept_verbatim)
{
    goes("/v", "GET /a", "/a?x=1&y=%20+%2f&&z", "/v?x=1&y=%20+%2f&&z");
    goes("/v?own=1", "GET /a", "/a?x=1", "/v?own=1&x=1");
}

Test(redirect, bytes_of_the_clients_query_that_may_not_stand_there_are_encoded)
{
    goes("/v", "GET /a", "/a?a b<>\"#\\%zz%4\xc3\xa9{|}^`[]'?/",
         "/v?a%20b%3C%3E%22%23%5C%25zz%254%C3%A9%7B%7C%7D%5E%60%5B%5D'?/");
}

Test(redirect, an_escape_cut_off_at_the_end_of_the_query_is_none)
{
    goes_with_query("/v", "GET /{x}", LG_STR("a"), lg_str_make("%41", 2), "/v?%254");
}

Test(redirect, an_empty_query_adds_nothing)
{
    goes("/v", "GET /a", "/a?", "/v");
    goes("/v?own=1", "GET /a", "/a?", "/v?own=1");
    goes("/v?", "GET /a", "/a?x", "/v?x");
}

Test(redirect, the_query_stands_before_the_fragment)
{
    goes("/v#top", "GET /a", "/a?x=1", "/v?x=1#top");
}

Test(redirect, the_clients_query_is_dropped_when_it_is_not_kept)
{
    struct lg_config_redirect config = to("/v?own=1");

    config.keep_query = false;
    goes_config(config, "GET /a", "/a?x=1", "/v?own=1");
    config = to("/v");
    config.keep_query = false;
    goes_config(config, "GET /a", "/a?x=1", "/v");
}

Test(redirect, added_pairs_come_last_and_are_encoded)
{
    struct lg_config_redirect config = to("/v?own=1#top");

    config.add_query = (struct lg_config_pairs){ added, 2 };
    goes_config(config, "GET /a", "/a?x=1", "/v?own=1&x=1&from=a%20b%26c&%C3%A9=#top");
    config.keep_query = false;
    goes_config(config, "GET /a", "/a?x=1", "/v?own=1&from=a%20b%26c&%C3%A9=#top");
    config.to = "/v";
    goes_config(config, "GET /a", "/a", "/v?from=a%20b%26c&%C3%A9=");
}

/* --- compiling ----------------------------------------------------------------------------------
 */

Test(redirect, every_status_of_a_redirect_is_accepted)
{
    static const int statuses[] = { 301, 302, 303, 307, 308 };
    struct lg_pattern pattern = { .is_default = true };

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        struct lg_config_redirect config = to("/v");

        config.status = statuses[i];
        struct lg_redirect *redirect = lg_redirect_compile(&config, &pattern, faults);
        cr_assert(ne(ptr, redirect, NULL));
        cr_assert(eq(int, lg_redirect_status(redirect), statuses[i]));
        lg_redirect_free(redirect);
    }
    lg_redirect_free(NULL);
}

Test(redirect_faults, another_status)
{
    static const int64_t statuses[] = { 200, 300, 304, 305, 306, 309, 404, 0, 4294967597 };

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        struct lg_config_redirect config = to("/v");

        config.status = statuses[i];
        refuses_config(config, "expected 301, 302, 303, 307 or 308");
    }
}

Test(redirect_faults, a_variable_that_the_route_does_not_have)
{
    refuses("/v/{other}",
            "found {other}, expected a variable of the route \"GET /a/{id}/{rest+}\"");
    refuses("/v/{}", "found {}");
    refuses("/v?a={ID}", "found {ID}");
    refuses("/v#{other}", "found {other}");
    refuses("/v/{id+}", "found {id+}");
}

Test(redirect_faults, a_variable_in_scheme_or_authority)
{
    refuses("https://{id}/x", "must not choose the host");
    refuses("https://{id}.example.com/x", "must not choose the host");
    refuses("https://example.com{rest}", "must not choose the host");
    refuses("https://example.com:{id}/", "must not choose the host");
    refuses("https://{id}", "must not choose the host");
    refuses("{rest}", "starts with https://");
    refuses("{id}://example.com/", "starts with https://");
    refuses("http{id}://example.com/", "starts with https://");
}

Test(redirect_faults, neither_a_web_address_nor_a_path)
{
    refuses("", "starts with https://");
    refuses("example.com/x", "starts with https://");
    refuses("javascript:alert(1)", "starts with https://");
    refuses("ftp://example.com/", "starts with https://");
    refuses("https:/example.com/", "starts with https://");
    refuses("?x={id}", "starts with https://");
}

Test(redirect_faults, two_slashes_in_front)
{
    refuses("//example.com/x", "expected one \"/\"");
    refuses("//{rest}", "expected one \"/\"");
}

Test(redirect_faults, a_bad_authority)
{
    refuses("https:///x", "expected a host name");
    refuses("https://", "expected a host name");
    refuses("https://user@example.com/", "expected a host name");
    refuses("https://exa mple.com/", "expected a host name");
    refuses("https://ex%61mple.com/", "expected a host name");
    refuses("https://example.com:/", "expected a host name");
    refuses("https://example.com:0/", "expected a host name");
    refuses("https://example.com:65536/", "expected a host name");
    refuses("https://example.com:8x/", "expected a host name");
    refuses("https://[::1/", "expected a host name");
    refuses("https://[::1]x/", "expected a host name");
    refuses("https://[::1]x80/", "expected a host name");
    refuses("https://[]/", "expected a host name");
    refuses("https://caf\xc3\xa9.example/", "expected a host name");
}

Test(redirect_faults, braces_that_are_no_variable)
{
    refuses("/v/{id", "braces written as %7B");
    refuses("/v/id}", "braces written as %7B");
    refuses("/v/{{id}}", "found {{id}");
}

Test(redirect_faults, control_characters)
{
    refuses("/v\r\nSet-Cookie: x", "control character 0x0D");
    refuses("https://h.example/\x7f", "control character 0x7F");
    refuses("\t/v", "control character 0x09");
}

Test(redirect_faults, backslashes)
{
    refuses("/\\evil.example", "%5C");
    refuses("https:\\\\h.example/", "%5C");
}

Test(redirect_faults, escapes_that_are_none)
{
    refuses("/50%", "two hex digits");
    refuses("/%zz?", "two hex digits");
}

Test(redirect_faults, segments_that_climb)
{
    refuses("/v/../{id}", "\".\" and \"..\"");
    refuses("/v/.", "\".\" and \"..\"");
    refuses("https://h.example/%2e%2E/x", "\".\" and \"..\"");
    refuses("https://h.example/.%2e", "\".\" and \"..\"");
}

Test(redirect_faults, both_a_bad_template_and_a_bad_status_are_told)
{
    struct lg_config_redirect config = to("x");
    struct lg_pattern pattern = { .is_default = true };

    config.status = 200;
    cr_assert(eq(ptr, lg_redirect_compile(&config, &pattern, faults), NULL));
    cr_assert(eq(sz, lg_faults_count(faults), 2));
}
