/* What the JSON reader accepts, refuses and gives back. */
#include "base/json.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct lg_arena arena;

static void start(void)
{
    lg_arena_init(&arena);
}

static void stop(void)
{
    lg_arena_done(&arena);
}

TestSuite(json, .init = start, .fini = stop);

static enum lg_err read_limited(struct lg_str text, struct lg_json_limits limits,
                                struct lg_json **ret_value, struct lg_json_fault *reterr_fault)
{
    /* A copy of its own size, so that AddressSanitizer sees a byte read beyond it. */
    char *copy = lg_arena_copy(&arena, text.data, text.size);

    return lg_json_read(&arena, lg_str_make(copy, text.size), &limits, ret_value, reterr_fault);
}

static enum lg_err reading(const char *text)
{
    struct lg_json *value;

    return read_limited(lg_str_of(text), lg_json_default_limits, &value, NULL);
}

static struct lg_json *value_of(const char *text)
{
    struct lg_json *value = NULL;
    enum lg_err err = read_limited(lg_str_of(text), lg_json_default_limits, &value, NULL);

    cr_assert(eq(int, err, LG_OK), "%s", text);
    return value;
}

static struct lg_json_fault fault_of(const char *text)
{
    struct lg_json *value = NULL;
    struct lg_json_fault fault = { 0, NULL };
    enum lg_err err = read_limited(lg_str_of(text), lg_json_default_limits, &value, &fault);

    cr_assert(ne(int, err, LG_OK), "%s", text);
    cr_assert(eq(ptr, value, NULL), "only the fault is set on failure");
    return fault;
}

static bool text_is(const char *json, const char *text)
{
    return lg_str_is(value_of(json)->text, text);
}

Test(json, every_type_is_read)
{
    cr_assert(eq(int, value_of("null")->type, LG_JSON_NULL));
    cr_assert(eq(int, value_of("false")->type, LG_JSON_FALSE));
    cr_assert(eq(int, value_of("true")->type, LG_JSON_TRUE));
    cr_assert(eq(int, value_of("12")->type, LG_JSON_NUMBER));
    cr_assert(eq(int, value_of("\"\"")->type, LG_JSON_STRING));
    cr_assert(eq(int, value_of("[]")->type, LG_JSON_ARRAY));
    cr_assert(eq(int, value_of("{}")->type, LG_JSON_OBJECT));
}

Test(json, the_only_space_is_blank_tab_and_line_end)
{
    cr_assert(eq(int, reading(" \t\r\n[ \t\r\n1 \t\r\n, 2 ]\n "), LG_OK));
    cr_assert(eq(int, reading("{ \n\"a\" \t: \r1 , \"b\":2 }"), LG_OK));
    cr_assert(eq(int, reading("\f1"), LG_ERR_SYNTAX));
    cr_assert(eq(int, reading("\v1"), LG_ERR_SYNTAX));
    cr_assert(eq(int,
                 reading("\xc2\xa0"
                         "1"),
                 LG_ERR_SYNTAX));
}

Test(json, nothing_or_only_space_is_no_value)
{
    cr_assert(eq(int, reading(""), LG_ERR_SYNTAX));
    cr_assert(eq(int, reading(" \n"), LG_ERR_SYNTAX));
    struct lg_json *value;
    cr_assert(eq(int, lg_json_read(&arena, LG_STR_NONE, &lg_json_default_limits, &value, NULL),
                 LG_ERR_SYNTAX));
}

Test(json, a_byte_order_mark_is_refused)
{
    cr_assert(eq(int, reading("\xef\xbb\xbf{}"), LG_ERR_SYNTAX));
}

Test(json, nothing_may_follow_the_value)
{
    cr_assert(eq(int, reading("{} {}"), LG_ERR_SYNTAX));
    cr_assert(eq(int, reading("1 x"), LG_ERR_SYNTAX));
    cr_assert(eq(int, reading("[1]]"), LG_ERR_SYNTAX));
    struct lg_json *value;
    cr_assert(eq(int, read_limited(lg_str_make("1\0", 2), lg_json_default_limits, &value, NULL),
                 LG_ERR_SYNTAX));
}

Test(json, commas_and_colons_stand_where_the_grammar_says)
{
    static const char *const wrong[] = {
        "[1,]",        "[,1]",       "[1 2]",
        "[,]",         "[",          "[1",
        "[1,",         "]",          "{,}",
        "{\"a\"}",     "{\"a\":}",   "{\"a\":1,}",
        "{\"a\" 1}",   "{\"a\":1",   "{\"a\":1,",
        "{\"a\":",     "{\"a\"",     "{",
        "{1:1}",       "{a:1}",      "{'a':1}",
        "{\"a\":1]",   "[1}",        "[\"a\":1]",
        "{\"a\",1}",   "{\"a\"::1}", "{\"a\":1,,\"b\":1}",
        "}",           "[1,,2]",     "{\"a\":1 \"b\":2}",
        "{\"a\":1:2}", "//x\n1",     "[1/**/]",
        "nul",         "nulL",       "True",
        "tru",         "falsy",      "NaN",
        "Infinity",    "'a'",        "undefined",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_assert(eq(int, reading(wrong[i]), LG_ERR_SYNTAX), "%s", wrong[i]);
}

Test(json, numbers_follow_the_grammar_and_keep_their_text)
{
    static const char *const right[] = {
        "0",   "-0",  "1",    "-1",   "10",     "1.0", "0.5",   "-0.0",
        "1e5", "1E5", "1e+5", "1e-5", "1.5e00", "0e0", "1e400", "123456789012345678901",
    };
    static const char *const wrong[] = {
        "01",  "-01", "-",   "+1",  ".5", "1.",    "1.e5", "1e", "1e+",  "-.5",
        "0x1", "1a",  "--1", "1_0", "0.", "1e5.5", "-x",   "00", "1 .5", "1.5.5",
    };
    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
        cr_assert(text_is(right[i], right[i]), "%s", right[i]);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_assert(eq(int, reading(wrong[i]), LG_ERR_SYNTAX), "%s", wrong[i]);
}

Test(json, a_string_without_escapes_is_not_copied)
{
    struct lg_str text = LG_STR("[\"plain text\"]");
    struct lg_json *value;

    cr_assert(eq(int, lg_json_read(&arena, text, &lg_json_default_limits, &value, NULL), LG_OK));
    cr_assert(value->first->text.data == text.data + 2);
    cr_assert(eq(sz, value->first->text.size, 10));
}

Test(json, escapes_are_decoded)
{
    cr_assert(text_is("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"));
    cr_assert(text_is("\"a\\u0041z\"", "aAz"));
    cr_assert(text_is("\"\\u00e9\\u00E9\"", "\xc3\xa9\xc3\xa9"));
    cr_assert(text_is("\"\\u20ac\\ufffd\"", "\xe2\x82\xac\xef\xbf\xbd"));
    cr_assert(text_is("\"\\ud83d\\ude00!\"", "\xf0\x9f\x98\x80!"));
    cr_assert(text_is("\"\\uD800\\uDC00\\uDBFF\\uDFFF\"", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"));
    cr_assert(lg_str_eq(value_of("\"a\\u0000b\"")->text, LG_STR("a\0b")));
}

Test(json, unknown_and_cut_escapes_are_refused)
{
    static const char *const wrong[] = {
        "\"\\a\"", "\"\\x41\"", "\"\\u\"", "\"\\u004\"",  "\"\\u004g\"", "\"\\'\"",
        "\"\\\"",  "\"\\",      "\"\\u00", "\"\\U0041\"", "\"\\0\"",     "\"\\u+041\"",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_assert(eq(int, reading(wrong[i]), LG_ERR_SYNTAX), "%s", wrong[i]);
}

Test(json, half_a_surrogate_pair_is_refused)
{
    static const char *const wrong[] = {
        "\"\\ud800\"",        "\"\\udc00\"",        "\"\\ud800x\"",       "\"\\ud800\\n\"",
        "\"\\udc00\\ud800\"", "\"\\ud800\\ud800\"", "\"\\ud800\\u0041\"", "\"\\ud800",
        "\"\\udfff\"",        "\"\\udbff\"",        "\"\\ud83d\\u\"",     "{\"\\ud800\":1}",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        cr_assert(eq(int, reading(wrong[i]), LG_ERR_SYNTAX), "%s", wrong[i]);
}

Test(json, control_characters_in_strings_are_refused_wherever_they_stand)
{
    for (int byte = 0; byte < 0x20; byte++) {
        for (size_t at = 0; at < 20; at++) {
            char text[] = "\"01234567890123456789\"";
            struct lg_json *value;

            text[1 + at] = (char)byte;
            cr_assert(eq(int,
                         read_limited(lg_str_make(text, 22), lg_json_default_limits, &value, NULL),
                         LG_ERR_SYNTAX));
        }
    }
    cr_assert(text_is("\"\x7f\"", "\x7f"));
}

Test(json, strings_must_be_utf_8_wherever_the_bytes_stand)
{
    static const char *const wrong[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xfe",
        "\xc3",
        "\xe2\x82",
        "\xf0\x9f\x98",
        "\xc3\xc3",
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        for (int before = 0; before < 10; before++) {
            char text[64];

            snprintf(text, sizeof(text), "\"%.*s%sabc\"", before, "0123456789", wrong[i]);
            cr_assert(eq(int, reading(text), LG_ERR_SYNTAX), "%zu after %d", i, before);
        }
    }
    cr_assert(text_is("\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xed\x9f\xbf\"",
                      "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80 \xed\x9f\xbf"));
}

Test(json, long_strings_end_at_their_quote_wherever_it_stands)
{
    for (int size = 0; size < 40; size++) {
        char text[64];
        char wanted[48];

        snprintf(wanted, sizeof(wanted), "%.*s", size, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNO");
        snprintf(text, sizeof(text), "\"%s\"", wanted);
        cr_assert(text_is(text, wanted));
        text[size + 1] = '\0';
        cr_assert(eq(int, reading(text), LG_ERR_SYNTAX), "no closing quote");
    }
}

Test(json, children_are_linked_and_counted_in_document_order)
{
    struct lg_json *value = value_of("{\"b\":1,\"a\":[true,{},\"x\"],\"\":null}");

    cr_assert(eq(sz, value->count, 3));
    struct lg_json *b = value->first;
    struct lg_json *a = b->next;
    struct lg_json *empty = a->next;
    cr_assert(lg_str_is(b->name, "b"));
    cr_assert(lg_str_is(a->name, "a"));
    cr_assert(lg_str_is(empty->name, ""));
    cr_assert(eq(ptr, empty->next, NULL));
    cr_assert(eq(sz, a->count, 3));
    cr_assert(eq(int, a->first->type, LG_JSON_TRUE));
    cr_assert(eq(int, a->first->next->type, LG_JSON_OBJECT));
    cr_assert(eq(ptr, a->first->next->first, NULL));
    cr_assert(lg_str_is(a->first->next->next->text, "x"));
    cr_assert(lg_str_is(a->first->name, ""), "elements have no name");
}

Test(json, the_text_of_what_is_no_string_is_what_stands_there)
{
    struct lg_json *value = value_of(" { \"a\" : [ 1.50 , \"\\u0041\" , null ] , \"b\":{ } } ");

    cr_assert(lg_str_is(value->text, "{ \"a\" : [ 1.50 , \"\\u0041\" , null ] , \"b\":{ } }"));
    struct lg_json *a = value->first;
    cr_assert(lg_str_is(a->text, "[ 1.50 , \"\\u0041\" , null ]"));
    cr_assert(lg_str_is(a->first->text, "1.50"));
    cr_assert(lg_str_is(a->first->next->text, "A"), "but a string is decoded");
    cr_assert(lg_str_is(a->first->next->next->text, "null"));
    cr_assert(lg_str_is(a->next->text, "{ }"));
}

Test(json, a_repeated_name_is_refused)
{
    cr_assert(eq(int, reading("{\"a\":1,\"a\":1}"), LG_ERR_SYNTAX));
    cr_assert(eq(int, reading("{\"a\":1,\"b\":2,\"a\":3}"), LG_ERR_SYNTAX));
    cr_assert(eq(int, reading("{\"\":1,\"\":1}"), LG_ERR_SYNTAX));
    cr_assert(eq(int, reading("[{\"x\":{\"a\":1,\"a\":1}}]"), LG_ERR_SYNTAX));
    struct lg_json_fault fault = fault_of("{\"a\":1,\"a\":1}");
    cr_assert(eq(sz, fault.offset, 7));
    cr_assert(eq(int, strcmp(fault.message, "duplicate name in an object"), 0));
}

Test(json, a_repeated_name_is_refused_also_when_spelt_with_escapes)
{
    cr_assert(eq(int, reading("{\"a\":1,\"\\u0061\":1}"), LG_ERR_SYNTAX));
    cr_assert(eq(int, reading("{\"\\u00e9\":1,\"\xc3\xa9\":1}"), LG_ERR_SYNTAX));
    cr_assert(eq(int, reading("{\"\\/\":1,\"/\":1}"), LG_ERR_SYNTAX));
    cr_assert(eq(int, reading("{\"a\\u0000\":1,\"a\":1}"), LG_OK));
}

Test(json, the_same_name_in_different_objects_is_no_repetition)
{
    cr_assert(eq(int, reading("{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":1}]}"), LG_OK));
    cr_assert(eq(int, reading("{\"A\":1,\"a\":1}"), LG_OK));
}

Test(json, repetitions_are_found_in_objects_of_every_size)
{
    for (int count = 1; count < 200; count++) {
        for (int again = -1; again < count; again += 1 + count / 7) {
            struct lg_buf text;
            struct lg_json *value;

            lg_buf_init(&text, SIZE_MAX);
            lg_buf_add_char(&text, '{');
            for (int i = 0; i < count; i++)
                lg_buf_printf(&text, "\"name%d\":{\"name%d\":0},", i, i);
            lg_buf_printf(&text, "\"name%d\":1}", again < 0 ? count : again);
            enum lg_err err = read_limited(lg_buf_str(&text), lg_json_default_limits, &value, NULL);
            cr_assert(eq(int, err, again < 0 ? LG_OK : LG_ERR_SYNTAX), "%d of %d", again, count);
            lg_buf_done(&text);
        }
    }
}

Test(json, where_duplicates_are_allowed_all_are_kept_and_the_last_counts)
{
    struct lg_json_limits limits = lg_json_default_limits;
    struct lg_json *value;

    limits.allow_duplicates = true;
    cr_assert(eq(int, read_limited(LG_STR("{\"a\":1,\"a\":2}"), limits, &value, NULL), LG_OK));
    cr_assert(eq(sz, value->count, 2));
    cr_assert(lg_str_is(lg_json_get(value, "a")->text, "2"));
}

Test(json, nesting_up_to_the_limit_is_read_and_not_beyond)
{
    struct lg_json_limits limits = { .depth = 3, .values = 100 };
    struct lg_json *value;

    cr_assert(eq(int, read_limited(LG_STR("[[[1]]]"), limits, &value, NULL), LG_OK));
    cr_assert(eq(int, read_limited(LG_STR("[[[]],[[]]]"), limits, &value, NULL), LG_OK));
    cr_assert(eq(int, read_limited(LG_STR("[[[[]]]]"), limits, &value, NULL), LG_ERR_TOO_BIG));
    cr_assert(
        eq(int, read_limited(LG_STR("[{\"a\":[{}]}]"), limits, &value, NULL), LG_ERR_TOO_BIG));
}

Test(json, values_up_to_the_limit_are_read_and_not_beyond)
{
    struct lg_json_limits limits = { .depth = 9, .values = 4 };
    struct lg_json *value;
    struct lg_json_fault fault;

    cr_assert(eq(int, read_limited(LG_STR("[1,[2]]"), limits, &value, NULL), LG_OK));
    cr_assert(eq(int, read_limited(LG_STR("[1,[2,3]]"), limits, &value, &fault), LG_ERR_TOO_BIG));
    cr_assert(eq(sz, fault.offset, 6));
    cr_assert(eq(int, read_limited(LG_STR("[1,2,3,{}]"), limits, &value, NULL), LG_ERR_TOO_BIG));
}

Test(json, a_million_open_brackets_are_no_danger)
{
    size_t size = 1000000;
    char *text = lg_arena_alloc(&arena, size);
    struct lg_json_limits limits = { .depth = SIZE_MAX, .values = SIZE_MAX };
    struct lg_json *value;

    memset(text, '[', size);
    cr_assert(eq(int, lg_json_read(&arena, lg_str_make(text, size), &limits, &value, NULL),
                 LG_ERR_SYNTAX));
    limits = lg_json_default_limits;
    cr_assert(eq(int, lg_json_read(&arena, lg_str_make(text, size), &limits, &value, NULL),
                 LG_ERR_TOO_BIG));
}

Test(json, faults_tell_where_reading_stopped)
{
    cr_assert(eq(sz, fault_of("[1,x]").offset, 3));
    cr_assert(eq(sz, fault_of("[1").offset, 2));
    cr_assert(eq(sz, fault_of("\"ab\\x\"").offset, 3));
    cr_assert(eq(sz, fault_of("\"ab\x01\"").offset, 3));
    cr_assert(eq(sz, fault_of("{\"a\" 1}").offset, 5));
    cr_assert(eq(sz, fault_of("1 2").offset, 2));
    cr_assert(fault_of("").message != NULL);
}

Test(json, get_finds_members_of_objects_only)
{
    struct lg_json *value = value_of("{\"a\":1,\"ab\":2,\"\\u0061bc\":3}");

    cr_assert(lg_str_is(lg_json_get(value, "a")->text, "1"));
    cr_assert(lg_str_is(lg_json_get(value, "ab")->text, "2"));
    cr_assert(lg_str_is(lg_json_get(value, "abc")->text, "3"));
    cr_assert(eq(ptr, lg_json_get(value, "b"), NULL));
    cr_assert(eq(ptr, lg_json_get(NULL, "a"), NULL));
    cr_assert(eq(ptr, lg_json_get(value_of("[1]"), ""), NULL));
    cr_assert(lg_json_is(value, LG_JSON_OBJECT));
    cr_assert(not(lg_json_is(value, LG_JSON_ARRAY)));
    cr_assert(not(lg_json_is(NULL, LG_JSON_NULL)));
}

static int64_t i64_of(const char *text)
{
    int64_t number = 0;

    cr_assert(eq(int, lg_json_to_i64(value_of(text), &number), LG_OK), "%s", text);
    return number;
}

static enum lg_err i64_err(const char *text)
{
    int64_t number = 42;
    enum lg_err err = lg_json_to_i64(value_of(text), &number);

    cr_assert(eq(i64, number, 42));
    return err;
}

Test(json, integers_are_exact_however_they_are_written)
{
    cr_assert(eq(i64, i64_of("0"), 0));
    cr_assert(eq(i64, i64_of("-0"), 0));
    cr_assert(eq(i64, i64_of("-0.0e5"), 0));
    cr_assert(eq(i64, i64_of("42"), 42));
    cr_assert(eq(i64, i64_of("-42"), -42));
    cr_assert(eq(i64, i64_of("1.0"), 1));
    cr_assert(eq(i64, i64_of("1e2"), 100));
    cr_assert(eq(i64, i64_of("12.50E1"), 125));
    cr_assert(eq(i64, i64_of("1200e-2"), 12));
    cr_assert(eq(i64, i64_of("0.0001e4"), 1));
    cr_assert(eq(i64, i64_of("9007199254740993"), INT64_C(9007199254740993)));
    cr_assert(eq(i64, i64_of("9223372036854775807"), INT64_MAX));
    cr_assert(eq(i64, i64_of("-9223372036854775808"), INT64_MIN));
    cr_assert(eq(i64, i64_of("-9.223372036854775808e18"), INT64_MIN));
    cr_assert(eq(i64, i64_of("0e999999999999999999999"), 0));
}

Test(json, what_is_no_integer_or_too_large_is_told_apart)
{
    cr_assert(eq(int, i64_err("1.5"), LG_ERR_SYNTAX));
    cr_assert(eq(int, i64_err("1e-1"), LG_ERR_SYNTAX));
    cr_assert(eq(int, i64_err("1e-999999999999999999999"), LG_ERR_SYNTAX));
    cr_assert(eq(int, i64_err("\"1\""), LG_ERR_SYNTAX));
    cr_assert(eq(int, i64_err("null"), LG_ERR_SYNTAX));
    cr_assert(eq(int, i64_err("9223372036854775808"), LG_ERR_RANGE));
    cr_assert(eq(int, i64_err("-9223372036854775809"), LG_ERR_RANGE));
    cr_assert(eq(int, i64_err("1e19"), LG_ERR_RANGE));
    cr_assert(eq(int, i64_err("1e999999999999999999999"), LG_ERR_RANGE));
}
