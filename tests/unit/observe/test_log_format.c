#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "observe/log_record.h"

#define WALL_US INT64_C(1769853603004999) /* 2026-01-31T10:00:03.004Z */

static char text[LG_LOG_LINE_MAX + 1];

static const char *format(const struct lg_log_line *line, bool json)
{
    size_t size = lg_log_line_format(line, json, text);

    cr_assert(size <= LG_LOG_LINE_MAX);
    text[size] = '\0';
    cr_assert(eq(sz, strcspn(text, "\n"), size - 1)); /* one line, whatever is in it */
    return text;
}

static struct lg_log_line line_of(const char *message)
{
    return (struct lg_log_line){
        .wall_us = WALL_US, .level = LG_LOG_INFO, .who = LG_STR("w"), .message = lg_str_of(message)
    };
}

static const char *as_text(const char *message)
{
    struct lg_log_line line = line_of(message);

    return format(&line, false) + strlen("2026-01-31T10:00:03.004Z INFO  w ");
}

static const struct lg_log_field fields[] = {
    { .name = "plain", .type = LG_FIELD_STR, .text = { "abc", 3 } },
    { .name = "blank", .type = LG_FIELD_STR, .text = { "a \"b\\c", 6 } },
    { .name = "empty", .type = LG_FIELD_STR },
    { .name = "status", .type = LG_FIELD_INT, .number = -7 },
    { .name = "took", .type = LG_FIELD_MS, .number = 1234 },
    { .name = "short", .type = LG_FIELD_MS, .number = -5 },
};

Test(log_format, text_has_one_shape)
{
    struct lg_log_line line = line_of("GET /items/1");

    line.request_id = LG_STR("id-1");
    line.fields = fields;
    line.field_count = 6;
    cr_assert_str_eq(format(&line, false),
                     "2026-01-31T10:00:03.004Z INFO  w [id-1] GET /items/1 plain=abc "
                     "blank=\"a \\\"b\\\\c\" empty=\"\" status=-7 took=1.234ms short=-0.005ms\n");
}

static const char *time_text(int64_t wall_us)
{
    struct lg_log_line line = line_of("m");

    line.wall_us = wall_us;
    format(&line, false);
    text[strlen("2026-01-31T10:00:03.004Z")] = '\0';
    return text;
}

Test(log_format, every_line_has_its_own_time)
{
    cr_assert_str_eq(time_text(0), "1970-01-01T00:00:00.000Z");
    cr_assert_str_eq(time_text(999999), "1970-01-01T00:00:00.999Z");
    cr_assert_str_eq(time_text(WALL_US), "2026-01-31T10:00:03.004Z");
    cr_assert_str_eq(time_text(WALL_US + 100000), "2026-01-31T10:00:03.104Z");
    cr_assert_str_eq(time_text(WALL_US + 1000000), "2026-01-31T10:00:04.004Z");
    cr_assert_str_eq(time_text(WALL_US), "2026-01-31T10:00:03.004Z");
    cr_assert_str_eq(time_text(500000), "1970-01-01T00:00:00.500Z");
    cr_assert_str_eq(time_text(-500000), "1969-12-31T23:59:59.500Z");
}

Test(log_format, json_has_one_shape)
{
    struct lg_log_line line = line_of("say \"hi\"");

    line.request_id = LG_STR("id-1");
    line.fields = fields;
    line.field_count = 6;
    cr_assert_str_eq(format(&line, true),
                     "{\"time\":\"2026-01-31T10:00:03.004Z\",\"level\":\"INFO\",\"who\":\"w\","
                     "\"requestId\":\"id-1\",\"message\":\"say \\\"hi\\\"\",\"plain\":\"abc\","
                     "\"blank\":\"a \\\"b\\\\c\",\"empty\":\"\",\"status\":-7,\"took\":1.234,"
                     "\"short\":-0.005}\n");
}

Test(log_format, json_without_a_request_has_no_request_id)
{
    struct lg_log_line line = line_of("m");

    cr_assert_null(strstr(format(&line, true), "requestId"));
}

Test(log_format, control_characters_are_escaped_in_text)
{
    cr_assert_str_eq(as_text("a\nb\rc\td\x1b[31m\x7f"), "a\\nb\\rc\td\\x1b[31m\\x7f\n");
}

Test(log_format, control_characters_beyond_ascii_are_escaped_too)
{
    /* NEL, CSI, line separator, right-to-left override and isolate */
    cr_assert_str_eq(as_text("\xc2\x85\xc2\x9b\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6"),
                     "\\u0085\\u009b\\u2028\\u202e\\u2066\n");
}

Test(log_format, utf8_stays)
{
    const char *message = "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8e\x89 \xef\xbf\xbd";
    char expected[64];

    snprintf(expected, sizeof(expected), "%s\n", message);
    cr_assert_str_eq(as_text(message), expected);
}

Test(log_format, bytes_that_are_no_utf8_are_escaped)
{
    /* stray continuation, overlong, surrogate, above U+10FFFF, cut off */
    cr_assert_str_eq(as_text("\x80 \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 \xff \xe2\x82"),
                     "\\x80 \\xc0\\xaf \\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80 \\xff \\xe2\\x82\n");
    cr_assert_str_eq(as_text("\xe0\x80\x80\xf0\x80\x80\x80"),
                     "\\xe0\\x80\\x80\\xf0\\x80\\x80\\x80\n");
}

Test(log_format, the_name_and_the_request_cannot_forge_a_line_either)
{
    struct lg_log_line line = line_of("m");

    line.who = LG_STR("a\nb");
    line.request_id = LG_STR("c\nd");
    cr_assert_str_eq(format(&line, false), "2026-01-31T10:00:03.004Z INFO  a\\nb [c\\nd] m\n");
}

Test(log_format, a_value_that_would_run_into_the_next_is_quoted_wherever_it_does)
{
    for (size_t i = 0; i < 3 * 20; i++) {
        char value[] = "abcdefghijklmnopqrst";
        struct lg_log_field field = { .name = "q", .type = LG_FIELD_STR };
        struct lg_log_line line = line_of("m");

        value[i / 3] = " =\""[i % 3];
        field.text = lg_str_of(value);
        line.fields = &field;
        line.field_count = 1;
        cr_assert_not_null(strstr(format(&line, false), " q=\""), "%s", text);
    }
}

Test(log_format, a_value_with_an_equals_sign_is_quoted)
{
    struct lg_log_field field = { .name = "q", .type = LG_FIELD_STR, .text = LG_STR("a=b") };
    struct lg_log_line line = line_of("m");

    line.fields = &field;
    line.field_count = 1;
    cr_assert_not_null(strstr(format(&line, false), " q=\"a=b\"\n"));
}

static void check_json(const struct lg_log_line *line)
{
    json_t *root = json_loads(format(line, true), JSON_ALLOW_NUL, NULL);

    cr_assert_not_null(root, "%s", text);
    json_decref(root);
}

Test(log_format, every_byte_makes_valid_json)
{
    for (int byte = 1; byte < 256; byte++) {
        char message[] = { 'a', (char)byte, 'b', '\0' };
        struct lg_log_line line = line_of(message);
        check_json(&line);
    }
    struct lg_log_line line = line_of("");
    line.message = lg_str_make("a\0b", 3);
    check_json(&line);
    cr_assert_not_null(strstr(text, "a\\u0000b"));
}

/* The value of a field that needs quotes, as it stands between them. */
static void as_quoted(struct lg_str value, bool json, char *ret_text)
{
    struct lg_log_field field = { .name = "q", .type = LG_FIELD_STR, .text = value };
    struct lg_log_line line = line_of("m");
    const char *mark = json ? "\"q\":\"= " : " q=\"= ";

    line.fields = &field;
    line.field_count = 1;
    const char *start = strstr(format(&line, json), mark);
    cr_assert_not_null(start, "%s", text);
    strcpy(ret_text, start + strlen(mark));
    ret_text[strlen(ret_text) - strlen(json ? "\"}\n" : "\"\n")] = '\0';
}

/* Texts are looked at eight bytes at a time; a lone byte at the end is looked at by itself. */
Test(log_format, a_byte_is_escaped_alike_wherever_it_stands)
{
    char alone[64], among[128], expected[160];

    for (int i = 0; i < 2 * 255 * 20; i++) {
        bool json = i % 2 == 0;
        char byte = (char)(i / 2 % 255 + 1);
        size_t at = (size_t)(i / 2 / 255);
        char value[] = "= xxxxxxxxxxxxxxxxxxxx";

        as_quoted(lg_str_make((char[]){ '=', ' ', byte }, 3), json, alone);
        value[2 + at] = byte;
        as_quoted(lg_str_of(value), json, among);
        snprintf(expected, sizeof(expected), "%.*s%s%.*s", (int)at, value + 2, alone,
                 (int)(19 - at), value + 3 + at);
        cr_assert_str_eq(among, expected);
    }
}

static const char *number_text(struct lg_log_field field)
{
    struct lg_log_line line = line_of("m");

    field.name = "n";
    line.fields = &field;
    line.field_count = 1;
    return strstr(format(&line, false), "n=") + 2;
}

static const char *integer_text(int64_t number)
{
    return number_text((struct lg_log_field){ .type = LG_FIELD_INT, .number = number });
}

static const char *ms_text(int64_t number)
{
    return number_text((struct lg_log_field){ .type = LG_FIELD_MS, .number = number });
}

Test(log_format, numbers_are_exact_to_the_last)
{
    cr_assert_str_eq(integer_text(0), "0\n");
    cr_assert_str_eq(integer_text(100), "100\n");
    cr_assert_str_eq(integer_text(INT64_MAX), "9223372036854775807\n");
    cr_assert_str_eq(integer_text(INT64_MIN), "-9223372036854775808\n");
    cr_assert_str_eq(ms_text(0), "0.000ms\n");
    cr_assert_str_eq(ms_text(10020), "10.020ms\n");
    cr_assert_str_eq(ms_text(INT64_MIN), "-9223372036854775.808ms\n");
}

Test(log_format, a_number_is_whole_or_missing_where_a_line_is_cut)
{
    static const struct lg_log_field number = { .name = "n",
                                                .type = LG_FIELD_MS,
                                                .number = -12345 };
    char *message = malloc(LG_LOG_LINE_MAX);
    size_t whole = 0, missing = 0;

    memset(message, 'x', LG_LOG_LINE_MAX);
    for (size_t size = LG_LOG_LINE_MAX - 80; size < LG_LOG_LINE_MAX; size++) {
        struct lg_log_line line = line_of("");
        line.message = lg_str_make(message, size);
        line.fields = &number;
        line.field_count = 1;
        const char *value = strstr(format(&line, false), " n=");
        if (value == NULL)
            continue;
        cr_assert(strncmp(value, " n=-12.345ms", 12) == 0 || strcmp(value, " n= [cut]\n") == 0,
                  "%s", value);
        whole += value[3] == '-';
        missing += value[3] == ' ';
    }
    cr_assert(whole > 0 && missing > 0);
    free(message);
}

Test(log_format, levels_are_as_wide_as_each_other)
{
    static const char *const shown[] = { " DEBUG w ", " INFO  w ", " WARN  w ", " ERROR w " };

    for (size_t i = 0; i < 4; i++) {
        struct lg_log_line line = line_of("m");
        line.level = (enum lg_log_level)i;
        cr_assert_not_null(strstr(format(&line, false), shown[i]), "%s", text);
    }
}

Test(log_format, a_line_that_is_too_long_is_cut_with_a_mark)
{
    char *message = malloc(LG_LOG_LINE_MAX + 1);
    struct lg_log_line line;

    memset(message, 'x', LG_LOG_LINE_MAX);
    message[LG_LOG_LINE_MAX] = '\0';
    line = line_of(message);
    line.fields = fields;
    line.field_count = 6;
    format(&line, false);
    cr_assert_str_eq(text + strlen(text) - 8, "x [cut]\n");
    cr_assert(gt(sz, strlen(text), LG_LOG_LINE_MAX - 32));
    check_json(&line);
    cr_assert_str_eq(text + strlen(text) - 15, "x\",\"cut\":true}\n");
    free(message);
}

Test(log_format, json_is_valid_wherever_it_is_cut)
{
    char *message = malloc(LG_LOG_LINE_MAX + 1);

    memset(message, 'x', LG_LOG_LINE_MAX);
    for (size_t size = LG_LOG_LINE_MAX - 400; size <= LG_LOG_LINE_MAX; size++) {
        /* a quote, a control character and a long character at the end, one after the other */
        static const char ends[] = "\"\x01\xf0\x9f\x8e\x89";
        struct lg_log_line line = line_of("");
        line.message = lg_str_make(message, size);
        memcpy(message + size - 6, ends, 6);
        line.fields = fields;
        line.field_count = 6;
        check_json(&line);
        memset(message + size - 6, 'x', 6);
    }
    free(message);
}

Test(log_record, what_was_packed_comes_out_again)
{
    _Alignas(8) char memory[LG_LOG_RECORD_MAX];
    struct lg_log_field read_fields[LG_LOG_FIELDS_MAX];
    struct lg_log_line read;
    struct lg_log_line line = line_of("message");
    char before[LG_LOG_LINE_MAX];

    line.request_id = LG_STR("id");
    line.fields = fields;
    line.field_count = 6;
    lg_log_record_write(memory, &line);
    lg_log_record_read(memory, &read, read_fields);
    cr_assert(eq(i64, lg_log_record_time(memory), WALL_US));
    strcpy(before, format(&line, false));
    cr_assert_str_eq(format(&read, false), before);
}

Test(log_record, texts_are_cut_between_characters)
{
    char *message = malloc(LG_LOG_LINE_MAX + 10);
    struct lg_log_field copies[6];
    struct lg_log_line line;

    memset(message, 'x', LG_LOG_LINE_MAX + 9);
    /* "w" takes one byte, so the first two bytes of this character would still fit */
    memcpy(message + LG_LOG_LINE_MAX - 3, "\xe2\x82\xac", 4);
    line = line_of(message);
    line.message.size = LG_LOG_LINE_MAX + 9;
    memcpy(copies, fields, sizeof(copies));
    line.fields = copies;
    line.field_count = 6;
    lg_log_line_fit(&line, copies);
    cr_assert(line.cut);
    cr_assert(eq(sz, line.message.size, LG_LOG_LINE_MAX - 3));
    cr_assert(eq(sz, line.field_count, 0));
    cr_assert(le(sz, lg_log_record_size(&line), LG_LOG_RECORD_MAX));
    free(message);
}

Test(log_record, a_cut_is_remembered_without_fields_too)
{
    char *message = malloc(LG_LOG_LINE_MAX + 2);

    memset(message, 'x', LG_LOG_LINE_MAX + 1);
    message[LG_LOG_LINE_MAX + 1] = '\0';
    struct lg_log_line line = line_of(message);
    lg_log_line_fit(&line, NULL);
    cr_assert(line.cut);
    free(message);
}

Test(log_record, a_line_that_fits_is_left_alone)
{
    struct lg_log_field copies[6];
    struct lg_log_line line = line_of("short");

    memcpy(copies, fields, sizeof(copies));
    line.fields = copies;
    line.field_count = 6;
    lg_log_line_fit(&line, copies);
    cr_assert(not(line.cut));
    cr_assert(eq(sz, line.field_count, 6));
}
