/* Bytes in any pieces become the same lines. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "target/lines.h"

static struct lg_lines lines;
static struct lg_buf seen; /* every line between bars */

static void on_line(void *context, struct lg_str line)
{
    cr_assert(context == &seen);
    cr_assert(line.size <= LG_LINE_MAX);
    lg_buf_add_char(&seen, '|');
    lg_buf_add_str(&seen, line);
}

static void begin(void)
{
    lines.size = 0;
    lg_buf_init(&seen, SIZE_MAX);
}

static void end(void)
{
    lg_buf_done(&seen);
}

TestSuite(lines, .init = begin, .fini = end);

static void feed(const char *bytes)
{
    lg_lines_feed(&lines, lg_str_of(bytes), on_line, &seen);
}

static void assert_seen(const char *expected)
{
    cr_assert(lg_buf_add_char(&seen, '\0'));
    cr_assert_str_eq(seen.data, expected);
    lg_buf_clear(&seen);
}

Test(lines, whole_lines_come_out_at_once)
{
    feed("one\ntwo\n\nfour\r\n");
    assert_seen("|one|two||four");
}

Test(lines, a_line_in_pieces_comes_out_when_it_ends)
{
    feed("o");
    feed("n");
    assert_seen("");
    feed("e\nt");
    assert_seen("|one");
    feed("wo\n");
    assert_seen("|two");
}

Test(lines, a_line_without_an_end_comes_out_when_it_is_asked_for)
{
    feed("rest");
    assert_seen("");
    lg_lines_flush(&lines, on_line, &seen);
    assert_seen("|rest");
    lg_lines_flush(&lines, on_line, &seen);
    assert_seen("");
}

Test(lines, an_end_of_line_in_two_pieces_is_one)
{
    feed("one\r");
    feed("\ntwo\n");
    assert_seen("|one|two");
}

/* A line of `before` bytes x and then `text`, fed in pieces of `step`. */
static void feed_long(size_t before, const char *text, size_t step)
{
    char *all = lg_alloc(before + strlen(text) + 1);
    size_t size = before + strlen(text);

    memset(all, 'x', before);
    strcpy(all + before, text);
    for (size_t at = 0; at < size; at += step)
        lg_lines_feed(&lines, lg_str_make(all + at, size - at < step ? size - at : step), on_line,
                      &seen);
    free(all);
}

static size_t first_size(void)
{
    const char *bar = memchr(seen.data + 1, '|', seen.size - 1);

    return bar == NULL ? seen.size - 1 : (size_t)(bar - seen.data) - 1;
}

Test(lines, a_long_line_is_cut_into_pieces)
{
    feed_long(LG_LINE_MAX, "\n", 100000);
    cr_assert(eq(sz, seen.size, LG_LINE_MAX + 1));
    lg_buf_clear(&seen);
    for (size_t step = 1; step < 20000; step = step * 3 + 1) {
        feed_long(LG_LINE_MAX + 1, "y\n", step);
        cr_assert(eq(sz, first_size(), LG_LINE_MAX));
        cr_assert(memcmp(seen.data + LG_LINE_MAX + 1, "|xy", 3) == 0);
        cr_assert(eq(sz, seen.size, LG_LINE_MAX + 4));
        lg_buf_clear(&seen);
    }
}

Test(lines, a_cut_never_falls_into_a_character)
{
    static const char *const characters[] = { "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };

    for (size_t i = 0; i < LG_COUNT(characters); i++) {
        size_t length = strlen(characters[i]);

        for (size_t before = LG_LINE_MAX - length; before <= LG_LINE_MAX; before++) {
            feed_long(before, characters[i], 4096);
            lg_lines_feed(&lines, LG_STR("zzz\n"), on_line, &seen);
            cr_assert(
                eq(sz, first_size(), before + length <= LG_LINE_MAX ? before + length : before));
            lg_buf_clear(&seen);
        }
    }
}

Test(lines, bytes_that_are_no_characters_are_cut_anywhere)
{
    feed_long(LG_LINE_MAX - 4, "\x80\x80\x80\x80\x80\n", 4096);
    cr_assert(eq(sz, first_size(), LG_LINE_MAX));
}

/* --- the tail ------------------------------------------------------------------------------- */

static struct lg_tail tail;

static void add(const char *text)
{
    lg_tail_add(&tail, lg_str_of(text));
}

Test(tail, a_short_log_is_all_there)
{
    char bytes[LG_TAIL_SIZE];

    cr_assert(eq(sz, lg_tail_read(&tail, bytes), 0));
    add("one\n");
    add("");
    add("two\n");
    cr_assert(eq(sz, lg_tail_read(&tail, bytes), 8));
    cr_assert(memcmp(bytes, "one\ntwo\n", 8) == 0);
}

/* What was added, as one text, to compare with. */
static void assert_tail_of(size_t pieces, size_t piece_size)
{
    char bytes[LG_TAIL_SIZE], piece[3 * LG_TAIL_SIZE];
    struct lg_buf all;
    size_t expected;

    memset(&tail, 0, sizeof(tail));
    lg_buf_init(&all, SIZE_MAX);
    for (size_t i = 0; i < pieces; i++) {
        for (size_t j = 0; j < piece_size; j++)
            piece[j] = (char)('a' + (i * 7 + j) % 26);
        lg_tail_add(&tail, lg_str_make(piece, piece_size));
        lg_buf_add(&all, piece, piece_size);
    }
    expected = all.size < LG_TAIL_SIZE ? all.size : LG_TAIL_SIZE;
    cr_assert(eq(sz, lg_tail_read(&tail, bytes), expected));
    cr_assert(memcmp(bytes, all.data + all.size - expected, expected) == 0);
    lg_buf_done(&all);
}

Test(tail, of_a_long_log_the_last_bytes_are_kept)
{
    static const size_t sizes[] = { 1, 3, 100, 4095, 4096, 4097, 8192, 10000 };

    for (size_t i = 0; i < LG_COUNT(sizes); i++) {
        assert_tail_of(1, sizes[i]);
        assert_tail_of(2, sizes[i]);
        assert_tail_of(50, sizes[i]);
    }
    assert_tail_of(4096, 1);
    assert_tail_of(4097, 1);
}
