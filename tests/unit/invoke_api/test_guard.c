#include "invoke_api/guard.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static enum lg_err check_with(const char *configured, const char *host, const char *name,
                              const char *value)
{
    const struct lg_header headers[] = {
        { LG_STR("Accept"), LG_STR("*/*") },
        { lg_str_of(name), lg_str_of(value) },
        { LG_STR("hOSt"), lg_str_of(host) },
    };
    const struct lg_head head = { .headers = headers, .header_count = host == NULL ? 2 : 3 };
    const char *reason = NULL;
    enum lg_err err = lg_guard_check(&head, configured, &reason);

    cr_assert(eq(int, reason == NULL, err == LG_OK));
    return err;
}

static enum lg_err host(const char *configured, const char *value)
{
    return check_with(configured, value, "X-Other", "1");
}

Test(guard, a_page_gives_itself_away_by_its_headers)
{
    cr_assert(eq(int, check_with("127.0.0.1", "127.0.0.1", "Origin", "null"), LG_ERR_REFUSED));
    cr_assert(eq(int, check_with("127.0.0.1", "127.0.0.1", "origin", "http://localhost"),
                 LG_ERR_REFUSED));
    cr_assert(eq(int, check_with("127.0.0.1", "127.0.0.1", "Sec-Fetch-Site", "same-origin"),
                 LG_ERR_REFUSED));
}

Test(guard, loopback_hosts_are_ours)
{
    static const char *const good[] = { "localhost",      "LOCALHOST:8081", "127.0.0.1",
                                        "127.0.0.1:8081", "127.8.9.2",      "[::1]",
                                        "[::1]:8081" };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_assert(eq(int, host("127.0.0.1", good[i]), LG_OK), "%s", good[i]);
}

Test(guard, other_hosts_are_not)
{
    static const char *const bad[] = {
        "evil.example",
        "evil.example:8081",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "10.0.0.1",
        "[fe80::1]",
        "",
        "localhost:port",
        "localhost:8081:1",
        "localhost:99999",
        "[::1",
        "[::1]8081",
        "127.0.0.1, evil",
        "0.0.0.0",
        "user@localhost",
        "localhost:",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert(eq(int, host("127.0.0.1", bad[i]), LG_ERR_REFUSED), "%s", bad[i]);
}

Test(guard, the_configured_address_is_ours)
{
    cr_assert(eq(int, host("10.0.0.5", "10.0.0.5:8081"), LG_OK));
    cr_assert(eq(int, host("10.0.0.5", "10.0.0.6:8081"), LG_ERR_REFUSED));
    cr_assert(eq(int, host("gateway.internal", "Gateway.Internal:8081"), LG_OK));
    cr_assert(eq(int, host("fd00::5", "[fd00:0::5]:8081"), LG_OK));
    cr_assert(eq(int, host("10.0.0.5", "localhost"), LG_OK));
}

Test(guard, bound_to_all_addresses_any_number_is_ours_but_no_name)
{
    cr_assert(eq(int, host("0.0.0.0", "10.0.0.5:8081"), LG_OK));
    cr_assert(eq(int, host("::", "[fd00::5]"), LG_OK));
    cr_assert(eq(int, host("::", "10.0.0.5"), LG_OK));
    cr_assert(eq(int, host("0.0.0.0", "evil.example"), LG_ERR_REFUSED));
}

Test(guard, a_request_without_host_is_refused)
{
    cr_assert(eq(int, host("127.0.0.1", NULL), LG_ERR_REFUSED));
}

Test(guard, every_host_field_must_be_ours)
{
    const struct lg_header headers[] = {
        { LG_STR("Host"), LG_STR("localhost") },
        { LG_STR("Host"), LG_STR("evil.example") },
    };
    const struct lg_head head = { .headers = headers, .header_count = 2 };
    const char *reason;

    cr_assert(eq(int, lg_guard_check(&head, "127.0.0.1", &reason), LG_ERR_REFUSED));
}

Test(guard, a_unix_socket_is_out_of_reach_for_pages)
{
    cr_assert(eq(int, check_with(NULL, "evil.example", "Origin", "x"), LG_OK));
    cr_assert(eq(int, host(NULL, NULL), LG_OK));
}
