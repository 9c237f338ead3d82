/* Slices: what compares equal, and where they are cut. */
#include "base/str.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

Test(str, nothing_is_an_empty_slice)
{
    cr_assert(eq(sz, lg_str_of(NULL).size, 0));
    cr_assert(lg_str_eq(LG_STR_NONE, LG_STR("")));
    cr_assert(lg_str_is(LG_STR_NONE, ""));
    cr_assert(lg_str_starts(LG_STR("a"), LG_STR_NONE));
    cr_assert(lg_str_ends(LG_STR_NONE, LG_STR_NONE));
    cr_assert(eq(int, lg_str_cmp(LG_STR_NONE, LG_STR_NONE), 0));
    cr_assert(eq(sz, lg_str_part(LG_STR_NONE, 1, 2).size, 0));
    cr_assert(eq(sz, lg_str_trim(LG_STR_NONE).size, 0));
    cr_assert(eq(sz, lg_str_find(LG_STR_NONE, 'x', 0), 0));
}

Test(str, ordering_may_ignore_the_case_of_ascii)
{
    cr_assert(eq(int, lg_str_icmp(LG_STR("X-Tag"), LG_STR("x-tAG")), 0));
    cr_assert(lg_str_icmp(LG_STR("a"), LG_STR("B")) < 0);
    cr_assert(lg_str_icmp(LG_STR("B"), LG_STR("a")) > 0);
    cr_assert(lg_str_icmp(LG_STR("ab"), LG_STR("A")) > 0);
    cr_assert(lg_str_icmp(LG_STR_NONE, LG_STR("A")) < 0);
    cr_assert(lg_str_icmp(LG_STR("\x7f"), LG_STR("\xff")) < 0);
}

Test(str, equal_is_equal_in_every_byte)
{
    cr_assert(lg_str_eq(LG_STR("a\0b"), LG_STR("a\0b")));
    cr_assert(not(lg_str_eq(LG_STR("a\0b"), LG_STR("a\0c"))));
    cr_assert(not(lg_str_eq(LG_STR("ab"), LG_STR("abc"))));
    cr_assert(not(lg_str_eq(LG_STR("a"), LG_STR("A"))));
    cr_assert(lg_str_is(LG_STR("abc"), "abc"));
    cr_assert(not(lg_str_is(LG_STR("abc\0"), "abc")));
}

Test(str, only_the_case_of_ascii_letters_is_ignored)
{
    cr_assert(lg_str_ieq(LG_STR("Content-TYPE"), LG_STR("content-type")));
    cr_assert(lg_str_iis(LG_STR("AZaz"), "azAZ"));
    cr_assert(not(lg_str_ieq(LG_STR("["), LG_STR("{"))));
    cr_assert(not(lg_str_ieq(LG_STR("@"), LG_STR("`"))));
    cr_assert(not(lg_str_ieq(LG_STR("\xc3\xa9"), LG_STR("\xc3\x89"))));
    cr_assert(not(lg_str_iis(LG_STR("ab"), "abc")));
}

Test(str, starts_and_ends_need_the_whole_other_slice)
{
    cr_assert(lg_str_starts(LG_STR("abc"), LG_STR("ab")));
    cr_assert(not(lg_str_starts(LG_STR("abc"), LG_STR("b"))));
    cr_assert(not(lg_str_starts(LG_STR("ab"), LG_STR("abc"))));
    cr_assert(lg_str_istarts(LG_STR("Bearer x"), LG_STR("bearer ")));
    cr_assert(not(lg_str_istarts(LG_STR("bear"), LG_STR("bearer"))));
    cr_assert(lg_str_ends(LG_STR("a.json"), LG_STR(".json")));
    cr_assert(not(lg_str_ends(LG_STR("a.json"), LG_STR(".jso"))));
    cr_assert(not(lg_str_ends(LG_STR("b"), LG_STR("ab"))));
}

Test(str, order_is_that_of_unsigned_bytes_and_then_of_length)
{
    cr_assert(lt(int, lg_str_cmp(LG_STR("a"), LG_STR("b")), 0));
    cr_assert(gt(int, lg_str_cmp(LG_STR("b"), LG_STR("a")), 0));
    cr_assert(lt(int, lg_str_cmp(LG_STR("a"), LG_STR("ab")), 0));
    cr_assert(gt(int, lg_str_cmp(LG_STR("ab"), LG_STR("a")), 0));
    cr_assert(gt(int, lg_str_cmp(LG_STR("\xff"), LG_STR("a")), 0));
    cr_assert(eq(int, lg_str_cmp(LG_STR("ab"), LG_STR("ab")), 0));
}

Test(str, find_starts_where_it_is_told)
{
    cr_assert(eq(sz, lg_str_find(LG_STR("a/b/c"), '/', 0), 1));
    cr_assert(eq(sz, lg_str_find(LG_STR("a/b/c"), '/', 1), 1));
    cr_assert(eq(sz, lg_str_find(LG_STR("a/b/c"), '/', 2), 3));
    cr_assert(eq(sz, lg_str_find(LG_STR("a/b/c"), '/', 4), 5));
    cr_assert(eq(sz, lg_str_find(LG_STR("a/b/c"), '/', 99), 5));
}

Test(str, parts_are_clamped)
{
    cr_assert(lg_str_is(lg_str_part(LG_STR("abcd"), 1, 3), "bc"));
    cr_assert(lg_str_is(lg_str_part(LG_STR("abcd"), 2, 99), "cd"));
    cr_assert(lg_str_is(lg_str_part(LG_STR("abcd"), 9, 99), ""));
    cr_assert(lg_str_is(lg_str_part(LG_STR("abcd"), 3, 1), ""));
}

Test(str, trim_takes_blanks_and_tabs_only)
{
    cr_assert(lg_str_is(lg_str_trim(LG_STR(" \ta b\t ")), "a b"));
    cr_assert(lg_str_is(lg_str_trim(LG_STR(" \t ")), ""));
    cr_assert(lg_str_is(lg_str_trim(LG_STR("\na\r")), "\na\r"));
}

Test(str, next_gives_every_piece_also_empty_ones)
{
    struct lg_str rest = LG_STR("a,,b,");
    struct lg_str piece;
    static const char *const pieces[] = { "a", "", "b", "" };

    for (size_t i = 0; i < 4; i++) {
        cr_assert(lg_str_next(&rest, ',', &piece));
        cr_assert(lg_str_is(piece, pieces[i]), "%zu", i);
    }
    cr_assert(not(lg_str_next(&rest, ',', &piece)));
}

Test(str, an_empty_text_has_one_empty_piece)
{
    struct lg_str rest = LG_STR("");
    struct lg_str piece = LG_STR("x");

    cr_assert(lg_str_next(&rest, ',', &piece));
    cr_assert(eq(sz, piece.size, 0));
    cr_assert(not(lg_str_next(&rest, ',', &piece)));
}

static enum lg_err u64_err(const char *text)
{
    uint64_t value = 7;
    enum lg_err err = lg_str_to_u64(lg_str_of(text), &value);

    cr_assert(eq(u64, value, 7));
    return err;
}

Test(str, numbers_are_digits_only)
{
    uint64_t value = 0;

    cr_assert(eq(int, lg_str_to_u64(LG_STR("0"), &value), LG_OK));
    cr_assert(eq(u64, value, 0));
    cr_assert(eq(int, lg_str_to_u64(LG_STR("0042"), &value), LG_OK));
    cr_assert(eq(u64, value, 42));
    cr_assert(eq(int, lg_str_to_u64(LG_STR("18446744073709551615"), &value), LG_OK));
    cr_assert(eq(u64, value, UINT64_MAX));
    cr_assert(eq(int, u64_err(""), LG_ERR_SYNTAX));
    cr_assert(eq(int, u64_err("-1"), LG_ERR_SYNTAX));
    cr_assert(eq(int, u64_err("+1"), LG_ERR_SYNTAX));
    cr_assert(eq(int, u64_err(" 1"), LG_ERR_SYNTAX));
    cr_assert(eq(int, u64_err("1x"), LG_ERR_SYNTAX));
    cr_assert(eq(int, u64_err("1:"), LG_ERR_SYNTAX));
    cr_assert(eq(int, u64_err("1/"), LG_ERR_SYNTAX));
}

Test(str, numbers_too_large_are_told_apart_from_no_numbers)
{
    cr_assert(eq(int, u64_err("18446744073709551616"), LG_ERR_RANGE));
    cr_assert(eq(int, u64_err("99999999999999999999"), LG_ERR_RANGE));
    cr_assert(eq(int, u64_err("184467440737095516150"), LG_ERR_RANGE));
    cr_assert(eq(int, u64_err("99999999999999999999x"), LG_ERR_SYNTAX));
}

static bool digits_are(int64_t value, const char *wanted)
{
    char text[LG_I64_SIZE];

    return lg_i64_text(value, text) == strlen(wanted) && strcmp(text, wanted) == 0;
}

Test(str, numbers_become_digits)
{
    cr_assert(digits_are(0, "0"));
    cr_assert(digits_are(9, "9"));
    cr_assert(digits_are(-10, "-10"));
    cr_assert(digits_are(INT64_MAX, "9223372036854775807"));
    cr_assert(digits_are(INT64_MIN, "-9223372036854775808"));
}

Test(str, a_copy_is_cut_to_its_room_and_ends)
{
    char room[4] = "xxx";

    lg_cstr_copy(room, sizeof(room), "");
    cr_assert(eq(int, strcmp(room, ""), 0));
    lg_cstr_copy(room, sizeof(room), "abc");
    cr_assert(eq(int, strcmp(room, "abc"), 0));
    lg_cstr_copy(room, sizeof(room), "abcdef");
    cr_assert(eq(int, strcmp(room, "abc"), 0));
    lg_cstr_copy(room, 1, "abc");
    cr_assert(eq(int, strcmp(room, ""), 0));
}
