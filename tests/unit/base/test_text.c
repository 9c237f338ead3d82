/* The encodings of the web, at their edges. */
#include "base/http_chars.h"
#include "base/text.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <string.h>

static struct lg_arena arena;
static struct lg_buf out;

static void start(void)
{
    lg_arena_init(&arena);
    lg_buf_init(&out, SIZE_MAX);
}

static void stop(void)
{
    lg_arena_done(&arena);
    lg_buf_done(&out);
}

TestSuite(text, .init = start, .fini = stop);

static bool out_is(const char *wanted)
{
    bool same = lg_str_is(lg_buf_str(&out), wanted);

    lg_buf_clear(&out);
    return same;
}

/* Encodes a code point without asking whether it may be. */
static size_t encode(unsigned point, char *ret_bytes)
{
    if (point < 0x80) {
        ret_bytes[0] = (char)point;
        return 1;
    }
    size_t size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const unsigned char firsts[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = size; i-- > 1; point >>= 6)
        ret_bytes[i] = (char)(0x80 | (point & 0x3f));
    ret_bytes[0] = (char)(firsts[size] | point);
    return size;
}

Test(text, every_code_point_but_surrogates_is_utf_8)
{
    for (unsigned point = 0; point < 0x120000; point++) {
        char bytes[4];
        size_t size = encode(point, bytes);
        bool valid = point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);

        cr_assert(lg_utf8_valid(lg_str_make(bytes, size)) == valid, "U+%04X", point);
        cr_assert(lg_utf8_sequence(lg_str_make(bytes, size)) == (valid ? size : 0), "U+%04X",
                  point);
    }
}

Test(text, overlongs_cuts_and_strays_are_no_utf_8_wherever_they_stand)
{
    static const char *const wrong[] = {
        "\x80",
        "\xbf",
        "\xc0\xaf",
        "\xc1\xbf",
        "\xe0\x80\xaf",
        "\xe0\x9f\xbf",
        "\xf0\x80\x80\xaf",
        "\xf0\x8f\xbf\xbf",
        "\xf8\x88\x80\x80\x80",
        "\xfe",
        "\xff",
        "\xc3",
        "\xe2\x82",
        "\xf0\x9f\x98",
        "\xc3(",
        "\xe2(\xa1",
        "\xe2\x82(",
        "\xf0\x9f\x98(",
        "\xf0(\x8c\xbc",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        for (int before = 0; before < 20; before++) {
            char text[64];

            snprintf(text, sizeof(text), "%.*s%s", before, "abcdefghijklmnopqrst", wrong[i]);
            cr_assert(not(lg_utf8_valid(lg_str_of(text))), "%zu after %d", i, before);
        }
    }
}

Test(text, sequences_are_measured_one_at_a_time)
{
    cr_assert(eq(sz, lg_utf8_sequence(LG_STR("a\xff")), 1));
    cr_assert(eq(sz, lg_utf8_sequence(LG_STR("\xe2\x82\xac\xff")), 3));
    cr_assert(eq(sz, lg_utf8_sequence(LG_STR("\xe2\x82")), 0));
    cr_assert(eq(sz, lg_utf8_sequence(LG_STR_NONE), 0));
}

Test(text, length_counts_code_points)
{
    cr_assert(eq(sz, lg_utf8_length(LG_STR("")), 0));
    cr_assert(eq(sz, lg_utf8_length(LG_STR("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80")), 4));
}

Test(text, percent_decoding_leaves_what_is_no_code)
{
    cr_assert(lg_str_is(lg_percent_decode(&arena, LG_STR("a%20b%2Fc%2f"), false), "a b/c/"));
    cr_assert(lg_str_is(lg_percent_decode(&arena, LG_STR("100%"), false), "100%"));
    cr_assert(lg_str_is(lg_percent_decode(&arena, LG_STR("%4"), false), "%4"));
    cr_assert(lg_str_is(lg_percent_decode(&arena, LG_STR("%zz%41%g1"), false), "%zzA%g1"));
    cr_assert(lg_str_is(lg_percent_decode(&arena, LG_STR("%%41"), false), "%A"));
    cr_assert(lg_str_is(lg_percent_decode(&arena, LG_STR("%2541"), false), "%41"), "only once");
    cr_assert(lg_str_eq(lg_percent_decode(&arena, LG_STR("%00%ff"), false), LG_STR("\0\xff")));
}

Test(text, plus_is_a_blank_in_queries_only)
{
    cr_assert(lg_str_is(lg_percent_decode(&arena, LG_STR("a+b%2B"), true), "a b+"));
    cr_assert(lg_str_is(lg_percent_decode(&arena, LG_STR("a+b%2B"), false), "a+b+"));
}

Test(text, what_needs_no_decoding_is_not_copied)
{
    struct lg_str text = LG_STR("plain");

    cr_assert(lg_percent_decode(&arena, text, true).data == text.data);
    cr_assert(eq(sz, arena.used, 0));
}

Test(text, percent_is_valid_with_two_hex_digits_each)
{
    cr_assert(lg_percent_valid(LG_STR("")));
    cr_assert(lg_percent_valid(LG_STR("a%20%aF%0b")));
    cr_assert(not(lg_percent_valid(LG_STR("%"))));
    cr_assert(not(lg_percent_valid(LG_STR("%2"))));
    cr_assert(not(lg_percent_valid(LG_STR("%2g"))));
    cr_assert(not(lg_percent_valid(LG_STR("%20%G0"))));
}

Test(text, each_set_keeps_its_own_characters)
{
    struct lg_str ascii = LG_STR(" !\"#$%&'()*+,-./09:;<=>?@AZ[\\]^_`az{|}~");

    lg_percent_encode(&out, ascii, LG_PERCENT_SEGMENT);
    cr_assert(out_is("%20!%22%23$%25&'()*+,-.%2F09:;%3C=%3E%3F@AZ%5B%5C%5D%5E_%60az%7B%7C%7D~"));
    lg_percent_encode(&out, ascii, LG_PERCENT_PATH);
    cr_assert(out_is("%20!%22%23$%25&'()*+,-./09:;%3C=%3E%3F@AZ%5B%5C%5D%5E_%60az%7B%7C%7D~"));
    lg_percent_encode(&out, ascii, LG_PERCENT_QUERY);
    cr_assert(out_is("%20%21%22%23%24%25%26%27%28%29%2A%2B%2C-.%2F09%3A%3B%3C%3D%3E%3F%40AZ"
                     "%5B%5C%5D%5E_%60az%7B%7C%7D~"));
    lg_percent_encode(&out, LG_STR("\0\r\n\x7f\xc3\xa9"), LG_PERCENT_PATH);
    cr_assert(out_is("%00%0D%0A%7F%C3%A9"));
}

Test(text, base64_has_the_examples_of_its_rfc)
{
    static const char *const pairs[][2] = {
        { "", "" },
        { "f", "Zg==" },
        { "fo", "Zm8=" },
        { "foo", "Zm9v" },
        { "foob", "Zm9vYg==" },
        { "fooba", "Zm9vYmE=" },
        { "foobar", "Zm9vYmFy" },
    };
    for (size_t i = 0; i < 7; i++) {
        struct lg_str bytes;

        lg_base64_encode(&out, lg_str_of(pairs[i][0]));
        cr_assert(out_is(pairs[i][1]), "%s", pairs[i][0]);
        cr_assert(eq(int, lg_base64_decode(&arena, lg_str_of(pairs[i][1]), &bytes), LG_OK));
        cr_assert(lg_str_is(bytes, pairs[i][0]), "%s", pairs[i][1]);
    }
}

Test(text, base64_brings_every_byte_back)
{
    char bytes[256];

    for (size_t i = 0; i < 256; i++)
        bytes[i] = (char)(255 - i);
    for (size_t size = 0; size <= 256; size++) {
        struct lg_str back;

        lg_base64_encode(&out, lg_str_make(bytes, size));
        cr_assert(eq(int, lg_base64_decode(&arena, lg_buf_str(&out), &back), LG_OK));
        cr_assert(lg_str_eq(back, lg_str_make(bytes, size)), "%zu", size);
        while (out.size > 0 && out.data[out.size - 1] == '=')
            out.size--;
        cr_assert(eq(int, lg_base64_decode(&arena, lg_buf_str(&out), &back), LG_OK));
        cr_assert(lg_str_eq(back, lg_str_make(bytes, size)), "%zu without padding", size);
        lg_buf_clear(&out);
    }
}

Test(text, base64_refuses_other_characters_and_wrong_padding)
{
    static const char *const wrong[] = {
        "Z",     "Zm9vY",  "Zg=",  "Zg===", "=",        "==",   "====",    "Zm9v=", "Zm9v====",
        "Zm 9v", "Zm9v\n", "Zm-_", "Z=g=",  "Zg==Zg==", "Zm9*", "Zm9\xc3", "Z===",  "Zm8=Zm8",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct lg_str bytes;

        cr_assert(eq(int, lg_base64_decode(&arena, lg_str_of(wrong[i]), &bytes), LG_ERR_SYNTAX),
                  "%s", wrong[i]);
    }
}

Test(text, base64_of_more_than_the_ceiling_fails)
{
    struct lg_buf small;

    lg_buf_init(&small, 7);
    lg_base64_encode(&small, LG_STR("foob"));
    cr_assert(lg_buf_failed(&small));
    cr_assert(eq(sz, small.size, 0));
    lg_buf_done(&small);
}

Test(text, hex_is_lower_case)
{
    lg_hex_encode(&out, LG_STR("\x00\x0f\xa5\xff"));
    cr_assert(out_is("000fa5ff"));
}

Test(text, tokens_are_those_of_http)
{
    cr_assert(lg_http_token_valid(LG_STR("Content-Type")));
    cr_assert(lg_http_token_valid(LG_STR("!#$%&'*+-.^_`|~09azAZ")));
    cr_assert(not(lg_http_token_valid(LG_STR(""))));
    for (int byte = 0; byte < 256; byte++) {
        char text[2] = { 'a', (char)byte };
        bool valid = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                     (byte >= 'A' && byte <= 'Z') ||
                     (byte != 0 && strchr("!#$%&'*+-.^_`|~", byte) != NULL);

        cr_assert(lg_http_token_valid(lg_str_make(text, 2)) == valid, "%02x", (unsigned)byte);
    }
}

Test(text, field_values_have_no_control_byte_but_tab)
{
    cr_assert(lg_http_field_value_valid(LG_STR("")));
    for (int byte = 0; byte < 256; byte++) {
        char text[2] = { 'a', (char)byte };
        bool valid = byte == '\t' || (byte >= 0x20 && byte != 0x7f);

        cr_assert(lg_http_field_value_valid(lg_str_make(text, 2)) == valid, "%02x", (unsigned)byte);
    }
}

Test(text, a_control_byte_in_a_field_value_is_seen_wherever_it_stands)
{
    static const char filler[] = { 'a', ' ', '\x80', '\xff', '~', '!' };

    for (size_t fill = 0; fill < sizeof(filler); fill++) {
        for (size_t place = 0; place < 20; place++) {
            for (int byte = 0; byte < 256; byte++) {
                bool valid = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
                char text[20];

                memset(text, filler[fill], sizeof(text));
                text[place] = (char)byte;
                cr_assert(lg_http_field_value_valid(lg_str_make(text, sizeof(text))) == valid,
                          "byte %02x at %zu among %02x", (unsigned)byte, place,
                          (unsigned char)filler[fill]);
            }
        }
    }
}
