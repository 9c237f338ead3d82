/* test_fault.c -- how faults are written and ordered. */
#include <string.h>

#include <criterion/criterion.h>

#include "config/fault.h"

static const struct lg_where here = { .file = "g.yaml", .line = 14, .path = "functions.f.timeout" };

static struct lg_faults *faults;

static void begin(void)
{
    faults = lg_faults_new();
}

static void end(void)
{
    lg_faults_free(faults);
}

TestSuite(fault, .init = begin, .fini = end);

Test(fault, a_line_names_file_line_and_path)
{
    lg_faults_add(faults, &here, "found %d", 10);
    cr_assert_eq(lg_faults_count(faults), 1);
    cr_assert_str_eq(lg_faults_line(faults, 0), "g.yaml:14: functions.f.timeout: found 10");
}

Test(fault, an_unknown_line_and_an_empty_path_are_left_out)
{
    const struct lg_where file = { .file = "g.yaml", .line = 0, .path = "" };
    const struct lg_where nowhere = { .file = NULL };

    lg_faults_add(faults, &file, "gone");
    lg_faults_add(faults, &nowhere, "gone too");
    cr_assert_str_eq(lg_faults_line(faults, 0), "g.yaml: gone");
    cr_assert_str_eq(lg_faults_line(faults, 1), "gone too");
}

Test(fault, what_was_quoted_cannot_break_the_line)
{
    lg_faults_add(faults, &here, "found \"a\nb\x1b[31m\x7f\"");
    cr_assert_str_eq(lg_faults_line(faults, 0),
                     "g.yaml:14: functions.f.timeout: found \"a?b?[31m?\"");
}

Test(fault, the_order_is_that_of_the_calls_until_it_is_sorted_by_line)
{
    const char *const expected[] = { "g: first", "g:1: c", "g:2: a", "g:2: d", "g:3: b" };
    const unsigned lines[] = { 2, 3, 1, 2 };

    lg_faults_add(faults, &(struct lg_where){ .file = "g" }, "first");
    for (size_t i = 0; i < 4; i++)
        lg_faults_add(faults, &(struct lg_where){ .file = "g", .line = lines[i] }, "%c",
                      (char)('a' + i));
    cr_assert_str_eq(lg_faults_line(faults, 1), "g:2: a");
    lg_faults_sort(faults, 0);
    for (size_t i = 0; i < 5; i++)
        cr_assert_str_eq(lg_faults_line(faults, i), expected[i]);
}

Test(fault, sorting_leaves_earlier_faults_alone)
{
    lg_faults_add(faults, &(struct lg_where){ .file = "g", .line = 9 }, "other part");
    lg_faults_add(faults, &(struct lg_where){ .file = "g", .line = 5 }, "late");
    lg_faults_add(faults, &(struct lg_where){ .file = "g", .line = 4 }, "early");
    lg_faults_sort(faults, 1);
    cr_assert_str_eq(lg_faults_line(faults, 0), "g:9: other part");
    cr_assert_str_eq(lg_faults_line(faults, 1), "g:4: early");
    lg_faults_sort(faults, 3);
}

Test(fault, printing_ends_every_line)
{
    struct lg_buf out;

    for (unsigned i = 0; i < 20; i++)
        lg_faults_add(faults, &(struct lg_where){ .file = "g", .line = i + 1 }, "x");
    lg_buf_init(&out, SIZE_MAX);
    lg_faults_print(faults, &out);
    cr_assert(lg_str_starts(lg_buf_str(&out), LG_STR("g:1: x\ng:2: x\n")));
    cr_assert(lg_str_ends(lg_buf_str(&out), LG_STR("\ng:20: x\n")));
    lg_buf_done(&out);
}
