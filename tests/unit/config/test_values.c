/* test_values.c -- durations, sizes, modes, numbers and addresses. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "base/mem.h"
#include "config/values.h"
#include "config/words.h"

typedef enum lg_err reader(const char *text, int64_t *ret_value);

struct good {
    const char *text;
    int64_t value;
};

static void all_are_read(reader *read, const struct good *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t value = -999;
        cr_assert_eq(read(cases[i].text, &value), LG_OK, "%s", cases[i].text);
        cr_assert_eq(value, cases[i].value, "%s", cases[i].text);
    }
}

static void all_are(reader *read, enum lg_err err, const char *const *texts)
{
    for (; *texts != NULL; texts++) {
        int64_t value = -999;
        cr_assert_eq(read(*texts, &value), err, "%s", *texts);
        cr_assert_eq(value, -999);
    }
}

Test(values, durations)
{
    static const struct good good[] = {
        { "500ms", 500 }, { "10s", 10000 }, { "2m", 120000 }, { "1h", 3600000 }, { "0s", 0 }
    };
    static const char *const bad[] = { "",    "10",  "s",    "-1s", "1.5s", "1 s",
                                       "01s", "10S", "1m3s", "1d",  "ms",   NULL };
    static const char *const large[] = { "9223372036854775807s", "99999999999999999999ms", NULL };

    all_are_read(lg_value_duration, good, LG_COUNT(good));
    all_are(lg_value_duration, LG_ERR_SYNTAX, bad);
    all_are(lg_value_duration, LG_ERR_RANGE, large);
}

Test(values, sizes_are_powers_of_1024)
{
    static const struct good good[] = {
        { "0", 0 },          { "6291556", 6291556 }, { "512B", 512 },
        { "10KB", 10240 },   { "10KiB", 10240 },     { "6MB", 6291456 },
        { "6MiB", 6291456 }, { "1GB", 1073741824 },  { "1GiB", 1073741824 }
    };
    static const char *const bad[] = { "", "MB", "-1", "1.5MB", "6 MB", "6mb", "6M", "06", NULL };
    static const char *const large[] = { "9223372036854775807KB", "9223372036854775808", NULL };

    all_are_read(lg_value_size, good, LG_COUNT(good));
    all_are(lg_value_size, LG_ERR_SYNTAX, bad);
    all_are(lg_value_size, LG_ERR_RANGE, large);
}

Test(values, integers)
{
    static const struct good good[] = {
        { "0", 0 }, { "-5", -5 }, { "+5", 5 }, { "9223372036854775807", INT64_MAX }
    };
    static const char *const bad[] = {
        "", "-", "+", "010", "1x", "0x10", "1e3", "1.0", " 1", NULL
    };
    static const char *const large[] = { "9223372036854775808", "99999999999999999999", NULL };

    all_are_read(lg_value_integer, good, LG_COUNT(good));
    all_are(lg_value_integer, LG_ERR_SYNTAX, bad);
    all_are(lg_value_integer, LG_ERR_RANGE, large);
}

Test(values, modes_are_octal)
{
    static const struct good good[] = {
        { "0660", 0660 }, { "660", 0660 }, { "0o600", 0600 }, { "0777", 0777 }, { "0000", 0 }
    };
    static const char *const bad[] = { "", "66", "0690", "06600", "4755", "0x1ff", "rw-", NULL };

    all_are_read(lg_value_mode, good, LG_COUNT(good));
    all_are(lg_value_mode, LG_ERR_SYNTAX, bad);
}

Test(values, booleans_are_those_of_the_core_schema)
{
    static const char *const bad[] = { "yes", "on", "1", "tRUE", "", "no" };
    bool value;

    for (size_t i = 0; i < LG_COUNT(bad); i++)
        cr_assert_eq(lg_value_bool(bad[i], &value), LG_ERR_SYNTAX);
    cr_assert_eq(lg_value_bool("True", &value), LG_OK);
    cr_assert(value);
    cr_assert_eq(lg_value_bool("FALSE", &value), LG_OK);
    cr_assert(!value);
}

static const char *written(void (*write)(struct lg_buf *out, int64_t value), int64_t value)
{
    static char text[64];
    struct lg_buf out;

    lg_buf_init(&out, sizeof(text) - 1);
    write(&out, value);
    snprintf(text, sizeof(text), "%.*s", (int)out.size, out.data);
    lg_buf_done(&out);
    return text;
}

Test(values, writing_takes_the_largest_unit_that_fits)
{
    cr_assert_str_eq(written(lg_value_write_duration, 900000), "15m");
    cr_assert_str_eq(written(lg_value_write_duration, 90000), "90s");
    cr_assert_str_eq(written(lg_value_write_duration, 50), "50ms");
    cr_assert_str_eq(written(lg_value_write_duration, 0), "0s");
    cr_assert_str_eq(written(lg_value_write_size, 6291456), "6MB");
    cr_assert_str_eq(written(lg_value_write_size, 6291556), "6291556B");
    cr_assert_str_eq(written(lg_value_write_size, 0), "0B");
}

/* --- addresses -------------------------------------------------------------------------------- */

static struct lg_arena arena;

static void begin(void)
{
    lg_arena_init(&arena);
}

static void end(void)
{
    lg_arena_done(&arena);
}

TestSuite(address, .init = begin, .fini = end);

static struct lg_config_address good_address(const char *text)
{
    struct lg_config_address address;
    const char *expected = "";

    cr_assert_eq(lg_value_address(&arena, text, &address, &expected), LG_OK, "%s: %s", text,
                 expected);
    return address;
}

static const char *bad_address(const char *text)
{
    struct lg_config_address address;
    const char *expected = NULL;

    cr_assert_eq(lg_value_address(&arena, text, &address, &expected), LG_ERR_SYNTAX, "%s", text);
    return expected;
}

Test(address, of_tcp)
{
    static const struct {
        const char *text, *host;
        uint16_t port;
    } cases[] = {
        { "127.0.0.1:8080", "127.0.0.1", 8080 },
        { "[::1]:80", "::1", 80 },
        { "0.0.0.0:0", "0.0.0.0", 0 },
        { "[::]:65535", "::", 65535 },
        { "localhost:1", "localhost", 1 },
        { "gw-1.example.com:443", "gw-1.example.com", 443 },
    };

    for (size_t i = 0; i < LG_COUNT(cases); i++) {
        struct lg_config_address address = good_address(cases[i].text);
        cr_assert_str_eq(address.host, cases[i].host);
        cr_assert_eq(address.port, cases[i].port);
        cr_assert(address.path == NULL);
    }
}

Test(address, of_a_unix_socket)
{
    struct lg_config_address address = good_address("/run/a:b.sock");

    cr_assert(address.host == NULL && address.port == 0);
    cr_assert_str_eq(address.path, "/run/a:b.sock");
}

Test(address, of_a_unix_socket_fits_the_system_call)
{
    char path[200];

    memset(path, 'x', sizeof(path));
    path[0] = '/';
    path[107] = '\0';
    good_address(path);
    path[107] = 'x';
    path[108] = '\0';
    cr_assert_str_eq(bad_address(path), "a path of at most 107 bytes for a unix socket");
}

Test(address, a_port_alone_is_refused_with_a_hint)
{
    cr_assert(strstr(bad_address(":8080"), "127.0.0.1:PORT for this machine only") != NULL);
    cr_assert_str_eq(bad_address("8080"), bad_address(":8080"));
}

Test(address, an_ipv6_address_wants_brackets)
{
    cr_assert_str_eq(bad_address("::1:80"), bad_address(":80"));
    cr_assert_str_eq(bad_address("fe80::1:80"), "an IPv6 address in brackets, such as [::1]:8080");
    cr_assert(strstr(bad_address("[127.0.0.1]:80"), "an IPv6 address between") != NULL);
    cr_assert(strstr(bad_address("[::1]80"), "brackets") != NULL);
}

Test(address, a_bad_port_is_named)
{
    static const char *const bad[] = { "127.0.0.1:",   "127.0.0.1:65536", "127.0.0.1:-1",
                                       "127.0.0.1:+1", "[::1]:http",      "127.0.0.1:080" };

    for (size_t i = 0; i < LG_COUNT(bad); i++)
        cr_assert_str_eq(bad_address(bad[i]), "a port from 0 to 65535 after the last colon");
}

Test(address, anything_else_is_refused)
{
    static const char *const bad[] = { "",         "localhost",    "run/admin.sock", "a b:80",
                                       "1.2.3:80", "256.1.1.1:80", "*:80",           "http://x:80",
                                       "[::1:80",  "-a:80" };

    for (size_t i = 0; i < LG_COUNT(bad); i++)
        cr_assert(bad_address(bad[i]) != NULL);
}

Test(address, local_is_what_only_this_machine_reaches)
{
    static const char *const local[] = { "127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "localhost:1",
                                         "/run/x" };
    static const char *const open[] = { "0.0.0.0:1", "[::]:1",      "10.0.0.1:1",
                                        "gateway:1", "128.0.0.1:1", "[::2]:1" };

    for (size_t i = 0; i < LG_COUNT(local); i++) {
        struct lg_config_address address = good_address(local[i]);
        cr_assert(lg_value_is_local(&address), "%s", local[i]);
    }
    for (size_t i = 0; i < LG_COUNT(open); i++) {
        struct lg_config_address address = good_address(open[i]);
        cr_assert(!lg_value_is_local(&address), "%s", open[i]);
    }
}

/* --- words ------------------------------------------------------------------------------------ */

TestSuite(words, .init = begin, .fini = end);

static const char *const names[] = { "timeout", "queue", "queue_wait", "memory", "min", "max" };

static const char *near(const char *text)
{
    const char *name = lg_words_near(text, names, LG_COUNT(names));

    return name != NULL ? name : "-";
}

Test(words, the_nearest_name_is_found)
{
    cr_assert_str_eq(near("timout"), "timeout");
    cr_assert_str_eq(near("tiemout"), "timeout");
    cr_assert_str_eq(near("timeoutt"), "timeout");
    cr_assert_str_eq(near("Timeout"), "timeout");
    cr_assert_str_eq(near("queue-wait"), "queue_wait");
    cr_assert_str_eq(near("mix"), "min");
    cr_assert_str_eq(near("mxa"), "max");
}

Test(words, what_is_far_is_not_guessed)
{
    cr_assert_str_eq(near("workers"), "-");
    cr_assert_str_eq(near("mxx"), "max");
    cr_assert_str_eq(near("xxx"), "-");
    cr_assert_str_eq(near(""), "-");
    cr_assert_str_eq(near("timeouttimeouttimeouttimeouttimeouttimeouttimeouttimeouttimeouttime"),
                     "-");
}

Test(words, a_name_that_begins_alike_is_found_where_none_is_near)
{
    static const char *const keys[] = { "queue", "memory", "queue_wait", "drain_timeout" };

    cr_assert_str_eq(lg_words_near("MemorySize", keys, LG_COUNT(keys)), "memory");
    cr_assert_str_eq(lg_words_near("QueueWaitTimeMs", keys, LG_COUNT(keys)), "queue_wait");
    cr_assert_str_eq(lg_words_near("drain", keys, LG_COUNT(keys)), "drain_timeout");
    cr_assert(lg_words_near("memo", keys, LG_COUNT(keys)) == NULL);
    cr_assert(lg_words_near("memories_of", keys, LG_COUNT(keys)) == NULL);
}

Test(words, a_single_letter_is_near_everything_and_never_guessed)
{
    static const char *const letters[] = { "f", "g" };

    cr_assert(lg_words_near("h", letters, 2) == NULL);
    cr_assert(lg_words_near("ff", letters, 2) == NULL);
}

Test(words, lists_end_with_or)
{
    cr_assert_str_eq(lg_words_list(&arena, names, 1, 9), "timeout");
    cr_assert_str_eq(lg_words_list(&arena, names, 2, 9), "timeout or queue");
    cr_assert_str_eq(lg_words_list(&arena, names, 3, 9), "timeout, queue or queue_wait");
    cr_assert_str_eq(lg_words_list(&arena, names, 6, 2), "timeout, queue, ...");
    cr_assert_str_eq(lg_words_list(&arena, names, 0, 2), "");
}

Test(words, a_long_value_is_cut_between_characters)
{
    char text[100];

    memset(text, 'x', sizeof(text));
    text[99] = '\0';
    memcpy(text + 63, "\xe2\x82\xac", 3);
    cr_assert_eq(strlen(lg_words_quote(&arena, text)), 2 + 63 + 3);
    text[64] = '\0';
    cr_assert_eq(strlen(lg_words_quote(&arena, text)), 2 + 64);
}
