/* Strings written as JSON are always JSON, and read back as what they were. */
#include "base/json.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <string.h>

static struct lg_buf out;

static void start(void)
{
    lg_buf_init(&out, SIZE_MAX);
}

static void stop(void)
{
    lg_buf_done(&out);
}

TestSuite(json_write, .init = start, .fini = stop);

static bool written(struct lg_str text, const char *wanted)
{
    lg_buf_clear(&out);
    lg_json_add_string(&out, text);
    return lg_str_is(lg_buf_str(&out), wanted);
}

Test(json_write, only_what_must_be_is_escaped)
{
    cr_assert(written(LG_STR_NONE, "\"\""));
    cr_assert(written(LG_STR("plain / text"), "\"plain / text\""));
    cr_assert(written(LG_STR("\"\\\b\f\n\r\t"), "\"\\\"\\\\\\b\\f\\n\\r\\t\""));
    cr_assert(written(LG_STR("\0\x01\x0b\x1f\x7f"), "\"\\u0000\\u0001\\u000b\\u001f\x7f\""));
    cr_assert(written(LG_STR("\xc3\xa9\xf0\x9f\x98\x80"), "\"\xc3\xa9\xf0\x9f\x98\x80\""));
}

Test(json_write, bytes_that_are_not_utf_8_are_replaced)
{
    cr_assert(written(LG_STR("a\xff"
                             "b"),
                      "\"a\xef\xbf\xbd"
                      "b\""));
    cr_assert(written(LG_STR("\xc3"), "\"\xef\xbf\xbd\""));
    cr_assert(written(LG_STR("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""));
    cr_assert(written(LG_STR("\xc0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\""));
}

Test(json_write, every_byte_at_every_place_reads_back)
{
    for (int byte = 0; byte < 128; byte++) {
        for (size_t at = 0; at < 20; at++) {
            char text[20];
            struct lg_arena arena;
            struct lg_json *value;

            memset(text, 'x', sizeof(text));
            text[at] = (char)byte;
            lg_buf_clear(&out);
            lg_json_add_string(&out, lg_str_make(text, sizeof(text)));
            lg_arena_init(&arena);
            cr_assert(eq(
                int, lg_json_read(&arena, lg_buf_str(&out), &lg_json_default_limits, &value, NULL),
                LG_OK));
            cr_assert(lg_str_eq(value->text, lg_str_make(text, sizeof(text))));
            lg_arena_done(&arena);
        }
    }
}

/* What must come out, a character at a time. */
static void write_slowly(struct lg_buf *wanted, struct lg_str text)
{
    lg_buf_add_char(wanted, '"');
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\n')
            lg_buf_add_cstr(wanted, "\\n");
        else if (text.data[i] == 1)
            lg_buf_add_cstr(wanted, "\\u0001");
        else
            lg_buf_add_char(wanted, text.data[i]);
    }
    lg_buf_add_char(wanted, '"');
}

Test(json_write, long_texts_are_written_whole_whatever_they_are_made_of)
{
    /* Runs of every kind, of lengths that fall on each side of every boundary inside. */
    static const char *const kinds[] = { "x", "\n", "\x01", "\xc3\xa9", "\xf0\x9f\x98\x80" };
    unsigned state = 1;

    for (int round = 0; round < 300; round++) {
        struct lg_buf text, wanted;

        lg_buf_init(&text, SIZE_MAX);
        lg_buf_init(&wanted, SIZE_MAX);
        for (int run = 0; run < 20; run++) {
            state = state * 1103515245 + 12345;
            for (unsigned i = 0; i < (state >> 16) % (run % 3 == 0 ? 130 : 5); i++)
                lg_buf_add_cstr(&text, kinds[(state >> 8) % 5]);
        }
        write_slowly(&wanted, lg_buf_str(&text));
        lg_buf_clear(&out);
        lg_json_add_string(&out, lg_buf_str(&text));
        cr_assert(lg_str_eq(lg_buf_str(&out), lg_buf_str(&wanted)), "%d", round);
        lg_buf_done(&text);
        lg_buf_done(&wanted);
    }
}

Test(json_write, every_run_fits_behind_every_number_of_escapes)
{
    for (size_t escapes = 50; escapes < 100; escapes++) {
        for (size_t size = 50; size < 80; size++) {
            struct lg_buf text, wanted;

            lg_buf_init(&text, SIZE_MAX);
            lg_buf_init(&wanted, SIZE_MAX);
            for (size_t i = 0; i < escapes; i++)
                lg_buf_add_char(&text, '\x01');
            for (size_t i = 0; i < size; i++)
                lg_buf_add_char(&text, 'x');
            write_slowly(&wanted, lg_buf_str(&text));
            lg_buf_add_char(&wanted, '\0');
            cr_assert(written(lg_buf_str(&text), wanted.data), "%zu, %zu", escapes, size);
            lg_buf_done(&text);
            lg_buf_done(&wanted);
        }
    }
}

Test(json_write, a_ceiling_that_just_fits_is_enough_and_one_below_is_told)
{
    char text[1000];

    memset(text, 1, sizeof(text));
    for (size_t short_of = 0; short_of < 2; short_of++) {
        struct lg_buf tight;

        lg_buf_init(&tight, 6 * sizeof(text) + 2 - short_of);
        lg_json_add_string(&tight, lg_str_make(text, sizeof(text)));
        cr_assert(eq(int, lg_buf_failed(&tight), short_of > 0));
        lg_buf_done(&tight);
    }
}

Test(json_write, names_are_separated_by_commas_and_end_in_a_colon)
{
    bool first = true;

    lg_buf_add_char(&out, '{');
    lg_json_add_name(&out, &first, "a");
    lg_buf_add_i64(&out, 1);
    lg_json_add_name_str(&out, &first, LG_STR("b\""));
    lg_buf_add_i64(&out, 2);
    lg_json_add_name(&out, &first, "c");
    lg_buf_add_cstr(&out, "3}");
    cr_assert(not(first));
    cr_assert(lg_str_is(lg_buf_str(&out), "{\"a\":1,\"b\\\"\":2,\"c\":3}"));
}

Test(json_write, names_of_our_own_are_written_as_they_stand)
{
    bool first = true;

    lg_buf_clear(&out);
    lg_json_add_literal(&out, &first, LG_STR("a"));
    lg_buf_add_char(&out, '1');
    lg_json_add_literal(&out, &first, LG_STR("longName"));
    cr_assert(lg_str_is(lg_buf_str(&out), "\"a\":1,\"longName\":"));
}

/* What is scanned many bytes a step: one that is not plain at each place, behind each beginning. */
Test(json_write, strings_longer_than_a_step_are_escaped_wherever_it_is_needed)
{
    for (size_t at = 0; at < 200; at++) {
        char text[200], wanted[204];

        memset(text, 'x', sizeof(text));
        text[at] = '"';
        wanted[0] = '"';
        memcpy(wanted + 1, text, at);
        memcpy(wanted + 1 + at, "\\\"", 2);
        memcpy(wanted + 3 + at, text + at + 1, sizeof(text) - at - 1);
        wanted[202] = '"';
        wanted[203] = '\0';
        cr_assert(written(lg_str_make(text, sizeof(text)), wanted), "%zu", at);
    }
}

Test(json_write, a_string_over_the_ceiling_fails_wherever_it_ends)
{
    for (size_t ceiling = 0; ceiling < 40; ceiling++) {
        struct lg_buf small;

        lg_buf_init(&small, ceiling);
        lg_json_add_string(&small, LG_STR("plain plain plain plain \"quoted\" plain"));
        cr_assert(lg_buf_failed(&small), "%zu", ceiling);
        cr_assert(le(sz, small.size, ceiling));
        lg_buf_done(&small);
    }
}
