/* test_http_field.c -- each rule of a header line, by name. */
#include "wire/http_field.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

static struct lg_header field;
static const char *fault;
static size_t used;

static enum lg_http_found read_field(const char *text, size_t size)
{
    struct lg_http_cursor cursor = { text, text + size, NULL };
    enum lg_http_found found = lg_http_field_read(&cursor, &field);

    used = (size_t)(cursor.at - text);
    fault = cursor.fault;
    cr_assert(found == LG_HTTP_FOUND || found == LG_HTTP_END || used == 0);
    cr_assert(fault != NULL || found != LG_HTTP_BAD);
    return found;
}

/* Of a line that comes byte by byte: what was said when all was there. */
static enum lg_http_found read_slowly(const char *text)
{
    enum lg_http_found found = LG_HTTP_MORE;

    for (size_t size = 0; size <= strlen(text); size++) {
        enum lg_http_found now = read_field(text, size);

        cr_assert(found == LG_HTTP_MORE || found == now, "%s is not decided", text);
        found = now;
    }
    return found;
}

static bool is_bad(const char *text)
{
    return read_slowly(text) == LG_HTTP_BAD;
}

static bool reads(const char *text, const char *name, const char *value)
{
    return read_slowly(text) == LG_HTTP_FOUND && used == strcspn(text, "\n") + 1 &&
           lg_str_is(field.name, name) && lg_str_is(field.value, value);
}

Test(http_field, a_line_is_a_name_and_a_value)
{
    cr_assert(reads("Host: a\r\n", "Host", "a"));
    cr_assert(reads("a:b\r\nc:d\r\n", "a", "b"));
    cr_assert(reads("a:b:c\r\n", "a", "b:c"));
    cr_assert(reads("X-Long: abcdefghijklmnopqrstuvwxyz \xc3\xa9 0123456789\r\n", "X-Long",
                    "abcdefghijklmnopqrstuvwxyz \xc3\xa9 0123456789"));
}

Test(http_field, blanks_around_a_value_are_not_part_of_it)
{
    cr_assert(reads("a: \t b\tc \t \r\n", "a", "b\tc"));
    cr_assert(reads("a:\r\n", "a", ""));
    cr_assert(reads("a: \t \r\n", "a", ""));
}

Test(http_field, an_empty_line_is_the_end)
{
    cr_assert(eq(int, read_slowly("\r\n"), LG_HTTP_END));
    cr_assert(eq(sz, used, 2));
}

Test(http_field, a_line_feed_alone_ends_nothing)
{
    cr_assert(is_bad("a: b\nc: d\r\n"));
    cr_assert(is_bad("\n"));
    cr_assert(is_bad("a\n"));
}

Test(http_field, a_carriage_return_alone_ends_nothing)
{
    cr_assert(is_bad("a: b\rc\r\n"));
    cr_assert(is_bad("a: b\r\r\n"));
    cr_assert(is_bad("\r\r\n"));
    cr_assert(is_bad("\rx"));
}

Test(http_field, a_folded_line_is_refused)
{
    cr_assert(is_bad(" b\r\n"));
    cr_assert(is_bad("\tb\r\n"));
}

Test(http_field, a_blank_before_the_colon_is_refused)
{
    cr_assert(is_bad("a : b\r\n"));
    cr_assert(is_bad("a\t: b\r\n"));
}

Test(http_field, an_empty_name_is_refused)
{
    cr_assert(is_bad(": b\r\n"));
}

Test(http_field, a_line_without_a_colon_is_refused)
{
    cr_assert(is_bad("nonsense\r\n"));
}

Test(http_field, a_name_is_a_token)
{
    for (int byte = 1; byte < 256; byte++) {
        const char text[] = { 'a', (char)byte, ':', 'x', '\r', '\n', '\0' };
        bool token = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                     (byte >= 'A' && byte <= 'Z') || strchr("!#$%&'*+-.^_`|~", byte) != NULL;

        if (byte != ':')
            cr_assert(token == (read_slowly(text) == LG_HTTP_FOUND), "%02x", (unsigned)byte);
    }
}

Test(http_field, a_value_has_no_control_bytes)
{
    for (int byte = 0; byte < 256; byte++) {
        for (size_t place = 0; place < 20; place++) {
            char text[] = "a:xxxxxxxxxxxxxxxxxxxxx\r\n";
            bool good = (byte >= 0x20 && byte != 0x7f) || byte == '\t';

            text[2 + place] = (char)byte;
            cr_assert(good == (read_field(text, sizeof(text) - 1) == LG_HTTP_FOUND), "%02x at %zu",
                      (unsigned)byte, place);
        }
    }
}

Test(http_field, a_list_has_elements_and_no_empty_ones)
{
    struct lg_str rest = LG_STR(" a,, b c ,"), element;

    cr_assert(lg_http_list_next(&rest, &element) && lg_str_is(element, "a"));
    cr_assert(lg_http_list_next(&rest, &element) && lg_str_is(element, "b c"));
    cr_assert(not(lg_http_list_next(&rest, &element)));
    rest = LG_STR("");
    cr_assert(not(lg_http_list_next(&rest, &element)));
}
