/* test_http_chunks.c -- bodies in chunks: every rule, every split. */
#include "wire/http_chunks.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TRAILER_BYTES 100
#define TRAILERS 3

struct outcome {
    enum lg_http_piece end; /* MORE: the bytes ended first */
    char text[4096];        /* the body, then "|name=value" for each trailer */
    size_t rest;            /* bytes behind the body */
};

static void note(struct outcome *outcome, enum lg_http_piece piece, const struct lg_header *field)
{
    size_t size = strlen(outcome->text);

    if (piece == LG_HTTP_PIECE_DATA)
        snprintf(outcome->text + size, sizeof(outcome->text) - size, "%.*s",
                 LG_STR_ARG(field->value));
    else
        snprintf(outcome->text + size, sizeof(outcome->text) - size, "|%.*s=%.*s",
                 LG_STR_ARG(field->name), LG_STR_ARG(field->value));
}

/* The first `first` bytes, then all that is left of them and the others. */
static void feed(struct lg_http_chunks *chunks, struct lg_http_cursor *cursor,
                 struct outcome *outcome)
{
    struct lg_header field = { LG_STR_NONE, LG_STR_NONE };

    for (;;) {
        outcome->end = lg_http_chunks_next(chunks, cursor, &field);
        if (outcome->end != LG_HTTP_PIECE_DATA && outcome->end != LG_HTTP_PIECE_TRAILER)
            break;
        note(outcome, outcome->end, &field);
    }
    cr_assert(cursor->fault != NULL || outcome->end != LG_HTTP_PIECE_BAD);
    outcome->rest = (size_t)(cursor->end - cursor->at);
}

static struct outcome take(const char *text, size_t size, size_t first)
{
    struct outcome outcome = { .text = "" };
    struct lg_http_chunks chunks;
    struct lg_http_cursor cursor = { text, text + first, NULL };

    lg_http_chunks_init(&chunks, TRAILER_BYTES, TRAILERS);
    feed(&chunks, &cursor, &outcome);
    if (outcome.end == LG_HTTP_PIECE_MORE) {
        cursor.end = text + size;
        feed(&chunks, &cursor, &outcome);
    }
    outcome.rest = (size_t)(text + size - cursor.at);
    return outcome;
}

static struct outcome take_all(const char *text)
{
    size_t size = strlen(text);
    struct outcome whole = take(text, size, size);

    for (size_t first = 0; first < size; first++) {
        struct outcome split = take(text, size, first);

        cr_assert(eq(int, split.end, whole.end), "%s at %zu", text, first);
        cr_assert(eq(str, split.text, whole.text), "%s at %zu", text, first);
        cr_assert(split.end == LG_HTTP_PIECE_BAD || split.rest == whole.rest);
    }
    return whole;
}

static bool is_bad(const char *text)
{
    return take_all(text).end == LG_HTTP_PIECE_BAD;
}

static bool gives(const char *text, const char *body, size_t rest)
{
    struct outcome outcome = take_all(text);

    return outcome.end == LG_HTTP_PIECE_END && strcmp(outcome.text, body) == 0 &&
           outcome.rest == rest;
}

Test(http_chunks, chunks_follow_each_other_up_to_an_empty_one)
{
    cr_assert(gives("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde", 0));
    cr_assert(gives("0\r\n\r\nGET /", "", 5));
    cr_assert(gives("A\r\n0123456789\r\n000\r\n\r\n", "0123456789", 0));
    cr_assert(gives("a\r\n0123456789\r\n0\r\n\r\n", "0123456789", 0));
    cr_assert(gives("000000000000003\r\nabc\r\n0\r\n\r\n", "abc", 0));
}

Test(http_chunks, a_size_is_hexadecimal_digits_and_nothing_else)
{
    static const char *const sizes[] = { "",   "0x3", "-3", "+3",  " 3", "3 ",  "3g",
                                         "3,", "g",   "3.", "3\t", ";",  ";a=b" };

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char text[64];

        snprintf(text, sizeof(text), "%s\r\nabc\r\n0\r\n\r\n", sizes[i]);
        cr_assert(is_bad(text), "%s", sizes[i]);
    }
}

Test(http_chunks, a_size_has_at_most_15_digits)
{
    cr_assert(is_bad("0000000000000003\r\nabc\r\n0\r\n\r\n"));
    cr_assert(is_bad("10000000000000000\r\nabc\r\n0\r\n\r\n"));
    cr_assert(is_bad("ffffffffffffffff\r\n"));
}

Test(http_chunks, lines_end_with_both_characters)
{
    cr_assert(is_bad("3\nabc\r\n0\r\n\r\n"));
    cr_assert(is_bad("3\rabc\r\n0\r\n\r\n"));
    cr_assert(is_bad("3\r\nabc\n0\r\n\r\n"));
    cr_assert(is_bad("3\r\nabc\r0\r\n\r\n"));
    cr_assert(is_bad("3;a\nabc\r\n0\r\n\r\n"));
    cr_assert(is_bad("0\r\n\n"));
    cr_assert(is_bad("0\n\r\n"));
}

Test(http_chunks, data_is_as_long_as_its_size)
{
    cr_assert(is_bad("3\r\nabcX0\r\n\r\n"));
    cr_assert(is_bad("2\r\nabc\r\n0\r\n\r\n"));
    cr_assert(is_bad("4\r\nabc\r\n0\r\n\r\n"));
}

Test(http_chunks, extensions_are_ignored)
{
    cr_assert(gives("3;a=b\r\nabc\r\n0;last\r\n\r\n", "abc", 0));
    cr_assert(gives("3 \t; a = \"b;c\"\r\nabc\r\n0\r\n\r\n", "abc", 0));
    cr_assert(is_bad("3;a\x01\r\nabc\r\n0\r\n\r\n"));
}

Test(http_chunks, a_size_line_has_a_ceiling)
{
    char text[512] = "3;";

    memset(text + 2, 'x', LG_HTTP_CHUNK_LINE - 4);
    strcpy(text + LG_HTTP_CHUNK_LINE - 2, "\r\nabc\r\n0\r\n\r\n");
    cr_assert(gives(text, "abc", 0));
    text[LG_HTTP_CHUNK_LINE - 2] = 'x';
    strcpy(text + LG_HTTP_CHUNK_LINE - 1, "\r\nabc\r\n0\r\n\r\n");
    cr_assert(is_bad(text));
}

Test(http_chunks, all_extensions_together_have_a_ceiling)
{
    enum { SIZE = 128, LINE = SIZE + 6 }; /* "1" ";xxx" CR LF "a" CR LF */
    char *text = calloc(1, LINE * 64 + 16), *at = text;

    for (size_t i = 0; i <= LG_HTTP_CHUNK_EXTENSIONS / SIZE; i++) {
        *at++ = '1';
        *at++ = ';';
        memset(at, 'x', SIZE - 1);
        at = stpcpy(at + SIZE - 1, "\r\na\r\n");
        if (i + 1 == LG_HTTP_CHUNK_EXTENSIONS / SIZE) {
            strcpy(at, "0\r\n\r\n");
            cr_assert(eq(int, take(text, strlen(text), 0).end, LG_HTTP_PIECE_END));
        }
    }
    strcpy(at, "0\r\n\r\n");
    cr_assert(eq(int, take(text, strlen(text), 0).end, LG_HTTP_PIECE_BAD));
    free(text);
}

Test(http_chunks, trailers_come_before_the_end)
{
    cr_assert(gives("1\r\nx\r\n0\r\nA: b\r\nC: d\r\n\r\nrest", "x|A=b|C=d", 4));
    cr_assert(is_bad("0\r\nnonsense\r\n\r\n"));
    cr_assert(is_bad("0\r\nA: b\r\n c\r\n\r\n"));
}

Test(http_chunks, trailers_have_a_ceiling_in_number_and_bytes)
{
    char text[256];

    cr_assert(gives("0\r\nA:\r\nB:\r\nC:\r\n\r\n", "|A=|B=|C=", 0));
    cr_assert(is_bad("0\r\nA:\r\nB:\r\nC:\r\nD:\r\n\r\n"));
    snprintf(text, sizeof(text), "0\r\nA: %0*d\r\n\r\n", TRAILER_BYTES - 5, 0);
    cr_assert(eq(int, take_all(text).end, LG_HTTP_PIECE_END));
    snprintf(text, sizeof(text), "0\r\nA: %0*d\r\n\r\n", TRAILER_BYTES - 4, 0);
    cr_assert(is_bad(text));
    snprintf(text, sizeof(text), "0\r\nA: %0*d", TRAILER_BYTES, 0);
    cr_assert(is_bad(text));
}

Test(http_chunks, what_is_surely_data_is_known)
{
    struct lg_http_chunks chunks;
    struct lg_http_cursor cursor = { "5\r\nab", NULL, NULL };
    struct lg_header field;

    cursor.end = cursor.at + 5;
    lg_http_chunks_init(&chunks, TRAILER_BYTES, TRAILERS);
    cr_assert(eq(u64, lg_http_chunks_sure(&chunks), 0));
    cr_assert(eq(int, lg_http_chunks_next(&chunks, &cursor, &field), LG_HTTP_PIECE_DATA));
    cr_assert(eq(u64, lg_http_chunks_sure(&chunks), 3));
}
