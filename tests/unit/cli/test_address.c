#include "cli/address.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

static struct lg_admin_address address;

Test(address, a_slash_makes_a_path)
{
    cr_assert(lg_admin_address_read("/run/lambdagate/admin.sock", &address));
    cr_assert_str_eq(address.path, "/run/lambdagate/admin.sock");
    cr_assert_null(address.host);
    cr_assert(lg_admin_address_read("./a:1", &address));
    cr_assert_str_eq(address.path, "./a:1");
    cr_assert(lg_admin_address_read("unix:admin.sock", &address));
    cr_assert_str_eq(address.path, "admin.sock");
}

Test(address, a_port_makes_tcp)
{
    static const char *const good[] = { "127.0.0.1:8081", "localhost:1", "gw-1.example_x:65535",
                                        "[::1]:8081" };

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        cr_assert(lg_admin_address_read(good[i], &address), "%s", good[i]);
        cr_assert_str_eq(address.host, good[i]);
        cr_assert_null(address.path);
    }
}

Test(address, anything_else_is_refused)
{
    static const char *const bad[] = {
        "",        "localhost",   ":8081",         "localhost:",  "localhost:0",
        "a:65536", "a:100000000", "a:80x",         "http://a:80", "user@host:80",
        "::1:80",  "[::1]",       "[]:80",         "[x]:80",      "a b:80",
        "unix:",   "a?b:80",      "http://a:80/b",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_assert(not(lg_admin_address_read(bad[i], &address)), "%s", bad[i]);
}
